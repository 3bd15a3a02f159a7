"""The two memories: memory.md of the controller and worker_memory.md of the worker."""

from __future__ import annotations

import time

from fermilink_scaffold.runtime import sections
from fermilink_scaffold.runtime.files import (
    create_atomic,
    make_parents,
    read_bytes,
    write_atomic,
    write_pieces,
)
from fermilink_scaffold.runtime.journal import Writer
from fermilink_scaffold.runtime.ledger import clean, metric_text
from fermilink_scaffold.runtime.paths import WORKER_MEMORY_FILENAME
from fermilink_scaffold.runtime.sections import encode
from fermilink_scaffold.runtime.skeleton import MEMORY_TEMPLATE, WORKER_MEMORY_TEMPLATE, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fermilink_scaffold.runtime.files import StrPath

__all__ = [
    "ACCEPTED",
    "ACCEPTING",
    "LATEST",
    "PROGRESS",
    "REJECTED",
    "UPDATED",
    "archive_worker_memory",
    "change_memory",
    "ensure_memory_file",
    "event_changes",
    "record_campaign_event",
    "reset_worker_memory_file",
    "utc_now_z",
]

LATEST = b"### Latest accepted commit"
PROGRESS = b"### Progress log"
ACCEPTED = b"### Accepted experiments"
REJECTED = b"### Rejected patterns"
UPDATED = b"- last_updated_utc: "

#: The statuses of an event that makes its commit the latest accepted one.
ACCEPTING = frozenset({"accepted", "baseline"})

_UNKNOWN = "unknown"


def utc_now_z() -> str:
    """Now, ISO 8601 in UTC with microseconds, e.g. `2026-01-02T03:04:05.678901Z`."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{stamp}.{nanoseconds // 1000:06d}Z"


def ensure_memory_file(
    path: StrPath, *, package_id: str, benchmark_id: str, benchmark_rel: str, optimize_branch: str
) -> bool:
    """Seed memory.md, with its parents, unless it is there; True when created."""
    text = _memory_text(
        package_id=package_id,
        benchmark_id=benchmark_id,
        benchmark_rel=benchmark_rel,
        optimize_branch=optimize_branch,
    )
    return create_atomic(path, text)


def reset_worker_memory_file(  # noqa: PLR0913  # FermiLink's signature
    path: StrPath,
    *,
    package_id: str,
    benchmark_id: str,
    benchmark_rel: str,
    program_rel: str,
    controller_memory_rel: str,
    results_rel: str,
    worker_iteration: int,
) -> None:
    """Write worker_memory.md anew, for the iteration that begins. Raises OSError."""
    values = {
        "package_id": package_id,
        "benchmark_id": benchmark_id,
        "benchmark_rel": benchmark_rel,
        "program_rel": program_rel,
        "controller_memory_rel": controller_memory_rel,
        "results_rel": results_rel,
        "worker_iteration": str(worker_iteration),
        "now_utc": utc_now_z(),
    }
    with Writer(path):
        write_atomic(path, encode(render(WORKER_MEMORY_TEMPLATE, values)))


def archive_worker_memory(source_path: Path, run_dir: Path) -> Path | None:
    """Copy the worker's memory into the iteration's directory; None when there is none."""
    data = read_bytes(source_path)
    if data is None:
        return None
    target = run_dir / WORKER_MEMORY_FILENAME
    make_parents(target)
    write_atomic(target, data)
    return target


def record_campaign_event(  # noqa: PLR0913  # FermiLink's signature
    path: StrPath,
    *,
    commit: str,
    primary_metric_name: str,
    primary_metric_value: float | str,
    status: str,
    description: str,
) -> None:
    """Enter one judged candidate in memory.md, which is created when it is missing.

    `baseline` and `accepted` set the latest accepted commit and add to the accepted
    experiments, any other status to the rejected patterns; all add to the progress log.
    Raises OSError, and then the memory is as it was.
    """
    with Writer(path):
        changes = event_changes(
            now=utc_now_z(),
            commit=commit,
            primary_metric_name=primary_metric_name,
            primary_metric_value=primary_metric_value,
            status=status,
            description=description,
        )
        change_memory(path, read_bytes(path), changes)


def event_changes(  # noqa: PLR0913  # as `record_campaign_event`
    *,
    now: str,
    commit: str,
    primary_metric_name: str,
    primary_metric_value: float | str,
    status: str,
    description: str,
) -> list[sections.Change]:
    """The edits of memory.md that enter one event; `now` as `utc_now_z` gives it."""
    commit, status, text = clean(commit), clean(status), clean(description)
    metric = f"{clean(primary_metric_name)}={metric_text(primary_metric_value)}"
    accepted = status in ACCEPTING
    progress = encode(f"- [{now}] {status}: {text} ({commit}, {metric})")
    entry = encode(f"- [{now}] {text} ({commit}, {metric})")
    latest = [f"- commit: {commit}", f"- primary_metric: {metric}", f"- status: {status}"]
    return [
        *([sections.with_lines(LATEST, [encode(line) for line in latest])] if accepted else []),
        sections.appended(PROGRESS, [progress]),
        sections.appended(ACCEPTED if accepted else REJECTED, [entry]),
        sections.metadata(UPDATED, encode(now)),
    ]


def change_memory(path: StrPath, data: bytes | None, changes: Sequence[sections.Change]) -> None:
    """Replace a memory, `data` or None when it is missing, by its edited text.

    A missing one is edited as a new one whose ids are `unknown`. The caller has the right
    to write.
    """
    if data is None:
        data = _memory_text(
            package_id=_UNKNOWN,
            benchmark_id=_UNKNOWN,
            benchmark_rel=_UNKNOWN,
            optimize_branch=_UNKNOWN,
        )
    write_pieces(path, sections.apply(data, changes))


def _memory_text(**values: str) -> bytes:
    return encode(render(MEMORY_TEMPLATE, {**values, "now_utc": utc_now_z()}))
