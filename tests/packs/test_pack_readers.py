"""Workloads without a command, read as a pack's pack.yaml says."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress

import pytest

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.readers import is_launchable, plain_text

PACK = r"""
name: sample
variables:
  python: {type: text, default: python, help: The interpreter.}
  grid: {type: integer, default: 3, help: Level of the grid., choices: [3, 4, 5]}
artifacts:
  - {path: autogen/cases/sample_case.py, template: sample_case.py, executable: true}
launcher: [mpirun, -np, "{{ mpi_ranks }}"]
workloads:
  - examples: ["H2O / cc-pVDZ / RHF / DIIS space=12"]
    pattern: '^(?P<system>\S+) / (?P<basis>\S+) / (?P<method>RHF|UHF)\b'
    flags: i
    find: {space: 'space\s*=\s*(\d+)'}
    command:
      - "{{ variables.python }}"
      - "{{ cases }}/sample_case.py"
      - "{{ system }}"
      - "--method={{ method|upper }}"
      - "{% if space %}--space={{ space }}{% endif %}"
      - "--grid={{ variables.grid }}"
    timeout_seconds: 60
    env: {SAMPLE_BASIS: "{{ basis }}"}
    metrics:
      energy: {json: energy}
    expect:
      converged: {min: 1}
    also:
      - when: "{{ 'gradient' in text }}"
        command: [--gradient]
        metrics: {gradient: {json: gradient, length: 9}}
  - examples: ["`in.melt` replicated 2x2x1"]
    pattern: '(?P<script>in\.\w+)'
    files: ["{{ script }}"]
    follow: ['^\s*(?:read_data|include)\s+(\S+)']
    command: [lmp, -in, "{{ script }}"]
