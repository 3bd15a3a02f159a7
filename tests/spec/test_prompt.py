import os
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.resources import resource_path
from fermilink_scaffold.spec.model import Build, DraftCase, Source
from fermilink_scaffold.spec.prompt.document import parse_prompt, read_prompt
from fermilink_scaffold.spec.prompt.ids import command_id
from fermilink_scaffold.spec.text.named_files import Places

TRACKED = [
    "bench.py",
    "data/small.xyz",
    "docs/guide.md",
    "pkg/tests/test_core.py",
    "run.py",
    "solver/grid.c",
    "solver/io.py",
    "solver/kernels.py",
    "src/core.py",
    "src/search.cpp",
    "src/solver/fast.f90",
    "src/solver/io.f90",
    "tests/test_core.py",
    "a/same.c",
    "b/same.c",
]
FENCE = "```"


def parsed(text, tracked=TRACKED, directory="/nowhere", inputs=()):
    places = Places(
        file="prompt.md",
        directory=directory,
        project="/nowhere",
        tracked=frozenset(tracked),
        inputs=inputs,
    )
    return parse_prompt(text, places)


def commands(text):
    """Id, words and line of each case."""
    return [(case.id, case.command, case.source.line) for case in parsed(text).cases]


def notes(text):
    return [str(note) for note in parsed(text).review_notes]


def refusal(text):
    with pytest.raises(ScaffoldError) as caught:
        parsed(text)
    return str(caught.value)


def fixture(name):
    with open(resource_path("fixtures", "prompts", name), encoding="utf-8") as stream:
        return parsed(stream.read())


def test_a_plain_prompt():
    draft = fixture("plain.md")
    assert draft.cases == (
        DraftCase(
            id="small",
            text="python bench.py --size small",
            source=Source(file="prompt.md", line=14),
            command=("python", "bench.py", "--size", "small"),
        ),
        DraftCase(
            id="large",
            text="python bench.py --size large --threads 2",
            source=Source(file="prompt.md", line=16),
            command=("python", "bench.py", "--size", "large", "--threads", "2"),
        ),
    )
    assert draft.editable == ("solver/kernels.py", "solver/grid.c")
    assert draft.immutable == ("solver/io.py", "tests/**")
    assert draft.build == Build(
        script="python -m pip install -e .", source=Source(file="prompt.md", line=7)
    )
    assert draft.target.startswith("Make the pair kernel faster. Nearly all the time")
    assert (draft.primary_metric, draft.direction, draft.fields) == (None, None, ("energy",))
    (constraint,) = draft.constraints
    (tolerance,) = constraint.tolerances
    assert (constraint.source.line, tolerance.field, tolerance.comparison, tolerance.bound) == (
        20,
        "energy",
        "relative_delta",
        1e-8,
    )


def test_bullets_give_cases_bounds_and_a_metric():
    draft = fixture("bullets.md")
    assert [(case.id, case.command, case.mpi_ranks) for case in draft.cases] == [
        ("train-small", ("python", "run.py", "data/small.xyz"), None),
        ("test-large", ("mpirun", "-np", "4", "./search", "input.in"), 4),
        ("run-tree", ("bash", "-c", "python run.py --method tree > out.txt"), None),
    ]
    assert (draft.primary_metric, draft.direction) == ("cpu_seconds", "minimize")
    assert draft.editable == ("src/search.cpp",)
    assert [
        (tolerance.field, tolerance.bound, constraint.case_words, constraint.source.line)
        for constraint in draft.constraints
        for tolerance in constraint.tolerances
    ] == [
        ("energy", 1e-6, ("train-small",), 3),
        ("energy", 1e-9, (), 12),
    ]


def test_console_listings_give_commands_and_not_their_output():
    draft = fixture("console.md")
    assert [(case.id, case.command, case.source.line) for case in draft.cases] == [
        ("bench-1024", ("./bench", "--n", "1024"), 3),
        ("large-case", ("bash", "-e", "-c", "cd examples\n./bench --n 65536 --repeat 3"), 9),
    ]
    assert [str(note) for note in draft.review_notes] == [
        "prompt.md:21: a block of python is no command"
    ]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python bench.py --size small", "bench-small"),
        ("python3 benchmarks/run.py --n=1000 --fast", "run-1000"),
        ("./build/solver input/case1.inp", "solver-case1"),
        ("OMP_NUM_THREADS=4 mpirun -np 4 lmp -in in.lj", "lmp-in"),
        ("python -m pkg.bench --quick", "pkg-bench"),
        ("time julia --project bench/run.jl 10", "run-10"),
        ("bash -c 'echo hello'", "echo-hello"),
        ("cat data.txt | ./solve -v > out", "cat-data"),
        ("./solve 'a b' '{inputs}/x.dat'", "solve-a-b"),
    ],
)
def test_ids_come_from_the_command(command, name):
    assert command_id(command) == name


