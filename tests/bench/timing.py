"""Whole processes timed in turn."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Program", "medians"]


@dataclass(frozen=True, kw_only=True)
class Program:
    """A whole process to be timed."""

    command: list[str]
    cwd: str
    #: Called before each run, not timed.
    prepare: Callable[[], None] | None = None


def medians(
    programs: Mapping[str, Program], *, runs: int, environment: Mapping[str, str]
) -> dict[str, float]:
    """Median wall seconds of each program; all take turns in random order, one warm-up each."""
    samples: dict[str, list[float]] = {name: [] for name in programs}
    order = list(programs)
    generator = random.Random(1)
    for turn in range(runs + 1):
        generator.shuffle(order)
        for name in order:
            seconds = _time(programs[name], environment)
            if turn:
                samples[name].append(seconds)
    return {name: statistics.median(values) for name, values in samples.items()}


def _time(program: Program, environment: Mapping[str, str]) -> float:
    if program.prepare is not None:
        program.prepare()
    silent = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    here = os.getcwd()
    os.chdir(program.cwd)
    try:
        begin = time.perf_counter()
        process = os.posix_spawn(
            program.command[0], program.command, environment, file_actions=silent
        )
        _, status = os.waitpid(process, 0)
        seconds = time.perf_counter() - begin
    finally:
        os.chdir(here)
    if status:
        again = subprocess.run(
            program.command, cwd=program.cwd, env=environment, capture_output=True, check=False
        )
        code = os.waitstatus_to_exitcode(status)
        raise AssertionError(f"status {code}: {program.command}\n{again.stderr.decode()}")
    return seconds
