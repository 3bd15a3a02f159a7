"""Editing a markdown memory by section: from text to text, every other byte kept.

A section is a heading line, matched whole, up to the next line that starts with `## ` or
`### `. Inside a fenced code block (CommonMark 0.31, 4.5; a fence that never closes is not
one) nothing is a heading, a metadata line or a placeholder. Memories grow to megabytes, so
positions are found with `bytes.find`, and the text is copied once.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
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
#: Vain hits of a rare first byte cost this many bytes' search for the whole needle.
_VAIN = 1 << 10
#: Below this size the search for the whole needle is the quicker one.
_SMALL = 1 << 16


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
    return apply(data, [edit]).decode("utf-8", "surrogatepass")


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


def apply(data: bytes, changes: Sequence[Change]) -> bytes:
    """The text after all changes, one after the other, with a newline at its end."""
    scan = Scan(data)
    found = [change.find(scan) for change in changes]
    splices = sorted(
        (splice for splices in found for splice in splices or ()), key=lambda splice: splice[:2]
    )
    apart = all(before[1] <= after[0] for before, after in itertools.pairwise(splices))
    if len(changes) > 1 and (None in found or not apart):
        for change in changes:
            data = apply(data, [change])
        return data
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
    return changed.decode("utf-8", "surrogatepass")


def _spliced(scan: Scan, splices: Sequence[Splice]) -> bytes:
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
    return b"".join(pieces)


def _ends_in_newline(pieces: Sequence[bytes | memoryview]) -> bool:
    """True at the start of a text, too: there is nothing that a newline would have to end."""
    last = next((piece for piece in reversed(pieces) if len(piece)), b"\n")
    return last[-1] == 10


def _with_addition(scan: Scan, lines: Sequence[bytes]) -> bytes:
    data, eol = scan.data, scan.eol
    pieces: list[bytes] = [data]
    if data and data[-1] != 10:
        pieces.append(eol)
    if data and not (data in {b"\n", b"\r\n"} or data.endswith((b"\n\n", b"\n\r\n"))):
        pieces.append(eol)
    pieces.extend(scan.ended(line) for line in lines)
    return b"".join(pieces)


class Scan:
    """A text and what has been found in it so far."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        first = data.find(b"\n")
        #: The line ending of the first line, which new lines get.
        self.eol = b"\r\n" if first > 0 and data[first - 1] == 13 else b"\n"
        self._fences = _Fences(data)

    def ended(self, line: bytes) -> bytes:
        """`line` with this text's line ending, also where it has line breaks of its own."""
        if b"\n" in line:
            line = self.eol.join(line.replace(b"\r\n", b"\n").split(b"\n"))
        return line + self.eol

    def section(self, heading: bytes) -> tuple[int, int] | None:
        """Start and end of the body of the first section with this heading."""
        for start in _line_starts(self.data, (heading,), 0):
            body = self._after_line(start + len(heading))
            if body is not None and self._fences.end_around(start) is None:
                return body, self._next_section(body)
        return None

    def line(self, prefix: bytes) -> tuple[int, int] | None:
        """Start and end, less the line ending, of the first line that starts with `prefix`."""
        for start in _line_starts(self.data, (prefix,), 0):
            if self._fences.end_around(start) is None:
                end = self.data.find(b"\n", start)
                if end < 0:
                    return start, len(self.data)
                return start, end - 1 if self.data[end - 1] == 13 else end
        return None

    def placeholders(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Start and end of the placeholder lines between two positions, in no order."""
        for text in PLACEHOLDERS:
            needle = text.encode()
            position = self.data.find(needle, start, end)
            while position >= 0:
                first = self.data.rfind(b"\n", start, position) + 1 or start
                last = self.data.find(b"\n", position, end) + 1 or end
                line = decode(self.data[first:last])
                if line.strip() == text and self._fences.end_around(first) is None:
                    yield first, last
                position = self.data.find(needle, last, end)

    def _after_line(self, position: int) -> int | None:
        """Where the next line starts, when the line ends at `position`."""
        if position == len(self.data):
            return position
        if self.data.startswith(b"\n", position):
            return position + 1
        if self.data.startswith(b"\r\n", position):
            return position + 2
        return None

    def _next_section(self, position: int) -> int:
        while True:
            start = next(_line_starts(self.data, _SECTION_STARTS, position), None)
            if start is None:
                return len(self.data)
            fence = self._fences.end_around(start)
            if fence is None:
                return start
            position = fence


class _Fences:
    """The closed code fences of a text, looked for only as far as somebody asks."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._scanned = 0
        #: Per fence character: positions of the runs of three, and the next of them.
        self._runs = {char: _occurrences(data, char * 3) for char in (b"`", b"~")}
        self._next = {char: next(runs, len(data)) for char, runs in self._runs.items()}
        #: Per fence character: no line after `_scanned` closes a fence of this length.
        self._unclosed: dict[bytes, int] = {}

    def end_around(self, position: int) -> int | None:
        """Where the fence ends that `position` is in; None outside of fences."""
        while self._scanned <= position and self._scan_one():
            pass
        index = bisect_right(self._starts, position) - 1
        if index >= 0 and position < self._ends[index]:
            return self._ends[index]
        return None

    def _scan_one(self) -> bool:
        """Look at the next run of fence characters; False when there is none."""
        char = min(self._next, key=self._next.__getitem__)
        position = self._next[char]
        if position == len(self._data):
            self._scanned = position + 1
            return False
        self._scanned = position + 1
        opened = _fence_line(self._data, position)
        if opened is not None:
            start, length, info, after = opened
            if char == b"~" or b"`" not in info:
                end = self._close(char, length, after)
                if end is not None:
                    self._starts.append(start)
                    self._ends.append(end)
                    after = end
            self._scanned = after
        self._skip_to(self._scanned)
        return True

    def _skip_to(self, position: int) -> None:
        for char, runs in self._runs.items():
            while self._next[char] < position:
                self._next[char] = next(runs, len(self._data))

    def _close(self, char: bytes, length: int, position: int) -> int | None:
        """The end of the line that closes a fence, looked for from `position`."""
        if length >= self._unclosed.get(char, length + 1):
            return None
        for run in _occurrences(self._data, char * length, position):
            closing = _fence_line(self._data, run)
            if closing is not None and not closing[2].strip(b" \t\r"):
                return closing[3]
        self._unclosed[char] = length
        return None


def _fence_line(data: bytes, position: int) -> tuple[int, int, bytes, int] | None:
    """The line that a run of fence characters at `position` begins, up to three spaces aside.

    Its start, the run's length, what follows the run, and where the next line starts.
    """
    before = data[max(0, position - 4) : position]
    indent = len(before) - len(before.rstrip(b" "))
    start = position - indent
    if indent > 3 or (start and data[start - 1] != 10):
        return None
    after = data.find(b"\n", position) + 1 or len(data)
    line = data[position:after]
    info = line.lstrip(line[:1])
    return start, len(line) - len(info), info.rstrip(b"\n"), after


def _occurrences(data: bytes, run: bytes, position: int = 0) -> Iterator[int]:
    """Positions of `run`, each the first of a longer run, from `position` on."""
    for found in _positions(data, (run,), position):
        if found == position or data[found - 1] != run[0] or found == 0:
            yield found


def _line_starts(data: bytes, needles: tuple[bytes, ...], position: int) -> Iterator[int]:
    """Positions of lines that start with one of `needles`, which share their first bytes."""
    for found in _positions(data, needles, position):
        if found == 0 or data[found - 1] == 10:
            yield found


def _positions(data: bytes, needles: tuple[bytes, ...], position: int) -> Iterator[int]:
    """Positions of any of `needles`, in order.

    A search for one byte is memchr(3), many times quicker than one for a longer needle as
    long as that byte is rare.
    """
    patience = len(data) // _VAIN if len(data) > _SMALL else 0
    first = needles[0][:1]
    while patience:
        position = data.find(first, position)
        if position < 0:
            return
        if data.startswith(needles, position):
            yield position
        else:
            patience -= 1
        position += 1
    while True:
        end = len(data)
        for needle in needles:
            found = data.find(needle, position, end + len(needle) - 1)
            end = found if 0 <= found < end else end
        if end == len(data):
            return
        yield end
        position = end + 1
