"""What becomes of one file, from what was rendered last (base), is on disk, and is rendered now.

Pure: bytes in, decision out. An edit of the user's is anything on disk that is not the base.
"""

from __future__ import annotations

from fermilink_scaffold.records import Record
from fermilink_scaffold.workspace.lines import is_text, same_text
from fermilink_scaffold.workspace.manifest import is_rendered_place
from fermilink_scaffold.workspace.outcome import holds_markers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from fermilink_scaffold.workspace.manifest import Entry
    from fermilink_scaffold.workspace.outcome import Action

    #: How the decision is made; `merge` still has to be tried.
    Case: TypeAlias = Action | Literal["merge", "unresolved", "lost", "gone"]

__all__ = ["Trio", "Version", "judge", "merged_mode"]


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


def judge(trio: Trio, *, restore: bool = False, adopt: bool = False) -> Case:  # noqa: C901, PLR0911 (one row of the table each)
    """The row of the table that the file is in.

    `restore` brings back what the user deleted, `adopt` takes over what is not ours.
    """
    base, disk, new = trio.base, trio.disk, trio.new
    if new is None:
        if disk is None:
            return "gone"
        unedited = base is not None and not trio.lost and _same(disk, base, modes=True)
        ours = trio.entry.policy != "seeded" and is_rendered_place(trio.path)
        return "removed" if unedited and ours else "orphaned"
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


def _same(one: Version, other: Version, *, modes: bool = False) -> bool:
    if modes and one.executable != other.executable:
        return False
    if one.digest == other.digest:
        return True
    if one.data is None or other.data is None:
        return False
    return is_text(one.data) and is_text(other.data) and same_text(one.data, other.data)
