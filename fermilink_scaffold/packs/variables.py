"""The values of the packs' variables: the user's, else the defaults."""

from __future__ import annotations

import difflib

from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fermilink_scaffold.packs.model import Variable
    from fermilink_scaffold.spec.answers import Answers
    from fermilink_scaffold.spec.model import Source

__all__ = ["variable_values"]

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def variable_values(known: Mapping[str, Variable], answers: Answers) -> dict[str, Any]:
    """The value of every variable; text from the command line is read as its type.

    Raises ScaffoldError for a name that no pack has and for a value that is not of its type
    or not among its choices.
    """
    values = {name: variable.default for name, variable in known.items()}
    for name, given in answers.values.get("variables", {}).items():
        source = answers.source("variables", str(name))
        if name not in known:
            raise _unknown(name, known, source)
        values[name] = _value(name, given, known[name], source)
    return values


def _unknown(name: object, known: Mapping[str, Variable], source: Source) -> ScaffoldError:
    near = difflib.get_close_matches(str(name), list(known), n=1)
    names = f"There are: {', '.join(known)}." if known else "No pack with variables is in use."
    return ScaffoldError(
        f"no pack has a variable {name!r}",
        file=source.file,
        line=source.line,
        hint=f"Did you mean {near[0]!r}?" if near else names,
    )


def _value(name: str, given: object, variable: Variable, source: Source) -> Any:
    value = _typed(given, variable.type)
    if value is None:
        raise ScaffoldError(
            f"the variable {name!r} must be of the type {variable.type}, not {given!r}",
            file=source.file,
            line=source.line,
            hint=variable.help,
        )
    if variable.choices and value not in variable.choices:
        raise ScaffoldError(
            f"the variable {name!r} cannot be {given!r}",
            file=source.file,
            line=source.line,
            hint=f"It may be {', '.join(map(str, variable.choices))}.",
        )
    return value


def _typed(given: object, kind: str) -> Any:
    """The value as its type; None when it has no such form."""
    if kind == "boolean":
        return _WORDS.get(str(given).lower())
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    if kind == "text":
        return str(given)
    try:
        return int(str(given)) if kind == "integer" else float(given)
    except ValueError:
        return None
