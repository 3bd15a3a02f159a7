"""The build sections of a goal as one shell script, in order, as the user wrote it."""

from __future__ import annotations

import re

from fermilink_scaffold.spec.goal.workloads import code_spans, looks_like_command, prompt_lines
from fermilink_scaffold.spec.model import Build, ReviewNote, Source
from fermilink_scaffold.spec.text.markdown import Bullet, Fence, walk
from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.text.markdown import Block, Section

__all__ = ["read_build"]

#: An absolute path that is no part of every system.
_LOCAL = lazy(
    r"(?<![\w./~$}-])/(?!(?:usr|etc|bin|dev|tmp|proc|lib|sbin|opt)\b)\w[\w.+-]*(?:/[\w.+-]+)+"
)
#: `python -m venv .venv`
_ENVIRONMENT = lazy(r"(?:-m\s+venv|\bvirtualenv|\buv\s+venv)\s+(?:-\S+\s+)*([\w./-]+)")
_SHELL = frozenset({"", "bash", "console", "sh", "shell", "shell-session", "terminal", "zsh"})
_SILENT = frozenset({"yaml", "yml", "text", "txt", "output"})


def read_build(
    sections: tuple[Section, ...], file: str
) -> tuple[Build | None, tuple[ReviewNote, ...]]:
    """The commands of the build sections, and what was left out or assumed."""
    notes: list[ReviewNote] = []
    parts: list[tuple[str, int]] = []
    blocks = [block for section in sections for block in walk(section.blocks)]
    for block in blocks:
        parts.extend(_commands(block, file, notes))
    if not parts:
        parts = [
            (span, block.line)
            for block in blocks
            if not isinstance(block, Fence)
            for span in code_spans(block.text)
            if looks_like_command(span) or re.match(r"[a-z./~][\w./~-]* [^=<>]", span)
        ]
        if parts:
            text = "the build has no code block; its commands in backticks are run in order"
            source = Source(file=file, line=parts[0][1])
            notes.append(ReviewNote(text=text, source=source))
    if not parts:
        parts = _bare(blocks, file, notes)
    if not parts:
        if any(block.text.strip() for block in blocks):
            text = "the build section holds no commands"
            source = Source(file=file, line=sections[0].line)
            notes.append(ReviewNote(text=text, source=source))
        return None, tuple(notes)
    script = "\n".join(text.strip("\n") for text, _ in parts)
    notes.extend(_not_activated(script, Source(file=file, line=parts[0][1])))
    for text, line in parts:
        here = _LOCAL.search(text)
        if here:
            note = f"`{here[0]}` may exist on this machine only"
            line += text.count("\n", 0, here.start())  # noqa: PLW2901  the line of the match
            notes.append(ReviewNote(text=note, source=Source(file=file, line=line)))
    return Build(script=script, source=Source(file=file, line=parts[0][1])), tuple(notes)


def _not_activated(script: str, source: Source) -> list[ReviewNote]:
    """A note when a Python environment is made that the cases will not run in."""
    made = _ENVIRONMENT.search(script)
    if not made or re.search(r"activate\b|\bPATH=", script):
        return []
    text = (
        f"the build makes the environment `{made[1]}` and does not activate it, "
        "so the cases' `python` is another one"
    )
    return [ReviewNote(text=text, source=source)]


def _bare(blocks: list[Block], file: str, notes: list[ReviewNote]) -> list[tuple[str, int]]:
    """Lines that are all commands, without a fence or backticks around them."""
    lines = [
        (line.strip(), block.line + index)
        for block in blocks
        if not isinstance(block, Fence)
        for index, line in enumerate(block.lines)
        if line.strip()
    ]
    if not lines or not all(looks_like_command(re.sub(r"^[-*+] ", "", line)) for line, _ in lines):
        return []
    source = Source(file=file, line=lines[0][1])
    text = "the build has no code block; its lines are run in order"
    notes.append(ReviewNote(text=text, source=source))
    return lines


def _commands(block: Block, file: str, notes: list[ReviewNote]) -> list[tuple[str, int]]:
    """The shell text of one block, with its line."""
    if isinstance(block, Fence):
        info = block.info.split()[0].lower().strip("{}.") if block.info else ""
        if info in _SHELL and block.text.strip():
            return [(prompt_lines(block.text), block.first)]
        if info not in _SILENT and info not in _SHELL:
            source = Source(file=file, line=block.line)
            notes.append(ReviewNote(text=f"a block of {info} is no build command", source=source))
        return []
    if isinstance(block, Bullet):
        return []
    lines = [(line, block.line + index) for index, line in enumerate(block.lines)]
    return [(line.strip()[2:], number) for line, number in lines if re.match(r"\s*\$ ", line)]
