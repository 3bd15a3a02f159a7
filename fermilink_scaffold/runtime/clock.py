"""The time as all records have it."""

from __future__ import annotations

import time

__all__ = ["utc_now_z"]


def utc_now_z() -> str:
    """Now, ISO 8601 in UTC with microseconds, e.g. `2026-01-02T03:04:05.678901Z`."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{stamp}.{nanoseconds // 1000:06d}Z"
