"""One number of a correctness bullet and what it bounds: the record that its readers fill."""

from __future__ import annotations

import math

from fermilink_scaffold.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.fieldnames import Field
    from fermilink_scaffold.spec.model import Comparison

__all__ = ["Reading"]


class Reading(Record):
    """A bound on a difference, where there are `comparisons`, or on a value itself, or on both."""

    #: Place of the number in the bullet's plain text.
    start: int
    end: int
    fields: tuple[Field, ...] = ()
    #: How differences from the incumbent are compared; several hold at once.
    comparisons: tuple[Comparison, ...] = ()
    #: The largest difference.
    bound: float = math.nan
    minimum: float | None = None
    maximum: float | None = None
    #: A stated value and how far from it is allowed.
    value: float | None = None
    absolute: float | None = None
    relative: float | None = None
    #: Place of the words that make the number a bound, where they stand before it.
    words: tuple[int, int] | None = None
    #: True where the clause names no field of its own and has that of the clause before it.
    carried: bool = False
    #: Words that restrict it to some cases.
    case_words: tuple[str, ...] = ()
    #: True when a case may lack the field.
    optional: bool = False

    @property
    def limits(self) -> bool:
        """True when it bounds the value itself."""
        bounds = (self.value, self.minimum, self.maximum)
        return any(each is not None for each in bounds)
