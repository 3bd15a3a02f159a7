"""The record of a change to several files that is under way, and who may write meanwhile."""

from __future__ import annotations

import os

from fermilink_scaffold.runtime.files import Lock, exists, home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.runtime.files import StrPath

__all__ = ["JOURNAL_FILENAME", "Writer", "journal_of"]

#: Beside the files it is about; it exists only while a change is under way.
JOURNAL_FILENAME = ".transaction.json"


def journal_of(path: StrPath) -> str:
    """The journal that a change of `path` would be recorded in."""
    return os.path.join(os.path.dirname(path), JOURNAL_FILENAME)


class Writer:
    """The right to change some files, for `with`: their locks, and no unfinished change.

    What a dead writer left in the journal is finished first. Raises OSError.
    """

    def __init__(self, *paths: StrPath) -> None:
        self._lock = Lock(home(path) for path in paths)
        self._journals = {journal_of(path) for path in paths}

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
            from fermilink_scaffold.runtime.recovery import finish

            for journal in pending:
                finish(os.path.dirname(journal) or ".")

    def __exit__(self, *exception: object) -> None:
        self._lock.__exit__(*exception)
