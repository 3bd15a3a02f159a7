"""The JSON Schemas of the contract and of other YAML files, and their verdicts in words."""

from __future__ import annotations

import difflib
import functools
import json
import os
from typing import TYPE_CHECKING, Any, TypeAlias

from fermilink_scaffold.contract.problems import Problem, at, show_path
from fermilink_scaffold.contract.values import write_float

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jsonschema import Draft202012Validator

    from fermilink_scaffold.contract.problems import KeyPath, Positions

__all__ = ["SCHEMA_FILE", "load_schema", "nearest", "schema_problems"]

#: The shipped schema; editors validate and complete with it.
SCHEMA_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "benchmark.schema.json")

#: jsonschema's ValidationError, whose attributes are typed as "anything or unset".
_Verdict: TypeAlias = Any
#: What is wrong, and what to do about it.
_Words: TypeAlias = "tuple[str, str | None]"

_KINDS = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
_LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}


@functools.cache
def load_schema(file: str = SCHEMA_FILE) -> dict[str, Any]:
    """A schema as data (JSON Schema, draft 2020-12); the contract's by default."""
    with open(file, encoding="utf-8") as stream:
        schema: dict[str, Any] = json.load(stream)
    return schema


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that `name` is most likely a slip of the pen for."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return found[0] if found else None


def schema_problems(data: Any, positions: Positions, *, schema: str = SCHEMA_FILE) -> list[Problem]:
    """What a schema says against `data` (JSON values with text keys only).

    It may refer to definitions of the contract's schema by that one's `$id`.
    """
    found = (
        problem
        for verdict in _validator(schema).iter_errors(data)
        for problem in _problems(verdict, data, positions)
    )
    return list(dict.fromkeys(found))


@functools.cache
def _validator(schema: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    # JSON Schema takes 2.0 for a whole number; `range()` does not.
    types = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    strict: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, type_checker=types
    )
    if schema == SCHEMA_FILE:
        return strict(load_schema())
    from referencing import Registry, Resource

    registry: Registry[Any] = Registry()
    registry = Resource.from_contents(load_schema()) @ registry
    return strict(load_schema(schema), registry=registry)


def _problems(verdict: _Verdict, data: Any, positions: Positions) -> Iterator[Problem]:
    path: KeyPath = tuple(verdict.absolute_path)
    keyword = verdict.validator
    if keyword == "additionalProperties":
        for key in sorted(set(verdict.instance) - set(verdict.schema["properties"])):
            yield _unknown_key(verdict, key, data, positions)
        return
    if keyword == "anyOf" and "errorMessage" not in verdict.schema:
        # A metric or null: what is wrong with the metric is the answer.
        for inner in verdict.context:
            if inner.relative_schema_path[0] == 0:
                yield from _problems(inner, data, positions)
        return
    if keyword == "oneOf" and not isinstance(verdict.instance, dict):
        return  # the wrong type is reported already
    if "propertyNames" in verdict.absolute_schema_path:
        path = (*path, verdict.instance)
    line, column = at(positions, path)
    for key, what, hint in _words(verdict):
        yield Problem(
            severity="error",
            code=f"schema-{keyword}",
            what=f"{show_path(data, path) or 'the file'} {what}",
            hint=hint,
            line=line,
            column=column,
            path=(*path, *key),
        )


def _unknown_key(verdict: _Verdict, key: str, data: Any, positions: Positions) -> Problem:
    path: KeyPath = tuple(verdict.absolute_path)
    line, column = at(positions, (*path, key))
    properties = verdict.schema["properties"]
    known = nearest(key, sorted(name for name in properties if "not" not in properties[name]))
    place = show_path(data, path)
    return Problem(
        severity="error" if known else "warning",
        code="unknown-key",
        what=f"{f'{place} has' if place else 'there is'} an unknown key '{key}'",
        hint=f"Did you mean '{known}'?" if known else "Nothing reads it.",
        line=line,
        column=column,
        path=(*path, key),
    )


def _words(verdict: _Verdict) -> list[tuple[KeyPath, str, str | None]]:
    """Each with the keys below the verdict's own place that it speaks of."""
    if verdict.validator == "required":
        known = verdict.schema["properties"]
        missing = [key for key in verdict.validator_value if key not in verdict.instance]
        return [((key,), f"has no key '{key}'", known[key]["description"]) for key in missing]
    return [((), *_SAY[verdict.validator](verdict))]


def _wrong_type(verdict: _Verdict) -> _Words:
    value, limit = verdict.instance, verdict.validator_value
    kinds = [limit] if isinstance(limit, str) else list(limit)
    hint = None
    if isinstance(value, str) and {"number", "integer"} & set(kinds):
        hint = _number_hint(value, in_tolerance="field_tolerances" in verdict.absolute_path)
    elif "string" in kinds and isinstance(value, bool):
        hint = "Put it in quotes: bare yes, no, on, off, true and false are true or false to YAML."
    elif "string" in kinds and isinstance(value, int | float):
        hint = f'Put it in quotes: "{value}".'
    elif kinds == ["array"] and isinstance(value, str):
        hint = "Write a list: [first, second]."
    return f"must be {_either([_KINDS[kind] for kind in kinds])}, not {_show(value)}", hint


def _wrong_choice(verdict: _Verdict) -> _Words:
    value, names = verdict.instance, verdict.validator_value
    known = nearest(value, names) if isinstance(value, str) else None
    hint = f"Did you mean '{known}'?" if known else None
    return f"must be {_either(names)}, not {_show(value)}", hint


def _wrong_constant(verdict: _Verdict) -> _Words:
    return f"must be {verdict.validator_value}, not {_show(verdict.instance)}", None


def _out_of_range(verdict: _Verdict) -> _Words:
    limit = f"{_LIMITS[verdict.validator]} {verdict.validator_value}"
    return f"must be {limit}, not {_show(verdict.instance)}", None


def _wrong_form(verdict: _Verdict) -> _Words:
    value = verdict.instance
    shown = f" ({_show(value)})" if value.strip() else ""
    return f"{verdict.schema['patternErrorMessage']}{shown}", verdict.schema.get("description")


def _empty(verdict: _Verdict) -> _Words:
    return "must not be empty", verdict.schema.get("description")


def _refused(verdict: _Verdict) -> _Words:
    return "is an old key that FermiLink refuses", verdict.schema["description"]


def _no_choice(verdict: _Verdict) -> _Words:
    return verdict.schema["errorMessage"], None


#: Every keyword that the schema uses, but for `required` and `additionalProperties`.
_SAY: dict[str, Callable[[_Verdict], _Words]] = {
    "anyOf": _no_choice,
    "const": _wrong_constant,
    "enum": _wrong_choice,
    "minItems": _empty,
    "minProperties": _empty,
    "not": _refused,
    "oneOf": _no_choice,
    "pattern": _wrong_form,
    "type": _wrong_type,
    **dict.fromkeys(_LIMITS, _out_of_range),
}


def _number_hint(text: str, *, in_tolerance: bool) -> str | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if "e" not in text.lower():
        return f"Write {text.strip()} without quotes."
    silent = ", and FermiLink then skips the check silently" if in_tolerance else ""
    return f"Write {write_float(number)}: YAML reads {text} as text{silent}."


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _show(value: Any) -> str:
    """A value, short, as JSON has it."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        short = value if len(value) <= 60 else f"{value[:57]}..."
        return f"the text {json.dumps(short, ensure_ascii=False)}"
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a huge number"
    return json.dumps(value)
