"""The commands that run before measuring: the build, and what the agent's worktree needs.

Both call `pre_commands.sh` of the workspace (templates/base). FermiLink runs each entry of
`runtime.pre_commands` without a shell, puts `{run_dir}` and `{project_root}` into the words as
plain text, and cuts the blanks off each word's ends. `{run_dir}` is two levels below the main
project's workspace, also while FermiLink builds the agent's worktree.
"""

from __future__ import annotations

import re

from fermilink_scaffold import layout
from fermilink_scaffold.contract.shell_lists import guard_lists
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fermilink_scaffold.spec.model import Build

__all__ = ["ROOT_HINT", "build_command", "build_text", "hand_over_command", "is_hand_over"]

#: What to write in place of `{project_root}`.
ROOT_HINT = 'The build runs in the project\'s root: write paths relative to it, or "$PWD".'
_PLACEHOLDER = re.compile(r"\{(?:benchmark|project_root|run_dir)\}")
_SCRIPT = "{run_dir}/../../" + layout.PRE_COMMANDS.removeprefix(f"{layout.WORKSPACE}/")
_BUILD = ["bash", _SCRIPT, "build", "{run_dir}", "{project_root}"]
_HAND_OVER = ["bash", _SCRIPT, "hand-over", "{run_dir}", "{project_root}"]


def build_command(build: Build) -> list[str]:
    """The build block as one command in which any failing line fails the whole.

    Its last word is the user's text, with a check behind each `a && b` whose failure bash
    would not see. Raises ScaffoldError where the block holds one of FermiLink's placeholders:
    FermiLink would put the path in unquoted.
    """
    found = _PLACEHOLDER.search(build.script)
    if found is not None:
        line = build.source.line
        raise ScaffoldError(
            f"the build block holds `{found[0]}`, which FermiLink replaces by an unquoted path",
            file=build.source.file,
            line=None if line is None else line + build.script.count("\n", 0, found.start()),
            hint=ROOT_HINT,
        )
    return [*_BUILD, guard_lists(build.script.strip())]


def hand_over_command() -> list[str]:
    """The command that equips the agent's worktree; in the project itself it does nothing."""
    return list(_HAND_OVER)


def build_text(words: Sequence[str]) -> int | None:
    """The index of the build's shell text in a command as `build_command` makes it, if it is one."""
    return len(_BUILD) if list(words[:-1]) == _BUILD else None


def is_hand_over(words: Sequence[str]) -> bool:
    """Whether this is the hand-over and no command of the user's."""
    return list(words) == _HAND_OVER
