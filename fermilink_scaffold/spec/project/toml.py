"""Reading the few values of a TOML file that inspection needs, on every Python."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_toml", "table", "text_value"]


def read_toml(text: str) -> dict[str, Any]:
    """The document; where it is not valid TOML (or before Python 3.11) what its plain lines say."""
    if sys.version_info >= (3, 11):
        import tomllib

        try:
            return tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError):
            pass
    return _plain_lines(text)


def table(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A nested table; empty when it is not there, or is no table."""
    current: Any = document
    for name in names:
        current = current.get(name) if isinstance(current, dict) else None
    return current if isinstance(current, dict) else {}


def text_value(document: Mapping[str, Any], *names: str) -> str | None:
    """A string inside nested tables; None when it is not there, or is no string."""
    value = table(document, *names[:-1]).get(names[-1])
    return value if isinstance(value, str) else None


def _plain_lines(text: str) -> dict[str, Any]:
    """`[table]` headers and `key = "text"` lines; other values are kept as raw text."""
    document: dict[str, Any] = {}
    current = document
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.rstrip("# \t").endswith("]"):
            current = _open_table(document, line.strip("[] \t"))
            continue
        key, equals, value = line.partition("=")
        name = key.strip().strip("\"'")
        if equals and name and not name.startswith("#") and "[" not in name:
            current.setdefault(name, _plain_value(value.strip()))
    return document


def _open_table(document: dict[str, Any], name: str) -> dict[str, Any]:
    current = document
    for part in name.split("."):
        inner = current.setdefault(part.strip().strip("\"'"), {})
        current = inner if isinstance(inner, dict) else {}
    return current


def _plain_value(value: str) -> str:
    quote = value[:1]
    if quote in {'"', "'"}:
        return value[1:].partition(quote)[0]
    return value.partition(" #")[0].strip()
