"""FermiLink from the registry, driven by an agent that needs no language model."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from interop.registry import make_venv, pip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FERMILINK = "fermilink==0.3.10"
STUB = Path(__file__).with_name("stub_agent.py")


@pytest.fixture(scope="session")
def fermilink_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has FermiLink and PyYAML.

    `FERMILINK_TEST_PYTHON` names a ready one; otherwise it is made once and kept in the
    user's cache directory.
    """
    given = os.environ.get("FERMILINK_TEST_PYTHON")
    if given:
        return Path(given)
    version = "".join(map(str, sys.version_info[:2]))
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    directory = Path(cache, "fermilink-scaffold-tests", f"{FERMILINK.replace('==', '-')}-{version}")
    python = directory / "bin" / "python"
    complete = directory / "complete"
    if not complete.exists():
        if not os.access(Path(cache).parent, os.W_OK):
            directory = tmp_path_factory.mktemp("fermilink")
            complete = directory / "complete"
        python = make_venv(directory)
        pip(python, "install", "--quiet", FERMILINK, "pyyaml")
        complete.touch()
    return python


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One call of the agent."""

    role: str
    prompt: str
    cwd: Path
    #: Path below `cwd` to text: what the agent could read without leaving its directory.
    files: Mapping[str, str]
    #: Status, stdout and stderr of the plan's command; None where it ran none.
    said: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class FermiLink:
    """FermiLink with an agent that follows a plan."""

    python: Path
    directory: Path

    @property
    def turns(self) -> list[Turn]:
        path = self.directory / "turns.jsonl"
        if not path.exists():
            return []
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [Turn(**{**row, "cwd": Path(row["cwd"])}) for row in rows]

    def plan(
        self,
        candidates: Sequence[Mapping[str, Any]],
        *,
        command: Sequence[str] = (),
        threshold: float = 0.02,
    ) -> None:
        """What the agent proposes, one candidate for each worker turn from now on, and runs."""
        (self.directory / "turns.jsonl").unlink(missing_ok=True)
        plan = {
            "turns": str(self.directory / "turns.jsonl"),
            "candidates": list(candidates),
            "command": list(command),
            "threshold": threshold,
        }
        (self.directory / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """The caller's environment, with FermiLink's home and agent in it."""
        return {
            **os.environ,
            "FERMILINK_HOME": str(self.directory / "home"),
            "FERMILINK_AGENT_PROVIDER": "claude",
            "FERMILINK_CLAUDE_BIN": str(self.directory / "claude"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(
        self, *words: str | Path, cwd: Path, status: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run any program in this environment; a status other than `status` fails the test."""
        completed = subprocess.run(
            [str(word) for word in words],
            cwd=cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=600,
            check=False,
        )
        assert completed.returncode == status, f"{completed.stdout}\n{completed.stderr}"
        return completed

    def optimize(
        self, *arguments: str | Path, cwd: Path, status: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """`fermilink optimize ARGUMENTS...`."""
        program = self.python.with_name("fermilink")
        return self.run(program, "optimize", *arguments, cwd=cwd, status=status)


@pytest.fixture
def fermilink(fermilink_python: Path, tmp_path: Path) -> FermiLink:
    """FermiLink with its own home and, until a plan is given, an agent without ideas."""
    directory = tmp_path / "fermilink"
    (directory / "home").mkdir(parents=True)
    agent = directory / "claude"
    words = [str(fermilink_python), str(STUB), str(directory / "plan.json")]
    agent.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    agent.chmod(0o755)
    made = FermiLink(python=fermilink_python, directory=directory)
    made.plan([])
    return made
