"""The campaign's state.json, and how outcomes change it."""

from __future__ import annotations

from fermilink_scaffold.runtime.files import write_atomic
from fermilink_scaffold.runtime.journal import Writer
from fermilink_scaffold.runtime.jsonfile import json_bytes, load_json_file
from fermilink_scaffold.runtime.rows import ACCEPTING, REMARKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from fermilink_scaffold.runtime.files import StrPath

__all__ = [
    "after",
    "count",
    "finite",
    "load_state",
    "state_of",
    "without_baseline",
    "write_state",
]

#: What a changed contract makes worthless; the incumbent stays the commit to start from.
_MEASURED = frozenset({"baseline_commit", "baseline_metrics", "incumbent_metrics"})


def write_state(path: StrPath, payload: dict[str, Any]) -> None:
    """Replace the state; what a dead writer left unfinished is finished first."""
    data = json_bytes(payload)
    with Writer(path):
        write_atomic(path, data)


def load_state(path: StrPath) -> dict[str, Any] | None:
    """The state, under the terms of `load_json_file`."""
    return load_json_file(path)


def after(current: Mapping[str, Any], cells: Mapping[str, str]) -> dict[str, Any]:
    """The keys that an outcome, as in the ledger, changes in a state."""
    commit, status = cells["commit"], cells["status"]
    number = cells["iteration"]
    changes: dict[str, Any] = {"iteration": int(number) if number.isdecimal() else number}
    if status in ACCEPTING:
        metrics = {"summary_metrics": _numbers(cells)}
        changes |= {"incumbent_commit": commit, "incumbent_metrics": metrics}
        if status == "baseline":
            return {**changes, "baseline_commit": commit, "baseline_metrics": metrics}
        accepted = count(current, "accepted_count") + 1
        return {**changes, "accepted_count": accepted, "consecutive_rejections": 0}
    for key in ("rejected_count", "consecutive_rejections"):
        changes[key] = count(current, key) + 1
    return changes


def state_of(rows: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """The state of a campaign whose ledger has these rows."""
    state: dict[str, Any] = {}
    for cells in rows:
        remark = cells["status"] in REMARKS
        state = without_baseline(state) if remark else state | after(state, cells)
    return state


def without_baseline(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a campaign whose contract has changed: counts stay, measurements do not count.

    FermiLink measures a baseline where a state has none, and goes on from its iteration.
    """
    return {key: value for key, value in state.items() if key not in _MEASURED}


def finite(text: str) -> float | None:
    """The number that a cell holds; None for words, nan and infinities."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _numbers(cells: Mapping[str, str]) -> dict[str, float]:
    value = finite(cells["primary_metric_value"])
    return {} if value is None else {cells["primary_metric_name"]: value}


def count(state: Mapping[str, Any], key: str) -> int:
    """A counter of the state; 0 where there is none."""
    value = state.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
