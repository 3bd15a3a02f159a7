"""The ledger results.tsv: one header, then one row per judged candidate, only ever appended."""

from __future__ import annotations

import os

from fermilink_scaffold.runtime.files import append_whole, create_atomic, write_atomic
from fermilink_scaffold.runtime.journal import Writer
from fermilink_scaffold.runtime.sections import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.runtime.files import StrPath

__all__ = [
    "RESULTS_HEADER",
    "TABS",
    "add",
    "addition",
    "append_result",
    "clean",
    "ensure_results_file",
    "metric_text",
    "recent_results_text",
    "recent_rows",
    "row",
]

RESULTS_HEADER = (
    "iteration\tcommit\tstatus\tprimary_metric_name\tprimary_metric_value\tdescription\n"
)

#: Tabs of a whole row: six columns.
TABS = RESULTS_HEADER.count("\t")
#: Bytes that are read at a time from the ledger's end.
_BLOCK = 1 << 16


def clean(value: object) -> str:
    """Text for one cell: white space of any kind becomes one space; None is empty."""
    return "" if value is None else " ".join(str(value).split())


def metric_text(value: float | str) -> str:
    """A metric's value for a cell: numbers as `.12g`, anything else cleaned."""
    if isinstance(value, (int, float)):
        try:
            return format(value, ".12g")
        except OverflowError:
            return str(value)
    return clean(value)


def row(  # noqa: PLR0913  # one per column
    *,
    iteration: int,
    commit: str,
    status: str,
    primary_metric_name: str,
    primary_metric_value: float | str,
    description: str,
) -> str:
    """The row's six cells, without a line ending."""
    cells = (iteration, commit, status, primary_metric_name)
    value = metric_text(primary_metric_value)
    return "\t".join([*map(clean, cells), value, clean(description)])


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
    line = row(
        iteration=iteration,
        commit=commit,
        status=status,
        primary_metric_name=primary_metric_name,
        primary_metric_value=primary_metric_value,
        description=description,
    )
    with Writer(path):
        add(path, addition(path, line)[1])


def addition(path: StrPath, line: str) -> tuple[int, bytes]:
    """The ledger's size, 0 when it is missing, and the bytes that add `line` to it.

    The header goes before the first row only; a last line without an ending gets one; the
    line ending is that of the first line.
    """
    size, first, last = _ends(path)
    if size == 0:
        return 0, encode(f"{RESULTS_HEADER}{line}\n")
    before, newline, _ = first.partition(b"\n")
    eol = b"\r\n" if newline and before.endswith(b"\r") else b"\n"
    return size, (b"" if last == b"\n" else eol) + encode(line) + eol


def _ends(path: StrPath) -> tuple[int, bytes, bytes]:
    """Size, first bytes and last byte of a file; as if empty when it is missing."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return 0, b"", b""
    try:
        size = os.fstat(file).st_size
        return size, os.pread(file, 4096, 0), os.pread(file, 1, max(0, size - 1))
    finally:
        os.close(file)


def add(path: StrPath, data: bytes) -> None:
    """Append `data`, whole or not at all; the caller has the right to write."""
    try:
        append_whole(path, data)
    except FileNotFoundError:
        write_atomic(path, data)


def ensure_results_file(path: StrPath) -> bool:
    """Create an empty ledger, with its parents, unless there is one; True when created."""
    return create_atomic(path, encode(RESULTS_HEADER))


def recent_results_text(path: StrPath, *, limit: int = 8) -> str:
    """The last `limit` lines of the ledger, "" when it is missing.

    Lines without six columns (an interrupted write of another program) are skipped; bytes
    that are not UTF-8 are shown as U+FFFD.
    """
    return "\n".join(recent_rows(path, limit))


def recent_rows(path: StrPath, limit: int) -> list[str]:
    """The last `limit` lines that have six columns, the header among them; [] when missing.

    Reads no more of the ledger's end than it needs.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return []
    try:
        position = os.fstat(file).st_size
        tail = b""
        block = _BLOCK
        lines: list[str] = []
        while position and len(lines) < limit:
            step = min(block, position)
            position -= step
            tail = os.pread(file, step, position) + tail
            block *= 2
            whole = tail if position == 0 else tail.partition(b"\n")[2]
            lines = _six_columns(whole)
    finally:
        os.close(file)
    return lines[-limit:] if limit > 0 else []


def _six_columns(data: bytes) -> list[str]:
    lines = (line.removesuffix("\r") for line in data.decode("utf-8", "replace").split("\n"))
    return [line for line in lines if line.count("\t") == TABS]
