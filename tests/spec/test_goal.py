"""Reading a goal: whole drafts of goals in the manner of real users, and bad input."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from goal_drafts import FIXTURES, make_project, plain

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.goal.document import is_goal, parse_goal, read_goal

NAMES = sorted(path.parent.name for path in FIXTURES.glob("*/goal.md"))


def parse(text, directory="/nonexistent", **more):
    return parse_goal(text, file="goal.md", directory=str(directory), **more)


def goal(**sections):
    """A goal's text with the sections that are given."""
    sections = {"Package": "mycode", "Target": "faster", **sections}
    return "\n".join(f"## {name.replace('_', ' ')}\n{text}\n" for name, text in sections.items())


def notes(draft):
    return [str(note) for note in draft.review_notes]


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_draft_of_a_goal(name, tmp_path):
    directory = FIXTURES / name
    project = make_project(directory, tmp_path)
    draft = read_goal(str(directory / "goal.md"), project=project)
    assert plain(draft) == json.loads((directory / "draft.json").read_text())
    assert draft.text == (directory / "goal.md").read_text()
    assert draft.directory == str(directory)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(name, ends, tmp_path):
    directory = FIXTURES / name
    text = (directory / "goal.md").read_text()
    project = make_project(directory, tmp_path)
    draft = parse("\ufeff" + text.replace("\n", ends), directory, project=project)
    assert plain(draft) == json.loads((directory / "draft.json").read_text())


SYNONYMS = [
    ("Editable Scope", "editable"),
    ("Scope", "editable"),
    ("Editable Paths", "editable"),
    ("Performance Metric", "metric"),
    ("Metric", "metric"),
    ("Objective", "metric"),
    ("Correctness Constraints", "correctness"),
    ("Correctness", "correctness"),
    ("Constraints", "correctness"),
    ("Representative Workloads", "workloads"),
    ("Workloads", "workloads"),
    ("Cases", "workloads"),
    ("Test Cases", "workloads"),
    ("Build", "build"),
    ("Setup", "build"),
    ("Install", "build"),
    ("Notes", "notes"),
    ("Language", "language"),
    ("Immutable Paths", "immutable"),
    ("Do Not Touch", "immutable"),
    ("Read-only", "immutable"),
]
BODIES = {
    "editable": "- src/a.c",
    "immutable": "- src/b.c",
    "metric": "`e_steps`",
    "correctness": "- `energy` within 1e-8 of the baseline",
    "workloads": "- train-a: `./run a`",
    "build": "```\nmake\n```",
    "notes": "remember",
    "language": "c",
}


@pytest.mark.parametrize(
    "style", ["## {}", "# {} #", "### {}:", "{}\n------", "## **{}**", "## 2. {}"]
)
@pytest.mark.parametrize(("heading", "kind"), SYNONYMS)
def test_every_heading_is_known_in_every_style_and_case(heading, kind, style):
    seen = []
    for spelled in (heading, heading.upper(), heading.lower()):
        draft = parse(
            f"## Package\nmycode\n## Target\nfaster\n\n{style.format(spelled)}\n{BODIES[kind]}\n"
        )
        seen.append(
            {
                "editable": draft.editable == ("src/a.c",),
                "immutable": draft.immutable == ("src/b.c",),
                "metric": draft.primary_metric == "e_steps",
                "correctness": [each.tolerances[0].bound for each in draft.constraints] == [1e-8],
                "workloads": [case.command for case in draft.cases] == [("./run", "a")],
                "build": draft.build is not None and draft.build.script == "make",
                "notes": draft.notes == "remember",
                "language": draft.language == "c",
            }
        )
    assert seen == [{each: each == kind for each in BODIES}] * 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Package\nx\n## Target\ny\n", True),
        ("# Optimization Goal\n## Package\nx\n", True),
        ("### package ###\nx\n\nTARGET\n===\n", True),
        ("## Package\nx\n", False),
        ("## Package\n```\n## Target\n```\n", False),
        ("## Package\n<!--\n## Target\n-->\n", False),
        ("make this faster: the package and the target\n", False),
        ("## Package\n## Package\n", False),
        ("", False),
    ],
)
def test_two_known_headings_make_a_goal(text, expected):
    assert is_goal(text) is expected


