"""A goal's build under FermiLink: what it makes stays, and what goes wrong is told."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from interop.demo import FASTER, Demo, git, scaffolded_demo

if TYPE_CHECKING:
    from pathlib import Path

    from interop.conftest import FermiLink

pytestmark = pytest.mark.interop

SETTINGS = (
    *("--set", "controller.warmup_runs=0"),
    *("--set", "controller.measured_runs=1"),
    *("--set", "performance_guardrails.max_case_regression=null"),
)
#: git ignores none of it; the links are what FermiLink deletes by halves, or their targets.
BUILD = """\
mkdir -p made/real && echo here > made/real/data
ln -sfn real made/link
ln -sf ../README.md made/README.md
export MADE="$PWD/made"
"""
#: What an agent may do in its own tree.
MEASURE = """\
measure=.fermilink-optimize/measure.sh
bash $measure && bash $measure --no-build && bash $measure -- printenv MADE
"""
NEEDS_IT = [
    "bash",
    "-c",
    'cat "$MADE/link/data" made/README.md >&2 && exec python3 -m ljcluster relax "$1"',
    "case",
    "clusters/lj38.xyz",
]


def demo_with(build: str, tmp_path: Path, fermilink: FermiLink, *flags: str) -> Demo:
    answers = tmp_path / "answers.yaml"
    answers.write_text(json.dumps({"build": build}), encoding="utf-8")
    return scaffolded_demo(tmp_path, fermilink, *SETTINGS, "--answers", str(answers), *flags)


def test_what_the_build_makes_is_there_for_the_cases(tmp_path: Path, fermilink: FermiLink) -> None:
    command = f"cases.test-relax.command={json.dumps(NEEDS_IT)}"
    demo = demo_with(BUILD, tmp_path, fermilink, "--set", command)
    demo.fermilink.plan([FASTER], command=["bash", "-c", MEASURE])
    told = demo.launch("--max-iterations", "1")
    assert demo.statuses() == ["baseline", "accepted"]
    assert git(demo.root, "status", "--porcelain") == ""
    assert (demo.root / "made" / "link" / "data").read_text(encoding="utf-8") == "here\n"
    assert "/made/" in (demo.root / ".git/info/exclude").read_text(encoding="utf-8").splitlines()
    (turn,) = [turn for turn in demo.fermilink.turns if turn.role == "worker"]
    assert turn.said is not None
    assert turn.said["status"] == 0, turn.said
    assert turn.said["stdout"].count("train-dynamics") == 2
    assert turn.said["stdout"].endswith("/made\n")
    assert "fermilink_" not in told.stdout


def test_a_build_that_fails_is_told_and_can_be_mended(tmp_path: Path, fermilink: FermiLink) -> None:
    demo = demo_with(f"{BUILD}no-such-compiler -O3\n", tmp_path, fermilink)
    failed = demo.launch("--baseline-only", status=2)
    place = ".fermilink-optimize/runs/baseline/pre_command_1.stderr.log"
    title, *lines = failed.stderr[failed.stderr.index("run_optimize.sh: ") :].splitlines()
    assert title == f"run_optimize.sh: the end of {place}:"
    assert [line.split("build.sh: ")[-1] for line in lines] == [
        "line 5: no-such-compiler: command not found",
        "  pre_commands.sh: line 5 of the build failed with status 127:",
        "  pre_commands.sh: no-such-compiler -O3",
        "  pre_commands.sh: git now ignores what the build made (.git/info/exclude): /made/",
    ]
    assert git(demo.root, "status", "--porcelain") == ""

    contract = demo.autogen / "benchmark.yaml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("no-such-compiler", "echo"), encoding="utf-8")
    check = ("-m", "fermilink_scaffold", "check", "--seal", str(demo.root))
    demo.fermilink.run(sys.executable, *check, cwd=demo.root)
    demo.launch("--baseline-only")
    assert demo.statuses() == ["baseline"]


def test_a_build_that_changes_a_tracked_file_is_told_and_can_be_mended(
    tmp_path: Path, fermilink: FermiLink
) -> None:
    demo = demo_with("date +%s.%N >PRODUCT", tmp_path, fermilink)
    (demo.root / "PRODUCT").write_text("of an earlier build\n", encoding="utf-8")
    git(demo.root, "add", "PRODUCT")
    git(demo.root, "commit", "-q", "-m", "Add what should not be here")
    failed = demo.launch("--baseline-only", status=2)
    told = failed.stderr[failed.stderr.index("run_optimize.sh: ") :].splitlines()
    assert "git tracks (PRODUCT)" in told[1]
    assert len(told) == 4

    # As the message says.
    git(demo.root, "rm", "-q", "--cached", "PRODUCT")
    (demo.root / ".gitignore").write_text("/PRODUCT\n", encoding="utf-8")
    git(demo.root, "add", ".gitignore")
    git(demo.root, "commit", "-q", "-m", "Take the product out")
    demo.launch("--baseline-only")
    assert demo.statuses() == ["baseline"]
    assert git(demo.root, "status", "--porcelain") == ""


def test_a_case_that_fails_is_told(tmp_path: Path, fermilink: FermiLink) -> None:
    command = 'cases.test-relax.command=["python3", "-c", "import no_such_module"]'
    demo = demo_with("true", tmp_path, fermilink, "--set", command)
    failed = demo.launch("--baseline-only", status=2)
    title, line = failed.stderr[failed.stderr.index("run_optimize.sh: ") :].splitlines()
    place = ".fermilink-optimize/runs/baseline/measured_1.stdout.log"
    assert title == f"run_optimize.sh: what the runner found wrong, from {place}:"
    assert line.startswith("  test-relax: exit status 1")


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (15, "benchmark_runner: stopped by signal 15 during case test-relax"),
        (9, "run_optimize.sh: the runner was ended from outside; it ran "),
    ],
)
def test_a_case_that_kills_the_runner_is_named(
    tmp_path: Path, fermilink: FermiLink, number: int, told: str
) -> None:
    command = f'cases.test-relax.command=["bash", "-c", "kill -{number} $PPID; exec sleep 5"]'
    demo = demo_with("true", tmp_path, fermilink, "--set", command)
    failed = demo.launch("--baseline-only", status=2)
    last = failed.stderr.splitlines()[-1]
    assert last.strip().startswith(told)
    assert "test-relax" in last
