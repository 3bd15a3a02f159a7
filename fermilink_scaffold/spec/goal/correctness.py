"""The correctness sections of a goal: each bullet as a constraint, compiled where it has numbers."""

from __future__ import annotations

import re

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.bounds.compiler import apply_nameless, compile_bounds, without_looser
from fermilink_scaffold.spec.bounds.fieldnames import is_field_name
from fermilink_scaffold.spec.goal.workloads import code_spans
from fermilink_scaffold.spec.model import ReviewNote, Source
from fermilink_scaffold.spec.text.markdown import Bullet, Fence
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fermilink_scaffold.spec.bounds.compiler import Compiled
    from fermilink_scaffold.spec.model import Constraint
    from fermilink_scaffold.spec.text.markdown import Block, Section

__all__ = ["Correctness", "compile_bullets", "read_correctness"]

_NEGATIVE = lazy(
    r"\b(?:do not|don't|never|no|without|unchanged|keep|preserve the same|must not|cannot|when|if)\b"
)
_TIMING = lazy(r"seconds|time\b|_time|throughput|per_|ns_day|speed")


class Correctness(Record):
    """The correctness sections of a goal."""

    constraints: tuple[Constraint, ...] = ()
    #: Names in backticks that every case must print.
    fields: tuple[str, ...] = ()
    notes: tuple[ReviewNote, ...] = ()


def read_correctness(
    sections: tuple[Section, ...],
    file: str,
    cases: Mapping[str, str] | None = None,
    metric_fields: tuple[str, ...] = (),
) -> Correctness:
    """The constraints of the sections in order; none of them is dropped.

    `cases` are the workloads' ids and texts.
    """
    bullets = [
        (text, Source(file=file, line=line))
        for section in sections
        for text, line in _bullets(section.blocks, "")
    ]
    return compile_bullets(bullets, tuple(cases or ()), metric_fields, cases=cases)


def compile_bullets(
    bullets: Sequence[tuple[str, Source]],
    case_ids: tuple[str, ...] = (),
    metric_fields: tuple[str, ...] = (),
    *,
    cases: Mapping[str, str] | None = None,
) -> Correctness:
    """The constraints that bullets state together: one may name the field that another bounds."""
    compiled = [
        compile_bounds(text, source=source, case_ids=case_ids, cases=cases)
        for text, source in bullets
    ]
    printed = _printed(compiled)
    named = tuple(dict.fromkeys(field for text, _ in bullets for field in _positive(text)))
    known = (*printed, *named, *(each for each in metric_fields if not _TIMING.search(each)))
    known = tuple(dict.fromkeys(known)) or _all_fields(compiled)
    compiled = without_looser([apply_nameless(each, known) for each in compiled])
    unbound = [
        ReviewNote(
            text=f"`{name}` is looked for in every case's output, though no bound on it is stated",
            source=source,
        )
        for text, source in bullets
        for name in _positive(text)
        if name not in printed
    ]
    return Correctness(
        constraints=tuple(each for one in compiled for each in one.constraints),
        fields=tuple(dict.fromkeys((*printed, *named))),
        notes=(*(note for one in compiled for note in one.notes), *unbound),
    )


def _bullets(blocks: tuple[Block, ...], context: str) -> list[tuple[str, int]]:
    """Text and line of every constraint; a bullet below `energies:` is read with that head."""
    found: list[tuple[str, int]] = []
    outer = context
    for block in blocks:
        if isinstance(block, Fence):
            continue
        is_bullet = isinstance(block, Bullet)
        heads = block.text.rstrip("* ").endswith(":")
        if isinstance(block, Bullet) and not block.bullets:
            heads = False
        text = f"{context if is_bullet else outer} {block.text}".strip()
        if block.text and not heads:
            found.append((text, block.line))
        if isinstance(block, Bullet):
            found.extend(_bullets(block.blocks, text if heads else ""))
        else:
            # a paragraph that ends in a colon heads the list behind it
            context = text if heads else outer
    return found


def _printed(compiled: list[Compiled]) -> tuple[str, ...]:
    """Fields in backticks that hold in all cases."""
    return tuple(
        dict.fromkeys(
            name
            for one in compiled
            for constraint in one.constraints
            if not constraint.case_words
            for name in one.exact
            if any(each.field == name and not each.optional for each in constraint.tolerances)
            or any(limit.field == name for limit in constraint.limits)
        )
    )


def _all_fields(compiled: list[Compiled]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            each.field
            for one in compiled
            for constraint in one.constraints
            for each in constraint.tolerances
            if not each.optional and not constraint.case_words
        )
    )


def _positive(text: str) -> list[str]:
    """Fields that a bullet without numbers says are to be kept."""
    if re.search(r"\d", text) or _NEGATIVE.search(lower(re.sub(r"`[^`]*`", "", text))):
        return []
    return [
        span
        for span in code_spans(text)
        if is_field_name(span) and not _TIMING.search(span) and re.fullmatch(r"\w+", span)
    ]
