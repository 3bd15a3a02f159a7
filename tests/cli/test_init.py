"""`init` as a user meets it: whole commands, whole outputs, the tree before and after."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from fermilink_scaffold import layout
from fermilink_scaffold.cli._shell import run

if TYPE_CHECKING:
    from pathlib import Path

GOAL = """\
# Optimization Goal

## Package
tiny

## Language
Python

## Target
Make `tiny.solve` faster.

## Editable Scope
- `tiny/**`

## Performance Metric
`wall_seconds`, lower is better.

## Correctness Constraints
- `energy` absolute delta <= 5e-8 vs baseline

## Representative Workloads
- train-a: one system, `python3 -m tiny a.xyz`
- test-b: another one, `python3 -m tiny b.xyz`
"""


@pytest.fixture
def project(git_repo) -> Path:
    return git_repo(
        {
            "tiny/__init__.py": "",
            "tiny/__main__.py": "print('energy =', 1.5)\n",
            "tests/test_tiny.py": "def test_nothing(): pass\n",
            "pyproject.toml": "[project]\nname = 'tiny'\nversion = '1'\n",
        }
    )


@pytest.fixture
def goal(tmp_path: Path) -> Path:
    directory = tmp_path / "goals"
    directory.mkdir()
    (directory / "goal.md").write_text(GOAL)
    (directory / "a.xyz").write_text("a")
    (directory / "b.xyz").write_text("b")
    (directory / "secret.key").write_text("not named by the goal")
    return directory / "goal.md"


def tree(root: Path) -> dict[str, bytes]:
    """Every file below `root` (git's own only where init writes), links as their targets."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = os.readlink(path).encode()
        elif path.is_file() and (not name.startswith(".git/") or name == ".git/info/exclude"):
            found[name] = path.read_bytes()
    return found


def managed(project: Path) -> dict[str, bytes]:
    """The workspace without the files that hold the time of their making."""
    seeded = {"memory.md", "worker_memory.md"}
    found = tree(project / layout.WORKSPACE)
    return {name: data for name, data in found.items() if name not in seeded}


def contract(project: Path) -> dict:
    return yaml.safe_load((project / layout.BENCHMARK).read_text())


def test_init_says_what_it_wrote_what_it_assumed_and_what_comes_next(project, goal, capsys):
    assert run(["init", str(project), "--goal", str(goal)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert (
        said.out
        == f"""\
Wrote 19 files to {project}/.fermilink-optimize/ (and 15 records below .scaffold/)
  autogen/benchmark.schema.json    managed
  autogen/benchmark.yaml           managed
  autogen/benchmark_runner.py      managed
  autogen/goal.md                  managed
  autogen/goal_analysis.json       managed
  autogen/goal_inputs.json         managed
  autogen/goal_mode.json           managed
  autogen/pre_commands.sh          managed
  autogen/run_optimize.sh          managed
  autogen/setup_env.sh             managed
  autogen/submit_poll_launcher.py  managed
  inputs/all/a.xyz                 staged input
  inputs/all/b.xyz                 staged input
  inputs/worker/a.xyz              staged input
  memory.md                        seeded once
  program.md                       managed
  results.tsv                      seeded once
  scaffold.yaml                    yours to edit
  worker_memory.md                 seeded once

package   tiny (python)
cases     2, 1 of them shown to the agent
metric    wall_seconds, minimize
correct   tolerances on energy

Next:
  fermilink-scaffold check {project}
  bash {project}/.fermilink-optimize/autogen/setup_env.sh
  bash {project}/.fermilink-optimize/autogen/run_optimize.sh --baseline-only
"""
    )


def test_the_contract_holds_what_the_goal_said(project, goal):
    assert run(["init", str(project), "--goal", str(goal)]) == 0
    data = contract(project)
    assert data["repo"] == {"editable_paths": ["tiny/**"], "immutable_paths": ["tests/**"]}
    assert data["correctness"]["field_tolerances"] == [
        {
            "field": "energy",
            "abs_delta": 5e-8,
            "comparison": "abs_delta",
            "label": "`energy` absolute delta <= 5e-8 vs baseline (goal.md:19)",
        }
    ]
    assert [(case["id"], case["command"]) for case in data["cases"]] == [
        ("train-a", ["python3", "-m", "tiny", "{inputs}/a.xyz"]),
        ("test-b", ["python3", "-m", "tiny", "{inputs}/b.xyz"]),
    ]
    assert data["split"] == {"train_case_ids": ["train-a"]}
    assert data["runtime"]["env"]["FERMILINK_GOAL_INPUT_ROOT"] == ".fermilink-optimize/inputs/all"


def test_only_named_inputs_are_staged_and_the_worker_gets_those_of_the_train_cases(project, goal):
    assert run(["init", str(project), "--goal", str(goal)]) == 0
    inputs = project / layout.INPUTS
    assert tree(inputs) == {"all/a.xyz": b"a", "all/b.xyz": b"b", "worker/a.xyz": b"a"}
    manifest = json.loads((project / layout.GOAL_INPUTS).read_text())
    assert manifest["all_files"] == ["a.xyz", "b.xyz"]
    assert manifest["case_file_map"] == {"train-a": ["a.xyz"], "test-b": ["b.xyz"]}


def test_what_the_worker_reads_does_not_name_the_held_out_case(project, goal):
    assert run(["init", str(project), "--goal", str(goal)]) == 0
    for path in (layout.PROGRAM, layout.MEMORY, layout.WORKER_MEMORY):
        text = (project / path).read_text()
        assert "test-b" not in text
        assert "b.xyz" not in text


def test_git_sees_nothing_of_the_workspace(project, goal):
    assert run(["init", str(project), "--goal", str(goal)]) == 0
    (project / "skills").mkdir()
    (project / "skills" / "x").write_text("x")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=project, check=True, capture_output=True
    )
    assert status.stdout == b""


def test_no_absolute_path_is_written(project, goal):
    assert run(["init", str(project), "--goal", str(goal)]) == 0
    for name, data in tree(project / layout.WORKSPACE).items():
        assert str(project).encode() not in data, name
        assert str(goal.parent).encode() not in data, name


def test_a_dry_run_and_a_diff_write_nothing(project, goal, capsys):
    before = tree(project)
    assert run(["init", str(project), "--goal", str(goal), "--dry-run"]) == 0
    assert capsys.readouterr().out.endswith("\nNothing was written.\n")
    assert run(["init", str(project), "--goal", str(goal), "--diff"]) == 0
    assert tree(project) == before


def test_the_diff_is_a_patch_that_gives_the_same_workspace(project, goal, tmp_path, capfdbinary):
    assert run(["init", str(project), "--goal", str(goal), "--diff"]) == 0
    patch = tmp_path / "init.patch"
    patch.write_bytes(capfdbinary.readouterr().out)
    applied = tmp_path / "applied"
    applied.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=applied, check=True)
    subprocess.run(["git", "apply", str(patch)], cwd=applied, check=True)
    assert run(["init", str(project), "--goal", str(goal)]) == 0
    wanted = managed(project)
    assert managed(applied) == wanted
    for name in wanted:
        modes = [(root / layout.WORKSPACE / name).stat().st_mode for root in (applied, project)]
        assert modes[0] & 0o111 == modes[1] & 0o111, name


def test_json_is_one_document(project, goal, capsys):
    assert run(["init", str(project), "--goal", str(goal), "--json"]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert said.err == ""
    assert document["written"] is True
    assert document["case_ids"] == ["train-a", "test-b"]
    assert {item["path"] for item in document["files"]} == {
        f"{layout.WORKSPACE}/{name}" for name in tree(project / layout.WORKSPACE)
    }


def test_flags_complete_and_override_the_goal(project, goal):
    flags = ["--package", "Other Name", "--case", "test-b=python3 -m tiny --fast b.xyz"]
    flags += ["--set", "controller.measured_runs=7", "--set", "cases.train-a.repeats=3"]
    flags += ["--direction", "maximize", "--metric", "rate", "--immutable", "tiny/io/"]
    assert run(["init", str(project), "--goal", str(goal), *flags]) == 0
    data = contract(project)
    assert data["package_id"] == "other-name"
    assert data["controller"]["measured_runs"] == 7
    assert data["controller"]["objective"]["primary_metric"] == "rate"
    assert data["controller"]["objective"]["direction"] == "maximize"
    assert data["repo"]["immutable_paths"] == ["tiny/io/**", "tests/**"]
    assert [case.get("repeats") for case in data["cases"]] == [3, None]
    assert data["cases"][1]["command"] == ["python3", "-m", "tiny", "--fast", "{inputs}/b.xyz"]
    assert data["metrics"] == {"energy": {"find": "energy"}, "rate": {"find": "rate"}}


def test_flags_alone_make_a_campaign(project, tmp_path):
    data_file = tmp_path / "elsewhere" / "big.dat"
    data_file.parent.mkdir()
    data_file.write_text("data")
    flags = ["--case", "a=python3 -m tiny big.dat", "--input", str(data_file)]
    assert run(["init", str(project), *flags]) == 0
    data = contract(project)
    assert data["benchmark_id"] == "tiny-quick"
    assert data["cases"][0]["command"] == ["python3", "-m", "tiny", "{inputs}/big.dat"]
    assert tree(project / layout.INPUTS) == {"all/big.dat": b"data", "worker/big.dat": b"data"}
    notes = json.loads((project / layout.QUICK_MODE).read_text())["review_notes"]
    assert "no correctness bound was found: correctness then means exit status 0 alone" in notes


def test_scaffold_yaml_gives_the_same_campaign_again(project, goal):
    flags = ["--set", "controller.measured_runs=7", "--case", "train-c=run $(x) 'y z'"]
    assert run(["init", str(project), "--goal", str(goal), *flags]) == 0
    first = managed(project)
    answers = project / layout.SCAFFOLD
    kept = project / "kept" / "scaffold.yaml"
    kept.parent.mkdir()
    shutil.copy(answers, kept)
    shutil.rmtree(project / layout.WORKSPACE)
    assert run(["init", str(project), "--answers", str(kept)]) == 0
    assert managed(project) == first


def test_answers_say_everything_that_a_goal_says(project, tmp_path):
    answers = tmp_path / "scaffold.yaml"
    answers.write_text(
        """\
package: tiny
target: Make it faster.
editable: [tiny/]
metric: loop_time
direction: minimize
correctness:
  - energy within 1e-8
build: |
  make -j4
  make install
train_case_ids: [small]
cases:
  small: python3 -m tiny --n 10
  large:
    command: [python3, -m, tiny, --n, "1000"]
    repeats: 2
    weight: 3
    env: {MODE: "1"}
    basis: 6-31g
    expect:
      energy: {value: -75.98, abs: 1.0e-6}
set:
  controller.warmup_runs: 0
"""
    )
    assert run(["init", str(project), "--answers", str(answers)]) == 0
    data = contract(project)
    assert data["split"] == {"train_case_ids": ["small"]}
    assert data["cases"] == [
        {"id": "small", "command": ["python3", "-m", "tiny", "--n", "10"], "weight": 1.0},
        {
            "id": "large",
            "command": ["python3", "-m", "tiny", "--n", "1000"],
            "repeats": 2,
            "env": {"MODE": "1"},
            "expect": {"energy": {"value": -75.98, "abs": 1e-6}},
            "weight": 3,
            "basis": "6-31g",
        },
    ]
    assert data["controller"]["warmup_runs"] == 0
    assert data["runtime"]["pre_commands"][0][-1] == "make -j4\nmake install"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--answers", "{tmp}/none.yaml"], "{tmp}/none.yaml: no such file"),
        (["--goal", "{tmp}"], "{tmp}: this is a directory"),
        (["--goal", "{tmp}/empty.md"], "{tmp}/empty.md: the file is empty"),
        (["--goal", "{tmp}/binary.md"], "{tmp}/binary.md: this is not text"),
        (["--goal", "{tmp}/huge.md"], "{tmp}/huge.md: the file is larger than 1024 KiB"),
        (["--goal", "{tmp}/prose.md"], "prose.md: no heading of a goal was found"),
        (["--goal", "{tmp}/nocommand.md"], "nocommand.md:8: workload 'b' has no command"),
        (["--goal", "{tmp}/twice.md"], "twice.md:8: "),
        (["--answers", "{tmp}/typo.yaml"], "{tmp}/typo.yaml:2: unknown key 'langauge'"),
        (["--answers", "{tmp}/broken.yaml"], "{tmp}/broken.yaml:2"),
        ([], "no workload is given"),
        (["--goal", "{tmp}/twice.md", "--prompt", "x"], "--prompt: a goal and a prompt were given"),
        (["--case", "a"], "--case 'a' is not of the form ID=COMMAND"),
        (["--case", "a=echo 'x"], "--case: case 'a': the command's quotes are not balanced"),
        (["--case", "a=true", "--editable", "../x"], "--editable: the scope's path `../x` leaves"),
        (["--case", "a=true", "--editable", "none/**"], "no tracked file is in the editable scope"),
        (["--case", "a=true", "--input", "{tmp}"], "--input: input file"),
        (["--case", "a=true", "--set", "controller=5"], "with --set the contract is broken"),
        (["--case", "a=true", "--package", "…"], "package name '…' holds no letter or digit"),
        (["--case", "a=true", "--hpc-profile", "{tmp}/profile.json"], "{tmp}/profile.json: "),
    ],
)
def test_bad_input_is_told_in_one_message_and_leaves_the_tree_alone(
    project, tmp_path, capsys, arguments, message
):
    head = "# Optimization Goal\n## Package\nx\n## Target\nfaster\n## Workloads\n"
    (tmp_path / "empty.md").write_text("")
    (tmp_path / "binary.md").write_bytes(b"\x7fELF\x00\x01")
    (tmp_path / "huge.md").write_text("x" * (1024 * 1024 + 1))
    (tmp_path / "prose.md").write_text("Please make it faster.\n")
    (tmp_path / "nocommand.md").write_text(f"{head}- a: `true`\n- b: H2O / RHF\n")
    (tmp_path / "twice.md").write_text(f"{head}- a: `true`\n- a: `false`\n")
    (tmp_path / "typo.yaml").write_text("package: x\nlangauge: python\n")
    (tmp_path / "broken.yaml").write_text("package: x\n\tlanguage: [\n")
    (tmp_path / "profile.json").write_text('{"slurm_defaults": ""}')
    before = tree(project)
    filled = [argument.replace("{tmp}", str(tmp_path)) for argument in arguments]
    assert run(["init", str(project), *filled]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error: {message.replace('{tmp}', str(tmp_path))}")
    assert "Traceback" not in said.err
    assert tree(project) == before


def test_an_unknown_key_names_the_nearest_known_one(project, tmp_path, capsys):
    answers = tmp_path / "scaffold.yaml"
    answers.write_text("package: x\nlangauge: python\n")
    assert run(["init", str(project), "--answers", str(answers)]) == 2
    assert capsys.readouterr().err == (
        f"error: {answers}:2: unknown key 'langauge'\nDid you mean 'language'?\n"
    )


def test_an_existing_workspace_is_refused(project, goal, capsys):
    assert run(["init", str(project), "--goal", str(goal)]) == 0
    before = tree(project)
    capsys.readouterr()
    assert run(["init", str(project), "--goal", str(goal)]) == 2
    assert "the project has a workspace already" in capsys.readouterr().err
    assert tree(project) == before


def test_a_directory_that_is_no_repository_is_refused(tmp_path, goal, capsys):
    plain = tmp_path / "plain"
    plain.mkdir()
    assert run(["init", str(plain), "--goal", str(goal)]) == 2
    assert capsys.readouterr().err == (
        f"error: {plain}: this is not a git repository\n"
        "Make it one: git init && git add -A && git commit -m 'Start'\n"
    )
    assert list(plain.iterdir()) == []


def test_an_untracked_goal_in_the_project_and_its_inputs_are_excluded_from_git(project):
    (project / "campaign [1]").mkdir()
    (project / "campaign [1]" / "goal.md").write_text(GOAL)
    for name in ("a.xyz", "b.xyz"):
        (project / "campaign [1]" / name).write_text("x")
    assert run(["init", str(project), "--goal", str(project / "campaign [1]" / "goal.md")]) == 0
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=project, check=True, capture_output=True
    )
    assert status.stdout == b""
    (project / "campaign 1").mkdir()
    (project / "campaign 1" / "goal.md").write_text("another file")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=project, check=True, capture_output=True
    )
    assert status.stdout == b'?? "campaign 1/"\n'


