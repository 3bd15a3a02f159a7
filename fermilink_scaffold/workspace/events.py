"""Telling a campaign in its own ledger and memory that its contract has changed."""

from __future__ import annotations

import os
from pathlib import Path

from fermilink_scaffold import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fermilink_scaffold.workspace.plan import Event

__all__ = ["record_event", "started_event", "under_way"]


def under_way(root: str) -> bool:
    """Whether the campaign has results: a baseline in its state, or rows in its ledger."""
    from fermilink_scaffold.runtime import campaign_status

    status = campaign_status(Path(root), tail=1)
    return bool(status["baseline"]["commit"] or status["incumbent"]["commit"] or status["recent"])


def started_event(root: str, event: Event | None) -> dict[str, Any] | None:
    """What a journal keeps of an event, so that it is recorded once, whoever does it."""
    if event is None:
        return None
    from fermilink_scaffold.runtime import campaign_status, rows, utc_now_z

    status = campaign_status(Path(root), tail=1)
    cells = rows.cells(
        iteration=status["iteration"],
        commit=status["incumbent"]["commit"] or status["baseline"]["commit"] or "-",
        status=event.status,
        primary_metric_name=status["primary_metric"] or "-",
        primary_metric_value="-",
        description=event.text,
    )
    ledger = os.path.join(root, layout.RESULTS)
    metric = f"{cells['primary_metric_name']}={cells['primary_metric_value']}"
    text = f"{event.status}: {cells['description']} ({cells['commit']}, {metric})"
    now = utc_now_z()
    return {
        "row": rows.row(cells),
        "ledger_size": os.path.getsize(ledger) if os.path.exists(ledger) else 0,
        "line": f"- [{now}] {text}",
        "now": now,
    }


def record_event(root: str, event: Mapping[str, Any]) -> None:
    """Enter the event in ledger and memory, each unless it is there, and drop the baseline.

    FermiLink then measures a new one at its next launch. Raises OSError.
    """
    from fermilink_scaffold.runtime import journal, memory, rows, sections
    from fermilink_scaffold.runtime.files import read_bytes

    results, notes = os.path.join(root, layout.RESULTS), os.path.join(root, layout.MEMORY)
    state = os.path.join(root, layout.STATE)
    line, row = sections.encode(str(event["line"])), str(event["row"])
    with journal.Writer(results, state, notes):
        since = _since(results, int(event["ledger_size"]))
        if b"\tbaseline\t" not in since:
            _drop_baseline(state)
        if sections.encode(row) not in since:
            rows.add(results, rows.addition(results, row)[1])
        data = read_bytes(notes)
        if data is not None and line not in data:
            now = sections.encode(str(event["now"]))
            changes = [
                sections.appended(memory.PROGRESS, [line]),
                sections.metadata(memory.UPDATED, now),
            ]
            memory.change_memory(notes, data, changes)


def _drop_baseline(path: str) -> None:
    from fermilink_scaffold.runtime.files import write_atomic
    from fermilink_scaffold.runtime.jsonfile import json_bytes
    from fermilink_scaffold.runtime.state import load_state, without_baseline

    state = load_state(path)
    if state is not None and without_baseline(state) != state:
        write_atomic(path, json_bytes(without_baseline(state)))


def _since(path: str, size: int) -> bytes:
    try:
        with open(path, "rb") as stream:
            stream.seek(size)
            return stream.read()
    except FileNotFoundError:
        return b""
