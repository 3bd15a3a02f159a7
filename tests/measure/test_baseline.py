from __future__ import annotations

import json
import os

import pytest

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.measure.baseline import measure_baseline


@pytest.fixture
def project(tmp_path):
    """A project with a space in its name, whose runner is a given script."""
    root = tmp_path / "my project"
    (root / ".fermilink-optimize/autogen").mkdir(parents=True)

    def make(runner: str):
        (root / ".fermilink-optimize/autogen/benchmark_runner.py").write_text(runner)
        return root

    return make


def refusal(root) -> str:
    with pytest.raises(ScaffoldError) as caught:
        measure_baseline(os.fspath(root))
    return str(caught.value)


def test_the_runner_is_called_as_a_process_and_its_answer_is_given(project):
    root = project(
        "import json, os, sys; print(json.dumps({'words': sys.argv[1:], 'cwd': os.getcwd()}))"
    )
    top = f"{root}/.fermilink-optimize"
    assert measure_baseline(os.fspath(root)) == {
        "cwd": os.fspath(root),
        "words": [
            *("--benchmark", f"{top}/autogen/benchmark.yaml"),
            *("--run-dir", f"{top}/runs/manual", "--build", "--emit-json"),
        ],
    }


def test_another_contract_can_be_measured(project):
    root = project("import json, sys; print(json.dumps({'words': sys.argv[1:3]}))")
    result = measure_baseline(os.fspath(root), benchmark="other.yaml")
    assert result == {"words": ["--benchmark", f"{root}/other.yaml"]}


def test_the_workspaces_own_python_is_used_when_it_is_there(project):
    root = project("")
    python = root / ".fermilink-optimize/env/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho '{json.dumps({'own': True})}'\n")
    python.chmod(0o755)
    assert measure_baseline(os.fspath(root)) == {"own": True}


def test_a_project_without_a_workspace_is_told_how_to_get_one(tmp_path):
    assert refusal(tmp_path) == (
        f"{tmp_path}/.fermilink-optimize/autogen/benchmark_runner.py: there is no runner\n"
        "Write the workspace first: fermilink-scaffold init"
    )


@pytest.mark.parametrize(
    ("runner", "told"),
    [
        (
            "import sys; sys.exit('benchmark_runner: build failed: make')",
            "the baseline could not be measured: benchmark_runner: build failed: make",
        ),
        ("raise SystemExit(7)", "the baseline could not be measured: exit status 7"),
        (
            "import os; os.kill(os.getpid(), 9)",
            "the baseline could not be measured: signal 9",
        ),
        ("print('{')", "the runner's answer is not JSON"),
        ("print('[]')", "the runner's answer is not a JSON object"),
    ],
)
def test_a_runner_without_a_result_is_an_error_that_names_its_logs(project, runner, told):
    root = project(runner)
    assert refusal(root) == f"{told}\nWhat it wrote is in {root}/.fermilink-optimize/runs/manual"
