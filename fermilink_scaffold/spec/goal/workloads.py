"""Workload bullets of a goal, each read to one draft case."""

from __future__ import annotations

import re

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.goal.case_files import Passage, named_files
from fermilink_scaffold.spec.model import DraftCase, ReviewNote, Source
from fermilink_scaffold.spec.text.command_text import (
    PROGRAM,
    code_spans,
    looks_like_command,
    prompt_lines,
    without_spans,
)
from fermilink_scaffold.spec.text.markdown import Bullet, Fence, Section, Text, walk
from fermilink_scaffold.spec.text.named_files import (
    Places,
    find_name,
    looks_like_file,
    staged_files,
    staged_path,
)
from fermilink_scaffold.spec.text.patterns import lazy, lower
from fermilink_scaffold.spec.text.shellwords import command_words, place_in_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from fermilink_scaffold.spec.text.markdown import Block

__all__ = ["code_spans", "looks_like_command", "prompt_lines", "read_workloads"]

_ID = r"[^\s`*]+?|\*\*[^*`]+\*\*|`[^`]+`|\*\*`[^`]+`\*\*"
_RANKS = lazy(
    r"\b(\d{1,6})[\s-]*(?:mpi[\s-]*(?:ranks?|process(?:es)?|procs?|tasks?)|ranks?)\b"
    r"|\bmpi[\s_-]*(?:ranks?|process(?:es)?|procs?|tasks?)\s*[:=]?\s*(\d{1,6})\b"
)
#: `a larger part than on 16 ranks` speaks of another run.
_COMPARED = lazy(
    r"\b(?:than|instead of|not|unlike|versus|vs\.?)\s+(?:on |with |using |for )?(?:the )?$"
)
_THREADS = lazy(r"\b(?!1\b)\d{1,4}[\s-](?:omp |openmp )?threads?\b")
_KEYS_TEXT = """
args arguments command cmd description env expected file files input inputs launch metric
metrics mpi note notes output outputs ranks run runs script threads timeout weight
"""
_KEYS = frozenset(_KEYS_TEXT.split())
_SHELL_INFO = frozenset({"", "bash", "console", "sh", "shell", "shell-session", "terminal", "zsh"})


