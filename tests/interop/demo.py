"""The bundled demo project with the workspace that `init` writes for it, and candidates for it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interop.conftest import FermiLink

__all__ = ["FASTER", "FASTER_STILL", "SLOWER", "WRONG", "Demo", "git", "scaffolded_demo"]

FIXTURE = Path(__file__).parents[2] / "fixtures" / "demo"
#: FermiLink may write everything below the workspace but these.
MANAGED = ("program.md", "scaffold.yaml", "autogen", "inputs", ".scaffold")

POTENTIAL = "ljcluster/potential.py"
RELAX = "ljcluster/relax.py"
DYNAMICS = "ljcluster/dynamics.py"

FASTER: Mapping[str, Any] = {
    "description": "Forces once a step",
    "edits": [
        {
            "path": RELAX,
            "old": """\
        if largest_force(positions) < tolerance:
            return positions, energy(positions), count
        force = forces(positions)
""",
            "new": """\
        force = forces(positions)
        if max(norm([f]) for f in force) < tolerance:
            return positions, energy(positions), count
""",
        },
        {
            "path": DYNAMICS,
            "old": "    for _ in range(steps):\n        old = forces(positions)\n",
            "new": "    new = forces(positions)\n    for _ in range(steps):\n        old = new\n",
        },
    ],
}
WRONG: Mapping[str, Any] = {
    "description": "A rounded prefactor",
    "edits": [
        {
            "path": POTENTIAL,
            "old": "return 4.0 * ((1.0 / r) ** 12 - (1.0 / r) ** 6)",
            "new": "return 3.999 * ((1.0 / r) ** 12 - (1.0 / r) ** 6)",
        }
    ],
}
SLOWER: Mapping[str, Any] = {
    "description": "Neighbours sorted by distance",
    "edits": [
        {
            "path": POTENTIAL,
            "old": "        force = [0.0, 0.0, 0.0]\n",
            "new": """\
        force = [0.0, 0.0, 0.0]
        sorted(distance(positions[i], other) for other in positions * 2)
""",
        },
    ],
}
FASTER_STILL: Mapping[str, Any] = {
    "description": "Distances without square roots",
    "edits": [
        {
            "path": POTENTIAL,
            "old": """\
                r = distance(positions[i], positions[j])
                strength = pair_force(r)
                for axis in range(3):
                    direction = (positions[i][axis] - positions[j][axis]) / r
                    force[axis] += strength * direction
""",
            "new": """\
                (ax, ay, az), (bx, by, bz) = positions[i], positions[j]
                dx, dy, dz = ax - bx, ay - by, az - bz
                u = 1.0 / (dx * dx + dy * dy + dz * dz)
                s = u * u * u
                strength = 24.0 * s * (2.0 * s - 1.0) * u
                force[0] += strength * dx
                force[1] += strength * dy
                force[2] += strength * dz
""",
        },
        {
            "path": POTENTIAL,
            "old": """\
        for j in range(len(positions)):
            if i < j:
                total += pair_energy(distance(positions[i], positions[j]))
""",
            "new": """\
        for j in range(i):
            (ax, ay, az), (bx, by, bz) = positions[i], positions[j]
            u = 1.0 / ((ax - bx) ** 2 + (ay - by) ** 2 + (az - bz) ** 2)
            s = u * u * u
            total += 4.0 * s * (s - 1.0)
""",
        },
    ],
}


@dataclass(frozen=True, kw_only=True)
class Demo:
    """The project, its goal beside it, and FermiLink for it."""

    root: Path
    goal: Path
    fermilink: FermiLink

    @property
    def workspace(self) -> Path:
        return self.root / ".fermilink-optimize"

    @property
    def autogen(self) -> Path:
        return self.workspace / "autogen"

    def launch(self, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        """`run_optimize.sh ARGUMENTS...`, from somewhere else."""
        script = self.autogen / "run_optimize.sh"
        return self.fermilink.run("bash", script, *arguments, cwd=Path("/"), status=status)

    def ledger(self) -> list[tuple[str, ...]]:
        """The rows of results.tsv without the header."""
        text = (self.workspace / "results.tsv").read_text(encoding="utf-8")
        return [tuple(line.split("\t")) for line in text.splitlines()[1:]]

    def statuses(self) -> list[str]:
        return [row[2] for row in self.ledger()]

    def state(self) -> dict[str, Any]:
        text = (self.workspace / "state.json").read_text(encoding="utf-8")
        return dict(json.loads(text))

    def section(self, heading: str) -> list[str]:
        """The lines below a heading of memory.md that are not blank."""
        lines = (self.workspace / "memory.md").read_text(encoding="utf-8").splitlines()
        body = []
        for line in lines[lines.index(heading) + 1 :]:
            if line.startswith(("## ", "### ")):
                break
            body.append(line)
        return [line for line in body if line.strip()]

    def headings(self) -> list[str]:
        lines = (self.workspace / "memory.md").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.startswith("#")]

    def managed(self) -> dict[str, tuple[int, str]]:
        """Mode and digest of every file that FermiLink has to leave alone."""
        found = {}
        for name in MANAGED:
            top = self.workspace / name
            for path in [top] if top.is_file() else sorted(top.rglob("*")):
                if path.is_file():
                    digest = hashlib.sha256(path.read_bytes()).hexdigest()
                    found[str(path.relative_to(self.workspace))] = (path.stat().st_mode, digest)
        return found


def git(root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    completed = subprocess.run(
        ["git", *arguments],
        cwd=root,
        env=environment or os.environ,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return completed.stdout.strip()


def scaffolded_demo(
    directory: Path, fermilink: FermiLink, *flags: str, beside_goal: tuple[str, ...] = ()
) -> Demo:
    """Copy the demo below `directory`, commit it, and let `init` write its workspace.

    The goal stays outside the repository, so that it hides its held-out cases; what
    `beside_goal` names moves there too, and so has to be staged. The tool environment is
    FermiLink's own: `setup_env.sh` is tested elsewhere.
    """
    root = directory / "ljcluster"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(FIXTURE, root, ignore=ignored)
    for name in ("goal.md", *beside_goal):
        (root / name).rename(directory / name)
    goal = directory / "goal.md"
    environment = fermilink.environment()
    git(root, "init", "-q", "-b", "main", environment=environment)
    git(root, "add", "-A", environment=environment)
    git(root, "commit", "-q", "-m", "Start", environment=environment)
    scaffold = (sys.executable, "-m", "fermilink_scaffold", "init")
    fermilink.run(*scaffold, root, "--goal", goal, *flags, cwd=directory)
    made = Demo(root=root, goal=goal, fermilink=fermilink)
    (made.workspace / "env").symlink_to(fermilink.python.parent.parent)
    return made
