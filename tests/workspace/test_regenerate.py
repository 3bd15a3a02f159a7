"""Every row of the table, one file at a time."""

from __future__ import annotations

import json
import os

import pytest
from workspace.regens import Case, File, files, make, planned, put, regenerate

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.workspace.manifest import load_manifest

BASE = File(data=b"one\ntwo\nthree\nfour\nfive\n")
MINE = File(data=b"one\ntwo\nthree\nfour\nfive and mine\n")
NEW = File(data=b"one, new\ntwo\nthree\nfour\nfive\n")
BOTH = File(data=b"one, new\ntwo\nthree\nfour\nfive and mine\n")
CLASH = File(data=b"one\ntwo\nthree\nfour\nfive, new\n")
PLAIN = File(data=b"plain\n")
BASE_PATH, BACKUP = ".scaffold/base/program.md", ".scaffold/backup/program.md"


def outcome(made) -> tuple[str, str]:
    (found,) = made.outcomes
    return found.action, found.why


def after(tmp_path, base, disk, new, **options):
    """What is on disk after a regeneration, by path, and the one outcome."""
    case = Case(base=base, disk=disk, new=new)
    make(tmp_path, [case])
    made = regenerate(tmp_path, [case], **options)
    return files(tmp_path), outcome(made)


def pair(disk: File, base: File) -> dict[str, File]:
    return {"program.md": disk, BASE_PATH: base}


def test_nothing_happens_where_disk_and_rendering_agree_and_the_base_follows(tmp_path):
    assert after(tmp_path, BASE, NEW, NEW) == (
        pair(NEW, NEW),
        ("unchanged", "as it is rendered"),
    )


def test_what_was_not_edited_is_rendered_anew(tmp_path):
    assert after(tmp_path, BASE, BASE, NEW) == (
        pair(NEW, NEW),
        ("updated", "the rendering changed; you had not edited it"),
    )


def test_an_edit_stays_where_the_rendering_did_not_change(tmp_path):
    assert after(tmp_path, BASE, MINE, BASE) == (
        pair(MINE, BASE),
        ("kept", "you changed it; the template did not"),
    )


def test_an_edit_and_a_new_rendering_are_merged(tmp_path):
    assert after(tmp_path, BASE, MINE, NEW) == (
        pair(BOTH, NEW),
        ("merged", "you changed it, and the rendering changed: both are in it"),
    )


MARKED = b"""one
two
three
four
<<<<<<< yours
five and mine
||||||| base
five
=======
five, new
>>>>>>> template
"""


def test_a_conflict_is_marked_and_the_original_kept(tmp_path):
    found, (action, why) = after(tmp_path, BASE, MINE, CLASH)
    assert found == {**pair(File(data=MARKED), CLASH), BACKUP: MINE}
    assert action == "conflict"
    assert why == "you and the template changed the same lines: resolve the marked lines"
    assert load_manifest(str(tmp_path)).entries[0].status == "conflict"


def test_markers_that_are_still_there_are_refused(tmp_path):
    after(tmp_path, BASE, MINE, CLASH)
    before = files(tmp_path)
    for new in (CLASH, NEW):
        for choice in ("markers", "ours", "stop"):
            made = regenerate(tmp_path, [Case(new=new)], on_conflict=choice)
            assert outcome(made) == (
                "conflict",
                (
                    "it still holds our conflict markers: resolve the marked lines first (your text "
                    "from before is in .scaffold/backup), or take the template's with "
                    "--on-conflict theirs"
                ),
            )
            assert files(tmp_path) == before


@pytest.mark.parametrize("new", [CLASH, NEW])
def test_the_templates_text_can_be_taken_in_place_of_markers(tmp_path, new):
    after(tmp_path, BASE, MINE, CLASH)
    found = regenerate(tmp_path, [Case(new=new)], on_conflict="theirs")
    assert outcome(found) == (
        "updated",
        (
            "it still holds our conflict markers: the template's text was taken, "
            "yours is in .scaffold/backup"
        ),
    )
    kept = {BACKUP: MINE, f"{BACKUP}.1": File(data=MARKED)}
    assert files(tmp_path) == {**pair(new, new), **kept}
    assert load_manifest(str(tmp_path)).entries[0].status == "current"


def test_a_resolved_conflict_is_an_edit(tmp_path):
    after(tmp_path, BASE, MINE, CLASH)
    put(tmp_path, "program.md", MINE)
    made = regenerate(tmp_path, [Case(new=CLASH)])
    assert outcome(made)[0] == "kept"
    assert load_manifest(str(tmp_path)).entries[0].status == "current"


