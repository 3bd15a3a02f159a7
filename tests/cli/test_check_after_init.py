from __future__ import annotations

import os
import shutil
import subprocess
import sys

from fermilink_scaffold import layout
from fermilink_scaffold.resources import resource_path


def run(*words, cwd):
    return subprocess.run(
        [sys.executable, "-m", "fermilink_scaffold", *words],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_what_init_writes_passes_and_still_does_elsewhere(git_repo, tmp_path):
    root = git_repo({}, name="my 'demo'")
    shutil.copytree(resource_path("fixtures", "demo"), root, dirs_exist_ok=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    subprocess.run(["git", "commit", "-qm", "Add the code"], cwd=root, check=True)
    assert run("init", "--goal", "goal.md", cwd=root).returncode == 0
    report = (
        "warning: .fermilink-optimize/env: the tool environment is not made yet\n"
        f"    Run: bash {layout.SETUP_ENV}\n"
        "0 errors, 1 warning\n"
    )
    done = run("check", cwd=root)
    assert (done.returncode, done.stdout, done.stderr) == (0, report, "")
    moved = tmp_path / "elsewhere"
    os.rename(root, moved)
    done = run("check", cwd=moved)
    assert (done.returncode, done.stdout, done.stderr) == (0, report, "")
