"""The ordered places that templates come from; file by file, the first hit wins.

A layer is a name and a directory. Inside the environment a template is called
`INDEX:PATH`, so that `!PATH` in an `extends` can mean the next layer's version.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.resources import resource_path

__all__ = ["PROJECT_TEMPLATES", "Layer", "Layers", "default_layers"]

#: The project's own layer, tracked in its git.
PROJECT_TEMPLATES = ".fermilink-scaffold/templates"

_LANGUAGE = re.compile(r"[a-z][a-z0-9_+-]*")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One place templates come from."""

    #: How it is shown to people, e.g. `project` or `language python`.
    name: str
    #: Its directory, absolute; it need not exist.
    root: str
    #: True for the one that `builtin/NAME` means.
    is_base: bool = False


class Layers:
    """The layers of one campaign, searched in order."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        #: First one first.
        self.layers = layers
        self._roots = tuple(os.path.realpath(layer.root) for layer in layers)

    def find(self, path: str, start: int = 0) -> tuple[int, str] | None:
        """Index of the first layer, from `start`, that has `path`; and the file, absolute.

        Raises ScaffoldError for a path that leaves its layer, also through a link.
        """
        check_inside(path)
        for index in range(start, len(self.layers)):
            file = os.path.join(self._roots[index], path)
            if os.path.isfile(file):
                self._check_target(index, path, file)
                return index, file
        return None

    def find_base(self, path: str) -> tuple[int, str] | None:
        """Index and file of the built-in base layer's `path`."""
        for index, layer in enumerate(self.layers):
            if layer.is_base:
                return self.find(path, index)
        return None

    def owner(self, file: str) -> Layer | None:
        """The layer that a file returned by `find` belongs to."""
        for root, layer in zip(self._roots, self.layers, strict=True):
            if file.startswith(root + os.sep):
                return layer
        return None

    def _check_target(self, index: int, path: str, file: str) -> None:
        root = self._roots[index]
        if not os.path.realpath(file).startswith(root + os.sep):
            raise ScaffoldError(
                "a template may not be a link that leaves its layer",
                file=f"{path} ({self.layers[index].name} layer)",
                hint="Copy the file into the layer instead.",
            )


def check_inside(path: str) -> None:
    """Raise ScaffoldError unless `path` is a plain relative path without `..`."""
    parts = path.split("/")
    if not path or "\\" in path or "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise ScaffoldError(
            f"{path!r} is not a template's name",
            hint="A template names another one by its path inside the layers, without `..`.",
        )


def default_layers(
    project: str, language: str, *, template_dirs: tuple[str, ...] = ()
) -> tuple[Layer, ...]:
    """The layers of a campaign: `--template-dir`s, the project's, the language's, the base.

    Raises ScaffoldError when a directory named by the user does not exist.
    """
    layers = []
    for directory in template_dirs:
        if not os.path.isdir(directory):
            raise ScaffoldError(
                "this template directory does not exist",
                file=directory,
                hint="Give --template-dir an existing directory with templates such as "
                "program.md.j2.",
            )
        layers.append(Layer(name=f"--template-dir {directory}", root=os.path.abspath(directory)))
    layers.append(Layer(name="project", root=os.path.join(project, PROJECT_TEMPLATES)))
    known = language if _LANGUAGE.fullmatch(language) else "generic"
    layers.append(
        Layer(name=f"language {known}", root=resource_path("templates", "languages", known))
    )
    layers.append(Layer(name="base", root=resource_path("templates", "base"), is_base=True))
    return tuple(layers)