def error_of(call, *arguments, **more):
    with pytest.raises(ScaffoldError) as raised:
        call(*arguments, **more)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "make it faster",
            (
                "goal.md: no heading of a goal was found\nA goal has headings such as `## Package`, "
                "`## Target` and `## Representative Workloads`; pass free text with --prompt."
            ),
        ),
        (
            "## Target\nx\n",
            ("goal.md: the section `## Package` is missing\nAdd `## Package` to it."),
        ),
        (
            "## Package\nx\n## Notes\ny\n",
            ("goal.md: the section `## Target` is missing\nAdd `## Target` to it."),
        ),
        (
            "## Package\nx\n\n## Target\n<!-- later -->\n## Notes\nx\n",
            ("goal.md:4: the section `## Target` is empty\nWrite something below the heading."),
        ),
        (
            "## Package\nx\n## Package\ny\n## Target\nz\n",
            (
                "goal.md:3: the section `## Package` stands twice: lines 1 and 3\n"
                "Leave one of them; a campaign has one package."
            ),
        ),
        (
            "## Package\nx\n## Target\ny\n<!-- z\n",
            ("goal.md:5: the comment that begins here is never closed\nClose it with `-->`."),
        ),
        (
            "## Package\nx\n## Target\ny\n## Build\n```\nmake\n## Notes\nz\n",
            (
                "goal.md:6: the code block that begins here is never closed\n"
                "Close it with ``` on a line of its own, indented like its beginning."
            ),
        ),
        (
            goal(Workloads="- a: `x 1`\n- b: `x 2`\n- a: `x 3`"),
            (
                "goal.md:10: the case id `a` stands twice: lines 8 and 10\n"
                "Give each workload an id of its own."
            ),
        ),
        (
            goal(Workloads='- a: `./x "b`'),
            (
                "goal.md:8: workload `a`: the command's quotes are not balanced (No closing quotation): "
                './x "b\nClose the quote, or put the command into a script and name that.'
            ),
        ),
        (
            goal(Workloads="- train-a: `water.xyz` with the\n  basis of `basis.dat`"),
            (
                "goal.md:8: workload `train-a`: there is no file `water.xyz` in /nonexistent\n"
                "Put it beside goal.md or name it with `--input FILE`; "
                "leave the backticks away if it is no file."
            ),
        ),
        (
            goal(Workloads="- train-a: `../water.xyz`"),
            (
                "goal.md:8: workload `train-a`: `../water.xyz` lies outside the directory of goal.md and is "
                "not staged\nStage it with `--input ../water.xyz`."
            ),
        ),
        (
            goal(Workloads="- these are all small"),
            (
                "goal.md:8: this workload has no id: 'these are all small'\n"
                "Write `- case-id: text with a command in backticks`; remarks belong in ## Notes."
            ),
        ),
        (
            goal(Scope="- src/**\n- ../other/**"),
            (
                "goal.md:9: the scope's path `../other/**` leaves the project\n"
                "Write paths and globs relative to the project's root."
            ),
        ),
        (
            goal(Notes="split:\n  train: [a\n"),
            (
                "goal.md:8: the split block cannot be read\n"
                "Write `split:` and below it, indented, `train_case_ids: [case-id, ...]`."
            ),
        ),
        (
            goal(Notes="```yaml\nsplit:\n  train: [a, b]\n  test: [b]\n```"),
            (
                "goal.md:9: the split names `b` as a train and as a test case\nLeave it in one of them."
            ),
        ),
    ],
)
def test_bad_goals_are_refused_in_one_sentence_with_the_line(text, expected):
    assert error_of(parse, text) == expected


def test_files_that_are_no_goal_are_refused(tmp_path):
    directory = tmp_path / "directory"
    directory.mkdir()
    for name, data, what in [
        ("empty.md", b"", "empty"),
        ("blank.md", b" \n\t\n", "empty"),
        ("binary.md", b"## Package\n\x00\x01", "not text"),
        ("latin.md", "## Package\nmück\n".encode("latin-1"), "not UTF-8"),
        ("huge.md", b"x" * (1024 * 1024 + 1), "larger than"),
    ]:
        path = tmp_path / name
        path.write_bytes(data)
        message = error_of(read_goal, str(path))
        assert message.startswith(f"{path}:")
        assert what in message
    assert "no such file" in error_of(read_goal, str(tmp_path / "none.md"))
    assert "directory" in error_of(read_goal, str(directory))


