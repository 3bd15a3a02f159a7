"""A command that leaves processes behind: `hostile.py KIND MARK [hang]`.

MARK stands on every command line, so that a test can find what survived.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time


def rest() -> None:
    """Stay for long, whatever happens."""
    for _ in range(600):
        time.sleep(1)


def deaf() -> None:
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)


def detach() -> None:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")


def close_all() -> None:
    os.closerange(0, 256)


def plain() -> None:
    rest()


def new_session() -> None:
    os.setsid()
    rest()


def daemon() -> None:
    detach()
    close_all()
    rest()


def deaf_daemon() -> None:
    deaf()
    detach()
    rest()


def closed() -> None:
    close_all()
    rest()


def talker() -> None:
    """Holds the pipes and fills them."""
    os.setsid()
    while True:
        os.write(1, b"x" * 1000)
        os.write(2, b"y" * 1000)


def stopped() -> None:
    os.setsid()
    os.kill(os.getpid(), signal.SIGSTOP)
    rest()


def swarm() -> None:
    """Many sessions at once."""
    for _ in range(15):
        if os.fork() == 0:
            os.setsid()
            rest()
    rest()


def runaway() -> None:
    """Is somebody else every moment."""
    deaf()
    while True:
        if os.fork():
            os._exit(0)


def runaway_session() -> None:
    """The same, in a new session each time."""
    deaf()
    while True:
        if os.fork():
            os._exit(0)
        os.setsid()


def reaper() -> None:
    """Adopts its own orphans."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    if os.fork() == 0:
        daemon()
    rest()


def breeder() -> None:
    """Forks for ever, but never more than some dozens at a time."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        for _ in range(20):
            with contextlib.suppress(OSError):
                if os.fork() == 0:
                    os.setsid()
                    time.sleep(0.02)
                    os._exit(0)
        time.sleep(0.005)


KINDS = (
    plain,
    new_session,
    daemon,
    deaf_daemon,
    closed,
    talker,
    stopped,
    swarm,
    runaway,
    runaway_session,
    reaper,
    breeder,
)


def main() -> None:
    kinds = {kind.__name__: kind for kind in KINDS}
    if os.fork() == 0:
        kinds[sys.argv[1]]()
        os._exit(0)
    if sys.argv[3:] == ["hang"]:
        deaf()
        rest()
    # Let the child get into its ways.
    time.sleep(0.02)
    os._exit(0)


if __name__ == "__main__":
    main()
