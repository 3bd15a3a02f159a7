from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace.excludes import exclude_file, missing_lines

PATTERNS = ("a/", "b/")


def git_says(root) -> str:
    """git's own answer, absolute."""
    out = subprocess.run(
        ["git", "rev-parse", "--git-path", "info/exclude"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.rstrip("\n")
    return os.path.realpath(os.path.join(root, out))


def test_the_place_in_a_plain_repository_is_gits_own(git_repo):
    root = git_repo()
    assert exclude_file(os.fspath(root)) == git_says(root) == f"{root}/.git/info/exclude"


def test_a_worktree_has_the_file_of_the_main_repository(git_repo, tmp_path):
    root, other = git_repo({"a": "x"}), tmp_path / "other tree"
    subprocess.run(["git", "worktree", "add", "-q", "-b", "side", other], cwd=root, check=True)
    assert exclude_file(os.fspath(other)) == git_says(other) == f"{root}/.git/info/exclude"


def test_a_separate_git_directory_is_followed(tmp_path):
    root, separate = tmp_path / "root", tmp_path / "git dir"
    subprocess.run(["git", "init", "-q", "--separate-git-dir", separate, root], check=True)
    assert exclude_file(os.fspath(root)) == git_says(root) == f"{separate}/info/exclude"


def test_a_submodule_has_its_own_file(git_repo):
    inner, root = git_repo({"a": "x"}, name="inner"), git_repo({"b": "x"}, name="outer")
    command = ["git", "-c", "protocol.file.allow=always", "submodule", "add", "-q", inner, "sub"]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    sub = root / "sub"
    assert exclude_file(os.fspath(sub)) == git_says(sub) == f"{root}/.git/modules/sub/info/exclude"


@pytest.mark.parametrize("content", [b"", b"gitdir: ", b"something else\n"])
def test_a_git_file_that_points_nowhere_is_no_repository(tmp_path, content):
    (tmp_path / ".git").write_bytes(content)
    with pytest.raises(ScaffoldError, match="not the top directory of a git repository"):
        exclude_file(os.fspath(tmp_path))


@pytest.mark.parametrize(
    ("existing", "added"),
    [
        (b"", b"a/\nb/\n"),
        (b"# comment\n", b"a/\nb/\n"),
        (b"x", b"\na/\nb/\n"),
        (b"a/\n", b"b/\n"),
        (b"b/\na/", b""),
        (b"a/  \nb/\r\n", b""),
        (b"x\r\ny\r\n", b"a/\r\nb/\r\n"),
        (b"x\r\ny", b"\r\na/\r\nb/\r\n"),
        (b"a/\nb/\n!a/\n", b"a/\n"),
        (b"!a/\na/\nb/\n", b""),
        (b"#a/\n a/\nsrc/a/\nb/\n", b"a/\n"),
        (b"\xff\xfe\n", b"a/\nb/\n"),
    ],
)
def test_only_what_is_missing_is_added_in_the_files_own_line_ends(existing, added):
    assert missing_lines(existing, PATTERNS) == added


@given(
    st.lists(st.sampled_from([b"a/", b"b/", b"!a/", b"!b/", b"", b"#", b"x\xff"])), st.booleans()
)
def test_adding_twice_adds_nothing(lines, ended):
    existing = b"\n".join(lines) + (b"\n" if ended else b"")
    once = existing + missing_lines(existing, PATTERNS)
    assert missing_lines(once, PATTERNS) == b""
