"""One outcome in ledger, state and memory: all or nothing, once."""

from __future__ import annotations

import contextlib
import json
import os
import re

import pytest
from runtime.campaign import outcome, told
from runtime.faults import Died, broken, dying, failing

from fermilink_scaffold import runtime
from fermilink_scaffold.runtime import (
    append_result,
    load_state,
    memory_path,
    optimize_root,
    record_campaign_event,
    record_outcome,
    recover,
    results_path,
    state_path,
    write_state,
)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
FILES = [".runtime.lock", "memory.md", "results.tsv", "state.json"]


def record(project, **changes):
    arguments = {
        "iteration": 1,
        "commit": "abc",
        "status": "accepted",
        "primary_metric_name": "m",
        "primary_metric_value": 1.5,
        "description": "why",
    }
    return record_outcome(project, **{**arguments, **changes})


def test_a_whole_campaign(tmp_path):
    assert record(tmp_path, iteration=0, commit="base", status="baseline", description="baseline")
    assert record(tmp_path, primary_metric_value=1.25)
    assert record(tmp_path, iteration=2, commit="def", status="timeout", primary_metric_value="nan")
    assert record(tmp_path, iteration=3, commit="0", status="rejected", primary_metric_value=3)
    assert results_path(tmp_path).read_text() == (
        runtime.RESULTS_HEADER
        + "0\tbase\tbaseline\tm\t1.5\tbaseline\n"
        + "1\tabc\taccepted\tm\t1.25\twhy\n"
        + "2\tdef\ttimeout\tm\tnan\twhy\n"
        + "3\t0\trejected\tm\t3\twhy\n"
    )
    state = load_state(state_path(tmp_path))
    assert TIME.fullmatch(state.pop("last_outcome").pop("recorded_at_utc"))
    assert state == {
        "iteration": 3,
        "baseline_commit": "base",
        "baseline_metrics": {"summary_metrics": {"m": 1.5}},
        "incumbent_commit": "abc",
        "incumbent_metrics": {"summary_metrics": {"m": 1.25}},
        "accepted_count": 1,
        "rejected_count": 2,
        "consecutive_rejections": 2,
    }
    memory = TIME.sub("T", memory_path(tmp_path).read_text())
    assert "- commit: abc\n- primary_metric: m=1.25\n- status: accepted\n" in memory
    assert (
        "### Progress log\n- [T] baseline: baseline (base, m=1.5)\n"
        "- [T] accepted: why (abc, m=1.25)\n- [T] timeout: why (def, m=nan)\n"
        "- [T] rejected: why (0, m=3)\n## "
    ) in memory
    assert sorted(os.listdir(optimize_root(tmp_path))) == FILES


def test_further_state_is_taken_over_and_other_keys_stay(tmp_path):
    write_state(state_path(tmp_path), {"branch": "b", "accepted_count": 4, "incumbent_commit": "x"})
    record(tmp_path, state={"incumbent_commit": "full", "incumbent_metrics": {"cases": [1]}})
    state = load_state(state_path(tmp_path))
    assert state["branch"] == "b"
    assert state["accepted_count"] == 5
    assert state["incumbent_commit"] == "full"
    assert state["incumbent_metrics"] == {"cases": [1]}


@pytest.mark.parametrize("commit", ["abc", " abc\n"])
def test_the_same_iteration_and_commit_are_recorded_once(tmp_path, commit):
    assert record(tmp_path)
    before = {name: (optimize_root(tmp_path) / name).read_bytes() for name in FILES}
    assert not record(tmp_path, commit=commit, primary_metric_value="1.50", description="again")
    assert {name: (optimize_root(tmp_path) / name).read_bytes() for name in FILES} == before


def test_another_iteration_or_commit_is_another_outcome(tmp_path):
    assert record(tmp_path)
    assert record(tmp_path, iteration=11)
    assert record(tmp_path, commit="ab")
    assert record(tmp_path, commit="abcd")


def test_a_torn_row_is_no_recorded_outcome(tmp_path):
    results_path(tmp_path).parent.mkdir()
    results_path(tmp_path).write_text(f"{runtime.RESULTS_HEADER}1\tabc\tacc")
    assert record(tmp_path)
    assert results_path(tmp_path).read_text().endswith("acc\n1\tabc\taccepted\tm\t1.5\twhy\n")


