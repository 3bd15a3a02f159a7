"""run_optimize.sh when FermiLink fails: what it shows of the logs, and how it ends.

FermiLink is played by a package of its name in a real virtual environment.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest
from templating.sample import sample_campaign, sample_contract

from fermilink_scaffold import layout
from fermilink_scaffold.templating.render import render_artifacts

if TYPE_CHECKING:
    from pathlib import Path

#: Writes the files of a plan in order, prints its arguments and ends as the plan says.
FERMILINK = """
import json, os, signal, sys, time
plan = json.loads(os.environ["PLAN"])
for path, text in plan["files"]:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(text.encode("utf-8", "surrogateescape"))
    time.sleep(0.01)
print(*sys.argv[1:])
if "signal" in plan:
    sys.stdout.flush()
    time.sleep(60)
if "raise" in plan:
    raise RuntimeError(plan["raise"])
print("it failed", file=sys.stderr)
raise SystemExit(plan["status"])
"""
BASELINE = f"{layout.RUNS}/baseline"


@pytest.fixture(scope="module")
def texts():
    campaign = sample_campaign()
    rendered = render_artifacts(campaign, sample_contract(campaign))
    return {item.artifact.id: item.text for item in rendered}


@pytest.fixture
def root(tmp_path: Path, texts: dict[str, str]) -> Path:
    """A project with a workspace whose environment has that FermiLink."""
    made = tmp_path / 'it\'s [a] "test"'
    (made / layout.AUTOGEN).mkdir(parents=True)
    (made / layout.RUN_OPTIMIZE).write_text(texts["run_optimize"])
    venv.create(made / layout.ENV, symlinks=True)
    (packages,) = (made / layout.ENV).glob("lib/python*/site-packages")
    (packages / "fermilink").mkdir()
    (packages / "fermilink" / "__init__.py").touch()
    (packages / "fermilink" / "__main__.py").write_text(FERMILINK)
    (packages / "yaml.py").touch()
    return made


def start(root: Path, plan: dict[str, object], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["bash", str(root / layout.RUN_OPTIMIZE), *arguments],
        cwd="/",
        env={**os.environ, "PLAN": json.dumps(plan)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
    )


def launch(root: Path, *files: tuple[str, str], status: object = 1) -> tuple[int, str]:
    """The exit status, and what was printed behind FermiLink's own words."""
    process = start(root, {"files": files, "status": status})
    out, err = process.communicate(timeout=60)
    assert out.startswith("optimize mycode ")
    assert err.startswith("it failed\n")
    return process.returncode, err.removeprefix("it failed\n")


def told(title: str, *lines: str) -> str:
    """What is printed under a title."""
    return f"\nrun_optimize.sh: {title}:\n" + "".join(f"  {line}\n" for line in lines)


def answer(*cases: tuple[str, str], guardrails: tuple[str, ...] = ()) -> str:
    rows = [{"id": name, "error": error} for name, error in cases]
    return json.dumps({"cases": rows, "guardrail_errors": guardrails}) + "\n"


def test_the_errors_of_the_cases_are_shown(root):
    rows = answer(
        ("train-a", ""),
        ("test-b", "exit status 1: no \x1b[31mnumpy"),
        guardrails=("the seal is broken",),
    )
    assert launch(
        root,
        (f"{BASELINE}/pre_command_1.stderr.log", "a warning"),
        (f"{BASELINE}/warmup_1.stdout.log", answer(("train-a", "early"))),
        (f"{BASELINE}/warmup_1.stderr.log", ""),
        (f"{BASELINE}/measured_1.stdout.log", "noise\n" + rows),
        (f"{BASELINE}/measured_1.stderr.log", "noise"),
    ) == (
        1,
        told(
            f"what the runner found wrong, from {BASELINE}/measured_1.stdout.log",
            "test-b: exit status 1: no  [31mnumpy",
            "the seal is broken",
        ),
    )


def test_the_end_of_a_failed_build_is_shown_without_fermilinks_list(root):
    lines = "".join(f"line {number}\n" for number in range(30))
    appended = (
        "\n\nFermiLink cleanup removed new untracked paths left by runtime.pre_commands:\n- x\n"
    )
    assert launch(
        root,
        (f"{BASELINE}/pre_command_1.stdout.log", "much"),
        (f"{BASELINE}/pre_command_1.stderr.log", lines + appended),
        status=3,
    ) == (
        3,
        told(
            f"the end of {BASELINE}/pre_command_1.stderr.log",
            *(f"line {number}" for number in range(10, 30)),
        ),
    )


def test_what_a_build_changed_is_shown_once(root):
    log = f"{BASELINE}/pre_command_1.stderr.log"
    removed = "FermiLink cleanup removed new untracked paths left by runtime.pre_commands:\n- x\n"
    changed = "runtime.pre_commands left tracked repository changes:\n" + "- M a\n" * 30
    ours = "pre_commands.sh: the build changes what git tracks: a"
    assert launch(root, (log, f"{ours}\n\n{removed}{changed}")) == (
        1,
        told(f"the end of {log}", ours),
    )
    theirs = launch(root, (log, f"a warning\n\n{removed}{changed}"))[1].splitlines()
    assert theirs[-1] == "  - M a"
    assert not [line for line in theirs if "- x" in line]


