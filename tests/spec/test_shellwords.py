"""Commands as words or as shell text, and staged names in them, checked by a real bash."""

from __future__ import annotations

import os
import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fermilink_scaffold.spec.text.shellwords import (
    command_words,
    needs_shell,
    place_in_shell,
    place_in_words,
)

ROOT = "FERMILINK_GOAL_INPUT_ROOT"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("python bench.py --n 10", ["python", "bench.py", "--n", "10"]),
        ("  ./run   a\tb ", ["./run", "a", "b"]),
        ("run 'a b' \"c d\" e\\ f", ["run", "a b", "c d", "e f"]),
        ("python -c 'import x; x.y() | 1'", ["python", "-c", "import x; x.y() | 1"]),
        ("run \"a;b\" '$HOME' \\$x \\*", ["run", "a;b", "$HOME", "$x", "*"]),
        ("mpirun -np 4 lmp -in in.lj", ["mpirun", "-np", "4", "lmp", "-in", "in.lj"]),
        ("lmp -in {inputs}/in.lj", ["lmp", "-in", "{inputs}/in.lj"]),
        ("run x={inputs}/a,{run_dir}/b", ["run", "x={inputs}/a,{run_dir}/b"]),
        ("run a=1 b~c c#d e{f}", ["run", "a=1", "b~c", "c#d", "e{f}"]),
        ("run x  # a comment; with | operators", ["run", "x"]),
        ("cd build && ./x", None),
        ("a || b", None),
        ("a >| b", None),
        ("a | b", ["bash", "-c", "set -o pipefail; a | b"]),
        ("a || b |& c", ["bash", "-c", "set -o pipefail; a || b |& c"]),
        ("a '|' > b", None),
        ("set -eo pipefail; a | b", None),
        ("a > b", None),
        ("a < b", None),
        ("a 2>&1", None),
        ("a ; b", None),
        ("a &", None),
        ("a $(b)", None),
        ("a `b`", None),
        ('a "$b"', None),
        ('a "`b`"', None),
        ("a ${b}", None),
        ("a *.xyz", None),
        ("a file[12]", None),
        ("a fi?e", None),
        ("a {b,c}", None),
        ("a {1..3}", None),
        ("a ~/b", None),
        ("a --b=~/c", None),
        ("A=1 b", None),
        ("A= b c", None),
        ("(a)", None),
        ("! a", None),
        ("time a b", None),
        ("source a", None),
        ("export A=1", None),
        ("module load x", None),
    ],
)
def test_words_where_words_suffice_and_a_shell_where_not(text, words):
    expected = tuple(words) if words is not None else ("bash", "-c", text)
    assert command_words(text) == expected


def test_several_lines_are_one_script_that_stops_at_the_first_failure():
    assert command_words("a\nb c\n") == ("bash", "-e", "-c", "a\nb c")
    text = "python - <<'END'\nprint(\"it's\")\nEND"
    assert command_words(text) == ("bash", "-e", "-c", text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('run "a', "the command's quotes are not balanced (No closing quotation)"),
        ("run a | sed 's/x", "the command's quotes are not balanced (No closing quotation)"),
        ("run a\\", "the command's quotes are not balanced (No escaped character)"),
        ("", "the command is empty"),
        ("# only a comment", "the command is empty"),
    ],
)
def test_what_is_no_command_is_refused(text, message):
    with pytest.raises(ValueError, match=r".") as raised:
        command_words(text)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["lmp", "-in", "in.lj"], ["lmp", "-in", "{inputs}/in.lj"]),
        (["lmp", "./in.lj", "--x=in.lj", "a:in.lj"], ["lmp", "{inputs}/in.lj", "--x={inputs}/in.lj", "a:{inputs}/in.lj"]),
        (["x", "main.lj", "in.lj.bak", "out/in.lj", "-in.lj", "in.ljx", "../in.lj"], None),
        (["x", "a b.xyz", "d/w.dat", "w.dat"], ["x", "{inputs}/a b.xyz", "{inputs}/d/w.dat", "w.dat"]),
        (["python", "-c", "open('in.lj').read()"], ["python", "-c", "open('{inputs}/in.lj').read()"]),
        (["sh", "-c", "cat in.lj"], ["sh", "-c", f'cat "${ROOT}"/in.lj']),
        (["env", "A=1", "/bin/bash", "-lc", "cat in.lj"], ["env", "A=1", "/bin/bash", "-lc", f'cat "${ROOT}"/in.lj']),
        (["bash", "-e", "-c", "cat in.lj"], ["bash", "-e", "-c", f'cat "${ROOT}"/in.lj']),
        (["tool", "in.lj"], ["tool", "{inputs}/in.lj"]),
        (["solve.sh", "x"], ["{inputs}/solve.sh", "x"]),
        (["{inputs}/in.lj"], ["{inputs}/in.lj"]),
    ],
)  # fmt: skip
def test_staged_names_in_words(words, expected):
    names = ("in.lj", "a b.xyz", "d/w.dat", "tool", "solve.sh")
    once = place_in_words(tuple(words), names)
    assert once == tuple(expected if expected is not None else words)
    assert place_in_words(once, names) == once


