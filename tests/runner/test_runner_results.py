"""The result: values, bounds, penalties, aggregation, and the object that FermiLink reads."""

from __future__ import annotations

import json
import math
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runner.harness import WORKSPACE, python, runner_module

RUNNER = runner_module()


def broken(got, **bounds):
    return RUNNER.broken_expectations({"e": got}, {"e": bounds})


@pytest.mark.parametrize(
    ("value", "bounds", "sentences"),
    [
        (-1.0, {"value": -1.0}, []),
        (-1.0, {"value": -1.0000001}, ["e: -1.0 differs from -1.0000001 by 1e-07, more than 0"]),
        (1.05, {"value": 1.0, "abs": 0.1}, []),
        (1.05, {"value": 1.0, "rel": 0.1}, []),
        (
            105.0,
            {"value": 100.0, "abs": 1.0, "rel": 0.1},
            ["e: 105.0 differs from 100.0 by 5, more than 1"],
        ),
        (
            105.0,
            {"value": 100.0, "abs": 9.0, "rel": 0.01},
            ["e: 105.0 differs from 100.0 by 5, more than 1"],
        ),
        (-105.0, {"value": -100.0, "rel": 0.1}, []),
        (2, {"min": 1, "max": 3}, []),
        (0, {"min": 1}, ["e: 0 is below the minimum 1"]),
        (4, {"max": 3}, ["e: 4 is above the maximum 3"]),
        (
            4,
            {"max": 3, "label": "at most 3 (goal.md:9)"},
            ["e: 4 is above the maximum 3 [at most 3 (goal.md:9)]"],
        ),
        ([1, 2], {"value": [1, 2]}, []),
        ([1, 2], {"value": [1, 3], "abs": 0.5}, ["e: 2 differs from 3 by 1, more than 0.5"]),
        ([1, 2], {"value": [1, 2, 3]}, ["e: 2 values instead of 3"]),
        (1, {"value": [1, 2]}, ["e: 1 values instead of 2"]),
        ([1, 5], {"max": 3}, ["e: 5 is above the maximum 3"]),
        ([2, 2], {"value": 2}, []),
        ("done", {"text": "done"}, []),
        ("Done", {"text": "done"}, ["e: 'Done' is not the text 'done'"]),
        (1, {"text": "1"}, ["e: 1 is not the text '1'"]),
        ("done", {"max": 3}, ["e: 'done' is not a number"]),
        (True, {"max": 3}, ["e: True is not a number"]),
        (math.nan, {"value": 1.0, "abs": 9e9}, ["e: nan is not a number"]),
        (math.nan, {"min": 1.0}, ["e: nan is not a number"]),
    ],
)
def test_bounds(value, bounds, sentences):
    assert broken(value, **bounds) == sentences


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1e300), st.floats(0, 1e300))
def test_value_that_is_in_no_bound_is_never_accepted(value, absolute, offset):
    accepted = not broken(value + offset, value=value, abs=absolute)
    assert not accepted or abs((value + offset) - value) <= absolute


class Run:
    """As much of a measured case as aggregation needs."""

    def __init__(self, weight, *walls):
        self.case = type("Case", (), {"weight": weight, "id": "x"})
        self.samples = [RUNNER.Repeat(wall=wall, user=wall, peak_rss=1 << 20) for wall in walls]
        self.errors = []

    values = RUNNER.CaseRun.values


@pytest.mark.parametrize(
    ("how", "value"),
    [("geometric_mean", 2 ** (5 / 4)), ("mean", 13 / 4), ("sum", 13.0), ("max", 10.0)],
)
def test_weights_matter(how, value):
    contract = RUNNER.parse_contract(
        {
            "benchmark_id": "b",
            "controller": {"objective": {"case_aggregation": how}},
            "cases": [{"id": "a", "command": ["true"]}],
        }
    )
    runs = [Run(3, 1.0), Run(1, 10.0)] if how != "geometric_mean" else [Run(3, 2.0), Run(1, 4.0)]
    assert RUNNER.aggregate(contract, [*runs, Run(0, 99.0)], "wall_seconds") == pytest.approx(value)


def test_case_counts_with_the_median_of_its_repeats(bench):
    assert RUNNER.median([3.0, 1.0, 2.0]) == 2.0
    assert RUNNER.median([4.0, 1.0, 2.0, 3.0]) == 2.5
    bench.contract({"id": "a", "command": ["true"], "repeats": 3})
    result = bench.result()
    walls = result["measurement"]["cases"]["a"]["wall_seconds"]
    assert result["cases"][0]["wall_seconds"] == sorted(walls)[1]
    assert result["summary_metrics"]["wall_seconds"] == pytest.approx(sorted(walls)[1])


