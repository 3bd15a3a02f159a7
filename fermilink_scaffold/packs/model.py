"""A pack as it was read from pack.yaml: validated once, then trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PACK_FILE", "Found", "Pack", "PackArtifact", "Rule", "Summary", "Variable"]

#: What makes a directory of templates a pack.
PACK_FILE = "pack.yaml"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What recognises a repository; all of it must hold."""

    #: Globs, each of which must match a tracked file.
    files: tuple[str, ...] = ()
    #: Names, one of which the project must have in its own metadata; empty: any.
    package: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What must be known of every pack to choose one."""

    name: str
    #: Package ids and aliases that it serves; the first one names a recognised repository.
    packages: tuple[str, ...]
    #: Any of them recognises a repository.
    detect: tuple[Rule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Found:
    """A pack that was found."""

    #: Its directory, absolute.
    root: str
    #: Kind of the layer it is in, from 1 (see `templating.layers`).
    kind: int
    #: How the layer is shown to people, e.g. `installed pack hello`.
    layer: str
    summary: Summary


@dataclass(frozen=True, kw_only=True)
class Variable:
    """Something a user may choose."""

    #: text, integer, number or boolean.
    type: str
    default: Any
    help: str
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PackArtifact:
    """One further file of the workspace."""

    #: Below the workspace, POSIX separators.
    path: str
    template: str
    policy: str = "managed"
    executable: bool = False


@dataclass(frozen=True, kw_only=True)
class Pack:
    """One pack; the parts that only one module reads stay plain data, as pack.yaml has them."""

    name: str
    #: Its pack.yaml, as it is shown to people.
    file: str
    extends: str | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict)
    artifacts: tuple[PackArtifact, ...] = ()
    launcher: tuple[str, ...] = ()
    #: See `packs.defaults`.
    defaults: Mapping[str, Any] = field(default_factory=dict)
    #: See `packs.readers`.
    workloads: tuple[Mapping[str, Any], ...] = ()
    #: Lines of its keys, by path.
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict)

    def line(self, *path: str | int) -> int | None:
        """The line of a key, or of the nearest key around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)
