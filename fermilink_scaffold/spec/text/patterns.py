"""Regular expressions for prose: compiled when they are first used, matched in lower case.

Reading a goal knows some hundred of them and needs a few; compiling them all at import
would take longer than everything else.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["lazy", "lower"]

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class _Lazy:
    """Stands for a compiled pattern."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._source = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(*self._source)
        for method in ("finditer", "findall", "fullmatch", "match", "search", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile(pattern, flags)`, later."""
    stand_in: Any = _Lazy(pattern, flags)
    return stand_in  # type: ignore[no-any-return]


def lower(text: str) -> str:
    """ASCII letters in lower case; every character stays at its place.

    Patterns without `re.IGNORECASE` compile in less than half the time.
    """
    return text.translate(_LOWER)
