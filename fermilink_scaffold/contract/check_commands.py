"""Checks of the words of commands: placeholders, shell text, paths of this machine."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Any

from fermilink_scaffold.contract.prebuild import ROOT_HINT, build_text
from fermilink_scaffold.contract.schema import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fermilink_scaffold.contract.problems import KeyPath, Problem
    from fermilink_scaffold.contract.view import View

__all__ = [
    "commands",
    "environment",
    "local_paths",
    "lost_status",
    "misplaced",
    "placeholders",
    "result_source",
    "shell_text",
    "shell_words",
    "words",
]

#: FermiLink puts these in; the runner adds {inputs} for the cases.
_EVERYWHERE = ("{benchmark}", "{project_root}", "{run_dir}")
_IN_CASES = (*_EVERYWHERE, "{inputs}")
_BRACED = re.compile(r"\{[a-z_]+\}")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash"})
#: Directories that every machine of the kind has.
_COMMON = ("/bin/", "/dev/", "/etc/", "/proc/", "/sbin/", "/sys/", "/tmp/", "/usr/")  # noqa: S108
_ABSOLUTE = re.compile(r"(?:^|(?<=[\s'\"=:;,(]))/[\w.+~-]+(?:/[\w.+~-]+)+")
#: The runner refuses to take these from the caller.
_NEVER = frozenset(
    (
        "LD_PRELOAD",
        "LD_AUDIT",
        "DYLD_INSERT_LIBRARIES",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PYTHONHOME",
        "PYTHONINSPECT",
        "BASH_ENV",
        "ENV",
    )
)


def commands(data: dict[str, Any]) -> Iterator[tuple[KeyPath, list[str], tuple[str, ...]]]:
    """Every command: its path, its words, the placeholders that work in it."""
    runtime = data["runtime"]
    yield ("runtime", "command"), runtime["command"], _EVERYWHERE
    if "result_command" in runtime:
        yield ("runtime", "result_command"), runtime["result_command"], _EVERYWHERE
    for index, words in enumerate(runtime.get("pre_commands", [])):
        yield ("runtime", "pre_commands", index), words, _EVERYWHERE
    for index, case in enumerate(data["cases"]):
        yield ("cases", index, "command"), case["command"], _IN_CASES


def shell_text(words: Sequence[str]) -> int | None:
    """The index of the word that a shell reads as its program, if any.

    `bash -c TEXT`, and the build's text, which `pre_commands.sh` evaluates.
    """
    if (built := build_text(words)) is not None:
        return built
    for index, word in enumerate(words):
        if posixpath.basename(word) not in _SHELLS:
            continue
        at, has_text = index + 1, False
        while at < len(words) and words[at][:1] in {"-", "+"} and words[at] != "--":
            flags = words[at]
            has_text = has_text or (not flags.startswith("--") and "c" in flags)
            at += 2 if not flags.startswith("--") and flags[-1] in "oO" else 1
        at += at < len(words) and words[at] == "--"
        if has_text and at < len(words):
            return at
    return None


def shell_words(text: str) -> list[str]:
    """The words and operators of shell text, line by line, as far as its quotes can be followed.

    Each line ends in ";". What follows a quote that goes on in the next line is left out.
    """
    words: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        found = _line_words(line)
        if found is None:
            break
        words += [*found, ";"]
    return words


def _line_words(line: str) -> list[str] | None:
    try:
        return list(shlex.shlex(line, posix=True, punctuation_chars=True))
    except ValueError:
        return None


def placeholders(view: View) -> Iterator[Problem]:
    """Placeholders stand where something replaces them, and never inside shell text."""
    for path, words, known in commands(view.data):
        script = shell_text(words)
        for index, word in enumerate(words):
            for found in dict.fromkeys(_BRACED.findall(word)):
                here = (*path, index)
                if found in known and index != script:
                    continue  # as it should be
                if found in known:
                    what = f"has {found} inside shell text: a path with a blank would break it"
                    hint = f'Write "$1" there and give {found} as a word after the text and a name.'
                    if build_text(words) is not None:
                        hint = ROOT_HINT
                    yield view.error(here, "placeholder-in-shell", what, hint)
                elif f"${found}" in word:
                    continue  # a variable of the shell
                elif found in _IN_CASES:
                    what = f"has {found}, which only works in a case's command"
                    yield view.error(here, "placeholder-unknown", what)
                elif meant := nearest(found, known):
                    what = f"has {found}, which nothing replaces"
                    yield view.warning(here, "placeholder-unknown", what, f"Did you mean {meant}?")


def misplaced(view: View) -> Iterator[Problem]:
    """Nothing replaces placeholders in environments, directories and file names."""
    for path, text in _plain_texts(view.data):
        for found in _IN_CASES:
            if found in text:
                what = f"has {found}, which nothing replaces there"
                hint = "Placeholders work in runtime.command, pre_commands and a case's command."
                yield view.error(path, "placeholder-misplaced", what, hint)


def words(view: View) -> Iterator[Problem]:
    """The words reach the programs as they stand here."""
    texts = list(_plain_texts(view.data))
    for path, command, _ in commands(view.data):
        texts += [((*path, index), word) for index, word in enumerate(command)]
        script = shell_text(command)
        for index, word in enumerate(command if path[0] == "runtime" else ()):
            if word != word.strip() and index != script:
                what = "begins or ends with a blank, which FermiLink cuts off"
                yield view.warning((*path, index), "stripped-word", what)
    for path, text in texts:
        if "\0" in text:
            yield view.error(path, "nul-byte", "holds a NUL byte, which no program can be given")


def lost_status(view: View) -> Iterator[Problem]:
    """Of a pipe only the last program's exit status counts, unless the shell is told."""
    for index, case in enumerate(view.data["cases"]):
        command = case["command"]
        script = shell_text(command)
        if script is None or "pipefail" in " ".join(command[: script + 1]):
            continue
        if {"|", "|&"} & set(shell_words(command[script])):
            what = "has a pipe: a program that fails on its left side goes unnoticed"
            hint = "Begin the text with `set -o pipefail;` and let bash run it."
            yield view.warning(("cases", index, "command", script), "lost-status", what, hint)


