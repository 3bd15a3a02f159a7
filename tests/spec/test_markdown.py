"""Outline of a markdown text: what is a heading, a bullet, a code block, and on which line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fermilink_scaffold.spec.text.markdown import Bullet, Fence, Text, parse_markdown, walk


def outline(text):
    """The document as nested lists, with lines."""
    return [
        [section.level, section.heading, section.line, [show(block) for block in section.blocks]]
        for section in parse_markdown(text).sections
    ]


def show(block):
    if isinstance(block, Bullet):
        return ["-", block.line, block.text, [show(each) for each in block.blocks]]
    if isinstance(block, Fence):
        kind = "code" if block.indented else "fence"
        return [kind, block.line, block.info, block.text]
    return ["p", block.line, block.text]


def test_headings_in_all_their_forms():
    text = (
        "# One\n## Two ##\n##   Three   ###   \nFour\n====\nFive\n-----\n### **Six** `x` ###\n"
        "####### no heading\n#no heading\n"
    )
    assert outline(text) == [
        [1, "One", 1, []],
        [2, "Two", 2, []],
        [2, "Three", 3, []],
        [1, "Four", 4, []],
        [2, "Five", 6, []],
        [3, "Six x", 8, [["p", 9, "####### no heading #no heading"]]],
    ]


def test_a_comment_line_in_a_fence_is_no_heading():
    text = "## Build\n```bash\n# not a heading\n## nor this\nmake\n```\n## Next\n"
    assert outline(text) == [
        [2, "Build", 1, [["fence", 2, "bash", "# not a heading\n## nor this\nmake\n"]]],
        [2, "Next", 7, []],
    ]


def test_bullets_nest_and_their_lines_are_joined():
    text = "- a: first\n  goes on\n- b:\n  - c\n    1. d\n\n    text\n+ e\n10) f\n"
    assert outline(text) == [
        [
            0,
            "",
            1,
            [
                ["-", 1, "a: first goes on", []],
                ["-", 3, "b:", [["-", 4, "c", [["-", 5, "d", []], ["p", 7, "text"]]]]],
                ["-", 8, "e", []],
                ["-", 9, "f", []],
            ],
        ]
    ]


def test_a_list_needs_no_blank_line_before_it():
    assert outline("Cases:\n- a: x\n- b: y\n") == [
        [0, "", 1, [["p", 1, "Cases:"], ["-", 2, "a: x", []], ["-", 3, "b: y", []]]]
    ]


def test_a_list_that_is_indented_like_code_is_still_a_list():
    assert outline("## W\n\n    - a: x\n\n    - b: y\n")[0][3] == [
        ["-", 3, "a: x", []],
        ["-", 5, "b: y", []],
    ]


def test_code_blocks_inside_and_under_bullets():
    text = (
        "- a:\n  ```sh\n  run a\n    more\n  ```\n- b:\n\n      indented\n- c:\n```\nunder\n```\n"
        "- d: text\n        ```sh\n        too far\n        ```\n"
    )
    assert outline(text)[0][3] == [
        ["-", 1, "a:", [["fence", 2, "sh", "run a\n  more\n"]]],
        ["-", 6, "b:", [["code", 8, "", "indented\n"]]],
        ["-", 9, "c:", []],
        ["fence", 10, "", "under\n"],
        ["-", 13, "d: text", [["fence", 14, "sh", "too far\n"]]],
    ]


def test_comments_are_no_content_but_keep_the_lines():
    text = (
        "<!-- ## Package\n- x\n```\n-->\n## A <!-- b --> c\n- one <!-- two\n- three --> four\n"
        "- `<!--` five\n```\n<!-- kept -->\n```\n"
    )
    assert outline(text) == [
        [2, "A c", 5, [
            ["-", 6, "one four", []],
            ["-", 8, "`<!--` five", []],
            ["fence", 9, "", "<!-- kept -->\n"],
        ]],
    ]  # fmt: skip


def test_an_open_comment_is_reported_with_its_line():
    document = parse_markdown("## A\ntext\n<!-- to the end\n## B\n")
    assert document.open_comment == 3
    assert [section.heading for section in document.sections] == ["A"]


def test_an_unclosed_fence_is_marked():
    document = parse_markdown("## A\n```\nmake\n```\n~~~ sh\nmake\n```\n")
    assert [fence.closed for fence in document.sections[0].fences] == [True, False]
    assert [fence.text for fence in document.sections[0].fences] == ["make\n", "make\n```\n"]


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
def test_line_ends_and_a_byte_order_mark_change_nothing(ends):
    text = "## A\n- b:\n  ```\n  x\n  y\n  ```\ntext\n"
    assert outline("\ufeff" + text.replace("\n", ends)) == outline(text)


def test_the_source_of_a_section_is_what_was_written():
    text = "## A\n\n- *b* <!-- c -->\n  ```\n  # d\n  ```\n\n### E\nf\n"
    sections = parse_markdown(text).sections
    assert [section.source for section in sections] == ["- *b*\n  ```\n  # d\n  ```", "f"]


@given(st.text())
def test_any_text_has_an_outline(text):
    for section in parse_markdown(text).sections:
        for block in walk(section.blocks):
            assert isinstance(block, Text | Bullet | Fence)
            assert block.line >= 1


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n\t`~\x00"), min_size=1),
        min_size=1,
    )
)
def test_the_lines_of_a_fence_survive_as_they_are(lines):
    body = "\n".join(lines)
    document = parse_markdown(f"## Build\n```bash\n{body}\n```\n- after\n")
    fence, after = document.sections[0].blocks
    assert (fence.text, fence.line, fence.first, fence.closed) == (f"{body}\n", 2, 3, True)
    assert (after.text, after.line) == ("after", len(lines) + 4)
