"""`regen` as a whole: what it prints, gives as its status, writes, and leaves alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workspace.plans import tree

from fermilink_scaffold import runtime
from fermilink_scaffold.cli._shell import run
from fermilink_scaffold.resources import resource_path

if TYPE_CHECKING:
    from conftest import GitRepository

GOAL = """\
## Package

heat

## Target

Make the time stepping faster.

## Editable Scope

- `heat.py`

## Correctness

- `temperature` within 1e-7 of the baseline

## Workloads

- train-rod: `python heat.py {inputs}/rod.txt`
- test-rod: `python heat.py {inputs}/rod.txt 2`
"""
W = ".fermilink-optimize"


@pytest.fixture
def project(git_repo: GitRepository, tmp_path, monkeypatch, capsys) -> Path:
    """A project with a workspace; the current directory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = git_repo({"heat.py": "print('temperature = 1.0')\n"})
    campaign = tmp_path / "campaign"
    campaign.mkdir()
    (campaign / "goal.md").write_text(GOAL)
    (campaign / "rod.txt").write_text("1\n")
    monkeypatch.chdir(root)
    assert run(["init", ".", "--goal", str(campaign / "goal.md")]) == 0
    capsys.readouterr()
    return root


@pytest.fixture
def regen(project, capsys):  # noqa: ARG001 (it is the current directory)
    """Run it in the project: status, what is on stdout, what is on stderr."""

    def call(*args: str) -> tuple[int, str, str]:
        status = run(["regen", *args])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def goal(project: Path) -> Path:
    return project.parent / "campaign" / "goal.md"


IN_SYNC = "In sync: {} files as rendered.\n"


def test_a_new_workspace_is_in_sync(project, regen):
    before = tree(project)
    assert regen("--check") == (0, IN_SYNC.format(18), "")
    assert regen("--check", "--strict") == (0, IN_SYNC.format(18), "")
    assert regen() == (0, IN_SYNC.format(18), "")
    assert regen("--diff") == (0, "", IN_SYNC.format(18))
    assert tree(project) == before


