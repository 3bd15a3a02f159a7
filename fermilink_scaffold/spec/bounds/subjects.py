"""Which fields each bound of a sentence is about."""

from __future__ import annotations

import re

from fermilink_scaffold.spec.bounds.casewords import case_phrases, spin_words
from fermilink_scaffold.spec.bounds.fieldnames import Field, is_generic
from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.bounds.prose import Prose
    from fermilink_scaffold.spec.bounds.reading import Reading

__all__ = ["in_turn", "with_fields", "with_options"]

#: What a field is compared with stands behind these.
_COMPARED = lazy(
    r"(?:\bvs\.?|versus|against|relative to|compared (?:to|with)|\bthan|\bfrom|\busing|\bvia|\bper|(?:with|to) the"
    r"|(?:agree|match|consisten|equal|identical|same)\w* (?:with|to|as))\s*"
    r"(?:the )?(?:baseline |incumbent |reference )?$",
    needs=("vs", "versus", "against", "to", "with", "than", "from", "using", "via", "per", " as"),
)
_ASIDE = lazy(
    r"\b(?:when|if|where|vs|versus|of|to|from|against|than|baseline|per|by|exposes?|using|with)\b"
)
_OPTIONAL = lazy(
    r"\b(?:when(?:ever)?|where(?:ver)?|if|provided|as far as)\b[^.;]{0,60}?"
    r"\b(?:expos|report|print|avail|present|provid|emit|output|defin|exist)\w*(?P<rest>[^.;]*)",
    needs=(
        "expos",
        "report",
        "print",
        "avail",
        "present",
        "provid",
        "emit",
        "output",
        "defin",
        "exist",
    ),
)


def with_fields(prose: Prose, readings: list[Reading]) -> list[Reading]:
    """Each reading with its fields.

    `energy within 1e-8` names the field first, `1e-8 for energy` last; a bound without one
    shares that of its neighbour, and one in a bullet without any known field but with a phrase
    that stands for one gets a field without a name.
    """
    out: list[Reading] = []
    for bounds in dict.fromkeys(prose.sentence(each.start) for each in readings):
        mates = [each for each in readings if prose.sentence(each.start) == bounds]
        earlier = out[-1].fields if out else ()
        since = out[-1].end if out else 0
        out.extend(_sentence(prose, mates, earlier, since))
    return out


def _sentence(
    prose: Prose, mates: list[Reading], earlier: tuple[Field, ...], since: int
) -> list[Reading]:
    """The bounds of one sentence; `earlier` are the fields of the bound that ends at `since`."""
    start, end = prose.sentence(mates[0].start)
    begins = [start, *(each.end for each in mates)]
    ends = [*(each.start for each in mates[1:]), end]
    before = [
        _subjects(prose, begins[index], each.start) + prose.fields_in(each.start, each.end)
        for index, each in enumerate(mates)
    ]
    after = [_subjects(prose, each.end, ends[index]) for index, each in enumerate(mates)]
    carries = [bool(index) and not fields for index, fields in enumerate(before)]
    if before[0]:
        found = before
        found[-1] += [
            each
            for each in after[-1]
            if each.exact and not _ASIDE.search(prose.lower[mates[-1].end : each.start])
        ]
        found = _carried(found)
    elif any(after) and not after[-1]:
        found = _either_side(prose, mates, after)
        carries = [False] * len(mates)
    elif any(after):
        found = list(reversed(_carried(list(reversed(after)))))
        carries = [False] * len(mates)
    else:
        seen = [each for each in prose.fields if since <= each.start and each.end <= start]
        shared = seen[-1:] or list(earlier) or _made_up(prose, start, mates[0].start)
        found = [shared] * len(mates)
    return [
        each.replace(fields=_distinct(fields), carried=carried)
        for each, fields, carried in zip(mates, found, carries, strict=True)
    ]


