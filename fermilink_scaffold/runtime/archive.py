"""Moving text out of a memory into its archive beside it: in one of the two, after a crash too.

The archive grows first. The journal says how long it was and what the memory will be, so
that a move that was cut short is taken back.
"""

from __future__ import annotations

import contextlib
import os

from fermilink_scaffold.runtime.files import append_whole, read_bytes, remove, write_atomic
from fermilink_scaffold.runtime.journal import journal_of
from fermilink_scaffold.runtime.memory import utc_now_z
from fermilink_scaffold.runtime.state import json_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.runtime.files import StrPath
    from fermilink_scaffold.runtime.outline import Section

__all__ = ["ARCHIVE", "archive_path", "move_to_archive", "undo_archive"]

#: The journal's `kind` of a move.
ARCHIVE = "archive"

_TITLE = b"# FermiLink Optimize Memory Archive\n\nMoved here complete, the oldest first.\n"


def archive_path(path: StrPath) -> str:
    """The archive of a memory: `memory.archive.md` beside `memory.md`."""
    stem, extension = os.path.splitext(os.fspath(path))
    return f"{stem}.archive{extension}"


def move_to_archive(path: StrPath, memory: bytes, moved: Sequence[Section]) -> None:
    """Replace the memory's text and add what was `moved` out of it to its archive.

    The caller has the right to write. Raises OSError, and then both files are as they were.
    """
    archive = archive_path(path)
    old = read_bytes(archive)
    eol = b"\r\n" if b"\r\n" in memory[:4096] else b"\n"
    text = _title(old, eol) + eol + f"## Archived {utc_now_z()}".encode() + eol + _text(moved, eol)
    record = {
        "kind": ARCHIVE,
        "memory": os.path.basename(path),
        "memory_sha256": _sha256(memory),
        "archive_size": None if old is None else len(old),
    }
    journal = journal_of(path)
    write_atomic(journal, json_bytes(record))
    try:
        if old is None:
            write_atomic(archive, text)
        else:
            append_whole(archive, text)
        write_atomic(path, memory)
    except OSError:
        undo_archive(os.path.dirname(path), record)
        os.unlink(journal)
        raise
    # When it cannot go although all is done, who comes next finds that out and tries again.
    with contextlib.suppress(OSError):
        os.unlink(journal)


def undo_archive(root: str, record: Mapping[str, Any]) -> None:
    """Take back what was added to the archive, unless the memory was replaced as well."""
    path = os.path.join(root, record["memory"])
    if _sha256(read_bytes(path) or b"") == record["memory_sha256"]:
        return
    archive, size = archive_path(path), record["archive_size"]
    if size is None:
        remove(archive)
    elif os.path.getsize(archive) > size:
        os.truncate(archive, size)


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


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()
