"""What a journal may ask for: steps that can be done again and again, and then change nothing.

Each step is plain data: `do` names it, `file` is a name in the journal's directory. They
bring the files of a change that was cut short to agreement, forwards or backwards.
"""

from __future__ import annotations

import os

from fermilink_scaffold.runtime import memory, rows
from fermilink_scaffold.runtime.files import (
    create_atomic,
    read_bytes,
    read_from,
    remove,
    write_atomic,
)
from fermilink_scaffold.runtime.jsonfile import json_bytes, parse_object
from fermilink_scaffold.runtime.sections import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    Step: TypeAlias = Mapping[str, Any]

__all__ = ["add_row", "cut", "enter_event", "merge_object", "redo", "retract"]


def redo(directory: str, steps: Sequence[Step]) -> None:
    """Do what is missing of the steps.

    Raises OSError; for what is no step of this version also AttributeError, KeyError,
    TypeError or ValueError.
    """
    for step in steps:
        if os.path.basename(step["file"]) != step["file"]:
            raise ValueError(f"a step may only change files beside the journal: {step['file']!r}")
        _STEPS[step["do"]](os.path.join(directory, step["file"]), step)


def add_row(file: str, *, size: int, row: str, addition: bytes) -> Step:
    """Step: the ledger, `size` bytes long, gets this row, as `addition`."""
    return {"do": "row", "file": file, "size": size, "row": row, "addition": decode(addition)}


def merge_object(file: str, *, mark: str, keys: Mapping[str, Any]) -> Step:
    """Step: the JSON object gets these keys, unless it has the same value under `mark`."""
    return {"do": "merge", "file": file, "mark": mark, "keys": dict(keys)}


def enter_event(file: str, *, now: str, cells: Mapping[str, str]) -> Step:
    """Step: the memory gets the event of an outcome."""
    return {"do": "event", "file": file, "now": now, "cells": dict(cells)}


def retract(file: str, *, size: int | None, unless: str, sha256: str) -> Step:
    """Step: the file gets its old size (None: it goes), unless `unless` has this content."""
    return {"do": "retract", "file": file, "size": size, "unless": unless, "sha256": sha256}


def cut(path: str, size: int | None) -> None:
    """Give a file that has grown its old size; None: remove it."""
    if size is None:
        remove(path)
    elif os.path.getsize(path) > size:
        os.truncate(path, size)


def _row(path: str, step: Step) -> None:
    size, line = step["size"], encode(step["row"])
    data = read_from(path, size) or b""
    if line + b"\n" in data or line + b"\r\n" in data:
        return
    # What a crash left of our own row; anything else that is unended stays.
    if data and encode(step["addition"]).startswith(data):
        os.truncate(path, size)
    rows.add(path, rows.addition(path, step["row"])[1])


def _merge(path: str, step: Step) -> None:
    data = read_bytes(path) or b""
    current = parse_object(data)
    if data and current is None:
        # It is not ours to throw away.
        _keep(path, data)
    current = current or {}
    keys, mark = step["keys"], step["mark"]
    if current.get(mark) != keys[mark]:
        write_atomic(path, json_bytes({**current, **keys}))


def _keep(path: str, data: bytes) -> None:
    """Keep a copy beside the file, and earlier copies too."""
    copy, number = f"{path}.unreadable", 1
    while not create_atomic(copy, data) and read_bytes(copy) != data:
        number += 1
        copy = f"{path}.unreadable-{number}"


def _event(path: str, step: Step) -> None:
    data = read_bytes(path)
    if data is None or memory.progress_line(step["now"], step["cells"]) not in data:
        memory.change_memory(path, data, memory.event_changes(step["now"], step["cells"]))


def _retract(path: str, step: Step) -> None:
    import hashlib

    other = read_bytes(os.path.join(os.path.dirname(path), step["unless"])) or b""
    if hashlib.sha256(other).hexdigest() != step["sha256"]:
        cut(path, step["size"])


_STEPS = {"row": _row, "merge": _merge, "event": _event, "retract": _retract}
