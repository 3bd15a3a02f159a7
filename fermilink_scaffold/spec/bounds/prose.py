"""A correctness bullet prepared for reading: plain text, its fields, numbers and sentences."""

from __future__ import annotations

import re

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.bounds.casewords import spin_words
from fermilink_scaffold.spec.bounds.exceptions import Exempt, cut_exceptions
from fermilink_scaffold.spec.bounds.fieldnames import Field, find_fields, is_generic, mask_spans
from fermilink_scaffold.spec.bounds.quantities import Number, find_numbers, plain_text
from fermilink_scaffold.spec.bounds.vocabulary import MASK_CHARACTERS, MASKS
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Prose", "read_prose"]

_BREAK = lazy(r"[.;]\s+(?=\S)|\|\s*\|")
_ABBREVIATION = lazy(
    r"\b(?:vs|a\.?u|e\.g|i\.e|max|min|abs|rel|incl|approx|resp|ref|cf|tol|diff|dev|err|avg|ca|eq|fig|sec|no|tot|temp)\.\s+$",
    needs=(".",),
)
#: Bold marks, but not the power in `10**-6`.
_EMPHASIS = lazy(r"(?<![\d.])\*\*|\*\*(?![-+\d({])|__")
#: A directive about settings, not a bound on results.
_DIRECTIVE = lazy(
    r"^\W*(?:do not|don't|never|no|avoid)\s+(?:the\s+)?(?:loosen|relax|weaken|disabl|bypass|skip|replac|remov"
    r"|alter|modify|touch|use|hard|cach|special|case-specific|reorder|shortcut|increas|reduc|lower|rais|chang)",
    needs=("do not", "don't", "never", "no", "avoid"),
)


class Prose(Record):
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
    #: Names in backticks, in the order of their characters.
    names: tuple[str, ...] = ()
    #: What was cut out of the text.
    exempt: tuple[Exempt, ...] = ()

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

    def unmask(self, text: str) -> str:
        """A piece of text with its names in backticks again."""
        return re.sub(
            rf"[{MASKS}]",
            lambda mask: f"`{self.names[MASK_CHARACTERS.index(mask[0])].strip('=' + chr(0))}`",
            text,
        )

    def shown(self, begin: int, end: int) -> str:
        """A piece of the text for people, from the word at its begin to the one at its end."""
        text = self.text
        while begin > 0 and not text[begin - 1].isspace():
            begin -= 1
        while end < len(text) and not text[end].isspace():
            end += 1
        return " ".join(self.unmask(text[begin:end]).split()).strip(" ,;:(.")

    def without_nouns(self, begin: int, end: int) -> str:
        """A piece of text without the nouns that are fields."""
        text = self.text
        for each in self.fields_in(begin, end):
            text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
        return text[begin:end]


#: `(it is around 1e-14 today)` behind a bound tells what is, not what must be.
_REMARK = lazy(
    r"(?<=\d)[^()\d]{0,40}(\((?=[^()]*\b(?:today|currently|now|at present|at the moment|typical\w*|usual\w*|is|was|were"
    r"|around|roughly|approximately|about|observed|measured|we (?:see|get|have)|has|gives)\b)"
    r"(?![^()]*(?:[<>]|\b(?:for|must|should|shall|below|within|at most|under|less|only|tolerance|limit|not|or)\b))[^()]*\))",
    needs=("(",),
)
_HEAD_NAME = lazy(r"^\W*([A-Za-z]\w{1,40})\s?:\s")
_COMPARED_NAME = lazy(r"(?<![\w-])([A-Za-z]\w*)\s*(?:[<>]=?|==?)\s*$")


def _without_remarks(text: str) -> str:
    """The text with blanks for remarks in parentheses behind a number."""
    return _REMARK.sub(lambda match: match[0][: -len(match[1])] + " " * len(match[1]), text)


def _plain_names(
    text: str, numbers: tuple[Number, ...], case_ids: tuple[str, ...]
) -> tuple[Field, ...]:
    """In a bullet without any other: the word before its first colon, or before a comparator."""
    found = [_HEAD_NAME.search(text)]
    found += [_COMPARED_NAME.search(text[: number.start]) for number in numbers]
    for match in found:
        if match is None or any(match[1] in each for each in case_ids) or spin_words(match[1]):
            continue
        if not is_generic(match[1]) or match[1].lower() in {"drift", "drifts"}:
            start, end = match.span(1)
            return (Field(name=match[1], start=start, end=end, exact=True),)
    return ()


def read_prose(text: str, case_ids: tuple[str, ...], cases: Mapping[str, str]) -> Prose:
    """Prepare one bullet; `case_ids` in backticks are cases, not fields; `cases` are ids and texts."""
    masked, names = mask_spans(text, case_ids)
    plain = _without_remarks(_EMPHASIS.sub("", plain_text(masked)))
    lowered = lower(plain)
    breaks = [
        match.end()
        for match in _BREAK.finditer(plain)
        if not _ABBREVIATION.search(lowered[: match.end()])
    ]
    borders = tuple(sorted({0, *breaks, len(plain)}))
    plain, exempt = cut_exceptions(plain, borders, cases)
    lowered = lower(plain)
    numbers = tuple(find_numbers(plain))
    fields = tuple(find_fields(lowered, names))
    if not any(each.name for each in fields):
        fields = _plain_names(plain, numbers, case_ids) or fields
    return Prose(
        text=plain,
        lower=lowered,
        fields=fields,
        numbers=numbers,
        case_ids=case_ids,
        breaks=borders,
        names=names,
        exempt=exempt,
    )
