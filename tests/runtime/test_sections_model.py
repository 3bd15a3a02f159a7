"""Random documents and edits against a simple model, line by line."""

from __future__ import annotations

import re

from hypothesis import assume, example, given
from hypothesis import strategies as st

from fermilink_scaffold.runtime import (
    append_section_line,
    replace_metadata_line,
    set_section_lines,
)
from fermilink_scaffold.runtime.outline import joined, outline

HEADINGS = ["### Progress log", "## One", "### Accepted experiments", "# Title", "#### Sub"]
LINES = st.one_of(
    st.sampled_from(
        [
            *HEADINGS,
            "### Progress log ",
            " ### Progress log",
            "- none yet",
            "  - none yet ",
            "- Campaign initialized.",
            "- k: 1",
            "- k:2",
            "",
            "- [2026-01-01T00:00:00Z] rejected: x (abc, m=1)",
            "  continued",
            "```",
            "````",
            "~~~",
            "   ```  ",
            "``` python",
            "    ```",
            "``` a`b",
            "x```",
            "\u2028- none yet",
            "\x0c## One",
        ]
    ),
    st.text(alphabet="#-`~ ab\r\x85\u2028é", max_size=12),
)
DOCUMENTS = st.builds(
    lambda lines, last: "".join(line + ending for line, ending in lines) + last,
    st.lists(st.tuples(LINES, st.sampled_from(["\n", "\n", "\n", "\r\n"])), max_size=25),
    LINES | st.just(""),
)
ENTRIES = st.text(alphabet=st.characters(exclude_characters="\n\r"), max_size=20)


def split(text):
    """Lines as (content, ending)."""
    lines = [(m[1], m[2]) for m in re.finditer(r"([^\n]*?)(\r?\n)|([^\n]+)\Z", text) if m[2]]
    rest = text[sum(len(a) + len(b) for a, b in lines) :]
    return [*lines, (rest, "")] if rest else lines


def fenced(lines):
    """For each line, whether it is in a closed fence or is one of its two ends."""
    inside = [False] * len(lines)
    number = 0
    while number < len(lines):
        opening = re.fullmatch(r" {0,3}(`{3,}|~{3,})([^\n]*)", lines[number][0], re.DOTALL)
        if opening and not (opening[1][0] == "`" and "`" in opening[2]):
            char, length = opening[1][0], len(opening[1])
            for end in range(number + 1, len(lines)):
                if re.fullmatch(rf" {{0,3}}{char}{{{length},}}[ \t\r]*", lines[end][0]):
                    inside[number : end + 1] = [True] * (end + 1 - number)
                    number = end
                    break
        number += 1
    return inside


def bounds(lines, heading):
    inside = fenced(lines)
    for start, (line, _) in enumerate(lines):
        if line == heading and not inside[start]:
            for end in range(start + 1, len(lines)):
                if lines[end][0].startswith(("## ", "### ")) and not inside[end]:
                    return start + 1, end
            return start + 1, len(lines)
    return None


def ending(lines):
    return lines[0][1] or "\n" if lines else "\n"


def join(lines, eol):
    ended = [(line, end or eol) for line, end in lines]
    return "".join(line + end for line, end in ended)


def add(lines, new, eol):
    if lines and (lines[-1][0] or not lines[-1][1]):
        lines = [*lines, ("", eol)]
    return join([*lines, *((line, eol) for line in new)], eol)


@given(DOCUMENTS, st.sampled_from(HEADINGS[:4]), ENTRIES)
@example("### Progress log\n- none yet", "### Progress log", "- x")
@example("~~~\n```\n### Progress log\n```", "### Progress log", "- x")
def test_appending_agrees_with_the_model(text, heading, entry):
    lines = split(text)
    eol, found, inside = ending(lines), bounds(lines, heading), fenced(lines)
    if found is None:
        expected = add(lines, [heading, entry], eol)
    else:
        start, end = found
        body = [
            line
            for number, line in enumerate(lines[start:end], start)
            if inside[number] or line[0].strip() not in {"- none yet", "- Campaign initialized."}
        ]
        expected = join([*lines[:start], *body, (entry, eol), *lines[end:]], eol)
    assert append_section_line(text, heading, entry) == expected


@given(DOCUMENTS, st.sampled_from(HEADINGS[:4]), st.lists(ENTRIES, max_size=3))
def test_setting_agrees_with_the_model(text, heading, new):
    lines = split(text)
    eol, found = ending(lines), bounds(lines, heading)
    if found is None:
        expected = add(lines, [heading, *new], eol)
    else:
        start, end = found
        expected = join([*lines[:start], *((line, eol) for line in new), *lines[end:]], eol)
    assert set_section_lines(text, heading, new) == expected


@given(DOCUMENTS, ENTRIES)
def test_replacing_metadata_agrees_with_the_model(text, value):
    lines = split(text)
    eol, inside = ending(lines), fenced(lines)
    for number, (line, end) in enumerate(lines):
        if line.startswith("- k: ") and not inside[number]:
            changed = [*lines[:number], ("- k: " + value, end), *lines[number + 1 :]]
            expected = join(changed, eol)
            break
    else:
        expected = add(lines, ["- k: " + value], eol)
    assert replace_metadata_line(text, "- k: ", value) == expected


@given(DOCUMENTS, st.lists(st.sampled_from(["- a", "- b", "text"]), max_size=3))
def test_what_was_set_can_be_read_back_and_set_again(text, new):
    # The newline that is supplied would make another line ending of a lone \\r.
    assume(not text.endswith("\r"))
    once = set_section_lines(text, "### Progress log", new)
    lines = split(once)
    start, end = bounds(lines, "### Progress log")
    assert [line for line, _ in lines[start:end]] == new
    assert set_section_lines(once, "### Progress log", new) == once


@given(st.binary(max_size=300) | DOCUMENTS.map(lambda text: text.encode("utf-8", "replace")))
def test_a_text_taken_apart_and_joined_is_the_same(data):
    assert joined(outline(data)) == data
