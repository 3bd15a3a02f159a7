"""The plan of a regeneration: every file in its three states, decided, merged and checked.

Looks at the disk, writes nothing; `apply` does that.
"""

from __future__ import annotations

import os

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import EMPTY, Record
from fermilink_scaffold.workspace.decide import Trio, Version
from fermilink_scaffold.workspace.disk import Stamp, digest, place, read, stamp
from fermilink_scaffold.workspace.excludes import exclude_file
from fermilink_scaffold.workspace.manifest import base_path, is_rendered_place
from fermilink_scaffold.workspace.outcome import as_rendered
from fermilink_scaffold.workspace.plan import Copy, NewFile, Plan, check_paths
from fermilink_scaffold.workspace.records import free_backup, resealed
from fermilink_scaffold.workspace.settle import settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.workspace.manifest import Entry, Manifest
    from fermilink_scaffold.workspace.outcome import Outcome
    from fermilink_scaffold.workspace.settle import Choice, Result

__all__ = ["Options", "Regeneration", "Wanted", "plan_regen", "trios", "wanted_from_base"]


class Wanted(Record):
    """One file as it is rendered now."""

    entry: Entry
    #: Its content; None for a staged input.
    data: bytes | None = None
    #: Where a staged input's content is, absolute.
    origin: str | None = None


class Options(Record):
    """What the user asked of a regeneration; names are ids, paths or base names of files."""

    on_conflict: Choice = "markers"
    only: tuple[str, ...] = ()
    restore: tuple[str, ...] = ()
    adopt: tuple[str, ...] = ()


