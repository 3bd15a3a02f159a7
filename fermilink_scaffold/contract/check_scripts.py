"""Checks of the workspace's programs: they parse, and they may be started."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import warnings
from typing import TYPE_CHECKING

from fermilink_scaffold import layout
from fermilink_scaffold.contract.project import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import Problem
    from fermilink_scaffold.contract.project import Project

__all__ = ["executable", "python_syntax", "shell_style", "shell_syntax"]

_SHELL = (layout.SETUP_ENV, layout.RUN_OPTIMIZE, layout.PRE_COMMANDS)
_PYTHON = (layout.RUNNER, layout.LAUNCHER)
#: The oldest Python that the runner supports.
_OLDEST = (3, 9)
_BASH_LINE = re.compile(rb"line (\d+): (.*)")


def shell_syntax(project: Project) -> Iterator[Problem]:
    """`bash -n` takes the scripts."""
    for name in [*_present(project, _SHELL), *_drivers(project, ".sh")]:
        done = run(["bash", "-n", name], project.root)
        if done is None or done.returncode == 0:
            continue
        found = _BASH_LINE.search(done.stderr)
        what = f"bash: {found[2].decode(errors='replace')}" if found else "is no bash script"
        line = int(found[1]) if found else None
        yield project.error("shell-syntax", what, file=name, line=line)


def python_syntax(project: Project) -> Iterator[Problem]:
    """The programs are Python, of the oldest version that they may meet."""
    for name in [*_present(project, _PYTHON), *_drivers(project, ".py")]:
        source = project.read(name) or b""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source, name, feature_version=_OLDEST)
                compile(tree, name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            what = f"is no Python {_OLDEST[0]}.{_OLDEST[1]} program: {getattr(error, 'msg', error)}"
            line = error.lineno if isinstance(error, SyntaxError) else None
            yield project.error("python-syntax", what, file=name, line=line)


def shell_style(project: Project) -> Iterator[Problem]:
    """shellcheck, where it is installed, has nothing against the scripts."""
    if shutil.which("shellcheck") is None:
        return
    for name in [*_present(project, _SHELL), *_drivers(project, ".sh")]:
        done = run(["shellcheck", "--norc", "-S", "warning", "-f", "json1", name], project.root)
        try:
            comments = json.loads(done.stdout)["comments"] if done else []
        except (ValueError, LookupError, TypeError):
            continue
        for comment in comments:
            what = f"shellcheck SC{comment['code']}: {comment['message']}"
            yield project.warning("shellcheck", what, file=name, line=comment["line"])


def executable(project: Project) -> Iterator[Problem]:
    """The programs have their exec bits."""
    for name in _present(project, (*_SHELL, *_PYTHON)):
        if not os.access(project.path(name), os.X_OK):
            yield project.warning(
                "not-executable", "is not executable", f"chmod +x {name}", file=name
            )


def _present(project: Project, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if os.path.isfile(project.path(name))]


def _drivers(project: Project, suffix: str) -> list[str]:
    """The case drivers of packs with that suffix."""
    return sorted(
        os.path.relpath(os.path.join(place, name), project.root)
        for place, _, names in os.walk(project.path(layout.CASES))
        for name in names
        if name.endswith(suffix)
    )
