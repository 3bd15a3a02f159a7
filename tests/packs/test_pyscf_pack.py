"""The pack for PySCF: workload lines, whole goals, and the driver as far as it needs no PySCF."""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
from pathlib import Path

import pytest
import yaml

from fermilink_scaffold.bootstrap import Request, compose
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.trial import try_layer

ROOT = Path(__file__).parents[2]
PACK = ROOT / "templates" / "packages" / "pyscf"
GOALS = ROOT / "fixtures" / "packs" / "pyscf"
DRIVER = "{project_root}/.fermilink-optimize/autogen/cases/pyscf_case.py"
#: What the pack looks for, and what the goals name.
FILES = """
examples/2-benchmark/bz.py pyscf/__config__.py pyscf/__init__.py pyscf/data/elements.py
pyscf/gto/basis/sto-3g.dat pyscf/gto/mole.py pyscf/lib/CMakeLists.txt pyscf/lib/diis.py
pyscf/lib/linalg_helper.py pyscf/lib/parameters.py pyscf/mcscf/mc1step.py
pyscf/mcscf/test/test_mc1step.py pyscf/scf/diis.py pyscf/scf/hf.py pyscf/scf/test/test_rhf.py
pyscf/scf/uhf.py pyscf/soscf/newton_ah.py pyscf/tdscf/_lr_eig.py setup.py
"""


@pytest.fixture
def checkout(git_repo):
    return git_repo(dict.fromkeys(FILES.split(), "x = 1\n"), name="checkout")


@pytest.fixture
def line(scaffold):
    """The words of the command that a workload line becomes, behind the driver."""

    def read(text, **flags):
        (case,) = scaffold(f"a: {text}", package="pyscf", **flags).contract["cases"]
        assert case["command"][:2] == ["python3", DRIVER]
        return " ".join(case["command"][2:])

    return read


