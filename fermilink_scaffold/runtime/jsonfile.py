"""JSON files that hold one object: the campaign's state, the run lock, the journal."""

from __future__ import annotations

from fermilink_scaffold.runtime.files import make_parents, read_bytes, write_atomic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fermilink_scaffold.runtime.files import StrPath

__all__ = ["json_bytes", "load_json_file", "parse_object", "write_json_file"]


def json_bytes(payload: Any) -> bytes:
    """An object as these files hold it: indent 2, sorted keys, final newline."""
    import json  # a third of the time that importing the runtime may take

    return (json.dumps(payload, indent=2, sort_keys=True) + "\n").encode()


def parse_object(data: bytes) -> dict[str, Any] | None:
    """The object that the bytes hold; None when they are not JSON, in UTF-8, or no object."""
    import json  # see `json_bytes`

    try:
        payload = json.loads(data.decode())
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def load_json_file(path: StrPath) -> dict[str, Any] | None:
    """The object; None when the file is missing, unreadable, not JSON or not an object."""
    try:
        data = read_bytes(path)
    except OSError:
        return None
    return None if data is None else parse_object(data)


def write_json_file(path: StrPath, payload: dict[str, Any]) -> None:
    """Replace the file by the object, in one step, parents included.

    Raises TypeError for what JSON cannot hold and OSError; then the file is as it was.
    """
    data = json_bytes(payload)
    make_parents(path)
    write_atomic(path, data)
