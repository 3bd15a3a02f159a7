"""One judged candidate in ledger, state and memory: all three, or after a crash all three.

The order is the ledger's row, the state, the memory's event, each skipped where it is there
already; so whoever finds the journal after a crash finishes the same outcome and doubles
nothing.
"""

from __future__ import annotations

import os

from fermilink_scaffold.runtime import paths, redo, rows
from fermilink_scaffold.runtime.clock import utc_now_z
from fermilink_scaffold.runtime.files import exists, read_bytes, remove, write_atomic
from fermilink_scaffold.runtime.journal import Writer, transaction
from fermilink_scaffold.runtime.jsonfile import parse_object
from fermilink_scaffold.runtime.state import after, finite, state_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from fermilink_scaffold.runtime.redo import Step

__all__ = ["OutcomeConflict", "record_outcome"]

#: What makes two outcomes of one commit the same.
_RESULT = ("status", "primary_metric_name", "primary_metric_value")


class OutcomeConflict(ValueError):  # noqa: N818  # reads like RunLockHeld
    """The ledger has another outcome of the same iteration and commit."""

    def __init__(self, recorded: Mapping[str, str], given: Mapping[str, str]) -> None:
        super().__init__(
            f"iteration {given['iteration']}, {given['commit']} is recorded as "
            f"{_told(recorded)}, which {_told(given)} contradicts"
        )
        #: The ledger's row, and the one that was to be recorded, by column.
        self.recorded, self.given = recorded, given


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
    top-level keys, or the same ones otherwise. A state that is missing or damaged while the
    ledger has rows is made again from these, with a RuntimeWarning. Returns True when this
    call recorded it, False when the ledger has this outcome of this iteration and commit.

    Raises ValueError for a cell that is empty and for an accepted value that is no finite
    number, OutcomeConflict when the ledger has another outcome, and OSError; then the files
    are as they were or, when even that fails, the next writer completes the outcome.
    """
    cells = rows.cells(
        iteration=iteration,
        commit=commit,
        status=status,
        primary_metric_name=primary_metric_name,
        primary_metric_value=primary_metric_value,
        description=description,
    )
    _check(cells)
    root = os.fspath(paths.optimize_root(project_root))
    results, state_file, notes = _places(root)
    with Writer(results, state_file, notes):
        there = rows.rows_of(results, iteration, cells["commit"])
        if there:
            if all(_differ(row, cells) for row in there):
                raise OutcomeConflict(there[-1], cells)
            return False
        warning, current = _current(state_file, results)
        # What is made again is written whole; of what is there, nobody else's keys.
        lost = current if warning else {}
        changes = {**lost, **after(current, cells), **(state or {})}
        _carry_out(root, _steps(root, cells, changes))
    if warning:
        import warnings

        warnings.warn(warning, RuntimeWarning, stacklevel=2)
    return True


def _check(cells: Mapping[str, str]) -> None:
    if not cells["iteration"].isdecimal():
        raise ValueError(f"an iteration is a number from 0: {cells['iteration']!r}")
    for name in ("commit", *_RESULT):
        if not cells[name]:
            raise ValueError(f"the {name.replace('_', ' ')} must not be empty")
    status, value = cells["status"], cells["primary_metric_value"]
    if status in rows.ACCEPTING and finite(value) is None:
        raise ValueError(f"an outcome that is {status} needs a finite number, not {value!r}")


def _differ(row: Mapping[str, str], cells: Mapping[str, str]) -> bool:
    numbers = [finite(each["primary_metric_value"]) for each in (row, cells)]
    same_number = numbers[0] is not None and numbers[0] == numbers[1]
    names = _RESULT[:2] if same_number else _RESULT
    return any(row[name] != cells[name] for name in names)


def _told(cells: Mapping[str, str]) -> str:
    metric = f"{cells['primary_metric_name']}={cells['primary_metric_value']}"
    return f"'{cells['status']}, {metric}'"


def _current(path: str, results: str) -> tuple[str | None, dict[str, Any]]:
    """The state, made again from the ledger where it is lost, and what to say of that."""
    data = read_bytes(path)
    current = None if data is None else parse_object(data)
    if current is not None:
        return None, current
    there = rows.read_rows(results)
    if not there and data is None:
        return None, {}
    made = f"made again from the ledger's {len(there)} row{'' if len(there) == 1 else 's'}"
    if data is None:
        return f"{path} was missing: it is {made}", state_of(there)
    return f"{path} was not a JSON object: it is {made}, a copy is kept", state_of(there)


def _steps(root: str, cells: Mapping[str, str], state: Mapping[str, Any]) -> list[Step]:
    """What has to be done for an outcome, which is recorded now and changes these keys."""
    now = utc_now_z()
    line = rows.row(cells)
    size, addition = rows.addition(_places(root)[0], line)
    mark = {
        "iteration": int(cells["iteration"]),
        "commit": cells["commit"],
        "recorded_at_utc": now,
    }
    keys = {**state, "last_outcome": mark}
    return [
        redo.add_row(paths.RESULTS_FILENAME, size=size, row=line, addition=addition),
        redo.merge_object(paths.STATE_FILENAME, mark="last_outcome", keys=keys),
        redo.enter_event(paths.MEMORY_FILENAME, now=now, cells=cells),
    ]


def _places(root: str) -> tuple[str, str, str]:
    names = (paths.RESULTS_FILENAME, paths.STATE_FILENAME, paths.MEMORY_FILENAME)
    results, state, notes = (os.path.join(root, name) for name in names)
    return results, state, notes


def _carry_out(root: str, steps: list[Step]) -> None:
    """Do the steps; what cannot be done is undone, and its error raised."""
    results, state, _ = _places(root)
    size = steps[0]["size"] if exists(results) else None
    old_state = read_bytes(state)

    def undo() -> None:
        redo.cut(results, size)
        if old_state is None:
            remove(state)
        elif read_bytes(state) != old_state:
            write_atomic(state, old_state)

    transaction(root, steps, lambda: redo.redo(root, steps), undo)
