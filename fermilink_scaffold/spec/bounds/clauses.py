"""Which words around a number still belong to it, and not to the bound before or behind."""

from __future__ import annotations

import re

from fermilink_scaffold.spec.bounds.vocabulary import KIND_BEHIND
from fermilink_scaffold.spec.text.patterns import lazy

__all__ = ["FOR", "SECOND", "near_words", "own_start"]

#: `(1e-5 for test-b)`, `, but 0.1 for test-b`: another size of the same bound.
SECOND = lazy(r".*?[\s,;(]+(?:and|but|or|only)?\s*")
FOR = lazy(r"\s*(?:%\s*)?(?:for|in|on)\s")
_JOINT = lazy(r"[,;]|\band\b|\bbut\b")


def near_words(tail: str) -> str:
    """What follows a number and still belongs to it."""
    behind = KIND_BEHIND.match(tail)
    return re.split(r"[,;.)]|\band\b|\bbut\b", tail)[0] + (behind[0] if behind else "")


def own_start(lead: str, index: int, field: int | None) -> int:
    """Where in the text before a number that ends which still belongs to the number before it.

    `field` is where its first value is named.
    """
    behind = KIND_BEHIND.match(lead) if index else None
    begin = behind.end() if behind and behind.end() < len(lead.rstrip()) else 0
    joints = [match.end() for match in _JOINT.finditer(lead, begin)] if index else []
    ahead = [each for each in joints if field is not None and each <= field]
    return [begin, *joints[:1], *ahead][-1]
