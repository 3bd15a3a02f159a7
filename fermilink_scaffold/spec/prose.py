"""A correctness bullet prepared for reading: plain text, its fields, numbers and sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fermilink_scaffold.spec.fieldnames import Field, find_fields, mask_spans
from fermilink_scaffold.spec.patterns import lazy, lower
from fermilink_scaffold.spec.quantities import Number, find_numbers, plain_text

__all__ = ["Prose", "read_prose"]

_BREAK = lazy(r"[.;]\s+(?=\S)|\|\s*\|")
_ABBREVIATION = lazy(r"\b(?:vs|e\.g|i\.e|max|min|abs|rel|incl|approx|resp|ref|cf)\.\s+$")
#: Bold marks, but not the power in `10**-6`.
_EMPHASIS = lazy(r"(?<![\d.])\*\*|\*\*(?![-+\d({])|__")
#: A directive about settings, not a bound on results.
_DIRECTIVE = lazy(
    r"^\W*(?:do not|don't|never|no|avoid)\s+(?:the\s+)?(?:loosen|relax|weaken|disabl|bypass|skip|replac|remov"
    r"|alter|modify|touch|use|hard|cach|special|case-specific|reorder|shortcut|increas|reduc|lower|rais|chang)"
)


@dataclass(frozen=True, kw_only=True)
class Prose:
    """One bullet; all places are in `text`."""

    #: Without markup; names in backticks are single private-use characters.
    text: str
    fields: tuple[Field, ...]
    numbers: tuple[Number, ...]
    case_ids: tuple[str, ...]
    #: The same in lower case, character for character.
    lower: str
    #: Where sentences begin, and the end of the text.
    breaks: tuple[int, ...]

    @property
    def is_directive(self) -> bool:
        """True for `do not loosen conv_tol=1e-9`."""
        return bool(_DIRECTIVE.match(self.lower)) and not re.search(
            r"more than|deviat|differ|within", self.lower
        )

    def sentence(self, place: int) -> tuple[int, int]:
        """Begin and end of the sentence around a place."""
        start = max(each for each in self.breaks if each <= place)
        end = min((each for each in self.breaks if each > place), default=len(self.text))
        return start, end

    def fields_in(self, begin: int, end: int) -> list[Field]:
        """Fields that lie between two places."""
        return [each for each in self.fields if begin <= each.start and each.end <= end]

    def without_nouns(self, begin: int, end: int) -> str:
        """A piece of text without the nouns that are fields."""
        text = self.text
        for each in self.fields_in(begin, end):
            text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
        return text[begin:end]


def read_prose(text: str, case_ids: tuple[str, ...]) -> Prose:
    """Prepare one bullet; `case_ids` in backticks are cases, not fields."""
    masked, names = mask_spans(text, case_ids)
    plain = _EMPHASIS.sub("", plain_text(masked))
    lowered = lower(plain)
    breaks = [
        match.end()
        for match in _BREAK.finditer(plain)
        if not _ABBREVIATION.search(lowered[: match.end()])
    ]
    return Prose(
        text=plain,
        lower=lowered,
        fields=tuple(find_fields(lowered, names)),
        numbers=tuple(find_numbers(plain)),
        case_ids=case_ids,
        breaks=tuple(sorted({0, *breaks, len(plain)})),
    )
