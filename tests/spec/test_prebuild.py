"""The build command and the hand-over, run by a real bash."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from fermilink_scaffold.contract.prebuild import build_command, hand_over_command
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.model import Build, Source


def build_words(script, run_dir, root):
    words = build_command(Build(script=script, source=Source(file="goal.md", line=10)))
    # as FermiLink does it: text for text, then the blanks around each word go
    return [
        word.replace("{run_dir}", str(run_dir)).replace("{project_root}", str(root)).strip()
        for word in words
    ]


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "my 'odd\" $HOME project"
    root.mkdir()
    return root


def run(script, project, **env):
    run_dir = project / "runs dir" / "iter_0001"
    return subprocess.run(
        build_words(script, run_dir, project),
        cwd=project,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def dump(project, which):
    path = project / "runs dir" / "iter_0001" / f"build_env.{which}"
    if not path.exists():
        return None
    entries = [each for each in path.read_bytes().decode().split("\0") if each]
    return dict(each.split("=", 1) for each in entries)


def changes(project):
    before, after = dump(project, "before"), dump(project, "after")
    return {name: value for name, value in after.items() if before.get(name) != value}


@pytest.mark.parametrize(
    "script",
    [
        "false\necho on",
        "cd nowhere && echo built\necho on",
        "cd nowhere && echo built  # a comment\necho on",
        "cd nowhere &&\n  echo \\\n  built\necho on",
        "mkdir -p b; cd nowhere && echo built; echo on",
        "for part in a b; do cd nowhere && echo built; done\necho on",
        "build() { false; echo half; }\ntrue && build\necho on",
        "[ -d . ] && cd nowhere && echo built\necho on",
        "true && { false; echo half; }\necho on",
        "false | cat\necho on",
        "if true; then cd nowhere && echo built; fi\necho on",
        "(cd nowhere && echo built)\necho on",
        "case x in x) cd nowhere && echo built ;; esac\necho on",
        "cat <<EOF && cd nowhere && echo built\ntext && text\nEOF\necho on",
        "exit 3",
        "echo 'unbalanced\necho on",
    ],
)
def test_a_failing_line_fails_the_build(project, script):
    result = run(script, project)
    assert result.returncode != 0
    assert "built" not in result.stdout
    assert "half" not in result.stdout
    assert "on\n" not in result.stdout
    assert dump(project, "before") is not None
    assert dump(project, "after") is None


@pytest.mark.parametrize(
    "script",
    [
        "[ -d nowhere ] && rm -r nowhere\necho on",
        "[ -d nowhere ] && cd nowhere && make\necho on",
        "[[ -n $UNSET_NAME && -d x ]] && echo never\necho on",
        "test -f nothing && echo never\necho on",
        "test -f nothing || echo on",
        "cd nowhere || echo on",
        "cd nowhere && make || echo on",
        "if cd nowhere && make; then echo never; else echo on; fi",
        "while cd nowhere && make; do echo never; done\necho on",
        "command -v no-such-program && echo never\necho on",
        "grep -q x /dev/null && echo never\necho on",
        "! true && echo never\necho on",
        "false || true\necho on",
        "{ cd nowhere && make; } || echo on",
        "check() { cd nowhere && make; }\nif check; then echo never; fi\necho on",
        "echo on\n[ -d nowhere ] && rm -r nowhere",
        "echo on\nexit 0\necho never",
        "# nothing but a comment\necho on",
        "echo on; set +e; false",
        "echo on \\",
        "cat <<'END'\non\nif [ (( {{ ' \" `\nEND",
        "set -- a b c\ncd /\necho on",
        "trap 'echo mine' EXIT\necho on",
    ],
)
def test_an_idiom_that_bash_forgives_passes(project, script):
    result = run(script, project)
    assert (result.returncode, result.stderr.replace("bash:", "build:").count("syntax")) == (0, 0)
    assert "on" in result.stdout.split("\n")
    assert "never" not in result.stdout
    assert dump(project, "after") is not None


def test_what_the_build_exports_is_in_the_dump_and_nothing_else(project):
    result = run(
        'export GREETING="two\nlines = \'q\'"\nexport PATH="$PWD/bin:$PATH"\nnot_exported=1\n'
        "mkdir -p sub && cd sub\nunset LEFT_OUT",
        project,
        LEFT_OUT="x",
    )
    assert result.returncode == 0, result.stderr
    assert changes(project) == {
        "GREETING": "two\nlines = 'q'",
        "PATH": f"{project}/bin:{os.environ['PATH']}",
    }
    assert "LEFT_OUT" in dump(project, "before")
    assert "LEFT_OUT" not in dump(project, "after")


def test_an_activate_script_that_is_unsafe_under_set_u_works(project):
    (project / "venv").mkdir()
    (project / "venv" / "activate").write_text(
        'if [ -n "$_OLD_VIRTUAL_PATH" ]; then PATH=$_OLD_VIRTUAL_PATH; fi\n'
        'VIRTUAL_ENV=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)\nexport VIRTUAL_ENV\n'
    )
    result = run("source venv/activate", project)
    assert result.returncode == 0, result.stderr
    assert changes(project) == {"VIRTUAL_ENV": f"{project}/venv"}


def test_a_relative_run_directory_works_after_a_cd(project):
    words = build_words("export A=1\nmkdir -p sub\ncd sub", "runs dir/iter_0001", ".")
    subprocess.run(words, cwd=project, check=True, timeout=60)
    assert changes(project) == {"A": "1"}


def test_the_build_reads_nothing_from_its_caller(project):
    result = run("if read -r line; then echo got; fi\necho on", project)
    assert (result.returncode, result.stdout) == (0, "on\n")


def test_the_users_text_stands_there_as_it_was():
    script = (
        '# configure once\nexport VENV=/opt/x\nsource "$VENV/bin/activate"\nmodule remove cmake\n'
        "cd pyscf/lib\nmkdir -p build\ncd build\ncmake \\\n  -DX=1 ..  # here\ncmake --build . -j4\n"
        "cat > f <<'EOF'\n$HOME `date` && {x}\nEOF\n[ -d old ] && rm -r old"
    )
    words = build_command(Build(script=script, source=Source(file="goal.md", line=10)))
    marked = f"\n# --- the goal's build (goal.md:10)\n{script}\n\n# --- end of the build\n"
    assert marked in words[2]
    assert words[:2] == ["bash", "-c"]
    assert words[3:] == ["build", "{run_dir}", "{project_root}"]
    for placeholder in ("{run_dir}", "{project_root}", "{benchmark}", "{inputs}"):
        assert placeholder not in words[2]


@pytest.mark.parametrize("name", ["benchmark", "project_root", "run_dir"])
def test_a_placeholder_in_the_build_is_refused_with_its_line(name):
    build = Build(script=f"make\nmake DIR={{{name}}}/x", source=Source(file="goal.md", line=10))
    with pytest.raises(ScaffoldError) as raised:
        build_command(build)
    assert str(raised.value) == (
        f"goal.md:11: the build block holds `{{{name}}}`, which FermiLink replaces by an unquoted "
        'path\nThe build runs in the project\'s root: write paths relative to it, or "$PWD".'
    )


def shellcheck(script, tmp_path):
    beside = os.path.join(os.path.dirname(sys.executable), "shellcheck")
    tool = beside if os.path.exists(beside) else shutil.which("shellcheck")
    if tool is None:
        pytest.skip("shellcheck is not installed")
    path = tmp_path / "script.sh"
    path.write_text("#!/usr/bin/env bash\n" + script)
    done = subprocess.run([tool, path], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout


def test_both_scripts_are_clean_for_shellcheck(tmp_path):
    build = Build(
        script="module load gcc\nconda activate x\nmake -j4", source=Source(file="goal.md", line=1)
    )
    assert shellcheck(build_command(build)[2], tmp_path) == ""
    assert shellcheck(hand_over_command()[2], tmp_path) == ""


@pytest.fixture
def campaign(tmp_path):
    """A project with a workspace, and an agent's worktree beside it."""
    main = tmp_path / "main 'q\" $x"
    workspace = main / ".fermilink-optimize"
    (workspace / "autogen").mkdir(parents=True)
    (workspace / "runs" / "iter_0001").mkdir(parents=True)
    (workspace / "inputs" / "worker" / "sub dir").mkdir(parents=True)
    (workspace / "inputs" / "all").mkdir()
    (workspace / "inputs" / "worker" / "sub dir" / "a.xyz").write_text("train")
    (workspace / "inputs" / "all" / "held.xyz").write_text("test")
    (workspace / "autogen" / "benchmark_runner.py").write_text(
        "import json, os, sys\nprint(json.dumps([os.getcwd(), sys.executable, sys.argv[1:]]))\n"
    )
    (workspace / "autogen" / "benchmark.yaml").write_text("all: 1\n")
    worktree = tmp_path / "work tree '"
    worktree.mkdir()
    return main, worktree


