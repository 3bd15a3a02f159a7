"""The seal, the derived contract and the guard of each case."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess

import pytest
import yaml
from runner.harness import WORKSPACE

QUICK = {"id": "a", "command": ["true"]}


def seal(bench, *names):
    files = {}
    for name in names:
        with open(bench.path(name), "rb") as file:
            files[name] = hashlib.sha256(file.read()).hexdigest()
    bench.write(
        f"{WORKSPACE}/.scaffold/seal.json", json.dumps({"schema_version": 1, "files": files})
    )


SEALED = [
    f"{WORKSPACE}/autogen/benchmark.yaml",
    f"{WORKSPACE}/autogen/benchmark_runner.py",
    f"{WORKSPACE}/inputs/all/n",
]


@pytest.fixture
def sealed(bench):
    """A workspace whose seal holds."""
    bench.write(SEALED[2], "1")
    bench.contract(
        QUICK,
        {"id": "b", "command": ["true"]},
        split={"train_case_ids": ["a"]},
        correctness={"mode": "field_tolerances"},
    )
    seal(bench, *SEALED)
    return bench


def outcome(bench, *arguments):
    result = bench.result(*arguments)
    return result["measurement"]["seal"], result["guardrail_errors"]


def test_seal_that_holds_is_silent(sealed):
    assert outcome(sealed) == ("verified", [])


def test_without_a_seal_nothing_is_checked(bench):
    bench.contract(QUICK)
    assert outcome(bench) == ("absent", [])


@pytest.mark.parametrize("name", SEALED)
def test_changed_file_is_an_error(sealed, name):
    with open(sealed.path(name), "a", encoding="utf-8") as file:
        file.write("\n")
    assert outcome(sealed) == ("broken", [f"sealed file {name} was changed"])


def test_missing_file_is_an_error(sealed):
    os.unlink(sealed.path(SEALED[2]))
    assert outcome(sealed) == ("broken", [f"sealed file {SEALED[2]} is missing"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 1}'])
def test_unreadable_seal_is_an_error(sealed, text):
    sealed.write(f"{WORKSPACE}/.scaffold/seal.json", text)
    assert outcome(sealed) == ("broken", [f"{WORKSPACE}/.scaffold/seal.json cannot be read"])


def test_case_that_edits_its_input_is_found_out(bench):
    bench.write(SEALED[2], "1")
    bench.contract({"id": "a", "command": ["sh", "-c", 'echo 2 >"$1"', "sh", "{inputs}/n"]})
    seal(bench, *SEALED)
    assert outcome(bench) == ("broken", [f"sealed file {SEALED[2]} was changed"])


def derive(bench, change=None, ids=("a",), place="runs/iter_0001/benchmark.controller.yaml"):
    """As FermiLink does: some of the cases, without the split."""
    with open(bench.benchmark, encoding="utf-8") as file:
        data = yaml.safe_load(file)
    data["cases"] = [case for case in data["cases"] if case["id"] in ids]
    del data["split"]
    if change:
        change(data)
    return bench.write(f"{WORKSPACE}/{place}", yaml.safe_dump(data))


@pytest.mark.parametrize("ids", ["a", "b", "ab"])
def test_derived_file_with_the_train_or_the_test_cases_passes(sealed, ids):
    assert outcome(sealed, "--benchmark", derive(sealed, ids=ids)) == ("verified", [])


CONTRACT = f"{WORKSPACE}/autogen/benchmark.yaml"


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        (
            lambda d: d["cases"][0].update(command=["sleep", "0"]),
            [f"case a differs from {CONTRACT}"],
        ),
        (lambda d: d["cases"][0].update(weight=9), [f"case a differs from {CONTRACT}"]),
        (
            lambda d: d["cases"][0].update(id="c"),
            [
                f"case c differs from {CONTRACT}",
                f"the cases are neither all nor the train or the test cases of {CONTRACT}",
            ],
        ),
        (
            lambda d: d.update(correctness={"mode": "runner_only"}),
            [f"correctness differs from {CONTRACT}"],
        ),
        (
            lambda d: d["controller"].update(objective={"direction": "maximize"}),
            [f"controller.objective differs from {CONTRACT}"],
        ),
        (lambda d: d.update(metrics={"x": None}), [f"metrics differs from {CONTRACT}"]),
        (
            lambda d: d.update(runtime={"env": {"FAST": "1"}}),
            [f"runtime.env differs from {CONTRACT}"],
        ),
    ],
)
def test_derived_file_that_differs_is_an_error(sealed, change, errors):
    path = derive(sealed, change)
    assert outcome(sealed, "--benchmark", path) == ("broken", errors)


def test_tolerances_that_fermilink_fills_in_pass(bench):
    bench.contract(QUICK, split={"train_case_ids": ["a"]}, correctness={"mode": "runner_only"})
    seal(bench, SEALED[0])
    path = derive(bench, lambda d: d.update(correctness={"mode": "field_tolerances"}))
    assert outcome(bench, "--benchmark", path) == ("verified", [])


def state(bench, *rows):
    text = json.dumps({"incumbent_metrics": {"cases": list(rows)}})
    bench.write(f"{WORKSPACE}/state.json", text)


SLOW = {"id": "a", "command": ["sleep", "0.05"]}


def test_case_that_became_slower_is_an_error(bench):
    bench.contract(SLOW, performance_guardrails={"max_case_regression": 0.2, "confirmations": 1})
    state(bench, {"id": "a", "wall_seconds": 0.01}, {"id": "gone", "wall_seconds": 1.0})
    result = bench.result()
    walls = result["measurement"]["cases"]["a"]
    best = min(walls["wall_seconds"] + walls["confirmation_wall_seconds"])
    assert result["guardrail_errors"] == [
        (
            f"case a: wall_seconds {best:.6g} is worse than the incumbent's 0.01 by more than 20.000% "
            "(performance_guardrails.max_case_regression)"
        )
    ]
    assert len(walls["confirmation_wall_seconds"]) == 1
    assert result["correctness_ok"] is True


def test_one_disturbed_run_is_measured_again(bench):
    script = "test -e ran || { touch ran; sleep 0.5; }"
    bench.contract({"id": "a", "command": ["sh", "-c", script]})
    state(bench, {"id": "a", "wall_seconds": 0.2})
    result = bench.result()
    assert result["guardrail_errors"] == []
    assert len(result["measurement"]["cases"]["a"]["confirmation_wall_seconds"]) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": "a", "wall_seconds": 60.0}],
        [{"id": "a"}],
        [{"id": "a", "wall_seconds": None}],
        [{"id": "other", "wall_seconds": 0.001}],
        [{"id": "a", "wall_seconds": 1e12}],
        ["nonsense"],
    ],
)
def test_guard_is_silent_without_a_slower_case(bench, rows):
    bench.contract(SLOW)
    state(bench, *rows)
    assert bench.result()["guardrail_errors"] == []


def test_guard_can_be_switched_off(bench):
    bench.contract(SLOW, performance_guardrails={"max_case_regression": None})
    state(bench, {"id": "a", "wall_seconds": 0.001})
    assert bench.result()["guardrail_errors"] == []


@pytest.mark.parametrize(
    ("direction", "old", "error"),
    [
        ("maximize", 20, True),
        ("minimize", 5, True),
        ("maximize", 5, False),
        ("minimize", 20, False),
    ],
)
def test_guard_looks_at_the_primary_metric(bench, direction, old, error):
    bench.contract(
        {"id": "a", "command": ["echo", "score = 10"]},
        metrics={"score": {"find": "score"}},
        controller={"objective": {"primary_metric": "score", "direction": direction}},
    )
    state(bench, {"id": "a", "wall_seconds": 1e-9, "score": old})
    assert bool(bench.result()["guardrail_errors"]) is error


def test_value_that_the_incumbent_has_may_not_go_away(bench):
    metrics = {"a": {"find": "a", "optional": True}, "b": {"find": "b", "optional": True}}
    cases = [
        {"id": "one", "command": ["echo", "a = 1"]},
        {"id": "two", "command": ["echo", "b = 1"]},
    ]
    bench.contract(*cases, metrics=metrics)
    state(bench, {"id": "one", "a": 1}, {"id": "two", "a": 1, "b": 1})
    errors = [row["error"] for row in bench.result()["cases"]]
    assert errors == ["", "metric a: not found, but the incumbent has it"]


def git(bench, *words):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    done = subprocess.run(
        ["git", *identity, *words], cwd=bench.root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def protected(bench):
    """A repository with immutable paths and a baseline."""
    for name in ("src/io/a.c", "src/solver.c", "tests/t.py"):
        bench.write(name, "x\n")
    bench.write(".gitignore", f"{WORKSPACE}/\n")
    git(bench, "init", "-q")
    git(bench, "add", "-A")
    git(bench, "commit", "-q", "-m", "baseline")
    bench.contract(
        QUICK, repo={"editable_paths": ["src/**"], "immutable_paths": ["src/io/**", "tests/**"]}
    )
    state = {"baseline_commit": git(bench, "rev-parse", "HEAD")}
    bench.write(f"{WORKSPACE}/state.json", json.dumps(state))
    return bench


def test_change_in_scope_passes(protected):
    protected.write("src/solver.c", "y\n")
    assert outcome(protected) == ("absent", [])


def test_changed_immutable_path_is_an_error_committed_or_not(protected):
    protected.write("src/io/a.c", "y\n")
    error = "immutable path src/io/a.c was changed (src/io/**)"
    assert outcome(protected) == ("absent", [error])
    git(protected, "commit", "-q", "-a", "-m", "candidate")
    assert outcome(protected) == ("absent", [error])
    git(protected, "rm", "-q", "tests/t.py")
    git(protected, "commit", "-q", "-m", "candidate")
    assert outcome(protected)[1] == [error, "immutable path tests/t.py was changed (tests/**)"]


def test_before_the_baseline_no_path_is_compared(protected):
    protected.write("src/io/a.c", "y\n")
    protected.write(f"{WORKSPACE}/state.json", "{}")
    assert outcome(protected) == ("absent", [])
