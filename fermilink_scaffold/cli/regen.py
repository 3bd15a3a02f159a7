"""`regen`: render a workspace again and merge, without losing an edit."""

from __future__ import annotations

import json
import os
import shlex

import click

from fermilink_scaffold import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.workspace.outcome import Outcome
    from fermilink_scaffold.workspace.regenerate import Regeneration

__all__ = ["regen", "report"]

_CHANGES, _CONFLICT = 1, 3
#: Outcomes that are an edit of the user's, and nothing else.
_EDITS = frozenset({"kept", "deleted", "orphaned"})
_QUICK_WHY = {
    "kept": "you changed it; the template did not",
    "deleted": "you deleted it; --restore {} brings it back",
}


@click.command()
@click.argument("project", default=".", type=click.Path())
@click.option("--check", is_flag=True, help="Only look: 0 in sync, 1 would change, 3 conflict.")
@click.option("--strict", is_flag=True, help="With --check: your own edits count as a change.")
@click.option("--diff", is_flag=True, help="Print the change as a patch, write nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, write nothing.")
@click.option(
    "--only", metavar="NAME", multiple=True, help="Only this file (id or path). Repeatable."
)
@click.option(
    "--restore", metavar="NAME", multiple=True, help="Bring a deleted file back. Repeatable."
)
@click.option(
    "--adopt", metavar="NAME", multiple=True, help="Take over a file that is yours. Repeatable."
)
@click.option(
    "--on-conflict",
    type=click.Choice(["markers", "ours", "theirs", "stop"]),
    default="markers",
    help="Where you and the template changed the same lines: mark them, take yours or the "
    "template's, or change nothing at all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def regen(project: str, *, strict: bool, diff: bool, as_json: bool, **given: Any) -> int:
    """Render PROJECT's workspace again, from its scaffold.yaml, and merge with your edits.

    The exit status is 0 when all is done, 3 when a conflict needs you.
    """
    if diff and as_json:
        raise click.UsageError("--diff and --json cannot be had together.")
    project = _nearest(project)
    check = given.pop("check")
    if strict and not check:
        raise click.UsageError("--strict goes with --check.")
    look = check or diff or given.pop("dry_run", False)
    given.pop("dry_run", None)
    plain = not (given["only"] or given["restore"] or given["adopt"])
    if plain and not diff:
        outcomes = _quick(project)
        if outcomes is not None:
            return _say_in_sync(project, outcomes, strict=strict, as_json=as_json)
    return _regenerate(
        project, look=look, check=check, strict=strict, diff=diff, json=as_json, **given
    )


def _nearest(project: str) -> str:
    """The directory, from `project` upwards, that holds a workspace; `project` if there is none.

    As `cli._project` does for the commands of the runtime, but with no pathlib to load.
    """
    directory = os.path.abspath(project)
    while not os.path.lexists(os.path.join(directory, layout.WORKSPACE)):
        above = os.path.dirname(directory)
        if above == directory:
            return project
        directory = above
    same = directory == os.path.abspath(project)
    return project if same else os.path.relpath(directory)


def _warn_of_copy(root: str, claims: Mapping[str, Any]) -> None:
    from fermilink_scaffold.workspace.sources import goal_gone

    gone = goal_gone(root, claims)
    if gone is not None:
        click.echo(
            f"note: {os.path.basename(gone)} is gone (scaffold.yaml: goal: {gone}); "
            "its copy autogen/goal.md was used as the goal",
            err=True,
        )


def _quick(project: str) -> list[Outcome] | None:
    """The answer without rendering; None when there is none."""
    root = os.path.abspath(project)
    workspace = os.path.join(root, layout.WORKSPACE)
    if not os.path.isdir(workspace) or os.path.islink(workspace):
        return None
    from fermilink_scaffold.workspace.insync import in_sync
    from fermilink_scaffold.workspace.manifest import load_manifest

    outcomes = in_sync(root)
    if outcomes is not None:
        _warn_of_copy(root, load_manifest(root).claims)
    return outcomes


def _say_in_sync(project: str, outcomes: Sequence[Outcome], *, strict: bool, as_json: bool) -> int:
    lines = [
        (outcome, _QUICK_WHY[outcome.action].format(outcome.id))
        for outcome in outcomes
        if outcome.action in _QUICK_WHY
    ]
    status = _CHANGES if strict and lines else 0
    if as_json:
        click.echo(
            json.dumps(
                {
                    "project": project,
                    "status": "in sync",
                    "written": False,
                    "files": [
                        _file(outcome, _QUICK_WHY.get(outcome.action, "as it is rendered"))
                        for outcome in outcomes
                    ],
                    "compiled": [],
                    "comparable": True,
                    "not_comparable_because": [],
                    "review_notes": [],
                },
                indent=2,
            )
        )
        return status
    for outcome, why in lines:
        click.echo(_line(outcome, why, _width([each for each, _ in lines])))
    click.echo(f"In sync: {_count(len(outcomes) - len(lines), 'file')} as rendered.")
    return status


def _regenerate(
    project: str, *, look: bool, check: bool, strict: bool, diff: bool, **given: Any
) -> int:
    from fermilink_scaffold.regeneration import (
        complete_interrupted,
        prepare_regeneration,
        refuse_running,
        require_workspace,
    )
    from fermilink_scaffold.workspace.apply import apply_plan
    from fermilink_scaffold.workspace.regenerate import Options

    as_json = given.pop("json")
    root = require_workspace(project)
    if not look:
        refuse_running(root)
    left = complete_interrupted(root)
    if left is not None:
        click.echo("An interrupted `regen` was completed.", err=True)
        for path in left:
            click.echo(f"  {path}: changed since, so it was left as it is", err=True)
    regeneration = prepare_regeneration(root, Options(**given))
    _warn_of_copy(root, regeneration.claims)
    if not look:
        apply_plan(regeneration.plan)
    if as_json:
        click.echo(json.dumps(_document(regeneration, project, wrote=not look), indent=2))
    elif diff:
        from fermilink_scaffold.workspace.patch import git_patch

        click.echo(git_patch(regeneration.plan), nl=False)
        click.echo(report(regeneration, project, wrote=False), err=True, nl=False)
    else:
        click.echo(report(regeneration, project, wrote=not look), nl=False)
    return _status(regeneration.outcomes, check=check, strict=strict)


def _status(outcomes: Iterable[Outcome], *, check: bool, strict: bool) -> int:
    found = list(outcomes)
    if any(outcome.conflict for outcome in found):
        return _CONFLICT
    if not check:
        return 0
    if any(outcome.writes for outcome in found):
        return _CHANGES
    return _CHANGES if strict and any(it.action in _EDITS for it in found) else 0


def report(regeneration: Regeneration, project: str, *, wrote: bool) -> str:
    """One line for each file that is not simply as it is rendered, and what follows from it."""
    shown = [
        outcome
        for outcome in regeneration.outcomes
        if outcome.action != "unchanged" or outcome.writes
    ]
    width = _width(shown)
    lines = [_line(outcome, outcome.why, width) for outcome in shown]
    if regeneration.compiled:
        lines += ["", "In the contract:", *(f"  {line}" for line in regeneration.compiled)]
    lines += _comparability(regeneration, project, wrote=wrote)
    lines += (
        ["", _summary(regeneration, wrote=wrote)]
        if lines
        else [_summary(regeneration, wrote=wrote)]
    )
    return "".join(f"{line}\n" for line in lines)


def _width(outcomes: Iterable[Outcome]) -> int:
    return max((len(_short(outcome.path)) for outcome in outcomes), default=0)


def _short(path: str) -> str:
    return path.removeprefix(f"{layout.WORKSPACE}/")


def _line(outcome: Outcome, why: str, width: int) -> str:
    return f"{outcome.action:<9}  {_short(outcome.path):<{width}}  {why}"


def _comparability(regeneration: Regeneration, project: str, *, wrote: bool) -> list[str]:
    if not regeneration.under_way:
        return []
    if not regeneration.meaning:
        return ["", "Only comments or prose of what measures changed: results stay comparable."]
    script = shlex.quote(os.path.join(project, layout.RUN_OPTIMIZE))
    return [
        "",
        f"Results are not comparable any more: {' and '.join(regeneration.meaning)} changed.",
        f"This {'is' if wrote else 'will be'} noted in the ledger and the memory. Measure a new baseline:",
        f"  bash {script} --baseline-only",
    ]


def _summary(regeneration: Regeneration, *, wrote: bool) -> str:
    outcomes = regeneration.outcomes
    conflicts = [outcome for outcome in outcomes if outcome.conflict]
    written = sum(outcome.writes for outcome in outcomes)
    if regeneration.stopped:
        return f"Nothing was written: {_count(len(conflicts), 'conflict')}."
    if conflicts:
        names = ", ".join(_short(outcome.path) for outcome in conflicts)
        verb = "Wrote" if wrote else "Would write"
        return f"{verb} {_count(written, 'file')}; needs you: {names}"
    if not written:
        rest = sum(outcome.action == "unchanged" for outcome in outcomes)
        return f"In sync: {_count(rest, 'file')} as rendered."
    return f"{'Wrote' if wrote else 'Would write'} {_count(written, 'file')}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _file(outcome: Outcome, why: str) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "path": outcome.path,
        "action": outcome.action,
        "why": why,
        "writes": outcome.writes,
        "moved_from": outcome.moved_from,
    }


def _document(regeneration: Regeneration, project: str, *, wrote: bool) -> dict[str, Any]:
    outcomes = regeneration.outcomes
    status = "in sync"
    if any(outcome.writes for outcome in outcomes):
        status = "changed" if wrote else "would change"
    if any(outcome.conflict for outcome in outcomes):
        status = "conflict"
    return {
        "project": project,
        "status": status,
        "written": wrote and not regeneration.stopped and any(it.writes for it in outcomes),
        "files": [_file(outcome, outcome.why) for outcome in outcomes],
        "compiled": list(regeneration.compiled),
        "comparable": not regeneration.meaning,
        "not_comparable_because": list(regeneration.meaning),
        "review_notes": list(regeneration.review_notes),
    }
