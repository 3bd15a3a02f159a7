"""Subroutines, functions and programs of Fortran, fixed and free form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fermilink_scaffold.spec.survey.functions import Function

__all__ = ["fortran_functions"]

_TYPE = (
    r"(?:integer|real|complex|logical|character|double[ \t]*precision|double[ \t]*complex|type|class)"
    r"(?:[ \t]*\*[ \t]*\d+|[ \t]*\([^\n]*?\))?"
)
#: The statements that open or close something, one alternative each; a line may be labelled.
_STATEMENT = re.compile(
    r"^(?:[ \t]*(?P<label>\d+)(?=[ \t])[ \t]*|[ \t]+|)(?:"
    r"(?P<end>end)[ \t]*(?P<kind>subroutine|function|program|procedure|module|submodule|interface"
    r"|block[ \t]*data|do)?\b[ \t]*(?P<ended>\w*)[ \t]*(?=$|[!;(*+=/-])"
    r"|(?:\w+[ \t]*:[ \t]*)?(?P<do>do)\b[ \t]*(?P<to>\d+)?(?:[ \t]*,)?[ \t]*"
    r"(?=$|[!;]|while\b|concurrent\b|\w+[ \t]*=)"
    r"|(?P<prefix>(?:(?:recursive|non_recursive|pure|elemental|impure|module|attributes\([^\n)]*\)"
    rf"|{_TYPE})[ \t]+)*)(?P<unit>subroutine|function)[ \t]+(?P<name>\w+)[ \t]*(?=$|[(!;&]|result\b|bind\b)"
    r"|(?P<procedure>module[ \t]+procedure)[ \t]+(?P<implemented>\w+)[ \t]*(?=$|!)"
    r"|(?P<module>module|submodule[ \t]*\([^\n)]*\)|program|block[ \t]*data)[ \t]+(?P<titled>\w+)[ \t]*(?=$|[!;])"
    r"|(?P<interface>(?:abstract[ \t]+)?interface)\b(?=[ \t]*(?:$|!|\w+[ \t]*(?:$|!|\()))"
    r"|(?P<contains>contains)[ \t]*(?=$|!)"
    r"|(?(label)(?P<other>)|(?!))"
    r")",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(kw_only=True)
class _Unit:
    """An open program unit."""

    kind: str
    name: str
    first: int
    contains: bool = False
    loops: int = 0
    #: Open loops; the label that ends each, or empty.
    open: list[str] = field(default_factory=list)


def fortran_functions(text: str) -> list[Function]:
    """The subroutines, functions and programs with a body, contained ones after their host.

    Declarations in interface blocks are left out.
    """
    starts = _LineCounter(text)
    units: list[_Unit] = []
    found: list[Function] = []
    for match in _STATEMENT.finditer(text):
        line = starts.line(match.end())
        _read(match, line, units, found)
    last = text.count("\n") + (not text.endswith("\n"))
    while units:
        _close(units, found, last)
    return sorted(found, key=lambda function: (function.first, -function.last))


class _LineCounter:
    """Line numbers of growing positions, each newline counted once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._line = 1

    def line(self, position: int) -> int:
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line


def _read(match: re.Match[str], line: int, units: list[_Unit], found: list[Function]) -> None:
    """Take one statement into account."""
    ended = bool(match["label"] and units) and _end_labelled_loops(units[-1], match["label"])
    if match["end"]:
        if not (ended and match["kind"]):
            _end(match, line, units, found)
    elif match["do"] and units:
        units[-1].open.append(match["to"] or "")
        units[-1].loops = max(units[-1].loops, len(units[-1].open))
    elif match["contains"] and units:
        units[-1].contains = True
    else:
        _begin(match, line, units)


def _begin(match: re.Match[str], line: int, units: list[_Unit]) -> None:
    """Open the unit that a statement begins."""
    if match["interface"]:
        units.append(_Unit(kind="interface", name="", first=line))
    elif match["unit"]:
        _drop_repeated_head(units)
        units.append(_Unit(kind=match["unit"].lower(), name=match["name"], first=line))
    elif match["implemented"]:
        if not (units and units[-1].kind == "interface"):
            units.append(_Unit(kind="procedure", name=match["implemented"], first=line))
    elif match["module"]:
        kind = match["module"].split()[0].split("(")[0].lower()
        units.append(_Unit(kind=kind, name=match["titled"], first=line))


def _drop_repeated_head(units: list[_Unit]) -> None:
    """Two heads in a row, of which the preprocessor keeps one, are one unit: the later one."""
    inside = {"subroutine", "function", "procedure"}
    if units and units[-1].kind in inside and not units[-1].contains:
        units.pop()


def _end(match: re.Match[str], line: int, units: list[_Unit], found: list[Function]) -> None:
    kind = re.sub(r"[ \t]", "", match["kind"] or "").lower()
    if kind == "do":
        if units and units[-1].open:
            units[-1].open.pop()
        return
    rest = match.string[match.end() : match.end() + 1]
    if (not kind and match["ended"]) or rest in {"(", "=", "*", "+", "/", "-"}:
        return
    named = match["ended"].lower()
    for depth in range(1, len(units) + 1):
        unit = units[-depth]
        fits = not kind or unit.kind == kind
        if fits and (not named or unit.name.lower() == named or unit.kind == "interface"):
            for _ in range(depth):
                _close(units, found, line)
            return
    if kind == "interface" or not units:
        return
    _close(units, found, line)


def _close(units: list[_Unit], found: list[Function], line: int) -> None:
    unit = units.pop()
    if unit.kind in {"subroutine", "function", "procedure", "program"} and not any(
        outer.kind == "interface" for outer in units
    ):
        found.append(Function(name=unit.name, first=unit.first, last=line, loops=unit.loops))


def _end_labelled_loops(unit: _Unit, label: str) -> bool:
    """A labelled line ends all loops that run to it; whether there was one."""
    before = len(unit.open)
    while unit.open and unit.open[-1] == label:
        unit.open.pop()
    return len(unit.open) < before
