"""The runtime from a shell: whole commands, their output, their status and what they leave."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from fermilink_scaffold import runtime
from fermilink_scaffold.cli._shell import run
from fermilink_scaffold.runtime import optimize_root

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
RECORD = ["--iteration", "1", "--commit", "abc", "--status", "accepted", "--metric", "wall"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    optimize_root(tmp_path).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call(project, capfd):  # noqa: ARG001  # a fixture cannot be marked to use another
    """Run a command line in the project: its status, what it says and its complaints."""

    def call(*words):
        status = run([str(word) for word in words])
        said = capfd.readouterr()
        return status, TIME.sub("T", said.out), said.err

    return call


def files(project):
    return {
        path.name: path.read_bytes() for path in optimize_root(project).iterdir() if path.is_file()
    }


def test_an_outcome_is_recorded_once(call, project):
    words = ["record", *RECORD, "--value", "8.5", "-m", "cache"]
    assert call(*words) == (0, "Recorded iteration 1, abc: accepted.\n", "")
    before = files(project)
    assert before["results.tsv"].decode() == (
        runtime.RESULTS_HEADER + "1\tabc\taccepted\twall\t8.5\tcache\n"
    )
    assert json.loads(before["state.json"])["incumbent_commit"] == "abc"
    assert b"accepted: cache (abc, wall=8.5)" in before["memory.md"]
    assert call(*words) == (
        0,
        "Iteration 1, abc is recorded already; nothing has changed.\n",
        "",
    )
    status, out, _ = call(*words, "--json")
    assert (status, json.loads(out)) == (
        0,
        {"iteration": 1, "commit": "abc", "recorded": False},
    )
    assert files(project) == before


@pytest.mark.parametrize(("value", "cell"), [("1e3", "1000"), ("nan", "nan"), ("n/a", "n/a")])
def test_a_value_may_be_a_number_or_a_word(call, project, value, cell):
    words = ["timeout" if word == "accepted" else word for word in RECORD]
    assert call("record", *words, "--value", value, "-m", "x")[0] == 0
    assert f"\twall\t{cell}\tx\n".encode() in files(project)["results.tsv"]


def test_a_record_needs_all_its_options(call, project):
    status, out, err = call("record", *RECORD, "-m", "x")
    assert (status, out) == (2, "")
    assert "Missing option '--value'" in err
    assert files(project) == {}


def test_commands_work_from_below_the_project(call, project, monkeypatch):
    below = project / "src" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert call("record", *RECORD, "--value", "1", "-m", "x")[0] == 0
    assert "results.tsv" in files(project)
    assert call("status", project / "src")[0] == 0


COMMANDS = [
    ["record", *RECORD, "--value", "1", "-m", "x"],
    ["memory", "show"],
    ["memory", "set", "-s", "A", "-m", "x"],
    ["memory", "append", "-s", "A", "-m", "x"],
    ["memory", "compact"],
    ["memory", "check"],
    ["memory", "repair"],
    ["worker", "reset"],
    ["worker", "archive"],
    ["status"],
    ["lock", "true"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_without_a_workspace_there_is_one_error(words, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run(words) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err == (
        "error: .: there is no .fermilink-optimize here or in any directory above\n"
        "`fermilink-scaffold init PROJECT` makes one.\n"
    )
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "words", [words for words in COMMANDS if words[0] == "memory"], ids=" ".join
)
def test_without_a_memory_there_is_one_error(words, call, project):
    status, out, err = call(*words)
    assert (status, out) == (2, "")
    assert err.startswith(
        f"error: {project}/.fermilink-optimize/memory.md: there is no such memory\n"
    )
    assert files(project) == {}


@pytest.fixture
def memory(project):
    path = runtime.memory_path(project)
    path.write_text("# M\n- last_updated_utc: x\n### Progress log\n- none yet\n### B\n- b\n")
    return path


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("name", ["Progress log", "progress log ", "### Progress log"])
def test_a_section_is_shown_and_edited_by_its_name(call, name):
    assert call("memory", "show", "-s", name) == (0, "- none yet\n", "")
    assert call("memory", "append", "-s", name, "-m", "- é") == (0, "", "")
    assert call("memory", "show", "-s", name) == (0, "- é\n", "")
    assert call("memory", "set", "-s", name, "-m", "- c", "-m", "- d") == (0, "", "")
    assert call("memory", "show") == (
        0,
        "# M\n- last_updated_utc: x\n### Progress log\n- c\n- d\n### B\n- b\n",
        "",
    )


def test_the_lines_of_a_section_may_come_from_stdin(call, memory, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"- x\xff\n- y\n")))
    assert call("memory", "set", "-s", "B")[0] == 0
    assert memory.read_bytes().endswith(b"### B\n- x\xff\n- y\n")


def test_a_line_can_be_added_once(call, memory):
    for _ in range(2):
        assert call("memory", "append", "-s", "B", "-m", "- b", "--once") == (0, "", "")
        assert call("memory", "append", "-s", "B", "-m", "- c", "--once") == (0, "", "")
    assert memory.read_text().endswith("### B\n- b\n- c\n")


def test_a_missing_section_is_added_or_told(call, memory):
    status, out, err = call("memory", "show", "-s", "C")
    assert (status, out) == (2, "")
    assert err == (
        f"error: {memory}: there is no section 'C'\nThere are: '### Progress log', '### B'.\n"
    )
    assert call("memory", "append", "-s", "C", "-m", "- c")[0] == 0
    assert memory.read_text().endswith("\n### B\n- b\n\n### C\n- c\n")


def test_a_memory_is_checked_and_mended(call, project):
    call("record", *RECORD, "--value", "8.5", "-m", "cache")
    assert call("memory", "check") == (0, "Nothing is wrong with the memory.\n", "")
    path = runtime.memory_path(project)
    good = path.read_text()
    path.write_text(good.replace("### Rejected patterns", "### Rejected experiments"))
    number = good.split("### Rejected patterns")[0].count("\n") + 1
    finding = (
        f"line {number}: renamed: '### Rejected experiments' should read '### Rejected patterns'\n"
    )
    assert call("memory", "check") == (1, finding, "")
    status, out, _ = call("memory", "check", "--json")
    assert (status, json.loads(out)["findings"][0]["line"]) == (1, number)
    status, difference, err = call("memory", "repair", "--dry-run")
    assert (status, err) == (1, finding)
    assert "\n-### Rejected experiments\n+### Rejected patterns\n" in difference
    assert path.read_text() != good
    status, out, err = call("memory", "repair")
    assert (status, out) == (0, difference)
    assert re.fullmatch(re.escape(finding) + r"The memory as it was: \S+\.md\n", err)
    assert path.read_text() == good
    assert call("memory", "repair") == (0, "", "Nothing is wrong with the memory.\n")
    assert json.loads(call("memory", "repair", "--json")[1]) == {
        "findings": [],
        "backup": None,
        "diff": "",
    }


def test_a_memory_is_kept_short(call, project):
    for iteration in range(30):
        runtime.record_outcome(
            project,
            iteration=iteration,
            commit=f"c{iteration}",
            status="rejected",
            primary_metric_name="m",
            primary_metric_value=1,
            description="x" * 100,
        )
    status, out, err = call("memory", "compact", "--keep-bytes", "4000")
    assert (status, err) == (0, "")
    assert re.fullmatch(r"Moved \d+ entries; the memory has \d+ bytes\.\n", out)
    size = runtime.memory_path(project).stat().st_size
    assert size <= 4000
    status, out, _ = call("memory", "compact", "--keep-bytes", "4000", "--json")
    assert (status, json.loads(out)) == (0, {"moved": 0, "bytes": size})
    assert call("memory", "compact", "--keep-bytes", "10")[2] == (
        "warning: what is left cannot be moved\n"
    )


def test_the_worker_memory_through_an_iteration(call, project):
    runtime.ensure_memory_file(
        runtime.memory_path(project),
        package_id="pkg",
        benchmark_id="bench",
        benchmark_rel="x",
        optimize_branch="x",
    )
    assert call("worker", "archive")[0] == 2
    assert call("worker", "reset") == (0, "The worker's memory begins iteration 1.\n", "")
    path = runtime.worker_memory_path(project)
    head = TIME.sub("T", path.read_text()).split("\n\n")[1]
    assert head == (
        "- package_id: pkg\n- benchmark_id: bench\n"
        "- benchmark_path: .fermilink-optimize/autogen/benchmark.yaml\n"
        "- program_path: .fermilink-optimize/program.md\n"
        "- controller_memory_path: .fermilink-optimize/memory.md\n"
        "- results_path: .fermilink-optimize/results.tsv\n"
        "- worker_iteration: 1\n- reset_at_utc: T"
    )
    assert call("memory", "append", "--worker", "-s", "Debug notes", "-m", "- n")[0] == 0
    assert call("memory", "show", "--worker", "-s", "Debug notes") == (0, "- n\n", "")
    notes = path.read_bytes()
    target = runtime.runs_root(project) / "iter_0001" / "worker_memory.md"
    assert call("worker", "archive") == (0, f"{target}\n", "")
    assert target.read_bytes() == notes
    assert call("worker", "reset") == (
        0,
        "The worker's memory is of iteration 1 already; it is kept.\n",
        "",
    )
    assert path.read_bytes() == notes
    assert call("record", *RECORD, "--value", "8.5", "-m", "cache")[0] == 0
    (optimize_root(project) / "benchmark.worker.yaml").touch()
    assert call("worker", "reset")[1] == "The worker's memory begins iteration 2.\n"
    assert "- benchmark_path: .fermilink-optimize/benchmark.worker.yaml\n" in path.read_text()
    # Archiving again what is no longer there does not overwrite what was archived.
    status, _, err = call("worker", "archive", "--iteration", "1")
    assert (status, err) == (
        2,
        f"error: {path}: the worker's memory is of iteration 2, not of 1\n",
    )
    assert target.read_bytes() == notes
    assert call("worker", "reset", "--iteration", "2", "--force")[1] == (
        "The worker's memory begins iteration 2.\n"
    )


def test_status_of_a_campaign_that_has_not_begun(call):
    assert call("status") == (
        0,
        (
            "iteration   0: 0 accepted, 0 rejected, 0 in a row\n"
            "incumbent   none yet\nbaseline    none yet\nrunning     nobody\n"
        ),
        "",
    )
    assert json.loads(call("status", "--json")[1])["recent"] == []


def test_status_of_a_campaign(call, project):
    baseline = ["--iteration", "0", "--commit", "0" * 40, "--status", "baseline"]
    call("record", *baseline, "--metric", "wall", "--value", "10", "-m", "the baseline")
    call("record", *RECORD, "--value", "8.5", "-m", "cache " * 20)
    late = ["--iteration", "2", "--commit", "def", "--status", "timeout", "--metric", "wall"]
    call("record", *late, "--value", "nan", "-m", "tiles")
    runtime.write_run_lock(
        runtime.run_lock_path(project), {"pid": os.getpid(), "started_at_utc": "then"}
    )
    size = runtime.memory_path(project).stat().st_size
    assert call("status", "--tail", "2") == (
        0,
        (
            "iteration   2: 1 accepted, 1 rejected, 1 in a row\n"
            "metric      wall\n"
            "incumbent   abc  8.5  (0.85x the baseline)\n"
            "baseline    000000000000  10\n"
            f"running     process {os.getpid()} since then\n"
            f"memory      {size / 1024:.1f} KB\n"
            "\n"
            f"1  abc  accepted  8.5  {('cache ' * 20)[:71]}…\n"
            "2  def  timeout   nan  tiles\n"
        ),
        "",
    )
    status, out, _ = call("status", "--json", "--tail", "1")
    assert (status, json.loads(out)) == (
        0,
        {
            "iteration": 2,
            "accepted_count": 1,
            "rejected_count": 1,
            "consecutive_rejections": 1,
            "primary_metric": "wall",
            "baseline": {"commit": "0" * 40, "value": 10.0},
            "incumbent": {"commit": "abc", "value": 8.5},
            "incumbent_to_baseline": 0.85,
            "run_lock": {
                "state": "held",
                "pid": os.getpid(),
                "host": None,
                "started_at_utc": "then",
            },
            "unfinished_outcome": False,
            "memory_bytes": size,
            "recent": [
                {
                    "iteration": 2,
                    "commit": "def",
                    "status": "timeout",
                    "primary_metric_name": "wall",
                    "primary_metric_value": "nan",
                    "description": "tiles",
                }
            ],
        },
    )
    assert json.loads(call("status", "--json", "--tail", "0")[1])["recent"] == []


def test_status_reads_no_more_of_a_ledger_than_it_shows(call, project, monkeypatch):
    path = runtime.results_path(project)
    row = "5\tc\trejected\tm\t1\tx\n"
    path.write_text(runtime.RESULTS_HEADER + row * 200_000)
    read = []
    pread = os.pread

    def spy(file, size, position):
        read.append(size)
        return pread(file, size, position)

    monkeypatch.setattr(os, "pread", spy)
    assert len(json.loads(call("status", "--json")[1])["recent"]) == 8
    assert sum(read) < path.stat().st_size / 10


def test_watching_ends_with_an_interrupt(call, monkeypatch):
    looks = []

    def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", sleep)
    status, out, err = call("status", "--watch")
    assert (status, err) == (130, "interrupted\n")
    assert out.count("running     nobody\n") == 2
    assert call("status", "--watch", "--json")[0] == 2


PROGRAM = [sys.executable, "-m", "fermilink_scaffold", "lock"]


def lock(project, *words, **options):
    return subprocess.run(
        [*PROGRAM, *words],
        cwd=project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def test_a_command_runs_under_the_lock_and_gives_its_status(project):
    script = f"cat {runtime.run_lock_path(project)}; echo $$; exit 5"
    done = lock(project, "--", "sh", "-c", script)
    assert done.returncode == 5
    text, pid = done.stdout.rstrip("\n").rsplit("\n", 1)
    payload = json.loads(text)
    assert payload["pid"] == int(pid)
    assert payload["mode"] == "command"
    assert payload["command"].startswith("sh -c ")
    assert not runtime.run_lock_path(project).exists()


def test_a_lock_inside_the_lock_needs_no_other(project):
    words = " ".join([*PROGRAM, "echo", "inside"])
    done = lock(project, "sh", "-c", f"{words}; {words.removesuffix('echo inside')}")
    assert done.returncode == 3
    assert re.fullmatch(r"inside\nprocess \d+ on \S+ runs this campaign, since \S+Z\n", done.stdout)


def test_a_held_lock_is_refused_or_waited_for(project):
    holder = subprocess.Popen(
        [*PROGRAM, "sh", "-c", "echo in; read line"],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "in\n"
    refused = lock(project, "echo", "hi")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert re.fullmatch(
        r"error: process \d+ on \S+ runs this campaign, since \S+Z\n"
        r"Wait for its end, or give --wait SECONDS\.\n",
        refused.stderr,
    )
    assert lock(project, "--release").returncode == 3
    waiting = subprocess.Popen(
        [*PROGRAM, "--wait", "50", "echo", "hi"], cwd=project, stdout=subprocess.PIPE, text=True
    )
    assert holder.communicate("\n", timeout=60)[0] == ""
    assert waiting.communicate(timeout=60)[0] == "hi\n"
    assert (holder.returncode, waiting.returncode) == (0, 0)


def test_the_lock_is_held_by_the_command_when_its_starter_is_killed(project):
    starter = subprocess.Popen(
        [*PROGRAM, "sh", "-c", "echo in; read line"],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout.readline() == "in\n"
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait(timeout=60)
    assert lock(project).returncode == 3
    starter.communicate("\n", timeout=60)
    for _ in range(300):
        if lock(project).returncode == 0:
            break
    assert lock(project, "true").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_command(project, number):
    program = subprocess.Popen(
        [*PROGRAM, "sh", "-c", "trap 'exit 9' TERM INT; echo in; while :; do sleep 0.05; done"],
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout.readline() == "in\n"
    program.send_signal(number)
    program.communicate(timeout=60)
    assert program.returncode == 9
    assert not runtime.run_lock_path(project).exists()


def test_a_command_that_ends_by_a_signal(project):
    assert lock(project, "sh", "-c", "kill -TERM $$").returncode == 143


def test_a_command_that_is_not_there(project):
    done = lock(project, "no-such-command")
    assert (done.returncode, done.stderr) == (
        127,
        "error: there is no command 'no-such-command'\n",
    )
    assert files(project) == {}


def test_a_free_lock(call, project):
    assert call("lock") == (0, "The run lock is free.\n", "")
    runtime.write_run_lock(runtime.run_lock_path(project), {"pid": 2**22 + 1})
    assert call("lock", "--release") == (0, "The run lock is free.\n", "")
    assert not runtime.run_lock_path(project).exists()


# --- What is refused ------------------------------------------------------------------------


def test_an_accepted_value_is_a_finite_number(call, project):
    for value in ("nan", "1e999", "-inf", "hello", ""):
        status, out, err = call("record", *RECORD, "--value", value, "-m", "x")
        assert (status, out) == (2, "")
        assert err.startswith("error: ")
    assert call("record", *RECORD, "--value", "1e999", "-m", "x")[2] == (
        "error: an outcome that is accepted needs a finite number, not 'inf'\n"
    )
    assert files(project) == {}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["--status", ""], "the status must not be empty"),
        (["--commit", " "], "the commit must not be empty"),
        (["--metric", "\t"], "the primary metric name must not be empty"),
        (
            ["--status", "ACCEPTED"],
            (
                "the status 'ACCEPTED' would count as a rejection\n"
                "Write it in small letters: --status accepted."
            ),
        ),
    ],
)
def test_what_is_no_outcome_is_refused(call, project, changes, told):
    words = ["record", *RECORD, "--value", "1", "-m", "x", *changes]
    assert call(*words) == (2, "", f"error: {told}\n")
    assert files(project) == {}


def test_a_contradicting_outcome_is_a_conflict(call, project):
    call("record", *RECORD, "--value", "8.5", "-m", "x")
    before = files(project)
    for changes, given in (
        (["--status", "rejected"], "'rejected, wall=8.5'"),
        (["--value", "9"], "'accepted, wall=9'"),
    ):
        assert call("record", *RECORD, "--value", "8.5", "-m", "x", *changes) == (
            3,
            "",
            (
                f"error: iteration 1, abc is recorded as 'accepted, wall=8.5', which {given} "
                "contradicts\nA measurement anew is an outcome of another iteration.\n"
            ),
        )
    assert files(project) == before


def test_a_lost_state_is_made_again_and_told(call, project):
    call("record", *RECORD, "--value", "8.5", "-m", "x")
    runtime.state_path(project).write_text("garbage")
    words = ["--iteration", "2", "--commit", "b", "--status", "rejected", "--metric", "wall"]
    assert call("record", *words, "--value", "9", "-m", "x") == (
        0,
        "Recorded iteration 2, b: rejected.\n",
        (
            f"warning: {runtime.state_path(project)} was not a JSON object: "
            "it is made again from the ledger's 1 row, a copy is kept\n"
        ),
    )
    state = json.loads(files(project)["state.json"])
    assert (state["accepted_count"], state["rejected_count"]) == (1, 1)
    assert state["incumbent_commit"] == "abc"
    assert files(project)["state.json.unreadable"] == b"garbage"


def test_what_was_recorded_is_told_as_it_was_recorded(call):
    words = ["--iteration", "1", "--commit", "a\tb\nc", "--status", "accepted\n", "--metric", "m"]
    assert call("record", *words, "--value", "1", "-m", "x") == (
        0,
        "Recorded iteration 1, a b c: accepted.\n",
        "",
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-s", "", "-m", "x"], "a section needs a name"),
        (["-s", " ", "-m", "x"], "a section needs a name"),
        (["-s", "###", "-m", "x"], "a section needs a name"),
        (["-s", "bad\nhead", "-m", "x"], "a section's name is one line: 'bad\\nhead'"),
        (["-s", "B\n", "-m", "x"], "a section's name is one line: 'B\\n'"),
        (
            ["-s", "#### B", "-m", "x"],
            "a section's heading starts with '## ' or '### ': '#### B'",
        ),
        (["-s", "B", "-m", "a\n### x"], "this line would begin another section: '### x'"),
        (["-s", "B", "-m", "## trick"], "this line would begin another section: '## trick'"),
        (["-s", "B", "-m", "```"], "this line opens a code block that does not end: '```'"),
    ],
)
@pytest.mark.parametrize("command", ["append", "set"])
def test_an_edit_of_a_section_stays_in_the_section(call, memory, command, words, told):
    before = memory.read_bytes()
    assert call("memory", command, *words) == (2, "", f"error: {told}\n")
    assert memory.read_bytes() == before


@pytest.mark.usefixtures("memory")
def test_a_code_block_with_headings_may_be_added(call):
    block = "```\n### x\n```"
    assert call("memory", "append", "-s", "B", "-m", block) == (0, "", "")
    assert call("memory", "show", "-s", "B") == (0, f"- b\n{block}\n", "")


def test_lines_from_stdin_end_at_newlines_alone(call, memory, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("- x\u2028y\x0c\r\n\n".encode())))
    assert call("memory", "set", "-s", "B")[0] == 0
    assert memory.read_bytes().endswith("### B\n- x\u2028y\x0c\n\n".encode())


def test_a_directory_is_no_command_to_lock(call, project, monkeypatch):
    there = project / "a dir"
    there.mkdir()
    monkeypatch.chdir("/")
    assert call("lock", there) == (
        2,
        "",
        (
            f"error: {there}: is a directory, not a command\n"
            f"To say where the workspace is: --project '{there}'.\n"
        ),
    )


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["record"], ["--iteration N", "--commit ID", "--status WORD", "--metric NAME"]),
        (["record"], ["--value NUMBER", "-m, --message TEXT"]),
        (["status"], ["--tail N"]),
        (["memory", "compact"], ["--keep-bytes N"]),
        (["memory", "append"], ["-s, --section NAME", "-m, --line TEXT"]),
        (["memory", "set"], ["-m, --line TEXT"]),
        (["worker", "reset"], ["--iteration N"]),
        (["worker", "archive"], ["--iteration N"]),
        (["lock"], ["--project DIR", "--wait SECONDS"]),
    ],
)
def test_options_say_what_they_take(call, words, shown):
    status, out, _ = call(*words, "--help")
    assert status == 0
    assert [option for option in shown if f"  {option}  " not in out.replace("\n", "  \n")] == []
    assert "RANGE" not in out


def test_nothing_on_stdin_empties_no_section(call, memory, monkeypatch):
    before = memory.read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert call("memory", "set", "-s", "B") == (
        2,
        "",
        (
            "error: no line is given, and nothing is on stdin\n"
            "To leave the section with an empty line: -m ''.\n"
        ),
    )
    assert memory.read_bytes() == before


@pytest.mark.parametrize("name", ["memory.md", "results.tsv", "state.json"])
@pytest.mark.parametrize("kind", ["pipe", "directory"])
def test_what_is_no_file_is_an_error_and_makes_nobody_wait(call, project, name, kind):
    call("record", *RECORD, "--value", "1", "-m", "x")
    path = optimize_root(project) / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
        told = f"error: {path}: Not a regular file\n"
    else:
        path.mkdir()
        told = f"error: {path}: Is a directory\n"
    words = ["--iteration", "2", "--commit", "b", "--status", "rejected", "--metric", "wall"]
    assert call("record", *words, "--value", "9", "-m", "x") == (2, "", told)
    if name == "memory.md":
        assert call("memory", "show") == (2, "", told)
    assert call("status")[0] == (2 if name == "results.tsv" else 0)
    assert not (optimize_root(project) / ".transaction.json").exists()


def test_control_characters_are_shown_escaped(call, project):
    words = ["--iteration", "1", "--commit", "a\x1b[31m", "--status", "reje\u202ected"]
    told = "Recorded iteration 1, a\\x1b[31m: reje\\u202ected.\n"
    assert call("record", *words, "--metric", "m", "--value", "1", "-m", "x") == (0, told, "")
    assert b"a\x1b[31m" in files(project)["results.tsv"]
    assert call("status")[1].endswith("\n1  a\\x1b[31m  reje\\u202ected  1  x\n")
