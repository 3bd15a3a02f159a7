"""Workload bullets: ids, commands, files and MPI ranks, in all the ways people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.goal.workloads import looks_like_command, read_workloads
from fermilink_scaffold.spec.text.markdown import parse_markdown
from fermilink_scaffold.spec.text.named_files import Places, looks_like_file


@pytest.fixture
def goals(tmp_path):
    directory = tmp_path / "goals"
    (directory / "data").mkdir(parents=True)
    for name in (
        "in.lj",
        "data.lj",
        "water.xyz",
        "my file.dat",
        "data/a.inp",
        "data/b.inp",
        "solve.sh",
    ):
        (directory / name).write_text("")
    (tmp_path / "secret.dat").write_text("")
    (directory / "link.dat").symlink_to(tmp_path / "secret.dat")
    (directory / "inner.dat").symlink_to(directory / "data" / "a.inp")
    return directory


def read(text, directory="/nonexistent", **more):
    document = parse_markdown("## Workloads\n" + text)
    places = Places(file="goal.md", directory=str(directory), **more)
    return read_workloads(document.sections, places)


def cases(text, directory="/nonexistent", **more):
    return [
        (case.id, case.text, case.command, case.files, case.mpi_ranks)
        for case in read(text, directory, **more)[0]
    ]


def commands(text, directory="/nonexistent", **more):
    return {case.id: case.command for case in read(text, directory, **more)[0]}


def notes(text, directory="/nonexistent", **more):
    return [str(note) for note in read(text, directory, **more)[1]]


def refused(text, directory="/nonexistent", **more):
    with pytest.raises(ScaffoldError) as raised:
        read(text, directory, **more)
    return str(raised.value)


@pytest.mark.parametrize(
    ("bullet", "case_id", "text"),
    [
        ("- train-a: some text", "train-a", "some text"),
        ("* train-a: some text", "train-a", "some text"),
        ("1. train-a: some text", "train-a", "some text"),
        ("- [x] train-a: some text", "train-a", "some text"),
        ("- **train-a**: some text", "train-a", "some text"),
        ("- **train-a:** some text", "train-a", "some text"),
        ("- `train-a`: some text", "train-a", "some text"),
        ("- **`train-a`**: some text", "train-a", "some text"),
        ("- train-a — some text", "train-a", "some text"),
        ("- train-a – some text", "train-a", "some text"),
        ("- train-a - some text", "train-a", "some text"),
        ("- `train a`: some text", "train a", "some text"),
        ("- train-a:some text", "train-a", "some text"),
        ("- train-a :\n  some\n  text", "train-a", "some text"),
        ("- train-a", "train-a", ""),
        ("- h2o_6-31g+(d): some text", "h2o_6-31g+(d)", "some text"),
        ("- a::b: some text: more", "a::b", "some text: more"),
        ("- naïve-ü: some text", "naïve-ü", "some text"),
    ],
)
def test_the_id_of_a_workload(bullet, case_id, text):
    assert cases(bullet) == [(case_id, text, None, (), None)]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("`python bench.py --n 10`", ("python", "bench.py", "--n", "10")),
        ("runs `python bench.py` with `diis_space=12`", ("python", "bench.py")),
        ("`./solve`", ("./solve",)),
        ("`solve`", ("solve",)),
        ("`build/bin/app small.nml`", ("build/bin/app", "small.nml")),
        ("`pw.x -in si`", ("pw.x", "-in", "si")),
        ("`julia --project bench.jl 3`", ("julia", "--project", "bench.jl", "3")),
        ("`cargo bench`", ("cargo", "bench")),
        ("`mycode --molecule water` and then `python plot.py`", ("mycode", "--molecule", "water")),
        ("``python -c 'print(`1`)'``", ("python", "-c", "print(`1`)")),
        ("`python x.py \\\n    --n 3`", ("python", "x.py", "--n", "3")),
        ("`$ python x.py`", ("python", "x.py")),
        ("`cd run && ./x`", ("bash", "-c", "cd run && ./x")),
        ("`OMP_NUM_THREADS=2 ./x`", ("bash", "-c", "OMP_NUM_THREADS=2 ./x")),
        ("`./x | tee log`", ("bash", "-c", "set -o pipefail; ./x | tee log")),
        ("`mpirun -np 4 ./x` on 4 MPI ranks", ("mpirun", "-np", "4", "./x")),
        ("python bench.py --n 10", ("python", "bench.py", "--n", "10")),
        ("mpirun -n 2 python bench.py on 2 MPI ranks", ("mpirun", "-n", "2", "python", "bench.py")),
        ("H2O / 6-31g / RHF / DIIS space=12", None),
        ("H2O / 6-31g** / `diis_space=12` / `init_guess='minao'`", None),
        ("O2 / `mc1step()` / CAS(6o,8e)", None),
        ("`[4,5,6,10]` with `xc='b88,p86'`", None),
        ("keep `pair_style lj/cut/tip4p/long` and `timestep 0.5`", None),
        ("`grids.level=4` / `grids.prune = None`", None),
        ("the `TDDFT` of 3 / 4 and / or", None),
        ("python is fast", None),
        ("make it small", None),
        ("https://example.org/a.dat and 6-31g/RHF", None),
    ],
)
def test_the_command_of_a_workload(text, command):
    assert commands(f"- train-a: {text}") == {"train-a": command}


@pytest.mark.parametrize(
    "text",
    [
        "- a:\n  ```bash\n  # a comment\n  ./x \\\n    --n 3\n  ```",
        "- a: text\n\n  ```\n  ./x --n 3   # a comment\n  ```",
        "- a: text\n```sh\n./x --n 3\n```",
        "- a: text\n  - nested\n\n    ```console\n    $ ./x --n 3\n    some output\n    ```",
        "- a: text\n  - run: `./x --n 3`\n  - ranks: none",
        "- a:\n\n      ./x --n 3",
        "| id | command |\n|----|---|\n| a | `./x --n 3` |",
        "### a\nsome text\n```\n./x --n 3\n```",
    ],
)
def test_a_command_may_stand_below_the_bullet(text):
    assert commands(text) == {"a": ("./x", "--n", "3")}


def test_a_script_of_several_lines_stays_as_it_is():
    script = "export A=1\n\n# note\nfor i in 1 2; do\n  ./x $i\ndone"
    indented = script.replace("\n", "\n  ")
    assert commands(f"- a:\n  ```\n  {indented}\n  ```") == {"a": ("bash", "-e", "-c", script)}


def test_blocks_of_another_kind_are_no_commands():
    text = '- a: `./x`\n  ```json\n  {"b": 1}\n  ```\n- b: text\n  ```python\n  import x\n  ```\n'
    assert commands(text) == {"a": ("./x",), "b": None}


def test_a_block_that_belongs_to_no_workload_is_reported():
    assert notes("```\n./x\n```\n- a: text\n- b: text\n\n```\n./y\n```\n") == [
        "goal.md:2: this code block belongs to no workload; indent it below its bullet",
        "goal.md:8: this code block belongs to no workload; indent it below its bullet",
    ]


def test_nested_bullets_are_groups_or_parts():
    text = (
        "- Train:\n  - train-a: `./x 1`\n  - train-b: `./x 2`\n"
        "- test-c: water\n  - command: `./x 3`\n  - input: nothing\n"
    )
    assert cases(text) == [
        ("train-a", "`./x 1`", ("./x", "1"), (), None),
        ("train-b", "`./x 2`", ("./x", "2"), (), None),
        ("test-c", "water\ncommand: `./x 3`\ninput: nothing", ("./x", "3"), (), None),
    ]


def test_a_workload_without_an_id_gets_one_and_is_reported():
    text = "- RHF benzene / 6-31g** / DIIS\n- Large case: `./x`\n- `./solve --big`\n"
    assert commands(text) == {
        "rhf-benzene-6-31g-diis": None,
        "large-case": ("./x",),
        "solve-big": ("./solve", "--big"),
    }
    assert notes(text) == [
        "goal.md:2: the workload has no id; `rhf-benzene-6-31g-diis` was made up",
        "goal.md:3: the workload has no id; `large-case` was made up",
        "goal.md:4: the workload has no id; `solve-big` was made up",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("on 16 MPI ranks", 16),
        ("on 1 MPI rank", 1),
        ("with 4 ranks", 4),
        ("using 8 MPI processes", 8),
        ("8 MPI tasks", 8),
        ("16-rank run", 16),
        ("MPI ranks: 32", 32),
        ("mpi_ranks=2", 2),
        ("4 threads", None),
        ("`mpirun -np 4 ./x`", None),
        ("`./x --ranks 7 ranks`", None),
        ("0 MPI ranks", None),
        ("on 32 MPI ranks, where more is sent than on 16 ranks", 32),
        ("216 waters, 10 runs", None),
    ],
)
def test_mpi_ranks_are_read_from_prose(text, ranks):
    assert [case.mpi_ranks for case in read(f"- a: {text}")[0]] == [ranks]


def test_several_numbers_of_ranks_are_none_and_reported():
    assert notes("- a: 16 MPI ranks, then 32 MPI ranks") == [
        "goal.md:2: several numbers of MPI ranks (16, 32); none is set"
    ]


def test_files_are_staged_and_commands_refer_to_them(goals):
    text = (
        "- a: `lmp -in in.lj` with data.lj, water.xyz.\n"
        "- b: `in.lj` + `my file.dat` / data/a.inp\n"
        "- c: `./solve.sh --in=./water.xyz 'my file.dat' out.log`\n"
        '- d: `cat data/a.inp > water.xyz && x "in.lj"`\n'
        "- e: `./x data`\n"
        "- f: `./x {inputs}/in.lj $FERMILINK_GOAL_INPUT_ROOT/data.lj`\n"
        "- g: `inner.dat`\n"
    )
    assert [each[:1] + each[2:4] for each in cases(text, goals)] == [
        ("a", ("lmp", "-in", "{inputs}/in.lj"), ("data.lj", "water.xyz", "in.lj")),
        ("b", None, ("in.lj", "my file.dat", "data/a.inp")),
        (
            "c",
            ("{inputs}/solve.sh", "--in={inputs}/water.xyz", "{inputs}/my file.dat", "out.log"),
            ("solve.sh", "my file.dat", "water.xyz"),
        ),
        (
            "d",
            (
                "bash",
                "-c",
                (
                    'cat "$FERMILINK_GOAL_INPUT_ROOT"/data/a.inp > water.xyz'
                    ' && x "$FERMILINK_GOAL_INPUT_ROOT/in.lj"'
                ),
            ),
            ("data/a.inp", "in.lj"),
        ),
        ("e", ("./x", "{inputs}/data"), ("data/a.inp", "data/b.inp")),
        (
            "f",
            (
                "bash",
                "-c",
                './x "$FERMILINK_GOAL_INPUT_ROOT"/in.lj $FERMILINK_GOAL_INPUT_ROOT/data.lj',
            ),
            ("in.lj", "data.lj"),
        ),
        ("g", None, ("inner.dat",)),
    ]


def test_a_module_that_python_runs_is_no_input(goals):
    text = "- a: `python3 -u -m data in.lj` of data\n- b: `python3 solve.py data`\n"
    assert commands(text, goals) == {
        "a": ("python3", "-u", "-m", "data", "{inputs}/in.lj"),
        "b": ("python3", "solve.py", "{inputs}/data"),
    }


def test_the_goal_itself_is_no_input(goals):
    (goals / "goal.md").write_text("")
    assert cases("- a: see goal.md, `./x goal.md`", goals)[0][3] == ()


@pytest.mark.parametrize(
    ("text", "line", "what", "hint"),
    [
        ("`missing.xyz`", 2, "there is no file `missing.xyz` in DIR", "Put it beside goal.md"),
        ("text\n  and `missing.xyz`", 3, "there is no file `missing.xyz` in DIR", "Put it beside goal.md"),
        ("text\n  - also `data/c.inp`", 3, "there is no file `data/c.inp` in DIR", "Put it beside goal.md"),
        ("`lmp -in in.missing`", 2, "there is no file `in.missing` in DIR", "Put it beside goal.md"),
        ("`./x < none.dat`", 2, "there is no file `none.dat` in DIR", "Put it beside goal.md"),
        ("`./x {inputs}/none`", 2, "there is no file `none` in DIR", "Put it beside goal.md"),
        ("`../secret.dat`", 2, "`../secret.dat` lies outside the directory of goal.md and is not staged", "Stage it with `--input ../secret.dat`."),
        ("`/etc/hosts.conf`", 2, "`/etc/hosts.conf` lies outside the directory of goal.md and is not staged", "Stage it with `--input /etc/hosts.conf`."),
        ("`~/secret.dat`", 2, "`~/secret.dat` lies outside the directory of goal.md and is not staged", "Stage it with `--input ~/secret.dat`."),
        ("`link.dat`", 2, "`link.dat` lies outside the directory of goal.md and is not staged", "Stage it with `--input link.dat`."),
        ("`./x link.dat`", 2, "`link.dat` lies outside the directory of goal.md and is not staged", "Stage it with `--input link.dat`."),
    ],
)  # fmt: skip
def test_files_that_cannot_be_staged_are_refused(goals, text, line, what, hint):
    message = refused(f"- train-a: {text}", goals)
    assert message.startswith(
        f"goal.md:{line}: workload `train-a`: {what}\n{hint}".replace("DIR", str(goals))
    )


def test_names_that_leave_the_directory_in_a_command_are_reported(goals):
    text = "- a: `./x ../secret.dat /etc/hosts.conf`"
    assert cases(text, goals)[0][3] == ()
    assert notes(text, goals) == [
        "goal.md:2: workload `a`: `../secret.dat` is not staged; `--input ../secret.dat` stages it",
        "goal.md:2: workload `a`: `/etc/hosts.conf` is not staged; `--input /etc/hosts.conf` stages it",
    ]


def test_a_directory_that_leads_out_is_refused(goals):
    (goals / "data" / "out.dat").symlink_to("/etc/hosts")
    assert refused("- a: `./x data`", goals).startswith(
        "goal.md:2: `data/out.dat` in the directory `data` leads out of the goal's directory\n"
    )


def test_a_file_that_the_command_writes_need_not_exist(goals):
    assert notes("- a: `./x -o new.json`, writes `new.json`", goals) == [
        "goal.md:2: workload `a`: `new.json` is taken as a file that the command writes"
    ]


def test_a_script_that_is_nowhere_is_reported(goals, tmp_path):
    text = "- a: `python bench/missing.py --n 3`"
    assert notes(text, goals, project=str(tmp_path)) == [
        "goal.md:2: workload `a`: `bench/missing.py` is neither beside goal.md nor in the project"
    ]
    assert notes(text, goals) == []


@pytest.mark.parametrize(
    ("command", "name", "near"),
    [
        ("./heat rood.txt 40000", "rood.txt", "; did you mean `rod.txt`?"),
        ("./heat --rod=data/wrong.dat 1", "data/wrong.dat", ""),
        ("./heat -o out.txt rod.txt", None, ""),
        ("./heat --output=out.txt rod.txt", None, ""),
        ("./heat rod.txt > out.txt", None, ""),
        ("cp rod.txt new.txt && ./heat new.txt", None, ""),
    ],
)
def test_a_misspelt_file_in_a_command_is_reported(tmp_path, command, name, near):
    (tmp_path / "rod.txt").touch()
    expected = (
        f"goal.md:2: workload `a`: `{name}` is neither beside goal.md nor in the project{near}"
    )
    found = notes(f"- a: `{command}`", str(tmp_path), project=str(tmp_path))
    assert found == ([expected] if name else [])


@pytest.mark.parametrize(
    "name",
    ["/", "6-31g/RHF", "6-31g", "H2O/cc-pVDZ", "0.5", "10.5/3", "mf.kernel", "scf.RHF", "lj/cut/tip4p", "v1.2", "..", ".", "a.b.c=", "x=1.dat"],
)  # fmt: skip
def test_what_does_not_look_like_a_file(name):
    assert not looks_like_file(name)
    assert commands(f"- a: text `{name}` and {name}") == {"a": None}


@pytest.mark.parametrize(
    "name",
    ["h2o.xyz", "in.tip4p_nve", "data.chain", "a/b.c", "si.in", "x.UPF", "run.sh", "../a.dat"],
)
def test_what_looks_like_a_file(name):
    assert looks_like_file(name)


def test_a_command_is_told_from_settings():
    assert [text for text in ("timestep 0.5", "conv_tol = 1e-9", "a", "units real", "fix 1 all nve", "CAS (6,6)") if looks_like_command(text)] == []  # fmt: skip


@given(st.text(), st.text())
def test_any_bullet_is_read_or_refused(identifier, text):
    try:
        found, _ = read(f"- {identifier}: {text}")
    except ScaffoldError:
        return
    assert all(case.source.file == "goal.md" for case in found)


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp"), exclude_characters="`*:<\\"),
        min_size=1,
    ).filter(lambda name: name.strip("-—–+#>=~_ ") != ""),
    st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="`\\"))),
)  # fmt: skip
def test_ids_and_quoted_commands_come_back_as_they_were(identifier, words):
    import shlex

    words = ["./run", *words]
    text = f"- `{identifier}`: `` {shlex.join(words)} ``"
    assert commands(text) == {identifier: tuple(words)}


@pytest.mark.parametrize(
    "command",
    [
        "./heat 'my file.dat'",
        './heat "my file.dat" 3',
        "./heat my\\ file.dat",
        "cat 'my file.dat' | ./heat",
    ],
)
def test_a_quoted_name_with_a_blank_is_one_name(goals, tmp_path, command):
    text = f"- a: `{command}`"
    places = {"project": str(tmp_path), "tracked": frozenset({"heat"})}
    assert [files for _, _, _, files, _ in cases(text, goals, **places)] == [("my file.dat",)]
    assert notes(text, goals, **places) == []


def test_a_missing_name_with_a_blank_is_named_whole(goals, tmp_path):
    text = "- a: `./heat 'no file.dat'`\n- b: `sh -c './heat none.dat'`"
    places = {"project": str(tmp_path), "tracked": frozenset({"heat"})}
    assert notes(text, goals, **places) == [
        "goal.md:2: workload `a`: `no file.dat` is neither beside goal.md nor in the project",
    ]


def test_notes_on_a_command_in_a_code_block_have_the_workloads_line(goals, tmp_path):
    text = "- a:\n\n  ```sh\n  ./heat unheard-of.inp\n  ```"
    places = {"project": str(tmp_path), "tracked": frozenset({"heat"})}
    assert notes(text, goals, **places) == [
        "goal.md:2: workload `a`: `unheard-of.inp` is neither beside goal.md nor in the project"
    ]


def test_threads_in_the_prose_are_told():
    assert notes("- a: `./x 1` on 4 OpenMP threads\n- b: `./x 2`, 1 thread") == [
        "goal.md:2: workload `a`: 4 openmp threads in the prose set nothing; give it OMP_NUM_THREADS"
    ]


def test_paths_behind_cd_and_programs_that_a_build_makes_are_no_matter(goals, tmp_path):
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "bench.py").write_text("")
    places = {"project": str(project), "tracked": frozenset({"bench.py"})}
    text = "- a: `cd src && python ../bench.py`\n- b: `mpirun -n 2 ./exe/cp2k.psmp -v`"
    assert notes(text, goals, **places) == []
    assert notes("- a: `cd src && python ../none.py`", goals, **places) != []
