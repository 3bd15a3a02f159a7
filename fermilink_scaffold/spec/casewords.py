"""Which words of a sentence restrict its bounds to some cases."""

from __future__ import annotations

import re

__all__ = ["case_phrases", "contrast_words", "spin_words"]

#: Kinds of calculation that a campaign tells apart; as a bare word they name cases.
_SPIN = r"R[HK]S|U[HK]S|RO[HK]S|G[HK]S|[RUG]HF|ROHF|GHF"
_CASES = r"(?:cases?|workloads?|runs?|systems?|molecules?|calculations?|simulations?|inputs?|jobs?|tests?)"
_GENERIC = frozenset(
    "a all any benchmark both each every given held-out its measured other our reported "
    "representative same such test the their these this those train tested two three only "
    "cases case workloads workload and or".split(),
)
_WORD = r"[\w.+/()-]+"
_FOR_CASES = re.compile(
    rf"\b(?:only )?(?:for|in|on|of)\s+(?P<what>(?:{_WORD}[\s,&]+){{1,8}}?){_CASES}\b(?! number)",
    re.IGNORECASE,
)
_ONLY = re.compile(
    rf"\((?:only )?(?P<what>[^()]{{1,60}}?)(?: {_CASES})?(?: only)?\)", re.IGNORECASE
)
_ONLY_FOR = re.compile(
    rf"\bonly (?:for|in|on) (?P<what>{_WORD}(?:(?:,| and| or|,? &) {_WORD})*)", re.IGNORECASE
)
_HEAD = re.compile(
    rf"^\s*(?P<what>(?:{_WORD}[\s,&]+){{1,5}}?){_CASES}(?: only)?\s*[:,]", re.IGNORECASE
)


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
    for pattern in (_HEAD, _FOR_CASES, _ONLY_FOR):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 24) : match.start()]
            if re.search(r"\b(?:except|but not|other than|excluding|not)\s*(?:in |for )?$", before):
                continue
            if re.search(
                r"\b(?:except|but not|other than|excluding|over|across|per|within)\b", match["what"]
            ):
                continue
            words = _alternatives(match["what"])
            if words and not any(start <= match.start() < end for start, end, _ in found):
                found.append((match.start(), match.end(), words))
    for match in _ONLY.finditer(text):
        what = match["what"]
        restricts = "only" in match[0].lower() or re.search(rf"\b{_CASES}\)", match[0])
        if restricts or any(part in case_ids for part in _alternatives(what)):
            words = _alternatives(what)
            if words and not any(start <= match.start() < end for start, end, _ in found):
                found.append((match.start(), match.end(), words))
    for name in case_ids:
        for match in re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
            if not any(start <= match.start() < end for start, end, _ in found):
                found.append((match.start(), match.end(), (name,)))
    return sorted(found)


def spin_words(text: str) -> tuple[str, ...]:
    """`RKS`, `UHF` and their like in a piece of text."""
    return tuple(dict.fromkeys(re.findall(rf"(?<![\w-])(?:{_SPIN})(?![\w-])", text)))


_NO_CASE = frozenset(
    "rms rmsd mae scf mo ao absolute abs relative rel max maximum maximal min mean average error "
    "errors delta difference deviation tolerance tol within below under less than at most to be "
    "must should shall agree match and or with by the a an of in for from vs versus baseline "
    "incumbent up not exceed exceeds is are stay stays remain remains no more each all every "
    "hartree total final component components value values per root atom step on it them that "
    "between differ deviate change drift only also its ha ev exactly same identical respectively "
    "reference results result energies energy".split(),
)


def contrast_words(pieces: list[str]) -> list[tuple[str, ...]]:
    """What is left of each piece of a sentence that gives one number to each of several things.

    `water 1e-6, benzene 1e-5` gives `water` and `benzene`; nothing unless all pieces have
    a word of their own and the words differ.
    """
    left = [
        tuple(
            word
            for word in re.findall(r"(?<![\w\ue000-])[A-Za-z][\w-]*", piece)
            if word.lower() not in _NO_CASE
        )
        for piece in pieces
    ]
    phrases = [" ".join(words) for words in left]
    if len(pieces) > 1 and all(phrases) and len(set(phrases)) == len(phrases):
        return [_alternatives(phrase.replace("/", " and ")) for phrase in phrases]
    return [() for _ in pieces]
