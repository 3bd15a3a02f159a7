"""What a case sees of the world: the allow-list, fixed values, fresh directories."""

from __future__ import annotations

import json
import os
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runner.harness import WORKSPACE

DUMP = "import json, os; print(json.dumps({'env': dict(os.environ)}))"
SHOW = {"id": "a", "command": [sys.executable, "-I", "-S", "-c", DUMP]}
#: What an interpreter or the tests' own set-up adds.
OWN = {"LC_CTYPE", "COVERAGE_PROCESS_START"}


def environment(bench, **options):
    result = bench.result(**options)
    assert result["correctness_ok"], result["cases"]
    logs = bench.path(result["measurement"]["logs"], "000-a", "001.stdout")
    with open(logs, encoding="utf-8") as file:
        return json.load(file)["env"]


HOSTILE = {
    "PYTHONPATH": "/evil",
    "PYTHONSTARTUP": "/evil.py",
    "LD_AUDIT": "",
    "BASH_ENV": "/evil.sh",
    "SECRET_TOKEN": "x",
    "OMP_NUM_THREADS": "8",
    "PYTHONHASHSEED": "random",
    "LC_ALL": "de_DE.UTF-8",
}


def test_only_the_allow_list_arrives(bench, tmp_path):
    bench.contract(SHOW)
    home = tmp_path / "home"
    (home / ".cargo").mkdir(parents=True)
    given = {
        **HOSTILE,
        "HOME": str(home),
        "SLURM_JOB_ID": "7",
        "OMPI_MCA_x": "y",
        "MODULEPATH": "/m",
    }
    env = environment(bench, env=given)
    fresh = os.path.dirname(env["HOME"])
    fixed = {
        "FERMILINK_GOAL_INPUT_ROOT": bench.path(WORKSPACE, "inputs", "all"),
        "HOME": f"{fresh}/home",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "MPLCONFIGDIR": f"{fresh}/cache/matplotlib",
        "NUMBA_CACHE_DIR": f"{fresh}/cache/numba",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "TMPDIR": f"{fresh}/temp",
        "TZ": "UTC",
        "XDG_CACHE_HOME": f"{fresh}/cache",
        **{f"{name}_NUM_THREADS": "1" for name in ("BLIS", "JULIA", "MKL", "NUMEXPR", "OMP")},
        "OPENBLAS_NUM_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
        "VECLIB_MAXIMUM_THREADS": "1",
        "CARGO_HOME": str(home / ".cargo"),
        "SLURM_JOB_ID": "7",
        "OMPI_MCA_x": "y",
        "MODULEPATH": "/m",
        "PATH": os.environ["PATH"],
    }
    kept = {
        n: v
        for n, v in os.environ.items()
        if n in {"USER", "LOGNAME", "LD_LIBRARY_PATH", "PYENV_ROOT", "PYENV_VERSION", "VIRTUAL_ENV"}
    }
    assert {n: v for n, v in env.items() if n not in OWN} == {**kept, **fixed}


def test_later_sources_win(bench):
    bench.contract(
        {**SHOW, "env": {"C": "case", "D": "case"}},
        runtime={
            "env": {"OMP_NUM_THREADS": 4, "B": "contract", "C": "contract"},
            "env_passthrough": ["A", "B"],
        },
    )
    os.makedirs(bench.run_dir)
    dumps = {
        "before": "D=old\0GONE=1\0B=x\0HOME=/a\0SAME=1\0",
        "after": "D=build\0PYTHONPATH=/built\0B=x\0HOME=/b\0E=a=b\nc\0SAME=1\0BASH_FUNC_f%%=() { :; }\0",
    }
    for which, text in dumps.items():
        bench.write(os.path.join(bench.run_dir, f"build_env.{which}"), text)
    env = environment(bench, env={"A": "caller", "B": "caller", "GONE": "caller"})
    names = ("A", "B", "C", "D", "E", "OMP_NUM_THREADS", "PYTHONPATH")
    assert {name: env[name] for name in names} == {
        "A": "caller",
        "B": "contract",
        "C": "case",
        "D": "case",
        "E": "a=b\nc",
        "OMP_NUM_THREADS": "4",
        "PYTHONPATH": "/built",
    }
    assert not {"GONE", "SAME", "BASH_FUNC_f%%"} & env.keys()
    assert env["HOME"].endswith("/home")


