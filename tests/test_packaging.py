"""The distributions: what is in them, and that each works from any directory once installed."""

from __future__ import annotations

import os
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from interop.registry import make_venv, pip

if TYPE_CHECKING:
    from conftest import GitRepository

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SOURCES = {".ci", "fermilink_scaffold", "fixtures", "templates", "tests"}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the sdist and the wheel that was built from it."""
    directory = tmp_path_factory.mktemp("dist")
    python = make_venv(directory / "builder")
    pip(python, "install", "--quiet", "build", "hatchling")
    words = ["--no-isolation", "--outdir", str(directory), str(ROOT)]
    _run([str(python), "-m", "build", *words], cwd=directory)
    return directory


def _run(command: list[str], *, cwd: Path) -> str:
    """Run a program as a user would, without this checkout on the path; its stdout is returned."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    completed = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert completed.returncode == 0, f"{completed.stdout}\n{completed.stderr}"
    return completed.stdout


def _tracked(directory: str) -> set[str]:
    listed = _run(["git", "ls-files", "-z", directory], cwd=ROOT)
    return {name for name in listed.split("\0") if name}


def _assert_it_works(python: Path, project: Path, elsewhere: Path) -> None:
    """`init` from another directory, with the program and with `-m`."""
    program = str(python.with_name("fermilink-scaffold"))
    flags = ["--package", "tiny", "--case", "train-a=python -c 'print(1)'"]
    _run([program, "--version"], cwd=elsewhere)
    _run([str(python), "-m", "fermilink_scaffold", "--help"], cwd=elsewhere)
    _run([program, "init", str(project), *flags], cwd=elsewhere)
    workspace = project / ".fermilink-optimize"
    assert (workspace / "autogen" / "benchmark.yaml").is_file()
    assert os.access(workspace / "autogen" / "run_optimize.sh", os.X_OK)
    _run([program, "check", str(project), "--json"], cwd=elsewhere)


def test_the_wheel_holds_every_template_and_the_demo(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = _tracked("templates") | _tracked("fixtures/demo")
    assert {f"fermilink_scaffold/_data/{name}" for name in data} <= names
    assert _tracked("fermilink_scaffold") <= names


def test_the_sdist_holds_the_sources_and_nothing_else_that_is_tracked(distributions: Path) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for directory in SOURCES:
        assert _tracked(directory) <= names
    assert {name.partition("/")[0] for name in names} - {""} <= SOURCES | {
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "pyproject.toml",
    }


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_an_installed_distribution_works_from_any_directory(
    kind: str, distributions: Path, git_repo: GitRepository, tmp_path: Path
) -> None:
    (distribution,) = distributions.glob(kind)
    project = git_repo({"src/a.py": "x = 1\n"})
    python = make_venv(tmp_path / "env")
    pip(python, "install", "--quiet", str(distribution))
    _assert_it_works(python, project, tmp_path)


def test_an_editable_install_works_from_any_directory(
    git_repo: GitRepository, tmp_path: Path
) -> None:
    project = git_repo({"src/a.py": "x = 1\n"})
    python = make_venv(tmp_path / "env")
    pip(python, "install", "--quiet", "--editable", str(ROOT))
    _assert_it_works(python, project, tmp_path)


def test_the_installed_demo_ends_with_a_measured_baseline(
    distributions: Path, tmp_path: Path
) -> None:
    (wheel,) = distributions.glob("*.whl")
    python = make_venv(tmp_path / "env")
    pip(python, "install", "--quiet", str(wheel))
    program = str(python.with_name("fermilink-scaffold"))
    told = _run([program, "demo", str(tmp_path / "demo")], cwd=tmp_path)
    assert "train-relax" in told
    assert "test-dynamics" in told
    assert (tmp_path / "demo" / ".fermilink-optimize" / "program.md").is_file()