@pytest.mark.usefixtures("project")
def test_nothing_is_loaded_to_know_that_nothing_changed():
    code = (
        "import sys\nfrom fermilink_scaffold.cli._shell import run\nstatus = run(sys.argv[1:])\n"
        "heavy = {'jinja2', 'yaml', 'jsonschema', 'markdown_it', 'subprocess', 'difflib'}\n"
        "print(status, sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "regen", "--check"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said == IN_SYNC.format(18) + "0 []\n"


def test_an_edit_is_no_drift_unless_one_wants_it_to_be(project, regen):
    edit(project / W / "program.md", "# Playbook", "# My playbook")
    (project / W / "autogen/submit_poll_launcher.py").unlink()
    lines = (
        "deleted    autogen/submit_poll_launcher.py  you deleted it; --restore submit_poll_launcher"
        " brings it back\n"
        "kept       program.md                       you changed it; the template did not\n"
    )
    assert regen("--check") == (0, lines + IN_SYNC.format(16), "")
    assert regen("--check", "--strict") == (1, lines + IN_SYNC.format(16), "")
    said = (
        "restored   autogen/submit_poll_launcher.py  you had deleted it\n"
        "kept       program.md                       you changed it; the template did not\n"
        "\nWrote 1 file.\n"
    )
    assert regen("--restore", "submit_poll_launcher") == (0, said, "")
    assert os.access(project / W / "autogen/submit_poll_launcher.py", os.X_OK)


CHANGED = """\
updated    autogen/benchmark.yaml    goal.md changed; you had not edited it
updated    autogen/goal.md           goal.md changed; you had not edited it
updated    autogen/goal_inputs.json  goal.md changed; you had not edited it
merged     program.md                you changed it, and goal.md changed: both are in it

In the contract:
  tolerance on temperature: 1e-7 to 5e-8, goal.md line 15

"""


@pytest.fixture
def changed(project) -> Path:
    """The goal has a tighter bound, and the playbook a line of the user's."""
    with (project / W / "program.md").open("a") as stream:
        stream.write("- mine\n")
    edit(goal(project), "within 1e-7", "within 5e-8")
    return project


def test_a_changed_goal_is_read_again_and_told_in_words(changed, regen):
    before = tree(changed)
    assert regen("--check") == (1, CHANGED + "Would write 4 files.\n", "")
    assert regen("--dry-run") == (0, CHANGED + "Would write 4 files.\n", "")
    assert tree(changed) == before
    assert regen() == (0, CHANGED + "Wrote 4 files.\n", "")
    text = (changed / W / "program.md").read_text()
    assert text.endswith("- mine\n")
    assert "5e-08" in text
    assert regen("--check")[0] == 0
    assert run(["check"]) == 0


def test_the_patch_makes_the_same_workspace(changed, regen, tmp_path):
    status, patch, said = regen("--diff")
    assert (status, said) == (0, CHANGED + "Would write 4 files.\n")
    other = tmp_path / "other"
    shutil.copytree(changed, other)
    subprocess.run(["git", "apply", "-"], cwd=other, input=patch.encode(), check=True)
    regen()
    assert tree(other / W) == tree(changed / W)


@pytest.mark.usefixtures("changed")
def test_json_says_the_same(regen):
    status, said, _ = regen("--check", "--json")
    data = json.loads(said)
    assert status == 1
    assert (data["status"], data["written"], data["comparable"]) == ("would change", False, True)
    assert data["compiled"] == ["tolerance on temperature: 1e-7 to 5e-8, goal.md line 15"]
    assert [f["path"] for f in data["files"] if f["action"] == "merged"] == [f"{W}/program.md"]
    assert json.loads(regen("--json")[1])["written"] is True
    assert json.loads(regen("--json", "--check")[1])["status"] == "in sync"


def test_scaffold_yaml_is_the_users_file(project, regen):
    edit(project / W / "scaffold.yaml", "# set:\n", "set:\n  controller.measured_runs: 7\n# set:\n")
    status, said, _ = regen()
    assert status == 0
    assert "updated    autogen/benchmark.yaml  scaffold.yaml changed; you had not edited it" in said
    assert "  controller measured_runs: 3 to 7\n" in said
    assert "scaffold.yaml " not in said.replace("scaffold.yaml changed", "")


def test_a_misspelt_key_is_an_error_with_the_nearest_one(project, regen):
    with (project / W / "scaffold.yaml").open("a") as stream:
        stream.write("langage: c\n")
    number = len((project / W / "scaffold.yaml").read_text().splitlines())
    assert regen() == (
        2,
        "",
        f"error: scaffold.yaml:{number}: unknown key 'langage'\nDid you mean 'language'?\n",
    )


def test_a_template_of_the_project_is_taken_up(project, regen):
    templates = project / ".fermilink-scaffold/templates"
    templates.mkdir(parents=True)
    (templates / "program.md.j2").write_text(
        '{% extends "!program.md.j2" %}\n{% block title %}\n# Ours\n{% endblock %}\n'
    )
    assert regen() == (
        0,
        "updated    program.md  the template changed; you had not edited it\n\nWrote 1 file.\n",
        "",
    )
    assert (project / W / "program.md").read_text().startswith("# Ours\n")


def test_a_template_is_rendered_as_from_the_inputs_without_reading_them(project, regen):
    templates = project / ".fermilink-scaffold/templates"
    templates.mkdir(parents=True)
    for name in ("program.md.j2", "benchmark.yaml.j2", "setup_env.sh.j2", "scaffold.yaml.j2"):
        builtin = Path(resource_path("templates", "base", name)).read_text()
        (templates / name).write_text(f"{builtin}# more\n")
    manifest = project / W / ".scaffold/manifest.json"
    recorded = json.loads(manifest.read_text())
    with_goal = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    code = (
        "import sys\nfrom fermilink_scaffold.cli._shell import run\nrun(['regen'])\n"
        "print(sorted({'yaml', 'markdown_it', 'fermilink_scaffold.bootstrap'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=with_goal).stdout
    assert said.count("the template changed; you had not edited it") == 3
    after = json.loads(manifest.read_text())
    assert after["fingerprint"] != recorded["fingerprint"]
    assert "fermilink_scaffold.bootstrap" not in said
    # Everything anew gives the same.
    (project / W / ".scaffold/context.json").unlink()
    manifest.write_text(json.dumps({**after, "fingerprint": None}))
    assert regen() == (0, IN_SYNC.format(18), "")
    assert json.loads(manifest.read_text()) == after


def conflicting(project: Path) -> None:
    edit(project / W / "program.md", "Make the time stepping faster.", "Make it faster, please.")
    edit(goal(project), "Make the time stepping faster.", "Make the stepping fast.")


def test_a_conflict_is_told_and_does_not_exit_0(project, regen):
    conflicting(project)
    original = (project / W / "program.md").read_bytes()
    for look in ("--check", "--dry-run", "--diff"):
        assert regen(look)[0] == 3
    status, said, _ = regen()
    assert status == 3
    assert said.endswith("Wrote 4 files; needs you: program.md\n")
    assert (
        "conflict   program.md                you and the template changed the same lines: "
        "resolve the marked lines\n"
    ) in said
    assert b"<<<<<<< yours\nMake it faster, please.\n" in (project / W / "program.md").read_bytes()
    assert (project / W / ".scaffold/backup/program.md").read_bytes() == original
    status, said, _ = regen()
    assert status == 3
    assert "it still holds our conflict markers: resolve the marked lines first" in said
    (project / W / "program.md").write_bytes(original)
    assert regen()[0] == 0
    assert regen("--check") == (
        0,
        "kept       program.md  you changed it; the template did not\n" + IN_SYNC.format(17),
        "",
    )


def test_a_conflict_can_stop_everything(project, regen):
    conflicting(project)
    before = tree(project)
    status, said, _ = regen("--on-conflict", "stop")
    assert (status, said.splitlines()[-1]) == (3, "Nothing was written: 1 conflict.")
    assert tree(project) == before


def test_the_merged_contract_must_be_one(project, regen):
    contract = project / W / "autogen/benchmark.yaml"
    contract.write_text(contract.read_text() + "reporting: {}\n")
    templates = project / ".fermilink-scaffold/templates"
    templates.mkdir(parents=True)
    builtin = Path(resource_path("templates", "base", "benchmark.yaml.j2")).read_text()
    (templates / "benchmark.yaml.j2").write_text("reporting: {}\n" + builtin)
    before = contract.read_bytes()
    status, said, _ = regen("--only", "benchmark")
    assert status == 3
    assert (
        "conflict   autogen/benchmark.yaml  merged, the contract cannot be read: the key 'reporting'"
        " is here twice: nothing was changed in it\n"
    ) in said
    assert contract.read_bytes() == before
    assert regen("--on-conflict", "theirs")[0] == 0
    assert contract.read_text().startswith("reporting: {}\n")
    assert (project / W / ".scaffold/backup/autogen/benchmark.yaml").read_bytes() == before


def started(project: Path) -> None:
    """The campaign has a baseline."""
    runtime.record_outcome(
        project,
        iteration=0,
        commit="1f0c2d3e4b5a",
        status="baseline",
        primary_metric_name="wall_seconds",
        primary_metric_value=2.0,
        description="baseline",
    )


def test_a_change_of_what_is_measured_ends_comparability(changed, regen):
    started(changed)
    assert "This will be noted" in regen("--check")[1]
    status, said, _ = regen()
    assert status == 0
    assert said.endswith(
        "\nResults are not comparable any more: tolerances changed.\n"
        "This is noted in the ledger and the memory. Measure a new baseline:\n"
        "  bash ./.fermilink-optimize/autogen/run_optimize.sh --baseline-only\n"
        "\nWrote 4 files.\n"
    )
    rows = (changed / W / "results.tsv").read_text().splitlines()
    text = "tolerances changed: results above cannot be compared with those below"
    assert rows[2:] == [f"0\t1f0c2d3e4b5a\tcontract_changed\twall_seconds\t-\t{text}"]
    memory = (changed / W / "memory.md").read_text()
    assert memory.count(f"contract_changed: {text} (1f0c2d3e4b5a, wall_seconds=-)") == 1
    assert runtime.disagreements(changed) == ()
    # FermiLink measures a baseline where the state has none, and keeps the rest.
    state = json.loads((changed / W / "state.json").read_text())
    assert state.keys() == {"incumbent_commit", "iteration", "last_outcome"}
    # It is noted once.
    assert regen()[0] == 0
    assert len((changed / W / "results.tsv").read_text().splitlines()) == 3


def test_a_change_of_comments_keeps_results_comparable(project, regen):
    started(project)
    for name, comment in (("benchmark.yaml", "# more"), ("benchmark_runner.py", "# more")):
        templates = project / ".fermilink-scaffold/templates"
        templates.mkdir(parents=True, exist_ok=True)
        (templates / f"{name}.j2").write_text(
            Path(resource_path("templates", "base", f"{name}.j2")).read_text() + f"{comment}\n"
        )
    ledger = (project / W / "results.tsv").read_bytes()
    status, said, _ = regen()
    assert status == 0
    assert "Only comments or prose of what measures changed: results stay comparable.\n" in said
    assert (project / W / "results.tsv").read_bytes() == ledger


def test_a_changed_input_file_is_staged_again(project, regen):
    (project.parent / "campaign/rod.txt").write_text("2\n")
    assert regen()[0] == 0
    assert (project / W / "inputs/all/rod.txt").read_text() == "2\n"
    assert run(["check"]) == 0
    started(project)
    (project.parent / "campaign/rod.txt").write_text("3\n")
    assert "Results are not comparable any more: input files changed." in regen()[1]


@pytest.mark.usefixtures("changed")
def test_only_one_file_leaves_the_others_to_be_done(regen):
    assert regen("--only", "program")[1].endswith("Wrote 1 file.\n")
    left = CHANGED.replace(CHANGED.splitlines()[3] + "\n", "")
    kept = "kept       program.md                you changed it; the template did not\n"
    left = left.replace("\n\nIn", "\n" + kept + "\nIn", 1)
    assert regen("--check") == (1, left + "Would write 3 files.\n", "")
    assert regen() == (0, left + "Wrote 3 files.\n", "")
    assert regen("--check")[0] == 0
    assert run(["check"]) == 0


def test_a_missing_input_file_is_named_and_nothing_is_changed(changed, regen):
    (changed.parent / "campaign/rod.txt").unlink()
    before = tree(changed)
    said = (
        "error: goal.md: input file 'rod.txt' is missing, and it is still named\n"
        "Put it back there (the staged copy is .fermilink-optimize/inputs/all/rod.txt), "
        "or name it no more.\n"
    )
    assert regen() == (2, "", said)
    assert regen("--check") == (2, "", said)
    assert tree(changed) == before
    edit(goal(changed), " {inputs}/rod.txt", "")
    edit(goal(changed), " {inputs}/rod.txt", "")
    assert "removed    inputs/all/rod.txt" in regen()[1]


def test_in_a_directory_of_the_project_it_finds_the_workspace(changed, regen, monkeypatch):
    (changed / "src/deep").mkdir(parents=True)
    monkeypatch.chdir(changed / "src/deep")
    assert regen() == (0, CHANGED + "Wrote 4 files.\n", "")
    assert regen("--check")[0] == 0


def test_it_refuses_while_the_campaign_runs(changed, regen):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        lock = changed / W / "run.lock.json"
        runtime.acquire_run_lock(lock, {"pid": child.pid})
        before = tree(changed)
        status, said, error = regen()
        assert (status, said) == (2, "")
        assert error.startswith(f"error: process {child.pid} on ")
        assert regen("--check")[0] == 1
        assert tree(changed) == before
    finally:
        child.communicate(b"\n")
    assert regen()[0] == 0


def test_without_the_goal_its_copy_serves(project, regen):
    shutil.rmtree(project.parent / "campaign")
    status, said, _ = regen()
    assert (status, said) == (0, IN_SYNC.format(18))
    note = (
        "note: goal.md is gone (scaffold.yaml: goal: ../../campaign/goal.md); "
        "its copy autogen/goal.md was used as the goal\n"
    )
    assert regen("--check")[2] == note
    assert regen("--dry-run", "--only", "program")[2] == note
    edit(project / W / "autogen/goal.md", "within 1e-7", "within 5e-8")
    status, said, _ = regen()
    assert status == 0
    assert "  tolerance on temperature: 1e-7 to 5e-8, goal.md line 15\n" in said
    assert regen("--check")[0] == 0


def test_what_is_committed_is_surveyed_again(project, regen):
    (project / "heat.py").write_text("def step(n):\n    for i in range(n):\n        pass\n")
    subprocess.run(["git", "commit", "-qam", "More"], cwd=project, check=True)
    status, said, _ = regen("--check")
    assert status == 1
    assert "the project's commit changed; you had not edited it" in said
    assert regen()[0] == 0
    assert regen("--check") == (0, IN_SYNC.format(18), "")


def test_a_killed_regeneration_is_completed_by_the_next(changed, regen):
    from fermilink_scaffold.workspace import journal

    child = os.fork()
    if child == 0:
        journal._carry_out = lambda *_: os._exit(0)
        run(["regen"])
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    status, said, error = regen("--check")
    assert (status, error) == (0, "An interrupted `regen` was completed.\n")
    assert "kept       program.md" in said
    assert not (changed / W / ".scaffold/journal.json").exists()
    assert not (changed / W / ".scaffold/pending").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--diff", "--json"), "--diff and --json cannot be had together."),
        (("--strict",), "--strict goes with --check."),
        (("--only", "progam"), "there is no file 'progam' to regenerate\nDid you mean 'program'?"),
        (("--restore", "program"), "is there, so there is nothing to restore"),
        (("--adopt", "program"), "is no file of somebody else's"),
    ],
)
def test_bad_usage_is_refused(regen, args, said):
    status, out, error = regen(*args)
    assert (status, out) == (2, "")
    assert said in error


