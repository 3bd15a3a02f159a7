"""Finding the project that a command is about."""

from __future__ import annotations

import os
from pathlib import Path

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError

__all__ = ["find_project"]


def find_project(start: str) -> Path:
    """The nearest directory, from `start` upwards, that holds a workspace; absolute.

    Raises ScaffoldError when there is none.
    """
    directory = os.path.abspath(start)
    while not os.path.isdir(os.path.join(directory, layout.WORKSPACE)):
        above = os.path.dirname(directory)
        if above == directory:
            raise ScaffoldError(
                f"there is no {layout.WORKSPACE} here or in any directory above",
                file=start,
                hint="`fermilink-scaffold init PROJECT` makes one.",
            )
        directory = above
    return Path(directory)
