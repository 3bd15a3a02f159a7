"""Editing a memory on disk: an event's entries, or a section by its name as people and agents do."""

from __future__ import annotations

from fermilink_scaffold.runtime import rows
from fermilink_scaffold.runtime.clock import utc_now_z
from fermilink_scaffold.runtime.files import read_bytes
from fermilink_scaffold.runtime.journal import Writer
from fermilink_scaffold.runtime.memory import change_memory, event_changes
from fermilink_scaffold.runtime.sections import Scan, appended, decode, encode, with_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fermilink_scaffold.runtime.files import StrPath
    from fermilink_scaffold.runtime.sections import Change

__all__ = [
    "append_to_section",
    "read_section",
    "record_campaign_event",
    "section_headings",
    "set_section",
]


def record_campaign_event(  # noqa: PLR0913  # FermiLink's signature
    path: StrPath,
    *,
    commit: str,
    primary_metric_name: str,
    primary_metric_value: float | str,
    status: str,
    description: str,
) -> None:
    """Enter one judged candidate in memory.md, which is created when it is missing.

    `baseline` and `accepted` set the latest accepted commit and add to the accepted
    experiments, any other status to the rejected patterns; all add to the progress log.
    Raises OSError, and then the memory is as it was.
    """
    cells = rows.cells(
        iteration=0,
        commit=commit,
        status=status,
        primary_metric_name=primary_metric_name,
        primary_metric_value=primary_metric_value,
        description=description,
    )
    with Writer(path):
        change_memory(path, read_bytes(path), event_changes(utc_now_z(), cells))


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
    is missing is added at the end, a memory that is missing as for an event. Raises
    ValueError for a name that is no heading and for lines that would end the section or
    leave a code block open, and OSError.
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
    encoded = [encode(line) for line in lines]
    _check_name(name)
    _check_body(b"\n".join(encoded))
    with Writer(path):
        data = read_bytes(path)
        heading = _heading(data or b"", name)
        if unless is not None and unless in (read_section(data or b"", name) or b"").splitlines():
            return False
        change_memory(path, data, [change(heading, encoded)])
        return True


def _check_name(name: str) -> None:
    if not name.strip(" \t#"):
        raise ValueError("a section needs a name")
    if name.splitlines() != [name]:
        raise ValueError(f"a section's name is one line: {name!r}")
    if name.startswith("#") and not name.startswith(("## ", "### ")):
        raise ValueError(f"a section's heading starts with '## ' or '### ': {name!r}")


def _check_body(body: bytes) -> None:
    scan = Scan(body)
    if scan.section_starts:
        start = scan.section_starts[0]
        line = decode(body[start:].partition(b"\n")[0])
        raise ValueError(f"this line would begin another section: {line!r}")
    if scan.open_fence is not None:
        line = decode(body[scan.open_fence :].partition(b"\n")[0])
        raise ValueError(f"this line opens a code block that does not end: {line!r}")


def _heading(data: bytes, name: str) -> bytes:
    if name.startswith("#"):
        return encode(name)
    for heading in section_headings(data):
        if heading.lstrip("#").strip().casefold() == name.strip().casefold():
            return encode(heading)
    return encode(f"### {name.strip()}")
