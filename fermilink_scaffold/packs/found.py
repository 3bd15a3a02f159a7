"""What must be known of every pack to choose one; a pack in use has all of `model` besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fermilink_scaffold.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PACK_FILE", "Broken", "Found", "Summary"]

#: What makes a directory of templates a pack.
PACK_FILE = "pack.yaml"


class Summary(Record):
    """What one pack serves."""

    name: str
    #: Package ids and aliases that it serves; the first one names a recognised repository.
    packages: tuple[str, ...]
    #: Rules, one of which recognises a repository, as pack.yaml has them.
    detect: tuple[Mapping[str, Any], ...] = ()


class Found(Record):
    """A pack that was found."""

    #: Its directory, absolute.
    root: str
    #: Kind of the layer it is in, from 1 (see `templating.layers`).
    kind: int
    #: How the layer is shown to people, e.g. `installed pack hello`.
    layer: str
    summary: Summary


class Broken(Record):
    """A pack that cannot be read; it matters only to who wants it."""

    root: str
    layer: str
    #: The name by which it would be asked for: its directory's or distribution's.
    name: str
    what: str
