"""All checks of a project and its workspace; they look, and change nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fermilink_scaffold import layout
from fermilink_scaffold.contract import (
    check_build,
    check_campaign,
    check_git,
    check_hpc,
    check_scripts,
    check_tools,
    check_tracked,
    check_workspace,
)
from fermilink_scaffold.contract.checks import untrusted, validate
from fermilink_scaffold.contract.load import load_contract
from fermilink_scaffold.contract.problems import Problem, sort_problems
from fermilink_scaffold.contract.project import Project
from fermilink_scaffold.contract.values import plain
from fermilink_scaffold.contract.view import View
from fermilink_scaffold.errors import ScaffoldError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["check_project", "require_workspace"]

#: Only where git answers at all.
GIT_CHECKS: tuple[Callable[[Project], Iterable[Problem]], ...] = (
    check_git.clean,
    check_git.excludes,
    check_git.tracked_workspace,
    check_git.instructions,
    check_git.parent,
    check_tracked.unmatched,
    check_tracked.overlap,
    check_tracked.graders_editable,
    check_tracked.built_in_place,
    check_build.build_products,
    check_build.tracked_metadata,
)
CHECKS: tuple[Callable[[Project], Iterable[Problem]], ...] = (
    check_git.repository,
    check_workspace.files,
    check_workspace.conflicts,
    check_workspace.skills,
    check_workspace.ledger,
    check_workspace.state,
    check_campaign.agreement,
    check_workspace.lock,
    check_workspace.inputs,
    check_workspace.goal_command,
    check_workspace.seal,
    check_workspace.disk,
    check_hpc.hpc_profile,
    check_scripts.shell_syntax,
    check_scripts.python_syntax,
    check_scripts.shell_style,
    check_scripts.executable,
    check_tools.tools,
    check_tools.tool_environment,
)


def require_workspace(root: str, *, shown: str) -> None:
    """Raise ScaffoldError when there is no workspace in `root` (`shown` to people)."""
    if not os.path.isdir(os.path.join(root, layout.WORKSPACE)):
        raise ScaffoldError(
            f"there is no workspace here ({layout.WORKSPACE})",
            file=shown,
            hint="Make one: fermilink-scaffold init PROJECT --goal goal.md",
        )


def check_project(root: str) -> list[Problem]:
    """Everything that would make a campaign in `root`, an absolute path, fail later.

    Errors come first.
    """
    problems, view = _contract(root)
    project = Project(root=root, view=view, broken=untrusted(problems))
    has_git = project.git("rev-parse", "--git-dir") is not None
    for check in (*CHECKS, *(GIT_CHECKS if has_git else ())):
        problems.extend(map(_placed, check(project)))
    return sort_problems(problems)


def _contract(root: str) -> tuple[list[Problem], View | None]:
    try:
        contract = load_contract(os.path.join(root, layout.BENCHMARK), shown=layout.BENCHMARK)
    except ScaffoldError as error:
        return [_refusal(error)], None
    problems = validate(contract.data, contract.positions, file=contract.file)
    return problems, View(data=plain(contract.data), positions=contract.positions)


def _refusal(error: ScaffoldError) -> Problem:
    return Problem(
        severity="error",
        code="unreadable",
        what=error.what,
        hint=error.hint,
        file=error.file,
        line=error.line,
        column=error.column,
    )


def _placed(problem: Problem) -> Problem:
    """A problem with keys and no file is one of the contract."""
    return problem.replace(file=layout.BENCHMARK) if problem.path and not problem.file else problem
