"""How long `--help` and `init` take, as multiples of what they can be compared with.

The program is the installed wheel with compiled bytecode, in an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bench.timing import Program, medians
from interop.registry import make_venv, pip

if TYPE_CHECKING:
    from bench.conftest import Report

pytestmark = pytest.mark.bench

ROOT = Path(__file__).parents[2]
ARTIFACTS = (
    "program.md",
    "memory.md",
    "worker_memory.md",
    "autogen/benchmark.yaml",
    "autogen/benchmark_runner.py",
    "autogen/setup_env.sh",
    "autogen/run_optimize.sh",
)
GOAL = """\
# Optimization Goal

## Package
quickmath

## Target
Make the sums faster.

## Editable Scope
- `src/quickmath/**`

## Performance Metric
Total wall time of the cases, minimise.

## Correctness Constraints
- `total`: relative delta <= 1e-12

## Representative Workloads
- train-small: `python -m quickmath 1000`
- test-large: `python -m quickmath 2000`

## Build
```bash
python -m venv .venv
. .venv/bin/activate
pip install -e .
```
"""
SOURCE = '''\
"""Part {number} of the sums."""


def add(values):
    """Add the values up."""
    total = 0.0
    for value in values:
        total += value
    return total
'''


@dataclass(frozen=True, kw_only=True)
class Installed:
    """The wheel in an environment of its own."""

    python: str
    scaffold: str
    #: What the timed programs see: no variable that keeps Python from using its bytecode.
    environment: dict[str, str]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    directory = tmp_path_factory.mktemp("installed")
    wheels = directory / "wheels"
    pip(sys.executable, "wheel", "--quiet", "--no-deps", f"--wheel-dir={wheels}", str(ROOT))
    python = make_venv(directory / "env")
    (wheel,) = wheels.glob("*.whl")
    pip(python, "install", "--quiet", "--compile", str(wheel))
    kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYENV_ROOT", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment["HOME"] = str(directory)
    return Installed(
        python=str(python),
        scaffold=str(python.with_name("fermilink-scaffold")),
        environment=environment,
    )


def _repository(root: Path, *, sources: int, others: int = 0) -> Path:
    """A git repository with `sources` files in the goal's scope and `others` elsewhere."""
    files = {"pyproject.toml": '[project]\nname = "quickmath"\nversion = "1"\n'}
    for number in range(sources):
        name = f"src/quickmath/group{number // 100:03}/part{number:05}.py"
        files[name] = SOURCE.format(number=number)
    for number in range(others):
        kind = ("data/set{}/table{}.csv", "docs/part{}/page{}.md", "tools/kit{}/tool{}.py")
        files[kind[number % 3].format(number // 300, number)] = f"{number}\n"
    for name, text in files.items():
        path = root / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "goal.md").write_text(GOAL, encoding="utf-8")
    project = root / "project"
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    return project


def _init(installed: Installed, project: Path) -> Program:
    """`init` of the project; each run starts without a workspace."""
    goal = str(project.with_name("goal.md"))
    return Program(
        command=[installed.scaffold, "init", str(project), "--goal", goal],
        cwd=str(project.parent),
        prepare=lambda: shutil.rmtree(project / ".fermilink-optimize", ignore_errors=True),
    )


def _copier(root: Path, project: Path) -> Program:
    """`copier copy` of the seven artifacts that `init` just wrote, the package's name a variable."""
    template = root / "template"
    template.mkdir()
    (template / "copier.yml").write_text("package:\n  type: str\n", encoding="utf-8")
    for name in ARTIFACTS:
        text = (project / ".fermilink-optimize" / name).read_text(encoding="utf-8")
        variable = "{% endraw %}{{ package }}{% raw %}"
        target = template / f"{name}.jinja"
        target.parent.mkdir(exist_ok=True)
        marked = "{% raw %}" + text.replace("quickmath", variable) + "{% endraw %}"
        target.write_text(marked, encoding="utf-8")
    python = make_venv(root / "copier")
    pip(python, "install", "--quiet", "--compile", "copier")
    copy = root / "copy"
    words = ["copy", "--quiet", "--defaults", "--data=package=quickmath", str(template), str(copy)]
    return Program(
        command=[str(python.with_name("copier")), *words],
        cwd=str(root),
        prepare=lambda: shutil.rmtree(copy, ignore_errors=True),
    )


def _times(numerator: float, denominator: float) -> tuple[str, str]:
    detail = f"{numerator * 1000:.0f} ms / {denominator * 1000:.0f} ms"
    return f"{numerator / denominator:.2f}x", detail


def test_start_up_and_init_of_a_small_project(
    installed: Installed, tmp_path: Path, report: Report
) -> None:
    project = _repository(tmp_path, sources=12)
    nothing = Program(command=[installed.python, "-c", "pass"], cwd=str(tmp_path))
    init = _init(installed, project)
    medians({"init": init}, runs=1, environment=installed.environment)
    copier = _copier(tmp_path, project)
    seconds = medians(
        {
            "nothing": nothing,
            "help": Program(command=[installed.scaffold, "--help"], cwd=str(tmp_path)),
            "init": init,
            "copier": copier,
        },
        runs=25,
        environment=installed.environment,
    )
    for name, over, under, goal in (
        ("--help / python -c pass", "help", "nothing", "<= 5x"),
        ("init / python -c pass", "init", "nothing", "<= 12x"),
        ("copier copy / init", "copier", "init", ">= 3x"),
    ):
        value, detail = _times(seconds[over], seconds[under])
        report(name=name, value=value, goal=goal, detail=detail)


def test_init_of_a_huge_repository(installed: Installed, tmp_path: Path, report: Report) -> None:
    small = _repository(tmp_path / "small", sources=30, others=20)
    for scope, sources in (("few in scope", 30), ("all in scope", 49_999)):
        huge = _repository(tmp_path / scope, sources=sources, others=49_999 - sources)
        seconds = medians(
            {"small": _init(installed, small), "huge": _init(installed, huge)},
            runs=7,
            environment=installed.environment,
        )
        value, detail = _times(seconds["huge"], seconds["small"])
        name = f"init, 50,000 files ({scope}) / 50 files"
        report(name=name, value=value, goal="<= 3x", detail=detail)
