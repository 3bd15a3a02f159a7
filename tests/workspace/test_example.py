from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.resources import resource_path
from fermilink_scaffold.workspace.example import copied_example


def git(root, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout


def test_the_example_is_a_clean_git_repository_with_one_commit(tmp_path, monkeypatch):
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{name}_NAME")
        monkeypatch.delenv(f"GIT_{name}_EMAIL")
    root = tmp_path / "a new one"
    with copied_example(os.fspath(root)):
        pass
    assert git(root, "log", "--format=%an <%ae> %s") == (
        "fermilink-scaffold <demo@example.org> Start with clear and slow loops\n"
    )
    assert git(root, "status", "--porcelain", "--ignored") == "!! goal.md\n"
    assert git(root, "ls-files").splitlines() == sorted(
        os.path.relpath(os.path.join(directory, name), resource_path("fixtures", "demo"))
        for directory, _, names in os.walk(resource_path("fixtures", "demo"))
        for name in names
        if not name.endswith(".pyc") and name != "goal.md"
    )


def test_no_hook_signature_template_or_setting_of_the_user_reaches_it(tmp_path, monkeypatch):
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    (tmp_path / "config").write_text(
        f"[core]\nhooksPath = {hooks}\nexcludesFile = {tmp_path}/ignore\nautocrlf = true\n"
        "[commit]\ngpgSign = true\n[user]\nname = Nobody\n"
        f"[init]\ntemplateDir = {tmp_path}\n"
    )
    (tmp_path / "ignore").write_text("*.xyz\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.fspath(tmp_path / "config"))
    monkeypatch.setenv("GIT_DIR", os.fspath(tmp_path / "elsewhere"))
    root = tmp_path / "demo"
    with copied_example(os.fspath(root)):
        pass
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert "clusters/lj38.xyz" in git(root, "ls-files").splitlines()
    assert git(root, "log", "--format=%an") == "fermilink-scaffold\n"
    assert not (root / ".git/hooks").exists()


def test_an_empty_directory_may_be_there(tmp_path):
    with copied_example(os.fspath(tmp_path)):
        pass
    assert (tmp_path / "goal.md").exists()


@pytest.mark.parametrize("existing", ["filled", "file", "link"])
def test_anything_else_in_its_place_is_refused_and_kept(tmp_path, existing):
    (tmp_path / "filled").mkdir()
    (tmp_path / "filled/notes").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    told = {
        "filled": "is not empty",
        "file": "cannot be used: Not a directory",
        "link": "is a link to nowhere",
    }
    place = tmp_path / existing
    with pytest.raises(ScaffoldError) as caught, copied_example(os.fspath(place)):
        pass
    assert str(caught.value) == (
        f"{place}: {told[existing]}\nName another directory: fermilink-scaffold demo DIR"
    )
    assert (tmp_path / "filled/notes").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "filled", "link"]


def test_a_missing_parent_is_told(tmp_path):
    with pytest.raises(ScaffoldError) as caught, copied_example(f"{tmp_path}/a/b"):
        pass
    assert str(caught.value) == f"{tmp_path}/a/b: cannot be written: No such file or directory"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("existed", [True, False])
def test_what_fails_later_takes_the_copy_back(tmp_path, existed):
    place = tmp_path / "demo"
    if existed:
        place.mkdir()
    with pytest.raises(ScaffoldError, match="later"), copied_example(os.fspath(place)):
        raise ScaffoldError("later")
    assert [path.name for path in tmp_path.rglob("*")] == (["demo"] if existed else [])


def test_a_machine_without_git_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(ScaffoldError) as caught, copied_example(f"{tmp_path}/demo"):
        pass
    assert str(caught.value) == "git is not on PATH\nInstall git and try again."
    assert list(tmp_path.iterdir()) == []


def test_the_examples_own_tests_pass():
    done = subprocess.run(
        [sys.executable, "-B", "-m", "unittest", "discover", "tests"],
        cwd=resource_path("fixtures", "demo"),
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.splitlines()[-1:]) == (0, ["OK"])
