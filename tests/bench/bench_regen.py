"""How long `regen` takes, as multiples of what it can be compared with.

The program is the installed wheel with compiled bytecode, in an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from bench.bench_init import ARTIFACTS, Installed, _repository, installed  # noqa: F401 (a fixture)
from bench.timing import Program, medians
from interop.registry import make_venv, pip

from fermilink_scaffold.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    from bench.conftest import Report

pytestmark = pytest.mark.bench

W = ".fermilink-optimize"


def _scaffold(wheel: Installed, root: Path, *, sources: int = 12, others: int = 0) -> Path:
    """A project with a new workspace."""
    project = _repository(root, sources=sources, others=others)
    _run(wheel, [wheel.scaffold, "init", str(project), "--goal", str(root / "goal.md")], root)
    return project


def _run(wheel: Installed, command: list[str], cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, env=wheel.environment)


def _regen(wheel: Installed, project: Path, *options: str, **more) -> Program:
    command = [wheel.scaffold, "regen", str(project), *options]
    return Program(command=command, cwd=str(project.parent), **more)


def _edited(project: Path) -> None:
    """Every text is edited at its beginning, and every template changes at its end."""
    templates = project / ".fermilink-scaffold/templates"
    templates.mkdir(parents=True)
    for name in ARTIFACTS:
        base = name.rpartition("/")[2]
        if "memory" in base:
            continue
        lines = (project / W / name).read_text(encoding="utf-8").splitlines(keepends=True)
        lines.insert(1, "# a line of mine\n")
        (project / W / name).write_text("".join(lines), encoding="utf-8")
        with open(resource_path("templates", "base", f"{base}.j2"), encoding="utf-8") as stream:
            text = stream.read()
        (templates / f"{base}.j2").write_text(f"{text}# another last line\n", encoding="utf-8")


def _merging(wheel: Installed, project: Path) -> Program:
    """`regen` that merges all texts; each run starts from the same workspace."""
    kept = project.with_name(f"{project.name}-kept")
    shutil.copytree(project / W, kept)

    def prepare() -> None:
        shutil.rmtree(project / W)
        shutil.copytree(kept, project / W)
        os.sync()  # or the first fsync of `regen` waits for this copy

    return _regen(wheel, project, prepare=prepare)


def _copier_update(root: Path, project: Path) -> Program:
    """A no-op `copier update` of the same seven files."""
    template, copy = root / "template", root / "copy"
    template.mkdir(parents=True)
    (template / "copier.yml").write_text("package:\n  type: str\n", encoding="utf-8")
    answers = "{{ _copier_conf.answers_file }}.jinja"
    (template / answers).write_text("{{ _copier_answers|to_nice_yaml }}", encoding="utf-8")
    for name in ARTIFACTS:
        text = (project / W / name).read_text(encoding="utf-8")
        target = template / f"{name}.jinja"
        target.parent.mkdir(exist_ok=True)
        target.write_text("{% raw %}" + text + "{% endraw %}", encoding="utf-8")
    _commit(template)
    subprocess.run(["git", "tag", "1.0"], cwd=template, check=True)
    python = make_venv(root / "env")
    pip(python, "install", "--quiet", "--compile", "copier")
    copier = str(python.with_name("copier"))
    words = ["copy", "--quiet", "--defaults", "--data=package=quickmath", str(template), str(copy)]
    subprocess.run([copier, *words], check=True, capture_output=True)
    _commit(copy)
    return Program(command=[copier, "update", "--quiet", "--defaults"], cwd=str(copy))


def _commit(directory: Path) -> None:
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *arguments], cwd=directory, check=True)


def _ratio(numerator: float, denominator: float) -> dict[str, str]:
    detail = f"{numerator * 1000:.0f} ms / {denominator * 1000:.0f} ms"
    return {"value": f"{numerator / denominator:.2f}x", "detail": detail}


def test_regen_of_a_small_project(
    installed: Installed,  # noqa: F811
    tmp_path: Path,
    report: Report,
) -> None:
    project = _scaffold(installed, tmp_path)
    merged = _scaffold(installed, tmp_path / "merged")
    _edited(merged)
    seconds = medians(
        {
            "nothing": Program(command=[installed.python, "-c", "pass"], cwd=str(tmp_path)),
            "check": _regen(installed, project, "--check"),
            "merge": _merging(installed, merged),
            "copier": _copier_update(tmp_path / "copier", project),
        },
        runs=15,
        environment={**installed.environment, "GIT_CONFIG_GLOBAL": "/dev/null"},
    )
    for name, over, under, goal in (
        ("no-op regen --check / python -c pass", "check", "nothing", "<= 6x"),
        ("no-op copier update / no-op regen --check", "copier", "check", ">= 10x"),
        ("regen that merges all / python -c pass", "merge", "nothing", "<= 15x"),
    ):
        report(name=name, goal=goal, **_ratio(seconds[over], seconds[under]))


def test_regen_of_a_huge_project_with_a_long_past(
    installed: Installed,  # noqa: F811
    tmp_path: Path,
    report: Report,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A commit of 50,000 files would start a `git gc` that runs on behind the timing.
    for name, value in (("COUNT", "1"), ("KEY_0", "gc.auto"), ("VALUE_0", "0")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    small = _scaffold(installed, tmp_path / "small", sources=30, others=20)
    huge = _scaffold(installed, tmp_path / "huge", sources=30, others=49_970)
    for project, rows in ((small, 1), (huge, 200_000)):
        with (project / W / "results.tsv").open("a", encoding="utf-8") as stream:
            stream.writelines(f"{n}\tabc\trejected\twall_seconds\t1.0\tno\n" for n in range(rows))
    with (huge / W / "memory.md").open("a", encoding="utf-8") as stream:
        stream.write("- a line of the past\n" * 500_000)
    for name, prepared in (("no-op regen --check", False), ("regen that merges all", True)):
        programs = {}
        for size, project in (("small", small), ("huge", huge)):
            if prepared:
                _edited(project)
                programs[size] = _merging(installed, project)
            else:
                programs[size] = _regen(installed, project, "--check")
        seconds = medians(programs, runs=7, environment=installed.environment)
        values = _ratio(seconds["huge"], seconds["small"])
        report(name=f"{name}, 50,000 files and a long past / small", goal="1x", **values)
