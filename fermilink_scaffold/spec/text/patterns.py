"""Regular expressions for prose: compiled when they are first used, matched in lower case.

Reading a goal knows some hundred of them and needs a few; compiling them all at import
would take longer than everything else, and compiling those that find nothing still takes
longer than reading.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["lazy", "lower"]

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class _Lazy:
    """Stands for a compiled pattern; one with `needs` only once a text holds one of them."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.source = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(*self.source)
        for method in ("finditer", "findall", "fullmatch", "match", "search", "split", "sub"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


class _Needing(_Lazy):
    """Finds nothing in a text without any of the words that its every match holds."""

    def __init__(self, pattern: str, flags: int, needs: tuple[str, ...]) -> None:
        super().__init__(pattern, flags)
        self.needs = needs

    def _of(self, text: str) -> Any:
        """What looks into the text: the compiled pattern, or one that is known to find nothing."""
        if any(need in text for need in self.needs):
            return self.__getattr__("pattern") and self
        return _NOTHING

    def search(self, text: str, *span: int) -> Any:
        return self._of(text).search(text, *span)

    def match(self, text: str, *span: int) -> Any:
        return self._of(text).match(text, *span)

    def fullmatch(self, text: str, *span: int) -> Any:
        return self._of(text).fullmatch(text, *span)

    def finditer(self, text: str, *span: int) -> Any:
        return self._of(text).finditer(text, *span)

    def sub(self, new: Any, text: str, count: int = 0) -> Any:
        return self._of(text).sub(new, text, count)


class _Nothing:
    """A pattern that is in no text."""

    def search(self, _text: str, *_span: int) -> None:
        return None

    match = fullmatch = search

    def finditer(self, _text: str, *_span: int) -> Iterator[re.Match[str]]:
        return iter(())

    def sub(self, _new: Any, text: str, _count: int) -> str:
        return text


_NOTHING = _Nothing()


def lazy(pattern: str, flags: int = 0, *, needs: tuple[str, ...] = ()) -> re.Pattern[str]:
    """`re.compile(pattern, flags)`, later; with `needs` only for a text that holds one of them.

    Every text in which the pattern finds something must hold one of `needs`, as it stands.
    """
    stand_in: Any = _Needing(pattern, flags, needs) if needs else _Lazy(pattern, flags)
    return stand_in  # type: ignore[no-any-return]


def lower(text: str) -> str:
    """ASCII letters in lower case; every character stays at its place.

    Patterns without `re.IGNORECASE` compile in less than half the time.
    """
    return text.translate(_LOWER)
