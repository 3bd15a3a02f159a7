"""Reading and writing files so that a crash leaves the old content or the new, never a mixture.

A write goes to a temporary file in the same directory, is synced, and is renamed over the
target; the directory is synced last.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    StrPath: TypeAlias = str | os.PathLike[str]

__all__ = [
    "append_whole",
    "close_quietly",
    "create_atomic",
    "ensure_executable",
    "exists",
    "home",
    "make_parents",
    "open_regular",
    "read_bytes",
    "read_from",
    "remove",
    "unlink_quietly",
    "write_atomic",
    "write_pieces",
]

_READ = os.O_RDONLY | os.O_CLOEXEC
#: Bytes that are read at a time of a file that grows.
_BLOCK = 1 << 20
_DIRECTORY = _READ | os.O_DIRECTORY
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

#: What a file system says that cannot sync a directory; there the rename is all there is.
_NO_DIRECTORY_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
#: What a file system says that has no hard links.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)


def read_bytes(path: StrPath) -> bytes | None:
    """The file's content, or None when there is no file; raises OSError otherwise."""
    return read_from(path, 0)


def read_from(path: StrPath, position: int) -> bytes | None:
    """As `read_bytes`, from a position on."""
    try:
        file, size = open_regular(path)
    except FileNotFoundError:
        return None
    try:
        # One byte more, to see that it has not grown meanwhile.
        pieces = [os.pread(file, max(0, size - position) + 1, position)]
        position += len(pieces[0])
        while position != size and pieces[-1]:
            pieces.append(os.pread(file, _BLOCK, position))
            position += len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
    finally:
        os.close(file)


def open_regular(path: StrPath) -> tuple[int, int]:
    """A descriptor to read a file, and its size; raises OSError.

    Who waits for the writer of a named pipe may wait for ever: those are refused.
    """
    file = os.open(path, _READ | os.O_NONBLOCK)
    try:
        status = os.fstat(file)
        _require_regular(status.st_mode, path)
    except BaseException:
        close_quietly(file)
        raise
    return file, status.st_size


def _require_regular(mode: int, path: StrPath) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file", os.fspath(path))


def write_atomic(path: StrPath, data: bytes, *, mode: int | None = None) -> None:
    """Replace the file's content in one step that survives a crash, and sync it.

    A symbolic link stays and its target is replaced. Permission bits and owner are kept;
    `mode` sets other bits, and a new file gets 0666 less the umask. Raises OSError, and
    then the file is as it was.
    """
    write_pieces(path, [data], mode=mode)


def write_pieces(
    path: StrPath, pieces: Sequence[bytes | memoryview], *, mode: int | None = None
) -> None:
    """As `write_atomic`, with the content in pieces, which are not joined first."""
    target = _target(path)
    directory = os.open(os.path.dirname(target), _DIRECTORY)
    try:
        old = _open_existing(target)
        try:
            _rename(_write_temporary(target, pieces, old, mode), target)
            _sync_rename(directory, target, old)
        finally:
            if old is not None:
                close_quietly(old)
    finally:
        close_quietly(directory)


def create_atomic(path: StrPath, data: bytes) -> bool:
    """Write a file that is not there yet, with its parents; True when this call created it.

    Of several callers one creates it. Raises OSError, and then there is no file.
    """
    target = _target(path)
    if exists(target):
        return False
    make_parents(target)
    directory = os.open(os.path.dirname(target), _DIRECTORY)
    try:
        temporary = _write_temporary(target, [data], None, None)
        try:
            os.link(temporary, target)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.replace(temporary, target)
        finally:
            unlink_quietly(temporary)
        _sync_rename(directory, target, None)
        return True
    finally:
        close_quietly(directory)