def local_paths(view: View) -> Iterator[Problem]:
    """An absolute path ties the contract to one machine."""
    texts = [(path, text) for path, text in _plain_texts(view.data) if path[-1] != "cwd"]
    for path, words, _ in commands(view.data):
        texts += [((*path, index), word) for index, word in enumerate(words)]
    for path, text in texts:
        found = [match for match in _ABSOLUTE.findall(text) if not match.startswith(_COMMON)]
        if found:
            what = f"holds a path of this machine: {found[0]}"
            hint = (
                "Use {project_root}, {inputs}, a path relative to the project, or a name on PATH."
            )
            yield view.warning(path, "local-path", what, hint)


def environment(view: View) -> Iterator[Problem]:
    """What the environment must not carry, and where the staged inputs are."""
    runtime = view.data["runtime"]
    for index, name in enumerate(runtime.get("env_passthrough", [])):
        if name in _NEVER:
            what = f"names {name}, which would let the caller change what is measured"
            hint = "The runner refuses it; a variable that the cases need goes into runtime.env."
            yield view.error(("runtime", "env_passthrough", index), "risky-variable", what, hint)
    root = runtime.get("env", {}).get("FERMILINK_GOAL_INPUT_ROOT", "")
    if posixpath.isabs(root):
        path: KeyPath = ("runtime", "env", "FERMILINK_GOAL_INPUT_ROOT")
        hint = "Write .fermilink-optimize/inputs/all: the workspace may move."
        yield view.error(path, "input-root", "must be relative to the project", hint)


def result_source(view: View) -> Iterator[Problem]:
    """With submit_poll the result must come from a file or a command."""
    runtime = view.data["runtime"]
    if runtime.get("mode") != "submit_poll":
        return
    stored = view.data.get("artifacts", {}).get("latest_metrics_json")
    if not {"result_json_path", "result_command"} & runtime.keys() and not stored:
        what = "is submit_poll, but nothing says where the result is"
        hint = "Give runtime.result_json_path or runtime.result_command."
        yield view.error(("runtime", "mode"), "no-result-source", what, hint)


def _plain_texts(data: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """The texts outside commands that name variables, directories and files."""
    for name, value in data["runtime"].get("env", {}).items():
        yield ("runtime", "env", name), value
    for index, case in enumerate(data["cases"]):
        for name, value in case.get("env", {}).items():
            yield ("cases", index, "env", name), value
        if "cwd" in case:
            yield ("cases", index, "cwd"), case["cwd"]
        for place, name in enumerate(case.get("outputs", [])):
            yield ("cases", index, "outputs", place), name