class Regeneration(Record):
    """A regeneration that only has to be applied."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    #: What the files come to, for those that are written or moved.
    results: tuple[Result, ...] = ()
    #: Whether `--on-conflict stop` keeps everything as it is.
    stopped: bool = False
    #: What of the contract's meaning changed, for people; one line each.
    compiled: tuple[str, ...] = ()
    #: Parts of the contract whose change makes results of this campaign incomparable.
    meaning: tuple[str, ...] = ()
    #: Whether the campaign has results already, and what measures changed at all.
    under_way: bool = False
    measures: bool = False
    review_notes: tuple[str, ...] = ()
    #: See `sources.Claims`.
    claims: Mapping[str, Any] = EMPTY


def plan_regen(  # noqa: PLR0913 (three states, and what the user wants)
    root: str,
    manifest: Manifest,
    wanted: Sequence[Wanted],
    after: Manifest,
    options: Options,
    *,
    causes: Mapping[str, str],
    exclude_patterns: tuple[str, ...] = (),
    records: tuple[NewFile, ...] = (),
) -> Regeneration:
    """Decide on every file.

    `after` is the manifest that a complete rendering would leave; `causes` says, by id, what
    made a file's rendering change. Raises ScaffoldError for a path that leads out of the
    workspace, something that is no file, an unknown name, and what cannot be merged.
    """
    exclude_file(root)
    found = trios(root, manifest, wanted)
    chosen = _chosen(found, options)
    results = settle(
        chosen,
        on_conflict=options.on_conflict,
        restore=_ids(found, options.restore),
        adopt=_ids(found, options.adopt),
        causes=causes,
    )
    outcomes = tuple(result.outcome for result in results)
    if options.on_conflict == "stop" and any(outcome.conflict for outcome in outcomes):
        plan = Plan(root=root, before={})
        return Regeneration(plan=plan, outcomes=outcomes, results=tuple(results), stopped=True)
    plan = _plan(root, manifest, after, results, wanted, records)
    return Regeneration(
        plan=plan.replace(exclude_patterns=exclude_patterns),
        outcomes=outcomes,
        results=tuple(results),
        review_notes=tuple(after.review_notes),
    )


def wanted_from_base(root: str, manifest: Manifest) -> list[Wanted] | None:
    """What would be rendered while nothing that it depends on has changed: the base texts.

    None where one of them is missing or damaged.
    """
    wanted = []
    for entry in manifest.entries:
        if entry.status == "unmanaged":
            return None
        path = f"{layout.WORKSPACE}/{entry.path}"
        data = None
        if entry.policy == "managed":
            found = read(root, base_path(path))
            if found is None or found[1].digest != entry.base_sha256:
                return None
            data = found[0]
        wanted.append(Wanted(entry=entry.replace(status="current"), data=data))
    return wanted


def trios(root: str, manifest: Manifest, wanted: Iterable[Wanted]) -> list[Trio]:
    """Every file that was or is rendered, in its three states; sorted by path."""
    items = list(wanted)
    by_path = {(entry.path, entry.policy): entry for entry in manifest.entries}
    matched = [by_path.pop((item.entry.path, item.entry.policy), None) for item in items]
    # What is not in its place any more may have moved.
    by_id = {(entry.id, entry.policy): entry for entry in by_path.values()}
    places = {item.entry.path for item in items}
    for number, item in enumerate(items):
        if matched[number] is None:
            entry = by_id.pop((item.entry.id, item.entry.policy), None)
            if entry is not None and entry.path not in places:
                matched[number] = by_path.pop((entry.path, entry.policy))
    found = [_trio(root, entry, item) for entry, item in zip(matched, items, strict=True)]
    # Where something else is rendered now, there is nothing left to take away.
    found += [_trio(root, entry, None) for entry in by_path.values() if entry.path not in places]
    return sorted(found, key=lambda trio: trio.path)


def _trio(root: str, entry: Entry | None, item: Wanted | None) -> Trio:
    now = item.entry if item else entry
    assert now is not None  # noqa: S101 (a file is known from one side at least)
    path = f"{layout.WORKSPACE}/{now.path}"
    known = entry if entry is not None and entry.status != "unmanaged" else None
    old_path = f"{layout.WORKSPACE}/{known.path}" if known else path
    if old_path != path and (not is_rendered_place(old_path) or os.path.lexists(place(root, path))):
        # The file has moved, and something else is in its new place, or it may not be ours.
        known, old_path = None, path
    base, lost = _base(root, known, old_path) if known else (None, False)
    return Trio(
        path=path,
        base=base,
        disk=_disk(root, old_path, now.policy, base),
        new=_new(item),
        known=known,
        wanted=item.entry if item else None,
        lost=lost,
        old_path=old_path if old_path != path else None,
    )


def _base(root: str, entry: Entry, path: str) -> tuple[Version | None, bool]:
    if entry.policy == "seeded":
        return None, False
    if entry.base_sha256 is None:
        return None, True
    if entry.policy == "input":
        return Version(digest=entry.base_sha256, executable=entry.executable), False
    found = read(root, base_path(path))
    if found is None or found[1].digest != entry.base_sha256:
        return None, True
    base = Version(digest=entry.base_sha256, executable=entry.executable, data=found[0])
    return base, False


def _disk(root: str, path: str, policy: str, base: Version | None) -> Version | None:
    if policy == "managed":
        found = read(root, path)
        if found is None:
            return None
        data, seen = found
        if base is not None and base.data is not None:
            rendered = as_rendered(path, data, base.data)
            if rendered is not data:
                data, seen = rendered, Stamp(digest=base.digest, mode=seen.mode)
        return Version(digest=seen.digest, executable=seen.executable, data=data)
    if policy == "seeded":
        # However large the memory is, it is not read.
        there = os.path.lexists(place(root, path))
        return Version(digest="", executable=False) if there else None
    known = stamp(root, path)
    return Version(digest=known.digest, executable=known.executable) if known else None


def _new(item: Wanted | None) -> Version | None:
    if item is None:
        return None
    entry = item.entry
    if item.data is None:
        return Version(digest=entry.base_sha256 or "", executable=entry.executable)
    return Version(digest=digest(item.data), executable=entry.executable, data=item.data)


def _matches(trio: Trio, name: str) -> bool:
    short = trio.path.removeprefix(f"{layout.WORKSPACE}/")
    return name in {trio.entry.id, trio.path, short, os.path.basename(trio.path)}


def _ids(found: Sequence[Trio], names: Sequence[str]) -> frozenset[str]:
    """The files that the names mean."""
    meant = []
    for name in names:
        matching = [trio.entry.id for trio in found if _matches(trio, name)]
        if not matching:
            import difflib

            near = difflib.get_close_matches(name, [trio.entry.id for trio in found], n=1)
            known = ", ".join(trio.entry.id for trio in found)
            raise ScaffoldError(
                f"there is no file {name!r} to regenerate",
                hint=f"Did you mean {near[0]!r}?" if near else f"The names are: {known}.",
            )
        meant += matching
    return frozenset(meant)


def _chosen(found: Sequence[Trio], options: Options) -> list[Trio]:
    """Those of `--only`, and those that are restored or adopted; all without `--only`."""
    restore, adopt = _ids(found, options.restore), _ids(found, options.adopt)
    for trio in found:
        if trio.entry.id in restore and trio.disk is not None:
            raise ScaffoldError(
                "is there, so there is nothing to restore",
                file=trio.path,
                hint="To take the template's text instead of yours, move the file away first.",
            )
        if trio.entry.id in adopt and (trio.tracked or trio.disk is None):
            raise ScaffoldError("is no file of somebody else's", file=trio.path)
    if not options.only:
        return list(found)
    only = _ids(found, options.only) | restore | adopt
    return [trio for trio in found if trio.entry.id in only]


def _plan(  # noqa: PLR0913, PLR0917 (what was, what is to be, and what of it is decided)
    root: str,
    before: Manifest,
    after: Manifest,
    results: Sequence[Result],
    wanted: Sequence[Wanted],
    records: Sequence[NewFile],
) -> Plan:
    """Targets come first, then what is recorded of them, the manifest last."""
    origins = {f"{layout.WORKSPACE}/{it.entry.path}": it.origin for it in wanted if it.origin}
    backups = dict(_backups(root, results))
    files: list[NewFile] = list(backups.values())
    copies = []
    for result in results:
        version, path = result.write, result.outcome.path
        if version is None:
            continue
        if version.data is None:
            copies.append(Copy(path=path, origin=origins[path]))
        else:
            new = NewFile(path=path, data=version.data, executable=version.executable)
            files.append(new)
    bases, obsolete, follows = _bases(root, results)
    follows |= {path: backup.path for path, backup in backups.items()}
    files += [*bases, *resealed(root, results)]
    files += [item for item in records if _differs(root, item.path, item.data)]
    text = _manifest(before, after, results).text().encode()
    if _differs(root, layout.MANIFEST, text):
        files.append(NewFile(path=layout.MANIFEST, data=text, policy="record"))
    removals = [path for result in results for path in result.removals] + obsolete
    paths = [*(file.path for file in files), *(copy.path for copy in copies)]
    check_paths(paths)
    return Plan(
        root=root,
        files=tuple(files),
        copies=tuple(copies),
        removals=tuple(removals),
        before={path: stamp(root, path) for path in [*paths, *removals]},
        follows=follows,
    )


def _backups(root: str, results: Sequence[Result]) -> Iterator[tuple[str, NewFile]]:
    """The copies to keep, by the path of what is written over the original."""
    for result in results:
        if result.backup is not None:
            path = free_backup(
                root, result.outcome.moved_from or result.outcome.path, result.backup
            )
            if path is not None:
                copy = NewFile(path=path, data=result.backup, policy="record")
                yield result.outcome.path, copy


def _bases(root: str, results: Sequence[Result]) -> tuple[list[NewFile], list[str], dict[str, str]]:
    """Base texts to write, those to remove, and the file that each belongs to."""
    written: list[NewFile] = []
    obsolete: list[str] = []
    follows = {}
    for result in results:
        if not result.settled:
            continue
        path, old = result.outcome.path, result.outcome.moved_from or result.outcome.path
        if result.base is not None and _differs(root, base_path(path), result.base):
            written.append(NewFile(path=base_path(path), data=result.base, policy="record"))
            follows[base_path(path)] = path
        left = result.base is None or old != path
        if left and read(root, base_path(old)) is not None:
            obsolete.append(base_path(old))
            follows[base_path(old)] = old
    return written, obsolete, follows


def _manifest(before: Manifest, after: Manifest, results: Sequence[Result]) -> Manifest:
    """What is known from now on; with the new fingerprint only if it holds for all files."""
    done = {result.key for result in results}
    new = [result.entry for result in results if result.entry is not None]
    places = {entry.path for entry in new}
    rest = [entry for entry in before.entries if entry.path not in places]
    left = [entry for entry in rest if (entry.id, entry.policy) not in done]
    entries = [*left, *new]
    entries.sort(key=lambda entry: entry.path)
    complete = not left and all(result.settled for result in results)
    if complete:
        return after.replace(entries=tuple(entries))
    return after.replace(entries=tuple(entries), fingerprint=None, sources=before.sources)


def _differs(root: str, path: str, data: bytes) -> bool:
    found = read(root, path)
    return found is None or found[0] != data
