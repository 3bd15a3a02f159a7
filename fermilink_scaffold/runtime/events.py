"""Entries of memory.md that report a judged candidate, as the controller or an agent writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fermilink_scaffold.runtime.sections import decode

__all__ = ["Event", "parse_event", "same_event"]

#: `- [TIME] TEXT (COMMIT, METRIC=VALUE)`; in the progress log TEXT begins with `STATUS: `.
_ENTRY = re.compile(
    r"- \[(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d[^\]]*)\] (?P<text>.*) "
    r"\((?P<commit>[0-9A-Za-z._-]+), (?P<metric>[^\s=()]+)=(?P<value>[^\s()]+)\)\s*"
)
#: The statuses that FermiLink and `evaluate` give.
_STATUS = re.compile(
    r"(?P<status>baseline|accepted|rejected|correctness_failure|crash|timeout|worker_incomplete"
    r"|invalid_scope|invalid_output_schema|missing_metrics|guardrail_failure|build_failure): "
)
#: Hexadecimal digits from which on one commit name may stand for a longer one.
_SHORTEST = 7
#: Relative difference of values that were written with fewer digits.
_ROUNDING = 1e-4


@dataclass(frozen=True, kw_only=True)
class Event:
    """One reported candidate."""

    #: ISO 8601, as precise as its writer was.
    time: str
    #: None for an entry of the accepted experiments or rejected patterns.
    status: str | None
    description: str
    commit: str
    metric: str
    value: str


def parse_event(block: bytes) -> Event | None:
    """The event that a block's first line reports, or None."""
    match = _ENTRY.fullmatch(decode(block.partition(b"\n")[0]))
    if match is None:
        return None
    status = _STATUS.match(match["text"])
    return Event(
        time=match["time"],
        status=status["status"] if status else None,
        description=match["text"][status.end() if status else 0 :],
        commit=match["commit"],
        metric=match["metric"],
        value=match["value"],
    )


def same_event(one: Event, other: Event) -> bool:
    """True when two entries report one measurement of one candidate in the same way.

    Agents repeat the controller's entries with times in seconds, longer commit names,
    rounded values and a part of the description.
    """
    return (
        one.status == other.status
        and one.metric == other.metric
        and _same_commit(one.commit, other.commit)
        and _same_value(one.value, other.value)
        and _alike(one.description, other.description)
    )


def _same_commit(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= _SHORTEST and long.startswith(short))


def _same_value(one: str, other: str) -> bool:
    try:
        first, second = float(one), float(other)
    except ValueError:
        return one == other
    return one == other or abs(first - second) <= _ROUNDING * max(abs(first), abs(second))


def _alike(one: str, other: str) -> bool:
    short, long = sorted((" ".join(one.split()), " ".join(other.split())), key=len)
    if short in long:
        return True
    words, more = set(short.split()), set(long.split())
    return 2 * len(words & more) > len(words | more)
