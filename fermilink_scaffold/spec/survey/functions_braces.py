"""Functions of C, C++ and Rust, by their braces."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

from fermilink_scaffold.spec.survey.functions import Function

__all__ = ["brace_functions"]

_C_TOKENS = (
    r"/\*[\s\S]*?(?:\*/|\Z)|//(?:\\\n|[^\n])*"
    r"|(?:u8|[uUL])?R\"(?P<mark>[^()\\\s]{0,16})\([\s\S]*?(?:\)(?P=mark)\"|\Z)"
    r"|\"(?:\\[\s\S]|[^\"\\\n])*\"?|(?<![0-9a-fA-F])'(?:\\[\s\S]|[^'\\\n])*'?"
)
_RUST_TOKENS = (
    r"/\*[\s\S]*?(?:\*/|\Z)|//[^\n]*"
    r"|b?r(?P<mark>#*)\"[\s\S]*?(?:\"(?P=mark)|\Z)"
    r"|b?\"(?:\\[\s\S]|[^\"\\])*(?:\"|\Z)|b?'(?:\\[^\n]{1,10}?|[^\\'\n])'"
)
_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(?P<word>\w*)(?P<rest>(?:\\\n|[^\n])*)", re.MULTILINE)
#: Words before a parenthesis that name no function.
_NO_NAMES = frozenset(
    [
        "if",
        "while",
        "for",
        "switch",
        "return",
        "sizeof",
        "alignas",
        "alignof",
        "decltype",
        "noexcept",
        "throw",
        "catch",
        "requires",
        "__attribute__",
        "__declspec",
        "__asm__",
        "asm",
        "__launch_bounds__",
        "defined",
        "else",
        "do",
        "new",
        "delete",
        "co_await",
        "static_assert",
        "typeof",
        "__typeof__",
        "operator",
    ]
)
#: Characters before a brace that are looked at: longer heads are no functions.
_LONGEST_HEAD = 4000
#: Functions inside of one Rust function that are looked at.
_NESTED = 100
_NAME = r"~?[A-Za-z_]\w*"
_OPERATOR = (
    rf"((?:{_NAME}\s*(?:<[^<>()]*>)?\s*::\s*)*operator\s*"
    r"(?:\(\s*\)|\[\s*\]|\"\"\s*\w+|[^\s\w(]+|[\w:<>*& ]+?))\s*\("
)
_HEAD_PIECE = rf"((?:{_NAME}\s*::\s*)*{_NAME})?\s*\(|[()]|=(?!=)|->|(?<!:):(?!:)"
_CLASS_WORD = r"\b(?:class|struct|union|enum|namespace)\b"
_LOOP_TOKEN = re.compile(r"[{}();]|\b(?:for|while|do|loop)\b")


def brace_functions(text: str, *, rust: bool = False) -> list[Function]:
    """Functions with a body in order; of preprocessor branches that do not balance, the first."""
    code = _blank(text, _RUST_TOKENS if rust else _C_TOKENS)
    if not rust:
        code = _preprocessed(code)
    lines = [match.start() for match in re.finditer("\n", code)]
    found: list[Function] = []
    _scan(code, lines, found, rust=rust)
    return sorted(found, key=lambda function: (function.first, -function.last))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _blank(text: str, pattern: str) -> str:
    """The code without comments and texts; newlines stay."""

    def empty(match: re.Match[str]) -> str:
        newlines = "\n" * match[0].count("\n")
        return (" " if match[0].startswith("/") else '""') + newlines

    return _compiled(pattern).sub(empty, text)


def _preprocessed(code: str) -> str:
    """The code without directives; all branches of `#if` that balance, else the first one."""
    out: list[str] = []
    #: For each open #if: where its branch begins in `out`, and whether a branch has been kept.
    branches: list[list[int]] = []
    position = 0
    for match in _DIRECTIVE.finditer(code):
        out.append(code[position : match.start()])
        position = match.end()
        word = match["word"]
        if word in {"if", "ifdef", "ifndef"}:
            dead = word == "if" and match["rest"].strip() == "0"
            branches.append([len(out), 2 if dead else 0])
        elif word in {"else", "elif", "elifdef", "elifndef", "endif"} and branches:
            start, state = branches[-1]
            branch = "".join(out[start:])
            uneven = branch.count("{") != branch.count("}")
            if state == 2 or (state == 1 and uneven):
                out[start:] = ["\n" * branch.count("\n")]
            branches[-1] = [len(out), 1 if uneven and state != 2 else state % 2]
            if word == "endif":
                branches.pop()
        out.append("\n" * match[0].count("\n"))
    out.append(code[position:])
    return "".join(out)


def _scan(code: str, lines: list[int], found: list[Function], *, rust: bool) -> None:
    """Walk over the braces outside of functions and classify what stands before each."""
    #: What the members of each open brace are called after, e.g. `Class::`.
    blocks: list[str] = []
    boundary = 0
    position = 0
    brace = re.compile(r"[{}]")
    while match := brace.search(code, position):
        position = match.end()
        if match[0] == "}":
            if blocks:
                blocks.pop()
            boundary = position
            continue
        head, start = _head(code, boundary, match.start())
        prefix = blocks[-1] if blocks else ""
        name = _rust_name(head) if rust else _function_name(head)
        if name:
            end, more = _body_end(code, match.start(), initialised=not rust and ":" in head)
            if more:
                position = end  # a member's brace initialiser: the head goes on
                continue
            loops = _loop_depth(code, match.start(), end)
            first = bisect_right(lines, start + name[1]) + 1
            last = bisect_right(lines, end - 1) + 1
            found.append(Function(name=f"{prefix}{name[0]}", first=first, last=last, loops=loops))
            if rust:
                _nested_rust(code[match.end() : end], first, found)
            position = boundary = end
            continue
        inner = _rust_block(head) if rust else _class_name(head)
        if inner is None:
            position = boundary = _body_end(code, match.start(), initialised=False)[0]
            continue
        blocks.append(f"{prefix}{inner}::" if inner else prefix)
        boundary = position


def _nested_rust(body: str, first: int, found: list[Function]) -> None:
    """Functions inside of a Rust function."""
    if "fn " not in body:
        return
    nested = re.finditer(r"\bfn\s+(\w+)[^{};]*\{", body)
    for match, _ in zip(nested, range(_NESTED), strict=False):
        line = first + body.count("\n", 0, match.start(1))
        end, _ = _body_end(body, match.end() - 1, initialised=False)
        last = first + body.count("\n", 0, end)
        loops = _loop_depth(body, match.end() - 1, end)
        found.append(Function(name=match[1], first=line, last=last, loops=loops))


def _head(code: str, boundary: int, brace: int) -> tuple[str, int]:
    """The text before a brace, from the last statement's end; and where it begins.

    Parameter declarations of old C end with `;` too: they stay with their function.
    """
    boundary = max(boundary, brace - _LONGEST_HEAD)
    text = code[boundary:brace]
    cut = text.rfind(";") + 1
    if cut and re.search(r"\)\s*(?:[A-Za-z_][\w \t\n*,\[\]]*;\s*)+\Z", text):
        old = re.search(
            rf"(?:\A|[;}}])\s*([\w\s*]*?{_NAME}\s*\([\w\s,]*\))\s*(?:[A-Za-z_][\w \t\n*,\[\]]*;\s*)+\Z",
            text,
        )
        if old:
            return old[1], boundary + old.start(1)
    return text[cut:], boundary + cut


def _body_end(code: str, brace: int, *, initialised: bool) -> tuple[int, bool]:
    """Just after the matching brace; and whether it only ended a member's initialiser."""
    depth = 0
    position = brace
    while True:
        close = code.find("}", position)
        if close < 0:
            return len(code), False
        depth += code.count("{", position, close) - 1
        position = close + 1
        if depth == 0:
            break
    after = re.compile(r"\s*([,{])").match(code, position) if initialised else None
    return position, bool(after)


