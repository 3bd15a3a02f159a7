"""`memory`: show and edit a memory by section, keep it short, mend it."""

from __future__ import annotations

import contextlib
import json
import sys

import click

from fermilink_scaffold.cli._errors import printable
from fermilink_scaffold.cli._project import find_project
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fermilink_scaffold.runtime.repair import Finding, Repair

__all__ = ["memory"]

_project = click.argument("project", default=".", type=click.Path())
_worker = click.option("--worker", is_flag=True, help="The worker's memory, not the controller's.")
_section = click.option(
    "-s",
    "--section",
    metavar="NAME",
    required=True,
    help="Its heading, with or without the #'s.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def memory() -> None:
    """Show and edit the campaign's memories by section.

    Every command may run at any time: writers wait for each other, and readers see the text
    before an edit or after it.
    """


@memory.command()
@_project
@click.option("-s", "--section", metavar="NAME", help="This section alone, without its heading.")
@_worker
def show(project: str, *, section: str | None, worker: bool) -> None:
    """Print the memory, or one of its sections."""
    from fermilink_scaffold.runtime.editing import read_section, section_headings
    from fermilink_scaffold.runtime.files import read_bytes

    path = _path(project, worker=worker)
    data = read_bytes(path) or b""
    shown = data if section is None else read_section(data, section)
    if shown is None:
        there = ", ".join(repr(heading) for heading in section_headings(data))
        raise ScaffoldError(
            f"there is no section {section!r}", file=str(path), hint=f"There are: {there}."
        )
    click.echo(shown, nl=False)


@memory.command("set")
@_project
@_section
@click.option(
    "-m",
    "--line",
    "lines",
    metavar="TEXT",
    multiple=True,
    help="A line; without any, stdin is read.",
)
@_worker
def set_(project: str, *, section: str, lines: tuple[str, ...], worker: bool) -> None:
    """Replace the body of a section; a missing one is added at the end."""
    from fermilink_scaffold.runtime.editing import set_section
    from fermilink_scaffold.runtime.sections import decode

    path = _path(project, worker=worker)
    given = lines or _lines(decode(sys.stdin.buffer.read()))
    if not given:
        hint = "To leave the section with an empty line: -m ''."
        raise ScaffoldError("no line is given, and nothing is on stdin", hint=hint)
    with _bad_input():
        set_section(path, section, given)


@memory.command()
@_project
@_section
@click.option("-m", "--line", metavar="TEXT", required=True, help="The line, with its bullet.")
@click.option("--once", is_flag=True, help="Leave the section alone when it has this line.")
@_worker
def append(project: str, *, section: str, line: str, once: bool, worker: bool) -> None:
    """Add a line at the end of a section; a missing one is added at the end."""
    from fermilink_scaffold.runtime.editing import append_to_section

    path = _path(project, worker=worker)
    with _bad_input():
        append_to_section(path, section, line, once=once)


@memory.command()
@_project
@click.option(
    "--keep-bytes", metavar="N", type=click.IntRange(min=0), default=32768, show_default=True
)
@_json
def compact(project: str, *, keep_bytes: int, as_json: bool) -> None:
    """Move the oldest entries to memory.archive.md until the memory is short enough."""
    from fermilink_scaffold.runtime import compact_memory

    path = _path(project, worker=False)
    moved = compact_memory(path, keep_bytes=keep_bytes)
    size = path.stat().st_size
    if as_json:
        click.echo(json.dumps({"moved": moved, "bytes": size}, indent=2))
    else:
        click.echo(f"Moved {moved} entries; the memory has {size} bytes.")
    if size > keep_bytes:
        click.echo("warning: what is left cannot be moved", err=True)


@memory.command()
@_project
@_json
def check(project: str, *, as_json: bool) -> int:
    """Find renamed and doubled headings, misplaced and doubled events; status 1 with any."""
    from fermilink_scaffold.runtime import check_memory

    found = check_memory(_path(project, worker=False)).findings
    if as_json:
        click.echo(json.dumps({"findings": [_plain(finding) for finding in found]}, indent=2))
    else:
        click.echo(printable(_listed(found)) or "Nothing is wrong with the memory.")
    return 1 if found else 0


@memory.command()
@_project
@click.option("--dry-run", is_flag=True, help="Change nothing; status 1 when a repair would.")
@_json
def repair(project: str, *, dry_run: bool, as_json: bool) -> int:
    """Mend what `memory check` finds: shows the difference, keeps a copy, loses no line."""
    from fermilink_scaffold.runtime import check_memory, repair_memory

    path = _path(project, worker=False)
    done = check_memory(path) if dry_run else repair_memory(path)
    difference = _difference(done, path.name)
    if as_json:
        findings = [_plain(finding) for finding in done.findings]
        told = {"findings": findings, "backup": done.backup, "diff": difference}
        click.echo(json.dumps(told, indent=2))
        return 1 if dry_run and done.findings else 0
    click.echo(printable(_listed(done.findings)) or "Nothing is wrong with the memory.", err=True)
    click.echo(difference, nl=False)
    if done.backup:
        click.echo(f"The memory as it was: {done.backup}", err=True)
    return 1 if dry_run and done.findings else 0


def _path(project: str, *, worker: bool) -> Path:
    from fermilink_scaffold.runtime import memory_path, worker_memory_path

    root = find_project(project)
    path = worker_memory_path(root) if worker else memory_path(root)
    if not path.exists():
        command = "worker reset" if worker else "record"
        hint = f"The next `fermilink-scaffold {command}` writes one."
        raise ScaffoldError("there is no such memory", file=str(path), hint=hint)
    return path


@contextlib.contextmanager
def _bad_input() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ScaffoldError(str(error)) from None


def _lines(text: str) -> list[str]:
    """The lines of a text; other line breaks than newlines are part of them."""
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _plain(finding: Finding) -> dict[str, object]:
    return {"kind": finding.kind, "line": finding.line, "text": finding.text}


def _listed(findings: Sequence[Finding]) -> str:
    lines = (
        f"{'' if finding.line is None else f'line {finding.line}: '}{finding.kind}: {finding.text}"
        for finding in findings
    )
    return "\n".join(lines)


def _difference(repair: Repair, name: str) -> str:
    import difflib

    before, after = (
        [*data.decode("utf-8", "backslashreplace").splitlines(keepends=True)]
        for data in (repair.before, repair.after)
    )
    lines = difflib.unified_diff(before, after, f"{name} as it is", f"{name} mended")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
