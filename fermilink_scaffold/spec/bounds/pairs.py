"""Two numbers that make one bound: `between A and B`, `A < x < B`, `V +/- T`, `within T of V`."""

from __future__ import annotations

import math
import re

from fermilink_scaffold.spec.bounds.reading import Reading
from fermilink_scaffold.spec.bounds.relations import comparisons_of
from fermilink_scaffold.spec.bounds.units import is_fraction, is_open, is_plain, to_float, unit_size
from fermilink_scaffold.spec.bounds.vocabulary import MASKS
from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.prose import Prose
    from fermilink_scaffold.spec.bounds.quantities import Number

__all__ = ["read_pair"]

_AROUND = lazy(
    r"[\s,(]*(?:\+/-|to within|within|(?:with (?:a |an )?)?(?:absolute |relative )?"
    r"(?:tolerance|tol)(?: of)?:?)\s*"
)
_STATED = lazy(
    rf"(?:=|~|\bis|\bbe|\bequals?|\bof|(?:stay|remain|fix|held|constant)\w* at|\bvalue|:|\bto|[{MASKS}])\s*$"
)
_MOVED = lazy(
    r"\b(?:tighten|loosen|relax|rais|lower|reduc|chang|mov|increas|decreas|adjust|updat)\w*"
    r"(?: \w+){0,3} from\s*$",
    needs=("from",),
)
_TARGET = lazy(
    r"\s*(?:of|from|around|about)\s*(?:the )?(?:(?:exact|true|known|published|literature|experimental|analytic(?:al)?) )?"
    r"(?:value|reference)?(?: of)?\s*"
)


def read_pair(
    prose: Prose, first: Number, second: Number
) -> tuple[Reading | None, tuple[str, ...]]:
    """The bound that two neighbouring numbers make together, if they do, and what was assumed."""
    if is_open(first) or is_open(second):
        return None, ()
    text = prose.lower
    between, lead = text[first.tail : second.start], text[: first.start]
    interval = _interval(first, second, between, lead)
    if interval is not None:
        return interval, ()
    stated = _STATED.search(lead) or any(each.end == len(lead.rstrip()) for each in prose.fields)
    if stated and not first.small and _AROUND.fullmatch(between) and is_plain(first):
        return _around(first, second, between)
    if (
        _TARGET.fullmatch(between)
        and re.search(r"(?:within|\+/-)\s*$", lead)
        and (is_plain(second))
    ):
        return _around(second, first, lead[-40:])
    return None, ()


def _interval(first: Number, second: Number, between: str, lead: str) -> Reading | None:
    """`between A and B`, `in [A, B]`, `A < x <= B`."""
    low, high = sorted((to_float(first.value), to_float(second.value)))
    spoken = re.search(r"(?:between|from|range(?: of)?|range:?)\s*[\[(]?\s*$", lead)
    bracket = re.search(r"\b(?:in|within)\s*(?:the (?:range|interval)\s*)?[\[(]\s*$", lead)
    spoken = spoken and re.fullmatch(r"\s*(?:and|to|-|,|\.\.)\s*", between)
    bracket = bracket and re.fullmatch(r"\s*[,;]\s*", between)
    if spoken and re.search(r"\b(?:errors?|deltas?|differ\w*|deviat\w*|tolerances?)\b", lead[-48:]):
        return None  # no difference must be larger than something
    moved = re.search(r"\bfrom\s*$", lead) and first.value > second.value
    if moved or _MOVED.search(lead):
        return None  # a bound that was changed
    chain = re.fullmatch(r"\s*(<=?)[^<>]{1,60}?(<=?)\s*", between)
    if not (spoken or bracket or chain) or not (is_plain(first) and is_plain(second)):
        return None
    if chain:
        low = low if chain[1] == "<=" else math.nextafter(low, math.inf)
        high = high if chain[2] == "<=" else math.nextafter(high, -math.inf)
    return Reading(start=first.start, end=second.tail, minimum=low, maximum=high)


def _around(value: Number, tolerance: Number, words: str) -> tuple[Reading | None, tuple[str, ...]]:
    size, note = unit_size(tolerance)
    comparisons, _ = comparisons_of(words, tolerance, ())
    relative = comparisons == ("relative_delta",)
    reading = Reading(
        start=min(value.start, tolerance.start),
        end=max(value.tail, tolerance.tail),
        value=to_float(value.value),
        absolute=None if relative else abs(size),
        relative=abs(size) if relative else None,
    )
    return reading, (note,) if note and not is_fraction(tolerance) else ()
