"""Replacing files of a workspace, all or nothing, so that a crash can be made up for.

Everything is first written below `.scaffold/pending/`, under numbers. Then the journal is
put in place, by one rename: from then on the change is decided. Each file is renamed over
its target, the manifest last, and the journal goes. Whoever finds a journal carries on, but
only where the disk is as the journal says it was before, or already as it is to be; what
somebody changed meanwhile is left alone, with the record that belongs to it. Until there is
a journal nothing has happened, and `pending/` is only removed.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.workspace.disk import Stamp, place, read, stamp
from fermilink_scaffold.workspace.events import record_event, started_event
from fermilink_scaffold.workspace.manifest import JOURNAL, PENDING
from fermilink_scaffold.workspace.plan import Copy
from fermilink_scaffold.workspace.records import BACKUP
from fermilink_scaffold.workspace.writing import (
    NOTHING_CHANGED,
    copy_file,
    flush,
    flush_all,
    naming,
    write_file,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.workspace.plan import NewFile, Plan

__all__ = ["finish", "replace_files"]


class _Step(Record):
    """One file that is replaced, made or removed."""

    #: Relative to the project.
    path: str
    #: Its number below `pending/`; None when the file goes.
    pending: str | None
    #: What it was and is to be; None: not there.
    before: Stamp | None
    after: Stamp | None
    #: Name below `pending/` of the file as it was.
    old: str | None = None
    #: The step is left out when that of this path is.
    follows: str | None = None


def replace_files(plan: Plan) -> None:
    """Make the change; the caller holds the project.

    Raises ScaffoldError, with nothing changed, when the disk is not as the plan saw it, when
    something is read-only, or when it cannot be written.
    """
    root = plan.root
    if plan.empty:
        return
    _compare(plan)
    _refuse_read_only(plan)
    made = not os.path.isdir(os.path.join(root, layout.RECORD))
    try:
        steps = _write_pending(plan)
        event = started_event(root, plan.event)
        _write_journal(root, steps, event)
    except BaseException:
        _abandon(root)
        if made:
            with suppress(OSError):
                os.rmdir(os.path.join(root, layout.RECORD))
        raise
    try:
        _carry_out(root, steps)
    except (OSError, ScaffoldError) as error:
        if _take_back(root, steps):
            _clean_up(root)
            if isinstance(error, ScaffoldError):
                raise
            with naming(str(error.filename2 or error.filename or root)):
                raise
        raise ScaffoldError(
            f"the change could not be completed: {error}",
            file=layout.RECORD,
            hint="The next `regen` completes it.",
        ) from error
    with naming(os.path.join(root, layout.RECORD), "the change could not be recorded"):
        _complete(root, event)


def finish(root: str) -> tuple[str, ...]:
    """Complete what a process that died had decided on; the caller holds the project.

    Gives the paths that somebody has changed since, which were left alone. Raises
    ScaffoldError for a journal that is none, and when it cannot be completed.
    """
    found = _load(root)
    if found is None:
        _clean_up(root)
        return ()
    try:
        left = _carry_out(root, found[0])
        _complete(root, found[1])
    except OSError as error:
        with naming(str(error.filename or root), "an interrupted `regen` cannot be completed"):
            raise
    return left


def _compare(plan: Plan) -> None:
    for path, seen in (plan.before or {}).items():
        if stamp(plan.root, path) != seen:
            raise ScaffoldError(
                "was changed while `regen` was at work",
                file=path,
                hint=f"{NOTHING_CHANGED} Run `regen` again.",
            )


def _refuse_read_only(plan: Plan) -> None:
    """Root may write everywhere; that a file was made read-only still says something."""
    for path, seen in (plan.before or {}).items():
        if seen is not None and not seen.mode & 0o222:
            raise ScaffoldError("is read-only", file=path, hint=NOTHING_CHANGED)
        directory = os.path.dirname(place(plan.root, path))
        while not os.path.isdir(directory):
            directory = os.path.dirname(directory)
        writable = os.stat(directory).st_mode & 0o222 and os.access(directory, os.W_OK | os.X_OK)
        if not writable:
            shown = os.path.relpath(directory, plan.root)
            raise ScaffoldError(
                "is read-only, so no file in it can be replaced", file=shown, hint=NOTHING_CHANGED
            )


def _write_pending(plan: Plan) -> list[_Step]:
    root, before, follows = plan.root, plan.before or {}, plan.follows or {}
    holder = place(root, f"{PENDING}/0")[:-2]
    with naming(holder):
        os.makedirs(os.path.dirname(holder), exist_ok=True)
        os.mkdir(holder)
    records = [file for file in plan.files if file.policy == "record"]
    backups = [file for file in records if file.path.startswith(f"{BACKUP}/")]
    others = [file for file in records if file not in backups]
    first: list[NewFile | Copy] = [*backups, *plan.copies]
    first += [file for file in plan.files if file.policy != "record"]
    steps = []
    for number, item in enumerate(first):
        follow = follows.get(item.path)
        steps.append(_write(root, holder, str(number), item, before[item.path], follow))
    for number, path in enumerate(plan.removals):
        old = f"removed-{number}.old"
        with naming(os.path.join(root, path)):
            _keep(os.path.join(root, path), os.path.join(holder, old))
        gone = _Step(path=path, pending=None, before=before[path], after=None, old=old)
        steps.append(gone.replace(follows=follows.get(path)))
    for number, record in enumerate(others, len(first)):
        follow = follows.get(record.path)
        steps.append(_write(root, holder, str(number), record, before[record.path], follow))
    flush_all(root, holder, [step.pending for step in steps if step.pending] + [""])
    return steps


def _write(  # noqa: PLR0913, PLR0917 (one file, and what is known of it)
    root: str,
    holder: str,
    number: str,
    item: NewFile | Copy,
    before: Stamp | None,
    follows: str | None,
) -> _Step:
    file, shown = os.path.join(holder, number), os.path.join(root, item.path)
    if isinstance(item, Copy):
        copy_file(item.origin, file, shown=shown)
    else:
        write_file(file, item.data, executable=item.executable, shown=shown)
    with naming(shown):
        if before is not None:
            _take_after(shown, file, before)
            _keep(shown, f"{file}.old")
    after = stamp(root, f"{PENDING}/{number}")
    old = f"{number}.old" if before is not None else None
    return _Step(
        path=item.path, pending=number, before=before, after=after, old=old, follows=follows
    )


def _take_after(old: str, new: str, before: Stamp) -> None:
    """Owner and permissions are those of the file that is replaced; only the bits to run are ours."""
    mode = before.mode
    if not os.stat(new).st_mode & 0o100:
        mode &= ~0o111
    elif not before.executable:
        mode |= (mode & 0o444) >> 2
    status = os.stat(old)
    with suppress(PermissionError):
        if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(new, status.st_uid, status.st_gid)
    os.chmod(new, mode)


def _keep(file: str, old: str) -> None:
    """The file as it was, to be put back when a later rename fails."""
    try:
        os.link(file, old)
    except OSError:
        import shutil

        shutil.copy2(file, old)


def _write_journal(root: str, steps: Sequence[_Step], event: Mapping[str, Any] | None) -> None:
    data = {"schema_version": 1, "steps": [_dump(step) for step in steps], "event": event}
    new, final = place(root, f"{PENDING}/journal"), place(root, JOURNAL)
    text = json.dumps(data, indent=1, default=Record.as_dict) + "\n"
    write_file(new, text.encode(), executable=False, shown=final)
    with naming(final):
        flush(new)
        flush(os.path.dirname(new))
        os.rename(new, final)
        flush(os.path.dirname(final))


def _dump(step: _Step) -> dict[str, Any]:
    stamps = {"before": step.before, "after": step.after}
    return step.as_dict() | {
        name: None if it is None else it.as_dict() for name, it in stamps.items()
    }


def _load(root: str) -> tuple[list[_Step], Mapping[str, Any] | None] | None:
    found = read(root, JOURNAL)
    if found is None:
        return None
    try:
        data = json.loads(found[0])
        return [_step(step) for step in data["steps"]], data["event"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ScaffoldError(
            "is no journal: it cannot be read",
            file=JOURNAL,
            hint="Look at what is in .scaffold/pending, then remove both.",
        ) from error


def _step(data: Mapping[str, Any]) -> _Step:
    before, after = (
        Stamp(digest=str(it["digest"]), mode=int(it["mode"])) if it else None
        for it in (data["before"], data["after"])
    )
    path, pending, follows = data["path"], data["pending"], data["follows"]
    named = pending is None or (isinstance(pending, str) and pending.isdecimal())
    if not isinstance(path, str) or not named or (pending is None) != (after is None):
        raise ValueError(path)
    return _Step(path=path, pending=pending, before=before, after=after, follows=follows)


def _carry_out(root: str, steps: Sequence[_Step]) -> tuple[str, ...]:
    """Do what is missing; the user's files that were left alone."""
    left: list[str] = []
    directories: dict[str, None] = {}
    for step in steps:
        target = place(root, step.path)
        if step.follows in left or _is_no_file(target):
            left.append(step.path)
            continue
        now = stamp(root, step.path)
        if now == step.after:
            continue
        if now != step.before:
            left.append(step.path)
        elif step.pending is None:
            os.unlink(target)
            _remove_empty(root, step.path)
        else:
            if stamp(root, f"{PENDING}/{step.pending}") != step.after:
                raise ScaffoldError("was damaged", file=f"{PENDING}/{step.pending}")
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.replace(place(root, f"{PENDING}/{step.pending}"), target)
            directories[os.path.dirname(target)] = None
    for directory in directories:
        flush(directory)
    return tuple(path for path in left if not path.startswith(f"{layout.RECORD}/"))


