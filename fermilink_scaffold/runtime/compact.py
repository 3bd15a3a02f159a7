"""Keeping memory.md short enough to be read at every turn; what leaves it is archived."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field

from fermilink_scaffold.runtime import memory
from fermilink_scaffold.runtime.archive import archive_path, move_to_archive
from fermilink_scaffold.runtime.files import read_bytes
from fermilink_scaffold.runtime.journal import Writer
from fermilink_scaffold.runtime.outline import Section, is_placeholder, joined, outline, starts_item
from fermilink_scaffold.runtime.sections import Scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fermilink_scaffold.runtime.files import StrPath

__all__ = ["compact_memory", "compacted"]

#: Sections that give way only when nothing else is left.
_LASTING = (
    b"### Current objective",
    b"### Benchmark contract",
    b"### Open hypotheses",
)
_GROUPS = (b"## Short-Term Memory (Operational)", b"## Long-Term Memory (Persistent)")
_POOLED = (memory.PROGRESS, memory.ACCEPTED, memory.REJECTED, *_LASTING)
_KNOWN = (*_POOLED, *_GROUPS)
#: The longest line ending: a blank line may have to follow the pointer.
_BLANK = 2


def compact_memory(path: StrPath, *, keep_bytes: int = 32768) -> int:
    """Move the oldest entries to the archive until the memory has `keep_bytes` or fewer.

    The longest part gives first: progress log, accepted experiments, rejected patterns, and
    what agents added under headings of their own. Entries move complete, a pointer stays in
    their place. Returns how many moved; 0 where nothing had to or could. Raises
    FileNotFoundError without a memory and OSError, and then both files are as they were.
    """
    with Writer(path):
        data = read_bytes(path)
        if data is None:
            raise FileNotFoundError(f"there is no memory {os.fspath(path)}")
        pointer = f"- older entries: {os.path.basename(archive_path(path))}".encode()
        kept, moved = compacted(data, pointer=pointer, keep_bytes=keep_bytes)
        if moved:
            move_to_archive(path, kept, moved)
        return sum(len(section.blocks) for section in moved)


def compacted(data: bytes, *, pointer: bytes, keep_bytes: int) -> tuple[bytes, list[Section]]:
    """The text less its oldest entries, and these, under the headings they stood under."""
    if len(data) <= keep_bytes:
        return data, []
    eol = Scan(data).eol
    pointer += eol
    data = data if data.endswith(b"\n") else data + eol
    parts = [_Part(section=section, pointer=pointer) for section in outline(data)]
    size = len(data)
    for sections in ((part for part in parts if not part.lasting), parts):
        pools = _pools([part for part in sections if part.movable])
        while size > keep_bytes and pools:
            pool = max(pools, key=lambda pool: pool.size)
            size += pool.give()
            if not pool.parts:
                pools.remove(pool)
    return _kept(parts, pointer), [moved for part in parts if (moved := part.moved()) is not None]


@dataclass(kw_only=True)
class _Part:
    """A section that gives away blocks."""

    section: Section
    pointer: bytes
    #: Indices of the blocks that may still move, the oldest last.
    movable: list[int] = field(init=False)
    gone: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        blocks = self.section.blocks
        fixed = self.section.heading in {b"", memory.LATEST}
        self.movable = [
            index
            for index in reversed(range(len(blocks)))
            if not (fixed or is_placeholder(blocks[index]) or self._is_pointer(index))
        ]

    @property
    def lasting(self) -> bool:
        return self.section.heading in _LASTING

    @property
    def vanishes(self) -> bool:
        """True when nothing is left of a section that somebody added."""
        return len(self.gone) == len(self.section.blocks) > 0 and self.section.heading not in _KNOWN

    @property
    def has_pointer(self) -> bool:
        return any(map(self._is_pointer, range(len(self.section.blocks))))

    @property
    def oldest(self) -> bytes:
        return self.section.blocks[self.movable[-1]]

    def give(self) -> int:
        """Let the oldest block go; by how much the text grows at most, mostly below zero."""
        index = self.movable.pop()
        grown = 0 if self.gone or self.has_pointer else len(self.pointer) + _BLANK
        self.gone.add(index)
        if self.vanishes:
            grown -= len(self.section.lead)
        return grown - len(self.section.blocks[index])

    def moved(self) -> Section | None:
        if not self.gone:
            return None
        section = self.section
        blocks = tuple(section.blocks[index] for index in sorted(self.gone))
        lead = section.lead if self.vanishes else section.heading
        return dataclasses.replace(section, lead=lead, blocks=blocks)

    def _is_pointer(self, index: int) -> bool:
        return self.section.blocks[index].strip() == self.pointer.strip()


@dataclass(kw_only=True)
class _Pool:
    """Sections that count as one when it comes to which is the longest."""

    parts: list[_Part]
    #: Bytes of the blocks that may still move.
    size: int = 0

    def give(self) -> int:
        """As `_Part.give`, of the first section that has something left."""
        self.size -= len(self.parts[0].oldest)
        grown = self.parts[0].give()
        if not self.parts[0].movable:
            del self.parts[0]
        return grown


def _pools(parts: Sequence[_Part]) -> list[_Pool]:
    """One pool for each section of the format, and one for all that agents added."""
    pools: dict[bytes, _Pool] = {}
    for part in parts:
        heading = part.section.heading
        pool = pools.setdefault(heading if heading in _POOLED else b"", _Pool(parts=[]))
        pool.parts.append(part)
        pool.size += sum(len(part.section.blocks[index]) for index in part.movable)
    return list(pools.values())


def _kept(parts: Sequence[_Part], pointer: bytes) -> bytes:
    kept: list[Section] = []
    for part in parts:
        section = part.section
        blocks = tuple(
            block for index, block in enumerate(section.blocks) if index not in part.gone
        )
        if part.vanishes:
            # Its pointer stands at the end of what is before it.
            before = kept[-1]
            if pointer not in before.blocks:
                kept[-1] = dataclasses.replace(before, blocks=(*before.blocks, pointer))
        elif part.gone and not part.has_pointer:
            first = blocks[0] if blocks else b"- "
            # A paragraph would become part of the pointer's list item.
            apart = b"" if starts_item(first) else pointer[len(pointer.rstrip()) :]
            kept.append(dataclasses.replace(section, blocks=(pointer + apart, *blocks)))
        else:
            kept.append(dataclasses.replace(section, blocks=blocks))
    return joined(kept)
