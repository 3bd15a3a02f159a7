"""The worker's memory: written anew for each iteration, and kept with the iteration's logs."""

from __future__ import annotations

from fermilink_scaffold.runtime.clock import utc_now_z
from fermilink_scaffold.runtime.files import make_parents, read_bytes, write_atomic
from fermilink_scaffold.runtime.journal import Writer
from fermilink_scaffold.runtime.paths import WORKER_MEMORY_FILENAME
from fermilink_scaffold.runtime.sections import encode
from fermilink_scaffold.runtime.skeleton import WORKER_MEMORY_TEMPLATE, render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from fermilink_scaffold.runtime.files import StrPath

__all__ = ["archive_worker_memory", "reset_worker_memory_file"]


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
