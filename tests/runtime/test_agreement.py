"""What is told when ledger, memory and state of a campaign disagree."""

from __future__ import annotations

import json
import re

import pytest
from runtime.campaign import outcome
from runtime.faults import Died, dying

from fermilink_scaffold.runtime import (
    append_result,
    compact_memory,
    disagreements,
    ensure_memory_file,
    ensure_results_file,
    load_state,
    memory_path,
    recover,
    repair_memory,
    results_path,
    state_path,
    write_state,
)


@pytest.fixture
def project(tmp_path):
    for iteration in range(1, 5):
        outcome(tmp_path, iteration)
    return tmp_path


def test_nothing_disagrees_before_and_during_a_campaign(tmp_path):
    assert disagreements(tmp_path) == ()
    ensure_results_file(results_path(tmp_path))
    ensure_memory_file(
        memory_path(tmp_path),
        package_id="p",
        benchmark_id="b",
        benchmark_rel="r",
        optimize_branch="o",
    )
    assert disagreements(tmp_path) == ()
    for iteration in range(1, 12):
        outcome(tmp_path, iteration)
        assert disagreements(tmp_path) == ()
    compact_memory(memory_path(tmp_path), keep_bytes=2000)
    assert disagreements(tmp_path) == ()


def test_the_ledger_has_twelve_digits_of_a_commit(project):
    state = load_state(state_path(project))
    write_state(state_path(project), {**state, "incumbent_commit": "c4" + "0" * 38})
    assert disagreements(project) == ()


CHANGES = {
    "missing": (None, ["state.json is missing although the ledger has 4 rows"]),
    "garbage": ("garbage", ["state.json is not a JSON object"]),
    "counts": (
        {"accepted_count": 9, "rejected_count": 0, "consecutive_rejections": 3},
        [
            "state.json has accepted_count 9, the ledger's rows give 3",
            "state.json has rejected_count 0, the ledger's rows give 1",
            "state.json has consecutive_rejections 3, the ledger's rows give 0",
        ],
    ),
    "commits": (
        {"baseline_commit": "x", "incumbent_commit": "c1"},
        [
            "state.json has baseline_commit x, the ledger's rows give none",
            "state.json has incumbent_commit c1, the ledger's rows give c4",
        ],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_state_that_tells_something_else_is_told(project, change):
    changed, told = CHANGES[change]
    path = state_path(project)
    if changed is None:
        path.unlink()
    elif isinstance(changed, str):
        path.write_text(changed)
    else:
        path.write_text(json.dumps({**load_state(path), **changed}))
    assert list(disagreements(project)) == told


def test_a_memory_that_tells_something_else_is_told(project):
    path = memory_path(project)
    text = path.read_text()
    path.write_text(
        re.sub(r"^- \[.* d [23] .*\n", "", text, flags=re.MULTILINE).replace(
            "- commit: c4", "- commit: c1"
        )
    )
    assert disagreements(project) == (
        "memory.md has no entry of 2 rows of the ledger: iteration 2, 3",
        "memory.md names c1 as the latest accepted commit, the ledger c4",
    )
    path.unlink()
    assert disagreements(project) == ("memory.md is missing although the ledger has 4 rows",)


def test_a_row_that_only_the_ledger_has_is_told(project):
    append_result(
        results_path(project),
        iteration=5,
        commit="c5",
        status="rejected",
        primary_metric_name="m",
        primary_metric_value=1,
        description="d 5",
    )
    assert disagreements(project) == (
        "state.json has rejected_count 1, the ledger's rows give 2",
        "state.json has consecutive_rejections 0, the ledger's rows give 1",
        "memory.md has no entry of 1 row of the ledger: iteration 5",
    )


def test_an_outcome_that_was_cut_short_is_told_until_it_is_finished(project):
    number = 0
    told = ()
    while not told:
        number += 1
        with dying(number), pytest.raises(Died):
            outcome(project, 5)
        told = disagreements(project)
        if not told:
            recover(project)
    assert told == ("an outcome is half recorded: the next writer completes it",)
    recover(project)
    assert disagreements(project) == ()


def test_a_repair_makes_no_disagreement(project):
    path = memory_path(project)
    path.write_text(path.read_text().replace("### Rejected patterns", "### Rejected ideas"))
    repair_memory(path)
    assert disagreements(project) == ()
