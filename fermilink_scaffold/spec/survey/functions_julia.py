"""Functions of Julia, by their `end`s."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fermilink_scaffold.spec.survey.functions import Function

__all__ = ["julia_functions"]

_BLANK = re.compile(
    r"#=[\s\S]*?(?:=#|\Z)|#[^\n]*"
    r"|\"\"\"(?:\\[\s\S]|[^\\])*?(?:\"\"\"|\Z)|\"(?:\\[\s\S]|[^\"\\])*(?:\"|\Z)"
    r"|(?<![\w)\]}'.!])'(?:\\[^\n]{1,8}?|[^\\'\n])'"
    r"|(?<![\w:)\]]):\w+|\.(?:end|begin|for|if|function|do|let|module|type)\b"
)
_TOKEN = re.compile(
    r"[\[\](){}\n;,=]|(?<![\w.@!])(?:function|macro|for|while|if|let|begin|do|try|quote|struct"
    r"|baremodule|module|end|abstract type|primitive type)(?![\w!])|[^\s\[\](){};,=]+?(?=\W|$)"
)
_WORD = r"(?:[\w!]|[^\x00-\x7f])+"
_NAME = re.compile(
    rf"[ \t]*(?P<name>(?:{_WORD}\.)*(?::?\([^()\w\s]+\)|:[^\w\s()]+|{_WORD}|[^\w\s(){{}};]+)"
    r"|\([^()\n]*\))"
)
_SHORT = re.compile(
    rf"^[ \t]*(?:@\w+[ \t]+)*(?P<name>(?:{_WORD}\.)*{_WORD})"
    r"(?:\{[^{}\n]*\})?\((?:[^()\n]|\([^()\n]*\))*\)"
    r"(?:[ \t]*::[\w.{}, ]+)?(?:[ \t]*where[ \t]+[^=\n]+)?[ \t]*=(?![=>])[^\n]*",
    re.MULTILINE,
)
_OPENERS = frozenset(
    [
        "function",
        "macro",
        "for",
        "while",
        "if",
        "let",
        "begin",
        "do",
        "try",
        "quote",
        "struct",
        "baremodule",
        "module",
    ]
)
#: No code nests deeper; what does is no Julia.
_NESTED = 200
_LOOPS = frozenset({"for", "while"})


@dataclass(kw_only=True)
class _Block:
    """An open block, or an open bracket."""

    word: str
    name: str = ""
    first: int = 0
    loops: int = 0


def julia_functions(text: str) -> list[Function]:
    """Functions and macros with `end`, and one-line definitions at any indentation."""
    code = _BLANK.sub(lambda match: '""' + "\n" * match[0].count("\n"), text)
    found = _long_functions(code)
    taken = {function.first for function in found}
    line, position = 1, 0
    for match in _SHORT.finditer(code):
        line += code.count("\n", position, match.start("name"))
        position = match.start("name")
        if line not in taken:
            found.append(Function(name=match["name"], first=line, last=line))
    return sorted(found, key=lambda function: (function.first, -function.last, function.name))


def _long_functions(code: str) -> list[Function]:
    found: list[Function] = []
    blocks: list[_Block] = []
    line = 1
    before = "\n"
    for match in _TOKEN.finditer(code):
        piece = match[0]
        if piece == "\n":
            line += 1
        elif piece in "([{":
            blocks.append(_Block(word=piece))
        elif piece in ")]}":
            _close_bracket(blocks)
        elif piece == "end":
            _end(blocks, found, line)
        elif piece in _OPENERS or piece.startswith(("abstract ", "primitive ")):
            _open(blocks, match, line, before)
        before = piece
        if len(blocks) > _NESTED:
            break
    return found


def _close_bracket(blocks: list[_Block]) -> None:
    """Close the innermost bracket, and what was left open in it."""
    if any(block.word in "([{" for block in blocks):
        while blocks.pop().word not in "([{":
            pass


def _open(blocks: list[_Block], match: re.Match[str], line: int, before: str) -> None:
    word = match[0]
    in_bracket = bool(blocks) and blocks[-1].word in "([{"
    if in_bracket and word in {"for", "if"} and before not in {"(", "[", ",", "=", ";", "\n"}:
        return  # a comprehension
    if in_bracket and blocks[-1].word == "[" and word == "begin":
        return  # an index
    block = _Block(word=word, first=line)
    if word in {"function", "macro"}:
        named = _NAME.match(match.string, match.end())
        block.name = (named["name"] or "") if named else ""
    blocks.append(block)
    if word in _LOOPS:
        depth = 0
        for outer in reversed(blocks):
            if outer.word in {"function", "macro"}:
                outer.loops = max(outer.loops, depth)
                break
            depth += outer.word in _LOOPS


def _end(blocks: list[_Block], found: list[Function], line: int) -> None:
    if not blocks or blocks[-1].word in "([{":
        return  # the last index
    block = blocks.pop()
    if block.word in {"function", "macro"} and block.name:
        name = f"@{block.name}" if block.word == "macro" else block.name
        found.append(Function(name=name, first=block.first, last=line, loops=block.loops))