ENERGY = {"energy": {"find": "energy"}}


def test_result_is_the_object_that_fermilink_reads(bench):
    bench.contract(
        {"id": "a", "command": ["echo", "energy = 1.5"], "expect": {"energy": {"value": 1.5}}},
        {"id": "b", "command": ["echo", "gap"], "metrics": {"energy": None}},
        metrics=ENERGY,
    )
    result = bench.result()
    measurement = result.pop("measurement")
    times = [
        {key: row.pop(key) for key in ("wall_seconds", "total_seconds")} for row in result["cases"]
    ]
    summary = result.pop("summary_metrics")
    assert result == {
        "benchmark_id": "test-goal",
        "correctness_ok": True,
        "cases": [
            {"id": "a", "converged": True, "error": "", "energy": 1.5},
            {"id": "b", "converged": True, "error": ""},
        ],
        "guardrail_errors": [],
    }
    assert all(0 < row["wall_seconds"] <= row["total_seconds"] < 60 for row in times)
    assert sorted(summary) == ["case_count", "cpu_seconds", "peak_rss_mb", "wall_seconds"]
    assert summary["case_count"] == 2
    assert all(math.isfinite(value) for value in summary.values())
    assert sorted(measurement) == [
        "cases",
        "contract_sha256",
        "cpu",
        "cpu_affinity",
        "cpu_count",
        "host",
        "inputs_sha256",
        "load_after",
        "load_before",
        "logs",
        "notes",
        "problems",
        "python",
        "rss_floor_bytes",
        "runner_peak_rss_bytes",
        "runner_sha256",
        "runner_version",
        "seal",
        "seconds",
        "subreaper",
        "system",
    ]
    assert sorted(measurement["cases"]["a"]) == [
        "confirmation_wall_seconds",
        "drift",
        "logs",
        "peak_rss_bytes",
        "spread",
        "system_seconds",
        "user_seconds",
        "values",
        "wall_seconds",
    ]
    assert measurement["cases"]["a"]["values"] == {"energy": [1.5]}
    assert os.uname().nodename not in json.dumps(measurement) or len(os.uname().nodename) < 4


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (["echo", "energy = nan"], "metric energy: 'nan' is not a finite number in stdout"),
        (["echo", "energy = 1.6"], "energy: 1.6 differs from 1.5 by 0.1, more than 0"),
        (["true"], "metric energy: find 'energy' not found in stdout"),
        (["sh", "-c", "echo energy = 1.5; exit 1"], "exit status 1"),
        (["sh", "-c", "echo 'a\nNo  such file' >&2; exit 1"], "exit status 1 (No such file)"),
    ],
)
@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_failed_case_never_looks_fast(bench, command, error, direction):
    bench.contract(
        {"id": "bad", "command": command, "expect": {"energy": {"value": 1.5}}},
        {"id": "good", "command": ["echo", "energy = 1"]},
        metrics=ENERGY,
        controller={"objective": {"primary_metric": "speed", "direction": direction}},
    )
    result = bench.result()
    row = result["cases"][0]
    assert (row["converged"], row["error"], row["wall_seconds"]) == (False, error, 1e12)
    assert "energy" not in row
    assert result["correctness_ok"] is False
    assert result["summary_metrics"]["speed"] == (1e12 if direction == "minimize" else -1e12)
    assert result["summary_metrics"]["wall_seconds"] == 1e12


def test_every_repeat_is_checked(bench):
    script = 'n=$(cat n 2>/dev/null || echo 0); n=$((n + 1)); echo $n >n; echo "energy = $n"'
    case = {"command": ["sh", "-c", script], "repeats": 3, "expect": {"energy": {"max": 2}}}
    row = bench.one(case, metrics=ENERGY)
    assert row["error"] == "energy: 3 is above the maximum 2"


def test_first_repeat_gives_the_value_and_the_median_the_objective(bench):
    script = 'n=$(cat n 2>/dev/null || echo 0); n=$((n + 1)); echo $n >n; echo "energy = $n"'
    bench.contract(
        {"id": "a", "command": ["sh", "-c", script], "repeats": 3, "warmup_repeats": 1},
        metrics=ENERGY,
        controller={"objective": {"primary_metric": "energy", "direction": "maximize"}},
    )
    result = bench.result()
    assert result["cases"][0]["energy"] == 2
    assert result["summary_metrics"]["energy"] == pytest.approx(3)