@pytest.fixture(scope="module")
def driver():
    spec = importlib.util.spec_from_file_location("pyscf_case", PACK / "pyscf_case.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["pyscf_case"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["diis", "casscf", "davidson"])
def test_a_goal_becomes_what_a_careful_person_would_write(checkout, name):
    goal = GOALS / name / "goal.md"
    made = compose(Request(project=str(checkout), flags={"goal": str(goal)})).contract
    commands = {case["id"]: case["command"] for case in made["cases"]}
    assert all(words[:2] == ["python3", DRIVER] for words in commands.values())
    found = {
        "editable": made["repo"]["editable_paths"],
        "immutable": made["repo"]["immutable_paths"],
        "metric": made["controller"]["objective"]["primary_metric"],
        "min_relative_improvement": made["controller"]["objective"]["min_relative_improvement"],
        "correctness": [
            {key: item[key] for key in sorted(item) if key != "label"}
            for item in made["correctness"]["field_tolerances"]
        ],
        "build": made["runtime"]["pre_commands"][0][-1],
        "train": made["split"]["train_case_ids"],
        "cases": {name: " ".join(words[2:]) for name, words in commands.items()},
        "values": {
            case["id"]: {name: how["json"] for name, how in case["metrics"].items()}
            for case in made["cases"]
        },
        "values of every case": {name: how["json"] for name, how in made["metrics"].items()},
    }
    assert found == yaml.safe_load((GOALS / name / "expected.yaml").read_text(encoding="utf-8"))


def test_each_assumption_is_told(checkout):
    goal = GOALS / "davidson" / "goal.md"
    made = compose(Request(project=str(checkout), flags={"goal": str(goal)}))
    told = [str(note) for note in made.campaign.review_notes if "from pack pyscf" in str(note)]
    assert told == [
        (
            "from pack pyscf: the build is cmake -S pyscf/lib -B pyscf/lib/build; "
            'cmake --build pyscf/lib/build --parallel "$(nproc)"'
        ),
        (
            "from pack pyscf: no candidate may change pyscf/*/test/*, examples/*, pyscf/__config__.py, "
            "pyscf/data/*, pyscf/gto/basis/*, pyscf/lib/parameters.py"
        ),
        "from pack pyscf: the tolerance on energy is assumed: abs_delta 1e-07",
        "from pack pyscf: the tolerance on mo_energy is assumed: rms_delta 1e-05",
    ]


def test_the_packs_own_examples_make_good_workspaces():
    from fermilink_scaffold.packs.named import read_layer

    assert try_layer(str(PACK), read_layer(str(PACK))) == []


def test_a_checkout_is_recognised(checkout):
    flags = {"cases": {"a": "python3 bench.py"}}
    made = compose(Request(project=str(checkout), flags=flags))
    assert made.campaign.package_id == "pyscf"
    playbook = next(file for file in made.files if file.path.endswith("/program.md"))
    text = playbook.data.decode()
    assert "## PySCF: where the time goes" in text
    assert "Here in particular:" in text
    assert "## Python: finding the time" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("H2O / cc-pVDZ / RHF / DIIS space=12", "H2O --basis=cc-pVDZ --spin=0 --scf=RHF --diis-space=12"),
        ("water/6-31g**/rhf", "water --basis=6-31g** --spin=0 --scf=RHF"),
        ("**H2O** / `6-311++G(d,p)`, UHF; EDIIS", "H2O --basis=6-311++G(d,p) --spin=0 --scf=UHF --diis=EDIIS"),
        ("H2O / B3LYP / def2-TZVP with its gradient", "H2O --basis=def2-TZVP --spin=0 --scf=RKS --xc=B3LYP --gradient"),
        ("OH / B3LYP / def2-TZVP", "OH --basis=def2-TZVP --spin=1 --scf=UKS --xc=B3LYP"),
        ("H2O / UKS(PBE0) / sto-3g / grids=4", "H2O --basis=sto-3g --spin=0 --scf=UKS --xc=PBE0 --grid-level=4"),
        ("H2O / RKS / xc='lda,vwn' / basis=dzp-dunning", "H2O --basis=dzp-dunning --spin=0 --scf=RKS --xc=lda,vwn"),
        ("O2 / cc-pVDZ / CAS(8,6)", "O2 --basis=cc-pVDZ --spin=2 --scf=ROHF --post=CASSCF --cas=8e,6o"),
        ("O2 / cc-pVDZ / spin=0 / CASCI(6o, 8e) / 3 roots", "O2 --basis=cc-pVDZ --spin=0 --scf=RHF --post=CASCI --cas=8e,6o --states=3"),
        ("O2 / UHF / cc-pVDZ / multiplicity=3", "O2 --basis=cc-pVDZ --spin=2 --scf=UHF"),
        ("O2 / RHF / cc-pVDZ / singlet ground state", "O2 --basis=cc-pVDZ --spin=0 --scf=RHF"),
        ("H2O / UHF / cc-pVDZ / charge=+1, spin=1", "H2O --basis=cc-pVDZ --charge=1 --spin=1 --scf=UHF"),
        (
            "C2H4 / 6-31G / SA-CASSCF(2,2) / 3 states / mc2step() / sort=[7, 8] / fix_spin / natorb",
            ("C2H4 --basis=6-31G --spin=0 --scf=RHF --post=CASSCF --cas=2e,2o --sort=7,8 --two-step "
            "--natorb --fix-spin --states=3"),
        ),
        (
            "H2O / 6-31g / RHF / CCSD(T) / frozen=1 / ccsd_conv_tol=1e-9 / ccsd_max_cycle=80",
            ("H2O --basis=6-31g --spin=0 --scf=RHF --post=CCSD(T) --frozen=1 --post-max-cycle=80 "
            "--post-conv-tol=1e-9"),
        ),
        ("H2O / 6-31g / PBE / TDDFT / nstates=5", "H2O --basis=6-31g --spin=0 --scf=RKS --xc=PBE --post=TDDFT --states=5"),
        ("H2O / 6-31g / CIS with RHF / 5 states, triplets", "H2O --basis=6-31g --spin=0 --scf=RHF --post=TDA --states=5 --triplet"),
        (
            "benzene / def2-SVP / RHF / auxbasis=def2-universal-jkfit / SOSCF / symmetry='D2h' / X2C",
            ("benzene --basis=def2-SVP --spin=0 --symmetry=D2h --scf=RHF "
            "--density-fit=def2-universal-jkfit --x2c --newton"),
        ),
        (
            "NH3 / RHF / 6-31g / density fit / max_cycle=80, conv_tol = 1e-11, level_shift=0.2 and damp=0.3",
            ("NH3 --basis=6-31g --spin=0 --scf=RHF --density-fit=on --max-cycle=80 --conv-tol=1e-11 "
            "--level-shift=0.2 --damp=0.3"),
        ),
    ],
)  # fmt: skip
def test_a_line_says_what_is_calculated(line, text, words):
    assert line(text) == words


