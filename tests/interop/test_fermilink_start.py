"""The ways into FermiLink short of its loop, on the files that `init` writes."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from interop.demo import Demo, git, scaffolded_demo

if TYPE_CHECKING:
    from pathlib import Path

    from interop.conftest import FermiLink

pytestmark = pytest.mark.interop

ONE_RUN = ("--set", "controller.warmup_runs=0", "--set", "controller.measured_runs=1")


@pytest.fixture
def demo(tmp_path: Path, fermilink: FermiLink) -> Demo:
    return scaffolded_demo(tmp_path, fermilink, *ONE_RUN)


def test_plan_only_takes_our_files_and_measures_nothing(demo: Demo) -> None:
    before = demo.managed()
    demo.launch("--plan-only")
    assert demo.statuses() == []
    assert demo.managed() == before
    assert git(demo.root, "status", "--porcelain") == ""


def test_baseline_only_measures_the_held_out_cases_once(demo: Demo) -> None:
    before = demo.managed()
    headings = demo.headings()
    demo.launch("--baseline-only")
    ((iteration, commit, status, metric, value, description),) = demo.ledger()
    assert (iteration, status, metric, description) == ("0", "baseline", "wall_seconds", "baseline")
    assert git(demo.root, "rev-parse", "HEAD").startswith(commit)
    state = demo.state()
    metrics = state["incumbent_metrics"]
    assert metrics["correctness_ok"] is True
    assert metrics["summary_metrics"]["wall_seconds"] == pytest.approx(float(value))
    assert [case["id"] for case in metrics["cases"]] == ["test-relax", "test-dynamics"]
    assert metrics["cases"][0]["energy"] == pytest.approx(-173.928427, abs=1e-6)
    assert demo.managed() == before
    assert demo.headings() == headings
    assert len(demo.section("### Accepted experiments")) == 1
    assert git(demo.root, "status", "--porcelain") == ""


def test_a_changed_contract_gets_its_baseline_by_the_command_that_regen_names(demo: Demo) -> None:
    demo.launch("--baseline-only")
    goal = demo.goal.read_text(encoding="utf-8")
    demo.goal.write_text(goal.replace("delta <= 1e-6", "delta <= 5e-7"), encoding="utf-8")
    regen = ("-m", "fermilink_scaffold", "regen", str(demo.root))
    told = demo.fermilink.run(sys.executable, *regen, cwd=demo.root).stdout
    assert "run_optimize.sh --baseline-only" in told
    assert "baseline_commit" not in demo.state()
    demo.launch("--baseline-only")
    assert demo.statuses() == ["baseline", "contract_changed", "baseline"]
    assert demo.state()["baseline_commit"] == git(demo.root, "rev-parse", "HEAD")


def test_the_fermilink_program_itself_takes_the_contract(demo: Demo) -> None:
    (demo.root / "skills").mkdir()
    demo.fermilink.optimize(
        "ljcluster",
        demo.root,
        "--benchmark",
        demo.autogen / "benchmark.yaml",
        "--skills-source",
        "existing",
        "--baseline-only",
        cwd=demo.root,
    )
    assert demo.statuses() == ["baseline"]


@pytest.mark.parametrize("beside_goal", [(), ("clusters",)], ids=["tracked", "staged"])
def test_goal_mode_resumes_on_our_files_without_a_generation_turn(
    beside_goal: tuple[str, ...], tmp_path: Path, fermilink: FermiLink
) -> None:
    demo = scaffolded_demo(tmp_path, fermilink, *ONE_RUN, beside_goal=beside_goal)
    before = demo.managed()
    (demo.root / "skills").mkdir()
    options = ("--goal", "--resume", "--baseline-only")
    fermilink.optimize(demo.goal, *options, cwd=demo.root)
    assert demo.statuses() == ["baseline"]
    assert fermilink.turns == []
    assert demo.managed().keys() == before.keys()
    # FermiLink notes once more where it staged the inputs from; the inputs stay as they are.
    changed = {name for name, content in demo.managed().items() if before[name] != content}
    assert changed == {"autogen/goal_inputs.json"}


def test_status_reads_the_ledger_and_state_of_our_workspace(demo: Demo) -> None:
    demo.launch("--baseline-only")
    told = demo.fermilink.optimize("status", demo.root, "--json", cwd=demo.root)
    document = json.loads(told.stdout)
    assert demo.state()["incumbent_commit"] in json.dumps(document)


def test_check_passes_before_and_after_the_baseline(demo: Demo) -> None:
    check = (sys.executable, "-m", "fermilink_scaffold", "check", demo.root)
    demo.fermilink.run(*check, cwd=demo.root)
    demo.launch("--baseline-only")
    demo.fermilink.run(*check, cwd=demo.root)
