"""Writing what was planned: all of it or nothing.

For a new workspace the order makes every moment safe to be killed at. First git's exclude
file gets its lines, in one write. Then everything is written below a holder beside the
workspace's place, `.fermilink-optimize.new-XXXXXXXX/.fermilink-optimize/`: the pattern
`.fermilink-optimize/` matches at any depth, so git never sees a half-written tree. One
rename puts it in place. What a killed run leaves is removed by the next one.

In a workspace that is there, files are replaced through a journal (see `journal`).
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.layout import WORKSPACE
from fermilink_scaffold.workspace.excluding import append_excludes
from fermilink_scaffold.workspace.plan import refuse_existing
from fermilink_scaffold.workspace.writing import copy_file, flush, flush_all, naming, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fermilink_scaffold.workspace.plan import Plan

__all__ = ["apply_plan", "only_one"]

_HOLDER_PREFIX = f"{WORKSPACE}.new-"
_HOLDER_DIGITS = 8


def apply_plan(plan: Plan) -> None:
    """Write what is planned, or raise ScaffoldError and leave everything as it was."""
    with only_one(plan.root) as alone:
        if plan.before is None:
            _make(plan, alone=alone)
        else:
            from fermilink_scaffold.workspace.journal import finish, replace_files

            finish(plan.root)
            append_excludes(plan.root, plan.exclude_patterns)
            replace_files(plan)


def _make(plan: Plan, *, alone: bool) -> None:
    if alone:
        _remove_leftovers(plan.root)
    refuse_existing(plan.root)
    excludes = append_excludes(plan.root, plan.exclude_patterns)
    holder = os.path.join(plan.root, _HOLDER_PREFIX + os.urandom(_HOLDER_DIGITS // 2).hex())
    try:
        with naming(plan.root):
            os.mkdir(holder)
        _write_tree(plan, holder)
        _put_in_place(os.path.join(holder, WORKSPACE), plan.root)
    finally:
        _remove(holder)
        if not os.path.lexists(os.path.join(plan.root, WORKSPACE)):
            excludes.undo()


@contextmanager
def only_one(root: str) -> Iterator[bool]:
    """Hold the project's directory, so that a second `init` or `regen` is refused meanwhile.

    Gives False where the file system has no locks (some network ones): the rename at the
    end of an `init` still lets only one win. Nothing is left behind, unlike with a lock file.
    """
    import fcntl

    with naming(root, "cannot be opened"):
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError as error:
            raise ScaffoldError(
                "another `init` or `regen` is at work in this project",
                file=root,
                hint="Wait for it to end, then look at what it wrote.",
            ) from error
        except OSError:
            alone = False
        yield alone
    finally:
        os.close(handle)


def _remove_leftovers(root: str) -> None:
    with suppress(OSError):
        for name in os.listdir(root):
            digits = name.removeprefix(_HOLDER_PREFIX)
            if name != _HOLDER_PREFIX + digits or len(digits) != _HOLDER_DIGITS:
                continue
            holder = os.path.join(root, name)
            if not os.path.islink(holder) and set(os.listdir(holder)) <= {WORKSPACE}:
                _remove(holder)


def _remove(holder: str) -> None:
    try:
        os.rmdir(holder)
    except FileNotFoundError:
        return
    except OSError:
        import shutil

        shutil.rmtree(holder, ignore_errors=True)


def _write_tree(plan: Plan, holder: str) -> None:
    """Write all files into their directories, then wait until the disk has them."""
    paths = [file.path for file in plan.files] + [copy.path for copy in plan.copies]
    directories = _directories(paths)
    for directory in directories:
        with naming(os.path.join(plan.root, directory)):
            os.mkdir(os.path.join(holder, directory))
    for file in plan.files:
        place, shown = os.path.join(holder, file.path), os.path.join(plan.root, file.path)
        write_file(place, file.data, executable=file.executable, shown=shown)
    for copy in plan.copies:
        place, shown = os.path.join(holder, copy.path), os.path.join(plan.root, copy.path)
        copy_file(copy.origin, place, shown=shown)
    flush_all(plan.root, holder, [*paths, *directories])


def _directories(paths: Sequence[str]) -> list[str]:
    """Every directory that the paths need, a parent before what is in it."""
    needed = {WORKSPACE}
    for path in paths:
        parts = path.split("/")
        needed.update("/".join(parts[:depth]) for depth in range(1, len(parts)))
    return sorted(needed)


def _put_in_place(tree: str, root: str) -> None:
    """Rename the finished tree; rename(2) itself refuses a file, a link or a filled directory."""
    refuse_existing(root)
    place = os.path.join(root, WORKSPACE)
    try:
        os.rename(tree, place)
    except OSError:
        refuse_existing(root)
        with naming(place):
            raise
    # From here on the workspace is there: a failure to flush must not deny it.
    with suppress(OSError):
        flush(root)
