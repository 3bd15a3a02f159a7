"""Checks of FermiLink's HPC profile, where scaffold.yaml names one."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import yaml

from fermilink_scaffold import layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fermilink_scaffold.contract.problems import Problem
    from fermilink_scaffold.contract.project import Project

__all__ = ["hpc_profile", "profile_faults"]

#: What FermiLink requires, each a text that is not empty; other keys pass.
_REQUIRED = ("slurm_default_partition", "slurm_defaults", "slurm_resource_policy")


def profile_faults(profile: Any) -> list[str]:
    """What FermiLink would refuse in a profile's data."""
    if not isinstance(profile, dict):
        return ["must be a JSON object"]
    return [
        f"needs the text '{key}', which must not be empty"
        for key in _REQUIRED
        if not isinstance(profile.get(key), str) or not profile[key].strip()
    ]


def hpc_profile(project: Project) -> Iterator[Problem]:
    """The profile is one, and the contract hands its runs to the queue."""
    named = _named(project)
    if named is None:
        return
    file = os.path.normpath(os.path.join(layout.WORKSPACE, named))
    data = project.read(file)
    if data is None:
        hint = f"{layout.SCAFFOLD} names it as hpc_profile."
        yield project.error("hpc-profile", "cannot be read", hint, file=file)
        return
    try:
        faults = profile_faults(json.loads(data))
    except (ValueError, RecursionError):
        faults = ["is no JSON"]
    for fault in faults:
        yield project.error("hpc-profile", fault, file=file)
    if project.view and project.trusts("runtime"):
        mode = project.view.data["runtime"].get("mode", "direct")
        if mode != "submit_poll":
            what = f"is {mode}, but {layout.SCAFFOLD} names an HPC profile"
            hint = "With a profile the mode is submit_poll."
            yield project.view.error(("runtime", "mode"), "hpc-mode", what, hint)


def _named(project: Project) -> str | None:
    try:
        answers = yaml.safe_load(project.read(layout.SCAFFOLD) or b"")
    except (yaml.YAMLError, ValueError, RecursionError):
        return None  # `scaffold.yaml` is read, and refused, by the commands that use it
    named = answers.get("hpc_profile") if isinstance(answers, dict) else None
    return named if isinstance(named, str) else None
