"""The headings of memory.md, and what agents make of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fermilink_scaffold.runtime import memory

__all__ = ["SKELETON", "Meant", "heading_meant"]

#: The sections of the format in their order, and what an empty one holds.
SKELETON: dict[bytes, tuple[bytes, ...]] = {
    b"## Short-Term Memory (Operational)": (),
    b"### Current objective": (),
    memory.LATEST: (b"- commit: pending", b"- primary_metric: pending"),
    memory.PROGRESS: (b"- Campaign initialized.",),
    b"## Long-Term Memory (Persistent)": (),
    b"### Benchmark contract": (),
    memory.ACCEPTED: (b"- none yet",),
    memory.REJECTED: (b"- none yet",),
    b"### Open hypotheses": (),
}
#: What agents call the sections that events go to, by their words in small letters.
_OTHER_NAMES = (
    (memory.PROGRESS, re.compile(rb"progress (?:history|journal|updates?|logs)")),
    (
        memory.ACCEPTED,
        re.compile(
            rb"accepted (?:attempts?|candidates?|changes?|commits?|experiment|ideas?|patterns?)"
        ),
    ),
    (
        memory.REJECTED,
        re.compile(
            rb"rejected (?:attempts?|candidates?|changes?|commits?|experiments?|ideas?|pattern)"
        ),
    ),
)
#: A heading's name, and a remark behind it: in brackets, or behind a dash, a colon or the like.
_HEADING = re.compile(
    rb"(?P<level>#{1,6})[ \t]+(?P<name>[^(\[{]*?)[ \t:#*]*(?P<brackets>[(\[{].*)?"
)
_REMARK = re.compile(rb"(?P<name>.*?)[ \t]*(?:[:;,/|]|[ \t]-|\xe2\x80[\x92-\x95]).*", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Meant:
    """A heading of the format that another one means."""

    heading: bytes
    #: True when it may as well be somebody's own, as long as the section itself is there.
    only_if_missing: bool


def heading_meant(line: bytes) -> Meant | None:
    """The heading of the format that this line means; None for any other line."""
    match = _HEADING.fullmatch(line)
    if match is None:
        return None
    section = match["level"] in {b"##", b"###"}
    if (heading := _named(match["name"], other_names=section)) is not None:
        return Meant(heading=heading, only_if_missing=not section)
    remark = _REMARK.fullmatch(match["name"])
    if remark is None or (heading := _named(remark["name"], other_names=section)) is None:
        return None
    return Meant(heading=heading, only_if_missing=True)


def _named(name: bytes, *, other_names: bool) -> bytes | None:
    words = _words(name)
    for heading in SKELETON:
        # `(Operational)` is a part of the name, and may be missing.
        if words in {_words(heading), _words(heading.partition(b"(")[0])}:
            return heading
    if other_names:
        return next((heading for heading, other in _OTHER_NAMES if other.fullmatch(words)), None)
    return None


def _words(text: bytes) -> bytes:
    return b" ".join(re.findall(rb"[^\W_]+", text.lower()))
