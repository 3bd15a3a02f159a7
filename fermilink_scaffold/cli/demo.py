"""`demo`: a complete small campaign on a bundled project, without an agent or a network."""

from __future__ import annotations

import os
import shlex

import click

from fermilink_scaffold import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = ["baseline_table", "demo"]

_DEFAULT = "fermilink-scaffold-demo"
_EDIT = "- Mine: prefer clear code to the last per cent."
_WISH = "New dependencies are not welcome."
#: What the runner reports of every case; everything else is a field of this contract.
_COMMON = frozenset({"id", "converged", "wall_seconds", "total_seconds", "error"})


@click.command()
@click.argument("directory", metavar="[DIR]", default=_DEFAULT, type=click.Path())
def demo(directory: str) -> int:
    """Try it on a bundled project, in the new directory DIR.

    Copies a small package with slow loops in it (default: ./fermilink-scaffold-demo),
    writes the workspace of a campaign from its goal.md, measures the baseline, and shows
    that an edit survives when the workspace is written again.
    """
    from fermilink_scaffold.bootstrap import Request, prepare
    from fermilink_scaffold.measure.baseline import measure_baseline
    from fermilink_scaffold.workspace.apply import apply_plan
    from fermilink_scaffold.workspace.example import copied_example

    with copied_example(directory):
        goal = os.path.join(directory, "goal.md")
        prepared = prepare(Request(project=directory, flags={"goal": goal}))
        apply_plan(prepared.plan)
    click.echo(f"Copied a small project to {directory}, a git repository of its own.")
    click.echo(f"Wrote its campaign to {os.path.join(directory, layout.WORKSPACE)}, from goal.md.")
    for note in prepared.campaign.review_notes:
        click.echo(f"  assumed: {note}")
    click.echo("Measuring the baseline ...", err=True)
    result = measure_baseline(directory)
    click.echo(f"Measured the baseline once:\n\n{baseline_table(result)}")
    click.echo(f"{_survival(directory)}\n{_next(directory)}")
    return 0 if result["correctness_ok"] else 1


def baseline_table(result: Mapping[str, Any]) -> str:
    """The runner's result as lines for people: a row for each case, then the primary metric."""
    cases = result["cases"]
    fields = list(dict.fromkeys(name for case in cases for name in case if name not in _COMMON))
    rows = [["case", "wall s", *fields, "result"]]
    for case in cases:
        wall = f"{case['wall_seconds']:.3f}" if case["converged"] else "-"
        outcome = "ok" if case["converged"] else case["error"]
        rows.append([case["id"], wall, *(_number(case.get(name)) for name in fields), outcome])
    summary = result["summary_metrics"]
    lines = [*_aligned(rows), ""]
    if result["correctness_ok"]:
        lines.append(f"wall_seconds over all cases: {summary['wall_seconds']:.4f}")
    lines += result["guardrail_errors"]
    return "".join(f"{line}\n" for line in lines)


def _survival(directory: str) -> str:
    """Edit the playbook, change the goal, write the workspace again, and tell what became of both."""
    from fermilink_scaffold.cli.regen import report
    from fermilink_scaffold.regeneration import prepare_regeneration
    from fermilink_scaffold.workspace.apply import apply_plan
    from fermilink_scaffold.workspace.regenerate import Options

    for file, line in ((layout.PROGRAM, _EDIT), ("goal.md", _WISH)):
        with open(os.path.join(directory, file), "a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")
    regeneration = prepare_regeneration(os.path.abspath(directory), Options())
    apply_plan(regeneration.plan)
    with open(os.path.join(directory, layout.PROGRAM), encoding="utf-8") as stream:
        text = stream.read()
    both = "both are in program.md" if _EDIT in text and _WISH in text else "ONE OF THEM IS LOST"
    return (
        "Added a line to program.md by hand and another one to goal.md, then wrote the workspace\n"
        f"again with `regen`; {both}:\n\n{report(regeneration, directory, wrote=True)}"
    )


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.9g}"
    return "" if value is None else str(value)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """First and last column to the left, numbers between them to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([
            f"{row[0]:<{widths[0]}}",
            *(f"{cell:>{width}}" for cell, width in zip(row[1:-1], widths[1:-1], strict=True)),
            row[-1],
        ])
        for row in rows
    ]  # fmt: skip


def _next(directory: str) -> str:
    autogen = layout.AUTOGEN
    shown = os.path.join(".", directory) if directory.startswith("-") else directory
    return "\n".join(
        [
            "Look around, then let real FermiLink measure it (setup_env.sh installs it):",
            f"  cd {shlex.quote(shown)}",
            f"  less goal.md {layout.PROGRAM}",
            "  fermilink-scaffold check",
            f"  bash {autogen}/setup_env.sh",
            f"  bash {autogen}/run_optimize.sh --baseline-only",
        ]
    )
