"""What becomes of one file, from what was rendered last (base), is on disk, and is rendered now.

Pure: bytes in, decision out. An edit of the user's is anything on disk that is not the base.
"""

from __future__ import annotations

import json

from fermilink_scaffold import layout
from fermilink_scaffold.records import Record
from fermilink_scaffold.workspace.lines import is_text, same_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

    from fermilink_scaffold.workspace.manifest import Entry

    Action: TypeAlias = Literal[
        "unchanged",  # what is on disk is what is rendered
        "kept",  # edited by the user; the rendering did not change
        "updated",  # rendered anew; the user had not edited it
        "merged",  # both changed, and both are in it
        "created",
        "deleted",  # by the user, and stays so
        "restored",
        "adopted",
        "removed",  # not rendered any more, and not edited
        "orphaned",  # not rendered any more, but edited: kept, and the user's alone now
        "unmanaged",  # a file of somebody else's is in the place
        "conflict",
    ]

    #: How the decision is made; `merge` still has to be tried.
    Case: TypeAlias = Action | Literal["merge", "unresolved", "lost", "gone"]

__all__ = [
    "MARKERS",
    "Outcome",
    "Trio",
    "Version",
    "as_rendered",
    "holds_markers",
    "judge",
    "merged_mode",
]

#: The first and last lines of a conflict, and the one above the base's part.
MARKERS = (b"<<<<<<< yours", b"||||||| base", b">>>>>>> template")


class Version(Record):
    """One state of a file."""

    #: SHA-256 of the content, hex.
    digest: str
    executable: bool
    #: The content; None for a staged input, which may be large.
    data: bytes | None = None


class Trio(Record):
    """One file in its three states; None where it is not there."""

    #: Relative to the project, of what is rendered now or, without that, of what was.
    path: str
    base: Version | None
    disk: Version | None
    new: Version | None
    #: What the manifest says of it; None for what it does not know.
    known: Entry | None
    #: What it is to say; None for what is not rendered any more.
    wanted: Entry | None
    #: Whether it did, but its base text is missing or damaged.
    lost: bool = False
    #: Where base and disk are from when the registry has moved the file since.
    old_path: str | None = None

    @property
    def entry(self) -> Entry:
        """Its newest description."""
        entry = self.wanted or self.known
        assert entry is not None  # noqa: S101 (a file is known from one side at least)
        return entry

    @property
    def tracked(self) -> bool:
        """Whether the last rendering was of this file."""
        return self.known is not None


class Outcome(Record):
    """What became, or would become, of one file."""

    id: str
    #: Relative to the project.
    path: str
    action: Action
    #: One line for people.
    why: str = ""
    #: Where it was before, when it was moved.
    moved_from: str | None = None
    #: Whether it is (or would be) written, moved or removed.
    writes: bool = False

    @property
    def conflict(self) -> bool:
        """Whether a person has to look."""
        return self.action in {"conflict", "unmanaged"}


def judge(trio: Trio, *, restore: bool = False, adopt: bool = False) -> Case:  # noqa: C901, PLR0911 (one row of the table each)
    """The row of the table that the file is in.

    `restore` brings back what the user deleted, `adopt` takes over what is not ours.
    """
    base, disk, new = trio.base, trio.disk, trio.new
    if new is None:
        if disk is None:
            return "gone"
        unedited = base is not None and not trio.lost and _same(disk, base, modes=True)
        return "removed" if unedited and trio.entry.policy != "seeded" else "orphaned"
    if disk is None:
        if not trio.tracked:
            return "created"
        return "restored" if restore else "deleted"
    if trio.entry.policy == "seeded":
        return "unchanged"
    if _same(disk, new):
        return "unchanged"
    if not trio.tracked:
        return "adopted" if adopt else "unmanaged"
    if disk.data is not None and holds_markers(disk.data):
        return "unresolved"
    if base is None or trio.lost:
        return "lost"
    if _same(disk, base):
        return "updated"
    return "kept" if _same(new, base) else "merge"


def merged_mode(trio: Trio) -> bool:
    """Whether the result is executable: the user's change of that bit wins over the template's."""
    assert trio.new is not None  # noqa: S101 (only what is rendered has a result)
    if trio.disk is None:
        return trio.new.executable
    if trio.base is None or trio.lost:
        return trio.disk.executable
    changed = trio.disk.executable != trio.base.executable
    return trio.disk.executable if changed else trio.new.executable


def holds_markers(data: bytes) -> bool:
    """Whether a conflict that we marked is not resolved yet."""
    lines = {line.rstrip(b"\r") for line in data.split(b"\n")} if MARKERS[0][:7] in data else ()
    return any(marker in lines for marker in MARKERS)


def as_rendered(path: str, disk: bytes, base: bytes) -> bytes:
    """The base where the file differs from it only by what FermiLink writes into it.

    FermiLink's goal mode fills absolute places and a time into goal_inputs.json at each
    start; nobody edited the file then.
    """
    if path != layout.GOAL_INPUTS or disk == base:
        return disk
    try:
        same = _without_places(json.loads(disk)) == _without_places(json.loads(base))
    except (ValueError, RecursionError):
        return disk
    return base if same else disk


def _without_places(data: Any) -> Any:
    if not isinstance(data, dict):
        return data
    added = {"goal_dir", "goal_path", "updated_at_utc", "created_at_utc"}
    plain = {key: value for key, value in data.items() if key not in added}
    if isinstance(plain.get("files"), list):
        plain["files"] = [
            {key: value for key, value in item.items() if key != "source_path"}
            if isinstance(item, dict)
            else item
            for item in plain["files"]
        ]
    return plain


def _same(one: Version, other: Version, *, modes: bool = False) -> bool:
    if modes and one.executable != other.executable:
        return False
    if one.digest == other.digest:
        return True
    if one.data is None or other.data is None:
        return False
    return is_text(one.data) and is_text(other.data) and same_text(one.data, other.data)
