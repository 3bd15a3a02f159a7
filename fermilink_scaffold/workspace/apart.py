"""Merging two changes that lie apart, without starting git.

Like git's own diff, cut off the lines that both texts begin and end with. If between what
the two sides changed there is a line that each of the three texts has only once, no
alignment can move a change across it: the merge is the one side's text up to that line and
the other side's behind it, which is what `git merge-file` gives.
"""

from __future__ import annotations

__all__ = ["merged_apart"]


def merged_apart(ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
    """The merged text, or None where the changes are not clearly apart."""
    old, mine, new = (_lines(text) for text in (base, ours, theirs))
    here, there = _changed(old, mine), _changed(old, new)
    if here[1] <= there[0]:
        first, second, gap = mine, new, old[here[1] : there[0]]
    elif there[1] <= here[0]:
        first, second, gap = new, mine, old[there[1] : here[0]]
    else:
        return None
    anchor = _unique(gap, old, mine, new)
    if anchor is None:
        return None
    return b"".join([*first[: first.index(anchor)], *second[second.index(anchor) :]])


def _lines(text: bytes) -> list[bytes]:
    """With their ends: the last line without one is another line."""
    *ended, last = text.split(b"\n")
    return [line + b"\n" for line in ended] + ([last] if last else [])


def _changed(old: list[bytes], new: list[bytes]) -> tuple[int, int]:
    """The lines of `old`, from and up to, outside which the texts agree however one counts."""
    shortest = min(len(old), len(new))
    begin = 0
    while begin < shortest and old[begin] == new[begin]:
        begin += 1
    end = 0
    while end < shortest and old[-1 - end] == new[-1 - end]:
        end += 1
    # Where a line is repeated, either count may reach into the change.
    return min(begin, len(old) - end), max(begin, len(old) - end)


def _unique(gap: list[bytes], *texts: list[bytes]) -> bytes | None:
    for line in gap:
        if all(text.count(line) == 1 for text in texts):
            return line
    return None
