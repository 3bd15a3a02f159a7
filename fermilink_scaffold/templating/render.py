"""From a campaign to the text of its artifacts."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.runtime import utc_now_z
from fermilink_scaffold.templating.context import template_context
from fermilink_scaffold.templating.layers import Layer, Layers, default_layers
from fermilink_scaffold.templating.registry import ARTIFACTS, Artifact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fermilink_scaffold.spec.model import Campaign
    from fermilink_scaffold.templating.environment import LayeredEnvironment

__all__ = ["Rendered", "render_artifacts", "render_template"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_TRAILING_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Rendered:
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
) -> tuple[Rendered, ...]:
    """Render every artifact through the layers.

    `answers` is what the user gave explicitly, in the form of scaffold.yaml. Raises
    ScaffoldError with layer, template and line for a template that cannot be rendered.
    """
    layers = Layers(
        default_layers(campaign.repository.root, campaign.language, template_dirs=template_dirs)
    )
    context = {**template_context(campaign, contract, answers), "now_utc": utc_now_z()}
    return tuple(_rendered(artifact, layers, context) for artifact in ARTIFACTS)


def _rendered(artifact: Artifact, layers: Layers, context: Mapping[str, Any]) -> Rendered:
    if artifact.copied:
        with open(os.path.join(_PACKAGE, artifact.template), encoding="utf-8") as file:
            return Rendered(artifact=artifact, text=file.read(), layer="package")
    text, layer = render_template(artifact.template, layers, context)
    return Rendered(artifact=artifact, text=text, layer=layer.name)


def render_template(template: str, layers: Layers, context: Mapping[str, Any]) -> tuple[str, Layer]:
    """Text of one template of the layers, and the layer it was found in.

    Raises ScaffoldError when no layer has it or it cannot be rendered.
    """
    found = layers.find(template)
    if found is None:
        raise ScaffoldError(f"no template layer has {template}")
    from jinja2 import TemplateError

    mistakes = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError)
    try:
        text = _environment(layers).get_template(f"{found[0]}:{template}").render(context)
    except ScaffoldError as error:
        if error.file is not None:
            raise
        raise _explained(error, layers) from error
    except mistakes as error:
        raise _explained(error, layers) from error
    return _tidy(text), layers.layers[found[0]]


@functools.lru_cache(maxsize=1)
def _environment(layers: Layers) -> LayeredEnvironment:
    from fermilink_scaffold.templating.environment import LayeredEnvironment

    return LayeredEnvironment(layers)


def _tidy(text: str) -> str:
    if " \n" in text or "\t\n" in text:
        text = _TRAILING_BLANKS.sub("", text)
    return text.rstrip() + "\n"


def _explained(error: Exception, layers: Layers) -> ScaffoldError:
    """The error with the layer, template and line that it came from."""
    what = getattr(error, "message", None) or getattr(error, "what", None) or str(error)
    file: str = getattr(error, "filename", None) or ""
    line: int | None = getattr(error, "lineno", None)
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if layers.owner(name) is not None:
            file, line = name, trace.tb_lineno
        trace = trace.tb_next
    owner = layers.owner(file)
    if owner is None:
        return ScaffoldError(f"a template cannot be rendered: {what}")
    return ScaffoldError(
        f"the template of the {owner.name} layer cannot be rendered: {what or type(error).__name__}",
        file=os.path.relpath(file, os.path.realpath(owner.root)),
        line=line,
        hint=f"Mend {file}.",
    )
