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
    "is_rendered_place",
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

_KINDS = {"managed": "rendered text", "seeded": "a seeded file", "input": "a staged input"}
#: What a campaign writes at the top of its workspace; on some disks in any capitals.
_CAMPAIGN = frozenset(
    {
        "benchmark.controller.yaml",
        "benchmark.worker.yaml",
        "env",
        "memory.archive.md",
        "run.lock.json",
        "runs",
        "state.json",
    }
)
#: What is written once, and then the campaign's or the user's.
_SEEDED = frozenset({"memory.md", "results.tsv", "scaffold.yaml", "worker_memory.md"})


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


def is_rendered_place(path: str) -> bool:
    """Whether a file there (relative to the project) can only be one that was rendered or staged.

    A pack may have files elsewhere; a manifest alone, which anybody can write, is no reason to
    take those away.
    """
    places = (f"{layout.AUTOGEN}/", f"{layout.ALL_INPUTS}/", f"{layout.WORKER_INPUTS}/")
    return path == layout.PROGRAM or path.startswith(places)


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
        return _loaded(json.loads(found[0]))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _broken("is no manifest: it cannot be read") from error


def _loaded(data: Mapping[str, Any]) -> Manifest:
    if data["schema_version"] != SCHEMA_VERSION:
        raise _broken(f"has the schema version {data['schema_version']!r}, not 1")
    entries = tuple(_entry(item) for item in _typed(data["artifacts"], list))
    paths = [entry.path for entry in entries]
    twice = [path for path in paths if paths.count(path) > 1]
    if twice:
        raise _broken(f"names {twice[0]!r} twice")
    sources = _typed(data.get("sources", {}), dict)
    return Manifest(
        entries=entries,
        fingerprint=_typed(data["fingerprint"], str, type(None)),
        claims=_typed(data.get("claims", {}), dict),
        # They are named to people when they have changed.
        sources={
            key if _is_plain(key) else ascii(key): _typed(value, str)
            for key, value in sources.items()
        },
        context_sha256=_typed(data.get("context_sha256"), str, type(None)),
        review_notes=tuple(
            _typed(note, str) for note in _typed(data.get("review_notes", []), list)
        ),
        tool_version=_typed(data["tool_version"], str),
    )


def _typed(value: Any, *kinds: type) -> Any:
    if not isinstance(value, kinds):
        raise TypeError(type(value))
    return value


def _is_plain(text: str) -> bool:
    """Whether it can be printed and can name a file; what names a file may not be UTF-8."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    # Without C0, DEL and C1: some of them steer a terminal.
    return not any(char < " " or "\x7f" <= char < "\xa0" for char in text)


def _entry(data: Mapping[str, Any]) -> Entry:
    values = {name: data[name] for name in Entry._fields}
    for name, value in values.items():
        kinds = {"executable": (bool,), "base_sha256": (str, type(None))}.get(name, (str,))
        _typed(value, *kinds)
    entry = Entry(**values)
    if entry.policy not in {"managed", "seeded", "input"} or entry.status not in STATUSES:
        raise ValueError(entry.policy)
    _check_path(entry)
    if not entry.id or not _is_plain(entry.id) or not _is_plain(entry.layer):
        raise _broken(f"has the id {entry.id!a} for {entry.path!a}, which is no name")
    return entry


def _check_path(entry: Entry) -> None:
    """Refuse what no rendering can have written, so that no regeneration can take it away."""
    parts = entry.path.split("/")
    if any(part in {"", ".", ".."} for part in parts) or not _is_plain(entry.path):
        raise _broken(f"names {entry.path!a}, which is no path inside the workspace")
    first = parts[0].casefold()
    if first == ".scaffold":
        raise _broken(f"names {entry.path!r}, which is a record")
    staged = len(parts) > 2 and "/".join(parts[:2]) in {"inputs/all", "inputs/worker"}
    if (entry.policy == "input") != staged or (first == "inputs" and not staged):
        raise _broken(f"names {entry.path!r} as {_KINDS[entry.policy]}")
    if first in _CAMPAIGN or parts[0].startswith("."):
        raise _broken(f"names {entry.path!r}, which is the campaign's own")
    if entry.path.casefold() in _SEEDED and entry.policy != "seeded":
        raise _broken(f"names {entry.path!r}, which is the campaign's own, as rendered text")


def _broken(what: str) -> ScaffoldError:
    return ScaffoldError(
        what,
        file=layout.MANIFEST,
        hint="Bring it back from a copy, or remove it: then `regen` takes no file for its own, "
        "and names each that differs.",
    )
