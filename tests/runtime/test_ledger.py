"""results.tsv: whole rows, whatever the cells hold and whatever happened before."""

from __future__ import annotations

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runtime.faults import failing

from fermilink_scaffold.runtime import (
    RESULTS_HEADER,
    append_result,
    ensure_results_file,
    recent_results_text,
)

ROW = "3\tabc\taccepted\tm\t1.5\twhy"


def append(path, **changes):
    cells = {
        "iteration": 3,
        "commit": "abc",
        "status": "accepted",
        "primary_metric_name": "m",
        "primary_metric_value": 1.5,
        "description": "why",
    }
    append_result(path, **{**cells, **changes})


def test_the_header_is_written_once_with_its_parents(tmp_path):
    path = tmp_path / "a" / "results.tsv"
    assert ensure_results_file(path)
    assert not ensure_results_file(path)
    assert path.read_text() == RESULTS_HEADER


@pytest.mark.parametrize("content", [None, b""])
def test_a_missing_or_empty_ledger_gets_its_header_first(tmp_path, content):
    path = tmp_path / "new" / "results.tsv"
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    append(path)
    append(path)
    assert path.read_text() == f"{RESULTS_HEADER}{ROW}\n{ROW}\n"


def test_the_header_is_never_put_before_or_behind_rows(tmp_path):
    path = tmp_path / "results.tsv"
    path.write_text("1\ta\tb\tc\t1\td\n")
    append(path)
    assert path.read_text() == f"1\ta\tb\tc\t1\td\n{ROW}\n"


def test_an_unended_last_line_gets_its_newline_and_stays(tmp_path):
    path = tmp_path / "results.tsv"
    path.write_text(f"{RESULTS_HEADER}1\ta\tacc")
    append(path)
    assert path.read_text() == f"{RESULTS_HEADER}1\ta\tacc\n{ROW}\n"
    assert recent_results_text(path) == f"{RESULTS_HEADER}{ROW}"


def test_the_line_ending_is_that_of_the_first_line(tmp_path):
    path = tmp_path / "results.tsv"
    path.write_bytes(RESULTS_HEADER.encode().replace(b"\n", b"\r\n") + b"x")
    append(path)
    assert path.read_bytes() == (
        RESULTS_HEADER.encode().replace(b"\n", b"\r\n") + b"x\r\n" + ROW.encode() + b"\r\n"
    )
    assert recent_results_text(path, limit=1) == ROW


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"commit": "a\tb"}, "3\ta b\taccepted\tm\t1.5\twhy"),
        ({"status": "acc\nepted "}, "3\tabc\tacc epted\tm\t1.5\twhy"),
        ({"primary_metric_name": "\u2028m\x0cm"}, "3\tabc\taccepted\tm m\t1.5\twhy"),
        ({"primary_metric_value": "1\t2\r\n"}, "3\tabc\taccepted\tm\t1 2\twhy"),
        ({"primary_metric_value": 0.1 + 0.2}, "3\tabc\taccepted\tm\t0.3\twhy"),
        ({"primary_metric_value": 10**400}, f"3\tabc\taccepted\tm\t{10**400}\twhy"),
        ({"description": None}, "3\tabc\taccepted\tm\t1.5\t"),
        ({"description": "\ud800"}, "3\tabc\taccepted\tm\t1.5\t?"),
    ],
)
def test_cells(tmp_path, changes, row):
    path = tmp_path / "results.tsv"
    append(path, **changes)
    assert path.read_bytes() == f"{RESULTS_HEADER}{row}\n".encode()


def test_a_description_of_zero_stays(tmp_path):
    path = tmp_path / "results.tsv"
    path.write_text(RESULTS_HEADER)
    append(path, description=0)
    assert path.read_text() == f"{RESULTS_HEADER}3\tabc\taccepted\tm\t1.5\t0\n"


@given(st.lists(st.text(), min_size=4, max_size=4))
def test_any_text_makes_one_row_of_six_columns(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("ledger") / "results.tsv"
    commit, status, name, description = texts
    append(path, commit=commit, status=status, primary_metric_name=name, description=description)
    append(path)
    header, row, last, rest = path.read_bytes().decode().split("\n")
    assert (header + "\n", last, rest) == (RESULTS_HEADER, ROW, "")
    assert row.count("\t") == 5


@pytest.mark.parametrize("limit", [0, -1, -8])
def test_no_lines_below_a_limit_of_one(tmp_path, limit):
    path = tmp_path / "results.tsv"
    append(path)
    assert recent_results_text(path, limit=limit) == ""


def test_no_ledger_has_no_recent_results(tmp_path):
    assert recent_results_text(tmp_path / "results.tsv") == ""


def test_lines_without_six_columns_are_skipped(tmp_path):
    path = tmp_path / "results.tsv"
    path.write_text(f"{RESULTS_HEADER}{ROW}\n\n4\ttorn\n5\ta\tb\tc\td\te\tf\n{ROW}\n\n")
    assert recent_results_text(path, limit=2) == f"{ROW}\n{ROW}"


def test_bytes_that_are_not_utf8_are_kept_and_shown_as_a_mark(tmp_path):
    path = tmp_path / "results.tsv"
    path.write_bytes(RESULTS_HEADER.encode() + b"1\ta\tb\tc\t1\t\xff\n")
    append(path)
    assert (
        path.read_bytes()
        == RESULTS_HEADER.encode() + b"1\ta\tb\tc\t1\t\xff\n" + ROW.encode() + b"\n"
    )
    assert recent_results_text(path, limit=2) == f"1\ta\tb\tc\t1\t\ufffd\n{ROW}"


@pytest.mark.parametrize("limit", [1, 7, 1000, 5000])
def test_the_end_of_a_long_ledger_is_read_in_blocks(tmp_path, limit):
    path = tmp_path / "results.tsv"
    rows = [f"{number}\tc\trejected\tm\t1\té{'x' * (number % 97)}" for number in range(4000)]
    path.write_text(RESULTS_HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    everything = [RESULTS_HEADER.rstrip("\n"), *rows]
    assert recent_results_text(path, limit=limit) == "\n".join(everything[-limit:])


@pytest.mark.parametrize("before", [None, RESULTS_HEADER, f"{RESULTS_HEADER}{ROW}\nunended"])
def test_an_error_at_any_call_leaves_the_ledger_as_it_was(tmp_path, before):
    path = tmp_path / "results.tsv"
    number, struck, raised = 0, True, 0
    while struck:
        number += 1
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_text(before)
        with failing(number) as faults:
            try:
                append(path)
            except OSError:
                raised += 1
                expected = before
            else:
                ended = before or RESULTS_HEADER
                expected = f"{ended}{'' if ended.endswith(chr(10)) else chr(10)}{ROW}\n"
        struck = faults.struck
        assert (path.read_text() if path.exists() else None) == expected, number
    assert raised > 5


def test_a_row_that_the_disk_took_in_part_is_taken_back(tmp_path, monkeypatch):
    path = tmp_path / "results.tsv"
    path.write_text(RESULTS_HEADER)
    whole = os.writev

    def writev(file, parts):
        if len(parts[0]) < len(ROW):
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(file, [parts[0][:5]])

    monkeypatch.setattr(os, "writev", writev)
    with pytest.raises(OSError, match="No space left"):
        append(path)
    assert path.read_text() == RESULTS_HEADER
