"""From workloads and correctness bullets to the contract's cases and tolerances."""

from __future__ import annotations

import re

from fermilink_scaffold.contract.measured import MEASURED
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.model import Case, Constraint, Limit, ReviewNote, Tolerance
from fermilink_scaffold.spec.text.shellwords import place_in_words

__all__ = ["Bound", "bind_constraints", "build_case", "split_cases"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.spec.model import DraftCase


class Bound(Record):
    """What the correctness bullets came to, once it is known which cases they mean."""

    tolerances: tuple[Tolerance, ...]
    #: Metrics that every case reports, and those that only one case does.
    metrics: Mapping[str, Mapping[str, Any]]
    case_metrics: Mapping[str, Mapping[str, Mapping[str, Any]]]
    case_limits: Mapping[str, tuple[Limit, ...]]
    review_notes: tuple[ReviewNote, ...]


def build_case(draft: DraftCase, bound: Bound, *, inputs: tuple[str, ...] = ()) -> Case:
    """The case of a workload; names of staged files in its command become `{inputs}/name`.

    `inputs` are the names of the files given by `--input`.

    Raises `ScaffoldError` when neither the workload nor the command line gave a command:
    a case is never invented.
    """
    if not draft.id.strip():
        raise ScaffoldError(
            "a workload has an empty id", file=draft.source.file, line=draft.source.line
        )
    if not draft.command or not draft.command[0].strip():
        raise ScaffoldError(
            f"workload {draft.id!r} has no command",
            file=draft.source.file,
            line=draft.source.line,
            hint=f"Put the command in backticks behind the id, or pass --case '{draft.id}=COMMAND'.",
        )
    settings = dict(draft.settings)
    metrics = {**bound.case_metrics.get(draft.id, {}), **settings.pop("metrics", {})}
    limits = (*settings.pop("limits", ()), *bound.case_limits.get(draft.id, ()))
    return Case(
        id=draft.id,
        command=place_in_words(draft.command, (*draft.files, *inputs)),
        source=draft.source,
        description=settings.pop("description", draft.text),
        mpi_ranks=draft.mpi_ranks,
        metrics=metrics,
        limits=limits,
        **settings,
    )


def split_cases(
    ids: Sequence[str], explicit: tuple[str, ...] | None
) -> tuple[tuple[str, ...], tuple[ReviewNote, ...]]:
    """Ids of the train cases, and what to say about it.

    Without an explicit split, ids that all start with `train-` or `test-`, with both
    present, give it; mixed ids give none.
    """
    if explicit is not None:
        return explicit, ()
    train = tuple(name for name in ids if name.startswith("train-"))
    test = tuple(name for name in ids if name.startswith("test-"))
    if train and test and len(train) + len(test) == len(ids):
        return train, ()
    if not train and not test:
        why = "no case is held out: the agent sees every workload it is judged by"
    elif len(train) + len(test) == len(ids):
        why = f"all cases are `{'train' if train else 'test'}-` cases, so none is held out"
    else:
        why = "some case ids lack a `train-` or `test-` prefix, so no case is held out"
    return (), (ReviewNote(text=f"{why}; name them all train-… or test-… for a split"),)


def bind_constraints(
    constraints: Sequence[Constraint],
    fields: Sequence[str],
    cases: Sequence[DraftCase],
    *,
    required: str | None = None,
) -> Bound:
    """Give each bullet's bounds to the cases that it means.

    A tolerance for some cases only becomes a field of its own (`energy_uks`), which only
    those cases report; a bound on the value itself goes into those cases' `expect`. Where
    the prose names several fields, a case need not report them all: it cannot be known
    which of them it prints. `required` is the field that every case must report (the metric
    that is optimised).
    """
    tolerances: list[Tolerance] = []
    metrics: dict[str, dict[str, Any]] = {name: {"find": name} for name in fields}
    case_metrics: dict[str, dict[str, Mapping[str, Any]]] = {}
    case_limits: dict[str, list[Limit]] = {}
    notes: list[ReviewNote] = []
    for constraint in (_without_measured(each, notes) for each in constraints):
        meant = _meant(constraint, cases)
        if constraint.case_words and not meant:
            words = " ".join(constraint.case_words)
            text = f"no workload is about {words!r}, so the bound holds for every case"
            notes.append(ReviewNote(text=text, source=constraint.source))
        everywhere = not constraint.case_words or not meant or len(meant) == len(cases)
        for limit in constraint.limits:
            for case in cases if everywhere else meant:
                case_limits.setdefault(case.id, []).append(limit)
                if not everywhere:
                    case_metrics.setdefault(case.id, {})[limit.field] = {"find": limit.field}
            if everywhere:
                metrics.setdefault(limit.field, {"find": limit.field})
        for tolerance in constraint.tolerances:
            if everywhere:
                tolerances.append(tolerance)
                metrics.setdefault(tolerance.field, {"find": tolerance.field})
                continue
            name = f"{tolerance.field}_{_suffix(constraint.case_words)}"
            tolerances.append(tolerance.replace(field=name, optional=True))
            for case in meant:
                case_metrics.setdefault(case.id, {})[name] = {"find": tolerance.field}
    metrics = {name: how for name, how in metrics.items() if name not in MEASURED}
    others = metrics.keys() - {required}
    free = others if len(others) > 1 else {item.field for item in tolerances if item.optional}
    return Bound(
        tolerances=tuple(
            dict.fromkeys(
                item.replace(optional=True) if item.field in free else item for item in tolerances
            )
        ),
        metrics={
            name: {**how, "optional": True} if name in free else how
            for name, how in metrics.items()
        },
        case_metrics=case_metrics,
        case_limits={name: tuple(dict.fromkeys(limits)) for name, limits in case_limits.items()},
        review_notes=tuple(notes),
    )


def _without_measured(constraint: Constraint, notes: list[ReviewNote]) -> Constraint:
    """The constraint without bounds on what the runner measures: no result holds them."""
    bounded = [each.field for each in constraint.limits]
    bounded += [each.field for each in constraint.tolerances]
    for name in dict.fromkeys(name for name in bounded if name in MEASURED):
        text = (
            f"`{name}` is measured, so no correctness check looks at this bound; "
            "performance_guardrails.max_case_regression holds the times of each case"
        )
        notes.append(ReviewNote(text=text, source=constraint.source))
    return constraint.replace(
        limits=tuple(each for each in constraint.limits if each.field not in MEASURED),
        tolerances=tuple(each for each in constraint.tolerances if each.field not in MEASURED),
    )


def _meant(constraint: Constraint, cases: Sequence[DraftCase]) -> list[DraftCase]:
    words = [word.casefold() for word in constraint.case_words]
    return [case for case in cases if any(_names(case, word) for word in words)]


def _names(case: DraftCase, word: str) -> bool:
    text = f"{case.id} {case.text}".casefold()
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None


def _suffix(words: Sequence[str]) -> str:
    return re.sub(r"\W+", "_", "_".join(words)).strip("_").casefold() or "some"
