"""Bounds without a number to compare with: places, `identical`, `unchanged`, `positive`."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from fermilink_scaffold.spec.bounds.reading import Reading
from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.prose import Prose
    from fermilink_scaffold.spec.model import Comparison

__all__ = ["PLACES", "read_exact", "read_places", "read_signs", "read_unchanged"]

_EXACT = lazy(
    r"bit[- ]?for[- ]?bit|bit[- ]?wise|bit[- ]identical|byte[- ]identical|byte[- ]for[- ]byte"
    r"|exact(?:ly)? (?:equal|the same|identical|match\w*|agree\w*|reproduc\w*)(?! to \d)"
    r"|(?:match|agree|equal|reproduc)\w*(?: \w+){0,3} exactly\b(?! \d)"
    r"|(?:unchanged|preserved|reproduced) exactly\b(?! \d)"
    r"|\b(?:be|are|is|remain|stay)s? (?:strictly |numerically )?identical\b(?! (?:to|with)(?:in)? \d)",
    needs=("bit", "byte", "exact", "identical"),
)
_UNCHANGED = lazy(
    r"\b(?:must|may|should|shall|can|does|do|will|is|are)(?:n't|not| not| never)(?: be)?(?: allowed to)?"
    r" (?:chang\w*|differ|vary|be different)"
    r"|\bunchanged\b|\b(?:stay|remain|keep|kept|be|are|is)s? (?:exactly |precisely )?the same\b|\bexactly\b"
    r"|\b(?:never|no) change\w*\b|\bidentical\b|\bsame as\b",
    needs=("chang", "differ", "vary", "same", "exactly", "identical"),
)
#: Values that are whole or text, so that a word of prose can ask for no change at all.
_COUNTS = frozenset({"checksum", "electron_count"})
#: What must not change here is no printed value.
_INTERFACE = lazy(
    r"\b(?:api|abi|signatures?|interfaces?|argument|default|option|public|export\w*|behaviou?r|semantics|format|files?"
    r"|exceptions?|function|method|class|module|setting|keyword|names?|conv_tol|max_cycle|compil\w+|flags?|if|when|once)\b"
)
_NOT_EXACT = lazy(
    r"need not|not (?:need|required|necessary|expected)|no need|n't (?:need|have)|\bnot (?:be|been) \S*identical"
)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
PLACES = lazy(
    rf"\b(?P<n>\d{{1,2}}|{'|'.join(_WORDS)})(?:th|st|nd|rd)?[- ]?(?:(?:out )?of (?:the )?(?:\d{{1,2}} )?|or more |printed )?"
    r"(?P<what>decimals?(?: places?| digits?)?|significant (?:figures?|digits?|decimals?)"
    r"|sig\.? ?(?:figs?|digits?)\.?|digits?)\b",
    needs=("decimal", "signific", "fig", "digit"),
)
#: In front of a number of places that are equal; `the last two digits` are those that are not.
_EQUAL_PLACES = lazy(
    r"(?:\b(?:to|in|least|first|leading|within|on|for|by|the|all|same|with|and|or|through|up to|of)|[:,(=\u2265]|^)\s*$"
)
_SIGNS = lazy(
    r"(?P<not>\b(?:not|never|n't|cannot)(?: \w+)?(?: ever)? )?\b(?P<verb>be|become|stay|remain|is|are|get|turn|go)s?"
    r"(?: always| strictly| everywhere)*"
    r" (?P<sign>positive|negative|non-?\s?negative|non-?\s?positive)(?![\w-])(?! (?:semi-?)?definite|or |semi)",
    needs=("positive", "negative"),
)


def read_places(prose: Prose) -> tuple[list[Reading], list[str], list[tuple[int, str]]]:
    """`agree to 8 decimal places`: half a unit of the last place; assumptions and doubts."""
    found: list[Reading] = []
    notes: list[str] = []
    doubts: list[tuple[int, str]] = []
    for match in PLACES.finditer(prose.lower):
        if not _EQUAL_PLACES.search(prose.lower[: match.start()]):
            doubts.append((match.start(), match[0]))
            continue
        word = match["n"]
        count = _WORDS.index(word) + 1 if word in _WORDS else int(word)
        what = match["what"]
        comparisons: tuple[Comparison, ...] = ("abs_delta",)
        if what.startswith("sig"):
            comparisons = ("relative_delta",)
        elif what.startswith("digit"):
            comparisons = ("abs_delta", "relative_delta")
            notes.append(f"{match[0]!r} is taken both as decimal places and as significant digits")
        found.append(
            Reading(
                comparisons=comparisons,
                bound=float(Decimal(5).scaleb(-count - 1)),
                start=match.start(),
                end=match.end(),
            )
        )
    return found, notes, doubts


def read_exact(prose: Prose) -> list[Reading]:
    """`bit-identical`, `exactly equal`."""
    return [
        _unchanging(*match.span())
        for match in _EXACT.finditer(prose.lower)
        if not _NOT_EXACT.search(prose.lower[slice(*prose.sentence(match.start()))])
    ]


def read_unchanged(prose: Prose, others: list[Reading]) -> tuple[list[Reading], list[str]]:
    """`must not change` in a sentence without any other bound; and a note where no name is in it."""
    found: list[Reading] = []
    notes: list[str] = []
    for match in _UNCHANGED.finditer(prose.lower):
        start, end = prose.sentence(match.start())
        sentence = prose.lower[start:end]
        named = any(each.exact or each.name in _COUNTS for each in prose.fields_in(start, end))
        bound = any(start <= each.start < end for each in [*others, *found])
        free = _NOT_EXACT.search(sentence) or _INTERFACE.search(sentence)
        if named and not bound and not free:
            found.append(_unchanging(*match.span()))
        elif not bound and not free and not re.search(r"\d", sentence):
            notes.append(
                f"nothing enforces {prose.shown(start, end)!r}: put the printed name in backticks"
            )
    return found, notes


def _unchanging(start: int, end: int) -> Reading:
    return Reading(comparisons=("abs_delta",), bound=0.0, start=start, end=end, words=(start, end))


def read_signs(prose: Prose) -> tuple[list[Reading], list[str]]:
    """`must be positive`, `never negative` as bounds at zero; and a note on the smallest number."""
    found: list[Reading] = []
    notes: list[str] = []
    tiny = math.nextafter(0.0, 1.0)
    for match in _SIGNS.finditer(prose.lower):
        if not prose.fields_in(prose.sentence(match.start())[0], match.start()):
            continue
        sign, negated = match["sign"], match["not"] is not None
        strict = sign.startswith("non") == negated
        positive = sign.endswith("positive") != (sign.startswith("non") != negated)
        bound = tiny if strict else 0.0
        if strict:
            side = "above" if positive else "below"
            notes.append(
                f"{side} 0 is written as the number next to it, {tiny if positive else -tiny:.1e}"
            )
        start, end = match.span()
        reading = Reading(start=start, end=end, words=(start, end))
        if positive:
            found.append(reading.replace(minimum=bound))
        else:
            found.append(reading.replace(maximum=-bound or 0.0))
    return found, notes
