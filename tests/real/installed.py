"""Thin packages that call an installed code, with the workspace that `init` writes for a goal."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from interop.demo import Demo
from real.conftest import git

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from interop.conftest import FermiLink

__all__ = ["Campaign", "installed", "scaffolded"]


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A repository with its workspace."""

    root: Path
    #: What `init` printed.
    said: str

    @property
    def contract(self) -> Path:
        return self.root / ".fermilink-optimize" / "autogen" / "benchmark.yaml"

    def measure(self) -> dict[str, Any]:
        """What the workspace's own runner says of the tree as it is, built as the goal says."""
        runner = self.contract.with_name("benchmark_runner.py")
        words = [sys.executable, str(runner), "--benchmark", str(self.contract), "--build"]
        return dict(json.loads(_run(*words, "--emit-json", cwd=self.root)))

    def cases(self) -> dict[str, dict[str, Any]]:
        return {case["id"]: case for case in self.measure()["cases"]}

    def broken(self, one: Mapping[str, Any], two: Mapping[str, Any]) -> set[tuple[str, str]]:
        """Cases and fields of two runs that differ by more than the contract allows."""
        data = yaml.safe_load(self.contract.read_text(encoding="utf-8"))
        return {
            (case["id"], item["field"])
            for case, other in zip(one["cases"], two["cases"], strict=True)
            for item in data["correctness"]["field_tolerances"]
            if item["field"] in case
            and not _within(item, case[item["field"]], other.get(item["field"], math.nan))
        }

    @contextmanager
    def edited(self, path: str, text: str) -> Iterator[None]:
        """A file with another text, as a candidate might leave it."""
        source = self.root / path
        old = source.read_text(encoding="utf-8")
        source.write_text(text, encoding="utf-8")
        try:
            yield
        finally:
            source.write_text(old, encoding="utf-8")
            assert git(self.root, "status", "--porcelain") == ""

    def baseline(self, fermilink: FermiLink) -> dict[str, dict[str, Any]]:
        """The held-out cases as FermiLink's own `--baseline-only` has them."""
        demo = Demo(root=self.root, goal=self.root, fermilink=fermilink)
        (demo.workspace / "env").symlink_to(fermilink.python.parent.parent)
        fermilink.run(sys.executable, "-m", "fermilink_scaffold", "check", cwd=self.root)
        demo.launch("--baseline-only")
        assert [row[2] for row in demo.ledger()] == ["baseline"]
        metrics = demo.state()["incumbent_metrics"]
        assert metrics["correctness_ok"] is True
        assert git(self.root, "status", "--porcelain") == ""
        return {case["id"]: case for case in metrics["cases"]}


def _within(item: Mapping[str, Any], one: float, two: float) -> bool:
    scale = abs(one) if item["comparison"] == "relative_delta" else 1.0
    return abs(one - two) <= item[item["comparison"]] * scale


def _run(*words: str, cwd: Path) -> str:
    completed = subprocess.run(
        words,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=600,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def installed(name: str, package: str) -> str:
    """The path of a program from Debian; a missing one fails the test, as `.ci/run` installs it."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed: apt-get install {package}")
    return found


def scaffolded(
    directory: Path,
    *,
    program: str,
    calls: str,
    goal: str,
    inputs: Path,
    options: tuple[str, ...] = (),
) -> Campaign:
    """A repository whose `bin/PROGRAM` calls an installed one, and what `init` makes of a goal."""
    root, campaign = directory / "project", directory / "campaign"
    wrapper = root / "bin" / program
    wrapper.parent.mkdir(parents=True)
    wrapper.write_text(f'#!/bin/sh\nexec {calls} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    for words in (
        ("init", "-q", "-b", "main"),
        ("config", "user.name", "Test"),
        ("config", "user.email", "test@example.org"),
        ("add", "-A"),
        ("commit", "-q", "-m", f"Wrap {program}"),
    ):
        git(root, *words)
    shutil.copytree(inputs, campaign)
    (campaign / "goal.md").write_text(goal, encoding="utf-8")
    words = ["init", str(root), "--goal", str(campaign / "goal.md"), *options]
    few = ("--set", "controller.warmup_runs=0", "--set", "controller.measured_runs=1")
    said = _run(sys.executable, "-m", "fermilink_scaffold", *words, *few, cwd=directory)
    return Campaign(root=root, said=said)
