"""Correctness prose compiled to tolerances and limits, never looser than the prose."""

from __future__ import annotations

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.bounds.casewords import settled
from fermilink_scaffold.spec.bounds.fieldnames import Field, one_line
from fermilink_scaffold.spec.bounds.readings import read_bounds
from fermilink_scaffold.spec.model import Constraint, Limit, ReviewNote, Source, Tolerance
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from fermilink_scaffold.spec.bounds.reading import Reading

__all__ = ["Compiled", "apply_nameless", "compile_bounds", "without_looser"]

_NONZERO = lazy(
    r"\bnon-?\s?zero\b|\bnot (?:be|equal(?: to)?|become) (?:zero|0)(?![\w.])|!= ?0(?![\w.])|\bvanish",
    needs=("zero", "0", "vanish"),
)


class Compiled(Record):
    """A bullet, compiled."""

    #: One for each set of cases that the bullet tells apart; all have its text and source.
    constraints: tuple[Constraint, ...]
    notes: tuple[ReviewNote, ...] = ()
    #: Fields that stand in backticks.
    exact: tuple[str, ...] = ()
    #: Bounds that name no field: `relative error below 1e-6`.
    nameless: tuple[Reading, ...] = ()


def compile_bounds(
    text: str,
    *,
    source: Source,
    case_ids: tuple[str, ...] = (),
    cases: Mapping[str, str] | None = None,
) -> Compiled:
    """Every bound of one bullet of prose.

    `case_ids` are the goal's workloads; their names in the prose restrict a bound to them.
    `cases` are their ids and texts, where they are known: words that none of them holds
    restrict nothing.
    """
    text = one_line(text)
    readings, notes = read_bounds(text, case_ids, cases)
    if cases is not None:
        readings = settled(readings, cases)
    return _compiled(text, source, readings, notes)


def apply_nameless(compiled: Compiled, names: tuple[str, ...]) -> Compiled:
    """The bullet with its bounds that name no field laid on the fields of the whole goal."""
    if not compiled.nameless:
        return compiled
    first = compiled.constraints[0]
    if not names:
        text = (
            "this bound names no field, so nothing enforces it; put the printed name in backticks"
        )
        note = ReviewNote(text=text, source=first.source)
        return compiled.replace(notes=(*compiled.notes, note), nameless=())
    fields = tuple(Field(name=name, start=0, end=0, exact=False) for name in names)
    readings = [reading.replace(fields=fields) for reading in compiled.nameless]
    more: list[str] = []
    constraints = _constraints(first.text, first.source, readings, more)
    kept = tuple(each for each in compiled.constraints if each.tolerances or each.limits)
    more.insert(0, f"this bound names no field; it is laid on {', '.join(names)}")
    notes = (ReviewNote(text=text, source=first.source) for text in more)
    return compiled.replace(
        constraints=kept + constraints, notes=(*compiled.notes, *notes), nameless=()
    )


def without_looser(bullets: list[Compiled]) -> list[Compiled]:
    """The bullets without what a tighter tolerance of another one makes idle, with a note.

    `on 16 ranks `x` may differ by 1e-9` beside `x` within 5e-13 for all cases loosens nothing.
    """
    tightest: dict[tuple[str, str], Tolerance] = {}
    for one in (each for bullet in bullets for each in bullet.constraints if not each.case_words):
        for each in one.tolerances:
            key = (each.field, each.comparison)
            if not each.optional:
                tightest[key] = min(tightest.get(key, each), each, key=lambda known: known.bound)
    return [_without_idle(bullet, tightest) for bullet in bullets]


def _without_idle(bullet: Compiled, tightest: Mapping[tuple[str, str], Tolerance]) -> Compiled:
    notes = list(bullet.notes)
    constraints: list[Constraint] = []
    for one in bullet.constraints:
        kept: list[Tolerance] = []
        for each in one.tolerances:
            tight = tightest.get((each.field, each.comparison), each)
            if one.case_words or each.bound <= tight.bound:
                kept.append(each)
            else:
                notes.append(ReviewNote(text=_both(tight, each), source=one.source))
        constraints.append(one.replace(tolerances=tuple(kept)))
    return bullet.replace(constraints=tuple(constraints), notes=tuple(dict.fromkeys(notes)))


def _both(tight: Tolerance, loose: Tolerance) -> str:
    return (
        f"of two bounds on {tight.field} the tighter is kept: "
        f"{tight.comparison} {tight.bound:g}, not {loose.bound:g}"
    )


def _compiled(
    text: str, source: Source, readings: tuple[Reading, ...], assumed: tuple[str, ...]
) -> Compiled:
    named = [reading for reading in readings if reading.fields]
    guessed = dict.fromkeys(
        field.name for reading in named for field in reading.fields if not field.exact
    )
    notes = list(assumed)
    if guessed:
        names = ", ".join(guessed)
        notes.append(f"the runner looks for {names} in the output; other names go in backticks")
    constraints = _constraints(text, source, named, notes)
    nameless = tuple(reading for reading in readings if not reading.fields)
    if not readings and not notes:
        what = "no number that can be checked"
        if _NONZERO.search(lower(text)):
            what = "no bound: none can say that a value is not zero"
        notes.append(f"this bullet holds {what}; only people and agents read it")
    return Compiled(
        constraints=constraints,
        notes=tuple(ReviewNote(text=note, source=source) for note in dict.fromkeys(notes)),
        exact=tuple(
            dict.fromkeys(
                field.name for reading in named for field in reading.fields if field.exact
            )
        ),
        nameless=nameless,
    )


def _constraints(
    text: str, source: Source, readings: list[Reading], notes: list[str]
) -> tuple[Constraint, ...]:
    """One constraint for each set of case words, in order; one without bounds if there is none.

    What had to be left away goes to `notes`.
    """
    groups: dict[tuple[str, ...], list[Reading]] = {}
    for reading in readings:
        groups.setdefault(reading.case_words, []).append(reading)
    label = f"{text} ({source})"
    return tuple(
        Constraint(
            text=text,
            source=source,
            tolerances=_tightest(
                [one for each in group for one in _tolerances(each, label)], notes
            ),
            limits=tuple(dict.fromkeys(one for each in group for one in _limits(each, label))),
            case_words=words,
        )
        for words, group in (groups or {(): []}).items()
    )


def _tightest(tolerances: list[Tolerance], notes: list[str]) -> tuple[Tolerance, ...]:
    """Of several on one field with one comparison the tightest; it is required if one of them is."""
    kept: dict[tuple[str, str], Tolerance] = {}
    for one in tolerances:
        key = (one.field, one.comparison)
        other = kept.get(key, one)
        tight, loose = sorted((other, one), key=lambda each: each.bound)
        if tight.bound < loose.bound:
            notes.append(_both(tight, loose))
        kept[key] = tight.replace(optional=tight.optional and loose.optional)
    return tuple(kept.values())


def _tolerances(reading: Reading, label: str) -> list[Tolerance]:
    return [
        Tolerance(
            field=field.name,
            comparison=comparison,
            bound=reading.bound,
            label=label,
            optional=reading.optional,
        )
        for field in reading.fields
        for comparison in reading.comparisons
    ]


def _limits(reading: Reading, label: str) -> list[Limit]:
    return [
        Limit(
            field=field.name,
            value=reading.value,
            absolute=reading.absolute,
            relative=reading.relative,
            minimum=reading.minimum,
            maximum=reading.maximum,
            label=label,
        )
        for field in (reading.fields if reading.limits else ())
    ]
