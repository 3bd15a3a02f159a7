"""The ledger results.tsv on disk: created once, and then only ever appended to."""

from __future__ import annotations

from fermilink_scaffold.runtime import rows
from fermilink_scaffold.runtime.files import create_atomic
from fermilink_scaffold.runtime.journal import Writer
from fermilink_scaffold.runtime.sections import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.runtime.files import StrPath

__all__ = ["append_result", "ensure_results_file", "recent_results_text"]


def append_result(  # noqa: PLR0913  # FermiLink's signature
    path: StrPath,
    *,
    iteration: int,
    commit: str,
    status: str,
    primary_metric_name: str,
    primary_metric_value: float | str,
    description: str,
) -> None:
    """Add one row to the ledger, the header first where there is nothing yet.

    Raises OSError, and then the ledger is as it was.
    """
    cells = rows.cells(
        iteration=iteration,
        commit=commit,
        status=status,
        primary_metric_name=primary_metric_name,
        primary_metric_value=primary_metric_value,
        description=description,
    )
    with Writer(path):
        rows.add(path, rows.addition(path, rows.row(cells))[1])


def ensure_results_file(path: StrPath) -> bool:
    """Create an empty ledger, with its parents, unless there is one; True when created."""
    return create_atomic(path, encode(rows.RESULTS_HEADER))


def recent_results_text(path: StrPath, *, limit: int = 8) -> str:
    """The last `limit` lines of the ledger, "" when it is missing.

    Lines without six columns (an interrupted write of another program) are skipped; bytes
    that are not UTF-8 are shown as U+FFFD.
    """
    return "\n".join(rows.recent_rows(path, limit))
