"""What a user is told when something goes wrong, and the exit status that says so."""

from __future__ import annotations

import os
import sys

import click

from fermilink_scaffold.errors import ScaffoldError

__all__ = ["printable", "report"]

_BAD_INPUT = 2
_INTERRUPTED = 130
_BROKEN_PIPE = 141


def report(error: BaseException) -> int:
    """Tell what a user can do something about, on stderr, without a traceback.

    The answer is the exit status: 2 for bad input, and a shell's own numbers for an
    interrupt (130) and for a reader that went away (141, in silence).
    """
    if isinstance(error, BrokenPipeError):
        # The interpreter flushes stdout once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    if isinstance(error, KeyboardInterrupt | click.Abort):
        click.echo("interrupted", err=True)
        return _INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    text = str(error) if isinstance(error, ScaffoldError) else _system_error(error)
    click.echo(f"error: {printable(text)}", err=True)
    return _BAD_INPUT


def _system_error(error: BaseException) -> str:
    if not isinstance(error, OSError):
        return str(error)
    reason = error.strerror or str(error)
    place = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else None
    return f"{place}: {reason}" if place else reason


def printable(text: str) -> str:
    """The text with control characters escaped: a file's name or content may hold any."""
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )
