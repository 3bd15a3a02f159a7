"""Which words of a sentence restrict its bounds to some cases."""

from __future__ import annotations

import re

from fermilink_scaffold.spec.bounds.vocabulary import KIND_BEHIND
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fermilink_scaffold.spec.bounds.prose import Prose
    from fermilink_scaffold.spec.bounds.reading import Reading

__all__ = ["case_phrases", "settled", "spin_words", "with_cases"]

#: Kinds of calculation that a campaign tells apart; as a bare word they name cases.
_SPIN = r"R[HK]S|U[HK]S|RO[HK]S|G[HK]S|[RUG]HF|ROHF|GHF"
_CASES = r"(?:cases?|workloads?|runs?|systems?|molecules?|calculations?|simulations?|inputs?|jobs?|tests?)(?![\w-])"
_CASE_STEMS = (
    *("case", "workload", "run", "system", "molecule", "calculation", "simulation", "input", "job"),
    "test",
)
_GENERIC_TEXT = """
a all any benchmark both each every given held-out its measured other our reported
representative same such test the their these this those train tested two three only cases case
workloads workload and or
"""
_GENERIC = frozenset(_GENERIC_TEXT.split())
_WORD = r"(?!(?:for|in|on|of|within|with|at|to)\b)[\w.+/()-]+"
_FOR_CASES = lazy(
    rf"\b(?:only )?(?:for|in|on|of)\s+(?P<what>(?:{_WORD}[\s,&]+){{1,8}}?){_CASES}\b(?! number)",
    needs=_CASE_STEMS,
)
_ONLY = lazy(rf"\((?:only )?(?P<what>[^()]{{1,60}}?)(?: {_CASES})?(?: only)?\)")
_ONLY_FOR = lazy(
    rf"\bonly (?:for|in|on) (?P<what>{_WORD}(?:(?:,| and| or|,? &) {_WORD})*)", needs=("only ",)
)
_HEAD = lazy(
    rf"^\s*(?:(?:only )?(?:for|in|on) )?(?P<what>(?:{_WORD}[\s,&]+){{1,5}}?){_CASES}(?: only)?\s*[:,]",
    needs=_CASE_STEMS,
)

_EXCEPTED = lazy(r"\b(?:except|but not|other than|excluding|not)\s*(?:in |for )?$")
_NO_CHOICE = lazy(r"\b(?:except|but not|other than|excluding|over|across|per|within)\b")


_JOINED = lazy(r"\s*(?:,|&|\band\b|\bor\b|,\s*and\b)\s*")
_CLOSED = lazy(r"\s*\)?\s*(?:[,;]|\band\b|\bbut\b)")


def _alternatives(what: str) -> tuple[str, ...]:
    """`unrestricted and ROHF` as its parts; words that name every case are none."""
    parts = re.split(r"\s*(?:,|&|\band\b|\bor\b)\s*", what.strip(" ,"))
    kept = []
    for part in parts:
        words = [word for word in part.split() if word.lower() not in _GENERIC]
        if words:
            kept.append(" ".join(words))
    return tuple(kept)


def case_phrases(text: str, case_ids: tuple[str, ...]) -> list[tuple[int, int, tuple[str, ...]]]:
    """Phrases such as `for UKS cases` and `(train-a only)`: place and the words in them."""
    found: list[tuple[int, int, tuple[str, ...]]] = []
    for match in _phrase_matches(text, case_ids):
        words = _alternatives(text[match.start("what") : match.end("what")])
        if words and not any(start <= match.start() < end for start, end, _ in found):
            found.append((match.start(), match.end(), words))
    return sorted(found)


def _phrase_matches(text: str, case_ids: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """What may name cases, the most telling phrases first."""
    lowered = lower(text)
    for pattern in (_HEAD, _FOR_CASES, _ONLY_FOR):
        for match in pattern.finditer(lowered):
            before = lowered[max(0, match.start() - 24) : match.start()]
            if not _EXCEPTED.search(before) and not _NO_CHOICE.search(match["what"]):
                yield match
    for match in _ONLY.finditer(lowered) if "(" in text else ():
        parts = _alternatives(text[match.start("what") : match.end("what")])
        restricts = "only" in match[0] or re.search(rf"\b{_CASES}\)", match[0])
        if restricts or any(part in case_ids for part in parts):
            yield match
    for name in case_ids:
        if name in text:
            yield from re.finditer(rf"(?<![\w-])(?P<what>{re.escape(name)})(?![\w-])", text)


def spin_words(text: str) -> tuple[str, ...]:
    """`RKS`, `UHF` and their like in a piece of text."""
    words = re.findall(rf"(?<![\w-])(?:{_SPIN})(?![\w-])", text, re.IGNORECASE)
    return tuple(dict.fromkeys(words))


_NO_CASE_TEXT = """
rms rmsd mae scf mo ao absolute abs relative rel max maximum maximal min mean average error
errors delta difference deviation tolerance tol within below under less than at most to be must
should shall agree match and or with by the a an of in for from vs versus baseline incumbent up
not exceed exceeds is are stay stays remain remains no more each all every hartree total final
component components value values per root atom step on it them that between differ deviate
change drift only also its ha ev exactly same identical respectively reference results result
energies energy
"""
_NO_CASE = frozenset(_NO_CASE_TEXT.split())


def _contrast_words(pieces: list[str]) -> list[tuple[str, ...]]:
    """What is left of each piece of a sentence that gives one number to each of several things.

    `water 1e-6, benzene 1e-5` gives `water` and `benzene`; nothing unless all pieces have
    a word of their own and the words differ.
    """
    left = [
        tuple(
            word
            for word in re.findall(r"(?<![\w-])[A-Za-z][\w-]*", piece)
            if word.lower() not in _NO_CASE
        )
        for piece in pieces
    ]
    phrases = [" ".join(words) for words in left]
    if len(pieces) > 1 and all(phrases) and len(set(phrases)) == len(phrases):
        return [_alternatives(phrase.replace("/", " and ")) for phrase in phrases]
    return [() for _ in pieces]


def with_cases(prose: Prose, readings: list[Reading]) -> list[Reading]:
    """Each reading with the words that restrict it to some cases.

    A phrase between two bounds belongs to the one before it; where that is not clear a bound
    stays without, and so holds for all cases.
    """
    out: list[Reading] = []
    for start, end in dict.fromkeys(prose.sentence(each.start) for each in readings):
        mates = [each for each in readings if prose.sentence(each.start) == (start, end)]
        words = _from_phrases(prose, mates, start, end)
        if not any(words):
            words = _from_bare_words(prose, mates, start, end)
        out.extend(each.replace(case_words=found) for each, found in zip(mates, words, strict=True))
    return out


def settled(readings: tuple[Reading, ...], cases: Mapping[str, str]) -> tuple[Reading, ...]:
    """The readings with only those case words that a workload's id or text holds.

    `cases` are ids and texts. Where one clause names cases, another one of the same kind on the
    same field leaves them: it gets the ids of the others as its words.
    """
    out = [
        each.replace(case_words=tuple(word for word in each.case_words if _meant(word, cases)))
        for each in readings
    ]
    return tuple(
        each if each.case_words else each.replace(case_words=_remaining(index, out, cases))
        for index, each in enumerate(out)
    )


def _meant(word: str, cases: Mapping[str, str]) -> set[str]:
    pattern = re.compile(rf"(?<![a-z0-9]){re.escape(word.casefold())}(?![a-z0-9])")
    return {name for name, text in cases.items() if pattern.search(f"{name} {text}".casefold())}


def _remaining(index: int, readings: list[Reading], cases: Mapping[str, str]) -> tuple[str, ...]:
    """Ids of the cases that no other clause of the bullet names; nothing when those are all."""
    own = readings[index]
    fields = {each.name for each in own.fields}
    named: set[str] = set()
    for each in readings:
        alike = each.comparisons == own.comparisons and each.limits == own.limits
        sides = (each.minimum is None, each.maximum is None, each.value is None)
        alike = alike and sides == (own.minimum is None, own.maximum is None, own.value is None)
        if alike and each.case_words and fields <= {field.name for field in each.fields}:
            named.update(*(_meant(word, cases) for word in each.case_words))
    left = tuple(name for name in cases if name not in named)
    return left if named and left else ()


def _from_phrases(
    prose: Prose, mates: list[Reading], start: int, end: int
) -> list[tuple[str, ...]]:
    """`for UKS cases`, `(train-a only)`, `For UKS cases, ...`."""
    words: list[tuple[str, ...]] = [()] * len(mates)
    last: int | None = None
    for low, high, names in case_phrases(prose.text, prose.case_ids):
        if not start <= low < end:
            continue
        before = [index for index, each in enumerate(mates) if each.end <= low]
        after = [index for index, each in enumerate(mates) if each.start >= high]
        joined = last is not None and _JOINED.fullmatch(lower(prose.text[last:low])) is not None
        closed = bool(after) and _CLOSED.match(lower(prose.text[high:])) is not None
        last = high
        if before and joined and closed:
            hit = before[-1:]  # it goes on with the list: `for train-a, train-b and 1e-4 for ...`
        elif before and (not after or _belongs_before(prose.text[mates[before[-1]].end : low])):
            hit = before[-1:]
        elif before or prose.text[start:low].strip(" (-"):
            hit = after[:1]
        else:
            hit = after  # it heads the sentence
        for index in hit:
            words[index] = tuple(dict.fromkeys((*words[index], *names)))
    if any(words):
        for index, each in enumerate(mates[:-1]):
            tail = prose.text[each.end : mates[index + 1].start]
            words[index] = words[index] or _behind(tail[: len(tail) - len(_after_comma(tail))])
    return words


def _behind(tail: str) -> tuple[str, ...]:
    """`for closed-shell`, where a later bound of the sentence says `for open-shell cases`."""
    match = re.search(rf"\b(?:for|in) (?:the )?(?P<what>{_WORD}(?: {_WORD}){{0,2}})\s*$", tail)
    return _alternatives(match["what"]) if match else ()


def _belongs_before(between: str) -> bool:
    between = KIND_BEHIND.sub("", lower(between), count=1)
    return not re.search(r"[,;]|\band\b|\bbut\b|\bwhile\b", between)


def _from_bare_words(
    prose: Prose, mates: list[Reading], start: int, end: int
) -> list[tuple[str, ...]]:
    """`RKS 5e-8, UKS 1e-7`, `5e-8 for RKS, 1e-7 for UKS`, `water 1e-6, benzene 1e-5`."""
    none: list[tuple[str, ...]] = [()] * len(mates)
    if re.search(r"\bexcept|\bbut not\b|\bother than\b|\bexcluding", prose.text):
        return none
    begins = [start, *(each.end for each in mates)]
    ends = [*(each.start for each in mates[1:]), end]
    leads = [(begins[index], each.start) for index, each in enumerate(mates)]
    tails = [(each.end, ends[index]) for index, each in enumerate(mates)]
    cut = [(low, high - len(_after_comma(prose.text[low:high]))) for low, high in tails]
    behind = [spin_words(prose.text[low:high]) for low, high in cut]
    before = [spin_words(prose.text[low:high]) for low, high in leads]
    if behind[0] or any(before):
        return behind if behind[0] else before
    head = prose.text[start : mates[0].start].rfind(":")
    own = [(leads[0][0] + head + 1, leads[0][1]), *leads[1:]]
    for pieces, alone in ((own, own[1:]), (cut, cut[:-1])):
        if any(prose.fields_in(low, high) for low, high in alone):
            continue
        found = _contrast_words([prose.without_nouns(low, high) for low, high in pieces])
        if any(found):
            return found
    return none


def _after_comma(text: str) -> str:
    """What follows the first comma or `and` of a piece: the next bound's words."""
    parts = re.split(r"([,;]|\band\b)", text, maxsplit=1)
    return "".join(parts[1:])
