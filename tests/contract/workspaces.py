"""A small project with a workspace that has no fault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from contract.contracts import VALID

from fermilink_scaffold import layout
from fermilink_scaffold.contract.check_project import check_project
from fermilink_scaffold.workspace.seal import seal_project

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import GitRepository

__all__ = ["make_workspace", "said", "seal", "write"]

PROJECT = {
    "src/solver.c": "int main(void) { return 0; }\n",
    "tests/test_solver.sh": "exit 0\n",
    "bench.sh": "echo energy = 1\n",
    "bench/bench.sh": "echo energy = 1\n",
}
SCRIPT = '#!/usr/bin/env bash\nset -euo pipefail\necho "$0"\n'
PROGRAM = '"""A program."""\n\nfrom __future__ import annotations\n\nprint("x")\n'


def make_workspace(git_repo: GitRepository, *, contract: str = VALID) -> Path:
    """A repository with everything that `check` looks for; its tool environment is a dummy."""
    root = git_repo(PROJECT)
    exclude = root / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("".join(f"{line}\n" for line in layout.GIT_EXCLUDES), encoding="utf-8")
    for path, text in {
        layout.BENCHMARK: contract,
        layout.PROGRAM: "# Program\n",
        layout.MEMORY: "# Memory\n",
        layout.WORKER_MEMORY: "# Worker memory\n",
        layout.RESULTS: "iteration\tcommit\n",
        layout.SCAFFOLD: "package: mycode\n",
        f"{layout.ALL_INPUTS}/h2o.xyz": "h2o\n",
        f"{layout.ALL_INPUTS}/benzene.xyz": "benzene\n",
        f"{layout.WORKER_INPUTS}/h2o.xyz": "h2o\n",
        layout.GOAL_MODE: json.dumps({"source": "../goal.md"}),
    }.items():
        write(root, path, text)
    for path in (layout.PRE_COMMANDS, layout.SETUP_ENV, layout.RUN_OPTIMIZE):
        write(root, path, SCRIPT, executable=True)
    for path in (layout.RUNNER, layout.LAUNCHER):
        write(root, path, f"#!/usr/bin/env python3\n{PROGRAM}", executable=True)
    write(root, f"{layout.ENV}/bin/python", "#!/bin/sh\nexit 0\n", executable=True)
    seal(root)
    return root


def write(root: Path, path: str, text: str | bytes, *, executable: bool = False) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text if isinstance(text, bytes) else text.encode())
    if executable:
        target.chmod(0o755)


def seal(root: Path) -> None:
    write(root, layout.SEAL, seal_project(str(root)))


def said(root: Path) -> list[str]:
    """Every problem, as it is printed."""
    return [f"{problem.severity}: {problem}" for problem in check_project(str(root))]
