"""Checks of the cases: ids, the split, time limits, paths, contradicting bounds."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from fermilink_scaffold.contract.problems import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import KeyPath, Problem
    from fermilink_scaffold.contract.view import CaseView, View

__all__ = ["bounds", "case_paths", "ids", "split", "time_limits"]


def ids(view: View) -> Iterator[Problem]:
    """FermiLink and the runner know a case by its id alone."""
    first: dict[str, int] = {}
    for index, case in enumerate(view.data["cases"]):
        if case["id"] in first:
            where = view.positions.get(("cases", first[case["id"]]))
            place = f" in line {where[0]}" if where else ""
            hint = f"The first one is cases[{first[case['id']]}]{place}; give each its own id."
            yield view.error(("cases", index, "id"), "duplicate-case", "is here twice", hint)
        first.setdefault(case["id"], index)


def split(view: View) -> Iterator[Problem]:
    """The train cases exist, and at least one other case is held out."""
    if "split" not in view.data:
        return
    known = [case.id for case in view.cases]
    path: KeyPath = ("split", "train_case_ids")
    for index, name in enumerate(view.train_ids):
        if name not in known:
            hint = f"The cases are {listed(known, 6)}."
            yield view.error((*path, index), "unknown-case", f"names no case: '{name}'", hint)
        elif name in view.train_ids[:index]:
            yield view.warning((*path, index), "double-case", f"names '{name}' again")
    if not set(known) - set(view.train_ids):
        hint = "Candidates are judged by the cases that are not in this list."
        yield view.error(path, "no-test-case", "leaves no case for the decision", hint)


def time_limits(view: View) -> Iterator[Problem]:
    """The cases' limits fit into the deadline of the whole run."""
    deadline = view.data["controller"]["timeout_seconds"]
    path: KeyPath = ("controller", "timeout_seconds")
    groups = {"train cases": _half(view, train=True), "test cases": _half(view, train=False)}
    for name, cases in groups.items() if view.train_ids else [("cases", view.cases)]:
        total = sum(_longest(case) for case in cases)
        if total > deadline:
            what = f"({deadline:g} s) is less than the {name} may take together ({total:g} s)"
            hint = (
                "Raise it, or lower the cases' timeout_seconds or repeats: it ends the run first."
            )
            yield view.warning(path, "time-limits", what, hint)


def case_paths(view: View) -> Iterator[Problem]:
    """`cwd` and `outputs` stay inside the project."""
    for case in view.cases:
        cwd = case.data.get("cwd", ".")
        if _leaves(cwd):
            what = f"leads out of the project: '{cwd}'"
            hint = "Write it relative to the project."
            yield view.error((*case.path, "cwd"), "path-outside", what, hint)
            continue
        for index, name in enumerate(case.data.get("outputs", [])):
            if _leaves(posixpath.join(cwd, name)):
                what = f"leads out of the project: '{name}'"
                hint = (
                    "Write it relative to the case's cwd; the runner removes it before each repeat."
                )
                yield view.error((*case.path, "outputs", index), "path-outside", what, hint)
        for name, how in case.metrics.items():
            if "file" in how and _leaves(posixpath.join(cwd, how["file"])):
                what = f"reads '{name}' from a file outside the project: '{how['file']}'"
                hint = (
                    "Write it relative to the case's cwd; the runner removes it before each repeat."
                )
                yield view.error((*case.path, "metrics", name), "path-outside", what, hint)


def bounds(view: View) -> Iterator[Problem]:
    """What `expect` asks for can be met at all."""
    for case in view.cases:
        for name, bound in case.data.get("expect", {}).items():
            path: KeyPath = (*case.path, "expect", name)
            if what := _contradiction(bound):
                yield view.error(path, "impossible-bound", what)
            if name not in case.metrics:
                hint = f"Say under metrics how '{name}' is read from the output."
                yield view.error(path, "nothing-to-check", "bounds a field that is not read", hint)
            elif what := _wrong_length(bound, case.metrics[name]):
                yield view.error(path, "impossible-bound", what)


def _half(view: View, *, train: bool) -> list[CaseView]:
    return [case for case in view.cases if (case.id in view.train_ids) is train]


def _longest(case: CaseView) -> float:
    rounds = case.data.get("repeats", 1) + case.data.get("warmup_repeats", 0)
    return float(rounds * case.data.get("timeout_seconds", 0))


def _leaves(place: str) -> bool:
    whole = posixpath.normpath(place)
    return posixpath.isabs(whole) or whole == ".." or whole.startswith(("../", "~"))


def _contradiction(bound: dict[str, Any]) -> str | None:
    if "text" in bound and {"value", "min", "max"} & bound.keys():
        return "asks for a text and a number at once"
    if {"abs", "rel"} & bound.keys() and "value" not in bound:
        return "has abs or rel but no value that they refer to"
    if not bound.keys() & {"value", "min", "max", "text"}:
        return "needs a value, a min, a max or a text"
    if {"min", "max"} <= bound.keys() and bound["min"] > bound["max"]:
        return f"has a min ({bound['min']}) above its max ({bound['max']})"
    return None


def _wrong_length(bound: dict[str, Any], how: dict[str, Any]) -> str | None:
    """A list of the wrong length fails every run."""
    wanted, given = how.get("length"), bound.get("value")
    if isinstance(given, list) and wanted is not None and len(given) != wanted:
        return f"has {len(given)} values, but the metric's length is {wanted}"
    return None
