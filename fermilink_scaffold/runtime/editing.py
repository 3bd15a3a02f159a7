"""Editing a memory on disk by the name of a section, as people and agents do."""

from __future__ import annotations

from fermilink_scaffold.runtime.files import read_bytes
from fermilink_scaffold.runtime.journal import Writer
from fermilink_scaffold.runtime.memory import change_memory
from fermilink_scaffold.runtime.sections import Scan, appended, decode, encode, with_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fermilink_scaffold.runtime.files import StrPath
    from fermilink_scaffold.runtime.sections import Change

__all__ = ["append_to_section", "read_section", "section_headings", "set_section"]


def section_headings(data: bytes) -> list[str]:
    """The headings of the text's sections, with their `#`s."""
    starts = Scan(data).section_starts
    return [decode(data[start:].partition(b"\n")[0]).rstrip("\r") for start in starts]


def read_section(data: bytes, name: str) -> bytes | None:
    """The body of the section of this name, as in `set_section`; None when it is missing."""
    bounds = Scan(data).section(_heading(data, name))
    return None if bounds is None else data[slice(*bounds)]


def set_section(path: StrPath, name: str, lines: Sequence[str]) -> None:
    """Replace the body of a section of a memory on disk.

    `name` is its heading, or that without its `#`s, in any case of letters. A section that
    is missing is added at the end, a memory that is missing as for an event. Raises OSError.
    """
    _edit(path, name, lines, with_lines)


def append_to_section(path: StrPath, name: str, line: str, *, once: bool = False) -> bool:
    """Add a line to a section, under the terms of `set_section`; True when it was added.

    With `once` a section that has the line already is left alone.
    """
    if not once:
        return _edit(path, name, [line], appended)
    return _edit(path, name, [line], appended, unless=encode(line))


def _edit(
    path: StrPath,
    name: str,
    lines: Sequence[str],
    change: Callable[[bytes, Sequence[bytes]], Change],
    *,
    unless: bytes | None = None,
) -> bool:
    with Writer(path):
        data = read_bytes(path)
        heading = _heading(data or b"", name)
        if unless is not None and unless in (read_section(data or b"", name) or b"").splitlines():
            return False
        change_memory(path, data, [change(heading, [encode(line) for line in lines])])
        return True


def _heading(data: bytes, name: str) -> bytes:
    if name.startswith("#"):
        return encode(name)
    for heading in section_headings(data):
        if heading.lstrip("#").strip().casefold() == name.strip().casefold():
            return encode(heading)
    return encode(f"### {name.strip()}")
