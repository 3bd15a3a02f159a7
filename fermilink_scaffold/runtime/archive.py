"""Moving text out of a memory into its archive beside it: in one of the two, after a crash too.

The archive grows first. The journal says how long it was and what the memory will be, so
that a move that was cut short is taken back.
"""

from __future__ import annotations

import hashlib
import os

from fermilink_scaffold.runtime.clock import utc_now_z
from fermilink_scaffold.runtime.files import append_whole, read_bytes, write_atomic
from fermilink_scaffold.runtime.journal import transaction
from fermilink_scaffold.runtime.redo import redo, retract

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fermilink_scaffold.runtime.files import StrPath
    from fermilink_scaffold.runtime.outline import Section

__all__ = ["archive_path", "move_to_archive"]

_TITLE = b"# FermiLink Optimize Memory Archive\n\nMoved here complete, the oldest first.\n"


def archive_path(path: StrPath) -> str:
    """The archive of a memory: `memory.archive.md` beside `memory.md`."""
    stem, extension = os.path.splitext(os.fspath(path))
    return f"{stem}.archive{extension}"


def move_to_archive(path: StrPath, memory: bytes, moved: Sequence[Section]) -> None:
    """Replace the memory's text and add what was `moved` out of it to its archive.

    The caller has the right to write. Raises OSError, and then both files are as they were.
    """
    archive, directory = archive_path(path), os.path.dirname(path)
    old = read_bytes(archive)
    eol = b"\r\n" if b"\r\n" in memory[:4096] else b"\n"
    text = _title(old, eol) + eol + f"## Archived {utc_now_z()}".encode() + eol + _text(moved, eol)
    steps = [
        retract(
            os.path.basename(archive),
            size=None if old is None else len(old),
            unless=os.path.basename(path),
            sha256=hashlib.sha256(memory).hexdigest(),
        )
    ]

    def act() -> None:
        if old is None:
            write_atomic(archive, text)
        else:
            append_whole(archive, text)
        write_atomic(path, memory)

    transaction(directory, steps, act, lambda: redo(directory, steps))


def _title(old: bytes | None, eol: bytes) -> bytes:
    if old is None:
        return _TITLE.replace(b"\n", eol)
    return b"" if old.endswith(b"\n") or not old else eol


def _text(moved: Sequence[Section], eol: bytes) -> bytes:
    lines = (
        part if part.endswith(b"\n") else part + eol
        for section in moved
        for part in (section.lead, *section.blocks)
    )
    return b"".join(lines)
