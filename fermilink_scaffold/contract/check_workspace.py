"""Checks of the workspace's files: state, ledger, inputs, seal, place on disk."""

from __future__ import annotations

import json
import os
import posixpath
import shutil
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace.manifest import load_manifest
from fermilink_scaffold.workspace.outcome import MARKERS
from fermilink_scaffold.workspace.seal import read_seal, sealed_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import Problem
    from fermilink_scaffold.contract.project import Project

__all__ = [
    "conflicts",
    "disk",
    "files",
    "goal_command",
    "inputs",
    "ledger",
    "lock",
    "seal",
    "skills",
    "state",
]

_MANAGED = (
    layout.PROGRAM,
    layout.RUNNER,
    layout.PRE_COMMANDS,
    layout.SETUP_ENV,
    layout.RUN_OPTIMIZE,
)
#: What FermiLink makes anew, empty, where it is missing.
_SEEDED = (layout.MEMORY, layout.WORKER_MEMORY, layout.RESULTS)
_LOCK = f"{layout.WORKSPACE}/run.lock.json"
#: Bytes below which a campaign's logs and worktrees soon fill the disk.
_LITTLE = 1 << 30


def files(project: Project) -> Iterator[Problem]:
    """Everything that `init` writes is still there."""
    hint = "Restore it from a copy, or move the workspace away and run init again."
    for name in _MANAGED:
        if not os.path.isfile(project.path(name)):
            yield project.error("missing-file", "is missing", hint, file=name)
    for name in _SEEDED:
        if not os.path.isfile(project.path(name)):
            what = "is missing: the campaign begins with an empty one"
            yield project.warning("missing-file", what, hint, file=name)


def conflicts(project: Project) -> Iterator[Problem]:
    """No conflict that `regen` marked is left in what it manages, prose for the agent included."""
    for name in _managed(project):
        lines = (project.read(name) or b"").split(b"\n")
        for number, line in enumerate(lines, 1):
            if line.rstrip(b"\r") in MARKERS:
                what = f"holds the conflict mark {line.decode().rstrip()!r}"
                hint = "Keep the lines that are right, and remove the marks."
                yield project.error("conflict", what, hint, file=name, line=number)
                break


def _managed(project: Project) -> list[str]:
    """The files that the last rendering wrote and may write again; the well-known ones without it."""
    known = {*_MANAGED, layout.BENCHMARK, layout.LAUNCHER, layout.SCAFFOLD}
    try:
        entries = load_manifest(project.root).entries
    except ScaffoldError:  # `regen` says what is wrong with it
        entries = ()
    known |= {f"{layout.WORKSPACE}/{item.path}" for item in entries if item.policy == "managed"}
    return sorted(known)


def skills(project: Project) -> Iterator[Problem]:
    """FermiLink wants a directory `skills`; run_optimize.sh makes it where there is none."""
    if os.path.lexists(project.path("skills")) and not os.path.isdir(project.path("skills")):
        what = "must be a directory for FermiLink"
        yield project.error("skills", what, "Rename the file.", file="skills")


def ledger(project: Project) -> Iterator[Problem]:
    """FermiLink appends to the ledger's last line, whatever that is."""
    data = project.read(layout.RESULTS)
    if data and not data.endswith(b"\n"):
        what = "does not end in a newline: the next row would be glued to the last"
        hint = f"echo >> {layout.RESULTS}"
        line = data.count(b"\n") + 1
        yield project.error("ledger-end", what, hint, file=layout.RESULTS, line=line)


def state(project: Project) -> Iterator[Problem]:
    """The state can be read, belongs to this contract, and its commits exist."""
    data = project.read(layout.STATE)
    if data is None:
        return
    payload = _mapping(data)
    if payload is None:
        hint = "FermiLink would start over; restore it from a copy or remove it."
        yield project.error("state", "is no JSON object", hint, file=layout.STATE)
        return
    known = payload.get("benchmark_id")
    own = project.view.data.get("benchmark_id") if project.view else None
    if isinstance(known, str) and isinstance(own, str) and known != own:
        what = f"belongs to the benchmark '{known}', but the contract is '{own}'"
        yield project.warning("state-other", what, file=layout.STATE)
    for key in ("baseline_commit", "incumbent_commit"):
        commit = payload.get(key)
        if isinstance(commit, str) and commit.strip():
            found = project.git("cat-file", "-e", f"{commit.strip()}^{{commit}}")
            if found is None:
                what = f"its {key} is not in the repository: {commit}"
                hint = "Fetch it, or start a new campaign."
                yield project.error("state-commit", what, hint, file=layout.STATE)