@pytest.mark.parametrize(
    ("line", "ok"),
    [
        ("converged = True", True),
        ('{"converged": 1}', True),
        ("converged = False", False),
        ("converged: 0", False),
    ],
)
def test_extracted_convergence_decides(bench, line, ok):
    row = bench.one({"command": ["echo", line]}, metrics={"converged": {"find": "converged"}})
    assert row["converged"] is ok
    assert (row["error"] == "") is ok


def test_primary_metric_that_does_not_exist_is_no_success(bench):
    bench.contract(
        {"id": "a", "command": ["echo", "energy = -1"]},
        metrics=ENERGY,
        controller={"objective": {"primary_metric": "energy"}},
    )
    result = bench.result()
    assert result["correctness_ok"] is False
    assert result["summary_metrics"]["energy"] == 1e12
    problem = "there is no geometric_mean of energy over the cases"
    assert result["measurement"]["problems"] == [problem]


def test_values_come_from_files_that_this_run_wrote(bench):
    metrics = {"e": {"json": "e", "file": "out/result.json"}}
    write = "import json, os; os.makedirs('out', exist_ok=True); json.dump({'e': 3}, open('out/result.json', 'w'))"
    assert bench.one({"command": python(write), "metrics": metrics})["e"] == 3
    row = bench.one({"command": ["true"], "metrics": metrics})
    assert row["error"] == (
        "declared output out/result.json was not written; "
        "metric e: out/result.json cannot be read: No such file or directory"
    )


def test_name_is_looked_for_in_declared_outputs_too(bench):
    case = {"command": ["sh", "-c", "echo energy = 4 >log.txt"], "outputs": ["log.txt"]}
    assert bench.one(case, metrics=ENERGY)["energy"] == 4


def test_outputs_are_removed_before_each_repeat(bench):
    bench.write("old/tree/file", "energy = 1")
    os.symlink("/etc/hostname", bench.path("link"))
    case = {"command": ["sh", "-c", "ls old link 2>&1; true"], "outputs": ["old", "link"]}
    row = bench.one(case)
    assert row["error"] == (
        "declared output old was not written; declared output link was not written"
    )
    assert os.path.exists("/etc/hostname") or not os.path.exists(bench.path("link"))


@pytest.mark.parametrize("name", ["../x", "/abs/x", "sub/../..", "link/x", "."])
def test_nothing_outside_the_project_is_removed(bench, tmp_path, name):
    (tmp_path / "x").write_text("mine")
    os.symlink(tmp_path, bench.path("link"))
    os.mkdir(bench.path("sub"))
    row = bench.one({"command": ["true"], "outputs": [name]})
    assert row["error"] == f"cannot start 'true': its output {name} is outside the project"
    assert (tmp_path / "x").exists()
    assert os.path.isdir(bench.root)


def test_case_of_the_command_line_is_measured_alone(bench):
    bench.contract(*({"id": name, "command": ["true"]} for name in "abc"))
    assert [row["id"] for row in bench.result("--case", "c", "--case", "a")["cases"]] == ["a", "c"]


def test_people_get_a_table_and_a_status(bench):
    bench.contract({"id": "ok", "command": ["true"]}, {"id": "no", "command": ["false"]})
    done = bench.run()
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert lines[0].split() == ["case", "wall", "s", "spread", "cpu", "s", "MiB", "result"]
    assert (lines[1].split()[0], lines[1].split()[-1]) == ("ok", "ok")
    assert lines[2].endswith("exit status 1")
    assert lines[-1] == "logs: .fermilink-optimize/runs/test/measure/0001"
    bench.contract({"id": "ok", "command": ["true"]})
    assert bench.run().returncode == 0


def test_hashes_tell_contract_and_inputs_apart(bench):
    def hashes():
        measured = bench.result()["measurement"]
        return measured["contract_sha256"], measured["inputs_sha256"]

    bench.contract({"id": "a", "command": ["true"]})
    contract, inputs = hashes()
    assert inputs == ""
    bench.write(f"{WORKSPACE}/inputs/all/sub/a.xyz", "1")
    first = hashes()
    assert (first[0], len(first[1])) == (contract, 64)
    os.rename(bench.path(WORKSPACE, "inputs/all/sub"), bench.path(WORKSPACE, "inputs/all/other"))
    renamed = hashes()
    bench.write(f"{WORKSPACE}/inputs/all/other/a.xyz", "2")
    assert len({first[1], renamed[1], hashes()[1]}) == 3
    bench.contract({"id": "b", "command": ["true"]})
    assert hashes()[0] != contract
