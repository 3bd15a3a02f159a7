"""git's local exclude file: where it is, and what it lacks.

Format: gitignore(5); place: gitrepository-layout(5) (`info/exclude` is shared by all
worktrees, so it is below the common directory). Read by hand: a `git rev-parse` costs
more than the rest of the planning.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from fermilink_scaffold.errors import ScaffoldError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["exact_pattern", "exclude_file", "git_directories", "missing_lines"]


def exclude_file(root: str) -> str:
    """Absolute path of the exclude file of the repository whose top level is `root`.

    The file need not exist. Raises ScaffoldError when `root` is not the top level of a
    git working tree.
    """
    return os.path.join(git_directories(root)[1], "info", "exclude")


def git_directories(root: str) -> tuple[str, str]:
    """The repository's own directory, and the one that all its worktrees share.

    Raises ScaffoldError when `root` is not the top level of a git working tree.
    """
    place = os.path.join(os.path.abspath(root), ".git")
    gitdir = place if os.path.isdir(place) else _pointed_to(place, b"gitdir: ")
    if gitdir is None:
        raise ScaffoldError(
            "is not the top directory of a git repository",
            file=root,
            hint="FermiLink works on commits: run `git init` there and commit the code.",
        )
    common = _pointed_to(os.path.join(gitdir, "commondir"), b"")
    return gitdir, common or gitdir


def exact_pattern(path: str) -> str | None:
    """The pattern that matches `path` (POSIX, relative to the top level) and nothing else.

    None for a name with a line end, which no exclude file can hold.
    """
    if "\n" in path or "\r" in path:
        return None
    return "/" + re.sub(r"([\\*?\[\]])|( +$)", lambda it: re.sub("(.)", r"\\\1", it[0]), path)


def _pointed_to(file: str, prefix: bytes) -> str | None:
    """The directory that a one-line file names, relative to the file's own; None without."""
    try:
        with open(file, "rb") as stream:
            line = stream.read().rstrip(b"\r\n")
    except OSError:
        return None
    if not line.startswith(prefix) or line == prefix:
        return None
    named = os.fsdecode(line[len(prefix) :])
    return os.path.normpath(os.path.join(os.path.dirname(file), named))


def missing_lines(existing: bytes, patterns: Sequence[str]) -> bytes:
    """What to append to an exclude file so that each pattern holds; empty when all do.

    The file's own line ends are used, and a missing final line end is supplied. A pattern
    that a later `!pattern` takes back counts as missing: in git the last match wins.
    """
    lines = [line.removesuffix(b"\r").rstrip(b" ") for line in existing.split(b"\n")]
    missing = [os.fsencode(pattern) for pattern in patterns]
    missing = [pattern for pattern in missing if not _holds(lines, pattern)]
    if not missing:
        return b""
    end = b"\r\n" if b"\r\n" in existing else b"\n"
    start = end if existing and not existing.endswith(b"\n") else b""
    return start + b"".join(pattern + end for pattern in missing)


def _holds(lines: Sequence[bytes], pattern: bytes) -> bool:
    holds = False
    for line in lines:
        if line == pattern:
            holds = True
        elif line == b"!" + pattern:
            holds = False
    return holds
