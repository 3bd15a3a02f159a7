"""A pack as it was read from pack.yaml: validated once, then trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fermilink_scaffold.records import EMPTY, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Pack", "PackArtifact", "Variable"]


class Variable(Record):
    """Something a user may choose."""

    #: text, integer, number or boolean.
    type: str
    default: Any
    help: str
    choices: tuple[Any, ...] = ()


class PackArtifact(Record):
    """One further file of the workspace."""

    #: Below the workspace, POSIX separators.
    path: str
    template: str
    policy: str = "managed"
    executable: bool = False


class Pack(Record):
    """One pack; the parts that only one module reads stay plain data, as pack.yaml has them."""

    name: str
    #: Its pack.yaml, as it is shown to people.
    file: str
    extends: str | None = None
    variables: Mapping[str, Variable] = EMPTY
    artifacts: tuple[PackArtifact, ...] = ()
    launcher: tuple[str, ...] = ()
    #: See `packs.defaults`.
    defaults: Mapping[str, Any] = EMPTY
    #: See `packs.readers`.
    workloads: tuple[Mapping[str, Any], ...] = ()
    #: Lines of its keys, by path.
    lines: Mapping[tuple[str | int, ...], int] = EMPTY

    def line(self, *path: str | int) -> int | None:
        """The line of a key, or of the nearest key around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)