def test_a_state_that_cannot_be_read_is_kept_beside(tmp_path):
    state_path(tmp_path).parent.mkdir()
    state_path(tmp_path).write_text('{"torn')
    with pytest.warns(RuntimeWarning, match=r"state\.json was not a JSON object"):
        record(tmp_path)
    assert load_state(state_path(tmp_path))["accepted_count"] == 1
    assert (optimize_root(tmp_path) / "state.json.unreadable").read_text() == '{"torn'
    state_path(tmp_path).write_text("[]")
    with pytest.warns(RuntimeWarning, match="from the ledger's 1 row"):
        record(tmp_path, iteration=2)
    assert load_state(state_path(tmp_path))["accepted_count"] == 2
    assert (optimize_root(tmp_path) / "state.json.unreadable").read_text() == '{"torn'
    assert (optimize_root(tmp_path) / "state.json.unreadable-2").read_text() == "[]"


REJECTED = {"status": "rejected", "primary_metric_value": "nan"}
CAMPAIGN = [
    {"iteration": 0, "commit": "base", "status": "baseline"},
    {"iteration": 1, "commit": "one", "primary_metric_value": 1.25},
    {"iteration": 2, "commit": "two", **REJECTED},
    {"iteration": 3, "commit": "three", "primary_metric_value": 1},
    {"iteration": 4, "commit": "four", **REJECTED},
]


