"""Checks of the path patterns against the files that git tracks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fermilink_scaffold.contract.check_scope import covers
from fermilink_scaffold.contract.prebuild import is_hand_over
from fermilink_scaffold.contract.problems import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import Problem
    from fermilink_scaffold.contract.project import Project

__all__ = ["built_in_place", "graders_editable", "overlap", "unmatched"]

#: Directories and files whose change could make a wrong candidate look right.
_GRADERS = re.compile(
    r"(?:^|/)(?:tests?|testing|benchmarks?|bench|perf)/|(?:^|/)(?:conftest\.py|(?:test|bench)_[^/]*)$"
)
#: Ignored files that nobody misses.
_LITTER = re.compile(r"__pycache__|\.py[co]$|\.egg-info|_cache/")


def unmatched(project: Project) -> Iterator[Problem]:
    """Each pattern matches a file, or it protects and allows nothing."""
    if not project.view or not project.trusts("repo"):
        return
    matched = False
    repo = project.view.data["repo"]
    for key in ("editable_paths", "immutable_paths"):
        for index, pattern in enumerate(repo.get(key, [])):
            if any(covers(pattern, path) for path in project.tracked):
                matched = matched or key == "editable_paths"
                continue
            bare = pattern.strip().rstrip("/")
            is_directory = any(path.startswith(f"{bare}/") for path in project.tracked)
            what = f"'{pattern}' matches no tracked file"
            hint = f"It is a directory: write {bare}/**." if is_directory else None
            yield project.view.warning(("repo", key, index), "glob-unmatched", what, hint)
    if not matched:
        what = "matches no tracked file at all: every candidate would be out of scope"
        yield project.view.error(("repo", "editable_paths"), "nothing-editable", what)


def overlap(project: Project) -> Iterator[Problem]:
    """FermiLink reads editable_paths only; immutable_paths it merely tells the agent."""
    if not project.view or not project.trusts("repo"):
        return
    repo = project.view.data["repo"]
    for index, pattern in enumerate(repo.get("immutable_paths", [])):
        both = [
            path
            for path in project.tracked
            if covers(pattern, path) and any(covers(glob, path) for glob in repo["editable_paths"])
        ]
        if both and pattern not in repo["editable_paths"]:
            what = f"'{pattern}' names files that editable_paths cover: {listed(both)}"
            hint = "FermiLink allows their change; narrow editable_paths to be sure."
            yield project.view.warning(("repo", "immutable_paths", index), "overlap", what, hint)


def graders_editable(project: Project) -> Iterator[Problem]:
    """A candidate that may change tests or benchmarks may change its judge."""
    if not project.view or not project.trusts("repo"):
        return
    repo = project.view.data["repo"]
    for index, pattern in enumerate(repo["editable_paths"]):
        found = [
            path
            for path in project.tracked
            if _GRADERS.search(path)
            and covers(pattern, path)
            and not any(covers(glob, path) for glob in repo.get("immutable_paths", []))
        ]
        if found:
            what = f"'{pattern}' lets candidates change tests or benchmarks: {listed(found)}"
            hint = "Narrow it, or name them in immutable_paths."
            path = ("repo", "editable_paths", index)
            yield project.view.warning(path, "graders-editable", what, hint)


def built_in_place(project: Project) -> Iterator[Problem]:
    """FermiLink deletes what editable_paths cover and the agent's worktree has not."""
    if not project.view or not project.trusts("repo", "runtime"):
        return
    before = project.view.data["runtime"].get("pre_commands", [])
    if [words for words in before if not is_hand_over(words)]:
        return  # the build makes them again
    ignored = project.git_list("ls-files", "-z", "-o", "-i", "--exclude-standard", "--directory")
    patterns = project.view.data["repo"]["editable_paths"]
    lost = [
        path
        for path in ignored
        if not _LITTER.search(path)
        and any(covers(glob, f"{path}a" if path.endswith("/") else path) for glob in patterns)
    ]
    if lost:
        what = f"covers files that git ignores and no build makes again: {listed(lost)}"
        hint = "FermiLink deletes them in the first iteration; give the goal a Build section."
        path = ("repo", "editable_paths")
        yield project.view.warning(path, "ignored-editable", what, hint)
