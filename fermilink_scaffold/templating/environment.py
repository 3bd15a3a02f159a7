"""The Jinja environment: a sandbox over the layers, in which every value must be quoted.

Imported only where something is rendered: it loads Jinja.
"""

from __future__ import annotations

import re

from jinja2 import BaseLoader, TemplateNotFound, Undefined, pass_context
from jinja2.runtime import BlockReference, Macro

from fermilink_scaffold.templating.cache import UserCache, cache_directory
from fermilink_scaffold.templating.filters import FILTERS, Quoted
from fermilink_scaffold.templating.layers import read_text
from fermilink_scaffold.templating.sandbox import LimitedSandbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from jinja2 import Environment
    from jinja2.runtime import Context

    from fermilink_scaffold.templating.layers import Layers

__all__ = ["LayeredEnvironment"]

#: A line that holds only a statement: `#% block scope`. It vanishes with its line end, and
#: is a comment in Python, shell and YAML, so that a template stays a file of its language.
_STATEMENT = re.compile(r"^[ \t]*#%([-+]?)[ \t]*(.*?)[ \t]*$", re.MULTILINE)


class _LayerLoader(BaseLoader):
    """Reads the template called `INDEX:PATH` (see `layers`)."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - Jinja's signature
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        index, _, path = template.partition(":")
        found = self._layers.find(path, int(index)) if index.isdecimal() else None
        if found is None:
            raise TemplateNotFound(template)
        return read_text(found[1]), found[1], lambda: True


class LayeredEnvironment(LimitedSandbox):
    """Templates by layer; only quoted text, macros, blocks and whole numbers reach output."""

    def __init__(self, layers: Layers) -> None:
        directory = cache_directory()
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=_only_quoted,
            loader=_LayerLoader(layers),
            bytecode_cache=UserCache(directory) if directory else None,
        )
        self._layers = layers
        self.filters.update({name: _late(function) for name, function in FILTERS.items()})

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """Statement lines become ordinary statements; unlike Jinja's own they keep blank lines."""
        return _STATEMENT.sub(r"{%\1 \2 %}", super().preprocess(source, name, filename))

    def join_path(self, template: str, parent: str) -> str:
        """`!NAME` is the next layer's, `builtin/NAME` the base one, NAME the first layer's."""
        layer = int(parent.partition(":")[0])
        if template.startswith("!"):
            path, found = template[1:], self._layers.find(template[1:], layer + 1)
        elif template.startswith("builtin/"):
            path = template.removeprefix("builtin/")
            found = self._layers.find_base(path)
        else:
            path, found = template, self._layers.find(template)
        if found is None:
            raise TemplateNotFound(template, f"no layer has {template!r}")
        return f"{found[0]}:{path}"

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A mapping's own keys come before its methods: `case.items` is the key `items`."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """What a macro or a parent's block gives was quoted where it was written."""
        result = super().call(context, obj, *args, **kwargs)
        return Quoted(result) if isinstance(obj, Macro | BlockReference) else result


def _only_quoted(value: Any) -> Any:
    if type(value) in (Quoted, int):
        return value
    if isinstance(value, Undefined):
        return str(value)
    raise TypeError(
        f"a {type(value).__name__} reaches the text unquoted: "
        f"use one of the filters {', '.join(sorted(FILTERS))}"
    )


def _late(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep Jinja from computing the filter while compiling: compiled templates outlive us."""

    @pass_context
    def apply(_context: Context, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return apply
