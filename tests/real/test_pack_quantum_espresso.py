"""Quantum ESPRESSO and a goal in plain prose: baseline, second run, wrong results, FermiLink.

pw.x is Debian's, installed, not built. What is optimised is a thin package, a repository whose
`bin/pw.x` calls the installed program; the goal's build puts it first on the PATH.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from real.installed import Campaign, installed, scaffolded

pytest_plugins = ["interop.conftest"]

if TYPE_CHECKING:
    from interop.conftest import FermiLink

pytestmark = pytest.mark.real

INPUTS = Path(__file__).parents[2] / "fixtures" / "packs" / "quantum-espresso" / "inputs"
GOAL = """\
# Optimization Goal

## Package

Quantum ESPRESSO

## Target

Small self-consistent calculations finish faster; energies, forces and iterations stay.

## Editable Scope

- `bin/**`

## Performance Metric

`wall_seconds`, lower is better; `c_bands` and `h_psi` are reported too.

## Correctness Constraints

- Total energy within 1e-7 Ry of the baseline
- test-si: `energy` is -15.84452726 within 1e-7 Ry
- The number of `iterations` stays the same

## Representative Workloads

- train-si: `si.in`, 4x4x4 k points, ecut 18 (bulk silicon)
- train-al: `al.in` (aluminium with smearing) on 2 MPI ranks with 2 pools
- test-si: `si.in`, 2 atoms
- test-al: `al.in`, 6x6x6 k points
- test-h2: relaxation of `h2.in`

## Build

```sh
export PATH="$PWD/bin:$PATH"
```
"""
SILICON = -15.84452726
#: The input is the last word.
CHEAPER = """\
#!/bin/sh
for input; do :; done
sed '{edit}' "$input" >"cheap.$$.in"
exec {pw} -in "cheap.$$.in"
"""


@pytest.fixture(scope="module")
def pw() -> str:
    installed("mpirun", "openmpi-bin")
    return installed("pw.x", "quantum-espresso quantum-espresso-data")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory, pw: str) -> Campaign:
    directory = tmp_path_factory.mktemp("espresso")
    return scaffolded(directory, program="pw.x", calls=pw, goal=GOAL, inputs=INPUTS)


@pytest.fixture(scope="module")
def baseline(campaign: Campaign) -> dict[str, Any]:
    return campaign.measure()


def test_the_baseline_has_the_energy_of_silicon(baseline: dict[str, Any]) -> None:
    assert baseline["correctness_ok"] is True, baseline
    cases = {case["id"]: case for case in baseline["cases"]}
    for name in ("train-si", "test-si"):
        assert cases[name]["energy"] == pytest.approx(SILICON, abs=1e-8)
        assert (cases[name]["iterations"], cases[name]["total_force"]) == (6, 0)
        assert cases[name]["fermi_energy"] == pytest.approx(5.9568, abs=1e-3)
    assert cases["train-al"]["energy"] == pytest.approx(cases["test-al"]["energy"], abs=1e-6)
    assert cases["test-al"]["pressure"] == pytest.approx(-16.2, abs=0.2)
    assert cases["test-h2"]["total_force"] < 1e-3
    for case in cases.values():
        assert case["converged"] is True
        assert 0 < case["h_psi"] <= case["pwscf_wall"] < case["wall_seconds"]


def test_what_was_assumed_is_told(campaign: Campaign) -> None:
    for line in (
        "from pack quantum-espresso: the tolerance on pressure is assumed: abs_delta 0.1",
        (
            "workload `train-al`: the pack quantum-espresso reads it as python3 pw_case.py "
            "--pw=pw.x --mpirun=mpirun --ranks=2 --pools=2 --pseudo=/usr/share/espresso/pseudo al.in"
        ),
    ):
        assert line in campaign.said


def test_a_second_run_is_within_every_tolerance(
    campaign: Campaign, baseline: dict[str, Any]
) -> None:
    assert campaign.broken(baseline, campaign.measure()) == set()


def test_a_lower_cutoff_is_caught(campaign: Campaign, pw: str) -> None:
    text = CHEAPER.format(edit="s/ecutwfc = 18.0/ecutwfc = 17.0/", pw=pw)
    with campaign.edited("bin/pw.x", text):
        cases = campaign.cases()
    assert "the goal says ecutwfc 18, the run has 17.0" in cases["train-si"]["error"]
    assert "energy" in cases["test-si"]["error"]


def test_a_looser_threshold_is_caught_by_comparison_with_the_baseline(
    campaign: Campaign, baseline: dict[str, Any], pw: str
) -> None:
    with campaign.edited("bin/pw.x", CHEAPER.format(edit="s/1.0d-8/1.0d-4/", pw=pw)):
        measured = campaign.measure()
    assert {("train-si", "iterations"), ("test-si", "iterations")} <= campaign.broken(
        baseline, measured
    )


def test_an_scf_that_stops_early_is_caught(campaign: Campaign, pw: str) -> None:
    edit = "s/conv_thr = /electron_maxstep = 2, conv_thr = /"
    with campaign.edited("bin/pw.x", CHEAPER.format(edit=edit, pw=pw)):
        cases = campaign.cases()
    assert "SCF not converged" in cases["test-si"]["error"]
    assert cases["test-si"]["converged"] is False


def test_fermilink_measures_the_baseline(campaign: Campaign, fermilink: FermiLink) -> None:
    cases = campaign.baseline(fermilink)
    assert set(cases) == {"test-si", "test-al", "test-h2"}
    assert cases["test-si"]["energy"] == pytest.approx(SILICON, abs=1e-8)
