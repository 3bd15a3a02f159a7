"""The steps by which a broken memory is mended, each with what it found."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass

from fermilink_scaffold.runtime import memory
from fermilink_scaffold.runtime.clock import utc_now_z
from fermilink_scaffold.runtime.events import Event, parse_event, same_event
from fermilink_scaffold.runtime.headings import SKELETON, heading_meant
from fermilink_scaffold.runtime.outline import Section, is_event, is_sub_entry, joined, outline
from fermilink_scaffold.runtime.rows import ACCEPTING
from fermilink_scaffold.runtime.sections import Scan, decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Finding", "Work", "mend"]

_EVENTS = (memory.PROGRESS, memory.ACCEPTED, memory.REJECTED)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong with a memory."""

    #: `renamed duplicate missing misplaced doubled metadata`.
    kind: str
    #: Line in the file as it is, from 1; None for what is missing.
    line: int | None
    #: One sentence.
    text: str


def mend(data: bytes) -> Work:
    """All steps, one after the other."""
    work = Work(data)
    for step in (_rename, _merge, _complete, _gather, _undouble, _date):
        step(work)
    return work


@dataclass(frozen=True, kw_only=True)
class _Block:
    text: bytes
    line: int


@dataclass(kw_only=True)
class _Part:
    """A section while it is worked on."""

    heading: bytes
    lead: bytes
    blocks: list[_Block]
    line: int
    #: False when the heading was mended.
    exact: bool = True

    def section(self) -> Section:
        texts = tuple(block.text for block in self.blocks)
        return Section(position=0, heading=self.heading, lead=self.lead, blocks=texts)


class Work:
    """A memory while it is mended."""

    def __init__(self, data: bytes) -> None:
        self.eol = Scan(data).eol
        self.data = data if data.endswith(b"\n") or not data else data + self.eol
        self.parts: list[_Part] = []
        self.findings: list[Finding] = []
        self.moved: list[Section] = []

    def find(self, kind: str, line: int | None, text: str) -> None:
        self.findings.append(Finding(kind=kind, line=line, text=text))

    def move(self, heading: bytes, lines: bytes = b"") -> None:
        """Send lines to the archive, under the heading they stood under."""
        blocks = (lines,) if lines else ()
        self.moved.append(Section(position=0, heading=heading, lead=heading, blocks=blocks))

    def text(self) -> bytes:
        return joined(part.section() for part in self.parts)

    def part(self, heading: bytes) -> _Part | None:
        return next((part for part in self.parts if part.heading == heading), None)


def _rename(work: Work) -> None:
    """Give headings of the format their names back, and take the text apart."""
    scan = Scan(work.data)
    lines = _lines(work.data)
    headings = _headings(scan, lines)
    present = {lines[number].rstrip(b"\r\n") for number in headings}
    renamed: set[int] = set()
    section = b""
    for number in headings:
        text = lines[number].rstrip(b"\r\n")
        meant = heading_meant(text)
        # With an event below it is no heading of somebody's own, but for a review's sub-entry.
        beside = section in SKELETON or _starts_section(text)
        ours = beside and meant is not None and _has_event(lines, number)
        if meant is None or (meant.only_if_missing and meant.heading in present and not ours):
            name = text
        else:
            name = meant.heading
        if name != text:
            work.find("renamed", number + 1, f"{decode(text)!r} should read {decode(name)!r}")
            work.move(text)
            lines[number] = name + lines[number][len(text) :]
            present.add(name)
            renamed.add(number + 1)
        section = name if _starts_section(name) else section
    work.data = b"".join(lines)
    work.parts = _parts(work.data, renamed)


def _starts_section(heading: bytes) -> bool:
    return heading.startswith((b"## ", b"### "))


