"""The artifacts of whole campaigns."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from templating.sample import sample_campaign, sample_contract, sample_repository, source

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.answers import KEYS
from fermilink_scaffold.spec.model import (
    Build,
    Case,
    Constraint,
    Limit,
    Objective,
    StagedInput,
    Tolerance,
)
from fermilink_scaffold.templating.render import render_artifacts

#: The rules that generated YAML keeps: yamllint's defaults, but long lines and no `---`.
YAMLLINT = "{extends: default, rules: {line-length: disable, document-start: disable}}"
LANGUAGES = ("python", "c", "cpp", "fortran", "rust", "julia", "generic")
#: Text that would do harm if it became syntax anywhere.
HOSTILE = (
    "x'; touch pwned; $(touch pwned) `touch pwned` \"{{ 1 + 1 }} {% raw %} {# #} ${HOME}\n"
    "#% endblock\n# heading\n```\n---\n- a: &b [*b, !!python/object:x {}]\n<!-- \\ \u2028 é 😀"
)


def rendered(campaign=None, answers=None, **options) -> dict[str, str]:
    """Texts by artifact id."""
    campaign = campaign or sample_campaign()
    made = render_artifacts(campaign, sample_contract(campaign), answers=answers, **options)
    return {item.artifact.id: item.text for item in made}


def section(text: str, heading: str) -> str:
    """The body of one `## ` section of program.md."""
    return re.split(r"^## .*\n", text.split(f"## {heading}\n", 1)[1], flags=re.MULTILINE)[0].strip()


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ .*$", text, re.MULTILINE)


def yamllint(text: str) -> str:
    command = [sys.executable, "-m", "yamllint", "-f", "parsable", "-d", YAMLLINT, "-"]
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def test_the_artifacts_and_their_places():
    campaign = sample_campaign()
    made = render_artifacts(campaign, sample_contract(campaign))
    assert [
        (item.artifact.path, item.artifact.policy, item.artifact.executable, item.layer)
        for item in made
    ] == [
        (".fermilink-optimize/program.md", "managed", False, "language python"),
        (".fermilink-optimize/memory.md", "seeded", False, "base"),
        (".fermilink-optimize/worker_memory.md", "seeded", False, "base"),
        (".fermilink-optimize/autogen/benchmark.yaml", "managed", False, "base"),
        (".fermilink-optimize/autogen/benchmark_runner.py", "managed", True, "base"),
        (".fermilink-optimize/autogen/submit_poll_launcher.py", "managed", True, "base"),
        (".fermilink-optimize/autogen/pre_commands.sh", "managed", True, "base"),
        (".fermilink-optimize/autogen/setup_env.sh", "managed", True, "base"),
        (".fermilink-optimize/autogen/run_optimize.sh", "managed", True, "base"),
        (".fermilink-optimize/scaffold.yaml", "seeded", False, "base"),
        (".fermilink-optimize/autogen/benchmark.schema.json", "managed", False, "package"),
    ]


def test_every_text_ends_in_a_line_end_and_no_line_in_blanks():
    for name, text in rendered().items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert not re.search(r"[ \t]+$", text, re.MULTILINE), name


def test_only_the_seeded_memories_know_the_time():
    first, second = rendered(), rendered()
    different = {name for name in first if first[name] != second[name]}
    assert different <= {"memory", "worker_memory"}


CAMPAIGNS = {
    "split": sample_campaign(),
    "no split": sample_campaign(train_case_ids=()),
    "nothing compared": sample_campaign(tolerances=(), constraints=()),
    "hpc": sample_campaign(hpc_profile={"slurm_default_partition": "cpu"}),
    "bare": sample_campaign(
        build=None, inputs=(), notes="", target="", immutable=(), metrics={}, train_case_ids=()
    ),
    "set": sample_campaign(
        settings={
            "performance_guardrails.max_case_regression": None,
            "controller.objective.min_relative_improvement": 1e-3,
            "reporting": {"a": [1, 2.5e-9, {"b": "line\nline\n"}], "no": "yes"},
            "runtime.env_passthrough": ["CUDA_VISIBLE_DEVICES"],
        }
    ),
    "domain keys": sample_campaign(
        cases=(
            Case(
                id="a",
                command=("bash", "-c", "cd x &&\nrun | tee y\n"),
                source=source(1),
                extra={
                    "geometry": "O 0 0 0\n  H 0 0 1\n",
                    "basis": "6-31g",
                    "conv": 1e-8,
                    "x": None,
                },
            ),
        ),
        train_case_ids=(),
    ),
    "hostile": sample_campaign(
        target=HOSTILE,
        notes=HOSTILE,
        editable=(HOSTILE,),
        immutable=(HOSTILE,),
        build=Build(script=HOSTILE, source=source(1)),
        constraints=(Constraint(text=HOSTILE, source=source(1)),),
        tolerances=(Tolerance(field=HOSTILE, comparison="rms_delta", bound=1e-8, label=HOSTILE),),
        cases=(
            Case(
                id=HOSTILE,
                command=(HOSTILE, "-x", ""),
                description=HOSTILE,
                source=source(2),
                env={HOSTILE: HOSTILE},
                limits=(Limit(field=HOSTILE, text=HOSTILE),),
            ),
        ),
        train_case_ids=(),
        repository=sample_repository(test_commands=(HOSTILE,), benchmarks=(HOSTILE,)),
    ),
}


@pytest.mark.parametrize("campaign", CAMPAIGNS.values(), ids=CAMPAIGNS)
def test_the_contract_reads_back_exactly_and_is_clean_yaml(campaign):
    text = rendered(campaign)["benchmark"]
    assert repr(yaml.safe_load(text)) == repr(sample_contract(campaign))
    assert yamllint(text) == ""


def test_the_contract_names_its_schema_and_explains_its_keys():
    lines = rendered(CAMPAIGNS["split"])["benchmark"].splitlines()
    assert lines[0] == "# yaml-language-server: $schema=./benchmark.schema.json"
    fields = lines.index("metrics:") + 1
    unexplained = [
        line
        for number, line in enumerate(lines)
        if re.match(r"(  )?[a-z_]+:", line)
        and number != fields
        and not lines[number - 1].lstrip().startswith("# ")
    ]
    assert unexplained == []


ANSWERS = {
    "goal": "../goal.md",
    "package": "mycode",
    "language": "python",
    "target": "Faster: # much",
    "editable": ["src/**"],
    "cases": {"train-a": "python a.py", "b": {"command": ["x"], "expect": {"e": {"abs": 1e-8}}}},
    "inputs": ["../a b.dat"],
    "build": "set -e\nmake\n",
    "set": {"campaign.max_iterations": 3, "x.y": None},
    "notes": HOSTILE,
}


@pytest.mark.parametrize("answers", [{}, ANSWERS, {"prompt": HOSTILE}], ids=["no", "many", "odd"])
def test_the_answers_read_back_exactly_and_are_clean_yaml(answers):
    text = rendered(answers=answers)["scaffold"]
    read = yaml.safe_load(text) or {}
    assert {key: read[key] for key in answers} == answers == read
    assert yamllint(text) == ""


def test_the_examples_in_the_answers_file_are_valid_when_uncommented():
    lines = rendered(answers={})["scaffold"].splitlines()
    examples = [line[2:] for line in lines if re.match(r"# (  |[a-z_]+:( |$))", line)]
    read = yaml.safe_load("\n".join(examples))
    assert read.keys() == KEYS.keys()
    assert {key: type(value) for key, value in read.items()} == dict(KEYS)


@pytest.mark.parametrize("package", ["mycode", "-x", HOSTILE], ids=["plain", "dash", "hostile"])
def test_the_scripts_pass_shellcheck(package, tmp_path):
    texts = rendered(sample_campaign(package_id=package))
    for name in ("pre_commands", "setup_env", "run_optimize"):
        (tmp_path / f"{name}.sh").write_text(texts[name])
    tool = shutil.which("shellcheck") or str(Path(sys.executable).with_name("shellcheck"))
    done = subprocess.run(
        [tool, *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout + done.stderr == ""


def test_nothing_of_the_held_out_cases_reaches_what_the_agent_reads():
    campaign = sample_campaign(
        target="Faster, above all in test-benzene (c6h6.xyz).",
        notes="- test-benzene: Benzene, the one that decides\n- python bench/bench_scf.py "
        "'{inputs}/c6h6.xyz'\n",
        tolerances=(
            Tolerance(
                field="energy_test", comparison="abs_delta", bound=1.0, label="x", optional=True
            ),
            Tolerance(
                field="energy", comparison="abs_delta", bound=1.0, label="not in test-benzene"
            ),
        ),
        constraints=(Constraint(text="No change in test-benzene.", source=source(3)),),
    )
    texts = rendered(campaign)
    for name in ("program", "memory", "worker_memory"):
        for secret in ("test-benzene", "c6h6", "Benzene", "energy_test"):
            assert secret not in texts[name], (name, secret)
    assert "Faster, above all in \\[held out\\] (\\[held out\\])." in texts["program"]
    assert "held out" in section(texts["program"], "The cases")


@pytest.mark.parametrize(
    ("train", "contract"),
    [(("train-h2o",), "benchmark.worker.yaml"), ((), "autogen/benchmark.yaml")],
)
def test_the_agent_is_pointed_to_the_contract_that_it_may_read(train, contract):
    texts = rendered(sample_campaign(train_case_ids=train))
    for name in ("memory", "worker_memory"):
        assert f"- benchmark_path: .fermilink-optimize/{contract}\n" in texts[name]
    assert f"`.fermilink-optimize/{contract}`" in texts["program"]
    assert "- optimize_branch: fermilink-optimize/mycode\n" in texts["memory"]


def test_words_of_plain_prose_are_not_taken_for_held_out_cases():
    prose = "Make the benzene run of bench.py faster, with h2o.xyz as well."
    cases = (
        Case(id="train-a", command=("bench.py", "{inputs}/h2o.xyz"), source=source(1)),
        Case(id="benzene", command=("bench.py",), description="benzene run", source=source(2)),
    )
    shared = (StagedInput(origin="/nowhere/h2o.xyz", path="h2o.xyz"),)
    campaign = sample_campaign(
        cases=cases, inputs=shared, train_case_ids=("train-a",), target=prose
    )
    assert f"\n{prose}\n" in rendered(campaign)["program"]


def test_without_a_split_nothing_is_said_of_held_out_cases():
    text = rendered(sample_campaign(train_case_ids=()))["program"]
    assert "held out" not in section(text, "The cases")
    assert "`test-benzene`" in section(text, "The cases")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_changes_its_own_section_and_nothing_else(language):
    campaign = sample_campaign(language=language)
    base = rendered(sample_campaign(language="generic"))["program"]
    text = rendered(campaign)["program"]
    guide = [line for line in headings(text) if "inding the time" in line]
    assert len(guide) == 1
    mine = section(text, guide[0].removeprefix("## "))
    assert 8 <= len(mine.splitlines()) <= 25
    assert text.replace(mine, "").replace(guide[0], "") == base.replace(
        section(base, "Finding the time"), ""
    ).replace("## Finding the time", "")
    assert max(map(len, text.splitlines())) <= 120


def test_only_with_a_build_the_playbook_tells_of_its_environment():
    built = rendered()["program"]
    assert "measure.sh --no-build " in section(built, "How to measure here")
    assert "(behind `bash .fermilink-optimize/measure.sh --`, once it is built)" in built
    plain = rendered(sample_campaign(build=None))["program"]
    assert "--no-build" not in plain
    assert "measure.sh --`" not in plain


def test_the_playbook_is_short():
    assert len(rendered()["program"].splitlines()) <= 200


def test_hostile_text_makes_no_structure_in_the_playbook():
    hostile = CAMPAIGNS["hostile"]
    tame = hostile.replace(
        target="x",
        notes="x\nx",
        editable=("x",),
        immutable=("x",),
        build=Build(script="x", source=source(1)),
        constraints=(Constraint(text="x", source=source(1)),),
        tolerances=(Tolerance(field="x", comparison="rms_delta", bound=1e-8, label="x"),),
        cases=(Case(id="x", command=("x", "\n"), description="x", source=source(2)),),
        repository=sample_repository(test_commands=("x",), benchmarks=("x",)),
    )
    from markdown_it import MarkdownIt

    def structure(campaign) -> list[tuple[str, int]]:
        tokens = MarkdownIt("commonmark").parse(rendered(campaign)["program"])
        return [(token.type, token.level) for token in tokens]

    assert structure(hostile) == structure(tame)


def test_the_task_and_the_judgement_hold_the_campaigns_own_numbers():
    campaign = sample_campaign(
        objective=Objective(
            primary_metric="steps_per_s", direction="maximize", min_relative_improvement=0.015
        ),
        settings={"performance_guardrails.max_case_regression": None},
    )
    text = rendered(campaign)["program"]
    assert "- What counts is `steps_per_s`: higher is better.\n" in text
    assert "best accepted commit so far by 1.5 % or more" in text
    assert "4. Single cases have no guard here" in section(text, "How a candidate is judged")


def test_a_case_is_shown_with_what_matters():
    case = Case(
        id="train-a",
        command=("mpirun", "-n", "4", "lmp", "-in", "{inputs}/in.lj"),
        description="A *liquid* of `LJ`: `mpirun -n 4 lmp -in in.lj`",
        source=source(1),
        weight=2.5,
        mpi_ranks=4,
    )
    script = Case(id="b", command=("bash", "-c", "cd x\nmake"), source=source(2))
    text = rendered(sample_campaign(cases=(case, script), train_case_ids=()))["program"]
    assert section(text, "The cases").split("\n\n`{inputs}`")[0] == (
        "- `train-a`: A \\*liquid\\* of `LJ` (weight 2.5) (4 MPI ranks)\n"
        "  `mpirun -n 4 lmp -in '{inputs}/in.lj'`\n"
        "- `b`\n"
        "\n"
        "  ```sh\n"
        "  bash -c 'cd x\n"
        "  make'\n"
        "  ```"
    )


def test_the_survey_is_a_map_of_the_code():
    assert "\nIn scope: 2 source files, 310 lines." in rendered()["program"]
    assert section(rendered()["program"], "The project").split("not a profile:\n\n")[1].split(
        "\n\n"
    )[0] == (
        "- `Solver.build_fock` in `src/mycode/scf.py:40`: 80 lines, loops 4 deep; "
        "tests: `tests/test_scf.py`\n"
        "- `read_basis` in `src/mycode/grid.py:10`: 120 lines"
    )


def test_a_project_layer_overrides_one_block(tmp_path):
    directory = tmp_path / ".fermilink-scaffold" / "templates"
    directory.mkdir(parents=True)
    (directory / "program.md.j2").write_text(
        '#% extends "!program.md.j2"\n#% block stopping\n## When to stop\n\nNow.\n\n#% endblock\n'
    )
    campaign = sample_campaign(repository=sample_repository(root=str(tmp_path)))
    made = {
        item.artifact.id: item for item in render_artifacts(campaign, sample_contract(campaign))
    }
    assert made["program"].layer == "project"
    assert section(made["program"].text, "When to stop") == "Now."
    assert "## Python: finding the time" in made["program"].text


def test_an_option_overrides_the_project_layer(tmp_path):
    (tmp_path / "setup_env.sh.j2").write_text("#!/bin/sh\n")
    assert rendered(template_dirs=(str(tmp_path),))["setup_env"] == "#!/bin/sh\n"


def test_a_value_that_is_no_plain_data_is_refused():
    campaign = sample_campaign(settings={"reporting.since": yaml.safe_load("2001-01-01")})
    with pytest.raises(ScaffoldError, match=r"contract\.reporting\.since is a date"):
        rendered(campaign)
