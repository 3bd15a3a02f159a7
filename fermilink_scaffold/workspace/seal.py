"""The seal: hashes of what measures a candidate, kept where no candidate can write them.

Format of `.scaffold/seal.json`: `{"schema_version": 1, "files": {PATH: SHA256}}`, paths
relative to the project, hex digests.
"""

from __future__ import annotations

import hashlib
import json
import os

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "file_digest",
    "is_sealed",
    "read_seal",
    "seal_project",
    "seal_text",
    "sealed_files",
]

_SCHEMA_VERSION = 1
_SINGLE = frozenset({layout.RUNNER, layout.BENCHMARK, layout.LAUNCHER, layout.PRE_COMMANDS})


def is_sealed(path: str) -> bool:
    """Whether a file of the workspace (relative to the project) belongs under the seal.

    The runner, the launcher that starts it on a cluster, the build's script, the contract,
    the inputs, and the case drivers of packs.
    """
    return path in _SINGLE or path.startswith((f"{layout.ALL_INPUTS}/", f"{layout.CASES}/"))


def sealed_files(root: str) -> dict[str, str]:
    """Path and digest of every file under the seal as the project has it now.

    Raises OSError when one of them cannot be read.
    """
    return {path: file_digest(os.path.join(root, path)) for path in _present(root)}


def seal_project(root: str) -> str:
    """The text of seal.json over the project's files as they are; raises as `sealed_files`."""
    return seal_text(sealed_files(root))


def read_seal(root: str) -> dict[str, str] | None:
    """The digests of the recorded seal by path; None where there is none.

    Raises ScaffoldError when the file is no seal.
    """
    try:
        with open(os.path.join(root, layout.SEAL), encoding="utf-8") as stream:
            files = json.load(stream)["files"]
            return {str(path): str(digest) for path, digest in files.items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ScaffoldError(
            "is no seal: it cannot be read",
            file=layout.SEAL,
            hint="Look at what changed, then record it again: fermilink-scaffold check --seal",
        ) from error


def seal_text(digests: Mapping[str, str]) -> str:
    """The text of seal.json over hex digests by path; sorted, with a final newline."""
    files = {path: digests[path] for path in sorted(digests) if is_sealed(path)}
    seal = {"files": files, "schema_version": _SCHEMA_VERSION}
    return json.dumps(seal, indent=2, sort_keys=True) + "\n"


def _present(root: str) -> Iterator[str]:
    yield from (path for path in sorted(_SINGLE) if os.path.isfile(os.path.join(root, path)))
    for sealed in (layout.ALL_INPUTS, layout.CASES):
        for directory, directories, names in os.walk(os.path.join(root, sealed)):
            directories[:] = sorted(name for name in directories if name != "__pycache__")
            for name in sorted(names):
                yield os.path.relpath(os.path.join(directory, name), root).replace(os.sep, "/")


def file_digest(path: str) -> str:
    """SHA-256 of a file's content, hex. Raises OSError when it cannot be read."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while data := stream.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()
