"""The quick answer to "is this workspace what would be rendered": by hashes alone.

Nothing is rendered and nothing heavy is loaded. Where the fingerprint is not the recorded
one, or anything is unusual, there is no quick answer.
"""

from __future__ import annotations

import os

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace.disk import digest, place, read, stamp
from fermilink_scaffold.workspace.manifest import base_path, has_journal, load_manifest
from fermilink_scaffold.workspace.outcome import Outcome, as_rendered, holds_markers
from fermilink_scaffold.workspace.sources import Claims, fingerprint, look, text_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.workspace.disk import Stamp
    from fermilink_scaffold.workspace.manifest import Entry, Manifest

__all__ = ["in_sync", "known_sources"]


def in_sync(root: str) -> list[Outcome] | None:
    """What became of each file when nothing is to be written; None when a plan must tell.

    Raises ScaffoldError for a path that leads out of the workspace, and a file that is none.
    """
    if has_journal(root):
        return None
    manifest = load_manifest(root)
    scaffold = read(root, layout.SCAFFOLD)
    if scaffold is None or manifest.fingerprint is None:
        return None
    known = known_sources(root, manifest, scaffold[0])
    if known is None or fingerprint(*known) != manifest.fingerprint:
        return None
    outcomes = [_outcome(root, entry) for entry in manifest.entries]
    found = [outcome for outcome in outcomes if outcome is not None]
    return found if len(found) == len(outcomes) else None


def known_sources(
    root: str, manifest: Manifest, scaffold: bytes
) -> tuple[Claims, dict[str, str]] | None:
    """Where the inputs are and what they are now; None where the manifest cannot tell where."""
    if not manifest.claims:
        return None
    try:
        claims = Claims.load(manifest.claims)
        if not _stated(claims, scaffold) or not _staged_inside(root, claims):
            return None
        found = look(root, claims, scaffold)
    except (ScaffoldError, OSError, ValueError, TypeError, LookupError):
        return None
    return (claims, found) if found["the project's commit"] else None


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
