"""`worker`: the worker's memory at the start and at the end of an iteration."""

from __future__ import annotations

import re

import click

from fermilink_scaffold import layout
from fermilink_scaffold.cli._project import find_project
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["worker"]

_project = click.argument("project", default=".", type=click.Path())


@click.group()
def worker() -> None:
    """Reset or archive the worker's memory."""


@worker.command()
@_project
@click.option(
    "--iteration",
    metavar="N",
    type=click.IntRange(min=0),
    help="Its number; by default the one to come.",
)
@click.option("--force", is_flag=True, help="Also when the memory is of this iteration already.")
def reset(project: str, *, iteration: int | None, force: bool) -> None:
    """Write the worker's memory anew, for the iteration that begins.

    A memory of the same iteration is kept, so that a hook may call this again.
    """
    from fermilink_scaffold.runtime import (
        load_state,
        reset_worker_memory_file,
        state_path,
        worker_memory_path,
    )

    root = find_project(project)
    if iteration is None:
        done = (load_state(state_path(root)) or {}).get("iteration", 0)
        iteration = done + 1 if isinstance(done, int) else 1
    path = worker_memory_path(root)
    if not force and _metadata(path).get("worker_iteration") == str(iteration):
        click.echo(f"The worker's memory is of iteration {iteration} already; it is kept.")
        return
    known = {**_metadata(root / layout.MEMORY), **_metadata(path)}
    split = (root / layout.WORKER_BENCHMARK).exists()
    reset_worker_memory_file(
        path,
        package_id=known.get("package_id", "unknown"),
        benchmark_id=known.get("benchmark_id", "unknown"),
        benchmark_rel=layout.WORKER_BENCHMARK if split else layout.BENCHMARK,
        program_rel=layout.PROGRAM,
        controller_memory_rel=layout.MEMORY,
        results_rel=layout.RESULTS,
        worker_iteration=iteration,
    )
    click.echo(f"The worker's memory begins iteration {iteration}.")


@worker.command()
@_project
@click.option(
    "--iteration",
    metavar="N",
    type=click.IntRange(min=0),
    help="By default the one that the memory names.",
)
def archive(project: str, *, iteration: int | None) -> None:
    """Copy the worker's memory into its iteration's directory below runs/."""
    from fermilink_scaffold.runtime import archive_worker_memory, runs_root, worker_memory_path

    root = find_project(project)
    path = worker_memory_path(root)
    named = _metadata(path).get("worker_iteration", "")
    if iteration is None and not named.isdecimal():
        raise ScaffoldError(
            "no worker memory that names its iteration",
            file=str(path),
            hint="Give it: --iteration N.",
        )
    number = int(named) if iteration is None else iteration
    if named.isdecimal() and int(named) != number:
        raise ScaffoldError(
            f"the worker's memory is of iteration {named}, not of {number}", file=str(path)
        )
    target = archive_worker_memory(path, runs_root(root) / f"iter_{number:04d}")
    if target is None:
        raise ScaffoldError("there is no worker memory", file=str(path))
    click.echo(str(target))


def _metadata(path: Path) -> dict[str, str]:
    """The `- key: value` lines before the first section; none without the file."""
    if not path.exists():
        return {}
    head = re.split(r"^##", path.read_text(encoding="utf-8", errors="replace"), flags=re.MULTILINE)
    return dict(re.findall(r"^- (\w+): (.*?)\r?$", head[0], flags=re.MULTILINE))
