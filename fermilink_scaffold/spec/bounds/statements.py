"""Numbers that state a value, `errors = 0`, or a factor."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from fermilink_scaffold.spec.bounds.reading import Reading
from fermilink_scaffold.spec.bounds.units import to_float
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.prose import Prose
    from fermilink_scaffold.spec.bounds.quantities import Number

__all__ = ["factor", "is_stated", "stated"]

#: Names of inputs: their value tells under which conditions something holds.
_SETTINGS = lazy(
    r"max_?(?:cycle|iter)|conv_?tol|\w+_(?:tol|threads|procs)$|seed|(?:time_?)?step$|dt$"
)
_NAMED = "\x01"
_STATEMENT = lazy(
    r"(?:[\s,.;:&()]|\b(?:and|both|the|must|always|have|hold|expect(?:ed)?|in|for|on|every|all|each"
    r"|cases?|workloads?|runs?|everywhere)\b"
    rf"|{_NAMED}\s*==?\s*[-+]?[\d.,]+(?:[eE]\+?\d+)?)+"
)


def is_stated(prose: Prose, number: Number) -> bool:
    """True in a sentence of nothing but `errors = 0` and its like; not for a setting."""
    start, end = prose.sentence(number.start)
    if number.small or "=" not in prose.text[start:end]:
        return False
    fields = prose.fields_in(start, end)
    if any(_SETTINGS.match(lower(each.name)) for each in fields):
        return False
    text = prose.lower[start:end]
    for each in reversed(fields):
        text = text[: each.start - start] + _NAMED + text[each.end - start :]
    for name in prose.case_ids:
        text = text.replace(lower(name), " ")
    return _STATEMENT.fullmatch(text) is not None


def stated(number: Number) -> Reading:
    """A value that is stated: whole numbers exactly, others to their last digit."""
    exponent = number.value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    size = float(Decimal(5).scaleb(-places - 1)) if places else 0.0
    return Reading(start=number.start, end=number.tail, value=to_float(number.value), absolute=size)


def factor(number: Number) -> tuple[Reading, str]:
    """`within a factor of 1.001`: the smaller of both ways, seen from the incumbent; and a note."""
    share = 1 - 1 / number.value
    bound = float(share.quantize(Decimal(1).scaleb(share.adjusted() - 8), ROUND_FLOOR))
    return (
        Reading(start=number.start, end=number.tail, comparisons=("relative_delta",), bound=bound),
        f"a factor of {number.value} is read as a relative difference of {bound:g}",
    )
