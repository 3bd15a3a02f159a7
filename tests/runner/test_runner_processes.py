"""Commands end with everything they started; times are those of a blocking wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid

import pytest
from runner import hostile
from runner.harness import living, python

HOSTILE = os.path.abspath(hostile.__file__)
KINDS = [kind.__name__ for kind in hostile.KINDS]


@pytest.fixture
def mark():
    """A word on the command line of everything a test starts; nothing may carry it afterwards."""
    word = f"mark-{uuid.uuid4().hex}"
    yield word
    assert living(word) == []


def tree(kind, mark, *more):
    return [sys.executable, "-I", "-S", HOSTILE, kind, mark, *more]


@pytest.mark.parametrize("kind", KINDS)
def test_survivors_are_ended_and_fail_the_case(bench, mark, kind):
    row = bench.one({"command": tree(kind, mark)})
    assert row["converged"] is False
    assert "left running after the command's end: python" in row["error"]
    assert row["wall_seconds"] == 1e12


@pytest.mark.parametrize("kind", KINDS)
def test_time_out_ends_the_whole_tree(bench, mark, kind):
    row = bench.one({"command": tree(kind, mark, "hang"), "timeout_seconds": 0.3})
    assert row["error"] == "time-out: still running after 0.3 s"
    assert row["total_seconds"] < 5


def test_survivors_are_counted_and_named(bench):
    row = bench.one({"command": ["sh", "-c", "sleep 60 & setsid sleep 60 & exit 0"]})
    assert row["error"] == "2 processes left running after the command's end: sleep"
    row = bench.one({"command": ["sh", "-c", "sleep 60 & exit 3"]})
    assert row["error"] == "exit status 3; 1 process left running after the command's end: sleep"


def test_what_ends_within_the_grace_is_no_survivor_but_counts_as_time(bench):
    row = bench.one({"command": ["sh", "-c", "sleep 0.02 & exit 0"]})
    assert row["error"] == ""
    assert row["wall_seconds"] >= 0.02


def test_command_has_a_session_of_its_own(bench):
    code = "import os; print('x =', os.getsid(0) == os.getpgid(0) == os.getpid())"
    assert bench.one({"command": python(code), "metrics": {"x": {"find": "x"}}})["x"] is True


def test_failures_are_sentences(bench, mark):
    cases = {
        "status": (["sh", "-c", "exit 7"], "exit status 7"),
        "signal": (["sh", "-c", "kill -SEGV $$"], "killed by signal 11"),
        "program": (["./no such", mark], "cannot start './no such': No such file or directory"),
        "script": ([bench.write("text", "x")], None),
    }
    bench.contract(*({"id": name, "command": words} for name, (words, _) in cases.items()))
    errors = {row["id"]: row["error"] for row in bench.result()["cases"]}
    sentence = f"cannot start {bench.path('text')!r}: Permission denied"
    assert errors == {**{name: said for name, (_, said) in cases.items()}, "script": sentence}


def test_missing_directory_is_a_sentence(bench):
    row = bench.one({"command": ["true"], "cwd": "no/such"})
    assert row["error"] == f"the working directory {bench.path('no/such')} does not exist"


def test_one_failed_case_leaves_the_others_measured(bench):
    bench.contract({"id": "bad", "command": ["false"]}, {"id": "good", "command": ["true"]})
    rows = {row["id"]: row for row in bench.result()["cases"]}
    assert (rows["bad"]["converged"], rows["good"]["converged"]) == (False, True)
    assert rows["good"]["wall_seconds"] < 10


def test_suite_ends_before_its_caller_loses_patience(bench, mark):
    cases = [{"id": name, "command": tree("plain", mark, "hang")} for name in "abc"]
    bench.contract(*cases, controller={"timeout_seconds": 5})
    result = bench.result()
    assert result["measurement"]["seconds"] < 4.9
    sentence = "the suite's 5 s (controller.timeout_seconds) ran out"
    assert [row["error"] for row in result["cases"]] == [sentence] * 3
    assert result["correctness_ok"] is False
    samples = result["measurement"]["cases"]
    assert [len(samples[name]["wall_seconds"]) for name in "abc"] == [1, 0, 0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_ends_the_tree_and_the_runner(bench, mark, number):
    bench.contract({"id": "one", "command": tree("deaf_daemon", mark, "hang")})
    command = [sys.executable, bench.runner, "--benchmark", bench.benchmark, "--emit-json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        end = time.monotonic() + 20
        while len(living(mark)) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(number)
        output, _ = process.communicate(timeout=20)
    assert (process.returncode, output) == (128 + number, b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_case_that_stops_the_runner_is_named(bench, mark, number):
    code = f"import os, time; {mark!r}; os.kill(os.getppid(), {int(number)}); time.sleep(60)"
    bench.contract({"id": "good", "command": ["true"]}, {"id": "bad one", "command": python(code)})
    done = bench.run("--emit-json")
    assert (done.returncode, done.stdout) == (128 + number, "")
    assert done.stderr == (
        f"benchmark_runner: stopped by signal {int(number)} during case bad one\n"
    )
    assert living(mark) == []


def test_build_that_stops_the_runner_is_named(bench):
    stop = ["sh", "-c", "kill $PPID; sleep 60"]
    bench.contract({"id": "a", "command": ["true"]}, runtime={"pre_commands": [["true"], stop]})
    done = bench.run("--build")
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "")
    assert done.stderr == "benchmark_runner: stopped by signal 15 during pre_command 2\n"


def test_signal_ends_the_reading_of_metrics_too(bench):
    case = {"id": "one", "command": ["echo", "a" * 40], "metrics": {"x": {"regex": "(a*)*b"}}}
    bench.contract(case)
    command = [sys.executable, bench.runner, "--benchmark", bench.benchmark, "--emit-json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        time.sleep(1)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    assert time.monotonic() - begun < 5


def test_pattern_that_backtracks_for_ever_fails_the_case(bench):
    case = {"command": ["echo", "a" * 40], "metrics": {"x": {"regex": "(a*)*b"}}}
    row = bench.one(case, controller={"timeout_seconds": 3})
    assert row["error"].startswith("reading the metrics took longer than ")


def test_runner_refuses_children_it_did_not_start(bench):
    bench.contract({"id": "one", "command": ["true"]})
    script = 'sleep 2 >/dev/null 2>&1 & exec "$@" --benchmark "$0"'
    done = subprocess.run(
        ["bash", "-c", script, bench.benchmark, sys.executable, bench.runner],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == 2
    assert "this process already has children" in done.stderr


def test_repeats_are_measured_in_turn_and_warm_ups_are_not_counted(bench):
    bench.contract(
        {"id": "a", "command": ["sh", "-c", "echo a >>log"], "repeats": 2, "warmup_repeats": 1},
        {"id": "b", "command": ["sh", "-c", "echo b >>log"], "repeats": 3},
    )
    result = bench.result()
    with open(bench.path("log"), encoding="utf-8") as file:
        assert file.read().split() == ["a", "b", "a", "b", "a", "b"]
    samples = result["measurement"]["cases"]
    assert [len(samples[name]["wall_seconds"]) for name in "ab"] == [2, 3]


def test_processor_time_and_memory_are_those_of_the_tree(bench):
    work = "b = bytearray(120 << 20)\nfor i in range(len(b) // 4096): b[i * 4096] = 1\nsum(range(10**6))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}], check=True)"
    result_row = bench.one({"command": python(child)})
    assert result_row["error"] == ""
    sample = bench.result()["measurement"]["cases"]["one"]
    assert 120 << 20 < sample["peak_rss_bytes"][0] < 180 << 20
    assert 0 < sample["user_seconds"][0] + sample["system_seconds"][0] < 20


@pytest.mark.slow
def test_a_thousand_hostile_trees_leave_nothing(bench, mark):
    trees = [
        {"id": f"t{number}", "command": tree(KINDS[number % len(KINDS)], mark)}
        for number in range(1000)
    ]
    bench.contract(*trees, controller={"timeout_seconds": 1500})
    result = bench.result(timeout=1600)
    assert living(mark) == []
    errors = [row["error"] for row in result["cases"]]
    assert len(errors) == 1000
    assert all("left running after the command's end" in error for error in errors)
