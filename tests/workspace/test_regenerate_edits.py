"""No edit is ever lost: random texts, line ends, encodings and modes, in all three states."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workspace.regens import Case, File, files, make, planned, regenerate

from fermilink_scaffold.workspace.outcome import MARKERS

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "  x", "ü", "<<<", "======="]), max_size=8)
#: Ends of all lines, whether the last line is ended, the encoding, what is put before it.
SHAPES = st.tuples(
    st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "mixed"]),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8", "utf-8", "latin-1", "utf-16"]),
    st.sampled_from([b"", b"", b"", b"\0", b"\xef\xbb\xbf"]),
)
PLAIN = ("\n", True, "utf-8", b"")


def text(lines: list[str], shape) -> bytes:
    end, ended, encoding, before = shape
    ends = ["\n", "\r\n"] * len(lines) if end == "mixed" else [end] * len(lines)
    body = "".join(line + each for line, each in zip(lines, ends, strict=False))
    if not ended:
        body = body.removesuffix("\n").removesuffix("\r")
    return before + body.encode(encoding)


@st.composite
def edited(draw, lines: list[str]) -> list[str]:
    """The lines after a few insertions, deletions and changes."""
    lines = list(lines)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(lines)))
        kind = draw(st.sampled_from(["insert", "delete", "change"]))
        word = draw(st.sampled_from(["a", "b", "mine", "new", "<<<<<<< yours?"]))
        if kind == "insert":
            lines.insert(place, word)
        elif place < len(lines):
            lines[place : place + 1] = [word] if kind == "change" else []
    return lines


@st.composite
def cases(draw) -> Case:
    base = draw(LINES)
    path = draw(st.sampled_from(["program.md", "autogen/setup_env.sh", "autogen/x.json"]))

    def file(shape) -> File:
        return File(data=text(draw(edited(base)), shape), executable=draw(st.booleans()))

    def maybe(made: File) -> File | None:
        return draw(st.sampled_from([made, made, made, made, None]))

    return Case(
        path=path,
        base=maybe(file(PLAIN)),
        disk=maybe(file(draw(SHAPES))),
        new=maybe(file(PLAIN)),
    )


def pieces(data: bytes) -> list[bytes]:
    return [line.strip() for line in data.replace(b"\r", b"\n").split(b"\n") if line.strip()]


def kept_words(case: Case) -> list[bytes]:
    """What the user added: lines that the base has less often."""
    base = pieces(case.base.data) if case.base else []
    mine = pieces(case.disk.data) if case.disk else []
    return [line for line in set(mine) if mine.count(line) > base.count(line)]


@settings(deadline=None, max_examples=250, suppress_health_check=list(HealthCheck))
@given(case=cases(), choice=st.sampled_from(["markers", "ours", "theirs", "stop"]))
def test_no_edit_is_absent_from_the_result_or_a_conflict(case, choice):
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        make(root, [case])
        made = regenerate(root, [case], on_conflict=choice)
        found = files(root)
        result = found.get(case.path)
        if case.disk is None:
            # What the user deleted does not come back.
            assert result is None or (case.base is None and result == case.new)
            return
        if case.base is None and case.new is None:
            assert (result, made.outcomes) == (case.disk, ())
            return
        (outcome,) = made.outcomes
        if result is None:
            assert outcome.action == "removed"
            assert (case.new, case.disk.executable) == (None, case.base.executable)
            assert pieces(case.disk.data) == pieces(case.base.data)
            return
        saved = [file.data for name, file in found.items() if "/backup/" in name]
        if result.data != case.disk.data:
            told = [result.data, *saved]
            for word in kept_words(case):
                assert any(word in pieces(each) for each in told), (word, outcome)
        if outcome.action in {"kept", "unmanaged", "orphaned"}:
            assert result.data == case.disk.data
        marked = all(marker in result.data for marker in MARKERS)
        if marked and not all(marker in case.disk.data for marker in MARKERS):
            assert outcome.action == "conflict"
            assert saved == [case.disk.data]
        if case.base and case.new and result.executable != case.disk.executable:
            assert case.disk.executable == case.base.executable
            assert result.executable == case.new.executable


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(case=cases())
def test_a_second_regeneration_changes_nothing_more(case):
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        make(root, [case])
        regenerate(root, [case])
        once = files(root)
        again = regenerate(root, [case])
        assert files(root) == once
        assert not any(outcome.writes for outcome in again.outcomes)


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_clean_results_are_those_of_git(data):
    base = data.draw(LINES)
    states = [text(data.draw(edited(base)), PLAIN) for _ in range(2)]
    states.insert(1, text(base, PLAIN))
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        names = []
        for name, content in zip(("mine", "base", "new"), states, strict=True):
            (root / name).write_bytes(content)
            names.append(str(root / name))
        done = subprocess.run(["git", "merge-file", "-p", *names], capture_output=True, check=False)
        case = Case(
            **{n: File(data=c) for n, c in zip(("disk", "base", "new"), states, strict=True)}
        )
        make(root, [case])
        made = planned(root, [case])
        (outcome,) = made.outcomes
        assert outcome.conflict is (done.returncode > 0)
        if not outcome.conflict:
            assert made.results[0].content == done.stdout


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(some=st.lists(cases(), min_size=1, max_size=4, unique_by=lambda case: case.path))
def test_the_patch_does_what_the_regeneration_does(some):
    from fermilink_scaffold.workspace.patch import git_patch

    with tempfile.TemporaryDirectory() as directory:
        one, two = Path(directory) / "one", Path(directory) / "two"
        for root in (one, two):
            root.mkdir()
            make(root, some)
        patch = git_patch(planned(one, some).plan)
        regenerate(one, some)
        if patch:
            (two / ".git").rmdir()
            subprocess.run(
                ["git", "apply", "--whitespace=nowarn", "-"],
                cwd=two,
                input=patch,
                check=True,
                env={**os.environ, "GIT_CEILING_DIRECTORIES": directory},
                capture_output=True,
            )
        assert files(two) == files(one)


def test_markers_are_those_that_are_looked_for(tmp_path):
    case = Case(base=File(data=b"a\n"), disk=File(data=b"mine\n"), new=File(data=b"new\n"))
    make(tmp_path, [case])
    regenerate(tmp_path, [case])
    lines = files(tmp_path)["program.md"].data.split(b"\n")
    assert lines == [MARKERS[0], b"mine", MARKERS[1], b"a", b"=======", b"new", MARKERS[2], b""]
