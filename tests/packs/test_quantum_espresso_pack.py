"""A goal for Quantum ESPRESSO on a small imitation of its tree, and what becomes of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fermilink_scaffold.bootstrap import Request, compose
from fermilink_scaffold.errors import ScaffoldError

FIXTURES = Path(__file__).parents[2] / "fixtures/packs/quantum-espresso"
TREE = [
    "configure",
    "CMakeLists.txt",
    "PW/src/run_pwscf.f90",
    "PW/src/h_psi.f90",
    "PW/src/print_clock_pw.f90",
    "KS_Solvers/Davidson/cegterg.f90",
    "Modules/read_namelists.f90",
    "UtilXlib/clocks_handler.f90",
    "test-suite/run.sh",
    "pseudo/Si.pz-vbc.UPF",
]
IMMUTABLE = [
    "UtilXlib/clocks_handler.f90",
    "PW/src/print_clock_pw.f90",
    "Modules/read_namelists.f90",
    "pseudo/**",
    "test-suite/**",
]
DRIVER = "{project_root}/.fermilink-optimize/autogen/cases/pw_case.py"
PSEUDO = "--pseudo=/usr/share/espresso/pseudo"


@pytest.fixture
def espresso(git_repo):
    return git_repo(dict.fromkeys(TREE, "x\n"))


@pytest.fixture
def campaign(espresso, tmp_path):
    """Compose the campaign of the goal in the fixtures, or of one line."""

    def make(line=None, constraints="", **flags):
        place = tmp_path / "campaign"
        shutil.copytree(FIXTURES / "inputs", place, dirs_exist_ok=True)
        goal = place / "goal.md"
        if line is None:
            shutil.copyfile(FIXTURES / "goals/davidson.md", goal)
        else:
            goal.write_text(
                "# Optimization Goal\n\n## Package\nqe\n\n## Target\nFaster.\n\n"
                f"## Correctness\n{constraints}\n## Workloads\n- train-a: {line}\n",
                encoding="utf-8",
            )
        return compose(Request(project=str(espresso), flags={"goal": str(goal), **flags}))

    return make


def commands(made):
    words = {case["id"]: case["command"] for case in made.contract["cases"]}
    assert all(each[:3] == ["python3", DRIVER, "--pw=pw.x"] for each in words.values())
    return {name: each[3:] for name, each in words.items()}


def bounds(made):
    return {
        item["field"]: (item["comparison"], item[item["comparison"]])
        for item in made.contract["correctness"]["field_tolerances"]
    }


def test_a_goal_for_the_davidson_solver(campaign):
    made = campaign()
    assert made.contract["package_id"] == "quantum-espresso"
    assert commands(made) == {
        "train-si": [PSEUDO, "--kpoints=4x4x4", "--ecutwfc=18", "{inputs}/si.in"],
        "train-al": ["--mpirun=mpirun", "--ranks=2", "--pools=2", PSEUDO, "{inputs}/al.in"],
        "test-h2": [PSEUDO, "--atoms=2", "{inputs}/h2.in"],
    }
    assert made.contract["split"] == {"train_case_ids": ["train-si", "train-al"]}
    found = bounds(made)
    assert found["energy"] == ("abs_delta", 1e-8)
    assert found["iterations"] == ("abs_delta", 0.0)
    assert found["pressure"] == ("abs_delta", 0.1)
    assert found["fermi_energy"] == ("abs_delta", 1e-3)
    for case in made.contract["cases"]:
        assert case["expect"]["converged"] == {"min": 1, "label": "pack quantum-espresso"}
        assert case["expect"]["total_force"]["max"] == pytest.approx(1e-3)
    assert made.contract["repo"]["editable_paths"] == [
        "KS_Solvers/Davidson/*.f90",
        "PW/src/h_psi.f90",
    ]
    assert set(made.contract["repo"]["immutable_paths"]) >= set(IMMUTABLE)
    assert made.campaign.build.script.splitlines() == [
        (
            "cmake -S . -B build -D CMAKE_BUILD_TYPE=Release -D CMAKE_C_COMPILER=mpicc "
            "-D CMAKE_Fortran_COMPILER=mpif90"
        ),
        "cmake --build build --target pw -j 2",
        'export PATH="$PWD/build/bin:$PATH"',
    ]


def test_what_the_pack_assumes_is_told(campaign):
    told = " ".join(map(str, campaign().campaign.review_notes))
    for words in (
        "from pack quantum-espresso: no candidate may change UtilXlib/clocks_handler.f90, ",
        "from pack quantum-espresso: the tolerance on pressure is assumed: abs_delta 0.1",
        "from pack quantum-espresso: the tolerance on fermi_energy is assumed: abs_delta 0.001",
        "from pack quantum-espresso: runtime.env.OMPI_ALLOW_RUN_AS_ROOT is set to '1'",
    ):
        assert words in told


def test_the_playbook_names_hot_places_and_cheats(campaign):
    files = {file.path: file.data.decode() for file in campaign().files}
    playbook = files[".fermilink-optimize/program.md"]
    for words in ("`KS_Solvers/Davidson/cegterg.f90`", "`vloc_psi`", "a looser `conv_thr`"):
        assert words in playbook


def test_a_pseudopotential_beside_the_input_is_staged(campaign, tmp_path):
    (tmp_path / "campaign").mkdir()
    (tmp_path / "campaign/Si.pz-vbc.UPF").write_text("pseudo\n", encoding="utf-8")
    staged = {each.path for each in campaign("`si.in`").campaign.inputs}
    assert staged == {"si.in", "Si.pz-vbc.UPF"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("`si.in`", [PSEUDO, "{inputs}/si.in"]),
        ("`si.in` with a 4 x 4 x 4 grid", [PSEUDO, "--kpoints=4x4x4", "{inputs}/si.in"]),
        ("`si.in` on 4 MPI ranks, -nk 2", [
            "--mpirun=mpirun", "--ranks=4", "--pools=2", PSEUDO, "{inputs}/si.in",
        ]),
        ("silicon (2 atoms, 300 K), `si.in`", [PSEUDO, "{inputs}/si.in"]),
        ("`si.in`, ecutwfc = 18 Ry", [PSEUDO, "--ecutwfc=18", "{inputs}/si.in"]),
    ],
)  # fmt: skip
def test_a_line_is_read(campaign, line, words):
    assert commands(campaign(line)) == {"train-a": words}


@pytest.mark.parametrize(
    "line", ["`si.in`, denser", "`si.in` 8x8x8", "silicon", "`si.in` at 5 GPa"]
)
def test_what_would_have_to_be_guessed_is_an_error(campaign, line):
    with pytest.raises(ScaffoldError) as caught:
        campaign(line)
    message = str(caught.value)
    assert message.startswith("goal.md:12: workload 'train-a' has no command, and no pack can read")
    assert "`train-a: `si.in`, 4x4x4 k points, ecut 18` (pack quantum-espresso)" in message


def test_a_command_of_the_users_gets_the_launcher_and_the_pack_reads_its_output(campaign):
    made = campaign(
        "`pw.x -in si.in` on 2 MPI ranks", constraints="- Total energy within 1e-7 Ry\n"
    )
    (case,) = made.contract["cases"]
    assert case["command"] == ["mpirun", "-np", "2", "pw.x", "-in", "{inputs}/si.in"]
    metrics = {**made.contract.get("metrics", {}), **case.get("metrics", {})}
    assert metrics["energy"]["regex"] == r"^!+\s+total energy\s+=\s+(\S+) Ry"


@pytest.mark.parametrize("name", ["energy", "total_energy", "etot"])
def test_a_looser_bound_of_the_users_is_not_tightened(campaign, name):
    found = bounds(campaign("`si.in`", constraints=f"- `{name}` within 1e-3 Ry\n"))
    assert found[name] == ("abs_delta", 1e-3)
    assert found.keys() == {name, "total_force", "pressure", "fermi_energy"}
