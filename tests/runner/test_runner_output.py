"""Output is drained, kept up to the limit, and cut between whole lines."""

from __future__ import annotations

import os
import resource
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runner.harness import python, runner_module

RUNNER = runner_module()


def kept(path, limit, chunks):
    """What a sink leaves, and where the cut is."""
    sink = RUNNER.Sink(str(path), limit)
    for chunk in chunks:
        sink.write(chunk)
    cut = sink.close()
    assert sink.problem == ""
    return path.read_bytes(), cut


def test_output_within_the_limit_is_kept_as_it_is(tmp_path):
    data = b"a\nb\0\xff" * 1000
    assert kept(tmp_path / "out", len(data), [data]) == (data, None)
    assert kept(tmp_path / "out", len(data), [data[i : i + 7] for i in range(0, len(data), 7)]) == (
        data,
        None,
    )


def test_cut_is_made_of_whole_lines(tmp_path):
    lines = [b"line %03d\n" % number for number in range(100)]
    text, cut = kept(tmp_path / "out", 50, lines)
    head, note, *tail = text.splitlines(keepends=True)[1:]
    assert text.startswith(b"line 000\nline 001\n")
    assert head == b"line 001\n"
    assert note == b"[at least 850 bytes were cut here]\n"
    assert tail == [b"line 098\n", b"line 099\n"]
    assert cut == 18


def test_line_that_fills_everything_is_not_kept_in_parts(tmp_path):
    text, cut = kept(tmp_path / "out", 100, [b"x" * 1000])
    assert (text, cut) == (b"[at least 900 bytes were cut here]\n", 0)


@given(st.lists(st.binary(max_size=60), max_size=30), st.integers(8, 200))
def test_only_whole_lines_of_the_output_are_kept(tmp_path_factory, chunks, limit):
    path = tmp_path_factory.mktemp("sink") / "out"
    text, cut = kept(path, limit, chunks)
    data = b"".join(chunks)
    if cut is None:
        assert (text, len(data) <= limit) == (data, True)
        return
    head, tail = text[:cut], text[cut:].partition(b"\n")[2]
    assert data.startswith(head)
    assert data.endswith(tail)
    assert head == b"" or head.endswith(b"\n")
    assert tail == b"" or data[: len(data) - len(tail)].endswith(b"\n")
    assert len(head) + len(tail) <= limit


def test_disk_that_is_full_is_a_sentence(tmp_path):
    path = tmp_path / "out"
    sink = RUNNER.Sink(str(path), 100)
    os.close(sink.fd)
    sink.fd = os.open("/dev/full", os.O_RDWR)
    sink.write(b"x")
    sink.write(b"y")
    assert sink.close() is None
    assert sink.problem == f"output could not be kept in {path}: No space left on device"


FLOOD = """
import os, sys
block = b"a line of output that says nothing\\n" * 2000
for _ in range(int(sys.argv[1])):
    os.write(1, block)
    os.write(2, block)
os.write(1, b"x = 5\\n")
"""


def test_flood_does_not_block_the_command(bench):
    case = {
        "command": [*python(FLOOD), "200"],
        "metrics": {"x": {"find": "x"}, "n": {"regex": "line", "count": 1, "text": True}},
        "timeout_seconds": 50,
    }
    row = bench.one(case, runtime={"output_limit_bytes": 100_000})
    assert row["error"] == (
        "metric n: the output was cut, so the number of matches is unknown in stdout"
    )
    logs = os.path.join(bench.run_dir, "measure", "0001", "000-one")
    sizes = [os.path.getsize(os.path.join(logs, name)) for name in sorted(os.listdir(logs))]
    assert len(sizes) == 2
    assert all(90_000 < size < 101_000 for size in sizes)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_output(bench):
    case = {
        "id": "flood",
        "command": [*python(FLOOD), str((1 << 30) // 140_000)],
        "metrics": {"x": {"find": "x"}},
    }
    bench.contract(case, controller={"timeout_seconds": 300})
    result = bench.result(timeout=300)
    assert result["cases"][0]["error"] == ""
    assert result["cases"][0]["x"] == 5
    assert result["measurement"]["runner_peak_rss_bytes"] < 32 << 20


def test_command_is_not_killed_by_a_limit_of_the_runner(bench):
    """The runner's own limits reach the command unchanged."""
    code = "import resource; print('x =', resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    row = bench.one({"command": [sys.executable, "-c", code], "metrics": {"x": {"find": "x"}}})
    assert row["x"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
