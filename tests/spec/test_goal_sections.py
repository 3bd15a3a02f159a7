"""Scope, metric, settings, split and build of a goal."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.goal.document import parse_goal
from fermilink_scaffold.spec.goal.scope import fnmatch_globs


def parse(**sections):
    project = sections.pop("project", None)
    text = "## Package\nmycode\n## Target\nfaster\n"
    text += "".join(f"## {name.replace('_', ' ')}\n{body}\n" for name, body in sections.items())
    return parse_goal(text, file="goal.md", directory="/nonexistent", project=project)


def parse_text(text):
    return parse_goal(text, file="goal.md", directory="/nonexistent")


def notes(draft):
    return [str(note) for note in draft.review_notes]


# --- scope ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bullet", "editable", "immutable"),
    [
        ("src/a.c", ["src/a.c"], []),
        ("`src/a.c`", ["src/a.c"], []),
        ("src/a.c, src/b.c and `src/c.c`.", ["src/a.c", "src/b.c", "src/c.c"], []),
        ("`src/a.c` — the hot loop", ["src/a.c"], []),
        ("pkg/lib/diis.py (the DIIS driver)", ["pkg/lib/diis.py"], []),
        ("src/", ["src/**"], []),
        ("./src/core/", ["src/core/**"], []),
        ("src", ["src", "src/**"], []),
        ("`src`", ["src", "src/**"], []),
        ("Makefile", ["Makefile"], []),
        ("src/**", ["src/**"], []),
        ("src/*.f90", ["src/*.f90"], []),
        ("pkg/**/*.py", ["pkg/**/*.py", "pkg/*.py"], []),
        ("src/**/a/**/*.c", ["src/**/a/**/*.c", "src/a/**/*.c", "src/a/*.c"], []),
        ("**/*.py", ["[!.]**/*.py", "[!.]*.py"], []),
        ("`*.py`", ["[!.]*.py"], []),
        ("`*kernel.c`", ["[!.]*kernel.c", "kernel.c"], []),
        ("`**`", ["[!.]**"], []),
        ("`?.c`", ["[!.].c"], []),
        ("src/{a,b}.{c,h}", ["src/a.c", "src/a.h", "src/b.c", "src/b.h"], []),
        ("src/pair_lj*.cpp", ["src/pair_lj*.cpp"], []),
        ("only the loops in kernel.c", ["kernel.c"], []),
        ("the class `DIIS` in `lib/diis.py`", ["lib/diis.py"], []),
        ("all files under `core/`", ["core/**"], []),
        ("**src/a.c**", ["src/a.c"], []),
        ("[ ] src/a.c", ["src/a.c"], []),
        ("src/** except src/io/**", ["src/**"], ["src/io/**"]),
        ("`src/**` except `src/io/` and src/main.c", ["src/**"], ["src/io/**", "src/main.c"]),
        ("src/** (excluding src/io/*.c)", ["src/**"], ["src/io/*.c"]),
        ("src/**, but not src/io/", ["src/**"], ["src/io/**"]),
        ("src/** other than src/io.c", ["src/**"], ["src/io.c"]),
        ("src/** without src/io/**; lib/a.c", ["src/**", "lib/a.c"], ["src/io/**"]),
        ("everything in src/, never src/io/", ["src/**"], ["src/io/**"]),
        ("do not edit setup.py or CMakeLists.txt", [], ["setup.py", "CMakeLists.txt"]),
        ("not: tests/", [], ["tests/**"]),
        ("!docs/**", [], ["docs/**"]),
        ("src/a.c; nothing outside src/", ["src/a.c"], []),
        ("src/** (read/write, I/O and CPU/GPU code)", ["src/**"], []),
        ("sub-list:\n  - src/a.c\n  - src/b.c", ["src/a.c", "src/b.c"], []),
        ("src/** except:\n  - src/io/**\n  - src/main.c", ["src/**"], ["src/io/**", "src/main.c"]),
        # what a clause forbids, wherever its path stands
        (
            "no changes to the tests, to `bench/` and to the pure reference in `pkg/slow/`",
            [],
            ["bench/**", "pkg/slow/**"],
        ),
        ("`a.py`, `b.py` and `c.py` are data - don't touch those", [], ["a.py", "b.py", "c.py"]),
        ("`src/**` - the code. `src/a.c` is data, do not touch it", ["src/**"], ["src/a.c"]),
        ("but please leave `src/move/` alone, we replace it", [], ["src/move/**"]),
        ("`slow/` is read-only", [], ["slow/**"]),
        ("`tests/`: no changes", [], ["tests/**"]),
        ("`src/**` is editable, `tests/` is not", ["src/**"], ["tests/**"]),
        ("keep `tests/` unchanged", [], ["tests/**"]),
        ("`src/**` - tests/ stay untouched", ["src/**"], ["tests/**"]),
        ("`src/**`; `src/data.c` must not change", ["src/**"], ["src/data.c"]),
        ("never edit: `a.c`; `b.c`", [], ["a.c", "b.c"]),
        ("Do not touch `a/`. Everything in `src/` is fair game", ["src/**"], ["a/**"]),
        ("only `a.c`, not `b.c`", ["a.c"], ["b.c"]),
        ("edit `src/a.c`, `tests/` mustn't be edited", ["src/a.c"], ["tests/**"]),
        (
            "`src/**` but the files in `src/gen/` are generated, so don't touch them",
            ["src/**"],
            ["src/gen/**"],
        ),
        ("`src/**`, don't change the API", ["src/**"], []),
        ("lib/frozen/**", ["lib/frozen/**"], []),
        ("excluding `*.py`", [], ["*.py"]),
    ],
)
def test_a_scope_bullet_gives_globs(bullet, editable, immutable):
    draft = parse(Scope=f"- {bullet}")
    assert [list(draft.editable), list(draft.immutable)] == [editable, immutable]


def test_a_scope_may_be_a_code_block_or_a_paragraph():
    draft = parse(Scope="Only src/a.c here:\n```\n# hot\nsrc/b.c  # this too\nlib/\n```\n")
    assert draft.editable == ("src/a.c", "src/b.c", "lib/**")


def test_sections_that_forbid():
    draft = parse(
        Scope="- src/**\n### Read-only\n- src/io/**", Do_Not_Touch="- tests/\n- anything in `ref/`"
    )
    assert draft.editable == ("src/**",)
    assert draft.immutable == ("src/io/**", "tests/**", "ref/**")


def test_what_names_no_path_is_reported():
    draft = parse(Scope="- src/** but not the I/O layer\n- the solver\n- Files:\n  - src/a.c")
    assert notes(draft) == [
        "goal.md:6: this exception names no path, so nothing enforces it: 'but not the I/O layer'",
        "goal.md:7: no path in this part of the scope: 'the solver'",
    ]


def test_the_project_tells_files_from_directories(tmp_path):
    (tmp_path / "src" / "core").mkdir(parents=True)
    (tmp_path / "src" / "driver").touch()
    draft = parse(
        Scope="- src/core\n- src/driver\n- code in src/core and and/or", project=str(tmp_path)
    )
    assert draft.editable == ("src/core/**", "src/driver")


@pytest.mark.parametrize(
    "path", ["/usr/src/a.c", "../a.c", "src/../../a.c", "~/a.c", "`~other/**`"]
)
def test_a_path_that_leaves_the_project_is_refused(path):
    with pytest.raises(ScaffoldError) as raised:
        parse(Scope=f"- src/**\n- {path}")
    assert str(raised.value) == (
        f"goal.md:7: the scope's path `{path.strip('`')}` leaves the project\n"
        "Write paths and globs relative to the project's root."
    )


@given(st.lists(st.sampled_from(["a", "b.c", "*", "**", "*.py", "x?"]), min_size=1, max_size=5))
def test_a_glob_in_its_forms_matches_also_without_the_directories(parts):
    forms = fnmatch_globs("/".join(parts))
    assert forms[0] == "/".join(parts)
    without = [part for index, part in enumerate(parts) if part != "**" or index == len(parts) - 1]
    path = "/".join(part.replace("**", "q").replace("*", "q").replace("?", "q") for part in without)
    assert any(fnmatch.fnmatchcase(path, form) for form in forms)


# --- metric --------------------------------------------------------------------------------

PRINTED = (
    "`{}` is printed by the program that is measured, and a candidate can change what it prints; "
    "wall_seconds is measured from outside"
)


@pytest.mark.parametrize(
    ("text", "metric", "direction", "fields"),
    [
        ("`wall_seconds`", "wall_seconds", "minimize", []),
        ("Minimize `cpu_seconds`.", "cpu_seconds", "minimize", []),
        ("Wall-clock time of the run", "wall_seconds", "minimize", []),
        ("peak memory", "peak_rss_mb", "minimize", []),
        ("CPU time", "cpu_seconds", "minimize", []),
        ("ns/day, higher is better", "wall_seconds", "minimize", []),
        ("Minimise `scf_seconds`", "scf_seconds", "minimize", ["scf_seconds"]),
        ("`t_total`, lower is better", "t_total", "minimize", ["t_total"]),
        ("Maximize `ns_per_day`", "ns_per_day", "maximize", ["ns_per_day"]),
        ("`rate` (higher is better)", "rate", "maximize", ["rate"]),
        ("`throughput` in steps per second", "throughput", "maximize", ["throughput"]),
        ("`steps_per_second`", "steps_per_second", "maximize", ["steps_per_second"]),
        ("`loop`: faster is what counts", "loop", "minimize", ["loop"]),
        ("`Loop time` of the log", "Loop time", "minimize", ["Loop time"]),
        ("`result.seconds`", "seconds", "minimize", ["seconds"]),
        (
            (
                "Minimize the time of `mf.kernel()`.\n\nPrimary objective: `kernel_seconds`. Secondary "
                "objective: lower `cycles`."
            ),
            "kernel_seconds",
            "minimize",
            ["kernel_seconds"],
        ),
        (
            "- Also record `pair_seconds` and `comm_seconds`\n- Minimize `loop_seconds`",
            "loop_seconds",
            "minimize",
            ["loop_seconds"],
        ),
        ("Minimize the time spent in `eigh`", "wall_seconds", "minimize", []),
        (
            "Weighted median `numint_seconds`, the time spent inside `NumInt.nr_rks` / `NumInt.nr_uks`",
            "numint_seconds",
            "minimize",
            ["numint_seconds"],
        ),
        ("Minimize the time of `bench.py`", "wall_seconds", "minimize", []),
        (
            "Minimize wall-clock seconds per step block (for example, ns/day or steps/second).",
            "wall_seconds",
            "minimize",
            [],
        ),
    ],
)
def test_metric_and_direction(text, metric, direction, fields):
    draft = parse(Metric=text)
    assert (draft.primary_metric, draft.direction, list(draft.fields)) == (
        metric,
        direction,
        fields,
    )


def test_what_was_inferred_of_the_metric_is_said():
    assert notes(parse(Metric="make it quick")) == [
        "goal.md:6: the metric is taken as wall_seconds: it holds no name in backticks"
    ]
    assert notes(parse(Metric="`loop`")) == [
        f"goal.md:6: {PRINTED.format('loop')}",
        "goal.md:6: `loop` is taken to be minimised",
    ]
    assert notes(parse(Metric="Minimize `loop`. Secondary: `cycles`.")) == [
        f"goal.md:6: {PRINTED.format('loop')}",
        "goal.md:6: named as secondary and not extracted: cycles",
    ]
    assert notes(parse(Metric="Minimize `wall_seconds`")) == []


def test_no_metric_section_says_nothing():
    draft = parse()
    assert (draft.primary_metric, draft.direction, draft.review_notes) == (None, None, ())


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("faster by at least 3 %", {"controller.objective.min_relative_improvement": 0.03}),
        ("an improvement of 2.5% counts", {"controller.objective.min_relative_improvement": 0.025}),
        ("at least 5 per cent faster", {"controller.objective.min_relative_improvement": 0.05}),
        (
            "No case may get slower by more than 10 %",
            {"performance_guardrails.max_case_regression": 0.1},
        ),
        ("not more than 5% slower", {"performance_guardrails.max_case_regression": 0.05}),
        ("Every case should get at most 5 % slower", {"performance_guardrails.max_case_regression": 0.05}),
        ("no case may slow down by 5 %", {"performance_guardrails.max_case_regression": 0.05}),
        ("An improvement under 3 % is not worth it", {"controller.objective.min_relative_improvement": 0.03}),
        ("use 7 measured runs and 2 warm-up runs", {"controller.measured_runs": 7, "controller.warmup_runs": 2}),
        ("at most 40 optimisation iterations", {"campaign.max_iterations": 40}),
        ("stop after 12 consecutive rejections", {"campaign.stop_on_consecutive_rejections": 12}),
        ("within 3 % of the time", {}),
        ("40 iterations of the solver", {}),
    ],
)  # fmt: skip
def test_campaign_numbers_that_are_said_plainly(text, settings):
    assert parse(Notes=f"- {text}").settings == settings


# --- split ---------------------------------------------------------------------------------

WORKLOADS = "- a: `./x 1`\n- b: `./x 2`\n- c-1.0: `./x 3`"


@pytest.mark.parametrize(
    "text",
    [
        "```yaml\nsplit:\n  train_case_ids:\n    - a\n    - c-1.0\n```",
        "- Please use\n  ```yaml\n  # note\n  split:\n    train_case_ids: [a, c-1.0]\n    test_case_ids: [b]\n  ```\n",
        "```\nsplit:\n  train: [a, c-1.0]\n```",
        "split:\n  train: a, c-1.0\n  test: b\n",
        "split:\n  train_ids:\n  - a\n  - c-1.0\n",
        "- `split:`\n  - train: a, c-1.0\n  - test: b\n",
        "**split:**\n\n- train: `a`, `c-1.0`\n",
        "split:\n  test: b\n",
        "some text\n\nsplit:\n  held_out: [b]\n\nmore text\n",
    ],
)
@pytest.mark.parametrize("section", ["Notes", "Build"])
def test_a_split_block_is_honoured(text, section):
    assert parse(Workloads=WORKLOADS, **{section: text}).train_case_ids == ("a", "c-1.0")


def test_a_case_that_the_split_forgets_is_held_out_and_reported():
    draft = parse(Workloads=WORKLOADS, Notes="split:\n  train: a\n  test: b\n")
    assert draft.train_case_ids == ("a",)
    assert notes(draft) == ["goal.md:10: the split does not name `c-1.0`; it is held out"]


def test_without_a_split_block_there_is_none():
    draft = parse(Workloads="- train-a: `./x`\n- test-b: `./y`", Notes="we split: the work\n")
    assert draft.train_case_ids is None


# --- build ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("```bash\nmake -j4\n```", "make -j4"),
        ("```\n# a comment\ncd src \\\n  && make\n\n\ncd ..\n```", "# a comment\ncd src \\\n  && make\n\n\ncd .."),
        ("First\n```sh\nmake a\n```\nthen\n~~~\nmake b\n~~~", "make a\nmake b"),
        ("    make a\n    make b", "make a\nmake b"),
        ("Run\n\n$ make a\n$ make b", "make a\nmake b"),
        ("```console\n$ make \\\n>   all\nok\n$ make b\n```", "make \\\n  all\nmake b"),
        ("- first\n  ```\n  for i in 1 2; do\n    make $i\n  done\n  ```", "for i in 1 2; do\n  make $i\ndone"),
        ("1. `pip install -e .`\n2. `source venv/bin/activate`", "pip install -e .\nsource venv/bin/activate"),
        ("```bash\ncat > f <<'EOF'\n## Notes\n- x\nEOF\n```", "cat > f <<'EOF'\n## Notes\n- x\nEOF"),
        ("```yaml\nsplit:\n  train: [a]\n```\n```\nmake\n```", "make"),
        ("Nothing is to be built.", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_build_is_one_script(text, script):
    build = parse(Build=text).build
    assert (None if build is None else build.script) == script


def test_what_is_no_build_command_is_said():
    draft = parse(Build="```python\nimport x\n```\nask Anna")
    assert notes(draft) == [
        "goal.md:6: a block of python is no build command",
        "goal.md:5: the build section holds no commands",
    ]
    assert notes(parse(Build="`make all`")) == [
        "goal.md:6: the build has no code block; its commands in backticks are run in order"
    ]


def test_paths_of_this_machine_are_reported_with_their_line():
    draft = parse(Build="```\nexport A=/usr/lib/x\ncd /scratch/me/code && make > /dev/null\n```")
    assert notes(draft) == ["goal.md:8: `/scratch/me/code` may exist on this machine only"]


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="`~\r\n\x00")).filter(
            lambda line: not line.lstrip().startswith("$ ")
        ),
        min_size=1,
    )
)
def test_the_lines_of_a_build_survive_as_they_are(lines):
    body = "\n".join(lines).strip("\n")
    build = parse(Build=f"```bash\n{body}\n```").build
    expected = body if body.strip() else None
    assert (build and build.script) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("`wall_seconds`, summed over all cases", "sum"),
        ("Wall-clock seconds, lower is better, sum over all cases.", "sum"),
        ("Total seconds of all workloads (minimize).", "sum"),
        ("`wall_seconds`. Geometric mean over the cases if possible.", "geometric_mean"),
        ("average wall time over the workloads", "mean"),
        ("wall time of the slowest case", "max"),
        ("minimise `total_seconds`", None),
        ("mean of three repeats of `wall_seconds`", None),
        ("Wall time. Also record the total energy.", None),
        ("Total CP2K time, lower is better.", None),
        ("`wall_seconds`: the total over the cases counts.", "sum"),
        ("Wall time, all workloads together.", "sum"),
    ],
)
def test_how_the_cases_become_one_number(text, value):
    expected = {} if value is None else {"controller.objective.case_aggregation": value}
    assert parse(Metric=text).settings == expected


@pytest.mark.parametrize(
    "words",
    [
        "Ignore improvements under 3%.",
        "At least 3 % counts.",
        "Changes smaller than 3 % do not count.",
    ],
)
def test_the_threshold_of_the_metric_section_is_used(words):
    text = f"# Package\n\nx\n\n# Target\n\nfaster\n\n# Metric\n\nMedian wall time. {words}\n"
    draft = parse_goal(text, file="goal.md", directory="/nowhere")
    assert draft.settings == {"controller.objective.min_relative_improvement": 0.03}


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("Python and C++", ["several languages are named (Python and C++); only python is taken"]),
        ("Fortran 90", []),
    ],
)
def test_a_note_says_which_of_several_languages_is_taken(words, note):
    text = f"# Package\n\nx\n\n# Language\n\n{words}\n\n# Target\n\nfaster\n"
    draft = parse_goal(text, file="goal.md", directory="/nowhere")
    assert [each.text for each in draft.review_notes if each.source.line == 7] == note


@pytest.mark.parametrize(
    ("scope", "editable", "immutable"),
    [
        ("- src/ (everything but src/bin/)", ("src/**",), ("src/bin/**",)),
        ("- `src/`, all but `src/io.c`", ("src/**",), ("src/io.c",)),
    ],
)
def test_everything_but_is_an_exception(scope, editable, immutable):
    found = parse_text(f"## Package\nx\n## Target\ny\n## Scope\n{scope}\n")
    assert (found.editable, found.immutable) == (editable, immutable)


def test_an_exception_without_a_path_is_told_once():
    found = parse_text(
        "## Package\nx\n## Target\ny\n## Scope\n- src/**\n- leave the notebook alone\n"
    )
    assert [str(note) for note in found.review_notes] == [
        "goal.md:7: this exception names no path, so nothing enforces it: 'leave the notebook alone'"
    ]


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        (
            "## Metric\n`wall_seconds`; the kernel should run on 3 ranks\n",
            "goal.md:6: nothing is made of the number 3 here: the kernel should run on 3 ranks",
        ),
        (
            "## Notes\nUse OMP_NUM_THREADS=4 here.\n",
            "goal.md:6: `OMP_NUM_THREADS=4` sets nothing here: pass --set runtime.env.OMP_NUM_THREADS=4 to give it to the cases",
        ),
        (
            "## Build\nmake -j4\n",
            "goal.md:6: the build has no code block; its lines are run in order",
        ),
        (
            "## Build\n```\npython -m venv .venv\n.venv/bin/pip install numpy\n```\n",
            "goal.md:7: the build makes the environment `.venv` and does not activate it, so the cases' `python` is another one",
        ),
    ],
)
def test_what_is_easily_lost_is_told(sections, said):
    found = parse_text(f"## Package\nx\n## Target\ny\n{sections}")
    assert [str(note) for note in found.review_notes][-1:] == [said]


def test_an_activated_environment_is_no_matter():
    text = (
        "## Package\nx\n## Target\ny\n## Build\n```\npython -m venv a\nsource a/bin/activate\n```\n"
    )
    assert parse_text(text).review_notes == ()


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (
            "wall_seconds, lower is better. Peak memory must not grow by more than 10%.",
            "wall_seconds",
        ),
        ("Wall time; peak memory is of no interest.", "wall_seconds"),
        ("peak memory", "peak_rss_mb"),
        ("peak_rss_mb, then wall_seconds", "peak_rss_mb"),
    ],
)
def test_the_metric_that_is_named_first_decides(metric, name):
    assert parse_text(f"## Package\nx\n## Target\ny\n## Metric\n{metric}\n").primary_metric == name
