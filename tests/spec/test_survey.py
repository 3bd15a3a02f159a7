import json
import os
import subprocess

import pytest

from fermilink_scaffold.spec.project.repository import inspect
from fermilink_scaffold.spec.survey.analysis import survey

CORE = "def solve(a):\n    for x in a:\n        for y in a:\n            x += y\n    return a\n"
PROJECT = {
    "pyproject.toml": '[project]\nname = "pkg"\n[tool.pytest.ini_options]\n',
    "pkg/__init__.py": "",
    "pkg/core.py": CORE,
    "pkg/_fast.c": "int fast_sum(int n) {\n  return n;\n}\n",
    "pkg/table.csv": "1,2\n",
    "pkg/old.py": "print 'two'\n",
    "benchmarks/bench_core.py": "import pkg\n",
    "tests/test_solver.py": "from pkg import core\n\ndef test_it():\n    assert core.solve([]) == []\n",
    "tests/test_fast.py": "from pkg import fast_sum\n",
    "docs/conf.py": "",
}


def look(root, *globs):
    return survey(inspect(str(root)), globs)


def test_what_candidates_must_not_touch_is_left_out(git_repo):
    repository = inspect(str(git_repo(PROJECT)))
    seen = survey(repository, ["pkg/**"], ["pkg/core.py", "pkg/o*"])
    assert seen["scope"]["files"] == 3
    assert [file["path"] for file in seen["files"]] == ["pkg/__init__.py", "pkg/_fast.c"]
    assert [function["name"] for function in seen["functions"]] == ["fast_sum"]


def as_json(data):
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)


def test_the_whole_survey_of_a_small_project(git_repo):
    seen = look(git_repo(PROJECT), "pkg/**")
    del seen["limits"]
    place = {"name": "solve", "file": "pkg/core.py", "first_line": 1, "last_line": 5}
    assert seen == {
        "schema_version": 1,
        "scope": {"editable": ["pkg/**"], "files": 5, "source_files": 4, "test_files": 0},
        "languages": [
            {"language": "python", "files": 3, "bytes": 94, "lines": 6},
            {"language": "c", "files": 1, "bytes": 36, "lines": 3},
        ],
        "files": [
            {
                "path": "pkg/__init__.py",
                "language": "python",
                "bytes": 0,
                "lines": 0,
                "functions": 0,
                "tests": ["tests/test_fast.py", "tests/test_solver.py"],
            },
            {
                "path": "pkg/_fast.c",
                "language": "c",
                "bytes": 36,
                "lines": 3,
                "functions": 1,
                "tests": ["tests/test_fast.py"],
            },
            {
                "path": "pkg/core.py",
                "language": "python",
                "bytes": 82,
                "lines": 5,
                "functions": 1,
                "tests": ["tests/test_solver.py"],
            },
            {"path": "pkg/old.py", "language": "python", "bytes": 12, "lines": 1, "functions": 0},
        ],
        "functions": [
            {
                "name": "fast_sum",
                "file": "pkg/_fast.c",
                "first_line": 1,
                "last_line": 3,
                "loop_depth": 0,
                "tests": ["tests/test_fast.py"],
            },
            place | {"loop_depth": 2, "tests": ["tests/test_solver.py"]},
        ],
        "longest_functions": [],
        "deepest_loops": [place | {"lines": 5, "loop_depth": 2}],
        "tests": {"commands": ["python -m pytest tests"], "files": 2},
        "build": {
            "system": "pyproject",
            "commands": ["python -m pip install -e ."],
            "compiled": False,
        },
        "benchmarks": ["benchmarks/bench_core.py"],
        "problems": [
            {
                "path": "pkg/old.py",
                "problem": seen["problems"][0]["problem"],
                "line": 1,
            }
        ],
        "left_out": {
            "files_not_sized": 0,
            "files_not_read": 0,
            "files_not_listed": 0,
            "functions_not_listed": 0,
            "tests_not_read": 0,
        },
    }


def test_the_same_project_gives_the_same_survey_anywhere(git_repo):
    first = git_repo(PROJECT, name="a place")
    second = git_repo(dict(reversed(PROJECT.items())), name="elsewhere")
    assert as_json(look(first, "pkg/**")) == as_json(look(second, "pkg/**"))
    assert "a place" not in as_json(look(first, "pkg/**"))


@pytest.mark.parametrize(
    ("globs", "files"),
    [
        (["pkg/core.py"], ["pkg/core.py"]),
        (["*.c"], ["pkg/_fast.c"]),
        (
            ["pkg/*.py", "pkg/_fast.c"],
            ["pkg/__init__.py", "pkg/_fast.c", "pkg/core.py", "pkg/old.py"],
        ),
        (["tests/**"], []),
        ([], []),
    ],
)
def test_globs_match_whole_paths_as_fermilink_does(git_repo, globs, files):
    assert [file["path"] for file in look(git_repo(PROJECT), *globs)["files"]] == files


