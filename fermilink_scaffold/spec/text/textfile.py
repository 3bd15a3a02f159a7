"""Reading a text file that a user names: a goal, a prompt, answers."""

from __future__ import annotations

import os
import re
import stat

from fermilink_scaffold.errors import ScaffoldError

__all__ = ["MAX_BYTES", "read_text_input"]

#: The largest input that is read, in bytes; one byte more is an error.
MAX_BYTES = 1024 * 1024

#: Byte order marks of encodings that are text, but not UTF-8.
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")
#: Text files hold backspace to carriage return, and escape; no other control character.
_BINARY = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f]")


def read_text_input(path: str) -> str:
    """The text of `path`: UTF-8 without its byte order mark, line ends as LF.

    Raises ScaffoldError, naming the file as the user wrote it, when it is missing, not
    readable, not a regular file, larger than `MAX_BYTES`, empty (or blank), binary or not UTF-8.
    """
    data = _read_bounded(path)
    if data.startswith(_OTHER_MARKS):
        raise ScaffoldError("this is UTF-16 text", file=path, hint="Save it as UTF-8.")
    _refuse_binary(path, data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        raise ScaffoldError(
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            file=path,
            line=before.count(b"\n") + 1,
            column=len(before) - before.rfind(b"\n"),
            hint="Save the file as UTF-8.",
        ) from None
    if not text.strip():
        raise ScaffoldError("the file is empty", file=path, hint="Write what is to be optimised.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_bounded(path: str) -> bytes:
    try:
        with open(path, "rb", opener=_without_waiting) as stream:
            _refuse_special(path, stream.fileno())
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ScaffoldError("no such file", file=path, hint="Check the path.") from None
    except IsADirectoryError:
        raise ScaffoldError(
            "this is a directory", file=path, hint="Name the file inside it."
        ) from None
    except PermissionError:
        raise ScaffoldError(
            "no permission to read the file",
            file=path,
            hint="Make it readable (chmod u+r).",
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ScaffoldError(f"cannot be read: {reason}", file=path) from None
    if len(data) > MAX_BYTES:
        raise ScaffoldError(
            f"the file is larger than {MAX_BYTES // 1024} KiB",
            file=path,
            hint="Name large data with --input instead of writing it here.",
        )
    return data


def _without_waiting(path: str, flags: int) -> int:
    """Opened at once; a plain `open` of a pipe waits for somebody to write into it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _refuse_special(path: str, descriptor: int) -> None:
    """A pipe or a device: it may never end, and nobody can read it a second time."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise ScaffoldError(
            "is not a regular file",
            file=path,
            hint="Save it to a file first, also what comes from a pipe or <(...).",
        )


def _refuse_binary(path: str, data: bytes) -> None:
    found = _BINARY.search(data)
    if found:
        raise ScaffoldError(
            f"this is not text: byte 0x{found[0].hex()} at offset {found.start()}",
            file=path,
            hint="A goal, a prompt and answers are UTF-8 text files.",
        )