"""
DRIVER = {"sample_case.py": "print('{\"energy\": 1.0}')\n"}


@pytest.fixture
def pack(write_pack):
    return str(write_pack(PACK, files=DRIVER))


def cases(made):
    return {case["id"]: case for case in made.contract["cases"]}


def notes(made):
    return [str(note) for note in made.campaign.review_notes]


def test_a_line_of_prose_becomes_a_case(scaffold, pack):
    made = scaffold(
        "train-h2o: H2O / cc-pVDZ / rhf / DIIS space=12",
        "test-nh3: NH3 / cc-pVTZ / UHF, with its gradient",
        template_dirs=[pack],
        variables={"grid": "4"},
    )
    driver = "{project_root}/.fermilink-optimize/autogen/cases/sample_case.py"
    assert cases(made) == {
        "train-h2o": {
            "id": "train-h2o",
            "description": "H2O / cc-pVDZ / rhf / DIIS space=12",
            "command": ["python", driver, "H2O", "--method=RHF", "--space=12", "--grid=4"],
            "env": {"SAMPLE_BASIS": "cc-pVDZ"},
            "timeout_seconds": 60,
            "metrics": {"converged": {"find": "converged"}, "energy": {"json": "energy"}},
            "expect": {"converged": {"min": 1, "label": "pack sample"}},
            "weight": 1.0,
        },
        "test-nh3": {
            "id": "test-nh3",
            "description": "NH3 / cc-pVTZ / UHF, with its gradient",
            "command": ["python", driver, "NH3", "--method=UHF", "--grid=4", "--gradient"],
            "env": {"SAMPLE_BASIS": "cc-pVTZ"},
            "timeout_seconds": 60,
            "metrics": {
                "converged": {"find": "converged"},
                "energy": {"json": "energy"},
                "gradient": {"json": "gradient", "length": 9},
            },
            "expect": {"converged": {"min": 1, "label": "pack sample"}},
            "weight": 1.0,
        },
    }
    assert (
        "goal.md:13: workload `train-h2o`: the pack sample reads it as python sample_case.py H2O "
        "--method=RHF --space=12 --grid=4" in notes(made)
    )


def test_the_driver_is_written_and_sealed(scaffold, pack):
    from fermilink_scaffold.workspace.compose import seal_file

    made = scaffold("train-a: H2O / x / RHF", "test-a: H2O / y / RHF", template_dirs=[pack])
    path = ".fermilink-optimize/autogen/cases/sample_case.py"
    (driver,) = (file for file in made.files if file.path == path)
    assert (driver.data.decode(), driver.executable) == (DRIVER["sample_case.py"], True)
    assert path in seal_file(made.files, made.manifest.entries).data.decode()


def test_a_span_in_backticks_that_is_no_command_is_read_too(scaffold, pack):
    made = scaffold("a: `H2O / cc-pVDZ / RHF`", template_dirs=[pack])
    assert cases(made)["a"]["command"][2] == "H2O"


def test_a_command_of_the_users_stays(scaffold, pack):
    made = scaffold("a: H2O / x / RHF: `python src/solver.py --fast`", template_dirs=[pack])
    assert cases(made)["a"]["command"] == ["python", "src/solver.py", "--fast"]


def test_the_launcher_comes_before_a_case_with_ranks(scaffold, pack):
    made = scaffold(
        "a: H2O / x / RHF on 4 MPI ranks",
        "b: `python src/solver.py --fast` on 2 MPI ranks",
        "c: `mpiexec -n 2 python src/solver.py --fast` on 2 MPI ranks",
        "d: H2O / x / RHF on 1 MPI rank",
        "e: `python src/solver.py --fast > log; tail log` on 8 MPI ranks",
        template_dirs=[pack],
    )
    assert {name: case["command"][:4] for name, case in cases(made).items()} == {
        "a": ["mpirun", "-np", "4", "python"],
        "b": ["mpirun", "-np", "2", "python"],
        "c": ["mpiexec", "-n", "2", "python"],
        "d": ["python", cases(made)["d"]["command"][1], "H2O", "--method=RHF"],
        "e": ["bash", "-c", "python src/solver.py --fast > log; tail log"],
    }
    started = [note for note in notes(made) if "starts it with" in note]
    assert started == [
        "goal.md:13: workload `a`: the pack sample starts it with mpirun -np 4",
        "goal.md:14: workload `b`: the pack sample starts it with mpirun -np 2",
    ]


@pytest.mark.parametrize("program", ["bash", "mpirun", "mpiexec.hydra", "srun", "env"])
def test_no_launcher_stands_before_another_or_a_shell(program):
    assert not is_launchable((f"/usr/bin/{program}", "x"))
    assert is_launchable(("lmp", "x"))


def test_files_that_scripts_name_are_staged_with_them(scaffold, pack, tmp_path):
    goal = tmp_path / "goal"
    (goal / "parts").mkdir(parents=True)
    for name, text in {
        "in.melt": "units lj\ninclude parts/setup.in\nread_data data.melt\nlog out.log\n",
        "parts/setup.in": "  read_data more.data\nread_data ../../secret\n",
        "parts/more.data": "",
        "data.melt": "",
        "unrelated": "",
        "../secret": "",
    }.items():
        (goal / name).write_text(text, encoding="utf-8")
    made = scaffold("train-melt: `in.melt`", "test-melt: in.melt, longer", template_dirs=[pack])
    assert [staged.path for staged in made.campaign.inputs] == [
        "in.melt",
        "parts/setup.in",
        "data.melt",
        "parts/more.data",
    ]
    assert cases(made)["test-melt"]["command"] == ["lmp", "-in", "{inputs}/in.melt"]
    assert (
        "goal.md:13: workload `train-melt`: `parts/more.data` is staged, since `parts/setup.in` "
        "names it" in notes(made)
    )


def test_a_file_of_the_projects_stays_where_it_is(scaffold, write_pack):
    text = PACK.replace(r"in\.\w+", r"\S+\.txt")
    root = str(write_pack(text, files=DRIVER))
    made = scaffold("a: data/table.txt", template_dirs=[root])
    assert cases(made)["a"]["command"] == ["lmp", "-in", "data/table.txt"]
    assert made.campaign.inputs == ()


def test_a_file_that_is_nowhere_is_told_with_the_goals_line(scaffold, pack):
    with pytest.raises(ScaffoldError) as caught:
        scaffold("a: the script in.none", template_dirs=[pack])
    assert str(caught.value).startswith("goal.md:13: workload `a`: there is no file `in.none` in ")


def test_a_workload_that_no_pack_reads_is_told_what_they_read(scaffold, pack):
    with pytest.raises(ScaffoldError) as caught:
        scaffold("a: a very large molecule", template_dirs=[pack])
    assert str(caught.value) == (
        "goal.md:13: workload 'a' has no command, and no pack can read it: 'a very large molecule'\n"
        "Put a command in backticks behind the id, or write it like "
        "`a: H2O / cc-pVDZ / RHF / DIIS space=12` (pack sample) or "
        "`a: `in.melt` replicated 2x2x1` (pack sample)."
    )


def test_a_name_that_is_not_there_is_told_with_the_packs_line(scaffold, write_pack):
    root = str(write_pack(PACK.replace("{{ system }}", "{{ systm }}"), files=DRIVER))
    with pytest.raises(ScaffoldError) as caught:
        scaffold("a: H2O / x / RHF", template_dirs=[root])
    line = 1 + PACK[: PACK.index("{{ system }}")].count("\n")
    assert str(caught.value) == (
        f"{root}/pack.yaml:{line}: the template '{{{{ systm }}}}' of the pack 'sample' cannot be "
        "rendered: 'systm' is undefined\nIt is for the workload 'a' (goal.md:13)."
    )


def test_an_expression_that_takes_for_ever_is_stopped(scaffold, write_pack):
    text = PACK.replace(
        r"'^(?P<system>\S+) / (?P<basis>\S+) / (?P<method>RHF|UHF)\b'", r"'(\w+\s?)+$'"
    )
    root = str(write_pack(text, files=DRIVER))
    begin = time.monotonic()
    with pytest.raises(ScaffoldError, match="takes longer than 2 seconds on: aaaa"):
        scaffold(f"a: {'a' * 60}!", template_dirs=[root])
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    "word",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{{ '' }}{% endfor %}{% endfor %}",
        "{{ 9 ** 99999999 }}",
        "{{ 'x' * 9999999999 }}",
        "{{ '%9999999999d' % 1 }}",
        "{{ 'x'.ljust(9999999999) }}",
        "{{ ''.__class__.__mro__ }}",
        "{% include '/etc/passwd' %}",
        "{{ range(9999999) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ nothing() }}",
        "{% if %}",
    ],
)
def test_a_hostile_word_ends_in_an_error(scaffold, write_pack, word):
    text = PACK.replace('"{{ system }}"', f'"{word}"')
    root = str(write_pack(text, files=DRIVER))
    begin = time.monotonic()
    with pytest.raises(ScaffoldError, match=re.escape("of the pack 'sample' cannot be rendered: ")):
        scaffold("a: H2O / x / RHF", template_dirs=[root])
    assert time.monotonic() - begin < 15


def test_no_text_of_a_pack_becomes_code(scaffold, write_pack, tmp_path, monkeypatch):
    # Jinja writes a template's name into the code of an `if` without `else`.
    word = "+ '{{ id if not id }}' + __import__('os').mkdir('made') +"
    monkeypatch.chdir(tmp_path)
    text = PACK.replace('"{{ system }}"', json.dumps(word))
    root = str(write_pack(text, files=DRIVER))
    with suppress(ScaffoldError):
        scaffold("a: H2O / x / RHF", template_dirs=[root])
    assert not (tmp_path / "made").exists()


def test_patterns_see_one_plain_line():
    assert plain_text("**`h2o.xyz`** /\n  `cc-pVDZ`") == "h2o.xyz / cc-pVDZ"
