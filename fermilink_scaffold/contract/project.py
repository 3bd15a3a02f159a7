"""A project with its workspace, as the checks look at it: files, git, the contract."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fermilink_scaffold.contract.problems import Problem

if TYPE_CHECKING:
    from fermilink_scaffold.contract.view import View

__all__ = ["Project", "run"]

#: Seconds after which a helper program (git, bash, a Python) counts as hung.
_PATIENCE = 120


def run(words: list[str], cwd: str) -> subprocess.CompletedProcess[bytes] | None:
    """Run a program quietly, with git's own variables out of the way; None when it cannot run."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_DIR")}
    for name in ("GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"):
        env.pop(name, None)
    env |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(
            words,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


@dataclass(frozen=True)
class Project:
    """One project; nothing of it is executed or changed by a look."""

    #: Absolute path.
    root: str
    #: The contract; None when it could not be read at all.
    view: View | None
    #: Top-level keys of the contract that no check may trust.
    broken: frozenset[str] = frozenset()

    def path(self, *parts: str) -> str:
        """Absolute path of something in the project."""
        return os.path.join(self.root, *parts)

    def read(self, relative: str) -> bytes | None:
        """The content of a file; None when there is none that can be read."""
        try:
            with open(self.path(relative), "rb") as stream:
                return stream.read()
        except OSError:
            return None

    def git(self, *words: str) -> bytes | None:
        """The output of a git command; None when it fails."""
        done = run(["git", "-c", "core.quotePath=false", *words], self.root)
        return done.stdout if done is not None and done.returncode == 0 else None

    def git_list(self, *words: str) -> list[str]:
        """The NUL-separated output of a git command as names."""
        return [os.fsdecode(name) for name in (self.git(*words) or b"").split(b"\0") if name]

    @cached_property
    def tracked(self) -> list[str]:
        """The files git tracks, POSIX separators, sorted as git does."""
        return self.git_list("ls-files", "-z")

    def trusts(self, *keys: str) -> bool:
        """Whether the contract is there and these parts of it have the right shape."""
        return self.view is not None and not self.broken & set(keys)

    def error(
        self,
        code: str,
        what: str,
        hint: str | None = None,
        *,
        file: str | None = None,
        line: int | None = None,
    ) -> Problem:
        return Problem(severity="error", code=code, what=what, hint=hint, file=file, line=line)

    def warning(
        self,
        code: str,
        what: str,
        hint: str | None = None,
        *,
        file: str | None = None,
        line: int | None = None,
    ) -> Problem:
        return Problem(severity="warning", code=code, what=what, hint=hint, file=file, line=line)
