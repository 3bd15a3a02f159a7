"""`init`: the workspace of a campaign, in one command."""

from __future__ import annotations

import json
import os
import shlex

import click

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fermilink_scaffold.bootstrap import Prepared
    from fermilink_scaffold.spec.model import Campaign
    from fermilink_scaffold.workspace.plan import NewFile

__all__ = ["init"]


@click.command()
@click.argument("project", default=".", type=click.Path())
@click.option("--goal", metavar="FILE", help="A structured goal.md.")
@click.option("--prompt", metavar="FILE", help="Free text instead of a goal (quick mode).")
@click.option("--answers", metavar="FILE", help="A scaffold.yaml with any of the inputs.")
@click.option("--package", metavar="NAME", help="Name of the package.")
@click.option("--pack", metavar="NAME", help="The pack that serves it; none for no pack.")
@click.option(
    "--var",
    "variables",
    metavar="NAME=VALUE",
    multiple=True,
    help="A variable of the pack. Repeatable.",
)
@click.option("--language", metavar="NAME", help="python, c, cpp, fortran, rust, julia, generic.")
@click.option(
    "--case",
    "cases",
    metavar="ID=COMMAND",
    multiple=True,
    help="A workload, or the command of one that the goal names. Repeatable.",
)
@click.option(
    "--input", "inputs", metavar="FILE", multiple=True, help="A file to stage. Repeatable."
)
@click.option(
    "--editable", metavar="GLOB", multiple=True, help="Paths that the agent may edit. Repeatable."
)
@click.option(
    "--immutable", metavar="GLOB", multiple=True, help="Paths that it may not. Repeatable."
)
@click.option("--metric", metavar="NAME", help="The primary metric, e.g. wall_seconds.")
@click.option("--direction", type=click.Choice(["minimize", "maximize"]), help="What is better.")
@click.option("--hpc-profile", metavar="FILE", help="FermiLink's HPC profile (JSON).")
@click.option(
    "--template-dir",
    "template_dirs",
    metavar="DIR",
    multiple=True,
    help="Templates that come before the bundled ones. Repeatable.",
)
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="A key of benchmark.yaml, e.g. controller.measured_runs=5. Repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, write nothing.")
@click.option("--diff", is_flag=True, help="Print the new files as a patch, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def init(project: str, *, dry_run: bool, diff: bool, as_json: bool, **given: Any) -> None:
    """Write the workspace of a campaign into PROJECT, a git repository.

    The flags complete or override what the goal, the prompt or the answers say.
    """
    from fermilink_scaffold.bootstrap import Request, prepare
    from fermilink_scaffold.workspace.apply import apply_plan

    if diff and as_json:
        raise click.UsageError("--diff and --json cannot be had together.")
    prepared = prepare(Request(project=project, answers=given.pop("answers"), flags=_flags(given)))
    write = not (dry_run or diff)
    if write:
        apply_plan(prepared.plan)
    if as_json:
        click.echo(json.dumps(_document(prepared, project, wrote=write), indent=2))
    elif diff:
        from fermilink_scaffold.workspace.patch import git_patch

        click.echo(git_patch(prepared.plan), nl=False)
        click.echo(_notes(prepared), err=True, nl=False)
    else:
        click.echo(_summary(prepared, project, wrote=write), nl=False)
        click.echo(_notes(prepared), nl=False)
        click.echo(_next(project, wrote=write), nl=False)


def _flags(given: Mapping[str, Any]) -> dict[str, Any]:
    """The flags that were given, in the form of scaffold.yaml."""
    flags = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in given.items()
        if value not in (None, ()) and key not in {"cases", "settings", "variables"}
    }
    if given["cases"]:
        flags["cases"] = dict(_pair(case, "--case", "ID=COMMAND") for case in given["cases"])
    if given["variables"]:
        pairs = [_pair(variable, "--var", "NAME=VALUE") for variable in given["variables"]]
        flags["variables"] = dict(pairs)
    if given["settings"]:
        pairs = [_pair(setting, "--set", "KEY=VALUE") for setting in given["settings"]]
        flags["set"] = {key: _value(key, value) for key, value in pairs}
    return flags


