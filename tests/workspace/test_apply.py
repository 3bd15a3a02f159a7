from __future__ import annotations

import errno
import os
import stat
import subprocess

import pytest
from workspace.plans import new, plan, tree

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace.apply import apply_plan

FILES = (
    new("program.md", b"# Play\r\n\xc3\xb6"),
    new("autogen/run_optimize.sh", b"#!/bin/bash\n", executable=True),
    new("results.tsv", b"", policy="seeded"),
    new(".scaffold/base/program.md", b"# Play\n", policy="record"),
)
LINES = b".fermilink-optimize/\nskills/\nprojects/\n"


@pytest.fixture
def project(git_repo):
    root = git_repo({"a.py": "x = 1\n"})
    (root / ".git" / "info" / "exclude").write_bytes(b"# mine\n*.log")
    return root


@pytest.fixture
def full_plan(project, tmp_path):
    (tmp_path / "water.xyz").write_bytes(b"3\nwater\n")
    (tmp_path / "prepare").write_bytes(b"#!/bin/sh\n")
    (tmp_path / "prepare").chmod(0o700)
    copies = [
        ("inputs/all/water.xyz", tmp_path / "water.xyz"),
        ("inputs/all/deep/er/prepare", tmp_path / "prepare"),
    ]
    return plan(project, FILES, copies)


def git_status(root) -> str:
    command = ["git", "status", "--porcelain", "--untracked-files=all"]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def refusal(made) -> str:
    with pytest.raises(ScaffoldError) as caught:
        apply_plan(made)
    return str(caught.value)


@pytest.mark.parametrize(
    ("umask", "plain", "executable", "directory"),
    [
        (0o022, "-rw-r--r--", "-rwxr-xr-x", "drwxr-xr-x"),
        (0o077, "-rw-------", "-rwx------", "drwx------"),
        (0o002, "-rw-rw-r--", "-rwxrwxr-x", "drwxrwxr-x"),
    ],
)
def test_everything_planned_is_written_and_nothing_else(
    project, full_plan, umask, plain, executable, directory
):
    before = tree(project)
    old = os.umask(umask)
    try:
        apply_plan(full_plan)
    finally:
        os.umask(old)
    after = tree(project)
    assert after.pop(".git/info/exclude") == ("-rw-r--r--", b"# mine\n*.log\n" + LINES)
    before.pop(".git/info/exclude")
    workspace = ".fermilink-optimize"
    assert after == before | {
        workspace: (directory, None),
        f"{workspace}/program.md": (plain, b"# Play\r\n\xc3\xb6"),
        f"{workspace}/results.tsv": (plain, b""),
        f"{workspace}/autogen": (directory, None),
        f"{workspace}/autogen/run_optimize.sh": (executable, b"#!/bin/bash\n"),
        f"{workspace}/.scaffold": (directory, None),
        f"{workspace}/.scaffold/base": (directory, None),
        f"{workspace}/.scaffold/base/program.md": (plain, b"# Play\n"),
        f"{workspace}/inputs": (directory, None),
        f"{workspace}/inputs/all": (directory, None),
        f"{workspace}/inputs/all/water.xyz": (plain, b"3\nwater\n"),
        f"{workspace}/inputs/all/deep": (directory, None),
        f"{workspace}/inputs/all/deep/er": (directory, None),
        f"{workspace}/inputs/all/deep/er/prepare": (executable, b"#!/bin/sh\n"),
    }
    assert git_status(project) == ""


def test_a_second_init_is_refused_and_changes_nothing(project, full_plan):
    apply_plan(full_plan)
    before = tree(project)
    assert "the project has a workspace already" in refusal(full_plan)
    assert tree(project) == before


def test_a_large_input_is_copied_whole(project, tmp_path):
    data = os.urandom((1 << 20) * 2 + 17)
    (tmp_path / "big.dat").write_bytes(data)
    apply_plan(plan(project, [], [("inputs/all/big.dat", tmp_path / "big.dat")]))
    assert (project / ".fermilink-optimize/inputs/all/big.dat").read_bytes() == data


def test_an_exclude_file_that_has_all_lines_is_not_touched(project, full_plan):
    exclude = project / ".git/info/exclude"
    exclude.write_bytes(LINES)
    os.utime(exclude, (1, 1))
    apply_plan(full_plan)
    assert (exclude.read_bytes(), exclude.stat().st_mtime) == (LINES, 1)


def test_a_missing_info_directory_is_made(project, full_plan):
    (project / ".git/info/exclude").unlink()
    (project / ".git/info").rmdir()
    apply_plan(full_plan)
    assert (project / ".git/info/exclude").read_bytes() == LINES


def test_a_linked_exclude_file_stays_a_link(project, full_plan, tmp_path):
    exclude, shared = project / ".git/info/exclude", tmp_path / "shared"
    exclude.rename(shared)
    exclude.symlink_to(shared)
    apply_plan(full_plan)
    assert exclude.is_symlink()
    assert shared.read_bytes() == b"# mine\n*.log\n" + LINES


def test_the_exclude_file_keeps_its_mode_and_line_ends(project, full_plan):
    exclude = project / ".git/info/exclude"
    exclude.write_bytes(b"*.log\r\n\xff\r\n")
    exclude.chmod(0o640)
    apply_plan(full_plan)
    assert exclude.read_bytes() == b"*.log\r\n\xff\r\n" + LINES.replace(b"\n", b"\r\n")
    assert stat.S_IMODE(exclude.stat().st_mode) == 0o640


def test_an_exclude_file_that_is_a_directory_is_the_users_to_mend(project, full_plan):
    exclude = project / ".git/info/exclude"
    exclude.unlink()
    exclude.mkdir()
    before = tree(project)
    assert refusal(full_plan) == (
        f"{exclude}: cannot be written: Is a directory\nNothing was changed."
    )
    assert tree(project) == before


