"""Templates that were copied into the project, and what they were copied from.

`.fermilink-scaffold/templates/.ejected.json` has for each of them the layer and a SHA-256
of the versions behind it as they were then; so it can be told when that has moved since.
"""

from __future__ import annotations

import hashlib
import json
import os
import re

from fermilink_scaffold import __version__
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.templating.layers import PROJECT_TEMPLATES, read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.templating.layers import Layers

__all__ = ["Comparison", "compare", "eject"]

_RECORD = f"{PROJECT_TEMPLATES}/.ejected.json"
_LAYER = "project"
_LINE = re.compile(r"^[ \t]*#%[-+]?[ \t]*(block[ \t]+(\w+)|endblock)\b.*$")


class Comparison(Record):
    """An ejected template beside what it came from."""

    template: str
    #: The layer that it would come from now; None when there is none any more.
    upstream: str | None
    #: True when the upstream template is not the one that was ejected.
    moved: bool
    #: Unified diff from the upstream template to the project's; empty for single blocks.
    diff: str


def eject(
    project: str, template: str, layers: Layers, *, blocks: Sequence[str] = (), force: bool = False
) -> str:
    """Copy a template, or only some of its blocks, into the project's layer; the file written.

    Raises ScaffoldError when it is there already and may not be replaced, and for a block
    that the template does not have.
    """
    target = os.path.join(project, PROJECT_TEMPLATES, template)
    if os.path.lexists(target) and not force:
        raise ScaffoldError(
            "is there already",
            file=target,
            hint="`templates diff` compares it with its origin; --force replaces it.",
        )
    if not os.path.realpath(target).startswith(os.path.realpath(project) + os.sep):
        raise ScaffoldError("a link here leads out of the project", file=target)
    behind = _behind(template, layers)
    if not behind:
        raise ScaffoldError(f"no layer behind the project's has {template}")
    made = _with_blocks(template, behind, blocks) if blocks else behind[0].text
    from fermilink_scaffold.runtime.files import make_parents, write_atomic

    record = _read(project)
    record[template] = {
        "layer": behind[0].layer,
        "sha256": _hash(behind),
        "tool_version": __version__,
        **({"blocks": list(blocks)} if blocks else {}),
    }
    make_parents(target)
    write_atomic(target, made.encode())
    data = {"schema_version": 1, "files": dict(sorted(record.items()))}
    write_atomic(os.path.join(project, _RECORD), f"{json.dumps(data, indent=2)}\n".encode())
    return target


def compare(project: str, layers: Layers, templates: Sequence[str] = ()) -> list[Comparison]:
    """Each ejected template, or those that are named, beside its origin as it is now.

    Raises ScaffoldError for a name that was not ejected.
    """
    record = _read(project)
    for name in templates:
        if name not in record:
            raise ScaffoldError(
                f"{name} was not ejected",
                hint=f"These were: {', '.join(record)}." if record else "None was.",
            )
    return [_compared(project, name, record[name], layers) for name in templates or record]


def _compared(project: str, name: str, entry: Mapping[str, Any], layers: Layers) -> Comparison:
    import difflib

    target = os.path.join(project, PROJECT_TEMPLATES, name)
    behind = _behind(name, layers)
    if not behind:
        return Comparison(template=name, upstream=None, moved=True, diff="")
    text, layer = behind[0].text, behind[0].layer
    lines = (
        difflib.unified_diff(
            text.splitlines(keepends=True),
            (read_text(target) if os.path.isfile(target) else "").splitlines(keepends=True),
            f"{name} ({layer})",
            f"{name} (project)",
        )
        if "blocks" not in entry
        else ()
    )
    diff = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    moved = _hash(behind) != entry["sha256"]
    return Comparison(template=name, upstream=layer, moved=moved, diff=diff)


class _Version(Record):
    """A template as one layer has it."""

    layer: str
    text: str


def _behind(template: str, layers: Layers) -> list[_Version]:
    """The versions that come behind the project's own, the first one first."""
    start = 1 + next(i for i, layer in enumerate(layers.layers) if layer.name == _LAYER)
    versions = []
    while (found := layers.find(template, start)) is not None:
        name = layers.layers[found[0]].name
        versions.append(_Version(layer=name, text=read_text(found[1])))
        start = found[0] + 1
    return versions


def _with_blocks(template: str, behind: Sequence[_Version], blocks: Sequence[str]) -> str:
    """A template that extends the next one, with blocks as they are there."""
    parts = [f'#% extends "!{template}"\n']
    for name in blocks:
        lines = next(filter(None, (_block(version.text, name) for version in behind)), None)
        if lines is None:
            raise ScaffoldError(
                f"{template} has no block {name!r}",
                hint=f"`templates show {template}` lists its blocks.",
            )
        parts.append("".join(lines))
    return "".join(parts)


def _block(text: str, name: str) -> list[str]:
    """The lines of a block, with those of the blocks in it."""
    taken: list[str] = []
    depth = 0
    for line in text.splitlines(keepends=True):
        found = _LINE.match(line.rstrip("\n"))
        if found and (depth or found[2] == name):
            depth += -1 if found[1] == "endblock" else 1
            taken.append(line)
            if not depth:
                break
        elif depth:
            taken.append(line)
    return taken


def _hash(behind: Sequence[_Version]) -> str:
    """One hash over all versions: each may extend the next."""
    return hashlib.sha256("\0".join(version.text for version in behind).encode()).hexdigest()


def _read(project: str) -> dict[str, Any]:
    path = os.path.join(project, _RECORD)
    try:
        with open(path, encoding="utf-8") as stream:
            files = json.load(stream)["files"]
            return {
                str(name): {**entry, "sha256": entry["sha256"]} for name, entry in files.items()
            }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ScaffoldError(
            "cannot be read",
            file=path,
            hint="Remove it; `templates eject` writes it again.",
        ) from error
