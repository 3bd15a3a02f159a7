"""Finding and mending what agents do to memory.md."""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runtime.faults import Died, dying

from fermilink_scaffold.runtime import (
    check_memory,
    ensure_memory_file,
    mend,
    record_campaign_event,
    repair_memory,
)
from fermilink_scaffold.runtime.events import same_event
from fermilink_scaffold.runtime.outline import joined
from fermilink_scaffold.runtime.repair import mended

A = "- [2026-01-01T00:00:00.123456Z] baseline: baseline (aaaaaaaaaaaa, m=10)\n"
B = "- [2026-01-01T01:00:00.123456Z] rejected: loops (bbbbbbbbbbbb, m=11.1234567)\n"
C = "- [2026-01-01T02:00:00.123456Z] accepted: cache (cccccccccccc, m=9)\n"
AE, BE, CE = (re.sub(r"(?<=\] )\w+: ", "", entry) for entry in (A, B, C))


def memory(
    *,
    progress=A + B + C,
    accepted=AE + CE,
    rejected=BE,
    latest="- commit: cccccccccccc\n",
    middle="",
    end="",
    progress_heading="### Progress log",
    rejected_heading="### Rejected patterns",
):
    return (
        "# M\n\n- last_updated_utc: x\n\n## Short-Term Memory (Operational)\n"
        f"### Current objective\nfaster\n\n### Latest accepted commit\n{latest}"
        f"{progress_heading}\n{progress}{middle}## Long-Term Memory (Persistent)\n"
        f"### Benchmark contract\nc\n\n### Accepted experiments\n{accepted}"
        f"{rejected_heading}\n{rejected}### Open hypotheses\n- h\n{end}"
    ).encode()


GOOD = memory()


def kinds(repair):
    return [(finding.kind, finding.line) for finding in repair.findings]


def line_of(data, text):
    return data.decode().split(text)[0].count("\n") + 1


def moved(repair):
    return joined(repair.moved).decode()


def lines(text):
    return Counter(line.strip(b"\r") for line in text.split(b"\n") if line.strip())


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        memory(progress=f"\n{A}{B}{C}#### Notes\n- x\n"),
        memory(middle="### Iteration reviews\n#### 1\n- no event\n"),
        memory(end="\n## Iteration 0014 Controller Review\n### Summary\n- x\n"),
        memory(end="```\n### Progress log\n" + B + "```\n"),
        memory(progress=A + B + C + "- [2026-01-01T03:00:00Z] benchmark launcher cached\n"),
    ],
)
def test_nothing_is_wrong_with_a_memory_that_works(data):
    repair = mended(data)
    assert kinds(repair) == []
    assert repair.after is data


def test_nothing_is_wrong_with_the_skeleton(tmp_path):
    path = tmp_path / "memory.md"
    ensure_memory_file(
        path, package_id="p", benchmark_id="b", benchmark_rel="r", optimize_branch="o"
    )
    assert check_memory(path).findings == ()
    for status in ("baseline", "accepted", "rejected"):
        record_campaign_event(
            path,
            commit=f"{status}0000000",
            primary_metric_name="m",
            primary_metric_value=1,
            status=status,
            description="d",
        )
    assert check_memory(path).findings == ()


@pytest.mark.parametrize(
    "name",
    [
        "### Rejected experiments",
        "### rejected patterns",
        "### Rejected Patterns:",
        "###  Rejected patterns ",
        "## Rejected patterns",
        "#### Rejected patterns",
        "### Rejected candidates",
        "### **Rejected patterns**",
        "### Rejected Patterns (do not repeat)",
        "### Rejected experiments [1-20]",
        "## Rejected patterns (avoid!):",
        "### Rejected patterns - do not repeat",
        "### Rejected patterns — do not repeat",
        "### Rejected Patterns: do not repeat",
        "##### Rejected patterns (do not repeat)",
    ],
)
def test_a_renamed_heading_gets_its_name_back(name):
    data = memory(rejected_heading=name)
    repair = mended(data)
    assert kinds(repair) == [("renamed", line_of(data, name))]
    assert repair.after == GOOD
    assert moved(repair) == name


@pytest.mark.parametrize(
    "name",
    [
        "### Rejected by the reviewer",
        "### Progress report",
        "### A",
        "### Rejected patterns: lessons",
        "### Open hypotheses - older",
        "#### Rejected patterns",
        "#### Progress log",
    ],
)
def test_a_heading_of_ones_own_is_no_renamed_one(name):
    assert kinds(mended(memory(end=f"{name}\n- x\n"))) == []


def test_a_section_that_was_made_again_after_a_renaming_comes_home():
    other = "- [2026-01-02T00:00:00.123456Z] tiles (dddddddddddd, m=12)\n"
    data = memory(
        rejected_heading="### Rejected experiments", end=f"\n### Rejected patterns\n{other}"
    )
    repair = mended(data)
    assert [kind for kind, _ in kinds(repair)] == ["renamed", "duplicate"]
    assert repair.after == memory(rejected=BE + other, end="\n")


