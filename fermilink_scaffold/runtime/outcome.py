"""One judged candidate in ledger, state and memory: all three, or after a crash all three.

The outcome is written to the journal first. Then follow the ledger's row, the state, and
the memory's event, each skipped where it is already there; so whoever finds the journal
after a crash finishes the same outcome and doubles nothing.
"""

from __future__ import annotations

import contextlib
import os

from fermilink_scaffold.runtime import ledger, memory, paths
from fermilink_scaffold.runtime.files import exists, read_bytes, remove, write_atomic
from fermilink_scaffold.runtime.journal import JOURNAL_FILENAME, Writer
from fermilink_scaffold.runtime.sections import decode, encode
from fermilink_scaffold.runtime.state import json_bytes, parse_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

__all__ = ["OUTCOME", "has_row", "record_outcome", "redo_outcome"]

#: The journal's `kind` of an outcome.
OUTCOME = "outcome"


def record_outcome(  # noqa: PLR0913  # as `append_result`
    project_root: Path,
    *,
    iteration: int,
    commit: str,
    status: str,
    primary_metric_name: str,
    primary_metric_value: float | str,
    description: str,
    state: Mapping[str, Any] | None = None,
) -> bool:
    """Record one judged candidate in ledger, state and memory, in one transaction.

    State: counters, incumbent and baseline follow from the status; `state` sets further
    top-level keys, or the same ones otherwise. An iteration and commit that the ledger has
    are not recorded again. Returns True when this call recorded it. Raises OSError; then the
    files are as they were or, when even that fails, the next writer completes the outcome.
    """
    event = {
        "commit": ledger.clean(commit),
        "status": ledger.clean(status),
        "primary_metric_name": ledger.clean(primary_metric_name),
        "primary_metric_value": ledger.metric_text(primary_metric_value),
        "description": ledger.clean(description),
    }
    root = os.fspath(paths.optimize_root(project_root))
    with Writer(*_places(root)):
        if has_row(_places(root)[0], iteration, event["commit"]):
            return False
        _carry_out(root, _planned(root, iteration, event, state or {}))
    return True


def _planned(
    root: str, iteration: int, event: Mapping[str, str], state: Mapping[str, Any]
) -> dict[str, Any]:
    """What the journal holds of an outcome, which is recorded now."""
    now = memory.utc_now_z()
    results, old_state, _ = _places(root)
    line = ledger.row(iteration=iteration, **event)
    size, addition = ledger.addition(results, line)
    mark = {"iteration": iteration, "commit": event["commit"], "recorded_at_utc": now}
    return {
        "kind": OUTCOME,
        "ledger_size": size,
        "row": line,
        "addition": decode(addition),
        "state": {
            **_state_changes(_state(old_state), iteration, event),
            **state,
            "last_outcome": mark,
        },
        "event": {"now": now, **event},
    }


def redo_outcome(root: str, record: Mapping[str, Any]) -> None:
    """Do what is missing of a recorded outcome; the caller has the right to write."""
    results, state, notes = _places(root)
    _redo_row(results, record)
    _redo_state(state, record["state"])
    _redo_event(notes, record["event"])


def has_row(path: str, iteration: int, commit: str) -> bool:
    """True when the ledger has a whole row of this iteration and commit."""
    data = read_bytes(path) or b""
    start = encode(f"{ledger.clean(iteration)}\t{commit}\t")
    position = data.find(start)
    while position >= 0:
        end = data.find(b"\n", position)
        tabs = data.count(b"\t", position, end if end >= 0 else len(data))
        if tabs == ledger.TABS and (position == 0 or data[position - 1] == 10):
            return True
        position = data.find(start, position + 1)
    return False


def _places(root: str) -> tuple[str, str, str]:
    names = (paths.RESULTS_FILENAME, paths.STATE_FILENAME, paths.MEMORY_FILENAME)
    results, state, notes = (os.path.join(root, name) for name in names)
    return results, state, notes


def _carry_out(root: str, record: Mapping[str, Any]) -> None:
    """Record the outcome and do it; what cannot be done is undone, and its error raised."""
    results, state, _ = _places(root)
    journal = os.path.join(root, JOURNAL_FILENAME)
    had_results, old_state = exists(results), read_bytes(state)
    write_atomic(journal, json_bytes(record))
    try:
        redo_outcome(root, record)
    except OSError:
        if had_results:
            _truncate(results, record["ledger_size"])
        else:
            remove(results)
        if old_state is None:
            remove(state)
        elif read_bytes(state) != old_state:
            write_atomic(state, old_state)
        os.unlink(journal)
        raise
    # When it cannot go although all is done, who comes next finds that out and tries again.
    with contextlib.suppress(OSError):
        os.unlink(journal)


def _truncate(path: str, size: int) -> None:
    if os.path.getsize(path) > size:
        os.truncate(path, size)


def _redo_row(path: str, record: Mapping[str, Any]) -> None:
    size, row = record["ledger_size"], encode(record["row"])
    data = _from(path, size)
    if row + b"\n" in data or row + b"\r\n" in data:
        return
    # What a crash left of our own row; anything else that is unended stays.
    if data and encode(record["addition"]).startswith(data):
        os.truncate(path, size)
    ledger.add(path, ledger.addition(path, record["row"])[1])


def _redo_state(path: str, changes: Mapping[str, Any]) -> None:
    data = read_bytes(path) or b""
    current = parse_object(data)
    if data and current is None:
        # It is not ours to throw away.
        write_atomic(f"{path}.unreadable", data)
    current = current or {}
    if current.get("last_outcome") != changes["last_outcome"]:
        write_atomic(path, json_bytes({**current, **changes}))


def _state(path: str) -> dict[str, Any]:
    return parse_object(read_bytes(path) or b"") or {}


def _redo_event(path: str, event: Mapping[str, str]) -> None:
    changes = memory.event_changes(**event)
    data = read_bytes(path)
    # The progress log's line has the time in microseconds: it is this event's alone.
    *_, progress, _entry, _updated = changes
    if data is None or progress.addition[-1] not in data:
        memory.change_memory(path, data, changes)


def _state_changes(
    current: Mapping[str, Any], iteration: int, event: Mapping[str, str]
) -> dict[str, Any]:
    commit, status = event["commit"], event["status"]
    changes: dict[str, Any] = {"iteration": iteration}
    if status in memory.ACCEPTING:
        metrics = {"summary_metrics": _numbers(event)}
        changes |= {"incumbent_commit": commit, "incumbent_metrics": metrics}
        if status == "baseline":
            return {**changes, "baseline_commit": commit, "baseline_metrics": metrics}
        accepted = _count(current, "accepted_count") + 1
        return {**changes, "accepted_count": accepted, "consecutive_rejections": 0}
    for key in ("rejected_count", "consecutive_rejections"):
        changes[key] = _count(current, key) + 1
    return changes


def _numbers(event: Mapping[str, str]) -> dict[str, float]:
    try:
        value = float(event["primary_metric_value"])
    except ValueError:
        return {}
    return {event["primary_metric_name"]: value} if abs(value) < float("inf") else {}


def _count(state: Mapping[str, Any], key: str) -> int:
    value = state.get(key)
    return value if isinstance(value, int) else 0


def _from(path: str, position: int) -> bytes:
    try:
        with open(path, "rb") as file:
            file.seek(position)
            return file.read()
    except FileNotFoundError:
        return b""
