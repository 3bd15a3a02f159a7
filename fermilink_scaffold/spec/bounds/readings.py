"""The numbers of one correctness bullet, each read as a bound on something.

Where a sentence can be read in two ways the tighter one is taken, and a note says so.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from decimal import Decimal

from fermilink_scaffold.spec.bounds.casewords import with_cases
from fermilink_scaffold.spec.bounds.prose import Prose, read_prose
from fermilink_scaffold.spec.bounds.reading import Reading
from fermilink_scaffold.spec.bounds.relations import (
    Relation,
    comparisons_of,
    is_counted,
    is_fraction,
    is_length,
    is_speed,
    names_difference,
    relation_of,
    to_float,
    unit_size,
)
from fermilink_scaffold.spec.bounds.statements import is_stated
from fermilink_scaffold.spec.bounds.subjects import with_fields, with_options
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.fieldnames import Field
    from fermilink_scaffold.spec.bounds.quantities import Number
    from fermilink_scaffold.spec.model import Comparison

__all__ = ["read_bounds"]

_EXACT = lazy(
    r"bit[- ]?for[- ]?bit|bit[- ]?wise|bit[- ]identical|byte[- ]identical|byte[- ]for[- ]byte"
    r"|exact(?:ly)? (?:equal|the same|identical|match\w*|agree\w*|reproduc\w*)(?! to \d)"
    r"|(?:match|agree|equal|reproduc)\w*(?: \w+){0,3} exactly\b(?! \d)"
    r"|(?:unchanged|preserved|reproduced) exactly\b(?! \d)"
    r"|\b(?:be|are|is|remain|stay)s? (?:strictly |numerically )?identical\b(?! (?:to|with)(?:in)? \d)"
)
_UNCHANGED = lazy(
    r"\b(?:must|may|should|shall|can|does|do|will|is|are)(?:n't|not| not| never)(?: be)?(?: allowed to)?"
    r" (?:chang\w*|differ|vary|be different)"
    r"|\bunchanged\b|\b(?:stay|remain|keep|kept|be|are|is)s? (?:exactly |precisely )?the same\b|\bexactly\b"
    r"|\b(?:never|no) change\w*\b|\bidentical\b|\bsame as\b"
)
#: What must not change here is no printed value.
_INTERFACE = lazy(
    r"\b(?:api|abi|signatures?|interfaces?|argument|default|option|public|export\w*|behaviou?r|semantics|format|files?"
    r"|exceptions?|function|method|class|module|setting|keyword|names?|conv_tol|max_cycle|compil\w+|flags?|if|when|once)\b"
)
_NOT_EXACT = lazy(r"need not|not (?:need|required|necessary|expected)|no need|n't (?:need|have)")
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PLACES = lazy(
    rf"\b(?P<n>\d{{1,2}}|{'|'.join(_WORDS)})(?:th|st|nd|rd)?[- ]?(?:or more )?"
    r"(?P<what>decimals?(?: places?| digits?)?|significant (?:figures?|digits?|decimals?)"
    r"|sig\.? ?(?:figs?|digits?)\.?|digits?)\b"
)
_ONE_SIDED = lazy(
    r"\b(?:increas|rise|rising|grow|worse|higher|exceed|drop|decreas|fall|regress|reduc)\w*"
)
_NONNEGATIVE = lazy(r"(?:^|_)(?:max|abs|rmsd?|rmse|mae|norm|residual|msd)\d*(?:_|$)")
_MAGNITUDE = lazy(r"err|drift|delta|diff|deviation|resid|norm|rms|mae|violation|imbalance|defect")
_AROUND = lazy(
    r"[\s,(]*(?:\+/-|to within|within|(?:with (?:a |an )?)?(?:absolute |relative )?"
    r"(?:tolerance|tol)(?: of)?:?)\s*"
)
_STATED = lazy(r"(?:=|\bis|\bbe|\bequals?|\bof|\bat|\bvalue|:|\bto|[\ue100-\uf8ff])\s*$")


def read_bounds(
    text: str, case_ids: tuple[str, ...] = ()
) -> tuple[tuple[Reading, ...], tuple[str, ...]]:
    """The bounds in one bullet of prose, in order, and what was assumed about them."""
    prose = read_prose(text, case_ids)
    if prose.is_directive:
        return (), ()
    reader = _Reader(prose)
    readings = sorted(
        reader.places() + reader.exact() + reader.bounds(), key=lambda each: each.start
    )
    readings += reader.unchanged(readings)
    readings = with_fields(prose, sorted(readings, key=lambda each: each.start))
    readings = with_options(prose, with_cases(prose, readings))
    known = [each for each in readings if all(field.name for field in each.fields)]
    if len(known) < len(readings):
        reader.notes.append(
            "this bullet is not compiled, so nothing enforces it: it names no field; "
            "put the printed name in backticks"
        )
    return tuple(known), tuple(dict.fromkeys(reader.notes))


def _own_words(lead: str, index: int) -> str:
    """What precedes a number without what still belongs to the number before it."""
    parts = re.split(r"[,;]|\band\b", lead, maxsplit=1)
    return parts[1] if index and len(parts) > 1 else lead


class _Reader:
    """Collects what one bullet says."""

    def __init__(self, prose: Prose) -> None:
        self.prose = prose
        self.text = prose.lower
        taken = [match.span() for match in _PLACES.finditer(prose.lower)]
        self.numbers = [
            each
            for each in prose.numbers
            if not any(low <= each.start < high for low, high in taken)
        ]
        self.notes: list[str] = []

    def places(self) -> list[Reading]:
        """`agree to 8 decimal places`: half a unit of the last place."""
        found: list[Reading] = []
        for match in _PLACES.finditer(self.text):
            word = match["n"]
            count = _WORDS.index(word) + 1 if word in _WORDS else int(word)
            what = match["what"]
            comparisons: tuple[Comparison, ...] = ("abs_delta",)
            if what.startswith("sig"):
                comparisons = ("relative_delta",)
            elif what.startswith("digit"):
                comparisons = ("abs_delta", "relative_delta")
                self.notes.append(
                    f"{match[0]!r} is taken both as decimal places and as significant digits"
                )
            found.append(
                Reading(
                    comparisons=comparisons,
                    bound=float(Decimal(5).scaleb(-count - 1)),
                    start=match.start(),
                    end=match.end(),
                )
            )
        return found

    def exact(self) -> list[Reading]:
        """`bit-identical`, `exactly equal`."""
        return [
            Reading(comparisons=("abs_delta",), bound=0.0, start=match.start(), end=match.end())
            for match in _EXACT.finditer(self.text)
            if not _NOT_EXACT.search(self.text[slice(*self.prose.sentence(match.start()))])
        ]

    def unchanged(self, others: list[Reading]) -> list[Reading]:
        """`must not change` in a sentence with a name and without any other bound."""
        found: list[Reading] = []
        for match in _UNCHANGED.finditer(self.text):
            start, end = self.prose.sentence(match.start())
            sentence = self.text[start:end]
            named = any(each.exact for each in self.prose.fields_in(start, end))
            bound = any(start <= each.start < end for each in [*others, *found])
            free = _NOT_EXACT.search(sentence) or _INTERFACE.search(sentence)
            if named and not bound and not free:
                found.append(
                    Reading(
                        comparisons=("abs_delta",), bound=0.0, start=match.start(), end=match.end()
                    )
                )
        return found

    def bounds(self) -> list[Reading]:
        """Bounds from numbers, alone or two together."""
        found: list[Reading] = []
        index = 0
        self.own: list[Field] = []
        while index < len(self.numbers):
            pair = self._pair(index) if index + 1 < len(self.numbers) else None
            reading = pair or self._single(index, found[-1] if found else None)
            if reading is not None:
                found.append(reading)
            index += 2 if pair else 1
        return found

    def _pair(self, index: int) -> Reading | None:
        """`between A and B`, `A < x < B`, `V +/- T`, `within T of V`."""
        first, second = self.numbers[index], self.numbers[index + 1]
        if is_length(first) or is_length(second):
            return None
        between, lead = self.text[first.tail : second.start], self.text[: first.start]
        low, high = sorted((to_float(first.value), to_float(second.value)))
        begin, end = first.start, second.tail
        spoken = re.search(r"(?:between|from|range(?: of)?|range:?)\s*[\[(]?\s*$", lead)
        bracket = re.search(r"\bin\s*[\[(]\s*$", lead)
        if (spoken and re.fullmatch(r"\s*(?:and|to|-|,|\.\.)\s*", between)) or (
            bracket and re.fullmatch(r"\s*[,;]\s*", between)
        ):
            return Reading(start=begin, end=end, minimum=low, maximum=high)
        chain = re.fullmatch(r"\s*(<=?)[^<>]{1,60}?(<=?)\s*", between)
        if chain:
            low = low if chain[1] == "<=" else math.nextafter(low, math.inf)
            high = high if chain[2] == "<=" else math.nextafter(high, -math.inf)
            return Reading(start=begin, end=end, minimum=low, maximum=high)
        stated = _STATED.search(lead) or any(
            each.end == len(lead.rstrip()) for each in self.prose.fields
        )
        if stated and not first.small and _AROUND.fullmatch(between):
            return self._around(first, second, between)
        target = re.fullmatch(
            r"\s*(?:of|from|around|about)\s*(?:the )?(?:value|reference)?\s*", between
        )
        if target and not second.small and re.search(r"within\s*$", lead):
            return self._around(second, first, lead[-40:])
        return None

    def _around(self, value: Number, tolerance: Number, words: str) -> Reading:
        size = self._size(tolerance)
        comparisons, _ = comparisons_of(words, tolerance, ())
        relative = comparisons == ("relative_delta",)
        return Reading(
            start=min(value.start, tolerance.start),
            end=max(value.tail, tolerance.tail),
            value=to_float(value.value),
            absolute=None if relative else size,
            relative=size if relative else None,
        )

    def _single(self, index: int, before: Reading | None) -> Reading | None:
        """A number on its own, by the words around it; None when it bounds nothing."""
        number = self.numbers[index]
        start, end = self.prose.sentence(number.start)
        begin = max(start, self.numbers[index - 1].tail if index else 0)
        stop = self.numbers[index + 1].start if index + 1 < len(self.numbers) else end
        lead, tail = self.text[begin : number.start], self.text[number.tail : stop]
        relation = relation_of(lead, tail, self.text[start:end], number)
        if is_stated(self.prose, number):
            relation = Relation(kind="equal", words="=")
        if self._is_unclear(number, tail):
            return None
        own = self.prose.fields_in(begin, number.start)
        same = before is not None and before.start >= start and not before.comparisons
        self.own = own or (self.own if same else [])
        if relation.kind == "none" or self._is_switched_off(number, lead):
            return None
        if not any(each.exact for each in own) and self._is_aside(relation, number, begin):
            return None
        if relation.kind == "equal" and not number.small:
            return self._equal(number)
        near = number.unit + re.split(r"[,;.)]|\band\b|\bbut\b", tail)[0]
        words = lower(self.prose.without_nouns(begin, number.start)) + near
        if relation.kind != "lower" and self._is_difference(relation, number, own, words, before):
            inherited = before.comparisons if before is not None and not own else ()
            return self._difference(relation, number, _own_words(lead, index) + near, inherited)
        return self._limit(relation, number, own or self.own)

    def _is_unclear(self, number: Number, tail: str) -> bool:
        """True for a share or a length whose size is not known; a note says so."""
        unclear = is_length(number) or (
            not number.unit and re.match(r"\s*parts?\b", tail) is not None
        )
        if unclear:
            shown = f"{number.value} {number.unit or 'parts'}"
            self.notes.append(f"{shown} is not compiled; write the printed number, without a unit")
        return unclear

    def _is_aside(self, relation: Relation, number: Number, begin: int) -> bool:
        """True for a number that bounds no result: of iterations, of seconds, of speed."""
        if is_counted(self.text, number):
            shown = re.sub("[\ue100-\uf8ff]", "…", self.prose.text[begin : number.tail]).strip(
                " ,:("
            )
            self.notes.append(f"a limit on time, memory or a count is not enforced: {shown!r}")
            return True
        if is_speed(lower(self.prose.without_nouns(*self.prose.sentence(number.start)))):
            self.notes.append(
                "a bound on speed or memory is no correctness bound; it is not compiled"
            )
            return True
        return relation.kind == "equal" and not number.small

    def _is_switched_off(self, number: Number, lead: str) -> bool:
        """True for the zero in `rtol=1e-7, atol=0`: it asks for no equality."""
        others = any(each.value > 0 for each in self.numbers)
        return number.value == 0 and others and bool(re.search(r"\btol(?:erance)?\W*$", lead))

    def _is_difference(
        self, relation: Relation, number: Number, own: list[Field], words: str, before: Reading | None
    ) -> bool:  # fmt: skip
        """True when a number bounds a difference from the incumbent."""
        if relation.kind in {"bare", "equal"} or is_fraction(number) or names_difference(words):
            return True
        start, end = self.prose.sentence(number.start)
        head, colon, _ = self.text[start : number.start].partition(":")
        if colon and names_difference(head):
            return True
        if not own:
            return before is None or bool(before.comparisons)
        if any(_MAGNITUDE.search(lower(each.name)) for each in own):
            return False
        return names_difference(lower(self.prose.without_nouns(number.tail, end)))

    def _size(self, number: Number) -> float:
        size, note = unit_size(number)
        if note:
            self.notes.append(note)
        return size

    def _difference(
        self, relation: Relation, number: Number, near: str, inherited: tuple[Comparison, ...]
    ) -> Reading:
        size = abs(self._size(number))
        if relation.strict and size >= 1 and size == int(size):
            size = math.nextafter(size, 0)
        comparisons, note = comparisons_of(near, number, inherited)
        if note:
            self.notes.append(note)
        if _ONE_SIDED.search(near) and re.search(r"baseline|incumbent|\bby\b|more than", near):
            self.notes.append(
                "this bound against the incumbent is one-sided; the contract's tolerance is "
                "two-sided, which is tighter"
            )
        return Reading(start=number.start, end=number.tail, comparisons=comparisons, bound=size)

    def _limit(self, relation: Relation, number: Number, own: list[Field]) -> Reading:
        """A bound on the value itself, on the side that the prose names."""
        start, end = number.start, number.tail
        upper = relation.kind == "upper"
        size = self._size(number) if upper else to_float(number.value)
        if relation.strict:
            size = math.nextafter(size, -math.inf if upper else math.inf)
        if not upper:
            return Reading(start=start, end=end, minimum=size)
        limit = Reading(start=start, end=end, maximum=size)
        if any(_MAGNITUDE.search(lower(each.name)) for each in own):
            signed = size > 0 and not any(_NONNEGATIVE.search(lower(each.name)) for each in own)
            return replace(limit, minimum=-size) if signed else limit
        if number.small and not any(_NONNEGATIVE.search(lower(each.name)) for each in own):
            self.notes.append(
                "it is not said whether the bound is on the value or on its change; "
                "taken as both, which is tighter"
            )
            return replace(limit, comparisons=("abs_delta",), bound=abs(self._size(number)))
        return limit

    def _equal(self, number: Number) -> Reading:
        """A value that is stated: whole numbers exactly, others to their last digit."""
        exponent = number.value.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        size = float(Decimal(5).scaleb(-places - 1)) if places else 0.0
        value = to_float(number.value)
        return Reading(start=number.start, end=number.tail, value=value, absolute=size)
