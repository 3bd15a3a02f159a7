"""What is going to be written, decided before anything is written."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Literal, TypeAlias

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.layout import WORKSPACE
from fermilink_scaffold.records import Record
from fermilink_scaffold.workspace.excludes import exclude_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fermilink_scaffold.workspace.disk import Stamp

__all__ = [
    "Copy",
    "Event",
    "NewFile",
    "Plan",
    "Policy",
    "check_paths",
    "plan_init",
    "refuse_existing",
]

#: `managed` files are merged again later, `seeded` ones belong to the campaign from the
#: start, `record` ones are our own book-keeping.
Policy: TypeAlias = Literal["managed", "seeded", "record"]

#: What to do about a workspace that is already there.
_EXISTING_HINT = "Edit its scaffold.yaml or the goal, then run: fermilink-scaffold regen"


class NewFile(Record):
    """A file of the workspace whose content is known."""

    #: Relative to the project, POSIX separators, inside the workspace.
    path: str
    #: The exact content.
    data: bytes
    executable: bool = False
    policy: Policy = "managed"


class Copy(Record):
    """A file of the workspace that is copied from elsewhere; it may be large."""

    #: Relative to the project, POSIX separators, inside the workspace.
    path: str
    #: Where its content is, absolute; a link is followed.
    origin: str


class Event(Record):
    """What a campaign is told in its ledger and memory once a plan is applied."""

    #: One line.
    text: str
    #: The ledger's status, one word.
    status: str


class Plan(Record):
    """Everything that one `init` or `regen` writes and removes."""

    #: Absolute path of the project.
    root: str
    files: tuple[NewFile, ...] = ()
    copies: tuple[Copy, ...] = ()
    #: Lines that git's local exclude file must hold. The workspace's own
    #: (`.fermilink-optimize/`) also hides the directory that a new one is filled in.
    exclude_patterns: tuple[str, ...] = ()
    #: Paths as in `files`; whatever is there goes.
    removals: tuple[str, ...] = ()
    #: What stands at each of these paths now (None: nothing); None for a new workspace.
    before: Mapping[str, Stamp | None] | None = None
    #: Paths that are written only if another path is (a record and what it is about).
    follows: Mapping[str, str] | None = None
    event: Event | None = None

    @property
    def empty(self) -> bool:
        """Whether applying it would write nothing into the workspace."""
        return not (self.files or self.copies or self.removals)


def plan_init(
    root: str,
    files: Iterable[NewFile],
    copies: Iterable[Copy],
    exclude_patterns: Sequence[str],
) -> Plan:
    """Decide on a new workspace in the project at `root`; look at the disk, write nothing.

    Raises ScaffoldError when there is a workspace already, when the project is no git
    repository, when a path would leave the workspace or is there twice, and when the
    origin of a copy cannot be read.
    """
    refuse_existing(root)
    exclude_file(root)
    plan = Plan(
        root=os.path.abspath(root),
        files=tuple(files),
        copies=tuple(copies),
        exclude_patterns=tuple(exclude_patterns),
    )
    check_paths([file.path for file in plan.files] + [copy.path for copy in plan.copies])
    for copy in plan.copies:
        _check_origin(copy)
    return plan


def refuse_existing(root: str) -> None:
    """Raise ScaffoldError when anything at all stands where the workspace would go."""
    place = os.path.join(root, WORKSPACE)
    try:
        mode = os.lstat(place).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise ScaffoldError(f"cannot be looked at: {error.strerror}", file=place) from error
    if stat.S_ISDIR(mode):
        raise ScaffoldError("the project has a workspace already", file=place, hint=_EXISTING_HINT)
    kind = "a symbolic link" if stat.S_ISLNK(mode) else "a file"
    raise ScaffoldError(
        f"is {kind}, and the workspace would go there",
        file=place,
        hint="Move it away and run `init` again.",
    )


def check_paths(paths: Sequence[str]) -> None:
    """Raise ScaffoldError for a path that leaves the workspace, is there twice, or is also a directory."""
    seen: set[str] = set()
    for path in paths:
        parts = path.split("/")
        safe = parts[0] == WORKSPACE and len(parts) > 1 and "\0" not in path
        if not safe or any(part in {"", ".", ".."} for part in parts):
            raise ScaffoldError("is no path inside the workspace", file=path)
        if path in seen:
            raise ScaffoldError(
                "two files would have this place in the workspace",
                file=path,
                hint="Give one of them another name.",
            )
        seen.add(path)
    for path in paths:
        parts = path.split("/")
        for depth in range(2, len(parts)):
            parent = "/".join(parts[:depth])
            if parent in seen:
                raise ScaffoldError(
                    f"would be a file and also the directory of {path}",
                    file=parent,
                    hint="Give one of them another name.",
                )


def _check_origin(copy: Copy) -> None:
    try:
        status = os.stat(copy.origin)
    except OSError as error:
        raise ScaffoldError(f"cannot be read: {error.strerror}", file=copy.origin) from error
    if not stat.S_ISREG(status.st_mode):
        raise ScaffoldError("is not a regular file, so it cannot be staged", file=copy.origin)
    if not os.access(copy.origin, os.R_OK):
        raise ScaffoldError("cannot be read: Permission denied", file=copy.origin)
