"""Stopping what other people's templates and expressions do to time and memory."""

from __future__ import annotations

from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = [
    "OUTPUT_LIMIT",
    "REGEX_SECONDS",
    "TEMPLATE_SECONDS",
    "Expired",
    "memory_limit",
    "said",
    "time_limit",
]

#: Wall seconds for one template, and for one regular expression.
TEMPLATE_SECONDS = 4.0
REGEX_SECONDS = 2.0
#: Characters that one template may come to; the largest of ours makes a fiftieth of it.
OUTPUT_LIMIT = 4 * 1024 * 1024
#: Bytes that a template may need beyond what is in use.
_MEMORY = 768 * 1024 * 1024


class Expired(BaseException):
    """The time is over. Not an Exception, so that nothing on the way takes it for its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Expired in the body when it takes longer; in the main thread only.

    Python's regular expressions look for signals while they search, so it stops them too.
    """
    import signal

    def expire(_signal: int, _frame: FrameType | None) -> None:
        raise Expired

    try:
        before = signal.signal(signal.SIGALRM, expire)
    except ValueError:
        yield  # another thread gets no signals
        return
    running = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if running[0]:
            signal.setitimer(signal.ITIMER_REAL, *running)


@contextmanager
def memory_limit() -> Iterator[None]:
    """Raise MemoryError in the body when it takes very much; where the system can say it (Linux)."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    try:
        with open("/proc/self/statm", encoding="utf-8") as file:
            wanted = int(file.read().split()[0]) * resource.getpagesize() + _MEMORY
    except OSError:
        yield
        return
    if resource.RLIM_INFINITY not in {soft, hard} and min(soft, hard) <= wanted:
        yield
        return
    if soft != resource.RLIM_INFINITY:
        wanted = min(wanted, soft)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def said(error: BaseException) -> str:
    """What went wrong in a template, in words."""
    if isinstance(error, Expired):
        return f"it takes longer than {TEMPLATE_SECONDS:g} seconds"
    if isinstance(error, MemoryError):
        return "it takes too much memory"
    if isinstance(error, RecursionError):
        return "templates extend, include or call one another without end"
    text = getattr(error, "message", None) or getattr(error, "what", None) or str(error)
    return text or type(error).__name__