def test_the_same_id_is_numbered_and_the_same_command_is_one_case():
    text = f"{FENCE}sh\n./run a.in\n./run --fast a.in\n./run a.in\n{FENCE}\n- `./run a.in`\n"
    assert [name for name, _, _ in commands(text)] == ["run-a", "run-a-2"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("- small: `./run 1`", "small"),
        ("- **Large Case**: `./run 1`", "large-case"),
        ("- `train-H2O`: `./run 1`", "train-H2O"),
        ("- big one - `./run 1`", "big-one"),
        ("- Run: `./run 1`", "run-1"),
        ("- This is the one that everybody runs every day: `./run 1`", "run-1"),
        ("- See `./run 1` for details", "run-1"),
        ("Small case:\n\n$ ./run 1\n", "small-case"),
        ("Medium:\n\n```\n./run 1\n```\n", "medium"),
        ("It is slow.\n```sh\n# warm start\n./run 1\n```\n", "warm-start"),
        ("- tiny:\n  ```sh\n  ./run 1\n  ```\n", "tiny"),
    ],
)
def test_a_label_before_the_command_gives_the_id(text, name):
    assert commands(text)[0][:2] == (name, ("./run", "1"))


def test_commands_that_build_are_the_build():
    draft = parsed(
        f"Compile with\n{FENCE}\ncmake -S . -B build\ncmake --build build -j 4\n{FENCE}\n"
        f"{FENCE}sh\nmake -j4\n./solve a.in\n{FENCE}\n- Install it: `./install.sh --prefix x`\n"
    )
    assert draft.build == Build(
        script="cmake -S . -B build\ncmake --build build -j 4\nmake -j4\n./install.sh --prefix x",
        source=Source(file="prompt.md", line=3),
    )
    assert [case.id for case in draft.cases] == ["solve-a"]


def test_a_block_that_changes_the_shell_is_one_script():
    assert commands(
        f"{FENCE}bash\npip install -e .\ncd examples\nexport N=3\n./run $N\n{FENCE}\n"
    ) == [("run-n", ("bash", "-e", "-c", "cd examples\nexport N=3\n./run $N"), 3)]


def test_a_here_document_stays_whole():
    assert commands(f"{FENCE}sh\npython - <<EOF\nprint(1)\nEOF\n{FENCE}\n") == [
        ("case", ("bash", "-e", "-c", "python - <<EOF\nprint(1)\nEOF"), 2)
    ]


def test_test_runs_are_cases_with_a_note():
    assert notes("- `python -m pytest tests -q`\n") == [
        "prompt.md:1: this runs tests; as a case its time is measured too: python -m pytest tests -q"
    ]


def test_output_data_and_drawings_are_no_commands():
    text = (
        f"The output is:\n{FENCE}\nrun a.in\n{FENCE}\n{FENCE}json\n{{}}\n{FENCE}\n"
        f"Layout\n{FENCE}\n+--+  A\n|  | -> b\n{FENCE}\n"
    )
    assert commands(text) == []
    assert notes(text) == ["prompt.md:9: this block does not look like commands; it is not run"]


def test_running_text_gives_commands_only_when_nothing_else_does():
    text = "Please run `python run.py 5` for me.\n"
    assert commands(text) == [("run-5", ("python", "run.py", "5"), 1)]
    assert notes(text)[0] == (
        "prompt.md:1: taken from the running text as a command: python run.py 5"
    )
    assert commands(f"{text}\n- `./other 1`\n") == [("other-1", ("./other", "1"), 3)]


def test_no_command_gives_no_case():
    assert parsed("Make it faster.\n").cases == ()


