"""`record`: one judged candidate in ledger, memory and state."""

from __future__ import annotations

import json

import click

from fermilink_scaffold.cli._project import find_project

__all__ = ["record"]


@click.command()
@click.argument("project", default=".", type=click.Path())
@click.option("--iteration", type=click.IntRange(min=0), required=True, help="0 for the baseline.")
@click.option("--commit", required=True, help="The candidate's commit.")
@click.option(
    "--status", required=True, help="accepted, baseline, rejected, timeout, crash or another."
)
@click.option("--metric", required=True, help="The primary metric's name.")
@click.option("--value", required=True, help="The primary metric's value: a number, or a word.")
@click.option("-m", "--message", required=True, help="What was tried, and what came of it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def record(  # noqa: PLR0913  # one per option
    project: str,
    *,
    iteration: int,
    commit: str,
    status: str,
    metric: str,
    value: str,
    message: str,
    as_json: bool,
) -> None:
    """Record the outcome of a candidate: a row in the ledger, an event in the memory, the state.

    All three or none. An iteration and commit that are recorded already are left as they
    are, so that a hook may call this again.
    """
    from fermilink_scaffold.runtime import record_outcome

    recorded = record_outcome(
        find_project(project),
        iteration=iteration,
        commit=commit,
        status=status,
        primary_metric_name=metric,
        primary_metric_value=_number(value),
        description=message,
    )
    if as_json:
        told = {"iteration": iteration, "commit": commit, "recorded": recorded}
        click.echo(json.dumps(told, indent=2))
    elif recorded:
        click.echo(f"Recorded iteration {iteration}, {commit}: {status}.")
    else:
        click.echo(f"Iteration {iteration}, {commit} is recorded already; nothing has changed.")


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