def _function_name(head: str) -> tuple[str, int] | None:
    """The name that a C or C++ head defines, and where it stands in the head; None if it is none."""
    if "(" not in head or head.lstrip().startswith("typedef"):
        return None
    operator = _compiled(_OPERATOR).search(head)
    if operator:
        return re.sub(r"\s+", " ", operator[1]), operator.start(1)
    plain = _without_templates(head)
    named = _called_name(plain)
    if named and _compiled(_CLASS_WORD).search(plain, plain.rfind(")")):
        return None
    return named


def _called_name(head: str) -> tuple[str, int] | None:
    """The last name before a parenthesis at the top, up to a `:` or `->`; None with a `=`."""
    depth = 0
    name: tuple[str, int] | None = None
    for match in _compiled(_HEAD_PIECE).finditer(head):
        piece = match[0]
        if piece == ")":
            depth -= 1
        elif piece.endswith("("):
            if depth == 0 and match[1] and match[1].rsplit(":")[-1].strip() not in _NO_NAMES:
                name = re.sub(r"\s+", "", match[1]), match.start(1)
            depth += 1
        elif depth == 0 and piece == "=":
            return None
        elif depth == 0 and name:
            return name
    return name if depth == 0 else None


def _without_templates(head: str) -> str:
    """The head with `<...>` blanked, same length."""
    for _ in range(6):
        shorter = re.sub(r"<[^<>;{}]*>", lambda match: re.sub(r"[^\n]", " ", match[0]), head)
        if shorter == head:
            break
        head = shorter
    return head