def _headings(scan: Scan, lines: Sequence[bytes]) -> list[int]:
    """Indices of the lines outside of code blocks that are headings of any level."""
    found, position = [], 0
    for number, line in enumerate(lines):
        if line.startswith(b"#") and not scan.in_fence(position):
            found.append(number)
        position += len(line)
    return found


def _has_event(lines: Sequence[bytes], heading: int) -> bool:
    """True when an event follows before the next heading."""
    below = (lines[number] for number in range(heading + 1, len(lines)))
    return any(map(is_event, itertools.takewhile(lambda line: not line.startswith(b"#"), below)))


def _parts(data: bytes, renamed: set[int]) -> list[_Part]:
    parts, number = [], 1
    for section in outline(data):
        part = _Part(heading=section.heading, lead=section.lead, blocks=[], line=number)
        part.exact = number not in renamed
        number += section.lead.count(b"\n")
        for text in section.blocks:
            part.blocks.append(_Block(text=text, line=number))
            number += text.count(b"\n")
        parts.append(part)
    return parts


def _lines(data: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _merge(work: Work) -> None:
    """Bring sections of the same name together where the first of them stands."""
    kept: dict[bytes, _Part] = {}
    parts = []
    for part in work.parts:
        first = kept.setdefault(part.heading, part) if part.heading in SKELETON else part
        if first is part:
            parts.append(part)
            continue
        where = f"{decode(part.heading)!r} is in line {first.line} already"
        work.find("duplicate", part.line, where)
        if part.heading == memory.LATEST:
            _keep_latest(work, first, part)
        else:
            work.move(part.heading)
            first.blocks = _merged(first.blocks, part.blocks)
    work.parts = parts


def _keep_latest(work: Work, first: _Part, other: _Part) -> None:
    """Of two latest commits keep the one that the controller writes to; archive the other."""
    stale = other
    if other.exact and not first.exact:
        stale = _Part(heading=first.heading, lead=b"", blocks=first.blocks, line=first.line)
        first.blocks, first.exact = other.blocks, True
    work.move(other.heading, b"".join(block.text for block in stale.blocks))


def _merged(one: Sequence[_Block], other: Sequence[_Block]) -> list[_Block]:
    """Both lists of blocks, events by time; sub-entries last."""
    heads: list[tuple[str, _Block]] = []
    tails: list[_Block] = []
    for blocks in (one, other):
        first = _first_sub_entry(blocks)
        tails += blocks[first:]
        time = ""
        for block in blocks[:first]:
            event = parse_event(block.text)
            # What is no event stays behind the one before it.
            time = event.time if event else time
            heads.append((time, block))
    heads.sort(key=lambda head: head[0])
    return [*(block for _, block in heads), *tails]


def _first_sub_entry(blocks: Sequence[_Block]) -> int:
    return next(
        (index for index, block in enumerate(blocks) if is_sub_entry(block.text)), len(blocks)
    )


def _gather(work: Work) -> None:
    """Bring events into their section, above its sub-entries."""
    homeless: dict[bytes, list[_Block]] = {heading: [] for heading in _EVENTS}
    status = _statuses(work)
    for part in work.parts:
        first = _first_sub_entry(part.blocks)
        stay = []
        for index, block in enumerate(part.blocks):
            home = _home(part.heading, block.text, status)
            in_place = home == part.heading and index < first
            if home is None or in_place or work.part(home) is None:
                stay.append(block)
                continue
            inside = "a sub-entry of " if home == part.heading else ""
            where = f"an event stands in {inside}{decode(part.heading or b'the head')!r}"
            work.find("misplaced", block.line, where)
            homeless[home].append(block)
        part.blocks = stay
    for heading, blocks in homeless.items():
        home_part = work.part(heading)
        if home_part is not None and blocks:
            # A section that was missing has a placeholder, in no line of the file.
            there = [block for block in home_part.blocks if block.line]
            home_part.blocks = _merged(there, blocks)


def _statuses(work: Work) -> Callable[[bytes], bytes | None]:
    """A function from an entry without a status to the section it belongs to."""
    reported: dict[str, list[Event]] = {}
    for part in work.parts:
        for block in part.blocks:
            event = parse_event(block.text)
            if event is not None and event.status is not None:
                reported.setdefault(event.commit[:7], []).append(event)

    def find(text: bytes) -> bytes | None:
        event = parse_event(text)
        for other in reported.get(event.commit[:7], ()) if event else ():
            if event and same_event(dataclasses.replace(event, status=other.status), other):
                return memory.ACCEPTED if other.status in ACCEPTING else memory.REJECTED
        return None

    return find


def _home(heading: bytes, text: bytes, status: Callable[[bytes], bytes | None]) -> bytes | None:
    """The section that an event belongs to; None for what is no event, or anybody's."""
    event = parse_event(text)
    if event is None:
        return None
    if event.status is not None:
        return memory.PROGRESS
    return heading if heading in _EVENTS else status(text)


def _undouble(work: Work) -> None:
    """Send the repetitions of an event to the archive; the most precise entry stays."""
    for heading in _EVENTS:
        part = work.part(heading)
        if part is None:
            continue
        groups: dict[str, _Group] = {}
        doubled: set[int] = set()
        for block in part.blocks:
            event = parse_event(block.text)
            if event is not None:
                loser = groups.setdefault(event.commit[:7], _Group()).enter(block, event)
                doubled.add(id(loser))
        for block in part.blocks:
            if id(block) in doubled:
                work.find("doubled", block.line, f"an event of {decode(heading)!r} is repeated")
                work.move(heading, block.text)
        part.blocks = [block for block in part.blocks if id(block) not in doubled]


class _Group:
    """Events whose commits begin alike, without repetitions."""

    def __init__(self) -> None:
        #: By time where that is in microseconds: two such entries, which the controller wrote
        #: at different times, are two outcomes.
        self._kept: dict[str, list[tuple[_Block, Event]]] = {}

    def enter(self, block: _Block, event: Event) -> _Block | None:
        """Of this event and one that repeats it, the less precise one; None without one."""
        time = event.time if "." in event.time else ""
        there = (self._kept.get(time, []), self._kept.get("", [])) if time else self._kept.values()
        loser = None
        for entries in there:
            same = next((entry for entry in entries if same_event(entry[1], event)), None)
            if same is not None and len(event.time) <= len(same[1].time):
                return block
            if same is not None:
                entries.remove(same)
                loser = same[0]
                break
        self._kept.setdefault(time, []).append((block, event))
        return loser


def _complete(work: Work) -> None:
    """Add the sections of the format that are missing, each behind the one before it."""
    position = 1 if work.parts else 0
    for heading, lines in SKELETON.items():
        part = work.part(heading)
        if part is None:
            work.find("missing", None, f"{decode(heading)!r} is missing")
            blocks = [_Block(text=line + work.eol, line=0) for line in lines]
            part = _Part(heading=heading, lead=heading + work.eol, blocks=blocks, line=0)
            work.parts.insert(position, part)
        position = work.parts.index(part) + 1


def _date(work: Work) -> None:
    """Add the time of the last update to the head, where it is missing everywhere."""
    if Scan(work.text()).line(memory.UPDATED) is not None:
        return
    work.find("metadata", None, f"{decode(memory.UPDATED).strip()!r} is missing")
    line = memory.UPDATED + encode(utc_now_z()) + work.eol
    head = work.parts[0] if work.parts and not work.parts[0].heading else None
    if head is None:
        work.parts.insert(0, _Part(heading=b"", lead=line, blocks=[], line=1))
        return
    scan, position, at = Scan(head.lead), 0, len(head.lead)
    for text in _lines(head.lead):
        item = text.startswith(b"- ") and not scan.in_fence(position)
        position += len(text)
        at = position if item else at
    head.lead = head.lead[:at] + line + head.lead[at:]
