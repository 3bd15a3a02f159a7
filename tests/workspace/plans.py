"""Small plans, and what a directory holds."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from fermilink_scaffold.layout import GIT_EXCLUDES, WORKSPACE
from fermilink_scaffold.workspace.plan import Copy, NewFile, Plan, plan_init

if TYPE_CHECKING:
    from pathlib import Path


def new(path: str, data: bytes = b"text\n", **more) -> NewFile:
    return NewFile(path=f"{WORKSPACE}/{path}", data=data, **more)


def plan(root: Path, files=(), copies=()) -> Plan:
    copied = [Copy(path=f"{WORKSPACE}/{path}", origin=os.fspath(origin)) for path, origin in copies]
    return plan_init(os.fspath(root), files, copied, GIT_EXCLUDES)


def tree(root: Path) -> dict[str, tuple[str, object]]:
    """Every entry below `root`, `.git` included: its kind and mode, and its content."""
    found: dict[str, tuple[str, object]] = {}
    for directory, names, files in os.walk(root):
        for name in sorted([*names, *files]):
            path = os.path.join(directory, name)
            mode = os.lstat(path).st_mode
            content: object = None
            if stat.S_ISLNK(mode):
                content = os.readlink(path)
            elif stat.S_ISREG(mode):
                with open(path, "rb") as stream:
                    content = stream.read()
            found[os.path.relpath(path, root)] = (stat.filemode(mode), content)
    return found
