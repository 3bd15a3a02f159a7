"""The first text of both memories, from the templates that `init` renders too.

Jinja is not imported here: these two templates hold nothing but `{{ name | comment }}` and `#%` lines
(their named blocks, which a pack may override), and a test renders them both ways.
"""

from __future__ import annotations

from fermilink_scaffold.resources import resource_path

__all__ = ["MEMORY_TEMPLATE", "WORKER_MEMORY_TEMPLATE", "render"]

MEMORY_TEMPLATE = "memory.md.j2"
WORKER_MEMORY_TEMPLATE = "worker_memory.md.j2"

#: What starts a line statement (see `templating`).
_STATEMENT = "#%"


#: A value's place: `{{ name | comment }}`. `comment` is the filter of the same name.
_OPEN, _CLOSE = "{{ ", " | comment }}"


def render(template: str, values: dict[str, str]) -> str:
    """The shipped base template with its values filled in; raises KeyError for other names."""
    with open(resource_path("templates", "base", template), encoding="utf-8") as file:
        lines = [line for line in file if not line.lstrip().startswith(_STATEMENT)]
    head, *parts = "".join(lines).split(_OPEN)
    pieces = [head]
    for part in parts:
        name, rest = part.split(_CLOSE, 1)
        pieces += [_one_line(values[name]), rest]
    return "".join(pieces)


def _one_line(value: str) -> str:
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in value)
    return f"{text}." if text.endswith("\\") else text