@pytest.mark.parametrize(
    ("state", "built_again"),
    [(None, True), ({"baseline_commit": ""}, True), ({"baseline_commit": "0123abc"}, False)],
)
def test_without_a_baseline_the_project_is_built_again(root, state, built_again):
    mark = root / BASELINE / "pre_commands.ok.json"
    mark.parent.mkdir(parents=True)
    mark.write_text("{}")
    if state is not None:
        (root / layout.STATE).write_text(json.dumps(state, indent=2))
    process = start(root, {"files": [], "status": 0})
    _, err = process.communicate(timeout=60)
    line = "run_optimize.sh: there is no baseline yet, so the project is built again\n"
    assert err == (line if built_again else "") + "it failed\n"
    assert mark.exists() is not built_again


def test_a_build_that_complains_on_stdout_is_shown(root):
    assert launch(
        root,
        (f"{BASELINE}/pre_command_1.stderr.log", "\n"),
        (f"{BASELINE}/pre_command_1.stdout.log", "Error 2\n"),
    ) == (1, told(f"the end of {BASELINE}/pre_command_1.stdout.log", "Error 2"))


def test_the_prebuild_of_the_agents_tree_is_shown(root):
    place = f"{layout.RUNS}/iter_0001/worker_pre_command_2.stderr.log"
    assert launch(
        root, (f"{BASELINE}/measured_1.stdout.log", answer(("a", "old"))), (place, "no cc\n")
    ) == (1, told(f"the end of {place}", "no cc"))


def test_a_runner_without_an_answer_is_shown(root):
    assert launch(
        root,
        (f"{BASELINE}/pre_command_2.stderr.log", ""),
        (f"{BASELINE}/warmup_1.stdout.log", "[1, 2]\n"),
        (f"{BASELINE}/warmup_1.stderr.log", "benchmark_runner: PyYAML \udcff\n"),
    ) == (
        1,
        told(f"the end of {BASELINE}/warmup_1.stderr.log", "benchmark_runner: PyYAML \ufffd"),
    )


def test_the_answer_of_a_submitted_job_is_shown(root):
    result = f"{BASELINE}/result.json"
    assert launch(
        root,
        (f"{BASELINE}/measured_1.stdout.log", "<pid_number>7</pid_number>\n"),
        (f"{result}.log", ""),
        (result, answer(("a", "time-out"))),
    ) == (1, told(f"what the runner found wrong, from {result}", "a: time-out"))


def test_silent_logs_are_named(root):
    assert launch(root, (f"{BASELINE}/pre_command_1.stderr.log", "")) == (
        1,
        f"\nrun_optimize.sh: nothing was written to {BASELINE}/pre_command_1.stderr.log\n",
    )


def test_a_runner_that_was_killed_is_said_to_be_and_the_case_named(root):
    case = f"{BASELINE}/measure/0002/001-test-b/001.stdout"
    assert launch(
        root,
        (f"{BASELINE}/measure/0001/000-test-a/001.stdout", ""),
        (case, ""),
        (f"{BASELINE}/measured_1.stderr.log", ""),
    ) == (1, f"\nrun_optimize.sh: the runner was ended from outside; it ran {case}\n")


def test_logs_of_an_earlier_launch_are_not_shown(root):
    old = (f"{BASELINE}/measured_1.stdout.log", answer(("a", "old")))
    assert launch(root, old)[1] != ""
    assert launch(root) == (1, "")
    assert launch(root, status="no such option") == (1, "no such option\n")


def test_what_went_well_is_not_explained(root):
    fine = (f"{BASELINE}/measured_1.stdout.log", answer(("a", "")))
    assert launch(root, fine, status=4) == (4, "")
    broken = (f"{BASELINE}/measured_1.stdout.log", answer(("a", "x")))
    assert launch(root, broken, status=0) == (0, "")
    assert launch(root, broken, status=None) == (0, "")


def test_an_exception_in_fermilink_is_explained_and_stays_one(root):
    log = (f"{BASELINE}/pre_command_1.stderr.log", "cc: no such file\n")
    process = start(root, {"files": [log], "raise": "surprise"})
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert told(f"the end of {log[0]}", "cc: no such file") in err
    assert err.endswith("RuntimeError: surprise\n")


def test_what_is_shown_comes_behind_fermilinks_words(root):
    log = (f"{BASELINE}/measured_1.stdout.log", answer(("a", "x")))
    done = subprocess.run(
        ["bash", str(root / layout.RUN_OPTIMIZE)],
        env={**os.environ, "PLAN": json.dumps({"files": [log], "status": 1})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    lines = done.stdout.splitlines()
    assert lines[-1] == "  a: x"
    assert lines.index("it failed") < len(lines) - 1
    assert any(line.startswith("optimize mycode") for line in lines[:-2])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_fermilink_itself(root, number):
    log = (f"{BASELINE}/measured_1.stdout.log", answer(("a", "x")))
    process = start(root, {"files": [log], "signal": True})
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == -number
    assert "run_optimize.sh" not in err


def test_the_program_sees_fermilinks_arguments(root):
    process = start(root, {"files": [], "status": 0}, "--max-iterations", "3", "a b")
    out, _ = process.communicate(timeout=60)
    benchmark = root / layout.BENCHMARK
    assert out == (
        f"optimize mycode {root} --benchmark {benchmark} --skills-source existing "
        "--max-iterations 3 a b\n"
    )


def test_the_program_is_python_of_the_oldest_version(texts):
    source = texts["run_optimize"].split("launch='", 1)[1].split("'\n", 1)[0]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--target-version", "py311", "-"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "All checks passed!\n"
