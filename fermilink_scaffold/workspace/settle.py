"""From the row of the table to what is written: merges, checks, conflicts, and why."""

from __future__ import annotations

from fermilink_scaffold.records import Record
from fermilink_scaffold.workspace.decide import Version, judge, merged_mode
from fermilink_scaffold.workspace.disk import digest
from fermilink_scaffold.workspace.lines import is_text, merge_side, with_ends_of
from fermilink_scaffold.workspace.merge import Merge, merge_texts
from fermilink_scaffold.workspace.outcome import Outcome
from fermilink_scaffold.workspace.validity import newly_broken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal, TypeAlias

    from fermilink_scaffold.workspace.decide import Case, Trio
    from fermilink_scaffold.workspace.manifest import Entry
    from fermilink_scaffold.workspace.outcome import Action

    #: What is done where both sides changed the same lines.
    Choice: TypeAlias = Literal["markers", "ours", "theirs", "stop"]

__all__ = ["Result", "settle"]


#: What became of the lines that both sides changed.
_TAKEN = {
    None: "both are in it",
    "ours": "yours were taken where both did, the template's text is in .scaffold/base",
    "theirs": "the template's were taken where both did, your text is in .scaffold/backup",
}


class Result(Record):
    """One decided file."""

    outcome: Outcome
    #: By which the manifest knows it: id and policy.
    key: tuple[str, str]
    #: What the manifest says of it from now on; None: nothing.
    entry: Entry | None
    #: What was there.
    disk: Version | None
    #: What is written; None to leave the file.
    write: Version | None = None
    #: Paths that go.
    removals: tuple[str, ...] = ()
    #: The base text from now on; None for none.
    base: bytes | None = None
    #: False while a conflict leaves the old base in place.
    settled: bool = True
    #: The user's text, when it is not all in the result.
    backup: bytes | None = None

    @property
    def content(self) -> bytes | None:
        """What the file holds when all is done; None when it is not there, or not read."""
        if self.write is not None:
            return self.write.data
        return self.disk.data if self.disk is not None and not self.removals else None


class _Text(Record):
    """What the content of a file comes to."""

    action: Action
    #: None: as it is on disk.
    data: bytes | None = None
    #: Why it is a conflict.
    problem: str = ""
    #: Whether the template's side counts as taken in.
    settled: bool = True
    #: Whether a part of the user's text is not in it, or stands between markers.
    lossy: bool = False
    marked: bool = False
    #: Whose lines were taken where both sides changed the same ones.
    taken: Choice | None = None


def settle(
    trios: Sequence[Trio],
    *,
    on_conflict: Choice,
    restore: frozenset[str],
    adopt: frozenset[str],
    causes: Mapping[str, str],
) -> list[Result]:
    """Decide on each file. Raises ScaffoldError when git cannot merge."""
    cases: dict[str, Case] = {
        trio.path: judge(trio, restore=trio.entry.id in restore, adopt=trio.entry.id in adopt)
        for trio in trios
    }
    texts = _merged([trio for trio in trios if cases[trio.path] == "merge"], on_conflict)
    results = []
    for trio in trios:
        case = cases[trio.path]
        if case == "gone":
            results.append(_gone(trio))
            continue
        text = texts.get(trio.path) or _unmerged(trio, case, on_conflict)
        results.append(_result(trio, text, causes.get(trio.entry.id, "the rendering")))
    return results


