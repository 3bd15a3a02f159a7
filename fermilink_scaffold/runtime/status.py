"""Where a campaign stands, from its state, the end of its ledger and its lock."""

from __future__ import annotations

import os

from fermilink_scaffold.runtime import paths
from fermilink_scaffold.runtime.journal import is_unfinished
from fermilink_scaffold.runtime.rows import COLUMNS, RESULTS_HEADER, recent_rows
from fermilink_scaffold.runtime.runlock import load_run_lock, run_lock_holder
from fermilink_scaffold.runtime.state import count, load_state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

__all__ = ["campaign_status"]


def campaign_status(project_root: Path, *, tail: int = 8) -> dict[str, Any]:
    """Plain data about the campaign, with the ledger's last `tail` rows, oldest first.

    Takes no lock and reads no more of the ledger than these rows, however long it is.
    Numbers are None where nothing is known. Raises OSError.
    """
    state = load_state(paths.state_path(project_root)) or {}
    memory = paths.memory_path(project_root)
    # One line more: the header may be among them.
    lines = recent_rows(paths.results_path(project_root), max(0, tail) + 1)
    rows = [_row(line) for line in lines if line != RESULTS_HEADER.rstrip("\n")]
    metric = _metric_name(state, rows)
    rows = rows[-tail:] if tail > 0 else []
    baseline = _value(state.get("baseline_metrics"), metric)
    incumbent = _value(state.get("incumbent_metrics"), metric)
    return {
        "iteration": count(state, "iteration"),
        "accepted_count": count(state, "accepted_count"),
        "rejected_count": count(state, "rejected_count"),
        "consecutive_rejections": count(state, "consecutive_rejections"),
        "primary_metric": metric,
        "baseline": {"commit": state.get("baseline_commit"), "value": baseline},
        "incumbent": {"commit": state.get("incumbent_commit"), "value": incumbent},
        "incumbent_to_baseline": incumbent / baseline if incumbent and baseline else None,
        "run_lock": _lock(project_root),
        "unfinished_outcome": is_unfinished(memory),
        "memory_bytes": os.path.getsize(memory) if os.path.exists(memory) else None,
        "recent": rows,
    }


def _row(line: str) -> dict[str, Any]:
    row: dict[str, Any] = dict(zip(COLUMNS, line.split("\t"), strict=True))
    row["primary_metric_value"] = _number(row["primary_metric_value"])
    if row["iteration"].isdecimal():
        row["iteration"] = int(row["iteration"])
    return row


def _number(text: str) -> float | str:
    """The number where it is one that JSON can hold, else the text."""
    try:
        value = float(text)
    except ValueError:
        return text
    return value if abs(value) < float("inf") else text


def _metric_name(state: Mapping[str, Any], rows: list[dict[str, Any]]) -> str | None:
    if rows:
        return str(rows[-1]["primary_metric_name"])
    metrics = state.get("incumbent_metrics")
    names = list(metrics.get("summary_metrics") or ()) if isinstance(metrics, dict) else []
    return str(names[0]) if len(names) == 1 else None


def _value(metrics: object, name: str | None) -> float | None:
    summary = metrics.get("summary_metrics") if isinstance(metrics, dict) else None
    value = summary.get(name) if isinstance(summary, dict) else None
    return value if isinstance(value, (int, float)) else None


def _lock(project_root: Path) -> dict[str, Any]:
    path = paths.run_lock_path(project_root)
    payload = load_run_lock(path)
    if payload is None:
        return {"state": "free", "pid": None, "host": None, "started_at_utc": None}
    return {
        "state": "held" if run_lock_holder(path) else "stale",
        "pid": payload.get("pid"),
        "host": payload.get("pid_host"),
        "started_at_utc": payload.get("started_at_utc"),
    }
