"""PySCF from PyPI and a goal in plain prose: baseline, second run, wrong results, FermiLink.

What is optimised is a copy of the installed package, `pyscf/`, made a git repository: Python
sources and built libraries alike, so nothing is compiled. NumPy, SciPy and h5py come from the
environment it was installed into; `PYSCF_TEST_PYTHON` names the interpreter of a ready one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from interop.demo import Demo
from interop.registry import make_venv, pip
from real.conftest import git

from fermilink_scaffold.bootstrap import Request, compose

pytest_plugins = ["interop.conftest"]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interop.conftest import FermiLink

pytestmark = pytest.mark.real

PACK = Path(__file__).parents[2] / "templates" / "packages" / "pyscf"
GOAL = """\
# Optimization Goal

## Package

PySCF

## Target

A cheaper SCF cycle: less work in DIIS and around the Fock matrix. The answers stay what they are.

## Editable Scope

- `pyscf/scf/**` and `pyscf/lib/diis.py`

## Performance Metric

`wall_seconds`, lower is better.

## Correctness Constraints

- Total energy absolute delta <= 5e-8 Hartree vs baseline
- Orbital energies RMS delta <= 1e-6 Hartree vs baseline
- test-water: `energy` is -75.98394850 within 1e-6 Hartree
- Excitation energies absolute delta <= 1e-6 Hartree vs baseline

## Representative Workloads

- train-water: H2O / 6-31g / RHF / DIIS space=8
- train-ammonia: `ammonia.xyz` / sto-3g / RKS / PBE0 / grids level 1 / gradient
- train-o2: O2 / 6-31g / CASSCF(8,6)
- test-water: water / 6-31g / RHF
- test-hydroxyl: OH / 6-31g / UHF
- test-formaldehyde: formaldehyde / sto-3g / RHF / TDHF / 3 states
"""
AMMONIA = """\
4
ammonia
N  0.00000  0.00000 0.00000
H  0.93772  0.00000 0.38163
H -0.46886  0.81209 0.38163
H -0.46886 -0.81209 0.38163
"""
#: RHF/6-31G water at PySCF's own example geometry.
WATER = -75.98394850
ENERGY = "    e_tot = mf.energy_elec(dm, h1e, vhf)[0] + nuc\n"
CYCLES = "    for cycle in range(mf.max_cycle):\n"


@dataclass(frozen=True, kw_only=True)
class Campaign:
    root: Path

    @property
    def contract(self) -> Path:
        return self.root / ".fermilink-optimize" / "autogen" / "benchmark.yaml"

    def measure(self) -> dict[str, Any]:
        """What the workspace's own runner says of the tree as it is."""
        runner = self.contract.with_name("benchmark_runner.py")
        words = [sys.executable, str(runner), "--benchmark", str(self.contract), "--emit-json"]
        return dict(json.loads(_run(*words, cwd=self.root)))

    def tolerances(self) -> list[dict[str, Any]]:
        data = yaml.safe_load(self.contract.read_text(encoding="utf-8"))
        return list(data["correctness"]["field_tolerances"])

    def broken(self, one: dict[str, Any], two: dict[str, Any]) -> set[tuple[str, str]]:
        """Cases and fields of two runs that differ by more than the contract allows."""
        return {
            (case["id"], item["field"])
            for case, other in zip(one["cases"], two["cases"], strict=True)
            for item in self.tolerances()
            if item["field"] in case
            and not _difference(item["comparison"], case[item["field"]], other[item["field"]])
            <= item[item["comparison"]]
        }


def _difference(comparison: str, one: Any, two: Any) -> float:
    first, second = (value if isinstance(value, list) else [value] for value in (one, two))
    deltas = [abs(x - y) for x, y in zip(first, second, strict=True)]
    if comparison == "rms_delta":
        return float((sum(delta**2 for delta in deltas) / len(deltas)) ** 0.5)
    return float(max(deltas))


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


