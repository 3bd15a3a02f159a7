"""The ledger's format: one header, then one row of six columns per judged candidate.

The caller of what writes here has the right to write (see `journal`).
"""

from __future__ import annotations

import os

from fermilink_scaffold.runtime.files import append_whole, open_regular, read_bytes, write_atomic
from fermilink_scaffold.runtime.sections import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from fermilink_scaffold.runtime.files import StrPath

__all__ = [
    "ACCEPTING",
    "COLUMNS",
    "REMARKS",
    "RESULTS_HEADER",
    "add",
    "addition",
    "cells",
    "clean",
    "metric_text",
    "read_rows",
    "recent_rows",
    "row",
    "rows_of",
]

RESULTS_HEADER = (
    "iteration\tcommit\tstatus\tprimary_metric_name\tprimary_metric_value\tdescription\n"
)
COLUMNS = tuple(RESULTS_HEADER.split())
#: The statuses of an outcome that makes its commit the incumbent.
ACCEPTING = frozenset({"accepted", "baseline"})
#: The statuses of rows that judge no candidate.
REMARKS = frozenset({"contract_changed"})

_TABS = RESULTS_HEADER.count("\t")
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


def cells(  # noqa: PLR0913  # one per column
    *,
    iteration: int,
    commit: str,
    status: str,
    primary_metric_name: str,
    primary_metric_value: float | str,
    description: str,
) -> dict[str, str]:
    """The cells of a row by column, cleaned."""
    values = (iteration, commit, status, primary_metric_name)
    value = metric_text(primary_metric_value)
    return dict(zip(COLUMNS, [*map(clean, values), value, clean(description)], strict=True))


def row(cells: Mapping[str, str]) -> str:
    """A row of cleaned cells, without a line ending."""
    return "\t".join(cells[column] for column in COLUMNS)


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
        file, size = open_regular(path)
    except FileNotFoundError:
        return 0, b"", b""
    try:
        return size, os.pread(file, 4096, 0), os.pread(file, 1, max(0, size - 1))
    finally:
        os.close(file)


def add(path: StrPath, data: bytes) -> None:
    """Append `data`, whole or not at all."""
    try:
        append_whole(path, data)
    except FileNotFoundError:
        write_atomic(path, data)


def read_rows(path: StrPath) -> list[dict[str, str]]:
    """All whole rows, the oldest first, without the header; [] when missing."""
    return _parsed(read_bytes(path) or b"")


def rows_of(path: StrPath, iteration: int, commit: str) -> list[dict[str, str]]:
    """The whole rows of this iteration and this cleaned commit."""
    data = read_bytes(path) or b""
    start = encode(f"{clean(iteration)}\t{commit}\t")
    found: list[dict[str, str]] = []
    position = data.find(start)
    while position >= 0:
        end = data.find(b"\n", position)
        if position == 0 or data[position - 1] == 10:
            found += _parsed(data[position : end if end >= 0 else len(data)])
        position = data.find(start, position + 1)
    return found


def recent_rows(path: StrPath, limit: int) -> list[str]:
    """The last `limit` lines that have six columns, the header among them; [] when missing.

    Reads no more of the ledger's end than it needs. Bytes that are not UTF-8 are shown as
    U+FFFD.
    """
    try:
        file, position = open_regular(path)
    except FileNotFoundError:
        return []
    try:
        tail = b""
        block = _BLOCK
        lines: list[str] = []
        while position and len(lines) < limit:
            step = min(block, position)
            position -= step
            tail = os.pread(file, step, position) + tail
            block *= 2
            whole = tail if position == 0 else tail.partition(b"\n")[2]
            lines = _six_columns(whole.decode("utf-8", "replace"))
    finally:
        os.close(file)
    return lines[-limit:] if limit > 0 else []


def _six_columns(text: str) -> list[str]:
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [line for line in lines if line.count("\t") == _TABS]


def _parsed(data: bytes) -> list[dict[str, str]]:
    header = RESULTS_HEADER.rstrip("\n")
    lines = (line for line in _six_columns(decode(data)) if line != header)
    return [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in lines]
