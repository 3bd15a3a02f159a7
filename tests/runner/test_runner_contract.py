"""What the runner says about a contract it cannot use, and how it finds its places."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from runner.harness import NOTHING, WORKSPACE, Workbench

CASE = {"id": "a", "command": NOTHING}


def failure(bench, *cases, **sections):
    bench.contract(*cases, **sections)
    done = bench.run("--emit-json")
    assert (done.returncode, done.stdout) == (2, "")
    prefix = f"benchmark_runner: {bench.benchmark}: "
    assert done.stderr.startswith(prefix)
    assert done.stderr.count("\n") == 1
    return done.stderr[len(prefix) : -1]


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ({"id": None}, "cases[0].id: must be a text (found None)"),
        ({"id": " "}, "cases[0].id: must be a text (found ' ')"),
        ({"command": "ls -l"}, "cases[0].command: must be a list of words (found 'ls -l')"),
        ({"command": []}, "cases[0].command: must be a list of words (found [])"),
        ({"command": ["a", 1]}, "cases[0].command: must be a list of words (found ['a', 1])"),
        ({"command": ["a\0b"]}, "cases[0].command: must be a list of words (found ['a\\x00b'])"),
        (
            {"timeout_seconds": "1e3"},
            "cases[0].timeout_seconds: must be a number above 0 (found '1e3')",
        ),
        ({"timeout_seconds": 0}, "cases[0].timeout_seconds: must be a number above 0 (found 0)"),
        ({"repeats": 0}, "cases[0].repeats: must be a whole number of at least 1 (found 0)"),
        ({"repeats": True}, "cases[0].repeats: must be a whole number of at least 1 (found True)"),
        ({"weight": -1}, "cases[0].weight: must be a number of at least 0 (found -1)"),
        (
            {"weight": float("nan")},
            "cases[0].weight: must be a number of at least 0 (found nan)",
        ),
        ({"weight": 0}, "cases: at least one case needs a weight above 0"),
        ({"env": ["A=1"]}, "cases[0].env: must be a mapping (found ['A=1'])"),
        ({"env": {"A": True}}, "cases[0].env.A: must be a text; put it in quotes (found True)"),
        ({"env": {"A=B": "1"}}, "cases[0].env.A=B: a variable's name has no `=` (found '1')"),
        (
            {"metrics": {"e": {}}},
            "cases[0].metrics.e: needs one of regex, json, column, find",
        ),
        (
            {"metrics": {"e": {"find": "e", "json": "e"}}},
            "cases[0].metrics.e: needs one of regex, json, column, find",
        ),
        (
            {"metrics": {"wall_seconds": {"find": "e"}}},
            "cases[0].metrics.wall_seconds: the result uses this name itself",
        ),
        (
            {"metrics": {"e": {"regex": "(", "count": 1}}},
            (
                "cases[0].metrics.e.regex: is no regular expression: missing ), unterminated "
                "subpattern at position 0 (found '(')"
            ),
        ),
        (
            {"metrics": {"e": {"regex": "(e)", "group": 2}}},
            "cases[0].metrics.e.group: does not exist in the pattern (found 2)",
        ),
        (
            {"metrics": {"e": {"find": "e", "pick": "middle"}}},
            "cases[0].metrics.e.pick: must be first, last, all or an index (found 'middle')",
        ),
        (
            {"metrics": {"e": {"find": "e", "pick": ["last"]}}},
            "cases[0].metrics.e.pick: must be first, last, all or an index (found ['last'])",
        ),
        (
            {"metrics": {"e": {"regex": "e", "group": [1]}}},
            "cases[0].metrics.e.group: must be a number or a name (found [1])",
        ),
        (
            {"metrics": {"cpu_seconds": {"find": "e"}}},
            "cases[0].metrics.cpu_seconds: the result uses this name itself",
        ),
        (
            {"metrics": {"e": {"find": "e"}}, "expect": {"e": {"value": None, "abs": 1.0}}},
            (
                "cases[0].expect.e: needs a value, a min, a max or a text "
                "(found {'abs': 1.0, 'value': None})"
            ),
        ),
        (
            {"timeout_seconds": 10**400},
            f"cases[0].timeout_seconds: must be a number above 0 (found {10**400!s:.80})",
        ),
        (
            {"metrics": {"e": {"find": "e", "cuont": 1}}},
            (
                "cases[0].metrics.e.cuont: unknown key; known are regex, json, column, find, optional, pick, "
                "group, count, length, source, file, text, multiline (found 1)"
            ),
        ),
        (
            {"expect": {"e": {"value": 1.0}}},
            "cases[0].expect.e: is not among this case's metrics (found {'value': 1.0})",
        ),
        (
            {"metrics": {"e": {"find": "e"}}, "expect": {"e": {"abs": 1.0}}},
            "cases[0].expect.e: needs a value, a min, a max or a text (found {'abs': 1.0})",
        ),
        (
            {"metrics": {"e": {"find": "e"}}, "expect": {"e": {"value": 1.0, "abs": "1e-8"}}},
            "cases[0].expect.e.abs: must be a number of at least 0 (found '1e-8')",
        ),
        (
            {"metrics": {"e": {"find": "e"}}, "expect": {"e": {"value": [1.0, "2"]}}},
            "cases[0].expect.e.value: must be a list of numbers (found [1.0, '2'])",
        ),
    ],
)
def test_wrong_case_is_one_line_with_its_key(bench, case, sentence):
    assert failure(bench, {**CASE, **case}) == sentence


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        ({"cases": []}, "cases: at least one case needs a weight above 0"),
        ({"cases": {"a": 1}}, "cases: must be a list (found {'a': 1})"),
        ({"cases": [1]}, "cases[0]: must be a mapping"),
        ({"cases": [CASE, CASE]}, "cases: the id 'a' is used twice"),
        ({"benchmark_id": ""}, "benchmark_id: must be a text (found '')"),
        (
            {"controller": {"timeout_seconds": -1}},
            "controller.timeout_seconds: must be a number above 0 (found -1)",
        ),
        (
            {"controller": {"objective": {"direction": "up"}}},
            "controller.objective.direction: must be one of minimize, maximize (found 'up')",
        ),
        (
            {"controller": {"objective": {"case_aggregation": "mode"}}},
            (
                "controller.objective.case_aggregation: must be one of geometric_mean, mean, sum, max "
                "(found 'mode')"
            ),
        ),
        (
            {"runtime": {"env_passthrough": ["LD_PRELOAD"]}},
            (
                "runtime.env_passthrough: names a variable that is never taken from the caller "
                "(found ['LD_PRELOAD'])"
            ),
        ),
        (
            {"runtime": {"pre_commands": ["make"]}},
            "runtime.pre_commands.0: must be a list of words (found 'make')",
        ),
    ],
)
def test_wrong_section_is_one_line_with_its_key(bench, sections, sentence):
    assert failure(bench, CASE, **sections) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"cases: [\n  a: b: c\n", ":2:7: "),
        (b"- a\n", ": must be a mapping"),
        (b"", ": must be a mapping"),
        (b"a: \xff\n", ": "),
        (b"a: !!python/object:os.system {}\n", ":1:4: "),
    ],
)
def test_file_that_is_no_contract_is_one_line(bench, text, sentence):
    with open(bench.benchmark, "wb") as file:
        file.write(text)
    done = bench.run("--emit-json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"benchmark_runner: {bench.benchmark}{sentence}")


def test_missing_file_is_one_line(bench):
    done = bench.run("--benchmark", bench.path("none.yaml"))
    sentence = f"benchmark_runner: {bench.path('none.yaml')}: No such file or directory\n"
    assert (done.returncode, done.stderr) == (2, sentence)


def test_unknown_case_of_the_command_line_is_one_line(bench):
    bench.contract(CASE)
    done = bench.run("--case", "b")
    sentence = f"benchmark_runner: --case: there is no case 'b' in {bench.benchmark}\n"
    assert (done.returncode, done.stderr) == (2, sentence)


def test_missing_yaml_says_what_to_run(bench):
    bench.contract(CASE)
    done = subprocess.run(
        [sys.executable, "-I", "-S", bench.runner, "--benchmark", bench.benchmark],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    sentence = f"PyYAML is missing from {sys.executable}: run bash {WORKSPACE}/autogen/setup_env.sh"
    assert (done.returncode, done.stderr) == (2, f"benchmark_runner: {sentence}\n")


def test_run_directory_that_cannot_be_made_is_one_line(bench):
    bench.contract(CASE)
    bench.write(f"{WORKSPACE}/runs", "a file")
    done = bench.run("--emit-json")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_keys_of_other_programs_pass(bench):
    case = {**CASE, "basis": "6-31g", "atoms": [1, 2], "geometry": "H 0 0 0\nH 0 0 1\n", "x": None}
    bench.contract(case, reporting={"a": 1}, artifacts={"b": 2})
    assert bench.result()["correctness_ok"] is True


def test_root_is_found_from_every_place_of_the_file(bench):
    bench.contract(
        {
            "id": "a",
            "command": ["sh", "-c", "pwd"],
            "metrics": {"p": {"regex": "(.+)", "text": True}},
        }
    )
    places = (
        f"{WORKSPACE}/benchmark.worker.yaml",
        f"{WORKSPACE}/runs/iter_0001/benchmark.controller.yaml",
        "sub/deep/own.yaml",
    )
    for place in places:
        os.makedirs(os.path.dirname(bench.path(place)), exist_ok=True)
        shutil.copy(bench.benchmark, bench.path(place))
        assert bench.result("--benchmark", bench.path(place))["cases"][0]["p"] == bench.root


def test_root_is_found_from_the_working_directory(bench, tmp_path):
    bench.contract(CASE)
    elsewhere = shutil.copy(bench.benchmark, tmp_path / "elsewhere.yaml")
    os.mkdir(bench.path("sub"))
    assert bench.result("--benchmark", str(elsewhere), cwd=bench.path("sub"))["correctness_ok"]
    done = bench.run("--benchmark", str(elsewhere), cwd=str(tmp_path))
    sentence = f"{elsewhere}: no {WORKSPACE} directory above it or above {tmp_path}"
    assert (done.returncode, done.stderr) == (2, f"benchmark_runner: {sentence}\n")


def test_moved_project_works_on(bench, tmp_path):
    bench.contract(
        {
            "id": "a",
            "command": ["sh", "-c", 'cat "$1"', "sh", "{inputs}/n"],
            "metrics": {"n": {"regex": "(.+)"}},
        }
    )
    bench.write(f"{WORKSPACE}/inputs/all/n", "1\n")
    assert bench.result()["cases"][0]["n"] == 1
    moved = Workbench.__new__(Workbench)
    os.rename(bench.root, tmp_path / "other place")
    moved.__dict__.update(
        {k: v.replace(bench.root, str(tmp_path / "other place")) for k, v in vars(bench).items()}
    )
    moved.write(f"{WORKSPACE}/inputs/all/n", "2\n")
    assert moved.result()["cases"][0]["n"] == 2


def test_placeholders_are_filled_once_and_never_by_a_shell(bench):
    words = [
        "{inputs}/a b",
        "{project_root}",
        "{run_dir}",
        "{benchmark}",
        "{other}",
        "$HOME",
        "`ls`",
        "{{inputs}}",
    ]
    code = "import json, sys; print(json.dumps({'words': sys.argv[1:]}))"
    bench.contract({"id": "a", "command": [sys.executable, "-c", code, *words]})
    bench.result()
    with open(os.path.join(bench.run_dir, "measure", "0001", "000-a", "001.stdout")) as file:
        got = json.load(file)["words"]
    inputs = bench.path(WORKSPACE, "inputs", "all")
    assert got == [
        f"{inputs}/a b",
        bench.root,
        bench.run_dir,
        bench.benchmark,
        "{other}",
        "$HOME",
        "`ls`",
        f"{{{inputs}}}",
    ]


def test_worker_has_its_own_inputs(bench):
    os.makedirs(bench.path(WORKSPACE, "inputs", "worker"))
    bench.contract(
        {
            "id": "a",
            "command": ["sh", "-c", 'echo "$FERMILINK_GOAL_INPUT_ROOT|$1"', "sh", "{inputs}"],
            "metrics": {"p": {"regex": "(.+)", "text": True}},
        }
    )
    place = bench.path(WORKSPACE, "inputs", "worker")
    assert bench.result()["cases"][0]["p"] == f"{place}|{place}"
    os.makedirs(bench.path(WORKSPACE, "inputs", "all"))
    place = bench.path(WORKSPACE, "inputs", "all")
    assert bench.result()["cases"][0]["p"] == f"{place}|{place}"
