"""What the build leaves behind: git ignores it from then on, or FermiLink would delete it."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from templating.sample import sample_campaign, sample_contract

from fermilink_scaffold import layout
from fermilink_scaffold.contract.prebuild import build_command
from fermilink_scaffold.spec.model import Build, Source
from fermilink_scaffold.templating.render import render_artifacts

MARK = "# Made by the build; without these lines FermiLink would delete it."
NO_BASELINE = '{\n  "baseline_commit": "",\n  "iteration": 0\n}\n'
BASELINE = '{\n  "baseline_commit": "0123abc",\n  "iteration": 0\n}\n'


@pytest.fixture(scope="module")
def script_text():
    campaign = sample_campaign()
    rendered = render_artifacts(campaign, sample_contract(campaign))
    return next(item.text for item in rendered if item.artifact.id == "pre_commands")


@pytest.fixture
def project(git_repo, script_text):
    """A repository with a workspace that git ignores, before its baseline."""
    root = git_repo({"src/a.c": "int a;\n", ".gitignore": "*.o\n"}, name="my 'project'")
    make_workspace(root, script_text)
    return root


def make_workspace(root, script_text):
    for directory in (layout.AUTOGEN, layout.RECORD, f"{layout.RUNS}/baseline"):
        (root / directory).mkdir(parents=True)
    (root / layout.PRE_COMMANDS).write_text(script_text)
    (root / layout.STATE).write_text(NO_BASELINE)
    excludes(root).write_text(f"{layout.WORKSPACE}/\n")


def excludes(root):
    return root / git(root, "rev-parse", "--git-path", "info/exclude").strip()


def git(root, *words):
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, check=True, timeout=60)
    return os.fsdecode(done.stdout)


def build(root, script, run_dir=None):
    run_dir = run_dir or root / layout.RUNS / "baseline"
    command = build_command(Build(script=script, source=Source(file="goal.md", line=1)))
    words = [
        word.replace("{run_dir}", str(run_dir)).replace("{project_root}", str(root))
        for word in command
    ]
    return subprocess.run(
        words,
        cwd=root,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=60,
        check=False,
    )


def added(root):
    """The lines of the exclude file behind the workspace's own."""
    lines = excludes(root).read_bytes().decode(errors="surrogateescape").split("\n")
    assert lines.pop() == ""
    return lines[1:]


def is_clean(root):
    return git(root, "status", "--porcelain") == ""


def test_what_the_build_makes_is_ignored_from_then_on(project):
    result = build(project, "mkdir -p venv/bin && touch venv/bin/x src/_a.so src/a.o")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == (
        "pre_commands.sh: git now ignores what the build made (.git/info/exclude): "
        "/src/_a.so /venv/\n"
    )
    assert added(project) == [MARK, "/src/_a.so", "/venv/"]
    assert is_clean(project)


def test_a_second_build_has_nothing_to_add(project):
    build(project, "mkdir -p venv && touch venv/x")
    before = added(project)
    result = build(project, "mkdir -p venv && touch venv/y")
    assert (result.returncode, result.stderr, added(project)) == (0, "", before)


def test_a_build_that_fails_leaves_a_clean_tree_too(project):
    result = build(project, "mkdir venv\ntouch venv/x\nexit 3")
    assert result.returncode == 3
    assert added(project) == [MARK, "/venv/"]


CHANGES = """\
pre_commands.sh: the build changes what git tracks ({}): to FermiLink that is a crash.
pre_commands.sh: Made by the build? Take it out of git: git rm --cached it, name it in .gitignore, commit both.
pre_commands.sh: A source? Put it back (git checkout --) and mend the build in benchmark.yaml (check --seal).
"""


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        ("echo new >src/a.c", "src/a.c"),
        ("rm src/a.c\necho x >>.gitignore", ".gitignore src/a.c"),
        ("git mv src/a.c src/b.c", "src/a.c src/b.c"),
        ("touch src/a.c; chmod +x src/a.c", "src/a.c"),
    ],
)
def test_a_build_that_changes_tracked_files_fails_and_names_them(project, script, paths):
    result = build(project, script)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", CHANGES.format(paths))
    (project / layout.STATE).write_text(BASELINE)
    git(project, "reset", "--hard")
    assert build(project, script).stderr == CHANGES.format(paths)


