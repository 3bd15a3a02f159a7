"""Editing a markdown memory by section: from text to text, every other byte kept.

A section is a heading line, matched whole, up to the next line that starts with `## ` or
`### `. Inside a fenced code block (CommonMark 0.31, 4.5; a fence that never closes is not
one) nothing is a heading, a metadata line or a placeholder. Memories grow to megabytes, so
they are read in one pass and their unchanged parts are not copied.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    #: What replaces the bytes from the first to the second position.
    Splice: TypeAlias = tuple[int, int, bytes]

__all__ = [
    "PLACEHOLDERS",
    "Change",
    "Scan",
    "append_section_line",
    "appended",
    "apply",
    "decode",
    "encode",
    "metadata",
    "replace_metadata_line",
    "set_section_lines",
    "with_lines",
]

#: Lines that say a section is still empty; the first entry takes their place.
PLACEHOLDERS = ("- none yet", "- Campaign initialized.")

_SECTION_STARTS = (b"## ", b"### ")

#: A line that starts a section, or that may be a placeholder (after blanks of any kind, so also
#: after bytes that are not ASCII).
_SECTION = rb"(?P<section>###? )"
_EMPTY = rb"(?P<empty>[\t\x0b-\r\x1c-\x20\x80-\xff]*- (?:none yet|Campaign initialized\.))"
#: A line that may open or close a fence.
_FENCE = rb"(?P<fence> {0,3}(?P<run>`{3,}|~{3,})(?P<info>[^\n]*))"
#: A whole block, from the line that opens it to the line that closes it.
_BLOCK = (
    rb"(?P<block> {0,3}(?:(?P<ticks>`{3,})(?!`)[^`\n]*(?:\n[^\n]*)*?\n {0,3}(?P=ticks)`*"
    rb"|(?P<tildes>~{3,})(?!~)[^\n]*(?:\n[^\n]*)*?\n {0,3}(?P=tildes)~*)[ \t\r]*(?=\n|\Z))"
)
#: Nearly all lines are entries, `- [`: the matcher is told first to pass these by.
_NO_ENTRY = rb"(?!- [^nC])"
_LINES = _NO_ENTRY + rb"(?:" + rb"|".join((_SECTION, _FENCE, _EMPTY)) + rb")"
_BLOCKS = _NO_ENTRY + rb"(?:" + rb"|".join((_SECTION, _BLOCK, _FENCE, _EMPTY)) + rb")"


def set_section_lines(content: str, heading: str, lines: Sequence[str]) -> str:
    """Replace the body of a section; a missing section is added at the end."""
    return _edited(content, heading, list(lines), with_lines)


def append_section_line(content: str, heading: str, entry: str) -> str:
    """Add a line at the end of a section's body and drop the body's placeholder lines.

    A missing section is added at the end.
    """
    return _edited(content, heading, [entry], appended)


def replace_metadata_line(content: str, prefix: str, value: str) -> str:
    """Replace the first line that starts with `prefix`; add one at the end when none does."""
    data = content.encode("utf-8", "surrogatepass")
    edit = metadata(prefix.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass"))
    return b"".join(apply(data, [edit])).decode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    """Bytes of a file as text; bytes that are not UTF-8 survive the way back."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Text as bytes of a file, UTF-8; escaped bytes as they were, other lone surrogates as `?`."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


class Change:
    """One edit of a text."""

    def __init__(
        self, find: Callable[[Scan], list[Splice] | None], addition: Sequence[bytes]
    ) -> None:
        #: What it does to a scanned text; None when its heading or prefix is missing there.
        self.find = find
        #: The lines that it then adds at the end.
        self.addition = addition


def with_lines(heading: bytes, lines: Sequence[bytes]) -> Change:
    """Edit: the section's body becomes `lines`."""

    def find(scan: Scan) -> list[Splice] | None:
        section = scan.section(heading)
        if section is None:
            return None
        return [(*section, b"".join(scan.ended(line) for line in lines))]

    return Change(find, [heading, *lines])


