"""What a killed, failing or misled regeneration leaves behind."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from workspace.plans import tree
from workspace.regens import Case, File, files, make, planned, put, regenerate
from workspace.test_apply_crash import in_child

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace import journal
from fermilink_scaffold.workspace.apply import apply_plan, only_one
from fermilink_scaffold.workspace.journal import finish
from fermilink_scaffold.workspace.manifest import has_journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OLD, NEW = (File(data=b"%s line\n" % word * 50) for word in (b"old", b"new"))
MINE = File(data=OLD.data + b"mine\n", executable=True)
CASES = (
    Case(path="a.md", base=OLD, disk=OLD, new=NEW),
    Case(path="b.md", base=OLD, disk=MINE, new=File(data=b"first\n" + OLD.data)),
    Case(path="autogen/c.md", base=OLD, disk=OLD, new=None),
    Case(path="autogen/stays.md", base=OLD, disk=OLD, new=OLD),
    Case(path="deep/er/d.md", base=None, disk=None, new=NEW),
    Case(path="moved/e.md", old_path="autogen/e.md", base=OLD, disk=MINE, new=OLD),
    Case(path="f.md", base=OLD, disk=File(data=b"mine\n"), new=NEW),
    Case(path="inputs/all/g.txt", policy="input", base=OLD, disk=OLD, new=NEW),
)
#: Every call by which a regeneration can change something.
CHANGING = (
    "open", "mkdir", "makedirs", "write", "fsync", "link", "chmod", "rename", "replace", "rmdir", "unlink",
)  # fmt: skip


@pytest.fixture
def states(tmp_path):
    """A project before, and the trees of its workspace before and after a regeneration."""
    root = tmp_path / "project"
    root.mkdir()
    (root / ".git" / "info").mkdir(parents=True)
    make(root, CASES)
    made = planned(root, CASES)
    kept = tmp_path / "kept"
    shutil.copytree(root, kept)
    old = tree(root / ".fermilink-optimize")
    apply_plan(made.plan)
    new = tree(root / ".fermilink-optimize")
    assert old != new
    return root, kept, made.plan, old, new


def reset(root: Path, kept: Path) -> None:
    shutil.rmtree(root)
    shutil.copytree(kept, root)


def complete(root: Path) -> None:
    """What the next run does first."""
    with only_one(os.fspath(root)):
        finish(os.fspath(root))


def until_call(work: Callable[[], object], fatal: int) -> int:
    """Do the work, and die of SIGKILL instead of making the call of that number."""
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
    work()
    return 0


def test_killed_before_any_call_it_leaves_the_old_or_the_new_workspace(states):
    root, kept, plan, old, new = states
    ends = set()
    status, fatal = -1, 0
    while status != 0:
        reset(root, kept)
        status = in_child(partial(until_call, partial(apply_plan, plan), fatal))
        assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL
        complete(root)
        found = tree(root / ".fermilink-optimize")
        assert found in (old, new), fatal
        ends.add(found == new)
        fatal += 1
    assert ends == {False, True}
    assert fatal > 40


@pytest.mark.slow
def test_the_completion_may_be_killed_as_well(states):
    root, kept, plan, old, new = states
    status, first = -1, 0
    while status != 0:
        reset(root, kept)
        status = in_child(partial(until_call, partial(apply_plan, plan), first))
        half = root.with_name("half")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(root, half)
        second, again = 0, -1
        while again != 0:
            reset(root, half)
            again = in_child(partial(until_call, partial(complete, root), second))
            complete(root)
            assert tree(root / ".fermilink-optimize") in (old, new), (first, second)
            second += 3
        first += 5


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_the_old_or_the_new_workspace(states):
    root, kept, plan, old, new = states
    ends = {False: 0, True: 0}
    for number in range(600):
        reset(root, kept)
        child = os.fork()
        if child == 0:
            apply_plan(plan)
            os._exit(0)
        time.sleep(random.Random(number).uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        complete(root)
        found = tree(root / ".fermilink-optimize")
        assert found in (old, new), number
        ends[found == new] += 1
    print(ends)


def journal_of(states) -> Path:
    """The project as it is when a regeneration died with its journal written and nothing done."""
    root, kept, plan, *_ = states
    reset(root, kept)

    def die_when_decided() -> int:
        journal._carry_out = lambda *_: os._exit(0)
        apply_plan(plan)
        return 1

    assert in_child(die_when_decided) == 0
    assert (root / ".fermilink-optimize/.scaffold/journal.json").exists()
    return root


def test_what_was_changed_since_a_crash_is_left_alone_and_not_taken_for_merged(states):
    root = journal_of(states)
    put(root, "a.md", File(data=b"since\n"))
    with only_one(os.fspath(root)):
        left = finish(os.fspath(root))
    assert left == (".fermilink-optimize/a.md",)
    found = files(root)
    assert found["a.md"] == File(data=b"since\n")
    assert found["deep/er/d.md"] == NEW
    made = regenerate(
        root,
        [
            Case(path=case.path, new=case.new)
            for case in CASES
            if case.new and case.policy == "managed"
        ],
    )
    outcomes = {outcome.path.rpartition("/")[2]: outcome.action for outcome in made.outcomes}
    assert outcomes["a.md"] == "conflict"


@pytest.mark.parametrize(
    "change",
    [
        {"path": "../outside.txt"},
        {"path": ".fermilink-optimize/../../outside.txt"},
        {"path": "/tmp/outside.txt"},
        {"path": ".git/config"},
        {"pending": "../../../../outside.txt"},
        {"pending": "journal"},
        {"after": {"digest": "0", "mode": "x"}},
    ],
)
def test_a_strangers_journal_leads_nowhere(states, change):
    root = journal_of(states)
    file = root / ".fermilink-optimize/.scaffold/journal.json"
    data = json.loads(file.read_text())
    data["steps"][0].update(change)
    file.write_text(json.dumps(data))
    (root.parent / "outside.txt").write_text("mine\n")
    before = tree(root.parent)
    with pytest.raises(ScaffoldError):
        complete(root)
    assert tree(root.parent) == before


def test_a_journal_behind_a_link_leads_nowhere(states, tmp_path):
    root = journal_of(states)
    workspace = root / ".fermilink-optimize"
    shutil.rmtree(workspace / "deep", ignore_errors=True)
    (tmp_path / "outside").mkdir()
    (workspace / "deep").symlink_to(tmp_path / "outside")
    with pytest.raises(ScaffoldError, match="symbolic link"):
        complete(root)
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("text", [b"", b"{", b"{}", b"[]", b'{"steps": [3], "event": null}'])
def test_what_is_no_journal_is_refused(states, text):
    root = states[0]
    (root / ".fermilink-optimize/.scaffold/journal.json").write_bytes(text)
    assert has_journal(os.fspath(root))
    with pytest.raises(ScaffoldError, match="is no journal"):
        complete(root)


def test_it_fails_at_any_call_with_nothing_changed_or_all_done(states, monkeypatch):
    root, kept, plan, old, new = states
    fatal, failed, errors = 0, True, []
    while failed:
        reset(root, kept)
        calls = [0]

        def failing(real, calls=calls, fatal=fatal):
            def call(*args, **more):
                calls[0] += 1
                if calls[0] == fatal + 1:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return real(*args, **more)

            return call

        with monkeypatch.context() as patched:
            for name in CHANGING:
                patched.setattr(os, name, failing(getattr(os, name)))
            try:
                apply_plan(plan)
                failed = calls[0] > fatal
            except ScaffoldError as error:
                errors.append(str(error))
        complete(root)
        found = tree(root / ".fermilink-optimize")
        assert found in (old, new), (fatal, found.keys() ^ new.keys(), found.keys() ^ old.keys())
        fatal += 1
    assert all("No space left" in error for error in errors)
    assert len(errors) > 40


@pytest.mark.parametrize(("name", "mode"), [("a.md", 0o444), ("deep", 0o555)])
def test_what_is_read_only_stops_it(states, name, mode):
    root, kept, *_ = states
    reset(root, kept)
    place = root / ".fermilink-optimize" / name
    if name == "deep":
        place.mkdir()
    place.chmod(mode)
    before = tree(root)
    made = planned(root, CASES)
    with pytest.raises(ScaffoldError, match="is read-only"):
        apply_plan(made.plan)
    assert tree(root) == before


def test_a_file_that_changes_meanwhile_stops_it(states):
    root, kept, plan, *_ = states
    reset(root, kept)
    put(root, "f.md", File(data=b"later\n"))
    before = tree(root)
    with pytest.raises(ScaffoldError, match="was changed while `regen` was at work"):
        apply_plan(plan)
    assert tree(root) == before


def test_two_at_once_are_refused(states):
    root, kept, plan, *_ = states
    reset(root, kept)
    with only_one(os.fspath(root)), pytest.raises(ScaffoldError, match="is at work"):
        apply_plan(plan)