def test_a_goal_of_the_largest_size_is_read_in_time():
    bullets = "\n".join(f"- case-{number}: `./run {number}`" for number in range(3000))
    draft = parse(goal(Workloads=bullets))
    assert len(draft.cases) == 3000


def test_sub_headings_belong_to_the_section_above():
    text = (
        "# Optimization Goal\n## Package\nx\n## Target\none\n### Why\ntwo\n"
        "## Representative Workloads\n### Train\n- train-a: `./x 1`\n### Test Cases\n- test-a: `./x 2`\n"
        "### Setup\n```\nmake\n```\n#### More\n```\nmake more\n```\n"
        "## References\n- not: `a case`\n### Notes\nlast\n"
    )
    draft = parse(text)
    assert draft.target == "one\n\n### Why\n\ntwo"
    assert [case.id for case in draft.cases] == ["train-a", "test-a"]
    assert draft.build.script == "make\nmake more"
    assert draft.notes == "last"
    assert notes(draft) == [
        "goal.md:21: the section 'References' is not one that a goal has; it is not read"
    ]


def test_a_section_that_stands_twice_is_joined():
    draft = parse(goal(Build="```\nmake a\n```", Install="```\nmake b\n```", Setup="    make c"))
    assert draft.build.script == "make a\nmake b\nmake c"
    assert str(draft.build.source) == "goal.md:9"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mycode", "mycode"),
        ("- mycode", "mycode"),
        ("`mycode`", "mycode"),
        ("**mycode**", "mycode"),
        ("[mycode](https://example.org/mycode)", "mycode"),
        ("```\nmycode\n```", "mycode"),
        ("Package: mycode", "mycode"),
        ("LAMMPS (29 Aug 2024)", "LAMMPS"),
        ("PySCF, the quantum chemistry code", "PySCF"),
        ("my_code-2.0", "my_code-2.0"),
        ("Quantum ESPRESSO", "Quantum ESPRESSO"),
    ],
)
def test_the_package_is_the_name_in_its_section(text, expected):
    assert parse(goal(Package=text)).package == expected


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Correctness requirements", "correctness"),
        ("2.1 Correctness Constraints", "correctness"),
        ("Correctness & Accuracy", "correctness"),
        ("Build / Install", "build"),
        ("Build with MPI", "build"),
        ("Workloads to run", "workloads"),
        ("Performance goal", "metric"),
        ("Editable source files", "editable"),
    ],
)
def test_longer_headings_are_understood_by_their_first_word(heading, kind):
    draft = parse(f"## Package\nmycode\n## Target\nfaster\n## {heading}\n{BODIES[kind]}\n")
    assert draft.review_notes == () or kind in {"correctness", "metric"}
    found = (draft.constraints, draft.build, draft.cases, draft.primary_metric, draft.editable)
    assert sum(map(bool, found)) == 1


def test_a_line_drawn_below_text_makes_no_heading_of_it():
    text = (
        "# Optimization Goal\n---\n## Package\nmycode\n---\n\n## Target\nMake it\nfast.\n---\n"
        "## Workloads\n- a: `./x 1`\n\nand these\n---\n- b: `./x 2`\n"
    )
    draft = parse(text)
    assert (draft.package, draft.target) == ("mycode", "Make it fast.")
    assert [case.id for case in draft.cases] == ["a", "b"]
    assert draft.review_notes == ()


def test_html_tags_around_sections_are_no_content():
    draft = parse(
        goal(Correctness="<details>\n<summary>\n</summary>\n\n- `e` within 1e-8\n\n</details>")
    )
    assert [each.text for each in draft.constraints] == ["`e` within 1e-8"]


def test_a_name_without_a_bound_is_reported():
    draft = parse(goal(Correctness="- `etotal` and `pe` stay within benchmark tolerance"))
    assert draft.fields == ("etotal", "pe")
    assert notes(draft) == [
        "goal.md:8: this bullet holds no number that can be checked; only people and agents read it",
        "goal.md:8: `etotal` is looked for in every case's output, though no bound on it is stated",
        "goal.md:8: `pe` is looked for in every case's output, though no bound on it is stated",
    ]