def test_what_the_build_unset_is_gone(bench):
    bench.contract({**SHOW, "env": {}}, runtime={"env_passthrough": ["GONE"]})
    os.makedirs(bench.run_dir)
    bench.write(os.path.join(bench.run_dir, "build_env.before"), "GONE=1\0")
    bench.write(os.path.join(bench.run_dir, "build_env.after"), "")
    assert "GONE" not in environment(bench, env={"GONE": "1"})


def test_tool_environment_is_left(bench):
    tools = bench.path(WORKSPACE, "env", "bin")
    bench.contract(SHOW)
    env = environment(
        bench, env={"PATH": f"{tools}:{os.environ['PATH']}", "VIRTUAL_ENV": os.path.dirname(tools)}
    )
    assert env["PATH"] == os.environ["PATH"]
    assert "VIRTUAL_ENV" not in env


def test_each_repeat_has_fresh_directories_that_go_away(bench, tmp_path):
    script = (
        'for d in "$HOME" "$TMPDIR" "$XDG_CACHE_HOME"; do'
        ' test -z "$(ls -A "$d")" || exit 3; mkdir -p "$d/x/y"; touch "$d/x/y/z"; chmod 500 "$d/x/y" "$d/x"; done;'
        ' ln -s / "$HOME/root"'
    )
    bench.contract({"id": "a", "command": ["sh", "-c", script], "repeats": 3})
    result = bench.result(env={"TMPDIR": str(tmp_path)})
    assert result["cases"][0]["error"] == ""
    assert [name for name in os.listdir(tmp_path) if name.startswith("fermilink-")] == []


def test_standard_input_is_closed_and_no_other_file_is_open(bench):
    code = "import os, sys; print(sys.stdin.read(), 'n =', len(os.listdir('/proc/self/fd')) - 1)"
    bench.contract(
        {
            "id": "a",
            "command": [sys.executable, "-I", "-S", "-c", code],
            "metrics": {"n": {"find": "n"}},
        }
    )
    read, write = os.pipe()
    try:
        os.set_inheritable(write, True)
        result = bench.result(stdin=read, pass_fds=(write,))
    finally:
        os.close(read)
        os.close(write)
    assert result["cases"][0]["n"] == 3


TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=20)
NAME = TEXT.filter(lambda name: name and "=" not in name and name != "LC_CTYPE")


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.lists(TEXT.filter(lambda w: "{" not in w), max_size=4),
    env=st.dictionaries(NAME, TEXT, max_size=4),
    case_id=TEXT.filter(str.strip),
)
def test_any_word_variable_and_id_arrives_unchanged(bench, words, env, case_id):
    code = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    bench.contract(
        {
            "id": case_id,
            "command": [sys.executable, "-I", "-S", "-X", "utf8", "-c", code, *words],
            "env": env,
        }
    )
    result = bench.result()
    assert [row["id"] for row in result["cases"]] == [case_id.strip()]
    assert result["cases"][0]["error"] == ""
    row = result["measurement"]["cases"][case_id.strip()]
    with open(
        bench.path(result["measurement"]["logs"], row["logs"], "001.stdout"), encoding="utf-8"
    ) as file:
        got_words, got_env = json.load(file)
    assert got_words == words
    assert {name: got_env[name] for name in env} == env


@pytest.mark.parametrize("case_id", ["../../x", "/abs", "-rf", ".", "a\nb", "é" * 300, "con/nul"])
def test_hostile_id_stays_in_its_directory(bench, case_id):
    bench.contract({"id": case_id, "command": ["true"]})
    result = bench.result()
    assert result["cases"][0]["id"] == case_id
    logs = result["measurement"]["cases"][case_id]["logs"]
    assert os.listdir(bench.path(result["measurement"]["logs"])) == [logs]
