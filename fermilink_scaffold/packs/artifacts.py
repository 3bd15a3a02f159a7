"""The packs' further files, as artifacts of the workspace."""

from __future__ import annotations

import os

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.templating.registry import ARTIFACTS, Artifact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fermilink_scaffold.packs.model import Pack
    from fermilink_scaffold.templating.layers import Layers

__all__ = ["pack_artifacts"]


def pack_artifacts(packs: Sequence[Pack], layers: Layers) -> tuple[Artifact, ...]:
    """The artifacts of all packs; of two with one path the first pack's counts.

    Raises ScaffoldError, with the pack's line, for a template that no layer has.
    """
    made: dict[str, Artifact] = {}
    ids = {artifact.id for artifact in ARTIFACTS}
    for pack in packs:
        for number, given in enumerate(pack.artifacts):
            if given.path in made:
                continue
            if layers.find(given.template) is None:
                raise ScaffoldError(
                    f"there is no template {given.template!r}",
                    file=pack.file,
                    line=pack.line("artifacts", number, "template"),
                    hint=f"Put it beside {os.path.basename(pack.file)}.",
                )
            stem = os.path.splitext(os.path.basename(given.path))[0]
            name = stem if stem not in ids else given.path
            ids.add(name)
            made[given.path] = Artifact(
                id=name,
                template=given.template,
                path=f"{layout.WORKSPACE}/{given.path}",
                policy="seeded" if given.policy == "seeded" else "managed",
                executable=given.executable,
            )
    return tuple(made.values())
