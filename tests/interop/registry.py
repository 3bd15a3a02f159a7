"""Packages from the registry, fetched while testing.

Out of reach is the only reason to skip a test that needs them; everything else fails it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["download_sdist", "make_venv", "pip"]

OUT_OF_REACH = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError"
    r"|Name or service not known|Temporary failure in name resolution"
    r"|Network is unreachable|No route to host|Connection refused"
)


def pip(python: Path | str, *arguments: str) -> None:
    """Run pip under `python`; skip the test when the registry cannot be reached."""
    completed = subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=1200,
        check=False,
    )
    if completed.returncode == 0:
        return
    if OUT_OF_REACH.search(completed.stdout):
        pytest.skip(f"the package registry is out of reach: pip {' '.join(arguments)}")
    pytest.fail(f"pip {' '.join(arguments)}\n{completed.stdout}")


def make_venv(directory: Path) -> Path:
    """Make a virtual environment; its interpreter is returned."""
    subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True, timeout=300)
    return directory / "bin" / "python"


def download_sdist(requirement: str, directory: Path) -> Path:
    """Unpack one source distribution below `directory`; its root is returned."""
    downloads = directory / "sdist"
    name = requirement.partition("=")[0]
    pip(
        sys.executable,
        "download",
        "--quiet",
        "--no-deps",
        f"--no-binary={name}",
        f"--dest={downloads}",
        requirement,
    )
    (archive,) = downloads.glob("*.tar.gz")
    with tarfile.open(archive) as stream:
        stream.extractall(directory, filter="data")
    (root,) = [path for path in directory.iterdir() if path.is_dir() and path != downloads]
    return root
