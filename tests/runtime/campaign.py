"""What ledger, memory and state of a workspace say, and whether they agree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fermilink_scaffold.runtime import (
    load_state,
    memory_path,
    record_outcome,
    results_path,
    state_path,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Told", "outcome", "told"]

_EVENT = re.compile(
    r"- \[\S+Z\] (?:(?P<status>accepted|rejected): )?d (?P<iteration>\d+) \((?P<commit>\w+), m=1\)"
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """Iterations in the order in which each place has them."""

    ledger: list[int]
    progress: list[int]
    #: Accepted experiments and rejected patterns together, sorted.
    sections: list[int]
    #: What the state counts.
    counted: int
    last: int | None

    def agree(self) -> bool:
        """True when every place tells the same, each outcome once."""
        return (
            self.ledger == self.progress
            and sorted(self.ledger) == self.sections
            and len(set(self.ledger)) == len(self.ledger) == self.counted
            and self.last == (self.ledger[-1] if self.ledger else None)
        )


def outcome(project: Path, iteration: int) -> bool:
    return record_outcome(
        project,
        iteration=iteration,
        commit=f"c{iteration}",
        status="accepted" if iteration % 3 else "rejected",
        primary_metric_name="m",
        primary_metric_value=1,
        description=f"d {iteration}",
    )


def told(project: Path) -> Told:
    rows = [line.split("\t") for line in _lines(results_path(project))[1:]]
    assert all(len(row) == 6 for row in rows), rows
    progress, sections = [], []
    for line in _lines(memory_path(project)):
        match = _EVENT.fullmatch(line)
        if match:
            place = progress if match["status"] else sections
            place.append(int(match["iteration"]))
    state = load_state(state_path(project)) or {}
    return Told(
        ledger=[int(row[0]) for row in rows],
        progress=progress,
        sections=sorted(sections),
        counted=state.get("accepted_count", 0) + state.get("rejected_count", 0),
        last=state.get("last_outcome", {}).get("iteration"),
    )


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
