"""The numbers of one correctness bullet, each read as a bound on something.

Where a sentence can be read in two ways the tighter one is taken, and a note says so.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from decimal import Decimal

from fermilink_scaffold.spec.casewords import case_phrases, contrast_words, spin_words
from fermilink_scaffold.spec.fieldnames import Field, find_fields, mask_spans, phrase_field
from fermilink_scaffold.spec.quantities import Number, find_numbers, plain_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from fermilink_scaffold.spec.model import Comparison

    Relation: TypeAlias = Literal["upper", "lower", "equal", "bare"]

__all__ = ["Reading", "read_bounds"]

_NOT = r"(?:(?:must|may|should|shall|can|does|do|is|are)\s?(?:not|n't)|cannot|never|not|without|no)"
_UPPER = (
    r"<=|<|(?:less|smaller|lower|tighter|better|closer|fewer) than|below|under|at most|within|up to"
    rf"|\b{_NOT}\b[^.;<>=]{{0,40}}?\b(?:more|greater|larger|higher|worse)(?: than)?|\b{_NOT} exceed\w*"
    rf"|\b{_NOT}\b[^.;<>=]{{0,40}}?\bexceed\w*|bounded by|(?:maximum|max) of|tolerances?|\b[ar]?tol\b|\+/-"
    r"|(?:accurate|accuracy|precise|precision|converged) (?:to|of)|differ\w* (?:only )?by|threshold"
    r"|(?:agree|match|equal|correct|reproduced?|same|identical|consistent|unchanged)\w* (?:up )?to"
    r"|limit(?:ed)? (?:of|to)|drift of|(?:error|delta|difference|deviation)s? of"
)
_LOWER = (
    rf">=|>|at least|\b{_NOT} (?:be )?(?:less|smaller|lower|fewer|below|under|drop below|fall below)(?: than)?"
    r"|(?:greater|larger|higher|more) than|above|\bexceeds?|minimum of|or more"
)
_EQUAL = r"==|exactly|\bequals?(?: to)?|must be|must equal|(?:remain|stay)s? at"
_RELATION = re.compile(
    rf"(?P<lower>{_LOWER})|(?P<upper>{_UPPER})|(?P<equal>{_EQUAL})", re.IGNORECASE
)
_NEGATED_LOWER = re.compile(rf"\b{_NOT}\b[^.;<>=]{{0,40}}?$", re.IGNORECASE)
_STRICT = re.compile(
    r"^(?:<|>|.*\b(?:than|below|under|above)|exceeds?)$", re.IGNORECASE | re.DOTALL
)
_AFTER = re.compile(
    r"\s*(?:,\s*)?(?P<upper>or (?:less|better|lower|smaller|below|tighter)|at most|max(?:imum)?\b"
    r"|(?:absolute |relative |rms )?(?:tolerance|agreement|accuracy|precision))|\s*(?P<lower>or (?:more|higher|larger|greater))",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\bdelta|differ|deviat|\berrors?\b|discrepan|agree|match|\bchang|drift|toleran|\b[ar]?tol\b|\bvs\b"
    r"|versus|baseline|reference|incumbent|unchanged|within|accura|reproduc|consisten|\bsame\b"
    r"|\brmsd?\b|\bmae\b|\+/-|preserv|precis|compar|identical|relative|absolute",
    re.IGNORECASE,
)
_EXACT = re.compile(
    r"bit[- ]?for[- ]?bit|bit[- ]?wise|bit[- ]identical|byte[- ]identical|byte[- ]for[- ]byte"
    r"|exact(?:ly)? (?:equal|the same|identical|match\w*|agree\w*|reproduc\w*)(?! to \d)"
    r"|(?:match|agree|equal|reproduced?|unchanged|preserved?)\w* exactly\b(?! \d)"
    r"|\b(?:be|are|is|remain|stay)s? (?:strictly |numerically )?identical\b(?! (?:to|with)(?:in)? \d)",
    re.IGNORECASE,
)
_NOT_EXACT = re.compile(
    r"need not|not (?:need|required|necessary|expected)|no need|n't (?:need|have)", re.IGNORECASE
)
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_PLACES = re.compile(
    rf"\b(?P<n>\d{{1,2}}|{'|'.join(_WORDS[1:])})(?:th|st|nd|rd)?[- ]?(?:or more )?"
    r"(?P<what>decimals?(?: places?| digits?)?|significant (?:figures?|digits?|decimals?)"
    r"|sig\.? ?(?:figs?|digits?)\.?|digits?)\b",
    re.IGNORECASE,
)
_DIRECTIVE = re.compile(
    r"^\W*(?:do not|don't|never|no|avoid)\s+(?:the\s+)?(?:loosen|relax|weaken|disabl|bypass|skip|replac|remov"
    r"|alter|modify|touch|use|hard|cach|special|case-specific|reorder|shortcut|increas|reduc|lower|rais|chang)",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"(?:conv_?tol\w*|convergence(?: criteri\w+| threshold)?|cut-?off|ecut\w*|time ?step|\bdt|max_cycle"
    r"|level ?shift|\bscf tol\w*)\W*(?:of|is|at|to|=|:|<=?)?\W*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"[\s-]*(?:scf |md |mpi |time ?|outer |inner |macro |micro )?(?:cycles?|iterations?|steps?|ranks?|runs?"
    r"|threads?|cores?|atoms?|electrons?|states?|roots?|frames?|waters?|molecules?|cases?|workloads?|seeds?"
    r"|points?|processes|repeats|times|hours?|minutes?|days?)\b",
    re.IGNORECASE,
)
_TIMES = frozenset({"s", "ms", "us", "ns", "GB", "MB", "KB", "kB", "GiB", "MiB", "B"})
_RELATIVE = re.compile(r"\brelative(?! to\b)|\brel\b|\brtol\b|fractional|\bmape\b", re.IGNORECASE)
_ABSOLUTE = re.compile(r"\babs(?:olute)?\b|\batol\b", re.IGNORECASE)
_RMS = re.compile(r"\brmsd?\b|\brmse\b|root[- ]mean[- ]squared?", re.IGNORECASE)
_MEAN = re.compile(r"\bmean\b|\baverage|\bmae\b|\bmedian\b", re.IGNORECASE)
_ONE_SIDED = re.compile(
    r"\b(?:increas|rise|rising|grow|worse|higher|drop|decreas|fall|regress|reduc)\w*", re.IGNORECASE
)
_FAILS = re.compile(
    r"\b(?:fail|reject|invalid|unacceptable|wrong|discard|incorrect)\w*\b[^.;]*\b(?:if|when|on)\b|\b(?:if|when|any)\b[^.;]*\b(?:fail|reject|invalid|unacceptable|wrong|discard|incorrect)\w*",
    re.IGNORECASE,
)
_NONNEGATIVE = re.compile(
    r"(?:^|_)(?:max|abs|rmsd?|rmse|mae|norm|residual|msd)\d*(?:_|$)", re.IGNORECASE
)
_MAGNITUDE = re.compile(
    r"err|drift|delta|diff|deviation|resid|norm|rms|mae|violation|imbalance|defect", re.IGNORECASE
)
_OPTIONAL = re.compile(
    r"\b(?:when(?:ever)?|where(?:ver)?|if|provided|as far as)\b[^.;]{0,60}?\b(?:expos|report|print|avail|present|provid|emit|output|defin|exist)\w*(?P<rest>[^.;]*)",
    re.IGNORECASE,
)
_PREFIXED = re.compile(
    r"(?P<prefix>[munp])(?:Ha|Hartrees?|hartrees?|Eh|E_h|eV|Ry|Rydbergs?|rad|bar|Pa|K|V|J|N|D|T|cal|m|g)(?![a-z])"
)
_HARTREE = {"kcal/mol": Decimal("627.5094740631"), "kJ/mol": Decimal("2625.4996394799")}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One number of a bullet and what it bounds."""

    fields: tuple[Field, ...] = ()
    #: How differences are compared; empty for a bound on the value itself.
    comparisons: tuple[Comparison, ...] = ()
    bound: float = math.nan
    minimum: float | None = None
    maximum: float | None = None
    value: float | None = None
    absolute: float | None = None
    relative: float | None = None
    case_words: tuple[str, ...] = ()
    optional: bool = False
    #: Place of the number in the plain text.
    start: int = 0
    end: int = 0


