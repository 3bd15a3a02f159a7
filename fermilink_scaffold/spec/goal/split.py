"""The `split:` block of a goal: which cases the agent sees."""

from __future__ import annotations

import re

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.model import ReviewNote, Source
from fermilink_scaffold.spec.text.markdown import Fence, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fermilink_scaffold.spec.text.markdown import Section

__all__ = ["read_split"]

_TRAIN = ("train_case_ids", "train_ids", "train_cases", "train")
_TEST = ("test_case_ids", "test_ids", "test_cases", "test", "held_out", "holdout")


def read_split(
    sections: tuple[Section, ...], file: str, ids: tuple[str, ...]
) -> tuple[tuple[str, ...] | None, tuple[ReviewNote, ...]]:
    """Ids of the train cases; None when no block gives them.

    Raises ScaffoldError for a block that is no YAML mapping of lists, and for an id that is
    in both halves.
    """
    for section in sections:
        for text, line in _blocks(section):
            return _read(text, line, file, ids)
    return None, ()


def _blocks(section: Section) -> list[tuple[str, int]]:
    """Texts that begin with `split:`, with their line: fences first, then plain lines."""
    found: list[tuple[str, int]] = []
    for block in walk(section.blocks):
        if isinstance(block, Fence) and re.search(r"^split\s*:", block.text, re.MULTILINE):
            start = re.search(r"^split\s*:", block.text, re.MULTILINE)
            offset = start.start() if start else 0
            found.append((block.text[offset:], block.first + block.text[:offset].count("\n")))
    if found:
        return found
    lines = section.source.split("\n")
    for index, line in enumerate(lines):
        if re.fullmatch(r"\s*(?:[-*+]\s+)?\**`?split\s*:`?\**\s*", line):
            rest: list[str] = []
            for following in lines[index + 1 :]:
                if not following.strip() and not rest:
                    continue
                if not re.match(r"\s+\S|\s*[-*+]\s|\s*\w+\s*:", following):
                    break
                rest.append(following)
            return [("split:\n" + "\n".join(rest), section.line + 1 + index)]
    return []


def _read(
    text: str, line: int, file: str, ids: tuple[str, ...]
) -> tuple[tuple[str, ...] | None, tuple[ReviewNote, ...]]:
    source = Source(file=file, line=line)
    halves = _halves(text, line, file)
    train, test = halves
    if train is None and test is not None:
        train = tuple(each for each in ids if each not in test)
    if train is None:
        return None, (ReviewNote(text="the split block names no case", source=source),)
    both = [each for each in train if test and each in test]
    if both:
        raise ScaffoldError(
            f"the split names `{both[0]}` as a train and as a test case",
            file=file,
            line=line,
            hint="Leave it in one of them.",
        )
    unnamed = [each for each in ids if each not in train and test and each not in test]
    notes = tuple(
        ReviewNote(text=f"the split does not name `{each}`; it is held out", source=source)
        for each in unnamed
    )
    return train, notes


def _halves(
    text: str, line: int, file: str
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The two lists of a split block."""
    import yaml  # only a goal with a split pays for it

    try:
        data = yaml.load(_as_yaml(text), Loader=yaml.BaseLoader)  # noqa: S506  strings only
        split = data.get("split") if isinstance(data, dict) else None
    except yaml.YAMLError:
        split = None
    if not isinstance(split, dict):
        raise ScaffoldError(
            "the split block cannot be read",
            file=file,
            line=line,
            hint="Write `split:` and below it, indented, `train_case_ids: [case-id, ...]`.",
        )
    return _ids(split, _TRAIN), _ids(split, _TEST)


def _as_yaml(text: str) -> str:
    """Plain lines with markdown's bullets and backticks as YAML."""
    lines = [re.sub(r"`", "", line).replace("\t", "    ") for line in text.split("\n")]
    head, rest = lines[0], lines[1:]
    out: list[str] = []
    for line in rest:
        key = re.match(r"\s*(?:[-*+]\s+)?(\w+)\s*:\s*(.*)$", line)
        item = re.match(r"\s*[-*+]\s+(.*)$", line)
        if key and key[1] in _TRAIN + _TEST:
            value = key[2].strip()
            listed = value.startswith("[") or not value
            out.append(f"  {key[1]}: {value if listed else '[' + value + ']'}")
        elif item:
            out.append(f"    - {item[1]}")
        else:
            out.append(line)
    return "\n".join([head, *out])


def _ids(split: dict[str, Any], keys: tuple[str, ...]) -> tuple[str, ...] | None:
    for key in keys:
        if key in split and split[key] is not None:
            value = split[key]
            values = value if isinstance(value, list) else [value]
            return tuple(dict.fromkeys(str(each) for each in values))
    return None
