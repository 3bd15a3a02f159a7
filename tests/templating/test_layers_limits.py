"""A template that loops, explodes or goes round in circles ends in an error within seconds."""

from __future__ import annotations

import time

import pytest
from templating.test_layers import layers, refusal, text

LOOP = "{% for i in range(99999) %}{% for j in range(99999) %}"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (f"\n{LOOP}{{% if 0 %}}{{% endif %}}{{% endfor %}}{{% endfor %}}", "a.md.j2:2: "),
        (f"\n{LOOP}xxxxxxxxxx{{% endfor %}}{{% endfor %}}", "it comes to more than 4 MiB of text"),
        ("\n{{ 9 ** 999999999 }}", "a.md.j2:2: "),
        ("\n{{ ('x' * 9999999999)|md }}", "a.md.j2:2: "),
        ("\n{{ ([1] * 9999999999)|yaml }}", "a.md.j2:2: "),
        ("\n{{ ('%9999999999d' % 1)|md }}", "a.md.j2:2: "),
        ("\n{{ '%*d'|format(9999999999, 1)|md }}", "a.md.j2:2: "),
        ("\n{{ '{:9999999999}'.format(1)|md }}", "a.md.j2:2: "),
        ("\n{{ 'x'.ljust(9999999999)|md }}", "a.md.j2:2: "),
        ("\n{{ 'x'|center(9999999999)|md }}", "a.md.j2"),
        ("\n{{ range(9999999)|list|length }}", "a.md.j2:2: "),
        ("{% set ns = namespace(x='xx') %}\n{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}", "a.md.j2:2: "),
        ("{% set ns = namespace(x=3) %}\n{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}", "a number grows too large"),
        ("{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}", "without end"),
        ('\n{% include "a.md.j2" %}', "without end"),
        ('{% extends "a.md.j2" %}', "without end"),
        ("{{ " + "(" * 9999 + "1" + ")" * 9999 + " }}", "a.md.j2"),
    ],
)  # fmt: skip
def test_a_template_without_end_is_stopped(tmp_path, source, said):
    begin = time.monotonic()
    message = refusal(layers(tmp_path, {"a.md.j2": source}))
    assert time.monotonic() - begin < 15
    assert said in message
    assert "the template of the first layer cannot be rendered: " in message


def test_templates_that_extend_one_another_in_a_circle_are_refused(tmp_path):
    found = layers(
        tmp_path, {"a.md.j2": '{% extends "b.md.j2" %}\n'}, {"b.md.j2": '{% extends "a.md.j2" %}\n'}
    )
    message = refusal(found)
    assert "templates extend, include or call one another without end" in message


def test_a_huge_template_is_refused(tmp_path):
    found = layers(tmp_path, {"a.md.j2": "x" * 2_000_000})
    assert refusal(found) == f"{tmp_path}/layer0/a.md.j2: is larger than 1024 KiB"


def test_what_is_not_too_large_works(tmp_path):
    source = (
        "{{ ('-' * 72)|md_code }} {{ 2 ** 10 }} {{ '%05.1f'|format(3.14159)|md }} {{ 7 % 4 }}\n"
    )
    assert text(layers(tmp_path, {"a.md.j2": source})) == f"`{'-' * 72}` 1024 003.1 3\n"


@pytest.mark.parametrize("name", ["/etc/passwd", "../../etc/passwd", "parts/../../x", "link"])
def test_no_include_and_no_import_leaves_the_layers(tmp_path, name):
    (tmp_path / "secret").write_text("secret")
    for word in ("include {}", "import {} as x", "from {} import x", "extends {}"):
        found = layers(tmp_path, {"a.md.j2": "{% " + word.format(f'"{name}"') + " %}\n"})
        link = tmp_path / "layer0" / "link"
        if not link.is_symlink():
            link.symlink_to(tmp_path / "secret")
        assert "secret" not in refusal(found)


def test_a_files_name_is_no_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "+ 'x' + __import__('os').mkdir('made') +"
    found = layers(tmp_path, {"a.md.j2": f'{{% include "{name}" %}}\n', name: "{{ x if not x }}"})
    assert "is not a template's name" in refusal(found, x=1)
    assert not (tmp_path / "made").exists()
