"""The reference's recorded answers, all of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fermilink_scaffold import runtime

VECTORS = json.loads(
    (Path(__file__).parents[2] / "fixtures/runtime_vectors.json").read_text(encoding="utf-8")
)["vectors"]
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def vectors(operation):
    chosen = [vector for vector in VECTORS if vector["op"] == operation]
    assert chosen
    return pytest.mark.parametrize("vector", chosen, ids=range(len(chosen)))


def only(operation):
    (vector,) = (vector for vector in VECTORS if vector["op"] == operation)
    return vector


@vectors("append_line")
def test_appending_a_line_to_a_section(vector):
    result = runtime.append_section_line(vector["content"], vector["key"], vector["value"])
    assert result == vector["expect"]


@vectors("set_section")
def test_setting_a_section(vector):
    result = runtime.set_section_lines(vector["content"], vector["key"], vector["value"])
    assert result == vector["expect"]


@vectors("replace_metadata")
def test_replacing_metadata(vector):
    result = runtime.replace_metadata_line(vector["content"], vector["key"], vector["value"])
    assert result == vector["expect"]


@vectors("append_result")
def test_appending_a_row(vector, tmp_path):
    path = tmp_path / "results.tsv"
    path.write_text(vector["content"], encoding="utf-8")
    arguments = dict(vector["kwargs"])
    if vector["nonfinite"]:
        arguments["primary_metric_value"] = float(arguments["primary_metric_value"])
    runtime.append_result(path, **arguments)
    assert path.read_text(encoding="utf-8") == vector["expect"]


@vectors("recent_results_text")
def test_recent_results(vector, tmp_path):
    path = tmp_path / "results.tsv"
    path.write_text(vector["content"], encoding="utf-8")
    assert runtime.recent_results_text(path, limit=vector["limit"]) == vector["expect"]


@vectors("record_campaign_event")
def test_recording_an_event(vector, tmp_path):
    path = tmp_path / "memory.md"
    if vector["content"] is not None:
        path.write_text(vector["content"], encoding="utf-8")
    runtime.record_campaign_event(path, **vector["kwargs"])
    result = TIME.sub(vector["now"], path.read_text(encoding="utf-8"))
    if vector["content"] is None:
        # Here the reference drops the event; see test_memory_file.
        assert vector["expect"] is None
        assert "accepted: d (c, m=1)" in result
    else:
        assert result == vector["expect"]


def in_order(lines, expected):
    """`expected`, in the order in which `lines` has them."""
    return [line for line in lines if line in expected]


def test_the_memory_skeleton_has_the_lines_of_the_format(tmp_path):
    expected = only("memory_skeleton")["expect"]
    path = tmp_path / "memory.md"
    created = runtime.ensure_memory_file(
        path,
        package_id="demo",
        benchmark_id="demo-bench",
        benchmark_rel=".fermilink-optimize/autogen/benchmark.yaml",
        optimize_branch="fermilink-optimize/demo",
    )
    lines = TIME.sub("2026-01-02T03:04:05.678901Z", path.read_text(encoding="utf-8")).splitlines()
    assert created
    assert in_order(lines, expected) == expected
    assert [line for line in lines if line.startswith(("#", "- "))] == expected


def test_the_worker_memory_skeleton_has_the_lines_of_the_format(tmp_path):
    expected = only("worker_memory_skeleton")["expect"]
    path = tmp_path / "worker_memory.md"
    runtime.reset_worker_memory_file(
        path,
        package_id="demo",
        benchmark_id="demo-bench",
        benchmark_rel="B",
        program_rel="P",
        controller_memory_rel="M",
        results_rel="R",
        worker_iteration=7,
    )
    lines = TIME.sub("2026-01-02T03:04:05.678901Z", path.read_text(encoding="utf-8")).splitlines()
    assert in_order(lines, expected) == expected
    assert [line for line in lines if line.startswith(("#", "- "))] == expected


def test_constants():
    expected = only("constants")["expect"]
    assert {name: getattr(runtime, name) for name in expected} == expected


def test_paths():
    vector = only("paths")
    root = Path(vector["root"])
    assert {name: str(getattr(runtime, name)(root)) for name in vector["expect"]} == vector[
        "expect"
    ]
