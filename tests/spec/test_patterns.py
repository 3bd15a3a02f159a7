"""Patterns that wait for a word they need: what they need is in everything they find."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from itertools import product

import pytest

import fermilink_scaffold.spec
from fermilink_scaffold.spec.text.patterns import lazy

if sys.version_info >= (3, 11):
    from re import _constants as kinds
    from re import _parser
else:
    import sre_constants as kinds
    import sre_parse as _parser

#: Stands for any character in the texts that a pattern finds.
ANY = "\0"


def texts(parsed):
    """What a pattern finds, with `ANY` for what it leaves open; so is what it repeats."""
    found = [""]
    for kind, value in parsed:
        if kind is kinds.LITERAL:
            ways = [chr(value)]
        elif kind is kinds.BRANCH:
            ways = [text for branch in value[1] for text in texts(branch)]
        elif kind is kinds.SUBPATTERN:
            ways = texts(value[3])
        elif kind is kinds.IN and all(each[0] is kinds.LITERAL for each in value):
            ways = [chr(each[1]) for each in value]
        elif kind in {kinds.MAX_REPEAT, kinds.MIN_REPEAT} and value[0] == 1:
            ways = [f"{text}{ANY}" for text in texts(value[2])]
        elif kind is kinds.MAX_REPEAT and value[:2] == (0, 1):
            ways = ["", *texts(value[2])]
        elif kind in {kinds.AT, kinds.ASSERT, kinds.ASSERT_NOT}:
            ways = [""]
        else:
            ways = [ANY]
        found = list({before + way for before, way in product(found, ways)})
        assert len(found) < 200_000
    return found


def needing():
    """Every pattern of the readers that waits for a word, with its place."""
    for module in pkgutil.walk_packages(
        fermilink_scaffold.spec.__path__, "fermilink_scaffold.spec."
    ):
        for name, value in vars(importlib.import_module(module.name)).items():
            each = value if isinstance(value, dict) else {"": value}
            for key, pattern in each.items():
                if hasattr(type(pattern), "needs") or "needs" in getattr(pattern, "__dict__", {}):
                    yield pytest.param(pattern, id=f"{module.name.rpartition('.')[2]}.{name}{key}")


@pytest.mark.parametrize("pattern", list(needing()))
def test_all_that_a_pattern_finds_holds_a_word_it_needs(pattern):
    lost = [
        text
        for text in texts(_parser.parse(*pattern.source))
        if not any(need in text for need in pattern.needs)
    ]
    assert lost == []


def test_a_pattern_with_needs_finds_what_it_finds_without_them():
    text = "ab 1 ab 22"
    for where in (text, "nothing"):
        waiting, plain = lazy(r"ab (\d+)", needs=("ab",)), re.compile(r"ab (\d+)")
        for method in ("search", "match", "fullmatch"):
            assert str(getattr(waiting, method)(where)) == str(getattr(plain, method)(where))
        spans = [match.span() for match in lazy(r"ab (\d+)", needs=("ab",)).finditer(where)]
        assert spans == [match.span() for match in plain.finditer(where)]
        assert lazy(r"ab (\d+)", needs=("ab",)).sub("x", where) == plain.sub("x", where)
    waiting = lazy(r"ab (\d+)", needs=("ab",))
    assert waiting.search(text, 3)[1] == "22"


def test_a_pattern_is_compiled_once_a_text_holds_what_it_needs(monkeypatch):
    compiled = []
    compile_ = re.compile
    monkeypatch.setattr(re, "compile", lambda *args: (compiled.append(args), compile_(*args))[1])
    waiting = lazy("ab+", needs=("ab",))
    assert waiting.search("none") is None
    assert compiled == []
    assert waiting.search("abb")[0] == "abb"
    assert waiting.search("none") is None
    assert compiled == [("ab+", 0)]
