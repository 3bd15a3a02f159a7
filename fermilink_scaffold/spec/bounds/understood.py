"""What of a sentence no reading accounts for, where it could change a bound's meaning.

A bound is compiled only when everything around it is understood: the word behind its number
is no unit and no quantifier that is not known, nothing strange stands between the words
that make it a bound and the number, every negation and every other number belongs to a
reading. What only narrows a bound (`of the relaxed structure`) may be unknown: without it
the bound holds for more, which is tighter.
"""

from __future__ import annotations

import re

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.bounds.casewords import case_phrases, spin_words
from fermilink_scaffold.spec.bounds.quantities import UNIT
from fermilink_scaffold.spec.bounds.relations import FAILURE, is_counted
from fermilink_scaffold.spec.bounds.vocabulary import (
    BETWEEN,
    BLOCKERS,
    MASKS,
    MODIFIERS,
    NEGATIONS,
    PER,
    REFERENCES,
    follows_number,
    is_neutral,
)
from fermilink_scaffold.spec.bounds.wordings import PLACES
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fermilink_scaffold.spec.bounds.prose import Prose
    from fermilink_scaffold.spec.bounds.quantities import Number
    from fermilink_scaffold.spec.bounds.reading import Reading

__all__ = ["Doubt", "doubts", "strangers"]

_WORD = lazy(r"(?:[a-z\xb0-\xff]|[^\W\d_])[\w'\xb0-]*")
#: The next token behind a number.
_NEXT = lazy(r"\s*(?P<open>[\s(,:;\"'|\])}]*)(?P<token>(?:[a-z\xb0-\xff]|[^\W\d_])[\w'-]*|[^\s])?")
#: A unit that does not stand where one is looked for: `6 correct digits`, `1 (one) percent`.
_FAR_UNIT = lazy(
    rf"[^.,;\d{MASKS}]{{0,24}}\b(?:digits?|decimals?|places|figures?|percent|per cent|pp[mbt])\b|[^.,;\d{MASKS}]{{0,12}}%",
    needs=("digit", "decimal", "places", "figure", "cent", "pp", "%"),
)
#: Words behind a number that say what kind of difference it bounds.
_KINDS = frozenset({"relative", "absolute", "rel", "abs", "rms", "max", "maximum", "mean", "total"})
_OF_KNOWN = lazy(
    r"(?:the |its |our |their |that of |those of )*(?:baseline|incumbent|reference|original|previous|current|result\b|value\b|total"
    r"|mean|release|old|expected|one\b|ones\b)"
)
_DIFFERENCE = lazy(
    r"\b(?:deltas?|errors?|differences?|deviations?|discrepanc(?:y|ies)|uncertaint(?:y|ies))\b"
)
_CLAUSE = lazy(
    r"[,;:()]|\bbut\b|\bwhile\b|\band\b(?=[^,;]*\b(?:must|should|shall|stays?|remains?|is|are|has)\b)"
)
_ROOT_MEAN = lazy(
    r"root[- ]mean[- ]squared?|mean[- ]squared? displacements?|within a factor of|factor of",
    needs=("square", "factor"),
)
_NORM = lazy(
    rf"(?<![\w-])(?:l-?(?:1|2|inf(?:inity)?)|frobenius|max(?:imum)?|rms)(?:[ -]norm)? (?P<name>[{MASKS}])",
    needs=("l1", "l2", "l-", "linf", "frobenius", "max", "rms"),
)
_COMPARED_CASE = lazy(
    r"(?:\b(?:than|like|as|as in|versus|vs\.?|against|relative to|with|to|from)|\d\s?(?:%|\w{1,8})?\s+of)\s+(?:the |that of |in |for )*$|\bthat (?:of|in|for)\s+$|\bequals?\s+$"
)


class Doubt(Record):
    """Something that is not understood."""

    #: Its place in the bullet's plain text.
    place: int
    #: The words as they stand.
    what: str
    #: True where it is a bound itself, not a part of one: it is told in any case.
    firm: bool = False


def doubts(
    prose: Prose,
    readings: list[Reading],
    cases: Mapping[str, str],
    noted: set[int],
    accounted: tuple[tuple[int, int], ...] = (),
) -> Iterator[Doubt]:
    """Everything in the bullet that could change a bound.

    `noted` are numbers with a note of their own, `accounted` further places with a reading.
    """
    view = _View(prose, readings, cases)
    view.accounted = accounted
    yield from view.numbers(noted)
    for reading in readings:
        yield from view.behind(reading)
        yield from view.before(reading)
    yield from view.words()


