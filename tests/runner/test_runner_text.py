"""The runner and the launcher as texts: valid Python, typed, clean, plain templates."""

from __future__ import annotations

import ast
import glob
import os
import re
import shutil
import subprocess
import sys

import jinja2
import pytest
import yaml
from runner.harness import BASE, Workbench, rendered, source

NAMES = ["benchmark_runner.py", "submit_poll_launcher.py"]
CONFIGURATION = os.path.join(BASE, "..", "..", "pyproject.toml")


@pytest.fixture
def script(tmp_path, request):
    path = tmp_path / request.param
    path.write_text(rendered(request.param), encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def oldest_python() -> str:
    """A Python 3.9 that works; behind a pyenv shim stand the real ones."""
    shim = shutil.which("python3.9")
    if shim is None:
        pytest.skip("there is no Python 3.9 here")
    versions = os.path.join(os.path.dirname(shim), "..", "versions", "3.9*", "bin", "python3.9")
    for python in [*glob.glob(versions), shim]:
        works = subprocess.run([python, "-c", ""], capture_output=True, timeout=60, check=False)
        if works.returncode == 0:
            return python
    pytest.skip("the Python 3.9 here does not start")


def tool(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


@pytest.mark.parametrize("name", NAMES)
def test_template_is_valid_python_3_9(name):
    ast.parse(source(name), feature_version=(3, 9))
    ast.parse(rendered(name), feature_version=(3, 9))


@pytest.mark.parametrize("name", NAMES)
def test_template_has_no_syntax_but_statement_lines_with_blocks(name):
    text = source(name)
    assert not re.search(r"\{\{|\{%|\{#", text)
    statements = re.findall(r"(?m)^[ \t]*#%(.*)$", text)
    assert all(re.fullmatch(r" (block \w+|endblock)", line) for line in statements)
    assert statements.count(" endblock") == len(statements) / 2 >= 3


@pytest.mark.parametrize("name", NAMES)
def test_package_renders_the_text_unchanged(name):
    text = re.sub(r"(?m)^#%[ ]*(.*)$", r"{% \1 %}", source(name))
    environment = jinja2.Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False
    )
    assert environment.from_string(text).render() == rendered(name)


@pytest.mark.parametrize("script", NAMES, indirect=True)
def test_rendered_text_is_formatted_and_clean(script):
    ruff = ("ruff", "format", "--check", "--config", CONFIGURATION, script)
    assert tool(*ruff) == ""
    options = ("--config", CONFIGURATION, "--config", 'target-version="py39"')
    assert tool("ruff", "check", *options, script) == ""


@pytest.mark.parametrize("script", NAMES, indirect=True)
def test_rendered_text_is_typed(script, tmp_path):
    options = ("--strict", "--config-file", CONFIGURATION, "--cache-dir", str(tmp_path / "cache"))
    assert tool("mypy", *options, script) == ""


@pytest.mark.parametrize("script", NAMES, indirect=True)
def test_oldest_python_understands_it(script):
    done = subprocess.run(
        [oldest_python(), "-I", script, "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_oldest_python_runs_it(tmp_path):
    yaml_sources = os.path.dirname(yaml.__file__)
    shutil.copytree(yaml_sources, tmp_path / "lib" / "yaml", ignore=shutil.ignore_patterns("*.so"))
    bench = Workbench(str(tmp_path / "project"), oldest_python())
    case = {"command": ["sh", "-c", "echo energy = 1.5"], "metrics": {"energy": {"find": "energy"}}}
    bench.contract({"id": "one", **case})
    result = bench.result(env={"PYTHONPATH": str(tmp_path / "lib")})
    assert result["measurement"]["python"].startswith("3.9.")
    assert result["cases"][0]["energy"] == 1.5
