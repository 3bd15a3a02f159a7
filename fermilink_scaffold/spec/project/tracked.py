"""The tracked files of a project: fast look-ups, and bounded, safe reading."""

from __future__ import annotations

import os
from functools import lru_cache
from stat import S_ISREG

from fermilink_scaffold.records import Record

__all__ = ["READ_LIMIT", "Tracked", "fits", "index", "is_plain", "spread"]

#: Bytes read of one file unless a caller says otherwise.
READ_LIMIT = 128 * 1024


class Tracked(Record, eq=False):
    """The tracked files of one project, with what is asked of them again and again."""

    #: Absolute path of the project.
    root: str
    #: Sorted, POSIX; bytes that are not UTF-8 are surrogate escapes.
    files: tuple[str, ...]
    #: The same, for look-ups.
    names: frozenset[str]
    #: Directories that hold tracked files directly (`""` is the root), sorted.
    directories: tuple[str, ...]
    #: Base names in the root.
    top: frozenset[str]

    def read(self, path: str, limit: int = READ_LIMIT) -> str:
        """The first `limit` bytes of a tracked file as text; bytes that are not UTF-8 are escaped.

        Empty for what is no regular file (a submodule, a link, a deleted file) and for
        what may not be read: inspection never fails on one file.
        """
        return self.read_bytes(path, limit).decode("utf-8", "surrogateescape")

    def read_bytes(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """As `read`, undecoded."""
        try:
            descriptor = os.open(self._place(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except (OSError, ValueError):
            return b""
        try:
            return os.read(descriptor, limit) if S_ISREG(os.fstat(descriptor).st_mode) else b""
        except OSError:
            return b""
        finally:
            os.close(descriptor)

    def size(self, path: str) -> int:
        """Bytes of a tracked regular file; 0 for anything else."""
        try:
            status = os.lstat(self._place(path))
        except (OSError, ValueError):
            return 0
        return status.st_size if S_ISREG(status.st_mode) else 0

    def _place(self, path: str) -> str:
        return f"{self.root}/{path}"


@lru_cache(maxsize=2)
def index(root: str, files: tuple[str, ...]) -> Tracked:
    """The look-up tables of a project's files; the same project is indexed once."""
    directories = {path.rpartition("/")[0] for path in files}
    return Tracked(
        root=root,
        files=files,
        names=frozenset(files),
        directories=tuple(sorted(directories)),
        top=frozenset(path for path in files if "/" not in path),
    )


def is_plain(path: str) -> bool:
    """Whether the path means itself as a glob and survives in text files: no `*?[`, no control
    characters, valid UTF-8.
    """
    return path.isprintable() and not any(character in path for character in "*?[\\")


def fits(glob: str, files: tuple[str, ...]) -> bool:
    """Whether at least one file matches, in FermiLink's sense: `fnmatch` on the whole path."""
    from fnmatch import translate
    from re import compile as compile_pattern

    match = compile_pattern(translate(glob)).match
    return any(match(path) for path in files)


def spread(paths: list[str], count: int) -> list[str]:
    """At most `count` of the paths, evenly spread, always the same ones."""
    if len(paths) <= count:
        return paths
    return [paths[number * len(paths) // count] for number in range(count)]
