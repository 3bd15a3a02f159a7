"""What `.scaffold/` remembers of a rendering, so that a later one can be merged with it.

`base/<path>` is the exact text of each managed file; `manifest.json` lists all artifacts.
Paths are relative to the workspace; there is no time, no host and no absolute path in it,
so that the same inputs give the same bytes everywhere.
"""

from __future__ import annotations

import hashlib
import json
import posixpath

from fermilink_scaffold import __version__, layout
from fermilink_scaffold.workspace.plan import NewFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.templating.render import Rendered

__all__ = ["BASE", "SCHEMA_VERSION", "record_files"]

SCHEMA_VERSION = 1

#: Where the texts last rendered are, relative to the project.
BASE = f"{layout.RECORD}/base"

#: Layer and status of what the program writes from its own data, without a template.
_NO_TEMPLATE = "generated"
_CURRENT = "current"


def record_files(rendered: Iterable[Rendered], files: Sequence[NewFile]) -> list[NewFile]:
    """The base copies and the manifest of a new workspace.

    `files` are all its files with known content, those in `rendered` among them.
    """
    origins = {item.artifact.path: item for item in rendered}
    artifacts = [_entry(file, origins.get(file.path)) for file in files if file.policy != "record"]
    artifacts.sort(key=lambda entry: entry["path"])
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": __version__,
        "fingerprint": _fingerprint(artifacts, files),
        "artifacts": artifacts,
    }
    text = json.dumps(manifest, indent=2) + "\n"
    bases = [
        NewFile(path=f"{BASE}/{_in_workspace(file.path)}", data=file.data, policy="record")
        for file in files
        if file.policy == "managed"
    ]
    return [*bases, NewFile(path=layout.MANIFEST, data=text.encode(), policy="record")]


def _entry(file: NewFile, origin: Rendered | None) -> dict[str, Any]:
    path = _in_workspace(file.path)
    return {
        "id": origin.artifact.id if origin else posixpath.basename(path).partition(".")[0],
        "path": path,
        "policy": file.policy,
        "base_sha256": hashlib.sha256(file.data).hexdigest() if file.policy == "managed" else None,
        "executable": file.executable,
        "layer": origin.layer if origin else _NO_TEMPLATE,
        "status": _CURRENT,
    }


def _in_workspace(path: str) -> str:
    return path.removeprefix(f"{layout.WORKSPACE}/")


def _fingerprint(artifacts: Sequence[Mapping[str, Any]], files: Sequence[NewFile]) -> str:
    """One hash over what inputs, templates and renderer came to; seeded texts hold a time."""
    digest = hashlib.sha256(__version__.encode())
    digest.update(json.dumps(artifacts).encode())
    managed = [file for file in files if file.policy == "managed"]
    for file in sorted(managed, key=lambda file: file.path):
        digest.update(hashlib.sha256(file.data).digest())
    return digest.hexdigest()
