"""Values that YAML can hold and a contract must not: NaN, dates, keys that are no text."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

from fermilink_scaffold.contract.problems import Problem, at, show_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import KeyPath, Positions

__all__ = ["VALUE_CODES", "plain", "value_problems", "write_float"]

#: Codes of the problems that `value_problems` finds.
VALUE_CODES = frozenset({"date", "key-not-text", "not-finite", "value-type"})

_HUGE = sys.float_info.max


def write_float(value: float) -> str:
    """A number as YAML 1.1 reads it back: `1.0e-08`, never `1e-08` (which is text)."""
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}.0e{power}" if exponent and "." not in mantissa else text


def plain(data: Any) -> Any:
    """The same data with text keys only and with text for what is no JSON value."""
    if isinstance(data, dict):
        return {_key_text(key): plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    if data is None or isinstance(data, bool | int | float | str):
        return data
    return str(data)


def value_problems(data: Any, positions: Positions) -> list[Problem]:
    """What no key of a contract may hold, whatever the key."""
    return [
        Problem(
            severity="error",
            code=code,
            what=f"{show_path(data, path) or 'the file'} {what}",
            hint=hint,
            line=at(positions, path)[0],
            column=at(positions, path)[1],
            path=path,
        )
        for path, code, what, hint in _walk(data, ())
    ]


def _walk(data: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str, str, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            here = (*path, _key_text(key))
            if not isinstance(key, str):
                hint = "Put the key in quotes; bare yes, no, on, off, null and numbers are no text."
                yield here, "key-not-text", "has a key that YAML does not read as text", hint
            yield from _walk(value, here)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _walk(value, (*path, index))
    elif isinstance(data, int | float) and not -_HUGE <= data <= _HUGE:
        what = "is not a finite number"
        yield path, "not-finite", what, "A NaN or an infinity would pass or fail every comparison."
    elif isinstance(data, dt.date):
        yield path, "date", "is a date to YAML", f'Put it in quotes: "{data}".'
    elif not (data is None or isinstance(data, bool | int | float | str)):
        what = f"holds a value of YAML's type {type(data).__name__}"
        yield path, "value-type", what, "Only text, numbers, true, false, null, lists and mappings."


def _key_text(key: Any) -> str:
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    return str(key)