def _is_no_file(place: str) -> bool:
    """Whether something else than a file has been put there."""
    try:
        return not stat.S_ISREG(os.lstat(place).st_mode)
    except FileNotFoundError:
        return False


def _remove_empty(root: str, path: str) -> None:
    """Remove the directories that a file leaves empty."""
    kept = {layout.WORKSPACE, layout.AUTOGEN, layout.RECORD}
    with suppress(OSError):
        while (path := os.path.dirname(path)) not in kept:
            with suppress(FileNotFoundError):
                os.rmdir(os.path.join(root, path))


def _take_back(root: str, steps: Sequence[_Step]) -> bool:
    """Undo what was done; False when that fails."""
    try:
        for step in reversed(steps):
            target = place(root, step.path)
            done = step.before != step.after and stamp(root, step.path) == step.after
            if step.before is None:
                if done:
                    os.unlink(target)
                _remove_empty(root, step.path)
            elif done:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                os.replace(place(root, f"{PENDING}/{step.old}"), target)
        os.unlink(place(root, JOURNAL))
    except (OSError, ScaffoldError):
        return False
    return True


def _complete(root: str, event: Mapping[str, Any] | None) -> None:
    if event is not None:
        record_event(root, event)
    os.unlink(place(root, JOURNAL))
    _clean_up(root)


def _abandon(root: str) -> None:
    """Let nothing have happened; where the journal cannot go, the next run carries on."""
    try:
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(root, JOURNAL))
    except OSError:
        return
    _clean_up(root)


def _clean_up(root: str) -> None:
    """Remove what was only prepared."""
    holder = os.path.join(root, PENDING)
    if os.path.isdir(holder) and not os.path.islink(holder):
        import shutil

        shutil.rmtree(holder, ignore_errors=True)
