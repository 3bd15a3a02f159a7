"""The example pack, installed with pip as anybody's would be."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from interop.registry import make_venv, pip

if TYPE_CHECKING:
    from conftest import GitRepository

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
GOAL = """\
# Optimization Goal

## Package

{package}

## Target

Faster.

## Representative Workloads

- train-rod: `rod.txt`, 40000 steps
- test-wire: wire.txt
"""
FILES = {
    "src/heat.c": "int main(void) { return 0; }\n",
    "src/output.c": "int unused;\n",
    "Makefile": "heat:\n\tcc -o heat src/heat.c\nclean:\n\trm -f heat\n",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fermilink-scaffold in an environment with the example pack."""
    python = make_venv(tmp_path_factory.mktemp("example") / "env")
    pip(python, "install", "--quiet", str(ROOT), str(ROOT / "fixtures" / "example-pack"))
    return python.with_name("fermilink-scaffold")


def run(program: Path, *words: str, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    completed = subprocess.run(
        [str(program), *words],
        cwd=cwd,
        env={**environment, "XDG_CACHE_HOME": str(cwd / "cache")},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert completed.returncode == 0, f"{completed.stdout}\n{completed.stderr}"
    return completed.stdout


@pytest.mark.parametrize("package", ["heat", "Heat Solver", "something-else"])
def test_a_goal_without_commands_is_scaffolded(
    package: str, program: Path, git_repo: GitRepository, tmp_path: Path
) -> None:
    """By its name, by an alias, and because the repository is recognised."""
    project = git_repo(FILES)
    for name, text in {
        "goal.md": GOAL.format(package=package),
        "rod.txt": "1\n",
        "wire.txt": "2\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    told = json.loads(
        run(
            program,
            "init",
            str(project),
            "--goal",
            "goal.md",
            "--var",
            "steps=77",
            "--json",
            cwd=tmp_path,
        )
    )
    notes = [note["text"] for note in told["review_notes"]]
    case = "workload `test-wire`: the pack heat reads it as bash heat_case.sh ./heat wire.txt 77"
    assert case in notes
    assert "no candidate may change src/output.c" in notes
    assert "the build is make clean; make" in notes
    workspace = project / ".fermilink-optimize"
    driver = ROOT / "fixtures/example-pack/fermilink_scaffold_heat/heat_case.sh"
    assert (workspace / "autogen/cases/heat_case.sh").read_text() == driver.read_text()
    assert "## Where heat spends its time" in (workspace / "program.md").read_text()
    run(program, "check", str(project), cwd=tmp_path)


def test_the_repository_gives_the_package_where_nobody_names_it(
    program: Path, git_repo: GitRepository, tmp_path: Path
) -> None:
    project = git_repo(FILES, name="some-directory")
    told = json.loads(
        run(program, "init", str(project), "--case", "a=./heat x 1", "--json", cwd=tmp_path)
    )
    assert told["package_id"] == "heat"


def test_it_passes_its_own_check(program: Path, tmp_path: Path) -> None:
    assert run(program, "templates", "check", "heat", cwd=tmp_path) == "No problems found.\n"
    assert "heat (installed pack fermilink_scaffold_heat): serves heat, heat-solver" in run(
        program, "templates", "list", cwd=tmp_path
    )
