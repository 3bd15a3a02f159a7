"""The sandbox in which every template and every templated word of a pack runs.

Jinja's own keeps templates from attributes and calls that are not for them. What is added
here keeps a single operation from taking all time or memory; loops are stopped by `limits`.
"""

from __future__ import annotations

import re

from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.filters import do_format
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fermilink_scaffold.templating.limits import Expired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from jinja2.runtime import Context

__all__ = ["MISTAKES", "LimitedSandbox"]

#: Everything that a template can raise.
MISTAKES: tuple[type[BaseException], ...] = (
    TemplateError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
    Expired,
)

#: Items of a repeated sequence, and bits of a number.
_LONGEST = 1_000_000
_BITS = 4096
_WIDE = re.compile(r"%[^a-zA-Z%]*(?:\d{5}|\*)")


class LimitedSandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox without what one operation could do to time and memory."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(undefined=StrictUndefined, auto_reload=False, **options)
        del self.globals["lipsum"]
        self.filters["format"] = _format

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The operation, unless what comes out would be huge."""
        if operator == "%" and isinstance(left, str):
            _refuse_wide(left)
        if operator == "*":
            _refuse_long(left, right)
        if operator == "**" and _bits(left) * abs(right) > _BITS:
            raise SecurityError("a number grows too large here")
        return super().call_binop(context, operator, left, right)


def _refuse_long(left: Any, right: Any) -> None:
    for item, times in ((left, right), (right, left)):
        if isinstance(item, str | list | tuple) and isinstance(times, int):
            if len(item) * times > _LONGEST:
                raise SecurityError("a text or list grows too long here")
            return
    if _bits(left) + _bits(right) > _BITS:
        raise SecurityError("a number grows too large here")


def _bits(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 0


def _refuse_wide(text: str) -> None:
    if _WIDE.search(text):
        raise SecurityError("a text grows too long here")


def _format(value: str, *args: Any, **kwargs: Any) -> str:
    _refuse_wide(value)
    return do_format(value, *args, **kwargs)