def test_the_order_of_the_parts_does_not_matter(line):
    parts = ["RKS", "cc-pVDZ", "B3LYP", "DIIS space=6"]
    words = {line(" / ".join(["HCN", *order])) for order in itertools.permutations(parts)}
    assert words == {"HCN --basis=cc-pVDZ --spin=0 --scf=RKS --xc=B3LYP --diis-space=6"}


def test_threads_are_set_where_the_line_says_so(scaffold):
    made = scaffold("a: H2O / 6-31g / RHF / threads=2", "b: H2O / 6-31g / RHF", package="pyscf")
    assert [case.get("env") for case in made.contract["cases"]] == [{"OMP_NUM_THREADS": "2"}, None]
    assert made.contract["runtime"]["env"]["OMP_NUM_THREADS"] == "1"


def test_interpreter_and_extension_may_be_chosen(scaffold):
    variables = {"python": "env/bin/python", "extension": "fastdiis"}
    made = scaffold("a: H2O / 6-31g / RHF", package="pyscf", variables=variables)
    (case,) = made.contract["cases"]
    assert case["command"][0] == "env/bin/python"
    assert "--extension=fastdiis" in case["command"]


def test_a_geometry_beside_the_goal_is_staged(scaffold, tmp_path):
    (tmp_path / "goal").mkdir()
    (tmp_path / "goal" / "dimer.xyz").write_text("1\n\nHe 0 0 0\n", encoding="utf-8")
    made = scaffold("train-a: dimer.xyz / 6-31g / RHF", "test-a: H2 / 6-31g / RHF", package="pyscf")
    assert [staged.path for staged in made.campaign.inputs] == ["dimer.xyz"]
    assert made.contract["cases"][0]["command"][2] == "{inputs}/dimer.xyz"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("H2O / cc-pVDZ / RHF / DIIS spcae=12", "`spcae=12` cannot be read"),
        ("H2O / cc-pVDZ / RHF on 4 MPI ranks", "`on 4 MPI ranks` cannot be read"),
        ("H2O / cc-pVDZ / 6-31g / RHF", "`6-31g` gives the basis a second time"),
        ("H2O / RHF", "the basis set is missing"),
        ("H2O / cc-pVDZ", "the method is missing"),
        ("unobtainium / cc-pVDZ / RHF", "the geometry of `unobtainium` is not known here"),
        ("H2O+ / cc-pVDZ / UHF", "the geometry of `H2O+` is not known here"),
        ("H2O / cc-pVDZ / RHF / B3LYP", "RHF has no functional"),
        ("H2O / cc-pVDZ / RKS", "RKS needs a functional"),
        ("H2O / cc-pVDZ / RKS(PBE) / B3LYP", "two functionals"),
        ("O2 / cc-pVDZ / RHF", "RHF is for closed shells, and O2 has unpaired electrons"),
        ("H2O / cc-pVDZ / RHF / spin=2", "RHF is for closed shells"),
        ("H2O / cc-pVDZ / UHF / charge=1", "the spin of the ion is missing"),
        ("O2 / cc-pVDZ / CCSD", "CCSD of an open shell needs its reference"),
        ("H2O / cc-pVDZ / CCSD / conv_tol=1e-8", "conv_tol and max_cycle may mean the SCF or what"),
        ("H2O / cc-pVDZ / TDDFT / nstates=3", "TDDFT needs its reference"),
        ("H2O / cc-pVDZ / RHF / TDDFT / nstates=3", "TDDFT needs a functional"),
        ("H2O / cc-pVDZ / PBE / TDDFT", "the number of states is missing"),
        ("H2O / cc-pVDZ / CASSCF(4,4) / 2 states", "several states of CASSCF"),
        (
            "H2O / cc-pVDZ / RHF / CCSD / CASSCF(4,4)",
            "of CCSD  CASSCF(4,4) a case can run one only",
        ),
        ("H2O / cc-pVDZ / RHF / max_space=10", "max_space is of Davidson's method"),
        ("H2O / cc-pVDZ / RHF / grids=3", "a grid needs a functional"),
        ("H2O / cc-pVDZ / RHF / frozen=1", "frozen orbitals need MP2 or CCSD"),
        ("H2O / cc-pVDZ / RHF / mc2step", "mc2step needs an active space"),
        ("`none.xyz` / cc-pVDZ / RHF", "there is no file `none.xyz`"),
    ],
)
def test_a_line_that_is_not_clear_is_an_error_and_no_guess(line, text, said):
    with pytest.raises(ScaffoldError) as caught:
        line(text)
    assert str(caught.value).startswith(f"goal.md:13: workload `a`: {said}")


