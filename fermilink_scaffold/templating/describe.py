"""What a template consists of: where it comes from, its blocks, the names that it uses."""

from __future__ import annotations

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.templating.layers import read_text
from fermilink_scaffold.templating.names import NAMES
from fermilink_scaffold.templating.registry import ARTIFACTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from fermilink_scaffold.packs.model import Variable
    from fermilink_scaffold.templating.layers import Layers

__all__ = ["Block", "Described", "Name", "describe", "template_name"]


class Block(Record):
    """A named section that a template further up can replace."""

    name: str
    #: The first layer that has it, and its line there.
    layer: str
    line: int


class Name(Record):
    """A value that the template uses."""

    name: str
    #: `text`, `list of text`, ...; empty where it is not known.
    type: str
    help: str


class Described(Record):
    """One template with those that it extends."""

    template: str
    #: Layer and file of each, the first one first.
    sources: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    names: tuple[Name, ...]


def template_name(name: str, layers: Layers) -> str:
    """The template that a person means: `program`, `program.md` and `program.md.j2` are one.

    Raises ScaffoldError where no layer has it, with the nearest one that there is.
    """
    by_name = {artifact.id: artifact.template for artifact in ARTIFACTS if not artifact.copied}
    for candidate in (name, f"{name}.j2", by_name.get(name, "")):
        if candidate and layers.find(candidate) is not None:
            return candidate
    import difflib

    near = difflib.get_close_matches(name, [*by_name, *by_name.values()], n=1)
    raise ScaffoldError(
        f"no template layer has {name}",
        hint=f"Did you mean {near[0]}?" if near else "`templates list` shows all templates.",
    )


def describe(template: str, layers: Layers, variables: Mapping[str, Variable]) -> Described:
    """What `template` consists of, with the types of the packs' `variables`.

    Raises ScaffoldError for one that cannot be parsed or that extends itself.
    """
    from jinja2 import TemplateSyntaxError, meta, nodes

    from fermilink_scaffold.templating.environment import LayeredEnvironment

    environment = LayeredEnvironment(layers)
    found = layers.find(template)
    sources: list[tuple[str, str]] = []
    blocks: dict[str, Block] = {}
    used: set[str] = set()
    path = template
    while found is not None:
        index, file = found
        layer = layers.layers[index].name
        if (layer, file) in sources:
            raise ScaffoldError("the template extends itself in a circle", file=file)
        sources.append((layer, file))
        try:
            tree = environment.parse(read_text(file), f"{index}:{path}", file)
        except TemplateSyntaxError as error:
            raise ScaffoldError(str(error.message), file=file, line=error.lineno) from error
        for block in tree.find_all(nodes.Block):
            here = Block(name=block.name, layer=layer, line=block.lineno)
            blocks.setdefault(block.name, here)
        used |= meta.find_undeclared_variables(tree)
        parent = next(iter(tree.find_all(nodes.Extends)), None)
        found = None
        if parent is not None and isinstance(parent.template, nodes.Const):
            index, path = _split(environment.join_path(parent.template.value, f"{index}:{path}"))
            found = layers.find(path, index)
    return Described(
        template=template,
        sources=tuple(sources),
        blocks=tuple(blocks.values()),
        names=_names(used, variables),
    )


def _split(name: str) -> tuple[int, str]:
    index, _, path = name.partition(":")
    return int(index), path


def _names(used: set[str], variables: Mapping[str, Variable]) -> tuple[Name, ...]:
    names = [
        Name(name=name, type=NAMES.get(name, ("", ""))[0], help=NAMES.get(name, ("", ""))[1])
        for name in sorted(used)
        if name in NAMES
    ]
    if "variables" in used:
        names += [
            Name(
                name=f"variables.{name}",
                type=variable.type,
                help=f"{variable.help} (default: {variable.default})",
            )
            for name, variable in variables.items()
        ]
    return tuple(names)
