"""Run a function as the superuser's files are for everybody else: permissions count."""

from __future__ import annotations

import ctypes
import os
import pickle
import traceback
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["without_override"]

T = TypeVar("T")

#: _LINUX_CAPABILITY_VERSION_3, capabilities(7).
_VERSION = 0x20080522
#: CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets root read and write everything.
_OVERRIDE = (1 << 1) | (1 << 2)


def without_override(function: Callable[[], T]) -> T:
    """What `function` returns when the mode of a file holds for root too.

    Root's run is in a forked child that gives up the two capabilities; others just call it.
    The result must be one that pickle takes; a failure in the child fails the caller.
    """
    if os.geteuid() != 0:
        return function()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _give_up()
            result = (True, function())
        except BaseException:  # noqa: BLE001  the caller raises it
            result = (False, traceback.format_exc())
        with open(writer, "wb") as stream:
            pickle.dump(result, stream)
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as stream:
        done, value = pickle.load(stream)
    os.waitpid(child, 0)
    assert done, value
    return value


def _give_up() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION, 0)
    # effective, permitted and inheritable, of the lower and the upper 32 capabilities
    sets = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0, os.strerror(ctypes.get_errno())
    for index in range(3):
        sets[index] &= ~_OVERRIDE
    assert libc.capset(header, sets) == 0, os.strerror(ctypes.get_errno())
