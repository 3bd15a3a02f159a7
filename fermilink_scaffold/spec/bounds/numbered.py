"""Numbers of a bullet, each read as a bound by the words around it."""

from __future__ import annotations

import math
import re
from decimal import ROUND_FLOOR, Decimal

from fermilink_scaffold.spec.bounds.pairs import read_pair
from fermilink_scaffold.spec.bounds.reading import Reading
from fermilink_scaffold.spec.bounds.relations import (
    Relation,
    comparisons_of,
    is_counted,
    is_speed,
    names_difference,
    relation_of,
)
from fermilink_scaffold.spec.bounds.statements import is_stated
from fermilink_scaffold.spec.bounds.understood import Doubt
from fermilink_scaffold.spec.bounds.units import is_fraction, is_open, to_float, unit_size
from fermilink_scaffold.spec.bounds.vocabulary import KIND_BEHIND, MASKS, PER
from fermilink_scaffold.spec.bounds.wordings import PLACES
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.fieldnames import Field
    from fermilink_scaffold.spec.bounds.prose import Prose
    from fermilink_scaffold.spec.bounds.quantities import Number
    from fermilink_scaffold.spec.model import Comparison

__all__ = ["NumberReader"]

_ONE_SIDED = lazy(
    r"\b(?:increas|rise|rising|grow|worse|higher|exceed|drop|decreas|fall|regress|reduc)\w*"
)
_NONNEGATIVE = lazy(r"(?:^|_)(?:max|abs|rmsd?|rmse|mae|norm|residual|msd)\d*(?:_|$)")
_MAGNITUDE = lazy(r"err|drift|delta|diff|deviation|resid|norm|rms|mae|violation|imbalance|defect")
#: A difference, in words that never name a value: a lower bound on it makes no sense.
_DELTA = lazy(
    r"\b(?:deltas?|differ\w*|deviat\w*|errors?|discrepan\w*|chang\w*|drifts?|var(?:y|ies)|toleran\w*)\b"
)
_ALLOWED = lazy(r"\b(?:may|might|can|could|allowed|permitted|free)\b(?! not|not)")
_FACTOR = lazy(
    r"\bfactors?\b(?: of)?(?: (?:at most|up to|less than|about|no more than|<=?))*\s*$",
    needs=("factor",),
)
_NO_SIDE = lazy(r"\b(?:better|worse|tighter|closer)\b")


#: `(1e-5 for test-b)`, `, but 0.1 for test-b`: another size of the same bound.
_SECOND = lazy(r".*?[\s,;(]+(?:and|but|or|only)?\s*")
_FOR = lazy(r"\s*(?:%\s*)?(?:for|in|on)\s")
_JOINT = lazy(r"[,;]|\band\b|\bbut\b")


def _near(tail: str) -> str:
    """What follows a number and still belongs to it."""
    behind = KIND_BEHIND.match(tail)
    return re.split(r"[,;.)]|\band\b|\bbut\b", tail)[0] + (behind[0] if behind else "")


def _own_start(lead: str, index: int, field: int | None) -> int:
    """Where in the text before a number that ends which still belongs to the number before it.

    `field` is where its first value is named.
    """
    behind = KIND_BEHIND.match(lead) if index else None
    begin = behind.end() if behind and behind.end() < len(lead.rstrip()) else 0
    joints = [match.end() for match in _JOINT.finditer(lead, begin)] if index else []
    ahead = [each for each in joints if field is not None and each <= field]
    return [begin, *joints[:1], *ahead][-1]


