"""memory.md and worker_memory.md on disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined
from runtime.faults import failing

from fermilink_scaffold import runtime
from fermilink_scaffold.runtime import skeleton
from fermilink_scaffold.templating.filters import FILTERS

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
BASE = Path(__file__).parents[2] / "templates/base"
MEMORY = """\
# FermiLink Optimize Memory

- package_id: {package_id}
- last_updated_utc: old

## Short-Term Memory (Operational)
### Latest accepted commit
- commit: pending
### Progress log
- Campaign initialized.
## Long-Term Memory (Persistent)
### Accepted experiments
- none yet
### Rejected patterns
- none yet
"""


def event(path, **changes):
    arguments = {
        "commit": "abc123",
        "primary_metric_name": "m",
        "primary_metric_value": 1.5,
        "status": "rejected",
        "description": "why",
    }
    runtime.record_campaign_event(path, **{**arguments, **changes})


def without_times(data):
    return re.sub(TIME.encode(), b"T", data)


def test_an_event_of_a_missing_memory_makes_the_memory(tmp_path):
    path = tmp_path / "new" / "memory.md"
    event(path)
    made = without_times(path.read_bytes())
    runtime.ensure_memory_file(
        tmp_path / "other.md",
        package_id="unknown",
        benchmark_id="unknown",
        benchmark_rel="unknown",
        optimize_branch="unknown",
    )
    event(tmp_path / "other.md")
    assert made == without_times((tmp_path / "other.md").read_bytes())
    assert b"- package_id: unknown\n" in made
    assert b"### Progress log\n- [T] rejected: why (abc123, m=1.5)\n## " in made
    assert b"### Rejected patterns\n- [T] why (abc123, m=1.5)\n### " in made


def test_bytes_that_are_not_utf8_are_kept(tmp_path):
    path = tmp_path / "memory.md"
    path.write_bytes(MEMORY.encode() + b"- caf\xe9 \xff\xfe\n")
    event(path)
    expected = MEMORY.replace("last_updated_utc: old", "last_updated_utc: T")
    expected = expected.replace("- Campaign initialized.", "- [T] rejected: why (abc123, m=1.5)")
    start, end = expected.rsplit("- none yet\n", 1)
    assert without_times(path.read_bytes()) == (
        start.encode() + b"- caf\xe9 \xff\xfe\n- [T] why (abc123, m=1.5)\n" + end.encode()
    )


def test_every_byte_outside_the_edit_is_kept(tmp_path):
    path = tmp_path / "memory.md"
    odd = "- a\u2028b\x0cc\x0bd\x85e\r\n  f\n".encode()
    text = MEMORY.encode().replace(b"\n", b"\r\n") + odd
    path.write_bytes(text)
    event(path)
    expected = text.replace(b"utc: old", b"utc: T")
    expected = expected.replace(
        b"- Campaign initialized.", b"- [T] rejected: why (abc123, m=1.5)"
    ).replace(b"patterns\r\n- none yet\r\n", b"patterns\r\n")
    assert without_times(path.read_bytes()) == expected + b"- [T] why (abc123, m=1.5)\r\n"


def test_all_texts_are_cleaned_before_the_status_decides(tmp_path):
    path = tmp_path / "memory.md"
    path.write_text(MEMORY)
    event(
        path,
        commit="a\tb\n",
        status=" accepted\n",
        primary_metric_name="m\n## m",
        primary_metric_value="1\n2",
        description="x\r\ny\u2028z",
    )
    text = without_times(path.read_bytes()).decode()
    assert "### Latest accepted commit\n- commit: a b\n- primary_metric: m ## m=1 2\n" in text
    assert "### Progress log\n- [T] accepted: x y z (a b, m ## m=1 2)\n## Long" in text
    assert "### Accepted experiments\n- [T] x y z (a b, m ## m=1 2)\n### Rej" in text


def test_a_description_of_zero_is_a_zero(tmp_path):
    path = tmp_path / "memory.md"
    path.write_text(MEMORY)
    event(path, description=0)
    assert b"rejected: 0 (abc123" in path.read_bytes()


def test_an_event_lands_behind_what_agents_wrote_in_the_section(tmp_path):
    path = tmp_path / "memory.md"
    log = "### Progress log\n\n- [t] a\n  - nested\n#### Sub\n- b\n```\n## code\n```\n"
    path.write_text(
        f"# M\n- last_updated_utc: x\n## One\n{log}## Review\n- c\n### Rejected patterns\n\n- d\n"
    )
    event(path)
    assert without_times(path.read_bytes()).decode() == (
        f"# M\n- last_updated_utc: T\n## One\n{log}- [T] rejected: why (abc123, m=1.5)\n"
        "## Review\n- c\n### Rejected patterns\n\n- d\n- [T] why (abc123, m=1.5)\n"
    )


def test_a_set_section_that_held_the_metadata_loses_it(tmp_path):
    path = tmp_path / "memory.md"
    path.write_text(
        "### Latest accepted commit\n- last_updated_utc: old\n### Progress log\n"
        "### Accepted experiments\n- last_updated_utc: quoted\n"
    )
    event(path, status="accepted")
    assert without_times(path.read_bytes()).decode() == (
        "### Latest accepted commit\n- commit: abc123\n- primary_metric: m=1.5\n"
        "- status: accepted\n### Progress log\n- [T] accepted: why (abc123, m=1.5)\n"
        "### Accepted experiments\n- last_updated_utc: T\n- [T] why (abc123, m=1.5)\n"
    )


def test_the_time_is_utc_in_microseconds_and_never_runs_backwards():
    before = time.time()
    times = [runtime.utc_now_z() for _ in range(100)]
    assert all(re.fullmatch(TIME, stamp) for stamp in times)
    assert times == sorted(times)
    from datetime import datetime

    first = datetime.fromisoformat(times[0].replace("Z", "+00:00")).timestamp()
    assert before - 1e-3 < first <= time.time()


def test_seeding_happens_once(tmp_path):
    path = tmp_path / "a" / "memory.md"
    ids = dict.fromkeys(("package_id", "benchmark_id", "benchmark_rel", "optimize_branch"), "x")
    assert runtime.ensure_memory_file(path, **ids)
    path.write_text("mine")
    assert not runtime.ensure_memory_file(path, **ids)
    assert path.read_text() == "mine"


def test_the_worker_memory_is_written_anew_and_archived(tmp_path):
    path, run = tmp_path / "worker_memory.md", tmp_path / "runs" / "iter_0003"
    assert runtime.archive_worker_memory(path, run) is None
    assert not run.exists()
    path.write_bytes(b"old \xff\r\n")
    target = runtime.archive_worker_memory(path, run)
    assert target == run / "worker_memory.md"
    assert target.read_bytes() == b"old \xff\r\n"
    runtime.reset_worker_memory_file(
        path,
        package_id="p",
        benchmark_id="b",
        benchmark_rel="B",
        program_rel="P",
        controller_memory_rel="M",
        results_rel="R",
        worker_iteration=4,
    )
    assert "- worker_iteration: 4\n" in path.read_text()
    assert "old" not in path.read_text()


NAMES = {
    skeleton.MEMORY_TEMPLATE: ["package_id", "benchmark_id", "benchmark_rel", "optimize_branch"],
    skeleton.WORKER_MEMORY_TEMPLATE: [
        "package_id",
        "benchmark_id",
        "benchmark_rel",
        "program_rel",
        "controller_memory_rel",
        "results_rel",
        "worker_iteration",
    ],
}


def rendered_by_jinja(template, values):
    environment = Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,
    )
    environment.filters.update(FILTERS)
    source = (BASE / template).read_text(encoding="utf-8")
    # Statement lines, as the project's environment reads them.
    source = re.sub(r"^#% *(.*)$", r"{% \1 %}", source, flags=re.MULTILINE)
    return environment.from_string(source).render(values)


@pytest.mark.parametrize("template", NAMES)
@given(st.data())
def test_the_runtime_and_jinja_render_the_same_skeleton(template, data):
    values = {name: data.draw(st.text(max_size=8)) for name in [*NAMES[template], "now_utc"]}
    assert skeleton.render(template, values) == rendered_by_jinja(template, values)


def test_a_symbolic_link_stays_and_its_target_changes(tmp_path):
    target = tmp_path / "real" / "notes.md"
    target.parent.mkdir()
    target.write_text(MEMORY)
    target.chmod(0o640)
    link = tmp_path / "memory.md"
    link.symlink_to(target)
    event(link)
    assert link.is_symlink()
    assert "abc123" in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(target.parent)) == [".runtime.lock", "notes.md"]


@pytest.mark.parametrize("there", [True, False])
def test_an_error_at_any_call_leaves_the_memory_as_it_was(tmp_path, there):
    path = tmp_path / "memory.md"
    number, struck, raised = 0, True, 0
    while struck:
        number += 1
        path.unlink(missing_ok=True)
        if there:
            path.write_text(MEMORY)
        with failing(number) as faults:
            try:
                event(path)
            except OSError:
                raised += 1
                failed = True
            else:
                failed = False
        struck = faults.struck
        text = path.read_text() if path.exists() else None
        assert text == (MEMORY if there else None) if failed else "why (abc123" in text
        assert not any(name.endswith(".tmp") for name in os.listdir(tmp_path)), number
    assert raised > 5


WRITER = """
import sys
from pathlib import Path
from fermilink_scaffold.runtime import record_campaign_event
while True:
    record_campaign_event(Path(sys.argv[1]), commit="c", primary_metric_name="m",
        primary_metric_value=1, status="rejected", description="why")
"""


def test_no_reader_sees_half_an_event(tmp_path):
    path = tmp_path / "memory.md"
    filler = "- x\n" * 50_000
    path.write_text(MEMORY + filler)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
    try:
        seen = 0
        while seen < 30 and writer.poll() is None:
            text = without_times(path.read_bytes()).decode()
            seen = text.count("] rejected: why")
            if seen:
                head = MEMORY.replace("utc: old", "utc: T").replace("- Campaign initialized.\n", "")
                head = head.replace("log\n", "log\n" + "- [T] rejected: why (c, m=1)\n" * seen)
                start, end = head.rsplit("- none yet\n", 1)
                assert text == f"{start}{filler}{end}" + "- [T] why (c, m=1)\n" * seen
    finally:
        writer.kill()
        writer.wait()
    assert seen >= 30