def test_a_name_may_stand_for_another_path():
    names = {"../a b.xyz": "a b.xyz", "../c.dat": "c.dat"}
    assert place_in_words(("x", "../a b.xyz", "-i=../c.dat"), names) == (
        "x",
        "{inputs}/a b.xyz",
        "-i={inputs}/c.dat",
    )
    shell = place_in_shell("cat '../a b.xyz' \"../a b.xyz\" ../c.dat | x", names)
    assert seen_by_bash(shell) == [["cat", "IN/a b.xyz", "IN/a b.xyz", "IN/c.dat"], ["x"]]


def seen_by_bash(text, root="IN"):
    """The words of the commands `cat`, `x`, `lmp` and `python` in a shell text, as they arrive."""
    script = 'for name in cat x lmp python; do eval "$name() { printf \'%s\\0\' $name \\"\\$@\\" /; }"; done\n'
    done = subprocess.run(
        ["bash", "-c", script + text.replace("|", ";")],
        env={**os.environ, ROOT: root},
        capture_output=True,
        check=True,
        timeout=60,
    )
    words = done.stdout.decode().split("\0")[:-1]
    commands: list[list[str]] = [[]]
    for word in words:
        if word == "/":
            commands.append([])
        else:
            commands[-1].append(word)
    return commands[:-1]


@pytest.mark.parametrize("root", ["IN", "/a b/'c'/\"d\"/$e"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat in.lj", [["cat", "R/in.lj"]]),
        ("cat ./in.lj && x 'in.lj' \"in.lj\"", [["cat", "R/in.lj"], ["x", "R/in.lj", "R/in.lj"]]),
        ("cat in'.'lj", [["cat", "in.lj"]]),
        ("x --a=in.lj --b='in.lj' \"c=in.lj\" 'd=in.lj'", [["x", "--a=R/in.lj", "--b=R/in.lj", "c=R/in.lj", "d=R/in.lj"]]),
        ("x a\\ b.xyz 'a b.xyz' \"a b.xyz\"", [["x", "R/a b.xyz", "R/a b.xyz", "R/a b.xyz"]]),
        ("x 'see in.lj and \"in.lj\"'", [["x", 'see R/in.lj and "R/in.lj"']]),
        ("x \"see in.lj and 'in.lj'\"", [["x", "see R/in.lj and 'R/in.lj'"]]),
        ("python -c 'open(\"in.lj\")'", [["python", "-c", 'open("R/in.lj")']]),
        ("x main.lj in.lj.bak ../in.lj $PWD/in.lj", None),
        ("x {inputs}/new '{inputs}/a b' \"{inputs}\"", [["x", "R/new", "R/a b", "R"]]),
        ('A=in.lj; x $A "$A"', None),
        ("x $(echo in.lj)", None),
    ],
)  # fmt: skip
def test_staged_names_in_shell_text_arrive_whatever_the_root_is(text, expected, root):
    placed = place_in_shell(text, ("in.lj", "a b.xyz"))
    if expected is None:
        subprocess.run(["bash", "-n", "-c", placed], check=True, timeout=60)
        return
    wanted = [[word.replace("R/", root + "/") for word in words] for words in expected]
    wanted = [[root if word == "R" else word for word in words] for words in wanted]
    assert seen_by_bash(placed, root) == wanted


def test_the_text_of_an_inner_shell_keeps_its_words_together(tmp_path):
    root = tmp_path / "a b"
    root.mkdir()
    (root / "in.lj").write_text("data")
    for text in (
        "bash -c 'cat in.lj'",
        "bash -c 'cat \"in.lj\"' && true",
        'bash -c "cat in.lj"',
        "bash -c \"cat 'in.lj'\"",
        'bash -c "cat \\"in.lj\\""',
        "cd / && cat in.lj",
    ):
        placed = place_in_shell(text, ("in.lj",))
        done = subprocess.run(
            ["bash", "-c", placed],
            env={**os.environ, ROOT: str(root)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout == "data"


def test_the_target_of_an_output_redirection_stays():
    text = "x in.lj > in.lj 2>> 'in.lj' < in.lj"
    assert place_in_shell(text, ("in.lj",)) == (
        f'x "${ROOT}"/in.lj > in.lj 2>> \'in.lj\' < "${ROOT}"/in.lj'
    )


WORDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=8), min_size=1
)


@given(WORDS)
def test_quoted_words_come_back_as_they_were(words):
    words = ["run", *words]
    assert command_words(shlex.join(words)) == tuple(words)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["in.lj", "./in.lj", "a", "-o", "--x=in.lj", "'in.lj b'", '"in.lj"', "in.lj,c", "\\$", "'$x'", '"`"']),
        max_size=5,
    )
)  # fmt: skip
def test_placing_names_never_breaks_the_shells_syntax(words):
    text = " ".join(["x", *words])
    before = subprocess.run(
        ["bash", "-n", "-c", text], capture_output=True, check=False, timeout=60
    )
    placed = place_in_shell(text, ("in.lj",))
    after = subprocess.run(
        ["bash", "-n", "-c", placed], capture_output=True, check=False, timeout=60
    )
    assert (before.returncode == 0) == (after.returncode == 0)


@given(st.text())
def test_any_text_is_a_command_or_refused(text):
    needs_shell(text)
    try:
        words = command_words(text)
    except ValueError:
        return
    assert words
    place_in_words(words, ("in.lj", "a"))
