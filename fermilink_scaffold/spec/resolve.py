"""From what the inputs said and what the project is to the one campaign specification."""

from __future__ import annotations

import fnmatch
import os

from fermilink_scaffold.contract.measured import MEASURED, OPTIMISED
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.cases import bind_constraints, build_case, split_cases
from fermilink_scaffold.spec.inputs import stage_inputs
from fermilink_scaffold.spec.model import Build, Campaign, Objective, ReviewNote, Source
from fermilink_scaffold.spec.names import language_id, package_id

__all__ = ["NO_BOUND", "resolve"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.spec.model import Draft, Mode, Repository

    #: Of a repository, its editable and its immutable globs.
    Survey = Callable[[Repository, Sequence[str], Sequence[str]], Mapping[str, Any]]

NO_BOUND = ReviewNote(
    text="no correctness bound was found: correctness then means exit status 0 alone"
)

#: Tracked directories that a candidate has no business in, unless the goal says otherwise.
_PROTECTED = ("test", "tests", "bench", "benchmark", "benchmarks")


def resolve(draft: Draft, repository: Repository, *, mode: Mode, survey: Survey) -> Campaign:
    """The campaign; every assumption that was made is among its review notes.

    Raises `ScaffoldError` where something is missing that cannot be known: a case without a
    command, no case at all, an unknown language, a scope that holds no file.
    """
    notes: list[ReviewNote] = list(draft.review_notes)
    package = _package(draft, repository, notes)
    language = _language(draft, repository, notes)
    editable = _editable(draft, repository, notes)
    immutable = tuple(dict.fromkeys((*draft.immutable, *_protected(repository, editable))))
    if not draft.cases:
        raise ScaffoldError(
            "no workload is given, so there is nothing to measure",
            hint="Start from a goal (--goal goal.md) with `- case-id: `command`` under "
            "`## Representative Workloads`, or pass --case 'case-id=COMMAND'.",
        )
    bound = bind_constraints(
        draft.constraints, _fields(draft), draft.cases, required=draft.primary_metric
    )
    inputs = stage_inputs(draft)
    named = tuple(os.path.basename(path) for path in draft.inputs)
    cases = tuple(build_case(case, bound, inputs=named) for case in draft.cases)
    train, split_notes = split_cases([case.id for case in cases], draft.train_case_ids)
    _check_train(train, {case.id for case in cases})
    notes.extend([*bound.review_notes, *split_notes])
    if not bound.tolerances and not any(case.limits for case in cases):
        notes.append(NO_BOUND)
    return Campaign(
        mode=mode,
        package_id=package,
        benchmark_id=f"{package}-{mode}",
        language=language,
        target=draft.target or "",
        repository=repository,
        objective=_objective(draft, notes),
        editable=editable,
        immutable=immutable,
        cases=cases,
        metrics=bound.metrics,
        train_case_ids=train,
        tolerances=bound.tolerances,
        constraints=draft.constraints,
        build=draft.build or _default_build(repository, notes),
        inputs=inputs,
        settings=draft.settings,
        hpc_profile=draft.hpc_profile,
        notes=draft.notes,
        text=draft.text,
        survey=survey(repository, editable, immutable),
        review_notes=tuple(dict.fromkeys(notes)),
    )


def _package(draft: Draft, repository: Repository, notes: list[ReviewNote]) -> str:
    if draft.package is None:
        text = f"package name {repository.package!r} is taken from the project"
        notes.append(ReviewNote(text=text))
    name = package_id(draft.package or repository.package)
    if name is None:
        raise ScaffoldError(
            f"package name {draft.package or repository.package!r} holds no letter or digit",
            hint="Pass --package NAME.",
        )
    return name


def _language(draft: Draft, repository: Repository, notes: list[ReviewNote]) -> str:
    if draft.language is None:
        text = f"language {repository.language!r} is guessed from the tracked files"
        notes.append(ReviewNote(text=text))
        return repository.language
    language = language_id(draft.language)
    if language is None:
        text = f"language {draft.language!r} has no templates of its own: the generic ones serve"
        notes.append(ReviewNote(text=text))
        return "generic"
    return language


def _editable(draft: Draft, repository: Repository, notes: list[ReviewNote]) -> tuple[str, ...]:
    editable = draft.editable
    if not editable:
        editable = repository.source_globs
        text = f"the editable scope is assumed to be {', '.join(editable)}"
        notes.append(ReviewNote(text=text))
    missed = [
        glob
        for glob in editable
        if not any(fnmatch.fnmatchcase(path, glob) for path in repository.files)
    ]
    notes.extend(
        ReviewNote(text=f"no tracked file matches the editable path {glob!r}") for glob in missed
    )
    if len(missed) == len(editable):
        raise ScaffoldError(
            f"no tracked file is in the editable scope {', '.join(editable) or '(empty)'}",
            hint="Name globs over paths below the project, such as src/**; "
            "`git ls-files` lists what is tracked",
        )
    return editable


def _protected(repository: Repository, editable: Sequence[str]) -> tuple[str, ...]:
    """`tests/**` and the like, where they hold tracked files and the scope is elsewhere."""
    top = {path.split("/", 1)[0] for path in repository.files if "/" in path}
    return tuple(
        f"{name}/**"
        for name in _PROTECTED
        if name in top and not any(fnmatch.fnmatchcase(f"{name}/x", glob) for glob in editable)
    )


def _fields(draft: Draft) -> tuple[str, ...]:
    primary = draft.primary_metric
    fields = draft.fields if primary is None else (*draft.fields, primary)
    return tuple(dict.fromkeys(fields))


def _objective(draft: Draft, notes: list[ReviewNote]) -> Objective:
    metric, direction = draft.primary_metric, draft.direction
    if metric is None:
        metric = "wall_seconds"
        notes.append(ReviewNote(text="the metric is assumed to be wall_seconds, minimised"))
    elif metric in MEASURED and metric not in OPTIMISED:
        text = f"{metric} holds warm-ups and repeats too, so wall_seconds is what is optimised"
        notes.append(ReviewNote(text=text))
        metric = "wall_seconds"
    if direction is None:
        direction = "minimize"
        if metric not in MEASURED:
            notes.append(ReviewNote(text=f"{metric} is assumed to be better when it is lower"))
    return Objective(primary_metric=metric, direction=direction)


def _default_build(repository: Repository, notes: list[ReviewNote]) -> Build | None:
    if not repository.compiled:
        return None
    script = "\n".join(repository.build_commands)
    if not script:
        text = "the code is compiled but no build is known: give one under `## Build`"
        notes.append(ReviewNote(text=text))
        return None
    text = f"no build was given: {'; '.join(repository.build_commands)} is assumed"
    notes.append(ReviewNote(text=text))
    return Build(script=script, source=Source(file=repository.build_system or "project"))


def _check_train(train: Sequence[str], ids: set[str]) -> None:
    unknown = [name for name in train if name not in ids]
    if unknown:
        raise ScaffoldError(
            f"the split names {unknown[0]!r}, which is not a case",
            hint=f"The cases are: {', '.join(sorted(ids))}.",
        )
    if train and set(train) == ids:
        raise ScaffoldError(
            "the split makes every case a train case, so none would be held out",
            hint="Leave at least one case out of train_case_ids, or give no split.",
        )
