"""Fixtures that several areas share."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class GitRepository(Protocol):
    def __call__(
        self,
        files: Mapping[str, str | bytes] | None = None,
        *,
        name: str = "project",
        commit: bool = True,
    ) -> Path: ...


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the git configuration or the identity of the person who runs it."""
    for variable in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.org")


@pytest.fixture(autouse=True)
def no_user_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the packs and templates of the person who runs it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", os.devnull)


@pytest.fixture
def git_repo(tmp_path: Path) -> GitRepository:
    """Make a git repository below `tmp_path`: `git_repo({"src/a.py": "x = 1\\n"})` is its root.

    The files are committed unless `commit=False`; str is written as UTF-8, LF kept.
    """

    def make(
        files: Mapping[str, str | bytes] | None = None,
        *,
        name: str = "project",
        commit: bool = True,
    ) -> Path:
        root = tmp_path / name
        root.mkdir(parents=True)
        for path, content in (files or {}).items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
        if commit:
            subprocess.run(["git", "add", "-A", "-f"], cwd=root, check=True)
            subprocess.run(
                ["git", "commit", "-q", "--allow-empty", "-m", "Start"], cwd=root, check=True
            )
        return root

    return make