def append_whole(path: StrPath, data: bytes) -> None:
    """Add `data` at the end of an existing file, all of it or nothing, and sync it."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        size = os.fstat(file).st_size
        try:
            _write_all(file, [data])
            os.fsync(file)
        except BaseException:
            os.ftruncate(file, size)
            raise
    finally:
        close_quietly(file)


def exists(path: StrPath) -> bool:
    """True when there is such a name; unlike os.path's functions raises what else goes wrong.

    What cannot be looked at must not pass for missing: it would be written anew.
    """
    return _status(path) is not None


def remove(path: StrPath) -> None:
    """Remove a file that may be missing."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def make_parents(path: StrPath) -> None:
    """Create the directory that `path` is in."""
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)


def ensure_executable(path: StrPath) -> None:
    """Set the three execution bits unless one is set; quiet when that is not possible."""
    try:
        mode = os.stat(path).st_mode
        if not mode & 0o111:
            os.chmod(path, mode & 0o7777 | 0o111)  # noqa: S103  # the specification's bits
    except OSError:
        pass


def home(path: StrPath) -> str:
    """The directory whose lock guards `path`: where the file is that a link may name."""
    return os.path.dirname(_target(path))


def _target(path: StrPath) -> str:
    # Looking at the last name alone is quicker than resolving all of them.
    status = _status(path)
    if status is not None and stat.S_ISLNK(status.st_mode):
        return os.path.realpath(path)
    return os.path.join(os.path.dirname(path) or ".", os.path.basename(path))


def _status(path: StrPath) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _open_existing(path: str) -> int | None:
    try:
        return os.open(path, _READ | os.O_NONBLOCK)
    except FileNotFoundError:
        return None


def _write_temporary(
    target: str, pieces: Sequence[bytes | memoryview], old: int | None, mode: int | None
) -> str:
    directory, name = os.path.split(target)
    unique = f".{name[:40]}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    temporary = os.path.join(directory, unique)
    # Nobody else may read it until it has the old file's bits.
    file = os.open(temporary, _CREATE, 0o666 if old is None and mode is None else 0o600)
    try:
        try:
            _take_permissions(file, old, mode)
            _write_all(file, pieces)
            os.fsync(file)
        finally:
            os.close(file)
    except BaseException:
        unlink_quietly(temporary)
        raise
    return temporary


def _take_permissions(file: int, old: int | None, mode: int | None) -> None:
    if old is not None:
        status = os.fstat(old)
        if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(PermissionError):
                os.fchown(file, status.st_uid, status.st_gid)
        mode = status.st_mode & 0o7777 if mode is None else mode
    if mode is not None:
        os.fchmod(file, mode)


def _write_all(file: int, pieces: Sequence[bytes | memoryview]) -> None:
    # The kernel takes 1024 pieces at a time, and no more bytes than it likes.
    left = [memoryview(piece) for piece in pieces if len(piece)]
    while left:
        written = os.writev(file, left[:1024])
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if written:
            left[0] = left[0][written:]


def _rename(temporary: str, target: str) -> None:
    try:
        os.replace(temporary, target)
    except BaseException:
        unlink_quietly(temporary)
        raise


def _sync_rename(directory: int, target: str, old: int | None) -> None:
    """Sync the directory that `target` was renamed in; put the old file back when that fails."""
    try:
        os.fsync(directory)
    except OSError as error:
        if error.errno in _NO_DIRECTORY_SYNC:
            return
        _put_back(target, old)
        raise


def _put_back(target: str, old: int | None) -> None:
    try:
        if old is None:
            os.unlink(target)
            return
        content = os.pread(old, os.fstat(old).st_size, 0)
        _rename(_write_temporary(target, [content], old, None), target)
    except OSError:
        pass


def close_quietly(file: int) -> None:
    """Close a descriptor; what close(2) says is of no use to anybody."""
    with contextlib.suppress(OSError):
        os.close(file)


def unlink_quietly(path: str) -> None:
    """Remove a temporary file, as far as that is possible."""
    with contextlib.suppress(OSError):
        os.unlink(path)
