"""Which packs serve a campaign."""

from __future__ import annotations

import fnmatch
import os

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.discover import available, given
from fermilink_scaffold.packs.found import PACK_FILE, Broken, Found
from fermilink_scaffold.packs.index import Index
from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.model import ReviewNote
from fermilink_scaffold.spec.names import package_id
from fermilink_scaffold.templating.layers import INSTALLED_PACKS, USER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.packs.model import Pack
    from fermilink_scaffold.spec.model import Repository

__all__ = ["Chosen", "choose"]

_NONE = "none"


class Chosen(Record):
    """The packs of a campaign, first one first."""

    found: tuple[Found, ...]
    #: The same, read; a directory of templates alone has none.
    packs: tuple[Pack, ...]
    #: The package id that a recognised repository gives; None when the user or none gave it.
    package: str | None = None
    notes: tuple[ReviewNote, ...] = ()


def choose(
    repository: Repository,
    *,
    package: str | None,
    wanted: str | None = None,
    template_dirs: Sequence[str] = (),
) -> Chosen:
    """The packs that serve `package`, or the one that recognises the repository.

    `wanted` is a pack named by the user, or `none`. Raises ScaffoldError for one that is
    not there or is wrong, for two that serve the package in one place, and for circles of
    `extends`.
    """
    index = Index()
    first = list(given(repository.root, template_dirs, index))
    every = list(available(index))
    index.save()
    packs = [each for each in every if isinstance(each, Found)]
    broken = [each for each in every if isinstance(each, Broken)]
    notes: list[ReviewNote] = []
    name: str | None = None
    serving: list[Found] = []
    if wanted is not None and wanted != _NONE:
        serving = _wanted(wanted, packs, broken)
    elif wanted is None:
        serving, name = _fitting(package, repository, packs, notes)
        _refuse_broken(package_id(package or repository.package), serving, broken, notes)
    _refuse_two(serving)
    if name is None and package is None and first and _recognised(first[0], repository):
        name = first[0].summary.packages[0]
    chain = _Chain(index, packs)
    for each in (*first, *serving):
        chain.add(each, ())
    ordered = sorted(chain.found, key=lambda each: each.kind)
    return Chosen(
        found=tuple(ordered),
        packs=tuple(chain.read[each.root] for each in ordered if each.root in chain.read),
        package=name,
        notes=tuple(notes),
    )


def _wanted(wanted: str, packs: Sequence[Found], broken: Sequence[Broken]) -> list[Found]:
    """The packs of that name, or those that serve it."""
    for each in broken:
        if wanted == each.name:
            raise ScaffoldError(each.what)
    named = [each for each in packs if each.summary.name == wanted]
    named = named or [each for each in packs if wanted in each.summary.packages]
    if not named:
        names = sorted({each.summary.name for each in packs})
        raise ScaffoldError(
            f"there is no pack {wanted!r}",
            hint=f"There are: {', '.join(names) or 'none'}. `none` stands for no pack.",
        )
    return named


def _fitting(
    package: str | None,
    repository: Repository,
    packs: Sequence[Found],
    notes: list[ReviewNote],
) -> tuple[list[Found], str | None]:
    """Packs that serve the package by name or alias, else those that recognise the repository."""
    name = package_id(package or repository.package)
    serving = [each for each in packs if name in each.summary.packages]
    if serving:
        return serving, None
    recognising = [each for each in packs if _recognised(each, repository)]
    if not recognising:
        return [], None
    first = recognising[0].summary
    found = first.packages[0]
    text = f"the repository is recognised by the pack {first.name!r}"
    others = sorted({each.summary.name for each in recognising} - {first.name})
    if others:
        text += f" (and by {', '.join(others)}, which is not used)"
    if package is None:
        text += f": the package is taken to be {found!r}"
    notes.append(ReviewNote(text=f"{text}; --pack none uses no pack"))
    serving = [each for each in packs if found in each.summary.packages]
    return serving, found if package is None else None


def _recognised(pack: Found, repository: Repository) -> bool:
    return any(_holds(rule, repository) for rule in pack.summary.detect)


def _holds(rule: Mapping[str, Any], repository: Repository) -> bool:
    names = rule.get("package", ())
    if names and package_id(repository.package) not in map(package_id, names):
        return False
    return all(_tracked(glob, repository) for glob in rule.get("files", ()))


def _tracked(glob: str, repository: Repository) -> bool:
    if glob in repository.files:
        return True
    wild = any(char in glob for char in "*?[")
    return wild and any(fnmatch.fnmatchcase(path, glob) for path in repository.files)


def _refuse_broken(
    name: str | None,
    serving: Sequence[Found],
    broken: Sequence[Broken],
    notes: list[ReviewNote],
) -> None:
    """A broken pack of that name was meant; any other is only told of."""
    for each in broken:
        if each.name == name and not serving:
            raise ScaffoldError(each.what)
        first = each.what.partition("\n")[0].replace(f"{each.root}{os.sep}", "")
        notes.append(ReviewNote(text=f"the {each.layer} cannot be read and is left out: {first}"))


def _refuse_two(serving: Sequence[Found]) -> None:
    for kind in (USER, INSTALLED_PACKS):
        same = [each for each in serving if each.kind == kind]
        if len(same) > 1:
            one, two = same[:2]
            served = [name for name in two.summary.packages if name in one.summary.packages]
            place = os.path.join(two.root, PACK_FILE)
            raise ScaffoldError(
                f"two packs serve the package {(served or [two.summary.name])[0]!r}: this one, "
                f"the {two.layer}, and the {one.layer} ({one.root})",
                file=place,
                line=_line_of(two.root, "packages"),
                hint=f"Remove one of them, or name the one you want: --pack {one.summary.name}.",
            )


def _line_of(root: str, key: str) -> int | None:
    """Line of a key of a pack.yaml, or of its name."""
    if not os.path.isfile(os.path.join(root, PACK_FILE)):
        return None
    pack = Index().pack(root)
    return pack.line(key) or pack.line("name")


class _Chain:
    """Packs with those that they extend."""

    def __init__(self, index: Index, packs: Sequence[Found]) -> None:
        self._index = index
        self._packs = packs
        self.found: list[Found] = []
        self.read: dict[str, Pack] = {}

    def add(self, found: Found, path: tuple[Found, ...]) -> None:
        """Add a pack and what it extends; `path` are the packs that led here."""
        if any(each.root == found.root for each in self.found):
            return
        self.found.append(found)
        if not os.path.isfile(os.path.join(found.root, PACK_FILE)):
            return
        pack = self._index.pack(found.root)
        self.read[found.root] = pack
        if pack.extends is not None:
            self.add(self._extended(found, pack, path), (*path, found))

    def _extended(self, found: Found, pack: Pack, path: tuple[Found, ...]) -> Found:
        named = [
            each
            for each in self._packs
            if each.summary.name == pack.extends
            and each.kind >= found.kind
            and each.root != found.root
        ]
        leading = {each.root for each in path}
        for each in named:
            if each.root not in leading:
                return each
        circle = bool(named) or pack.extends == pack.name
        names = " -> ".join([*(each.summary.name for each in path), pack.name, str(pack.extends)])
        raise ScaffoldError(
            f"packs extend one another in a circle: {names}"
            if circle
            else f"there is no pack {pack.extends!r} to extend",
            file=pack.file,
            line=pack.line("extends"),
            hint="A pack extends one of its own layer or a later one; "
            "`fermilink-scaffold templates list` shows all packs.",
        )
