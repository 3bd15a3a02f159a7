"""Whatever a value holds, what comes out of a filter reads back as exactly that value."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fermilink_scaffold.templating import filters

#: Text of every kind: any code points (also half characters), and what has meaning somewhere.
SYNTAX = st.sampled_from(
    [
        *"\"'`\\$#%&*_~|<>[](){}!?:;,.-+=/@^ \t\n\r\0\x07\x1b\x7f\x85\xa0\u2028\u2029\ufeff\ud800\udc80",
        *("{{", "}}", "{%", "%}", "{#", "$(", "${", "```", "~~~", "---", "...", "\r\n", "&amp;"),
        *("yes", "null", "~", "1e-8", "0x1f", "1_000", "2001-01-01", "12:30:45", "<!--", "-->"),
        *("# ", "- ", "> ", "1. ", "1) ", "[a](b)", "![a](b)", "<b>", "</b>", "&#10;", "é", "😀"),
        *("a", "b_c", "**", "__", "==", "  ", "EOF", ".inf", "<<", "%YAML", "!!python/none"),
    ]
)
TEXT = st.one_of(
    st.text(st.characters(codec=None)), st.lists(SYNTAX, max_size=8).map("".join), SYNTAX
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT
)  # fmt: skip
DATA = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(TEXT, below, max_size=4)),
    max_leaves=12,
)
MAPPING = st.dictionaries(TEXT, DATA, max_size=4)
#: Where a template may put a line of text.
CONTEXTS = [
    "{}",
    "# {}",
    "{}; a",
    "*{}*",
    "- {}",
    "1. a\n   - {}",
    "a ({}) b",
    "`x`: {}",
    "before\n{}\nafter",
    "- a — {} b",
]
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def same(one: object, other: object) -> bool:
    """Equal in type, order, sign of zero and every character."""
    return repr(one) == repr(other)


@given(DATA)
@example("1e-8")
@example({"k" * 2000: "long key"})
@example([1e-8, 1e16, 1.5e300, -0.0, float("inf")])
def test_a_yaml_value_reads_back_exactly(value: object) -> None:
    text = filters.yaml(value)
    assert "\n" not in text
    assert same(
        yaml.safe_load(f"before: [{text}, 1]\nkey: {text}\nafter: x\n"),
        {"before": [value, 1], "key": value, "after": "x"},
    )


@given(MAPPING, st.integers(0, 3))
@example({"a": "first\nsecond\n", "b": ["  indented\nx", "x\n\ny", "x\n\n", "\nx", "x \ny"]}, 1)
@example({"a": [["bash", "-c", "set -e\nmake\n"], [], {}, [{"b": [{"c": "x\ny"}]}]]}, 0)
@example({"k" * 2000: {"k" * 300: [1]}, "j" * 300: "x\ny"}, 0)
@example({"a": ["\tx\ny", "#x\n# y", "---\n...\n", "%x\ny"]}, 0)
def test_a_yaml_block_reads_back_exactly(value: dict[str, object], depth: int) -> None:
    notes = dict.fromkeys([*map(str, value), "a.b", "a"], "a note\nof two lines: # x")
    text = filters.yaml_block(value, indent=2 * depth, notes=notes)
    lead = "".join("  " * level + "at:\n" for level in range(depth))
    for _ in range(depth):
        value = {"at": value}
    assert same(yaml.safe_load(f"{lead}{text}\n"), value)
    assert same(yaml.safe_load(f"---\n{lead}{text}\n...\n"), value)


def test_yaml_is_written_the_way_people_write_it() -> None:
    value = {
        "id": "train-h2o",
        "word": "no",
        "tolerance": 1e-8,
        "count": 3,
        "missing": None,
        "command": ["python", "bench.py", "{inputs}/h2o.xyz"],
        "metrics": {"energy": {"find": "energy"}},
        "build": [["bash", "-c", "set -e\n\nmake -j2\n", "build"]],
        "long": ["a" * 30, "b" * 30, "c" * 30],
        "geometry": "O 0 0 0\nH 0 0 1",
        "nothing": [],
    }
    notes = {"tolerance": "Absolute.", "metrics.energy": "In Hartree."}
    assert filters.yaml_block(value, notes=notes) == (
        "id: train-h2o\n"
        'word: "no"\n'
        "# Absolute.\n"
        "tolerance: 1.0e-08\n"
        "count: 3\n"
        "missing: null\n"
        'command: [python, bench.py, "{inputs}/h2o.xyz"]\n'
        "metrics:\n"
        "  # In Hartree.\n"
        "  energy: {find: energy}\n"
        "build:\n"
        "  - - bash\n"
        '    - "-c"\n'
        "    - |\n"
        "      set -e\n"
        "\n"
        "      make -j2\n"
        "    - build\n"
        "long:\n"
        f"  - {'a' * 30}\n"
        f"  - {'b' * 30}\n"
        f"  - {'c' * 30}\n"
        "geometry: |-\n"
        "  O 0 0 0\n"
        "  H 0 0 1\n"
        "nothing: []"
    )


def test_what_yaml_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="a set has no place in YAML text"):
        filters.yaml({"a": {1}})


@given(st.lists(TEXT, min_size=1, max_size=30))
def test_a_shell_word_reaches_a_program_exactly(words: list[str]) -> None:
    words = [word for word in words if "\0" not in word and is_shell_text(word)]
    script = "printf '%s\\0' " + " ".join(map(filters.sh, words))
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=60)
    expected = b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in words)
    assert done.stdout == (expected or b"\0")


def is_shell_text(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


@given(TEXT)
def test_a_shell_word_is_one_line_that_can_be_written(text: str) -> None:
    try:
        word = filters.sh(text)
    except ValueError:
        assert "\0" in text or not is_shell_text(text)
    else:
        assert word.isprintable()
        word.encode()


@given(DATA)
def test_a_python_literal_reads_back_exactly(value: object) -> None:
    try:
        text = filters.py(value)
    except ValueError:
        assert "inf" in repr(value)
    else:
        assert len(text.splitlines()) <= 1
        assert same(ast.literal_eval(text), value)


@given(TEXT)
def test_a_comment_stays_one_line_in_every_language(text: str) -> None:
    comment = filters.comment(text)
    assert comment.isprintable()
    assert not comment.endswith("\\")
    assert ast.literal_eval(f"(1 # {comment}\n)") == 1
    assert yaml.safe_load(f"a: 1  # {comment}\n# {comment}\nb: 2\n") == {"a": 1, "b": 2}


def prose(text: str) -> str:
    """What Markdown keeps of a text: blanks collapse, what is no character is replaced."""
    return readable(" ".join(text.split()))


def readable(text: str) -> str:
    return "".join("\ufffd" if is_unreadable(char) else char for char in text)


def is_unreadable(char: str) -> bool:
    control = ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0
    return (control and char not in "\t\n") or "\ud800" <= char <= "\udfff"


def structure(markdown: str) -> list[tuple[str, str]]:
    """Types and texts of all tokens; neighbouring text is joined."""
    found: list[tuple[str, str]] = []
    for token in MARKDOWN.parse(markdown):
        for part in token.children if token.type == "inline" else [token]:
            if part.type == "text" and found and found[-1][0] == "text":
                found[-1] = ("text", found[-1][1] + part.content)
            else:
                found.append((part.type, part.content))
    return found


@pytest.mark.parametrize("context", CONTEXTS)
@given(text=TEXT)
@example(text="a\\")
@example(text="[x]: /url")
@example(text="a | b")
@example(text="[ ] task")
@example(text="12. one")
@example(text="- - -")
@example(text="a ## ##")
@example(text="<a@b.c> <http://x.y> <?x ?> <!X>")
@example(text="*a* _b_ __c__ **d** ~~e~~ a*b*c d_e_f * g *")
def test_prose_stays_prose_in_markdown(context: str, text: str) -> None:
    expected = prose(text)
    if expected:
        assert structure(context.format(filters.md(text))) == [
            (kind, content.replace("PLACE", expected))
            for kind, content in structure(context.format("PLACE"))
        ]


def test_prose_that_needs_no_escape_has_none() -> None:
    text = "max_iterations <= 5e-8 Hartree, |dE| < 1e-6 (R&D); 2 * 3 - 1 = 5 ~ 5!"
    assert filters.md(text) == text


@pytest.mark.parametrize("context", CONTEXTS)
@given(text=TEXT)
@example(text="`a` b")
@example(text="\\`a` # `")
@example(text="``a ` b`` `c`` `` ` ``#")
def test_of_a_persons_markdown_only_code_spans_stay(context: str, text: str) -> None:
    def letters(text: str) -> str:
        """Spans lose their backticks and a blank at each end."""
        return re.sub(r"[` ]", "", text)

    text = "".join(char for char in prose(text) if char.isprintable())
    if prose(text):
        tokens = structure(context.format(filters.md_prose(text)))
        frame = structure(context.format("PLACE"))
        kinds = [kind for kind, _ in tokens if kind not in {"text", "code_inline"}]
        assert kinds == [kind for kind, _ in frame if kind not in {"text", "code_inline"}]
        shown = letters("".join(content for _, content in tokens))
        expected = letters("".join(content for _, content in frame))
        assert shown == expected.replace("PLACE", letters(prose(text)))


def test_code_spans_of_a_person_are_kept() -> None:
    text = "`energy` and ``a`b`` within *1e-6*, `x"
    assert filters.md_prose(text) == "`energy` and ``a`b`` within \\*1e-6\\*, \\`x"


@given(TEXT)
@example("`")
@example(" a ")
@example("  ")
@example("``a`")
def test_a_code_span_shows_the_text_exactly(text: str) -> None:
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    if shown:
        assert structure(f"a {filters.md_code(text)} b") == [
            ("paragraph_open", ""),
            ("text", "a "),
            ("code_inline", shown),
            ("text", " b"),
            ("paragraph_close", ""),
        ]


@given(TEXT, st.sampled_from([0, 2]))
@example("```\n# not a heading\n````", 0)
def test_a_fence_holds_any_text(text: str, indent: int) -> None:
    fence = filters.md_fence(text, "sh", indent)
    lead = "- a\n\n" if indent else ""
    tokens = MARKDOWN.parse(f"{lead}{fence}\nafter\n")
    kinds = [token.type for token in tokens if token.type.endswith(("_open", "fence"))]
    assert kinds[-2:] == ["fence", "paragraph_open"]
    assert kinds.count("fence") == 1
    kept = readable(text.replace("\r\n", "\n").replace("\r", "\n"))
    content = next(token.content for token in tokens if token.type == "fence")
    assert content == kept.removesuffix("\n") + "\n"
