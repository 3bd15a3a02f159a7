"""Any text in any input: nothing becomes syntax, nothing is executed, values round-trip."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from fermilink_scaffold import layout
from fermilink_scaffold.cli._shell import run

if TYPE_CHECKING:
    from pathlib import Path

#: What could become syntax of YAML, shell, Jinja, Markdown, Python or HTML somewhere.
SPARKS = [
    "$(touch CANARY)",
    "`touch CANARY`",
    "; touch CANARY #",
    "{{ 7 * 7 }}",
    "{% include 'x' %}",
    "{# comment",
    "#% block x",
    "- item",
    "--flag",
    "key: value",
    "&anchor",
    "*alias",
    "!!python/object",
    "'",
    '"',
    "\\",
    "\n",
    "\r\n",
    "\t",
    "```",
    "~~~",
    "<!--",
    "# heading",
    "|",
    ">",
    "%s",
    "{project_root",
    "}",
    "\u2028",
    "\x85",
    "\ufeff",
    "é",
    "水",
    "\U0001f600",
    "1e-8",
    "yes",
    "null",
    "~",
    "",
    "0x1f",
    "2024-01-01",
    "</script>",
    '"""',
    "EOF",
]
TEXT = st.lists(st.sampled_from(SPARKS) | st.text(max_size=6), min_size=1, max_size=5).map("".join)


HOSTILE = settings(
    max_examples=40,
    deadline=None,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def printable(text: str) -> bool:
    """YAML, JSON and a process's arguments can hold it."""
    return "\0" not in text and not any(0xD800 <= ord(char) < 0xE000 for char in text)


WORD = TEXT.filter(printable)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile") / """it's "my" $(touch CANARY) {{ code }}"""
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("x = 1\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *command], cwd=root, check=True)
    return root


def scaffold(project: Path, answers: dict, capsys) -> dict | None:
    """The contract that the answers give; None when they are refused, which changes nothing."""
    shutil.rmtree(project / layout.WORKSPACE, ignore_errors=True)
    file = project.parent / "scaffold.yaml"
    file.write_text(yaml.safe_dump(answers), encoding="utf-8")
    status = run(["init", str(project), "--answers", str(file)])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert not list(project.parent.rglob("CANARY"))
    if status:
        assert status == 2
        assert said.err.startswith("error: ")
        assert not (project / layout.WORKSPACE).exists()
        return None
    return yaml.safe_load((project / layout.BENCHMARK).read_bytes())


@HOSTILE
@given(
    ident=WORD,
    words=st.lists(WORD, min_size=1, max_size=4),
    env=st.dictionaries(st.from_regex(r"[A-Z_]{1,5}", fullmatch=True), WORD, max_size=2),
    extra=st.dictionaries(WORD.map(lambda text: f"x {text}"), WORD, max_size=2),
)
@example(ident="-", words=["a"], env={}, extra={})
def test_ids_commands_environment_and_domain_keys_round_trip(
    project, capsys, ident, words, env, extra
):
    case = {"command": words, "env": env, **extra}
    data = scaffold(project, {"cases": {ident: case}}, capsys)
    if data is None:
        assert not ident.strip() or not words[0].strip()
        return
    got = data["cases"][0]
    assert got["id"] == ident
    assert got["command"] == words
    assert got.get("env", {}) == env
    assert {key: got[key] for key in extra} == extra


@HOSTILE
@given(target=WORD, notes=WORD, bullet=WORD, metric=WORD, description=WORD, package=WORD)
def test_prose_and_names_stay_text_everywhere(
    project, capsys, target, notes, bullet, metric, description, package
):
    answers = {
        "package": package,
        "target": target,
        "notes": notes,
        "correctness": [bullet],
        "metric": metric,
        "cases": {"a": {"command": ["true"], "description": description}},
    }
    data = scaffold(project, answers, capsys)
    if data is None:
        return
    assert data["goal_context"]["target"] == target
    assert data["controller"]["objective"]["primary_metric"] == (metric or "wall_seconds")
    assert data["cases"][0].get("description", "") == description
    recorded = yaml.safe_load((project / layout.SCAFFOLD).read_bytes())
    assert {key: recorded[key] for key in answers} == answers
    ast.parse((project / layout.RUNNER).read_text())
    for script in (layout.PRE_COMMANDS, layout.SETUP_ENV, layout.RUN_OPTIMIZE):
        subprocess.run(["bash", "-n", str(project / script)], check=True)
    for path in (layout.GOAL_ANALYSIS, layout.QUICK_MODE, layout.MANIFEST):
        json.loads((project / path).read_text())


@HOSTILE
@given(script=WORD)
def test_a_build_block_reaches_the_contract_unchanged(project, capsys, script):
    data = scaffold(project, {"build": script, "cases": {"a": "true"}}, capsys)
    if data is None or not script.strip():
        return
    text = data["runtime"]["pre_commands"][0][5]
    lines = [line for line in script.strip().splitlines() if line.strip()]
    assert all(line in text for line in lines)


@pytest.mark.parametrize("flag", ["--goal", "--prompt", "--answers", "--hpc-profile"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_regular_file_is_refused_at_once(git_repo, tmp_path, capsys, flag, kind):
    project = git_repo({"src/a.py": "x = 1\n"})
    path = "/dev/zero"
    if kind == "pipe":
        path = str(tmp_path / "pipe")
        os.mkfifo(path)
    status = run(["init", str(project), "--case", "a=python3 src/a.py", flag, path])
    assert (status, capsys.readouterr().err) == (
        2,
        (
            f"error: {path}: is not a regular file\n"
            "Save it to a file first, also what comes from a pipe or <(...).\n"
        ),
    )
    assert not (project / layout.WORKSPACE).exists()


def test_an_input_that_is_no_regular_file_is_refused(git_repo, tmp_path, capsys):
    project = git_repo({"src/a.py": "x = 1\n"})
    os.mkfifo(tmp_path / "pipe")
    words = ["init", str(project), "--case", "a=python3 src/a.py", "--input"]
    assert [run([*words, str(tmp_path / "pipe")]), run([*words, str(tmp_path / "none")])] == [2, 2]
    assert capsys.readouterr().err == (
        "error: --input: input file 'pipe' is not a regular file\n"
        "Name one regular file for each --input.\n"
        "error: --input: input file 'none' is missing\n"
        "Name one regular file for each --input.\n"
    )


def test_an_exclude_file_that_is_a_link_is_told(git_repo, tmp_path, capsys):
    project = git_repo({"src/a.py": "x = 1\n"})
    exclude = project / ".git/info/exclude"
    exclude.unlink(missing_ok=True)
    (tmp_path / "shared").write_text("*.swp\n")
    exclude.symlink_to(tmp_path / "shared")
    assert run(["init", str(project), "--case", "a=python3 src/a.py"]) == 0
    note = ".git/info/exclude is a link: the lines for this project go into the file it leads to"
    assert note in capsys.readouterr().out
    assert exclude.is_symlink()
    assert (tmp_path / "shared").read_text().startswith("*.swp\n.fermilink-optimize/\n")
