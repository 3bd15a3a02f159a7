"""Writes that the kernel stops half-way: the process may write no file beyond a size."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from runtime.campaign import outcome, told

from fermilink_scaffold.runtime import (
    disagreements,
    ensure_memory_file,
    memory_path,
    optimize_root,
    results_path,
    state_path,
    write_state,
)

#: Prints the error's number, when the call raises one.
SCRIPT = """
import resource, signal, sys
from pathlib import Path
from fermilink_scaffold import runtime
project, what, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
cells = dict(commit="c9", status="rejected", primary_metric_name="m", primary_metric_value=1,
    description="d 9 " + "x" * 2000)
write = {
    "event": lambda: runtime.record_campaign_event(runtime.memory_path(project), **cells),
    "row": lambda: runtime.append_result(runtime.results_path(project), iteration=9, **cells),
    "state": lambda: runtime.write_state(runtime.state_path(project), {"a": "x" * 9000}),
    "outcome": lambda: runtime.record_outcome(project, iteration=9, **cells),
}[what]
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
if sys.argv[4:] == ["dies"]:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
try:
    write()
except OSError as error:
    print(error.errno)
"""


def limited(project, what, limit, *, dies=False):
    completed = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(project), what, str(limit), *["dies"] * dies],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert completed.returncode == (-signal.SIGXFSZ if dies else 0), completed.stderr
    return completed.stdout


@pytest.fixture
def project(tmp_path):
    optimize_root(tmp_path).mkdir()
    ensure_memory_file(
        memory_path(tmp_path),
        package_id="p",
        benchmark_id="b",
        benchmark_rel="r",
        optimize_branch="o",
    )
    for iteration in range(1, 4):
        outcome(tmp_path, iteration)
    return tmp_path


@pytest.mark.parametrize("what", ["event", "row", "state", "outcome"])
def test_a_write_that_is_stopped_leaves_the_files_as_they_were(project, what):
    write_state(state_path(project), {"accepted_count": 2, "rejected_count": 1, "a": "x" * 100})
    places = [memory_path(project), results_path(project), state_path(project)]
    before = {path: path.read_bytes() for path in places}
    # More than the ledger has, and less than the ledger would have.
    limit = {"row": results_path(project).stat().st_size + 100}.get(what, 1000)
    assert limited(project, what, limit) == "27\n"
    assert {path: path.read_bytes() for path in places} == before
    assert sorted(path.name for path in optimize_root(project).iterdir()) == [
        ".runtime.lock",
        "memory.md",
        "results.tsv",
        "state.json",
    ]


@pytest.mark.parametrize("what", ["event", "state"])
def test_a_process_that_dies_in_the_middle_of_a_write_leaves_the_old_content(project, what):
    write_state(state_path(project), {"accepted_count": 2, "rejected_count": 1, "a": "x" * 100})
    places = [memory_path(project), results_path(project), state_path(project)]
    before = {path: path.read_bytes() for path in places}
    limited(project, what, 1000, dies=True)
    assert {path: path.read_bytes() for path in places} == before


def test_a_process_that_dies_in_the_middle_of_a_row_harms_no_other_row(project):
    before = results_path(project).read_bytes()
    limited(project, "row", len(before) + 100, dies=True)
    torn = results_path(project).read_bytes()
    assert torn.startswith(before)
    assert len(torn) == len(before) + 100
    outcome(project, 4)
    assert results_path(project).read_bytes() == torn + b"\n4\tc4\taccepted\tm\t1\td 4\n"


@pytest.mark.parametrize("limit", range(1000, 9000, 500))
def test_an_outcome_that_is_stopped_anywhere_is_recorded_whole_or_not(project, limit):
    stopped = limited(project, "outcome", limit)
    assert disagreements(project) == ()
    assert (9 in told(project).ledger) == (not stopped)
    outcome(project, 10)
    assert told(project).ledger == [1, 2, 3, *([] if stopped else [9]), 10]
    assert disagreements(project) == ()
