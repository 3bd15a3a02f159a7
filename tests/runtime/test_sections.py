"""Editing text by section where the reference loses or corrupts something."""

from __future__ import annotations

import pytest

from fermilink_scaffold.runtime import (
    append_section_line,
    replace_metadata_line,
    set_section_lines,
)

LOG = "### Progress log"


@pytest.mark.parametrize("fence", ["```", "~~~", "````text", "  ```", "   ~~~ info"])
def test_a_heading_in_a_code_block_is_no_heading(fence):
    closing = fence.split("text")[0].split(" info")[0]
    block = f"## A\n{fence}\n{LOG}\n{closing}\n"
    assert append_section_line(f"{block}{LOG}\n- a\n", LOG, "- b") == f"{block}{LOG}\n- a\n- b\n"


def test_a_section_goes_on_behind_a_code_block_with_headings():
    text = f"{LOG}\n```\n## not a section\n```\n- a\n## Next\n"
    assert append_section_line(text, LOG, "- b") == (
        f"{LOG}\n```\n## not a section\n```\n- a\n- b\n## Next\n"
    )


def test_metadata_in_a_code_block_is_no_metadata():
    text = "```\n- k: 1\n```\n- k: 2\n"
    assert replace_metadata_line(text, "- k: ", "3") == "```\n- k: 1\n```\n- k: 3\n"


def test_a_placeholder_in_a_code_block_stays():
    text = f"{LOG}\n```\n- none yet\n```\n- none yet\n"
    assert append_section_line(text, LOG, "- b") == f"{LOG}\n```\n- none yet\n```\n- b\n"


@pytest.mark.parametrize(
    "lines",
    [
        "```",  # never closed
        "```\n~~~",  # the other character closes nothing
        "````\n```",  # too short a closing
        "```\n``` text",  # a closing has no text
        "    ```\n    ```",  # four spaces: an indented code block, no fence
        "``` a`b\n```",  # a backtick in the info string; the second one never closes
        "``\n``",
        "x ```\n```",
    ],
)
def test_what_is_no_closed_fence_hides_no_heading(lines):
    text = f"{lines}\n{LOG}\n- a\n## Next\n"
    assert append_section_line(text, LOG, "- b") == f"{lines}\n{LOG}\n- a\n- b\n## Next\n"


@pytest.mark.parametrize("block", ["```\n{}\n```", "~~~ a`b\n{}\n~~~~~  ", "````\n```\n{}\n````"])
def test_what_is_a_closed_fence_hides_the_heading(block):
    text = block.format(LOG) + "\n"
    assert append_section_line(text, LOG, "- b") == f"{text}\n{LOG}\n- b\n"


def test_a_fence_that_never_closes_does_not_hide_a_later_one():
    text = f"~~~\n```\n{LOG}\n```\n{LOG}\n"
    assert append_section_line(text, LOG, "- b") == f"{text}- b\n"


def test_line_endings_stay_and_new_lines_take_the_first_ones():
    text = f"# T\r\n{LOG}\r\n- a\n- none yet\r\n## Next\r\n"
    assert append_section_line(text, LOG, "- b") == f"# T\r\n{LOG}\r\n- a\n- b\r\n## Next\r\n"
    assert set_section_lines(text, LOG, ["- x", "- y"]) == (
        f"# T\r\n{LOG}\r\n- x\r\n- y\r\n## Next\r\n"
    )
    assert replace_metadata_line("- k: 1\r\n- l: 2\n", "- k: ", "3") == "- k: 3\r\n- l: 2\n"
    assert replace_metadata_line("- l: 2\r\n", "- k: ", "3") == "- l: 2\r\n\r\n- k: 3\r\n"


def test_a_missing_heading_goes_behind_one_blank_line_of_either_kind():
    assert append_section_line("a\r\n", LOG, "- b") == f"a\r\n\r\n{LOG}\r\n- b\r\n"
    assert append_section_line("a\r\n\r\n", LOG, "- b") == f"a\r\n\r\n{LOG}\r\n- b\r\n"
    assert append_section_line("\r\n", LOG, "- b") == f"\r\n{LOG}\r\n- b\r\n"


@pytest.mark.parametrize("char", ["\u2028", "\x0c", "\x0b", "\x1c", "\x85", "\r"])
def test_other_line_breaks_are_ordinary_characters(char):
    text = f"- a{char}## b\n{LOG}\n- c{char}\n"
    assert append_section_line(text, LOG, f"- d{char}e") == f"{text}- d{char}e\n"
    assert replace_metadata_line(f"x{char}- k: 1\n", "- k: ", "2") == f"x{char}- k: 1\n\n- k: 2\n"


def test_lone_surrogates_survive():
    text = f"\udc80\ud800\n{LOG}\n"
    assert append_section_line(text, LOG, "\udcff") == f"{text}\udcff\n"


def test_a_missing_final_newline_is_supplied_wherever_the_edit_is():
    assert append_section_line(f"{LOG}\n- a\n## B\nend", LOG, "- b") == (
        f"{LOG}\n- a\n- b\n## B\nend\n"
    )
    assert append_section_line(LOG, LOG, "- b") == f"{LOG}\n- b\n"
    assert append_section_line(f"{LOG}\n- none yet", LOG, "- b") == f"{LOG}\n- b\n"
    assert set_section_lines(f"{LOG}\n- a", LOG, []) == f"{LOG}\n"


def test_placeholders_go_whatever_white_space_is_around_them():
    text = f"{LOG}\n \t- none yet \t\n\u00a0- Campaign initialized.\u2003\n-  none yet\n"
    assert append_section_line(text, LOG, "- b") == f"{LOG}\n-  none yet\n- b\n"


def test_an_entry_of_several_lines_takes_the_files_line_ending():
    assert append_section_line(f"{LOG}\r\n", LOG, "- a\n  b\r\n  c") == (
        f"{LOG}\r\n- a\r\n  b\r\n  c\r\n"
    )


def test_any_line_may_serve_as_a_heading():
    assert append_section_line("# T\n- a\n### B\n", "# T", "- b") == "# T\n- a\n- b\n### B\n"
