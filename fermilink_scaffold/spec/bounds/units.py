"""Units behind a number, and which of them leave its size open.

The unit in which a program prints a value is not known. A number in a plain unit (Hartree,
eV, Ry, K, Å, bar) is taken as it is written: in atomic units, the largest that are in use,
without a word, in others with a note that names the unit that must be printed. A small
prefix (mHa, ueV) and energies per mole are scaled down to the plain unit, which is the
tightest reading, with a note. Metres, seconds and what is counted per second or metre are
printed with all prefixes, so their size is open and they bound nothing.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.quantities import Number

__all__ = ["is_fraction", "is_open", "is_plain", "to_float", "unit_size"]

_FRACTIONS = {"%": 2, "percent": 2, "ppm": 6, "partspermillion": 6, "ppb": 9, "partsperbillion": 9}
_ATOMIC = lazy(r"(?:Ha|Hartrees?|hartrees?|Eh|E_h|a\.?u\.?|[Bb]ohr)(?:/(?:[Bb]ohr|a\.?u\.?))?")
_OPEN = lazy(
    r"(?:[munpkc]?m|[munpf]?s|h|hours?|min|minutes?|days?|years?|yr|[kMG]?i?B)(?![A-Za-z.-])"
)
_PREFIXED = lazy(
    r"(?P<prefix>[munp])(?:Ha|Hartrees?|hartrees?|Eh|E_h|eV|Ry|Rydbergs?|rydbergs?|rad|bar|Pa|K|V|J|W|N|D|T|cal|g|Hz|Jy|mag)"
    r"(?![a-z])"
)
_PREFIXES = {"m": 3, "u": 6, "n": 9, "p": 12}
#: How many of them are one Hartree (CODATA 2018).
_PER_HARTREE = {"kcal/mol": Decimal("627.5094740631"), "kJ/mol": Decimal("2625.4996394799")}


def is_fraction(number: Number) -> bool:
    """True for percent, ppm and ppb."""
    return re.sub(r"\s", "", number.unit).lower() in _FRACTIONS


def is_open(number: Number) -> bool:
    """True for `1 mm` and `5 ms`: how large they are where the program prints them is open."""
    return bool(number.unit) and _OPEN.match(number.unit) is not None


def is_plain(number: Number) -> bool:
    """True for a number that is taken as it is written."""
    unit = re.sub(r"\s", "", number.unit)
    if not unit:
        return True
    scaled = unit in _PER_HARTREE or _PREFIXED.match(unit) or is_fraction(number)
    return not scaled and not is_open(number)


def unit_size(number: Number) -> tuple[float, str | None]:
    """The number in the unit in which its field is printed, read tightly; and what was assumed."""
    value, unit = number.value, re.sub(r"\s", "", number.unit)
    if is_fraction(number):
        return to_float(value.scaleb(-_FRACTIONS[unit.lower()])), None
    shown = f"{to_float(number.value):g} {unit}"
    if unit in _PER_HARTREE:
        size = to_float(value / _PER_HARTREE[unit])
        return size, (
            f"{shown} is read as {size:.3g} Hartree, the tightest reading; "
            "leave the unit away to take the number as it is"
        )
    if not unit:
        return to_float(value), None
    prefixed = _PREFIXED.match(unit)
    if prefixed:
        size = to_float(value.scaleb(-_PREFIXES[prefixed["prefix"]]))
        return (
            size,
            f"{shown} is read as {size:g} {unit[1:]}; the field must be printed in {unit[1:]}",
        )
    if re.search(r"/(?:atom|step|cell)", unit):
        return to_float(value), f"{shown} is laid on the printed value as it is"
    assumed = None
    if unit and not _ATOMIC.fullmatch(unit):
        assumed = f"{shown} is taken as it is: the field must be printed in {unit}"
    return to_float(value), assumed


def to_float(value: Decimal) -> float:
    """The nearest float; infinity where there is none."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)