@pytest.mark.parametrize(
    ("choice", "content", "backup", "taken"),
    [
        (
            "ours",
            MINE,
            {},
            "yours were taken where both did, the template's text is in .scaffold/base",
        ),
        (
            "theirs",
            CLASH,
            {BACKUP: MINE},
            "the template's were taken where both did, your text is in .scaffold/backup",
        ),
    ],
)
def test_one_side_of_a_conflict_can_be_chosen(tmp_path, choice, content, backup, taken):
    found, (action, why) = after(tmp_path, BASE, MINE, CLASH, on_conflict=choice)
    assert found == {**pair(content, CLASH), **backup}
    assert (action, why) == ("merged", f"you changed it, and the rendering changed: {taken}")


def test_a_conflict_can_stop_everything(tmp_path):
    cases = [
        Case(base=BASE, disk=MINE, new=CLASH),
        Case(path="other.md", base=BASE, disk=BASE, new=NEW),
    ]
    make(tmp_path, cases)
    before = files(tmp_path)
    made = regenerate(tmp_path, cases, on_conflict="stop")
    assert (made.stopped, made.plan.empty) == (True, True)
    assert files(tmp_path) == before


def test_what_the_user_deleted_stays_deleted_until_it_is_restored(tmp_path):
    found, (action, why) = after(tmp_path, BASE, None, NEW)
    assert found == {BASE_PATH: NEW}
    assert (action, why) == (
        "deleted",
        "you deleted it; --restore file-program.md brings it back",
    )
    made = regenerate(tmp_path, [Case(new=NEW)], restore=("program.md",))
    assert outcome(made) == ("restored", "you had deleted it")
    assert files(tmp_path) == pair(NEW, NEW)


def test_what_is_there_cannot_be_restored(tmp_path):
    case = Case(base=BASE, disk=MINE, new=NEW)
    make(tmp_path, [case])
    with pytest.raises(ScaffoldError, match="is there, so there is nothing to restore"):
        planned(tmp_path, [case], restore=("program.md",))


def test_a_new_file_is_created(tmp_path):
    assert after(tmp_path, None, None, NEW) == (pair(NEW, NEW), ("created", "it is new"))


def test_somebody_elses_file_is_left_alone_until_it_is_adopted(tmp_path):
    for choice in ("markers", "ours", "theirs"):
        found, (action, why) = after(tmp_path, None, MINE, NEW, on_conflict=choice)
        assert found == {"program.md": MINE}
        assert action == "unmanaged"
        assert why.endswith("--adopt file-program.md takes it over")
    made = regenerate(tmp_path, [Case(new=NEW)], adopt=("file-program.md",))
    assert outcome(made)[0] == "adopted"
    assert files(tmp_path) == pair(MINE, NEW)
    # From now on the template's changes are merged into it.
    made = regenerate(tmp_path, [Case(new=File(data=b"zero\n" + NEW.data))])
    assert files(tmp_path)["program.md"].data.startswith(b"zero\n") is (
        outcome(made)[0] == "merged"
    )


def test_somebody_elses_file_that_is_the_same_is_ours(tmp_path):
    assert after(tmp_path, None, NEW, NEW)[0] == pair(NEW, NEW)


def test_what_is_not_rendered_any_more_goes(tmp_path):
    assert after(tmp_path, BASE, BASE, None) == (
        {},
        ("removed", "nothing renders it any more, and you had not edited it"),
    )
    assert load_manifest(str(tmp_path)).entries == ()


@pytest.mark.parametrize("disk", [MINE, File(data=BASE.data, executable=True)])
def test_an_edited_file_that_is_not_rendered_any_more_is_the_users(tmp_path, disk):
    assert after(tmp_path, BASE, disk, None) == (
        {"program.md": disk},
        (
            "orphaned",
            "nothing renders it any more; it stays, and is yours alone from now on",
        ),
    )
    assert load_manifest(str(tmp_path)).entries == ()


def test_a_moved_file_takes_the_edits_with_it(tmp_path):
    case = Case(path="autogen/program.md", old_path="program.md", base=BASE, disk=MINE, new=NEW)
    make(tmp_path, [case])
    made = regenerate(tmp_path, [case])
    assert files(tmp_path) == {
        "autogen/program.md": BOTH,
        ".scaffold/base/autogen/program.md": NEW,
    }
    (found,) = made.outcomes
    assert (found.action, found.moved_from) == ("merged", ".fermilink-optimize/program.md")
    assert [each.path for each in load_manifest(str(tmp_path)).entries] == ["autogen/program.md"]


