"""What a regeneration leaves beside the files: backups, and the seal."""

from __future__ import annotations

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace.disk import read
from fermilink_scaffold.workspace.plan import NewFile
from fermilink_scaffold.workspace.seal import is_sealed, read_seal, seal_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fermilink_scaffold.workspace.settle import Result

__all__ = ["BACKUP", "free_backup", "resealed"]

#: Where the user's texts are kept that were not taken over whole, relative to the project.
BACKUP = f"{layout.RECORD}/backup"


def free_backup(root: str, path: str, data: bytes) -> str | None:
    """Where a file's content can be kept beside earlier ones; None where it is kept already."""
    place = f"{BACKUP}/{path.removeprefix(f'{layout.WORKSPACE}/')}"
    name, number = place, 0
    while (found := read(root, name)) is not None:
        if found[0] == data:
            return None
        number += 1
        name = f"{place}.{number}"
    return name


def resealed(root: str, results: Sequence[Result]) -> list[NewFile]:
    """The seal, for what regeneration itself wrote.

    It vouches for nobody else's change: a file that did not fit the seal before does not
    fit it afterwards, nor does one with conflict markers in it.
    """
    try:
        seal = read_seal(root)
    except ScaffoldError:
        return []
    if seal is None:
        return []
    sealed = dict(seal)
    for result in results:
        path, before = result.outcome.path, result.disk
        for removed in result.removals:
            sealed.pop(removed, None)
        version = result.write
        if version is None or not is_sealed(path) or result.outcome.conflict:
            continue
        old = seal.get(result.outcome.moved_from or path)
        if before is None or old == before.digest:
            sealed[path] = version.digest
    if sealed == seal:
        return []
    return [NewFile(path=layout.SEAL, data=seal_text(sealed).encode(), policy="record")]
