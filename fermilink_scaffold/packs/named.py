"""Finding a layer or pack that a person names."""

from __future__ import annotations

import os

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.discover import available
from fermilink_scaffold.packs.found import PACK_FILE, Broken
from fermilink_scaffold.packs.index import Index
from fermilink_scaffold.templating.layers import PROJECT_TEMPLATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.packs.model import Pack

__all__ = ["layer_root", "read_layer"]


def layer_root(name: str | None, project: str) -> str:
    """The directory that is meant: a directory, a pack by name, or the project's own layer.

    Raises ScaffoldError where there is none.
    """
    if name is None:
        root = os.path.join(os.path.abspath(project), PROJECT_TEMPLATES)
        if not os.path.isdir(root):
            raise ScaffoldError(
                f"the project has no templates of its own ({PROJECT_TEMPLATES})",
                file=project,
                hint="Name a directory or a pack; `templates eject` makes one.",
            )
        return root
    if os.path.isdir(name):
        return os.path.abspath(name)
    packs = list(available(Index()))
    for pack in packs:
        if isinstance(pack, Broken):
            if pack.name == name:
                raise ScaffoldError(pack.what)
        elif name == pack.summary.name or name in pack.summary.packages:
            return pack.root
    names = sorted({pack.summary.name for pack in packs if not isinstance(pack, Broken)})
    raise ScaffoldError(
        f"{name!r} is neither a directory nor a pack",
        hint=f"The packs are: {', '.join(names) or 'none'}.",
    )


def read_layer(root: str) -> Pack | None:
    """The pack in a layer's directory; None where it holds templates alone.

    Raises ScaffoldError for a pack.yaml that is wrong.
    """
    if not os.path.lexists(os.path.join(root, PACK_FILE)):
        return None
    return Index().pack(root)
