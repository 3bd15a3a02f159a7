"""A pack's case drivers: checked, sealed, and handed to the agent's own tree."""

from __future__ import annotations

import shutil
import subprocess

from fermilink_scaffold.bootstrap import Request, prepare
from fermilink_scaffold.contract.check_project import check_project
from fermilink_scaffold.contract.problems import errors
from fermilink_scaffold.workspace.apply import apply_plan

PACK = """\
name: sample
artifacts:
  - {path: autogen/cases/sample_case.py, template: sample_case.py}
  - {path: autogen/cases/sample_case.sh, template: sample_case.sh, executable: true}
workloads:
  - examples: [case one]
    pattern: '^case (?P<name>\\w+)'
    command: [python3, "{{ cases }}/sample_case.py", "{{ name }}"]
    metrics: {energy: {find: energy}}
"""
DRIVER = "print('energy = 1.5')\n"


def workspace(git_repo, write_pack, tmp_path, driver=DRIVER):
    project = git_repo({"src/a.py": "x = 1\n"})
    files = {"sample_case.py": driver, "sample_case.sh": "echo energy = 1\n"}
    root = write_pack(PACK, files=files)
    (tmp_path / "scaffold.yaml").write_text(
        "cases:\n  train-a: {description: case one}\n  test-a: {description: case two}\n"
    )
    flags = {"template_dirs": [str(root)]}
    answers = str(tmp_path / "scaffold.yaml")
    apply_plan(prepare(Request(project=str(project), answers=answers, flags=flags)).plan)
    return project


def broken(project):
    return [(problem.file, problem.code) for problem in errors(check_project(str(project)))]


def test_check_reads_drivers_and_their_seal(git_repo, write_pack, tmp_path):
    project = workspace(git_repo, write_pack, tmp_path)
    assert broken(project) == []
    driver = ".fermilink-optimize/autogen/cases/sample_case.py"
    (project / driver).write_text("def f(:\n")
    (project / ".fermilink-optimize/autogen/cases/sample_case.sh").write_text("if then\n")
    assert sorted(set(broken(project))) == [
        (driver, "python-syntax"),
        (driver, "seal"),
        (driver.replace(".py", ".sh"), "seal"),
        (driver.replace(".py", ".sh"), "shell-syntax"),
    ]


def test_the_agents_tree_has_them_and_runs_them(git_repo, write_pack, tmp_path):
    project = workspace(git_repo, write_pack, tmp_path)
    tree = tmp_path / "tree"
    subprocess.run(["git", "worktree", "add", "-q", str(tree)], cwd=project, check=True)
    run_dir = project / ".fermilink-optimize/runs/iter_0001"
    script = project / ".fermilink-optimize/autogen/pre_commands.sh"
    words = ["bash", str(script), "hand-over", str(run_dir), str(tree)]
    subprocess.run(words, cwd=tree, check=True)
    handed = tree / ".fermilink-optimize/autogen/cases"
    assert (handed / "sample_case.py").read_text() == DRIVER
    assert shutil.which("python3")
    words = ["bash", ".fermilink-optimize/measure.sh", "--emit-json"]
    measured = subprocess.run(words, cwd=tree, capture_output=True, encoding="utf-8", check=False)
    assert '"energy": 1.5' in measured.stdout, measured.stderr
