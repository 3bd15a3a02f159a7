from __future__ import annotations

from contextlib import suppress

import pytest
from contract.contracts import VALID
from hypothesis import given
from hypothesis import strategies as st

from fermilink_scaffold.contract.load import load_contract, parse_contract
from fermilink_scaffold.errors import ScaffoldError

NINE_LAUGHS = "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol,lol]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)


def test_each_key_and_item_has_the_line_and_column_where_it_stands():
    text = 'a: 1\nb:\n  c: [x, {d: 2}]\n  "e f":\n    - g\n'
    assert dict(parse_contract(text, file="f").positions) == {
        (): (1, 1),
        ("a",): (1, 1),
        ("b",): (2, 1),
        ("b", "c"): (3, 3),
        ("b", "c", 0): (3, 7),
        ("b", "c", 1): (3, 10),
        ("b", "c", 1, "d"): (3, 11),
        ("b", "e f"): (4, 3),
        ("b", "e f", 0): (5, 7),
    }


def test_merged_keys_stand_where_they_were_written():
    contract = parse_contract("a: &a {x: 1,\n y: 2}\nb:\n  <<: *a\n  y: 3\n", file="f")
    assert contract.data == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}
    assert contract.positions["b", "x"] == (1, 8)
    assert contract.positions["b", "y"] == (5, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml: is empty"),
        ("# nothing\n", "f.yaml: is empty"),
        (
            "- a\n",
            (
                "f.yaml:1: must be a mapping of keys to values\n"
                "A contract begins with `schema_version: 1`."
            ),
        ),
        (
            "a: 1\nb:\n  c: 1\n  c: 2\n",
            "f.yaml:4:3: the key 'c' is here twice\nThe first one is in line 3; keep one of them.",
        ),
        (
            "1: 2\n0x1: 3\n",
            (
                "f.yaml:2:1: the key '0x1' is here twice\n"
                "The first one is in line 1; keep one of them."
            ),
        ),
        (
            "a:\n\tb: 1\n",
            (
                "f.yaml:2:1: is not valid YAML: while scanning for the next token, "
                "found character '\\t' that cannot start any token\n"
                "Indent with spaces: YAML does not allow tabs."
            ),
        ),
        (
            "a: b: c\n",
            (
                "f.yaml:1:5: is not valid YAML: mapping values are not allowed here\n"
                "Text that holds ': ' or begins with a special character needs quotes."
            ),
        ),
        (
            "a: 1\n---\nb: 2\n",
            (
                "f.yaml:2:1: is not valid YAML: expected a single document in the stream, "
                "but found another document"
            ),
        ),
        ("a: 1\nb: 2024-13-01\n", "f.yaml:2:4: is not valid YAML: month must be in 1..12"),
        ("a: x\nb: \x07\n", "f.yaml:2:4: is not valid YAML: the character U+0007 is not allowed"),
        ("a: &a [*a]\n", "f.yaml:1:4: an alias leads back to itself"),
        (
            "? [1]\n: 2\n",
            "f.yaml:1:3: is not valid YAML: while constructing a mapping, found unhashable key",
        ),
        (
            "a: !!python/object/apply:os.getcwd []\n",
            (
                "f.yaml:1:4: is not valid YAML: could not determine a constructor for the tag "
                "'tag:yaml.org,2002:python/object/apply:os.getcwd'"
            ),
        ),
        (
            NINE_LAUGHS,
            "f.yaml:5:5: holds more than 100000 values once aliases are expanded",
        ),
        (f"a: {'[' * 70}{']' * 70}\n", "f.yaml:1:13: is nested too deeply"),
        ("[" * 5000, "f.yaml: is nested too deeply"),
    ],
)
def test_what_yaml_refuses_or_hides_is_told_with_its_place(text: str, message: str):
    with pytest.raises(ScaffoldError) as caught:
        parse_contract(text, file="f.yaml")
    assert str(caught.value) == message


def test_bytes_that_are_no_text_are_told_with_their_place(tmp_path):
    path = tmp_path / "benchmark.yaml"
    path.write_bytes(b"a: 1\nbb: \xff\n")
    with pytest.raises(ScaffoldError) as caught:
        load_contract(str(path), shown="the contract")
    assert str(caught.value) == "the contract:2:5: is not UTF-8 text"


def test_a_missing_and_a_huge_file_are_refused(tmp_path):
    with pytest.raises(ScaffoldError, match="cannot be read: No such file"):
        load_contract(str(tmp_path / "none.yaml"))
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    with pytest.raises(ScaffoldError, match="is larger than 4 MiB"):
        load_contract(str(path))


def test_a_real_contract_is_read_from_its_file(tmp_path):
    path = tmp_path / "benchmark.yaml"
    path.write_text(VALID, encoding="utf-8")
    contract = load_contract(str(path), shown="b.yaml")
    assert contract.file == "b.yaml"
    assert contract.data["cases"][1]["expect"]["energy"] == {"value": -230.1, "abs": 1e-6, "max": 0}


@given(
    st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"%@`#,?\n\t 01e.~<=\x00\u2028é"), max_size=60)
)
def test_any_text_is_read_or_refused_with_one_kind_of_error(text: str):
    with suppress(ScaffoldError):
        parse_contract(text, file="f")
