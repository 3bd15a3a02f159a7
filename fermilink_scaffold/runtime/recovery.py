"""Finishing, or undoing, the change that a dead writer left in the journal."""

from __future__ import annotations

import os

from fermilink_scaffold.runtime import paths
from fermilink_scaffold.runtime.archive import ARCHIVE, undo_archive
from fermilink_scaffold.runtime.files import Lock, home, read_bytes
from fermilink_scaffold.runtime.journal import JOURNAL_FILENAME
from fermilink_scaffold.runtime.outcome import OUTCOME, redo_outcome
from fermilink_scaffold.runtime.state import parse_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["finish", "recover"]


def recover(project_root: Path) -> bool:
    """Finish what a writer that died had begun; True when there was something.

    Every writer does so before its own change. Raises OSError.
    """
    root = os.fspath(paths.optimize_root(project_root))
    return os.path.isdir(root) and finish(root)


def finish(root: str) -> bool:
    """Finish the journal of the directory `root`; True when there was one."""
    journal = os.path.join(root, JOURNAL_FILENAME)
    names = (paths.RESULTS_FILENAME, paths.STATE_FILENAME, paths.MEMORY_FILENAME)
    with Lock(home(os.path.join(root, name)) for name in (*names, JOURNAL_FILENAME)):
        data = read_bytes(journal)
        if data is None:
            return False
        record = parse_object(data) or {}
        kind = record.get("kind")
        if kind == OUTCOME:
            redo_outcome(root, record)
            os.unlink(journal)
        elif kind == ARCHIVE:
            undo_archive(root, record)
            os.unlink(journal)
        else:
            # Not written by this version: kept for a person, out of the writers' way.
            os.replace(journal, f"{journal}.unreadable")
    return True
