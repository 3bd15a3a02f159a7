# ruff: noqa: INP001 - a program, copied into workspaces as it is
"""One case of Quantum ESPRESSO: run pw.x, pass its output through, print its numbers as one JSON line.

    pw_case.py [--pw PROGRAM] [--mpirun PROGRAM] [--ranks N] [--pools N] [--pseudo DIR]
               [--kpoints 4x4x4] [--ecutwfc 18] [--atoms N] INPUT

It runs in an empty directory that has links to what lies around the input, so that nothing
written (`outdir`) stays for the next run. Pseudopotentials that are not where `pseudo_dir` of
the input says, or that it says nothing about, come from beside the input or from `--pseudo`.
`--kpoints`, `--ecutwfc` and `--atoms` are what the goal says of the case: a run that is another one fails.

The JSON has `energy` (Ry, the last total energy), `energies` (all of them), `total_force` (Ry/au),
`pressure` (kbar), `fermi_energy` (eV; the highest occupied level where there is a gap), `iterations`
(of all SCF cycles), `scf_cycles`, `scf_accuracy` (Ry), `converged` (1 when every cycle
converged and the job is done), `magnetization`, and seconds: `pwscf_wall`, `electrons_wall`,
`h_psi_wall` ... and `*_cpu`; WALL times once more in `wall`, by the routines' names. Formats: pw.x, 6 and 7.
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
from typing import Any

#: The last match of each counts.
NUMBERS = {
    "total_force": re.compile(r"\s*Total force =\s*(\S+)"),
    "pressure": re.compile(r"\s*total\s+stress .*P=\s*(\S+)"),
    "fermi_energy": re.compile(
        r"\s*(?:the Fermi energy is|highest occupied level \(ev\):)\s*(\S+)"
    ),
    "gap_edge": re.compile(r"\s*highest occupied, lowest unoccupied level \(ev\):\s*(\S+)"),
    "scf_accuracy": re.compile(r"\s*estimated scf accuracy\s*<\s*(\S+)"),
    "magnetization": re.compile(r"\s*total magnetization\s*=\s*(\S+) Bohr"),
    "number_of_atoms": re.compile(r"\s*number of atoms/cell\s*=\s*(\d+)"),
    "ecutwfc": re.compile(r"\s*kinetic-energy cutoff\s*=\s*(\S+)"),
    "number_of_k_points": re.compile(r"\s*number of k points=\s*(\d+)"),
}
ENERGY = re.compile(r"!+\s*total energy\s*=\s*(\S+)")
ACHIEVED = re.compile(r"\s*convergence has been achieved in\s*(\d+) iterations")
MISSED = re.compile(r"\s*convergence NOT achieved")
DURATION = r"(?:\d+d *)?(?:\d+h *)?(?:\d+m *)?(?:[\d.]+s)?"
CLOCK = re.compile(rf"\s+([\w*]\S*)\s+:\s+({DURATION}) CPU\s+({DURATION}) WALL")
SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
#: A line of ATOMIC_SPECIES: label, mass, file.
SPECIES = re.compile(r"^\s*[A-Za-z]\w*[-+\w]*\s+[\d.]+(?:[dDeE][-+]?\d+)?\s+(\S+)\s*$")


Numbers = dict[str, Any]


class CaseError(Exception):
    """What is wrong with the case, for the last line of stderr."""


class Log:
    """What pw.x prints, line by line."""

    def __init__(self) -> None:
        self.found: dict[str, float] = {}
        self.wall: dict[str, float] = {}
        self.energies: list[float] = []
        self.iterations: list[int] = []
        self.missed = 0
        self.done = False

    def feed(self, line: str) -> None:
        if found := ENERGY.match(line):
            self.energies.append(number("energy", found[1]))
        elif found := ACHIEVED.match(line):
            self.iterations.append(int(found[1]))
        elif MISSED.match(line):
            self.missed += 1
        elif found := CLOCK.match(line):
            name = found[1].lower()
            self.found[f"{name}_cpu"] = seconds(found[2])
            self.found[f"{name}_wall"] = self.wall[found[1]] = seconds(found[3])
        elif "JOB DONE." in line:
            self.done = True
        else:
            for name, pattern in NUMBERS.items():
                if found := pattern.match(line):
                    self.found[name] = number(name, found[1])

    def numbers(self) -> Numbers:
        if not self.done:
            raise CaseError("pw.x did not get to `JOB DONE.`")
        found: Numbers = {**self.found}
        if "gap_edge" in found:
            found["fermi_energy"] = found.pop("gap_edge")
        if self.energies:
            found["energy"] = found["total_energy"] = self.energies[-1]
            found["energies"] = self.energies
        found["iterations"], found["scf_cycles"] = sum(self.iterations), len(self.iterations)
        found["converged"] = int(not self.missed and len(self.iterations) >= len(self.energies))
        return {**found, "wall": self.wall}


def number(name: str, text: str) -> float:
    try:
        value = float(text.replace("D", "E").replace("d", "e"))
    except ValueError:
        raise CaseError(f"{name} is {text!r}") from None
    if not math.isfinite(value):
        raise CaseError(f"{name} is {text}")
    return value


def seconds(text: str) -> float:
    """Seconds of 0.26s, 1m23.45s, 2h 3m."""
    return sum(
        float(value) * SECONDS[unit] for value, unit in re.findall(r"([\d.]+)([dhms])", text)
    )


class Input:
    """The names in a pw.x input that say where files are."""

    def __init__(self, path: str) -> None:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                lines = [re.sub(r"[!#].*", "", line) for line in file]
        except OSError as exc:
            raise CaseError(f"cannot read the input {path}: {exc.strerror}") from None
        text = "".join(lines)
        self.pseudo_dir = self._text("pseudo_dir", text)
        self.outdir = self._text("outdir", text)
        self.species: list[str] = []
        self.kpoints = ""
        card = ""
        for line in lines:
            words = line.split()
            if words and re.fullmatch(r"[A-Z]\w+", words[0]) and len(words[0]) > 4:
                card = " ".join(words).lower()
            elif card.startswith("atomic_species") and (found := SPECIES.match(line)):
                self.species.append(found[1])
            elif card.startswith("k_points") and "automatic" in card and len(words) >= 3:
                self.kpoints = self.kpoints or "x".join(words[:3])

    @staticmethod
    def _text(name: str, text: str) -> str:
        found = re.search(rf"\b{name}\s*=\s*(['\"])(.*?)\1", text, re.IGNORECASE)
        return found[2].strip() if found else ""


def room(path: str, directory: str, outdir: str) -> str:
    """A copy by links of what lies around a file, from the working directory down; its place."""
    top = os.getcwd()
    path = os.path.dirname(os.path.abspath(path))
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
    first = os.path.normpath(outdir or ".").split(os.sep)[0]
    if os.path.islink(os.path.join(directory, first)):
        os.unlink(os.path.join(directory, first))
    return directory


def refuse_places(read: Input) -> None:
    """Only below the directory of the run does nothing stay for the next one."""
    first = os.path.normpath(read.outdir or ".").split(os.sep)[0]
    if os.path.isabs(read.outdir) or first == "..":
        raise CaseError(f"outdir = {read.outdir!r}: it must lie below the directory of the run")


def provide_pseudo(read: Input, path: str, directory: str, elsewhere: str) -> str:
    """The directory of the pseudopotentials, with links to those that are missing in it."""
    wanted = read.pseudo_dir or "."
    target = os.path.normpath(os.path.join(directory, wanted))
    if not read.pseudo_dir:
        target = os.path.join(directory, "fermilink-pseudo")
    beside = os.path.dirname(os.path.abspath(path))
    for name in read.species:
        place = os.path.join(target, name)
        if os.path.exists(place):
            continue
        known = [os.path.join(each, name) for each in (beside, elsewhere) if each]
        source = next((each for each in known if os.path.isfile(each)), None)
        if source is None:
            raise CaseError(
                f"there is no pseudopotential {name} in {wanted}, beside the input or in {elsewhere}"
            )
        if os.path.isabs(wanted) or os.path.islink(target):
            raise CaseError(f"there is no {name} in pseudo_dir = {wanted!r}")
        os.makedirs(target, exist_ok=True)
        os.symlink(source, place)
    return target


def program(name: str) -> str:
    found = shutil.which(os.path.abspath(name) if os.sep in name else name)
    if found is None:
        raise CaseError(f"there is no program {name!r}; --var pw=... and mpirun=... name others")
    return found


def command(options: argparse.Namespace) -> list[str]:
    words = [program(options.pw)]
    if options.pools:
        words += ["-nk", str(options.pools)]
    words += ["-in", os.path.basename(options.input)]
    if options.ranks > 1:
        words = [program(options.mpirun), "-np", str(options.ranks), *words]
    return words


def run(words: list[str], directory: str, pseudo: str) -> Log:
    """pw.x, its output passed on and read at the same time. Raises CaseError for its exit status."""
    log = Log()
    with subprocess.Popen(
        words,
        cwd=directory,
        env={**os.environ, "ESPRESSO_PSEUDO": pseudo, "ESPRESSO_TMPDIR": "./out"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as process:
        for line in process.stdout or ():
            sys.stdout.buffer.write(line)
            log.feed(line.decode("utf-8", "replace").rstrip("\n"))
    sys.stdout.buffer.flush()
    status = process.returncode
    if status:
        if log.missed:
            raise CaseError("SCF not converged (convergence NOT achieved)")
        how = f"status {status}" if status > 0 else signal.Signals(-status).name
        raise CaseError(f"pw.x ended with {how}")
    return log


def check_size(options: argparse.Namespace, read: Input, found: Numbers) -> None:
    if options.kpoints and options.kpoints != read.kpoints:
        raise CaseError(
            f"the goal says {options.kpoints} k points, the input has {read.kpoints or 'no grid'}"
        )
    for name, key in (("ecutwfc", "ecutwfc"), ("atoms", "number_of_atoms")):
        text = getattr(options, name)
        if text and float(text) != found.get(key):
            raise CaseError(f"the goal says {name} {text}, the run has {found.get(key)}")


def case(options: argparse.Namespace) -> Numbers:
    read = Input(options.input)
    refuse_places(read)
    words = command(options)
    with tempfile.TemporaryDirectory(prefix="pw-") as scratch:
        directory = room(options.input, scratch, read.outdir or "out")
        pseudo = provide_pseudo(read, options.input, directory, options.pseudo)
        found = run(words, directory, pseudo).numbers()
    check_size(options, read, found)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("input")
    parser.add_argument("--pw", default="pw.x")
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--pools", type=int, default=0)
    parser.add_argument("--pseudo", default="")
    parser.add_argument("--kpoints", default="")
    parser.add_argument("--ecutwfc", default="")
    parser.add_argument("--atoms", default="")
    try:
        found = case(parser.parse_args())
    except CaseError as exc:
        sys.stderr.write(f"pw_case: {exc}\n")
        return 1
    sys.stdout.write(json.dumps(found, allow_nan=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
