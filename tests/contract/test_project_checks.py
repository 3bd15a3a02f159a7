from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import NamedTuple

import pytest
from contract.contracts import VALID
from contract.workspaces import make_workspace, said, seal, write
from unprivileged import without_override

from fermilink_scaffold import layout
from fermilink_scaffold.contract.check_build import _INSTALL, products
from fermilink_scaffold.contract.check_hpc import profile_faults
from fermilink_scaffold.contract.check_tools import shell_programs
from fermilink_scaffold.contract.prebuild import build_command
from fermilink_scaffold.runtime import RESULTS_HEADER, record_outcome
from fermilink_scaffold.spec.model import Build, Source
from fermilink_scaffold.workspace.manifest import Entry, Manifest


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def plenty_of_room(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 0, 1 << 40))


@pytest.fixture
def root(git_repo):
    return make_workspace(git_repo)


def git(root, *words):
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def contract(root, old, new):
    """Change the contract's text, and seal it again."""
    assert VALID.count(old) == 1
    write(root, layout.BENCHMARK, VALID.replace(old, new))
    seal(root)


def test_a_good_workspace_has_no_problems(root):
    assert said(root) == []


def test_a_check_changes_no_file(root):
    def everything():
        return {
            path: (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(root.rglob("*"))
        }

    before = everything()
    said(root)
    assert everything() == before


# --- git ------------------------------------------------------------------------------------


def test_a_dirty_tree_is_an_error_and_names_the_goal_apart(root):
    write(root, "goal.md", "# Optimization Goal\n")
    write(root, "src/new.c", "")
    write(root, "bench.sh", "changed\n")
    assert said(root) == [
        (
            "error: git status is not clean: bench.sh, src/new.c\n"
            "    Commit or stash the changes, or exclude the files in .git/info/exclude."
        ),
        (
            "error: goal.md: the goal is neither committed nor excluded: FermiLink refuses to start\n"
            "    Commit it, or add its name to .git/info/exclude."
        ),
    ]


def test_a_renamed_file_is_named_once(root):
    git(root, "mv", "bench.sh", "new name.sh")
    assert said(root)[0] == (
        "error: git status is not clean: new name.sh\n"
        "    Commit or stash the changes, or exclude the files in .git/info/exclude."
    )


def test_missing_excludes_are_errors(root):
    write(root, ".git/info/exclude", "# nothing\n")
    write(root, ".gitignore", "skills\n")
    git(root, "add", ".gitignore")
    git(root, "commit", "-qm", "Ignore")
    assert said(root) == [
        (
            "error: git does not ignore .fermilink-optimize/: every candidate would be rejected\n"
            "    Add the line .fermilink-optimize/ to .git/info/exclude."
        ),
        (
            "error: git does not ignore projects/: every candidate would be rejected\n"
            "    Add the line projects/ to .git/info/exclude."
        ),
    ]


def test_a_tracked_workspace_is_an_error(root):
    git(root, "add", "-f", layout.PROGRAM, layout.MEMORY)
    git(root, "commit", "-qm", "Track")
    assert said(root) == [
        (
            "error: .fermilink-optimize/memory.md: git tracks 2 files of the workspace: the campaign "
            "changes them\n    git rm -r --cached .fermilink-optimize, and commit."
        )
    ]


@pytest.mark.parametrize("name", ["AGENTS.md", "CLAUDE.md", "GEMINI.md"])
def test_committed_crlf_instructions_are_an_error(root, name):
    write(root, name, b"a\r\nb\r\n")
    git(root, "add", name)
    git(root, "commit", "-qm", "Add")
    assert said(root) == [
        (
            f"error: {name}: is committed with CRLF line ends: every candidate would be rejected\n"
            f"    Commit it with LF: sed -i 's/\\r$//' {name}, then git commit {name}."
        )
    ]


def test_crlf_that_git_makes_itself_is_no_problem(root):
    write(root, ".gitattributes", "*.md text eol=crlf\n")
    write(root, "AGENTS.md", b"a\r\nb\r\n")
    git(root, "add", ".gitattributes", "AGENTS.md")
    git(root, "commit", "-qm", "Add")
    assert said(root) == []


def test_instructions_that_are_no_text_are_an_error(root):
    write(root, "AGENTS.md", b"\xff\n")
    git(root, "add", "AGENTS.md")
    git(root, "commit", "-qm", "Add")
    assert said(root) == ["error: AGENTS.md: is not UTF-8: FermiLink cannot read it"]


def test_a_repository_without_a_commit_is_an_error(git_repo):
    root = git_repo({}, name="empty", commit=False)
    write(root, layout.BENCHMARK, VALID)
    assert (
        "error: the repository has no commit\n    Commit the code: candidates are compared with a commit."
        in said(root)
    )


def test_a_directory_below_the_top_is_an_error(root):
    below = root / "src"
    shutil.copytree(root / layout.WORKSPACE, below / layout.WORKSPACE)
    assert (
        "error: the project is not the top of its git repository\n    The workspace belongs beside .git."
        in said(below)
    )


def test_without_git_the_rest_is_checked(tmp_path, root, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    shutil.rmtree(root / ".git")
    assert said(root) == [
        (
            "error: git does not take the project for a repository\n"
            "    Run `git status` in it and do what it says; without git: git init, git add, git commit."
        )
    ]


def test_the_directory_above_must_be_writable(root):
    root.parent.chmod(0o555)
    try:
        assert without_override(lambda: said(root)) == [
            (
                "error: the directory above the repository is not writable: the agent's worktree goes "
                "there\n    Move the repository, or make it writable."
            )
        ]
    finally:
        root.parent.chmod(0o755)


# --- patterns -------------------------------------------------------------------------------


def test_patterns_that_match_nothing_are_told(root):
    contract(root, '["src/**"]', '["src", "source/**"]')
    assert said(root) == [
        (
            "error: .fermilink-optimize/autogen/benchmark.yaml:8:3: repo.editable_paths matches no tracked "
            "file at all: every candidate would be out of scope"
        ),
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:8:20: repo.editable_paths[0] 'src' matches "
            "no tracked file\n    It is a directory: write src/**."
        ),
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:8:27: repo.editable_paths[1] 'source/**' "
            "matches no tracked file"
        ),
    ]


