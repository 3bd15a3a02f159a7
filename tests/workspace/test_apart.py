from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fermilink_scaffold.workspace.apart import merged_apart

#: Few words, so that lines repeat and hunks can slide, and some that are there once.
LINES = st.lists(st.sampled_from(["a", "b", "", "}", "u1", "u2", "u3", "u4"]), max_size=14)


@st.composite
def edited(draw, lines):
    lines = list(lines)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines)))
        end = place + draw(st.integers(0, 2))
        lines[place:end] = draw(st.lists(st.sampled_from(["a", "b", "", "}", "x"]), max_size=2))
    return lines


@st.composite
def texts(draw):
    base = draw(LINES)
    found = [base, draw(edited(base)), draw(edited(base))]
    return ["\n".join(lines).encode() + draw(st.sampled_from([b"\n", b""])) for lines in found]


def by_git(ours: bytes, base: bytes, theirs: bytes) -> tuple[bytes, int]:
    with tempfile.TemporaryDirectory() as directory:
        names = []
        for name, text in (("a", ours), ("b", base), ("c", theirs)):
            names.append(str(Path(directory) / name))
            Path(names[-1]).write_bytes(text)
        done = subprocess.run(["git", "merge-file", "-p", *names], capture_output=True, check=False)
        return done.stdout, done.returncode


def test_changes_that_lie_apart_are_both_in_it():
    base = b"one\ntwo\nthree\nfour\n"
    assert merged_apart(b"1\ntwo\nthree\nfour\n", base, b"one\ntwo\nthree\n4\n") == (
        b"1\ntwo\nthree\n4\n"
    )


def test_changes_without_a_line_between_them_are_not_decided_here():
    base = b"one\ntwo\n"
    assert merged_apart(b"1\ntwo\n", base, b"one\n2\n") is None


@settings(deadline=None, max_examples=500)
@given(three=texts())
def test_what_is_decided_here_is_what_git_decides(three):
    base, ours, theirs = three
    merged = merged_apart(ours, base, theirs)
    if merged is not None:
        assert (merged, 0) == by_git(ours, base, theirs)


def test_it_decides_most_merges_of_long_texts():
    base = [f"line {number}" for number in range(50)]
    decided = 0
    for mine in range(50):
        for new in range(50):
            one, other = list(base), list(base)
            one[mine], other[new] = "mine", "new"
            three = ["\n".join(lines).encode() for lines in (one, base, other)]
            decided += merged_apart(*three) is not None
    assert decided == 50 * 50 - 50 - 2 * 49
