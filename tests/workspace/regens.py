"""Workspaces in three states, made by hand: what was rendered, what is on disk, what is rendered now."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fermilink_scaffold.layout import WORKSPACE
from fermilink_scaffold.workspace.apply import apply_plan
from fermilink_scaffold.workspace.manifest import Entry, Manifest, load_manifest
from fermilink_scaffold.workspace.regenerate import Options, Regeneration, Wanted, plan_regen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class File:
    """One state of a file."""

    data: bytes
    executable: bool = False


@dataclass(frozen=True, kw_only=True)
class Case:
    """One file in its three states; None: not there."""

    path: str = "program.md"
    base: File | None = None
    disk: File | None = None
    new: File | None = None
    #: Where it was, when the registry has moved it.
    old_path: str | None = None
    policy: str = "managed"


def entry(case: Case, file: File, path: str) -> Entry:
    return Entry(
        id="file-" + os.path.basename(case.path),
        path=path,
        policy=case.policy,
        base_sha256=None if case.policy == "seeded" else hashlib.sha256(file.data).hexdigest(),
        executable=file.executable,
        layer="base",
    )


def put(root: Path, path: str, file: File) -> None:
    place = root / WORKSPACE / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(file.data)
    place.chmod(0o755 if file.executable else 0o644)


def make(root: Path, cases: Sequence[Case]) -> None:
    """Write disk, base and manifest of the cases into a project."""
    (root / ".git").mkdir(exist_ok=True)
    (root / WORKSPACE).mkdir(exist_ok=True)
    entries = []
    for case in cases:
        path = case.old_path or case.path
        if case.disk is not None:
            put(root, path, case.disk)
        if case.base is not None:
            entries.append(entry(case, case.base, path))
            if case.policy == "managed":
                put(root, f".scaffold/base/{path}", replace(case.base, executable=False))
    manifest = Manifest(entries=tuple(entries), fingerprint="0", claims={}, sources={})
    put(root, ".scaffold/manifest.json", File(data=manifest.text().encode()))


def planned(root: Path, cases: Sequence[Case], **options) -> Regeneration:
    """The plan for what is rendered now."""
    wanted = [
        Wanted(
            entry=entry(case, case.new, case.path),
            data=None if case.policy == "input" else case.new.data,
            origin=os.fspath(root / "origin" / case.path) if case.policy == "input" else None,
        )
        for case in cases
        if case.new is not None
    ]
    for case in cases:
        if case.policy == "input" and case.new is not None:
            origin = root / "origin" / case.path
            origin.parent.mkdir(parents=True, exist_ok=True)
            origin.write_bytes(case.new.data)
            origin.chmod(0o755 if case.new.executable else 0o644)
    after = Manifest(
        entries=tuple(item.entry for item in wanted), fingerprint="1", claims={}, sources={}
    )
    return plan_regen(
        os.fspath(root),
        load_manifest(os.fspath(root)),
        wanted,
        after,
        Options(**options),
        causes={},
    )


def regenerate(root: Path, cases: Sequence[Case], **options) -> Regeneration:
    """Plan, and apply."""
    made = planned(root, cases, **options)
    apply_plan(made.plan)
    return made


def files(root: Path) -> dict[str, File]:
    """All files of the workspace but the manifest."""
    found = {}
    top = root / WORKSPACE
    for place in sorted(top.rglob("*")):
        name = place.relative_to(top).as_posix()
        if place.is_file() and name != ".scaffold/manifest.json":
            executable = bool(place.stat().st_mode & 0o100)
            found[name] = File(data=place.read_bytes(), executable=executable)
    return found
