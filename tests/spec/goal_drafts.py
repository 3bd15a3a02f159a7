"""Drafts as plain data, to compare whole."""

from __future__ import annotations

import json
import pathlib

from fermilink_scaffold.records import Record

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "goals"


def plain(draft):
    """A draft without its text and directory, as JSON would give it back."""
    data = draft.as_dict()
    del data["text"], data["directory"]
    data["review_notes"] = [str(note) for note in draft.review_notes]
    return json.loads(json.dumps(data, default=_fields))


def _fields(value):
    return value.as_dict() if isinstance(value, Record) else dict(value)


def make_project(directory, root):
    """The project that a fixture's goal speaks of, with empty files."""
    listing = directory / "project-files"
    for name in listing.read_text().split() if listing.exists() else []:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return str(root)
