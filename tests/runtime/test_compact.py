"""Keeping memory.md within a budget: what leaves it is in the archive, whole and once."""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runtime.faults import Died, dying, failing

from fermilink_scaffold.runtime import compact_memory, ensure_memory_file, record_campaign_event
from fermilink_scaffold.runtime.compact import compacted

POINTER = "- older entries: memory.archive.md\n"
HEAD = "# M\n\n- last_updated_utc: x\n\n## Short-Term Memory (Operational)\n"
SMALL = (
    HEAD
    + "### Latest accepted commit\n- commit: c\n"
    + "### Progress log\n- one\n  continued\n\n  - nested\n- two\n```\n## code\n```\n- three\n"
    + "### Accepted experiments\n- none yet\n"
    + "### Rejected patterns\n- four\n"
)
TITLE = "# FermiLink Optimize Memory Archive\n\nMoved here complete, the oldest first.\n"


def lines(*texts):
    return Counter(line for text in texts for line in text.split(b"\n") if line.strip())


def lost(before, *after):
    return lines(before) - lines(*after)


@pytest.fixture
def memory(tmp_path):
    path = tmp_path / "memory.md"
    ensure_memory_file(
        path, package_id="p", benchmark_id="b", benchmark_rel="r", optimize_branch="o"
    )
    for number in range(60):
        record_campaign_event(
            path,
            commit=f"{number:012x}",
            primary_metric_name="m",
            primary_metric_value=number,
            status="accepted" if number % 4 == 0 else "rejected",
            description=f"number {number} " + "word " * (number % 17 * 5),
        )
        if number % 10 == 9:
            text = path.read_text()
            review = f"\n## Iteration {number:04d} Review\n\nText é.\n\n#### Sub\n- a\n"
            path.write_text(text + review + "x" * 300 + "\n")
    return path


def test_a_memory_within_the_budget_is_left_alone(memory):
    before, names = memory.read_bytes(), os.listdir(memory.parent)
    assert compact_memory(memory, keep_bytes=len(before)) == 0
    assert memory.read_bytes() == before
    assert os.listdir(memory.parent) == names


def test_the_oldest_entries_of_the_longest_section_go_whole(tmp_path):
    path = tmp_path / "memory.md"
    path.write_text(SMALL)
    assert compact_memory(path, keep_bytes=len(SMALL) - 15) == 2
    assert path.read_text() == SMALL.replace(
        "- one\n  continued\n\n  - nested\n- two\n```\n## code\n```\n", POINTER
    )
    archive = (tmp_path / "memory.archive.md").read_text()
    title, moved = re.split(r"\n## Archived \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n", archive)
    assert title == TITLE
    assert moved == (
        "### Progress log\n- one\n  continued\n\n  - nested\n- two\n```\n## code\n```\n"
    )


@pytest.mark.parametrize("keep", [32768, 12000, 8000, 4000, 2000])
def test_the_budget_is_kept_and_nothing_is_lost(memory, keep):
    before = memory.read_bytes()
    moved = compact_memory(memory, keep_bytes=keep)
    after = memory.read_bytes()
    archive = memory.with_name("memory.archive.md")
    archived = archive.read_bytes() if archive.exists() else b""
    assert (moved > 0) == (len(before) > keep)
    assert len(after) <= keep
    assert lost(before, after, archived) == Counter()
    # Entries are in one of the two places, not in both.
    assert all(
        count == 1
        for line, count in lines(after, archived).items()
        if b"number" in line and line.startswith(b"- [") and b": number" in line
    )


@pytest.mark.parametrize("keep", [9000, 500, 0])
def test_compacting_twice_changes_nothing(memory, keep):
    compact_memory(memory, keep_bytes=keep)
    files = {path: path.read_bytes() for path in memory.parent.iterdir()}
    assert compact_memory(memory, keep_bytes=keep) == 0
    assert {path: path.read_bytes() for path in memory.parent.iterdir()} == files


def test_the_newest_entries_the_head_and_all_sections_stay(memory):
    compact_memory(memory, keep_bytes=6000)
    text = memory.read_text()
    assert "- package_id: p\n" in text
    assert "- commit: 000000000038\n- primary_metric: m=56\n- status: accepted\n" in text
    assert text.count(POINTER) >= 3
    for heading in ("Progress log", "Accepted experiments", "Rejected patterns"):
        body = text.split(f"### {heading}\n")[1].split("\n##")[0]
        assert body.startswith(POINTER)
        assert "number 5" in body


