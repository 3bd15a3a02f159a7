"""What becomes of a file, in one word; and what tells an edit from what others write into it."""

from __future__ import annotations

from fermilink_scaffold import layout
from fermilink_scaffold.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

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

__all__ = ["MARKERS", "Outcome", "as_rendered", "holds_markers"]

#: The first and last lines of a conflict, and the one above the base's part.
MARKERS = (b"<<<<<<< yours", b"||||||| base", b">>>>>>> template")


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
    import json

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
