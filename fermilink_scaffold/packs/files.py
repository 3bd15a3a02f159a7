"""The files that a pack says a workload reads: staged when they lie beside the goal."""

from __future__ import annotations

import os

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.text.named_files import find_name, staged_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from fermilink_scaffold.spec.model import DraftCase
    from fermilink_scaffold.spec.text.named_files import Places

__all__ = ["followed", "staged"]

#: Of a file that may name others, only so much is looked at; and so many are followed.
_READ = 1024 * 1024
_MOST = 100


def staged(names: Sequence[str], case: DraftCase, places: Places) -> list[str]:
    """Those of the names that lie beside the goal, as paths to stage.

    Raises ScaffoldError, with the goal's line, for a name that is nowhere or lies outside.
    """
    found: list[str] = []
    for name in names:
        kind = find_name(name, places)
        if kind == "staged":
            found += staged_files(name, places, case.source.line or 1)
        elif kind not in {"project", "input"} and not os.path.isfile(
            os.path.join(places.project or "", name)
        ):
            outside = kind == "outside"
            raise ScaffoldError(
                f"workload `{case.id}`: `{name}` lies outside the goal's directory and is not staged"
                if outside
                else f"workload `{case.id}`: there is no file `{name}` in {places.directory}",
                file=case.source.file,
                line=case.source.line,
                hint=f"Stage it with `--input {name}`."
                if outside
                else "Put it beside the goal, or name it with `--input FILE`.",
            )
    return found


def followed(
    names: Sequence[str],
    expressions: Sequence[re.Pattern[str]],
    places: Places,
) -> dict[str, str]:
    """Further files beside the goal that these files name, each with the one that names it.

    Names are looked up beside the file that has them, then beside the goal. What is not
    there is passed over: scripts name what they write, too.
    """
    found: dict[str, str] = {}
    waiting = list(names)
    seen = set(names)
    while waiting and len(found) < _MOST:
        reader = waiting.pop(0)
        text = _text(os.path.join(places.directory, reader))
        named = [hit[1] for expression in expressions for hit in expression.finditer(text)]
        for name in dict.fromkeys(filter(None, named)):
            path = _beside(name.strip("\"'"), reader, places)
            if path is not None and path not in seen:
                seen.add(path)
                found[path] = reader
                waiting.append(path)
    return found


def _beside(name: str, reader: str, places: Places) -> str | None:
    """The path of a named file to stage, relative to the goal's directory."""
    for place in (os.path.join(os.path.dirname(reader), name), name):
        path = os.path.normpath(place)
        is_file = os.path.isfile(os.path.join(places.directory, path))
        if is_file and find_name(path, places) == "staged":
            return path
    return None


def _text(path: str) -> str:
    """The beginning of a text file; nothing of what is no text."""
    try:
        with open(path, "rb") as file:
            data = file.read(_READ)
    except OSError:
        return ""
    return "" if b"\0" in data else data.decode("utf-8", "replace")
