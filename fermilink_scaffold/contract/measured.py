"""What the runner measures itself: which of it decides, which a case's result holds."""

from __future__ import annotations

__all__ = ["MEASURED", "OPTIMISED", "REPORTED", "RESERVED"]

#: May be the primary metric.
OPTIMISED = ("wall_seconds", "cpu_seconds", "peak_rss_mb")
#: Numbers of every case in the result, the only ones of them that a tolerance could compare.
REPORTED = ("wall_seconds", "total_seconds")
#: No output of a case is searched for these.
MEASURED = frozenset({*OPTIMISED, *REPORTED})
#: Names that no metric can have.
RESERVED = MEASURED | {"id", "error"}