@pytest.mark.parametrize(
    ("text", "editable", "immutable"),
    [
        ("Speed up src/core.py.", ["src/core.py"], []),
        ("(see `./src/core.py`, **src/search.cpp**)", ["src/core.py", "src/search.cpp"], []),
        ("`kernels.py` is slow", ["solver/kernels.py"], []),
        ("`same.c` is slow", [], []),
        ("everything in `src/solver/`", ["src/solver/**"], []),
        ("`src/**` and `solver/*.c`", ["src/**", "solver/*.c"], []),
        ("see docs/guide.md and data/small.xyz and nothing.py", [], []),
        ("`src/` except `src/solver/io.f90`", ["src/**"], ["src/solver/io.f90"]),
        ("src/core.py, but not src/search.cpp", ["src/core.py"], ["src/search.cpp"]),
        (
            "src/core.py and src/search.cpp must not be changed",
            [],
            ["src/core.py", "src/search.cpp"],
        ),
        ("leave src/core.py alone", [], ["src/core.py"]),
        ("speed up src/core.py without changing its results", ["src/core.py"], []),
        ("tests/test_core.py must pass, `bench.py` measures", [], []),
        ("- `python src/core.py 1`\n", [], []),
        ("I/O and and/or are words", [], []),
    ],
)
def test_the_scope_is_what_the_prose_names(text, editable, immutable):
    draft = parsed(text)
    assert (list(draft.editable), list(draft.immutable)) == (editable, immutable)


@pytest.mark.parametrize("glob", ["../other/**", "/etc/*.c", "~/src/**", "src/../../x/*.py"])
def test_a_glob_that_leaves_the_project_is_refused(glob):
    assert refusal(f"One.\n\nEdit `{glob}`.\n") == (
        f"prompt.md:3: the scope's path `{glob}` leaves the project\n"
        "Write paths and globs relative to the project's root."
    )


@pytest.mark.parametrize(
    "text",
    [
        "It should become 3x faster than v2.0.",
        "It takes 12.5 seconds at least.",
        "Peak memory should not grow.",
        "Keep src/core.py unchanged.",
    ],
)
def test_speed_scope_and_memory_are_no_bounds_on_results(text):
    draft = parsed(text)
    assert (draft.constraints, draft.primary_metric) == ((), None)


def test_a_sentence_on_a_later_line_keeps_its_line():
    (constraint,) = parsed(
        "It is slow. Make it\nfaster. The `energy` must agree\nwithin 1e-6.\n"
    ).constraints
    assert constraint.source == Source(file="prompt.md", line=2)


def test_files_beside_the_prompt_are_staged(tmp_path):
    (tmp_path / "in.lj").write_text("units lj\n")
    draft = parsed("- `./lmp -in in.lj`\n", directory=str(tmp_path))
    assert [(case.command, case.files) for case in draft.cases] == [
        (("./lmp", "-in", "{inputs}/in.lj"), ("in.lj",))
    ]


def test_quotes_that_are_not_balanced_are_refused():
    assert refusal(f"Go.\n\n{FENCE}sh\npython -c 'print(1)\n{FENCE}\n").startswith(
        "prompt.md:4: workload `print-1`: the command's quotes are not balanced"
    )


def test_an_open_comment_is_refused():
    assert refusal("Go\n\n<!-- never\n") == (
        "prompt.md:3: the comment that begins here is never closed\nClose it with `-->`."
    )


def test_a_goal_is_pointed_to_its_own_option():
    text = "# Optimization Goal\n\n## Package\nx\n\n## Target\ny\n"
    assert notes(text)[0] == (
        "prompt.md: this text has the headings of a goal; --goal reads them, --prompt does not"
    )


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("# Title\n\nWhat to do.\n\nMore.\n", "Title: What to do."),
        ("What to do.\n\n## Later\n", "What to do."),
        ("- only\n- bullets\n", "only"),
        ("$ ./run 1\n", None),
        ("<!-- x -->\n", None),
    ],
)
def test_the_target_is_the_first_thing_said(text, target):
    assert parsed(text).target == target


def test_a_prompt_is_read_from_its_file_with_the_projects_files(git_repo, tmp_path):
    root = git_repo({"pkg/core.py": "x = 1\n"})
    path = tmp_path / "prompt.md"
    path.write_text("Speed up pkg/core.py\n\n- `python -m pkg`\n")
    draft = read_prompt(str(path), project=str(root))
    assert (draft.editable, draft.directory, draft.text) == (
        ("pkg/core.py",),
        str(tmp_path),
        path.read_text(),
    )
    shutil.rmtree(root)
    assert read_prompt(str(path), tracked=["pkg/core.py"]).editable == ("pkg/core.py",)