def test_what_is_editable_and_immutable_at_once_is_told(root):
    contract(root, '["tests/**"]', '["tests/**", "src/solver.c"]')
    assert said(root) == [
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:9:33: repo.immutable_paths[1] "
            "'src/solver.c' names files that editable_paths cover: src/solver.c\n"
            "    FermiLink allows their change; narrow editable_paths to be sure."
        )
    ]


def test_editable_tests_and_benchmarks_are_told(root):
    contract(root, '["src/**"]', '["src/**", "bench/**"]')
    assert said(root) == [
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:8:30: repo.editable_paths[1] 'bench/**' "
            "lets candidates change tests or benchmarks: bench/bench.sh\n"
            "    Narrow it, or name them in immutable_paths."
        )
    ]


def test_built_files_that_fermilink_would_delete_are_told(root):
    contract(
        root,
        '  pre_commands:\n    - [bash, -c, \'set -e; cat src/solver.c\', build, "{run_dir}", "{project_root}"]\n',
        "",
    )
    write(root, "src/solver.so", "")
    write(root, "src/__pycache__/x.pyc", "")
    with (root / ".git/info/exclude").open("a") as stream:
        stream.write("*.so\n__pycache__/\n")
    assert said(root) == [
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:8:3: repo.editable_paths covers files that "
            "git ignores and no build makes again: src/solver.so\n"
            "    FermiLink deletes them in the first iteration; give the goal a Build section."
        )
    ]


# --- the workspace --------------------------------------------------------------------------


def test_missing_files_are_told(root):
    (root / layout.PROGRAM).unlink()
    (root / layout.MEMORY).unlink()
    assert said(root) == [
        (
            "error: .fermilink-optimize/program.md: is missing\n"
            "    Restore it from a copy, or move the workspace away and run init again."
        ),
        (
            "warning: .fermilink-optimize/memory.md: is missing: the campaign begins with an empty one\n"
            "    Restore it from a copy, or move the workspace away and run init again."
        ),
    ]


def test_a_contract_that_is_no_yaml_is_one_problem_with_its_place(root):
    write(root, layout.BENCHMARK, "a: 1\na: 2\n")
    seal(root)
    assert said(root) == [
        (
            "error: .fermilink-optimize/autogen/benchmark.yaml:2:1: the key 'a' is here twice\n"
            "    The first one is in line 1; keep one of them."
        )
    ]


