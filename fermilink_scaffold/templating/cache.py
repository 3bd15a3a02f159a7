"""Compiled templates, kept in the user's cache directory; loading one beats compiling it.

Compiled code is code: only files that belong to this user, in a directory that nobody
else can write to, are loaded. Whatever fails is skipped: the cache is never needed.
"""

from __future__ import annotations

import os
import stat

from jinja2 import BytecodeCache
from jinja2 import __version__ as jinja2_version

from fermilink_scaffold import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jinja2.bccache import Bucket

__all__ = ["UserCache", "cache_directory"]


def cache_directory() -> str | None:
    """`$XDG_CACHE_HOME/fermilink-scaffold`, made when missing; None where it is not safe."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(home):
        home = os.path.expanduser("~/.cache")
    directory = os.path.join(home, "fermilink-scaffold")
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        status = os.lstat(directory)
    except OSError:
        return None
    return directory if stat.S_ISDIR(status.st_mode) and _is_ours(status) else None


def _is_ours(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


class UserCache(BytecodeCache):
    """Jinja's bytecode cache over one directory; safe when several processes write."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Jinja's key of name and file, and what else decides the compiled code."""
        key = super().get_cache_key(name, filename)
        return f"{key}.{jinja2_version}.{__version__}.bin"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the bucket's code; leave it empty when there is none or it is not ours."""
        flags = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
        try:
            with open(os.open(self._path(bucket), flags), "rb") as file:
                if _is_ours(os.fstat(file.fileno())):
                    bucket.load_bytecode(file)
        except Exception:  # noqa: BLE001 - a damaged file may raise anything
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the bucket's code: a file of its own, then renamed into its place."""
        path = self._path(bucket)
        temporary = f"{path}.{os.getpid()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            with open(os.open(temporary, flags, 0o600), "wb") as file:
                bucket.write_bytecode(file)
            os.replace(temporary, path)
        except OSError:
            return

    def _path(self, bucket: Bucket) -> str:
        return os.path.join(self._directory, bucket.key)
