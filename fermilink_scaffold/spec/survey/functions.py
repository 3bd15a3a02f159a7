"""Functions of a source text: where each begins and ends, and how deep its loops go.

Python is read by its own parser. The other languages are scanned by line and by brace: good
enough to point an agent at the right lines, without a compiler or a tool to install.
"""

from __future__ import annotations

from fermilink_scaffold.records import Record

__all__ = ["Function", "Unreadable", "functions_in"]


class Function(Record):
    """One function, method or subroutine, with a body."""

    #: Qualified as far as the text shows: `Class.method`, `Class::method`, `name`.
    name: str
    #: Line of its `def`, `subroutine` ... or of its name, from 1.
    first: int
    #: Line of its end, inclusive.
    last: int
    #: Loops inside loops, counted: 0 without a loop, 3 for a triple one.
    loops: int = 0

    @property
    def lines(self) -> int:
        """Length in lines."""
        return self.last - self.first + 1


class Unreadable(Exception):  # noqa: N818  it is a result, listed in the survey
    """The text is not valid in its language."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


def functions_in(data: bytes, language: str, path: str) -> list[Function]:
    """The functions of a file in order of their first lines; empty for other languages.

    Raises Unreadable for Python that does not compile; the scanners take any text.
    """
    if language == "python":
        from fermilink_scaffold.spec.survey import functions_python

        if path.endswith(".py"):
            return functions_python.python_functions(data)
        return functions_python.cython_functions(_text(data))
    if language == "fortran":
        from fermilink_scaffold.spec.survey.functions_fortran import fortran_functions

        return fortran_functions(_text(data))
    if language in {"c", "cpp", "rust"}:
        from fermilink_scaffold.spec.survey.functions_braces import brace_functions

        return brace_functions(_text(data), rust=language == "rust")
    if language == "julia":
        from fermilink_scaffold.spec.survey.functions_julia import julia_functions

        return julia_functions(_text(data))
    return []


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
