import pytest

from fermilink_scaffold.spec.project.repository import inspect

CLASS = "#pragma once\nclass Grid {\n public:\n  int n;\n};\n"
PLAIN_C = "#ifndef A_H\nint refine(int n);\n#endif\n"
CYTHON_SETUP = (
    "from Cython.Build import cythonize\nfrom setuptools import setup\nsetup(name='fast')\n"
)


def language(git_repo, files):
    return inspect(str(git_repo(files))).language


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a.py": "x = 1\n" * 50, "b.c": "int x;\n"}, "python"),
        ({"src/a.c": "int x;\n", "src/a.h": PLAIN_C}, "c"),
        ({"src/a.cpp": "int x;\n", "src/a.h": PLAIN_C * 99}, "cpp"),
        ({"a.h": CLASS}, "cpp"),
        ({"a.h": PLAIN_C}, "c"),
        ({"a.c": "int x;\n", "b.cc": "int y;\n", "c.h": CLASS * 20}, "cpp"),
        ({"a.c": "int x;\n", "b.cc": "int y;\n", "c.h": PLAIN_C * 20}, "c"),
        ({"a.C": "int x;\n"}, "cpp"),
        ({"k.cu": "__global__ void f() {}\n"}, "cpp"),
        ({"a.F90": "end\n", "b.f": "      END\n", "Makefile": "a:\n"}, "fortran"),
        ({"common.inc": "      COMMON /A/ X\n      REAL*8 X\n"}, "fortran"),
        ({"a.rs": "fn a() {}\n"}, "rust"),
        ({"a.jl": "f(x) = x\n"}, "julia"),
        ({"bin/tool": "#!/usr/bin/env python3\nprint(1)\n"}, "python"),
        ({"bin/tool": "#!/bin/sh\necho\n"}, "generic"),
        ({"a.m": "x = 1;\n" * 100, "b.py": "x = 1\n"}, "generic"),
        ({"README": "program of the year\n", "a.txt": "x\n"}, "generic"),
    ],
)
def test_the_language_is_that_of_most_source_bytes(git_repo, files, expected):
    assert language(git_repo, files) == expected


@pytest.mark.parametrize(
    "directory",
    [
        "third_party",
        "vendor/x",
        "external",
        "docs",
        "tests",
        "examples/big",
        ".github",
        "benchmarks",
    ],
)
def test_vendored_code_documentation_tests_and_examples_do_not_count(git_repo, directory):
    files = {"core.f90": "end\n", f"{directory}/big.cpp": "int x;\n" * 500}
    assert language(git_repo, files) == "fortran"


def test_when_there_is_nothing_else_they_do(git_repo):
    assert language(git_repo, {"examples/a.rs": "fn a() {}\n", "docs/b.css": "a"}) == "rust"


def test_c_that_cython_made_does_not_count(git_repo):
    files = {"a.pyx": "def f(): pass\n", "a.c": "int x;\n" * 999, "b.py": ""}
    assert language(git_repo, files) == "python"


def test_a_table_of_data_does_not_outweigh_the_code(git_repo):
    files = {"table.c": "1,2,3,\n" * 90_000, "core.f90": "! x\n" * 1000}
    files |= {f"part{number}.f90": "! x\n" * 18_000 for number in range(5)}
    assert language(git_repo, files) == "fortran"


