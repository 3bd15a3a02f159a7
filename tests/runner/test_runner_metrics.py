"""How values are read from what a case wrote."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runner.harness import runner_module

RUNNER = runner_module()


def metric(how, name="x"):
    return RUNNER.parse_metric(name, RUNNER.Section(how, f"metrics.{name}."), text=False)


@pytest.fixture
def read(tmp_path):
    """Read one metric from a text; the value, or the sentence of the error."""

    def read_text(text, how, cut=None):
        path = tmp_path / "out"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        streams = {"stdout": RUNNER.Output(str(path), "stdout", cut)}
        found = RUNNER.read_metrics([metric(how)], streams, str(tmp_path), [])
        assert len(found["errors"]) + len(found["values"]) == 1
        return found["errors"][0] if found["errors"] else found["values"]["x"]

    return read_text


SCF = "E = -1.0\nE = -2.0 and E = -2.5\nE = -3.0\n"


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ({"regex": r"E = (\S+)"}, -3.0),
        ({"regex": r"E = (\S+)", "pick": "first"}, -1.0),
        ({"regex": r"E = (\S+)", "pick": 1}, -2.0),
        ({"regex": r"E = (\S+)", "pick": -2}, -2.5),
        ({"regex": r"E = (\S+)", "pick": "all"}, [-1.0, -2.0, -2.5, -3.0]),
        ({"regex": r"E = (\S+)", "pick": "all", "length": 4}, [-1.0, -2.0, -2.5, -3.0]),
        ({"regex": r"E = (\S+)", "count": 4}, -3.0),
        ({"regex": r"(E) = (?P<value>\S+)", "group": "value"}, -3.0),
        ({"regex": r"(E) = (\S+)", "group": 2}, -3.0),
        ({"regex": r"-\d\.5"}, -2.5),
        ({"regex": r"(E) = ", "text": True}, "E"),
        ({"regex": r"-1\.0\nE = (\S+)", "multiline": True}, -2.0),
        ({"regex": r"E = (\S+)", "count": 3}, "metric x: 4 matches instead of 3 in stdout"),
        ({"regex": r"E = (\S+)", "pick": 4}, "metric x: 4 matches, but no match 4 in stdout"),
        (
            {"regex": r"E = (\S+)", "length": 2},
            "metric x: one value instead of a list of 2 in stdout",
        ),
        (
            {"regex": r"E = (\S+)", "pick": "all", "length": 2},
            "metric x: a list of 4 values instead of 2 in stdout",
        ),
        ({"regex": r"F = (\S+)"}, "metric x: regex 'F = (\\\\S+)' not found in stdout"),
        ({"regex": r"(E) ="}, "metric x: 'E' is not a finite number in stdout"),
    ],
)
def test_regular_expression(read, how, value):
    assert read(SCF, how) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5D-03", 0.0015),
        ("-1.25d+2,", -125.0),
        (".5", 0.5),
        ("7", 7),
        ("+3.", 3.0),
        ("123456789012345678901234567890", 1.2345678901234568e29),
    ],
)
def test_notations_of_numbers(read, text, value):
    got = read(f"v {text}\n", {"regex": r"v (\S+)"})
    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "NaN",
        "-inf",
        "Infinity",
        "1e999",
        "********",
        "1_000",
        "0x1f",
        "1,5",
        "٣",
        "9" * 5000,
    ],
)
def test_what_is_no_finite_number_fails(read, text):
    error = read(f"v {text}\n", {"regex": r"v (\S+)"})
    assert error == f"metric x: {text!r:.60} is not a finite number in stdout"
    assert read(f"x = {text}\n", {"find": "x"}).startswith("metric x: ")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_survives_the_way_through_text(value):
    for text in (repr(value), f"{value:.17e}", f"{value:.17E}".replace("E", "D")):
        assert RUNNER.to_number(text) == value


@given(st.text(max_size=12))
def test_a_number_is_finite_or_nan_or_none(text):
    number = RUNNER.to_number(text)
    assert (
        number is None
        or isinstance(number, int)
        or not math.isnan(number)
        or "n" in text.lower()
        or "*" in text
    )


DOCUMENT = {"result": {"energy": -1.5, "forces": [[1, 2, 3], [4, 5, 6]], "a.b": 1, "ok": True}}


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ({"json": "result.energy"}, -1.5),
        ({"json": "result.forces"}, [1, 2, 3, 4, 5, 6]),
        ({"json": "result.forces", "length": 6}, [1, 2, 3, 4, 5, 6]),
        ({"json": "result.forces[1][0]"}, 4),
        ({"json": "result.forces.1.-1"}, 6),
        ({"json": ["result", "a.b"]}, 1),
        ({"json": "result.ok"}, True),
        ({"json": "result.forces.0", "pick": "last"}, 3),
        (
            {"json": "result.forces", "length": 9},
            "metric x: a list of 6 values instead of 9 in stdout",
        ),
        ({"json": "result.force"}, "metric x: json 'result.force' not found in stdout"),
        ({"json": "result.forces.2"}, "metric x: json 'result.forces.2' not found in stdout"),
        ({"json": "result.energy.0"}, "metric x: json 'result.energy.0' not found in stdout"),
        ({"json": "result"}, None),
    ],
)
@pytest.mark.parametrize("layout", ["lines", "document"])
def test_json_path(read, how, value, layout):
    text = json.dumps(DOCUMENT, indent=2)
    if layout == "lines":
        text = f'starting\n{{"result": {{}}}}\n{json.dumps(DOCUMENT)}\n[rank 0] done\n'
    got = read(text, how)
    assert got == value if value is not None else "is not a finite number" in got


@pytest.mark.parametrize("text", ['{"x": NaN}', '{"x": [1, Infinity]}', '{"x": null}', '{"x": {}}'])
def test_json_value_that_is_no_finite_number_fails(read, text):
    for how in ({"json": "x"}, {"find": "x"}):
        assert read(text, how).startswith("metric x: ")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x = 1.5\n", 1.5),
        ("x: 2 Hartree\n", 2),
        ("x=3.25D0;\n", 3.25),
        ("the x = 1\nlater x = 2\n", 2),
        ("max-x = 1\nxx = 2\na.x = 3\n", "metric x: find 'x' not found in stdout"),
        ("x = 1\nx: see above\n", 1),
        ("x = 12abc\n", "metric x: find 'x' not found in stdout"),
        ("x = 1.2.3\n", "metric x: find 'x' not found in stdout"),
        ("x = 1\nx = nan\n", "metric x: 'nan' is not a finite number in stdout"),
        ("x = 1\nx = *****\n", "metric x: '*****' is not a finite number in stdout"),
        ("x = [1, 2.5, 3]\n", [1, 2.5, 3]),
        ("x = True\n", True),
        ('{"a": {"x": 4}, "b": [{"x": 5}]}\n', 5),
        ('log\n{"x": 4}\n{"x": 6}\nbye\n', 6),
        ('{\n "x": 7\n}\nand more\n', 7),
        ('{"x": "8.5"}', 8.5),
        ('{"x": "done"}', "done"),
        ("", "metric x: find 'x' not found in stdout"),
    ],
)
def test_name(read, text, value):
    assert read(text, {"find": "x"}) == value


@pytest.mark.parametrize("name", ["a.b", "E(RHF)", "$(x)", "µ", "a b", '"', "\\d"])
def test_name_is_no_pattern(read, name):
    assert read(f"{name} = 4\n", {"find": name}) == 4
    assert read(json.dumps({name: 5}), {"find": name}) == 5


def test_name_as_text(read):
    assert read("x: all  well \n", {"find": "x", "text": True}) == "all  well"


LAMMPS = """\
Step Temp E_pair
0 1.44 -6.77
WARNING: something (src/fix.cpp:1)
50 0.73 -5.71
Loop time of 0.5 on 1 procs

