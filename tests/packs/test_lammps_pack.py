"""Goals for LAMMPS as users write them, on a small imitation of its tree, and what becomes of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fermilink_scaffold.bootstrap import Request, compose
from fermilink_scaffold.errors import ScaffoldError

FIXTURES = Path(__file__).parents[2] / "fixtures/packs/lammps"
TREE = [
    ".gitignore",
    "cmake/CMakeLists.txt",
    "cmake/presets/basic.cmake",
    "src/lammps.cpp",
    "src/pair.cpp",
    "src/timer.cpp",
    "src/timer.h",
    "src/finish.cpp",
    "src/thermo.cpp",
    "src/npair_bin.cpp",
    "src/npair.h",
    "src/nbin_standard.cpp",
    "src/MOLECULE/bond_fene.cpp",
    "src/MOLECULE/bond_fene.h",
    "src/MOLECULE/bond_harmonic.cpp",
    "src/KSPACE/pair_lj_cut_tip4p_long.cpp",
    "src/KSPACE/pair_lj_cut_tip4p_long.h",
    "src/KSPACE/pppm.cpp",
    "src/KSPACE/pppm_tip4p.cpp",
    "src/MAKE/Makefile.mpi",
    "bench/in.lj",
    "examples/melt/in.melt",
    "unittest/CMakeLists.txt",
    "potentials/Cu_u3.eam",
]
IMMUTABLE = [
    "bench/**",
    "src/timer.cpp",
    "src/timer.h",
    "src/finish.cpp",
    "src/thermo.cpp",
    "src/MAKE/**",
    "cmake/**",
    "examples/**",
    "potentials/**",
    "unittest/**",
]
BUILD = """\
cmake -S cmake -B build -C cmake/presets/basic.cmake -D CMAKE_BUILD_TYPE=Release
cmake --build build -j 2
export PATH="$PWD/build:$PATH"
"""
DRIVER = "{project_root}/.fermilink-optimize/autogen/cases/lammps_case.py"


@pytest.fixture
def lammps(git_repo):
    return git_repo({name: "/build/\n" if name == ".gitignore" else "x\n" for name in TREE})


@pytest.fixture
def campaign(lammps, tmp_path):
    """Compose the campaign of a goal in `fixtures/packs/lammps/goals`, or of one line."""

    def make(name=None, *, line=None, constraints="", **flags):
        place = tmp_path / "campaign"
        shutil.copytree(FIXTURES / "inputs", place, dirs_exist_ok=True)
        goal = place / "goal.md"
        if name is not None:
            shutil.copyfile(FIXTURES / "goals" / f"{name}.md", goal)
        else:
            goal.write_text(
                "# Optimization Goal\n\n## Package\nlammps\n\n## Target\nFaster.\n\n"
                f"## Correctness\n{constraints}\n## Workloads\n- train-a: {line}\n",
                encoding="utf-8",
            )
        return compose(Request(project=str(lammps), flags={"goal": str(goal), **flags}))

    return make


def commands(made):
    """The driver's words of every case, which each begin alike."""
    words = {case["id"]: case["command"] for case in made.contract["cases"]}
    assert all(each[:3] == ["python3", DRIVER, "--lmp=lmp"] for each in words.values())
    return {name: each[3:] for name, each in words.items()}


def bounds(made):
    return {
        item["field"]: (item["comparison"], item[item["comparison"]])
        for item in made.contract["correctness"]["field_tolerances"]
    }


def notes(made):
    return [str(note) for note in made.campaign.review_notes]


def test_bonded_kernels(campaign):
    made = campaign("bonded")
    assert commands(made) == {
        "train-chain": [
            "--uses={inputs}/data.chain",
            "--atoms=288",
            "--steps=100",
            "{inputs}/in.chain",
        ],
        "train-chain-mpi": [
            "--mpirun=mpirun",
            "--ranks=2",
            "--uses={inputs}/data.chain",
            "{inputs}/in.chain",
        ],
        "test-chain-long": ["--set=n=400", "{inputs}/in.chain"],
    }
    assert made.contract["split"] == {"train_case_ids": ["train-chain", "train-chain-mpi"]}
    assert bounds(made) == {
        "etotal": ("relative_delta", 1e-9),
        "ebond": ("abs_delta", 1e-8),
        "pe": ("relative_delta", 1e-6),
        "temp": ("relative_delta", 1e-5),
        "press": ("relative_delta", 1e-4),
    }
    assert {case["expect"]["temperature"]["max"] for case in made.contract["cases"]} == {2.0}
    assert made.contract["controller"]["objective"]["primary_metric"] == "bond_time"
    assert made.contract["repo"]["editable_paths"] == [
        "src/MOLECULE/bond_fene.cpp",
        "src/MOLECULE/bond_fene.h",
        "src/MOLECULE/bond_harmonic.*",
    ]
    assert made.contract["repo"]["immutable_paths"] == IMMUTABLE
    assert made.campaign.build.script.strip() == BUILD.strip()
    assert {staged.path for staged in made.campaign.inputs} == {"data.chain", "in.chain"}


