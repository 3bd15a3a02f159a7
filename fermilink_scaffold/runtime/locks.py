"""Waiting for other writers: one empty file per directory, locked with flock(2).

The kernel releases the lock of a holder that dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os

from fermilink_scaffold.runtime.files import close_quietly, unlink_quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LOCK_FILENAME", "Lock"]

#: The file that writers of one directory lock; it stays, and stays empty.
LOCK_FILENAME = ".runtime.lock"

_LOCK = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_CLOEXEC
#: Directories in which this process already removed what dead writers had left.
_swept: set[str] = set()


class Lock:
    """Exclusive lock on one or more directories, for `with`; waits until it is free.

    A directory that is missing is made. Threads exclude each other too. Raises OSError when
    the lock file cannot be made.
    """

    def __init__(self, directories: Iterable[str]) -> None:
        self._directories = sorted(set(directories))
        if len(self._directories) > 1:
            # One name and one order for everybody, so that no two holders wait for each other.
            self._directories = sorted({os.path.realpath(path) for path in self._directories})
        self._held: list[int] = []

    def __enter__(self) -> None:
        try:
            for directory in self._directories:
                self._held.append(_open_lock(directory))
                fcntl.flock(self._held[-1], fcntl.LOCK_EX)
                if directory not in _swept:
                    _sweep(directory)
        except BaseException:
            self._release()
            raise

    def __exit__(self, *_: object) -> None:
        self._release()

    def _release(self) -> None:
        while self._held:
            file = self._held.pop()
            # A child forked meanwhile holds a copy of the descriptor: unlock for all.
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_UN)
            close_quietly(file)


def _open_lock(directory: str) -> int:
    path = os.path.join(directory, LOCK_FILENAME)
    try:
        return os.open(path, _LOCK, 0o666)
    except FileNotFoundError:
        os.makedirs(directory, exist_ok=True)
        return os.open(path, _LOCK, 0o666)
    except PermissionError:
        # Somebody else's lock file: readable is enough, except on NFS.
        return os.open(path, _READ)


def _sweep(directory: str) -> None:
    """Remove the temporary files of writers that died; the caller holds the lock."""
    _swept.add(directory)
    for name in os.listdir(directory):
        parts = name.rsplit(".", 3)
        if len(parts) == 4 and name[0] == "." and parts[3] == "tmp" and parts[1].isdecimal():
            try:
                os.kill(int(parts[1]), 0)
            except (ProcessLookupError, OverflowError):
                unlink_quietly(os.path.join(directory, name))
            except OSError:
                pass
