"""Writing files: the old content or the new, and what surrounds it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import subprocess
import sys
import threading

import pytest
from runtime.faults import Died, dying, failing

from fermilink_scaffold.runtime import ensure_executable, ensure_program_file, files, locks
from fermilink_scaffold.runtime.files import create_atomic, write_atomic
from fermilink_scaffold.runtime.locks import Lock

OLD, NEW = b"old content\n" * 10, b"new\n"
ERRORS = [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(directory):
    return sorted(os.listdir(directory))


def test_a_new_file_gets_the_bits_that_the_umask_leaves(tmp_path):
    old = os.umask(0o027)
    try:
        write_atomic(tmp_path / "a", NEW)
    finally:
        os.umask(old)
    assert mode(tmp_path / "a") == 0o640
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("bits", [0o600, 0o640, 0o755, 0o666])
def test_the_bits_of_a_file_are_kept(tmp_path, bits):
    path = tmp_path / "a"
    path.write_bytes(OLD)
    path.chmod(bits)
    write_atomic(path, NEW)
    assert (path.read_bytes(), mode(path)) == (NEW, bits)


@pytest.mark.parametrize("exists", [True, False])
def test_other_bits_can_be_asked_for(tmp_path, exists):
    path = tmp_path / "a"
    if exists:
        path.write_bytes(OLD)
    write_atomic(path, NEW, mode=0o750)
    assert mode(path) == 0o750


def test_the_target_of_a_link_is_replaced_where_it_is(tmp_path):
    real = tmp_path / "there" / "file"
    real.parent.mkdir()
    real.write_bytes(OLD)
    for number, target in enumerate([real, "there/file"]):
        link = tmp_path / f"link{number}"
        link.symlink_to(target)
        write_atomic(link, NEW + bytes([number]))
        assert link.is_symlink()
        assert real.read_bytes() == NEW + bytes([number])
    assert names(tmp_path) == ["link0", "link1", "there"]
    assert names(real.parent) == ["file"]


def test_a_link_to_nothing_creates_its_target(tmp_path):
    (tmp_path / "link").symlink_to("file")
    write_atomic(tmp_path / "link", NEW)
    assert (tmp_path / "file").read_bytes() == NEW
    assert (tmp_path / "link").is_symlink()


def test_a_relative_name_is_enough(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomic("a", NEW)
    assert create_atomic("b", NEW)
    with Lock([files.home("a")]):
        assert names(tmp_path) == [".runtime.lock", "a", "b"]


def test_content_goes_on_where_the_kernel_stopped(tmp_path, monkeypatch):
    data = bytes(range(256)) * 40
    whole = os.writev
    monkeypatch.setattr(os, "writev", lambda file, parts: whole(file, [parts[0][:1000]]))
    files.write_pieces(tmp_path / "a", [data[:3], b"", memoryview(data)[3:5000], data[5000:]])
    assert (tmp_path / "a").read_bytes() == data


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("exists", [True, False])
def test_a_write_that_fails_at_any_call_leaves_the_file_as_it_was(tmp_path, exists, error):
    path = tmp_path / "a"
    number, struck = 0, True
    while struck:
        number += 1
        path.unlink(missing_ok=True)
        if exists:
            path.write_bytes(OLD)
        raised = False
        with failing(number, error) as faults:
            try:
                write_atomic(path, NEW)
            except OSError:
                raised = True
        struck = faults.struck
        if raised:
            assert names(tmp_path) == (["a"] if exists else []), number
            assert not exists or path.read_bytes() == OLD, number
        else:
            assert path.read_bytes() == NEW, number
            assert names(tmp_path) == ["a"], number
    assert number > 8


@pytest.mark.parametrize("exists", [True, False])
def test_a_process_that_dies_at_any_call_leaves_the_old_content_or_the_new(tmp_path, exists):
    path = tmp_path / "a"
    seen = set()
    number, struck = 0, True
    while struck:
        number += 1
        path.unlink(missing_ok=True)
        if exists:
            path.write_bytes(OLD)
        with dying(number) as faults, contextlib.suppress(Died):
            write_atomic(path, NEW)
        struck = faults.struck
        seen.add(path.read_bytes() if path.exists() else None)
    assert seen == {OLD if exists else None, NEW}


def test_a_file_system_that_cannot_sync_directories_is_no_failure(tmp_path, monkeypatch):
    sync = os.fsync

    def fsync(file):
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(file)

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomic(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_bytes() == NEW


def test_file_and_directory_are_synced(tmp_path, monkeypatch):
    synced = []
    sync = os.fsync

    def fsync(file):
        synced.append(os.readlink(f"/proc/self/fd/{file}"))
        sync(file)

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomic(tmp_path / "a", NEW)
    assert len(synced) == 2
    assert os.path.dirname(synced[0]) == str(tmp_path)
    assert synced[1] == str(tmp_path)


def test_temporary_names_are_never_the_same(tmp_path, monkeypatch):
    used = []
    replace = os.replace

    def spy(source, target):
        used.append(os.path.basename(source))
        replace(source, target)

    monkeypatch.setattr(os, "replace", spy)
    for _ in range(20):
        write_atomic(tmp_path / "state.json", NEW)
    assert len(set(used)) == 20


def test_of_many_creators_one_creates(tmp_path):
    path = tmp_path / "a" / "file"
    barrier = threading.Barrier(8)
    created = []

    def create(number):
        barrier.wait()
        if ensure_program_file(path, content=f"{number}\n"):
            created.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(created) == 1
    assert path.read_text() == f"{created[0]}\n"
    assert names(path.parent) == ["file"]


def test_creation_needs_no_hard_links(tmp_path, monkeypatch):
    def link(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    assert create_atomic(tmp_path / "a", NEW)
    assert not create_atomic(tmp_path / "a", OLD)
    assert (tmp_path / "a").read_bytes() == NEW
    assert names(tmp_path) == ["a"]


def test_what_dead_writers_left_goes_and_what_the_living_write_stays(tmp_path, monkeypatch):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(timeout=60)
    dead, living = (f".memory.md.{pid}.0badc0de.tmp" for pid in (process.pid, os.getpid()))
    others = ["notes.tmp", ".a.b.tmp", f"memory.md.{process.pid}.0badc0de.tmp"]
    for name in (dead, living, *others):
        (tmp_path / name).touch()
    monkeypatch.setattr(locks, "_swept", set())
    with Lock([str(tmp_path)]):
        pass
    assert names(tmp_path) == sorted([".runtime.lock", living, *others])


def test_threads_exclude_each_other(tmp_path):
    inside = []
    overlaps = []

    def work():
        for _ in range(50):
            with Lock([str(tmp_path)]):
                overlaps.append(len(inside))
                inside.append(1)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [0] * 200


def test_the_lock_of_a_writer_that_was_killed_is_free(tmp_path):
    code = (
        "import sys, time; from fermilink_scaffold.runtime.locks import Lock\n"
        "with Lock([sys.argv[1]]):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.communicate(timeout=60)
    with Lock([str(tmp_path)]):
        pass


def test_two_names_of_one_directory_do_not_wait_for_each_other(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with Lock([str(tmp_path / "real"), str(tmp_path / "link")]):
        assert names(tmp_path / "real") == [".runtime.lock"]


@pytest.mark.parametrize(("before", "after"), [(0o640, 0o751), (0o654, 0o654), (0o600, 0o711)])
def test_execution_bits_are_set_unless_there_is_one(tmp_path, before, after):
    path = tmp_path / "a"
    path.touch()
    path.chmod(before)
    ensure_executable(path)
    assert mode(path) == after


def test_no_execution_bits_for_what_is_not_there(tmp_path):
    ensure_executable(tmp_path / "a")
    assert names(tmp_path) == []
