"""Templates are found layer by layer, and never outside of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.templating.layers import Layer, Layers, default_layers
from fermilink_scaffold.templating.render import render_template

if TYPE_CHECKING:
    from pathlib import Path


def layers(tmp_path: Path, *contents: dict[str, str]) -> Layers:
    """Layers `first`, `second` ... of templates, the last one being the base."""
    made = []
    for index, content in enumerate(contents):
        root = tmp_path / f"layer{index}"
        for name, text in content.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        name = ("first", "second", "third")[index]
        made.append(Layer(name=name, root=str(root), is_base=index == len(contents) - 1))
    return Layers(tuple(made))


def text(found: Layers, name: str = "a.md.j2", **context: object) -> str:
    return render_template(name, found, context)[0]


def refusal(found: Layers, name: str = "a.md.j2", **context: object) -> str:
    with pytest.raises(ScaffoldError) as caught:
        text(found, name, **context)
    return str(caught.value)


BASE = "#% block one\none\n#% endblock\n\n#% block two\ntwo\n#% endblock\n"


def test_the_first_layer_that_has_a_template_wins(tmp_path):
    found = layers(tmp_path, {"b.md.j2": "b\n"}, {"a.md.j2": "second\n"}, {"a.md.j2": "third\n"})
    made, layer = render_template("a.md.j2", found, {})
    assert (made, layer.name) == ("second\n", "second")


def test_an_exclamation_mark_means_the_next_layers_version(tmp_path):
    found = layers(
        tmp_path,
        {"a.md.j2": '#% extends "!a.md.j2"\n#% block one\nfirst, {{ super() -}}\n#% endblock\n'},
        {"a.md.j2": '#% extends "!a.md.j2"\n#% block one\nsecond, {{ super() -}}\n#% endblock\n'},
        {"a.md.j2": BASE},
    )
    assert text(found) == "first, second, one\n\ntwo\n"


def test_builtin_means_the_base_layers_version(tmp_path):
    found = layers(
        tmp_path,
        {"a.md.j2": '{% extends "builtin/a.md.j2" %}\n{% block two %}\n2\n{% endblock %}\n'},
        {"a.md.j2": "not this one\n"},
        {"a.md.j2": BASE},
    )
    assert text(found) == "one\n\n2\n"


def test_a_plain_name_is_looked_up_from_the_first_layer(tmp_path):
    found = layers(
        tmp_path, {"part.md": "first\n"}, {"a.md.j2": '{% include "part.md" %}\n', "part.md": "x"}
    )
    assert text(found) == "first\n"


def test_the_last_layer_has_no_next_one(tmp_path):
    assert refusal(layers(tmp_path, {"a.md.j2": 'x\n#% extends "!a.md.j2"\n'})) == (
        "a.md.j2:2: the template of the first layer cannot be rendered: "
        "no layer has '!a.md.j2'\nMend " + str(tmp_path / "layer0" / "a.md.j2") + "."
    )


@pytest.mark.parametrize("name", ["../a", "b/../../a", "/etc/passwd", "!../a", "builtin/../a", ""])
def test_a_template_cannot_name_a_file_outside_the_layers(tmp_path, name):
    (tmp_path / "a").write_text("secret")
    found = layers(tmp_path, {"a.md.j2": "\n{% include other %}\n", "b/c": ""}, {})
    message = refusal(found, other=name)
    assert message.startswith("a.md.j2:2: the template of the first layer cannot be rendered: ")
    assert "is not a template's name" in message


def test_a_link_that_leaves_its_layer_is_refused(tmp_path):
    found = layers(tmp_path, {"a.md.j2": '{% include "b" %}\n'})
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "layer0" / "b").symlink_to(tmp_path / "secret")
    assert refusal(found) == (
        "b (first layer): a template may not be a link that leaves its layer\n"
        "Copy the file into the layer instead."
    )


def test_a_link_within_its_layer_is_followed(tmp_path):
    found = layers(tmp_path, {"a.md.j2": '{% include "b" %}\n', "c": "c\n"})
    (tmp_path / "layer0" / "b").symlink_to("c")
    assert text(found) == "c\n"


def test_a_template_that_is_not_utf8_is_refused_by_name(tmp_path):
    found = layers(tmp_path, {"a.md.j2": ""})
    (tmp_path / "layer0" / "a.md.j2").write_bytes(b"\xff")
    assert refusal(found).startswith(f"{tmp_path}/layer0/a.md.j2: cannot read this template")


def test_the_layers_of_a_campaign_are_given_ones_project_language_base(tmp_path):
    found = default_layers(str(tmp_path), "c", template_dirs=(str(tmp_path),))
    assert [layer.name for layer in found] == [
        f"--template-dir {tmp_path}",
        "project",
        "user",
        "language c",
        "base",
    ]
    assert found[1].root == f"{tmp_path}/.fermilink-scaffold/templates"
    assert [layer.is_base for layer in found] == [False, False, False, False, True]


def test_a_language_is_no_way_out_of_the_templates(tmp_path):
    assert default_layers(str(tmp_path), "../../etc")[2].name == "language generic"


def test_a_template_directory_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ScaffoldError, match="this template directory does not exist"):
        default_layers(str(tmp_path), "c", template_dirs=(f"{tmp_path}/none",))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_regular_file_is_refused_and_not_passed_over(tmp_path, make):
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "program.md.j2").write_text("x", encoding="utf-8")
    make(tmp_path / "first" / "program.md.j2")
    both = Layers(
        tuple(Layer(name=name, root=str(tmp_path / name)) for name in ("first", "second"))
    )
    with pytest.raises(ScaffoldError) as caught:
        both.find("program.md.j2")
    assert str(caught.value).startswith("program.md.j2 (first layer): is not a regular file")