@pytest.fixture(scope="session")
def pyscf_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with PySCF from PyPI."""
    given = os.environ.get("PYSCF_TEST_PYTHON")
    if given:
        return Path(given)
    python = make_venv(tmp_path_factory.mktemp("pyscf") / "venv")
    pip(python, "install", "--quiet", "pyscf")
    return python


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory, pyscf_python: Path) -> Campaign:
    """The copy of PySCF with the workspace that `init` writes for the goal; no package is named."""
    directory = tmp_path_factory.mktemp("copied")
    where = "import os, pyscf; print(os.path.dirname(pyscf.__file__))"
    installed = _run(str(pyscf_python), "-c", where, cwd=directory).strip()
    root = directory / "project"
    shutil.copytree(installed, root / "pyscf", ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
    for words in (
        ("init", "-q", "-b", "main"),
        ("config", "user.name", "Test"),
        ("config", "user.email", "test@example.org"),
        ("config", "core.compression", "0"),
        ("add", "-A", "-f"),
        ("commit", "-q", "-m", "Copy PySCF"),
    ):
        git(root, *words)
    goal = directory / "campaign" / "goal.md"
    goal.parent.mkdir()
    goal.write_text(GOAL, encoding="utf-8")
    goal.with_name("ammonia.xyz").write_text(AMMONIA, encoding="utf-8")
    scaffold = (sys.executable, "-m", "fermilink_scaffold", "init", str(root), "--goal", str(goal))
    few = ("--set", "controller.warmup_runs=0", "--set", "controller.measured_runs=1")
    _run(*scaffold, "--var", f"python={pyscf_python}", *few, cwd=directory)
    return Campaign(root=root)


@pytest.fixture(scope="module")
def baseline(campaign: Campaign) -> dict[str, Any]:
    return campaign.measure()


def test_the_baseline_has_the_right_physics(baseline: dict[str, Any]) -> None:
    assert baseline["correctness_ok"] is True, baseline
    cases = {case["id"]: case for case in baseline["cases"]}
    for name in ("train-water", "test-water"):
        assert cases[name]["energy"] == pytest.approx(WATER, abs=1e-6)
        assert cases[name]["scf_cycles"] == 8
    # 2 (2 S + 1) for one unpaired electron, hardly contaminated.
    assert cases["test-hydroxyl"]["s_squared"] == pytest.approx(0.7533, abs=2e-3)
    assert len(cases["test-hydroxyl"]["mo_energy"]) == 2 * 11
    assert cases["train-o2"]["energy"] < -149.6
    assert sum(cases["train-o2"]["occupations"]) == pytest.approx(8)
    assert len(cases["test-formaldehyde"]["excitation_energies"]) == 3
    assert min(cases["test-formaldehyde"]["excitation_energies"]) == pytest.approx(0.16, abs=0.02)
    gradient = cases["train-ammonia"]["gradient"]
    assert len(gradient) == 12
    assert [sum(gradient[axis::3]) for axis in range(3)] == pytest.approx([0, 0, 0], abs=1e-3)
    for case in cases.values():
        assert 0 < case["kernel_seconds"] < case["wall_seconds"]


def test_a_second_run_is_within_every_tolerance(
    campaign: Campaign, baseline: dict[str, Any]
) -> None:
    assert campaign.broken(baseline, campaign.measure()) == set()
    assert git(campaign.root, "status", "--porcelain") == ""


@contextmanager
def edited(campaign: Campaign, old: str, new: str) -> Iterator[None]:
    """`pyscf/scf/hf.py` with another line, as a candidate might leave it."""
    source = campaign.root / "pyscf" / "scf" / "hf.py"
    text = source.read_text(encoding="utf-8")
    assert text.count(old) == 1
    source.write_text(text.replace(old, new), encoding="utf-8")
    try:
        yield
    finally:
        source.write_text(text, encoding="utf-8")
        assert git(campaign.root, "status", "--porcelain") == ""


def test_an_energy_that_is_wrong_by_itself_is_caught(campaign: Campaign) -> None:
    with edited(campaign, ENERGY, f"{ENERGY}    e_tot += 2e-6\n"):
        measured = campaign.measure()
    assert measured["correctness_ok"] is False
    errors = {case["id"]: case["error"] for case in measured["cases"] if case["error"]}
    assert set(errors) == {"test-water"}
    assert "energy: -75.98394649" in errors["test-water"]


def test_a_small_shift_is_caught_by_comparison_with_the_baseline(
    campaign: Campaign, baseline: dict[str, Any]
) -> None:
    with edited(campaign, ENERGY, f"{ENERGY}    e_tot += 2e-7\n"):
        measured = campaign.measure()
    assert measured["correctness_ok"] is True
    shifted = {case for case, field in campaign.broken(baseline, measured) if field == "energy"}
    assert {"train-water", "train-ammonia", "test-water", "test-hydroxyl"} <= shifted


def test_an_scf_that_stops_early_is_caught(campaign: Campaign) -> None:
    with edited(campaign, CYCLES, "    for cycle in range(4):\n"):
        measured = campaign.measure()
    assert measured["correctness_ok"] is False
    cases = {case["id"]: case for case in measured["cases"]}
    assert cases["test-water"]["converged"] is False
    assert "converge" in cases["test-water"]["error"]


def test_every_example_of_the_pack_reports_what_it_should(
    campaign: Campaign, pyscf_python: Path, tmp_path: Path
) -> None:
    (reader,) = yaml.safe_load((PACK / "pack.yaml").read_text(encoding="utf-8"))["workloads"]
    lines = "\n".join(f"- case-{n}: {text}" for n, text in enumerate(reader["examples"]))
    text = GOAL[: GOAL.index("- train-water: H2O")] + lines + "\n"
    bound = "- test-water: `energy` is -75.98394850 within 1e-6 Hartree\n"
    (tmp_path / "goal.md").write_text(text.replace(bound, ""), "utf-8")
    (tmp_path / "water.xyz").write_text(
        "3\n\nO 0 0 0\nH 0 -0.757 0.587\nH 0 0.757 0.587\n", "utf-8"
    )
    flags = {"goal": str(tmp_path / "goal.md")}
    contract = compose(Request(project=str(campaign.root), flags=flags)).contract
    for case in contract["cases"]:
        words = [word.replace("{inputs}", str(tmp_path)) for word in case["command"][2:]]
        said = _run(str(pyscf_python), str(PACK / "pyscf_case.py"), *words, cwd=tmp_path)
        values = json.loads(said)
        assert values["converged"] is True, case
        assert {how["json"] for how in case["metrics"].values()} <= values.keys(), case


def test_fermilink_measures_the_baseline_and_catches_a_wrong_candidate(
    campaign: Campaign, fermilink: FermiLink
) -> None:
    demo = Demo(root=campaign.root, goal=campaign.root, fermilink=fermilink)
    (demo.workspace / "env").symlink_to(fermilink.python.parent.parent)
    fermilink.run(sys.executable, "-m", "fermilink_scaffold", "check", cwd=campaign.root)
    demo.launch("--baseline-only")
    assert [row[2] for row in demo.ledger()] == ["baseline"]
    cases = {case["id"]: case for case in demo.state()["incumbent_metrics"]["cases"]}
    assert set(cases) == {"test-water", "test-hydroxyl", "test-formaldehyde"}
    assert cases["test-water"]["energy"] == pytest.approx(WATER, abs=1e-6)
    assert git(campaign.root, "status", "--porcelain") == ""

    # A candidate whose energies are off by 2e-7, which only comparison can see.
    edit = {"path": "pyscf/scf/hf.py", "old": ENERGY, "new": f"{ENERGY}    e_tot += 2e-7\n"}
    fermilink.plan([{"description": "A shifted energy", "edits": [edit]}])
    demo.launch("--resume", "--max-iterations", "1")
    assert demo.statuses() == ["baseline", "correctness_failure"]