@pytest.mark.parametrize("known", [True, False])
def test_a_goal_in_the_project_stages_data_and_runs_programs_where_they_are(tmp_path, known):
    (tmp_path / "bench").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "build").mkdir()
    names = [
        "bench/run.py",
        "bench/solve",
        "bench/in.melt",
        "kernel.c",
        "kernel.dat",
        "Makefile",
        "data/a.txt",
        "water.xyz",
    ]
    for name in names:
        (tmp_path / name).touch()
    for name in ("local.dat", "new.sh", "build/solver"):  # git does not track these
        (tmp_path / name).touch()
    (tmp_path / "build/solver").chmod(0o755)
    commands = {
        "python bench/run.py water.xyz local.dat": (
            "python bench/run.py {inputs}/water.xyz {inputs}/local.dat",
            ["water.xyz", "local.dat"],
        ),
        "bench/solve -i ./bench/in.melt": (
            "bench/solve -i {inputs}/bench/in.melt",
            ["bench/in.melt"],
        ),
        "make -f Makefile kernel.c kernel.dat": ("make -f Makefile kernel.c kernel.dat", []),
        "build/solver data water.xyz": ("build/solver data {inputs}/water.xyz", ["water.xyz"]),
        "sh new.sh build": (
            ("sh {inputs}/new.sh build", ["new.sh"]) if known else ("sh new.sh build", [])
        ),
    }
    bullets = "".join(f"- c{index}: `{text}`\n" for index, text in enumerate(commands))
    text = goal(Workloads=bullets, Scope="- kernel*")
    tracked = frozenset(names) if known else None
    draft = parse(text, tmp_path, project=str(tmp_path), tracked=tracked)
    assert [(" ".join(case.command), list(case.files)) for case in draft.cases] == list(
        commands.values()
    )


def test_a_goal_beside_the_project_may_name_the_projects_files(tmp_path):
    project, beside = tmp_path / "project", tmp_path / "goals"
    (project / "examples").mkdir(parents=True)
    beside.mkdir()
    (project / "examples" / "bz.py").touch()
    (beside / "in.lj").touch()
    draft = parse(
        goal(Workloads="- a: geometry of `examples/bz.py`, `./run examples/bz.py in.lj`"),
        beside,
        project=str(project),
    )
    assert [(case.command, case.files) for case in draft.cases] == [
        (("./run", "examples/bz.py", "{inputs}/in.lj"), ("in.lj",))
    ]


def test_files_named_with_input_may_lie_anywhere(tmp_path):
    beside = tmp_path / "goals"
    beside.mkdir()
    (tmp_path / "water.xyz").touch()
    text = goal(Workloads="- a: `./run ../water.xyz`\n- b: `water.xyz` with `./run -i water.xyz`")
    draft = parse(text, beside, inputs=(str(tmp_path / "water.xyz"),))
    assert [(case.command, case.files) for case in draft.cases] == [
        (("./run", "{inputs}/water.xyz"), ()),
        (("./run", "-i", "{inputs}/water.xyz"), ()),
    ]


@given(st.text())
def test_any_text_is_read_or_refused(text):
    for candidate in (text, goal(Correctness=text, Workloads=text, Scope=text, Notes=text)):
        with contextlib.suppress(ScaffoldError):
            assert parse(candidate).text == candidate


PIECES = """\
## Package
## Target
## Workloads
## Correctness
## Scope
## Build
## Notes
# x
mycode
- a: `b c`
- `c`: `d -e`
  - nested: 1e-8
```
```sh
~~~
<!--
-->
- energy within 1e-6
- src/** except src/io
split:
  train: [a]
| a | b |
|---|---|
    $ make
`
``
*
**x**
- [ ] t: y
\t- q
===
---
> quote
"""
MARKUP = st.lists(st.sampled_from([*PIECES.splitlines(), ""]), max_size=30)


@given(MARKUP)
def test_any_sequence_of_markup_is_read_or_refused(lines):
    with contextlib.suppress(ScaffoldError):
        assert parse("\n".join(lines)).package


def test_reading_a_goal_runs_nothing(tmp_path, monkeypatch):
    def refuse(*_arguments, **_more):
        raise AssertionError("something was run")

    monkeypatch.setattr(os, "system", refuse)
    monkeypatch.setattr("subprocess.Popen.__init__", refuse)
    marker = tmp_path / "marker"
    draft = parse(
        goal(
            Package=f"$(touch {marker})",
            Workloads=f"- a: `./x $(touch {marker})`",
            Build=f"```\ntouch {marker}\n```",
        ),
        tmp_path,
    )
    assert draft.package == f"$(touch {marker})"
    assert draft.cases[0].command == ("bash", "-c", f"./x $(touch {marker})")
    assert not marker.exists()
