"""What the case driver reads in real outputs of pw.x 6.7, and what it refuses."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRIVER = ROOT / "templates/packages/quantum-espresso/pw_case.py"
FIXTURES = ROOT / "fixtures/packs/quantum-espresso"

#: A program that prints an output and says how it was called.
STAND_IN = """#!/bin/sh
[ "$1" = -np ] && echo "ranks: $2" && shift 3
printf 'called: %s\\n' "$*"
ls out pseudo 2>/dev/null
cat "$ESPRESSO_PSEUDO"/* 2>/dev/null
mkdir -p out && echo stale > out/left.behind
cat {output}
exit {status}
"""


@pytest.fixture(scope="module")
def driver():
    spec = importlib.util.spec_from_file_location("pw_case", DRIVER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def read(driver):
    def numbers(name):
        log = driver.Log()
        for line in (FIXTURES / "outputs" / name).read_text(encoding="utf-8").splitlines():
            log.feed(line)
        return log.numbers()

    return numbers


@pytest.fixture
def run(tmp_path):
    """Run the driver on the fixtures' inputs with a stand-in for pw.x."""
    shutil.copytree(FIXTURES / "inputs", tmp_path / "inputs")
    (tmp_path / "library").mkdir()
    for name in ("Si.pz-vbc.UPF", "Al.pz-vbc.UPF", "H.pz-vbc.UPF"):
        (tmp_path / "library" / name).write_text(f"pseudo {name}\n", encoding="utf-8")

    def start(*arguments, output="si.out", status=0):
        for name in ("pw.x", "mpirun"):
            path = tmp_path / name
            text = STAND_IN.format(output=FIXTURES / "outputs" / output, status=status)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
        words = [sys.executable, str(DRIVER), "--pw=./pw.x", "--mpirun=./mpirun"]
        return subprocess.run(
            [*words, f"--pseudo={tmp_path}/library", *arguments],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return start


def test_a_calculation_of_silicon_is_read(read):
    found = read("si.out")
    wall = found.pop("wall")
    times = {name for name in found if name.endswith(("_wall", "_cpu"))}
    assert {name: value for name, value in found.items() if name not in times} == {
        "energy": -15.84452726,
        "total_energy": -15.84452726,
        "energies": [-15.84452726],
        "iterations": 6,
        "scf_cycles": 1,
        "scf_accuracy": 1.8e-10,
        "converged": 1,
        "total_force": 0.0,
        "fermi_energy": 5.9568,
        "number_of_atoms": 2,
        "number_of_k_points": 10,
        "ecutwfc": 18,
    }
    routines = ("init_run", "electrons", "c_bands", "sum_band", "v_of_rho", "h_psi", "PWSCF")
    assert wall.keys() >= set(routines)
    assert {f"{name.lower()}_{kind}" for name in routines for kind in ("wall", "cpu")} <= times


def test_a_metal_has_a_fermi_energy_and_a_pressure(read):
    found = read("al.out")
    assert (found["fermi_energy"], found["pressure"], found["converged"]) == (8.251, -16.22, 1)


def test_a_relaxation_has_the_energies_of_all_its_steps(read):
    found = read("h2.out")
    assert len(found["energies"]) == found["scf_cycles"] > 1
    assert found["energy"] == found["energies"][-1] == min(found["energies"])
    assert found["total_force"] == 6.8e-05
    assert found["iterations"] > found["scf_cycles"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0.26s", 0.26), ("1m23.45s", 83.45), ("2h 3m", 7380.0), ("1d 2h 3m", 93780.0)],
)
def test_durations(driver, text, seconds):
    log = driver.Log()
    log.feed(f"     h_psi:calbec :      0.10s CPU   {text} WALL (     160 calls)")
    assert log.found == {"h_psi:calbec_cpu": 0.1, "h_psi:calbec_wall": pytest.approx(seconds)}


def test_a_case_prints_the_output_and_one_line(run):
    done = run("--kpoints=4x4x4", "--ecutwfc=18", "--atoms=2", "inputs/si.in")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:2] == ["called: -in si.in", "pseudo Si.pz-vbc.UPF"]
    assert json.loads(lines[-1])["energy"] == -15.84452726


def test_ranks_and_pools_reach_pw(run):
    done = run("--ranks=4", "--pools=2", "inputs/si.in")
    assert done.stdout.splitlines()[0] == "ranks: 4"
    assert done.stdout.splitlines()[1].endswith("-nk 2 -in si.in")


def test_nothing_is_left_for_the_next_run(run, tmp_path):
    (tmp_path / "inputs/out").mkdir()
    (tmp_path / "inputs/out/old.save").touch()
    for _ in range(2):
        done = run("inputs/si.in")
        assert "left.behind" not in done.stdout
        assert "old.save" not in done.stdout
    assert [path.name for path in (tmp_path / "inputs/out").iterdir()] == ["old.save"]


def test_a_pseudopotential_is_provided_where_the_input_looks_for_it(run):
    done = run("inputs/al.in", output="al.out")
    assert "Al.pz-vbc.UPF" in done.stdout.splitlines()
    assert done.returncode == 0


def test_a_pseudopotential_beside_the_input_comes_first(run, tmp_path):
    (tmp_path / "inputs/Si.pz-vbc.UPF").write_text("the user's own\n", encoding="utf-8")
    assert "the user's own" in run("inputs/si.in").stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kpoints=8x8x8", "inputs/si.in"], "the goal says 8x8x8 k points, the input has 4x4x4"),
        (["--ecutwfc=20", "inputs/si.in"], "the goal says ecutwfc 20, the run has 18.0"),
        (["--atoms=8", "inputs/si.in"], "the goal says atoms 8, the run has 2.0"),
        (["inputs/none.in"], "cannot read the input inputs/none.in: No such file or directory"),
        (
            ["--pw=no-such-pw", "inputs/si.in"],
            "there is no program 'no-such-pw'; --var pw=... and ",
        ),
    ],
)
def test_what_would_be_another_run_than_is_meant_fails(run, arguments, said):
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"pw_case: {said}")
    assert not done.stdout.rstrip().endswith("}")


@pytest.mark.parametrize("outdir", ["/tmp/espresso", "../out"])
def test_an_outdir_that_would_survive_is_refused(run, tmp_path, outdir):
    path = tmp_path / "inputs/si.in"
    path.write_text(path.read_text(encoding="utf-8").replace("./out", outdir), encoding="utf-8")
    assert run("inputs/si.in").stderr == (
        f"pw_case: outdir = {outdir!r}: it must lie below the directory of the run\n"
    )


def test_a_missing_pseudopotential_is_named(run, tmp_path):
    (tmp_path / "library/Si.pz-vbc.UPF").unlink()
    assert run("inputs/si.in").stderr.startswith(
        "pw_case: there is no pseudopotential Si.pz-vbc.UPF in ., beside the input or in "
    )


def test_a_bad_end_is_a_failure(run, tmp_path):
    assert run("inputs/si.in", status=3).stderr == "pw_case: pw.x ended with status 3\n"
    assert run("inputs/si.in", output="si-short.out", status=2).stderr == (
        "pw_case: SCF not converged (convergence NOT achieved)\n"
    )
    text = (FIXTURES / "outputs/si.out").read_text(encoding="utf-8")
    (tmp_path / "cut.out").write_text(text.replace("JOB DONE.", ""), encoding="utf-8")
    assert run("inputs/si.in", output=tmp_path / "cut.out").stderr == (
        "pw_case: pw.x did not get to `JOB DONE.`\n"
    )
    (tmp_path / "nan.out").write_text(text.replace("-15.84452726", "NaN"), encoding="utf-8")
    assert run("inputs/si.in", output=tmp_path / "nan.out").stderr == "pw_case: energy is NaN\n"
