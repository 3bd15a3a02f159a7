"""What a template may do, and how it is told what it did wrong."""

from __future__ import annotations

import pytest
from templating.test_layers import layers, refusal, text


def test_a_statement_line_vanishes_and_blank_lines_stay(tmp_path):
    found = layers(
        tmp_path,
        {"a.md.j2": "a\n\n  #% for x in [1, 2]\n\nx\n  #% endfor\n\n\n#%if 1\nb\n#% endif\n"},
    )
    assert text(found) == "a\n\n\nx\n\nx\n\n\nb\n"


def test_statement_lines_count_as_lines(tmp_path):
    found = layers(tmp_path, {"a.md.j2": "#% if 1\n#% endif\n\n{{ nothing }}\n"})
    assert refusal(found) == (
        "a.md.j2:4: the template of the first layer cannot be rendered: "
        f"'nothing' is undefined\nMend {tmp_path}/layer0/a.md.j2."
    )


def test_a_syntax_error_is_told_with_layer_template_and_line(tmp_path):
    found = layers(
        tmp_path, {"c.md.j2": ""}, {"a.md.j2": '{% include "b/c.j2" %}', "b/c.j2": "\n#% iff\n"}
    )
    assert refusal(found).startswith(
        "b/c.j2:2: the template of the second layer cannot be rendered: Encountered unknown tag 'iff'"
    )


def test_an_error_in_a_parents_block_is_told_where_it_stands(tmp_path):
    found = layers(
        tmp_path,
        {"a.md.j2": '#% extends "!a.md.j2"\n'},
        {"a.md.j2": "#% block a\n\n{{ missing.thing|md }}\n#% endblock\n"},
    )
    assert refusal(found).startswith("a.md.j2:3: the template of the second layer")


@pytest.mark.parametrize(
    "expression",
    ["value", "value ~ 'x'", "'x'", "value|upper", "1.5", "true", "none", "[1]", "value|md ~ 'x'"],
)
def test_a_value_without_a_quoting_filter_is_refused(tmp_path, expression):
    found = layers(tmp_path, {"a.md.j2": f"\n{{{{ {expression} }}}}\n"})
    message = refusal(found, value="a: b")
    assert message.startswith("a.md.j2:2: the template of the first layer cannot be rendered: ")
    assert "reaches the text unquoted: use one of the filters comment, md, md_code" in message


def test_quoted_text_whole_numbers_macros_and_blocks_are_not_quoted_twice(tmp_path):
    source = (
        "{% macro twice(x) %}{{ x|md }}{{ x|md }}{% endmacro %}\n"
        "{{ twice('*') }} {{ 3 }} {{ 'a b'|sh }}\n"
        "#% block a\n{{ 'a: b'|yaml }}\n#% endblock\n"
        "{{ self.a() -}}"
    )
    assert text(layers(tmp_path, {"a.md.j2": source})) == '\\*\\* 3 \'a b\'\n"a: b"\n"a: b"\n'


def test_a_value_is_never_read_as_a_template(tmp_path):
    found = layers(tmp_path, {"a.md.j2": "{{ value|comment }}\n"})
    hostile = "{{ 1 + 1 }} {% raw %} {# #} #% if"
    assert text(found, value=hostile) == hostile + "\n"


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__",
        "value.__class__.__mro__",
        "value|attr('__class__')",
        "self.__init__.__globals__",
        "cycler.__init__.__globals__",
        "'{0.__class__}'.format(value)",
        "items.append(1)",
        "items.clear()",
        "table.update({1: 2})",
        "lipsum()",
    ],
)
def test_the_sandbox_holds(tmp_path, expression):
    items, table = [1], {"a": 1}
    found = layers(tmp_path, {"a.md.j2": f"{{{{ ({expression})|string|comment }}}}\n"})
    assert "cannot be rendered" in refusal(found, value="x", items=items, table=table)
    assert (items, table) == ([1], {"a": 1})


def test_a_mappings_keys_come_before_its_methods(tmp_path):
    found = layers(tmp_path, {"a.md.j2": "{{ case.items|md }} {{ case.keys()|list|yaml }}\n"})
    assert text(found, case={"items": "a key"}) == "a key [items]\n"


def test_rendered_text_ends_in_one_line_end_and_has_no_trailing_blanks(tmp_path):
    assert text(layers(tmp_path, {"a.md.j2": "a  \n\t\nb \t\n\n\n"})) == "a\n\nb\n"
    assert text(layers(tmp_path, {"a.md.j2": "a"})) == "a\n"
