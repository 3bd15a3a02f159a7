"""Our runtime in the place of FermiLink's campaign-state module."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from interop.conftest import FERMILINK
from interop.registry import download_sdist

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.interop

ROOT = Path(__file__).parents[2]
SUITES = ("tests/test_cli_optimize.py", "tests/test_cli_optimize_goal.py")
#: A pytest plugin: whoever imports the module from here on gets ours.
PLUGIN = """\
import sys

import fermilink.optimize
from fermilink_scaffold import runtime

sys.modules["fermilink.optimize.state"] = fermilink.optimize.state = runtime


def pytest_collection_finish(session):
    import fermilink.optimize.main

    assert fermilink.optimize.main.optimize_state is runtime
    assert all(module.optimize_state is runtime for module in {item.module for item in session.items})
"""

#: Prints both modules' parameters, and the first difference between what they write.
COMPARE = r"""
import inspect, json, random, re, sys
from pathlib import Path
from fermilink.optimize import state as reference
from fermilink_scaffold import runtime

def parameters(module):
    return {
        name: [(p.name, p.kind.name, repr(p.default)) for p in inspect.signature(function).parameters.values()]
        for name, function in vars(reference).items()
        if inspect.isfunction(function) and not name.startswith(("_find", "_sanitize"))
        for function in [getattr(module, name)]
    }

TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
WORDS = ["loop", "caché", "a  b", "x\ty", "line\nbreak", "中", "(x=1)", "", "0", "`code`", "- a", "#b", " s "]
random.seed(1)
root = Path(sys.argv[1])
difference = None
for campaign in range(60):
    kept = []
    for module in (reference, runtime):
        random.seed(campaign)
        project = root / f"{campaign}-{module.__name__}"
        module.ensure_optimize_root(project)
        memory, results = module.memory_path(project), module.results_path(project)
        reference.ensure_memory_file(memory, package_id="p", benchmark_id="b", benchmark_rel="r", optimize_branch="o")
        module.ensure_results_file(results)
        module.ensure_program_file(module.default_program_path(project), content="program\n")
        for iteration in range(random.randrange(12)):
            event = dict(
                commit=f"{random.getrandbits(48):012x}",
                status=random.choice(["baseline", "accepted", "rejected", "timeout", "crash"]),
                primary_metric_name="weighted_median_wall_seconds",
                primary_metric_value=random.choice([1, 2.5, 1e-12, 123456789.123456, float("nan"), float("inf"), "nan", -0.0]),
                description=" ".join(random.choices(WORDS, k=random.randrange(6))) + "x",
            )
            module.append_result(results, iteration=iteration, **event)
            module.record_campaign_event(memory, **event)
            module.write_state(module.state_path(project), {"iteration": iteration, "e": event["description"]})
            text = module._append_section_line(memory.read_text(encoding="utf-8"), "### Progress log", "- [x] launcher")
            memory.write_text(text, encoding="utf-8")
        kept.append({
            str(path.relative_to(project)): TIME.sub(b"T", path.read_bytes()).decode()
            for path in sorted(project.rglob("*"))
            if path.is_file() and path.name != ".runtime.lock"
        } | {"recent": module.recent_results_text(results)})
    if kept[0] != kept[1]:
        difference = [campaign, *kept]
        break
