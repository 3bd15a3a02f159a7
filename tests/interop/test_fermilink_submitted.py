"""The contract that `init --hpc-profile` writes, and its launcher, under FermiLink."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from interop.demo import FASTER, Demo, git, scaffolded_demo

if TYPE_CHECKING:
    from pathlib import Path

    from interop.conftest import FermiLink

pytestmark = pytest.mark.interop

SETTINGS = (
    *("--set", "controller.warmup_runs=0"),
    *("--set", "performance_guardrails.max_case_regression=null"),
)
PROFILE = {
    "slurm_default_partition": "short",
    "slurm_defaults": "--nodes=1 --ntasks=1",
    "slurm_resource_policy": "One node, ten minutes.",
}


@pytest.fixture
def demo(tmp_path: Path, fermilink: FermiLink) -> Demo:
    profile = tmp_path / "hpc.json"
    profile.write_text(json.dumps(PROFILE), encoding="utf-8")
    return scaffolded_demo(tmp_path, fermilink, *SETTINGS, "--hpc-profile", str(profile))


def test_a_plan_takes_contract_and_profile(demo: Demo, tmp_path: Path) -> None:
    contract = yaml.safe_load((demo.autogen / "benchmark.yaml").read_text(encoding="utf-8"))
    assert contract["runtime"]["mode"] == "submit_poll"
    demo.launch("--plan-only")
    demo.launch("--plan-only", "--hpc-profile", str(tmp_path / "hpc.json"))
    assert demo.statuses() == []
    assert git(demo.root, "status", "--porcelain") == ""


def test_the_baseline_is_measured_by_a_process_that_fermilink_polls(demo: Demo) -> None:
    demo.launch("--baseline-only")
    assert demo.statuses() == ["baseline"]
    baseline = demo.workspace / "runs" / "baseline"
    assert "<pid_number>" in (baseline / "measured_1.stdout.log").read_text(encoding="utf-8")
    result = json.loads((baseline / "result.json").read_text(encoding="utf-8"))
    assert [case["error"] for case in result["cases"]] == ["", ""]
    assert git(demo.root, "status", "--porcelain") == ""


def test_a_candidate_is_measured_the_same_way(demo: Demo) -> None:
    demo.fermilink.plan([FASTER])
    demo.launch("--max-iterations", "1")
    assert demo.statuses() == ["baseline", "accepted"]


def test_what_the_submitted_runner_found_wrong_is_told(demo: Demo) -> None:
    contract = demo.autogen / "benchmark.yaml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("- dynamics", "- no-such-command"), encoding="utf-8")
    failed = demo.launch("--baseline-only", status=2)
    assert "what the runner found wrong, from" in failed.stderr
    assert "test-dynamics: exit status 2" in failed.stderr
