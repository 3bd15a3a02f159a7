"""What processes that die, race, or meet a real full disk leave behind."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
import traceback
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from unprivileged import without_override
from workspace.plans import new, plan, tree

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace.apply import apply_plan

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = tuple(new(f"autogen/file-{index}", b"x" * 5000) for index in range(5))
#: Every call by which `apply_plan` can change something.
CHANGING = ("open", "mkdir", "write", "fsync", "rename", "rmdir", "unlink", "truncate")


def in_child(work: Callable[[], int]) -> int:
    """Run `work` in a forked process; its wait status."""
    child = os.fork()
    if child == 0:
        status = 99
        try:
            status = work()
        except BaseException:  # noqa: BLE001 (the child must not return)
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def git_status(root) -> str:
    command = ["git", "status", "--porcelain", "--untracked-files=all"]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def apply_until_call(made, fatal: int) -> int:
    """Apply the plan, and die of SIGKILL instead of making the call of that number."""
    calls = [0]

    def deadly(real):
        def call(*args, **more):
            if calls[0] == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            calls[0] += 1
            return real(*args, **more)

        return call

    for name in CHANGING:
        setattr(os, name, deadly(getattr(os, name)))
    apply_plan(made)
    return 0


def test_a_process_killed_before_any_call_leaves_a_clean_status_and_the_next_one_works(git_repo):
    root = git_repo({"a.py": "x = 1\n"})
    pristine = (root / ".git/info/exclude").read_bytes()
    made, workspace = plan(root, FILES), root / ".fermilink-optimize"
    apply_plan(made)
    whole = tree(workspace)
    status, fatal = -1, 0
    while status != 0:
        shutil.rmtree(workspace)
        (root / ".git/info/exclude").write_bytes(pristine)
        status = in_child(partial(apply_until_call, made, fatal))
        assert git_status(root) == ""
        assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL
        if not workspace.exists():
            apply_plan(made)
        assert tree(workspace) == whole
        fatal += 1
    assert {path.name for path in root.iterdir()} == {"a.py", ".git", ".fermilink-optimize"}
    assert fatal > 20


@pytest.mark.slow
def test_processes_killed_at_random_moments_leave_all_or_nothing(git_repo):
    root = git_repo({"a.py": "x = 1\n"})
    made = plan(root, [new(f"autogen/file-{index}", b"x" * 50_000) for index in range(40)])
    started = time.perf_counter()
    apply_plan(made)
    lasts = time.perf_counter() - started
    whole = tree(root / ".fermilink-optimize")
    chance = random.Random(7)
    outcomes = set()
    for _ in range(100):
        shutil.rmtree(root / ".fermilink-optimize", ignore_errors=True)
        child = os.fork()
        if child == 0:
            try:
                apply_plan(made)
            finally:
                os._exit(0)
        time.sleep(chance.uniform(0, lasts))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        there = (root / ".fermilink-optimize").exists()
        outcomes.add(there)
        lasts *= 0.95 if there else 1.05  # so that both happen, however fast the machine is
        assert git_status(root) == ""
        if there:
            assert tree(root / ".fermilink-optimize") == whole
    assert outcomes == {True, False}
    shutil.rmtree(root / ".fermilink-optimize", ignore_errors=True)
    apply_plan(made)
    assert {path.name for path in root.iterdir()} == {"a.py", ".git", ".fermilink-optimize"}


def test_of_two_at_once_one_wins_and_the_other_is_refused(git_repo):
    root = git_repo({"a.py": "x = 1\n"})
    for _ in range(10):
        gate_out, gate_in = os.pipe()
        children = []
        for number in range(2):
            made = plan(root, [new("program.md", f"{number}\n".encode() * 5000), *FILES])
            child = os.fork()
            if child == 0:
                os.read(gate_out, 1)
                try:
                    apply_plan(made)
                except ScaffoldError as error:
                    told = "another `init` or `regen` is at work" in str(error) or "already" in str(
                        error
                    )
                    os._exit(2 if told else 3)
                os._exit(0)
            children.append(child)
        os.write(gate_in, b"go")
        statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        os.close(gate_in)
        os.close(gate_out)
        assert sorted(statuses) == [0, 2]
        winner = f"{statuses.index(0)}\n".encode() * 5000
        assert (root / ".fermilink-optimize/program.md").read_bytes() == winner
        assert git_status(root) == ""
        assert {path.name for path in root.iterdir()} == {"a.py", ".git", ".fermilink-optimize"}
        shutil.rmtree(root / ".fermilink-optimize")


def test_a_project_where_nothing_may_be_written_is_left_alone(git_repo):
    root = git_repo({"a.py": "x = 1\n"})
    made = plan(root, FILES)
    root.chmod(0o555)
    before = tree(root)

    def refused() -> str:
        with pytest.raises(ScaffoldError) as error:
            apply_plan(made)
        return str(error.value)

    told = without_override(refused)
    assert told == f"{root}: cannot be written: Permission denied\nNothing was changed."
    root.chmod(0o755)
    before["."] = None
    assert tree(root) | {".": None} == before


@contextmanager
def small_disk(place, size: str):
    """A file system of its own; only root can have one."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.mark.slow
def test_a_disk_that_really_fills_half_way_is_left_as_it_was(tmp_path):
    with small_disk(tmp_path / "disk", "1m") as disk:
        subprocess.run(["git", "init", "-q", disk / "project"], check=True)
        (disk / "project/.git/info/exclude").write_bytes(b"*.log")
        made = plan(disk / "project", [new(f"f{i:02}", b"x" * 40_000) for i in range(40)])
        before = tree(disk / "project")
        with pytest.raises(ScaffoldError) as caught:
            apply_plan(made)
        where, _, what = str(caught.value).partition(": ")
        assert where.startswith(f"{disk}/project/.fermilink-optimize/f")
        assert what == "cannot be written: No space left on device\nNothing was changed."
        assert tree(disk / "project") == before


@pytest.mark.slow
def test_a_read_only_disk_is_named(tmp_path):
    with small_disk(tmp_path / "disk", "1m") as disk:
        subprocess.run(["git", "init", "-q", disk / "project"], check=True)
        made = plan(disk / "project", FILES)
        before = tree(disk / "project")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with pytest.raises(ScaffoldError) as caught:
            apply_plan(made)
        assert str(caught.value) == (
            f"{disk}/project/.git/info/exclude: cannot be written: Read-only file system\n"
            "Nothing was changed."
        )
        assert tree(disk / "project") == before
