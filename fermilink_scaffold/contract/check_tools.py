"""Checks of the programs that commands name, and of the tool environment."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from typing import TYPE_CHECKING

from fermilink_scaffold import layout
from fermilink_scaffold.contract.check_commands import commands, shell_text, shell_words
from fermilink_scaffold.contract.prebuild import is_hand_over
from fermilink_scaffold.contract.project import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import KeyPath, Problem
    from fermilink_scaffold.contract.project import Project

__all__ = ["shell_programs", "tool_environment", "tools"]

_PYTHON = f"{layout.ENV}/bin/python"
#: Imports nothing but looks for what the runner and run_optimize.sh import.
_LOOK = "from importlib.util import find_spec; print(*(n for n in {names} if not find_spec(n)))"
_SEPARATOR = re.compile(r"[;&|()]+")
_REDIRECTION = re.compile(r"[<>&|]*[<>][<>&|]*")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
#: Words after which another command begins.
_OPENERS = frozenset(shlex.split("if then elif else while until do ! time { exec command nohup"))
#: Words of the shell itself.
_BUILTINS = frozenset(
    shlex.split("""
    . : [ [[ ]] } alias bg break builtin cd continue declare dirs disown done echo enable esac eval
    exit export false fc fg fi for function getopts hash help jobs let local logout mapfile popd
    printf pushd pwd read readarray readonly return select set shift shopt source suspend test times
    trap true type typeset ulimit umask unalias unset wait case in
    """)
)
#: After these the search path may be another, and nothing can be said.
_CHANGES_PATH = re.compile(r"(?:^|\s)(?:source|\.|module|conda|mamba|spack|eval)\s|PATH=|<<")


def tools(project: Project) -> Iterator[Problem]:
    """The first word of each command is a program that is there."""
    if not project.view or not project.trusts("cases", "runtime"):
        return
    runtime = project.view.data["runtime"]
    built = any(not is_hand_over(words) for words in runtime.get("pre_commands", []))
    for path, words, _ in commands(project.view.data):
        if is_hand_over(words):
            continue
        env = {**runtime.get("env", {}), **_case_env(project, path)}
        script = shell_text(words)
        names = [words[0], *(shell_programs(words[script]) if script is not None else [])]
        for name in dict.fromkeys(names):
            if _is_missing(project, name, env.get("PATH")):
                what = f"names '{name}', which is not on PATH"
                hint = "Install it, load its module, or let the build put it there."
                sure = name == words[0] and not built
                say = project.view.error if sure else project.view.warning
                yield say(path, "tool-missing", what, hint)


def shell_programs(text: str) -> list[str]:
    """The programs that shell text calls, as far as a look at its words can tell."""
    change = _CHANGES_PATH.search(text)
    before = text[: text.rfind("\n", 0, change.start() + 1) + 1] if change else text
    functions: set[str] = set()
    found = list(_first_words(shell_words(before), functions))
    return [name for name in dict.fromkeys(found) if name not in functions | _BUILTINS]


def tool_environment(project: Project) -> Iterator[Problem]:
    """setup_env.sh has been run, and its environment still works."""
    hint = f"Run: bash {layout.SETUP_ENV}"
    if not os.path.lexists(project.path(_PYTHON)):
        what = "the tool environment is not made yet"
        yield project.warning("no-environment", what, hint, file=layout.ENV)
        return
    look = _LOOK.format(names=("yaml", "fermilink"))
    done = run([project.path(_PYTHON), "-I", "-c", look], project.root)
    if done is None or done.returncode != 0:
        what = "the tool environment's Python does not run"
        yield project.error("broken-environment", what, hint, file=_PYTHON)
    elif missing := done.stdout.decode().split():
        what = f"the tool environment lacks {' and '.join(missing)}"
        yield project.warning("incomplete-environment", what, hint, file=layout.ENV)


def _first_words(words: list[str], functions: set[str]) -> Iterator[str]:
    expected, skip = True, False
    for index, word in enumerate(words):
        if skip:
            skip = False
        elif _REDIRECTION.fullmatch(word):
            skip = True
        elif _SEPARATOR.fullmatch(word):
            expected = True
        elif expected and words[index + 1 : index + 2] in (["()"], ["("]):
            functions.add(word)
            expected = False
        elif expected and not _passed_over(word):
            expected = False
            if re.fullmatch(r"\w[\w.+-]*", word) and not word.isdigit():
                yield word


def _passed_over(word: str) -> bool:
    """Words before a command that are not its name: assignments, `if`, `command -p`."""
    return bool(_ASSIGNMENT.match(word)) or word in _OPENERS or word.startswith("-")


def _case_env(project: Project, path: KeyPath) -> dict[str, str]:
    if not project.view or path[0] != "cases":
        return {}
    found: dict[str, str] = project.view.data["cases"][path[1]].get("env", {})
    return found


def _is_missing(project: Project, name: str, search: str | None) -> bool:
    if "/" not in name:
        return shutil.which(name, path=search) is None
    if name == f"{{project_root}}/{_PYTHON}":
        return False  # `tool_environment` speaks of it
    place = name.replace("{project_root}", project.root)
    return os.path.isabs(place) and "{" not in place and shutil.which(place) is None