def test_what_was_changed_before_the_build_is_not_its_doing(project):
    (project / "src/a.c").write_text("int b;\n")
    result = build(project, "touch src/a.c src/a.o")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_line_that_fails_is_told_beside_what_was_changed(project):
    result = build(project, "echo new >src/a.c\nexit 3")
    assert (result.returncode, result.stderr) == (3, CHANGES.format("src/a.c"))


def test_what_was_there_before_is_not_hidden(project):
    (project / "notes").mkdir()
    (project / "notes" / "mine.txt").write_text("x")
    (project / "mine.txt").write_text("x")
    (project / "empty").mkdir()
    build(project, "touch notes/built mine.txt empty/built src/built; echo >>src/a.c")
    assert added(project) == [MARK, "/empty/", "/src/built"]
    assert git(project, "status", "--porcelain").split() == ["M", "src/a.c", "??", "mine.txt", "??", "notes/"]  # fmt: skip


def test_after_the_baseline_nothing_is_hidden(project):
    (project / layout.STATE).write_text(BASELINE)
    result = build(project, "touch src/evil.py")
    assert (result.returncode, result.stderr, added(project)) == (0, "", [])


def test_before_any_state_products_are_ignored(project):
    (project / layout.STATE).unlink()
    build(project, "touch product")
    assert added(project) == [MARK, "/product"]


def test_in_the_agents_worktree_nothing_is_hidden(project, script_text):
    worktree = project.parent / "worktree"
    git(project, "worktree", "add", "-q", str(worktree))
    local = worktree / layout.RUNS / "local"
    (worktree / layout.AUTOGEN).mkdir(parents=True)
    (worktree / layout.PRE_COMMANDS).write_text(script_text)
    local.mkdir(parents=True)
    assert build(worktree, "touch one", project / layout.RUNS / "baseline").stderr == ""
    assert build(worktree, "touch two", local).stderr == ""
    assert added(project) == []


def test_a_repository_around_the_project_is_left_alone(git_repo, script_text):
    outer = git_repo({"project/a": "a"}, name="home")
    root = outer / "project"
    for directory in (layout.AUTOGEN, layout.RECORD, f"{layout.RUNS}/baseline"):
        (root / directory).mkdir(parents=True)
    (root / layout.PRE_COMMANDS).write_text(script_text)
    before = excludes(outer).read_bytes()
    result = build(root, "touch product")
    assert (result.returncode, result.stderr) == (0, "")
    assert excludes(outer).read_bytes() == before


def test_a_linked_worktree_can_be_the_project(project, script_text):
    root = project.parent / "linked"
    git(project, "worktree", "add", "-q", str(root))
    make_workspace(root, script_text)
    result = build(root, "mkdir out\ntouch out/x")
    assert result.stderr.endswith("/.git/info/exclude): /out/\n")
    assert is_clean(root)


@pytest.mark.parametrize("content", [None, b"", b"/x", b"/x\r\n"])
def test_the_exclude_file_may_be_missing_or_lack_its_line_end(project, content):
    (project / ".gitignore").write_text(f"{layout.WORKSPACE}/\n.gitignore\n")
    git(project, "commit", "-qam", "x")
    path = excludes(project)
    path.unlink()
    path.parent.rmdir()
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    assert build(project, "touch product").returncode == 0
    assert is_clean(project)
    start = (content or b"") + (b"\n" if content == b"/x" else b"")
    assert path.read_bytes() == start + f"{MARK}\n/product\n".encode()