@pytest.mark.parametrize("name", ["#### Progress log", "#### Progress Log (continued)"])
def test_a_section_that_became_a_sub_entry_of_another_comes_home(name):
    later = "- [2026-01-02T00:00:00.123456Z] rejected: tiles (dddddddddddd, m=12)\n"
    data = memory(progress_heading=name, end=f"### Progress log\n{later}")
    repair = mended(data)
    assert kinds(repair) == [
        ("renamed", line_of(data, name)),
        ("duplicate", data.count(b"\n") - 1),
    ]
    assert repair.after == memory(progress=A + B + C + later)


def test_a_sub_entry_of_a_review_stays_there_without_its_events():
    review = f"### Iteration reviews\n#### 1\n##### Progress log\n- x\n{B}#### 2\n- y\n"
    data = memory(progress=A + C, middle=review)
    repair = mended(data)
    assert kinds(repair) == [("misplaced", line_of(data, B))]
    assert repair.after == memory(middle=review.replace(B, ""))


def test_a_heading_in_a_code_block_makes_no_section():
    data = memory(
        rejected_heading="### Rejected ideas: all", end="```\n### Rejected patterns\n```\n"
    )
    assert kinds(mended(data)) == [("renamed", line_of(data, "### Rejected ideas"))]


def test_duplicates_are_merged_by_time():
    data = memory(progress=A + C, end=f"### Progress log\n- Campaign initialized.\n{B}  more\n")
    repair = mended(data)
    assert kinds(repair) == [("duplicate", line_of(data, "### Open") + 2)]
    assert repair.after == memory(progress="- Campaign initialized.\n" + A + B + "  more\n" + C)


def test_of_two_latest_commits_the_one_that_the_controller_writes_stays():
    stale = "- commit: old\n"
    data = memory(latest=stale, end="### Latest accepted commit\n- commit: new\n").replace(
        b"### Latest accepted", b"### Latest Accepted", 1
    )
    repair = mended(data)
    assert repair.after == memory(latest="- commit: new\n")
    assert moved(repair).endswith(stale)
    data = memory(end="### Latest accepted commit\n- commit: agent\n")
    assert mended(data).after == GOOD


def test_events_inside_sub_entries_come_out():
    review = f"### Iteration reviews\n#### Iteration 1\n- looked\n{B}  more\n- looked again\n"
    data = memory(progress=A + C, middle=review)
    repair = mended(data)
    assert kinds(repair) == [("misplaced", line_of(data, B))]
    assert repair.after == memory(
        progress=A + B + "  more\n" + C,
        middle="### Iteration reviews\n#### Iteration 1\n- looked\n- looked again\n",
    )


def test_events_below_a_sub_entry_of_their_section_come_above_it():
    notes = "#### Notes\n- x\n"
    data = memory(progress=A + notes + B + C, rejected=notes + BE)
    repair = mended(data)
    assert [kind for kind, _ in kinds(repair)] == ["misplaced"] * 3
    assert repair.after == memory(progress=A + B + C + notes, rejected=BE + notes)


def test_an_entry_without_a_status_goes_where_the_progress_log_says():
    data = memory(accepted=AE, rejected="- none yet\n", middle=f"### Reviews\n#### 1\n{CE}{BE}")
    assert mended(data).after == memory(
        rejected="- none yet\n" + BE, middle="### Reviews\n#### 1\n"
    )


