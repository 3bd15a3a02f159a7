"""Faults on demand: the Nth system call of a write fails, or the process dies there."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CALLS", "Died", "Faults", "broken", "dying", "failing"]

#: The calls by which the runtime reads and writes.
CALLS = [
    "open",
    "close",
    "fstat",
    "pread",
    "write",
    "writev",
    "fsync",
    "fchmod",
    "fchown",
    "ftruncate",
    "truncate",
    "replace",
    "link",
    "unlink",
    "listdir",
    "stat",
    "lstat",
]


class Died(BaseException):
    """The process is gone: nothing that comes after it happens."""


class Faults:
    """Counts calls; what happens at the chosen one is up to `strike`."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.count = 0
        #: True when the chosen call was reached.
        self.struck = False

    def strike(self) -> None:
        raise NotImplementedError


class _Failing(Faults):
    def __init__(self, number: int, error: int) -> None:
        super().__init__(number)
        self.error = error

    def strike(self) -> None:
        if self.count == self.number:
            self.struck = True
            raise OSError(self.error, os.strerror(self.error))


class _Broken(_Failing):
    def strike(self) -> None:
        if self.count >= self.number:
            self.struck = True
            raise OSError(self.error, os.strerror(self.error))


class _Dying(Faults):
    def strike(self) -> None:
        if self.count >= self.number:
            self.struck = True
            raise Died


@contextlib.contextmanager
def _installed(faults: Faults) -> Iterator[Faults]:
    originals = {name: getattr(os, name) for name in CALLS}

    def wrapped(name):
        def call(*args, **kwargs):
            faults.count += 1
            if name == "close":
                # As in the kernel: the descriptor is gone, whatever close says.
                originals[name](*args, **kwargs)
                faults.strike()
                return None
            faults.strike()
            return originals[name](*args, **kwargs)

        return call

    try:
        for name in CALLS:
            setattr(os, name, wrapped(name))
        yield faults
    finally:
        for name, original in originals.items():
            setattr(os, name, original)


def failing(number: int, error: int = errno.EIO) -> contextlib.AbstractContextManager[Faults]:
    """Within, the call of this number, from 1, raises an OSError."""
    return _installed(_Failing(number, error))


def broken(number: int, error: int = errno.EIO) -> contextlib.AbstractContextManager[Faults]:
    """Within, every call from the one of this number on raises an OSError."""
    return _installed(_Broken(number, error))


def dying(number: int) -> contextlib.AbstractContextManager[Faults]:
    """Within, nothing happens any more from the call of this number on."""
    return _installed(_Dying(number))
