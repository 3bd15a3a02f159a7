"""How honest and how cheap the runner is: each figure beside its goal, nothing asserted."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from runner import hostile
from runner.harness import Workbench, living, python

if TYPE_CHECKING:
    from pathlib import Path

    from bench.conftest import Report

pytestmark = pytest.mark.bench

KINDS = [kind.__name__ for kind in hostile.KINDS]
NAP = ["sleep", "0.05"]
#: A small process that starts a command as often as told and prints each blocking wait: in turn
#: in its own session and in a new one, which every case gets. On a busy machine Linux
#: (sched_autogroup) makes a new session wait longer for a processor, whoever measures it.
BARE = """
import os, subprocess, sys, time
for turn in range(2 * int(sys.argv[1])):
    begun = time.monotonic()
    child = subprocess.Popen(
        sys.argv[2:],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=bool(turn % 2),
    )
    os.wait4(child.pid, 0)
    print(time.monotonic() - begun)
    child.returncode = 0
"""


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(str(tmp_path / "project"))


def bare(bench: Workbench, command: list[str], times: int) -> tuple[list[float], list[float]]:
    """Blocking waits in the environment that the runner gives: same session, new session."""
    result(bench, [{"id": "a", "command": ["sh", "-c", "env -0 >environment"]}])
    with open(bench.path("environment"), "rb") as file:
        entries = os.fsdecode(file.read()).split("\0")
    env = dict(entry.split("=", 1) for entry in entries if entry)
    done = subprocess.run(
        [*python(BARE), str(times), *command], env=env, capture_output=True, text=True, check=True
    )
    seconds = [float(line) for line in done.stdout.split()]
    return seconds[::2], seconds[1::2]


def result(bench: Workbench, cases: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    bench.contract(*cases, controller={"timeout_seconds": 1500})
    return bench.result(timeout=1600, **options)


def samples(outcome: dict[str, Any], key: str) -> list[float]:
    return [value for case in outcome["measurement"]["cases"].values() for value in case[key]]


def timed_peak(command: list[str]) -> int:
    """Bytes, from /usr/bin/time."""
    timed = subprocess.run(
        ["/usr/bin/time", "-v", *command], capture_output=True, text=True, check=True
    )
    found = re.search(r"Maximum resident set size \(kbytes\): (\d+)", timed.stderr)
    assert found is not None
    return int(found.group(1)) * 1024


def test_timing_bias(bench: Workbench, report: Report) -> None:
    same: list[float] = []
    alone: list[float] = []
    measured: list[float] = []
    for _ in range(8):
        for all_seconds, seconds in zip((same, alone), bare(bench, NAP, 10), strict=True):
            all_seconds.extend(seconds)
        measured += samples(
            result(bench, [{"id": "a", "command": NAP, "repeats": 10}]), "wall_seconds"
        )
    bias = statistics.median(measured) - statistics.median(alone)
    report(
        name="timing bias against a bare wait",
        value=f"{1000 * bias:+.2f} ms",
        goal="<= 1 ms",
        detail=f"medians of 80, {1000 * statistics.median(measured):.2f} ms "
        f"and {1000 * statistics.median(alone):.2f} ms in a new session too; "
        f"{1000 * statistics.median(same):.2f} ms without, load {os.getloadavg()[0]:.1f}",
    )


def test_overhead_per_case(bench: Workbench, report: Report) -> None:
    metrics = {"x": {"find": "x"}}
    few: list[float] = []
    many: list[float] = []
    alone: list[float] = []
    for _ in range(5):
        alone += bare(bench, ["echo", "x = 1"], 20)[1]
        for count, seconds in ((1, few), (51, many)):
            cases = [
                {"id": f"c{n}", "command": ["echo", "x = 1"], "metrics": metrics}
                for n in range(count)
            ]
            seconds.append(result(bench, cases)["measurement"]["seconds"])
    command = statistics.median(alone)
    each = statistics.median((m - f) / 50 for m, f in zip(many, few, strict=True)) - command
    report(
        name="overhead per case",
        value=f"{1000 * each:.2f} ms",
        goal="<= 5 ms",
        detail=f"one metric; the command itself takes {1000 * command:.2f} ms",
    )


def test_peak_memory(bench: Workbench, report: Report) -> None:
    if not os.path.exists("/usr/bin/time"):
        pytest.skip("there is no /usr/bin/time here")
    differences = []
    for megabytes in (40, 100, 300):
        code = f"b = bytearray({megabytes} << 20)\nfor i in range(0, len(b), 4096): b[i] = 1"
        ratios = []
        for _ in range(3):
            theirs = timed_peak(python(code))
            measured = result(bench, [{"id": "a", "command": python(code)}])
            ratios.append(samples(measured, "peak_rss_bytes")[0] / theirs)
        differences.append(statistics.median(ratios) - 1)
    floor = result(bench, [{"id": "a", "command": ["true"]}])["measurement"]["rss_floor_bytes"]
    report(
        name="peak RSS against /usr/bin/time -v",
        value=f"{max(differences, key=abs):+.2%}",
        goal="within 1 %",
        detail=f"the worst of 40, 100 and 300 MiB, medians of 3 pairs; the floor is {floor / 2**20:.1f} MiB",
    )


def test_time_until_everything_is_dead(bench: Workbench, report: Report) -> None:
    limit, late = 0.5, []
    for kind in KINDS:
        tree = [sys.executable, "-I", "-S", hostile.__file__, kind, "bench", "hang"]
        case = {"id": kind, "command": tree, "timeout_seconds": limit}
        for _ in range(3):
            outcome = result(bench, [case])
            assert outcome["cases"][0]["error"] == "time-out: still running after 0.5 s"
            late.append((samples(outcome, "wall_seconds")[0] - limit, kind))
    assert living(f"{hostile.__file__} ") == []
    report(
        name="time-out to everything dead",
        value=f"{1000 * max(late)[0]:.0f} ms",
        goal="<= 100 ms",
        detail=f"worst of {len(late)} hostile trees ({max(late)[1]}); "
        f"median {1000 * statistics.median(seconds for seconds, _ in late):.0f} ms",
    )


FLOOD = """
import os, sys
block = b"a line of output that says nothing\\n" * 2000
for _ in range((1 << 30) // len(block)):
    os.write(1, block)
"""


def test_own_memory_with_a_flood(bench: Workbench, report: Report) -> None:
    outcome = result(bench, [{"id": "a", "command": python(FLOOD)}])
    peak = outcome["measurement"]["runner_peak_rss_bytes"]
    report(
        name="runner's own RSS with 1 GiB of output",
        value=f"{peak / 2**20:.1f} MiB",
        goal="<= 32 MiB",
        detail=f"drained in {outcome['cases'][0]['wall_seconds']:.1f} s",
    )


def test_a_thousand_hostile_trees(bench: Workbench, report: Report) -> None:
    mark = f"mark-{uuid.uuid4().hex}"
    trees = [
        {
            "id": f"t{number}",
            "command": [
                sys.executable,
                "-I",
                "-S",
                hostile.__file__,
                KINDS[number % len(KINDS)],
                mark,
            ],
        }
        for number in range(1000)
    ]
    outcome = result(bench, trees)
    noticed = sum("left running" in row["error"] for row in outcome["cases"])
    report(
        name="survivors of 1,000 hostile trees",
        value=str(len(living(mark))),
        goal="0",
        detail=f"{noticed} trees noticed; {json.dumps(len(KINDS))} kinds",
    )