def _either_side(prose: Prose, mates: list[Reading], after: list[list[Field]]) -> list[list[Field]]:
    """`at most 20 `a`, `b` within 1e-6`; a field that may be of either bound has both."""
    found: list[list[Field]] = [[] for _ in mates]
    for index, fields in enumerate(after[:-1]):
        start, end = mates[index].end, mates[index + 1].start
        piece = prose.lower[start:end]
        joints = [each.start() + start for each in re.finditer(r"[,;]|\b(?:and|but)\b", piece)]
        first, last = (joints[0], joints[-1]) if joints else (end, end)
        found[index] += [each for each in fields if each.start < last]
        found[index + 1] += [each for each in fields if each.start >= first]
    return list(reversed(_carried(list(reversed(_carried(found))))))


def _carried(found: list[list[Field]]) -> list[list[Field]]:
    """Where a bound names no field, that of the one before it."""
    out: list[list[Field]] = []
    for fields in found:
        out.append(fields or (out[-1] if out else []))
    return out


def _made_up(prose: Prose, begin: int, end: int) -> list[Field]:
    """A field without a name where a phrase stands for one; none for words like `results`."""
    phrase = prose.text[begin:end]
    for low, high, _ in case_phrases(prose.text, prose.case_ids):
        phrase = phrase.replace(prose.text[low:high], " ")
    for word in spin_words(phrase):
        phrase = phrase.replace(word, " ")
    # a name is never invented from a phrase; without one it cannot be compiled
    return [] if is_generic(phrase) else [Field(name="", start=begin, end=begin, exact=False)]


def _subjects(prose: Prose, begin: int, end: int) -> list[Field]:
    """Fields in a piece of text, without what they are compared with or merely explained by."""
    found = [
        each
        for each in prose.fields_in(begin, end)
        if not _COMPARED.search(prose.lower[begin : each.start])
    ]
    exact = [each for each in found if each.exact]
    kept = [
        each
        for each in found
        if each.exact or not any(_apposed(prose.lower, each, other) for other in exact)
    ]
    firm = [each for each in kept if not each.formula]
    return firm or kept[:1]


def _apposed(text: str, noun: Field, name: Field) -> bool:
    """True for `total energy `e_tot``: the noun explains the name."""
    between = text[min(noun.end, name.end) : max(noun.start, name.start)]
    return not re.search(r"[,;&+/]|\b(?:and|or)\b", between)


def _distinct(fields: list[Field]) -> tuple[Field, ...]:
    return tuple({each.name: each for each in fields}.values())


def with_options(prose: Prose, readings: list[Reading]) -> list[Reading]:
    """`when the benchmark exposes it`: such a field may be missing."""
    out = list(readings)
    for match in _OPTIONAL.finditer(prose.lower):
        start, end = prose.sentence(match.start())
        named = [each for each in prose.fields_in(match.start("rest"), match.end()) if each.exact]
        before = [index for index, each in enumerate(out) if start <= each.start < match.start()]
        behind = [index for index, each in enumerate(out) if match.start() < each.start < end]
        several = re.search(r"\b(?:them|these|those|all)\b", match["rest"]) and not named
        for index in (before if several else before[-1:]) or behind:
            fields = out[index].fields
            if named and before and not any(each.exact for each in fields):
                fields = tuple(named)
            out[index] = out[index].replace(optional=True, fields=fields)
    return out


def in_turn(
    prose: Prose, readings: list[Reading]
) -> tuple[list[Reading], tuple[tuple[int, int], ...]]:
    """`a` and `b` within 1e-6 and 1e-3 respectively`: each bound with the field of its place.

    Also the places of the word where it was understood so; elsewhere it is left over.
    """
    out = list(readings)
    spans: list[tuple[int, int]] = []
    for match in re.finditer(r"\brespectively\b", prose.lower):
        start, end = prose.sentence(match.start())
        mates = [index for index, each in enumerate(out) if start <= each.start < end]
        fields = prose.fields_in(start, end)
        ahead = mates and all(each.end <= out[mates[0]].start for each in fields)
        plain = all(not out[index].case_words and out[index].fields for index in mates)
        if ahead and plain and len(mates) == len(fields) == len({each.name for each in fields}):
            first = out[mates[0]]
            for index, field in zip(mates, fields, strict=True):
                out[index] = out[index].replace(
                    fields=(field,),
                    carried=False,
                    comparisons=out[index].comparisons and first.comparisons,
                )
            spans.append(match.span())
    return out, tuple(spans)
