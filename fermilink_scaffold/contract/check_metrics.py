"""Checks of what is read, compared and optimised."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from fermilink_scaffold.contract.measured import MEASURED, OPTIMISED, REPORTED, RESERVED
from fermilink_scaffold.contract.problems import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import KeyPath, Problem
    from fermilink_scaffold.contract.view import View

__all__ = ["correctness_mode", "names", "primary_metric", "readers", "tolerances", "unchecked"]

#: FermiLink takes the maximum over runs of every metric whose name holds one of these.
_MEMORY = ("memory", "rss", "mb")
_THRESHOLDS = ("abs_delta", "rms_delta", "relative_delta")


def readers(view: View) -> Iterator[Problem]:
    """Each metric can be read: its expression compiles, its group exists."""
    for path, how in _metrics(view):
        if "regex" in how and (what := _bad_regex(how)):
            hint = "In YAML put expressions in single quotes: backslashes then stay as they are."
            yield view.error((*path, "regex"), "bad-regex", what, hint)
        if "group" in how and "regex" not in how:
            yield view.warning((*path, "group"), "unused-key", "has no effect without regex")
        if {"file", "source"} <= how.keys():
            yield view.error(path, "two-sources", "names both a file and a stream to read")


def names(view: View) -> Iterator[Problem]:
    """No field hides one of the runner's own."""
    for path, _ in _metrics(view):
        name = str(path[-1])
        if name in RESERVED:
            hint = "The runner reports a value of that name itself; choose another."
            yield view.error(path, "reserved-name", "has a name that is taken", hint)


def primary_metric(view: View) -> Iterator[Problem]:
    """The metric that decides is one number in every case."""
    name = view.objective["primary_metric"]
    path: KeyPath = ("controller", "objective", "primary_metric")
    if name not in OPTIMISED:
        missing = [case.id for case in view.cases if name not in case.metrics]
        if missing:
            what = f"'{name}' is neither measured nor read in {listed(missing)}"
            hint = f"Measured are {', '.join(OPTIMISED)}; others need an entry in metrics."
            if name in MEASURED:
                hint = f"The runner optimises one of {', '.join(OPTIMISED)}, or a field of metrics."
            yield view.error(path, "primary-metric", what, hint)
        several = [case.id for case in view.cases if _is_list(case.metrics.get(name))]
        if several:
            yield view.error(path, "primary-metric", f"'{name}' is a list in {listed(several)}")
    words = re.split(r"[^a-z]+", name.lower())
    token = next((token for token in _MEMORY if token in name.lower()), None)
    if token and not {"memory", "rss", "mb"} & set(words):
        what = f"'{name}' holds '{token}': FermiLink takes it for a memory size and keeps the worst run"
        yield view.error(path, "memory-name", what, "Choose another name for the field.")


def tolerances(view: View) -> Iterator[Problem]:
    """Each tolerance compares a field that its cases report, by a threshold that it has."""
    for index, spec in enumerate(view.data.get("correctness", {}).get("field_tolerances", [])):
        path: KeyPath = ("correctness", "field_tolerances", index)
        given = {key for key in _THRESHOLDS if {key, f"max_{key}"} & spec.keys()}
        chosen = spec.get("comparison")
        if chosen and chosen not in given:
            what = f"compares by {chosen} but has no {chosen}, so nothing is checked"
            yield view.error((*path, "comparison"), "no-threshold", what)
        elif chosen and given != {chosen}:
            unused = listed(sorted(given - {chosen}))
            what = f"compares by {chosen} alone; {unused} has no effect"
            yield view.warning((*path, "comparison"), "unused-key", what)
        yield from _reported(view, path, spec)


