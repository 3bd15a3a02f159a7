"""A pack as it was read from pack.yaml: validated once, then trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Pack", "PackArtifact", "Variable"]


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
