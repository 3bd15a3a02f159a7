"""Many writers at once: nothing is lost, and there is one order."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from runtime.campaign import told

from fermilink_scaffold.runtime import append_section_line, load_state, memory_path, state_path
from fermilink_scaffold.runtime.memory import change_memory
from fermilink_scaffold.runtime.sections import appended

WRITER = Path(__file__).with_name("writer.py")


def run_writers(project, *, writers, events, kind="record"):
    processes = [
        subprocess.Popen(
            [sys.executable, str(WRITER), str(project), str(number * events), str(events), kind],
            stdout=subprocess.DEVNULL,
        )
        for number in range(writers)
    ]
    assert [process.wait(timeout=600) for process in processes] == [0] * writers


def times(project):
    text = memory_path(project).read_text()
    log = text.split("### Progress log\n")[1].split("\n## ")[0]
    return re.findall(r"^- \[(\S+)\]", log, re.MULTILINE)


@pytest.mark.parametrize(
    ("writers", "events"), [(4, 15), pytest.param(32, 200, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("kind", ["record", "event"])
def test_concurrent_writers_lose_nothing_and_agree_on_one_order(tmp_path, writers, events, kind):
    run_writers(tmp_path, writers=writers, events=events, kind=kind)
    result = told(tmp_path)
    assert sorted(result.ledger) == sorted(result.progress) == list(range(writers * events))
    assert result.sections == list(range(writers * events))
    assert times(tmp_path) == sorted(times(tmp_path))
    for number in range(writers):
        own = range(number * events, (number + 1) * events)
        assert [iteration for iteration in result.ledger if iteration in own] == list(own)
    if kind == "record":
        assert result.agree()
        assert load_state(state_path(tmp_path))["iteration"] == result.ledger[-1]


def test_processes_that_record_the_same_outcome_record_it_once(tmp_path):
    processes = [
        subprocess.Popen(
            [sys.executable, str(WRITER), str(tmp_path), "0", "10"], stdout=subprocess.DEVNULL
        )
        for _ in range(3)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0] * 3
    assert told(tmp_path).agree()
    assert sorted(told(tmp_path).ledger) == list(range(10))


def test_an_edit_in_a_memory_is_the_edit_of_its_text(tmp_path):
    path = tmp_path / "memory.md"
    path.write_text("### A\n- none yet\n")
    change_memory(path, path.read_bytes(), [appended(b"### A", [b"- b"])])
    assert path.read_text() == append_section_line("### A\n- none yet\n", "### A", "- b")
