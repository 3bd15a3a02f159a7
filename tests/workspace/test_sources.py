"""The fingerprint follows everything that a rendering depends on, and nothing else."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from fermilink_scaffold.bootstrap import Request, prepare
from fermilink_scaffold.workspace import sources
from fermilink_scaffold.workspace.apply import apply_plan
from fermilink_scaffold.workspace.insync import in_sync

if TYPE_CHECKING:
    from pathlib import Path

GOAL = """\
## Package

heat

## Target

Faster.

## Editable Scope

- `heat.py`

## Workloads

- train-rod: `python heat.py {inputs}/rod.txt`
- test-rod: `python heat.py {inputs}/rod.txt other.txt`
"""
W = ".fermilink-optimize"


@pytest.fixture
def project(git_repo, tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = git_repo({"heat.py": "x = 1\n"})
    campaign = tmp_path / "campaign"
    (campaign / "templates").mkdir(parents=True)
    (campaign / "goal.md").write_text(GOAL)
    (campaign / "rod.txt").write_text("1\n")
    profile = dict.fromkeys(
        ("slurm_default_partition", "slurm_defaults", "slurm_resource_policy"), "cpu"
    )
    (campaign / "hpc.json").write_text(json.dumps(profile))
    flags = {
        "goal": str(campaign / "goal.md"),
        "hpc_profile": str(campaign / "hpc.json"),
        "template_dirs": [str(campaign / "templates")],
    }
    apply_plan(prepare(Request(project=str(root), flags=flags)).plan)
    assert in_sync(str(root)) is not None
    return root


def write(project: Path, name: str, text: str) -> None:
    place = project.parent / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def git(project: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=project, check=True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("campaign/goal.md", GOAL + "\n"),
        ("campaign/rod.txt", "2\n"),
        ("campaign/other.txt", "named, and there now\n"),
        ("project/other.txt", "the same in the project\n"),
        ("campaign/hpc.json", "{}"),
        ("campaign/templates/program.md.j2", "# Ours\n"),
        ("project/.fermilink-scaffold/templates/program.md.j2", "# Ours\n"),
        ("config/fermilink-scaffold/templates/program.md.j2", "# Mine\n"),
        ("config/fermilink-scaffold/packs/heat/program.md.j2", "# Mine\n"),
        (f"project/{W}/scaffold.yaml", "goal: ../../campaign/goal.md\n"),
        (f"project/{W}/.scaffold/base/program.md", "damaged\n"),
        (f"project/{W}/.scaffold/journal.json", "{}"),
        (f"project/{W}/program.md", "<<<<<<< yours\n"),
    ],
)
def test_what_a_rendering_depends_on_is_noticed(project, name, text):
    write(project, name, text)
    assert in_sync(str(project)) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (f"project/{W}/memory.md", "more\n"),
        (f"project/{W}/results.tsv", "more\n"),
        (f"project/{W}/runs/iter_0001/x.log", "more\n"),
        (f"project/{W}/program.md", "mine\n"),
        ("project/heat.py", "x = 2\n"),
        ("project/unnamed.txt", "more\n"),
        ("campaign/unnamed.txt", "more\n"),
    ],
)
def test_what_it_does_not_depend_on_changes_nothing(project, name, text):
    write(project, name, text)
    assert in_sync(str(project)) is not None


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("detached", [False, True])
def test_a_commit_is_noticed_wherever_git_keeps_it(project, packed, detached):
    (project / "heat.py").write_text("x = 3\n")
    if detached:
        git(project, "checkout", "-q", "--detach")
    git(project, "commit", "-qam", "More")
    if packed:
        git(project, "pack-refs", "--all")
    assert in_sync(str(project)) is None


def test_where_the_refs_are_packed_it_is_still_in_sync(project):
    git(project, "pack-refs", "--all")
    assert in_sync(str(project)) is not None


def test_a_branch_that_cannot_be_read_is_not_taken_for_unchanged(project):
    (project / ".git/HEAD").write_text("ref: refs/heads/.invalid\n")
    assert in_sync(str(project)) is None


def test_another_version_of_the_program_is_noticed(project, monkeypatch):
    monkeypatch.setattr(sources, "__version__", "9.9.9")
    assert in_sync(str(project)) is None


def test_a_goal_that_is_gone_is_that_of_its_copy(project):
    (project.parent / "campaign/goal.md").unlink()
    assert in_sync(str(project)) is not None
    write(project, f"project/{W}/autogen/goal.md", GOAL + "\n")
    assert in_sync(str(project)) is None


def test_a_commented_out_goal_is_not_read(project):
    place = project / W / "scaffold.yaml"
    text = place.read_text()
    place.write_text(text.replace("\ngoal: ", "\n# goal: "))
    assert in_sync(str(project)) is None
