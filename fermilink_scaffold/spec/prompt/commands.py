"""The commands in a free text: those that build the project, and those that are measured."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.goal.workloads import code_spans, looks_like_command, prompt_lines
from fermilink_scaffold.spec.model import ReviewNote, Source
from fermilink_scaffold.spec.project.languages import suffix_language
from fermilink_scaffold.spec.prompt.ids import label_before
from fermilink_scaffold.spec.text.markdown import Bullet, Fence
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.text.markdown import Block, Document, Text

__all__ = ["Command", "Commands", "find_commands"]

_SHELL = frozenset({"bash", "console", "sh", "shell", "shell-session", "terminal", "zsh"})
_SILENT = frozenset({"csv", "json", "output", "text", "toml", "txt", "xml", "yaml", "yml"})
_BUILDS = lazy(
    r"(?:sudo\s+)?(?:(?:python[\d.]*\s+-m\s+)?pip[\d.]*\s+install|uv\s+(?:pip|sync|venv)|(?:conda|mamba)\s"
    r"|cmake\b|meson\s+(?:setup|compile|install)|ninja\b|\./configure|autoreconf|\./(?:autogen|bootstrap)"
    r"|g?make(?!\s+(?:\S+\s+)*(?:test|check|bench|run)\w*)(?:\s|$)|cargo\s+build|fpm\s+(?:build|install)"
    r"|maturin\s|python[\d.]*\s+setup\.py\s+(?:build|develop|install)|python[\d.]*\s+-m\s+(?:build|venv)\b"
    r"|julia\s.*Pkg\.(?:instantiate|build|add)|apt(?:-get)?\s|module\s+load|git\s|spack\s)"
)
_ABOUT_BUILDING = lazy(r"\b(?:build|built|compil\w+|install\w*|set ?-?up)\b", re.IGNORECASE)
_ABOUT_RUNNING = lazy(
    r"\b(?:run\w*|benchmark\w*|measur\w+|tim(?:e|ed|ing)|cases?|workloads?|tests?)\b", re.IGNORECASE
)
_ABOUT_OUTPUT = lazy(r"\b(?:outputs?|prints?|printed|looks like|expected)\b", re.IGNORECASE)
#: What nobody but the user knows to be a command: `perf record ./wave 100`.
_OTHER = lazy(r"^[a-z][\w.-]* (?:[^=<>]* )?(?:\./|--?[a-z])")
#: Words about cases that the agent must not see.
_HELD_OUT = lazy(
    r"\bheld[- ]?out\b|\bhold(?:ing)?[- ]?out\b|\bunseen\b|\bhidden\b|\b(?:keep|kept|hold|held) (?:back|secret)\b"
    r"|\bnot (?:be )?(?:shown|visible)\b"
)
#: Lines that change the shell itself: the block they stand in is one script.
_STATE = lazy(
    r"(?:cd|pushd|export|source|\.|set|unset|ulimit|module|for|while|if|case|function|trap)\s|[A-Za-z_]\w*=\S*$"
)
_TESTS = lazy(r"\b(?:pytest|unittest|ctest|(?:make|cargo|fpm|meson)\s+(?:test|check))\b")


class Command(Record):
    """A command that is to be measured."""

    #: As it was written, continuations joined; several lines are one script.
    text: str
    line: int
    #: The id that a label before it gives; empty without one.
    label: str = ""
    #: The prose around it, without what stands in backticks.
    prose: str = ""
    #: True for one that the words around it keep from the agent.
    held_out: bool = False


@dataclass(kw_only=True)
class Commands:
    """What `find_commands` found, in order."""

    measured: list[Command] = field(default_factory=list)
    #: Commands that build, and their lines.
    build: list[tuple[str, int]] = field(default_factory=list)
    notes: list[ReviewNote] = field(default_factory=list)


def find_commands(document: Document, file: str) -> Commands:
    """The commands of fences, `$ ` lines and bullets, and those in the prose behind a label.

    Others in the prose count only if there are none of these; otherwise notes name them.
    """
    reader = _Reader(file)
    for section in document.sections:
        reader.blocks(section.blocks, section.heading, "")
    reader.running_text()
    return reader.found


class _Reader:
    """Walks over the blocks; what stands before a block tells what it is for."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.found = Commands()
        #: Commands in the running text, and what precedes each.
        self._inline: list[tuple[Command, str]] = []

    def note(self, text: str, line: int) -> None:
        self.found.notes.append(ReviewNote(text=text, source=Source(file=self._file, line=line)))

    def blocks(self, blocks: tuple[Block, ...], heading: str, label: str) -> None:
        before = heading
        for block in blocks:
            if isinstance(block, Fence):
                self._fence(block, before, label or label_before(before, 3))
                before = heading
            elif isinstance(block, Bullet):
                self._bullet(block, heading if _ABOUT_BUILDING.search(heading) else before)
            else:
                self._text(block, before)
                before = f"{heading}\n{block.text}" if heading else block.text

    def _bullet(self, bullet: Bullet, before: str) -> None:
        plain = re.sub(r"`[^`]*`", " ", bullet.text)
        for span in _command_spans(bullet.text):
            head, _, tail = bullet.text.partition(span)
            label = label_before(head.rstrip("`"))
            prose = re.sub(r"`[^`]*`?", " ", tail.lstrip("`") if label else plain)
            self._add(span, bullet.line, label, prose.strip(" ,;:."), f"{before}\n{plain}")
        self.blocks(bullet.blocks, bullet.text, label_before(bullet.text))

    def _text(self, text: Text, before: str) -> None:
        lines = list(text.lines) or [text.text]
        for index, line in enumerate(lines):
            if re.match(r"\s*\$ ", line):
                rest = prompt_lines("\n".join(lines[index:]))
                label = label_before(lines[index - 1] if index else before, 3)
                for command, _, _ in _logical_lines(rest)[:1]:
                    self._add(command, text.line + index, label, "", before)
        if not any(re.match(r"\s*\$ ", line) for line in lines):
            self._spans(text, lines)

    def _spans(self, text: Text, lines: list[str]) -> None:
        """What a paragraph has in backticks, with its line and the words before it."""
        commands = _command_spans(text.text)
        end = 0
        for span in code_spans(text.text):
            start = text.text.index(span, end)
            head = re.split(r"(?<=[.!?])\s", text.text[end:start].strip("` ,;"))[-1]
            if end:  # what precedes belongs to the span before
                head = re.split(r"[,;)]", head)[-1].strip()
            end = start + len(span)
            number = text.line + next((n for n, line in enumerate(lines) if span in line), 0)
            if span in commands:
                label = label_before(head, 3)
                tail = re.split(r"[`;]|(?<=[.!?])\s", text.text[end:].lstrip("`"))[0]
                prose = re.sub(
                    r"(?:^|\s)(?:and|or|then)$|^(?:and|or|then)\s", "", tail.strip(" ,.:")
                )
                command = Command(text=span, line=number, label=label, prose=prose)
                self._inline.append((command, head))
            elif _OTHER.search(span):
                self.note(f"a command in the running text is not run: {span}", number)

    def running_text(self) -> None:
        """Commands of the prose: those behind a label, all where there are no others."""
        alone, no_build = not self.found.measured, not self.found.build
        for command, head in self._inline:
            text, line = re.sub(r"^\$ ", "", command.text), command.line
            known = [each.text for each in self.found.measured]
            known += [text for text, _ in self.found.build]
            building = bool(_BUILDS.match(text)) or _is_about_building(head)
            if text in known:
                continue
            if not (no_build if building else alone or command.label):
                self.note(f"a command in the running text is not run: {text}", line)
                continue
            if not building and not command.label:
                self.note(f"taken from the running text as a command: {text}", line)
            self._add(text, line, command.label, command.prose, head)

    def _fence(self, fence: Fence, before: str, label: str) -> None:
        info = fence.info.split()[0].lower().strip("{}.") if fence.info.strip() else ""
        if info and info not in _SHELL:
            if info not in _SILENT:
                self.note(f"a block of {info} is no command", fence.line)
            return
        script = prompt_lines(fence.text)
        prompted = script != fence.text
        lines = _logical_lines(script)
        if not info and not prompted:
            if not lines or (_ABOUT_OUTPUT.search(before) and not _ABOUT_RUNNING.search(before)):
                return
            if not all(looks_like_command(text) or _STATE.match(text) for text, _, _ in lines):
                if not fence.indented:
                    self.note("this block does not look like commands; it is not run", fence.line)
                return
        self._lines(_placed(lines, script, fence), before, label)

    def _lines(self, lines: list[tuple[str, int, str]], before: str, label: str) -> None:
        """Commands of one block: builds first, then cases; with `cd` and the like one script."""
        about_building = _is_about_building(before)
        while lines and (about_building or _BUILDS.match(lines[0][0])):
            self.found.build.append(lines[0][:2])
            lines = lines[1:]
        if any(_STATE.match(text) for text, _, _ in lines):
            while lines and _STATE.match(lines[-1][0]) and len(lines) == 1:
                self.found.build.append(lines[0][:2])
                lines = []
            if lines:
                whole = "\n".join(text for text, _, _ in lines)
                self._add(whole, lines[0][1], lines[0][2] or label, "", before)
            return
        for text, line, name in lines:
            # a comment of its own says what it is, not the words above the block
            own = name or before
            self._add(text, line, name or (label if len(lines) == 1 else ""), "", own)

    def _add(self, text: str, line: int, label: str, prose: str, before: str) -> None:
        text = re.sub(r"^\$ ", "", text.strip())
        if not text:
            return
        if _BUILDS.match(text) or (_is_about_building(before) and "\n" not in text):
            self.found.build.append((text, line))
            return
        if any(command.text == text for command in self.found.measured):
            return
        if _TESTS.search(text):
            self.note(f"this runs tests; as a case its time is measured too: {text}", line)
        held_out = self._is_held_out(f"{label}\n{prose}\n{before}", text, line)
        label = "" if _HELD_OUT.fullmatch(label) else label
        self.found.measured.append(
            Command(text=text, line=line, label=label, prose=prose, held_out=held_out)
        )

    def _is_held_out(self, words: str, command: str, line: int) -> bool:
        """Whether the words about one command keep it from the agent; in doubt a note says so."""
        words = lower(words)
        if not _HELD_OUT.search(words):
            return False
        if re.search(r"\b(?:not|first|second|third|last|latter|former)\b(?! (?:be )?shown)", words):
            self.note(f"it is not clear whether this case is held out; it is not: {command}", line)
            return False
        return True


