import pytest

from fermilink_scaffold.spec.project.repository import inspect

PACKAGE = {"pkg/__init__.py": "x = 1\n"}
PROJECT = '[project]\nname = "pkg"\n'
CMAKE = (
    "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release",
    'cmake --build build -j "$(nproc)"',
)
CTEST = ("ctest --test-dir build --output-on-failure",)
C = {"src/a.c": "int a;\n"}
CPP = {"src/a.cpp": "int a;\n"}
FORTRAN = {"src/a.f90": "end\n"}


def backend(name):
    return f'[build-system]\nrequires = []\nbuild-backend = "{name}"\n{PROJECT}'


def seen(git_repo, files):
    repository = inspect(str(git_repo(files)))
    return repository.build_system, repository.build_commands, repository.test_commands


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            PACKAGE | {"pyproject.toml": PROJECT, "tests/test_a.py": "import pytest\n"},
            ("pyproject", ("python -m pip install -e .",), ("python -m pytest tests",)),
        ),
        (
            PACKAGE | {"setup.py": "from setuptools import setup\nsetup()\n"},
            ("setup.py", ("python -m pip install -e .",), ()),
        ),
        (
            PACKAGE
            | {"setup.py": "setup(ext_modules=[Extension('pkg.k', ['pkg/k.c'])])\n", "pkg/k.c": ""},
            ("setup.py", ("python setup.py build_ext --inplace",), ()),
        ),
        (
            PACKAGE | {"pyproject.toml": backend("mesonpy"), "meson.build": "", "pkg/k.c": ""},
            ("pyproject", ("python -m pip install --no-build-isolation -e .",), ()),
        ),
        (
            PACKAGE | {"pyproject.toml": backend("scikit_build_core.build"), "pkg/k.f90": ""},
            ("pyproject", ("python -m pip install --no-build-isolation -e .",), ()),
        ),
        (
            PACKAGE | {"pyproject.toml": backend("maturin"), "Cargo.toml": "", "src/lib.rs": ""},
            ("pyproject", ("maturin develop --release",), ()),
        ),
        (PACKAGE | {"Makefile": "docs:\n\tmake\n"}, (None, (), ())),
        (CPP | {"CMakeLists.txt": "project(a)\n"}, ("cmake", CMAKE, ())),
        (CPP | {"CMakeLists.txt": "project(a)\nenable_testing()\n"}, ("cmake", CMAKE, CTEST)),
        (
            CPP
            | {"cmake/CMakeLists.txt": "project(LAMMPS)\ninclude(CTest)\n", "src/Makefile": "a:\n"},
            ("cmake", (CMAKE[0].replace("-S .", "-S cmake"), CMAKE[1]), CTEST),
        ),
        (
            C | {"meson.build": "project('a')\n", "test/meson.build": "test('x', exe)\n"},
            (
                "meson",
                ("meson setup build --buildtype=release", "meson compile -C build"),
                ("meson test -C build",),
            ),
        ),
        (
            C | {"configure.ac": "AC_INIT\n", "Makefile.am": "", "autogen.sh": "#!/bin/sh\n"},
            ("autotools", ("./autogen.sh", "./configure", 'make -j"$(nproc)"'), ("make check",)),
        ),
        (
            C | {"configure.ac": "AC_INIT\n", "Makefile.am": ""},
            ("autotools", ("autoreconf -fi", "./configure", 'make -j"$(nproc)"'), ("make check",)),
        ),
        (
            FORTRAN
            | {
                "configure": "#!/bin/sh\n",
                "Makefile": "default :\n\t@echo 'to install type make all'\n\t@echo ...\n"
                "pw : libs\n\tcd PW\nall   : pw\ntest-suite: pw\ncheck: all\n",
            },
            ("autotools", ("./configure", "make all"), ("make check",)),
        ),
        (
            C | {"Makefile": "CC := gcc\n.PHONY: test\na.o: a.c\n\tcc\ntest: a\n"},
            ("make", ("make",), ("make test",)),
        ),
        (C | {"src/Makefile": "all: a\na:\n\tcc\n"}, ("make", ("make -C src",), ())),
        (
            FORTRAN | {"fpm.toml": 'name = "a"\n', "test/check.f90": "end\n"},
            ("fpm", ("fpm build --profile release",), ("fpm test --profile release",)),
        ),
        (
            {"Cargo.toml": '[package]\nname = "a"\n', "src/lib.rs": ""},
            ("cargo", ("cargo build --release",), ("cargo test",)),
        ),
        (
            {"rust part/Cargo.toml": "", "rust part/src/lib.rs": "fn a() {}\n"},
            (
                "cargo",
                ("cargo build --release --manifest-path 'rust part/Cargo.toml'",),
                ("cargo test --manifest-path 'rust part/Cargo.toml'",),
            ),
        ),
        (
            {"Project.toml": 'name = "A"\n', "src/A.jl": "x=1", "test/runtests.jl": ""},
            (
                "julia",
                ("julia --project -e 'using Pkg; Pkg.instantiate()'",),
                ("julia --project -e 'using Pkg; Pkg.test()'",),
            ),
        ),
        (C, (None, (), ())),
        ({"notes.txt": ""}, (None, (), ())),
    ],
)
def test_build_and_test_commands(git_repo, files, expected):
    assert seen(git_repo, files) == expected


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"tests/test_a.py": "import unittest\n"}, "python -m unittest discover -s tests"),
        (
            {"tests/__init__.py": "", "tests/test_a.py": "import unittest\n"},
            "python -m unittest discover -s tests -t .",
        ),
        ({"tests/test_a.py": "import unittest, pytest\n"}, "python -m pytest tests"),
        ({"pkg/tests/test_a.py": "def test_a(): pass\n"}, "python -m pytest pkg/tests"),
        ({"tests/test_a.py": "", "pkg/tests/test_b.py": ""}, "python -m pytest"),
        ({"pkg/test_core.py": "def test_a(): pass\n"}, "python -m pytest"),
        ({"tests/t.py": "import unittest\n", "pytest.ini": "[pytest]\n"}, "python -m pytest tests"),
        ({"tests/t.py": "", "setup.cfg": "[tool:pytest]\ntestpaths = tests\n"}, "python -m pytest"),
        ({"tests/t.py": "", "tox.ini": "[pytest]\naddopts = --pyargs pkg\n"}, "python -m pytest"),
        ({"tests/t.py": "import nose\n", "setup.cfg": "[nosetests]\n"}, "python -m pytest tests"),
        ({"conftest.py": ""}, "python -m pytest"),
        ({"odd tests/test_a.py": "", "my dir/tests/test_a.py": ""}, "python -m pytest"),
    ],
)
def test_python_tests(git_repo, files, command):
    found = seen(git_repo, PACKAGE | {"pyproject.toml": PROJECT} | files)
    assert found[2] == (command,)


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pyproject.toml": '[project]\nname = "My.Pkg"\n'}, "my-pkg"),
        ({"pyproject.toml": '[tool.poetry]\nname = "poem"\n'}, "poem"),
        ({"pyproject.toml": '[project\nbroken = "\n[project]\nname = "saved"\n'}, "saved"),
        ({"setup.cfg": "[metadata]\nname = from_cfg\n", "setup.py": "setup()"}, "from_cfg"),
        ({"setup.py": "from setuptools import setup\nNAME = 'const'\nsetup(name=NAME)\n"}, "const"),
        ({"setup.py": "import setuptools\nsetuptools.setup(name='attr')\n"}, "attr"),
        ({"setup.py": "setup(name=open('x').read())\n", "only/__init__.py": ""}, "only"),
        ({"setup.py": "this is not python\n", "only/__init__.py": ""}, "only"),
        (
            {"CMakeLists.txt": "cmake_minimum_required(VERSION 3)\nPROJECT( Fast_Lib CXX)\n"},
            "fast_lib",
        ),
        ({"CMakeLists.txt": "project(${NAME})\n"}, "project"),
        ({"meson.build": "project('meso', 'c')\n"}, "meso"),
        ({"configure.ac": "AC_INIT([My Tool], [1.0])\n"}, "my-tool"),
        ({"Cargo.toml": '[package]\nname = "crab"\n', "a.rs": "fn a() {}"}, "crab"),
        ({"Project.toml": 'name = "DiffEq"\n', "a.jl": "x=1"}, "diffeq"),
        ({"fpm.toml": 'name = "stdlib"\n', "a.f90": "end\n"}, "stdlib"),
        ({"a.f90": "end\n"}, "project"),
    ],
)
def test_the_package_name(git_repo, files, name):
    assert inspect(str(git_repo(files))).package == name


def test_the_name_of_the_language_comes_first(git_repo):
    files = {
        "CMakeLists.txt": "project(cname)\n",
        "pyproject.toml": "[tool.x]\n",
        "Cargo.toml": '[package]\nname = "rname"\n',
        "a.cpp": "int x;\n" * 9,
    }
    assert inspect(str(git_repo(files))).package == "cname"


@pytest.mark.parametrize(
    ("name", "package"), [("My Code", "my-code"), ("日本", "日本"), ("--", "project")]
)
def test_without_any_name_the_directory_gives_it(git_repo, name, package):
    assert inspect(str(git_repo({"a.c": ""}, name=name))).package == package
