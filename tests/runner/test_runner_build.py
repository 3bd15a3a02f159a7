"""--build runs the contract's pre_commands as FermiLink does."""

from __future__ import annotations

import json
import os

from runner.harness import WORKSPACE, python

EXPORTING = r"""
set -e
env -0 >"$1/build_env.before"
export PATH="$2/bin:$PATH" BUILT=yes
echo built
env -0 >"$1/build_env.after"
"""


def test_what_the_build_exports_reaches_the_cases(bench):
    bench.write("bin/tool", '#!/bin/sh\necho "built = $BUILT"\n')
    os.chmod(bench.path("bin/tool"), 0o755)
    bench.contract(
        {"id": "a", "command": ["tool"], "metrics": {"built": {"find": "built", "text": True}}},
        runtime={
            "pre_commands": [["bash", "-c", EXPORTING, "build", "{run_dir}", "{project_root}"]]
        },
    )
    assert bench.result("--build")["cases"][0]["built"] == "yes"
    with open(os.path.join(bench.run_dir, "pre_command_1.stdout.log"), encoding="utf-8") as file:
        assert file.read() == "built\n"
    # FermiLink builds once and calls the runner several times.
    assert bench.result()["cases"][0]["built"] == "yes"


def test_build_sees_the_callers_environment_and_the_contracts(bench):
    dump = "import json, os, sys; json.dump([os.getcwd(), os.environ['A'], os.environ['B'], sys.argv[1:]], open('dump', 'w'))"
    bench.contract(
        {"id": "a", "command": ["true"]},
        runtime={
            "env": {"B": "contract"},
            "pre_commands": [[*python(dump), " {benchmark} ", "  ", "a b"]],
        },
    )
    assert bench.result("--build", env={"A": "caller", "B": "caller"})["correctness_ok"]
    with open(bench.path("dump"), encoding="utf-8") as file:
        assert json.load(file) == [bench.root, "caller", "contract", [bench.benchmark, "a b"]]


def test_failed_build_stops_everything(bench):
    bench.contract(
        {"id": "a", "command": ["touch", "measured"]},
        runtime={
            "pre_commands": [["true"], ["sh", "-c", "echo broken >&2; exit 3"], ["touch", "third"]]
        },
    )
    done = bench.run("--build", "--emit-json")
    stem = os.path.join(bench.run_dir, "pre_command_2")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "benchmark_runner: build failed: pre_command 2: exit status 3; "
        f"see {stem}.stdout.log and {stem}.stderr.log\n"
    )
    with open(f"{stem}.stderr.log", encoding="utf-8") as file:
        assert file.read() == "broken\n"
    assert not os.path.exists(bench.path("measured"))
    assert not os.path.exists(bench.path("third"))


def test_program_that_is_missing_is_named(bench):
    bench.contract({"id": "a", "command": ["true"]}, runtime={"pre_commands": [["no-such-make"]]})
    done = bench.run("--build")
    sentence = "pre_command 1: cannot start 'no-such-make': No such file or directory"
    assert (done.returncode, done.stderr) == (1, f"benchmark_runner: build failed: {sentence}\n")


def test_build_that_hangs_is_ended(bench):
    bench.contract(
        {"id": "a", "command": ["true"]},
        runtime={"pre_commands": [["sleep", "60"]]},
        controller={"timeout_seconds": 0.5},
    )
    done = bench.run("--build")
    assert done.returncode == 1
    assert "pre_command 1: time-out" in done.stderr


def test_daemon_of_the_build_is_no_survivor_of_a_case(bench):
    bench.contract(
        {"id": "a", "command": ["true"]},
        runtime={"pre_commands": [["sh", "-c", "setsid sleep 60 &"]]},
    )
    assert bench.result("--build")["cases"][0]["error"] == ""


def test_environment_of_an_earlier_build_is_forgotten(bench):
    bench.contract(
        {
            "id": "a",
            "command": ["sh", "-c", 'echo "x = ${OLD:-gone}"'],
            "metrics": {"x": {"find": "x", "text": True}},
        },
        runtime={"pre_commands": [["true"]]},
    )
    bench.write(os.path.join(bench.run_dir, "build_env.before"), "")
    bench.write(os.path.join(bench.run_dir, "build_env.after"), "OLD=there\0")
    assert bench.result()["cases"][0]["x"] == "there"
    assert bench.result("--build")["cases"][0]["x"] == "gone"


def test_run_directory_outside_the_workspace_is_refused_where_the_build_needs_one(bench):
    script = "{run_dir}/../../autogen/pre_commands.sh"
    bench.write(f"{WORKSPACE}/autogen/pre_commands.sh", "true")
    bench.contract({"id": "a", "command": ["true"]}, runtime={"pre_commands": [["sh", script]]})
    assert bench.run("--build").returncode == 0
    elsewhere = bench.path("elsewhere")
    done = bench.run("--build", "--run-dir", elsewhere)
    sentence = f"--run-dir {elsewhere} is in no workspace: it has to be {WORKSPACE}/runs/NAME"
    assert done.returncode == 1
    assert done.stderr == f"benchmark_runner: build failed: {sentence}\n"
    assert not os.path.exists(bench.path("elsewhere"))


def test_default_run_directory_is_in_the_workspace(bench):
    bench.contract({"id": "a", "command": ["true"]})
    bench.run_dir = ""
    assert bench.result()["measurement"]["logs"] == f"{WORKSPACE}/runs/manual/measure/0001"
