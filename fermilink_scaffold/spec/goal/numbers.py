"""Numbers in prose that set something, and those of which nothing was made."""

from __future__ import annotations

import re

from fermilink_scaffold.spec.goal.metric import read_settings
from fermilink_scaffold.spec.model import ReviewNote, Source
from fermilink_scaffold.spec.text.command_text import code_spans, looks_like_command
from fermilink_scaffold.spec.text.markdown import Fence, Section, Text, walk
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


__all__ = ["demanded_settings", "unset_variables", "unused_numbers", "unused_orders"]

_NUMBER = r"(?<![\w.,/^-])[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?"
#: A number that limits something, or counts what a campaign has.
_MEANT = lazy(
    r"(?:\b(?:at (?:least|most)|below|under|above|over|within|beyond|exceed\w*|up to|no more than|more than|less than"
    r"|fewer than|greater than|smaller than|larger than|better than|faster than|slower than|minimum|maximum|min\.?|max\.?"
    r"|limit\w*|by|only|use|with|run|after|timeout|tolerance)|[<>≤≥±]=?)"
    rf"\s+(?:of |to |a |an |about |than )*({_NUMBER})"
    rf"|({_NUMBER})\s*(?:%|per ?cent|x\b|times|fold|(?:[a-z-]+ )?(?:iterations?|repeats?|repetitions?|runs\b)|threads?|cores?|cpus?|gpus?"
    r"|ranks?|processes|tasks|s\b|sec|ms\b|min\b|minutes?|hours?|h\b|[kmg]i?b\b|digits|decimals|ulps?|ppm|rejections)"
    rf"|({_NUMBER}(?<=\d)e-\d+|10\^-\d+)"
)
_DIGIT = lazy(r"\d")
#: What a program must not do.
_ORDER = lazy(
    r"\b(?:must(?:n't| not| never)|may not|shall not|do not|don't|never)\b",
    needs=("n't", "not", "never"),
)
#: `OMP_NUM_THREADS=4`
_VARIABLE = lazy(r"(?<![\w$-])[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+=[\w./:-]*\w")
#: It tells how things are, not how they shall be.
_STORY = lazy(
    r"\b(?:was|were|already|currently|today|at the moment|now|so far|last|previous\w*|used to|takes?|took|spends?|spent|costs?"
    r"|is spent|of the (?:run|wall|cpu|total)?[ -]?time|profil\w+|about|roughly|approximately|around|typical\w*)\b"
)
_DEMAND = lazy(
    r"\b(?:must|should|shall|has to|have to|need\w*|want\w*|only|ignor\w*|interesting|interested|enough|count\w*|limit\w*"
    r"|stop|use|run|never|not|no|allow\w*|may|can|please|make sure|ensure|require\w*|reject\w*|accept\w*|keep|stay\w*"
    r"|noise|threshold|insignificant|measured|warm-?up|gains?|improve\w*|speed-?ups?|faster|at least|at most)\b"
)


def demanded_settings(
    sections: tuple[Section, ...], file: str
) -> tuple[dict[str, Any], tuple[ReviewNote, ...]]:
    """Contract settings that free prose demands with a number, as dotted keys.

    What merely tells how fast the code is now sets nothing.
    """
    blocks = tuple(
        sentence
        for sentence in _sentences(sections)
        if _DIGIT.search(sentence.text)
        and _DEMAND.search(lower(sentence.text))
        and not _STORY.search(lower(sentence.text))
    )
    return read_settings((Section(heading="", level=0, line=1, blocks=blocks),), file)


def unused_numbers(
    sections: tuple[Section, ...], file: str, used: Iterable[tuple[str, Source | None]]
) -> tuple[ReviewNote, ...]:
    """A note for each demand with a number in it that no text of `used` holds."""
    texts: dict[int, str] = {}
    for text, source in used:
        if source is not None and source.line is not None:
            texts[source.line] = f"{texts.get(source.line, '')}\n{lower(text)}"
    notes: list[ReviewNote] = []
    for sentence in _sentences(sections):
        lines = range(sentence.line - 1, sentence.line + len(sentence.lines) + 1)
        near = "\n".join(texts.get(line, "") for line in lines)
        if lower(sentence.text) in near or not _DIGIT.search(sentence.text):
            continue
        for number in _demanded(sentence.text):
            if number in near and re.search(rf"(?<![\w.]){re.escape(number)}(?!\d|\.\d)", near):
                continue
            text = f"nothing is made of the number {number} here: {sentence.text}"
            notes.append(ReviewNote(text=text, source=Source(file=file, line=sentence.line)))
            break
    return tuple(notes)


def unused_orders(
    sections: tuple[Section, ...], file: str, used: Iterable[tuple[str, Source | None]]
) -> tuple[ReviewNote, ...]:
    """A note for each sentence that forbids something and is no part of any text of `used`."""
    texts = " ".join(_words(text) for text, _ in used)
    return tuple(
        ReviewNote(
            text=f"nothing enforces this: {sentence.text}",
            source=Source(file=file, line=sentence.line),
        )
        for sentence in _sentences(sections)
        if _ORDER.search(lower(sentence.text).replace("\u2019", "'"))
        and not re.search(r"\d", sentence.text)  # looked at with the numbers
        and _words(sentence.text) not in texts
    )


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", lower(text)))


def unset_variables(sections: tuple[Section, ...], file: str) -> tuple[ReviewNote, ...]:
    """A note for each `NAME=value` of the prose: no case gets it from there."""
    notes: dict[str, ReviewNote] = {}
    for sentence in _sentences(sections):
        plain = sentence.text
        for span in code_spans(plain):
            plain = plain.replace(f"`{span}`", " ") if looks_like_command(span) else plain
        for found in _VARIABLE.findall(plain) if "=" in plain else ():
            text = f"`{found}` sets nothing here: pass --set runtime.env.{found} to give it to the cases"
            notes[found] = ReviewNote(text=text, source=Source(file=file, line=sentence.line))
    return tuple(notes.values())


def _demanded(sentence: str) -> list[str]:
    """The numbers in a sentence that demands something."""
    plain = lower(sentence)
    for span in code_spans(plain):
        plain = plain.replace(f"`{span}`", " " if looks_like_command(span) else f" {span} ")
    if _STORY.search(plain) or not (_DEMAND.search(plain) or "%" in plain):
        return []
    return [next(filter(None, match.groups())) for match in _MEANT.finditer(plain)]


def _sentences(sections: tuple[Section, ...]) -> list[Text]:
    """The sentences of all prose with the lines they begin on; console lines are none."""
    found: list[Text] = []
    for section in sections:
        for block in walk(section.blocks):
            if isinstance(block, Fence):
                continue
            whole, starts = "", list[int]()
            for line in block.lines or (block.text,):
                starts.append(len(whole))
                whole += ("" if re.match(r"\s*\$ ", line) else line.strip()) + "\n"
            for match in re.finditer(r"\S(?:[^.;!?]|[.;!?](?!\s))*[.;!?]?", whole):
                first = sum(start <= match.start() for start in starts) - 1
                text = " ".join(match[0].split())
                lines = tuple(match[0].split("\n"))
                found.append(Text(text=text, line=block.line + first, lines=lines))
    return found