class _View:
    """One bullet, with what its readings account for."""

    def __init__(self, prose: Prose, readings: list[Reading], cases: Mapping[str, str]) -> None:
        self.prose = prose
        self.text = prose.lower
        self.readings = readings
        self.known = {
            word for name, what in cases.items() for word in _WORD.findall(lower(f"{name} {what}"))
        } | {lower(name) for name in cases}
        self.phrases = [(low, high) for low, high, _ in case_phrases(prose.text, prose.case_ids)]
        self.taken = [(each.start, each.end) for each in readings]
        self.accounted: tuple[tuple[int, int], ...] = ()
        self.taken += [each.words for each in readings if each.words]

    def _in(self, place: int, spans: list[tuple[int, int]]) -> bool:
        return any(low <= place < high for low, high in spans)

    def _shown(self, low: int, high: int) -> str:
        return self.prose.shown(low, high)

    def numbers(self, noted: set[int]) -> Iterator[Doubt]:
        """Numbers that no reading has and that count or number nothing known."""
        for number in self.prose.numbers:
            lead = self.text[: number.start]
            if (
                number.start in noted
                or self._in(number.start, self.taken)
                or (is_counted(self.text, number) and not self._is_share(number))
                or (REFERENCES.search(lead) and not number.small)
                or PLACES.match(self.text, number.start)
            ):
                continue
            yield Doubt(
                place=number.start,
                what=self._shown(max(0, number.start - 16), number.tail + 16),
                firm=True,
            )

    def _is_share(self, number: Number) -> bool:
        return re.search(r"\d\s+(?:out )?of\s+$", self.text[: number.start]) is not None

    def behind(self, reading: Reading) -> Iterator[Doubt]:
        """The words behind a number: a unit or a quantifier that is not known."""
        if reading.words == (reading.start, reading.end):
            return  # it is no number
        places = PLACES.match(self.text, reading.start)
        if not places and (far := _FAR_UNIT.match(self.text, reading.end)):
            yield Doubt(place=far.start(), what=self._shown(reading.start, far.end()))
        place = reading.end
        while match := _NEXT.match(self.text, place):
            token = match["token"]
            if not token or re.search(r"[,;:)]", match["open"]):
                return
            place = match.start("token")
            if not self._follows(reading, match):
                yield Doubt(place=place, what=self._shown(reading.start, match.end()))
            if token not in _KINDS:
                return
            place = match.end()

    def _follows(self, reading: Reading, match: re.Match[str]) -> bool:
        """True where the next token behind a number leaves its size what it is."""
        token, place = match["token"], match.start("token")
        named = any(each.start <= place < each.end for each in self.prose.fields)
        ids = [lower(name) for name in self.prose.case_ids]
        meant = token in lower(" ".join(reading.case_words)).split() and (
            token in self.known or spin_words(token.upper())
        )
        if named or self._in(place, self.phrases) or token in ids or meant:
            return True
        if not _WORD.match(token):
            dash = re.match(r"-\s", self.text[place:]) is not None
            return dash or re.match(r"[.<>=\u2026]|[-\d]\S*\d|\d", self.text[place:]) is not None
        if "(" in match["open"] and UNIT.match(self.prose.text, place):
            return True
        share = re.match(r"(?:out )?of\b\s*", self.text[place:])
        if share:
            rest = self.text[place + share.end() :]
            known = _OF_KNOWN.match(rest) or (
                re.match(rf"(?:the )?[{MASKS}]", rest)
                and all(each.start > place for each in reading.fields)
            )
            return known is not None and known is not False and reading.words is not None
        counted = reading.comparisons != ("relative_delta",) and _COUNT_NOUN.match(
            self.text, reading.end
        )
        loose = (
            match["open"].strip()
            or PLACES.match(self.text, reading.start)
            or reading.end != (match.start())
        )
        known_word = follows_number(token) or (loose and is_neutral(token))
        return bool(known_word or counted or PER.match(self.text, reading.end))

    def before(self, reading: Reading) -> Iterator[Doubt]:
        """Between the words that make a number a bound and the number itself."""
        if reading.words is None or reading.words[1] > reading.start:
            return
        low = reading.words[1]
        for match in _WORD.finditer(self.text, low, reading.start):
            word = match[0]
            inside = any(each.start <= match.start() < each.end for each in self.prose.fields)
            fine = inside or is_neutral(word) or word in self.known or word in MODIFIERS
            if not fine and not self._in(match.start(), self.phrases):
                yield Doubt(place=match.start(), what=self._shown(low, reading.end))
                return

    def words(self) -> Iterator[Doubt]:
        """Words that nobody compiles, negations of nothing, other kinds of difference."""
        spans = [
            *((each.start, each.end) for each in self.prose.fields),
            *((each.start, each.end) for each in self.readings),
            *(match.span() for match in _ROOT_MEAN.finditer(self.text)),
            *self._norms(),
            *self.accounted,
        ]
        verdicts = [match.span() for match in FAILURE.finditer(self.text)]
        for match in BETWEEN.finditer(self.text):
            yield Doubt(place=match.start(), what=self._shown(*match.span()))
        for match in BLOCKERS.finditer(self.text):
            if not self._in(match.start(), spans):
                yield Doubt(place=match.start(), what=match[0])
        for match in NEGATIONS.finditer(self.text):
            known = self._in(match.start(), [*self.taken, *verdicts])
            if not known and self._bounded(match.start()):
                yield Doubt(place=match.start(), what=self._shown(match.start(), match.end() + 24))
        for match in _DIFFERENCE.finditer(self.text):
            yield from self._modifier(match.start())
        for name in self.prose.case_ids:
            for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", self.prose.text):
                if _COMPARED_CASE.search(self.text[: match.start()]):
                    yield Doubt(
                        place=match.start(),
                        what=self._shown(max(0, match.start() - 12), match.end()),
                    )

    def _norms(self) -> Iterator[tuple[int, int]]:
        """`L2` beside a name that is that of a norm: it only tells which one."""
        for match in _NORM.finditer(self.text):
            named = [each for each in self.prose.fields if each.start in match.span("name")]
            if any(each.exact and "norm" in lower(each.name) for each in named):
                yield match.span()

    def _bounded(self, place: int) -> bool:
        """True when the clause around a place holds a bound."""
        cuts = [match.start() for match in _CLAUSE.finditer(self.text)]
        low = max((each for each in cuts if each <= place), default=0)
        high = min((each for each in cuts if each > place), default=len(self.text))
        return any(low <= each.start < high for each in self.readings)

    def _modifier(self, place: int) -> Iterator[Doubt]:
        """The word in front of `error`: an unknown one names another quantity."""
        before = re.search(r"([a-z][\w'-]*)\s+$", self.text[:place])
        if before is None:
            return
        start, word = before.start(), before[1]
        inside = any(each.start <= start < each.end for each in self.prose.fields)
        known = inside or is_neutral(word) or word in MODIFIERS or word in self.known
        if not known and not self._in(start, self.phrases):
            yield Doubt(place=start, what=self._shown(start, place + 10))


_COUNT_NOUN = lazy(
    r"[\s-]*(?:scf |md |mpi |time ?|outer |inner |macro |micro |consecutive )?(?:cycles?|iterations?|steps?|ranks?"
    r"|runs?|atoms?|electrons?|states?|roots?|frames?|waters?|molecules?)\b"
)


def strangers(prose: Prose, reading: Reading, begin: int, cases: Mapping[str, str]) -> str:
    """Words before a bound without a field that may name another quantity; empty when there are none."""
    piece = prose.without_nouns(begin, reading.start)
    parts = re.split(r"[,;]|\band\b|\bbut\b", piece, maxsplit=1)
    start = begin + len(piece) - len(parts[-1])
    known = lower(" ".join([*reading.case_words, *cases, *cases.values()]))
    phrases = [(low, high) for low, high, _ in case_phrases(prose.text, prose.case_ids)]
    words = [
        match[0]
        for match in _WORD.finditer(lower(prose.text), start, reading.start)
        if not is_neutral(match[0])
        and match[0] not in MODIFIERS
        and not re.search(rf"(?<![\w-]){re.escape(match[0])}(?![\w-])", known)
        and not any(low <= match.start() < high for low, high in phrases)
    ]
    return " ".join(words) if len(parts) > 1 else ""
