"""Sentences that state a value and nothing else: `errors = 0`."""

from __future__ import annotations

from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.prose import Prose
    from fermilink_scaffold.spec.bounds.quantities import Number

__all__ = ["is_stated"]

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