@pytest.mark.parametrize("content", [None, "", "garbage", "[1]", '{"torn'])
def test_a_lost_state_is_made_again_from_the_ledger(tmp_path, content):
    for changes in CAMPAIGN:
        record(tmp_path, **changes)
    assert runtime.disagreements(tmp_path) == ()
    before = load_state(state_path(tmp_path))
    if content is None:
        state_path(tmp_path).unlink()
    else:
        state_path(tmp_path).write_text(content)
    assert len(runtime.disagreements(tmp_path)) == 1
    with pytest.warns(RuntimeWarning, match="made again from the ledger's 5 rows"):
        record(tmp_path, iteration=5, commit="five", **REJECTED)
    after = load_state(state_path(tmp_path))
    assert after.pop("last_outcome")["commit"] == "five"
    before.pop("last_outcome")
    assert after == {**before, "iteration": 5, "rejected_count": 3, "consecutive_rejections": 2}
    assert runtime.disagreements(tmp_path) == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"primary_metric_value": float("nan")},
            "an outcome that is accepted needs a finite number, not 'nan'",
        ),
        ({"primary_metric_value": "inf", "status": "baseline"}, "an outcome that is baseline"),
        ({"primary_metric_value": -float("inf")}, "not '-inf'"),
        ({"primary_metric_value": 10**400}, "needs a finite number"),
        ({"primary_metric_value": "hello"}, "not 'hello'"),
        ({"status": " accepted\t", "primary_metric_value": "1e999"}, "not '1e999'"),
        ({"status": " \n"}, "the status must not be empty"),
        ({"commit": ""}, "the commit must not be empty"),
        ({"primary_metric_name": None}, "the primary metric name must not be empty"),
        ({"iteration": -1}, "an iteration is a number from 0: '-1'"),
    ],
)
def test_what_is_no_outcome_is_refused_and_nothing_is_written(tmp_path, changes, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        record(tmp_path, **changes)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("value", ["nan", float("inf"), "hello"])
def test_a_candidate_that_failed_may_have_any_value(tmp_path, value):
    assert record(tmp_path, status="crash", primary_metric_value=value)
    assert "incumbent_commit" not in load_state(state_path(tmp_path))


@pytest.mark.parametrize(
    ("changes", "given"),
    [
        ({"status": "rejected"}, "'rejected, m=1.5'"),
        ({"primary_metric_value": 1.25}, "'accepted, m=1.25'"),
        ({"primary_metric_name": "n"}, "'accepted, n=1.5'"),
    ],
)
def test_another_outcome_of_the_same_iteration_and_commit_is_refused(tmp_path, changes, given):
    record(tmp_path)
    before = {name: (optimize_root(tmp_path) / name).read_bytes() for name in FILES}
    with pytest.raises(runtime.OutcomeConflict) as caught:
        record(tmp_path, **changes)
    assert str(caught.value) == (
        f"iteration 1, abc is recorded as 'accepted, m=1.5', which {given} contradicts"
    )
    assert {name: (optimize_root(tmp_path) / name).read_bytes() for name in FILES} == before


def test_what_json_cannot_hold_records_nothing(tmp_path):
    with pytest.raises(TypeError):
        record(tmp_path, state={"a": object()})
    assert os.listdir(optimize_root(tmp_path)) == [".runtime.lock"]


NEXT = {
    "outcome": lambda project: outcome(project, 9),
    "recover": recover,
    "state": lambda project: write_state(
        state_path(project), {**(load_state(state_path(project)) or {}), "by": "us"}
    ),
    "again": lambda project: outcome(project, 2),
}


@pytest.mark.parametrize("following", NEXT)
@pytest.mark.parametrize("before", [0, 1])
def test_a_death_at_any_call_leaves_all_or_nothing_for_the_next_writer(tmp_path, before, following):
    number, struck, seen = 0, True, set()
    while struck:
        number += 1
        project = tmp_path / str(number)
        if before:
            outcome(project, 1)
        with dying(number) as faults, contextlib.suppress(Died):
            outcome(project, 2)
        struck = faults.struck
        if following == "state":
            # What a caller read before the recovery is what it writes.
            recover(project)
        NEXT[following](project)
        result = told(project)
        assert result.agree(), (number, result)
        assert set(result.ledger) - {9} in ({1} if before else set(), {1, 2} if before else {2})
        seen.add(2 in result.ledger)
        leftover = (
            set(os.listdir(optimize_root(project))) if optimize_root(project).exists() else set()
        )
        assert not any(name.startswith(".transaction") for name in leftover)
    assert seen == ({True} if following == "again" else {True, False})
    assert number > 30


@pytest.mark.parametrize("before", [0, 1])
def test_an_error_at_any_call_leaves_the_files_as_they_were(tmp_path, before):
    number, struck, raised = 0, True, 0
    while struck:
        number += 1
        project = tmp_path / str(number)
        if before:
            outcome(project, 1)
        with failing(number) as faults:
            try:
                recorded = outcome(project, 2)
            except OSError:
                recorded = None
                raised += 1
        struck = faults.struck
        result = told(project)
        assert result.agree(), (number, result)
        assert (2 in result.ledger) == bool(recorded), number
        outcome(project, 2)
        assert told(project).ledger == ([1, 2] if before else [2]), number
    assert raised > 20


@pytest.mark.parametrize("before", [0, 1])
def test_when_everything_fails_from_some_call_on_the_next_writer_brings_agreement(tmp_path, before):
    number, struck = 0, True
    while struck:
        number += 1
        project = tmp_path / str(number)
        if before:
            outcome(project, 1)
        recorded = False
        with broken(number) as faults, contextlib.suppress(OSError):
            recorded = outcome(project, 2)
        struck = faults.struck
        recover(project)
        result = told(project)
        assert result.agree(), (number, result)
        assert 2 in result.ledger or not recorded
        outcome(project, 2)
        assert told(project).ledger == ([1, 2] if before else [2]), number
        assert told(project).agree()


@pytest.fixture
def half_recorded(tmp_path, monkeypatch):
    """A project whose second outcome has its row, and whose writer died then."""

    def died(*_):
        raise Died

    outcome(tmp_path, 1)
    with monkeypatch.context() as patched:
        patched.setattr("fermilink_scaffold.runtime.memory.change_memory", died)
        with pytest.raises(Died):
            outcome(tmp_path, 2)
    assert told(tmp_path).ledger == [1, 2]
    assert told(tmp_path).progress == [1]
    return tmp_path


def test_a_row_of_another_program_behind_ours_doubles_nothing(half_recorded):
    with results_path(half_recorded).open("a") as file:
        file.write("99\tother\trejected\tm\t1\td 99\n")
    before = results_path(half_recorded).read_bytes()
    assert recover(half_recorded)
    assert results_path(half_recorded).read_bytes() == before
    assert told(half_recorded).progress == [1, 2]


def test_what_others_wrote_to_the_state_meanwhile_stays(half_recorded):
    state = json.loads(state_path(half_recorded).read_text())
    state_path(half_recorded).write_text(json.dumps({**state, "iteration": 50, "by": "them"}))
    assert recover(half_recorded)
    assert load_state(state_path(half_recorded)) == {**state, "iteration": 50, "by": "them"}


def test_when_even_undoing_fails_the_next_writer_completes_it(tmp_path, monkeypatch):
    outcome(tmp_path, 1)
    from fermilink_scaffold.runtime import outcome as module

    def broken(*_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("fermilink_scaffold.runtime.memory.change_memory", broken)
        patched.setattr(module.redo, "cut", broken)
        with pytest.raises(OSError, match="Input/output error"):
            outcome(tmp_path, 2)
    assert told(tmp_path).ledger == [1, 2]
    assert told(tmp_path).progress == [1]
    assert recover(tmp_path)
    assert told(tmp_path).agree()
    assert told(tmp_path).ledger == [1, 2]
    assert not recover(tmp_path)


@pytest.mark.parametrize("writer", ["row", "event", "state"])
def test_every_writer_finishes_what_a_dead_one_began(tmp_path, writer):
    cells = {
        "commit": "x",
        "status": "rejected",
        "primary_metric_name": "n",
        "primary_metric_value": 2,
        "description": "other",
    }
    with dying(45), pytest.raises(Died):
        outcome(tmp_path, 2)
    assert (optimize_root(tmp_path) / ".transaction.json").exists()
    if writer == "row":
        append_result(results_path(tmp_path), iteration=5, **cells)
        assert results_path(tmp_path).read_text().endswith("d 2\n5\tx\trejected\tn\t2\tother\n")
    elif writer == "event":
        record_campaign_event(memory_path(tmp_path), **cells)
        assert told(tmp_path).agree()
    else:
        write_state(state_path(tmp_path), {"a": 1})
        assert load_state(state_path(tmp_path)) == {"a": 1}
        assert told(tmp_path).progress == [2]
    assert not (optimize_root(tmp_path) / ".transaction.json").exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        '{"kind": "of another version"}',
        '{"kind": "ou',
        '{"version": 2}',
        '{"version": 2, "steps": 1}',
        '{"version": 2, "steps": [{"do": "no such step", "file": "a"}]}',
        '{"version": 2, "steps": [{"do": "row", "file": "../a"}]}',
        '{"version": 2, "steps": [{"do": "row", "file": "a"}]}',
    ],
)
def test_a_journal_that_is_not_ours_is_set_aside(tmp_path, content):
    outcome(tmp_path, 1)
    journal = optimize_root(tmp_path) / ".transaction.json"
    journal.write_text(content)
    outcome(tmp_path, 2)
    assert told(tmp_path).agree()
    assert journal.with_name(".transaction.json.unreadable").read_text() == content


