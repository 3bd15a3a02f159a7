from __future__ import annotations

import datetime as dt

import pytest
from contract.contracts import VALID, changed, said
from jsonschema import Draft202012Validator

from fermilink_scaffold.contract.schema import load_schema
from fermilink_scaffold.contract.values import write_float


def test_the_shipped_schema_is_a_valid_schema_that_explains_every_key():
    schema = load_schema()
    Draft202012Validator.check_schema(schema)

    def walk(node: object, where: str) -> list[str]:
        missing = []
        if isinstance(node, dict):
            for name, below in node.get("properties", {}).items():
                if not below.get("description", "").strip().endswith("."):
                    missing.append(f"{where}.{name}")
            for key, below in node.items():
                missing += walk(below, f"{where}.{key}")
        elif isinstance(node, list):
            for below in node:
                missing += walk(below, where)
        return missing

    assert walk(schema, "") == []


def test_a_good_contract_has_no_problems():
    assert said(VALID) == "No problems found."


def test_the_place_of_each_problem_is_the_line_of_its_key():
    text = VALID.replace("warmup_runs: 1", "warmup_runs: no").replace(
        "  weight: 1.0", "  weight: 0"
    )
    assert said(text) == (
        "error: benchmark.yaml:20:3: controller.warmup_runs must be a whole number, not false\n"
        "error: benchmark.yaml:66:5: cases[train-h2o].weight must be more than 0, not 0\n"
        "2 errors, 0 warnings"
    )


