"""Commands in a text: what stands in backticks, whether it is a command, console listings."""

from __future__ import annotations

import re

from fermilink_scaffold.spec.text.named_files import looks_like_file
from fermilink_scaffold.spec.text.patterns import lazy

__all__ = ["PROGRAM", "code_spans", "looks_like_command", "prompt_lines", "without_spans"]

_SPAN = lazy(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_ALONE = frozenset({"ctest", "make", "nox", "pytest", "tox"})
_NOT_ARGUMENTS = frozenset({"=", "==", "<", "<=", ">", ">=", "+", "-", "/", "|"})
#: Names of programs that a command begins with.
PROGRAM = lazy(
    r"(?:python[\d.]*|pypy[\d.]*|ipython|bash|sh|zsh|perl|ruby|node|julia|Rscript|octave|matlab|java"
    r"|mpirun|mpiexec|mpiexec\.hydra|srun|aprun|jsrun|ibrun|env|time|timeout|nice|numactl|taskset|stdbuf"
    r"|make|gmake|ninja|cmake|ctest|meson|cargo|go|npm|uv|tox|nox|pytest|hyperfine|asv|bazel"
    r"|lmp\w*|\w+\.x|\w+\.exe|gmx\w*|cp2k\w*|psi4|nwchem|vasp\w*|namd\d?|qmcpack|siesta|abinit)",
)


def code_spans(text: str) -> tuple[str, ...]:
    """What stands in backticks, in order."""
    return tuple(match[2].strip() for match in _SPAN.finditer(text))


def looks_like_command(text: str) -> bool:
    """True for an executable-looking first word and more than a file name."""
    words = re.sub(r"^(?:[A-Za-z_]\w*=\S*\s+)+", "", text.strip()).split()
    if not words:
        return False
    first, rest = words[0], words[1:]
    if first.startswith(("./", "{project_root}/", "{inputs}/")):
        return True
    if not re.fullmatch(r"[\w./+~{}-]+", first) or re.fullmatch(r"[\d.+-]+", first):
        return False
    program = first.rsplit("/", 1)[-1]
    if PROGRAM.fullmatch(program):
        return bool(rest) or program in _ALONE
    return bool(rest) and rest[0] not in _NOT_ARGUMENTS and _has_arguments(text, rest)


def _has_arguments(text: str, words: list[str]) -> bool:
    """True for options, a file's name or shell operators behind an unknown first word."""
    if re.search(r"\s(?:&&|\|\|?|>>?|<|2>&1)\s|;\s", text):
        return True
    options = any(re.fullmatch(r"--?[A-Za-z][\w-]*(?:=.*)?", word) for word in words)
    return options or looks_like_file(words[-1]) or looks_like_file(words[0])


def prompt_lines(text: str) -> str:
    """Shell text without the `$ ` prompts of a console listing, and without its output."""
    lines = text.split("\n")
    if not any(re.match(r"\s*\$ ", line) for line in lines):
        return text
    kept: list[str] = []
    goes_on = False
    for line in lines:
        match = re.match(r"\s*[$>] (.*)", line) if not goes_on or line.startswith("> ") else None
        if match or goes_on:
            kept.append(match[1] if match else line)
            goes_on = kept[-1].endswith("\\")
    return "\n".join(kept) + "\n"


def without_spans(text: str) -> str:
    """The text with a blank for all that stands in backticks."""
    return _SPAN.sub(" ", text)
