from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from fermilink_scaffold.cli._shell import run
from fermilink_scaffold.cli.demo import baseline_table

RESULT = {
    "benchmark_id": "ljcluster-goal",
    "correctness_ok": False,
    "summary_metrics": {"wall_seconds": 1e12},
    "cases": [
        {
            "energy": -72.65978245353251,
            "residual_force": 9.45e-05,
            "id": "train-relax",
            "converged": True,
            "wall_seconds": 0.3074,
            "total_seconds": 0.31,
            "error": "",
        },
        {
            "id": "test",
            "converged": False,
            "wall_seconds": 1e12,
            "total_seconds": 0.31,
            "error": "exit status 3; see stderr",
        },
    ],
    "guardrail_errors": ["the seal is broken"],
}


def test_a_result_is_shown_as_a_table():
    assert baseline_table(RESULT) == (
        "case         wall s       energy  residual_force  result\n"
        "train-relax   0.307  -72.6597825        9.45e-05  ok\n"
        "test              -                               exit status 3; see stderr\n"
        "\n"
        "the seal is broken\n"
    )


def test_a_correct_result_ends_in_the_number_that_counts():
    case = RESULT["cases"][0]
    good = {
        **RESULT,
        "correctness_ok": True,
        "summary_metrics": {"wall_seconds": 0.30741},
        "cases": [case],
        "guardrail_errors": [],
    }
    assert baseline_table(good).splitlines()[-1] == "wall_seconds over all cases: 0.3074"


def masked(text: str) -> str:
    """Times and values of the machine as `N`, runs of blanks as one."""
    return re.sub(r" +", " ", re.sub(r"-?\d+\.\d+(e-\d+)?|\d+e-\d+", "N", text))


def test_demo_makes_a_measured_campaign(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "home"))
    assert run(["demo"]) == 0
    told = capsys.readouterr()
    assert told.err == "Measuring the baseline ...\n"
    assert masked(told.out) == (
        "Copied a small project to fermilink-scaffold-demo, a git repository of its own.\n"
        "Wrote its campaign to fermilink-scaffold-demo/.fermilink-optimize, from goal.md.\n"
        "Measured the baseline once:\n"
        "\n"
        "case wall s energy residual_force drift result\n"
        "train-relax N N N ok\n"
        "train-dynamics N N N ok\n"
        "test-relax N N N ok\n"
        "test-dynamics N N N ok\n"
        "\n"
        "wall_seconds over all cases: N\n"
        "\n"
        "Added a line to program.md by hand and another one to goal.md, then wrote the workspace\n"
        "again with `regen`; both are in program.md:\n"
        "\n"
        "updated autogen/goal.md goal.md changed; you had not edited it\n"
        "updated autogen/goal_inputs.json goal.md changed; you had not edited it\n"
        "merged program.md you changed it, and goal.md changed: both are in it\n"
        "\n"
        "Wrote 3 files.\n"
        "\n"
        "Look around, then let real FermiLink measure it (setup_env.sh installs it):\n"
        " cd fermilink-scaffold-demo\n"
        " less goal.md .fermilink-optimize/program.md\n"
        " fermilink-scaffold check\n"
        " bash .fermilink-optimize/autogen/setup_env.sh\n"
        " bash .fermilink-optimize/autogen/run_optimize.sh --baseline-only\n"
    )
    root = tmp_path / "fermilink-scaffold-demo"
    status = ["git", "status", "--porcelain"]
    done = subprocess.run(status, cwd=root, check=True, capture_output=True, text=True)
    assert done.stdout == ""
    mode = json.loads((root / ".fermilink-optimize/autogen/goal_mode.json").read_text())
    assert mode["review_notes"] == []

    assert run(["demo"]) == 2
    again = capsys.readouterr()
    assert again.out == ""
    assert again.err == (
        "error: fermilink-scaffold-demo: is not empty\n"
        "Name another directory: fermilink-scaffold demo DIR\n"
    )


def test_a_demo_that_cannot_be_scaffolded_leaves_nothing(capsys, monkeypatch, tmp_path):
    from fermilink_scaffold import bootstrap
    from fermilink_scaffold.errors import ScaffoldError

    def prepare(*_: object) -> None:
        raise ScaffoldError("is wrong", file="goal.md")

    monkeypatch.setattr(bootstrap, "prepare", prepare)
    monkeypatch.chdir(tmp_path)
    assert run(["demo", "here"]) == 2
    assert capsys.readouterr() == ("", "error: goal.md: is wrong\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "word"), [("here; it's", "here; it's"), ("-dash", "./-dash")])
def test_the_next_commands_are_quoted_for_the_shell(name, word):
    from fermilink_scaffold.cli.demo import _next

    line = _next(name).splitlines()[1]
    words = subprocess.run(
        ["bash", "-c", f"cd() {{ printf '%s|' \"$@\"; }}; {line}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert words == f"{word}|"