def _class_name(head: str) -> str | None:
    """What the members of a block are called after; empty for a namespace, None for data."""
    plain = _without_templates(head)
    if re.search(r"\bnamespace\b|\bextern\s*\"\"\s*$", plain) or not plain.strip():
        return "" if plain.strip() else None
    if re.search(r"\benum\b", plain):
        return None
    found = re.search(
        rf"\b(?:class|struct|union)\b((?:\s*\[\[[^\]]*\]\])?(?:\s+[A-Z_]+\s*(?:\([^()]*\))?(?=\s+\w))?\s*)({_NAME}(?:\s*::\s*{_NAME})*)?",
        plain,
    )
    if not found or "=" in plain.split(":")[0]:
        return None
    return re.sub(r"\s+", "", found[2] or "")


def _rust_name(head: str) -> tuple[str, int] | None:
    found = re.search(r"\bfn\s+(\w+)", head)
    return (found[1], found.start(1)) if found else None


def _rust_block(head: str) -> str | None:
    """What the functions of an impl or trait are called after; None for other data."""
    if re.search(r"\b(?:mod|extern)\b", head):
        return ""
    plain = _without_templates(head.replace("->", "  "))
    found = re.search(
        r"\bimpl\b[^{]*?\bfor\s+&?(?:mut\s+)?([\w:]+)|\bimpl\b\s*!?([\w:]+)|\btrait\s+(\w+)", plain
    )
    if found:
        return next(name for name in found.groups() if name).rsplit("::", 1)[-1]
    return None if not re.search(r"\w+!\s*$", plain) else ""


def _loop_depth(code: str, start: int, end: int) -> int:
    """How deep the loops of a body go, with and without braces."""
    if not re.compile(r"\b(?:for|while|loop)\b").search(code, start, end):
        return 0
    reader = _Loops()
    for match in _LOOP_TOKEN.finditer(code, start, end):
        reader.read(match[0])
    return reader.deepest


class _Loops:
    """Counts loops whose bodies are open, one token after the other."""

    def __init__(self) -> None:
        self.deepest = 0
        self._open = 0
        #: Loop heads whose body has not begun: the parentheses around each.
        self._heads: list[int] = []
        #: For each open brace: the loops it is the body of.
        self._braces: list[int] = []
        self._parentheses = 0

    def read(self, piece: str) -> None:
        if piece == "(":
            self._parentheses += 1
        elif piece == ")":
            self._parentheses = max(0, self._parentheses - 1)
        elif piece == "{":
            bodies = self._heads.count(self._parentheses)
            self._braces.append(bodies)
            self._open += bodies
            self._heads = [depth for depth in self._heads if depth != self._parentheses]
        elif piece in {"}", ";"}:
            if piece == "}" and self._braces:
                self._open -= self._braces.pop()
            self._heads = [depth for depth in self._heads if depth < self._parentheses]
        else:
            self._heads.append(self._parentheses)
            self.deepest = max(self.deepest, self._open + len(self._heads))
