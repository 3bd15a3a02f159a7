"""Looking at a workspace on disk without being led out of it.

Paths come from a manifest or a journal, which somebody else may have written: they are
refused when absolute, with `..`, or through a symbolic link.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.layout import WORKSPACE
from fermilink_scaffold.records import Record

__all__ = ["Stamp", "digest", "place", "read", "stamp"]

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK = 1 << 20


class Stamp(Record):
    """What a regular file is, as far as it must stay so until a plan is applied."""

    #: SHA-256 of the content, hex.
    digest: str
    #: The permission bits.
    mode: int

    @property
    def executable(self) -> bool:
        """Whether its owner may run it."""
        return bool(self.mode & 0o100)


def digest(data: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(data).hexdigest()


def place(root: str, path: str) -> str:
    """Where `path`, relative to the project, is; nothing need be there.

    Raises ScaffoldError when it is no path inside the workspace, or leads through a link or
    through something that is no directory.
    """
    parts = path.split("/")
    if len(parts) < 2 or parts[0] != WORKSPACE or "\0" in path:
        raise _refusal(path, "is no path inside the workspace")
    if any(part in {"", ".", ".."} for part in parts):
        raise _refusal(path, "is no path inside the workspace")
    here = root
    for number, part in enumerate(parts, 1):
        here = f"{here}/{part}"
        try:
            mode = os.lstat(here).st_mode
        except FileNotFoundError:
            return os.path.join(root, path)
        except OSError as error:
            raise _refusal(path, f"cannot be looked at: {error.strerror}") from error
        if stat.S_ISLNK(mode):
            raise _refusal(
                path, "is a symbolic link, or behind one: only plain files are regenerated"
            )
        if number < len(parts) and not stat.S_ISDIR(mode):
            raise _refusal(path, "cannot be there: a part of the path is no directory")
    return here


def read(root: str, path: str) -> tuple[bytes, Stamp] | None:
    """Content and stamp of a file; None where there is none.

    Raises ScaffoldError as `place` does, and for what is no regular file or cannot be read.
    """
    handle = _open(root, path)
    if handle is None:
        return None
    try:
        with open(handle, "rb") as stream:
            mode = stat.S_IMODE(os.fstat(handle).st_mode)
            data = stream.read()
    except OSError as error:
        raise _refusal(path, f"cannot be read: {error.strerror}") from error
    return data, Stamp(digest=digest(data), mode=mode)


def stamp(root: str, path: str) -> Stamp | None:
    """As `read`, for a file that may be large."""
    handle = _open(root, path)
    if handle is None:
        return None
    summed = hashlib.sha256()
    try:
        with open(handle, "rb") as stream:
            mode = stat.S_IMODE(os.fstat(handle).st_mode)
            while chunk := stream.read(_CHUNK):
                summed.update(chunk)
    except OSError as error:
        raise _refusal(path, f"cannot be read: {error.strerror}") from error
    return Stamp(digest=summed.hexdigest(), mode=mode)


def _open(root: str, path: str) -> int | None:
    try:
        handle = os.open(place(root, path), _READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise _refusal(path, "is not a regular file") from error
        raise _refusal(path, f"cannot be read: {error.strerror}") from error
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return handle
    os.close(handle)
    kind = "a directory" if stat.S_ISDIR(mode) else "not a regular file"
    raise _refusal(path, f"is {kind}, and a file of the workspace should be there")


def _refusal(path: str, what: str) -> ScaffoldError:
    return ScaffoldError(what, file=path, hint="Nothing was changed.")
