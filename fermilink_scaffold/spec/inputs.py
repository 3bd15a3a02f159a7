"""Which files are staged below `inputs/`, and for which cases.

A file is staged when a workload names it and it lies below the goal's own directory, or
when the user names it in full with `--input`. Nothing else is ever copied.
"""

from __future__ import annotations

import os
import re

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.model import DraftCase, Source, StagedInput

__all__ = ["goal_inputs", "stage_inputs"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.spec.model import Draft


def stage_inputs(draft: Draft) -> tuple[StagedInput, ...]:
    """The files to copy, in the order they are named.

    Raises `ScaffoldError` when an `--input` file is missing, is not a regular file, or
    would take the place of another one.
    """
    staged: dict[str, StagedInput] = {}
    for case in draft.cases:
        for name in case.files:
            origin = os.path.realpath(os.path.join(draft.directory or "", name))
            new = StagedInput(origin=origin, path=name, case_ids=(case.id,), source=case.source)
            _stage(staged, new)
    for path in draft.inputs:
        name = os.path.basename(path)
        case_ids = tuple(case.id for case in draft.cases if mentions(case, name))
        origin = os.path.realpath(path)
        _stage(staged, StagedInput(origin=origin, path=name, case_ids=case_ids))
    return tuple(staged.values())


def mentions(case: DraftCase, name: str) -> bool:
    """True when the workload's text or command names the file `name`."""
    words = " ".join([case.text, *(case.command or ())])
    return re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w-]|\.\w)", words) is not None


def _stage(staged: dict[str, StagedInput], new: StagedInput) -> None:
    source = new.source or Source(file="--input")
    if not os.path.isfile(new.origin):
        exists = os.path.exists(new.origin)
        what = "a directory" if os.path.isdir(new.origin) else "not a regular file"
        what = what if exists else "missing"
        raise ScaffoldError(
            f"input file {new.path!r} is {what}",
            file=source.file,
            line=source.line,
            hint="Name one regular file for each --input.",
        )
    before = staged.setdefault(new.path, new)
    if before.origin != new.origin:
        raise ScaffoldError(
            f"two input files would both be staged as {new.path!r}",
            file=source.file,
            line=source.line,
            hint=f"Rename one of them: {before.origin} and {new.origin}.",
        )
    shared = not before.case_ids or not new.case_ids
    case_ids = () if shared else tuple(dict.fromkeys([*before.case_ids, *new.case_ids]))
    staged[new.path] = before.replace(case_ids=case_ids)


def goal_inputs(
    inputs: Sequence[StagedInput], *, goal_sha256: str, all_root: str, worker_root: str
) -> Mapping[str, Any]:
    """`goal_inputs.json`, in the form that FermiLink's goal mode reads; no absolute path.

    `files` maps each staged file to its name relative to the goal's directory.
    """
    by_case: dict[str, list[str]] = {}
    for staged in inputs:
        for case_id in staged.case_ids:
            by_case.setdefault(case_id, []).append(staged.path)
    return {
        "schema_version": 1,
        "goal_sha256": goal_sha256,
        "all_root_rel": all_root,
        "worker_root_rel": worker_root,
        "all_files": [staged.path for staged in inputs],
        "shared_files": [staged.path for staged in inputs if not staged.case_ids],
        "case_file_map": by_case,
        "files": [
            {"source_path": staged.path, "staged_rel_path": staged.path} for staged in inputs
        ],
        "missing_references": [],
    }
