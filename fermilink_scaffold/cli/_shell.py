"""Find the subcommand, run it, and tell what went wrong.

Each subcommand is one module here, named like it, with the click command of the same name
in it. It is imported when it is called, so that `--help` loads click and nothing else.
"""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module

import click

from fermilink_scaffold import __version__
from fermilink_scaffold.cli._errors import report
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "run"]

PROGRAM = "fermilink-scaffold"

#: Set by the completion scripts that click writes for the shells.
_COMPLETE = "_FERMILINK_SCAFFOLD_COMPLETE"

#: Subcommand and its line in `--help`, in the order of a campaign.
COMMANDS = {
    "init": "Write the workspace of a campaign into a project.",
    "regen": "Render a workspace again, and merge with your edits.",
    "check": "Tell now what would make a campaign fail later.",
    "templates": "See, take over and verify templates and packs.",
    "demo": "Try it: a bundled project, scaffolded and measured.",
    "status": "Show where a campaign stands.",
    "record": "Record the outcome of a candidate.",
    "memory": "Show and edit the controller's memory by section.",
    "worker": "Reset or archive the worker's memory.",
    "lock": "Take, show or release the campaign's run lock.",
}


class _Commands(click.Group):
    """Subcommands by name; only the one that is called is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"{__package__}.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 (a slip in the table, not input)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS:
            ctx.fail(f"There is no command {args[0]!r}.{_nearest(args[0])}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _nearest(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""


@click.command(
    cls=_Commands,
    name=PROGRAM,
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
)
@click.version_option(__version__, prog_name=PROGRAM)
def group() -> None:
    """Scaffold the workspace of an AI-agent optimisation campaign.

    Start with `fermilink-scaffold init PROJECT --goal goal.md`, or see the whole of it on a
    bundled example with `fermilink-scaffold demo`.
    """


def run(args: Sequence[str]) -> int:
    """Run one command line, without the program's name; the exit status.

    A command's own status is what it returns (None is 0) or gives to `ctx.exit`. Whatever
    a user can cause is told in one place, here.
    """
    # A file's name may hold bytes that the terminal's encoding cannot show.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        if _COMPLETE in os.environ:
            group.main(prog_name=PROGRAM)
        status = _invoke(args)
        sys.stdout.flush()
    except (click.ClickException, click.Abort, ScaffoldError, OSError, KeyboardInterrupt) as error:
        return report(error)
    return status


def _invoke(args: Sequence[str]) -> int:
    try:
        with group.make_context(PROGRAM, list(args)) as context:
            status = group.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return status if isinstance(status, int) else 0
