from __future__ import annotations

import hashlib
import json

import pytest
from contract.workspaces import write

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace.seal import read_seal, seal_project, seal_text, sealed_files

FILES = {
    layout.RUNNER: b"runner",
    layout.BENCHMARK: b"contract",
    layout.LAUNCHER: b"launcher",
    layout.PRE_COMMANDS: b"build",
    f"{layout.ALL_INPUTS}/b.xyz": b"b",
    f"{layout.ALL_INPUTS}/sub/a b\n.xyz": b"a" * 3_000_000,
}
OTHERS = {
    layout.PROGRAM: b"x",
    layout.SETUP_ENV: b"x",
    f"{layout.WORKER_INPUTS}/b.xyz": b"b",
    f"{layout.INPUTS}/allure": b"",
}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_seal_is_sorted_json_over_runner_contract_and_inputs():
    files = {path: digest(FILES[path]) for path in sorted(FILES)}
    expected = json.dumps({"files": files, "schema_version": 1}, indent=2) + "\n"
    digests = {path: digest(data) for path, data in {**OTHERS, **FILES}.items()}
    assert seal_text(digests) == expected


def test_contents_and_files_give_the_same_seal(tmp_path):
    for path, data in {**FILES, **OTHERS}.items():
        write(tmp_path, path, data)
    digests = {path: digest(data) for path, data in FILES.items()}
    assert sealed_files(str(tmp_path)) == digests
    assert seal_project(str(tmp_path)) == seal_text(digests)


def test_a_seal_reads_back(tmp_path):
    digests = {path: digest(data) for path, data in FILES.items()}
    write(tmp_path, layout.SEAL, seal_text(digests))
    assert read_seal(str(tmp_path)) == digests


def test_without_a_seal_there_is_none(tmp_path):
    assert read_seal(str(tmp_path)) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 5}', "\xff", "nul\0"])
def test_a_broken_seal_is_refused(tmp_path, text):
    write(tmp_path, layout.SEAL, text.encode("latin-1"))
    with pytest.raises(ScaffoldError) as caught:
        read_seal(str(tmp_path))
    assert str(caught.value) == (
        ".fermilink-optimize/.scaffold/seal.json: is no seal: it cannot be read\n"
        "Look at what changed, then record it again: fermilink-scaffold check --seal"
    )
