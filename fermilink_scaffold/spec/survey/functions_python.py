"""Functions of Python and Cython."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fermilink_scaffold.spec.survey.functions import Function, Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cython_functions", "python_functions"]


def python_functions(data: bytes) -> list[Function]:
    """Functions and methods, nested ones as `outer.inner`, from the parser's own tree."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
        found: list[Function] = []
        _visit(tree.body, "", found)
    except SyntaxError as error:
        raise Unreadable(error.msg, error.lineno) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(str(error) or type(error).__name__) from None
    return sorted(found, key=lambda function: (function.first, function.last, function.name))


def _visit(body: Sequence[ast.AST], prefix: str, found: list[Function]) -> int:
    """Collect the functions of a block; the depth of its loops."""
    deepest = 0
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{prefix}{node.name}"
            loops = _visit(node.body, f"{name}.", found)
            last = node.end_lineno or node.lineno
            found.append(Function(name=name, first=node.lineno, last=last, loops=loops))
        elif isinstance(node, ast.ClassDef):
            _visit(node.body, f"{prefix}{node.name}.", found)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
            deepest = max(deepest, 1 + _visit(node.body, prefix, found))
            deepest = max(deepest, _visit(node.orelse, prefix, found))
        else:
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                inner = getattr(node, field, None)
                if isinstance(inner, list) and inner:
                    deepest = max(deepest, _visit(inner, prefix, found))
    return deepest


def cython_functions(text: str) -> list[Function]:
    """Functions of `.pyx` and `.pxi`, by their indentation."""
    import re

    head = re.compile(
        r"(?:async\s+)?(?:def|cpdef|cdef)\b[^=#]*?(\w+)\s*\((?!.*\)\s*$)|class\s+(\w+)|cdef\s+class\s+(\w+)"
    )
    loop = re.compile(r"(?:for|while)\b|with\s+nogil,\s*parallel")
    reader = _Indented()
    for number, line in enumerate(_code_lines(text), 1):
        stripped = line.strip()
        if not stripped:
            continue
        indent = len(line) - len(line.lstrip())
        reader.close(indent)
        reader.last = number
        found = head.match(stripped)
        if found:
            name = found[1] or found[2] or found[3]
            reader.open(indent, name, number, is_function=bool(found[1]))
        elif loop.match(stripped):
            reader.loop(indent)
    reader.close(-1)
    return sorted(reader.found, key=lambda function: (function.first, function.last))


def _code_lines(text: str) -> list[str]:
    """The lines without strings of several lines, comments, and continuations of brackets."""
    import re

    tokens = re.compile(
        r"(\"\"\"|''')[\s\S]*?(?:\1|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|#.*"
    )

    def blank(match: re.Match[str]) -> str:
        return '""' + "\n" * match[0].count("\n") if match[0][0] != "#" else ""

    lines: list[str] = []
    depth = 0
    for line in tokens.sub(blank, text).split("\n"):
        lines.append("" if depth > 0 else line.expandtabs(8))
        depth = max(0, depth + sum(map(line.count, "([{")) - sum(map(line.count, ")]}")))
    return lines


class _Indented:
    """Open blocks of a text whose blocks are indented."""

    def __init__(self) -> None:
        self.found: list[Function] = []
        #: The last line with code in it.
        self.last = 0
        #: Indentation, qualified name, first line, whether it is a function, deepest loop.
        self._blocks: list[tuple[int, str, int, bool]] = []
        self._loops: list[int] = []
        self._deepest: list[int] = []

    def close(self, indent: int) -> None:
        """End what is indented at least as far as the next line."""
        self._loops = [loop for loop in self._loops if loop < indent]
        while self._blocks and self._blocks[-1][0] >= indent:
            _, name, first, is_function = self._blocks.pop()
            loops = self._deepest.pop()
            if is_function:
                self.found.append(Function(name=name, first=first, last=self.last, loops=loops))

    def open(self, indent: int, name: str, line: int, *, is_function: bool) -> None:
        prefix = f"{self._blocks[-1][1]}." if self._blocks else ""
        self._blocks.append((indent, f"{prefix}{name}", line, is_function))
        self._deepest.append(0)

    def loop(self, indent: int) -> None:
        self._loops.append(indent)
        if self._blocks:
            inside = sum(loop > self._blocks[-1][0] for loop in self._loops)
            self._deepest[-1] = max(self._deepest[-1], inside)