def test_a_moved_file_does_not_overwrite_what_is_in_its_new_place(tmp_path):
    case = Case(path="autogen/program.md", old_path="program.md", base=BASE, disk=MINE, new=NEW)
    make(tmp_path, [case])
    put(tmp_path, "autogen/program.md", PLAIN)
    made = regenerate(tmp_path, [case])
    assert outcome(made)[0] == "unmanaged"
    found = files(tmp_path)
    assert (found["autogen/program.md"], found["program.md"]) == (PLAIN, MINE)


@pytest.mark.parametrize("damage", [None, b"not the base\n"])
def test_without_the_base_nothing_is_guessed(tmp_path, damage):
    case = Case(base=BASE, disk=MINE, new=NEW)
    make(tmp_path, [case])
    base = tmp_path / ".fermilink-optimize" / BASE_PATH
    if damage is None:
        base.unlink()
    else:
        base.write_bytes(damage)
    made = regenerate(tmp_path, [case])
    assert outcome(made) == (
        "conflict",
        "its base text is missing or damaged: nothing was changed in it",
    )
    assert files(tmp_path)["program.md"] == MINE
    assert outcome(regenerate(tmp_path, [case], on_conflict="ours"))[0] == "kept"
    assert files(tmp_path) == pair(MINE, NEW)


def test_without_the_base_a_file_as_it_is_rendered_is_fine(tmp_path):
    case = Case(base=BASE, disk=NEW, new=NEW)
    make(tmp_path, [case])
    (tmp_path / ".fermilink-optimize" / BASE_PATH).unlink()
    assert outcome(regenerate(tmp_path, [case]))[0] == "unchanged"
    assert files(tmp_path) == pair(NEW, NEW)


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("disk", [False, True])
@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("content", [(BASE, BASE), (MINE, BASE), (BASE, NEW), (MINE, NEW)])
def test_the_bit_to_run_is_merged_like_text(tmp_path, before, disk, new, content):
    mine, theirs = content
    found, _ = after(
        tmp_path,
        File(data=BASE.data, executable=before),
        File(data=mine.data, executable=disk),
        File(data=theirs.data, executable=new),
    )
    assert found["program.md"].executable is (disk if disk != before else new)


CRLF = File(data=MINE.data.replace(b"\n", b"\r\n"))


def test_line_ends_of_the_users_stay(tmp_path):
    found, (action, _) = after(tmp_path, BASE, CRLF, NEW)
    assert action == "merged"
    assert found == pair(File(data=BOTH.data.replace(b"\n", b"\r\n")), NEW)


def test_other_line_ends_alone_do_not_hide_a_new_rendering(tmp_path):
    disk = File(data=BASE.data.replace(b"\n", b"\r\n"))
    found, (action, _) = after(tmp_path, BASE, disk, NEW)
    assert action == "updated"
    assert found == pair(File(data=NEW.data.replace(b"\n", b"\r\n")), NEW)


def test_a_script_always_gets_lf(tmp_path):
    base, new = File(data=b"# a\n:\n:\n:\n# z\n"), File(data=b"# b\n:\n:\n:\n# z\n")
    case = Case(
        path="x.sh", base=base, disk=File(data=b"# a\r\n:\r\n:\r\n:\r\n# mine\r\n"), new=new
    )
    make(tmp_path, [case])
    regenerate(tmp_path, [case])
    assert files(tmp_path)["x.sh"].data == b"# b\n:\n:\n:\n# mine\n"


@pytest.mark.parametrize("disk", [b"caf\xe9\n", b"a\0b\n", "utf-16\n".encode("utf-16")])
def test_what_is_no_utf8_is_never_merged(tmp_path, disk):
    found, (action, why) = after(tmp_path, BASE, File(data=disk), NEW)
    assert found == pair(File(data=disk), BASE)
    assert (action, why) == (
        "conflict",
        "it is not UTF-8 text, so it cannot be merged: nothing was changed in it",
    )


def test_a_merge_that_breaks_a_script_is_a_conflict(tmp_path):
    base = b"x = (\n    1,\n    2,\n    3,\n    4,\n)\n"
    mine = base.replace(b"x = (", b"x = [").replace(b"    1,\n", b"    1,\n    ]\nz = (\n")
    theirs = base.replace(b"    4,\n)", b"    4,\n    5,\n]").replace(b"x = (\n", b"x = [\n")
    case = Case(path="x.py", base=File(data=base), disk=File(data=mine), new=File(data=theirs))
    make(tmp_path, [case])
    made = regenerate(tmp_path, [case])
    assert outcome(made) == (
        "conflict",
        "merged, it is no Python any more (line 9): nothing was changed in it",
    )
    assert files(tmp_path)["x.py"].data == mine


