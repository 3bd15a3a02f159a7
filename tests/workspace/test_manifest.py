from __future__ import annotations

import hashlib
import json

import pytest
from workspace.plans import new

from fermilink_scaffold import __version__
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.templating.registry import Artifact
from fermilink_scaffold.templating.render import Rendered
from fermilink_scaffold.workspace.compose import artifact_entries, base_files
from fermilink_scaffold.workspace.manifest import Entry, Manifest, load_manifest
from fermilink_scaffold.workspace.plan import Copy

PROGRAM = new("program.md", b"# Play\n")
SCRIPT = new("autogen/setup_env.sh", b"#!/bin/bash\n", executable=True)
MEMORY = new("memory.md", b"notes\n", policy="seeded")
SURVEY = new("autogen/goal_analysis.json", b"{}\n")
FILES = [PROGRAM, SCRIPT, MEMORY, SURVEY]


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
    rendered(PROGRAM, "program", "--template-dir /home/me/templates"),
    rendered(SCRIPT, "setup_env", "language python"),
    rendered(MEMORY, "memory", "base"),
]


def entry(name: str, file, layer: str) -> Entry:
    managed = file.policy == "managed"
    return Entry(
        id=name,
        path=file.path.removeprefix(".fermilink-optimize/"),
        policy=file.policy,
        base_sha256=hashlib.sha256(file.data).hexdigest() if managed else None,
        executable=file.executable,
        layer=layer,
    )


def test_managed_files_get_a_base_copy():
    assert base_files(FILES) == [
        new(".scaffold/base/program.md", b"# Play\n", policy="record"),
        new(".scaffold/base/autogen/setup_env.sh", b"#!/bin/bash\n", policy="record"),
        new(".scaffold/base/autogen/goal_analysis.json", b"{}\n", policy="record"),
    ]


def test_every_file_has_an_entry_without_a_machine_in_it(tmp_path):
    origin = tmp_path / "rod.txt"
    origin.write_bytes(b"1\n")
    origin.chmod(0o755)
    copies = [Copy(path=".fermilink-optimize/inputs/all/rod.txt", origin=str(origin))]
    named = {"--template-dir /home/me/templates": "--template-dir ../templates"}
    assert artifact_entries(RENDERED, FILES, copies, layers=named) == (
        entry("goal_analysis", SURVEY, "generated"),
        entry("setup_env", SCRIPT, "language python"),
        Entry(
            id="inputs/all/rod.txt",
            path="inputs/all/rod.txt",
            policy="input",
            base_sha256=hashlib.sha256(b"1\n").hexdigest(),
            executable=True,
            layer="staged",
        ),
        entry("memory", MEMORY, "base"),
        entry("program", PROGRAM, "--template-dir ../templates"),
    )


@pytest.fixture
def written(tmp_path):
    """Write a manifest's data, or bytes, where it belongs; the project."""

    def write(data) -> str:
        place = tmp_path / ".fermilink-optimize/.scaffold"
        place.mkdir(parents=True)
        text = data if isinstance(data, bytes) else json.dumps(data).encode()
        (place / "manifest.json").write_bytes(text)
        return str(tmp_path)

    return write


def test_a_manifest_is_read_as_it_was_written(written):
    manifest = Manifest(
        entries=(entry("program", PROGRAM, "base"), entry("memory", MEMORY, "base")),
        fingerprint="0" * 64,
        claims={"language": "python"},
        sources={"goal.md": "1" * 64},
        review_notes=("goal.md:3: something is assumed",),
    )
    assert json.loads(manifest.text())["tool_version"] == __version__
    assert load_manifest(written(manifest.text().encode())) == manifest


def test_without_a_manifest_nothing_is_known(tmp_path):
    assert load_manifest(str(tmp_path)).entries == ()


GOOD = json.loads(
    Manifest(
        entries=(entry("program", PROGRAM, "base"),), fingerprint=None, claims={}, sources={}
    ).text()
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"path": "../../.bashrc"}, "names '../../.bashrc', which is no path inside the workspace"),
        ({"path": "/etc/passwd"}, "names '/etc/passwd', which is no path inside the workspace"),
        ({"path": "a//b"}, "names 'a//b', which is no path inside the workspace"),
        ({"path": ".scaffold/seal.json"}, "names '.scaffold/seal.json', which is a record"),
        ({"policy": "mine"}, "is no manifest: it cannot be read"),
        ({"status": "fine"}, "is no manifest: it cannot be read"),
        ({"id": 3}, "is no manifest: it cannot be read"),
        ({"base_sha256": 3}, "is no manifest: it cannot be read"),
        ({"executable": "yes"}, "is no manifest: it cannot be read"),
        ({"layer": None}, "is no manifest: it cannot be read"),
        ({"id": ""}, "has the id '' for 'program.md', which is no name"),
        ({"id": "\x1b[2J"}, "has the id '\\x1b[2J' for 'program.md', which is no name"),
        ({"id": "\ud800"}, "has the id '\\ud800' for 'program.md', which is no name"),
        ({"path": "\ud800"}, "names '\\ud800', which is no path inside the workspace"),
        ({"path": "a\nb"}, "names 'a\\nb', which is no path inside the workspace"),
        ({"path": "state.json"}, "names 'state.json', which is the campaign's own"),
        ({"path": "State.JSON"}, "names 'State.JSON', which is the campaign's own"),
        ({"path": "runs/1/log.txt"}, "names 'runs/1/log.txt', which is the campaign's own"),
        ({"path": "memory.archive.md"}, "names 'memory.archive.md', which is the campaign's own"),
        ({"path": ".runtime.lock"}, "names '.runtime.lock', which is the campaign's own"),
        (
            {"path": "results.tsv"},
            "names 'results.tsv', which is the campaign's own, as rendered text",
        ),
        ({"path": "inputs/all/x"}, "names 'inputs/all/x' as rendered text"),
        ({"path": "inputs/x", "policy": "seeded"}, "names 'inputs/x' as a seeded file"),
        ({"policy": "input"}, "names 'program.md' as a staged input"),
    ],
)
def test_what_a_strangers_manifest_names_is_refused(written, change, said):
    data = {**GOOD, "artifacts": [{**GOOD["artifacts"][0], **change}]}
    with pytest.raises(ScaffoldError) as caught:
        load_manifest(written(data))
    assert caught.value.what == said


def test_a_path_that_a_manifest_names_twice_is_refused(written):
    first = GOOD["artifacts"][0]
    data = {**GOOD, "artifacts": [first, {**first, "id": "other"}]}
    with pytest.raises(ScaffoldError, match=r"names 'program\.md' twice"):
        load_manifest(written(data))


def test_what_is_told_to_people_from_a_manifest_steers_no_terminal(written):
    manifest = load_manifest(written({**GOOD, "sources": {"goal\x1b[2J": "1"}}))
    assert manifest.sources == {"'goal\\x1b[2J'": "1"}


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"schema_version": 1}']
)
def test_what_is_no_manifest_is_refused(written, text):
    with pytest.raises(ScaffoldError, match="is no manifest: it cannot be read"):
        load_manifest(written(text))


def test_a_later_version_of_the_format_is_refused(written):
    with pytest.raises(ScaffoldError, match="has the schema version 2, not 1"):
        load_manifest(written({**GOOD, "schema_version": 2}))