class _Raw(Record):
    """A workload before its command and files are looked for."""

    id: str
    text: str
    line: int
    blocks: tuple[Block, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def passages(self) -> list[Passage]:
        """Its own text, then that of everything below it."""
        own = Passage(text=self.text, line=self.line, lines=self.lines)
        nested = (
            Passage(text=block.text, line=block.line, lines=block.lines)
            for block in walk(self.blocks)
            if not isinstance(block, Fence)
        )
        return [each for each in (own, *nested) if each.text]

    @property
    def texts(self) -> list[str]:
        """The passages' texts."""
        return [each.text for each in self.passages]

    @property
    def fences(self) -> list[Fence]:
        """Code blocks that can hold its command."""
        return [
            block
            for block in walk(self.blocks)
            if isinstance(block, Fence) and _info(block) in _SHELL_INFO
        ]

    @property
    def has_command(self) -> bool:
        """True when a code block or a span in backticks is one."""
        spans = [span for text in self.texts for span in code_spans(text)]
        return bool(self.fences) or any(map(looks_like_command, spans))


def _raw(bullet: Bullet, identifier: str = "", text: str | None = None) -> _Raw:
    return _Raw(
        id=identifier,
        text=bullet.text if text is None else text,
        line=bullet.line,
        blocks=bullet.blocks,
        lines=bullet.lines,
    )


def _info(fence: Fence) -> str:
    return fence.info.split()[0].lower().strip("{}.") if fence.info.strip() else ""


def read_workloads(
    sections: Iterable[Section], places: Places
) -> tuple[tuple[DraftCase, ...], tuple[ReviewNote, ...]]:
    """The cases of the workload sections, in order, and what a person should look at.

    Raises ScaffoldError, with the goal's line, for an id that stands twice, a bullet
    without an id, quotes that are not balanced, and a named file that is missing or
    lies outside the goal's directory.
    """
    notes: list[ReviewNote] = []
    raws: list[_Raw] = []
    for section in sections:
        raws.extend(_raw_cases(section, places, notes))
    seen: dict[str, int] = {}
    for raw in raws:
        if raw.id in seen:
            raise ScaffoldError(
                f"the case id `{raw.id}` stands twice: lines {seen[raw.id]} and {raw.line}",
                file=places.file,
                line=raw.line,
                hint="Give each workload an id of its own.",
            )
        seen[raw.id] = raw.line
    return tuple(_case(raw, places, notes) for raw in raws), tuple(notes)


def _raw_cases(section: Section, places: Places, notes: list[ReviewNote]) -> list[_Raw]:
    """Bullets or table rows of one section, with the code blocks that stand under them."""
    blocks = [each for block in section.blocks for each in _rows(block)]
    if not any(isinstance(block, Bullet) for block in blocks):
        headed = _from_heading(section)
        return [headed] if headed else []
    raws: list[_Raw] = []
    for block in blocks:
        if isinstance(block, Bullet):
            raws.extend(_from_bullet(block, places, notes))
        elif isinstance(block, Fence) and _info(block) in _SHELL_INFO:
            if raws and not raws[-1].has_command and all(each.has_command for each in raws[:-1]):
                raws[-1] = raws[-1].replace(blocks=(*raws[-1].blocks, block))
                continue
            source = Source(file=places.file, line=block.line)
            text = "this code block belongs to no workload; indent it below its bullet"
            notes.append(ReviewNote(text=text, source=source))
    return raws


def _rows(block: Block) -> list[Block]:
    """The rows of a table as bullets: the first cell is the id; anything else is itself."""
    if not isinstance(block, Text) or len(block.lines) < 3:
        return [block]
    if not re.fullmatch(r"\s*\|?[\s:|-]+\|[\s:|-]*", block.lines[1]):
        return [block]
    rows: list[Block] = []
    for number, line in enumerate(block.lines[2:], block.line + 2):
        cells = [
            cell.strip()
            for cell in re.split(r"(?<!\\)\|(?=(?:[^`]*`[^`]*`)*[^`]*$)", line.strip().strip("|"))
        ]
        rest = " / ".join(cell.replace("\\|", "|") for cell in cells[1:] if cell)
        identifier = cells[0].strip("`*")
        rows.append(Bullet(text=f"`{identifier}`: {rest}", line=number, lines=(line,)))
    return rows


def _from_heading(section: Section) -> _Raw | None:
    """A section below the workloads that is one case: `### train-small` and a code block."""
    words = section.heading.split()
    raw = _Raw(id="-".join(words).lower(), text="", line=section.line, blocks=section.blocks)
    if len(words) == 1:
        raw = raw.replace(id=words[0])
    return raw if raw.has_command and section.level > 2 else None


def _from_bullet(bullet: Bullet, places: Places, notes: list[ReviewNote]) -> list[_Raw]:
    """One case, or several when the bullet is a mere heading of nested ones."""
    if bullet.bullets and _is_group(bullet):
        return [raw for child in bullet.bullets for raw in _from_bullet(child, places, notes)]
    identifier, text = _split_id(bullet.text)
    if identifier is None:
        identifier = _made_up_id(bullet, places)
        source = Source(file=places.file, line=bullet.line)
        note = f"the workload has no id; `{identifier}` was made up"
        notes.append(ReviewNote(text=note, source=source))
    return [_raw(bullet, identifier, text)]


def _is_group(bullet: Bullet) -> bool:
    """True for `- Train:` above bullets that are workloads of their own."""
    head = bullet.text.strip().strip("*_ ")
    if head and not head.endswith(":"):
        return False
    ids = [_split_id(child.text)[0] for child in bullet.bullets]
    if any(each is None or each.lower() in _KEYS for each in ids):
        return False
    commands = all(_raw(child).has_command for child in bullet.bullets)
    return commands or all(each and each.startswith(("train", "test")) for each in ids)


def _split_id(text: str) -> tuple[str | None, str]:
    """`case-id: text`, also bold, in backticks, or with a dash for the colon."""
    text = re.sub(r"^\[[ xX]\]\s*", "", text)
    match = re.match(rf"({_ID})(\s*:|\s+[—–-]{{1,3}})(?=[\s`]|$)\s*", text)
    match = match or re.match(r"\*\*`?([^*`]+?)`?:\*\*()\s*", text)
    if match is None:
        match = re.match(r"((?:train|test)[-_][^\s:`*]+)(:)", text) or re.fullmatch(
            r"(`[^`\s]+`|\*\*[^*\s]+\*\*|(?:train|test)[-_]\S+)()", text
        )
    if match is None:
        return None, text
    return match[1].strip("*`").rstrip(":"), text[match.end() :].strip()


def _made_up_id(bullet: Bullet, places: Places) -> str:
    """An id from the words of a workload that has none, if it is a workload at all."""
    head, colon, _ = bullet.text.partition(": ")
    words = head if colon and len(head.split()) <= 5 else without_spans(bullet.text)
    words = words if words.strip() else bullet.text
    slug = "-".join(re.findall(r"[a-z0-9]+", words.lower())[:6])
    if slug and (
        _raw(bullet).has_command or " / " in bullet.text or _RANKS.search(lower(bullet.text))
    ):
        return slug
    raise ScaffoldError(
        f"this workload has no id: {bullet.text[:60]!r}",
        file=places.file,
        line=bullet.line,
        hint="Write `- case-id: text with a command in backticks`; remarks belong in ## Notes.",
    )


def _case(raw: _Raw, places: Places, notes: list[ReviewNote]) -> DraftCase:
    """Command, files and ranks of one workload."""
    source = Source(file=places.file, line=raw.line)
    shown, prose = _command_text(raw, places, notes, source)
    try:
        words = command_words(shown) if shown is not None else None
    except ValueError as error:
        raise ScaffoldError(
            f"workload `{raw.id}`: {error}: {shown}",
            file=places.file,
            line=raw.line,
            hint="Close the quote, or put the command into a script and name that.",
        ) from None
    threads = _THREADS.search(lower(prose))
    if threads:
        text = (
            f"workload `{raw.id}`: {threads[0]} in the prose set nothing; give it OMP_NUM_THREADS"
        )
        notes.append(ReviewNote(text=text, source=source))
    named, file_notes = named_files(raw.id, raw.passages, shown, places, raw.line)
    notes.extend(file_notes)
    if words is not None:
        words = place_in_words(words, {name: staged_path(name, places) for name in named})
    files: dict[str, None] = {}
    for name in named:
        if find_name(name, places) == "staged":
            files.update(dict.fromkeys(staged_files(name, places, raw.line)))
    return DraftCase(
        id=raw.id,
        text="\n".join(raw.texts),
        source=source,
        command=words,
        files=tuple(files),
        mpi_ranks=_ranks(prose, source, notes),
    )


def _command_text(
    raw: _Raw, places: Places, notes: list[ReviewNote], source: Source
) -> tuple[str | None, str]:
    """The command as it was written, and the prose without it."""
    prose = " ".join(without_spans(text) for text in raw.texts)
    fences = [prompt_lines(fence.text).strip("\n") for fence in raw.fences]
    if any(text.strip() for text in fences):
        return _join_lines("\n".join(fences)), prose
    spans = [span for text in raw.texts for span in code_spans(text)]
    commands = [
        span
        for span in spans
        if looks_like_command(span) and (find_name(span, places) == "text" or span[:2] == "./")
    ]
    if not commands and len(spans) == 1 and _alone(raw.texts):
        commands = [] if looks_like_file(spans[0]) or re.search(r"[=(]", spans[0]) else spans
    if len(commands) > 1:
        text = f"workload `{raw.id}` names {len(commands)} commands; the first one is run"
        notes.append(ReviewNote(text=text, source=source))
    if commands:
        return re.sub(r"^\$ ", "", commands[0]), prose
    return (None, prose) if spans else _bare_command(raw, notes, source, prose)


def _alone(texts: list[str]) -> bool:
    """True when nothing but the code span stands there."""
    return not re.search(r"\w", " ".join(without_spans(text) for text in texts))


def _bare_command(
    raw: _Raw, notes: list[ReviewNote], source: Source, prose: str
) -> tuple[str | None, str]:
    """A workload that is a command without backticks."""
    text = raw.text
    cut = re.split(r"\s+(?:on|with|using)\s+\d+\s+(?:MPI\s+)?(?:ranks?|process)", text)[0]
    words = cut.split()
    path = cut.startswith("./")
    if not path and (len(words) < 2 or not PROGRAM.fullmatch(words[0].rsplit("/", 1)[-1])):
        return None, prose
    if not path and not (looks_like_file(words[1]) or words[1].startswith("-")):
        return None, prose
    note = f"workload `{raw.id}`: taken as a command without backticks: {cut}"
    notes.append(ReviewNote(text=note, source=source))
    return cut, prose


def _join_lines(text: str) -> str:
    """One logical line where only continuations made it several."""
    joined = re.sub(r"[ \t]*\\\n[ \t]*", " ", text)
    lines = [
        line for line in joined.split("\n") if line.strip() and not line.lstrip().startswith("#")
    ]
    return lines[0].strip() if len(lines) == 1 else text


def _ranks(prose: str, source: Source, notes: list[ReviewNote]) -> int | None:
    """MPI ranks that the prose names; none where it names several numbers."""
    lowered = lower(prose)
    numbers = {
        int(match[1] or match[2])
        for match in _RANKS.finditer(lowered)
        if not _COMPARED.search(lowered[: match.start()])
    } - {0}
    if len(numbers) > 1:
        text = f"several numbers of MPI ranks ({', '.join(map(str, sorted(numbers)))}); none is set"
        notes.append(ReviewNote(text=text, source=source))
    return numbers.pop() if len(numbers) == 1 else None
