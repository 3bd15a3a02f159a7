"""The parts of a workload line such as `H2O / cc-pVDZ / RHF / DIIS space=12`: each is read, or refused.

A part ends at `/`, `,` or `;` (not within brackets or quotes) and at the words `and` and
`with`; one that holds several settings is read word by word, the longest reading first.
"""

from __future__ import annotations

import re

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.templating.limits import REGEX_SECONDS, Expired, time_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from fermilink_scaffold.spec.model import DraftCase

__all__ = ["read_parts"]

#: What belongs together (brackets, quotes, plain characters), or ends a part.
_PIECES = re.compile(r"(?:\([^()]*\)|\[[^\[\]]*\]|'[^']*'|\"[^\"]*\"|[^/,;])+")
_JOINTS = re.compile(r"(?:^|\s+)(?:and|with)(?:\s+|$)", re.IGNORECASE)


def read_parts(
    text: str, parts: Mapping[str, re.Pattern[str]], case: DraftCase, example: str
) -> dict[str, str]:
    """The value of each part by name: its first group, or all of it; empty for one that is not there.

    Raises ScaffoldError, with the goal's line, for what no expression matches as a whole, for
    a part that is there twice, and for expressions that go on without end.
    """
    values: dict[str, str] = {}
    try:
        with time_limit(REGEX_SECONDS):
            for piece in _PIECES.findall(text):
                for words in map(str.split, _JOINTS.split(piece)):
                    _read(words, parts, values, case, example)
    except Expired:
        raise _refused(
            case, f"takes longer than {REGEX_SECONDS:g} seconds to read", example
        ) from None
    return {name: values.get(name, "") for name in parts}


def _read(
    words: list[str],
    parts: Mapping[str, re.Pattern[str]],
    values: dict[str, str],
    case: DraftCase,
    example: str,
) -> None:
    while words:
        for end in range(len(words), 0, -1):
            found = _named(" ".join(words[:end]), parts)
            if found is not None:
                break
        else:
            what = f"`{' '.join(words)}` cannot be read"
            raise _refused(case, what, f"{example}{_near(words, parts)} {_known(parts)}")
        name, value = found
        if name in values:
            twice = f"`{' '.join(words[:end])}` gives the {_shown(name)} a second time"
            raise _refused(case, twice, example)
        values[name] = value
        del words[:end]


def _named(text: str, parts: Mapping[str, re.Pattern[str]]) -> tuple[str, str] | None:
    for name, expression in parts.items():
        match = expression.fullmatch(text)
        if match is not None:
            return name, ((match[1] if expression.groups else None) or match[0]).strip()
    return None


def _shown(name: str) -> str:
    return name.replace("_", " ")


def _known(parts: Mapping[str, re.Pattern[str]]) -> str:
    return f"It may say: {', '.join(map(_shown, parts))}."


def _near(words: list[str], parts: Mapping[str, re.Pattern[str]]) -> str:
    """The part whose name is most like the first word."""
    import difflib

    names = {piece: name for name in parts for piece in (*name.split("_"), name)}
    near = difflib.get_close_matches(words[0].partition("=")[0].lower(), list(names), n=1)
    return f" Did you mean {_shown(names[near[0]])}?" if near else ""


def _refused(case: DraftCase, what: str, hint: str) -> ScaffoldError:
    return ScaffoldError(
        f"workload `{case.id}`: {what}", file=case.source.file, line=case.source.line, hint=hint
    )
