"""`status`: where a campaign stands."""

from __future__ import annotations

import json
import time

import click

from fermilink_scaffold.cli._errors import printable
from fermilink_scaffold.cli._project import find_project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["status"]

#: Seconds between two looks of `--watch`.
_PAUSE = 2.0
#: Ratios below show two digits, others two decimals.
_SMALL = 0.1


@click.command()
@click.argument("project", default=".", type=click.Path())
@click.option(
    "--tail",
    metavar="N",
    type=click.IntRange(min=0),
    default=8,
    show_default=True,
    help="Rows of the ledger to show.",
)
@click.option("--watch", is_flag=True, help="Go on showing it, until you interrupt.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def status(project: str, *, tail: int, watch: bool, as_json: bool) -> None:
    """Show where the campaign of PROJECT stands."""
    from fermilink_scaffold.runtime import campaign_status

    if watch and as_json:
        raise click.UsageError("--watch goes on, --json prints one document: choose one.")
    root = find_project(project)
    while True:
        told = campaign_status(root, tail=tail)
        if watch:
            click.clear()
        click.echo(json.dumps(told, indent=2) if as_json else printable(_text(told)))
        if not watch:
            return
        time.sleep(_PAUSE)


def _text(told: Mapping[str, Any]) -> str:
    counts = f"{told['accepted_count']} accepted, {told['rejected_count']} rejected"
    lines = [
        f"iteration   {told['iteration']}: {counts}, {told['consecutive_rejections']} in a row",
        f"incumbent   {_commit(told['incumbent'])}{_change(told)}",
        f"baseline    {_commit(told['baseline'])}",
        f"running     {_lock(told['run_lock'])}",
    ]
    if told["memory_bytes"] is not None:
        lines.append(f"memory      {told['memory_bytes'] / 1024:.1f} KB")
    if told["unfinished_outcome"]:
        lines.append("unfinished  an outcome; the next writer completes it")
    if told["primary_metric"]:
        lines[1:1] = [f"metric      {told['primary_metric']}"]
    return "\n".join([*lines, *_table(told["recent"])])


def _commit(place: Mapping[str, Any]) -> str:
    if not place["commit"]:
        return "none yet"
    value = "" if place["value"] is None else f"  {place['value']:.12g}"
    return f"{str(place['commit'])[:12]}{value}"


def _change(told: Mapping[str, Any]) -> str:
    ratio = told["incumbent_to_baseline"]
    if ratio is None:
        return ""
    return f"  ({ratio:.2f}x the baseline)" if ratio >= _SMALL else f"  ({ratio:.2g}x the baseline)"


def _lock(lock: Mapping[str, Any]) -> str:
    if lock["state"] == "free":
        return "nobody"
    host = f" on {lock['host']}" if lock["host"] else ""
    since = f" since {lock['started_at_utc']}" if lock["started_at_utc"] else ""
    ended = ", which has ended" if lock["state"] == "stale" else ""
    return f"process {lock['pid']}{host}{since}{ended}"


def _table(rows: list[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return []
    cells = [
        (
            str(row["iteration"]),
            str(row["commit"])[:12],
            str(row["status"]),
            _value(row["primary_metric_value"]),
            _short(str(row["description"])),
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "",
        *(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ),
    ]


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.12g}"


def _short(text: str) -> str:
    return text if len(text) <= 72 else f"{text[:71]}…"
