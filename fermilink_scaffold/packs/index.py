"""What is known of packs from the last time, so that a run need not read them all again.

One JSON file in the user's cache has the summaries of all packs and the entry points of all
directories on Python's path; one more for each pack has all of its validated data. Each
entry carries what the file looked like, and is made anew when that has changed.
"""

from __future__ import annotations

import json
import os
import stat
import sys

from fermilink_scaffold import __version__
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.found import PACK_FILE, Summary
from fermilink_scaffold.templating.usercache import cache_directory, read_own, write_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fermilink_scaffold.packs.model import Pack

__all__ = ["Index"]

#: Counts the changes of what is kept, and of what is refused, within one version.
_REVISION = 3
_KEPT = 500


class Index:
    """The packs by directory. Nothing of it is needed: what cannot be kept is read again."""

    def __init__(self) -> None:
        self._directory = cache_directory()
        self._data: dict[str, Any] = {"version": _version(), "packs": {}, "paths": {}}
        self._changed = False
        known = self._load("packs.json")
        if isinstance(known, dict) and known.get("version") == self._data["version"]:
            self._data = known

    def summary(self, root: str) -> Summary | str:
        """The summary of the pack in `root`; or what is wrong with its pack.yaml."""
        file = os.path.join(root, PACK_FILE)
        stamp = _stamp(file)
        if stamp is None:
            if os.path.lexists(file):
                return f"{file}: is not a regular file"
            return f"there is no {PACK_FILE} in {root}"
        kept = self._data["packs"].get(root)
        if kept and kept[0] == stamp:
            return _summary(kept[1])
        from fermilink_scaffold.packs.load import read_pack_data, to_summary

        try:
            document = read_pack_data(root)
        except ScaffoldError as error:
            return str(error)
        summary = to_summary(document.data)
        self._keep("packs", root, [stamp, vars(summary)])
        positions = [[list(path), list(place)] for path, place in document.positions.items()]
        whole = {"stamp": stamp, "data": document.data, "positions": positions}
        self._save(_name(root), whole)
        return summary

    def pack(self, root: str) -> Pack:
        """The whole pack. Raises ScaffoldError for a pack.yaml that is wrong."""
        from fermilink_scaffold.packs.load import read_pack_data, to_pack

        file = os.path.join(root, PACK_FILE)
        kept = self._load(_name(root))
        if isinstance(kept, dict) and kept.get("stamp") == _stamp(file):
            positions = {tuple(path): place[0] for path, place in kept["positions"]}
            return to_pack(kept["data"], file=file, lines=positions)
        document = read_pack_data(root)
        lines = {path: place[0] for path, place in document.positions.items()}
        return to_pack(document.data, file=file, lines=lines)

    def installed(self) -> list[tuple[str, str, str | None]]:
        """Distribution, module and directory of each entry point on Python's path.

        Of a distribution that is there twice the first counts, as it does for Python.
        """
        found: dict[str, list[list[Any]]] = {}
        for path in sys.path:
            for distribution, points in self._in_path(path or os.getcwd()).items():
                found.setdefault(distribution, points)
        return [
            (distribution, module, directory)
            for distribution, points in found.items()
            for module, directory in points
        ]

    def _in_path(self, path: str) -> dict[str, list[list[Any]]]:
        """Modules and directories by distribution."""
        try:
            changed = os.stat(path).st_mtime_ns
        except OSError:
            return {}
        kept = self._data["paths"].get(path)
        if kept and kept[0] == changed and all(map(_is_there, kept[1].values())):
            points: dict[str, list[list[Any]]] = kept[1]
            return points
        from fermilink_scaffold.packs.entry_points import directory_of, in_directory

        points = {}
        for distribution, module in in_directory(path):
            points.setdefault(distribution, []).append([module, directory_of(module)])
        self._keep("paths", path, [changed, points])
        return points

    def _keep(self, kind: str, key: str, value: Any) -> None:
        entries = self._data[kind]
        if len(entries) > _KEPT:
            entries.clear()
        entries[key] = value
        self._changed = True

    def save(self) -> None:
        """Keep what was read anew for the next time."""
        if self._changed:
            self._save("packs.json", self._data)

    def _load(self, name: str) -> Any:
        data = read_own(os.path.join(self._directory, name)) if self._directory else None
        try:
            return None if data is None else json.loads(data)
        except ValueError:
            return None

    def _save(self, name: str, data: Any) -> None:
        if self._directory:
            write_own(os.path.join(self._directory, name), json.dumps(data).encode())


def _version() -> str:
    return f"{__version__}.{_REVISION}"


def _stamp(file: str) -> list[Any] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return [_version(), status.st_mtime_ns, status.st_size, status.st_ino]


def _name(root: str) -> str:
    import hashlib

    return f"pack-{hashlib.sha256(os.fsencode(root)).hexdigest()[:24]}.json"


def _summary(kept: dict[str, Any]) -> Summary:
    return Summary(
        name=kept["name"], packages=tuple(kept["packages"]), detect=tuple(kept["detect"])
    )


def _is_there(points: list[list[Any]]) -> bool:
    return all(directory is not None and os.path.isdir(directory) for _, directory in points)
