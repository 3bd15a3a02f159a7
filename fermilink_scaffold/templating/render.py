"""From a campaign to the text of its artifacts."""

from __future__ import annotations

import functools
import os
import re

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.runtime import utc_now_z
from fermilink_scaffold.templating.context import template_context
from fermilink_scaffold.templating.layers import Layer, Layers, default_layers, read_text
from fermilink_scaffold.templating.registry import ARTIFACTS, Artifact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Any

    from jinja2 import Template

    from fermilink_scaffold.packs.serve import Packs
    from fermilink_scaffold.spec.model import Campaign
    from fermilink_scaffold.templating.environment import LayeredEnvironment

__all__ = ["Rendered", "render_artifacts", "render_context", "render_template"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_TRAILING_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)


class Rendered(Record):
    """The text of one artifact; it ends in a line end and no line ends in blanks."""

    artifact: Artifact
    text: str
    #: Name of the layer whose template was used.
    layer: str


def render_artifacts(
    campaign: Campaign,
    contract: Mapping[str, Any],
    *,
    answers: Mapping[str, Any] | None = None,
    template_dirs: tuple[str, ...] = (),
    packs: Packs | None = None,
) -> tuple[Rendered, ...]:
    """Render every artifact through the layers, those of the packs among them.

    `answers` is what the user gave explicitly, in the form of scaffold.yaml. Raises
    ScaffoldError with layer, template and line for a template that cannot be rendered.
    """
    layers = Layers(
        default_layers(
            campaign.repository.root,
            campaign.language,
            template_dirs=template_dirs,
            packs=packs.found if packs else (),
        )
    )
    context = template_context(campaign, contract, answers, packs)
    return render_context(context, layers, packs.artifacts(layers) if packs else ())


def render_context(
    context: Mapping[str, Any], layers: Layers, further: Sequence[Artifact] = ()
) -> tuple[Rendered, ...]:
    """Render every artifact, and `further` ones, from the names that templates may use."""
    names = {**context, "now_utc": utc_now_z()}
    return tuple(_rendered(artifact, layers, names) for artifact in (*ARTIFACTS, *further))


def _rendered(artifact: Artifact, layers: Layers, context: Mapping[str, Any]) -> Rendered:
    if artifact.copied:
        with open(os.path.join(_PACKAGE, artifact.template), encoding="utf-8") as file:
            return Rendered(artifact=artifact, text=file.read(), layer="package")
    if not artifact.template.endswith(".j2"):
        found = _find(artifact.template, layers)
        layer = layers.layers[found[0]].name
        return Rendered(artifact=artifact, text=read_text(found[1]), layer=layer)
    text, source = render_template(artifact.template, layers, context)
    return Rendered(artifact=artifact, text=text, layer=source.name)


def _find(template: str, layers: Layers) -> tuple[int, str]:
    found = layers.find(template)
    if found is None:
        raise ScaffoldError(f"no template layer has {template}")
    return found


def render_template(template: str, layers: Layers, context: Mapping[str, Any]) -> tuple[str, Layer]:
    """Text of one template of the layers, and the layer it was found in.

    Raises ScaffoldError when no layer has it, or it cannot be rendered: also one that goes
    on for seconds or for megabytes.
    """
    found = _find(template, layers)
    from fermilink_scaffold.templating.limits import TEMPLATE_SECONDS, memory_limit, time_limit
    from fermilink_scaffold.templating.sandbox import MISTAKES

    try:
        with memory_limit(), time_limit(TEMPLATE_SECONDS):
            name = f"{found[0]}:{template}"
            text = _bounded(_environment(layers).get_template(name).generate(context))
    except ScaffoldError as error:
        if error.file is not None:
            raise
        raise _explained(error, layers, found[1]) from error
    except MISTAKES as error:
        raise _explained(error, layers, found[1]) from error
    return _tidy(text), layers.layers[found[0]]


def _bounded(parts: Iterable[str]) -> str:
    from fermilink_scaffold.templating.limits import OUTPUT_LIMIT

    taken: list[str] = []
    size = 0
    for part in parts:
        taken.append(part)
        size += len(part)
        if size > OUTPUT_LIMIT:
            raise ScaffoldError(f"it comes to more than {OUTPUT_LIMIT // 1024**2} MiB of text")
    return "".join(taken)


@functools.lru_cache(maxsize=1)
def _environment(layers: Layers) -> LayeredEnvironment:
    from fermilink_scaffold.templating.environment import LayeredEnvironment

    return LayeredEnvironment(layers)


def _tidy(text: str) -> str:
    if " \n" in text or "\t\n" in text:
        text = _TRAILING_BLANKS.sub("", text)
    return text.rstrip() + "\n"


def _explained(error: BaseException, layers: Layers, rendered: str) -> ScaffoldError:
    """The error with the layer, template and line that it came from."""
    from fermilink_scaffold.templating.limits import said

    file: str = getattr(error, "filename", None) or rendered
    line: int | None = getattr(error, "lineno", None)
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if layers.owner(name) is not None:
            file, line = name, _template_line(trace)
        trace = trace.tb_next
    owner = layers.owner(file)
    what = said(error)
    if owner is None:
        return ScaffoldError(f"a template cannot be rendered: {what}")
    return ScaffoldError(
        f"the template of the {owner.name} layer cannot be rendered: {what}",
        file=os.path.relpath(file, os.path.realpath(owner.root)),
        line=line,
        hint=f"Mend {file}.",
    )


def _template_line(trace: TracebackType) -> int:
    """Line in the template; Jinja itself translates it for what is an Exception only."""
    template: Template | None = trace.tb_frame.f_globals.get("__jinja_template__")
    number = trace.tb_lineno
    return number if template is None else template.get_corresponding_lineno(number)
