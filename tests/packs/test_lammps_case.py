"""What the LAMMPS case driver reads in real logs of 29 Sep 2021 and 22 Jul 2025, and what it refuses."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRIVER = ROOT / "templates/packages/lammps/lammps_case.py"
FIXTURES = ROOT / "fixtures/packs/lammps"

#: A program that prints a log and says how it was called.
STAND_IN = """#!/bin/sh
[ "$1" = -np ] && shift 3
printf 'called: %s\\n' "$*"
ls
cat {log}
echo stale > written.by.lammps
exit {status}
"""


@pytest.fixture(scope="module")
def driver():
    spec = importlib.util.spec_from_file_location("lammps_case", DRIVER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def read(driver):
    def numbers(name, *, normalised=None):
        log = driver.Log()
        for line in (FIXTURES / "logs" / name).read_text(encoding="utf-8").splitlines():
            log.feed(line)
        return log.numbers(normalised=normalised)

    return numbers


@pytest.fixture
def run(tmp_path):
    """Run the driver on the fixtures' inputs with a stand-in for LAMMPS that prints a log."""
    shutil.copytree(FIXTURES / "inputs", tmp_path / "inputs")

    def start(*arguments, log="melt-2021.log", status=0):
        for name in ("lmp", "mpirun"):
            path = tmp_path / name
            text = STAND_IN.format(log=FIXTURES / "logs" / log, status=status)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
        words = [sys.executable, str(DRIVER), "--lmp=./lmp", "--mpirun=./mpirun", *arguments]
        return subprocess.run(
            words, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60, check=False
        )

    return start


#: The same system, steps and program options: these hold in both years.
MELT = {
    "Step": 100,
    "Temp": 0.75627629,
    "E_pair": -5.7579933,
    "E_mol": 0,
    "TotEng": -4.6258477,
    "Press": 0.21876936,
    "PotEng": -5.7579933,
    "total_neighbors": 18766,
    "neighbor_builds": 9,
    "dangerous_builds": 0,
    "steps": 100,
    "runs": 1,
    "atoms": 500,
    "lost_atoms": 0,
}
TIMES_2021 = {
    "loop_time": 0.014771,
    "timesteps_per_second": pytest.approx(6770.022),
    "tau_per_day": 2924655.591,
    "pair_time": 0.0084566,
    "bond_time": 0,
    "kspace_time": 0,
    "neigh_time": 0.0054829,
    "comm_time": 0.0005276,
    "output_time": 2.1231e-05,
    "modify_time": 0.00020117,
    "other_time": 8.147e-05,
}
TIMES_2025 = {
    "loop_time": 0.0147335,
    "timesteps_per_second": pytest.approx(6787.2535),
    "tau_per_day": 2932096.912,
    "pair_time": 0.0086044,
    "bond_time": 0,
    "kspace_time": 0,
    "neigh_time": 0.0053228,
    "comm_time": 0.00051076,
    "output_time": 2.1862e-05,
    "modify_time": 0.00019621,
    "other_time": 7.749e-05,
}


@pytest.mark.parametrize(
    ("name", "times"), [("melt-2021.log", TIMES_2021), ("melt-2025.log", TIMES_2025)]
)
def test_a_log_of_either_year_is_read_whole(read, name, times):
    drift = pytest.approx((4.6258477 - 4.6176881) / 100)
    assert read(name) == {**MELT, **times, "energy_drift": drift}


@pytest.mark.parametrize("year", [2021, 2025])
def test_sums_over_two_runs_and_the_end_of_the_last(read, year):
    found = read(f"two-{year}.log")
    assert {key: found[key] for key in ("runs", "steps", "atoms", "Step", "TotEng", "Temp")} == {
        "runs": 2,
        "steps": 120,
        "atoms": 288,
        "Step": 120,
        "TotEng": 17.921701,
        "Temp": 0.099640698,
    }
    loops = {2021: (0.00193926, 0.000407822), 2025: (0.00192594, 0.00041236)}[year]
    assert found["loop_time"] == pytest.approx(sum(loops))
    assert found["bond_time"] > 0
    assert found["energy_drift"] == pytest.approx((17.921701 - 17.889651) / 20)


@pytest.mark.parametrize("year", [2021, 2025])
def test_a_custom_table_with_kspace(read, year):
    found = read(f"tip4p-{year}.log")
    assert found["E_long"] == pytest.approx(-10777.03)
    assert found["KinEng"] + found["PotEng"] == pytest.approx(found["TotEng"], abs=1e-4)
    assert found["ns_per_day"] == {2021: 154.833, 2025: 111.482}[year]
    assert found["kspace_time"] == {2021: 0.0027411, 2025: 0.0049009}[year]
    assert found["pair_time"] == {2021: 0.0025733, 2025: 0.0024855}[year]


@pytest.mark.parametrize("name", ["multi-2021.log", "multi-2025.log", "yaml-2025.log"])
def test_other_styles_of_the_table_give_the_same_numbers(read, name):
    found = read(name)
    assert found["Step"] == 100
    for heading in ("Temp", "PotEng", "Press"):
        assert found[heading] == pytest.approx(MELT[heading], abs=1e-4)


