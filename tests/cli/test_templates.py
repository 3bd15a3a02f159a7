"""`templates`: every layer seen, templates taken over, layers and packs tried."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fermilink_scaffold.cli._shell import run
from fermilink_scaffold.resources import resource_path

EXAMPLE = str(Path(__file__).parents[2] / "fixtures" / "example-pack" / "fermilink_scaffold_heat")
BASE = resource_path("templates", "base")
TEMPLATES = ".fermilink-scaffold/templates"


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def project(git_repo, monkeypatch):
    root = git_repo({"src/heat.c": "int main(void) { return 0; }\n", "Makefile": "all:\n"})
    monkeypatch.chdir(root)
    return root


def outcome(capsys, *words):
    status = run(["templates", *map(str, words)])
    said = capsys.readouterr()
    return status, said.out, said.err


def document(capsys, *words):
    status, out, err = outcome(capsys, *words, "--json")
    assert err == ""
    return status, json.loads(out)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_list_shows_layers_files_and_what_lies_before_what(capsys, project, tmp_path):
    write(project / TEMPLATES / "memory.md.j2", "# mine\n")
    status, out, err = outcome(capsys, "list", "--template-dir", EXAMPLE)
    shown = out.partition("  program.md.j2  (behind")[0].replace(str(tmp_path), "TMP")
    assert (status, err) == (0, "")
    assert shown == (
        f"1. --template-dir {EXAMPLE}: {EXAMPLE}\n"
        "     heat_case.sh\n"
        "     pack.yaml\n"
        "     program.md.j2  (before language c, base)\n"
        f"2. project: TMP/project/{TEMPLATES}\n"
        "     memory.md.j2  (before base)\n"
        "3. user: TMP/config/fermilink-scaffold/templates (empty)\n"
        f"4. language c: {resource_path('templates', 'languages', 'c')}\n   "
    )
    assert "\nPacks in use: heat\n" in out


@pytest.mark.usefixtures("project")
def test_list_as_json_holds_packs_also_broken_ones(capsys, tmp_path):
    packs = tmp_path / "config" / "fermilink-scaffold" / "packs"
    write(packs / "bad" / "pack.yaml", "name: 1\n")
    write(packs / "good" / "pack.yaml", "name: good\npackages: [good, other]\n")
    status, told = document(capsys, "list", "--package", "other")
    assert (status, told["packs"], told["language"]) == (0, ["good"], "c")
    mine = [pack for pack in told["available"] if pack["layer"].startswith("user")]
    assert [(pack["name"], pack["packages"]) for pack in mine] == [
        ("bad", []),
        ("good", ["good", "other"]),
    ]
    assert mine[0]["error"].startswith(f"{packs}/bad/pack.yaml:1:1: name must be text")


@pytest.mark.parametrize("name", ["memory", "memory.md", "memory.md.j2"])
def test_which_is_the_file_and_says_what_is_behind_it(capsys, project, name):
    write(project / TEMPLATES / "memory.md.j2", "# mine\n")
    assert outcome(capsys, "which", name) == (
        0,
        f"{project}/{TEMPLATES}/memory.md.j2\n",
        f"  behind it: {BASE}/memory.md.j2 (base)\n",
    )


@pytest.mark.usefixtures("project")
def test_an_unknown_template_is_told_with_the_nearest_one(capsys):
    assert outcome(capsys, "which", "programm") == (
        2,
        "",
        "error: no template layer has programm\nDid you mean program?\n",
    )


@pytest.mark.usefixtures("project")
def test_show_tells_blocks_values_and_the_packs_variables(capsys):
    status, told = document(capsys, "show", "program", "--template-dir", EXAMPLE)
    assert status == 0
    assert [source["layer"] for source in told["sources"]] == [
        f"--template-dir {EXAMPLE}",
        "language c",
        "base",
    ]
    blocks = {block["name"]: (block["layer"], block["line"]) for block in told["blocks"]}
    assert blocks["language_guide"] == (f"--template-dir {EXAMPLE}", 2)
    assert blocks["scope"][0] == "base"
    names = {name["name"]: name for name in told["names"]}
    assert names["package_id"]["type"] == "text"
    assert names["variables.steps"] == {
        "name": "variables.steps",
        "type": "integer",
        "help": "Time steps of a workload that names none. (default: 1000)",
    }
    assert outcome(capsys, "show", "memory", "--text")[1] == Path(BASE, "memory.md.j2").read_text()


def test_an_ejected_template_wins_and_is_compared_with_its_origin(capsys, project, tmp_path):
    upstream = tmp_path / "config" / "fermilink-scaffold" / "templates" / "memory.md.j2"
    write(upstream, "# first\n")
    assert outcome(capsys, "eject", "memory") == (
        0,
        f"{TEMPLATES}/memory.md.j2\n",
        "Edit it, commit it, then: fermilink-scaffold regen\n",
    )
    assert outcome(capsys, "which", "memory")[1] == f"{project}/{TEMPLATES}/memory.md.j2\n"
    assert outcome(capsys, "diff") == (
        0,
        "",
        "memory.md.j2: the template of the layer user is as it was\n",
    )
    write(project / TEMPLATES / "memory.md.j2", "# mine\n")
    assert outcome(capsys, "diff", "memory")[:2] == (
        0,
        "--- memory.md.j2 (user)\n+++ memory.md.j2 (project)\n@@ -1 +1 @@\n-# first\n+# mine\n",
    )
    write(upstream, "# second\n")
    status, _, err = outcome(capsys, "diff")
    assert (status, err) == (1, "memory.md.j2: the template of the layer user has moved since\n")
    assert (project / TEMPLATES / "memory.md.j2").read_text() == "# mine\n"


def test_an_ejected_template_is_not_replaced_without_force(capsys, project):
    outcome(capsys, "eject", "memory")
    write(project / TEMPLATES / "memory.md.j2", "# mine\n")
    status, out, err = outcome(capsys, "eject", "memory")
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {project}/{TEMPLATES}/memory.md.j2: is there already\n")
    assert (project / TEMPLATES / "memory.md.j2").read_text() == "# mine\n"
    assert outcome(capsys, "eject", "memory", "--force")[0] == 0


def test_single_blocks_are_ejected_from_the_layer_that_has_them(capsys, project):
    outcome(capsys, "eject", "program", "--block", "stopping", "--block", "language_guide")
    text = (project / TEMPLATES / "program.md.j2").read_text()
    assert text.startswith('#% extends "!program.md.j2"\n#% block stopping\n## When to stop\n')
    assert "\n#% block language_guide\n## C: finding the time\n" in text
    assert text.count("#% endblock\n") == 2
    assert outcome(capsys, "diff")[0] == 0
    assert outcome(capsys, "check")[:2] == (0, "No problems found.\n")


def test_an_unknown_block_is_refused_and_nothing_written(capsys, project):
    status, _, err = outcome(capsys, "eject", "program", "--block", "nothing")
    assert status == 2
    assert err.startswith("error: program.md.j2 has no block 'nothing'\n")
    assert not (project / ".fermilink-scaffold").exists()


def test_ejecting_does_not_follow_a_link_out_of_the_project(capsys, project, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (project / ".fermilink-scaffold").symlink_to(tmp_path / "elsewhere")
    status, _, err = outcome(capsys, "eject", "memory")
    assert status == 2
    assert "a link here leads out of the project" in err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_outside_a_repository_the_generic_layers_are_shown(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert document(capsys, "list")[1]["language"] == "generic"


@pytest.mark.usefixtures("project")
def test_check_finds_nothing_wrong_with_the_example(capsys):
    assert outcome(capsys, "check", EXAMPLE) == (0, "No problems found.\n", "")
    status, told = document(capsys, "check", EXAMPLE)
    assert (status, told) == (
        0,
        {"directory": EXAMPLE, "ok": True, "errors": 0, "warnings": 0, "problems": []},
    )


PACK = """\
name: bad
workloads:
  - examples: ["one case", "another {case}"]
    pattern: 'case'
    command: [python, "{{ word }}"]
