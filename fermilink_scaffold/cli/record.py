"""`record`: one judged candidate in ledger, memory and state."""

from __future__ import annotations

import json
import warnings

import click

from fermilink_scaffold.cli._errors import printable
from fermilink_scaffold.cli._project import find_project
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

__all__ = ["record"]

_CONFLICT = 3
_CONFLICT_HINT = "A measurement anew is an outcome of another iteration."


@click.command()
@click.argument("project", default=".", type=click.Path())
@click.option(
    "--iteration",
    type=click.IntRange(min=0),
    metavar="N",
    required=True,
    help="0 for the baseline.",
)
@click.option("--commit", metavar="ID", required=True, help="The candidate's commit.")
@click.option(
    "--status",
    metavar="WORD",
    required=True,
    help="accepted, baseline, rejected, timeout, crash or another.",
)
@click.option("--metric", metavar="NAME", required=True, help="The primary metric's name.")
@click.option(
    "--value",
    metavar="NUMBER",
    required=True,
    help="The primary metric's value; a word, such as nan, unless it is accepted.",
)
@click.option(
    "-m", "--message", metavar="TEXT", required=True, help="What was tried, and what came of it."
)
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
) -> int:
    """Record the outcome of a candidate: a row in the ledger, an event in the memory, the state.

    All three or none. An iteration and commit that are recorded already are left as they
    are, so that a hook may call this again; with another status or value the exit status
    is 3.
    """
    from fermilink_scaffold.runtime.rows import clean

    outcome = {
        "iteration": iteration,
        "commit": clean(commit),
        "status": _status(clean(status)),
        "primary_metric_name": metric,
        "primary_metric_value": _number(value),
        "description": message,
    }
    recorded = _recorded(find_project(project), outcome)
    if recorded is None:
        return _CONFLICT
    which = f"iteration {iteration}, {outcome['commit']}"
    if as_json:
        document = {"iteration": iteration, "commit": outcome["commit"], "recorded": recorded}
        click.echo(json.dumps(document, indent=2))
    elif recorded:
        click.echo(printable(f"Recorded {which}: {outcome['status']}."))
    else:
        click.echo(printable(f"I{which[1:]} is recorded already; nothing has changed."))
    return 0


def _recorded(root: Path, outcome: dict[str, Any]) -> bool | None:
    """Whether this call recorded it; None, which is told, when it contradicts the ledger."""
    from fermilink_scaffold.runtime import OutcomeConflict, record_outcome

    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        try:
            recorded = record_outcome(root, **outcome)
        except OutcomeConflict as conflict:
            click.echo(printable(f"error: {conflict}\n{_CONFLICT_HINT}"), err=True)
            return None
        except ValueError as error:
            raise ScaffoldError(str(error)) from None
    for warning in noted:
        click.echo(printable(f"warning: {warning.message}"), err=True)
    return recorded


def _status(given: str) -> str:
    from fermilink_scaffold.runtime.rows import ACCEPTING

    meant = given.casefold()
    if meant in ACCEPTING and given != meant:
        hint = f"Write it in small letters: --status {meant}."
        raise ScaffoldError(f"the status {given!r} would count as a rejection", hint=hint)
    return given


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