def test_a_conflict_that_is_not_resolved_is_an_error(root):
    marked = "# Program\n<<<<<<< yours\na\n||||||| base\n=======\nb\n>>>>>>> template\n"
    write(root, layout.PROGRAM, marked)
    path = f"{layout.AUTOGEN}/notes/extra.md"
    write(root, path, "one\r\n>>>>>>> template\r\n")
    entry = Entry(
        id="extra",
        path="autogen/notes/extra.md",
        policy="managed",
        base_sha256="0" * 64,
        executable=False,
        layer="base",
    )
    text = Manifest(entries=(entry,), fingerprint=None, claims={}, sources={}).text()
    write(root, layout.MANIFEST, text)
    write(root, "unmanaged.md", marked)
    hint = "Keep the lines that are right, and remove the marks."
    conflicts = [text for text in said(root) if "conflict" in text]
    assert conflicts == [
        f"error: {path}:2: holds the conflict mark '>>>>>>> template'\n    {hint}",
        f"error: {layout.PROGRAM}:2: holds the conflict mark '<<<<<<< yours'\n    {hint}",
    ]


def test_an_unended_ledger_is_an_error(root):
    write(root, layout.RESULTS, "iteration\tcommit\n0\tabc")
    assert said(root) == [
        (
            "error: .fermilink-optimize/results.tsv:2: does not end in a newline: the next row would be "
            "glued to the last\n    echo >> .fermilink-optimize/results.tsv"
        )
    ]


def test_a_file_in_the_place_of_skills_is_an_error(root):
    write(root, "skills", "")
    with (root / ".git/info/exclude").open("a") as stream:
        stream.write("skills\n")
    assert said(root) == ["error: skills: must be a directory for FermiLink\n    Rename the file."]


def test_the_state_must_be_of_this_contract_and_repository(root):
    state = {"benchmark_id": "other", "baseline_commit": "HEAD", "incumbent_commit": "0" * 40}
    row = (
        "0\tHEAD\tbaseline\twall_seconds\t1.5\tx\n1\t"
        + "0" * 40
        + "\taccepted\twall_seconds\t1\tx\n"
    )
    write(root, layout.RESULTS, RESULTS_HEADER + row)
    write(root, layout.MEMORY, f"- x (HEAD, wall_seconds=1.5)\n- x ({'0' * 40}, wall_seconds=1)\n")
    write(root, layout.STATE, json.dumps({**state, "accepted_count": 1}))
    assert said(root) == [
        (
            "error: .fermilink-optimize/state.json: its incumbent_commit is not in the repository: "
            f"{'0' * 40}\n    Fetch it, or start a new campaign."
        ),
        (
            "warning: .fermilink-optimize/state.json: belongs to the benchmark 'other', but the contract is "
            "'mycode-goal'"
        ),
    ]
    write(root, layout.STATE, "[]")
    assert said(root) == [
        (
            "error: .fermilink-optimize/state.json: is no JSON object\n"
            "    FermiLink would start over; restore it from a copy or remove it."
        )
    ]


def test_a_running_campaign_is_told(root):
    write(root, f"{layout.WORKSPACE}/run.lock.json", json.dumps({"pid": os.getpid()}))
    assert said(root) == [
        (
            f"warning: .fermilink-optimize/run.lock.json: a campaign seems to be running (process "
            f"{os.getpid()})\n    fermilink-scaffold status shows where it stands."
        )
    ]


def test_inputs_that_are_not_staged_are_told(root):
    (root / layout.ALL_INPUTS / "benzene.xyz").unlink()
    (root / layout.WORKER_INPUTS / "h2o.xyz").unlink()
    seal(root)
    assert said(root) == [
        (
            "error: .fermilink-optimize/autogen/benchmark.yaml:70:29: cases[test-benzene].command[2] names "
            "{inputs}/benzene.xyz, which is not in .fermilink-optimize/inputs/all\n"
            "    Stage it: init --input FILE."
        ),
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:64:29: cases[train-h2o].command[2] names "
            "{inputs}/h2o.xyz, which the agent does not see\n"
            "    Copy it to .fermilink-optimize/inputs/worker too."
        ),
    ]


def test_the_input_root_is_set_where_inputs_are(root):
    contract(root, "    FERMILINK_GOAL_INPUT_ROOT: .fermilink-optimize/inputs/all\n", "")
    assert said(root) == [
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:53:3: runtime.env does not set "
            "FERMILINK_GOAL_INPUT_ROOT, but there are staged inputs\n"
            "    Write FERMILINK_GOAL_INPUT_ROOT: .fermilink-optimize/inputs/all."
        )
    ]


