# ruff: noqa: INP001 - a program, copied into workspaces as it is
"""One case of LAMMPS: run a script, pass its output through, print its numbers as one JSON line.

    lammps_case.py [--lmp PROGRAM] [--mpirun PROGRAM] [--ranks N] [--set "x=2 n=500"] [--file data=FILE]
                   [--replicate "x=2 y=1 z=1"] [--flags "-sf opt"] [--atoms N] [--steps N]
                   [--uses FILE] SCRIPT

It runs in an empty directory that has links to what lies around the script, so that nothing
written stays and relative names hold; no log.lammps is written. `--set` gives `-var` of
LAMMPS, and so does `--file`; the script must use each of them. `--replicate` does the same, but where it says 1 the
script may do without. `--atoms` and `--steps` are what the goal says of the case,
`--uses` a file that it names: a run that is another one fails.

Before the JSON stands the last line of the thermo table once more, in the style `one` whatever
the script's is. The JSON has the same by its headings (PotEng ...); sums over all runs of `loop_time`, `steps` and the breakdown (`pair_time`
... in seconds, averages over the ranks); `energy_drift`, |change of etotal| per atom and step in
the last run; and what else its tail tells. Formats: LAMMPS, 2021 to 2025.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

BREAKDOWN = ("Pair", "Bond", "Kspace", "Neigh", "Comm", "Output", "Modify", "Other")

LOOP = re.compile(r"Loop time of (\S+) on \d+ procs.* for (\d+) steps with (\d+) atoms")
SECTION = re.compile(rf"({'|'.join(BREAKDOWN)})\s*\|[^|]*\|\s*([^|\s]+)\s*\|")
#: `thermo_style multi`: "---- Step 50 ---- CPU = 0.1 (sec) ----", then "TotEng = -4.6 KinEng = ..."
MULTI = re.compile(r"-{4,}\s+Step\s+(\d+)\s+-{4,}")
PAIRS = re.compile(r"([A-Za-z_]\S*)\s+=\s+(\S+)")
TAIL = {
    "ns_per_day": re.compile(r"Performance:.*?([\d.eE+-]+) ns/day"),
    "tau_per_day": re.compile(r"Performance:.*?([\d.eE+-]+) tau/day"),
    "neighbor_builds": re.compile(r"Neighbor list builds = (\d+)"),
    "dangerous_builds": re.compile(r"Dangerous builds = (\d+)"),
    "total_neighbors": re.compile(r"Total # of neighbors = (\d+)"),
}
LOST = re.compile(r"Lost atoms: original (\d+) current (\d+)")


class CaseError(Exception):
    """What is wrong with the case, for the last line of stderr."""


class Log:
    """What LAMMPS prints, line by line."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.last_rows: list[dict[str, float]] = []
        self.headings: list[str] | None = None
        self.awaits_headings = False
        self.runs: list[tuple[float, int, int]] = []
        self.times: dict[str, float] = {}
        self.tail: dict[str, float] = {}
        self.lost = 0
        self.reduced = False

    def feed(self, line: str) -> None:
        if line.startswith("Per MPI rank memory allocation"):
            self.rows, self.headings, self.awaits_headings = [], None, True
        elif line.startswith("  Unit style"):
            self.reduced = line.rsplit(maxsplit=1)[-1] == "lj"
        elif found := LOOP.match(line):
            self.runs.append((float(found[1]), int(found[2]), int(found[3])))
            self.last_rows, self.headings, self.awaits_headings = self.rows, None, False
        elif found := SECTION.match(line):
            self.times[found[1]] = self.times.get(found[1], 0.0) + float(found[2])
        elif found := LOST.search(line):
            self.lost = int(found[1]) - int(found[2])
        elif self.awaits_headings or self.headings is not None:
            self._table(line)
        else:
            for name, pattern in TAIL.items():
                if found := pattern.match(line):
                    self.tail[name] = float(found[1])

    def _table(self, line: str) -> None:
        """A line of the thermo table, in the styles one, multi, custom and yaml."""
        if found := MULTI.match(line):
            self.headings, self.awaits_headings = [], False
            self.rows.append({"Step": float(found[1])})
        elif line.startswith("keywords:"):
            self.headings, self.awaits_headings = re.findall(r"'([^']*)'", line), False
        elif self.headings == []:
            for name, text in PAIRS.findall(line):
                if (value := number(text)) is not None:
                    self.rows[-1][name] = value
        elif self.awaits_headings:
            words = line.split()
            if words and not line.startswith(("---", "WARNING")):
                self.headings, self.awaits_headings = words, False
        elif self.headings is not None:
            self._row(line, self.headings)

    def _row(self, line: str, headings: list[str]) -> None:
        """Numbers below the headings, as they are or `- [1, 2, ]`."""
        text = line.strip()
        if text.startswith("- ["):
            text = text[3:].rstrip("]").replace(",", " ")
        cells = text.split()
        values = [value for cell in cells if (value := number(cell)) is not None]
        if len(values) == len(cells) == len(headings):
            self.rows.append({name: values[index] for index, name in enumerate(headings)})

    def last_row(self) -> dict[str, float]:
        """The end of the last run, with the potential energy where its parts are there."""
        row = dict(self.last_rows[-1]) if self.last_rows else {}
        if "PotEng" not in row and {"E_pair", "E_mol"} <= row.keys():
            row["PotEng"] = row["E_pair"] + row["E_mol"]
        return row

    def numbers(self, *, normalised: bool | None) -> dict[str, float]:
        """Everything by name; `normalised` says whether energies are per atom already, None: by the units."""
        if not self.runs:
            raise CaseError("LAMMPS ended without a run (no line `Loop time of ...`)")
        if not self.last_rows:
            raise CaseError("the last run printed no thermo table that can be read")
        atoms = self.runs[-1][2]
        found = self.last_row()
        found |= self.tail
        found["loop_time"] = sum(run[0] for run in self.runs)
        found["steps"] = sum(run[1] for run in self.runs)
        found["runs"], found["atoms"], found["lost_atoms"] = len(self.runs), atoms, self.lost
        if found["loop_time"] > 0:
            found["timesteps_per_second"] = found["steps"] / found["loop_time"]
        if self.times:
            found |= {f"{name.lower()}_time": self.times.get(name, 0.0) for name in BREAKDOWN}
        per_atom = self.reduced if normalised is None else normalised
        steps = self.runs[-1][1]
        if len(self.last_rows) > 1 and "TotEng" in self.last_rows[0] and steps and atoms:
            change = abs(self.last_rows[-1]["TotEng"] - self.last_rows[0]["TotEng"])
            found["energy_drift"] = change / steps / (1 if per_atom else atoms)
        return found


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def finite(found: dict[str, float]) -> dict[str, float]:
    for name, value in found.items():
        if not math.isfinite(value):
            raise CaseError(f"{name} is {value}")
    return found