def correctness_mode(view: View) -> Iterator[Problem]:
    """The mode and what it needs agree; a run without checks is said out loud."""
    block = view.data.get("correctness", {})
    has_tolerances = "field_tolerances" in block
    mode = block.get("mode", "field_tolerances" if has_tolerances else "runner_only")
    path: KeyPath = ("correctness", "mode") if "mode" in block else ("correctness",)
    if mode == "field_tolerances":
        if not has_tolerances:
            hint = "List the fields, or write mode: runner_only and allow_runner_only: true."
            what = "is field_tolerances, but there are none"
            yield view.error(path, "no-tolerances", what, hint)
        return
    if has_tolerances:
        what = "is runner_only: field_tolerances are not looked at"
        yield view.error(path, "unused-tolerances", what, "Write mode: field_tolerances.")
    if block.get("allow_runner_only") is not True:
        what = "is runner_only, but allow_runner_only is not true: FermiLink makes up tolerances"
        yield view.warning(
            path, "runner-only", what, "Write allow_runner_only: true if it is meant."
        )
    if not any("expect" in case.data for case in view.cases):
        what = "is runner_only and no case has bounds: CORRECTNESS MEANS EXIT STATUS ALONE"
        if all(case.metrics for case in view.cases):
            what = "is runner_only and no case has bounds: NO RESULT IS COMPARED WITH ANYTHING"
        hint = "Give the cases `expect`, or name fields in the goal: a wrong result passes now."
        yield view.warning(path, "exit-status-only", what, hint)


def unchecked(view: View) -> Iterator[Problem]:
    """With checks in general, a case that none of them reaches is a hole."""
    specs = view.data.get("correctness", {}).get("field_tolerances", [])
    if not specs and not any("expect" in case.data for case in view.cases):
        return  # said by `correctness_mode`, once
    for case in view.cases:
        compared = any(case.reports(spec["field"]) for spec in specs)
        if not compared and "expect" not in case.data:
            hint = "Give it `expect`, or a field that a tolerance compares."
            what = "is right whenever it exits with 0: no check reaches it"
            yield view.warning(case.path, "unchecked-case", what, hint)


def _metrics(view: View) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    blocks: list[tuple[KeyPath, dict[str, Any]]] = [(("metrics",), view.data.get("metrics", {}))]
    for index, case in enumerate(view.data["cases"]):
        blocks.append((("cases", index, "metrics"), case.get("metrics", {})))
    for path, block in blocks:
        yield from (((*path, name), how) for name, how in block.items() if how is not None)


def _bad_regex(how: dict[str, Any]) -> str | None:
    group = how.get("group")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compiled = re.compile(how["regex"], re.MULTILINE)
        except (re.error, RecursionError, OverflowError) as error:
            return f"is no regular expression: {error}"
    if group in compiled.groupindex or group in range(compiled.groups + 1):
        return None
    return None if group is None else f"has no group {group}"


def _is_list(how: dict[str, Any] | None) -> bool:
    if how is None or "json" in how:
        return how is not None and how.get("length", 1) != 1
    return how.get("pick") == "all" or how.get("length", 1) != 1


def _held_out(view: View) -> set[str]:
    return {case.id for case in view.cases} - set(view.train_ids)


def _optional_in(view: View, field: str) -> list[str]:
    return [case.id for case in view.cases if case.metrics.get(field, {}).get("optional")]


def _reported(view: View, path: KeyPath, spec: dict[str, Any]) -> Iterator[Problem]:
    field = spec["field"].strip()
    if field in REPORTED:
        what = f"'{field}' is measured: a tolerance for it refuses what is faster, too"
        hint = "performance_guardrails.max_case_regression bounds the times."
        yield view.warning((*path, "field"), "measured-field", what, hint)
        return
    missing = [case.id for case in view.cases if not case.reports(field)]
    if len(missing) == len(view.cases):
        hint = f"Say under metrics how '{field}' is read from the output."
        what = f"'{field}' is read in no case, so it is never compared"
        if field in MEASURED:
            hint = "Remove it: the runner keeps this number out of a case's result."
        yield view.error((*path, "field"), "nothing-to-compare", what, hint)
    elif missing and not spec.get("optional"):
        what = f"'{field}' is not read in {listed(missing)}: every candidate would fail there"
        hint = "Read it there too, or write optional: true."
        yield view.error((*path, "field"), "field-missing", what, hint)
    elif not spec.get("optional") and (loose := _optional_in(view, field)):
        what = f"'{field}' may be missing in {listed(loose)}, and every candidate would fail there"
        yield view.error((*path, "field"), "field-missing", what, "Write optional: true here too.")
    elif view.train_ids and (held := _held_out(view)) and held <= set(missing):
        what = f"'{field}' is read in train cases only: the decision never looks at it"
        yield view.warning((*path, "field"), "train-only", what)
