"""Whether data fits a JSON Schema, for the keywords that ours uses: a quick yes or no.

Loading jsonschema takes as long as rendering a workspace. It alone says what is wrong; this
says that nothing is. A test holds the two to the same verdicts.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["fits"]

#: Keywords that say something to people or to editors.
_ANNOTATIONS = frozenset(
    {
        "$comment", "$defs", "$id", "$schema", "default", "description", "errorMessage",
        "examples", "patternErrorMessage", "title",
    }
)  # fmt: skip


def fits(data: Any, schema: Mapping[str, Any]) -> bool:
    """Whether `data` is valid. Raises KeyError for a keyword that this does not know."""
    return _fits(data, schema, schema.get("$defs", {}))


def _fits(data: Any, schema: Any, defs: Mapping[str, Any]) -> bool:
    if isinstance(schema, bool):
        return schema
    return all(
        _KEYWORDS[key](data, value, schema, defs)
        for key, value in schema.items()
        if key not in _ANNOTATIONS
    )


def _reference(data: Any, value: str, _schema: Any, defs: Mapping[str, Any]) -> bool:
    return _fits(data, defs[value.removeprefix("#/$defs/")], defs)


def _type(data: Any, value: Any, _schema: Any, _defs: Any) -> bool:
    return any(_TYPES[name](data) for name in ([value] if isinstance(value, str) else value))


def _properties(data: Any, value: Any, _schema: Any, defs: Mapping[str, Any]) -> bool:
    if not isinstance(data, dict):
        return True
    return all(_fits(data[key], below, defs) for key, below in value.items() if key in data)


def _additional(data: Any, value: Any, schema: Any, defs: Mapping[str, Any]) -> bool:
    if not isinstance(data, dict):
        return True
    known = schema.get("properties", {})
    return all(_fits(item, value, defs) for key, item in data.items() if key not in known)


def _names(data: Any, value: Any, _schema: Any, defs: Mapping[str, Any]) -> bool:
    return not isinstance(data, dict) or all(_fits(key, value, defs) for key in data)


def _required(data: Any, value: Any, _schema: Any, _defs: Any) -> bool:
    return not isinstance(data, dict) or all(key in data for key in value)


def _items(data: Any, value: Any, schema: Any, defs: Mapping[str, Any]) -> bool:
    if not isinstance(data, list):
        return True
    return all(_fits(item, value, defs) for item in data[len(schema.get("prefixItems", ())) :])


def _prefix(data: Any, value: Any, _schema: Any, defs: Mapping[str, Any]) -> bool:
    if not isinstance(data, list):
        return True
    return all(_fits(item, each, defs) for item, each in zip(data, value, strict=False))


def _one_of(data: Any, value: Any, _schema: Any, defs: Mapping[str, Any]) -> bool:
    return sum(_fits(data, each, defs) for each in value) == 1


def _same(one: Any, other: Any) -> bool:
    """JSON's equality: 1 and 1.0 are one number, true is none."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _number(compare: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    return lambda data, value, _schema, _defs: not _is_number(data) or compare(data, value)


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda data: isinstance(data, dict),
    "array": lambda data: isinstance(data, list),
    "string": lambda data: isinstance(data, str),
    "number": _is_number,
    "integer": lambda data: isinstance(data, int) and not isinstance(data, bool),
    "boolean": lambda data: isinstance(data, bool),
    "null": lambda data: data is None,
}
_KEYWORDS: dict[str, Callable[..., bool]] = {
    "$ref": _reference,
    "type": _type,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "required": _required,
    "items": _items,
    "prefixItems": _prefix,
    "enum": lambda data, value, _s, _d: any(_same(data, each) for each in value),
    "const": lambda data, value, _s, _d: _same(data, value),
    "minimum": _number(lambda data, value: data >= value),
    "maximum": _number(lambda data, value: data <= value),
    "exclusiveMinimum": _number(lambda data, value: data > value),
    "exclusiveMaximum": _number(lambda data, value: data < value),
    "pattern": lambda d, value, _s, _d: not isinstance(d, str) or bool(re.search(value, d)),
    "minItems": lambda data, value, _s, _d: not isinstance(data, list) or len(data) >= value,
    "minProperties": lambda data, value, _s, _d: not isinstance(data, dict) or len(data) >= value,
    "anyOf": lambda data, value, _s, defs: any(_fits(data, each, defs) for each in value),
    "oneOf": _one_of,
    "not": lambda data, value, _s, defs: not _fits(data, value, defs),
}
