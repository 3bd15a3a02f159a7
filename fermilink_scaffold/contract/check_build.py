"""What a build leaves behind, as far as its text tells: builds are not run here."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from fermilink_scaffold.contract.prebuild import build_text, is_hand_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import Problem
    from fermilink_scaffold.contract.project import Project

__all__ = ["build_products", "products", "tracked_metadata"]

#: How builds name the directories and files that they make.
_NAMED = re.compile(
    r"""
    (?:^|\s)
    (?:
        cmake\s(?:[^\n;&|]*\s)?-B[ ]?
        | meson\s+setup\s+(?:-\S+\s+)*
        | (?:python3?|\S*/python3?)\s+-m\s+(?:venv|virtualenv)\s+(?:-\S+\s+)*
        | mkdir\s+(?:-\S+\s+)*
        | --(?:build-?dir|builddir|prefix|target-dir|outdir)[=\s]
    )
    ["']?(?P<path>[\w.+][\w./+-]*)["']?
    """,
    re.VERBOSE,
)
#: What makes setuptools write its `*.egg-info` anew.
_INSTALL = re.compile(
    r"\bpip[\d.]*\s+install\b[^\n;&|]*\s(?:-e|--editable|\.{1,2}(?:[/\[]\S*)?)(?=\s|$|[;&|])"
    r"|\bsetup\.py\s+(?:\S+\s+)*(?:build|develop|egg_info|install)\b"
)
_CARGO = re.compile(r"(?:^|[\s;&|])cargo\s+(?:build|rustc|bench|test)\b")


def build_products(project: Project) -> Iterator[Problem]:
    """FermiLink deletes what a build leaves untracked and not ignored, before the cases run.

    The goal's own build is none of these: `pre_commands.sh` lets git ignore what it makes.
    """
    if not project.view or not project.trusts("runtime"):
        return
    for index, words in enumerate(project.view.data["runtime"].get("pre_commands", [])):
        if is_hand_over(words) or build_text(words) is not None:
            continue
        for name in products(" ".join(words)):
            inside = posixpath.join(name, "a-new-file")
            if project.git("check-ignore", "--quiet", "--no-index", "--", inside) is None:
                path = ("runtime", "pre_commands", index)
                what = f"seems to write {name}, which FermiLink deletes before the cases run"
                hint = f"git does not ignore it: add the line /{name} to .git/info/exclude."
                yield project.view.warning(path, "build-products", what, hint)


def tracked_metadata(project: Project) -> Iterator[Problem]:
    """A build must not change tracked files, and `pip install .` rewrites a tracked `*.egg-info`."""
    if not project.view or not project.trusts("runtime"):
        return
    found = (re.match(r"(?:[^/]+/)*[^/]+\.egg-info(?=/)", path) for path in project.tracked)
    tracked = [each[0] for each in found if each]
    if not tracked:
        return
    for index, words in enumerate(project.view.data["runtime"].get("pre_commands", [])):
        if not is_hand_over(words) and _INSTALL.search(" ".join(words)):
            name = tracked[0]
            path = ("runtime", "pre_commands", index)
            what = (
                f"installs the project, which rewrites the tracked {name}: FermiLink refuses that"
            )
            hint = f"git rm -r --cached {name}, commit, and add the line /{name}/ to .git/info/exclude."
            yield project.view.warning(path, "tracked-metadata", what, hint)


def products(text: str) -> list[str]:
    """Paths below the project that shell text seems to make, e.g. `cmake -S . -B build`."""
    found = [match["path"] for match in _NAMED.finditer(text)]
    if _CARGO.search(text):
        found.append("target")
    below = (posixpath.normpath(name) for name in found if "$" not in name)
    return [name for name in dict.fromkeys(below) if name != "." and not name.startswith("..")]
