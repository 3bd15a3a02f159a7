import os
import re

import pytest
from unprivileged import without_override

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.text.textfile import MAX_BYTES, read_text_input


def refusal(path):
    with pytest.raises(ScaffoldError) as caught:
        read_text_input(str(path))
    return str(caught.value).replace(str(path), "FILE")


def write(tmp_path, data):
    path = tmp_path / "goal.md"
    path.write_bytes(data)
    return path


def test_utf8_text_is_read_as_it_is(tmp_path):
    assert read_text_input(str(write(tmp_path, "# Ziel\nµ → Ω\n".encode()))) == "# Ziel\nµ → Ω\n"


def test_line_ends_become_lf_and_the_byte_order_mark_goes(tmp_path):
    path = write(tmp_path, b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    assert read_text_input(str(path)) == "one\ntwo\nthree\n"


def test_tabs_form_feeds_and_escapes_are_text(tmp_path):
    assert read_text_input(str(write(tmp_path, b"a\tb\x0cc\x1b[0m\n"))) == "a\tb\x0cc\x1b[0m\n"


@pytest.mark.parametrize("data", [b"", b"   \n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_refused(tmp_path, data):
    assert refusal(write(tmp_path, data)) == (
        "FILE: the file is empty\nWrite what is to be optimised."
    )


def test_a_missing_file_is_refused(tmp_path):
    assert refusal(tmp_path / "goal.md") == "FILE: no such file\nCheck the path."


def test_a_directory_is_refused(tmp_path):
    assert refusal(tmp_path) == "FILE: this is a directory\nName the file inside it."


def test_a_file_below_a_file_is_refused(tmp_path):
    assert refusal(write(tmp_path, b"x") / "goal.md") == "FILE: cannot be read: Not a directory"


def test_a_name_with_a_nul_is_refused():
    assert refusal("goal\0.md").startswith("FILE: cannot be read: ")


def test_a_file_without_permission_is_refused(tmp_path):
    path = write(tmp_path, b"text")
    path.chmod(0)
    assert without_override(lambda: refusal(path)) == (
        "FILE: no permission to read the file\nMake it readable (chmod u+r)."
    )


def test_binary_data_is_refused_with_its_offset(tmp_path):
    assert refusal(write(tmp_path, b"\x7fELF\x02\x01\x01\x00")) == (
        "FILE: this is not text: byte 0x02 at offset 4\n"
        "A goal, a prompt and answers are UTF-8 text files."
    )


def test_utf16_is_named(tmp_path):
    path = write(tmp_path, "# Goal\n".encode("utf-16"))
    assert refusal(path) == "FILE: this is UTF-16 text\nSave it as UTF-8."


def test_other_encodings_are_refused_with_line_and_column(tmp_path):
    assert refusal(write(tmp_path, b"# Goal\nla d\xe9riv\xe9e\n")) == (
        "FILE:2:5: byte 0xe9 is not UTF-8\nSave the file as UTF-8."
    )


def test_the_largest_file_is_read_and_one_byte_more_is_refused(tmp_path):
    assert len(read_text_input(str(write(tmp_path, b"x" * MAX_BYTES)))) == MAX_BYTES
    assert re.fullmatch(
        r"FILE: the file is larger than 1024 KiB\n.*--input.*",
        refusal(write(tmp_path, b"x" * (MAX_BYTES + 1))),
    )


SPECIAL = (
    "FILE: is not a regular file\nSave it to a file first, also what comes from a pipe or <(...)."
)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused(path):
    assert refusal(path) == SPECIAL


def test_the_output_of_a_command_is_refused():
    # bash names the file of a process substitution like this
    reader, writer = os.pipe()
    os.write(writer, b"# Goal\n")
    os.close(writer)
    assert refusal(f"/dev/fd/{reader}") == SPECIAL
    os.close(reader)


def test_a_pipe_that_nobody_writes_into_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == SPECIAL
