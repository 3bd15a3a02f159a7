"""Writing whole files, and waiting until the disk has them."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from fermilink_scaffold.errors import ScaffoldError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["NOTHING_CHANGED", "copy_file", "flush", "flush_all", "naming", "write_file"]

NOTHING_CHANGED = "Nothing was changed."

_CHUNK = 1 << 20
#: How many files are flushed at a time.
_FLUSHES = 8


@contextmanager
def naming(path: str, what: str = "cannot be written") -> Iterator[None]:
    """Turn an OSError into the user's error, which names `path` instead of a temporary one."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise ScaffoldError(f"{what}: {reason}", file=path, hint=NOTHING_CHANGED) from error


def write_file(place: str, data: bytes, *, executable: bool, shown: str) -> None:
    """Write a new file; the umask decides on the mode, as for any other file."""
    with naming(shown):
        handle = _create(place, executable=executable)
        try:
            _write_all(handle, data)
            _begin_flush(handle)
        finally:
            os.close(handle)


def copy_file(origin: str, place: str, *, shown: str) -> None:
    """Copy what is at `origin` to a new file."""
    with naming(origin, "cannot be read"):
        source = os.open(origin, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        executable = bool(os.fstat(source).st_mode & 0o111)
    try:
        with naming(shown):
            handle = _create(place, executable=executable)
        try:
            while True:
                with naming(origin, "cannot be read"):
                    chunk = os.read(source, _CHUNK)
                if not chunk:
                    break
                with naming(shown):
                    _write_all(handle, chunk)
            _begin_flush(handle)
        finally:
            os.close(handle)
    finally:
        os.close(source)


def _create(path: str, *, executable: bool) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.open(path, flags, 0o777 if executable else 0o666)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _begin_flush(handle: int) -> None:
    """Let the disk begin, without waiting for it."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def flush_all(root: str, holder: str, paths: Sequence[str]) -> None:
    """Wait for the disk, several files at a time; `paths` are below `holder`.

    Flushed one after the other, 30 files cost 5 ms on an idle disk and 80 ms on a busy one
    (ext4), as each waits for a commit of its own; side by side they share commits, 5 and 9 ms.
    sync(2) would be one call, but waits for what all other programs have written.
    """
    from threading import Thread

    failures: list[tuple[str, OSError]] = []

    def flush_some(some: Sequence[str]) -> None:
        path = ""
        try:
            for path in some:
                flush(os.path.join(holder, path))
        except OSError as error:
            failures.append((path, error))

    threads = [
        Thread(target=flush_some, args=(paths[first::_FLUSHES],)) for first in range(_FLUSHES)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for path, error in failures:
        with naming(os.path.join(root, path)):
            raise error


def flush(path: str) -> None:
    """Wait until the disk has a file or a directory."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network file systems cannot flush a directory.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)
