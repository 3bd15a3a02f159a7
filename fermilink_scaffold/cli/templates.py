"""`templates`: see, take over and verify templates and packs."""

from __future__ import annotations

import json
import os

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, TypeVar

    from fermilink_scaffold.packs.view import View
    from fermilink_scaffold.templating.describe import Described
    from fermilink_scaffold.templating.ejected import Comparison

    _Function = TypeVar("_Function", bound=Callable[..., Any])

__all__ = ["templates"]

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_LOOK = (
    click.option("--project", default=".", metavar="DIR", help="The project; by default here."),
    click.option("--package", metavar="NAME", help="The package, where no workspace says it."),
    click.option("--pack", metavar="NAME", help="The pack to use; none for no pack."),
    click.option("--language", metavar="NAME", help="The language, likewise."),
    click.option(
        "--template-dir",
        "template_dirs",
        metavar="DIR",
        multiple=True,
        help="A layer in front of all. Repeatable.",
    ),
)


def _looking(function: _Function) -> _Function:
    """The options that say whose layers are meant."""
    for option in reversed(_LOOK):
        function = option(function)
    return function


def _view(project: str, **given: Any) -> View:
    from fermilink_scaffold.packs.view import look_at

    return look_at(project, **given)


@click.group()
def templates() -> None:
    """See, take over and verify templates.

    Templates come from layers, file by file, first one first: --template-dir, the project
    (.fermilink-scaffold/templates), the user, installed packs, the built-in pack of the
    package, the language, the base.
    """


@templates.command("list")
@_looking
@_JSON
def list_(*, as_json: bool, **given: Any) -> None:
    """Show every layer, its templates, and what overrides what."""
    view = _view(**given)
    told = _layers(view)
    if as_json:
        document = {
            "package": view.package,
            "language": view.language,
            "packs": [pack.name for pack in view.chosen.packs],
            "notes": [note.text for note in view.chosen.notes],
            "layers": told,
            "available": _available(),
        }
        click.echo(json.dumps(document, indent=2))
        return
    for number, layer in enumerate(told, 1):
        place = layer["directory"] if layer["files"] else f"{layer['directory']} (empty)"
        click.echo(f"{number}. {layer['name']}: {place}")
        for file in layer["files"]:
            click.echo(f"     {file['name']}{_relation(file)}")
    click.echo(f"\nPacks in use: {', '.join(p.name for p in view.chosen.packs) or 'none'}")
    for note in view.chosen.notes:
        click.echo(f"  {note.text}")
    for pack in _available():
        what = pack["error"] or f"serves {', '.join(pack['packages'])}"
        click.echo(f"  {pack['name']} ({pack['layer']}): {what}")


def _layers(view: View) -> list[dict[str, Any]]:
    layers = view.layers.layers
    files = [sorted(_files(layer.root)) for layer in layers]
    return [
        {
            "name": layer.name,
            "directory": layer.root,
            "files": [
                {
                    "name": name,
                    "hidden_by": next(
                        (layers[i].name for i in range(index) if name in files[i]), None
                    ),
                    "overrides": [
                        layers[i].name for i in range(index + 1, len(layers)) if name in files[i]
                    ],
                }
                for name in files[index]
            ],
        }
        for index, layer in enumerate(layers)
    ]


def _files(root: str) -> Iterator[str]:
    for place, directories, names in os.walk(root):
        directories[:] = [name for name in directories if name != "__pycache__"]
        for name in names:
            if not name.startswith((".", "__")):
                yield os.path.relpath(os.path.join(place, name), root).replace(os.sep, "/")


def _relation(file: dict[str, Any]) -> str:
    if file["hidden_by"]:
        return f"  (behind {file['hidden_by']})"
    return f"  (before {', '.join(file['overrides'])})" if file["overrides"] else ""


def _available() -> list[dict[str, Any]]:
    from fermilink_scaffold.packs.discover import available
    from fermilink_scaffold.packs.found import Broken
    from fermilink_scaffold.packs.index import Index

    told = []
    for pack in available(Index()):
        broken = isinstance(pack, Broken)
        told.append(
            {
                "name": pack.name if isinstance(pack, Broken) else pack.summary.name,
                "layer": pack.layer,
                "directory": pack.root,
                "packages": [] if isinstance(pack, Broken) else list(pack.summary.packages),
                "error": pack.what if isinstance(pack, Broken) and broken else None,
            }
        )
    return told


@templates.command()
@click.argument("name")
@_looking
@_JSON
def which(name: str, *, as_json: bool, **given: Any) -> None:
    """Show which file the template NAME is, and those behind it."""
    from fermilink_scaffold.templating.describe import template_name

    view = _view(**given)
    template = template_name(name, view.layers)
    found: list[tuple[str, str]] = []
    place = view.layers.find(template)
    while place is not None:
        found.append((view.layers.layers[place[0]].name, place[1]))
        place = view.layers.find(template, place[0] + 1)
    if as_json:
        files = [{"layer": layer, "file": file} for layer, file in found]
        click.echo(json.dumps({"template": template, "files": files}, indent=2))
        return
    click.echo(found[0][1])
    for layer, file in found[1:]:
        click.echo(f"  behind it: {file} ({layer})", err=True)


