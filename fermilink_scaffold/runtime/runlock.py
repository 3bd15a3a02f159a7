"""The run lock run.lock.json: which process runs the campaign."""

from __future__ import annotations

import contextlib
import os

from fermilink_scaffold.runtime.files import home, read_bytes, write_atomic
from fermilink_scaffold.runtime.jsonfile import (
    json_bytes,
    load_json_file,
    parse_object,
    write_json_file,
)
from fermilink_scaffold.runtime.locks import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fermilink_scaffold.runtime.files import StrPath

__all__ = [
    "RunLockHeld",
    "acquire_run_lock",
    "clear_run_lock",
    "load_run_lock",
    "pid_is_running",
    "run_lock_holder",
    "write_run_lock",
]

_BOOT_ID = "/proc/sys/kernel/random/boot_id"


class RunLockHeld(Exception):  # noqa: N818  # the specification's name
    """The campaign is already running; `payload` is what its holder recorded."""

    def __init__(self, payload: dict[str, Any]) -> None:
        place = f" on {payload['pid_host']}" if "pid_host" in payload else ""
        since = f", since {payload['started_at_utc']}" if "started_at_utc" in payload else ""
        super().__init__(f"process {payload.get('pid')}{place} runs this campaign{since}")
        #: The content of the lock.
        self.payload = payload


def write_run_lock(path: StrPath, payload: dict[str, Any]) -> None:
    """Overwrite the lock, whoever holds it."""
    write_json_file(path, payload)


def load_run_lock(path: StrPath) -> dict[str, Any] | None:
    """The lock's content, under the terms of `load_json_file`."""
    return load_json_file(path)


def acquire_run_lock(path: StrPath, payload: dict[str, Any]) -> dict[str, Any]:
    """Take the lock for `payload["pid"]`, this process unless given, and return its content.

    Adds `pid`, `pid_started` (see `_started`) and `pid_host`. A lock whose process ended is
    taken over. Raises RunLockHeld while it lives, OSError when the lock cannot be written.
    """
    pid = _pid(payload) or os.getpid()
    taken = {"pid_started": _started(pid), "pid_host": os.uname().nodename, **payload, "pid": pid}
    data = json_bytes(taken)
    with Lock([home(path)]):
        holder = run_lock_holder(path)
        if holder is not None:
            raise RunLockHeld(holder)
        write_atomic(path, data)
    return taken


def clear_run_lock(path: StrPath) -> None:
    """Remove the lock, unless a living process other than this one holds it."""
    if not os.path.lexists(path):
        return
    with Lock([home(path)]):
        holder = run_lock_holder(path)
        if holder is None or (_is_here(holder) and _pid(holder) == os.getpid()):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def run_lock_holder(path: StrPath) -> dict[str, Any] | None:
    """The lock's content while its process lives, else None.

    A process on another host counts as living: nobody here can tell. Raises OSError when
    the lock cannot be read.
    """
    payload = parse_object(read_bytes(path) or b"")
    if payload is None:
        return None
    pid = _pid(payload)
    if pid <= 0:
        return None
    if not _is_here(payload):
        return payload
    started = payload.get("pid_started")
    if not pid_is_running(pid) or (started is not None and started != _started(pid)):
        return None
    return payload


def pid_is_running(pid: int) -> bool:
    """True when the process exists, also when it is another user's; False for pid <= 0."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _pid(payload: dict[str, Any]) -> int:
    try:
        return int(payload.get("pid") or 0)
    except (TypeError, ValueError):
        return 0


def _is_here(payload: dict[str, Any]) -> bool:
    here = os.uname().nodename
    return bool(payload.get("pid_host", here) == here)


def _started(pid: int) -> str | None:
    """When the process started: boot id and clock ticks since that boot.

    Field 22 of /proc/PID/stat, see proc_pid_stat(5); None where there is no such file.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The second field, the name in brackets, may hold blanks and brackets.
            ticks = file.read().rpartition(b")")[2].split()[19].decode()
        with open(_BOOT_ID, encoding="ascii") as file:
            return f"{file.read().strip()}/{ticks}"
    except (OSError, IndexError):
        return None