def test_goal_mode_wants_its_words_in_the_command(root):
    contract(root, "    - --emit-json\n", "")
    assert said(root) == [
        (
            "error: .fermilink-optimize/autogen/benchmark.yaml:45:3: runtime.command lacks --emit-json: "
            "FermiLink's goal mode would write its own files"
        )
    ]
    (root / layout.GOAL_MODE).unlink()
    assert said(root) == []


def test_a_broken_seal_is_an_error_for_each_file(root):
    write(root, layout.RUNNER, "#!/usr/bin/env python3\nprint()\n", executable=True)
    write(root, f"{layout.ALL_INPUTS}/new.xyz", "")
    (root / layout.ALL_INPUTS / "sub").mkdir()
    (root / layout.LAUNCHER).unlink()
    again = "    If the change is meant: fermilink-scaffold check --seal"
    assert said(root) == [
        (
            "error: .fermilink-optimize/autogen/benchmark_runner.py: was changed since the seal was "
            f"recorded\n{again}"
        ),
        (
            "error: .fermilink-optimize/autogen/submit_poll_launcher.py: was sealed and is missing\n"
            f"{again}"
        ),
        f"error: .fermilink-optimize/inputs/all/new.xyz: is new since the seal was recorded\n{again}",
    ]


def test_a_missing_and_an_unreadable_seal_are_told(root):
    (root / layout.SEAL).unlink()
    assert said(root) == [
        (
            "warning: there is no seal, so nobody sees when the runner or the contract is changed\n"
            "    Record it: fermilink-scaffold check --seal"
        )
    ]
    write(root, layout.SEAL, "{}")
    assert said(root) == [
        (
            "error: .fermilink-optimize/.scaffold/seal.json: is no seal: it cannot be read\n"
            "    Look at what changed, then record it again: fermilink-scaffold check --seal"
        )
    ]


def test_a_full_disk_is_told(root, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 0, 300 << 20))
    assert said(root) == [
        (
            "warning: only 300 MiB are free on the disk of the project\n"
            "    A campaign keeps logs and copies of the repository."
        )
    ]


@pytest.mark.parametrize(
    ("profile", "faults"),
    [
        (
            {
                "slurm_default_partition": "a",
                "slurm_defaults": "b",
                "slurm_resource_policy": "c",
                "x": 1,
            },
            [],
        ),
        (
            {"slurm_default_partition": " ", "slurm_defaults": 5},
            [
                "needs the text 'slurm_default_partition', which must not be empty",
                "needs the text 'slurm_defaults', which must not be empty",
                "needs the text 'slurm_resource_policy', which must not be empty",
            ],
        ),
        ([], ["must be a JSON object"]),
    ],
)
def test_an_hpc_profile_has_three_texts(profile, faults):
    assert profile_faults(profile) == faults


def test_with_an_hpc_profile_the_mode_is_submit_poll(root):
    write(root, layout.SCAFFOLD, "hpc_profile: ../hpc.json\n")
    write(
        root,
        ".git/info/exclude",
        "".join(f"{line}\n" for line in (*layout.GIT_EXCLUDES, "hpc.json")),
    )
    write(root, "hpc.json", "{}")
    text = "which must not be empty"
    assert said(root) == [
        (
            "error: .fermilink-optimize/autogen/benchmark.yaml:44:3: runtime.mode is direct, but "
            ".fermilink-optimize/scaffold.yaml names an HPC profile\n"
            "    With a profile the mode is submit_poll."
        ),
        f"error: hpc.json: needs the text 'slurm_default_partition', {text}",
        f"error: hpc.json: needs the text 'slurm_defaults', {text}",
        f"error: hpc.json: needs the text 'slurm_resource_policy', {text}",
    ]


# --- scripts and tools ----------------------------------------------------------------------


def test_scripts_that_do_not_parse_are_errors(root):
    write(root, layout.RUN_OPTIMIZE, "#!/usr/bin/env bash\nif true; then\n")
    write(root, layout.RUNNER, "match 1:\n    case 1:\n        pass\n")
    (root / layout.RUNNER).chmod(0o644)
    seal(root)
    found = [line for line in said(root) if "shellcheck" not in line]
    starts = [  # how it goes on depends on the version of Python and bash
        "error: .fermilink-optimize/autogen/benchmark_runner.py:",
        "error: .fermilink-optimize/autogen/run_optimize.sh:3: bash: syntax error: unexpected end of file",
        (
            "warning: .fermilink-optimize/autogen/benchmark_runner.py: is not executable\n"
            "    chmod +x .fermilink-optimize/autogen/benchmark_runner.py"
        ),
    ]
    assert [line[: len(start)] for line, start in zip(found, starts, strict=True)] == starts
    assert "is no Python 3.9 program: Pattern matching" in found[0]


