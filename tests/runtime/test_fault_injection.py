"""Real faults: killed processes, full and read-only file systems, failing system calls."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from runtime.campaign import outcome, told

from fermilink_scaffold.runtime import memory_path, optimize_root, pid_is_running, recover

pytestmark = pytest.mark.slow

WRITER = Path(__file__).with_name("writer.py")
#: One outcome in a process of its own; its status says whether the call returned.
ONE = """
import errno, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from runtime.campaign import outcome
if len(sys.argv) > 4:
    import os
    os.setgid(65534); os.setuid(65534)
try:
    outcome(Path(sys.argv[2]), int(sys.argv[3]))
except OSError as error:
    sys.exit(1 if error.errno else 3)
"""


def one(project, iteration, *wrapper, unprivileged=False):
    words = [sys.executable, "-c", ONE, str(WRITER.parents[1]), str(project), str(iteration)]
    completed = subprocess.run(
        [*wrapper, *words, *(["nobody"] if unprivileged else [])],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert completed.returncode in {0, 1}, completed.stderr
    return completed.returncode == 0


def test_writers_killed_at_random_points_hundreds_of_times(tmp_path):
    returned: set[int] = set()
    first = 0
    for kill in range(300):
        process = subprocess.Popen(
            [sys.executable, str(WRITER), str(tmp_path), str(first), "1000"],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = process.stdout.readline()
        time.sleep(random.Random(kill).random() * 0.01)
        process.kill()
        rest = process.communicate(timeout=60)[0]
        returned |= {int(word) for word in (line + rest).split()}
        first += 1000
        if kill % 20 == 19:
            # The next writer is this process; after it all agree.
            outcome(tmp_path, first)
            returned.add(first)
            first += 1
            result = told(tmp_path)
            assert result.agree()
            assert returned <= set(result.ledger)
    # What was under way when a writer died is there as well, or not at all.
    assert len(set(told(tmp_path).ledger) - returned) <= 300
    # What they left goes with the next writer, unless another process has their number now.
    assert one(tmp_path, first)
    leftovers = [name for name in os.listdir(optimize_root(tmp_path)) if name.endswith(".tmp")]
    assert [name for name in leftovers if not pid_is_running(int(name.split(".")[-3]))] == []


def test_no_reader_ever_sees_half_a_memory(tmp_path):
    process = subprocess.Popen(
        [sys.executable, str(WRITER), str(tmp_path), "0", "300"], stdout=subprocess.DEVNULL
    )
    seen = 0
    while process.poll() is None:
        if memory_path(tmp_path).exists():
            text = memory_path(tmp_path).read_text()
            assert text.endswith("when it has been tried.\n")
            assert text.count("] accepted: ") + text.count("] rejected: ") >= seen
            seen = text.count("] accepted: ") + text.count("] rejected: ")
    assert process.returncode == 0
    assert told(tmp_path).agree()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KB of its own."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system needs more rights than these tests have")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


def fill(path):
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC  # noqa: PT017


def test_a_full_disk_leaves_everything_as_it_was_and_more_room_is_enough(small_disk):
    assert one(small_disk, 1)
    filler = small_disk / "filler"
    # From no room at all to enough: somewhere on the way each of the writes is the first to fail.
    outcomes = []
    for pages in range(12):
        fill(filler)
        os.truncate(filler, max(0, filler.stat().st_size // 4096 - pages) * 4096)
        before = told(small_disk)
        recorded = one(small_disk, 2)
        outcomes.append(recorded)
        after = told(small_disk)
        assert after.agree()
        assert recorded or after == before
        filler.unlink()
        if recorded:
            break
    assert outcomes[0] is False
    assert outcomes[-1] is True
    assert one(small_disk, 3)
    assert told(small_disk).ledger == [1, 2, 3]
    assert told(small_disk).agree()


@pytest.fixture
def open_directory():
    """A directory that every user can get to, as pytest's own are not."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755)
        yield Path(directory)


@pytest.mark.parametrize("what", ["directory", "files"])
def test_what_may_not_be_written_stays_as_it_is(open_directory, what):
    project = open_directory / "project"
    outcome(project, 1)
    workspace = optimize_root(project)
    project.chmod(0o755)
    workspace.chmod(0o555 if what == "directory" else 0o777)
    for path in workspace.iterdir():
        path.chmod(0o444)
    before = {path: path.read_bytes() for path in workspace.iterdir()}
    # Root may do everything: another user it is.
    assert not one(project, 2, unprivileged=os.geteuid() == 0)
    assert {path: path.read_bytes() for path in workspace.iterdir()} == before
    workspace.chmod(0o755)
    for path in workspace.iterdir():
        path.chmod(0o644)
    assert outcome(project, 2)
    assert told(project).agree()


#: System calls that the interpreter makes for itself as well: only those on the workspace's
#: files count.
SHARED = {"openat", "newfstatat", "pread64", "close", "getdents64"}
OWN = {"writev", "fsync", "rename", "unlink", "fchmod", "flock"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call", sorted(SHARED | OWN))
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_an_error_of_a_real_system_call_leaves_all_or_nothing(tmp_path, call, error):
    name = errno.errorcode[error]
    for number in range(1, 100):
        project = tmp_path / str(number)
        outcome(project, 1)
        trace = tmp_path / "trace"
        paths = [optimize_root(project), *optimize_root(project).iterdir()]
        watched = [word for path in paths for word in ("-P", str(path)) if call in SHARED]
        completed = subprocess.run(
            [
                *("strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", *watched),
                *("-e", f"inject={call}:error={name}:when={number}"),
                *(sys.executable, "-c", ONE, str(WRITER.parents[1]), str(project), "2"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if "PTRACE" in completed.stderr or "not permitted" in completed.stderr:
            pytest.skip("tracing a process needs more rights than these tests have")
        assert completed.returncode in {0, 1}, completed.stderr
        result = told(project)
        recorded = completed.returncode == 0
        assert result.agree() or (project / ".fermilink-optimize/.transaction.json").exists()
        recover(project)
        result = told(project)
        assert result.agree(), (number, result)
        assert not recorded or result.ledger == [1, 2], number
        outcome(project, 2)
        assert told(project).ledger == [1, 2]
        assert told(project).agree()
        if "(INJECTED)" not in trace.read_text():
            break
    assert number > 1