def test_what_a_killed_init_left_is_removed_and_look_alikes_are_not(project, full_plan):
    left = project / ".fermilink-optimize.new-0123abcd/.fermilink-optimize/autogen"
    left.mkdir(parents=True)
    (left / "x").write_text("half")
    (project / ".fermilink-optimize.new-00000000").mkdir()
    keep = [
        project / ".fermilink-optimize.new-mine",
        project / ".fermilink-optimize.new-11111111",
    ]
    for directory in keep:
        directory.mkdir()
        (directory / "notes").write_text("mine")
    (project / ".fermilink-optimize.new-22222222").symlink_to(keep[0])
    apply_plan(full_plan)
    assert sorted(path.name for path in project.iterdir()) == [
        ".fermilink-optimize",
        ".fermilink-optimize.new-11111111",
        ".fermilink-optimize.new-22222222",
        ".fermilink-optimize.new-mine",
        ".git",
        "a.py",
    ]


def test_an_input_that_vanished_is_named_and_nothing_is_changed(project, full_plan, tmp_path):
    before = tree(project)
    (tmp_path / "water.xyz").unlink()
    assert refusal(full_plan) == (
        f"{tmp_path}/water.xyz: cannot be read: No such file or directory\nNothing was changed."
    )
    assert tree(project) == before


@pytest.mark.parametrize("kind", ["file", "link", "directory"])
def test_what_appears_in_the_workspaces_place_meanwhile_is_kept(
    project, full_plan, monkeypatch, kind
):
    place, real = project / ".fermilink-optimize", os.rename

    def rename(source: str, target: str) -> None:
        if kind == "file":
            place.write_text("mine")
        elif kind == "link":
            place.symlink_to("a.py")
        else:
            place.mkdir()
            (place / "program.md").write_text("mine")
        real(source, target)

    monkeypatch.setattr(os, "rename", rename)
    refusal(full_plan)
    kept = place / "program.md" if kind == "directory" else place
    assert kept.read_text() == ("x = 1\n" if kind == "link" else "mine")
    assert sorted(path.name for path in project.iterdir()) == [
        ".fermilink-optimize",
        ".git",
        "a.py",
    ]


WRITING = ("mkdir", "write", "fsync", "rename")


def failing_from(monkeypatch, start: int, number: int) -> list[int]:
    """From the `start`th call that needs the disk on, each fails; the list counts the calls."""
    calls = [0]

    def wrap(name: str):
        real = getattr(os, name)

        def call(*args, **more):
            calls[0] += 1
            if calls[0] > start:
                raise OSError(number, os.strerror(number))
            return real(*args, **more)

        monkeypatch.setattr(os, name, call)

    for name in WRITING:
        wrap(name)
    real_open = os.open

    def open_(path, flags, mode=0o777, **more):
        if flags & os.O_CREAT:
            calls[0] += 1
            if calls[0] > start:
                raise OSError(number, os.strerror(number), path)
        return real_open(path, flags, mode, **more)

    monkeypatch.setattr(os, "open", open_)
    return calls


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
def test_a_disk_that_fails_at_any_moment_leaves_everything_as_it_was(
    project, full_plan, monkeypatch, number
):
    before, messages, start = tree(project), set(), 0
    while True:
        with monkeypatch.context() as patched:
            failing_from(patched, start, number)
            try:
                apply_plan(full_plan)
            except ScaffoldError as error:
                messages.add(str(error))
            else:
                break
        if os.path.lexists(project / ".fermilink-optimize"):
            pytest.fail(f"a workspace is there though call {start} failed")
        assert tree(project) == before
        start += 1
    assert start > 30
    places = {message.partition(": cannot be written: ")[0] for message in messages}
    workspace = f"{project}/.fermilink-optimize"
    assert places == {
        f"{project}/.git/info/exclude",
        f"{project}",
        workspace,
        *(f"{workspace}/{path}" for path in ("autogen", ".scaffold", ".scaffold/base")),
        *(f"{workspace}/inputs{path}" for path in ("", "/all", "/all/deep", "/all/deep/er")),
        *(f"{project}/{item.path}" for item in (*full_plan.files, *full_plan.copies)),
    }
    assert {message.partition(": cannot be written: ")[2] for message in messages} == {
        f"{os.strerror(number)}\nNothing was changed."
    }


def test_a_short_write_to_the_exclude_file_is_taken_back(project, full_plan, monkeypatch):
    before, real = tree(project), os.write

    def write(handle: int, data: bytes) -> int:
        if len(data) > 8:
            return real(handle, bytes(data)[:8])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", write)
    assert refusal(full_plan).startswith(
        f"{project}/.git/info/exclude: cannot be written: No space"
    )
    assert tree(project) == before


@pytest.mark.parametrize("moment", range(4))
def test_an_interrupt_leaves_everything_as_it_was(project, full_plan, monkeypatch, moment):
    before, real, calls = tree(project), os.mkdir, []

    def mkdir(*args) -> None:
        calls.append(args)
        if len(calls) > moment:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(os, "mkdir", mkdir)
    with pytest.raises(KeyboardInterrupt):
        apply_plan(full_plan)
    assert tree(project) == before


def test_a_file_size_limit_is_told_like_a_full_disk(project, tmp_path):
    import resource

    (tmp_path / "big.dat").write_bytes(b"x" * 100_000)
    made = plan(project, FILES, [("inputs/all/big.dat", tmp_path / "big.dat")])
    before = tree(project)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        message = refusal(made)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert message == (
        f"{project}/.fermilink-optimize/inputs/all/big.dat: cannot be written: File too large\n"
        "Nothing was changed."
    )
    assert tree(project) == before