def test_a_torn_row_of_the_recorded_outcome_is_completed(tmp_path):
    outcome(tmp_path, 1)
    before = results_path(tmp_path).read_bytes()
    number = 0
    while results_path(tmp_path).read_bytes() == before:
        number += 1
        recover(tmp_path)
        if results_path(tmp_path).read_bytes() != before:
            break
        with dying(number), contextlib.suppress(Died):
            outcome(tmp_path, 2)
    recover(tmp_path)
    outcome(tmp_path, 3)
    journal = optimize_root(tmp_path) / ".transaction.json"
    row = results_path(tmp_path).read_bytes()
    torn = row[: row.rindex(b"d 3")]
    state = json.loads(state_path(tmp_path).read_text())
    assert torn.endswith(b"\t")
    results_path(tmp_path).write_bytes(torn)
    size = len(row) - len(row.splitlines(keepends=True)[-1])
    line = row.splitlines()[-1].decode()
    journal.write_text(
        json.dumps(
            {
                "version": 2,
                "steps": [
                    {
                        "do": "row",
                        "file": "results.tsv",
                        "size": size,
                        "row": line,
                        "addition": f"{line}\n",
                    },
                    {"do": "merge", "file": "state.json", "mark": "last_outcome", "keys": state},
                    {
                        "do": "event",
                        "file": "memory.md",
                        "now": state["last_outcome"]["recorded_at_utc"],
                        "cells": {
                            "commit": "c3",
                            "status": "rejected",
                            "primary_metric_name": "m",
                            "primary_metric_value": "1",
                            "description": "d 3",
                        },
                    },
                ],
            }
        )
    )
    assert recover(tmp_path)
    assert results_path(tmp_path).read_bytes() == row
    assert told(tmp_path).agree()


def test_there_is_nothing_to_recover_without_a_workspace(tmp_path):
    assert not recover(tmp_path)
    assert os.listdir(tmp_path) == []


def test_links_to_places_elsewhere_are_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project = tmp_path / "project"
    optimize_root(project).mkdir(parents=True)
    for name in ("memory.md", "results.tsv"):
        (optimize_root(project) / name).symlink_to(elsewhere / name)
    outcome(project, 1)
    outcome(project, 2)
    assert told(project).agree()
    assert sorted(os.listdir(elsewhere)) == [".runtime.lock", "memory.md", "results.tsv"]
