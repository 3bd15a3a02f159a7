"""Whatever stands in a pack.yaml, it is read or refused with its place; never a traceback."""

from __future__ import annotations

import copy

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from packs.test_pack_readers import PACK

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.load import read_pack_data, to_pack, to_summary

WHOLE = {
    **yaml.safe_load(PACK),
    "description": "All keys.",
    "packages": ["sample", "other"],
    "extends": "base",
    "requires": ">=0.1",
    "detect": [{"files": ["a.c"], "package": ["a"]}],
    "defaults": {
        "metric": "x",
        "tolerances": [{"field": "e", "abs_delta": 0.1}],
        "build": [{"files": ["Makefile"], "script": "make"}],
        "settings": {"a.b": 1},
    },
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.dates(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), st.text(max_size=5), max_size=2),
)


def paths(node, path=()):
    yield path
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from paths(value, (*path, key))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("pack")


def read(root, text):
    """True when it is a pack; False when it is refused, with its file named."""
    (root / "pack.yaml").write_text(text, encoding="utf-8")
    try:
        document = read_pack_data(str(root))
    except ScaffoldError as error:
        refused = error.file
    else:
        refused = None
    if refused is not None:
        assert refused == f"{root}/pack.yaml"
        return False
    pack = to_pack(document.data, file=document.file, lines={})
    assert to_summary(document.data).name == pack.name
    return True


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(list(paths(WHOLE))[1:]), value=VALUES, drop=st.booleans())
def test_one_wrong_value_anywhere_is_refused_or_fine(root, path, value, drop):
    data = copy.deepcopy(WHOLE)
    node = data
    for key in path[:-1]:
        node = node[key]
    if drop:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    read(root, yaml.safe_dump(data, allow_unicode=True))


@settings(max_examples=100, deadline=None)
@given(start=st.integers(0, len(PACK)), cut=st.integers(0, 60), put=st.text(max_size=8))
def test_a_slip_of_the_pen_is_refused_or_fine(root, start, cut, put):
    text = PACK[:start] + put + PACK[start + cut :]
    read(root, text.encode("utf-8", "replace").decode())


def test_the_whole_pack_itself_is_fine(root):
    assert read(root, yaml.safe_dump(WHOLE))
