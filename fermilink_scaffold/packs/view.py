"""The layers and packs of a project as they are now, for people who look at templates."""

from __future__ import annotations

import json
import os

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.choose import Chosen, choose
from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.model import Repository
from fermilink_scaffold.templating.layers import Layers, default_layers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.packs.model import Variable

__all__ = ["View", "look_at"]


class View(Record):
    """What a campaign in a project would be, or is, rendered from."""

    #: The project, absolute.
    project: str
    package: str | None
    language: str
    chosen: Chosen
    layers: Layers

    @property
    def variables(self) -> dict[str, Variable]:
        """The packs' variables by name."""
        known: dict[str, Variable] = {}
        for pack in reversed(self.chosen.packs):
            known |= pack.variables
        return known


def look_at(
    project: str,
    *,
    package: str | None = None,
    pack: str | None = None,
    language: str | None = None,
    template_dirs: Sequence[str] = (),
) -> View:
    """The layers for `project`: what is given here, else what its workspace says, else a look at it.

    A directory that is no git repository has its own layer and the generic ones. Raises
    ScaffoldError for what is wrong with a layer or a pack.
    """
    root = os.path.abspath(project)
    recorded = _recorded(root)
    repository = _repository(root)
    package = package or recorded.get("package")
    directories = tuple(template_dirs) or tuple(recorded.get("template_dirs", ()))
    chosen = choose(
        repository,
        package=package,
        wanted=pack or recorded.get("pack"),
        template_dirs=directories,
    )
    spoken = language or recorded.get("language") or repository.language
    layers = default_layers(root, spoken, template_dirs=directories, packs=chosen.found)
    return View(
        project=root,
        package=package or chosen.package,
        language=spoken,
        chosen=chosen,
        layers=Layers(layers),
    )


def _repository(root: str) -> Repository:
    from fermilink_scaffold.spec.project.repository import inspect

    try:
        return inspect(root)
    except ScaffoldError:
        if not os.path.isdir(root):
            raise
        return Repository(
            root=root,
            files=(),
            head=None,
            language="generic",
            package=os.path.basename(root),
            build_system=None,
            build_commands=(),
            test_commands=(),
            benchmarks=(),
            source_globs=(),
            compiled=False,
        )


def _recorded(root: str) -> Mapping[str, Any]:
    """What the workspace says of itself; nothing where there is none."""
    file = os.path.join(root, layout.SCAFFOLD)
    if not os.path.isfile(file):
        return {}
    from fermilink_scaffold.spec.answers import read_answers

    values = read_answers(file, {}).values
    name = layout.GOAL_MODE if values.get("goal") else layout.QUICK_MODE
    try:
        with open(os.path.join(root, name), encoding="utf-8") as stream:
            mode = json.load(stream)
        return {"package": mode["package_id"], "language": mode["language"], **values}
    except (OSError, ValueError, LookupError, TypeError):
        return values
