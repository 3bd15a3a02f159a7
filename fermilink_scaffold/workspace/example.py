"""The bundled project as a git repository of its own."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.resources import resource_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["commit_all", "copied_example"]

#: What git must not take from the user's machine: identity, hooks, signing, line ends, templates.
_SETTINGS = (
    "user.name=fermilink-scaffold",
    "user.email=demo@example.org",
    "init.defaultBranch=main",
    "core.hooksPath=/dev/null",
    "core.excludesFile=/dev/null",
    "core.attributesFile=/dev/null",
    "core.autocrlf=false",
    "commit.gpgSign=false",
)


@contextmanager
def copied_example(directory: str) -> Iterator[None]:
    """Copy the bundled project to `directory` and commit it; take it back if the body fails.

    Its goal.md stays untracked, in git's local excludes.
    The directory may exist when it is empty. Raises ScaffoldError when it is not, or when
    git is missing or fails.
    """
    existed = _refuse_filled(directory)
    try:
        _copy(directory)
        _git(directory, "init", "--quiet", "--template=")
        _hide_goal(directory)
        commit_all(directory, "Start with clear and slow loops")
        yield
    except BaseException:
        _empty(directory, keep=existed)
        raise


def commit_all(directory: str, message: str) -> None:
    """Commit everything in the copy. Raises ScaffoldError when git is missing or fails."""
    _git(directory, "add", "--all")
    _git(directory, "commit", "--quiet", f"--message={message}")


def _refuse_filled(directory: str) -> bool:
    """True when the directory is there, and empty."""
    hint = "Name another directory: fermilink-scaffold demo DIR"
    try:
        entries = os.listdir(directory)
    except FileNotFoundError:
        if os.path.lexists(directory):
            raise ScaffoldError("is a link to nowhere", file=directory, hint=hint) from None
        return False
    except OSError as error:
        raise ScaffoldError(
            f"cannot be used: {error.strerror}", file=directory, hint=hint
        ) from error
    if entries:
        raise ScaffoldError("is not empty", file=directory, hint=hint)
    return True


def _copy(directory: str) -> None:
    import shutil

    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")
    try:
        if not os.path.isdir(directory):
            os.mkdir(directory)
        shutil.copytree(
            resource_path("fixtures", "demo"),
            directory,
            ignore=ignored,
            copy_function=shutil.copyfile,
            dirs_exist_ok=True,
        )
    except shutil.Error as error:
        raise ScaffoldError(f"cannot be written: {error.args[0][0][2]}", file=directory) from error
    except OSError as error:
        raise ScaffoldError(f"cannot be written: {error.strerror}", file=directory) from error


def _hide_goal(directory: str) -> None:
    """The goal names the held-out cases; an agent sees every file that git tracks."""
    info = os.path.join(directory, ".git", "info")
    os.makedirs(info, exist_ok=True)
    with open(os.path.join(info, "exclude"), "w", encoding="ascii") as stream:
        stream.write("/goal.md\n")


def _git(directory: str, *arguments: str) -> None:
    import subprocess

    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    try:
        subprocess.run(
            ["git", *settings, *arguments],
            cwd=directory,
            env={**_without_git(), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except FileNotFoundError as error:
        raise ScaffoldError("git is not on PATH", hint="Install git and try again.") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise ScaffoldError(f"git {arguments[0]} failed: {said}", file=directory) from error


def _without_git() -> dict[str, str]:
    """Our environment without git's variables: a hook that calls us sets some."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def _empty(directory: str, *, keep: bool) -> None:
    import shutil

    with suppress(OSError):
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                os.unlink(path)
        if not keep:
            os.rmdir(directory)
