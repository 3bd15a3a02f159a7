"""A pack that changes, comes or goes makes a workspace out of date."""

from __future__ import annotations

import pytest

from fermilink_scaffold.cli._shell import run

PACK = """\
name: sample
defaults: {env: {LEVEL: "1"}}
artifacts:
  - {path: notes.md, template: notes.md.j2}
workloads:
  - {examples: [case one], pattern: '^case', command: [python, src/a.py, --fast]}
"""
NOTES = {"notes.md.j2": "Level {{ runtime_env.LEVEL|md }} of {{ packs[0]|md }}\n"}


@pytest.fixture
def project(git_repo, write_pack, tmp_path):
    write_pack(PACK, at="config/fermilink-scaffold/packs/sample", files=NOTES)
    root = git_repo({"src/a.py": "x = 1\n"})
    (tmp_path / "scaffold.yaml").write_text(
        "package: sample\ncases:\n  train-a: {description: case one}\n  test-a: {description: case two}\n"
    )
    assert run(["init", str(root), "--answers", str(tmp_path / "scaffold.yaml")]) == 0
    return root


def test_a_workspace_is_in_sync_until_its_pack_changes(project, write_pack):
    workspace = project / ".fermilink-optimize"
    assert (workspace / "notes.md").read_text() == "Level 1 of sample\n"
    assert run(["regen", str(project), "--check"]) == 0
    text = PACK.replace('"1"', '"2"')
    write_pack(text, at="config/fermilink-scaffold/packs/sample")
    assert run(["regen", str(project), "--check"]) == 1
    assert run(["regen", str(project)]) == 0
    assert (workspace / "notes.md").read_text() == "Level 2 of sample\n"
    assert 'LEVEL: "2"' in (workspace / "autogen/benchmark.yaml").read_text()
    assert run(["regen", str(project), "--check"]) == 0


def test_another_pack_that_now_serves_the_package_is_seen(project, write_pack):
    write_pack(
        "name: sample\ndefaults: {env: {MORE: x}}\n", at="project/.fermilink-scaffold/templates"
    )
    assert run(["regen", str(project), "--check"]) == 1


def test_a_users_edit_of_a_packs_file_is_kept(project, write_pack):
    notes = project / ".fermilink-optimize" / "notes.md"
    notes.write_text("Level 1 of sample\n\nMine.\n")
    assert run(["regen", str(project), "--check"]) == 0
    files = {"notes.md.j2": "A title\n" + NOTES["notes.md.j2"]}
    write_pack(PACK, at="config/fermilink-scaffold/packs/sample", files=files)
    assert run(["regen", str(project)]) == 0
    assert notes.read_text() == "A title\nLevel 1 of sample\n\nMine.\n"


def test_a_pack_that_is_gone_is_missed(project, tmp_path, capsys):
    (tmp_path / "config/fermilink-scaffold/packs/sample").rename(tmp_path / "away")
    assert run(["regen", str(project), "--check"]) == 2
    assert "workload 'train-a' has no command" in capsys.readouterr().err