def test_a_missing_prompt_is_refused(tmp_path):
    with pytest.raises(ScaffoldError, match="no such file"):
        read_prompt(os.path.join(tmp_path, "prompt.md"))


@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(
                [
                    "```\n",
                    "```sh\n",
                    "- ",
                    "`",
                    "./run 1",
                    "$ ",
                    "\n",
                    "\n\n",
                    "# ",
                    "src/core.py",
                    " ",
                    "within 1e-6",
                    "must not",
                    "{{ x }}",
                    "$(id)",
                    "'",
                    '"',
                    "\\\n",
                    "small: ",
                    "<!--",
                    "-->",
                    "    ",
                    "> ",
                    "export A=1",
                    "python x.py",
                    "**",
                    "../*",
                    "|",
                    "`src/**`",
                    ":",
                    "é",
                ]
            ),
            max_size=30,
        ).map("".join),
    )
)
def test_any_text_gives_a_draft_or_one_clear_error(text):
    try:
        draft = parsed(text)
    except ScaffoldError as caught:
        error = caught
    else:
        error = None
    if error:
        assert error.file == "prompt.md"
        return
    ids = [case.id for case in draft.cases]
    assert len(set(ids)) == len(ids)
    assert all(case.command and case.source.line for case in draft.cases)


WAVE = f"""\
Make the wave solver in wave.c faster. Build it with `make -j4`.

{FENCE}
./wave 20000
./wave 30000
{FENCE}

Held out: `./wave 60000`

Don't change the Makefile. Gains below 5% are not interesting.
The `norm` must agree within 1e-12 relative. You can profile with `perf record ./wave 100`.
Use 4 threads.
"""


def test_nothing_that_the_prose_demands_is_lost():
    draft = parsed(WAVE, tracked=["Makefile", "wave.c"])
    assert [(case.id, case.command, case.source.line) for case in draft.cases] == [
        ("wave-20000", ("./wave", "20000"), 4),
        ("wave-30000", ("./wave", "30000"), 5),
        ("test-wave-60000", ("./wave", "60000"), 8),
    ]
    assert draft.train_case_ids == ("wave-20000", "wave-30000")
    assert draft.build == Build(script="make -j4", source=Source(file="prompt.md", line=1))
    assert (draft.editable, draft.immutable) == (("wave.c",), ("Makefile",))
    assert draft.settings == {"controller.objective.min_relative_improvement": 0.05}
    assert [str(note) for note in draft.review_notes] == [
        "prompt.md:11: a command in the running text is not run: perf record ./wave 100",
        "prompt.md:8: held out, so the agent does not see them: ./wave 60000",
        "prompt.md:1: taken as the build: make -j4",
        "prompt.md:10: controller.objective.min_relative_improvement is set to 0.05: gains below 5%",
        "prompt.md:12: nothing is made of the number 4 here: Use 4 threads.",
    ]


@pytest.mark.parametrize(
    ("text", "ids", "train"),
    [
        ("- a: `./run 1`\n- b (held out): `./run 2`\n", ["a", "b-held-out"], ("a",)),
        (
            f"Run:\n\n- `./run 1`\n\n## Held-out cases\n\n{FENCE}sh\n./run 2\n{FENCE}\n",
            ["run-1", "test-run-2"],
            ("run-1",),
        ),
        (
            f"{FENCE}sh\n./run 1\n# held out\n./run 2\n./run 3\n{FENCE}\n",
            ["run-1", "test-run-2", "run-3"],
            ("run-1", "run-3"),
        ),
        ("- held out: `./run 1`\n", ["test-run-1"], None),
        ("Run `./run 1` and `./run 2`; the last is held out.\n", ["run-1", "run-2"], None),
    ],
)
def test_words_about_a_command_hold_it_out(text, ids, train):
    draft = parsed(text)
    assert [case.id for case in draft.cases] == ids
    assert draft.train_case_ids == train


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "- `./run 1`\n\nAlso try `./run 2`.\n",
            "prompt.md:3: a command in the running text is not run: ./run 2",
        ),
        (
            "- held out: `./run 1`\n",
            "prompt.md:1: every case is held out, so the agent would see none: they are all shown",
        ),
        (
            f"The last one is held out:\n\n{FENCE}\n./run 1\n./run 2\n{FENCE}\n",
            "prompt.md:4: it is not clear whether this case is held out; it is not: ./run 1",
        ),
        (
            "Please give it\nonly 4 threads.\n\n- `./run 1`\n",
            "prompt.md:1: nothing is made of the number 4 here: Please give it only 4 threads.",
        ),
        (
            "It should be at least 2x faster.\n\n- `./run 1`\n",
            "prompt.md:1: nothing is made of the number 2 here: It should be at least 2x faster.",
        ),
    ],
)
def test_what_is_not_used_is_said(text, said):
    assert said in notes(text)


