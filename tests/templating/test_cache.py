"""Compiled templates are kept for the next run, and only trusted when they are our own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from templating.test_layers import layers, text

from fermilink_scaffold.templating import cache

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "fermilink-scaffold"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the templates that were compiled, not loaded."""
    from fermilink_scaffold.templating.environment import LayeredEnvironment

    names: list[str] = []
    original = LayeredEnvironment.compile

    def compile_(self, source, name=None, filename=None, **options):
        names.append(name)
        return original(self, source, name, filename, **options)

    monkeypatch.setattr(LayeredEnvironment, "compile", compile_)
    return names


def fresh(tmp_path: Path, source: str = "{{ 1 }}\n") -> str:
    return text(layers(tmp_path, {"a.md.j2": source}))


def test_a_template_is_compiled_once(tmp_path, home, compiled):
    assert [fresh(tmp_path), fresh(tmp_path)] == ["1\n", "1\n"]
    assert compiled == ["0:a.md.j2"]
    assert [path.stat().st_mode & 0o777 for path in home.iterdir()] == [0o600]
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_changed_template_is_compiled_again(tmp_path, home, compiled):
    assert [fresh(tmp_path), fresh(tmp_path, "{{ 2 }}\n")] == ["1\n", "2\n"]
    assert len(compiled) == 2
    assert len(list(home.iterdir())) == 1


def test_another_jinja_does_not_use_it(tmp_path, home, compiled, monkeypatch):
    fresh(tmp_path)
    assert len(list(home.iterdir())) == 1
    monkeypatch.setattr(cache, "jinja2_version", "99")
    fresh(tmp_path)
    assert len(compiled) == 2


@pytest.mark.parametrize("damage", ["writable", "foreign", "cut", "nonsense", "link"])
def test_a_file_that_is_not_ours_is_not_loaded(tmp_path, home, compiled, monkeypatch, damage):
    fresh(tmp_path)
    (file,) = home.iterdir()
    if damage == "writable":
        file.chmod(0o666)
    elif damage == "foreign":
        own = os.geteuid()
        real = os.fstat
        monkeypatch.setattr(cache.os, "fstat", lambda fd: _other_owner(real(fd), own + 1))
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-20])
    elif damage == "nonsense":
        file.write_bytes(b"nonsense")
    else:
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    assert fresh(tmp_path) == "1\n"
    assert len(compiled) == 2


def _other_owner(status: os.stat_result, owner: int) -> os.stat_result:
    fields = list(status)
    fields[4] = owner
    return os.stat_result(fields)


@pytest.mark.parametrize("trouble", ["file", "open to all", "link"])
def test_without_a_safe_directory_there_is_no_cache(tmp_path, home, compiled, trouble):
    home.parent.mkdir()
    if trouble == "file":
        home.write_text("")
    elif trouble == "link":
        (tmp_path / "other").mkdir()
        home.symlink_to(tmp_path / "other")
    else:
        home.mkdir()
        home.chmod(0o777)
    assert cache.cache_directory() is None
    assert [fresh(tmp_path), fresh(tmp_path)] == ["1\n", "1\n"]
    assert len(compiled) == 2


def test_many_processes_share_it(tmp_path, home):
    layers(tmp_path, {"a.md.j2": "{{ 1 }}\n" * 500})
    program = (
        "from fermilink_scaffold.templating.layers import Layer, Layers\n"
        "from fermilink_scaffold.templating.render import render_template\n"
        "import sys\n"
        "layers = Layers((Layer(name='x', root=sys.argv[1]),))\n"
        "assert render_template('a.md.j2', layers, {})[0] == '1\\n' * 500\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "layer0")]
    running = [subprocess.Popen(command) for _ in range(4)]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    assert len(list(home.iterdir())) == 1
