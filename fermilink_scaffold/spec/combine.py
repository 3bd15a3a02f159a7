"""Lay one input over another: the command line over scaffold.yaml over the goal."""

from __future__ import annotations

from typing import Any

from fermilink_scaffold.spec.model import Draft, DraftCase

__all__ = ["combine"]

#: Where the upper draft's value replaces the lower one's, if it has any.
_REPLACED = (
    "package",
    "language",
    "target",
    "editable",
    "primary_metric",
    "direction",
    "train_case_ids",
    "build",
    "hpc_profile",
    "notes",
    "text",
    "directory",
)
#: Where both count.
_JOINED = ("immutable", "fields", "constraints", "inputs", "review_notes")


def combine(lower: Draft, upper: Draft) -> Draft:
    """`upper` completes and overrides `lower`; cases are matched by id, order is kept."""
    values: dict[str, Any] = {
        name: getattr(upper, name) or getattr(lower, name) for name in _REPLACED
    }
    for name in _JOINED:
        values[name] = tuple(dict.fromkeys([*getattr(lower, name), *getattr(upper, name)]))
    values["settings"] = {**lower.settings, **upper.settings}
    values["cases"] = _combine_cases(lower.cases, upper.cases)
    return Draft(**values)


def _combine_cases(
    lower: tuple[DraftCase, ...], upper: tuple[DraftCase, ...]
) -> tuple[DraftCase, ...]:
    cases = {case.id: case for case in lower}
    for case in upper:
        below = cases.get(case.id)
        cases[case.id] = case if below is None else _combine_case(below, case)
    return tuple(cases.values())


def _combine_case(below: DraftCase, above: DraftCase) -> DraftCase:
    return below.replace(
        text=below.text or above.text,
        command=below.command if above.command is None else above.command,
        source=below.source if above.command is None else above.source,
        files=tuple(dict.fromkeys([*below.files, *above.files])),
        mpi_ranks=below.mpi_ranks if above.mpi_ranks is None else above.mpi_ranks,
        settings={**below.settings, **above.settings},
    )
