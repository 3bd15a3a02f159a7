"""From a package on the registry and its users' goal to a FermiLink baseline, by three commands.

`REAL_PACKAGES` names other packages of `goals/` to try: `REAL_PACKAGES="mpmath slycot"`.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from real.conftest import git

if TYPE_CHECKING:
    from pathlib import Path

    from real.conftest import MakeProject

pytestmark = pytest.mark.real

PACKAGES = os.environ.get("REAL_PACKAGES", "bottleneck periodictable").split()
#: Whose users keep the goal outside the repository.
GOAL_OUTSIDE = {"periodictable", "slycot"}


def _run(*words: str, cwd: Path) -> str:
    completed = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, "FERMILINK_HOME": str(cwd / "fermilink-home")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=900,
        check=False,
    )
    assert completed.returncode == 0, completed.stdout
    return completed.stdout


@pytest.mark.parametrize("name", PACKAGES)
def test_three_commands_bring_a_package_to_its_baseline(
    name: str, real_project: MakeProject, tmp_path: Path
) -> None:
    project = real_project(name, goal_in_repository=name not in GOAL_OUTSIDE)
    workspace = project.root / ".fermilink-optimize"
    autogen = workspace / "autogen"

    scaffold = (sys.executable, "-m", "fermilink_scaffold")
    _run(*scaffold, "init", str(project.root), "--goal", str(project.goal), cwd=tmp_path)
    _run("bash", str(autogen / "setup_env.sh"), cwd=tmp_path)
    _run(*scaffold, "check", str(project.root), cwd=tmp_path)
    _run("bash", str(autogen / "run_optimize.sh"), "--baseline-only", cwd=tmp_path)

    rows = (workspace / "results.tsv").read_text(encoding="utf-8").splitlines()
    assert [row.split("\t")[2] for row in rows[1:]] == ["baseline"]
    contract = yaml.safe_load((autogen / "benchmark.yaml").read_text(encoding="utf-8"))
    measured = json.loads((workspace / "state.json").read_text(encoding="utf-8"))
    metrics = measured["incumbent_metrics"]
    held_out = [case["id"] for case in contract["cases"] if case["id"].startswith("test-")]
    assert [case["id"] for case in metrics["cases"]] == held_out
    assert metrics["correctness_ok"] is True
    fields = {bound["field"] for bound in contract["correctness"]["field_tolerances"]}
    for case in metrics["cases"]:
        assert fields & case.keys(), case
        assert all(math.isfinite(case[field]) for field in fields & case.keys()), case
    assert not git(project.root, "status", "--porcelain")
