"""Line ends: texts are compared and merged with LF, and written back with their own."""

from __future__ import annotations

__all__ = ["is_text", "merge_side", "same_text", "to_lf", "uses_crlf", "with_ends_of"]


def is_text(data: bytes) -> bool:
    """Whether it is UTF-8 without a null byte, which git takes for the mark of a binary file."""
    if b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def uses_crlf(data: bytes) -> bool:
    """Whether every line ends in CRLF; where only some do, that is a part of the text."""
    return b"\r\n" in data and data.count(b"\r\n") == data.count(b"\n")


def to_lf(data: bytes) -> bytes:
    """The text with LF, if it has CRLF throughout."""
    return data.replace(b"\r\n", b"\n") if uses_crlf(data) else data


def same_text(one: bytes, other: bytes) -> bool:
    """Whether they differ in nothing but the kind of line end."""
    return to_lf(one) == to_lf(other)


def merge_side(path: str, data: bytes) -> bytes:
    """The text as it takes part in a merge."""
    return data.replace(b"\r\n", b"\n") if path.endswith(".sh") else to_lf(data)


def with_ends_of(path: str, disk: bytes, text: bytes) -> bytes:
    """`text`, which has LF, with the line ends of the file on disk; bash reads LF only."""
    if path.endswith(".sh") or not uses_crlf(disk):
        return text
    return text.replace(b"\n", b"\r\n")