def test_shellcheck_is_asked_where_it_is(root, tmp_path, monkeypatch):
    comments = {"comments": [{"line": 3, "code": 2086, "message": "Double quote."}]}
    write(
        tmp_path, "tools/shellcheck", f"#!/bin/sh\necho '{json.dumps(comments)}'\n", executable=True
    )
    monkeypatch.setenv("PATH", str(tmp_path / "tools"), prepend=os.pathsep)
    assert said(root) == [
        "warning: .fermilink-optimize/autogen/pre_commands.sh:3: shellcheck SC2086: Double quote.",
        "warning: .fermilink-optimize/autogen/run_optimize.sh:3: shellcheck SC2086: Double quote.",
        "warning: .fermilink-optimize/autogen/setup_env.sh:3: shellcheck SC2086: Double quote.",
    ]


def test_programs_that_are_not_on_path_are_told(root):
    contract(root, 'command: [sh, bench.sh, "{inputs}/h2o.xyz"]', "command: [no-such-code]")
    assert said(root) == [
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:64:5: cases[train-h2o].command names "
            "'no-such-code', which is not on PATH\n"
            "    Install it, load its module, or let the build put it there."
        )
    ]


def test_without_a_build_a_missing_program_is_an_error(root):
    text = (
        VALID.replace(
            '  pre_commands:\n    - [bash, -c, \'set -e; cat src/solver.c\', build, "{run_dir}", "{project_root}"]\n',
            "",
        )
        .replace(
            'command: [sh, bench.sh, "{inputs}/h2o.xyz"]',
            "command: [bash, -c, 'no-such-code <\"$1\" && sort x', case, '{inputs}/h2o.xyz']",
        )
        .replace(
            'command: [sh, bench.sh, "{inputs}/benzene.xyz"]', "command: [no-such-python, x.py]"
        )
    )
    write(root, layout.BENCHMARK, text)
    seal(root)
    hint = "    Install it, load its module, or let the build put it there."
    assert said(root) == [
        (
            "error: .fermilink-optimize/autogen/benchmark.yaml:68:5: cases[test-benzene].command names "
            f"'no-such-python', which is not on PATH\n{hint}"
        ),
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:62:5: cases[train-h2o].command names "
            f"'no-such-code', which is not on PATH\n{hint}"
        ),
    ]


def test_the_tool_environment_must_be_made_and_work(root):
    python = f"{layout.ENV}/bin/python"
    hint = "    Run: bash .fermilink-optimize/autogen/setup_env.sh"
    write(root, python, "#!/bin/sh\necho fermilink\n", executable=True)
    assert said(root) == [
        f"warning: .fermilink-optimize/env: the tool environment lacks fermilink\n{hint}"
    ]
    write(root, python, "#!/no/such/interpreter\n", executable=True)
    assert said(root) == [
        (
            "error: .fermilink-optimize/env/bin/python: the tool environment's Python does not run\n"
            f"{hint}"
        )
    ]
    shutil.rmtree(root / layout.ENV)
    assert said(root) == [
        f"warning: .fermilink-optimize/env: the tool environment is not made yet\n{hint}"
    ]


def test_build_directories_that_git_does_not_ignore_are_told(root):
    contract(root, "'set -e; cat src/solver.c'", "'mkdir -p out/a && cat src/solver.c'")
    assert said(root) == [
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:58:7: runtime.pre_commands[0] seems to "
            "write out/a, which FermiLink deletes before the cases run\n"
            "    git does not ignore it: add the line /out/a to .git/info/exclude."
        )
    ]


