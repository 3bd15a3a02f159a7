"""A plan as a patch that `git apply` takes: new, changed and deleted files, modes, text and binary.

Format: the output of git-diff(1) with `--binary`. Written here rather than by
`git diff --no-index`, which would need the files on disk.
"""

from __future__ import annotations

import hashlib
import os

from fermilink_scaffold.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.workspace.plan import Plan

__all__ = ["git_patch"]

#: Bytes on one line of a binary patch; its length letter goes from A (1) to z (52).
_BINARY_LINE = 52

_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


class _Side(Record):
    """A file before or after."""

    data: bytes
    executable: bool

    @property
    def mode(self) -> str:
        return "100755" if self.executable else "100644"

    @property
    def blob(self) -> str:
        head = b"blob %d\0" % len(self.data)
        return hashlib.sha1(head + self.data, usedforsecurity=False).hexdigest()


def git_patch(plan: Plan) -> bytes:
    """The patch that does what the plan does; staged inputs are in it with their content.

    Bytes, because a patch that went through a terminal's encoding would not apply.
    """
    parts = []
    for file in plan.files:
        new = _Side(data=file.data, executable=file.executable)
        parts.append(_difference(file.path, _before(plan, file.path), new))
    for copy in plan.copies:
        with open(copy.origin, "rb") as stream:
            executable = bool(os.fstat(stream.fileno()).st_mode & 0o111)
            new = _Side(data=stream.read(), executable=executable)
        parts.append(_difference(copy.path, _before(plan, copy.path), new))
    parts += [_difference(path, _before(plan, path), None) for path in plan.removals]
    return "".join(parts).encode("utf-8", "surrogateescape")


def _before(plan: Plan, path: str) -> _Side | None:
    if plan.before is None:
        return None
    from fermilink_scaffold.workspace.disk import read

    found = read(plan.root, path)
    return _Side(data=found[0], executable=found[1].executable) if found else None


def _difference(path: str, old: _Side | None, new: _Side | None) -> str:
    head = [f"diff --git {_quoted(f'a/{path}')} {_quoted(f'b/{path}')}\n"]
    if old is None and new is not None:
        head.append(f"new file mode {new.mode}\n")
    elif new is None and old is not None:
        head.append(f"deleted file mode {old.mode}\n")
    elif old is not None and new is not None and old.mode != new.mode:
        head.append(f"old mode {old.mode}\nnew mode {new.mode}\n")
    if old is not None and new is not None and old.data == new.data:
        return "".join(head) if len(head) > 1 else ""
    same = f" {old.mode}" if old and new and old.mode == new.mode else ""
    blobs = [side.blob if side else "0" * 40 for side in (old, new)]
    head.append(f"index {blobs[0]}..{blobs[1]}{same}\n")
    before, after = old.data if old else b"", new.data if new else b""
    if b"\0" in before + after:
        return "".join([*head, _binary(before, after)])
    return "".join([*head, *_text(path, before, after, old=old is not None, new=new is not None)])


def _text(path: str, before: bytes, after: bytes, *, old: bool, new: bool) -> Iterator[str]:
    if before == after:
        return
    # A blank in the name needs a tab after it, or git takes what follows for a date.
    tab = "\t" if " " in path else ""
    yield f"--- {_quoted(f'a/{path}') + tab if old else '/dev/null'}\n"
    yield f"+++ {_quoted(f'b/{path}') + tab if new else '/dev/null'}\n"
    lines = [_lines(data) for data in (before, after)]
    if not old or not new:
        sign, number = ("+", len(lines[1])) if not old else ("-", len(lines[0]))
        span = f"1,{number}" if number > 1 else "1"
        yield f"@@ -0,0 +{span} @@\n" if not old else f"@@ -{span} +0,0 @@\n"
        yield from (_ended(sign + line) for line in lines[0] + lines[1])
        return
    import difflib

    hunks = difflib.unified_diff(lines[0], lines[1])
    yield from (_ended(line) for number, line in enumerate(hunks) if number > 1)


def _lines(data: bytes) -> list[str]:
    """Lines with their ends: LF alone ends a line for git."""
    parts = data.decode("utf-8", "surrogateescape").split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _binary(before: bytes, after: bytes) -> str:
    """The content to either side, so that the patch can be taken back too."""
    parts = [f"literal {len(data)}\n{_deflated(data)}\n" for data in (after, before)]
    return "".join(["GIT binary patch\n", *parts])


def _deflated(data: bytes) -> str:
    import zlib

    return "".join(_binary_lines(zlib.compress(data, 9)))


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
