"""Adding lines to git's exclude file, and taking them back."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from fermilink_scaffold.records import Record
from fermilink_scaffold.workspace.excludes import exclude_file, missing_lines
from fermilink_scaffold.workspace.writing import naming

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Appended", "append_excludes"]


class Appended(Record):
    """What was done to the exclude file, and how to take it back without needing space."""

    #: The file; None when it had all lines already.
    path: str | None = None
    #: Sizes in bytes before and after; None before when the file is new.
    before: int | None = None
    after: int = 0
    #: The directory, when it had to be made.
    directory: str | None = None

    def undo(self) -> None:
        """Take the lines back, unless somebody else wrote to the file since."""
        with suppress(OSError):
            if self.path is not None and os.stat(self.path).st_size == self.after:
                if self.before is None:
                    os.unlink(self.path)
                else:
                    os.truncate(self.path, self.before)
        with suppress(OSError):
            if self.directory is not None:
                os.rmdir(self.directory)


def append_excludes(root: str, patterns: Sequence[str]) -> Appended:
    """One append: the file keeps its identity, its mode, and what others have in it."""
    path = os.path.realpath(exclude_file(root))
    with naming(path):
        directory = os.path.dirname(path)
        made = None if os.path.isdir(directory) else directory
        try:
            with open(path, "rb") as stream:
                existing = stream.read()
            before: int | None = len(existing)
        except FileNotFoundError:
            existing, before = b"", None
        lines = missing_lines(existing, patterns)
        if not lines:
            return Appended()
        if made is not None:
            os.mkdir(directory)
        done = Appended(path=path, before=before, after=len(existing), directory=made)
        try:
            _append(path, lines)
        except BaseException:
            # A full disk may have taken a part of the lines: the size tells nothing.
            with suppress(OSError):
                done = Appended(
                    path=path, before=before, after=os.stat(path).st_size, directory=made
                )
            done.undo()
            raise
    return Appended(path=path, before=before, after=len(existing) + len(lines), directory=made)


def _append(path: str, lines: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    try:
        rest = memoryview(lines)
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)
