"""The ordered places that templates come from; file by file, the first hit wins.

A layer is a name and a directory. Inside the environment a template is called
`INDEX:PATH`, so that `!PATH` in an `extends` can mean the next layer's version.
"""

from __future__ import annotations

import os
import re
import sys

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.resources import resource_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from fermilink_scaffold.packs.found import Found

__all__ = [
    "BUILTIN_PACKS",
    "INSTALLED_PACKS",
    "PROJECT",
    "PROJECT_TEMPLATES",
    "TEMPLATE_DIRS",
    "USER",
    "Layer",
    "Layers",
    "default_layers",
    "read_text",
    "template_dir_name",
    "user_directory",
]

#: The project's own layer, tracked in its git.
PROJECT_TEMPLATES = ".fermilink-scaffold/templates"

#: The kinds of layers that can hold packs, in the order in which they are searched.
TEMPLATE_DIRS, PROJECT, USER, INSTALLED_PACKS, BUILTIN_PACKS = range(1, 6)

#: Bytes of one template; the largest of ours has a tenth of it.
_LARGEST = 1024 * 1024
_NAME = re.compile(r"[\w.+@ /-]+")
_LANGUAGE = re.compile(r"[a-z][a-z0-9_+-]*")


class Layer(Record):
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

        Raises ScaffoldError for a path that leaves its layer, also through a link, and for
        what is no regular file: a pipe, a directory, a link to nowhere.
        """
        check_inside(path)
        for index in range(start, len(self.layers)):
            file = os.path.join(self._roots[index], path)
            if os.path.isfile(file):
                self._check_target(index, path, file)
                return index, file
            if os.path.lexists(file):
                raise ScaffoldError(
                    "is not a regular file",
                    file=f"{path} ({self.layers[index].name} layer)",
                    hint="Remove it, or put a template in its place.",
                )
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
    # No quotes: Jinja writes names into the code that it compiles, not always quoted.
    if not _NAME.fullmatch(path) or any(part in {"", ".", ".."} for part in parts):
        raise ScaffoldError(
            f"{path!r} is not a template's name",
            hint="A template names another one by its path inside the layers, without `..`: "
            "letters, digits, blanks and any of ._+@- are fine.",
        )


def read_text(file: str) -> str:
    """The text of a template. Raises ScaffoldError when it is none."""
    try:
        with open(file, encoding="utf-8") as stream:
            text = stream.read(_LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise ScaffoldError(f"cannot read this template: {error}", file=file) from error
    if len(text) > _LARGEST:
        raise ScaffoldError(f"is larger than {_LARGEST // 1024} KiB", file=file)
    return text


def user_directory() -> str:
    """Where the user's own layers are: `$XDG_CONFIG_HOME/fermilink-scaffold` or its like.

    The same places as platformdirs' `user_config_dir`, without the time to import it.
    """
    home = os.environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(home):
        macos = sys.platform == "darwin"
        home = os.path.expanduser("~/Library/Application Support" if macos else "~/.config")
    return os.path.join(home, "fermilink-scaffold")


def template_dir_name(directory: str) -> str:
    """How the layer of a `--template-dir` is shown."""
    return f"--template-dir {directory}"


def default_layers(
    project: str,
    language: str,
    *,
    template_dirs: tuple[str, ...] = (),
    packs: Sequence[Found] = (),
) -> tuple[Layer, ...]:
    """The layers of a campaign, with the packs that serve it, in the order of their kinds.

    `--template-dir`s, the project's, the user's packs and templates, installed packs,
    built-in packs, the language's, the base. Raises ScaffoldError when a directory named by
    the user does not exist.
    """
    layers: list[tuple[int, Layer]] = []
    for directory in template_dirs:
        if not os.path.isdir(directory):
            raise ScaffoldError(
                "this template directory does not exist",
                file=directory,
                hint="Give --template-dir an existing directory with templates such as "
                "program.md.j2.",
            )
        root = os.path.abspath(directory)
        layers.append((TEMPLATE_DIRS, Layer(name=template_dir_name(directory), root=root)))
    layers.append((PROJECT, Layer(name="project", root=os.path.join(project, PROJECT_TEMPLATES))))
    layers += [
        (pack.kind, Layer(name=pack.layer, root=pack.root))
        for pack in packs
        if pack.kind > PROJECT  # the others are layers anyway
    ]
    own = Layer(name="user", root=os.path.join(user_directory(), "templates"))
    layers.append((USER, own))
    layers.sort(key=lambda item: item[0])
    known = language if _LANGUAGE.fullmatch(language) else "generic"
    return (
        *(layer for _, layer in layers),
        Layer(name=f"language {known}", root=resource_path("templates", "languages", known)),
        Layer(name="base", root=resource_path("templates", "base"), is_base=True),
    )
