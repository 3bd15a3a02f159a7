"""Every pack that there is, in the order of the layers."""

from __future__ import annotations

import os

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.found import PACK_FILE, Broken, Found, Summary
from fermilink_scaffold.resources import resource_path
from fermilink_scaffold.templating.layers import (
    BUILTIN_PACKS,
    INSTALLED_PACKS,
    PROJECT,
    PROJECT_TEMPLATES,
    TEMPLATE_DIRS,
    USER,
    template_dir_name,
    user_directory,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fermilink_scaffold.packs.index import Index

__all__ = ["available", "given", "known_packs"]


def given(project: str, template_dirs: Sequence[str], index: Index) -> Iterator[Found]:
    """The packs that the user or the project put there: they serve whatever the package is.

    Raises ScaffoldError when one of them is wrong.
    """
    places = [(TEMPLATE_DIRS, template_dir_name(path), path) for path in template_dirs]
    places.append((PROJECT, "project", os.path.join(project, PROJECT_TEMPLATES)))
    for kind, layer, path in places:
        root = os.path.abspath(path)
        if os.path.lexists(os.path.join(root, PACK_FILE)):
            summary = index.summary(root)
            if isinstance(summary, str):
                raise ScaffoldError(summary)
            yield Found(root=root, kind=kind, layer=layer, summary=summary)


def available(index: Index) -> Iterator[Found | Broken]:
    """The packs that serve a package if it is theirs: the user's, installed ones, built-in ones."""
    yield from _below(os.path.join(user_directory(), "packs"), USER, "user pack", index)
    for distribution, module, directory in index.installed():
        layer = f"installed pack {distribution}"
        if directory is None:
            what = f"the Python package {module}, named as a pack, is not there"
            yield Broken(root=module, layer=layer, name=distribution, what=what)
        else:
            yield _one(directory, INSTALLED_PACKS, layer, distribution, index)
    yield from _below(resource_path("templates", "packages"), BUILTIN_PACKS, "built-in pack", index)


def known_packs(layers: Sequence[str]) -> tuple[str, list[Found]]:
    """All packs as one text that changes when another would be chosen; and those in `layers`."""
    from fermilink_scaffold.packs.index import Index

    index = Index()
    every = list(available(index))
    index.save()
    lines = [
        f"{each.layer}\0{each.what if isinstance(each, Broken) else each.summary}" for each in every
    ]
    found = [each for each in every if isinstance(each, Found) and each.layer in layers]
    return "\n".join(lines), found


def _below(directory: str, kind: int, layer: str, index: Index) -> Iterator[Found | Broken]:
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return
    for name in names:
        root = os.path.join(directory, name)
        if not name.startswith((".", "_")) and os.path.isdir(root):
            yield _one(root, kind, f"{layer} {name}", name, index)


def _one(root: str, kind: int, layer: str, name: str, index: Index) -> Found | Broken:
    if kind != INSTALLED_PACKS and not os.path.lexists(os.path.join(root, PACK_FILE)):
        # A directory of templates alone serves the package that it is named after.
        return Found(
            root=root, kind=kind, layer=layer, summary=Summary(name=name, packages=(name,))
        )
    summary = index.summary(root)
    if isinstance(summary, str):
        return Broken(root=root, layer=layer, name=name, what=summary)
    return Found(root=root, kind=kind, layer=layer, summary=summary)
