"""Which layer a template comes from, over every choice of layers."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fermilink_scaffold.packs.found import Found, Summary
from fermilink_scaffold.templating.layers import (
    BUILTIN_PACKS,
    INSTALLED_PACKS,
    USER,
    Layers,
    default_layers,
)
from fermilink_scaffold.templating.render import render_template

#: In the order of the specification; the base is behind them all.
PLACES = ("dir1", "dir2", "project", "user pack", "user", "installed", "builtin")
NAMES = ("a.md.j2", "b.md.j2", "parts/c.md.j2")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("layers")


def pack(root, kind, name):
    directory = str(root / name)
    return Found(
        root=directory, kind=kind, layer=name, summary=Summary(name=name, packages=(name,))
    )


def seven(root, monkeypatch):
    """All layers of a campaign, by place."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(root / "config"))
    packs = [
        pack(root, BUILTIN_PACKS, "builtin"),
        pack(root, INSTALLED_PACKS, "installed"),
        pack(root, USER, "user pack"),
    ]
    directories = tuple(str(root / name) for name in ("dir1", "dir2"))
    for directory in directories:
        os.makedirs(directory, exist_ok=True)
    layers = default_layers(str(root / "p"), "c", template_dirs=directories, packs=packs)
    return Layers(layers), dict(zip(PLACES, layers, strict=False))


def test_the_layers_stand_in_the_order_of_the_specification(root, monkeypatch):
    layers, _ = seven(root, monkeypatch)
    assert [layer.name for layer in layers.layers] == [
        f"--template-dir {root}/dir1",
        f"--template-dir {root}/dir2",
        "project",
        "user pack",
        "user",
        "installed",
        "builtin",
        "language c",
        "base",
    ]


@settings(max_examples=60, deadline=None)
@given(
    held=st.dictionaries(
        st.sampled_from(NAMES), st.sets(st.sampled_from(PLACES), min_size=1), min_size=1
    )
)
def test_each_file_comes_from_the_first_layer_that_has_it(root, held):
    with pytest.MonkeyPatch.context() as monkeypatch:
        layers, places = seven(root, monkeypatch)
        for place, layer in places.items():
            for name in NAMES:
                file = os.path.join(layer.root, name)
                if place in held.get(name, ()):
                    os.makedirs(os.path.dirname(file), exist_ok=True)
                    with open(file, "w", encoding="utf-8") as stream:
                        stream.write(_template(name, place, last=_last(held[name])))
                elif os.path.exists(file):
                    os.unlink(file)
        for name, there in held.items():
            behind = [place for place in PLACES if place in there]
            text, layer = render_template(name, layers, {})
            assert layer == places[behind[0]]
            assert text.split() == [place.replace(" ", "-") for place in behind]


def _last(there):
    return [place for place in PLACES if place in there][-1]


def _template(name, place, *, last):
    """Its own place, then what the next layer has."""
    own = f"{{% block a %}}{{{{ {place.replace(' ', '-')!r}|md }}}}"
    if place == last:
        return f"{own}\n{{% endblock %}}\n"
    return f'{{% extends "!{name}" %}}\n{own} {{{{ super() }}}}{{% endblock %}}\n'