def read_bounds(
    text: str, case_ids: tuple[str, ...]
) -> tuple[tuple[Reading, ...], tuple[str, ...]]:
    """The bounds in one bullet of prose, in order, and what was assumed about them."""
    masked, names = mask_spans(text, case_ids)
    plain = re.sub(r"\*\*|__", "", plain_text(masked))
    if _DIRECTIVE.search(plain) and not re.search(r"more than|deviat|differ|within", plain):
        return (), ()
    reader = _Reader(plain, names, case_ids)
    readings = reader.places() + reader.exact() + reader.bounds()
    readings = reader.with_fields(sorted(readings, key=lambda each: each.start))
    readings = reader.with_cases(readings)
    readings = reader.with_options(readings)
    return tuple(readings), tuple(dict.fromkeys(reader.notes))


class _Reader:
    """One bullet while it is read."""

    def __init__(self, text: str, names: tuple[str, ...], case_ids: tuple[str, ...]) -> None:
        self.text = text
        self.case_ids = case_ids
        self.notes: list[str] = []
        self.fields = list(find_fields(text, names))
        self.numbers = list(find_numbers(text))
        self.phrases = case_phrases(text, case_ids)
        self.breaks = [
            0,
            *(match.end() for match in re.finditer(r"[.;]\s+(?=\S)|\s\|\s", text)),
            len(text),
        ]

    def sentence(self, position: int) -> tuple[int, int]:
        """Begin and end of the sentence around a place."""
        start = max(each for each in self.breaks if each <= position)
        return start, min(each for each in self.breaks if each > position or each == len(self.text))

    def places(self) -> list[Reading]:
        """`agree to 8 decimal places`: half a unit of the last place."""
        found: list[Reading] = []
        for match in _PLACES.finditer(self.text):
            word = match["n"].lower()
            count = _WORDS.index(word) if word in _WORDS else int(word)
            what = match["what"].lower()
            comparisons: tuple[Comparison, ...] = ("abs_delta",)
            if what.startswith("sig"):
                comparisons = ("relative_delta",)
            elif what.startswith("digit"):
                comparisons = ("abs_delta", "relative_delta")
                self.notes.append(
                    f"{match[0]!r} is taken both as decimal places and as significant digits"
                )
            self.numbers = [
                each for each in self.numbers if not match.start() <= each.start < match.end()
            ]
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
            if not _NOT_EXACT.search(self.text[slice(*self.sentence(match.start()))])
        ]

    def bounds(self) -> list[Reading]:
        """Bounds from numbers."""
        found: list[Reading] = []
        index = 0
        while index < len(self.numbers):
            pair = self._pair(index)
            if pair is not None:
                found.append(pair)
                index += 2
                continue
            reading = self._single(index, found[-1] if found else None)
            if reading is not None:
                found.append(reading)
            index += 1
        return found

    def _between(self, index: int) -> str:
        return self.text[self.numbers[index].tail : self.numbers[index + 1].start]

    def _pair(self, index: int) -> Reading | None:
        """`between A and B`, `A < x < B`, `V +/- T`."""
        if index + 1 >= len(self.numbers):
            return None
        first, second = self.numbers[index], self.numbers[index + 1]
        between, lead = self._between(index), self.text[: first.start]
        place = {"start": first.start, "end": second.tail}
        low, high = sorted((_float(first.value), _float(second.value)))
        interval = re.search(
            r"(?:between|from|range(?: of)?|range:?)\s*[\[(]?\s*$", lead, re.IGNORECASE
        )
        if (interval and re.fullmatch(r"\s*(?:and|to|-|,|\.\.)\s*", between)) or (
            re.search(r"\bin\s*[\[(]\s*$", lead) and re.fullmatch(r"\s*[,;]\s*", between)
        ):
            return Reading(minimum=low, maximum=high, **place)
        chain = re.fullmatch(r"\s*(<=?)[^<>]{1,60}?(<=?)\s*", between)
        if chain:
            minimum = low if chain[1] == "<=" else math.nextafter(low, math.inf)
            maximum = high if chain[2] == "<=" else math.nextafter(high, -math.inf)
            return Reading(minimum=minimum, maximum=maximum, **place)
        around = re.fullmatch(
            r"[\s,(]*(?:\+/-|to within|within|(?:with (?:a |an )?)?(?:absolute |relative )?(?:tolerance|tol)(?: of)?:?)\s*",
            between,
            re.IGNORECASE,
        )
        named = re.search(
            r"(?:=|\bis|\bbe|\bequals?|\bof|\bat|\bvalue|:|\bto|;)\s*$", lead, re.IGNORECASE
        )
        if around and named and not first.small:
            return self._around(first, second, between, place)
        reverse = re.fullmatch(
            r"\s*(?:of|from|around|about)\s*(?:the )?(?:value|reference)?\s*", between
        )
        if reverse and re.search(r"within\s*$", lead, re.IGNORECASE) and not second.small:
            return self._around(second, first, lead[-40:], place)
        return None

    def _around(
        self, value: Number, tolerance: Number, words: str, place: dict[str, int]
    ) -> Reading:
        size = abs(self._size(tolerance))
        relative = self._is_relative(tolerance, words)
        return Reading(
            value=_float(value.value),
            absolute=None if relative else size,
            relative=size if relative else None,
            **place,
        )

    def _single(self, index: int, before: Reading | None) -> Reading | None:
        """A number on its own, by the words around it; None when it bounds nothing."""
        number = self.numbers[index]
        start, end = self.sentence(number.start)
        begin = max(start, self.numbers[index - 1].tail if index else 0)
        stop = self.numbers[index + 1].start if index + 1 < len(self.numbers) else end
        lead, tail = (
            self.text[begin : number.start],
            self.text[number.tail : max(stop, number.tail)],
        )
        relation, words = self._relation(lead, tail, number)
        if relation == "none" or _SETTING.search(lead) or not math.isfinite(_float(number.value)):
            return None
        if _FAILS.search(self.text[start:end]) and relation in {"upper", "lower"}:
            relation = "lower" if relation == "upper" else "upper"
        own = [each for each in self.fields if begin <= each.start < number.start]
        counted = number.is_count and _COUNTED.match(self.text, number.end)
        if number.unit in _TIMES or (counted and not any(each.exact for each in own)):
            if relation != "bare":
                self.notes.append(
                    f"a limit on time, memory or a count is not enforced: {_shown(self.text[begin : number.tail])!r}"
                )
            return None
        near = lead + number.unit + re.split(r"[,;.)]|\band\b|\bbut\b", tail)[0]
        place = {"start": number.start, "end": number.tail}
        if relation == "lower":
            return self._limit("lower", words, number, place, own)
        if relation == "equal":
            if number.small:
                return self._difference(near, words, number, place, before, own)
            exact = _float(number.value)
            return (
                Reading(value=exact, absolute=0.0, **place)
                if any(each.exact for each in own)
                else None
            )
        header = self.text[start:begin] if ":" in self.text[start : number.start] else ""
        head = (
            self.text[start : number.start].partition(":")[0]
            if ":" in self.text[start : number.start]
            else header
        )
        blank = self._without_nouns(begin, number.start) + near[len(lead) :]
        compared = _DIFFERENCE.search(blank) or _DIFFERENCE.search(head)
        inherits = before is not None and not own and bool(before.comparisons)
        if (
            relation == "bare"
            or compared
            or inherits
            or number.unit in {"%", "percent", "ppm", "ppb"}
        ):
            return self._difference(near, words, number, place, before if not own else None, own)
        tail_compared = _DIFFERENCE.search(self.text[number.tail : end])
        value_like = any(_MAGNITUDE.search(each.name) for each in own)
        if not value_like and (
            tail_compared or (number.small and not any(each.exact for each in own))
        ):
            return self._difference(near, words, number, place, None, own)
        return self._limit("upper", words, number, place, own)

    def _without_nouns(self, begin: int, end: int) -> str:
        """The text without the nouns that are fields: `energy drift` is no difference word."""
        text = self.text[begin:end]
        for each in self.fields:
            if begin <= each.start and each.end <= end and not each.exact:
                text = text.replace(self.text[each.start : each.end], " ")
        return text

    def _relation(self, lead: str, tail: str, number: Number) -> tuple[str, str]:
        """How a number bounds, and the words that say so."""
        last = None
        for match in _RELATION.finditer(lead):
            last = match
        if last is not None and not re.search(
            r"[A-Za-z]{3,}\W+(?:\w+\W+){3,}$", lead[last.end() :]
        ):
            kind = str(last.lastgroup)
            word = last[kind]
            if (
                kind == "lower"
                and word not in {">", ">="}
                and _NEGATED_LOWER.search(lead[: last.start()])
            ):
                kind, word = "upper", f"not {word}"
            return kind, word
        after = _AFTER.match(tail)
        if after:
            return str(after.lastgroup), after[0]
        if number.small or number.unit in {"%", "percent", "ppm", "ppb"}:
            return "bare", ""
        return "none", ""

    def _size(self, number: Number) -> float:
        """The number in the unit in which the field is printed, read tightly."""
        value, unit = number.value, re.sub(r"\s", "", number.unit)
        if unit in {"%", "percent", "percent"} or unit.lower() == "percent":
            return _float(value / 100)
        if unit in {"ppm", "partspermillion"}:
            return _float(value / 10**6)
        if unit in {"ppb", "partsperbillion"}:
            return _float(value / 10**9)
        if unit in _HARTREE:
            size = _float(value / _HARTREE[unit])
            self.notes.append(
                f"{number.value} {unit} is read as {size:.3g} Hartree, the tightest reading; "
                "leave the unit away to take the number as it is"
            )
            return size
        prefixed = _PREFIXED.match(unit)
        if prefixed:
            power = {"m": 3, "u": 6, "n": 9, "p": 12}[prefixed["prefix"]]
            size = _float(value.scaleb(-power))
            self.notes.append(
                f"{number.value} {unit} is read as {size:g} {unit[1:]}; "
                f"the field must be printed in {unit[1:]}"
            )
            return size
        if "/atom" in unit or "/step" in unit:
            self.notes.append(f"{number.value} {unit} is laid on the printed value as it is")
        return _float(value)

    def _is_relative(self, number: Number, near: str) -> bool:
        unit = re.sub(r"\s", "", number.unit).lower()
        return unit in {"%", "percent", "ppm", "ppb", "partspermillion", "partsperbillion"} or (
            bool(_RELATIVE.search(near)) and not number.unit
        )

    def _difference(
        self, near: str, words: str, number: Number, place: dict[str, int],
        before: Reading | None, own: list[Field],
    ) -> Reading:  # fmt: skip
        """A bound on the difference from the incumbent."""
        size = abs(self._size(number))
        if _is_strict(words) and size >= 1 and size == int(size):
            size = math.nextafter(size, 0)
        comparisons: tuple[Comparison, ...] = ("abs_delta",)
        if self._is_relative(number, near):
            comparisons = ("relative_delta",)
            if _ABSOLUTE.search(near) and not number.unit:
                comparisons = ("abs_delta", "relative_delta")
            if _RMS.search(near):
                self.notes.append("a relative RMS bound is laid on each element, which is tighter")
        elif _RMS.search(near):
            comparisons = ("rms_delta",)
        elif before is not None and before.comparisons and not _ABSOLUTE.search(near) and not own:
            comparisons = before.comparisons
        elif _MEAN.search(near):
            self.notes.append(
                "a bound on a mean difference is laid on each value, which is tighter"
            )
        if _ONE_SIDED.search(near) and re.search(r"baseline|incumbent|by|more than", near):
            self.notes.append(
                "this bound against the incumbent is one-sided; the contract's tolerance is "
                "two-sided, which is tighter"
            )
        return Reading(comparisons=comparisons, bound=size, **place)

    def _limit(
        self, side: str, words: str, number: Number, place: dict[str, int], own: list[Field]
    ) -> Reading:
        """A bound on the value itself."""
        size = self._size(number) if side == "upper" else _float(number.value)
        if side == "lower" and re.match(r"[munp](?:Ha|eV|Ry|Eh)", number.unit):
            self.notes.append(f"{number.value} {number.unit}: the number is taken as it is")
        if _is_strict(words):
            size = math.nextafter(size, -math.inf if side == "upper" else math.inf)
        if side == "lower":
            return Reading(minimum=size, **place)
        signed = [each for each in own if _MAGNITUDE.search(each.name)]
        if signed and not any(_NONNEGATIVE.search(each.name) for each in own) and size > 0:
            return Reading(minimum=-size, maximum=size, **place)
        return Reading(maximum=size, **place)

    def with_fields(self, readings: list[Reading]) -> list[Reading]:
        """Each reading with the fields it is about."""
        out: list[Reading] = []
        for index, reading in enumerate(readings):
            start, end = self.sentence(reading.start)
            mates = [each for each in readings if start <= each.start < end]
            position = mates.index(reading)
            begin = mates[position - 1].end if position else start
            stop = mates[position + 1].start if position + 1 < len(mates) else end
            fields = self._subjects(begin, reading.start) + self._inside(reading)
            postfix = not self._subjects(start, mates[0].start) and not self._inside(mates[0])
            if postfix and not fields:
                fields = self._subjects(reading.end, stop)
            elif postfix:
                fields = self._subjects(reading.end, stop) or fields
            elif position + 1 == len(mates):
                fields += [
                    each
                    for each in self._subjects(reading.end, end)
                    if each.exact and self._joins(reading, each)
                ]
            if not fields:
                fields = self._inherited(out, start, begin, reading)
            out.append(replace(reading, fields=_distinct(fields)))
        return out

    def _inherited(
        self, out: list[Reading], start: int, begin: int, reading: Reading
    ) -> list[Field]:
        """Fields of the bound before it, or of a phrase that no noun is known for."""
        phrase = re.split(r"[:,]", self.text[begin : reading.start])[0]
        for low, high, _ in self.phrases:
            phrase = phrase.replace(self.text[low:high], " ")
        same_sentence = out and out[-1].start >= start
        if same_sentence and out[-1].fields:
            return list(out[-1].fields)
        earlier = [each for each in self.fields if each.end <= reading.start]
        if earlier:
            return [earlier[-1]]
        relation = list(_RELATION.finditer(phrase))
        phrase = phrase[: relation[0].start()] if relation else phrase
        phrase = " ".join(word for word in phrase.split() if word not in spin_words(word))
        name = phrase_field(phrase)
        return [Field(name=name, start=begin, end=begin, exact=False)] if name else []

    def _joins(self, reading: Reading, field: Field) -> bool:
        """True for a field behind the last bound that it holds for as well."""
        between = self.text[reading.end : field.start]
        return not re.search(
            r"\b(?:when|if|where|vs|versus|of|to|from|against|than|baseline|per|by|exposes?|using|with)\b",
            between,
        )

    def _inside(self, reading: Reading) -> list[Field]:
        return [each for each in self.fields if reading.start <= each.start < reading.end]

    def _subjects(self, begin: int, end: int) -> list[Field]:
        """Fields in a piece of text, without what they are compared with."""
        found = [each for each in self.fields if begin <= each.start and each.end <= end]
        kept = [
            each
            for each in found
            if not re.search(
                r"(?:\bvs\.?|versus|against|relative to|compared (?:to|with)|\bthan|\bfrom|(?:with|to) the)\s*(?:the )?(?:baseline |incumbent |reference )?$",
                self.text[begin : each.start],
                re.IGNORECASE,
            )
        ]
        exact = [each for each in kept if each.exact]
        return [
            each
            for each in kept
            if each.exact or not any(_apposed(self.text, each, other) for other in exact)
        ]

    def with_cases(self, readings: list[Reading]) -> list[Reading]:
        """Each reading with the words that restrict it to some cases."""
        out: list[Reading] = []
        for sentence in dict.fromkeys(self.sentence(each.start) for each in readings):
            mates = [each for each in readings if self.sentence(each.start) == sentence]
            out.extend(self._mates_with_cases(mates, *sentence))
        return out

    def _mates_with_cases(self, mates: list[Reading], start: int, end: int) -> list[Reading]:
        edges = [start, *(each.end for each in mates)]
        leads = [self.text[edges[index] : each.start] for index, each in enumerate(mates)]
        tails = [
            self.text[each.end : mates[index + 1].start if index + 1 < len(mates) else end]
            for index, each in enumerate(mates)
        ]
        words: list[tuple[str, ...]] = [()] * len(mates)
        for low, high, names in self.phrases:
            if not start <= low < end:
                continue
            after = [index for index, each in enumerate(mates) if each.start >= high]
            before = [index for index, each in enumerate(mates) if each.end <= low]
            if not before:
                hit = after if low - start < 3 or len(after) == 1 else after[:1]
            else:
                hit = (
                    before[-1:]
                    if self._closes(mates, before[-1], low)
                    else after[:1] or before[-1:]
                )
            for index in hit:
                words[index] = tuple(dict.fromkeys((*words[index], *names)))
        if not any(words):
            words = self._bare_words(leads, tails)
        return [replace(each, case_words=found) for each, found in zip(mates, words, strict=True)]

    def _closes(self, mates: list[Reading], index: int, low: int) -> bool:
        """True when a phrase belongs to the bound before it, not to the one behind it."""
        between = self.text[mates[index].end : low]
        return not re.search(r"[,;]|\band\b|\bbut\b|\bwhile\b", between) or index + 1 == len(mates)

    def _bare_words(self, leads: list[str], tails: list[str]) -> list[tuple[str, ...]]:
        """`RKS 5e-8, UKS 1e-7` and `5e-8 for RKS, 1e-7 for UKS`."""
        if re.search(r"\bexcept|\bbut not\b|\bother than\b|\bexcluding", self.text):
            return [() for _ in leads]
        before, after = [spin_words(lead) for lead in leads], [spin_words(tail) for tail in tails]
        if any(before):
            return before
        if any(after):
            return after
        if len(leads) < 2 or any(self._subjects_of(piece) for piece in leads[1:]):
            return [() for _ in leads]
        first = leads[0].rpartition(":")[2] if ":" in leads[0] else leads[0]
        found = contrast_words([first, *leads[1:]])
        if any(found):
            return found
        cut = [
            re.split(r"[,;]|\band\b", re.sub(r"^\s*\(?(?:for|in|on)?\b", " ", tail))[0]
            for tail in tails
        ]
        return (
            contrast_words(cut)
            if not any(self._subjects_of(piece) for piece in cut)
            else [() for _ in leads]
        )

    def _subjects_of(self, piece: str) -> bool:
        return any(self.text[each.start : each.end] in piece for each in self.fields)

    def with_options(self, readings: list[Reading]) -> list[Reading]:
        """`when the benchmark exposes it`: such a field may be missing."""
        out = list(readings)
        for match in _OPTIONAL.finditer(self.text):
            start, end = self.sentence(match.start())
            named = [
                each
                for each in self.fields
                if each.exact and match.start("rest") <= each.start < match.end()
            ]
            before = [
                index for index, each in enumerate(out) if start <= each.start < match.start()
            ]
            after = [
                index
                for index, each in enumerate(out)
                if match.end() <= each.start < end or match.start() <= each.start < match.end()
            ]
            hit = (
                before[-1:]
                if before
                and (named or not re.search(r"\b(?:them|these|those|all)\b", match["rest"]))
                else before or after
            )
            for index in hit:
                fields = out[index].fields
                if named and before and not any(each.exact for each in fields):
                    fields = tuple(named)
                out[index] = replace(out[index], optional=True, fields=fields)
        return out


def _is_strict(words: str) -> bool:
    """`<`, `below`, `fewer than`; not `no more than`."""
    bare = words.strip()
    return bool(_STRICT.match(bare)) and not re.match(
        r"(?:not?|never|cannot|must|without|do|may|should|shall|can|is|are)\b", bare, re.IGNORECASE
    )


def _apposed(text: str, noun: Field, name: Field) -> bool:
    """True for `total energy `e_tot``: the noun explains the name."""
    between = text[min(noun.end, name.end) : max(noun.start, name.start)]
    return not re.search(r"[,;&+/]|\b(?:and|or)\b", between)


def _distinct(fields: list[Field]) -> tuple[Field, ...]:
    return tuple({each.name: each for each in fields}.values())


def _float(value: Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _shown(text: str) -> str:
    return re.sub("\ue000\\d+\ue001", "…", text).strip(" ,;:()")
