"""The runtime's names, flat, and what importing them costs."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from fermilink_scaffold import runtime
from fermilink_scaffold.runtime import paths

SOURCE = Path(runtime.__file__)


def test_every_name_can_be_used_flat():
    assert [name for name in runtime.__all__ if not hasattr(runtime, name)] == []
    assert set(runtime.__all__) <= set(dir(runtime))


def test_the_names_that_a_type_checker_sees_are_those_there_are():
    block = next(
        node
        for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body
        if isinstance(node, ast.If)
    )
    imported = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assigned = {
        target.id
        for node in block.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert {*imported, *assigned, *paths.__all__} == set(runtime.__all__)
    assert not {*imported, *assigned} & set(paths.__all__)
    for name, module in imported.items():
        assert getattr(runtime, name) is getattr(sys.modules[module], name)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        runtime.no_such_name  # noqa: B018


def test_the_names_that_fermilink_calls_are_the_public_ones():
    assert runtime._append_section_line is runtime.append_section_line
    assert runtime._set_section_lines is runtime.set_section_lines
    assert runtime._replace_metadata_line is runtime.replace_metadata_line


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        (
            "append_result",
            "path * iteration commit status primary_metric_name primary_metric_value description",
        ),
        (
            "record_campaign_event",
            "path * commit primary_metric_name primary_metric_value status description",
        ),
        ("ensure_memory_file", "path * package_id benchmark_id benchmark_rel optimize_branch"),
        (
            "reset_worker_memory_file",
            "path * package_id benchmark_id benchmark_rel program_rel controller_memory_rel results_rel worker_iteration",
        ),
        ("ensure_program_file", "path * content"),
        ("recent_results_text", "path * limit"),
        ("archive_worker_memory", "source_path run_dir"),
        ("safe_relative", "path root"),
        ("compact_memory", "path * keep_bytes"),
    ],
)
def test_signatures(name, signature):
    words = []
    for parameter in inspect.signature(getattr(runtime, name)).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        words.append(parameter.name)
    assert " ".join(words) == signature


def test_importing_loads_none_of_the_heavy_modules():
    code = (
        "import sys; before = set(sys.modules); import fermilink_scaffold.runtime; "
        "print(*sorted(set(sys.modules) - before))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert process.stdout.split() == [
        "__future__",
        "fermilink_scaffold",
        "fermilink_scaffold.runtime",
        "fermilink_scaffold.runtime.paths",
    ]


def test_an_event_needs_no_module_beyond_the_standard_library(tmp_path):
    code = f"""
import sys
from pathlib import Path
from fermilink_scaffold import runtime
from fermilink_scaffold.runtime import paths
runtime.record_outcome(Path({str(tmp_path)!r}), iteration=1, commit="c", status="accepted",
    primary_metric_name="m", primary_metric_value=1, description="d")
names = {{name.partition(".")[0] for name in sys.modules}}
print(*sorted(names - set(sys.stdlib_module_names) - {{"__main__", "sitecustomize", "_distutils_hack"}}))
print(*sorted(names & {{"dataclasses", "tempfile", "typing", "pathlib_abc", "hashlib"}}))
"""
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    first, second = process.stdout.split("\n")[:2]
    assert [name for name in first.split() if not name.startswith("_")] == ["fermilink_scaffold"]
    assert second == ""
