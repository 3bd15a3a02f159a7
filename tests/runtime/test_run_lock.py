"""The run lock: one campaign at a time, never one too few."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fermilink_scaffold.runtime import (
    RunLockHeld,
    acquire_run_lock,
    clear_run_lock,
    load_run_lock,
    pid_is_running,
    runlock,
    write_run_lock,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "workspace" / "run.lock.json"


@pytest.fixture
def other():
    """A living process that is not this one."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.communicate(b"\n", timeout=60)


def ended():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(timeout=60)
    return process.pid


def test_the_lock_records_who_and_since_when(path):
    taken = acquire_run_lock(path, {"mode": "goal"})
    assert taken == load_run_lock(path)
    assert taken.keys() == {"mode", "pid", "pid_started", "pid_host"}
    assert taken["pid"] == os.getpid()
    assert taken["pid_started"] is not None


def test_a_second_caller_is_refused_with_the_holders_payload(path, other):
    taken = acquire_run_lock(path, {"pid": other.pid, "mode": "goal"})
    before = path.read_bytes()
    with pytest.raises(RunLockHeld, match=f"process {other.pid} ") as caught:
        acquire_run_lock(path, {})
    assert caught.value.payload == taken
    assert path.read_bytes() == before


def test_the_same_process_cannot_take_it_twice(path):
    acquire_run_lock(path, {})
    with pytest.raises(RunLockHeld):
        acquire_run_lock(path, {})


def test_the_lock_of_an_ended_process_is_taken_over(path):
    write_run_lock(path, {"pid": ended()})
    assert acquire_run_lock(path, {})["pid"] == os.getpid()


def test_a_pid_that_another_process_got_holds_nothing(path, other):
    taken = acquire_run_lock(path, {"pid": other.pid})
    write_run_lock(path, {**taken, "pid_started": "long ago"})
    assert acquire_run_lock(path, {})["pid"] == os.getpid()


def test_a_lock_without_a_start_time_counts_while_its_pid_lives(path, other):
    write_run_lock(path, {"pid": other.pid})
    with pytest.raises(RunLockHeld):
        acquire_run_lock(path, {})


def test_a_process_on_another_host_counts_as_living(path):
    write_run_lock(path, {"pid": ended(), "pid_host": "elsewhere"})
    with pytest.raises(RunLockHeld, match="on elsewhere"):
        acquire_run_lock(path, {})
    clear_run_lock(path)
    assert path.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"pid": "x"}', '{"pid": 0}', "{}"])
def test_what_names_no_process_holds_nothing(path, content):
    path.parent.mkdir()
    path.write_text(content)
    assert acquire_run_lock(path, {})["pid"] == os.getpid()


def test_a_lock_that_cannot_be_read_is_not_taken(path):
    path.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        acquire_run_lock(path, {})


def test_clearing_removes_ones_own_lock_and_stale_ones(path):
    acquire_run_lock(path, {})
    clear_run_lock(path)
    assert not path.exists()
    write_run_lock(path, {"pid": ended()})
    clear_run_lock(path)
    assert not path.exists()
    clear_run_lock(path)


def test_clearing_leaves_the_lock_of_a_living_process(path, other):
    acquire_run_lock(path, {"pid": other.pid})
    clear_run_lock(path)
    assert load_run_lock(path)["pid"] == other.pid


def test_writing_is_a_plain_overwrite(path, other):
    write_run_lock(path, {"pid": other.pid})
    write_run_lock(path, {"pid": 1, "a": "b"})
    assert load_run_lock(path) == {"pid": 1, "a": "b"}


def test_of_many_callers_one_gets_it(path):
    code = (
        "import sys; from pathlib import Path; from fermilink_scaffold import runtime\n"
        "sys.stdin.readline()\n"
        "try: runtime.acquire_run_lock(Path(sys.argv[1]), {}); print('got')\n"
        "except runtime.RunLockHeld: print('held')\n"
        "sys.stdout.flush(); sys.stdin.readline()"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.stdout.readline().strip() for process in processes]
    for process in processes:
        process.communicate("\n", timeout=60)
    assert sorted(answers) == ["got", *["held"] * 5]


def test_a_process_of_another_user_is_running(monkeypatch):
    def kill(*_):
        raise PermissionError

    monkeypatch.setattr(os, "kill", kill)
    assert pid_is_running(4242)


@pytest.mark.parametrize("pid", [0, -1, -42, 2**40])
def test_no_process_has_such_a_pid(pid):
    assert not pid_is_running(pid)


def test_a_process_runs_until_it_ended(other):
    assert pid_is_running(other.pid)
    assert pid_is_running(os.getpid())
    assert not pid_is_running(ended())


def test_a_system_without_proc_compares_pids_alone(path, other, monkeypatch):
    monkeypatch.setattr(runlock, "_BOOT_ID", "/no/such/file")
    taken = acquire_run_lock(path, {"pid": other.pid})
    assert taken["pid_started"] is None
    with pytest.raises(RunLockHeld):
        acquire_run_lock(path, {})
