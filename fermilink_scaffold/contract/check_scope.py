"""Checks of path patterns that need no look at the project."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from fermilink_scaffold import layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import KeyPath, Problem
    from fermilink_scaffold.contract.view import View

__all__ = ["covers", "globs", "workspace_covered"]

#: Files that FermiLink would overwrite or delete where a pattern covers them.
_OWN_FILES = (layout.RUNNER, layout.BENCHMARK, layout.RUN_OPTIMIZE, layout.STATE, layout.PROGRAM)
_PROSE = re.compile(
    r"(?:^|\s)(?:except|excluding|but|and|or|not|only|all|unless|the)\s", re.IGNORECASE
)
#: What makes a pattern match nothing.
_FAULTS = (
    (re.compile(r"\A[/~]"), "is absolute and matches nothing"),
    (re.compile(r"(?:\A|/)\.\.(?:/|\Z)"), "leads out of the project"),
    (re.compile(r"\A\./|//"), "matches nothing: paths have no './' and no empty part"),
    (re.compile(r"\\"), "has backslashes; paths have '/'"),
    (
        re.compile(r"\{[^{}]*,[^{}]*\}"),
        "has braces, which are no pattern here: write a line for each",
    ),
    (re.compile(r"\A!"), "begins with '!', which takes nothing back here"),
)


def covers(pattern: str, path: str) -> bool:
    """FermiLink's rule: the whole path, case kept, `*` crosses slashes."""
    return fnmatch.fnmatchcase(path, pattern.strip())


def globs(view: View) -> Iterator[Problem]:
    """Each pattern is a pattern, and means what it looks like."""
    repo = view.data["repo"]
    for key in ("editable_paths", "immutable_paths"):
        for index, pattern in enumerate(repo.get(key, [])):
            path: KeyPath = ("repo", key, index)
            if what := _never_matches(pattern):
                hint = "Write it relative to the project, e.g. src/**."
                yield view.error(path, "glob-never", what, hint)
            elif _PROSE.search(pattern.strip()):
                what = f"looks like prose, not like a pattern: '{pattern}'"
                hint = "List patterns only; an exception in words has no effect."
                yield view.error(path, "glob-prose", what, hint)
            elif missed := _missed(pattern):
                what = f"'{pattern}' misses {missed}"
                hint = f"`*` crosses slashes here: write {pattern.replace('**/', '', 1)}."
                yield view.warning(path, "glob-misses", what, hint)
            if key == "immutable_paths" and pattern in repo["editable_paths"]:
                what = f"'{pattern}' is in editable_paths too"
                yield view.error(path, "glob-both", what, "Keep one; FermiLink allows the change.")


def workspace_covered(view: View) -> Iterator[Problem]:
    """A pattern over the workspace makes FermiLink delete the runner: the worker has none."""
    for index, pattern in enumerate(view.data["repo"]["editable_paths"]):
        hit = next((own for own in _OWN_FILES if covers(pattern, own)), None)
        if hit:
            what = f"'{pattern}' covers the workspace: FermiLink would delete {hit}"
            rest = re.sub(r"\A[*/]+", "", pattern.strip())
            hint = (
                f"`*` crosses slashes: begin with a directory, e.g. src/**, or write [!.]*{rest}."
            )
            yield view.error(("repo", "editable_paths", index), "glob-workspace", what, hint)


def _never_matches(pattern: str) -> str | None:
    text = pattern.strip()
    said = (what for fault, what in _FAULTS if fault.search(text))
    return next((f"'{text}' {what}" for what in said), None)


def _missed(pattern: str) -> str | None:
    """`pkg/**/*.py` needs a directory in between; `**/x` needs one in front."""
    text = pattern.strip()
    if "/**/" in text or text.startswith("**/"):
        return text.replace("**/", "", 1).replace("*", "a")
    return None
