from __future__ import annotations

import json
import subprocess
import sys

import pytest
from contract.workspaces import make_workspace, write

from fermilink_scaffold import layout


def check(*words, cwd=None):
    """The status, standard output and standard error of `fermilink-scaffold check`."""
    done = subprocess.run(
        [sys.executable, "-m", "fermilink_scaffold", "check", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def root(git_repo):
    return make_workspace(git_repo)


def test_a_good_workspace(root):
    assert check(root) == (0, "No problems found.\n", "")


def test_the_project_is_here_by_default(root):
    assert check(cwd=root) == (0, "No problems found.\n", "")


def test_warnings_are_shown_and_are_no_failure(root):
    (root / layout.SEAL).unlink()
    assert check(root) == (
        0,
        (
            "warning: there is no seal, so nobody sees when the runner or the contract is changed\n"
            "    Record it: fermilink-scaffold check --seal\n"
            "0 errors, 1 warning\n"
        ),
        "",
    )


def test_errors_come_first_and_fail(root):
    (root / layout.SEAL).unlink()
    write(root, layout.RESULTS, "no end")
    assert check(root) == (
        1,
        (
            "error: .fermilink-optimize/results.tsv:1: does not end in a newline: the next row would be "
            "glued to the last\n"
            "    echo >> .fermilink-optimize/results.tsv\n"
            "warning: there is no seal, so nobody sees when the runner or the contract is changed\n"
            "    Record it: fermilink-scaffold check --seal\n"
            "1 error, 1 warning\n"
        ),
        "",
    )


def test_json_is_one_document(root):
    text = (root / layout.BENCHMARK).read_text(encoding="utf-8")
    write(root, layout.BENCHMARK, text.replace("warmup_runs: 1", "warmup_runs: -1"))
    status, out, err = check(root, "--json", "--seal")
    assert (status, err) == (1, "")
    assert json.loads(out) == {
        "project": str(root),
        "ok": False,
        "sealed": True,
        "errors": 1,
        "warnings": 0,
        "problems": [
            {
                "severity": "error",
                "code": "schema-minimum",
                "what": "controller.warmup_runs must be at least 0, not -1",
                "hint": None,
                "file": layout.BENCHMARK,
                "line": 20,
                "column": 3,
                "path": ["controller", "warmup_runs"],
            }
        ],
    }


def test_a_person_records_the_seal_again(root):
    write(root, layout.RUNNER, "#!/usr/bin/env python3\n", executable=True)
    again = "    If the change is meant: fermilink-scaffold check --seal\n"
    assert check(root) == (
        1,
        (
            "error: .fermilink-optimize/autogen/benchmark_runner.py: was changed since the seal was "
            f"recorded\n{again}1 error, 0 warnings\n"
        ),
        "",
    )
    sealed = "Recorded the seal: .fermilink-optimize/.scaffold/seal.json\n"
    assert check(root, "--seal") == (0, f"{sealed}No problems found.\n", "")
    assert check(root) == (0, "No problems found.\n", "")


@pytest.mark.parametrize("kind", ["nothing", "file", "no project"])
def test_without_a_workspace_there_is_nothing_to_check(git_repo, kind):
    root = git_repo({"a": ""})
    if kind == "file":
        write(root, layout.WORKSPACE, "")
    if kind == "no project":
        root /= "missing"
    assert check(root, "--seal") == (
        2,
        "",
        (
            f"error: {root}: there is no workspace here (.fermilink-optimize)\n"
            "Make one: fermilink-scaffold init PROJECT --goal goal.md\n"
        ),
    )