def test_a_tracked_goal_is_said_to_show_the_agent_what_is_held_out(git_repo, capsys):
    project = git_repo({"tiny/__init__.py": "", "goal.md": GOAL, "a.xyz": "", "b.xyz": ""})
    assert run(["init", str(project), "--goal", str(project / "goal.md")]) == 0
    assert (
        "goal.md is tracked, so the agent can read it, held-out workloads and all"
        in capsys.readouterr().out
    )


def test_a_project_with_a_directory_of_fermilinks_names_keeps_it_in_sight(git_repo):
    project = git_repo({"src/projects/a.py": "", "src/b.py": ""})
    assert run(["init", str(project), "--case", "a=true"]) == 0
    (project / "src" / "projects" / "new.py").write_text("")
    (project / "projects").mkdir()
    (project / "projects" / "x").write_text("")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=project, check=True, capture_output=True
    )
    assert status.stdout == b"?? src/projects/new.py\n"


def test_a_bullet_of_the_answers_may_leave_the_field_to_another(project, tmp_path):
    answers = tmp_path / "scaffold.yaml"
    answers.write_text(
        "correctness: [print `energy`, relative error below 1e-6]\ncases: {a: 'true'}"
    )
    assert run(["init", str(project), "--answers", str(answers)]) == 0
    data = contract(project)
    assert data["metrics"] == {"energy": {"find": "energy"}}
    tolerances = data["correctness"]["field_tolerances"]
    assert [(item["field"], item["relative_delta"]) for item in tolerances] == [("energy", 1e-6)]