def test_neighbour_lists(campaign):
    made = campaign("neighbor")
    assert commands(made) == {
        "train-small": ["{inputs}/in.melt"],
        "train-wide": ["--replicate=x=4 y=1 z=1", "--atoms=2000", "{inputs}/in.melt"],
        "test-ranks": [
            "--mpirun=mpirun",
            "--ranks=4",
            "--replicate=x=4 y=1 z=1",
            "{inputs}/in.melt",
        ],
        "test-threads": ["--set=x=2", "--flags=-sf omp", "{inputs}/in.melt"],
    }
    by_id = {case["id"]: case for case in made.contract["cases"]}
    assert by_id["test-threads"]["env"] == {"OMP_NUM_THREADS": "2"}
    assert by_id["test-ranks"]["mpi_ranks"] == 4
    assert made.contract["split"] == {"train_case_ids": ["train-small", "train-wide"]}
    assert bounds(made) == {
        "pe": ("relative_delta", 1e-10),
        "ke": ("relative_delta", 1e-10),
        "press": ("relative_delta", 1e-10),
        "total_neighbors": ("abs_delta", 0.0),
        "etotal": ("relative_delta", 1e-6),
        "temp": ("relative_delta", 1e-5),
    }
    assert by_id["train-small"]["expect"]["dangerous_builds"]["value"] == 0
    assert "-D PKG_OPENMP=on" in made.campaign.build.script
    assert [staged.path for staged in made.campaign.inputs] == ["in.melt"]


def test_the_pair_style_of_tip4p(campaign):
    made = campaign("tip4p-pair")
    assert commands(made) == {
        "train-64": ["--file=data={inputs}/water_64.data", "--steps=20", "{inputs}/in.tip4p"],
        "train-64-long": [
            "--set=n=100",
            "--file=data={inputs}/water_64.data",
            "{inputs}/in.tip4p",
        ],
        "test-ranks": [
            "--mpirun=mpirun",
            "--ranks=4",
            "--uses={inputs}/water_64.data",
            "{inputs}/in.tip4p",
        ],
    }
    assert bounds(made) == {
        "evdwl": ("relative_delta", 1e-8),
        "ecoul": ("relative_delta", 1e-8),
        "etotal_train_64_train_64_long": ("relative_delta", 1e-9),
        "etotal_test_ranks": ("relative_delta", 1e-8),
        "pressure": ("abs_delta", 0.01),
        "pe": ("relative_delta", 1e-6),
        "temp": ("relative_delta", 1e-5),
    }
    assert {staged.path for staged in made.campaign.inputs} == {
        "in.tip4p",
        "water_64.data",
        "water_terms.in",
    }


def test_the_k_space_solver_of_tip4p(campaign):
    made = campaign("tip4p-pppm")
    assert commands(made) == {
        "train-water": ["--atoms=192", "--steps=20", "{inputs}/in.tip4p"],
        "train-water-mpi": ["--mpirun=mpirun", "--ranks=2", "{inputs}/in.tip4p"],
        "test-water": ["--set=n=60", "{inputs}/in.tip4p"],
        "test-water-mpi": ["--mpirun=mpirun", "--ranks=2", "--set=n=60", "{inputs}/in.tip4p"],
    }
    assert bounds(made)["elong"] == ("relative_delta", 1e-9)
    most = [case["expect"]["energy_drift"]["max"] for case in made.contract["cases"]]
    assert most == [pytest.approx(0.02)] * 4
    assert any("goal.md:24: this bullet holds no number" in note for note in notes(made))


