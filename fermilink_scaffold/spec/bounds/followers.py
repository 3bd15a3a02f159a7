"""Bounds that go on from the one before them: `... ± 1e-6 for RKS and ± 1e-5 for UKS`."""

from __future__ import annotations

import re

from fermilink_scaffold.spec.bounds.reading import Reading
from fermilink_scaffold.spec.bounds.relations import names_difference
from fermilink_scaffold.spec.bounds.units import is_fraction, to_float
from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.prose import Prose
    from fermilink_scaffold.spec.bounds.quantities import Number
    from fermilink_scaffold.spec.bounds.relations import Relation

__all__ = ["again", "alike", "is_again", "is_ceiling", "is_lone_share"]

_AGAIN = lazy(r"\+/-|\bwithin\b|\btol(?:erances?)?\b")
_ABOVE = lazy(r"above|beyond|over|exceed")


def is_lone_share(prose: Prose, number: Number) -> bool:
    """True behind a number that was relative by its `%` alone: the next need not be."""
    begin = prose.sentence(number.start)[0]
    shares = [each for each in prose.numbers if begin <= each.start < number.start]
    said = re.search(r"\brel(?:ative)?\b", prose.lower[begin : number.start])
    return bool(shares) and is_fraction(shares[-1]) and said is None


def is_again(relation: Relation, words: str) -> bool:
    """True for another distance from a stated value: `± 1e-5` behind `= -75.98 ± 1e-6`."""
    near = relation.kind == "bare" or _AGAIN.fullmatch(relation.words) is not None
    return near and not names_difference(_AGAIN.sub("", words))


def is_ceiling(prose: Prose, relation: Relation, number: Number, words: str) -> bool:
    """True for `never above 40` behind `may grow by at most 5 %`: it bounds the value, too."""
    share = is_lone_share(prose, number) or _ABOVE.search(relation.words) is not None
    plain = number.value >= 1 and not number.small and not is_fraction(number)
    return relation.kind == "upper" and share and plain and not names_difference(words)


def alike(number: Number, before: Reading) -> Reading | None:
    """Another size of the bound on a value before it: `below 1e-10, 1e-8 for test-b`."""
    sides = (before.minimum, before.maximum)
    interval = None not in sides and sides[0] != -(before.maximum or 0.0)
    if before.value is not None or interval:
        return None
    size = to_float(number.value)
    low = -size if before.maximum is not None else size
    return Reading(
        start=number.start,
        end=number.tail,
        minimum=None if before.minimum is None else low,
        maximum=None if before.maximum is None else size,
    )


def again(number: Number, size: float, before: Reading) -> Reading:
    """The value that the bound before it states, with another distance."""
    share = is_fraction(number)
    return Reading(
        start=number.start,
        end=number.tail,
        value=before.value,
        absolute=None if share else size,
        relative=size if share else None,
    )
