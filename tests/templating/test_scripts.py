"""setup_env.sh and run_optimize.sh, run for real with stand-ins for Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from templating.sample import sample_campaign, sample_contract

from fermilink_scaffold import layout
from fermilink_scaffold.templating.render import render_artifacts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Stands for a Python of version $VERSION: says what it was asked, obeys files beside it.
PYTHON = r"""#!/bin/bash
here=$(cd "$(dirname "$0")" && pwd)
asked="$*"
printf '%s\n' "$(basename "$0"): ${asked//$'\n'/ }" >>"$LOG"
case $asked in
  *'version_info < (3, '*)
    minor=${asked##*'version_info < (3, '}
    [ "${VERSION:-12}" -ge "${minor%%)*}" ] ;;
  '-I -m venv '*)
    mkdir -p "$4/bin" && cp "$0" "$4/bin/python" && touch "$4/bin/new" ;;
  '-I -m pip '*)
    [ ! -e "$here/no-network" ] && touch "$here/installed" ;;
  '-I -c '*runpy*)
    printf '%s\0' "$PWD" "$@" >"$LOG.arguments" ;;
  '-I -c '*)
    [ -e "$here/installed" ] ;;
esac
"""


class Workspace:
    """A rendered workspace, a PATH with stand-ins, and what they were asked."""

    def __init__(self, root: Path, bin_: Path, log: Path) -> None:
        self.root = root
        self.bin = bin_
        self.log = log
        self.autogen = root / ".fermilink-optimize" / "autogen"
        self.env = root / ".fermilink-optimize" / "env"

    def run(self, script: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        return subprocess.run(
            [shutil.which("bash"), str(script), *arguments],
            cwd="/",
            env={"PATH": f"{self.bin}", "LOG": str(self.log), **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def setup(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.autogen / "setup_env.sh", *arguments, **env)

    def launch(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self.run(self.autogen / "run_optimize.sh", *arguments, **env)

    def asked(self, word: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if word in line]


@pytest.fixture(params=["plain", 'it\'s a "test" $(x) `y`'])
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for tool in ("bash", "basename", "cp", "dirname", "mkdir", "readlink", "rm", "touch"):
        (bin_ / tool).symlink_to(shutil.which(tool) or tool)
    (bin_ / "python3").write_text(PYTHON)
    (bin_ / "python3").chmod(0o755)
    made = Workspace(tmp_path / request.param, bin_, tmp_path / "log")
    made.autogen.mkdir(parents=True)
    campaign = sample_campaign(package_id="my-code")
    for item in render_artifacts(campaign, sample_contract(campaign)):
        (made.root / item.artifact.path).write_text(item.text)
    return made


def test_setup_makes_the_environment_and_installs_both(workspace):
    done = workspace.setup()
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[-1] == f"setup_env.sh: ready: {workspace.env}"
    assert workspace.asked("-m venv") == [f"python3: -I -m venv {workspace.env}"]
    assert workspace.asked("-m pip") == [
        "python: -I -m pip install --quiet --disable-pip-version-check pyyaml fermilink==0.3.10"
    ]


def test_setup_without_fermilink_installs_pyyaml_alone(workspace):
    assert workspace.setup("--no-fermilink", VERSION="9").returncode == 0
    assert workspace.asked("-m pip") == [
        "python: -I -m pip install --quiet --disable-pip-version-check pyyaml"
    ]


def test_setup_twice_changes_nothing(workspace):
    workspace.setup()
    (workspace.env / "bin" / "new").unlink()
    assert workspace.setup().returncode == 0
    assert workspace.asked("-m venv") + workspace.asked("-m pip") == []
    assert not (workspace.env / "bin" / "new").exists()


def test_setup_can_be_given_another_fermilink(workspace):
    workspace.setup(FERMILINK_SCAFFOLD_FERMILINK="/some where/fermilink")
    assert workspace.asked("-m pip")[0].endswith(" pyyaml /some where/fermilink")


@pytest.mark.parametrize("damage", ["dangling", "not executable", "too old"])
def test_setup_makes_a_broken_environment_anew(workspace, damage):
    workspace.setup("--no-fermilink", VERSION="9")
    python = workspace.env / "bin" / "python"
    (workspace.env / "bin" / "new").unlink()
    if damage == "dangling":
        python.unlink()
        python.symlink_to("/no/such/python")
    elif damage == "not executable":
        python.chmod(0o644)
    else:
        python.write_text(PYTHON.replace("VERSION:-12", "NONE:-9"))
    assert workspace.setup().returncode == 0
    assert (workspace.env / "bin" / "new").exists()


def test_setup_takes_the_newest_python_that_has_venv(workspace):
    for name, source in (
        ("python3.13", PYTHON.replace("case", "exit 1\ncase", 1)),
        ("python3.12", PYTHON),
        ("python3.11", PYTHON),
    ):
        (workspace.bin / name).write_text(source)
        (workspace.bin / name).chmod(0o755)
    workspace.setup()
    assert workspace.asked("-m venv")[0].startswith("python3.12: ")


def test_setup_without_a_new_enough_python_says_what_to_do(workspace):
    done = workspace.setup(VERSION="10")
    assert done.returncode == 2
    assert done.stderr == (
        "setup_env.sh: no Python 3.11 or later with the venv module is on PATH.\n"
        "setup_env.sh: Install one (Debian: apt install python3-venv) or load its module, "
        "then run this again.\n"
    )
    assert not workspace.env.exists()


def test_setup_without_a_network_says_what_to_do(workspace):
    workspace.setup("--no-fermilink")
    (workspace.env / "bin" / "installed").unlink()
    (workspace.env / "bin" / "no-network").touch()
    done = workspace.setup()
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "setup_env.sh: Without a network, give it a directory of wheels: "
        "PIP_NO_INDEX=1 PIP_FIND_LINKS=DIR"
    )


@pytest.mark.parametrize("arguments", [["--fermilink"], ["--no-fermilink", "x"], [""]])
def test_setup_refuses_other_arguments(workspace, arguments):
    done = workspace.setup(*arguments)
    assert (done.returncode, done.stderr) == (
        2,
        "setup_env.sh: it takes --no-fermilink or nothing.\n",
    )


def test_launching_hands_over_every_argument_as_it_is(workspace):
    workspace.setup()
    done = workspace.launch("--max-iterations", "3", "", "a b\n'c'", "--skills-source", "auto")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    given = workspace.log.with_name("log.arguments").read_text().split("\0")
    assert "fermilink" in given.pop(3)
    assert given == [
        str(workspace.root),
        *("-I", "-c", str(workspace.root / layout.RUNS)),
        *("optimize", "my-code", str(workspace.root)),
        *("--benchmark", str(workspace.autogen / "benchmark.yaml"), "--skills-source", "existing"),
        *("--max-iterations", "3", "", "a b\n'c'", "--skills-source", "auto", ""),
    ]
    assert list((workspace.root / "skills").iterdir()) == []


def test_launching_keeps_the_skills_that_are_there(workspace):
    workspace.setup()
    (workspace.root / "skills").mkdir()
    (workspace.root / "skills" / "one.md").write_text("1")
    assert workspace.launch().returncode == 0
    assert (workspace.root / "skills" / "one.md").read_text() == "1"


def test_a_baseline_that_failed_is_built_again(workspace):
    workspace.setup()
    marker = workspace.root / layout.RUNS / "baseline" / "pre_commands.ok.json"
    marker.parent.mkdir(parents=True)
    marker.write_text("{}")
    assert workspace.launch("--baseline-only").returncode == 0
    assert list(marker.parent.iterdir()) == []


def test_launching_without_fermilink_says_how_to_get_it(workspace):
    done = workspace.launch("--baseline-only")
    first, second = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert first == f"run_optimize.sh: FermiLink is not installed in {workspace.env}"
    command = second.removeprefix("Install it with: ")
    assert command != second
    assert workspace.run(write(workspace, f"exec {command}")).returncode == 0
    assert workspace.env.is_dir()


def write(workspace: Workspace, text: str) -> Path:
    script = workspace.bin / "typed"
    script.write_text(text)
    return script


@pytest.mark.parametrize("relative", [True, False])
def test_the_scripts_find_their_workspace_through_links(workspace, tmp_path, relative):
    for name in ("setup_env.sh", "run_optimize.sh"):
        target = workspace.autogen / name
        first = tmp_path / f"first-{name}"
        first.symlink_to(os.path.relpath(target, tmp_path) if relative else target)
        (tmp_path / name).symlink_to(first.name if relative else first)
        assert workspace.run(tmp_path / name).returncode == 0
    assert workspace.env.is_dir()
    assert (workspace.root / "skills").is_dir()


def test_a_moved_workspace_goes_on_working(workspace, tmp_path):
    workspace.setup()
    workspace.root.rename(tmp_path / "moved to")
    moved = Workspace(tmp_path / "moved to", workspace.bin, workspace.log)
    assert moved.launch().returncode == 0
    assert moved.log.with_name("log.arguments").read_text().startswith(f"{tmp_path}/moved to\0")