@pytest.mark.parametrize("disk", [None, MINE])
def test_seeded_files_are_never_touched(tmp_path, disk):
    case = Case(path="memory.md", policy="seeded", base=BASE, disk=disk, new=NEW)
    make(tmp_path, [case])
    regenerate(tmp_path, [case])
    assert files(tmp_path) == ({} if disk is None else {"memory.md": disk})


@pytest.mark.parametrize(
    ("base", "disk", "new", "action", "left"),
    [
        (BASE, BASE, NEW, "updated", NEW),
        (BASE, MINE, BASE, "kept", MINE),
        (BASE, MINE, NEW, "conflict", MINE),
        (BASE, None, NEW, "deleted", None),
        (None, None, NEW, "created", NEW),
        (BASE, BASE, None, "removed", None),
    ],
)
def test_staged_inputs_are_staged_again_but_never_merged(tmp_path, base, disk, new, action, left):
    case = Case(path="inputs/all/rod.txt", policy="input", base=base, disk=disk, new=new)
    make(tmp_path, [case])
    made = regenerate(tmp_path, [case])
    assert outcome(made)[0] == action
    assert files(tmp_path) == ({} if left is None else {"inputs/all/rod.txt": left})


def test_one_file_alone_leaves_the_others_for_later(tmp_path):
    cases = [
        Case(base=BASE, disk=BASE, new=NEW),
        Case(path="other.md", base=BASE, disk=BASE, new=NEW),
    ]
    make(tmp_path, cases)
    made = regenerate(tmp_path, cases, only=("other.md",))
    assert [each.path for each in made.outcomes] == [".fermilink-optimize/other.md"]
    assert files(tmp_path)["program.md"] == BASE
    manifest = load_manifest(str(tmp_path))
    assert manifest.fingerprint is None
    assert len(manifest.entries) == 2
    regenerate(tmp_path, cases)
    assert files(tmp_path)["program.md"] == NEW
    assert load_manifest(str(tmp_path)).fingerprint == "1"


def test_an_unknown_name_is_an_error_with_the_nearest_one(tmp_path):
    case = Case(base=BASE, disk=BASE, new=NEW)
    make(tmp_path, [case])
    with pytest.raises(ScaffoldError) as caught:
        planned(tmp_path, [case], only=("file-progam.md",))
    assert str(caught.value) == (
        "there is no file 'file-progam.md' to regenerate\nDid you mean 'file-program.md'?"
    )


def test_what_fermilink_writes_into_a_file_is_no_edit(tmp_path):
    rendered = {
        "schema_version": 1,
        "goal_sha256": "0",
        "files": [{"source_path": "rod.txt", "staged_rel_path": "rod.txt"}],
    }
    started = {
        **rendered,
        "files": [{"source_path": "/home/me/rod.txt", "staged_rel_path": "rod.txt"}],
        "goal_dir": "/home/me",
        "updated_at_utc": "2026-01-02T03:04:05Z",
    }
    base, disk = (File(data=json.dumps(each, indent=2).encode()) for each in (rendered, started))
    new = File(data=base.data.replace(b'"0"', b'"1"'))
    path = "autogen/goal_inputs.json"
    same = Case(path=path, base=base, disk=disk, new=base)
    make(tmp_path, [same])
    assert outcome(regenerate(tmp_path, [same]))[0] == "unchanged"
    assert files(tmp_path)[path] == disk
    changed = Case(path=path, base=base, disk=disk, new=new)
    assert outcome(regenerate(tmp_path, [changed]))[0] == "updated"
    assert files(tmp_path)[path] == new


def test_backups_never_replace_one_another(tmp_path):
    for number in range(3):
        mine = File(data=MINE.data + b"%d\n" % number)
        new = File(data=CLASH.data + b"new %d\n" % number)
        case = Case(base=BASE, disk=mine, new=new)
        make(tmp_path, [case])
        regenerate(tmp_path, [case])
    found = files(tmp_path)
    assert [found[f"{BACKUP}{end}"].data for end in ("", ".1", ".2")] == [
        MINE.data + b"%d\n" % number for number in range(3)
    ]


@pytest.mark.parametrize("kind", ["directory", "link", "fifo"])
def test_what_is_no_plain_file_is_refused(tmp_path, kind):
    case = Case(base=BASE, disk=None, new=NEW)
    make(tmp_path, [case])
    place = tmp_path / ".fermilink-optimize/program.md"
    if kind == "directory":
        place.mkdir()
    elif kind == "link":
        place.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(place)
    with pytest.raises(ScaffoldError, match=r"directory|symbolic link|not a regular file"):
        planned(tmp_path, [case])
