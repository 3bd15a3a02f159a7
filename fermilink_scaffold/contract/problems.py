"""What is wrong with a contract or a project: one record, and how it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from fermilink_scaffold.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "KeyPath",
    "Positions",
    "Problem",
    "Severity",
    "at",
    "errors",
    "listed",
    "report",
    "show_path",
    "sort_problems",
]

Severity: TypeAlias = Literal["error", "warning"]
#: Keys and list indices that lead to a value, e.g. `("cases", 0, "id")`.
KeyPath: TypeAlias = "tuple[str | int, ...]"
#: Line and column, both from 1, of the key or list item at each path.
Positions: TypeAlias = "Mapping[KeyPath, tuple[int, int]]"


class Problem(Record):
    """One finding: an error stops a campaign or makes it lie, a warning may."""

    severity: Severity
    #: A stable name of the kind of problem, e.g. `unknown-key`.
    code: str
    #: What is wrong, one sentence without a full stop.
    what: str
    #: What to do about it, one sentence.
    hint: str | None = None
    #: The file, as it is shown to people.
    file: str | None = None
    #: Line and column, from 1.
    line: int | None = None
    column: int | None = None
    #: Where in the contract's data; empty for the file as a whole and for other files.
    path: KeyPath = ()

    def __str__(self) -> str:
        place = ":".join(
            str(part) for part in (self.file, self.line, self.column) if part is not None
        )
        first = _printable(f"{place}: {self.what}" if place else self.what)
        return f"{first}\n    {_printable(self.hint)}" if self.hint else first


def at(positions: Positions, path: KeyPath) -> tuple[int | None, int | None]:
    """Line and column of `path`, or of the nearest value around it that has one."""
    for length in range(len(path), 0, -1):
        if found := positions.get(path[:length]):
            return found
    return positions.get((), (None, None))


def show_path(data: object, path: KeyPath) -> str:
    """A path as people read it: `cases[train-a].env.X`; list items by id where they have one."""
    shown = ""
    for part in path:
        child: Any = None
        if isinstance(part, int):
            child = data[part] if isinstance(data, list) and part < len(data) else None
            name = child.get("id") if isinstance(child, dict) else None
            shown += f"[{name if isinstance(name, str) and name.strip() else part}]"
        else:
            child = data.get(part) if isinstance(data, dict) else None
            shown += f".{part}" if shown else part
        data = child
    return shown


def errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Errors before warnings, then in the order of the files."""
    return sorted(
        problems,
        key=lambda it: (it.severity, it.file or "", it.line or 0, it.column or 0, it.what),
    )


def listed(names: Sequence[str], limit: int = 3) -> str:
    """`a, b, c and 4 more`."""
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"


def report(problems: Sequence[Problem]) -> str:
    """All problems as text, errors first, and a closing line that counts them."""
    ordered = sort_problems(problems)
    wrong = len(errors(ordered))
    counts = [_count(wrong, "error"), _count(len(ordered) - wrong, "warning")]
    lines = [f"{problem.severity}: {problem}" for problem in ordered]
    return "\n".join([*lines, ", ".join(counts) if ordered else "No problems found."])


def _printable(text: str) -> str:
    """On one line, whatever ids and paths hold."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