def _merged(trios: Sequence[Trio], on_conflict: Choice) -> dict[str, _Text]:
    """The texts that both sides changed."""
    found = {trio.path: _Text(action="merged") for trio in trios}
    for trio in trios:
        if not all(version and version.data is not None for version in _versions(trio)):
            found[trio.path] = _whole(trio, "it changed here and where it comes from", on_conflict)
        elif not all(is_text(version.data or b"") for version in _versions(trio) if version):
            found[trio.path] = _whole(
                trio, "it is not UTF-8 text, so it cannot be merged", on_conflict
            )
    rest = [
        trio for trio in trios if found[trio.path].action == "merged" and not found[trio.path].data
    ]
    rest = [trio for trio in rest if not found[trio.path].problem]
    first = merge_texts([_merge(trio) for trio in rest])
    again = [trio for trio, done in zip(rest, first, strict=True) if done.conflict]
    favoured = {}
    if on_conflict in {"ours", "theirs"}:
        side: Literal["ours", "theirs"] = "ours" if on_conflict == "ours" else "theirs"
        second = merge_texts([_merge(trio).replace(favour=side) for trio in again])
        favoured = {trio.path: done.text for trio, done in zip(again, second, strict=True)}
    for trio, done in zip(rest, first, strict=True):
        found[trio.path] = _checked(trio, done.text, done.conflict, favoured, on_conflict)
    return found


def _checked(
    trio: Trio,
    text: bytes,
    conflict: bool,  # noqa: FBT001 (as git says it)
    favoured: Mapping[str, bytes],
    on_conflict: Choice,
) -> _Text:
    assert trio.disk is not None  # noqa: S101 (both sides changed it, so it is there)
    disk = trio.disk.data or b""
    marked = conflict and trio.path not in favoured
    data = with_ends_of(trio.path, disk, favoured.get(trio.path, text))
    if marked:
        problem = "you and the template changed the same lines"
        return _Text(action="conflict", data=data, problem=problem, lossy=True, marked=True)
    wrong = newly_broken(trio.path, disk, data)
    if wrong:
        return _whole(trio, f"merged, {wrong}", on_conflict)
    taken = on_conflict if conflict else None
    return _Text(action="merged", data=data, lossy=taken == "theirs", taken=taken)


def _merge(trio: Trio) -> Merge:
    ours, base, theirs = (
        merge_side(trio.path, (version.data if version else None) or b"")
        for version in (trio.disk, trio.base, trio.new)
    )
    return Merge(ours=ours, base=base, theirs=theirs)


def _versions(trio: Trio) -> tuple[Version | None, Version | None, Version | None]:
    return trio.disk, trio.base, trio.new


def _whole(trio: Trio, problem: str, on_conflict: Choice) -> _Text:
    """A conflict about the file as a whole: one side, or untouched."""
    if on_conflict == "ours":
        return _Text(action="kept", problem=problem)
    if on_conflict == "theirs":
        assert trio.new is not None  # noqa: S101 (else there would be no two sides)
        return _Text(action="updated", data=trio.new.data, problem=problem, lossy=True)
    return _Text(action="conflict", problem=problem, settled=False)


def _unmerged(trio: Trio, case: Case, on_conflict: Choice) -> _Text:
    if case == "unresolved":
        problem = "it still holds our conflict markers"
        if on_conflict == "theirs":
            return _whole(trio, problem, on_conflict)
        return _Text(action="conflict", problem=problem, settled=False)
    if case == "lost":
        return _whole(trio, "its base text is missing or damaged", on_conflict)
    if case == "unmanaged":
        return _Text(action="unmanaged", settled=False)
    if case == "updated" and trio.new is not None and trio.new.data is not None:
        disk = trio.disk.data if trio.disk else None
        return _Text(action="updated", data=with_ends_of(trio.path, disk or b"", trio.new.data))
    assert case not in {"merge", "gone"}  # noqa: S101 (handled before)
    return _Text(action=case)  # type: ignore[arg-type]


def _gone(trio: Trio) -> Result:
    outcome = Outcome(id=trio.entry.id, path=trio.path, action="removed", why="it was gone already")
    return Result(outcome=outcome, key=(trio.entry.id, trio.entry.policy), entry=None, disk=None)