@pytest.mark.parametrize(
    ("old", "new", "report"),
    [
        (
            "abs_delta: 1.0e-06\n",
            "abs_delta: 1e-8\n",
            (
                "error: benchmark.yaml:35:7: correctness.field_tolerances[0].abs_delta must be a number, "
                'not the text "1e-8"\n'
                "    Write 1.0e-08: YAML reads 1e-8 as text, and FermiLink then skips the check silently.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "timeout_seconds: 3600",
            "timeout_seconds: 36e2",
            (
                'error: benchmark.yaml:19:3: controller.timeout_seconds must be a number, not the text "36e2"\n'
                "    Write 3600.0: YAML reads 36e2 as text.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "timeout_seconds: 3600",
            'timeout_seconds: "3600"',
            (
                'error: benchmark.yaml:19:3: controller.timeout_seconds must be a number, not the text "3600"\n'
                "    Write 3600 without quotes.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            'OMP_NUM_THREADS: "1"',
            "OMP_NUM_THREADS: 1",
            (
                "error: benchmark.yaml:54:5: runtime.env.OMP_NUM_THREADS must be text, not 1\n"
                '    Put it in quotes: "1".\n'
                "1 error, 0 warnings"
            ),
        ),
        (
            'OMP_NUM_THREADS: "1"',
            "OMP_DYNAMIC: yes",
            (
                "error: benchmark.yaml:54:5: runtime.env.OMP_DYNAMIC must be text, not true\n"
                "    Put it in quotes: bare yes, no, on, off, true and false are true or false to YAML.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            'OMP_NUM_THREADS: "1"',
            '2FAST: "1"',
            (
                "error: benchmark.yaml:54:5: runtime.env.2FAST is no name of an environment variable "
                '(letters, digits and _, not starting with a digit) (the text "2FAST")\n'
                "1 error, 0 warnings"
            ),
        ),
        (
            "  require_all_cases_converged: true",
            "  max_abs_energy_delta_hartree: 1.0e-08",
            (
                "error: benchmark.yaml:32:3: correctness.max_abs_energy_delta_hartree is an old key that "
                "FermiLink refuses\n"
                "    Write field_tolerances, which name the field.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "  measured_runs: 3",
            "  mesured_runs: 3",
            (
                "error: benchmark.yaml:21:3: controller has an unknown key 'mesured_runs'\n"
                "    Did you mean 'measured_runs'?\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "reporting:",
            "colour:",
            (
                "warning: benchmark.yaml:88:1: there is an unknown key 'colour'\n"
                "    Nothing reads it.\n"
                "0 errors, 1 warning"
            ),
        ),
        (
            "direction: minimize",
            "direction: minimise",
            (
                "error: benchmark.yaml:26:5: controller.objective.direction must be minimize or maximize, "
                'not the text "minimise"\n'
                "    Did you mean 'minimize'?\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            '    - [bash, -c, \'set -e; cat src/solver.c\', build, "{run_dir}", "{project_root}"]',
            "    []",
            (
                "error: benchmark.yaml:57:3: runtime.pre_commands must not be empty\n"
                "    Commands that build a candidate before it is measured; leave the key out when there "
                "are none.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            'command: [sh, bench.sh, "{inputs}/h2o.xyz"]',
            "command: sh bench.sh",
            (
                "error: benchmark.yaml:64:5: cases[train-h2o].command must be a list, "
                'not the text "sh bench.sh"\n'
                "    Write a list: [first, second].\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "  - id: train-h2o\n    description",
            "  - description",
            (
                "error: benchmark.yaml:62:5: cases[0] has no key 'id'\n"
                "    The name of the case, unique in the file; train- cases are shown to the agent, "
                "test- cases are held out.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "forces: {json: result.forces, file",
            "forces: {json: result.forces, regex: x, file",
            (
                "error: benchmark.yaml:80:7: cases[test-benzene].metrics.forces "
                "needs exactly one of regex, json, column and find\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "pick: last",
            "pick: lsat",
            (
                "error: benchmark.yaml:79:53: cases[test-benzene].metrics.energy.pick "
                "must be first, last, all or a whole number\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "    repeats: 2",
            "    repeats: 2.0",
            (
                "error: benchmark.yaml:74:5: cases[test-benzene].repeats must be a whole number, not 2.0\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "schema_version: 1",
            "schema_version: 2",
            "error: benchmark.yaml:1:1: schema_version must be 1, not 2\n1 error, 0 warnings",
        ),
        (
            "timeout_seconds: 3600",
            "timeout_seconds: .inf",
            (
                "error: benchmark.yaml:19:3: controller.timeout_seconds is not a finite number\n"
                "    A NaN or an infinity would pass or fail every comparison.\n"
                "1 error, 0 warnings"
            ),
        ),
        (
            "basis: sto-3g",
            "made: 2024-05-01",
            (
                "error: benchmark.yaml:67:5: cases[train-h2o].made is a date to YAML\n"
                '    Put it in quotes: "2024-05-01".\n'
                "1 error, 0 warnings"
            ),
        ),
        (
            "{deep: text}",
            "{on: text}",
            (
                "error: benchmark.yaml:68:33: cases[train-h2o].cells[4].true has a key that YAML does not "
                "read as text\n"
                "    Put the key in quotes; bare yes, no, on, off, null and numbers are no text.\n"
                "1 error, 0 warnings"
            ),
        ),
    ],
)
def test_each_slip_has_its_own_words(old: str, new: str, report: str):
    assert VALID.count(old) == 1
    assert said(VALID.replace(old, new)) == report


def test_all_missing_keys_are_told_at_once():
    def change(data):
        del data["repo"], data["cases"]

    assert changed(change) == (
        "error: the file has no key 'cases'\n"
        "    The workloads; at least one.\n"
        "error: the file has no key 'repo'\n"
        "    Which files a candidate may change.\n"
        "2 errors, 0 warnings"
    )


def test_a_broken_section_does_not_silence_the_rules_of_others():
    def change(data):
        data["cases"][0]["command"] = 5
        data["repo"]["editable_paths"] = ["/abs/**"]

    assert changed(change) == (
        "error: cases[train-h2o].command must be a list, not 5\n"
        "error: repo.editable_paths[0] '/abs/**' is absolute and matches nothing\n"
        "    Write it relative to the project, e.g. src/**.\n"
        "2 errors, 0 warnings"
    )


def test_values_of_other_types_are_told():
    def change(data):
        data["cases"][0].update(
            raw=b"x", moment=dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.timezone.utc)
        )

    assert changed(change) == (
        "error: cases[train-h2o].moment is a date to YAML\n"
        '    Put it in quotes: "2024-01-02 03:04:00+00:00".\n'
        "error: cases[train-h2o].raw holds a value of YAML's type bytes\n"
        "    Only text, numbers, true, false, null, lists and mappings.\n"
        "2 errors, 0 warnings"
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1e-8, "1.0e-08"),
        (1.5e-8, "1.5e-08"),
        (1e22, "1.0e+22"),
        (0.02, "0.02"),
        (-1e-9, "-1.0e-09"),
    ],
)
def test_floats_are_written_as_yaml_reads_them(number: float, text: str):
    import yaml

    assert write_float(number) == text
    assert yaml.safe_load(text) == number
