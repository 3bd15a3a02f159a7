"""The controller's memory.md: its headings, its first text, and how an event changes it.

The caller of `change_memory` has the right to write (see `journal`).
"""

from __future__ import annotations

from fermilink_scaffold.runtime import sections
from fermilink_scaffold.runtime.clock import utc_now_z
from fermilink_scaffold.runtime.files import create_atomic, write_pieces
from fermilink_scaffold.runtime.rows import ACCEPTING
from fermilink_scaffold.runtime.sections import encode
from fermilink_scaffold.runtime.skeleton import MEMORY_TEMPLATE, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fermilink_scaffold.runtime.files import StrPath

__all__ = [
    "ACCEPTED",
    "LATEST",
    "PROGRESS",
    "REJECTED",
    "UPDATED",
    "change_memory",
    "ensure_memory_file",
    "event_changes",
    "progress_line",
]

LATEST = b"### Latest accepted commit"
PROGRESS = b"### Progress log"
ACCEPTED = b"### Accepted experiments"
REJECTED = b"### Rejected patterns"
UPDATED = b"- last_updated_utc: "

_UNKNOWN = "unknown"


def ensure_memory_file(
    path: StrPath, *, package_id: str, benchmark_id: str, benchmark_rel: str, optimize_branch: str
) -> bool:
    """Seed memory.md, with its parents, unless it is there; True when created."""
    text = _first_text(
        package_id=package_id,
        benchmark_id=benchmark_id,
        benchmark_rel=benchmark_rel,
        optimize_branch=optimize_branch,
    )
    return create_atomic(path, text)


def progress_line(now: str, cells: Mapping[str, str]) -> bytes:
    """The progress log's line about an outcome; its time, in microseconds, makes it unique."""
    return encode(f"- [{now}] {cells['status']}: {cells['description']} {_source(cells)}")


def event_changes(now: str, cells: Mapping[str, str]) -> list[sections.Change]:
    """The edits of memory.md that enter one outcome; `cells` as in the ledger, cleaned.

    `baseline` and `accepted` set the latest accepted commit and add to the accepted
    experiments, any other status to the rejected patterns; all add to the progress log.
    """
    accepted = cells["status"] in ACCEPTING
    entry = encode(f"- [{now}] {cells['description']} {_source(cells)}")
    latest = [
        f"- commit: {cells['commit']}",
        f"- primary_metric: {_metric(cells)}",
        f"- status: {cells['status']}",
    ]
    return [
        *([sections.with_lines(LATEST, [encode(line) for line in latest])] if accepted else []),
        sections.appended(PROGRESS, [progress_line(now, cells)]),
        sections.appended(ACCEPTED if accepted else REJECTED, [entry]),
        sections.metadata(UPDATED, encode(now)),
    ]


def _source(cells: Mapping[str, str]) -> str:
    return f"({cells['commit']}, {_metric(cells)})"


def _metric(cells: Mapping[str, str]) -> str:
    return f"{cells['primary_metric_name']}={cells['primary_metric_value']}"


def change_memory(path: StrPath, data: bytes | None, changes: Sequence[sections.Change]) -> None:
    """Replace a memory, `data` or None when it is missing, by its edited text.

    A missing one is edited as a new one whose ids are `unknown`.
    """
    if data is None:
        data = _first_text(
            package_id=_UNKNOWN,
            benchmark_id=_UNKNOWN,
            benchmark_rel=_UNKNOWN,
            optimize_branch=_UNKNOWN,
        )
    write_pieces(path, sections.apply(data, changes))


def _first_text(**values: str) -> bytes:
    return encode(render(MEMORY_TEMPLATE, {**values, "now_utc": utc_now_z()}))