def test_the_script_says_whether_the_table_is_per_atom(run, tmp_path):
    script = tmp_path / "inputs/in.melt"
    text = script.read_text(encoding="utf-8")
    script.write_text(text + "thermo_modify flush yes norm no\n", encoding="utf-8")
    found = json.loads(run("inputs/in.melt", log="custom-2021.log").stdout.splitlines()[-1])
    assert found["energy_drift"] == pytest.approx((2312.9239 - 2308.844) / 100 / 500)


def test_ranks_change_times_and_nothing_else(read):
    serial, two = read("melt-2025.log"), read("melt-ranks-2025.log")
    assert {key: two[key] for key in MELT} == {key: serial[key] for key in MELT}
    assert two["comm_time"] == 0.014056


def test_drift_is_per_atom_whatever_the_table_is(read):
    """Reduced units print energies per atom; `thermo_modify norm no` makes them the system's."""
    change = (2312.9239 - 2308.844) / 100 / 500
    assert read("custom-2021.log", normalised=False)["energy_drift"] == pytest.approx(change)
    assert read("melt-2021.log")["energy_drift"] == pytest.approx(change, rel=1e-4)
    assert read("tip4p-2021.log")["energy_drift"] < 0.01  # real units: the table is the system's


def test_a_case_prints_the_log_the_table_and_one_line(run):
    done = run("--set=n=100", "--atoms=500", "--steps=100", "inputs/in.melt")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "called: -in in.melt -log none -var n 100"
    assert lines[-4:-1] == [
        "Step Temp E_pair E_mol TotEng Press PotEng",
        "100.0 0.75627629 -5.7579933 0.0 -4.6258477 0.21876936 -5.7579933",
        "",
    ]
    found = json.loads(lines[-1])
    assert {key: found[key] for key in MELT} == MELT


def test_nothing_written_stays_and_what_lies_around_is_there(run, tmp_path):
    before = sorted(path.name for path in (tmp_path / "inputs").iterdir())
    done = run("inputs/in.melt")
    assert "water_64.data" in done.stdout.splitlines()
    assert sorted(path.name for path in (tmp_path / "inputs").iterdir()) == before
    assert not (tmp_path / "written.by.lammps").exists()


def test_ranks_replication_and_flags_reach_lammps(run):
    done = run("--ranks=4", "--replicate=x=2 y=1 z=1", "--flags=-sf omp", "inputs/in.melt")
    assert "called: -in in.melt -log none -var x 2 -sf omp" in done.stdout.splitlines()[0]


def test_a_variable_may_hold_a_file_whose_path_has_blanks(run, tmp_path):
    (tmp_path / "my data").mkdir()
    (tmp_path / "my data/w.data").touch()
    done = run("--file=data=my data/w.data", "inputs/in.tip4p", log="tip4p-2021.log")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].endswith(f"-var data {tmp_path}/my data/w.data")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set=q=3", "inputs/in.melt"], "inputs/in.melt does not use the variable 'q'"),
        (["--set=3", "inputs/in.melt"], "--set: '3' is not of the form NAME=VALUE"),
        (
            ["--replicate=x=2 y=2 z=1", "inputs/in.melt"],
            "inputs/in.melt does not use the variable 'y'",
        ),
        (
            ["--uses=water_64.data", "inputs/in.melt"],
            (
                "inputs/in.melt does not name 'water_64.data'; where a variable holds the name, say "
                "which: `data=water_64.data`"
            ),
        ),
        (
            ["--atoms=32k", "inputs/in.melt"],
            (
                "the goal says 32k atoms, the run has 500; where a variable of the script sets it, "
                "give that: `n=500`"
            ),
        ),
        (
            ["--steps=1,000", "inputs/in.melt"],
            (
                "the goal says 1,000 steps, the run has 100; where a variable of the script sets it, "
                "give that: `n=500`"
            ),
        ),
        (["inputs/in.none"], "cannot read the script inputs/in.none: No such file or directory"),
        (
            ["--lmp=no-such-lammps", "inputs/in.melt"],
            "there is no program 'no-such-lammps'; --var lmp=... and mpirun=... name others",
        ),
    ],
)
def test_what_would_be_another_run_than_is_meant_fails(run, arguments, said):
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (1, f"lammps_case: {said}\n")
    assert not done.stdout.rstrip().endswith("}")


def test_a_file_named_by_an_included_script_counts_as_used(run):
    assert run("--uses=water_64.data", "inputs/in.tip4p", log="tip4p-2025.log").returncode == 0


def test_a_bad_end_is_a_failure(run, tmp_path):
    assert run("inputs/in.melt", status=3).stderr == "lammps_case: LAMMPS ended with status 3\n"
    nan = tmp_path / "nan.log"
    text = (FIXTURES / "logs/melt-2021.log").read_text(encoding="utf-8")
    nan.write_text(text.replace("-4.6258477", "nan"), encoding="utf-8")
    assert run("inputs/in.melt", log=nan).stderr == "lammps_case: TotEng is nan\n"
    nan.write_text("LAMMPS (29 Sep 2021)\n", encoding="utf-8")
    assert run("inputs/in.melt", log=nan).stderr == (
        "lammps_case: LAMMPS ended without a run (no line `Loop time of ...`)\n"
    )


def test_lost_atoms_are_counted(driver):
    log = driver.Log()
    log.feed("WARNING: Lost atoms: original 500 current 497 (src/thermo.cpp:475)")
    assert log.lost == 3