"""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"pack.yaml": PACK.replace("{{ word }}", "{{ id }}").replace("another {case}", "two")},
            "error: goal.md:18: workload 'train-1' has no command, and no pack can read it: 'two'",
        ),
        ({"pack.yaml": PACK}, "pack.yaml:5: the template '{{ word }}' of the pack 'bad'"),
        ({"program.md.j2": "#% block a\n{{ nothing }}\n#% endblock\n"}, "program.md.j2:2: the template"),
        ({"run_optimize.sh.j2": "if then\n"}, "run_optimize.sh:1: bash: syntax error"),
        ({"benchmark_runner.py.j2": "def f(:\n"}, "benchmark_runner.py:1: is no Python 3.9 program"),
        ({"benchmark.yaml.j2": "schema_version: 7\n"}, "schema_version must be 1, not 7"),
        ({"programm.md.j2": "x\n"}, "warning: programm.md.j2: no artifact has this template"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("project")
def test_check_tells_what_is_wrong(capsys, tmp_path, files, said):
    for name, text in files.items():
        write(tmp_path / "layer" / name, text)
    status, out, err = outcome(capsys, "check", tmp_path / "layer")
    assert status == (0 if said.startswith("warning") else 1)
    assert said in out, out
    assert err == ""


@pytest.mark.usefixtures("project")
def test_check_takes_the_name_of_a_pack(capsys, tmp_path):
    root = tmp_path / "config" / "fermilink-scaffold" / "packs" / "mine"
    write(root / "pack.yaml", "name: mine\npackages: [mine, ours]\n")
    assert document(capsys, "check", "ours")[1]["directory"] == str(root)
    status, _, err = outcome(capsys, "check", "nobody")
    assert status == 2
    assert err.startswith("error: 'nobody' is neither a directory nor a pack\n")


@pytest.mark.usefixtures("project")
def test_a_trial_makes_no_file_outside_its_directory(capsys, tmp_path):
    text = PACK.replace("{{ word }}", "{{ id }}").replace("one case", f"case {tmp_path}/made.txt")
    text = text.replace("another {case}", "case ../../made.txt .git/hooks/made.sh")
    write(
        tmp_path / "layer" / "pack.yaml", f"{text}defaults: {{immutable: [../made.txt, /made]}}\n"
    )
    outcome(capsys, "check", tmp_path / "layer")
    assert not (tmp_path / "made.txt").exists()


@pytest.mark.usefixtures("project")
def test_check_leaves_nothing_behind(capsys, tmp_path, monkeypatch):
    import tempfile

    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    outcome(capsys, "check", EXAMPLE)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("name", ["program.md.j2", "pack.yaml", "own.j2"])
@pytest.mark.usefixtures("project")
def test_check_waits_for_no_pipe(capsys, tmp_path, name):
    layer = tmp_path / "layer"
    layer.mkdir()
    os.mkfifo(layer / name)
    status, out, err = outcome(capsys, "check", layer)
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {layer}/{name}: is not a regular file\n"), err


@pytest.mark.usefixtures("project")
def test_check_waits_for_no_pipe_that_is_copied(capsys, tmp_path):
    layer = tmp_path / "layer"
    write(layer / "pack.yaml", "name: a\nartifacts:\n  - {path: x.txt, template: x.txt}\n")
    os.mkfifo(layer / "x.txt")
    status, _, err = outcome(capsys, "check", layer)
    assert status == 2
    assert err.startswith(f"error: {layer}/x.txt: is not a regular file\n"), err
