"""Exceptions and conditions of a bullet: cut out of its text before anything else is read.

An exception that names workloads leaves the bound to all the others. Any other exception or
condition is left away with a note: the bound then holds always, which is tighter. Numbers
within it are no bounds.
"""

from __future__ import annotations

import re

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.bounds.vocabulary import MASKS
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fermilink_scaffold.spec.bounds.reading import Reading

__all__ = ["Exempt", "cut_exceptions", "without_exempt"]

_MARKER = lazy(
    r"\b(?:with the (?:sole |only )?exceptions? of|except(?:ing|ed)?(?: for| in| on| when| if| that| where)?|exceptions?(?: is| are|:)"
    r"|exclud(?:ing|es?|ed)|unless|other than|apart from|aside from|save for|besides|all (?:\w+ )?but|everything but|everywhere but"
    r"|but not|rather than|ignor(?:ing|e|es)|skip(?:ping)?|omit(?:ting)?|barring|not (?:appl\w+|valid|required|needed|true)"
    r"(?: to| for| in)?|do(?:es)? not (?:hold|apply|count|matter)(?: to| for| in)?|leaving out)(?!\w)",
    needs=(
        *(
            "with the",
            "except",
            "exclud",
            "unless",
            "other than",
            "apart from",
            "aside from",
            "save for",
            "besides",
            " but",
        ),
        *(
            "but not",
            "rather than",
            "ignor",
            "skip",
            "omit",
            "barring",
            "leaving out",
            "not appl",
            "not valid",
            "not requ",
            "not need",
            "not true",
            "not hold",
            "not count",
            "not matter",
        ),
    ),
)
#: These are exceptions only where workloads stand right behind them.
_WEAK = lazy(r"\b(?:not(?: for| in| on)?|without)(?=\s)", needs=("not", "without"))
_EXEMPT = lazy(
    r"\s*(?:is|are|was|were|being)?\s*(?:exempt(?:ed)?|excluded|excepted|ignored|skipped|omitted|left out)(?: from (?:this|it))?\b",
    needs=("exempt", "excluded", "excepted", "ignored", "skipped", "omitted", "left out"),
)
_CONDITION = lazy(
    r"\b(?:if|when|where|whenever|wherever|once|until|provided)\b",
    needs=("if", "when", "where", "once", "until", "provided"),
)
_FOR_VALUES = lazy(
    rf"\b(?:for|at|with) (?:all |any )?[`\w{MASKS}][\w ]{{0,20}}\s?(?:[<>]=?|==?|!=)\s*-?[\d.]+(?:e[-+]?\d+)?",
    needs=("<", ">", "="),
)
_UP_TO = lazy(
    r"\b(?:up to|modulo|ignoring|regardless of|apart from|except(?: for)?) (?:an? |the |its |their )?(?:[a-z]+ )?(?:signs?|phases?"
    r"|constants?|permutations?|rotations?|translations?|order(?:ing)?|shifts?|offsets?)\b",
    needs=("sign", "phase", "constant", "permut", "rotat", "translat", "order", "shift", "offset"),
)
_OPTIONAL = lazy(r"\b(?:expos|report|print|avail|present|provid|emit|output|defin|exist)\w*")
#: Where the next clause begins, which is about another value.
_NEXT_CLAUSE = lazy(
    r"(?:[,;]|\s(?=and\b|but\b))\s*(?:and|but|while)?\s*(?!(?:it|they|these|those|this|there|here|then|which|where|who|that|in)\b)"
    rf"[^,;()]{{0,40}}?[\w{MASKS}]\s+(?:must|shall|should|has to|have to|may|needs? to)\b(?=[^;]*\d)"
)
_FILL = r"(?:the|case|cases|workload|workloads|is|are|for|in|on|of|it|we|run|runs|running|test|and|or|&|,|both|one|ones|'|\"|`)"


