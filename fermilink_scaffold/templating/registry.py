"""The artifacts of a workspace that are rendered from templates."""

from __future__ import annotations

from typing import Literal, TypeAlias

from fermilink_scaffold import layout
from fermilink_scaffold.records import Record

__all__ = ["ARTIFACTS", "Artifact", "Policy"]

#: *managed*: rendered and merged again by `regen`; *seeded*: created once, then the campaign's.
Policy: TypeAlias = Literal["managed", "seeded"]


class Artifact(Record):
    """One file of the workspace and where its text comes from."""

    #: Short name, as in `regen --only NAME`.
    id: str
    #: Name of its template in the layers; or, when `copied`, of a file of the package.
    template: str
    #: Its place, relative to the project.
    path: str
    policy: Policy = "managed"
    executable: bool = False
    #: True for a file that is taken as it is, with no template.
    copied: bool = False


#: In the order in which people read about them.
ARTIFACTS = (
    Artifact(id="program", template="program.md.j2", path=layout.PROGRAM),
    Artifact(id="memory", template="memory.md.j2", path=layout.MEMORY, policy="seeded"),
    Artifact(
        id="worker_memory",
        template="worker_memory.md.j2",
        path=layout.WORKER_MEMORY,
        policy="seeded",
    ),
    Artifact(id="benchmark", template="benchmark.yaml.j2", path=layout.BENCHMARK),
    Artifact(
        id="benchmark_runner",
        template="benchmark_runner.py.j2",
        path=layout.RUNNER,
        executable=True,
    ),
    Artifact(
        id="submit_poll_launcher",
        template="submit_poll_launcher.py.j2",
        path=layout.LAUNCHER,
        executable=True,
    ),
    Artifact(
        id="pre_commands",
        template="pre_commands.sh.j2",
        path=layout.PRE_COMMANDS,
        executable=True,
    ),
    Artifact(id="setup_env", template="setup_env.sh.j2", path=layout.SETUP_ENV, executable=True),
    Artifact(
        id="run_optimize",
        template="run_optimize.sh.j2",
        path=layout.RUN_OPTIMIZE,
        executable=True,
    ),
    Artifact(id="scaffold", template="scaffold.yaml.j2", path=layout.SCAFFOLD, policy="seeded"),
    # benchmark.yaml names it for editors; a workspace knows no path outside itself.
    Artifact(
        id="benchmark_schema",
        template="contract/benchmark.schema.json",
        path=f"{layout.AUTOGEN}/benchmark.schema.json",
        copied=True,
    ),
)
