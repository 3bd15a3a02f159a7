"""The templated strings of a pack: sandboxed, over plain values, stopped within seconds."""

from __future__ import annotations

import functools
import hashlib

from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from typing import Any

    from jinja2 import Template

    from fermilink_scaffold.packs.model import Pack

__all__ = ["is_true", "rendered", "search"]


def rendered(
    text: str, values: Mapping[str, Any], pack: Pack, *path: str | int, about: str = ""
) -> str:
    """What a string of `pack`, at `path` in its pack.yaml, comes to.

    Raises ScaffoldError with that file and line for a name that is not there, a syntax
    error, and a template that goes on without end. `about` names the workload.
    """
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return text
    from fermilink_scaffold.templating.limits import (
        TEMPLATE_SECONDS,
        memory_limit,
        said,
        time_limit,
    )
    from fermilink_scaffold.templating.sandbox import MISTAKES

    try:
        with memory_limit(), time_limit(TEMPLATE_SECONDS):
            return _template(text).render(values)
    except MISTAKES as error:
        what = said(error)
    short = text if len(text) <= 60 else f"{text[:57]}..."
    raise ScaffoldError(
        f"the template {short!r} of the pack {pack.name!r} cannot be rendered: {what}",
        file=pack.file,
        line=pack.line(*path),
        hint=about or None,
    )


@functools.cache
def _template(text: str) -> Template:
    environment = _environment()
    # A name and no more: Jinja writes it into the code that it compiles, not always quoted.
    name = hashlib.sha256(text.encode()).hexdigest()
    environment.loader.mapping[name] = text
    template: Template = environment.get_template(name)
    return template


@functools.cache
def _environment() -> Any:
    """A sandbox that keeps compiled templates; an `include` in them finds nothing."""
    from jinja2 import DictLoader

    from fermilink_scaffold.templating.cache import UserCache, cache_directory
    from fermilink_scaffold.templating.sandbox import LimitedSandbox

    directory = cache_directory()
    cache = UserCache(directory) if directory else None
    return LimitedSandbox(loader=DictLoader({}), bytecode_cache=cache)


def is_true(text: str) -> bool:
    """Whether a rendered condition holds."""
    return text.strip() not in {"", "0", "False", "None", "false"}


def search(
    expression: re.Pattern[str], text: str, pack: Pack, *path: str | int
) -> re.Match[str] | None:
    """The first match of a pack's expression.

    Raises ScaffoldError when the search takes too long.
    """
    from fermilink_scaffold.templating.limits import REGEX_SECONDS, Expired, time_limit

    try:
        with time_limit(REGEX_SECONDS):
            return expression.search(text)
    except Expired:
        raise ScaffoldError(
            f"this expression of the pack {pack.name!r} takes longer than {REGEX_SECONDS:g} "
            f"seconds on: {text[:80]}",
            file=pack.file,
            line=pack.line(*path),
            hint="Repetitions inside repetitions, such as (a+)+, take for ever on some texts.",
        ) from None