def script_text(path: str) -> str:
    """The script with what it includes, without comments, continuation lines joined."""
    seen: list[str] = []
    texts: list[str] = []
    waiting = [path]
    while waiting:
        name = waiting.pop(0)
        if name in seen or len(seen) > 100:
            continue
        seen.append(name)
        try:
            with open(name, encoding="utf-8", errors="replace") as file:
                text = re.sub(r"&[ \t]*\n", " ", re.sub(r"#[^\n]*", "", file.read()))
        except OSError as exc:
            if name == path:
                raise CaseError(f"cannot read the script {name}: {exc.strerror}") from None
            continue
        texts.append(text)
        names = re.findall(r"^\s*include\s+(\S+)", text, re.MULTILINE)
        waiting += [os.path.join(os.path.dirname(path), each.strip("\"'")) for each in names]
    return "\n".join(texts)


def settings(text: str) -> list[tuple[str, str]]:
    """Names and values of `--set`: NAME=VALUE, blanks or commas between them."""
    pairs = []
    for word in text.replace(",", " ").split():
        name, sign, value = word.partition("=")
        if not (sign and re.fullmatch(r"\w+", name) and value):
            raise CaseError(f"--set: {word!r} is not of the form NAME=VALUE")
        pairs.append((name, value))
    return pairs


def uses(text: str, name: str) -> bool:
    """Whether a script has $x, ${x} or v_x, or loops over it."""
    short = rf"|\${name}" if len(name) == 1 else ""
    return re.search(rf"\$\{{{name}\}}|\bv_{name}\b|\bnext\s+.*\b{name}\b{short}", text) is not None


def variables(options: argparse.Namespace, text: str) -> list[tuple[str, str]]:
    """What `-var` is to set. One that the script does not use would leave the case another than is meant."""
    pairs = settings(options.set)
    name, _, value = options.file.partition("=")
    pairs += [(name, os.path.abspath(value))] if name else []
    pairs += [
        (name, value)
        for name, value in settings(options.replicate)
        if value != "1" or uses(text, name)
    ]
    for name, _ in pairs:
        if not uses(text, name):
            raise CaseError(f"{options.script} does not use the variable {name!r}")
    return pairs


