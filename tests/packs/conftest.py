"""Packs written for one test, and places of its own for user and cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from fermilink_scaffold.bootstrap import Request, compose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conftest import GitRepository

    from fermilink_scaffold.bootstrap import Composed


class WritePack(Protocol):
    def __call__(
        self, text: str, *, at: str = "pack", files: Mapping[str, str] | None = None
    ) -> Path: ...


class Scaffold(Protocol):
    def __call__(self, *workloads: str, **flags: Any) -> Composed: ...


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def user_packs(tmp_path: Path) -> Path:
    return tmp_path / "config" / "fermilink-scaffold" / "packs"


@pytest.fixture
def write_pack(tmp_path: Path) -> WritePack:
    """Write a pack.yaml, and further files, below `tmp_path`; its directory."""

    def write(text: str, *, at: str = "pack", files: Mapping[str, str] | None = None) -> Path:
        root = tmp_path / at
        for name, content in {"pack.yaml": text, **(files or {})}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content, encoding="utf-8")
        return root

    return write


@pytest.fixture
def scaffold(git_repo: GitRepository, tmp_path: Path) -> Scaffold:
    """Compose a campaign for the package `sample` from workload lines and flags."""
    files = {"src/solver.py": "x = 1\n", "data/table.txt": "1\n", "Makefile": "all:\n"}
    project = git_repo(files)

    def make(*workloads: str, **flags: Any) -> Composed:
        package = flags.pop("package", "sample")
        extra = flags.pop("extra", "")
        goal = tmp_path / "goal" / "goal.md"
        goal.parent.mkdir(exist_ok=True)
        bullets = "".join(f"- {line}\n" for line in workloads)
        goal.write_text(
            f"# Optimization Goal\n\n## Package\n\n{package}\n\n## Target\n\nFaster.\n\n"
            f"## Representative Workloads\n\n{bullets}\n{extra}",
            encoding="utf-8",
        )
        return compose(Request(project=str(project), flags={"goal": str(goal), **flags}))

    return make