def test_entries_go_on_being_appended_and_archived(memory):
    compact_memory(memory, keep_bytes=6000)
    before = memory.read_bytes() + memory.with_name("memory.archive.md").read_bytes()
    for number in range(3):
        record_campaign_event(
            memory,
            commit=f"new{number}",
            primary_metric_name="m",
            primary_metric_value=1,
            status="rejected",
            description="y" * 500,
        )
        before += b"".join(
            line for line in memory.read_bytes().splitlines(True) if b"new%d" % number in line
        )
    assert compact_memory(memory, keep_bytes=6000) > 0
    after = [memory.read_bytes(), memory.with_name("memory.archive.md").read_bytes()]
    assert len(after[0]) <= 6000
    assert {line for line in lost(before, *after) if b"last_updated" not in line} == set()
    assert after[1].count(b"## Archived ") == 2


def test_a_section_that_an_agent_added_goes_with_its_heading(memory):
    compact_memory(memory, keep_bytes=2500)
    text = memory.read_text()
    assert "Iteration 0009 Review" not in text
    assert "## Iteration 0009 Review\n" in memory.with_name("memory.archive.md").read_text()


def test_line_endings_and_odd_bytes_move_as_they_are(tmp_path):
    path = tmp_path / "memory.md"
    entry = b"- a\xff\xe2\x80\xa8b\r\n  c" + b"c" * 40 + b"\r\n"
    text = b"# M\r\n### Progress log\r\n" + entry * 2 + b"- z\r\n"
    path.write_bytes(text)
    compact_memory(path, keep_bytes=len(text) - len(entry))
    assert path.read_bytes() == (
        b"# M\r\n### Progress log\r\n- older entries: memory.archive.md\r\n- z\r\n"
    )
    archive = (tmp_path / "memory.archive.md").read_bytes()
    assert archive.endswith(b"\r\n### Progress log\r\n" + entry * 2)
    assert archive.count(b"\n") == archive.count(b"\r\n")


def test_there_must_be_a_memory(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no memory"):
        compact_memory(tmp_path / "memory.md")


BLOCKS = st.sampled_from(
    [
        "### Progress log\n",
        "### Rejected patterns\n",
        "### Open hypotheses\n",
        "## Review\n",
        "#### Sub\n",
        "- a\n",
        "- bb\n  more\n",
        "text\n",
        "\n",
        "```\n## x\n```\n",
        "```\n",
        "- none yet\n",
        POINTER,
        "- [2026-01-01T00:00:00Z] rejected: x (abc, m=1)\n",
    ]
)


@given(st.lists(BLOCKS, max_size=20), st.integers(0, 200), st.booleans())
def test_any_memory_can_be_compacted_and_then_no_more(blocks, keep, unended):
    text = "".join(["# M\n", *blocks])
    before = (text[:-1] if unended else text).encode()
    pointer = POINTER.rstrip("\n").encode()
    after, moved = compacted(before, pointer=pointer, keep_bytes=keep)
    out = [part for section in moved for part in (section.lead, b"\n", *section.blocks)]
    assert lost(before, after, b"".join(out)) == Counter()
    assert compacted(after, pointer=pointer, keep_bytes=keep) == (after, [])


@pytest.mark.parametrize("archived_before", [False, True])
@pytest.mark.parametrize("fault", ["death", "error"])
def test_a_fault_at_any_call_loses_and_doubles_nothing(tmp_path, archived_before, fault):
    number, struck, outcomes = 0, True, Counter()
    while struck:
        number += 1
        path = tmp_path / str(number) / "memory.md"
        archive = path.with_name("memory.archive.md")
        path.parent.mkdir()
        path.write_text(SMALL)
        if archived_before:
            archive.write_text(TITLE)
        faulty = dying if fault == "death" else failing
        with faulty(number) as faults, contextlib.suppress(Died, OSError):
            compact_memory(path, keep_bytes=len(SMALL) - 15)
        struck = faults.struck
        # The next writer clears up.
        record_campaign_event(
            path,
            commit="c",
            primary_metric_name="m",
            primary_metric_value=1,
            status="rejected",
            description="d",
        )
        both = path.read_bytes() + (archive.read_bytes() if archive.exists() else b"")
        expected = [b"- one", b"  continued", b"  - nested", b"- two", b"- three", b"- four"]
        assert [lines(both)[line] for line in expected] == [1] * 6, number
        outcomes[b"- one" in path.read_bytes()] += 1
        assert not os.path.lexists(path.with_name(".transaction.json"))
    assert min(outcomes.values()) > 3