print(json.dumps({"theirs": parameters(reference), "ours": parameters(runtime), "difference": difference}))
"""


def environment(**more: str) -> Mapping[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT), **more}


def test_fermilinks_own_tests_pass_with_our_runtime(fermilink_python, tmp_path):
    source = download_sdist(FERMILINK, tmp_path)
    (source / "fermilink_scaffold_swap.py").write_text(PLUGIN)
    completed = subprocess.run(
        [
            str(fermilink_python),
            *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "fermilink_scaffold_swap"),
            *("--rootdir", str(source), "-rs", *SUITES),
        ],
        cwd=source,
        env=environment(PYTHONPATH=f"{ROOT}{os.pathsep}{source}"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout[-4000:] + completed.stderr[-2000:]
    assert "SKIPPED" not in completed.stdout
    passed = sum(map(len, re.findall(r"^(\.+) *\[ *\d+%\]$", completed.stdout, re.MULTILINE)))
    assert passed > 100


def test_names_signatures_and_files_are_the_references(fermilink_python, tmp_path):
    completed = subprocess.run(
        [str(fermilink_python), "-c", COMPARE, str(tmp_path)],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    told = json.loads(completed.stdout)
    assert told["difference"] is None
    renamed = {"_set_section_lines": ("lines", "new_lines")}
    for name, theirs in told["theirs"].items():
        ours = told["ours"][name]
        if name in renamed:
            ours = [
                [renamed[name][1] if word == renamed[name][0] else word for word in parameter]
                for parameter in ours
            ]
        assert ours == theirs, name
    assert len(told["theirs"]) > 40


#: Rows of the specification's "Where we are better than the reference", and what holds each.
BETTER = {
    "fences": "test_sections.py::test_a_heading_in_a_code_block_is_no_heading",
    "line endings and odd line breaks": (
        "test_memory_file.py::test_every_byte_outside_the_edit_is_kept"
    ),
    "bytes that are not UTF-8": "test_memory_file.py::test_bytes_that_are_not_utf8_are_kept",
    "a write that fails": (
        "test_size_limit.py::test_a_write_that_is_stopped_leaves_the_files_as_they_were"
    ),
    "a crash": (
        "test_size_limit.py::"
        "test_a_process_that_dies_in_the_middle_of_a_write_leaves_the_old_content"
    ),
    "lines without six columns": "test_ledger.py::test_lines_without_six_columns_are_skipped",
    "writers at the same time": (
        "test_concurrency.py::test_concurrent_writers_lose_nothing_and_agree_on_one_order"
    ),
    "cells": "test_ledger.py::test_any_text_makes_one_row_of_six_columns",
    "cleaned before the status decides": (
        "test_memory_file.py::test_all_texts_are_cleaned_before_the_status_decides"
    ),
    "no header": "test_ledger.py::test_a_missing_or_empty_ledger_gets_its_header_first",
    "a row glued to another": "test_ledger.py::test_an_unended_last_line_gets_its_newline_and_stays",
    "description 0": "test_ledger.py::test_a_description_of_zero_stays",
    "a memory that is missing": (
        "test_memory_file.py::test_an_event_of_a_missing_memory_makes_the_memory"
    ),
    "limit 0": "test_ledger.py::test_no_lines_below_a_limit_of_one",
    "another user's process": "test_run_lock.py::test_a_process_of_another_user_is_running",
    "somebody else's lock": "test_run_lock.py::test_clearing_leaves_the_lock_of_a_living_process",
    "one temporary name": "test_json_files.py::test_writers_at_the_same_time_tear_no_object",
}
#: Makes the reference's functions those of our package, in every process of the suite.
THEIRS = """\
import fermilink.optimize.state as reference
from fermilink_scaffold import runtime

for name, value in vars(reference).items():
    if callable(value) and not isinstance(value, type):
        for ours in {name, name.removeprefix("_")} & {*runtime.__all__}:
            setattr(runtime, ours, value)
"""


def test_each_advantage_is_held_by_a_test_that_the_reference_fails(fermilink_python, tmp_path):
    packages = subprocess.run(
        [str(fermilink_python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()
    (tmp_path / "sitecustomize.py").write_text(THEIRS)
    (tmp_path / "fermilink").symlink_to(Path(packages) / "fermilink")
    tests = [f"{ROOT}/tests/runtime/{place}" for place in BETTER.values()]

    def failed(*more_path):
        completed = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-rf", "-p", "no:cacheprovider", *tests],
            cwd=ROOT,
            env=environment(PYTHONPATH=os.pathsep.join([*more_path, str(ROOT)])),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert completed.returncode in {0, 1}, completed.stdout[-4000:] + completed.stderr
        return completed.stdout

    assert "FAILED" not in failed()
    told = failed(str(tmp_path))
    held = {row: f"FAILED tests/runtime/{place}" in told for row, place in BETTER.items()}
    assert held == dict.fromkeys(BETTER, True), told[-3000:]