def lock(project: Project) -> Iterator[Problem]:
    """A campaign that runs now is no place to check or change anything."""
    from fermilink_scaffold.runtime import pid_is_running

    data = project.read(_LOCK)
    payload = _mapping(data) if data is not None else {}
    if payload is None:
        yield project.warning("lock", "is no JSON object", "Remove it.", file=_LOCK)
        return
    pid = payload.get("pid")
    if isinstance(pid, int) and not isinstance(pid, bool) and pid_is_running(pid):
        what = f"a campaign seems to be running (process {pid})"
        hint = "fermilink-scaffold status shows where it stands."
        yield project.warning("running", what, hint, file=_LOCK)


def inputs(project: Project) -> Iterator[Problem]:
    """Files that commands name as {inputs}/NAME are staged."""
    if not project.view or not project.trusts("cases", "metrics", "split", "runtime"):
        return
    view, train = project.view, project.view.train_ids
    for case in view.cases:
        seen_by_agent = not train or case.id in train
        for index, word in enumerate(case.data["command"]):
            name = word.partition("{inputs}/")[2]
            if not name:
                continue
            path = (*case.path, "command", index)
            if not os.path.exists(project.path(layout.ALL_INPUTS, name)):
                what = f"names {{inputs}}/{name}, which is not in {layout.ALL_INPUTS}"
                yield view.error(path, "input-missing", what, "Stage it: init --input FILE.")
            elif seen_by_agent and not os.path.exists(project.path(layout.WORKER_INPUTS, name)):
                what = f"names {{inputs}}/{name}, which the agent does not see"
                hint = f"Copy it to {layout.WORKER_INPUTS} too."
                yield view.warning(path, "input-missing", what, hint)
    root = view.data["runtime"].get("env", {}).get("FERMILINK_GOAL_INPUT_ROOT")
    staged = os.path.isdir(project.path(layout.ALL_INPUTS))
    if staged and os.listdir(project.path(layout.ALL_INPUTS)) and root is None:
        what = "does not set FERMILINK_GOAL_INPUT_ROOT, but there are staged inputs"
        hint = f"Write FERMILINK_GOAL_INPUT_ROOT: {layout.ALL_INPUTS}."
        yield view.warning(("runtime", "env"), "input-root", what, hint)


def goal_command(project: Project) -> Iterator[Problem]:
    """What `fermilink optimize goal.md --goal --resume` asks of the runner's call."""
    if not project.view or not project.trusts("runtime"):
        return
    if not os.path.isfile(project.path(layout.GOAL_MODE)):
        return
    runtime = project.view.data["runtime"]
    words = [word.strip() for word in runtime["command"]]
    wanted = {
        "--benchmark {benchmark}": _follows(words, "--benchmark", "{benchmark}"),
        "--emit-json": "--emit-json" in words,
        posixpath.basename(layout.RUNNER): any(
            posixpath.basename(word) == posixpath.basename(layout.RUNNER) for word in words
        ),
    }
    if runtime.get("mode", "direct") != "direct":
        what = "is not direct: FermiLink's goal mode refuses it"
        hint = "Launch with run_optimize.sh, which works with both."
        yield project.view.warning(("runtime", "mode"), "goal-mode", what, hint)
        return
    for words_wanted, there in wanted.items():
        if not there:
            what = f"lacks {words_wanted}: FermiLink's goal mode would write its own files"
            yield project.view.error(("runtime", "command"), "goal-command", what)


def seal(project: Project) -> Iterator[Problem]:
    """What measures is what was sealed."""
    again = "If the change is meant: fermilink-scaffold check --seal"
    try:
        recorded = read_seal(project.root)
        present = sealed_files(project.root)
    except ScaffoldError as error:
        yield project.error("seal", error.what, error.hint, file=error.file)
        return
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        yield project.error("seal", what, file=os.path.relpath(str(error.filename), project.root))
        return
    if recorded is None:
        what = "there is no seal, so nobody sees when the runner or the contract is changed"
        yield project.warning("no-seal", what, "Record it: fermilink-scaffold check --seal")
        return
    for path in sorted(recorded.keys() | present.keys()):
        if path not in present:
            yield project.error("seal", "was sealed and is missing", again, file=path)
        elif path not in recorded:
            yield project.error("seal", "is new since the seal was recorded", again, file=path)
        elif recorded[path] != present[path]:
            yield project.error("seal", "was changed since the seal was recorded", again, file=path)


def disk(project: Project) -> Iterator[Problem]:
    """Runs, logs and worktrees need room."""
    free = shutil.disk_usage(project.root).free
    if free < _LITTLE:
        what = f"only {free >> 20} MiB are free on the disk of the project"
        yield project.warning("disk", what, "A campaign keeps logs and copies of the repository.")


def _follows(words: list[str], flag: str, value: str) -> bool:
    return any(pair == (flag, value) for pair in pairwise(words))


def _mapping(data: bytes) -> dict[str, Any] | None:
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
