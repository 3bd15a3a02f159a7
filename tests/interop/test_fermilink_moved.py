"""A repository that moves takes its campaign along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from interop.demo import git, scaffolded_demo

if TYPE_CHECKING:
    from pathlib import Path

    from interop.conftest import FermiLink

pytestmark = pytest.mark.interop

ONE_RUN = ("--set", "controller.warmup_runs=0", "--set", "controller.measured_runs=1")


def test_setup_and_launch_work_where_the_repository_was_moved_to(
    tmp_path: Path, fermilink: FermiLink
) -> None:
    demo = scaffolded_demo(tmp_path, fermilink, *ONE_RUN)
    (demo.workspace / "env").unlink()
    fermilink.run("bash", demo.autogen / "setup_env.sh", cwd=tmp_path)
    demo.launch("--plan-only")

    place = tmp_path / 'it\'s "here" & $HOME; now'
    place.mkdir()
    demo = replace(demo, root=demo.root.rename(place / "lj cluster"))
    fermilink.run("bash", demo.autogen / "setup_env.sh", cwd=tmp_path)
    demo.launch("--baseline-only")
    assert demo.statuses() == ["baseline"]
    assert git(demo.root, "status", "--porcelain") == ""
    for path in demo.managed():
        text = (demo.workspace / path).read_text(encoding="utf-8")
        assert str(tmp_path) not in text, path
