"""What the benchmarks measured, printed beside the goals when all have run; nothing is asserted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

_ROWS = pytest.StashKey[list["Row"]]()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    #: What was measured, with its unit: `3.4x`, `0.7 ms`.
    value: str
    #: What it should reach, the same way: `<= 5x`.
    goal: str
    #: How the value came about, e.g. `52 ms / 11 ms`.
    detail: str = ""


class Report(Protocol):
    def __call__(self, *, name: str, value: str, goal: str, detail: str = "") -> None: ...


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Add one measured value to the table: `report(name=..., value="3.4x", goal="<= 5x")`."""
    rows = request.config.stash.setdefault(_ROWS, [])

    def add(*, name: str, value: str, goal: str, detail: str = "") -> None:
        rows.append(Row(name=name, value=value, goal=goal, detail=detail))

    return add


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(_ROWS, [])
    if not rows:
        return
    terminalreporter.section("measured, beside the goals")
    widths = [
        max(len(getattr(row, column)) for row in rows) for column in ("name", "value", "goal")
    ]
    for row in rows:
        cells = (row.name.ljust(widths[0]), row.value.rjust(widths[1]), row.goal.ljust(widths[2]))
        terminalreporter.write_line(f"{'  '.join(cells)}  {row.detail}".rstrip())
