from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from contract.contracts import VALID, changed
from contract.mutations import VALUES, mutated
from hypothesis import given, settings
from hypothesis import strategies as st

from fermilink_scaffold.contract.check_commands import shell_text
from fermilink_scaffold.contract.check_scope import covers
from fermilink_scaffold.contract.checks import validate
from fermilink_scaffold.contract.load import parse_contract
from fermilink_scaffold.contract.prebuild import hand_over_command

if TYPE_CHECKING:
    from collections.abc import Callable


#: A build as `init` writes it, without its text.
BUILD = ["build" if word == "hand-over" else word for word in hand_over_command()]


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    """`_set("cases", 0, "id", "x")` puts "x" there."""
    *keys, last, value = path

    def change(data: Any) -> None:
        for key in keys:
            data = data[key]
        data[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "report"),
    [
        (
            lambda data: (
                _set("cases", 1, "id", "train-h2o")(data),
                data.pop("split"),
            ),
            (
                "error: cases[train-h2o].id is here twice\n"
                "    The first one is cases[0]; give each its own id.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("split", "train_case_ids", ["train-h2o", "train-h20"]),
            (
                "error: split.train_case_ids[1] names no case: 'train-h20'\n"
                "    The cases are train-h2o, test-benzene.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("split", "train_case_ids", ["train-h2o", "test-benzene"]),
            (
                "error: split.train_case_ids leaves no case for the decision\n"
                "    Candidates are judged by the cases that are not in this list.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("controller", "timeout_seconds", 1000),
            (
                "warning: controller.timeout_seconds (1000 s) is less than the test cases may take "
                "together (1800 s)\n"
                "    Raise it, or lower the cases' timeout_seconds or repeats: it ends the run first.\n"
                "0 errors, 1 warning"
            ),
        ),
        (
            _set("cases", 1, "cwd", "bench/../../other"),
            (
                "error: cases[test-benzene].cwd leads out of the project: 'bench/../../other'\n"
                "    Write it relative to the project.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("cases", 1, "outputs", ["../src/a.py", "../../x", "/etc/passwd"]),
            (
                "error: cases[test-benzene].outputs[1] leads out of the project: '../../x'\n"
                "    Write it relative to the case's cwd; the runner removes it before each repeat.\n"
                "error: cases[test-benzene].outputs[2] leads out of the project: '/etc/passwd'\n"
                "    Write it relative to the case's cwd; the runner removes it before each repeat.\n"
                "2 errors, 0 warnings"
            ),
        ),
        (
            _set("cases", 1, "expect", {"energy": {"min": 2, "max": 1}, "gap": {"max": 1}}),
            (
                "error: cases[test-benzene].expect.energy has a min (2) above its max (1)\n"
                "error: cases[test-benzene].expect.gap bounds a field that is not read\n"
                "    Say under metrics how 'gap' is read from the output.\n"
                "2 errors, 0 warnings"
            ),
        ),
        (
            lambda data: (
                _set("cases", 1, "metrics", "forces", "file", "../../x.json")(data),
                _set("cases", 1, "expect", "energy", {"label": "goal.md:3"})(data),
            ),
            (
                "error: cases[test-benzene].expect.energy needs a value, a min, a max or a text\n"
                "error: cases[test-benzene].metrics.forces reads 'forces' from a file outside the "
                "project: '../../x.json'\n"
                "    Write it relative to the case's cwd; the runner removes it before each repeat.\n"
                "2 errors, 0 warnings"
            ),
        ),
        (
            _set(
                "cases",
                1,
                "expect",
                {"forces": {"value": [1.0, 2.0], "abs": 1}, "energy": {"abs": 1}},
            ),
            (
                "error: cases[test-benzene].expect.energy has abs or rel but no value that they refer to\n"
                "error: cases[test-benzene].expect.forces has 2 values, but the metric's length is 3\n"
                "2 errors, 0 warnings"
            ),
        ),
        (
            _set("cases", 0, "command", ["bash", "-c", "cat {inputs}/x | sort", "{rundir}"]),
            (
                "error: cases[train-h2o].command[2] has {inputs} inside shell text: a path with a blank "
                "would break it\n"
                '    Write "$1" there and give {inputs} as a word after the text and a name.\n'
                "warning: cases[train-h2o].command[2] has a pipe: a program that fails on its left side "
                "goes unnoticed\n"
                "    Begin the text with `set -o pipefail;` and let bash run it.\n"
                "warning: cases[train-h2o].command[3] has {rundir}, which nothing replaces\n"
                "    Did you mean {run_dir}?\n"
                "1 error, 2 warnings"
            ),
        ),
        (
            lambda data: (
                _set("cases", 0, "command", ["bash", "-c", "grep 'a|b' x || y"])(data),
                _set("cases", 1, "command", ["bash", "-o", "pipefail", "-c", "x | y"])(data),
            ),
            "No problems found.",
        ),
        (
            _set(
                "runtime",
                "pre_commands",
                [["make", "IN={inputs}"], ["sh", "-ec", "cd {project_root}"]],
            ),
            (
                "error: runtime.pre_commands[0][1] has {inputs}, which only works in a case's command\n"
                "error: runtime.pre_commands[1][2] has {project_root} inside shell text: a path with a "
                "blank would break it\n"
                '    Write "$1" there and give {project_root} as a word after the text and a name.\n'
                "2 errors, 0 warnings"
            ),
        ),
        (
            _set("runtime", "pre_commands", [[*BUILD, "cd {project_root}"], hand_over_command()]),
            (
                "error: runtime.pre_commands[0][5] has {project_root} inside shell text: a path with a "
                "blank would break it\n"
                '    The build runs in the project\'s root: write paths relative to it, or "$PWD".\n'
                "1 error, 0 warnings"
            ),
        ),
        (
            _set(
                "runtime", "pre_commands", [["bash", "-c", "x=${inputs} ${rundir}; awk '{print}'"]]
            ),
            "No problems found.",
        ),
        (
            _set("runtime", "env", {"A": "{run_dir}/x"}),
            (
                "error: runtime.env.A has {run_dir}, which nothing replaces there\n"
                "    Placeholders work in runtime.command, pre_commands and a case's command.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("runtime", "env", "FERMILINK_GOAL_INPUT_ROOT", "/home/me/inputs"),
            (
                "error: runtime.env.FERMILINK_GOAL_INPUT_ROOT must be relative to the project\n"
                "    Write .fermilink-optimize/inputs/all: the workspace may move.\n"
                "warning: runtime.env.FERMILINK_GOAL_INPUT_ROOT holds a path of this machine: "
                "/home/me/inputs\n"
                "    Use {project_root}, {inputs}, a path relative to the project, or a name on PATH.\n"
                "1 error, 1 warning"
            ),
        ),
        (
            _set(
                "cases",
                0,
                "command",
                ["/opt/code/bin/run", "--in=/data/x/y", "/usr/bin/env", "a/b/c"],
            ),
            (
                "warning: cases[train-h2o].command[0] holds a path of this machine: /opt/code/bin/run\n"
                "    Use {project_root}, {inputs}, a path relative to the project, or a name on PATH.\n"
                "warning: cases[train-h2o].command[1] holds a path of this machine: /data/x/y\n"
                "    Use {project_root}, {inputs}, a path relative to the project, or a name on PATH.\n"
                "0 errors, 2 warnings"
            ),
        ),
        (
            _set("runtime", "env_passthrough", ["HOME", "LD_PRELOAD"]),
            (
                "error: runtime.env_passthrough[1] names LD_PRELOAD, which would let the caller change "
                "what is measured\n"
                "    The runner refuses it; a variable that the cases need goes into runtime.env.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("runtime", "mode", "submit_poll"),
            (
                "error: runtime.mode is submit_poll, but nothing says where the result is\n"
                "    Give runtime.result_json_path or runtime.result_command.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("cases", 0, "command", ["a\0b", ""]),
            (
                "error: cases[train-h2o].command[0] holds a NUL byte, which no program can be given\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set(
                "runtime",
                "pre_commands",
                [["make", " all "], ["bash", "-c", "make\n"], [*BUILD, "make\n"]],
            ),
            (
                "warning: runtime.pre_commands[0][1] begins or ends with a blank, which FermiLink cuts off\n"
                "0 errors, 1 warning"
            ),
        ),
        (
            _set("cases", 1, "metrics", "energy", {"regex": "E = (", "count": 1}),
            (
                "error: cases[test-benzene].metrics.energy.regex is no regular expression: "
                "missing ), unterminated subpattern at position 4\n"
                "    In YAML put expressions in single quotes: backslashes then stay as they are.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("cases", 1, "metrics", "energy", {"regex": "E = (.*)", "group": 2}),
            (
                "error: cases[test-benzene].metrics.energy.regex has no group 2\n"
                "    In YAML put expressions in single quotes: backslashes then stay as they are.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("cases", 1, "metrics", "error", {"find": "error"}),
            (
                "error: cases[test-benzene].metrics.error has a name that is taken\n"
                "    The runner reports a value of that name itself; choose another.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("controller", "objective", "primary_metric", "number_of_steps"),
            (
                "error: controller.objective.primary_metric 'number_of_steps' holds 'mb': FermiLink takes "
                "it for a memory size and keeps the worst run\n"
                "    Choose another name for the field.\n"
                "error: controller.objective.primary_metric 'number_of_steps' is neither measured nor read "
                "in train-h2o, test-benzene\n"
                "    Measured are wall_seconds, cpu_seconds, peak_rss_mb; others need an entry in metrics.\n"
                "2 errors, 0 warnings"
            ),
        ),
        (
            _set("controller", "objective", "primary_metric", "total_seconds"),
            (
                "error: controller.objective.primary_metric 'total_seconds' is neither measured nor read "
                "in train-h2o, test-benzene\n"
                "    The runner optimises one of wall_seconds, cpu_seconds, peak_rss_mb, or a field of "
                "metrics.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("correctness", "field_tolerances", 0, "field", "peak_rss_mb"),
            (
                "error: correctness.field_tolerances[0].field 'peak_rss_mb' is read in no case, so it is "
                "never compared\n"
                "    Remove it: the runner keeps this number out of a case's result.\n"
                "warning: cases[train-h2o] is right whenever it exits with 0: no check reaches it\n"
                "    Give it `expect`, or a field that a tolerance compares.\n"
                "1 error, 1 warning"
            ),
        ),
        (
            _set("correctness", "field_tolerances", 0, "field", "wall_seconds"),
            (
                "warning: correctness.field_tolerances[0].field 'wall_seconds' is measured: a tolerance "
                "for it refuses what is faster, too\n"
                "    performance_guardrails.max_case_regression bounds the times.\n"
                "0 errors, 1 warning"
            ),
        ),
        (
            lambda data: (
                data["metrics"].update(forces={"json": "f", "length": 3}),
                data["controller"]["objective"].update(primary_metric="forces"),
            ),
            (
                "error: controller.objective.primary_metric 'forces' is a list in train-h2o, test-benzene\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("correctness", "field_tolerances", 0, "comparison", "rms_delta"),
            (
                "error: correctness.field_tolerances[0].comparison compares by rms_delta but has no "
                "rms_delta, so nothing is checked\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("metrics", "energy", "optional", True),
            (
                "error: correctness.field_tolerances[0].field 'energy' may be missing in "
                "train-h2o, and every candidate would fail there\n"
                "    Write optional: true here too.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("correctness", "field_tolerances", 1, "optional", False),
            (
                "error: correctness.field_tolerances[1].field 'forces' is not read in train-h2o: every "
                "candidate would fail there\n"
                "    Read it there too, or write optional: true.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("correctness", "field_tolerances", 1, "field", "gap"),
            (
                "error: correctness.field_tolerances[1].field 'gap' is read in no case, so it is never "
                "compared\n"
                "    Say under metrics how 'gap' is read from the output.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            _set("split", "train_case_ids", ["test-benzene"]),
            (
                "warning: correctness.field_tolerances[1].field 'forces' is read in train cases only: the "
                "decision never looks at it\n"
                "0 errors, 1 warning"
            ),
        ),
        (
            lambda data: data["correctness"].pop("field_tolerances"),
            (
                "error: correctness.mode is field_tolerances, but there are none\n"
                "    List the fields, or write mode: runner_only and allow_runner_only: true.\n"
                "warning: cases[train-h2o] is right whenever it exits with 0: no check reaches it\n"
                "    Give it `expect`, or a field that a tolerance compares.\n"
                "1 error, 1 warning"
            ),
        ),
        (
            lambda data: (
                data.pop("metrics"),
                data["cases"][1].pop("metrics"),
                data["cases"][1].pop("expect"),
                data.update(correctness={"mode": "runner_only"}),
            ),
            (
                "warning: correctness.mode is runner_only and no case has bounds: "
                "CORRECTNESS MEANS EXIT STATUS ALONE\n"
                "    Give the cases `expect`, or name fields in the goal: a wrong result passes now.\n"
                "warning: correctness.mode is runner_only, but allow_runner_only is not true: FermiLink "
                "makes up tolerances\n"
                "    Write allow_runner_only: true if it is meant.\n"
                "0 errors, 2 warnings"
            ),
        ),
        (
            lambda data: data.update(
                metrics={"energy": None},
                correctness={
                    "field_tolerances": [{"field": "energy", "abs_delta": 1e-6, "optional": True}]
                },
            ),
            (
                "warning: cases[train-h2o] is right whenever it exits with 0: no check reaches it\n"
                "    Give it `expect`, or a field that a tolerance compares.\n"
                "0 errors, 1 warning"
            ),
        ),
        (
            _set(
                "repo", "editable_paths", ["*.py", "pkg/**/*.c", "src/** except src/x", "tests/**"]
            ),
            (
                "error: repo.editable_paths[0] '*.py' covers the workspace: FermiLink would delete "
                ".fermilink-optimize/autogen/benchmark_runner.py\n"
                "    `*` crosses slashes: begin with a directory, e.g. src/**, or write [!.]*.py.\n"
                "error: repo.editable_paths[2] looks like prose, not like a pattern: 'src/** except src/x'\n"
                "    List patterns only; an exception in words has no effect.\n"
                "error: repo.immutable_paths[0] 'tests/**' is in editable_paths too\n"
                "    Keep one; FermiLink allows the change.\n"
                "warning: repo.editable_paths[1] 'pkg/**/*.c' misses pkg/a.c\n"
                "    `*` crosses slashes here: write pkg/*.c.\n"
                "3 errors, 1 warning"
            ),
        ),
        (
            _set(
                "repo", "editable_paths", ["./src/**", "../a", "src\\a", "src/{a,b}.py", "!src/x"]
            ),
            (
                "error: repo.editable_paths[0] './src/**' matches nothing: paths have no './' and no empty "
                "part\n"
                "    Write it relative to the project, e.g. src/**.\n"
                "error: repo.editable_paths[1] '../a' leads out of the project\n"
                "    Write it relative to the project, e.g. src/**.\n"
                "error: repo.editable_paths[2] 'src\\a' has backslashes; paths have '/'\n"
                "    Write it relative to the project, e.g. src/**.\n"
                "error: repo.editable_paths[3] 'src/{a,b}.py' has braces, which are no pattern here: write a "
                "line for each\n"
                "    Write it relative to the project, e.g. src/**.\n"
                "error: repo.editable_paths[4] '!src/x' begins with '!', which takes nothing back here\n"
                "    Write it relative to the project, e.g. src/**.\n"
                "5 errors, 0 warnings"
            ),
        ),
    ],
)
def test_each_rule_says_what_is_wrong_and_what_to_do(change, report):
    assert changed(change) == report


@pytest.mark.parametrize(
    ("words", "index"),
    [
        (["bash", "-c", "x"], 2),
        (["/bin/sh", "-euc", "x", "name"], 2),
        (["bash", "-o", "pipefail", "-c", "x"], 4),
        (["bash", "--norc", "-lc", "x"], 3),
        (["env", "A=1", "mpirun", "-n", "4", "bash", "-c", "x"], 7),
        (["bash", "-c", "--", "x"], 3),
        (["bash", "script.sh", "-c", "x"], None),
        (["bash", "-c"], None),
        (["python", "-c", "x"], None),
    ],
)
def test_the_text_of_a_shell_is_found(words: list[str], index: int | None):
    assert shell_text(words) == index


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("src/**", "src/a.py", True),
        ("src/**", "src/deep/a.py", True),
        ("pkg/**/*.py", "pkg/a.py", False),
        ("pkg/*.py", "pkg/deep/a.py", True),
        ("[!.]*.py", "src/a.py", True),
        ("[!.]*.py", ".fermilink-optimize/autogen/benchmark_runner.py", False),
        ("SRC/**", "src/a.py", False),
    ],
)
def test_patterns_match_as_fermilink_matches_them(pattern, path, expected):
    assert covers(pattern, path) is expected


def test_a_control_character_in_an_id_stays_on_one_line():
    def change(data):
        data["cases"][0].update(id="a\n\x1b[31mb", weight=-1)
        data["split"]["train_case_ids"] = ["a\n\x1b[31mb"]

    assert changed(change) == (
        "error: cases[a\\n\\x1b[31mb].weight must be more than 0, not -1\n1 error, 0 warnings"
    )


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_no_mutation_of_a_contract_makes_the_checks_fail(data):
    for problem in validate(data):
        assert problem.what
        assert str(problem).count("\n") == (1 if problem.hint else 0)


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_anything_at_all_is_judged(value):
    validate(value)


LINES = VALID.splitlines()
SIMPLE = [
    number
    for number, line in enumerate(LINES)
    if re.fullmatch(r"\s*(?:- )?[a-z_A-Z]+: [^\[{].*", line)
    and not re.search(r"basis|description|label|target|hypothesis", line)
]


@given(st.sampled_from(SIMPLE), st.integers(0, 3))
def test_a_problem_points_at_the_line_of_the_key(number: int, blank_lines: int):
    key, _, _ = LINES[number].partition(":")
    lines = [*LINES]
    lines[number] = f"{key}: {{wrong: [type]}}"
    contract = parse_contract("\n" * blank_lines + "\n".join(lines), file="f")
    problems = validate(contract.data, contract.positions)
    placed = {problem.line for problem in problems if problem.code.startswith("schema-")}
    assert number + 1 + blank_lines in placed
    column = len(key) - len(key.lstrip(" -")) + 1
    assert any(
        (problem.line, problem.column) == (number + 1 + blank_lines, column) for problem in problems
    )
