"""What `.scaffold/` remembers of a rendering, so that a later one can be merged with it.

`base/<path>` is the exact text of each managed file; `manifest.json` lists all artifacts,
and what the rendering depended on. Paths are relative to the workspace; there is no time,
no host and no absolute path in it, so that the same inputs give the same bytes everywhere.
"""

from __future__ import annotations

import json
import os

from fermilink_scaffold import __version__, layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.workspace.disk import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal, TypeAlias

    #: `managed` has a base text; an `input` only its hash; `seeded` neither.
    Kept: TypeAlias = Literal["managed", "seeded", "input"]

__all__ = [
    "BASE",
    "CONTEXT",
    "JOURNAL",
    "PENDING",
    "SCHEMA_VERSION",
    "Entry",
    "Manifest",
    "base_path",
    "has_journal",
    "load_manifest",
]

SCHEMA_VERSION = 1

#: A change that is under way (see `journal`), relative to the project.
JOURNAL = f"{layout.RECORD}/journal.json"
PENDING = f"{layout.RECORD}/pending"

#: What the templates of the last rendering saw, relative to the project.
CONTEXT = f"{layout.RECORD}/context.json"

#: Where the texts last rendered are, relative to the project.
BASE = f"{layout.RECORD}/base"

#: `current`: as the last rendering left it. `conflict`: our markers were written into it.
#: `unmanaged`: somebody else's file stands in its place.
STATUSES = ("current", "conflict", "unmanaged")


class Entry(Record):
    """One artifact of the last rendering."""

    #: Short name, as in `regen --only NAME`.
    id: str
    #: Relative to the workspace.
    path: str
    policy: Kept
    #: SHA-256 of what was rendered, or staged; None for what has no base.
    base_sha256: str | None
    executable: bool
    #: Name of the layer whose template was used; `generated` or `staged` without one.
    layer: str
    status: str = "current"


class Manifest(Record):
    """The whole record."""

    #: Sorted by path.
    entries: tuple[Entry, ...]
    #: See `sources`; None when the last rendering did not reach all files.
    fingerprint: str | None
    #: `sources.Claims` as JSON data, and what `sources.look` found.
    claims: Mapping[str, Any]
    sources: Mapping[str, str]
    #: SHA-256 of the record of what the templates saw (see `compose.context_file`).
    context_sha256: str | None = None
    #: What was assumed.
    review_notes: Sequence[str] = ()
    tool_version: str = __version__

    def text(self) -> str:
        """The file's content."""
        return (
            json.dumps(
                {
                    "schema_version": SCHEMA_VERSION,
                    "tool_version": self.tool_version,
                    "fingerprint": self.fingerprint,
                    "claims": dict(self.claims),
                    "sources": dict(self.sources),
                    "context_sha256": self.context_sha256,
                    "review_notes": list(self.review_notes),
                    "artifacts": [entry.as_dict() for entry in self.entries],
                },
                indent=2,
            )
            + "\n"
        )


def base_path(path: str) -> str:
    """Where the base of a file is; both relative to the project."""
    return f"{BASE}/{path.removeprefix(f'{layout.WORKSPACE}/')}"


def has_journal(root: str) -> bool:
    """Whether an earlier change has not been completed, or not cleaned up after."""
    return any(os.path.lexists(os.path.join(root, path)) for path in (JOURNAL, PENDING))


def load_manifest(root: str) -> Manifest:
    """The manifest of the project at `root`; an empty one where there is none.

    Raises ScaffoldError for a file that is no manifest.
    """
    found = read(root, layout.MANIFEST)
    if found is None:
        return Manifest(entries=(), fingerprint=None, claims={}, sources={})
    try:
        data = json.loads(found[0])
        if data["schema_version"] != SCHEMA_VERSION:
            raise _broken(f"has the schema version {data['schema_version']!r}, not 1")
        return Manifest(
            entries=tuple(map(_entry, data["artifacts"])),
            fingerprint=data["fingerprint"],
            claims=dict(data.get("claims", {})),
            sources={str(key): str(value) for key, value in data.get("sources", {}).items()},
            context_sha256=data.get("context_sha256"),
            review_notes=tuple(map(str, data.get("review_notes", ()))),
            tool_version=str(data["tool_version"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _broken("is no manifest: it cannot be read") from error


def _entry(data: Mapping[str, Any]) -> Entry:
    entry = Entry(**{name: data[name] for name in Entry._fields})
    texts = (entry.id, entry.path, entry.policy, entry.layer, entry.status)
    known = entry.policy in {"managed", "seeded", "input"} and entry.status in STATUSES
    hashed = entry.base_sha256 is None or isinstance(entry.base_sha256, str)
    if not known or not hashed or not all(isinstance(text, str) for text in texts):
        raise ValueError(entry.id)
    if any(part in {"", ".", ".."} for part in entry.path.split("/")) or "\0" in entry.path:
        raise _broken(f"names {entry.path!r}, which is no path inside the workspace")
    if entry.path.split("/", 1)[0] == ".scaffold":
        raise _broken(f"names {entry.path!r}, which is a record")
    return entry


def _broken(what: str) -> ScaffoldError:
    return ScaffoldError(
        what,
        file=layout.MANIFEST,
        hint="Bring it back from a copy, or remove it: then `regen` takes no file for its own, "
        "and names each that differs.",
    )
