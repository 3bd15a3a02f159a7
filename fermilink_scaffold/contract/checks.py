"""All checks of a contract that need nothing but its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fermilink_scaffold.contract import (
    check_cases,
    check_commands,
    check_metrics,
    check_scope,
)
from fermilink_scaffold.contract.problems import sort_problems
from fermilink_scaffold.contract.schema import schema_problems
from fermilink_scaffold.contract.values import VALUE_CODES, plain, value_problems
from fermilink_scaffold.contract.view import View
from fermilink_scaffold.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fermilink_scaffold.contract.problems import Positions, Problem

__all__ = ["untrusted", "validate"]


class Check(Record):
    """One rule, and the top-level keys whose shape it trusts."""

    run: Callable[[View], Iterable[Problem]]
    needs: frozenset[str]


def _check(run: Callable[[View], Iterable[Problem]], *needs: str) -> Check:
    return Check(run=run, needs=frozenset(needs))


CHECKS = (
    _check(check_cases.ids, "cases"),
    _check(check_cases.split, "cases", "metrics", "split"),
    _check(check_cases.time_limits, "cases", "metrics", "split", "controller"),
    _check(check_cases.case_paths, "cases", "metrics"),
    _check(check_cases.bounds, "cases", "metrics"),
    _check(check_commands.placeholders, "cases", "runtime"),
    _check(check_commands.words, "cases", "runtime"),
    _check(check_commands.lost_status, "cases"),
    _check(check_commands.misplaced, "cases", "runtime"),
    _check(check_commands.local_paths, "cases", "runtime"),
    _check(check_commands.environment, "runtime"),
    _check(check_commands.result_source, "runtime", "artifacts"),
    _check(check_metrics.readers, "cases", "metrics"),
    _check(check_metrics.names, "cases", "metrics"),
    _check(check_metrics.primary_metric, "cases", "metrics", "controller"),
    _check(check_metrics.tolerances, "cases", "metrics", "split", "correctness"),
    _check(check_metrics.correctness_mode, "cases", "metrics", "correctness"),
    _check(check_metrics.unchecked, "cases", "metrics", "correctness"),
    _check(check_scope.globs, "repo"),
    _check(check_scope.workspace_covered, "repo"),
)


def untrusted(problems: Iterable[Problem]) -> frozenset[str]:
    """The top-level keys whose shape or values are not what the rules rely on."""
    return frozenset(
        str(it.path[0])
        for it in problems
        if it.path and (it.code.startswith("schema-") or it.code in VALUE_CODES)
    )


def validate(
    data: Any, positions: Positions | None = None, *, file: str | None = None
) -> list[Problem]:
    """Everything that is wrong with a contract's data, errors first; never raises.

    A rule runs only where the schema found the shape right that the rule relies on.
    """
    places = positions or {}
    clean = plain(data)
    problems = [*value_problems(data, places), *schema_problems(clean, places)]
    if isinstance(clean, dict):
        broken = untrusted(problems)
        view = View(data=clean, positions=places)
        for check in CHECKS:
            if not check.needs & broken:
                problems.extend(check.run(view))
    return [problem.replace(file=file) for problem in sort_problems(problems)]