def test_what_the_pack_assumes_is_told(campaign):
    told = [note for note in notes(campaign("tip4p-pppm")) if "from pack lammps" in note]
    assert told == [
        "from pack lammps: the build is " + "; ".join(BUILD.strip().splitlines()),
        "from pack lammps: no candidate may change " + ", ".join(IMMUTABLE[1:]),
        "from pack lammps: runtime.env.OMPI_ALLOW_RUN_AS_ROOT is set to '1'",
        "from pack lammps: runtime.env.OMPI_ALLOW_RUN_AS_ROOT_CONFIRM is set to '1'",
        "from pack lammps: runtime.env.OMPI_MCA_rmaps_base_oversubscribe is set to '1'",
        "from pack lammps: the tolerance on etotal is assumed: relative_delta 1e-06",
        "from pack lammps: the tolerance on pe is assumed: relative_delta 1e-06",
        "from pack lammps: the tolerance on temp is assumed: relative_delta 1e-05",
        "from pack lammps: the tolerance on press is assumed: relative_delta 0.0001",
    ]


def test_the_playbook_names_hot_places_and_cheats(campaign):
    files = {file.path: file.data.decode() for file in campaign("bonded").files}
    playbook = files[".fermilink-optimize/program.md"]
    for words in ("Read the breakdown first", "`src/KSPACE/pppm.cpp`", "a larger skin or `delay`"):
        assert words in playbook


def test_the_package_may_be_left_out_in_a_checkout(lammps, tmp_path):
    prompt = tmp_path / "prompt.md"
    prompt.write_text("Make `bench/in.lj` faster: `lmp -in bench/in.lj`\n", encoding="utf-8")
    made = compose(Request(project=str(lammps), flags={"prompt": str(prompt)}))
    assert made.contract["package_id"] == "lammps"
    assert any("is recognised by the pack 'lammps'" in note for note in notes(made))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("`in.melt`", ["{inputs}/in.melt"]),
        ("`in.melt` -var x 2 -v n 50", ["--set=x=2 n=50", "{inputs}/in.melt"]),
        ("in.melt with x = 2, n=50; on 1 MPI rank", ["--set=x=2 n=50", "{inputs}/in.melt"]),
        ("melt (`in.melt`), 500 atoms (32 K, LJ)", ["--atoms=500", "{inputs}/in.melt"]),
        ("`in.melt` at 1,000 steps", ["--steps=1000", "{inputs}/in.melt"]),
        ("`in.melt` on 8 MPI tasks", ["--mpirun=mpirun", "--ranks=8", "{inputs}/in.melt"]),
        ("bench/in.lj replicated by 2x2x2", ["--replicate=x=2 y=2 z=2", "bench/in.lj"]),
    ],
)
def test_a_line_is_read(campaign, line, words):
    assert commands(campaign(line=line)) == {"train-a": words}


@pytest.mark.parametrize(
    "line",
    [
        "`in.melt`, 10x longer",
        "`in.melt`, longer",
        "`in.melt` at density 0.5",
        "`in.melt` 2x2x2",
        "`in.melt` for 20 ps",
        "a Lennard-Jones melt",
        "the large water box",
    ],
)
def test_what_would_have_to_be_guessed_is_an_error(campaign, line):
    with pytest.raises(ScaffoldError) as caught:
        campaign(line=line)
    message = str(caught.value)
    assert message.startswith("goal.md:12: workload 'train-a' has no command, and no pack can read")
    assert "`train-a: `in.melt` with x=2 y=2 on 4 MPI ranks` (pack lammps)" in message


def test_a_script_that_is_nowhere_is_told_with_its_line(campaign):
    with pytest.raises(ScaffoldError, match=r"goal\.md:12: .*`in\.spce`"):
        campaign(line="in.spce on 2 MPI ranks")


def test_a_command_of_the_users_gets_the_launcher_and_the_pack_reads_its_table(campaign):
    made = campaign(
        line="`lmp -in in.melt -log none` on 4 MPI ranks",
        constraints="- `etotal` within 1e-9 relative\n- `Pair` is reported\n",
        variables={"mpirun": "mpiexec"},
    )
    (case,) = made.contract["cases"]
    assert case["command"] == [
        "mpiexec", "-np", "4", "lmp", "-in", "{inputs}/in.melt", "-log", "none",
    ]  # fmt: skip
    metrics = {**made.contract.get("metrics", {}), **case.get("metrics", {})}
    assert metrics["etotal"].items() >= {"column": "TotEng", "pick": "last"}.items()
    assert bounds(made) == {"etotal": ("relative_delta", 1e-9)}


@pytest.mark.parametrize("name", ["energy", "total_energy", "TotEng", "etotal"])
def test_a_looser_bound_of_the_users_is_not_tightened(campaign, name):
    made = campaign(line="`in.melt`", constraints=f"- `{name}` within 1e-3 relative\n")
    assert bounds(made)[name] == ("relative_delta", 1e-3)
    assert bounds(made).keys() == {name, "pe", "temp", "press"}