@pytest.mark.parametrize(
    ("files", "compiled"),
    [
        ({"setup.py": CYTHON_SETUP, "fast/__init__.py": "", "fast/k.pyx": "x\n" * 900}, True),
        ({"setup.py": CYTHON_SETUP, "fast/__init__.py": "", "fast/k.c": "int x;\n" * 900}, True),
        ({"setup.py": "setup()\n", "fast/__init__.py": "", "fast/k.c": "int x;\n" * 900}, False),
        ({"setup.py": CYTHON_SETUP, "fast/__init__.py": ""}, False),
        (
            {
                "pyproject.toml": '[build-system]\nbuild-backend = "mesonpy"\n',
                "meson.build": "project('fast')\n",
                "fast/__init__.py": "",
                "fast/k.f90": "! x\n" * 900,
            },
            True,
        ),
        (
            {
                "pyproject.toml": '[build-system]\nbuild-backend = "maturin"\n[project]\nname="x"\n',
                "Cargo.toml": "[package]\n",
                "python/fast/__init__.py": "",
                "src/lib.rs": "fn a() {}\n" * 99,
            },
            True,
        ),
        (
            {
                "pyproject.toml": "[build-system]\n[[tool.setuptools.ext-modules]]\nname = 'a'\n",
                "fast/__init__.py": "",
                "fast/k.c": "int x;\n" * 900,
            },
            True,
        ),
    ],
)
def test_a_python_package_is_python_whatever_it_is_written_in(git_repo, files, compiled):
    repository = inspect(str(git_repo(files)))
    assert (repository.language, repository.compiled) == ("python", compiled)


def test_settings_of_python_tools_make_no_python_package(git_repo):
    files = {
        "pyproject.toml": "[tool.black]\nline-length = 99\n",
        "tools_x/__init__.py": "",
        "src/a.cpp": "int x;\n" * 99,
    }
    assert language(git_repo, files) == "cpp"


def test_a_julia_package_with_a_python_wrapper_is_julia(git_repo):
    files = {
        "Project.toml": 'name = "Call"\n',
        "src/Call.jl": "f(x) = x\n" * 99,
        "pyproject.toml": '[project]\nname = "call"\n',
        "pysrc/call/__init__.py": "",
    }
    assert language(git_repo, files) == "julia"


@pytest.mark.parametrize(
    ("files", "globs"),
    [
        ({"src/a.cpp": "", "lib/b.cpp": ""}, ("src/**",)),
        ({"lib/a.c": ""}, ("lib/**",)),
        ({"src/readme.txt": "", "PW/a.f90": "", "Mod/b.F90": ""}, ("[!.]*.f90", "[!.]*.F90")),
        ({"setup.py": "", "pkg/__init__.py": "", "pkg/sub/__init__.py": ""}, ("pkg/**",)),
        ({"setup.py": "", "src/pkg/__init__.py": "", "tests/__init__.py": ""}, ("src/**",)),
        ({"setup.py": "", "pkg/__init__.py": "", "src/k.c": "int x;"}, ("pkg/**", "src/**")),
        ({"setup.py": "", "py/pkg/__init__.py": "", "kiwi/k.h": CLASS}, ("kiwi/**", "py/**")),
        ({"setup.py": "", "mod.py": "", "bench_mod.py": "", "test_mod.py": ""}, ("mod.py",)),
        ({"deep/er/a.py": "x\n"}, ("[!.]*.py",)),
        ({"a*b/__init__.py": "x = 1\n", "c.py": ""}, ("c.py",)),
        ({"notes.txt": ""}, ()),
    ],
)
def test_the_default_scope_matches_sources(git_repo, files, globs):
    assert inspect(str(git_repo(files))).source_globs == globs


@pytest.mark.parametrize(
    ("files", "benchmarks"),
    [
        ({"benchmarks/run.py": "", "benchmarks/data.csv": ""}, ("benchmarks/run.py",)),
        (
            {"bench_fft.py": "", "src/fft_bench.cpp": "", "bench.h": ""},
            ("bench_fft.py", "src/fft_bench.cpp"),
        ),
        ({"asv.conf.json": "{}", "asv_bench/a.py": ""}, ("asv.conf.json", "asv_bench/a.py")),
        ({"third_party/bench.py": "", "docs/benchmarks.py": "", "a.py": ""}, ()),
        ({"bench/in.lj": "", "bench/README": "", "src/a.cpp": ""}, ("bench/in.lj",)),
    ],
)
def test_existing_benchmarks_are_found(git_repo, files, benchmarks):
    assert inspect(str(git_repo(files))).benchmarks == benchmarks
