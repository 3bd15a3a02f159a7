"""`lock`: run a command as the campaign's only one."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import sys
import time

import click

from fermilink_scaffold.cli._errors import printable
from fermilink_scaffold.cli._project import find_project
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

__all__ = ["lock"]

_HELD, _NOT_FOUND = 3, 127
#: Seconds between two tries of `--wait`.
_PAUSE = 0.1
#: Set for the command: the lock's file and holder, so that a `lock` inside it needs no other.
_INSIDE = "FERMILINK_SCAFFOLD_RUN_LOCK"


@click.command(context_settings={"allow_interspersed_args": False})
@click.option(
    "--project", default=".", metavar="DIR", type=click.Path(), help="Where the workspace is."
)
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=0,
    help="How long to wait for it.",
)
@click.option("--release", is_flag=True, help="Remove the lock, unless its process lives.")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def lock(project: str, *, wait: float, release: bool, command: tuple[str, ...]) -> int:
    """Run COMMAND under the campaign's run lock; without one, say who holds it.

    The status is the command's own, 127 when there is no such command, and 3 while another
    process holds the lock. Without a command it is 0 when the lock is free.
    """
    from fermilink_scaffold.runtime import clear_run_lock, run_lock_path

    if command and os.path.isdir(command[0]):
        hint = f"To say where the workspace is: --project {shlex.quote(command[0])}."
        raise ScaffoldError("is a directory, not a command", file=command[0], hint=hint)
    path = run_lock_path(find_project(project))
    if release:
        clear_run_lock(path)
    if not command:
        return _tell(path)
    if os.environ.get(_INSIDE) == _mark(path):
        os.execvp(command[0], command)  # noqa: S606  # the user's own command
    if shutil.which(command[0]) is None:
        click.echo(f"error: there is no command {command[0]!r}", err=True)
        return _NOT_FOUND
    return _run(path, command, wait)


def _tell(path: Path) -> int:
    from fermilink_scaffold.runtime import run_lock_holder
    from fermilink_scaffold.runtime.runlock import RunLockHeld

    holder = run_lock_holder(path)
    click.echo("The run lock is free." if holder is None else printable(str(RunLockHeld(holder))))
    return 0 if holder is None else _HELD


def _mark(path: Path) -> str:
    from fermilink_scaffold.runtime import run_lock_holder

    return f"{(run_lock_holder(path) or {}).get('pid')}:{path}"


def _run(path: Path, command: tuple[str, ...], wait: float) -> int:
    """Start the command, suspended, give it the lock, let it go, and wait for its end.

    The lock names the command's own process: when this one is killed, it is still held.
    """
    from fermilink_scaffold.runtime import RunLockHeld, clear_run_lock

    sys.stdout.flush()
    ready, go = os.pipe()
    child = os.fork()
    if not child:
        os.close(go)
        _become(path, command, ready)
    os.close(ready)
    try:
        _take(path, child, command, wait)
    except RunLockHeld as held:
        told = f"error: {held}\nWait for its end, or give --wait SECONDS."
        click.echo(printable(told), err=True)
        os.close(go)
        os.waitpid(child, 0)
        return _HELD
    except BaseException:
        os.close(go)
        os.waitpid(child, 0)
        raise
    with _passing_on_signals(child):
        os.write(go, b"go")
        os.close(go)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    clear_run_lock(path)
    return status if status >= 0 else 128 - status


def _become(path: Path, command: tuple[str, ...], ready: int) -> None:
    """In the child: be the command once the parent says so."""
    try:
        if os.read(ready, 2) == b"go":
            os.environ[_INSIDE] = f"{os.getpid()}:{path}"
            os.execvp(command[0], command)  # noqa: S606  # the user's own command
    except OSError as error:
        os.write(2, f"error: {command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(126)


def _take(path: Path, pid: int, command: tuple[str, ...], wait: float) -> None:
    from fermilink_scaffold.runtime import RunLockHeld, acquire_run_lock, utc_now_z

    payload = {
        "schema_version": 1,
        "mode": "command",
        "command": shlex.join(command),
        "pid": pid,
        "started_at_utc": utc_now_z(),
    }
    end = time.monotonic() + wait
    while time.monotonic() < end:
        with contextlib.suppress(RunLockHeld):
            acquire_run_lock(path, payload)
            return
        time.sleep(_PAUSE)
    acquire_run_lock(path, payload)


@contextlib.contextmanager
def _passing_on_signals(child: int) -> Iterator[None]:
    """Within, signals that would end this process go to the child, whose end we await."""

    def pass_on(number: int, _: FrameType | None) -> None:
        os.kill(child, number)

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pass_on) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