Step Temp E_pair
50 0.73 -5.71
100 0.70 -5.60
Loop time of 0.5 on 1 procs for 100 steps

Section | min | avg
Pair | 0.1 | 0.2
"""


@pytest.mark.parametrize(
    ("text", "how", "value"),
    [
        (LAMMPS, {"column": "Temp"}, 0.70),
        (LAMMPS, {"column": "Temp", "pick": "all"}, [1.44, 0.73, 0.73, 0.70]),
        (LAMMPS, {"column": "E_pair", "pick": "first"}, -6.77),
        (LAMMPS, {"column": "avg"}, 0.2),
        (LAMMPS, {"column": "Press"}, "metric x: column 'Press' not found in stdout"),
        ("# t e\n1 2\n3 4\n", {"column": 1}, 4),
        ("# t e\n1 2\n3 4\n", {"column": 1, "count": 2}, 4),
        ("# t e\n1 2\n3 4\n", {"column": 2}, "metric x: column 2 not found in stdout"),
        ('"t","e"\n1,2\n3,4\n', {"column": "e"}, 4),
        ("| t | e |\n| 1 | 2 |\n", {"column": "e"}, 2),
        ("t e\n1 ***\n", {"column": "e"}, "metric x: '***' is not a finite number in stdout"),
        ("name state\na ok\nb bad\n", {"column": "state", "text": True}, "bad"),
    ],
)
def test_column(read, text, how, value):
    assert read(text, how) == value


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ({"regex": r"E = (\S+)"}, -3.0),
        ({"regex": r"E = (\S+)", "pick": -1}, -3.0),
        ({"regex": r"E = (\S+)", "pick": "first"}, -1.0),
        ({"find": "E"}, -3.0),
        ({"regex": r"E = (-1\S+)"}, "the output was cut where the match may have been in stdout"),
        (
            {"regex": r"E = (-3\S+)", "pick": "first"},
            "the output was cut where the match may have been in stdout",
        ),
        (
            {"regex": r"E = (\S+)", "pick": 2},
            "the output was cut where the match may have been in stdout",
        ),
        (
            {"regex": r"E = (\S+)", "count": 4},
            "the output was cut, so the number of matches is unknown in stdout",
        ),
        (
            {"regex": r"E = (\S+)", "pick": "all"},
            "the output was cut, so the number of matches is unknown in stdout",
        ),
        ({"regex": r"E", "multiline": True}, "stdout is too long for a pattern over several lines"),
    ],
)
def test_nothing_is_guessed_about_output_that_was_cut(read, how, value):
    head = "E = -1.0\nE = -2.0\n"
    text = f"{head}[at least 9 bytes were cut here: E = 9]\nE = -2.5\nE = -3.0\n"
    got = read(text, how, cut=len(head))
    assert got == (f"metric x: {value}" if isinstance(value, str) else value)


def test_bytes_that_are_no_utf8_do_not_disturb(read):
    assert read(b"\xff\xfe junk\nx = 1\n\x80", {"find": "x"}) == 1


def test_windows_line_ends(read):
    assert read("x = 1\r\nE 2\r\n", {"regex": r"E (\d)$"}) == 2


def test_endless_line_is_refused(read, monkeypatch):
    monkeypatch.setattr(RUNNER, "LINE_LIMIT", 1000)
    sentence = "metric x: stdout has a line of more than 1000 bytes"
    assert read("y" * 5000 + " E = 1\n", {"regex": r"E = (\d)"}) == sentence


def test_too_many_matches_are_refused(read, monkeypatch):
    monkeypatch.setattr(RUNNER, "MATCH_LIMIT", 10)
    assert read("1\n" * 11, {"regex": r"\d"}) == "metric x: more than 10 matches in stdout"


@given(st.text(max_size=200), st.sampled_from(["regex", "json", "column", "find"]))
def test_any_output_gives_a_finite_value_or_a_sentence(tmp_path_factory, text, how):
    path = tmp_path_factory.mktemp("any") / "out"
    path.write_text(text, encoding="utf-8", errors="replace")
    what = {"regex": r"(\S+)", "json": "x", "column": 0, "find": "x"}[how]
    streams = {"stdout": RUNNER.Output(str(path), "stdout")}
    found = RUNNER.read_metrics([metric({how: what})], streams, "/", [])
    if found["values"]:
        json.dumps(found["values"]["x"], allow_nan=False)
    else:
        assert len(found["errors"]) == 1
