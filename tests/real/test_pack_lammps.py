"""LAMMPS and goals in plain prose: baseline, second run, wrong results, FermiLink.

LAMMPS is installed, not built: Debian's (29 Sep 2021, Open MPI) and, in one test, the wheel from
PyPI (2025, with MPICH). What is optimised is a thin package, a repository whose `bin/lmp` calls the
installed program; the goal's build puts it first on the PATH. `LAMMPS_TEST_PYTHON` names the
interpreter of an environment that has the wheel already.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from interop.registry import make_venv, pip
from real.installed import Campaign, installed, scaffolded

pytest_plugins = ["interop.conftest"]

if TYPE_CHECKING:
    from interop.conftest import FermiLink

pytestmark = pytest.mark.real

INPUTS = Path(__file__).parents[2] / "fixtures" / "packs" / "lammps" / "inputs"
GOAL = """\
# Optimization Goal

## Package

LAMMPS

## Target

Short runs of small systems start and finish faster; every number stays what it is.

## Editable Scope

- `bin/**`

## Performance Metric

`wall_seconds`, lower is better; `loop_time` and `pair_time` are reported too.

## Correctness Constraints

- Total energy (`etotal`) relative difference at most 1e-7 vs baseline
- test-melt: `etotal` is -4.6258477 within 1e-6
- train-melt: `energy_drift` at most 1e-3 per atom and step

## Representative Workloads

- train-melt: `in.melt`, 500 atoms, 100 steps (Lennard-Jones liquid)
- train-chain: `in.chain` with `data.chain`, 288 atoms, on 2 MPI ranks
- test-melt: `in.melt` (the same liquid, held out)
- test-wide: `in.melt` replicated 2x1x1 on 2 MPI ranks, 1,000 atoms
- test-water: `in.tip4p` with data=water_64.data n=10, 192 atoms

## Build

```sh
export PATH="$PWD/bin:$PATH"
```
"""
#: The end of 100 steps of the melt: the same in 2021 and 2025, serial and in parallel.
MELT = {"etotal": -4.6258477, "pe": -5.7579933, "temp": 0.75627629, "press": 0.21876936}
CUTOFF = """\
#!/bin/sh
sed 's/lj\\/cut 2\\.5/lj\\/cut 2.4/; s/1\\.0 2\\.5$/1.0 2.4/' in.melt >cheap.melt
shift 2
exec {lmp} -in cheap.melt "$@"
"""
FEWER_STEPS = """\
#!/bin/sh
sed 's/^run .*/run 50/' in.melt >cheap.melt
shift 2
exec {lmp} -in cheap.melt "$@"
"""


@pytest.fixture(scope="module")
def lmp() -> str:
    installed("mpirun", "openmpi-bin")
    return installed("lmp", "lammps")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory, lmp: str) -> Campaign:
    directory = tmp_path_factory.mktemp("lammps")
    return scaffolded(directory, program="lmp", calls=lmp, goal=GOAL, inputs=INPUTS)


@pytest.fixture(scope="module")
def baseline(campaign: Campaign) -> dict[str, Any]:
    return campaign.measure()


def test_the_baseline_has_the_thermo_of_the_melt(baseline: dict[str, Any]) -> None:
    assert baseline["correctness_ok"] is True, baseline
    cases = {case["id"]: case for case in baseline["cases"]}
    for name in ("train-melt", "test-melt"):
        assert {field: cases[name][field] for field in MELT} == pytest.approx(MELT, rel=1e-6)
    assert cases["test-wide"]["atoms"] == 1000
    assert cases["test-wide"]["etotal"] == pytest.approx(-4.625, abs=2e-3)
    assert cases["test-water"]["atoms"] == 192
    assert cases["train-melt"]["energy_drift"] == pytest.approx(8.16e-5, rel=1e-3)
    for case in cases.values():
        assert case["lost_atoms"] == 0
        assert 0 < case["pair_time"] < case["loop_time"] < case["wall_seconds"]


def test_what_was_assumed_is_told(campaign: Campaign) -> None:
    for line in (
        "from pack lammps: the tolerance on pe is assumed: relative_delta 1e-06",
        "from pack lammps: the tolerance on press is assumed: relative_delta 0.0001",
        (
            "workload `test-wide`: the pack lammps reads it as python3 lammps_case.py --lmp=lmp "
            "--mpirun=mpirun --ranks=2 --replicate=x=2 y=1 z=1 --atoms=1000 in.melt"
        ),
    ):
        assert line in campaign.said


def test_a_second_run_is_within_every_tolerance(
    campaign: Campaign, baseline: dict[str, Any]
) -> None:
    assert campaign.broken(baseline, campaign.measure()) == set()


def test_a_shorter_cutoff_is_caught(campaign: Campaign, lmp: str) -> None:
    with campaign.edited("bin/lmp", CUTOFF.format(lmp=lmp)):
        cases = campaign.cases()
    assert "etotal" in cases["test-melt"]["error"]


def test_fewer_steps_are_caught(campaign: Campaign, lmp: str) -> None:
    with campaign.edited("bin/lmp", FEWER_STEPS.format(lmp=lmp)):
        cases = campaign.cases()
    assert "the goal says 100 steps, the run has 50" in cases["train-melt"]["error"]


def test_fermilink_measures_the_baseline(campaign: Campaign, fermilink: FermiLink) -> None:
    cases = campaign.baseline(fermilink)
    assert set(cases) == {"test-melt", "test-wide", "test-water"}
    assert cases["test-melt"]["etotal"] == pytest.approx(MELT["etotal"], rel=1e-7)


def test_the_wheel_from_pypi_gives_the_same_numbers(tmp_path: Path) -> None:
    given = os.environ.get("LAMMPS_TEST_PYTHON")
    python = Path(given) if given else make_venv(tmp_path / "venv")
    if not given:
        pip(python, "install", "--quiet", "lammps", "mpich")
    lmp, mpiexec = (str(python.with_name(name)) for name in ("lmp", "mpiexec"))
    options = ("--var", f"mpirun={mpiexec}")
    made = scaffolded(
        tmp_path / "made", program="lmp", calls=lmp, goal=GOAL, inputs=INPUTS, options=options
    )
    measured = made.measure()
    assert measured["correctness_ok"] is True, measured
    cases = {case["id"]: case for case in measured["cases"]}
    assert {field: cases["train-melt"][field] for field in MELT} == pytest.approx(MELT, rel=1e-6)
    assert cases["test-wide"]["atoms"] == 1000
    assert all(0 < case["pair_time"] < case["loop_time"] for case in cases.values())