class Exempt(Record):
    """An exception; its place is in the text of the bullet."""

    start: int
    end: int
    #: The marker and the words behind it.
    words: str
    #: The workloads it names; empty when it speaks of anything else.
    ids: tuple[str, ...] = ()
    #: True where it stands in front of what it is an exception from.
    heads: bool = False


def _named_cases(words: str, cases: Mapping[str, str]) -> tuple[str, ...] | None:
    """The workloads that a list names by id, or by words of their texts; None where a word is left over."""
    text = lower(words)
    found: list[str] = []
    for name in sorted(cases, key=len, reverse=True):
        pattern = rf"(?<![\w-]){re.escape(lower(name))}(?![\w-])"
        if re.search(pattern, text):
            found.append(name)
            text = re.sub(pattern, " ", text)
    rest = [
        each
        for each in re.findall(
            r"[^\s]+", re.sub(rf"(?<![\w-]){_FILL}(?![\w-])|[,&'\"`()]", " ", text)
        )
        if each not in ".:-"
    ]
    for word in rest:
        pattern = rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])"
        meant = [
            name for name, what in cases.items() if re.search(pattern, lower(f"{name} {what}"))
        ]
        if not meant or len(meant) == len(cases):
            return None
        found.extend(meant)
    return tuple(name for name in cases if name in found) or None


def cut_exceptions(
    text: str, breaks: tuple[int, ...], cases: Mapping[str, str]
) -> tuple[str, tuple[Exempt, ...]]:
    """The text with blanks for its exceptions and conditions, and those; places stay the same."""
    found: list[Exempt] = []
    for exempt in [
        *_up_to(text),
        *_listed(text, breaks, cases),
        *_marked(text, breaks, cases),
        *_conditions(text, breaks),
    ]:
        later = [each.start for each in found if each.start > exempt.start]
        end = min([exempt.end, *later])
        if not any(each.start <= exempt.start < each.end for each in found):
            found.append(exempt.replace(end=end, words=text[exempt.start : end]))
    for each in found:
        text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return text, tuple(sorted(found, key=lambda each: each.start))


def _up_to(text: str) -> Iterator[Exempt]:
    """`up to a sign`: no number, and nothing that the rest of the sentence depends on."""
    for match in _UP_TO.finditer(lower(text)):
        yield Exempt(start=match.start(), end=match.end(), words=text[slice(*match.span())])


def _list_of(cases: Mapping[str, str]) -> str:
    names = "|".join(re.escape(lower(name)) for name in sorted(cases, key=len, reverse=True))
    one = rf"(?:(?:{_FILL}\s+)*[\"'`]?(?:{names})[\"'`]?(?![\w-])(?: cases?| workloads?| runs?)?)"
    return rf"{one}(?:\s*(?:,|\band\b|\bor\b|&)+\s*{one})*"


def _listed(text: str, breaks: tuple[int, ...], cases: Mapping[str, str]) -> Iterator[Exempt]:
    """`except for train-a and test-b`, `not for test-a`, `test-a is exempt`."""
    if not cases:
        return
    lowered = lower(text)
    if not any(lower(name) in lowered for name in cases):
        return
    markers = [*_MARKER.finditer(lowered), *_WEAK.finditer(lowered)]
    if not markers and not _EXEMPT.search(lowered):
        return
    names = re.compile(_list_of(cases))
    for match in markers:
        blanks = len(lowered) - len(lowered[match.end() :].lstrip())
        behind = names.match(lowered, blanks)
        if behind:
            yield _exempt(text, match.start(), behind.end(), breaks, cases)
    for each in names.finditer(lowered):
        after = _EXEMPT.match(lowered, each.end())
        if after:
            yield _exempt(text, each.start(), after.end(), breaks, cases)


def _exempt(
    text: str, start: int, end: int, breaks: tuple[int, ...], cases: Mapping[str, str]
) -> Exempt:
    words = text[start:end]
    lowered = lower(words)
    ids = tuple(
        name
        for name in cases
        if re.search(rf"(?<![\w-]){re.escape(lower(name))}(?![\w-])", lowered)
    )
    return Exempt(start=start, end=end, words=words, ids=ids, heads=_heads(text, start, breaks))