def test_the_goals_own_build_is_read_and_may_make_what_it_likes(root):
    build = build_command(
        Build(script="mkdir -p out && no-such-make\n", source=Source(file="goal.md", line=1))
    )
    contract(
        root,
        '[bash, -c, \'set -e; cat src/solver.c\', build, "{run_dir}", "{project_root}"]',
        json.dumps(build),
    )
    assert said(root) == [
        (
            "warning: .fermilink-optimize/autogen/benchmark.yaml:58:7: runtime.pre_commands[0] names "
            "'no-such-make', which is not on PATH\n"
            "    Install it, load its module, or let the build put it there."
        )
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cmake -S . -B build -DX=1\ncmake --build build", ["build"]),
        ("cmake -B_build . && ninja", ["_build"]),
        ("meson setup --buildtype=release bd && ninja -C bd", ["bd"]),
        ("python3 -m venv .venv", [".venv"]),
        ("mkdir -p out/a; ./configure --prefix=$PWD/x", ["out/a"]),
        ("cargo build --release", ["target"]),
        ("mkdir -p ../elsewhere /tmp/y; make", []),
        ('mkdir -p -- "$1" && mkdir -- out', ["out"]),
    ],
)
def test_what_a_build_makes_is_guessed_from_its_text(text, names):
    assert products(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("command -p env -u A; local x=1 && exec 3>&1", ["env"]),
        ("cd build && make -j4 | tee log", ["make", "tee"]),
        ("A=1 B=2 foo --x 'a b' >out 2>&1; bar <in\nif true; then baz; fi", ["foo", "bar", "baz"]),
        ("f() { qux; }\nf", ["qux"]),
        ("for i in 1 2; do ./run $i; done", []),
        ("set -e\nmodule load gcc\ngfortran x", []),
        ("source env.sh; x", []),
        ("python -c '\nimport x\n' && cmd", []),
        ("(cd x && ls)\n! grep y z", ["ls", "grep"]),
        ("make \\\n  all # then install; it", ["make"]),
    ],
)
def test_the_programs_of_shell_text_are_found(text, names):
    assert shell_programs(text) == names


# --- a campaign that has begun -----------------------------------------------------------------


def test_a_tracked_egg_info_meets_pip_install(root):
    text = VALID.replace("'set -e; cat src/solver.c'", "'pip install .'")
    write(root, layout.BENCHMARK, text)
    seal(root)
    assert said(root) == []
    write(root, "src/mycode.egg-info/SOURCES.txt", "setup.py\n")
    git(root, "add", "-A", "-f", "src")
    git(root, "commit", "-q", "-m", "egg")
    number = text[: text.index("pip install")].count("\n") + 1
    assert said(root) == [
        (
            f"warning: .fermilink-optimize/autogen/benchmark.yaml:{number}:7: runtime.pre_commands[0] "
            "installs the project, which rewrites the tracked src/mycode.egg-info: FermiLink refuses that\n"
            "    git rm -r --cached src/mycode.egg-info, commit, and add the line /src/mycode.egg-info/ to "
            ".git/info/exclude."
        )
    ]


@pytest.mark.parametrize(
    ("text", "rewrites"),
    [
        ("pip install .", True),
        ("python3 -m pip install -q --no-deps -e .[dev]", True),
        ("uv pip install --editable ./core", True),
        ("cd py && pip3 install ..; ls", True),
        ("python setup.py build_ext --inplace\npython setup.py develop", True),
        ("pip install numpy", False),
        ("pip install -r requirements.txt", False),
        ("make install", False),
    ],
)
def test_installing_the_project_is_told_from_installing_others(text, rewrites):
    assert bool(_INSTALL.search(text)) is rewrites


def test_a_state_that_disagrees_with_the_ledger_is_told(root):
    record = {"primary_metric_name": "wall_seconds", "description": "x"}
    record_outcome(
        root, iteration=0, commit="aaaaaaa", status="baseline", primary_metric_value=2.0, **record
    )
    record_outcome(
        root, iteration=1, commit="bbbbbbb", status="accepted", primary_metric_value=1.0, **record
    )
    before = said(root)
    assert [line for line in before if "ledger" in line] == []
    state = (root / layout.STATE).read_text(encoding="utf-8")
    write(root, layout.STATE, state.replace('"accepted_count": 1', '"accepted_count": 0'))
    number = state[: state.index("accepted_count")].count("\n") + 1
    assert [line for line in said(root) if line not in before] == [
        (
            f"warning: .fermilink-optimize/state.json:{number}: has accepted_count 0, the ledger's rows "
            "give 1\n    A crash or an edit did that; judge by the ledger, results.tsv."
        )
    ]
    (root / layout.STATE).unlink()
    assert [line for line in said(root) if line not in before] == [
        (
            "warning: .fermilink-optimize/state.json: is missing although the ledger has 2 rows\n"
            "    A crash or an edit did that; judge by the ledger, results.tsv."
        )
    ]