def _is_about_building(before: str) -> bool:
    """True when the last sentence speaks of building, not of running, and has no command itself."""
    last = re.split(r"(?<=[.!?])\s+", before.rpartition("\n")[2].strip())[-1]
    about = _ABOUT_BUILDING.search(last) and not _ABOUT_RUNNING.search(last)
    return bool(about) and not _command_spans(last)


def _command_spans(text: str) -> list[str]:
    """What in backticks is a command; `./src/core.py` alone names a source file."""
    return [
        span
        for span in code_spans(text)
        if looks_like_command(re.sub(r"^\$ ", "", span))
        and (" " in span or suffix_language(span) in {None, "shell"})
    ]


def _logical_lines(script: str) -> list[tuple[str, int, str]]:
    """Commands with their line offset and the comment above each; continuations joined.

    A here-document makes the rest one command.
    """
    found: list[tuple[str, int, str]] = []
    label, parts, start = "", list[str](), 0
    raw = script.split("\n")
    for offset, line in enumerate(raw):
        if not parts and not line.strip():
            continue
        if not parts and line.lstrip().startswith("#"):
            label = label_before(line.lstrip("# \t").rstrip(" :") + ":")
            continue
        start = start if parts else offset
        if "<<" in line and not parts:
            found.append(("\n".join(raw[offset:]).strip("\n"), offset, label))
            return found
        parts.append(line.rstrip().removesuffix("\\").strip())
        if not line.rstrip().endswith("\\"):
            found.append((" ".join(parts), start, label))
            label, parts = "", []
    if parts:
        found.append((" ".join(parts), start, label))
    return found


def _placed(
    lines: list[tuple[str, int, str]], script: str, fence: Fence
) -> list[tuple[str, int, str]]:
    """The commands with their lines in the prompt; `script` may lack some of the fence's lines."""
    shown, kept = fence.text.split("\n"), script.split("\n")
    placed: list[tuple[str, int, str]] = []
    position = 0
    for text, offset, label in lines:
        while position < len(shown) - 1 and kept[offset].strip() not in shown[position]:
            position += 1
        placed.append((text, fence.first + position, label))
        position += 1
    return placed
