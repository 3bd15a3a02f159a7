"""The quoting filters: the only way by which a value reaches a rendered text."""

from __future__ import annotations

import math
import shlex

from fermilink_scaffold.templating import marktext, yamltext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["FILTERS", "Quoted"]


class Quoted(str):
    """Text that a quoting filter has made safe for the place it stands in."""

    __slots__ = ()


def yaml(value: Any) -> Quoted:
    """Plain data as YAML on one line."""
    return Quoted(yamltext.flow(value))


def yaml_block(value: Any, indent: int = 0, notes: Mapping[str, str] | None = None) -> Quoted:
    """Plain data as YAML lines, each indented; `notes` are comments by dotted key."""
    return Quoted(yamltext.block(value, indent=indent, notes=notes))


def sh(value: Any) -> Quoted:
    """One word for bash. Raises ValueError for what no word can hold (NUL, half characters)."""
    text = str(value)
    if text.isprintable():
        return Quoted(shlex.quote(text))
    if "\0" in text:
        raise ValueError("a NUL character cannot stand in a shell word")
    return Quoted("$'" + "".join(map(_ansi_c, text)) + "'")


def _ansi_c(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    if char.isprintable():
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def md(value: Any) -> Quoted:
    """Text on one line of Markdown."""
    return Quoted(marktext.inline(str(value)))


def md_prose(value: Any) -> Quoted:
    """A person's Markdown on one line: code spans stay, all else is text."""
    return Quoted(marktext.prose(str(value)))


def md_code(value: Any) -> Quoted:
    """A Markdown code span."""
    return Quoted(marktext.code(str(value)))


def md_fence(value: Any, info: str = "", indent: int = 0) -> Quoted:
    """A fenced Markdown block, with its line end."""
    return Quoted(marktext.fence(str(value), info, indent))


def py(value: Any) -> Quoted:
    """A Python literal on one line. Raises ValueError for NaN and infinities."""
    return Quoted(_literal(value))


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        items = (f"{_literal(key)}: {_literal(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("NaN and infinities have no Python literal")
    if isinstance(value, str):
        text = repr(value)
        inner = text[1:-1]
        return f'"{inner}"' if text[0] == "'" and '"' not in inner else text
    return repr(value)


def comment(value: Any) -> Quoted:
    """Text on one comment line of any language: line ends and control characters as escapes."""
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in str(value))
    # A backslash at the end would join the next line to the comment in C and make.
    return Quoted(f"{text}." if text.endswith("\\") else text)


#: By the name that templates use.
FILTERS: dict[str, Callable[..., Quoted]] = {
    "comment": comment,
    "md": md,
    "md_code": md_code,
    "md_fence": md_fence,
    "md_prose": md_prose,
    "py": py,
    "sh": sh,
    "yaml": yaml,
    "yaml_block": yaml_block,
}