def _pair(text: str, flag: str, form: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip() or not value.strip():
        raise ScaffoldError(f"{flag} {text!r} is not of the form {form}")
    return key.strip(), value.strip()


def _value(key: str, text: str) -> object:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise ScaffoldError(
            f"--set {key}: {text!r} is not a YAML value", hint="Put text in quotes."
        ) from None


def _summary(prepared: Prepared, project: str, *, wrote: bool) -> str:
    campaign, plan = prepared.campaign, prepared.plan
    entries = {item.path: _kind(item) for item in plan.files}
    entries |= {copy.path: "staged input" for copy in plan.copies}
    shown = {
        path.removeprefix(f"{layout.WORKSPACE}/"): kind
        for path, kind in entries.items()
        if not path.startswith(f"{layout.RECORD}/")
    }
    width = max(map(len, shown))
    verb = "Wrote" if wrote else "Would write"
    place = os.path.join(project, layout.WORKSPACE, "")
    records = len(entries) - len(shown)
    return "\n".join(
        [
            f"{verb} {len(shown)} files to {place} (and {records} records below .scaffold/)",
            *(f"  {path:<{width}}  {kind}" for path, kind in sorted(shown.items())),
            "",
            f"package   {campaign.package_id} ({campaign.language})",
            f"cases     {_split(campaign)}",
            f"metric    {campaign.objective.primary_metric}, {campaign.objective.direction}",
            f"correct   {_correctness(campaign)}",
            "",
        ]
    )


def _kind(item: NewFile) -> str:
    if item.path == layout.SCAFFOLD:
        return "yours to edit"
    return "seeded once" if item.policy == "seeded" else "managed"


def _split(campaign: Campaign) -> str:
    train, total = len(campaign.train_case_ids), len(campaign.cases)
    return f"{total}, {train} of them shown to the agent" if train else f"{total}"


def _correctness(campaign: Campaign) -> str:
    limits = sum(len(case.limits) for case in campaign.cases)
    if not campaign.tolerances and not limits:
        return "EXIT STATUS ALONE: no bound was found, so a wrong result can be accepted"
    fields = ", ".join(dict.fromkeys(item.field for item in campaign.tolerances))
    parts = [f"tolerances on {fields}" if fields else "", f"{limits} limits" if limits else ""]
    return " and ".join(part for part in parts if part)


def _notes(prepared: Prepared) -> str:
    notes = prepared.campaign.review_notes
    return "".join(["\nPlease review:\n", *(f"  - {note}\n" for note in notes)]) if notes else ""


def _next(project: str, *, wrote: bool) -> str:
    if not wrote:
        return "\nNothing was written.\n"
    return "\n".join(["", "Next:", *(f"  {line}" for line in _commands(project)), ""])


def _commands(project: str) -> list[str]:
    return [
        f"fermilink-scaffold check {shlex.quote(project)}",
        f"bash {shlex.quote(os.path.join(project, layout.SETUP_ENV))}",
        f"bash {shlex.quote(os.path.join(project, layout.RUN_OPTIMIZE))} --baseline-only",
    ]


def _document(prepared: Prepared, project: str, *, wrote: bool) -> dict[str, Any]:
    campaign, plan = prepared.campaign, prepared.plan
    return {
        "project": project,
        "workspace": layout.WORKSPACE,
        "written": wrote,
        "mode": campaign.mode,
        "package_id": campaign.package_id,
        "benchmark_id": campaign.benchmark_id,
        "language": campaign.language,
        "case_ids": [case.id for case in campaign.cases],
        "train_case_ids": list(campaign.train_case_ids),
        "files": [
            *({"path": f.path, "policy": f.policy, "executable": f.executable} for f in plan.files),
            *({"path": c.path, "policy": "input", "executable": False} for c in plan.copies),
        ],
        "git_excludes": list(plan.exclude_patterns),
        "review_notes": [
            {
                "text": note.text,
                "file": note.source.file if note.source else None,
                "line": note.source.line if note.source else None,
            }
            for note in campaign.review_notes
        ],
        "next": _commands(project) if wrote else [],
    }