def appended(heading: bytes, lines: Sequence[bytes]) -> Change:
    """Edit: `lines` go to the end of the section's body, its placeholders go away."""

    def find(scan: Scan) -> list[Splice] | None:
        section = scan.section(heading)
        if section is None:
            return None
        start, end = section
        splices = [(*line, b"") for line in scan.placeholders(start, end)]
        return [*splices, (end, end, b"".join(scan.ended(line) for line in lines))]

    return Change(find, [heading, *lines])


def metadata(prefix: bytes, value: bytes) -> Change:
    """Edit: the first line that starts with `prefix` becomes `prefix` and `value`."""

    def find(scan: Scan) -> list[Splice] | None:
        line = scan.line(prefix)
        return None if line is None else [(*line, prefix + value)]

    return Change(find, [prefix + value])


def apply(data: bytes, changes: Sequence[Change]) -> list[bytes | memoryview]:
    """The text after all changes, one after the other, with a newline at its end; in pieces."""
    scan = Scan(data)
    found = [change.find(scan) for change in changes]
    splices = sorted(
        (splice for splices in found for splice in splices or ()), key=lambda splice: splice[:2]
    )
    apart = all(before[1] <= after[0] for before, after in itertools.pairwise(splices))
    if len(changes) > 1 and (None in found or not apart):
        for change in changes:
            data = b"".join(apply(data, [change]))
        return [data]
    if None in found:
        return _with_addition(scan, changes[0].addition)
    return _spliced(scan, splices)


def _edited(
    content: str,
    heading: str,
    lines: list[str],
    change: Callable[[bytes, Sequence[bytes]], Change],
) -> str:
    data = content.encode("utf-8", "surrogatepass")
    encoded = [line.encode("utf-8", "surrogatepass") for line in lines]
    changed = apply(data, [change(heading.encode("utf-8", "surrogatepass"), encoded)])
    return b"".join(changed).decode("utf-8", "surrogatepass")


def _spliced(scan: Scan, splices: Sequence[Splice]) -> list[bytes | memoryview]:
    view = memoryview(scan.data)
    pieces: list[bytes | memoryview] = []
    position = 0
    for start, end, text in splices:
        pieces.append(view[position:start])
        if text and start == end == len(scan.data) and not _ends_in_newline(pieces):
            pieces.append(scan.eol)
        pieces.append(text)
        position = end
    pieces.append(view[position:])
    if not _ends_in_newline(pieces):
        pieces.append(scan.eol)
    return pieces


def _ends_in_newline(pieces: Sequence[bytes | memoryview]) -> bool:
    """True at the start of a text, too: there is nothing that a newline would have to end."""
    last = next((piece for piece in reversed(pieces) if len(piece)), b"\n")
    return last[-1] == 10


def _with_addition(scan: Scan, lines: Sequence[bytes]) -> list[bytes | memoryview]:
    data, eol = scan.data, scan.eol
    pieces: list[bytes | memoryview] = [data]
    if data and data[-1] != 10:
        pieces.append(eol)
    if data and not (data in {b"\n", b"\r\n"} or data.endswith((b"\n\n", b"\n\r\n"))):
        pieces.append(eol)
    pieces.extend(scan.ended(line) for line in lines)
    return pieces


