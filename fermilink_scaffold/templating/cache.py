"""Compiled templates, kept in the user's cache directory; loading one beats compiling it.

Compiled code is code: only files that belong to this user, in a directory that nobody
else can write to, are loaded.
"""

from __future__ import annotations

import io
import os

from jinja2 import BytecodeCache
from jinja2 import __version__ as jinja2_version

from fermilink_scaffold import __version__
from fermilink_scaffold.templating.usercache import cache_directory, read_own, write_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jinja2.bccache import Bucket

__all__ = ["UserCache", "cache_directory"]

#: Counts the changes of the environment that change compiled code within one version.
_REVISION = 2


class UserCache(BytecodeCache):
    """Jinja's bytecode cache over one directory; safe when several processes write."""

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Jinja's key of name and file, and what else decides the compiled code."""
        key = super().get_cache_key(name, filename)
        return f"{key}.{jinja2_version}.{__version__}.{_REVISION}.bin"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the bucket's code; leave it empty when there is none or it is not ours."""
        data = read_own(self._path(bucket))
        if data is None:
            return
        try:
            bucket.load_bytecode(io.BytesIO(data))
        except Exception:  # noqa: BLE001 - a damaged file may raise anything
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the bucket's code."""
        stream = io.BytesIO()
        bucket.write_bytecode(stream)
        write_own(self._path(bucket), stream.getvalue())

    def _path(self, bucket: Bucket) -> str:
        return os.path.join(self._directory, bucket.key)
