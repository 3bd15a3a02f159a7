"""Plain data as YAML text that `yaml.safe_load` reads back to exactly the same data.

The rules follow YAML 1.1 as PyYAML reads it; PyYAML itself takes too long to import.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["block", "flow"]

#: Longest value that stays on its key's line as a flow collection.
_FLOW_WIDTH = 78
#: PyYAML looks 1024 characters ahead for the colon behind a key.
_KEY_WIDTH = 200

#: Words that no YAML reader takes for anything but text, anywhere in a document.
_SIMPLE = re.compile(r"(?:\.\.?/)*[A-Za-z][A-Za-z0-9_]*(?:[-./][A-Za-z0-9_]+)*")
_WORDS_WITH_MEANING = frozenset(
    ("true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "inf", "nan")
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def flow(value: Any) -> str:
    """One line, for behind `key: ` or inside another flow collection."""
    if isinstance(value, dict):
        items = ((_scalar(key), flow(item)) for key, item in value.items())
        return "{" + ", ".join(_flow_item(key, item) for key, item in items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return _scalar(value)


def block(value: Any, *, indent: int = 0, notes: Mapping[str, str] | None = None) -> str:
    """A mapping or list as indented lines, without a final line end.

    `notes` are comments by dotted key (`controller.objective`), written above it; in a list
    the items share a path, and only the first mapping that has a key carries its note.
    """
    return "\n".join(_Block(notes or {}).lines(value, indent, ""))


class _Block:
    def __init__(self, notes: Mapping[str, str]) -> None:
        self._notes = notes
        self._seen: set[str] = set()

    def lines(self, value: Any, indent: int, path: str) -> list[str]:
        if isinstance(value, dict) and value:
            return self._mapping(value, indent, path)
        if isinstance(value, list) and value:
            return self._sequence(value, indent, path)
        return [" " * indent + flow(value)]

    def _mapping(self, value: dict[Any, Any], indent: int, path: str) -> list[str]:
        pad = " " * indent
        lines = []
        for key, item in value.items():
            below = f"{path}.{key}" if path else str(key)
            lines += [f"{pad}# {line}" for line in self._note(below)]
            text = _scalar(key)
            if len(text) > _KEY_WIDTH:
                lines.append(f"{pad}? {text}")
                text = ""
            lines += self._entry(f"{pad}{text}: ", item, indent, below)
        return lines

    def _entry(self, key: str, item: Any, indent: int, path: str) -> list[str]:
        if isinstance(item, str):
            return _text_lines(key, item, indent + 2)
        if self._fits(key, item, path):
            return [key + flow(item)]
        return [key.rstrip(), *self.lines(item, indent + 2, path)]

    def _sequence(self, value: list[Any], indent: int, path: str) -> list[str]:
        pad = " " * indent
        lines = []
        for item in value:
            if isinstance(item, str):
                lines += _text_lines(f"{pad}- ", item, indent + 2)
            elif isinstance(item, list) and self._fits(pad, item, path):
                lines.append(f"{pad}- {flow(item)}")
            else:
                lines += _with_dash(self.lines(item, indent + 2, path), pad)
        return lines

    def _note(self, path: str) -> list[str]:
        if path in self._seen or path not in self._notes:
            return []
        self._seen.add(path)
        return self._notes[path].splitlines()

    def _fits(self, lead: str, value: Any, path: str) -> bool:
        if not isinstance(value, dict | list) or not value:
            return True
        items = value.values() if isinstance(value, dict) else value
        if any(isinstance(item, dict | list) or _wants_lines(item) for item in items):
            return False
        if isinstance(value, dict) and any(note.startswith(f"{path}.") for note in self._notes):
            return False
        return len(lead) + len(flow(value)) <= _FLOW_WIDTH


def _with_dash(lines: list[str], pad: str) -> list[str]:
    """Comments above the item's first key stay above the dash."""
    first = next(index for index, line in enumerate(lines) if not line.lstrip().startswith("#"))
    above = [pad + line.lstrip() for line in lines[:first]]
    return [*above, f"{pad}- {lines[first][len(pad) + 2 :]}", *lines[first + 1 :]]


def _flow_item(key: str, item: str) -> str:
    return f"? {key} : {item}" if len(key) > _KEY_WIDTH else f"{key}: {item}"


def _wants_lines(value: Any) -> bool:
    """True for text of several lines that a literal block scalar holds exactly."""
    if not isinstance(value, str) or "\n" not in value[:-1]:
        return False
    lines = value.removesuffix("\n").split("\n")
    return bool(lines[0] and lines[-1]) and all(
        line == line.rstrip() and line.isprintable() for line in lines
    )


def _text_lines(lead: str, text: str, indent: int) -> list[str]:
    if not _wants_lines(text):
        return [lead + _scalar(text)]
    head = "|" + ("2" if text.startswith(" ") else "") + ("" if text.endswith("\n") else "-")
    pad = " " * indent
    lines = text.removesuffix("\n").split("\n")
    return [lead + head, *(pad + line if line else "" for line in lines)]


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    raise TypeError(f"a {type(value).__name__} has no place in YAML text")


def _number(value: float) -> str:
    """With a point and a signed exponent: YAML 1.1 reads `1e-8` as text."""
    text = repr(value)
    if text in {"inf", "-inf", "nan"}:
        return text.replace("inf", ".inf").replace("nan", ".nan")
    mantissa, mark, exponent = text.partition("e")
    return text if not mark or "." in mantissa else f"{mantissa}.0e{exponent}"


def _text(text: str) -> str:
    if _SIMPLE.fullmatch(text) and text.lower() not in _WORDS_WITH_MEANING:
        return text
    return '"' + "".join(map(_character, text)) + '"'


def _character(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
