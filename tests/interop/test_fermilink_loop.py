"""A campaign of FermiLink on the files that `init` writes, with an agent that follows a plan."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from interop.demo import FASTER, FASTER_STILL, SLOWER, WRONG, Demo, git, scaffolded_demo

if TYPE_CHECKING:
    from pathlib import Path

    from interop.conftest import FermiLink

pytestmark = pytest.mark.interop

#: No warm-up, and no case that a busy moment of this machine can reject.
SETTINGS = (
    *("--set", "controller.warmup_runs=0"),
    *("--set", "performance_guardrails.max_case_regression=null"),
)
#: What only the held-out cases have: their ids and the words of their commands.
HELD_OUT = re.compile(r"test-(?:relax|dynamics)|--seed\W+5|--steps\W+200")


@pytest.fixture
def demo(tmp_path: Path, fermilink: FermiLink) -> Demo:
    return scaffolded_demo(tmp_path, fermilink, *SETTINGS)


def test_a_campaign_accepts_what_is_faster_and_nothing_else(demo: Demo) -> None:
    before = demo.managed()
    headings = demo.headings()
    demo.fermilink.plan([FASTER, WRONG, SLOWER])
    demo.launch("--max-iterations", "3")

    assert [(row[0], row[2]) for row in demo.ledger()] == [
        ("0", "baseline"),
        ("1", "accepted"),
        ("2", "correctness_failure"),
        ("3", "rejected"),
    ]
    baseline, accepted = (float(row[4]) for row in demo.ledger()[:2])
    assert accepted < baseline
    state = demo.state()
    assert (state["iteration"], state["accepted_count"], state["rejected_count"]) == (3, 1, 2)
    assert state["incumbent_commit"] == git(demo.root, "rev-parse", "HEAD")
    assert "old = new" in (demo.root / "ljcluster/dynamics.py").read_text("utf-8")

    assert demo.headings() == headings
    commit = state["incumbent_commit"][:12]
    assert demo.section("### Latest accepted commit")[0] == f"- commit: {commit}"
    for heading, descriptions in (
        ("### Accepted experiments", ["baseline", FASTER["description"]]),
        ("### Rejected patterns", [WRONG["description"], SLOWER["description"]]),
    ):
        entries = demo.section(heading)
        assert len(entries) == len(descriptions)
        for entry, description in zip(entries, descriptions, strict=True):
            assert description in entry
    assert len(demo.section("### Progress log")) == 4

    assert demo.managed() == before
    assert git(demo.root, "status", "--porcelain") == ""


def test_the_held_out_cases_never_reach_the_worker(demo: Demo) -> None:
    demo.fermilink.plan([FASTER, WRONG])
    demo.launch("--max-iterations", "2")
    turns = [turn for turn in demo.fermilink.turns if turn.role == "worker"]
    assert len(turns) == 2
    for turn in turns:
        assert turn.cwd != demo.root
        assert not HELD_OUT.search(turn.prompt)
        assert "ljcluster/potential.py" in turn.files
        assert "train-relax" in turn.files[".fermilink-optimize/benchmark.worker.yaml"]
        leaks = {path for path, text in turn.files.items() if HELD_OUT.search(path + text)}
        assert leaks == set()


def test_the_worker_can_measure_the_train_cases_in_its_own_tree(demo: Demo) -> None:
    demo.fermilink.plan([FASTER, WRONG], command=["bash", ".fermilink-optimize/measure.sh"])
    demo.launch("--max-iterations", "2")
    turns = [turn for turn in demo.fermilink.turns if turn.role == "worker"]
    assert len(turns) == 2
    for turn in turns:
        assert turn.said is not None
        assert turn.said["status"] == 0, turn.said
        assert "train-dynamics" in turn.said["stdout"]
        assert not HELD_OUT.search(turn.said["stdout"] + turn.said["stderr"])
    assert demo.statuses()[1] == "accepted"


def test_a_campaign_resumes_with_more_iterations(demo: Demo) -> None:
    demo.fermilink.plan([FASTER])
    demo.launch("--max-iterations", "1")
    demo.fermilink.plan([WRONG, FASTER_STILL])
    demo.launch("--resume", "--max-iterations", "3")
    assert demo.statuses() == ["baseline", "accepted", "correctness_failure", "accepted"]

    told = demo.fermilink.optimize("status", demo.root, "--json", cwd=demo.root)
    document = json.loads(told.stdout)
    state = demo.state()
    assert (state["iteration"], state["accepted_count"]) == (3, 2)
    assert state["incumbent_commit"] in json.dumps(document)

    turns = len(demo.fermilink.turns)
    (demo.root / "skills").mkdir(exist_ok=True)
    options = ("--goal", "--resume", "--max-iterations", "3")
    demo.fermilink.optimize(demo.goal, *options, cwd=demo.root)
    assert len(demo.fermilink.turns) == turns
    assert len(demo.ledger()) == 4
    assert git(demo.root, "status", "--porcelain") == ""