def test_prose_is_told_how_to_write_it(line):
    with pytest.raises(ScaffoldError) as caught:
        line("a very large molecule, fast")
    assert str(caught.value) == (
        "goal.md:13: workload 'a' has no command, and no pack can read it: "
        "'a very large molecule, fast'\nPut a command in backticks behind the id, or write it like "
        "`a: H2O / cc-pVDZ / RHF / DIIS space=12` (pack pyscf)."
    )


def test_pack_and_driver_know_the_same_molecules(driver):
    text = (PACK / "pack.yaml").read_text(encoding="utf-8")
    known = re.search(r"molecule\|lower not in \[([^\]]+)\]", text)[1]
    names = {name for key, one in driver.MOLECULES.items() for name in (key, *one.names)}
    assert set(re.findall(r"'(\w+)'", known)) == names
    open_shells = {name for name in names if driver.find_molecule(name).spin}
    lists = re.findall(r"molecule\|lower in \[('o2', 'no'[^\]]+)\]", text)
    assert len(lists) == 3
    assert all(set(re.findall(r"'(\w+)'", each)) == open_shells for each in lists)
    spins = {int(spin): names for names, spin in re.findall(r"in \[([^\]]+)\] %\}(\d)", text)}
    for spin, listed in spins.items():
        assert {driver.find_molecule(name).spin for name in re.findall(r"'(\w+)'", listed)} == {
            spin
        }


def test_no_two_atoms_of_a_molecule_are_too_near(driver):
    for name, molecule in driver.MOLECULES.items():
        atoms = [atom.split() for atom in molecule.atoms.split("; ")]
        places = [tuple(map(float, atom[1:])) for atom in atoms]
        near = min(
            sum((x - y) ** 2 for x, y in zip(one, two, strict=True)) ** 0.5
            for index, one in enumerate(places)
            for two in places[:index]
        )
        assert 0.7 < near < 2.1, name


def test_the_driver_reads_the_first_frame_of_an_xyz_file(driver, tmp_path):
    path = tmp_path / "a.xyz"
    path.write_text("2\ntitle\nH 0 0 0 9\nF 0 0 0.9\n2\nmore\n", encoding="utf-8")
    assert driver.find_molecule(str(path)) == ("H 0 0 0; F 0 0 0.9", 0, ())


@pytest.mark.parametrize(
    "text", ["", "x\n\n", "2\n\nH 0 0 0\n", "1\n\nH 0 0\n", "1\n\nH 0 0 nan\n"]
)
def test_the_driver_refuses_what_is_no_xyz_file(driver, tmp_path, capsys, text):
    (tmp_path / "a.xyz").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        driver.find_molecule(str(tmp_path / "a.xyz"))
    assert caught.value.code == 2
    assert "is no .xyz file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        ("mol = gto.M(atom='H 0 0 0; H 0 0 1', basis='x')\n", "H 0 0 0; H 0 0 1"),
        ("mol.atom = [['H', (0, 0, 0)], ['H', (0, 0, 1.5)]]\n", "H 0 0 0; H 0 0 1.5"),
        ("mol.atom = [('H', 0, 0, 0)]\nother = M(atom=name)\n", "H 0 0 0"),
    ],
)
def test_the_driver_takes_a_geometry_from_a_script_without_running_it(
    driver, tmp_path, text, atoms
):
    (tmp_path / "a.py").write_text("raise SystemExit('run')\n" + text, encoding="utf-8")
    assert driver.find_molecule(str(tmp_path / "a.py")).atoms == atoms


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n", "holds no geometries; write one into an .xyz file"),
        ("m(atom='H 0 0 0')\nm(atom='H 0 0 1')\n", "holds 2 geometries"),
        ("mol.atom = 'H 0 0 0'\nmol.unit = 'B'\n", "sets a unit"),
        ("m(atom='H 0 0 0', unit='Bohr')\n", "sets a unit"),
        ("mol.atom = (\n", "was never closed"),
    ],
)
def test_the_driver_does_not_guess_at_a_geometry(driver, tmp_path, capsys, text, said):
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit):
        driver.find_molecule(str(tmp_path / "a.py"))
    assert said in capsys.readouterr().err
