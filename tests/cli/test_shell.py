from __future__ import annotations

import os
import subprocess
import sys
import types

import click
import pytest

from fermilink_scaffold import __version__
from fermilink_scaffold.cli._shell import COMMANDS, run
from fermilink_scaffold.errors import ScaffoldError

HELP = """\
Usage: fermilink-scaffold [OPTIONS] COMMAND [ARGS]...

  Scaffold the workspace of an AI-agent optimisation campaign.

  Start with `fermilink-scaffold init PROJECT --goal goal.md`, or see the
  whole of it on a bundled example with `fermilink-scaffold demo`.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
  init       Write the workspace of a campaign into a project.
  regen      Render a workspace again, and merge with your edits.
  check      Tell now what would make a campaign fail later.
  templates  See, take over and verify templates and packs.
  demo       Try it: a bundled project, scaffolded and measured.
  status     Show where a campaign stands.
  record     Record the outcome of a candidate.
  memory     Show and edit the controller's memory by section.
  worker     Reset or archive the worker's memory.
  lock       Take, show or release the campaign's run lock.
"""

USAGE = """\
Usage: fermilink-scaffold [OPTIONS] COMMAND [ARGS]...
Try 'fermilink-scaffold --help' for help.
"""


def program(*args: str | bytes, **more) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "fermilink_scaffold", *args]
    return subprocess.run(command, check=False, stderr=subprocess.PIPE, **more)


@pytest.fixture
def fake(monkeypatch):
    """Register a function as the command `fake`."""

    def register(function) -> None:
        module = types.ModuleType("fermilink_scaffold.cli.fake")
        module.fake = click.command("fake")(function)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(COMMANDS, "fake", "A fake.")

    return register


def outcome(capsys, *args: str) -> tuple[int, str, str]:
    status = run(args)
    told = capsys.readouterr()
    return status, told.out, told.err


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_the_commands(capsys, monkeypatch, option):
    monkeypatch.setenv("COLUMNS", "80")
    assert outcome(capsys, option) == (0, HELP, "")


def test_no_argument_shows_the_help_as_bad_usage(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = outcome(capsys)
    assert (status, (out + err).strip()) == (2, HELP.strip())


def test_the_version_is_the_packages(capsys):
    assert outcome(capsys, "--version") == (0, f"fermilink-scaffold, version {__version__}\n", "")


def test_help_loads_click_and_nothing_else_of_ours():
    code = (
        "import sys; from fermilink_scaffold.cli._shell import run; run(['--help']);"
        "print(sorted(name[18:] for name in sys.modules if name.startswith('fermilink_scaffold')));"
        "print(sorted({'yaml', 'jinja2', 'jsonschema', 'markdown_it', 'json'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-2:] == [
        str(["", ".cli", ".cli._errors", ".cli._shell", ".errors"]),
        "[]",
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_is_there_and_explains_itself(capsys, name):
    status, out, err = outcome(capsys, name, "-h")
    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: fermilink-scaffold {name} ")


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("inti", " Did you mean 'init'?"),
        ("statsu", " Did you mean 'status'?"),
        ("xyzzy", ""),
        ("$(id)\n", ""),
    ],
)
def test_an_unknown_command_is_told_with_the_nearest_one(capsys, typed, near):
    assert outcome(capsys, typed) == (
        2,
        "",
        f"{USAGE}\nError: There is no command {typed!r}.{near}\n",
    )


@pytest.mark.parametrize("name", ["evaluate", "calibrate", "audit", "report"])
def test_what_is_not_there_yet_does_not_pretend_to_be(capsys, name):
    status, out, err = outcome(capsys, name)
    assert (status, out) == (2, "")
    assert f"There is no command {name!r}." in err


@pytest.mark.parametrize(("given", "status"), [(None, 0), (0, 0), (1, 1), (3, 3)])
def test_a_command_gives_its_status(capsys, fake, given, status):
    fake(lambda: given)
    assert outcome(capsys, "fake") == (status, "", "")


def test_a_command_may_end_itself_with_a_status(capsys, fake):
    fake(lambda: click.get_current_context().exit(3))
    assert outcome(capsys, "fake") == (3, "", "")


def raising(error: BaseException):
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (
            ScaffoldError("is wrong", file="goal.md", line=3, hint="Mend it."),
            2,
            "error: goal.md:3: is wrong\nMend it.\n",
        ),
        (
            ScaffoldError("bad \x1b[31m name \udcff\r", file="a\tb"),
            2,
            "error: a\\tb: bad \\x1b[31m name \\udcff\\r\n",
        ),
        (
            PermissionError(13, "Permission denied", "/x/y"),
            2,
            "error: /x/y: Permission denied\n",
        ),
        (OSError(28, "No space left on device"), 2, "error: No space left on device\n"),
        (OSError("odd"), 2, "error: odd\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (click.Abort(), 130, "interrupted\n"),
        (
            click.UsageError("no such thing"),
            2,
            "Error: no such thing\n",
        ),
    ],
)
def test_what_goes_wrong_is_told_in_one_place_without_a_traceback(
    capsys, fake, error, status, told
):
    fake(raising(error))
    given, out, err = outcome(capsys, "fake")
    assert (given, out) == (status, "")
    assert err.endswith(told)
    assert err == told or isinstance(error, click.UsageError)


def test_a_bug_is_not_hidden(fake):
    fake(raising(ValueError("a bug")))
    with pytest.raises(ValueError, match="a bug"):
        run(["fake"])


def test_a_reader_that_goes_away_ends_it_quietly():
    read, write = os.pipe()
    os.close(read)
    try:
        done = program("--help", stdout=write)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_an_answer_that_cannot_be_written_is_an_error():
    with open("/dev/full", "wb") as full:
        done = program("--version", stdout=full)
    assert (done.returncode, done.stderr) == (2, b"error: No space left on device\n")


def test_a_name_that_the_terminal_cannot_show_is_escaped(tmp_path):
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    place = os.fsencode(tmp_path) + b"/w\xc3\xb6rt \xff"
    os.makedirs(place)
    done = program("init", place, "--package", "x", stdout=subprocess.PIPE, env=env)
    assert (done.returncode, done.stdout) == (2, b"")
    first = done.stderr.splitlines()[0].decode("ascii")
    assert first.startswith(f"error: {tmp_path}/w")


def test_shells_can_complete_commands():
    env = {
        **os.environ,
        "_FERMILINK_SCAFFOLD_COMPLETE": "bash_complete",
        "COMP_WORDS": "fermilink-scaffold st",
        "COMP_CWORD": "1",
    }
    done = program(stdout=subprocess.PIPE, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"plain,status\n", b"")
