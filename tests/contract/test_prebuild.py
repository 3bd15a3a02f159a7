"""The words of the build command and the hand-over."""

from __future__ import annotations

import pytest

from fermilink_scaffold.contract.prebuild import (
    build_command,
    build_text,
    hand_over_command,
    is_hand_over,
)
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.model import Build, Source

SCRIPT = "{run_dir}/../../autogen/pre_commands.sh"


def command(script, file="goal.md"):
    return build_command(Build(script=script, source=Source(file=file, line=10)))


def test_the_users_text_is_one_word_as_it_was():
    script = (
        '# configure once\nexport VENV=/opt/x\nsource "$VENV/bin/activate"\nmodule remove cmake\n'
        "cd pyscf/lib\nmkdir -p build\ncd build\ncmake \\\n  -DX=1 ..  # here\ncmake --build . -j4\n"
        "cat > f <<'EOF'\n$HOME `date` && {x}\nEOF\n[ -d old ] && rm -r old"
    )
    assert command(script) == ["bash", SCRIPT, "build", "{run_dir}", "{project_root}", script]


def test_a_list_that_could_fail_unseen_is_guarded_and_nothing_else():
    assert command("cd build && make\n[ -d x ] && rm -r x\n")[-1] == (
        "cd build && make; [ $? -eq 0 ]\n[ -d x ] && rm -r x"
    )


def test_what_fermilink_would_cut_off_is_not_there():
    assert command("\n\n  make\n  make install \n\n")[-1] == "make\n  make install"


def test_the_name_of_the_source_reaches_no_shell():
    assert "x" * 9 not in " ".join(command("make", file="xxxxxxxxx\n$(touch x)"))


def test_the_hand_over_is_a_short_command():
    words = ["bash", SCRIPT, "hand-over", "{run_dir}", "{project_root}"]
    assert hand_over_command() == words
    assert is_hand_over(words)
    assert not is_hand_over([*words, "x"])


def test_the_text_of_a_build_is_found_again():
    assert build_text(command("make")) == 5
    for other in (hand_over_command(), ["bash", "-c", "make"], ["make"], command("make")[:5], []):
        assert build_text(other) is None


@pytest.mark.parametrize("name", ["benchmark", "project_root", "run_dir"])
def test_a_placeholder_in_the_build_is_refused_with_its_line(name):
    with pytest.raises(ScaffoldError) as raised:
        command(f"make\nmake DIR={{{name}}}/x")
    assert str(raised.value) == (
        f"goal.md:11: the build block holds `{{{name}}}`, which FermiLink replaces by an unquoted "
        'path\nThe build runs in the project\'s root: write paths relative to it, or "$PWD".'
    )
