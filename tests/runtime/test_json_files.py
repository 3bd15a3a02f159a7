"""State and other JSON files."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fermilink_scaffold.runtime import load_json_file, load_state, write_json_file, write_state


def test_the_format(tmp_path):
    path = tmp_path / "a" / "b.json"
    write_json_file(path, {"b": [1, None], "a": "é"})
    assert path.read_bytes() == b'{\n  "a": "\\u00e9",\n  "b": [\n    1,\n    null\n  ]\n}\n'
    assert os.listdir(path.parent) == ["b.json"]


def test_what_json_cannot_hold_changes_nothing(tmp_path):
    path = tmp_path / "a.json"
    write_json_file(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json_file(path, {"a": object()})
    with pytest.raises(TypeError):
        write_state(path, {1: 2, "a": 1})
    assert load_json_file(path) == {"a": 1}
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"nul", b'{"a": 1', b"\xff", b"\xef\xbb\xbf{}", b"[" * 100_000]
)
def test_what_is_no_object_is_none(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    assert load_json_file(path) is None


def test_what_cannot_be_read_is_none(tmp_path):
    assert load_json_file(tmp_path / "missing") is None
    assert load_json_file(tmp_path) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON))
def test_what_was_written_is_read(tmp_path_factory, payload):
    path = tmp_path_factory.mktemp("state") / "state.json"
    write_state(path, payload)
    assert load_state(path) == payload


WRITER = """
import sys
from pathlib import Path
from fermilink_scaffold.runtime import write_json_file
for number in range(300):
    write_json_file(Path(sys.argv[1]), {"by": sys.argv[2], "again": sys.argv[2], "x": "x" * number})
"""


def test_writers_at_the_same_time_tear_no_object(tmp_path):
    path = tmp_path / "state.json"
    path.write_text("{}")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "abcd"]
    while any(writer.poll() is None for writer in writers):
        seen = load_json_file(path)
        assert seen is not None
        assert seen.get("by") == seen.get("again")
    assert [writer.wait() for writer in writers] == [0] * 4
    assert os.listdir(tmp_path) == ["state.json"]
