"""Numbers of a bullet, each read as a bound by the words around it."""

from __future__ import annotations

import math
import re

from fermilink_scaffold.spec.bounds.clauses import FOR, SECOND, near_words, own_start
from fermilink_scaffold.spec.bounds.followers import (
    again,
    alike,
    is_again,
    is_ceiling,
    is_lone_share,
)
from fermilink_scaffold.spec.bounds.pairs import read_pair
from fermilink_scaffold.spec.bounds.reading import Reading
from fermilink_scaffold.spec.bounds.relations import (
    Relation,
    comparisons_of,
    is_counted,
    is_speed,
    names_difference,
    relation_of,
    without_next,
)
from fermilink_scaffold.spec.bounds.statements import factor, is_stated, stated
from fermilink_scaffold.spec.bounds.understood import Doubt
from fermilink_scaffold.spec.bounds.units import is_fraction, is_open, to_float, unit_size
from fermilink_scaffold.spec.bounds.vocabulary import MASKS, PER
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
_BOTH = (
    "it is not said whether the bound is on the value or on its change; "
    "taken as both, which is tighter"
)
_MEANS = lazy(r"\b(?:rms\w*|mae)\b")


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
        if relation.kind == "none" and before and not own and SECOND.fullmatch(lead):
            relation = Relation(kind="bare" if FOR.match(tail) else "none")
        same = before is not None and before.start >= start and not before.comparisons
        self.own = own or (self.own if same else [])
        aside = self._is_switched_off(number, lead) or relation.kind == "none"
        if not aside and not any(each.exact for each in own):
            aside = self._is_aside(relation, number, begin)
        if aside:
            return None
        if relation.kind == "equal" and not number.small and not is_fraction(number):
            return stated(number)
        if stop < end and near_words(tail) == tail:
            tail = without_next(tail)
        field = own[0].start - begin if own else None
        span = relation.span and (begin + relation.span[0], begin + relation.span[1])
        cut = begin + own_start(lead, index, field)
        found = self._bound(relation, number, own, (cut, tail), before)
        return found and found.replace(words=span)

    def _bound(
        self, relation: Relation, number: Number, own: list[Field], around: tuple[int, str],
        before: Reading | None,
    ) -> Reading | None:  # fmt: skip
        """What a number bounds; `around` is where its own words begin and what follows it."""
        cut, tail = around
        near = number.unit + near_words(tail)
        own_words = self.text[cut : number.start] + near
        if self._is_doubtful(relation, number, own_words):
            return None
        words = lower(self.prose.without_nouns(cut, number.start)) + near
        start = self.prose.sentence(number.start)[0]
        follows = before is not None and before.start >= start and not own
        if follows and before is not None and not before.comparisons:
            if before.value is not None and is_again(relation, words):
                return again(number, abs(self._size(number)), before)
            if relation.kind == "bare":
                found = alike(number, before)
                if found is None:
                    self._doubt(number, "")
                return found
        named = own or ([] if follows else self._named_behind(number, start))
        if relation.kind == "lower" or not self._is_difference(
            relation, number, named, words, before
        ):
            return self._limit(relation, number, named or self.own)
        if follows and is_ceiling(self.prose, relation, number, words):
            return self._ceiling(number)
        inherited = before.comparisons if before is not None and not own else ()
        inherited = () if is_lone_share(self.prose, number) else inherited
        return self._difference(relation, number, own_words, inherited)

    def _named_behind(self, number: Number, start: int) -> list[Field]:
        """The field behind the first number of a sentence that names none before it."""
        if self.prose.fields_in(start, number.start):
            return []
        end = self.prose.sentence(number.start)[1]
        stops = [each.start for each in self.numbers if number.tail <= each.start]
        return self.prose.fields_in(number.tail, min([end, *stops]))[:1]

    def _ceiling(self, number: Number) -> Reading | None:
        """A bound on a value behind one on its change; in a unit it may be either."""
        if number.unit:
            self._doubt(number, "")
            return None
        self.assumed.append(_BOTH)
        size = to_float(number.value)
        bound = Reading(start=number.start, end=number.tail, maximum=size)
        return bound.replace(comparisons=("abs_delta",), bound=size)

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
        large = any(_MAGNITUDE.search(lower(each.name)) for each in own)
        if large and relation.kind == "upper":
            words = _MEANS.sub("", words)  # of the value itself
        if self._counts(relation, number):
            return False
        if (
            relation.kind in {"bare", "equal"}
            or is_fraction(number)
            or names_difference(words)
            or _FACTOR.search(self.text[: number.start])
        ):
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
        if large:
            return False
        # what follows the next value or number speaks of that
        stops = [each.start for each in self.prose.fields_in(number.tail, end) if each not in own]
        stops += [each.start for each in self.numbers if number.tail <= each.start < end]
        return names_difference(self.text[number.tail : min(stops, default=end)])

    def _counts(self, relation: Relation, number: Number) -> bool:
        """True for `within 20 `iterations``, not for `within 20 `iterations` of the baseline`."""
        if relation.words not in {"within", "up to"} or not number.is_count or number.value < 2:
            return False
        end = self.prose.sentence(number.start)[1]
        fields = self.prose.fields_in(number.tail, end)
        if not fields or self.text[number.tail : fields[0].start].strip():
            return False
        return not names_difference(self.text[fields[0].end : end])

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
            found, told = factor(number)
            self.assumed.append(told)
            return found
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
            self.assumed.append(_BOTH)
            return limit.replace(comparisons=("abs_delta",), bound=abs(self._size(number)))
        return limit