def hand_over(main, root):
    run_dir = main / ".fermilink-optimize" / "runs" / "iter_0001"
    words = [
        word.replace("{run_dir}", str(run_dir)).replace("{project_root}", str(root)).strip()
        for word in hand_over_command()
    ]
    return subprocess.run(words, cwd=root, capture_output=True, text=True, check=True, timeout=60)


def tree(directory):
    return sorted(
        str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()
    )


def test_hand_over_does_nothing_in_the_project_itself(campaign):
    main, _ = campaign
    before = tree(main)
    hand_over(main, main)
    assert tree(main) == before


def test_hand_over_gives_the_worktree_runner_contract_and_train_inputs(campaign):
    main, worktree = campaign
    (main / ".fermilink-optimize" / "benchmark.worker.yaml").write_text("train: 1\n")
    hand_over(main, worktree)
    hand_over(main, worktree)  # a second time changes nothing
    assert tree(worktree) == [
        ".fermilink-optimize/autogen/benchmark_runner.py",
        ".fermilink-optimize/benchmark.worker.yaml",
        ".fermilink-optimize/inputs/all/sub dir/a.xyz",
        ".fermilink-optimize/inputs/worker/sub dir/a.xyz",
        ".fermilink-optimize/measure.sh",
    ]


def measure(worktree):
    script = worktree / ".fermilink-optimize" / "measure.sh"
    done = subprocess.run(
        ["bash", script, "--case", "a b"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_measure_runs_the_runner_in_the_worktree(campaign, tmp_path):
    main, worktree = campaign
    hand_over(main, worktree)
    arguments = [
        "--build",
        "--run-dir",
        ".fermilink-optimize/runs/local",
        "--benchmark",
        ".fermilink-optimize/autogen/benchmark.yaml",
        "--case",
        "a b",
    ]
    where, _, found = json.loads(measure(worktree))
    assert (where, found) == (str(worktree), arguments)
    python = main / ".fermilink-optimize" / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho tool "$@"\n')
    python.chmod(0o755)
    runner = ".fermilink-optimize/autogen/benchmark_runner.py"
    assert measure(worktree) == f"tool {runner} {' '.join(arguments)}\n"
    assert shellcheck((worktree / ".fermilink-optimize/measure.sh").read_text(), tmp_path) == ""
