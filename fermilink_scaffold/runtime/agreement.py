"""Whether ledger, memory and state of a campaign tell the same."""

from __future__ import annotations

import os

from fermilink_scaffold.runtime import paths
from fermilink_scaffold.runtime.archive import archive_path
from fermilink_scaffold.runtime.files import read_bytes
from fermilink_scaffold.runtime.journal import is_unfinished
from fermilink_scaffold.runtime.jsonfile import parse_object
from fermilink_scaffold.runtime.memory import LATEST
from fermilink_scaffold.runtime.rows import ACCEPTING, read_rows
from fermilink_scaffold.runtime.sections import Scan, decode
from fermilink_scaffold.runtime.state import count, state_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    Rows = Sequence[Mapping[str, str]]

__all__ = ["disagreements"]

_COUNTS = ("accepted_count", "rejected_count", "consecutive_rejections")
_COMMITS = ("baseline_commit", "incumbent_commit")
#: Iterations that are listed one by one.
_LISTED = 8


def disagreements(project_root: Path) -> tuple[str, ...]:
    """One sentence for each thing that ledger, memory and state tell differently.

    The ledger is taken at its word; entries that `compact_memory` moved are looked for in
    the archive. Takes no lock: while a writer is at work there may be one for a moment.
    Raises OSError.
    """
    memory = paths.memory_path(project_root)
    if is_unfinished(memory):
        return ("an outcome is half recorded: the next writer completes it",)
    rows = read_rows(paths.results_path(project_root))
    return (
        *_state(rows, read_bytes(paths.state_path(project_root))),
        *_memory(rows, read_bytes(memory), read_bytes(archive_path(os.fspath(memory)))),
    )


def _state(rows: Rows, data: bytes | None) -> Iterator[str]:
    name = paths.STATE_FILENAME
    if data is None:
        if rows:
            yield f"{name} is missing although the ledger has {_number(len(rows), 'row')}"
        return
    state = parse_object(data)
    if state is None:
        yield f"{name} is not a JSON object"
        return
    told = state_of(rows)
    for key in _COUNTS:
        there, here = count(state, key), count(told, key)
        if there != here:
            yield f"{name} has {key} {there}, the ledger's rows give {here}"
    for key in _COMMITS:
        commit, given = str(state.get(key) or ""), str(told.get(key, ""))
        if not _same_commit(commit, given):
            yield f"{name} has {key} {commit or 'none'}, the ledger's rows give {given or 'none'}"


def _memory(rows: Rows, data: bytes | None, archive: bytes | None) -> Iterator[str]:
    name = paths.MEMORY_FILENAME
    if data is None:
        if rows:
            yield f"{name} is missing although the ledger has {_number(len(rows), 'row')}"
        return
    text = decode(data) + decode(archive or b"")
    lost = [row["iteration"] for row in rows if f"({row['commit']}, " not in text]
    if lost:
        listed = ", ".join(lost[:_LISTED]) + (" ..." if len(lost) > _LISTED else "")
        yield f"{name} has no entry of {_number(len(lost), 'row')} of the ledger: iteration {listed}"
    latest = [row["commit"] for row in rows if row["status"] in ACCEPTING][-1:]
    named = _latest(data)
    if latest and named is not None and not _same_commit(named, latest[0]):
        yield f"{name} names {named} as the latest accepted commit, the ledger {latest[0]}"


def _latest(data: bytes) -> str | None:
    """What the memory names as the latest accepted commit; None where it names none."""
    bounds = Scan(data).section(LATEST)
    body = "" if bounds is None else decode(data[slice(*bounds)])
    lines = (line.strip() for line in body.split("\n"))
    named = [line.removeprefix("- commit: ") for line in lines if line.startswith("- commit: ")]
    return named[0] if named else None


def _same_commit(one: str, other: str) -> bool:
    """True also when one is the abbreviated name of the other: the ledger has twelve digits."""
    short, long = sorted((one, other), key=len)
    return short == long or (bool(short) and long.startswith(short))


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
