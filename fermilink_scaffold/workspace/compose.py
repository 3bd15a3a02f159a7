"""The files of a new workspace, from the specification and the rendered templates."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath

from fermilink_scaffold import layout
from fermilink_scaffold.runtime import RESULTS_HEADER
from fermilink_scaffold.spec.inputs import goal_inputs
from fermilink_scaffold.workspace.manifest import CONTEXT, Entry, base_path
from fermilink_scaffold.workspace.plan import Copy, NewFile
from fermilink_scaffold.workspace.seal import file_digest, is_sealed, seal_text

__all__ = [
    "artifact_entries",
    "base_files",
    "context_file",
    "data_files",
    "input_copies",
    "rendered_files",
    "seal_file",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.spec.model import Campaign
    from fermilink_scaffold.templating.render import Rendered


def data_files(campaign: Campaign, *, goal_name: str | None) -> list[NewFile]:
    """The files that are data, not text for people: survey, mode, inputs, empty ledger.

    `goal_name` is the goal's or prompt's path as the workspace records it, relative to the
    workspace; None when the campaign was made from flags alone.
    """
    files = [
        _json(layout.GOAL_ANALYSIS, campaign.survey),
        NewFile(path=layout.RESULTS, data=RESULTS_HEADER.encode(), policy="seeded"),
    ]
    if campaign.mode == "goal":
        files.append(NewFile(path=layout.GOAL_COPY, data=campaign.text.encode()))
        files.append(_json(layout.GOAL_MODE, _mode(campaign, goal_name)))
    else:
        files.append(_json(layout.QUICK_MODE, _mode(campaign, goal_name)))
    if campaign.mode == "goal" or campaign.inputs:
        digest = hashlib.sha256(campaign.text.encode()).hexdigest()
        manifest = goal_inputs(
            campaign.inputs,
            goal_sha256=digest,
            all_root=layout.ALL_INPUTS,
            worker_root=layout.WORKER_INPUTS,
        )
        files.append(_json(layout.GOAL_INPUTS, manifest))
    return files


def input_copies(campaign: Campaign) -> list[Copy]:
    """Every staged file below `inputs/all`, those of the worker's cases below `inputs/worker`."""
    seen = {case.id for case in campaign.worker_cases}
    copies = [
        Copy(path=f"{layout.ALL_INPUTS}/{staged.path}", origin=staged.origin)
        for staged in campaign.inputs
    ]
    copies += [
        Copy(path=f"{layout.WORKER_INPUTS}/{staged.path}", origin=staged.origin)
        for staged in campaign.inputs
        if not staged.case_ids or seen.intersection(staged.case_ids)
    ]
    return copies


def rendered_files(rendered: Iterable[Rendered]) -> list[NewFile]:
    """The artifacts that come from templates, as files."""
    return [
        NewFile(
            path=item.artifact.path,
            data=item.text.encode(),
            executable=item.artifact.executable,
            policy=item.artifact.policy,
        )
        for item in rendered
    ]


def base_files(files: Sequence[NewFile]) -> list[NewFile]:
    """The record of the managed texts, for the next merge."""
    return [
        NewFile(path=base_path(file.path), data=file.data, policy="record")
        for file in files
        if file.policy == "managed"
    ]


def context_file(contract: Mapping[str, Any], context: Mapping[str, Any]) -> NewFile:
    """The record of what the templates see, all of it plain data.

    Where nothing but templates changes, rendering needs neither the inputs nor the project.
    """
    # In their own order: it is that of the contract's text.
    text = json.dumps({"contract": contract, "context": context}) + "\n"
    return NewFile(path=CONTEXT, data=text.encode(), policy="record")


def artifact_entries(
    rendered: Iterable[Rendered],
    files: Sequence[NewFile],
    copies: Sequence[Copy],
    *,
    layers: Mapping[str, str],
) -> tuple[Entry, ...]:
    """What a manifest says of each file; `layers` are other names for some layers."""
    origins = {item.artifact.path: item for item in rendered}
    entries = []
    for file in files:
        origin, path = origins.get(file.path), _in_workspace(file.path)
        managed = file.policy == "managed"
        entries.append(
            Entry(
                id=origin.artifact.id if origin else posixpath.basename(path).partition(".")[0],
                path=path,
                policy="managed" if managed else "seeded",
                base_sha256=hashlib.sha256(file.data).hexdigest() if managed else None,
                executable=file.executable,
                layer=layers.get(origin.layer, origin.layer) if origin else "generated",
            )
        )
    digests: dict[str, str] = {}
    for copy in copies:
        if copy.origin not in digests:
            digests[copy.origin] = file_digest(copy.origin)
        path = _in_workspace(copy.path)
        entries.append(
            Entry(
                id=path,
                path=path,
                policy="input",
                base_sha256=digests[copy.origin],
                executable=bool(os.stat(copy.origin).st_mode & 0o100),
                layer="staged",
            )
        )
    return tuple(sorted(entries, key=lambda entry: entry.path))


def seal_file(files: Sequence[NewFile], entries: Sequence[Entry]) -> NewFile:
    """The seal over the runner, the contract and the staged inputs."""
    digests = {
        file.path: hashlib.sha256(file.data).hexdigest() for file in files if is_sealed(file.path)
    }
    for entry in entries:
        path = f"{layout.WORKSPACE}/{entry.path}"
        if entry.policy == "input" and entry.base_sha256 is not None and is_sealed(path):
            digests[path] = entry.base_sha256
    return NewFile(path=layout.SEAL, data=seal_text(digests).encode(), policy="record")


def _in_workspace(path: str) -> str:
    return path.removeprefix(f"{layout.WORKSPACE}/")


def _mode(campaign: Campaign, goal_name: str | None) -> Mapping[str, Any]:
    return {
        "schema_version": 1,
        "mode": campaign.mode,
        "package_id": campaign.package_id,
        "benchmark_id": campaign.benchmark_id,
        "language": campaign.language,
        "source": goal_name,
        "benchmark_path": layout.BENCHMARK,
        "runner_path": layout.RUNNER,
        "review_notes": [str(note) for note in campaign.review_notes],
    }


def _json(path: str, data: Mapping[str, Any]) -> NewFile:
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return NewFile(path=path, data=text.encode("utf-8", "backslashreplace"))