@templates.command()
@click.argument("name")
@click.option("--text", is_flag=True, help="Print the template itself.")
@_looking
@_JSON
def show(name: str, *, text: bool, as_json: bool, **given: Any) -> None:
    """Show the blocks of the template NAME, and the values it uses with their types."""
    from fermilink_scaffold.templating.describe import describe, template_name
    from fermilink_scaffold.templating.layers import read_text

    view = _view(**given)
    told = describe(template_name(name, view.layers), view.layers, view.variables)
    if as_json:
        document = {
            "template": told.template,
            "sources": [{"layer": layer, "file": file} for layer, file in told.sources],
            "blocks": [block.as_dict() for block in told.blocks],
            "names": [each.as_dict() for each in told.names],
        }
        click.echo(json.dumps(document, indent=2))
    elif text:
        click.echo(read_text(told.sources[0][1]), nl=False)
    else:
        click.echo(_described(told), nl=False)


def _described(told: Described) -> str:
    lines = [f"{told.template}: {told.sources[0][1]} ({told.sources[0][0]})"]
    lines += [f"  extends {file} ({layer})" for layer, file in told.sources[1:]]
    lines += ["", "blocks:"]
    width = max((len(block.name) for block in told.blocks), default=0)
    lines += [f"  {block.name:<{width}}  {block.layer}, line {block.line}" for block in told.blocks]
    lines += ["", "values:"]
    names = max((len(name.name) for name in told.names), default=0)
    types = max((len(name.type) for name in told.names), default=0)
    lines += [f"  {each.name:<{names}}  {each.type:<{types}}  {each.help}" for each in told.names]
    return "\n".join([*lines, ""])


@templates.command()
@click.argument("name")
@click.option(
    "--block", "blocks", metavar="BLOCK", multiple=True, help="Only this one. Repeatable."
)
@click.option("--force", is_flag=True, help="Also over a file that is there.")
@_looking
def eject(name: str, *, blocks: Sequence[str], force: bool, **given: Any) -> None:
    """Copy the template NAME into the project's layer, to be changed there.

    With --block the copy extends the template and holds those blocks alone: the rest goes on
    to come from where it comes now.
    """
    from fermilink_scaffold.templating.describe import template_name
    from fermilink_scaffold.templating.ejected import eject as copy

    view = _view(**given)
    template = template_name(name, view.layers)
    target = copy(view.project, template, view.layers, blocks=blocks, force=force)
    click.echo(os.path.relpath(target, view.project))
    click.echo("Edit it, commit it, then: fermilink-scaffold regen", err=True)


@templates.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_looking
@_JSON
def diff(names: Sequence[str], *, as_json: bool, **given: Any) -> int:
    """Compare ejected templates with their origin as it is today.

    The exit status is 1 when an origin has moved since.
    """
    from fermilink_scaffold.templating.describe import template_name
    from fermilink_scaffold.templating.ejected import compare

    view = _view(**given)
    found = compare(view.project, view.layers, [template_name(name, view.layers) for name in names])
    if as_json:
        click.echo(json.dumps([each.as_dict() for each in found], indent=2))
    for each in () if as_json else found:
        click.echo(each.diff, nl=False)
        click.echo(_moved(each), err=True)
    if not found and not as_json:
        click.echo("No template was ejected.", err=True)
    return 1 if any(each.moved for each in found) else 0


def _moved(each: Comparison) -> str:
    if each.upstream is None:
        return f"{each.template}: no other layer has it any more"
    if each.moved:
        return f"{each.template}: the template of the layer {each.upstream} has moved since"
    return f"{each.template}: the template of the layer {each.upstream} is as it was"


@templates.command()
@click.argument("target", required=False, metavar="[DIR|PACK]")
@click.option("--project", default=".", metavar="DIR", help="The project; by default here.")
@_JSON
def check(target: str | None, *, project: str, as_json: bool) -> int:
    """Render a directory of templates, or a pack, against sample inputs, and check the results.

    By default the project's own layer. The exit status is 0 without errors (warnings are
    shown), 1 with errors. Nothing is left behind, so this can run in a CI.
    """
    from fermilink_scaffold.contract.problems import errors, report
    from fermilink_scaffold.packs.named import layer_root, read_layer
    from fermilink_scaffold.trial import try_layer

    root = layer_root(target, project)
    problems = try_layer(root, read_layer(root))
    wrong = len(errors(problems))
    if as_json:
        document = {
            "directory": root,
            "ok": not wrong,
            "errors": wrong,
            "warnings": len(problems) - wrong,
            "problems": [problem.as_dict() for problem in problems],
        }
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(report(problems))
    return 1 if wrong else 0
