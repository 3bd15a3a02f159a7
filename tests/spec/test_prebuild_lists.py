"""Where a build script gets a check, and that it stays the script that it was."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fermilink_scaffold.contract.shell_lists import guard_lists

OK = "; [ $? -eq 0 ]"


@pytest.mark.parametrize(
    ("script", "guarded"),
    [
        ("cd a && make", f"cd a && make{OK}"),
        ("cd a && make  # note && more", f"cd a && make{OK}  # note && more"),
        ("cd a &&\n  make \\\n  -j4\nls", f"cd a &&\n  make \\\n  -j4{OK}\nls"),
        ("a && b; c && d", f"a && b{OK}; c && d{OK}"),
        ("a || b && c", f"a || b && c{OK}"),
        ("a && b || c", None),
        ("[ -d x ] && rm x", None),
        ("[[ a && b ]] && c", None),
        ("((i)) && c", None),
        ("test -f x && [ -f y ] && c", None),
        ("command -v x && y", None),
        ("command x && y", f"command x && y{OK}"),
        ("! a && b", None),
        ("grep -q x y && z", None),
        ("[ -d x ] && cd x && make", f"[ -d x ] && {{ cd x && make{OK}; }}"),
        ("a && b &", None),
        ("A=1 a && b", f"A=1 a && b{OK}"),
        ("A=1 && b", f"A=1 && b{OK}"),
        ("a | b && c", f"a | b && c{OK}"),
        ("(a && b)", f"(a && b{OK})"),
        ("{ a && b; }", f"{{ a && b{OK}; }}"),
        ("(a) && b", f"(a) && b{OK}"),
        ("if a && b; then c && d; fi", f"if a && b{OK}; then c && d{OK}; fi"),
        ("for x in a b; do c && d; done", f"for x in a b; do c && d{OK}; done"),
        ("while a; do b && c; done < f", f"while a; do b && c{OK}; done < f"),
        ("case x in a|b) c && d ;; *) e ;; esac", f"case x in a|b) c && d{OK} ;; *) e ;; esac"),
        ("f() {\n  a && b\n}", f"f() {{\n  a && b{OK}\n}}"),
        ("function f { a && b; }", f"function f {{ a && b{OK}; }}"),
        ("a <<E && b\nx && y\nE\nc && d", f"a <<E && b{OK}\nx && y\nE\nc && d{OK}"),
        ("cat <<-'E'\n\tx && y\n\tE\nc && d", f"cat <<-'E'\n\tx && y\n\tE\nc && d{OK}"),
        ("echo 'a && b' \"$(c && d)\" `e && f`", None),
        ("x=$(a && b) && c", f"x=$(a && b) && c{OK}"),
        ("echo ${x:-a && b} && c", f"echo ${{x:-a && b}} && c{OK}"),
        ("a >log 2>&1 && b >>log", f"a >log 2>&1 && b >>log{OK}"),
        ("diff <(a) <(b) && c", None),
        ("# a && b", None),
        ("time a && b", f"time a && b{OK}"),
        ("", None),
        ("a &&", None),
        ("echo 'unbalanced && x", None),
        ("if a && b", None),
        ("cat <<E\na && b", None),
    ],
)
def test_where_the_check_stands(script, guarded):
    assert guard_lists(script) == (script if guarded is None else guarded)


PIECES = """\
a
cd x
make -j4
[ -d x ]
[[ -n a ]]
((1))
true
false
f() {
g
}
{
;
&&
||
|
&
!
(
)
if
then
else
elif
fi
for i in 1 2; do
while
until
do
done
case x in
a) b
;;
*)
esac
<<E
E
<<<x
>f
2>&1
'a && b'
"$(a && b)"
`c`
$((1 + 2))
${x:-y}
# note
A=1
\\
function h
time"""
SCRIPTS = st.lists(
    st.tuples(st.sampled_from(PIECES.split("\n")), st.sampled_from([" ", "\n", "; "])), max_size=14
).map(lambda parts: "".join(piece + joint for piece, joint in parts))


def syntax(script):
    done = subprocess.run(
        ["bash", "-n", "-c", script], capture_output=True, check=False, timeout=60
    )
    return done.returncode == 0


@settings(max_examples=150, deadline=None)
@given(SCRIPTS)
def test_a_script_that_bash_can_read_stays_one(script):
    guarded = guard_lists(script)
    unguarded = guarded.replace(OK, "").replace("{ ", "").replace("; }", "")
    assert unguarded == script.replace("{ ", "").replace("; }", "")
    if guarded != script and syntax(script):
        assert syntax(guarded)


COMMANDS = st.sampled_from(["true", "false", "[ -d /nowhere ]", "[ -d / ]", "echo x", "(exit 3)"])
LISTS = st.lists(COMMANDS, min_size=1, max_size=4).flatmap(
    lambda words: st.lists(
        st.sampled_from(["&&", "||"]), min_size=len(words) - 1, max_size=len(words) - 1
    ).map(
        lambda joints: " ".join(" ".join(pair) for pair in zip(words, [*joints, ""], strict=True))
    )
)


def status(script):
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=60)
    return done.returncode


@settings(max_examples=60, deadline=None)
@given(LISTS)
def test_the_check_keeps_the_truth_of_a_list(text):
    guarded = guard_lists(text)
    assert (status(text) == 0) == (status(guarded) == 0)
    if "[" not in text and "||" not in text and status(text) != 0:
        assert status(f"set -e\n{guarded}\nexit 0") != 0
