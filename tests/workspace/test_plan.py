from __future__ import annotations

import os

import pytest
from workspace.plans import new, plan, tree

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.layout import GIT_EXCLUDES
from fermilink_scaffold.workspace.plan import Copy, NewFile, plan_init


def refusal(*args) -> str:
    with pytest.raises(ScaffoldError) as caught:
        plan_init(*args)
    return str(caught.value)


def test_a_plan_holds_what_it_was_given_and_writes_nothing(git_repo, tmp_path):
    root = git_repo({"a.py": "x = 1\n"})
    before = tree(root)
    (tmp_path / "water.xyz").write_text("3\n")
    made = plan(root, [new("program.md")], [("inputs/all/water.xyz", tmp_path / "water.xyz")])
    assert made.root == os.fspath(root)
    assert made.files == (NewFile(path=".fermilink-optimize/program.md", data=b"text\n"),)
    assert made.copies == (
        Copy(
            path=".fermilink-optimize/inputs/all/water.xyz",
            origin=os.fspath(tmp_path / "water.xyz"),
        ),
    )
    assert made.exclude_patterns == GIT_EXCLUDES
    assert tree(root) == before


def test_an_existing_workspace_is_refused(git_repo):
    root = git_repo()
    (root / ".fermilink-optimize").mkdir()
    assert refusal(os.fspath(root), [], [], GIT_EXCLUDES) == (
        f"{root}/.fermilink-optimize: the project has a workspace already\n"
        "Edit its scaffold.yaml or the goal, then run: fermilink-scaffold regen"
    )


@pytest.mark.parametrize("target", ["there", "nowhere"])
def test_a_link_in_the_workspaces_place_is_refused(git_repo, target):
    root = git_repo({"there/a": "x"})
    (root / ".fermilink-optimize").symlink_to(target)
    assert refusal(os.fspath(root), [], [], GIT_EXCLUDES) == (
        f"{root}/.fermilink-optimize: is a symbolic link, and the workspace would go there\n"
        "Move it away and run `init` again."
    )


def test_a_file_in_the_workspaces_place_is_refused(git_repo):
    root = git_repo({".fermilink-optimize": "mine"})
    assert refusal(os.fspath(root), [], [], GIT_EXCLUDES) == (
        f"{root}/.fermilink-optimize: is a file, and the workspace would go there\n"
        "Move it away and run `init` again."
    )


def test_a_directory_without_git_is_refused(tmp_path):
    assert refusal(os.fspath(tmp_path), [], [], GIT_EXCLUDES) == (
        f"{tmp_path}: is not the top directory of a git repository\n"
        "FermiLink works on commits: run `git init` there and commit the code."
    )


@pytest.mark.parametrize(
    "path",
    [
        "",
        "program.md",
        ".fermilink-optimize",
        ".fermilink-optimize/",
        ".fermilink-optimize/../a",
        ".fermilink-optimize/a/../../b",
        ".fermilink-optimize/./a",
        ".fermilink-optimize//a",
        ".fermilink-optimize/a\0b",
        "/etc/.fermilink-optimize/a",
        "x/.fermilink-optimize/a",
    ],
)
def test_a_path_that_is_not_inside_the_workspace_is_refused(git_repo, path):
    root = os.fspath(git_repo())
    wrong = "is no path inside the workspace"
    assert refusal(root, [NewFile(path=path, data=b"")], [], GIT_EXCLUDES).endswith(wrong)
    assert refusal(root, [], [Copy(path=path, origin=__file__)], GIT_EXCLUDES).endswith(wrong)


def test_two_files_of_one_name_are_refused(git_repo):
    copy = Copy(path=".fermilink-optimize/a", origin=__file__)
    assert refusal(os.fspath(git_repo()), [new("a")], [copy], GIT_EXCLUDES) == (
        ".fermilink-optimize/a: two files would have this place in the workspace\n"
        "Give one of them another name."
    )


def test_a_file_that_would_also_be_a_directory_is_refused(git_repo):
    files = [new("inputs/all/a/b"), new("inputs/all/a")]
    assert refusal(os.fspath(git_repo()), files, [], GIT_EXCLUDES) == (
        ".fermilink-optimize/inputs/all/a: would be a file and also the directory of "
        ".fermilink-optimize/inputs/all/a/b\n"
        "Give one of them another name."
    )


def test_an_origin_that_is_no_regular_file_is_refused(git_repo, tmp_path):
    root = os.fspath(git_repo())
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dir").mkdir()

    def copy_of(name: str) -> str:
        origin = os.fspath(tmp_path / name)
        return refusal(root, [], [Copy(path=".fermilink-optimize/a", origin=origin)], GIT_EXCLUDES)

    assert copy_of("absent") == f"{tmp_path}/absent: cannot be read: No such file or directory"
    assert copy_of("loop") == f"{tmp_path}/loop: cannot be read: Too many levels of symbolic links"
    assert copy_of("pipe") == f"{tmp_path}/pipe: is not a regular file, so it cannot be staged"
    assert copy_of("dir") == f"{tmp_path}/dir: is not a regular file, so it cannot be staged"


def test_an_origin_without_read_permission_is_refused(git_repo, tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("x")
    monkeypatch.setattr(os, "access", lambda *_: False)
    origin = os.fspath(tmp_path / "secret")
    copies = [Copy(path=".fermilink-optimize/a", origin=origin)]
    assert refusal(os.fspath(git_repo()), [], copies, GIT_EXCLUDES) == (
        f"{origin}: cannot be read: Permission denied"
    )
