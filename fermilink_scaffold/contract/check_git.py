"""What FermiLink requires of the repository."""

from __future__ import annotations

import json
import os
import posixpath
from typing import TYPE_CHECKING

from fermilink_scaffold import layout
from fermilink_scaffold.contract.problems import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import Problem
    from fermilink_scaffold.contract.project import Project

__all__ = ["clean", "excludes", "instructions", "parent", "repository", "tracked_workspace"]

#: FermiLink rewrites these around each turn of the agent, with LF line ends.
_INSTRUCTIONS = ("AGENTS.md", "CLAUDE.md", "GEMINI.md")


def repository(project: Project) -> Iterator[Problem]:
    """The project is the top of a git repository with a commit."""
    top = project.git("rev-parse", "--show-toplevel")
    if top is None:
        hint = "Run `git status` in it and do what it says; without git: git init, git add, git commit."
        yield project.error("no-repository", "git does not take the project for a repository", hint)
    elif not os.path.samefile(os.fsdecode(top.rstrip(b"\n")), project.root):
        hint = "The workspace belongs beside .git."
        yield project.error("not-top", "the project is not the top of its git repository", hint)
    elif project.git("rev-parse", "--verify", "--quiet", "HEAD") is None:
        hint = "Commit the code: candidates are compared with a commit."
        yield project.error("no-commit", "the repository has no commit", hint)


def clean(project: Project) -> Iterator[Problem]:
    """FermiLink starts with a clean `git status` only."""
    changed = _changed(project)
    goal = _goal_in_project(project)
    if goal in changed:
        what = "the goal is neither committed nor excluded: FermiLink refuses to start"
        hint = "Commit it, or add its name to .git/info/exclude."
        yield project.error("goal-untracked", what, hint, file=goal)
    rest = [path for path in changed if path != goal and not path.startswith(layout.GIT_EXCLUDES)]
    if rest:
        what = f"git status is not clean: {listed(rest)}"
        hint = "Commit or stash the changes, or exclude the files in .git/info/exclude."
        yield project.error("not-clean", what, hint)


def excludes(project: Project) -> Iterator[Problem]:
    """What tools write beside the code must not show up as a change of the candidate."""
    for pattern in layout.GIT_EXCLUDES:
        inside = f"{pattern}a-new-file"
        if project.git("check-ignore", "--quiet", "--no-index", "--", inside) is None:
            what = f"git does not ignore {pattern}: every candidate would be rejected"
            hint = f"Add the line {pattern} to .git/info/exclude."
            yield project.error("not-excluded", what, hint)


def tracked_workspace(project: Project) -> Iterator[Problem]:
    """A tracked workspace changes with every iteration."""
    found = [path for path in project.tracked if path.startswith(f"{layout.WORKSPACE}/")]
    if found:
        what = f"git tracks {len(found)} files of the workspace: the campaign changes them"
        hint = f"git rm -r --cached {layout.WORKSPACE}, and commit."
        yield project.error("workspace-tracked", what, hint, file=found[0])


def instructions(project: Project) -> Iterator[Problem]:
    """FermiLink puts its own AGENTS.md there and back, and that must change nothing."""
    for name in _INSTRUCTIONS:
        if os.path.islink(project.path(name)) or not os.path.isfile(project.path(name)):
            continue
        try:
            (project.read(name) or b"").decode("utf-8")
        except UnicodeDecodeError:
            yield project.error(
                "instructions-encoding", "is not UTF-8: FermiLink cannot read it", file=name
            )
        stored = (project.git("ls-files", "--eol", "--", name) or b"").split(b" ", 1)[0]
        if stored in {b"i/crlf", b"i/mixed"}:
            what = "is committed with CRLF line ends: every candidate would be rejected"
            hint = f"Commit it with LF: sed -i 's/\\r$//' {name}, then git commit {name}."
            yield project.error("instructions-crlf", what, hint, file=name)


def parent(project: Project) -> Iterator[Problem]:
    """The agent's worktree is made beside the repository."""
    common = project.git("rev-parse", "--path-format=absolute", "--git-common-dir")
    home = os.path.dirname(os.fsdecode(common.rstrip(b"\n"))) if common else project.root
    beside = os.path.dirname(os.path.realpath(home))
    if not os.access(beside, os.W_OK | os.X_OK):
        what = "the directory above the repository is not writable: the agent's worktree goes there"
        yield project.error(
            "parent-not-writable", what, "Move the repository, or make it writable."
        )


def _changed(project: Project) -> list[str]:
    """Paths that `git status` names; of a rename the new one."""
    entries = iter(project.git_list("status", "--porcelain", "-z"))
    paths = []
    for entry in entries:
        paths.append(entry[3:])
        if entry[:1] in {"R", "C"}:
            next(entries, None)
    return paths


def _goal_in_project(project: Project) -> str | None:
    """The goal's path relative to the project, when the workspace was made from one there."""
    try:
        source = json.loads(project.read(layout.GOAL_MODE) or b"{}").get("source")
    except (ValueError, AttributeError):
        return None
    if not isinstance(source, str):
        return None
    return posixpath.normpath(posixpath.join(layout.WORKSPACE, source))
