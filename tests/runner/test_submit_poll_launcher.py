"""The launcher: FermiLink polls a process id and then reads the result."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from runner.harness import WORKSPACE, living


@pytest.fixture
def launch(bench):
    """Run the launcher on the contract that stands; the result goes to `result`."""
    bench.result_json = os.path.join(bench.run_dir, "sub", "result.json")

    def run(*arguments, result=True):
        command = [sys.executable, bench.path(WORKSPACE, "autogen", "submit_poll_launcher.py")]
        command += ["--benchmark", bench.benchmark, "--run-dir", bench.run_dir, "--emit-json"]
        command += ["--result-json", bench.result_json] if result else []
        return subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=60, check=False
        )

    return run


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def started(done):
    """The process id on its line, which is all the launcher prints."""
    assert (done.returncode, done.stderr) == (0, "")
    return int(re.fullmatch(r"<pid_number>([0-9]+)</pid_number>\n", done.stdout)[1])


def test_result_stands_when_the_process_has_ended(bench, launch):
    bench.contract({"id": "a", "command": ["true"]})
    pid = started(launch())
    wait_for(lambda: not alive(pid))
    with open(bench.result_json, encoding="utf-8") as file:
        result = json.load(file)
    assert result["cases"][0]["error"] == ""
    assert sorted(os.listdir(os.path.dirname(bench.result_json))) == [
        "result.json",
        "result.json.log",
    ]


def test_process_lives_as_long_as_the_measurement_and_the_old_result_is_gone(bench, launch):
    bench.contract({"id": "a", "command": ["sh", "-c", "while ! test -e go; do sleep 0.01; done"]})
    bench.write(bench.result_json, "old")
    pid = started(launch())
    wait_for(lambda: os.path.isdir(os.path.join(bench.run_dir, "measure", "0001")))
    assert alive(pid)
    assert not os.path.exists(bench.result_json)
    bench.write("go", "")
    wait_for(lambda: not alive(pid))
    assert os.path.exists(bench.result_json)


def test_failed_runner_leaves_no_result_but_its_message(bench, launch):
    bench.contract({"id": "", "command": ["true"]})
    pid = started(launch())
    wait_for(lambda: not alive(pid))
    assert os.listdir(os.path.dirname(bench.result_json)) == ["result.json.log"]
    with open(f"{bench.result_json}.log", encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert lines == [
        f"benchmark_runner: {bench.benchmark}: cases[0].id: must be a text (found '')",
        "submit_poll_launcher: the runner ended with status 2",
    ]


def test_runner_that_was_killed_is_said_to_be(bench, launch):
    bench.contract({"id": "a", "command": ["sh", "-c", "kill -KILL $PPID"]})
    pid = started(launch())
    wait_for(lambda: not alive(pid))
    assert os.listdir(os.path.dirname(bench.result_json)) == ["result.json.log"]
    with open(f"{bench.result_json}.log", encoding="utf-8") as file:
        assert file.read() == "submit_poll_launcher: the runner was killed by signal 9\n"


def test_end_of_the_process_ends_everything(bench, launch):
    bench.contract({"id": "a", "command": ["sleep", "61.25"]})
    pid = started(launch())
    wait_for(lambda: living("sleep 61.25"))
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not alive(pid))
    assert living("sleep 61.25") == []
    assert not os.path.exists(bench.result_json)


def test_direct_mode_is_the_runner(bench, launch):
    bench.contract({"id": "a", "command": ["true"]}, {"id": "b", "command": ["true"]})
    done = launch("--mode", "direct", "--case", "b", result=False)
    assert [row["id"] for row in json.loads(done.stdout)["cases"]] == ["b"]
    bench.contract({"id": "", "command": ["true"]})
    assert launch("--mode", "direct", result=False).returncode == 2


def test_process_mode_needs_a_place_for_the_result(launch):
    done = launch(result=False)
    assert done.returncode == 2
    assert done.stderr.endswith("error: mode pid needs --result-json FILE\n")
