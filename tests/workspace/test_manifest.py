from __future__ import annotations

import hashlib
import json

from workspace.plans import new

from fermilink_scaffold import __version__
from fermilink_scaffold.templating.registry import Artifact
from fermilink_scaffold.templating.render import Rendered
from fermilink_scaffold.workspace.manifest import record_files

PROGRAM = new("program.md", b"# Play\n")
SCRIPT = new("autogen/setup_env.sh", b"#!/bin/bash\n", executable=True)
MEMORY = new("memory.md", b"notes\n", policy="seeded")
SURVEY = new("autogen/goal_analysis.json", b"{}\n")
SEAL = new(".scaffold/seal.json", b"{}\n", policy="record")


def rendered(file, name: str, layer: str) -> Rendered:
    artifact = Artifact(
        id=name,
        template=f"{name}.j2",
        path=file.path,
        policy=file.policy,
        executable=file.executable,
    )
    return Rendered(artifact=artifact, text=file.data.decode(), layer=layer)


RENDERED = [
    rendered(PROGRAM, "program", "project"),
    rendered(SCRIPT, "setup_env", "language python"),
    rendered(MEMORY, "memory", "base"),
]
FILES = [PROGRAM, SCRIPT, MEMORY, SURVEY, SEAL]


def test_managed_files_get_a_base_copy_and_all_artifacts_are_listed():
    *bases, manifest = record_files(RENDERED, FILES)
    assert bases == [
        new(".scaffold/base/program.md", b"# Play\n", policy="record"),
        new(".scaffold/base/autogen/setup_env.sh", b"#!/bin/bash\n", policy="record"),
        new(".scaffold/base/autogen/goal_analysis.json", b"{}\n", policy="record"),
    ]
    assert (manifest.path, manifest.policy) == (
        ".fermilink-optimize/.scaffold/manifest.json",
        "record",
    )
    data = json.loads(manifest.data)
    assert len(data.pop("fingerprint")) == 64
    assert data == {
        "schema_version": 1,
        "tool_version": __version__,
        "artifacts": [
            entry("goal_analysis", SURVEY, "generated"),
            entry("setup_env", SCRIPT, "language python"),
            entry("memory", MEMORY, "base"),
            entry("program", PROGRAM, "project"),
        ],
    }


def entry(name: str, file, layer: str) -> dict[str, object]:
    managed = file.policy == "managed"
    return {
        "id": name,
        "path": file.path.removeprefix(".fermilink-optimize/"),
        "policy": file.policy,
        "base_sha256": hashlib.sha256(file.data).hexdigest() if managed else None,
        "executable": file.executable,
        "layer": layer,
        "status": "current",
    }


def fingerprint(files) -> str:
    return json.loads(record_files(RENDERED, files)[-1].data)["fingerprint"]


def test_the_fingerprint_follows_every_managed_text_and_no_order():
    same = fingerprint([SEAL, SURVEY, MEMORY, SCRIPT, PROGRAM])
    assert same == fingerprint(FILES)
    later = new("memory.md", b"made a second later\n", policy="seeded")
    assert same == fingerprint([later if file.path == later.path else file for file in FILES])
    for changed in (
        new("program.md", b"# Plan\n"),
        new("autogen/setup_env.sh", b"#!/bin/bash\n"),
    ):
        files = [changed if file.path == changed.path else file for file in FILES]
        assert fingerprint(files) != same
