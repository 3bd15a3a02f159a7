"""The quick answer to "is this workspace what would be rendered": by hashes alone.

Nothing is rendered and nothing heavy is loaded. Where the fingerprint is not the recorded
one, or anything is unusual, there is no quick answer.
"""

from __future__ import annotations

import os

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace.decide import Outcome, as_rendered, holds_markers
from fermilink_scaffold.workspace.disk import digest, place, read, stamp
from fermilink_scaffold.workspace.journal import has_journal
from fermilink_scaffold.workspace.manifest import base_path, load_manifest
from fermilink_scaffold.workspace.sources import Claims, fingerprint, look, text_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.workspace.manifest import Entry, Manifest
    from fermilink_scaffold.workspace.plan import Stamp

__all__ = ["in_sync", "unchanged_sources"]


def in_sync(root: str) -> list[Outcome] | None:
    """What became of each file when nothing is to be written; None when a plan must tell.

    Raises ScaffoldError for a path that leads out of the workspace, and a file that is none.
    """
    if has_journal(root):
        return None
    manifest = load_manifest(root)
    scaffold = read(root, layout.SCAFFOLD)
    if scaffold is None or not unchanged_sources(root, manifest, scaffold[0]):
        return None
    outcomes = [_outcome(root, entry) for entry in manifest.entries]
    found = [outcome for outcome in outcomes if outcome is not None]
    return found if len(found) == len(outcomes) else None


def unchanged_sources(root: str, manifest: Manifest, scaffold: bytes) -> bool:
    """Whether a rendering would give what the manifest records."""
    if manifest.fingerprint is None:
        return False
    try:
        claims = Claims.load(manifest.claims)
        if not _stated(claims, scaffold) or not _staged_inside(root, claims):
            return False
        found = look(root, claims, scaffold)
    except (ScaffoldError, OSError, ValueError, TypeError, LookupError):
        return False
    return bool(found["the project's commit"]) and (
        fingerprint(claims, found) == manifest.fingerprint
    )


def _stated(claims: Claims, scaffold: bytes) -> bool:
    """Whether scaffold.yaml says so too: a manifest alone must not make us read a file."""
    from fermilink_scaffold.templating.yamltext import block

    text = "\n" + scaffold.decode("utf-8", "replace") + "\n"
    stated = {
        "goal": claims.goal,
        "prompt": claims.prompt,
        "hpc_profile": claims.hpc_profile,
        "inputs": list(claims.inputs),
        "template_dirs": list(claims.template_dirs),
    }
    return all(f"\n{block({key: value})}\n" in text for key, value in stated.items() if value)


def _staged_inside(root: str, claims: Claims) -> bool:
    """Whether staged files lie where staged files can: named in full, or below the goal."""
    given = {os.path.basename(path) for path in claims.inputs}
    placed = text_place(root, claims)
    for path in claims.staged:
        if path in given:
            continue
        if placed is None or path.startswith("/") or ".." in path.split("/"):
            return False
        real = os.path.realpath(os.path.join(placed[1], path))
        if not real.startswith(os.path.realpath(placed[1]) + os.sep):
            return False
    return True


def _outcome(root: str, entry: Entry) -> Outcome | None:
    path = f"{layout.WORKSPACE}/{entry.path}"
    if entry.policy == "seeded":
        there = os.path.lexists(place(root, path))
        return Outcome(id=entry.id, path=path, action="unchanged" if there else "deleted")
    if entry.status != "current" or entry.base_sha256 is None:
        return None
    if entry.policy == "input":
        seen = stamp(root, path)
        return _compared(entry, path, seen.digest if seen else None, seen)
    found, base = read(root, path), read(root, base_path(path))
    if base is None or base[1].digest != entry.base_sha256:
        return None
    data, seen = found or (None, None)
    if data is not None and holds_markers(data):
        return None
    content = None if data is None else digest(as_rendered(path, data, base[0]))
    return _compared(entry, path, content, seen)


def _compared(entry: Entry, path: str, content: str | None, seen: Stamp | None) -> Outcome:
    if content is None or seen is None:
        return Outcome(id=entry.id, path=path, action="deleted")
    same = content == entry.base_sha256 and seen.executable == entry.executable
    return Outcome(id=entry.id, path=path, action="unchanged" if same else "kept")