@pytest.mark.parametrize(
    "again",
    [
        C.replace(".123456Z", "Z"),
        C.replace("cccccccccccc", "cccccccccccc" + "d" * 28),
        C.replace("cccccccccccc", "ccccccc"),
        C.replace("m=9)", "m=9.0001)").replace(".123456Z", "Z"),
        C.replace("cache", "cache [10 % faster]").replace("02:00:00.123456Z", "02:00:07Z"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_doubled_events_go_to_the_archive(again, first):
    data = memory(progress=A + B + (again + C if first else C + again))
    repair = mended(data)
    assert [kind for kind, _ in kinds(repair)] == ["doubled"]
    gone = {moved(repair), repair.after.decode()}
    assert any(again in text for text in gone)
    assert any(C in text for text in gone)
    if ".123456" not in again:
        assert repair.after == GOOD


@pytest.mark.parametrize(
    "other",
    [
        C.replace("cccccccccccc", "cccccccccccd"),
        C.replace("m=9)", "m=9.5)"),
        C.replace("accepted:", "timeout:"),
        C.replace("cache", "something else entirely was done here"),
        C.replace("cccccccccccc", "cccc"),
        C.replace("m=9)", "n=9)"),
        C.replace("02:00:00.123456Z", "02:00:07.654321Z"),
    ],
)
def test_different_events_are_not_doubled(other):
    assert kinds(mended(memory(progress=A + B + C + other))) == []


def test_the_controllers_entries_of_one_commit_are_not_all_compared(monkeypatch):
    compared = []

    def same(one, other):
        compared.append(one)
        return same_event(one, other)

    monkeypatch.setattr(mend, "same_event", same)
    entries = [
        f"- [2026-01-03T00:00:00.{number:06}Z] rejected: nothing came back (aaaaaaaaaaaa, m=nan)\n"
        for number in range(2000)
    ]
    assert kinds(mended(memory(progress=A + B + C + "".join(entries)))) == []
    assert len(compared) < 10


def test_missing_sections_come_back_in_their_place():
    data = GOOD.replace(b"### Benchmark contract\nc\n\n", b"").replace(
        b"### Latest accepted commit\n- commit: cccccccccccc\n", b""
    )
    repair = mended(data)
    assert kinds(repair) == [("missing", None)] * 2
    assert repair.after == memory(latest="- commit: pending\n- primary_metric: pending\n").replace(
        b"contract\nc\n\n", b"contract\n"
    )


def test_missing_metadata_comes_back_in_the_head():
    data = GOOD.replace(b"- last_updated_utc: x\n", b"- package_id: p\n")
    repair = mended(data)
    assert kinds(repair) == [("metadata", None)]
    assert re.sub(rb"utc: \S+Z", b"utc: T", repair.after) == GOOD.replace(
        b"- last_updated_utc: x\n", b"- package_id: p\n- last_updated_utc: T\n"
    )


def test_line_endings_stay():
    data = memory(rejected_heading="### Rejected experiments").replace(b"\n", b"\r\n")
    assert mended(data).after == GOOD.replace(b"\n", b"\r\n")


BLOCKS = st.sampled_from(
    [
        *(A, B, C, AE, BE, CE),
        B.replace(".123456Z", "Z"),
        "### Progress log\n",
        "### progress log\n",
        "#### Progress log\n",
        "### Rejected patterns\n",
        "### Rejected experiments\n",
        "### Rejected Patterns (do not repeat)\n",
        "### Progress log: more\n",
        "### Latest accepted commit\n",
        "## Short-Term Memory (Operational)\n",
        "### Accepted experiments\n",
        "#### Sub\n",
        "## Review\n",
        "- item\n",
        "  more\n",
        "text\n",
        "\n",
        "```\n### Progress log\n```\n",
        "~~~\n",
        "- none yet\n",
        "- last_updated_utc: y\n",
    ]
)


@given(st.lists(BLOCKS, max_size=25), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_memory_is_mended_at_once_and_no_line_is_lost(blocks, ending, unended):
    text = "".join(blocks).replace("\n", ending).encode()
    before = text.rstrip(b"\r\n") if unended else text
    repair = mended(before)
    out = b"\n".join(part for section in repair.moved for part in (section.lead, *section.blocks))
    assert lines(before) - (lines(repair.after) + lines(out)) == Counter()
    if "~~~\n" not in blocks:
        # A fence that never closes may close once the text around it has moved.
        assert mended(repair.after).findings == ()


def test_a_repair_keeps_a_copy_and_archives_what_leaves(tmp_path):
    path = tmp_path / "memory.md"
    data = memory(
        rejected_heading="### Rejected experiments", progress=A + B + C + C.replace(".123456", "")
    )
    path.write_bytes(data)
    checked = check_memory(path)
    repaired = repair_memory(path)
    assert path.read_bytes() == GOOD == checked.after
    assert repaired.findings == checked.findings
    with open(repaired.backup, "rb") as file:
        assert file.read() == data
    assert re.fullmatch(r"memory\.backup-\d{8}T\d{12}Z\.md", os.path.basename(repaired.backup))
    archived = path.with_name("memory.archive.md").read_bytes()
    assert lines(data) - (lines(GOOD) + lines(archived)) == Counter()


def test_a_memory_that_works_is_not_written(tmp_path):
    path = tmp_path / "memory.md"
    path.write_bytes(GOOD)
    assert repair_memory(path).backup is None
    assert sorted(os.listdir(tmp_path)) == [".runtime.lock", "memory.md"]


def test_there_must_be_a_memory(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no memory"):
        repair_memory(tmp_path / "memory.md")


def test_a_death_at_any_call_loses_no_line(tmp_path):
    data = memory(
        rejected_heading="### Rejected experiments", progress=A + B + C + C.replace(".123456", "")
    )
    number, struck = 0, True
    while struck:
        number += 1
        path = tmp_path / str(number) / "memory.md"
        path.parent.mkdir()
        path.write_bytes(data)
        with dying(number) as faults, contextlib.suppress(Died):
            repair_memory(path)
        struck = faults.struck
        assert path.read_bytes() in {data, GOOD}
        repair_memory(path)
        assert path.read_bytes() == GOOD
        archived = path.with_name("memory.archive.md").read_bytes()
        assert archived.count(C.replace(".123456", "").encode()) == 1, number
    assert number > 20