def refuse_unread(options: argparse.Namespace, text: str, pairs: list[tuple[str, str]]) -> None:
    """The same for a file that the goal names."""
    for name in options.uses:
        base = os.path.basename(name)
        if base not in text and all(base not in value for _, value in pairs):
            raise CaseError(
                f"{options.script} does not name {base!r}; where a variable holds the name, say which: "
                f"`data={base}`"
            )


def room(script: str, directory: str) -> str:
    """A copy by links of what lies around the script, from the working directory down; its place."""
    top = os.getcwd()
    path = os.path.dirname(os.path.abspath(script))
    inside = path == top or path.startswith(top + os.sep)
    parts = os.path.relpath(path, top).split(os.sep) if inside and path != top else []
    source = top if inside else path
    for part in [*parts, None]:
        for name in os.listdir(source):
            if name not in {part, ".git"}:
                os.symlink(os.path.join(source, name), os.path.join(directory, name))
        if part is not None:
            source, directory = os.path.join(source, part), os.path.join(directory, part)
            os.mkdir(directory)
    return directory


def program(name: str) -> str:
    found = shutil.which(os.path.abspath(name) if os.sep in name else name)
    if found is None:
        raise CaseError(f"there is no program {name!r}; --var lmp=... and mpirun=... name others")
    return found


def command(options: argparse.Namespace, pairs: list[tuple[str, str]]) -> list[str]:
    words = [program(options.lmp), "-in", os.path.basename(options.script), "-log", "none"]
    for name, value in pairs:
        words += ["-var", name, value]
    words += options.flags.split()
    if options.ranks > 1:
        words = [program(options.mpirun), "-np", str(options.ranks), *words]
    return words


def run(words: list[str], directory: str) -> Log:
    """LAMMPS, its output passed on and read at the same time. Raises CaseError for its exit status."""
    log = Log()
    with subprocess.Popen(
        words, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        for line in process.stdout or ():
            sys.stdout.buffer.write(line)
            log.feed(line.decode("utf-8", "replace").rstrip("\n"))
    sys.stdout.buffer.flush()
    if process.returncode:
        status = process.returncode
        how = f"status {status}" if status > 0 else signal.Signals(-status).name
        raise CaseError(f"LAMMPS ended with {how}")
    return log


def size(text: str) -> int:
    """The number in 32000, 32,000 or 32k."""
    digits = re.sub(r"[,_ ]", "", text.lower())
    return round(float(digits.rstrip("k")) * (1000 if digits.endswith("k") else 1))


def check_size(options: argparse.Namespace, found: dict[str, float]) -> None:
    for name in ("atoms", "steps"):
        text = getattr(options, name)
        if text and size(text) != found[name]:
            raise CaseError(
                f"the goal says {text} {name}, the run has {found[name]:g}; where a variable of the "
                "script sets it, give that: `n=500`"
            )


def case(options: argparse.Namespace) -> dict[str, float]:
    text = script_text(options.script)
    pairs = variables(options, text)
    refuse_unread(options, text, pairs)
    words = command(options, pairs)
    norms = re.findall(r"^\s*thermo_modify\b.*\bnorm\s+(yes|no)\b", text, re.MULTILINE)
    with tempfile.TemporaryDirectory(prefix="lammps-") as directory:
        log = run(words, room(options.script, directory))
    found = finite(log.numbers(normalised=norms[-1] == "yes" if norms else None))
    check_size(options, found)
    row = log.last_row()
    sys.stdout.write(f"\n{' '.join(row)}\n{' '.join(map(repr, row.values()))}\n\n")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("script")
    parser.add_argument("--lmp", default="lmp")
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--set", default="")
    parser.add_argument("--file", default="")
    parser.add_argument("--replicate", default="")
    parser.add_argument("--flags", default="")
    parser.add_argument("--uses", action="append", default=[])
    parser.add_argument("--atoms", default="")
    parser.add_argument("--steps", default="")
    try:
        found = case(parser.parse_args())
    except CaseError as exc:
        sys.stderr.write(f"lammps_case: {exc}\n")
        return 1
    sys.stdout.write(json.dumps(found, allow_nan=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