def _heads(text: str, start: int, breaks: tuple[int, ...]) -> bool:
    """True at the begin of a sentence."""
    begin = max((each for each in breaks if each <= start), default=0)
    return not text[begin:start].strip(" -*:(")


def _marked(text: str, breaks: tuple[int, ...], cases: Mapping[str, str]) -> Iterator[Exempt]:
    """Any other exception, up to the end of what it may speak of."""
    lowered, end = lower(text), 0
    for match in _MARKER.finditer(lowered):
        start = match.start()
        if start < end:
            continue  # it speaks within the one before it
        end = _scope(lowered, start, match.end(), breaks)
        ids = _named_cases(text[match.end() : end], cases) or ()
        yield Exempt(
            start=start, end=end, words=text[start:end], ids=ids, heads=_heads(text, start, breaks)
        )


def _scope(text: str, start: int, after: int, breaks: tuple[int, ...]) -> int:
    """The end of the sentence, of the parentheses, or of the clause that heads the sentence."""
    end = min((each for each in breaks if each > start), default=len(text))
    end = len(text[:end].rstrip(" .;"))
    clause = _NEXT_CLAUSE.search(text, after, end)
    end = clause.start() if clause else end
    if _heads(text, start, breaks):
        comma = text.find(",", after, end)
        return comma if comma >= 0 else end
    depth = text.count("(", 0, start) - text.count(")", 0, start)
    for place in range(after, end):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth < 0 or (text[place] == ")" and depth == 0 and "(" not in text[after:place]):
            return place
    return end


def _conditions(text: str, breaks: tuple[int, ...]) -> Iterator[Exempt]:
    """`if n > 10`, `for t > 0.5`: what a number is compared with there is no result."""
    lowered = lower(text)
    spans = [match.span() for match in _FOR_VALUES.finditer(lowered)]
    for match in _CONDITION.finditer(lowered):
        last = _scope(lowered, match.start(), match.end(), breaks)
        comma = lowered.find(",", match.start(), last)
        spans.append((match.start(), comma if comma >= 0 else last))
    for start, end in spans:
        begin = max((each for each in breaks if each <= start), default=0)
        last = min((each for each in breaks if each > start), default=len(text))
        inside, outside = lowered[start:end], lowered[begin:start] + lowered[end:last]
        numbered = re.search(r"\d", inside) and not _OPTIONAL.search(inside)
        bounded = re.search(
            r"\d|same|identical|unchanged|exact|not change|positive|negative", outside
        )
        verdict = re.search(
            r"\b(?:fail|reject|invalid|unacceptable|wrong|discard|incorrect)", outside
        )
        if numbered and bounded and not verdict:
            yield Exempt(
                start=start, end=end, words=text[start:end], heads=_heads(text, start, breaks)
            )


def without_exempt(
    exempt: tuple[Exempt, ...],
    readings: list[Reading],
    cases: Mapping[str, str],
    unmask: Callable[[str], str],
) -> tuple[list[Reading], tuple[str, ...]]:
    """The readings without the workloads that are excepted, and a note on what is not compiled."""
    out = list(readings)
    notes: list[str] = []
    for each in exempt:
        ahead = [index for index, reading in enumerate(out) if reading.start < each.start]
        behind = [index for index, reading in enumerate(out) if reading.start > each.start]
        hit = behind if each.heads and behind else ahead[-1:]
        left = tuple(name for name in cases if name not in each.ids)
        plain = [index for index in hit if not out[index].case_words and not out[index].carried]
        if each.ids and left and plain and plain == hit:
            for index in hit:
                out[index] = out[index].replace(case_words=left)
        else:
            words = " ".join(unmask(each.words).split())
            notes.append(f"{words!r} is not compiled: the bound holds without it, which is tighter")
    return out, tuple(notes)