class NumberReader:
    """Reads the numbers of one bullet; collects what it assumed and what it did not understand."""

    def __init__(self, prose: Prose) -> None:
        self.prose = prose
        self.text = prose.lower
        taken = [match.span() for match in PLACES.finditer(prose.lower)]
        self.numbers = [
            each
            for each in prose.numbers
            if not any(low <= each.start < high for low, high in taken)
        ]
        self.own: list[Field] = []
        self.notes: list[str] = []
        #: How what is compiled was read, where it could be read otherwise.
        self.assumed: list[str] = []
        self.doubts: list[Doubt] = []
        #: Places of numbers of which a note tells that they bound nothing.
        self.noted: set[int] = set()

    def read(self) -> list[Reading]:
        """Bounds from numbers, alone or two together."""
        found: list[Reading] = []
        index = 0
        while index < len(self.numbers):
            pair: Reading | None = None
            notes: tuple[str, ...] = ()
            if index + 1 < len(self.numbers):
                pair, notes = read_pair(self.prose, *self.numbers[index : index + 2])
            self.assumed += notes
            reading = pair or self._single(index, found[-1] if found else None)
            if reading is not None:
                found.append(reading)
            index += 2 if pair else 1
        return found

    def _single(self, index: int, before: Reading | None) -> Reading | None:
        """A number on its own, by the words around it; None when it bounds nothing."""
        number = self.numbers[index]
        start, end = self.prose.sentence(number.start)
        begin = max(start, self.numbers[index - 1].tail if index else 0)
        stop = min([end, *(each.start for each in self.numbers[index + 1 : index + 2])])
        lead, tail = self.text[begin : number.start], self.text[number.tail : stop]
        relation = relation_of(lead, tail, self.text[start:end], number)
        if is_stated(self.prose, number):
            relation = Relation(kind="equal", words="=")
        if self._is_unclear(number, tail):
            return None
        own = self.prose.fields_in(begin, number.start)
        if relation.kind == "none" and before and not own and _SECOND.fullmatch(lead):
            relation = Relation(kind="bare" if _FOR.match(tail) else "none")
        same = before is not None and before.start >= start and not before.comparisons
        self.own = own or (self.own if same else [])
        aside = self._is_switched_off(number, lead) or relation.kind == "none"
        if not aside and not any(each.exact for each in own):
            aside = self._is_aside(relation, number, begin)
        if aside:
            return None
        if relation.kind == "equal" and not number.small and not is_fraction(number):
            return self._equal(number)
        near = number.unit + _near(tail)
        cut = begin + _own_start(lead, index, own[0].start - begin if own else None)
        own_words = self.text[cut : number.start] + near
        if self._is_doubtful(relation, number, own_words):
            return None
        if relation.kind == "bare" and same and not own and before is not None:
            return self._alike(number, before)
        words = lower(self.prose.without_nouns(cut, number.start)) + near
        if relation.kind != "lower" and self._is_difference(relation, number, own, words, before):
            inherited = before.comparisons if before is not None and not own else ()
            found: Reading | None = self._difference(relation, number, own_words, inherited)
        else:
            found = self._limit(relation, number, own or self.own)
        span = relation.span and (begin + relation.span[0], begin + relation.span[1])
        return found and found.replace(words=span)

    def _alike(self, number: Number, before: Reading) -> Reading | None:
        """Another size of the bound on a value before it: `below 1e-10, 1e-8 for test-b`."""
        sides = (before.minimum, before.maximum)
        interval = None not in sides and sides[0] != -(before.maximum or 0.0)
        if before.value is not None or interval:
            self._doubt(number, "")
            return None
        size = to_float(number.value)
        low = -size if before.maximum is not None else size
        return Reading(
            start=number.start,
            end=number.tail,
            minimum=None if before.minimum is None else low,
            maximum=None if before.maximum is None else size,
        )

    def _doubt(self, number: Number, lead: str) -> None:
        what = self.prose.shown(max(0, number.start - len(lead)), number.tail)
        self.doubts.append(Doubt(place=number.start, what=what.strip(" ,:("), firm=True))

    def _is_doubtful(self, relation: Relation, number: Number, words: str) -> bool:
        """True for a lower bound on a difference, and for what is merely allowed."""
        before = self.text[: number.start]
        start = self.prose.sentence(number.start)[0]
        factor = _FACTOR.search(before) is not None
        wrong = factor and (bool(number.unit) or number.value <= 1)
        value = relation.kind in {"upper", "lower"} and not names_difference(words)
        wrong = wrong or (value and _NO_SIDE.search(relation.words) is not None)
        # `agrees to 6` may speak of digits
        agrees = relation.words.endswith("to") and relation.words != "up to"
        wrong = wrong or (agrees and number.is_count and number.value >= 1)
        if relation.kind == "lower":
            by = re.search(r"\bby (?:at least|more than|over)?\s*$", before)
            wrong = wrong or factor or any((_DELTA.search(words), by, _ALLOWED.search(words)))
        equal = relation.kind == "equal" or re.search(r"[^<>=]=\s*$", before) is not None
        said = names_difference(before[start:])
        wrong = wrong or (equal and (number.small or is_fraction(number)) and not said)
        stop = min((each.start for each in self.numbers if each.start > number.start), default=None)
        said = said or names_difference(self.text[number.tail : stop])
        wrong = wrong or (relation.kind in {"upper", "lower"} and is_fraction(number) and not said)
        if wrong:
            self._doubt(number, before[max(start, number.start - 40) :])
        return wrong

    def _factor(self, number: Number) -> Reading:
        """`within a factor of 1.001`: the smaller of both ways, seen from the incumbent."""
        share = 1 - 1 / number.value
        bound = float(share.quantize(Decimal(1).scaleb(share.adjusted() - 8), ROUND_FLOOR))
        self.assumed.append(
            f"a factor of {number.value} is read as a relative difference of {bound:g}"
        )
        return Reading(
            start=number.start, end=number.tail, comparisons=("relative_delta",), bound=bound
        )

    def _is_unclear(self, number: Number, tail: str) -> bool:
        """True for a share or a length whose size is not known; a note says so."""
        unclear = is_open(number) or (
            not number.unit and re.match(r"\s*parts?\b", tail) is not None
        )
        if unclear:
            shown = f"{to_float(number.value):g} {number.unit or 'parts'}"
            self.notes.append(f"{shown} is not compiled; write the printed number, without a unit")
            self.noted.add(number.start)
        return unclear

    def _is_aside(self, relation: Relation, number: Number, begin: int) -> bool:
        """True for a number that bounds no result: of iterations, of seconds, of speed."""
        if is_counted(self.text, number):
            shown = re.sub(rf"[{MASKS}]", "…", self.prose.text[begin : number.tail]).strip(" ,:(")
            self.notes.append(f"a limit on time, memory or a count is not enforced: {shown!r}")
            self.noted.add(number.start)
            return True
        start, end = self.prose.sentence(number.start)
        clause = re.split(r"[,;]", self.text[start : number.start])[-1]
        clause += re.split(r"[,;]", self.text[number.start : end])[0]
        result = names_difference(clause) and not is_speed(clause)
        if not result and is_speed(lower(self.prose.without_nouns(start, end))):
            self.notes.append(
                "a bound on speed or memory is no correctness bound; it is not compiled"
            )
            self.noted.add(number.start)
            return True
        return relation.kind == "equal" and not number.small

    def _is_switched_off(self, number: Number, lead: str) -> bool:
        """True for the zero in `rtol=1e-7, atol=0`: it asks for no equality."""
        others = any(each.value > 0 for each in self.numbers)
        off = number.value == 0 and others and bool(re.search(r"\btol(?:erance)?\W*$", lead))
        self.noted.update({number.start} if off else ())
        return off

    def _is_difference(
        self, relation: Relation, number: Number, own: list[Field], words: str, before: Reading | None
    ) -> bool:  # fmt: skip
        """True when a number bounds a difference from the incumbent."""
        if relation.kind in {"bare", "equal"} or is_fraction(number) or names_difference(words):
            return True
        if _FACTOR.search(self.text[: number.start]):
            return True
        start, end = self.prose.sentence(number.start)
        head, colon, _ = self.text[start : number.start].partition(":")
        own_clause = re.search(
            r"\b(?:must|should|shall|has to|have to|needs? to|stays?|remains?)\b", words
        )
        if colon and names_difference(head) and not (own and own_clause):
            return True
        if not own:
            return before is None or bool(before.comparisons)
        if any(_MAGNITUDE.search(lower(each.name)) for each in own):
            return False
        # what follows the next value or number speaks of that
        stops = [each.start for each in self.prose.fields_in(number.tail, end)]
        stops += [each.start for each in self.numbers if number.tail <= each.start < end]
        return names_difference(self.text[number.tail : min(stops, default=end)])

    def _size(self, number: Number) -> float:
        size, note = unit_size(number)
        per = PER.match(self.text, number.tail)
        if per:
            shown = self.prose.shown(number.start, per.end())
            self.assumed.append(f"{shown!r} is laid on the printed value as it is")
            self.noted.update(
                each.start for each in self.numbers if number.tail <= each.start < per.end()
            )
        if note:
            self.assumed.append(note)
        return size

    def _difference(
        self, relation: Relation, number: Number, near: str, inherited: tuple[Comparison, ...]
    ) -> Reading:
        if _FACTOR.search(self.text[: number.start]):
            return self._factor(number)
        size = abs(self._size(number))
        if relation.strict and size >= 1 and size == int(size):
            size = math.nextafter(size, 0)
        comparisons, note = comparisons_of(near, number, inherited)
        if note:
            self.assumed.append(note)
        if _ONE_SIDED.search(near) and re.search(r"baseline|incumbent|\bby\b|more than", near):
            self.assumed.append(
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
            if number.value == 0:
                side = "below" if upper else "above"
                self.assumed.append(f"{side} 0 is written as the number next to it, {size:.1e}")
        if not upper:
            return Reading(start=start, end=end, minimum=size)
        limit = Reading(start=start, end=end, maximum=size)
        if any(_MAGNITUDE.search(lower(each.name)) for each in own):
            signed = size > 0 and not any(_NONNEGATIVE.search(lower(each.name)) for each in own)
            return limit.replace(minimum=-size) if signed else limit
        if number.small and not any(_NONNEGATIVE.search(lower(each.name)) for each in own):
            self.assumed.append(
                "it is not said whether the bound is on the value or on its change; "
                "taken as both, which is tighter"
            )
            return limit.replace(comparisons=("abs_delta",), bound=abs(self._size(number)))
        return limit

    def _equal(self, number: Number) -> Reading:
        """A value that is stated: whole numbers exactly, others to their last digit."""
        exponent = number.value.as_tuple().exponent
        places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
        size = float(Decimal(5).scaleb(-places - 1)) if places else 0.0
        value = to_float(number.value)
        return Reading(start=number.start, end=number.tail, value=value, absolute=size)
