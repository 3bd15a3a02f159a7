"""Ids of cases: from the words before a command, or from the command itself."""

from __future__ import annotations

import re
import shlex

__all__ = ["command_id", "label_before", "unique_ids"]

#: What stands before the program that is measured.
_PROGRAMS = re.compile(
    r"python[\d.]*|pypy[\d.]*|bash|sh|julia|Rscript|perl|node|env|time|timeout|nice|numactl|taskset"
    r"|mpirun|mpiexec\S*|srun|ibrun|aprun|sudo|stdbuf|exec"
)
_NO_LABEL = frozenset(
    [
        "run",
        "runs",
        "running",
        "command",
        "commands",
        "then",
        "first",
        "next",
        "and",
        "with",
        "use",
        "the",
        "for",
        "of",
        "case",
        "cases",
        "workload",
        "workloads",
        "measure",
        "time",
        "benchmark",
        "benchmarks",
        "bench",
        "example",
        "usage",
        "try",
        "do",
        "also",
        "note",
        "e.g",
    ]
)
_LONGEST_ID = 48


def unique_ids(ids: list[str]) -> list[str]:
    """The ids in order, repeated ones with `-2`, `-3`; empty ones as `case`."""
    taken: set[str] = set()
    unique: list[str] = []
    for name in ids:
        base = name or "case"
        number, new = 2, base
        while new in taken:
            number, new = number + 1, f"{base}-{number}"
        taken.add(new)
        unique.append(new)
    return unique


def label_before(before: str, most: int = 5) -> str:
    """The id in the words before a command: `small: `, `**Large case** - `; empty if it is none.

    More than `most` words are a sentence, and no label.
    """
    text = before.rpartition("\n")[2].rstrip()
    if not text.endswith((":", "-", "–", "—", ":**")):
        return ""
    text = re.split(r"(?<=[.!?])\s", text.rstrip("*:-–— \t"))[-1].strip("*_`[]() \t")
    if re.fullmatch(r"[A-Za-z0-9][\w.+-]*", text) and text.lower() not in _NO_LABEL:
        return (text.lower() if text.isalpha() else text)[:_LONGEST_ID]
    words = re.findall(r"[a-z0-9]+", text.lower())
    if not words or len(words) > most or all(word in _NO_LABEL for word in words):
        return ""
    return "-".join(words)[:_LONGEST_ID].strip("-")


def command_id(text: str) -> str:
    """An id from a command's own words: `python bench.py --size small` is `bench-small`.

    Of a script of several lines the last one counts, of a here-document the first.
    """
    line = text.split("\n")[0 if "<<" in text else -1]
    line = re.split(r"\s#\s|\s(?:&&|\|\|?|>>?|<|2>&1|;)\s|\s*<<", line)[0]
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    slugs = (re.sub(r"[^a-z0-9_]+", "-", word.lower()).strip("-") for word in _telling(words)[:5])
    return "-".join(slug for slug in slugs if slug)[:_LONGEST_ID].strip("-_")


def _telling(words: list[str]) -> list[str]:
    """The program or script that is measured, and the values it is given."""
    kept: list[str] = []
    before = ""
    for word in words:
        launcher = not kept and (
            _PROGRAMS.fullmatch(word.rpartition("/")[2]) or re.match(r"[A-Za-z_]\w*=", word)
        )
        ranks = not kept and before.startswith("-") and word.isdigit()
        if word.startswith("-"):
            kept.extend(re.findall(r"=([\w.]+)$", word) if kept else ())
        elif not launcher and not ranks and "{" not in word and len(word) <= 60:
            base = word.rpartition("/")[2]
            kept.append(base if before == "-m" else re.sub(r"\.[A-Za-z]\w{0,4}$", "", base))
        before = word
    return kept
