"""The numbers of one correctness bullet, each read as a bound on something.

Where a sentence can be read in two ways the tighter one is taken, and a note says so; where
something in it is not understood nothing of it is compiled, and a note says that.
"""

from __future__ import annotations

from fermilink_scaffold.spec.bounds.casewords import with_cases
from fermilink_scaffold.spec.bounds.exceptions import without_exempt
from fermilink_scaffold.spec.bounds.numbered import NumberReader
from fermilink_scaffold.spec.bounds.prose import read_prose
from fermilink_scaffold.spec.bounds.subjects import in_turn, with_fields, with_options
from fermilink_scaffold.spec.bounds.understood import Doubt, doubts, strangers
from fermilink_scaffold.spec.bounds.wordings import (
    read_exact,
    read_places,
    read_signs,
    read_unchanged,
)
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from fermilink_scaffold.spec.bounds.reading import Reading

__all__ = ["read_bounds"]

_TINY = lazy(r"\b(?:ulps?|epsilons?|ppt)\b")
#: What is written as the size of a bound.
_NUMBER = lazy(r"\d[eE]-?\d|\d\s?%|10\^-\d|=\s?-?\d|[<>]")


def read_bounds(
    text: str, case_ids: tuple[str, ...] = (), cases: Mapping[str, str] | None = None
) -> tuple[tuple[Reading, ...], tuple[str, ...]]:
    """The bounds in one bullet of prose, in order, and what was assumed about them.

    `cases` are the workloads' ids and texts, where they are known.
    """
    known = cases if cases is not None else dict.fromkeys(case_ids, "")
    prose = read_prose(text, case_ids, known)
    if prose.is_directive:
        return (), ()
    reader = NumberReader(prose)
    readings = _all(reader)
    found = with_options(prose, with_cases(prose, with_fields(prose, readings)))
    found = _own_fields(reader, found, known)
    found, apart = in_turn(prose, found)
    found, exempt = without_exempt(prose.exempt, found, known, prose.unmask)
    left = [*reader.doubts, *doubts(prose, found, known, reader.noted, apart)]
    found = _understood(reader, found, left)
    if _TINY.search(lower(text)):
        reader.assumed.append(
            "an ulp or epsilon is that of double precision, and ppt is parts per trillion"
        )
    if found:
        reader.notes = [*reader.assumed, *reader.notes, *exempt]
    elif not reader.notes and _NUMBER.search(
        f"{prose.text} {' '.join(each.words for each in prose.exempt)}"
    ):
        reader.notes.append("the numbers of this bullet are not understood, so nothing enforces it")
    return tuple(found), tuple(dict.fromkeys(reader.notes))


def _own_fields(
    reader: NumberReader, readings: list[Reading], cases: Mapping[str, str]
) -> list[Reading]:
    """The readings that name a field, without those whose own words may name another one."""
    out: list[Reading] = []
    for index, each in enumerate(readings):
        begin = readings[index - 1].end if index else 0
        strange = strangers(reader.prose, each, begin, cases) if each.carried else ""
        named = tuple(field for field in each.fields if field.name)
        if strange:
            shown = reader.prose.shown(begin, each.end)
            _note_numbers(reader, each)
            reader.notes.append(
                f"{shown!r} is not compiled: it may name another value; put its printed name in backticks"
            )
        elif each.fields and not named:
            _note_numbers(reader, each)
            unread = next((f"`{field.unread}`" for field in each.fields if field.unread), "it")
            reader.notes.append(
                f"this bullet is not compiled, so nothing enforces it: {unread} names no field; "
                "put the printed name in backticks"
            )
        else:
            if len(named) < len(each.fields):
                lost = [
                    reader.prose.shown(one.start, one.end) for one in each.fields if not one.name
                ]
                reader.notes.append(
                    f"no bound is laid on {', '.join(lost)}: put the printed name in backticks"
                )
            out.append(each.replace(fields=named))
    return out


def _note_numbers(reader: NumberReader, lost: Reading) -> None:
    """The numbers of a reading that is dropped with a note of its own."""
    reader.noted.update(
        each.start for each in reader.prose.numbers if lost.start <= each.start < lost.end
    )


def _understood(reader: NumberReader, readings: list[Reading], left: list[Doubt]) -> list[Reading]:
    """The readings of those sentences in which nothing is left over."""
    prose = reader.prose
    lost: dict[tuple[int, int], str] = {}
    for doubt in sorted(left, key=lambda each: each.place):
        lost.setdefault(prose.sentence(doubt.place), doubt.what)
    for span, what in lost.items():
        doubted = any(prose.sentence(each.start) == span for each in readings)
        firm = any(each.firm and prose.sentence(each.place) == span for each in left)
        if doubted or firm:
            reader.notes.append(
                f"{what!r} is not understood, so nothing of its sentence is enforced"
            )
    return [each for each in readings if prose.sentence(each.start) not in lost]


def _all(reader: NumberReader) -> list[Reading]:
    """Everything in a bullet that bounds something, in order."""
    prose = reader.prose
    places, notes, doubted = read_places(prose)
    signs, more = read_signs(prose)
    reader.assumed += [*notes, *more]
    reader.doubts += [Doubt(place=place, what=what, firm=True) for place, what in doubted]
    readings = [*places, *read_exact(prose), *signs, *reader.read()]
    unchanged, unnamed = read_unchanged(prose, readings)
    readings += unchanged
    reader.notes += unnamed
    return sorted(readings, key=lambda each: each.start)
