"""Checks of what a campaign has written so far."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fermilink_scaffold import layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import Problem
    from fermilink_scaffold.contract.project import Project

__all__ = ["agreement"]

_FILES = {"state.json": layout.STATE, "memory.md": layout.MEMORY}


def agreement(project: Project) -> Iterator[Problem]:
    """Ledger, memory and state tell the same of the campaign."""
    from fermilink_scaffold.runtime import disagreements

    try:
        sentences = disagreements(Path(project.root))
    except OSError as error:
        what = f"the campaign's files cannot be compared: {error.strerror}"
        yield project.warning("campaign", what)
        return
    for sentence in sentences:
        name, _, rest = sentence.partition(" ")
        file = _FILES.get(name)
        if file == layout.STATE and rest == "is not a JSON object":
            continue  # told by the check of the state itself
        what = rest if file else sentence
        line = _line(project, file, rest) if file else None
        hint = "A crash or an edit did that; judge by the ledger, results.tsv."
        yield project.warning("campaign", what, hint, file=file or layout.RESULTS, line=line)


def _line(project: Project, file: str, rest: str) -> int | None:
    """Where the first word stands that the sentence names: a key of the state, a commit."""
    named = re.match(r"(?:has|names) (\w+)", rest)
    data = project.read(file) or b""
    place = data.find(named[1].encode()) if named and named[1] != "no" else -1
    return data.count(b"\n", 0, place) + 1 if place >= 0 else None