def _result(trio: Trio, text: _Text, cause: str) -> Result:
    new, disk = trio.new, trio.disk
    if new is None:
        return _dropped(trio, text)
    target = _target(trio, text)
    moved = trio.old_path if disk is not None and text.settled else None
    changed = target is not None and (
        moved is not None
        or disk is None
        or target.digest != disk.digest
        or target.executable != disk.executable
    )
    action = text.action
    if action == "unchanged" and disk is not None and trio.entry.policy != "seeded":
        if changed and not moved:
            action = "updated"
        elif disk.digest != new.digest or disk.executable != new.executable:
            action = "kept"
    outcome = Outcome(
        id=trio.entry.id,
        path=trio.path if text.settled or not trio.old_path else trio.old_path,
        action=action,
        why=_why(trio, text, action, cause),
        moved_from=moved,
        writes=changed,
    )
    return Result(
        outcome=outcome,
        key=(trio.entry.id, trio.entry.policy),
        entry=_entry(trio, text),
        disk=disk,
        write=target if changed else None,
        removals=(moved,) if moved else (),
        base=new.data if text.settled and trio.entry.policy == "managed" else None,
        settled=text.settled,
        backup=disk.data if text.lossy and disk is not None else None,
    )


def _target(trio: Trio, text: _Text) -> Version | None:
    """The file as it is to be; None when it is left alone, or stays away."""
    new, disk = trio.new, trio.disk
    if new is None or not text.settled or text.action in {"deleted", "adopted"}:
        return None
    if trio.entry.policy == "seeded":
        return new if disk is None else None
    mode = merged_mode(trio)
    if text.data is not None:
        return Version(digest=digest(text.data), executable=mode, data=text.data)
    if text.action in {"created", "restored", "updated"}:
        return new.replace(executable=mode)
    # A staged input's content is where it comes from, not here.
    return disk.replace(executable=mode) if disk is not None and disk.data is not None else None


def _dropped(trio: Trio, text: _Text) -> Result:
    removed = text.action == "removed"
    why = (
        "nothing renders it any more, and you had not edited it"
        if removed
        else "nothing renders it any more; it stays, and is yours alone from now on"
    )
    outcome = Outcome(id=trio.entry.id, path=trio.path, action=text.action, why=why, writes=removed)
    return Result(
        outcome=outcome,
        key=(trio.entry.id, trio.entry.policy),
        entry=None,
        disk=trio.disk,
        removals=(trio.path,) if removed else (),
    )


def _entry(trio: Trio, text: _Text) -> Entry | None:
    """What the manifest says of the file from now on."""
    assert trio.wanted is not None  # noqa: S101 (only what is rendered comes here)
    if text.action == "unmanaged":
        return trio.wanted.replace(base_sha256=None, status="unmanaged")
    if not text.settled:
        return trio.known
    return trio.wanted.replace(status="conflict" if text.marked else "current")


def _why(trio: Trio, text: _Text, action: Action, cause: str) -> str:
    name = trio.entry.id
    moved = f"moved here from {trio.old_path}; " if trio.old_path and text.settled else ""
    if text.problem:
        ends = {
            "kept": "yours was kept",
            "updated": "the template's text was taken, yours is in .scaffold/backup",
            "conflict": "resolve the marked lines" if text.marked else "nothing was changed in it",
        }
        if action == "conflict" and "still holds" in text.problem:
            return (
                f"{text.problem}: resolve the marked lines first (your text from before is in "
                ".scaffold/backup), or take the template's with --on-conflict theirs"
            )
        return f"{moved}{text.problem}: {ends[action]}"
    words = {
        "unchanged": "as it is rendered",
        "kept": "you changed it; the template did not",
        "updated": f"{cause} changed; you had not edited it",
        "merged": f"you changed it, and {cause} changed: {_TAKEN[text.taken]}",
        "created": "it is new",
        "deleted": f"you deleted it; --restore {name} brings it back",
        "restored": "you had deleted it",
        "adopted": "your text stays, and changes of the template are merged into it from now on",
        "unmanaged": f"a file that is not ours is in its place; --adopt {name} takes it over",
    }
    return moved + words[action]
