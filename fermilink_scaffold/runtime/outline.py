"""A memory taken apart: sections, and in each the blocks that belong together."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from fermilink_scaffold.runtime.sections import PLACEHOLDERS, Scan, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Section",
    "is_event",
    "is_placeholder",
    "is_sub_entry",
    "joined",
    "outline",
    "starts_item",
]

#: What starts a block, at the line's start: the heading of a sub-entry, or a list item.
_HEADING = re.compile(rb"#{1,6}[ \t]")
_ITEM = re.compile(rb"(?:[-*+]|\d{1,9}[.)])[ \t]")
#: An entry of the controller, or one that an agent wrote in its form.
_EVENT = re.compile(rb"- \[\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section as it stands in the file; all parts joined are its bytes."""

    #: Where it starts in the file, bytes.
    position: int
    #: The heading line without its line ending; empty for what comes before any section.
    heading: bytes
    #: The heading line, and the blank lines before the first block.
    lead: bytes
    #: List items with their continuation, sub-entries with their heading, paragraphs; each
    #: with the blank lines behind it.
    blocks: tuple[bytes, ...]


def outline(data: bytes) -> list[Section]:
    """The text's sections, first what comes before any of them; joined they are the text."""
    scan = Scan(data)
    starts = [0, *scan.section_starts]
    ends = [*scan.section_starts, len(data)]
    return [
        _section(scan, start, end, headed=number > 0)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]


def joined(sections: Iterable[Section]) -> bytes:
    """The text of the sections."""
    return b"".join(b"".join((section.lead, *section.blocks)) for section in sections)


def is_event(block: bytes) -> bool:
    """True for an entry that starts with a time in brackets."""
    return _EVENT.match(block) is not None


def is_sub_entry(block: bytes) -> bool:
    """True for a block with a heading of its own."""
    return _HEADING.match(block) is not None


def starts_item(block: bytes) -> bool:
    """True for a block that a line before it cannot take in: a list item or a sub-entry."""
    return _ITEM.match(block) is not None or is_sub_entry(block)


def is_placeholder(block: bytes) -> bool:
    """True for a block that says a section is still empty."""
    return decode(block).strip() in PLACEHOLDERS


def _section(scan: Scan, start: int, end: int, *, headed: bool) -> Section:
    text = scan.data[start:end]
    if not headed:
        return Section(position=start, heading=b"", lead=text, blocks=())
    parts: list[list[bytes]] = [[]]
    in_sub_entry = fenced = False
    position = start
    for line in io.BytesIO(text):
        # The line that opens a fence is like any other.
        inside, fenced = fenced and scan.in_fence(position), scan.in_fence(position)
        if position > start and not inside:
            blank_before = not parts[-1][-1].strip()
            if _starts_block(line, first=len(parts) == 1, in_sub_entry=in_sub_entry) or (
                blank_before and not in_sub_entry and not line[:1].isspace()
            ):
                parts.append([])
                in_sub_entry = is_sub_entry(line)
        parts[-1].append(line)
        position += len(line)
    lead, *blocks = map(b"".join, parts)
    heading = text.partition(b"\n")[0].rstrip(b"\r")
    return Section(position=start, heading=heading, lead=lead, blocks=tuple(blocks))


def _starts_block(line: bytes, *, first: bool, in_sub_entry: bool) -> bool:
    if not line.strip():
        return False
    return (
        first
        or is_event(line)
        or is_sub_entry(line)
        or (not in_sub_entry and _ITEM.match(line) is not None)
    )