def test_without_a_workspace_there_is_nothing_to_regenerate(git_repo, monkeypatch, capsys):
    monkeypatch.chdir(git_repo(name="empty"))
    assert run(["regen"]) == 2
    assert capsys.readouterr().err == (
        "error: ./.fermilink-optimize: there is no workspace here\n"
        "`fermilink-scaffold init PROJECT` makes one.\n"
    )


@pytest.mark.parametrize("kind", ["directory", "link", "read-only"])
def test_what_is_no_writable_file_stops_it_with_nothing_changed(changed, regen, kind, tmp_path):
    place = changed / W / "autogen/benchmark.yaml"
    if kind == "read-only":
        place.chmod(0o444)
    else:
        place.unlink()
        (tmp_path / "elsewhere").write_text("mine\n")
        place.mkdir() if kind == "directory" else place.symlink_to(tmp_path / "elsewhere")
    before = tree(tmp_path)
    status, out, error = regen()
    assert (status, out) == (2, "")
    assert "Nothing was changed." in error
    assert tree(tmp_path) == before


def test_a_strangers_manifest_reads_and_writes_nothing_outside(project, regen, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret\n")
    manifest = project / W / ".scaffold/manifest.json"
    good = json.loads(manifest.read_text())
    for change in (
        {"claims": {**good["claims"], "goal": "../../secret.txt"}},
        {"claims": {**good["claims"], "staged": ["../secret.txt", "../../../../etc/passwd"]}},
        {"claims": {**good["claims"], "template_dirs": ["/etc"]}},
        {"artifacts": [{**good["artifacts"][0], "path": "../../secret.txt"}]},
        {"artifacts": [{**good["artifacts"][0], "path": str(secret)}]},
    ):
        manifest.write_text(json.dumps({**good, **change}))
        status, out, error = regen()
        assert status in {0, 2, 3}
        assert "secret\n" not in out + error
        assert secret.read_text() == "secret\n"


PRECIOUS = [
    "state.json",
    "run.lock.json",
    "memory.archive.md",
    "memory.md",
    "worker_memory.md",
    "results.tsv",
    "scaffold.yaml",
    "runs/1/log.txt",
    "env/x",
    "mine.txt",
]


@pytest.mark.parametrize("policy", ["managed", "seeded", "input"])
@pytest.mark.parametrize("name", PRECIOUS)
def test_a_strangers_manifest_takes_no_file_of_the_campaign_away(changed, regen, name, policy):
    place = changed / W / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("ab") as stream:
        stream.write(b"# mine\n")
    content = place.read_bytes()
    base = changed / W / ".scaffold/base" / name
    base.parent.mkdir(parents=True, exist_ok=True)
    base.write_bytes(content)
    manifest = changed / W / ".scaffold/manifest.json"
    data = json.loads(manifest.read_text())
    first = next(item for item in data["artifacts"] if item["path"] == "program.md")
    entry = {
        **first,
        "path": name,
        "policy": policy,
        "base_sha256": hashlib.sha256(content).hexdigest(),
    }
    # As one that is rendered no more, beside its own entry, in its place, and as one that moved.
    others = [item for item in data["artifacts"] if item["path"] != name]
    for artifacts in (
        [*data["artifacts"], {**entry, "id": "evil"}],
        [*others, {**entry, "id": "evil"}],
        [*others, {**entry, "id": place.stem}],
        [item for item in others if item != first] + [entry],
    ):
        manifest.write_text(json.dumps({**data, "artifacts": artifacts}))
        assert regen()[0] in {0, 2, 3}
        assert place.read_bytes() == content
    (changed / W / "program.md").unlink()
    manifest.write_text(json.dumps({**data, "artifacts": artifacts}))
    assert regen()[0] in {0, 2, 3}
    assert place.read_bytes() == content


JUNK = st.one_of(
    st.sampled_from(
        ["", "\0", "a\nb", "\ud800", "\udcff", "../x", "/x", "a" * 5000, "program.md", *PRECIOUS]
    ),
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    st.text(max_size=4),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_manifest_at_all_brings_it_down(changed, regen, data):
    """Any value in a manifest by any other: it is told in one sentence, or does not matter."""
    kept = changed.parent / "kept"
    if not kept.exists():
        shutil.copytree(changed / W, kept)
    shutil.rmtree(changed / W)
    shutil.copytree(kept, changed / W)
    manifest = changed / W / ".scaffold/manifest.json"
    document = json.loads(manifest.read_text())
    keys = [*document, *["artifacts"] * 8, *["claims"] * 3]
    owner, key = document, data.draw(st.sampled_from(keys))
    while isinstance(owner[key], (dict, list)) and owner[key] and data.draw(st.integers(0, 5)):
        owner = owner[key]
        key = data.draw(
            st.sampled_from(sorted(owner) if isinstance(owner, dict) else range(len(owner)))
        )
    owner[key] = data.draw(JUNK)
    manifest.write_text(json.dumps(document))
    status, _, error = regen()
    assert status in {0, 2, 3}
    assert (status == 2) == error.startswith("error: ")
    assert (changed / W / "results.tsv").read_bytes() == (kept / "results.tsv").read_bytes()


def test_a_full_disk_stops_it_with_nothing_changed(changed, regen, monkeypatch):
    import errno

    before = tree(changed)

    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        status, _, error = regen()
    assert status == 2
    assert "No space left on device" in error
    assert tree(changed) == before