@pytest.mark.parametrize(
    "story",
    [
        "Nearly all the time (90 %) is spent in the kernel.",
        "It takes about 30 s and should be faster.",
        "It was improved by 30 % last year.",
        "The grid has 128 points.",
    ],
)
def test_numbers_that_only_tell_a_story_set_nothing_and_are_no_notes(story):
    text = f"{story}\n\n- `./run 1`\n"
    assert notes(text) == []
    assert parsed(text).settings == {}


@pytest.mark.parametrize(
    ("text", "immutable"),
    [
        ("Don't touch the Makefile or data/small.xyz.", ("Makefile", "data/small.xyz")),
        ("guide.md must not be changed.", ("docs/guide.md",)),
        ("Leave the tests alone.", ("tests/**",)),
        ("Do not change the data, nor the docs.", ()),
        ("The Makefile builds it from data/small.xyz.", ()),
    ],
)
def test_any_tracked_file_can_be_forbidden(text, immutable):
    draft = parsed(f"{text}\n\n- `./run 1`\n", tracked=[*TRACKED, "Makefile"])
    assert draft.immutable == immutable
    assert draft.editable == ()


def test_what_follows_a_command_in_the_running_text_is_about_it():
    text = "Run `./run 1`, and `./run 2` (keep this one hidden), then `mpirun -np 4 ./run 3` on 4 ranks.\n"
    draft = parsed(text)
    assert [(case.id, case.mpi_ranks) for case in draft.cases] == [
        ("run-1", None),
        ("test-run-2", None),
        ("run-3", 4),
    ]
    assert draft.train_case_ids == ("run-1", "run-3")
    assert draft.cases[0].text == "./run 1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "The printed sum mustn't change.",
            "nothing enforces this: The printed sum mustn't change.",
        ),
        ("Don’t add dependencies.", "nothing enforces this: Don’t add dependencies."),
        (
            "At most 2 GB and at least 3x faster, chi2 too.",
            "nothing is made of the number 2 here: At most 2 GB and at least 3x faster, chi2 too.",
        ),
    ],
)
def test_orders_that_nothing_enforces_are_told(text, said):
    assert f"prompt.md:1: {said}" in notes(f"{text}\n\n- `./run 1`\n")


@pytest.mark.parametrize(
    "text",
    [
        "Don't touch src/core.py.",
        "Speedups under 3% don't count.",
        "`energy` must not differ by more than 1e-6.",
    ],
)
def test_orders_that_are_followed_are_not_told_again(text):
    assert not [note for note in notes(f"{text}\n\n- `./run 1`\n") if "nothing" in note]


def test_a_directory_that_stays_as_it_is_is_not_editable():
    draft = parsed(
        "src/solver/ stays as it is, solver/ is frozen. Edit src/core.py.\n\n- `./run 1`\n"
    )
    assert draft.editable == ("src/core.py",)
    assert draft.immutable == ("src/solver/**", "solver/**")


def test_commands_with_semicolons_name_nothing():
    text = "First: `python -c 'import io; io.run()'` then `python bench.py 1`; edit src/core.py.\n"
    draft = parsed(text)
    assert draft.editable == ("src/core.py",)
    assert [note for note in notes(text) if "is named" in note] == []


def test_runs_and_warm_up_runs_are_settings():
    draft = parsed("5 measured runs, 2 warm-up runs.\n\n- `./run 1  # the big one`\n")
    assert draft.settings == {"controller.measured_runs": 5, "controller.warmup_runs": 2}
    assert [case.id for case in draft.cases] == ["run-1"]