def test_relative_imports_and_packages_below_src_are_followed(git_repo):
    root = git_repo(
        {
            "pyproject.toml": '[project]\nname = "pkg"\n',
            "src/pkg/__init__.py": "",
            "src/pkg/a.py": "",
            "src/pkg/sub/__init__.py": "",
            "src/pkg/sub/b.py": "",
            "src/pkg/c.py": "",
            "src/pkg/tests/test_x.py": "from ..sub import (  # both\n    b,\n)\nfrom .. import a\n",
            "tests/test_y.py": "import os, pkg.c as c\n",
        }
    )
    tests = {file["path"]: file.get("tests") for file in look(root, "src/**")["files"]}
    assert tests == {
        "src/pkg/__init__.py": ["src/pkg/tests/test_x.py"],
        "src/pkg/a.py": ["src/pkg/tests/test_x.py"],
        "src/pkg/sub/__init__.py": ["src/pkg/tests/test_x.py"],
        "src/pkg/sub/b.py": ["src/pkg/tests/test_x.py"],
        "src/pkg/c.py": ["tests/test_y.py"],
    }


def test_compiled_tests_touch_by_name_by_include_and_by_their_own_name(git_repo):
    root = git_repo(
        {
            "src/grid.cpp": "int refine_grid(int n) { return n; }\n",
            "src/grid.h": "int refine_grid(int);\n",
            "src/lapack.f90": "subroutine DGEFOO(a)\nend subroutine\n",
            "src/mesh.cpp": "int m;\n",
            "test/all.cpp": '#include "../src/grid.h"\nint main() { refine_grid(1); }\n',
            "test/lin.f90": "program lin\ncall dgefoo(a)\nend program\n",
            "test/mesh_test.cpp": "int x;\n",
        }
    )
    tests = {file["path"]: file.get("tests") for file in look(root, "src/**")["files"]}
    assert tests == {
        "src/grid.cpp": ["test/all.cpp"],
        "src/grid.h": ["test/all.cpp"],
        "src/lapack.f90": ["test/lin.f90"],
        "src/mesh.cpp": ["test/mesh_test.cpp"],
    }


def test_a_large_scope_stays_below_its_size_and_says_what_is_left_out(git_repo):
    files = {
        f"src/directory_with_a_long_name_{number // 50}/file_{number}.py": "".join(
            f"def function_number_{number}_{which}(a):\n    for x in a:\n        for y in a: pass\n"
            for which in range(12)
        )
        for number in range(700)
    }
    files |= {f"tests/test_{number}.py": f"function_number_{number}_1()\n" for number in range(300)}
    files["src/huge.py"] = "x = 1\n" * 60_000
    seen = look(git_repo(files), "src/**")
    assert len(as_json(seen).encode()) < 200_000
    left = seen["left_out"]
    assert left["files_not_listed"] == 701 - len(seen["files"]) > 0
    assert left["files_not_read"] > 0
    assert left["functions_not_listed"] > 0
    assert left["tests_not_read"] == 300 - seen["limits"]["tests_read"]
    assert [file["path"] for file in seen["files"]] == sorted(f["path"] for f in seen["files"])
    assert "lines" not in next(file for file in seen["files"] if file["path"] == "src/huge.py")


def test_any_name_and_any_content_is_safe_to_write_and_to_read(git_repo):
    root = git_repo({"src/a.py": b"\xff\xfe\0", "src/b.c": b"int f\xe9(int a) {\n}\n\xff"})
    odd = b"src/caf\xe9\n\x1b[31m.py"
    with open(os.path.join(os.fsencode(root), odd), "wb") as stream:
        stream.write("def größe(): pass\n".encode())
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    seen = look(root, "src/**")
    text = as_json(seen)
    text.encode("utf-8")
    assert json.loads(text) == seen
    assert [file["path"] for file in seen["files"]] == [
        "src/a.py",
        "src/b.c",
        "src/caf\\udce9\\n\\x1b[31m.py",
    ]
    assert [each["name"] for each in seen["functions"]][-1] == "größe"
    assert [each["path"] for each in seen["problems"]] == ["src/a.py"]


def test_links_and_special_files_are_not_followed(git_repo):
    root = git_repo({"src/a.py": "x = 1\n", "src/b.py": "", "src/c.py": ""})
    (root / "src/b.py").unlink()
    (root / "src/b.py").symlink_to("/dev/zero")
    (root / "src/c.py").unlink()
    os.mkfifo(root / "src/c.py")
    assert [(file["path"], file["bytes"]) for file in look(root, "src/**")["files"]] == [
        ("src/a.py", 6),
        ("src/b.py", 0),
        ("src/c.py", 0),
    ]