class Scan:
    """A text and the lines of it that mean something.

    One pass of a regular expression, whose first byte the matcher looks for with memchr(3),
    finds them all: it is the quickest there is for megabytes of lines that mean nothing.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        first = data.find(b"\n")
        #: The line ending of the first line, which new lines get.
        self.eol = b"\r\n" if first > 0 and data[first - 1] == 13 else b"\n"
        #: Where the lines start that begin a section.
        self.section_starts: list[int] = []
        #: Where the first fence is that never closes; None without one.
        self.open_fence: int | None = None
        self._empty: list[int] = []
        self._fences: list[tuple[int, int]] = []
        for match in _matches(_BLOCKS, data, 0):
            kind = match.lastgroup
            if kind == "section":
                self.section_starts.append(match.start(kind))
            elif kind == "empty":
                self._empty.append(match.start(kind))
            elif kind == "block":
                self._fences.append(match.span(kind))
            elif match["run"][:1] == b"~" or b"`" not in match["info"]:
                # A fence that never closes. Looking for the end of each such fence anew
                # would take for ever: from here on line by line.
                self.open_fence = match.start("fence")
                self._scan_lines(self.open_fence)
                break

    def _scan_lines(self, position: int) -> None:
        fences: list[re.Match[bytes]] = []
        sections: list[int] = []
        empty: list[int] = []
        for match in _matches(_LINES, self.data, position):
            kind = str(match.lastgroup)
            if kind == "fence":
                fences.append(match)
            else:
                (sections if kind == "section" else empty).append(match.start(kind))
        self._fences += _closed_fences(fences)
        self.section_starts += [start for start in sections if not self.in_fence(start)]
        self._empty += [start for start in empty if not self.in_fence(start)]

    def in_fence(self, position: int) -> bool:
        """True when the line that starts there is in a code block or fences it."""
        index = bisect_right(self._fences, (position, len(self.data))) - 1
        return index >= 0 and position < self._fences[index][1]

    def ended(self, line: bytes) -> bytes:
        """`line` with this text's line ending, also where it has line breaks of its own."""
        if b"\n" in line:
            line = self.eol.join(line.replace(b"\r\n", b"\n").split(b"\n"))
        return line + self.eol

    def section(self, heading: bytes) -> tuple[int, int] | None:
        """Start and end of the body of the first section with this heading."""
        for start in self._line_starts(heading):
            body = self._after_line(start + len(heading))
            if body is not None:
                index = bisect_left(self.section_starts, body)
                end = (
                    self.section_starts[index]
                    if index < len(self.section_starts)
                    else len(self.data)
                )
                return body, end
        return None

    def line(self, prefix: bytes) -> tuple[int, int] | None:
        """Start and end, less the line ending, of the first line that starts with `prefix`."""
        start = next(self._line_starts(prefix), None)
        if start is None:
            return None
        end = self.data.find(b"\n", start)
        if end < 0:
            return start, len(self.data)
        return start, end - 1 if self.data[end - 1] == 13 else end

    def placeholders(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Start and end of the placeholder lines between two positions."""
        for first in self._empty[bisect_left(self._empty, start) :]:
            if first >= end:
                return
            last = self.data.find(b"\n", first, end) + 1 or end
            if decode(self.data[first:last]).strip() in PLACEHOLDERS:
                yield first, last

    def _line_starts(self, text: bytes) -> Iterator[int]:
        """Where lines outside of fences start with `text`."""
        if text.startswith(_SECTION_STARTS):
            yield from (start for start in self.section_starts if self.data.startswith(text, start))
            return
        position = self.data.find(text)
        while position >= 0:
            if (position == 0 or self.data[position - 1] == 10) and not self.in_fence(position):
                yield position
            position = self.data.find(text, position + 1)

    def _after_line(self, position: int) -> int | None:
        """Where the next line starts, when the line ends at `position`."""
        if position == len(self.data):
            return position
        if self.data.startswith(b"\n", position):
            return position + 1
        if self.data.startswith(b"\r\n", position):
            return position + 2
        return None


def _matches(pattern: bytes, data: bytes, position: int) -> Iterator[re.Match[bytes]]:
    """The lines that match, from the line on that starts at `position`."""
    import re

    first = re.compile(pattern).match(data, position)
    if first is not None:
        yield first
        position = first.end()
    yield from re.compile(b"\n" + pattern).finditer(data, position)


def _closed_fences(lines: Sequence[re.Match[bytes]]) -> list[tuple[int, int]]:
    """Start of the opening line and end of the closing line of each fenced block."""
    blocks: list[tuple[int, int]] = []
    #: Per fence character: from here on no line closes a fence of this length.
    unclosed: dict[bytes, int] = {}
    index = 0
    while index < len(lines):
        opening = lines[index]
        index += 1
        run = opening["run"]
        char, length = run[:1], len(run)
        if length >= unclosed.get(char, length + 1) or (char == b"`" and b"`" in opening["info"]):
            continue
        for closing in range(index, len(lines)):
            line = lines[closing]
            if line["run"].startswith(run) and not line["info"].strip(b" \t\r"):
                blocks.append((opening.start("fence"), line.end()))
                index = closing + 1
                break
        else:
            unclosed[char] = length
    return blocks
