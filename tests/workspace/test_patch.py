from __future__ import annotations

import os
import stat
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workspace.plans import new, plan

from fermilink_scaffold.workspace.patch import git_patch
from fermilink_scaffold.workspace.plan import NewFile, Plan


def applied(root, patch: bytes) -> dict[str, tuple[bytes, bool]]:
    """What `git apply` makes of a patch: content and exec bit by path in the workspace."""
    root.mkdir(exist_ok=True)
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        check=False,
        cwd=root,
        input=patch,
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    top = root / ".fermilink-optimize"
    return {
        os.path.relpath(path, top): (path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR))
        for path in top.rglob("*")
        if path.is_file()
    }


def test_the_patch_reads_as_gits_own(git_repo):
    root = git_repo()
    made = plan(
        root,
        [
            new("program.md", b"# Title\n\nText without an end"),
            new("autogen/run_optimize.sh", b"#!/bin/bash\n", executable=True),
            new("results.tsv", b""),
        ],
    )
    assert git_patch(made).decode() == (
        "diff --git a/.fermilink-optimize/program.md b/.fermilink-optimize/program.md\n"
        "new file mode 100644\n"
        "index 0000000000000000000000000000000000000000..cae05ad05f488bcbb66483a8542cdf595c6f0be9\n"
        "--- /dev/null\n"
        "+++ b/.fermilink-optimize/program.md\n"
        "@@ -0,0 +1,3 @@\n"
        "+# Title\n"
        "+\n"
        "+Text without an end\n"
        "\\ No newline at end of file\n"
        "diff --git a/.fermilink-optimize/autogen/run_optimize.sh"
        " b/.fermilink-optimize/autogen/run_optimize.sh\n"
        "new file mode 100755\n"
        "index 0000000000000000000000000000000000000000..a9bf588e2f88457fdf73ac7361ef1d596fb81453\n"
        "--- /dev/null\n"
        "+++ b/.fermilink-optimize/autogen/run_optimize.sh\n"
        "@@ -0,0 +1 @@\n"
        "+#!/bin/bash\n"
        "diff --git a/.fermilink-optimize/results.tsv b/.fermilink-optimize/results.tsv\n"
        "new file mode 100644\n"
        "index 0000000000000000000000000000000000000000..e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n"
    )


def test_git_makes_the_same_patch_of_the_same_files(git_repo):
    root = git_repo()
    files = [
        new("a b.txt", b"x\n"),
        new('quo"te\\.txt', b"x\r\ny\r\n"),
        new("tab\there and blank", b"\x0c \x1b[1m"),
        new("w\u00f6rt.txt", "w\u00f6rt\u2028".encode(), executable=True),
    ]
    ours = git_patch(plan(root, files))
    applied(root, ours)
    subprocess.run(["git", "add", "-f", ".fermilink-optimize"], cwd=root, check=True)
    show = ["git", "diff", "--cached", "--full-index"]
    theirs = subprocess.run(show, cwd=root, check=True, capture_output=True).stdout
    assert ours == theirs


def test_staged_inputs_are_in_the_patch_with_content_and_mode(git_repo, tmp_path):
    root = git_repo()
    big = tmp_path / "big.dat"
    big.write_bytes(os.urandom(200_000))
    script = tmp_path / "prepare"
    script.write_bytes(b"#!/bin/sh\n")
    script.chmod(0o755)
    made = plan(root, [], [("inputs/all/big.dat", big), ("inputs/all/prepare", script)])
    assert applied(root, git_patch(made)) == {
        "inputs/all/big.dat": (big.read_bytes(), False),
        "inputs/all/prepare": (b"#!/bin/sh\n", True),
    }


names = st.text(
    st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=12
).filter(lambda name: name.strip(". ") not in {"", "git"} and "git" not in name.lower())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.dictionaries(names, st.tuples(st.binary() | st.text().map(str.encode), st.booleans()))
)
@pytest.mark.slow
def test_git_apply_makes_the_planned_files_whatever_their_names_and_bytes(files, tmp_path_factory):
    if len({name.casefold() for name in files}) < len(files):
        return
    root = tmp_path_factory.mktemp("applied")
    made = Plan(
        root=os.fspath(root),
        files=tuple(
            NewFile(path=f".fermilink-optimize/{name}", data=data, executable=executable)
            for name, (data, executable) in files.items()
        ),
        copies=(),
        exclude_patterns=(),
    )
    if files:
        assert applied(root, git_patch(made)) == files
