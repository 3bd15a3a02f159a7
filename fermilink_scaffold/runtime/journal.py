"""Who may write, and changes of several files: all of them, or after a crash all of them.

Such a change is first written to the journal, as steps that anybody can do (see `redo`).
Whoever writes next and finds the journal of a dead writer does its steps before his own.
"""

from __future__ import annotations

import contextlib
import os

from fermilink_scaffold.runtime import paths
from fermilink_scaffold.runtime.files import exists, home, read_bytes, write_atomic
from fermilink_scaffold.runtime.jsonfile import json_bytes, parse_object
from fermilink_scaffold.runtime.locks import Lock
from fermilink_scaffold.runtime.redo import redo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from fermilink_scaffold.runtime.files import StrPath
    from fermilink_scaffold.runtime.redo import Step

__all__ = ["Writer", "is_unfinished", "recover", "transaction"]

#: Beside the files it is about; it exists only while a change is under way.
_FILENAME = ".transaction.json"
#: Version of its format.
_VERSION = 2
_FILES = (paths.RESULTS_FILENAME, paths.STATE_FILENAME, paths.MEMORY_FILENAME, _FILENAME)


class Writer:
    """The right to change some files, for `with`: their locks, and no unfinished change.

    What a dead writer left in the journal is finished first. Raises OSError.
    """

    def __init__(self, *paths: StrPath) -> None:
        self._lock = Lock(home(path) for path in paths)
        self._journals = {_journal(path) for path in paths}

    def __enter__(self) -> None:
        while True:
            self._lock.__enter__()
            try:
                pending = [journal for journal in self._journals if exists(journal)]
            except BaseException:
                self._lock.__exit__()
                raise
            if not pending:
                return
            # Finishing may need more locks than ours: let go, so that all are taken in order.
            self._lock.__exit__()
            for journal in pending:
                _finish(os.path.dirname(journal) or ".")

    def __exit__(self, *exception: object) -> None:
        self._lock.__exit__(*exception)


def transaction(
    directory: str, steps: Sequence[Step], act: Callable[[], None], undo: Callable[[], None]
) -> None:
    """Call `act` while the journal holds the steps that finish it, or undo it, after a crash.

    The caller is a Writer. Raises what `act` raises, OSError, after `undo`; when that fails
    as well, the journal stays for the next writer.
    """
    journal = os.path.join(directory, _FILENAME)
    write_atomic(journal, json_bytes({"version": _VERSION, "steps": list(steps)}))
    try:
        act()
    except OSError:
        undo()
        os.unlink(journal)
        raise
    # When it cannot go although all is done, who comes next finds that out and tries again.
    with contextlib.suppress(OSError):
        os.unlink(journal)


def recover(project_root: Path) -> bool:
    """Finish what a writer that died had begun; True when there was something.

    Every writer does so before its own change. Raises OSError.
    """
    root = os.fspath(paths.optimize_root(project_root))
    return os.path.isdir(root) and _finish(root)


def is_unfinished(path: StrPath) -> bool:
    """True when a change that `path` takes part in is under way, or was cut short."""
    return exists(_journal(path))


def _journal(path: StrPath) -> str:
    return os.path.join(os.path.dirname(path), _FILENAME)


def _finish(directory: str) -> bool:
    """Do the steps of the directory's journal; True when there was one."""
    journal = os.path.join(directory, _FILENAME)
    with Lock(home(os.path.join(directory, name)) for name in _FILES):
        data = read_bytes(journal)
        if data is None:
            return False
        if _redone(directory, parse_object(data) or {}):
            os.unlink(journal)
        else:
            # Not written by this version: kept for a person, out of the writers' way.
            os.replace(journal, f"{journal}.unreadable")
    return True


def _redone(directory: str, record: Mapping[str, Any]) -> bool:
    """Do the steps of a journal's record; False when this version does not know them."""
    if record.get("version") != _VERSION:
        return False
    try:
        redo(directory, record["steps"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return True
