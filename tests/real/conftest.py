"""Packages that nobody here wrote, each with a goal as its users would write it.

`goals/NAME.md` is the goal. `projects/NAME/checkout` is what those users added to the package's
repository (benchmark scripts, a `.gitignore`), `projects/NAME/campaign` the files beside their goal.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
from interop.registry import download_sdist

HERE = Path(__file__).parent

#: Their `bench_*.py` are theirs, not ours to collect.
collect_ignore = ["projects"]


@dataclass(frozen=True, kw_only=True)
class Project:
    """A checkout and the goal for it."""

    root: Path
    goal: Path


class MakeProject(Protocol):
    def __call__(self, name: str, *, goal_in_repository: bool) -> Project: ...


@pytest.fixture
def real_project(tmp_path: Path) -> MakeProject:
    """Download the newest sdist of a package and make a committed repository of it."""

    def make(name: str, *, goal_in_repository: bool) -> Project:
        root = download_sdist(name, tmp_path / "download").rename(tmp_path / name)
        for metadata in root.glob("*.egg-info"):
            shutil.rmtree(metadata)
        added = HERE / "projects" / name
        shutil.copytree(added / "checkout", root, dirs_exist_ok=True)
        if (root / "gitignore").exists():
            (root / "gitignore").rename(root / ".gitignore")
        campaign = root if goal_in_repository else tmp_path / "campaign"
        if (added / "campaign").exists():
            shutil.copytree(added / "campaign", campaign, dirs_exist_ok=True)
        campaign.mkdir(exist_ok=True)
        goal = campaign / "goal.md"
        shutil.copyfile(HERE / "goals" / f"{name}.md", goal)
        git(root, "init", "-q", "-b", "main")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", f"Import {root.name}")
        return Project(root=root, goal=goal)

    return make


def git(root: Path, *arguments: str) -> str:
    completed = subprocess.run(
        ["git", *arguments], cwd=root, check=True, capture_output=True, encoding="utf-8"
    )
    return completed.stdout
