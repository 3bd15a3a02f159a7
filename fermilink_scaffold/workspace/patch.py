"""A plan as a patch that `git apply` takes: new files with their modes, text and binary.

Format: the output of git-diff(1) with `--binary`. Written here rather than by
`git diff --no-index`, which would need the files on disk.
"""

from __future__ import annotations

import hashlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.workspace.plan import Plan

__all__ = ["git_patch"]

#: Bytes on one line of a binary patch; its length letter goes from A (1) to z (52).
_BINARY_LINE = 52

_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def git_patch(plan: Plan) -> bytes:
    """The patch that makes the planned workspace; staged inputs are in it with their content.

    Bytes, because a patch that went through a terminal's encoding would not apply.
    """
    parts = [_new_file(file.path, file.data, executable=file.executable) for file in plan.files]
    for copy in plan.copies:
        with open(copy.origin, "rb") as stream:
            executable = bool(os.fstat(stream.fileno()).st_mode & 0o111)
            parts.append(_new_file(copy.path, stream.read(), executable=executable))
    return "".join(parts).encode()


def _new_file(path: str, data: bytes, *, executable: bool) -> str:
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return "".join(
        [
            f"diff --git {_quoted(f'a/{path}')} {_quoted(f'b/{path}')}\n",
            f"new file mode {'100755' if executable else '100644'}\n",
            f"index {'0' * len(blob)}..{blob}\n",
            _content(path, data),
        ]
    )


def _content(path: str, data: bytes) -> str:
    if not data:
        return ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _binary(data)
    return _binary(data) if "\0" in text else _text(path, text)


def _text(path: str, text: str) -> str:
    lines = text.split("\n")
    ended = lines[-1] == ""
    if ended:
        lines.pop()
    # A blank in the name needs a tab after it, or git takes what follows for a date.
    name = _quoted(f"b/{path}") + ("\t" if " " in path else "")
    return "".join(
        [
            f"--- /dev/null\n+++ {name}\n@@ -0,0 +1{f',{len(lines)}' if len(lines) > 1 else ''} @@\n",
            *(f"+{line}\n" for line in lines),
            "" if ended else "\\ No newline at end of file\n",
        ]
    )


def _binary(data: bytes) -> str:
    import zlib

    lines = "".join(_binary_lines(zlib.compress(data, 9)))
    nothing = "".join(_binary_lines(zlib.compress(b"", 9)))
    return f"GIT binary patch\nliteral {len(data)}\n{lines}\nliteral 0\n{nothing}\n"


def _binary_lines(deflated: bytes) -> Iterator[str]:
    import base64

    for start in range(0, len(deflated), _BINARY_LINE):
        part = deflated[start : start + _BINARY_LINE]
        length = chr(ord("A") + len(part) - 1 if len(part) <= 26 else ord("a") + len(part) - 27)
        yield f"{length}{base64.b85encode(part, pad=True).decode()}\n"


def _quoted(path: str) -> str:
    """The path as git writes it: in C quotes when it holds more than plain ASCII."""
    data = os.fsencode(path)
    plain = all(0x20 <= byte < 0x7F and byte not in _ESCAPES for byte in data)
    return path if plain else f'"{"".join(map(_escaped, data))}"'


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return f"\\{_ESCAPES[byte]}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
