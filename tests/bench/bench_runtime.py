"""What the runtime costs beside the bare reads and writes, and beside the reference.

Times are taken in turn, so that a machine that is busy is busy for all; the median counts.
"""

from __future__ import annotations

import importlib.util
import os
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bench.timing import Program, medians
from interop.registry import download_sdist

from fermilink_scaffold import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.conftest import Report

pytestmark = pytest.mark.bench

FERMILINK = "fermilink==0.3.10"
WRITER = Path(__file__).with_name("runtime_writer.py")
ROOT = Path(__file__).parents[2]
EVENT = {
    "commit": "abc123def456",
    "primary_metric_name": "weighted_median_wall_seconds",
    "primary_metric_value": 1.5,
    "description": "reorder the loops of the kernel",
}


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Something to be timed."""

    act: Callable[[], object]
    #: Called before each run, not timed.
    prepare: Callable[[], object] | None = None


def in_turn(actions: Mapping[str, Timed], *, runs: int) -> dict[str, float]:
    """Median seconds of each action; the order is shuffled each time, a first run not counted."""
    samples: dict[str, list[float]] = {name: [] for name in actions}
    shuffled = random.Random(0)
    for turn in range(runs + 1):
        for name in shuffled.sample(list(actions), len(actions)):
            action = actions[name]
            if action.prepare is not None:
                action.prepare()
            begin = time.perf_counter()
            action.act()
            seconds = time.perf_counter() - begin
            if turn:
                samples[name].append(seconds)
    return {name: statistics.median(values) for name, values in samples.items()}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """FermiLink's campaign-state module; it needs nothing but the standard library."""
    source = download_sdist(FERMILINK, tmp_path_factory.mktemp("fermilink"))
    path = source / "src" / "fermilink" / "optimize" / "state.py"
    spec = importlib.util.spec_from_file_location("reference_state", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def memory(path: Path, size: int, *, kind: str) -> bytes:
    """A memory of about `size` bytes; half of it is progress log.

    `fenced` has a code block in every tenth entry.
    """
    runtime.ensure_memory_file(
        path, package_id="p", benchmark_id="b", benchmark_rel="r", optimize_branch="o"
    )
    what = {
        "plain": "reorder the loops of the kernel, and what came of it",
        "marked": "reorder `kernel_a` and #12: ~3 % faster, `kernel_b` slower",
        "fenced": "reorder the loops of the kernel, and what came of it",
    }[kind]
    block = "  ```\n  ## code\n  - none yet\n  ```\n" if kind == "fenced" else ""
    rows = []
    written = 0
    while written < size // 2:
        number = len(rows)
        rows.append(
            f"- [2026-01-02T03:04:05.{number % 10**6:06}Z] {what} ({number:012x}, m={number})\n"
        )
        if number % 10 == 0:
            rows[-1] += block
        written += len(rows[-1])
    text = path.read_text()
    half = len(rows) // 2
    text = text.replace("- Campaign initialized.\n", "".join(rows))
    text = text.replace(
        "### Accepted experiments\n- none yet\n",
        "### Accepted experiments\n" + "".join(rows[:half]),
    )
    text = text.replace(
        "### Rejected patterns\n- none yet\n", "### Rejected patterns\n" + "".join(rows[half:])
    )
    path.write_text(text)
    return text.encode()


def rewrite(path: Path) -> None:
    """Read, write a temporary file, sync, rename: the least that keeps a file whole."""
    data = path.read_bytes()
    temporary = f"{path}.tmp"
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(file, data)
    os.fsync(file)
    os.close(file)
    os.replace(temporary, path)


@pytest.mark.parametrize("kind", ["plain", "marked", "fenced"])
@pytest.mark.parametrize("status", ["rejected", "accepted"])
def test_an_event_on_a_large_memory(
    tmp_path: Path, reference: Any, report: Report, kind: str, status: str
) -> None:
    ours, bare, theirs = (tmp_path / name for name in ("ours.md", "bare.md", "theirs.md"))
    data = memory(ours, 13_000_000, kind=kind)
    bare.write_bytes(data)
    theirs.write_bytes(data)
    event = {**EVENT, "status": status}
    times = in_turn(
        {
            "ours": Timed(act=lambda: runtime.record_campaign_event(ours, **event)),
            "bare": Timed(act=lambda: rewrite(bare)),
        },
        runs=15,
    )
    # By itself: it takes the heap apart, and whoever comes next pays for that with page faults.
    times |= in_turn(
        {"theirs": Timed(act=lambda: reference.record_campaign_event(theirs, **event))}, runs=3
    )
    report(
        name=f"event on 13 MB, {kind}, {status}",
        value=f"{times['ours'] / times['bare']:.2f}x",
        goal="<= 2x",
        detail=(
            f"{1e3 * times['ours']:.1f} ms / {1e3 * times['bare']:.1f} ms read and rewritten; "
            f"the reference {times['theirs'] / times['bare']:.1f}x"
        ),
    )


def test_an_event_on_a_small_memory(
    tmp_path: Path, reference: Any, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = (tmp_path / name for name in ("ours.md", "theirs.md"))
    data = memory(ours, 2_200, kind="plain")
    event = {**EVENT, "status": "accepted"}
    fsync = os.fsync
    syncs: list[float] = []

    def timed(file: int) -> None:
        begin = time.perf_counter()
        fsync(file)
        syncs[-1] += time.perf_counter() - begin

    def prepare() -> None:
        ours.write_bytes(data)
        syncs.append(0.0)

    monkeypatch.setattr(os, "fsync", timed)
    times = in_turn(
        {
            "ours": Timed(
                act=lambda: runtime.record_campaign_event(ours, **event), prepare=prepare
            ),
            "theirs": Timed(
                act=lambda: reference.record_campaign_event(theirs, **event),
                prepare=lambda: theirs.write_bytes(data),
            ),
        },
        runs=500,
    )
    synced = statistics.median(syncs)
    report(
        name=f"event on {len(data) / 1000:.1f} KB",
        value=f"{times['ours'] / (1.3 * times['theirs'] + synced):.2f}x",
        goal="<= 1x",
        detail=(
            f"{1e6 * times['ours']:.0f} us / (1.3 * {1e6 * times['theirs']:.0f} us reference "
            f"+ {1e6 * synced:.0f} us in our syncs)"
        ),
    )


def test_a_recorded_outcome(tmp_path: Path, report: Report) -> None:
    """No goal: what the transaction costs beside the memory's event alone."""
    path = runtime.memory_path(tmp_path)
    path.parent.mkdir()
    data = memory(path, 30_000, kind="plain")
    numbers = iter(range(10_000))
    event = {**EVENT, "status": "rejected"}
    times = in_turn(
        {
            "outcome": Timed(
                act=lambda: runtime.record_outcome(tmp_path, iteration=next(numbers), **event),
                prepare=lambda: path.write_bytes(data),
            ),
            "event": Timed(
                act=lambda: runtime.record_campaign_event(path, **event),
                prepare=lambda: path.write_bytes(data),
            ),
        },
        runs=100,
    )
    report(
        name="outcome in ledger, state and memory",
        value=f"{times['outcome'] / times['event']:.1f}x",
        goal="none",
        detail=f"{1e3 * times['outcome']:.2f} ms / {1e3 * times['event']:.2f} ms for its event alone",
    )


@pytest.mark.parametrize("bytecode", [True, False], ids=["compiled", "not-compiled"])
def test_importing(tmp_path: Path, report: Report, bytecode: bool) -> None:  # noqa: FBT001
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment["PYTHONPATH"] = str(ROOT)
    if bytecode:
        environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)
    else:
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment["PYTHONPYCACHEPREFIX"] = str(tmp_path / "empty")

    def python(code: str) -> Program:
        return Program(command=[sys.executable, "-c", code], cwd=str(tmp_path))

    times = medians(
        {"import": python("import fermilink_scaffold.runtime"), "pass": python("pass")},
        runs=40,
        environment=environment,
    )
    report(
        name="import fermilink_scaffold.runtime" + ("" if bytecode else ", no bytecode"),
        value=f"{times['import'] / times['pass']:.2f}x",
        goal="<= 2x",
        detail=f"{1e3 * times['import']:.1f} ms / {1e3 * times['pass']:.1f} ms",
    )


def test_status_of_a_million_rows(tmp_path: Path, report: Report) -> None:
    path = runtime.results_path(tmp_path)
    path.parent.mkdir()
    with path.open("w") as file:
        file.write(runtime.RESULTS_HEADER)
        file.writelines(
            f"{number}\t{number:012x}\trejected\tm\t{number / 7:.12g}\treorder the loops\n"
            for number in range(1_000_000)
        )
    times = in_turn(
        {
            "status": Timed(act=lambda: runtime.campaign_status(tmp_path)),
            "read": Timed(act=path.read_bytes),
        },
        runs=9,
    )
    read = f"import sys; open({str(path)!r}, 'rb').read()"
    processes = medians(
        {
            "status": Program(
                command=[sys.executable, "-m", "fermilink_scaffold", "status", str(tmp_path)],
                cwd=str(tmp_path),
            ),
            "read": Program(command=[sys.executable, "-c", read], cwd=str(tmp_path)),
        },
        runs=9,
        environment={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode"),
        },
    )
    for name, both in (("in one process", times), ("whole processes", processes)):
        report(
            name=f"status of 1,000,000 rows, {name}",
            value=f"{both['status'] / both['read']:.2f}x",
            goal="< 1.5x",
            detail=f"{1e3 * both['status']:.1f} ms / {1e3 * both['read']:.1f} ms to read it once",
        )


def rate(path: Path, *, writers: int, events: int) -> float:
    """Events per second of all writers together, from the moment that all are ready."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [sys.executable, str(WRITER), str(path), str(events // writers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        for _ in range(writers)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    begin = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    return events / (time.perf_counter() - begin)


def test_concurrent_writers(tmp_path: Path, report: Report) -> None:
    rates: dict[int, list[float]] = {1: [], 32: []}
    for turn in range(3):
        for writers, measured in rates.items():
            path = tmp_path / f"{turn}-{writers}" / "memory.md"
            measured.append(rate(path, writers=writers, events=3200))
            assert path.read_text().count("rejected: tried it") == 3200
    one, many = (statistics.median(rates[writers]) for writers in (1, 32))
    report(
        name="events per second, 32 writers beside one",
        value=f"{many / one:.2f}x",
        goal=">= 0.5x",
        detail=f"{many:.0f} / {one:.0f}",
    )
