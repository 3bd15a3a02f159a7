"""The user's cache directory: what is read from it must belong to this user.

Whatever fails is skipped: a cache is never needed.
"""

from __future__ import annotations

import os
import stat

__all__ = ["cache_directory", "read_own", "write_own"]


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


def read_own(path: str) -> bytes | None:
    """The content of a file that only this user can have written; None for any other."""
    flags = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK
    try:
        with open(os.open(path, flags), "rb") as file:
            return file.read() if _is_ours(os.fstat(file.fileno())) else None
    except OSError:
        return None


def write_own(path: str, data: bytes) -> None:
    """Write a file of one's own, then rename it into its place; in silence when it cannot be."""
    temporary = f"{path}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with open(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        return
