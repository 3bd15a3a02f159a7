"""What packs cost: `init` with none, with fifty installed ones, and with one in use."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bench.bench_init import ROOT, Installed, _init, _repository, _times
from bench.timing import Program, medians
from interop.registry import make_venv, pip

if TYPE_CHECKING:
    from bench.conftest import Report

pytestmark = pytest.mark.bench

#: As long as a real one: several readers, variables and defaults.
PACK = """\
name: pack{number}
packages: [package{number}, alias{number}]
requires: ">=0.1"
detect:
  - {{files: [src/part{number}.c, Makefile]}}
variables:
  steps: {{type: integer, default: 100, help: Steps of a case.}}
defaults:
  immutable: ["data/**"]
  tolerances: [{{field: energy, abs_delta: 1.0e-08}}]
  env: {{PART: "{number}"}}
workloads:
"""
READER = """\
  - examples: ["H2O / cc-pVDZ / RHF, {number} steps"]
    pattern: '^(?P<system>\\S+) / (?P<basis>\\S+) / (?P<method>RHF|UHF)'
    find: {{steps: '(\\d+) steps'}}
    command: [python, case.py, "{{{{ system }}}}", "{{{{ basis }}}}", "{{{{ steps or variables.steps }}}}"]
    metrics: {{energy: {{find: energy}}}}
"""


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installed, Installed]:
    """The wheel installed twice: without packs, and with fifty of them."""
    directory = tmp_path_factory.mktemp("packs")
    wheels = directory / "wheels"
    pip(sys.executable, "wheel", "--quiet", "--no-deps", f"--wheel-dir={wheels}", str(ROOT))
    (wheel,) = wheels.glob("*.whl")
    made = []
    for name in ("without", "with"):
        python = make_venv(directory / name)
        pip(python, "install", "--quiet", "--compile", str(wheel))
        home = directory / f"home-{name}"
        home.mkdir()
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home)}
        program = str(python.with_name("fermilink-scaffold"))
        made.append(Installed(python=str(python), scaffold=program, environment=environment))
    places = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run(
        [made[1].python, "-c", places], capture_output=True, encoding="utf-8", check=True
    ).stdout.strip()
    for number in range(50):
        _install(Path(site), number)
    return made[0], made[1]


def _install(site: Path, number: int) -> None:
    """A pack as pip leaves it."""
    info = site / f"pack_{number}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pack-{number}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[fermilink_scaffold.packs]\npack{number} = pack_{number}\n"
    )
    package = site / f"pack_{number}"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')\n")
    readers = "".join(READER.format(number=each) for each in range(10))
    (package / "pack.yaml").write_text(PACK.format(number=number) + readers)


def test_fifty_installed_packs(
    environments: tuple[Installed, Installed], tmp_path: Path, report: Report
) -> None:
    without, fifty = environments
    projects = [_repository(tmp_path / name, sources=12) for name in ("a", "b", "c")]
    goal = projects[2].with_name("goal.md")
    goal.write_text(goal.read_text().replace("quickmath", "package7", 1))
    programs = {"none": _init(without, projects[0]), "fifty": _init(fifty, projects[1])}
    programs["one of fifty"] = _init(fifty, projects[2])
    # Each environment has its own HOME, hence caches of its own.
    for name, installed in (("none", without), ("fifty", fifty), ("one of fifty", fifty)):
        medians({name: programs[name]}, runs=1, environment=installed.environment)
    programs = {
        name: _with_home(program, fifty if "fifty" in name else without)
        for name, program in programs.items()
    }
    programs["nothing"] = Program(command=[without.python, "-c", "pass"], cwd=str(tmp_path))
    seconds = medians(programs, runs=25, environment={"PATH": "/usr/local/bin:/usr/bin:/bin"})
    for name, over, under, wanted in (
        ("init with 50 installed packs / without", "fifty", "none", "<= 1.3x"),
        ("init with one of 50 in use / without", "one of fifty", "none", ""),
        ("init without packs / python -c pass", "none", "nothing", "<= 12x"),
    ):
        value, detail = _times(seconds[over], seconds[under])
        report(name=name, value=value, goal=wanted, detail=detail)


def test_the_first_init_after_fifty_packs_were_installed(
    environments: tuple[Installed, Installed], tmp_path: Path, report: Report
) -> None:
    """No goal: each pack is read and validated once."""
    _, fifty = environments
    project = _repository(tmp_path, sources=12)
    cache = Path(fifty.environment["HOME"]) / ".cache"
    init = _with_home(_init(fifty, project), fifty)
    prepare = init.prepare
    assert prepare is not None

    def forget() -> None:
        prepare()
        for file in (cache / "fermilink-scaffold").glob("pack*.json"):
            file.unlink()

    first = Program(command=init.command, cwd=init.cwd, prepare=forget)
    seconds = medians({"first": first, "later": init}, runs=5, environment=fifty.environment)
    value, detail = _times(seconds["first"], seconds["later"])
    report(name="first init with 50 packs / later ones", value=value, goal="", detail=detail)


def _with_home(program: Program, installed: Installed) -> Program:
    """The program with its environment's own HOME."""
    env = shutil.which("env") or "/usr/bin/env"
    home = f"HOME={installed.environment['HOME']}"
    return Program(command=[env, home, *program.command], cwd=program.cwd, prepare=program.prepare)
