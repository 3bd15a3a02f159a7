"""`check`: tell now what would make a campaign fail later."""

from __future__ import annotations

import json
import os

import click

from fermilink_scaffold import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fermilink_scaffold.contract.problems import Problem

__all__ = ["check"]


@click.command()
@click.argument("project", default=".", type=click.Path())
@click.option("--seal", is_flag=True, help="First record runner, contract and inputs as they are.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(project: str, *, seal: bool, as_json: bool) -> int:
    """Look at PROJECT and its workspace as FermiLink and the runner will.

    The exit status is 0 without errors (warnings are shown), 1 with errors.
    """
    from fermilink_scaffold.contract.check_project import check_project, require_workspace
    from fermilink_scaffold.contract.problems import errors, report

    root = os.path.abspath(project)
    require_workspace(root, shown=project)
    if seal:
        _record_seal(root)
    problems = check_project(root)
    wrong = errors(problems)
    if as_json:
        click.echo(json.dumps(_document(project, problems, sealed=seal), indent=2))
    else:
        if seal:
            click.echo(f"Recorded the seal: {layout.SEAL}")
        click.echo(report(problems))
    return 1 if wrong else 0


def _record_seal(root: str) -> None:
    from fermilink_scaffold.runtime.files import make_parents, write_atomic
    from fermilink_scaffold.workspace.seal import seal_project

    target = os.path.join(root, layout.SEAL)
    make_parents(target)
    write_atomic(target, seal_project(root).encode())


def _document(project: str, problems: Sequence[Problem], *, sealed: bool) -> dict[str, object]:
    from fermilink_scaffold.contract.problems import errors

    wrong = len(errors(problems))
    return {
        "project": project,
        "ok": not wrong,
        "sealed": sealed,
        "errors": wrong,
        "warnings": len(problems) - wrong,
        "problems": [problem.as_dict() for problem in problems],
    }