ODD = [
    "!x",
    "#x",
    "-x",
    "a b",
    "end ",
    "end  ",
    "end\\ ",
    "cr\r",
    "two\nlines",
    "st*r",
    "qu?ry",
    "[ab]",
    "]",
    "back\\slash",
    "back\\",
    "tab\t",
    "\t",
    " ",
    "é 文",
    "\udcff\x01\x1b[31m",
    "'\"`$(touch x)",
    "**",
]


@pytest.mark.parametrize("directory", ["", "src/", "new/"])
def test_odd_names_are_matched(project, directory):
    for name in ODD:
        (project / "src" / f"{name}.list").touch()
    names = b"".join(os.fsencode(directory + name) + b"\0" for name in ODD)
    (project / layout.WORKSPACE / "names").write_bytes(names)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "x")
    script = f"mkdir -p new\nxargs -0 touch -- <{layout.WORKSPACE}/names"
    assert build(project, script).returncode == 0
    assert is_clean(project)


def test_a_sign_of_patterns_stands_for_itself(project):
    build(project, "touch 'qu?ry' 'st*r' '[ab]' 'back\\slash'")
    assert added(project) == [MARK, "/\\[ab\\]", "/back\\\\slash", "/qu\\?ry", "/st\\*r"]
    for name in ("query", "str", "a", "backslash"):
        (project / name).touch()
    assert git(project, "status", "--porcelain").count("??") == 4


def test_a_line_that_has_no_effect_is_written_once(project):
    (project / ".gitignore").write_text("!product\n")
    for _ in range(2):
        build(project, "rm -f product\ntouch product")
        git(project, "clean", "-fdq")
    assert added(project) == [MARK, "/product"]


def test_what_is_told_is_one_line_that_can_be_printed(project):
    (project / layout.WORKSPACE / "names").write_bytes(b"a\x1b[31m\nb\0c\xff\0")
    result = build(project, f"xargs -0 touch -- <{layout.WORKSPACE}/names")
    assert result.stderr == (
        "pre_commands.sh: git now ignores what the build made (.git/info/exclude): "
        "/a?\\[31m?b /c\udcff\n"
    )


NAME = st.binary(min_size=1, max_size=12).filter(
    lambda name: (
        not set(name) & set(b"\0/")
        and name not in {b".", b"..", b".git", b"src"}
        and not name.endswith(b".o")
    )
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.sets(NAME, min_size=1, max_size=8), other=NAME)
def test_any_name_is_ignored_and_its_neighbours_are_not(project, names, other):
    excludes(project).write_text(f"{layout.WORKSPACE}/\n")
    (project / layout.WORKSPACE / "names").write_bytes(b"".join(name + b"\0" for name in names))
    try:
        script = f"xargs -0 touch -- <{layout.WORKSPACE}/names"
        assert build(project, script).returncode == 0
        assert is_clean(project)
        if other not in names and not any(set(name) & set(b"\n\r\1") for name in names):
            (project / os.fsdecode(other)).touch()
            told = git(project, "status", "--porcelain", "-z")
            assert told == f"?? {os.fsdecode(other)}\0"
    finally:
        git(project, "clean", "-ffdxq", "-e", layout.WORKSPACE)


def test_up_to_two_hundred_paths_are_named(project):
    assert build(project, "touch src/x{1..200}").returncode == 0
    assert len(added(project)) == 201
    assert is_clean(project)


def test_more_are_refused(project):
    result = build(project, "touch src/x{100..300}")
    assert result.returncode == 1
    assert result.stderr == (
        "pre_commands.sh: the build makes 201 paths that git does not ignore: "
        "/src/x100 /src/x101 /src/x102 /src/x103 /src/x104 ...\n"
        "pre_commands.sh: FermiLink would delete them. Add patterns for them to .gitignore or "
        ".git/info/exclude.\n"
    )
    assert added(project) == []
