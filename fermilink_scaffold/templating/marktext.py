"""Text for Markdown (CommonMark) that stays text: no structure, no HTML, no open fence."""

from __future__ import annotations

import re

__all__ = ["code", "fence", "inline", "prose"]

#: What begins a block at the start of a line; what comes before the escape is kept.
_OPENING = re.compile(r"(?P<digits>\d{1,9})(?=[.)](?:\s|$))|(?=[#=>|]|-(?:[\s-]|$)|\+(?:\s|$)|:-)")
#: What closes a heading.
_CLOSING = re.compile(r"(?<=\s)(?=#+$)")
#: Inline structure, also where the template's own text would complete it. `_` inside a word and
#: `*` between blanks are no emphasis in CommonMark.
_INLINE = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)|[`\[\]]|(?<!\s)\*|^\*|\*(?!\s)|(?<![^\W_])_|_(?![^\W_])"
    r"|~(?=~|$)|(?<=~)~|^~|<(?=[A-Za-z/!?]|$)|&(?=#?\w*(?:;|$))"
)
_RUNS = re.compile(r"`+")
#: A code span: a run of backticks up to the next one of the same length.
_SPAN = re.compile(r"(?<![`\\])(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL)
_UNREADABLE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def inline(value: str) -> str:
    """Text on one line: blanks of every kind become single spaces."""
    return _as_line(_escaped(_one_line(value)))


def prose(value: str) -> str:
    """Markdown that a person wrote, on one line: its code spans stay, all else is text."""
    text = _one_line(value)
    pieces, end = [], 0
    for span in _SPAN.finditer(text):
        pieces += [_escaped(text[end : span.start()]), code(_unpadded(span["code"]))]
        end = span.end()
    return _as_line("".join([*pieces, _escaped(text[end:])]))


def _one_line(value: str) -> str:
    return _readable(" ".join(value.split()))


def _escaped(text: str) -> str:
    return _INLINE.sub(lambda match: f"\\{match[0]}", text)


def _as_line(text: str) -> str:
    """No block begins and no heading is closed by it."""
    text = _CLOSING.sub(r"\\", text)
    opening = _OPENING.match(text)
    if opening is None:
        return text
    return f"{opening['digits'] or ''}\\{text[opening.end() :]}"


def _unpadded(span: str) -> str:
    padded = len(span) > 1 and span[0] == span[-1] == " " and span.strip()
    return span[1:-1] if padded else span


def code(value: str) -> str:
    """A code span; control characters and line ends are shown as escapes."""
    if not value:
        return "(empty)"
    text = "".join(char if char.isprintable() else _escape(char) for char in value)
    ticks = "`" * (max(map(len, _RUNS.findall(text)), default=0) + 1)
    # A span that is all blanks is kept as it is; otherwise one blank at each end is dropped.
    pad = " " if text.strip(" ") and (text[0] in "` " or text[-1] in "` ") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fence(value: str, info: str = "", indent: int = 0) -> str:
    """A fenced block with a line end behind its last line."""
    text = _readable(value.replace("\r\n", "\n").replace("\r", "\n"))
    ticks = "`" * max(3, max(map(len, _RUNS.findall(text)), default=0) + 1)
    lines = [ticks + re.sub(r"[^\w+.-]", "", info), *text.removesuffix("\n").split("\n"), ticks]
    pad = " " * indent
    return "".join(f"{pad}{line}\n" if line else "\n" for line in lines)


def _readable(text: str) -> str:
    return _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _escape(char: str) -> str:
    return ascii(char)[1:-1]
