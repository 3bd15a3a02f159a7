import fnmatch
import subprocess

import pytest

from fermilink_scaffold.spec.model import Case, Source
from fermilink_scaffold.spec.project.products import case_outputs, untracked_products
from fermilink_scaffold.spec.project.repository import inspect

CYTHON = {
    "pyproject.toml": '[build-system]\nbuild-backend = "setuptools.build_meta"\n'
    '[project]\nname = "fast"\n[tool.setuptools_scm]\nversion_file = "fast/_version.py"\n',
    "setup.py": "from Cython.Build import cythonize\n",
    "fast/__init__.py": "",
    "fast/core.pyx": "def f(): pass\n",
    "fast/reduce_template.c": "int a;\n",
}
FORTRAN = {
    "Makefile": "FC = gfortran\nPROG = solver\nall: $(PROG)\n$(PROG): main.o\n"
    "\t@echo linking\n\t$(FC) -o $@ main.o\nclean:\n\trm -f *.o\n",
    "main.f90": "program main\nend program\n",
}
AUTOTOOLS = {
    "configure.ac": "AC_INIT([tool], [1])\n",
    "Makefile.am": "SUBDIRS = src\n",
    "src/Makefile.am": "bin_PROGRAMS = tool\n",
    "src/tool.c": "int main(void) { return 0; }\n",
    "tool.pc.in": "",
}


def left(root, *paths):
    """Untracked files that git reports once the patterns are in place."""
    patterns = untracked_products(inspect(str(root)))
    exclude = root / ".git/info/exclude"
    exclude.write_text("".join(f"{pattern}\n" for pattern in patterns))
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(listed.stdout.split("\0")[:-1])


def test_a_cython_build_leaves_nothing_that_git_sees(git_repo):
    assert left(
        git_repo(CYTHON),
        "build/lib/fast/core.o",
        "fast/core.c",
        "fast/reduce.c",
        "fast/core.cpython-311-x86_64-linux-gnu.so",
        "fast/__pycache__/a.cpython-311.pyc",
        "fast/_version.py",
        "fast.egg-info/PKG-INFO",
        ".pytest_cache/x",
        ".venv/bin/python",
        "fast/new.py",
        "fast/other.c",
    ) == {"fast/new.py", "fast/other.c"}


def test_a_makefile_build_leaves_nothing_that_git_sees(git_repo):
    assert left(git_repo(FORTRAN), "main.o", "m.mod", "solver", "new.f90") == {"new.f90"}


def test_an_autotools_build_leaves_nothing_that_git_sees(git_repo):
    assert left(
        git_repo(AUTOTOOLS),
        "configure",
        "Makefile.in",
        "src/Makefile.in",
        "src/Makefile",
        "src/.deps/tool.Po",
        "src/tool.o",
        "tool.pc",
        "config.log",
        "autom4te.cache/x",
        "src/new.c",
    ) == {"src/new.c"}


def test_a_cmake_build_leaves_nothing_that_git_sees(git_repo):
    files = {"CMakeLists.txt": "project(x)\n", "src/a.cpp": "int a;\n"}
    assert left(git_repo(files), "build/CMakeCache.txt", "build/a", "src/b.cpp") == {"src/b.cpp"}


def test_a_cargo_build_leaves_nothing_that_git_sees(git_repo):
    files = {"Cargo.toml": '[package]\nname = "x"\n', "src/lib.rs": "fn a() {}\n"}
    assert left(git_repo(files), "target/debug/x", "Cargo.lock", "src/b.rs") == {"src/b.rs"}


def test_a_julia_run_leaves_nothing_that_git_sees(git_repo):
    files = {"Project.toml": 'name = "X"\n', "src/X.jl": "module X\nend\n"}
    assert left(git_repo(files), "Manifest.toml", "src/b.jl") == {"src/b.jl"}


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("build/tool.py", "/build/"),
        ("sub/__pycache__/kept.py", "__pycache__/"),
        ("sub/x.egg-info/PKG-INFO", "*.egg-info/"),
        ("data/kept.pyc", "*.py[cod]"),
        ("lib/kept.so", "*.so"),
        ("lib/kept.so.1", "*.so.*"),
        ("fast/core.c", "/fast/core.c"),
        ("sub/.coverage", ".coverage"),
    ],
)
def test_a_pattern_that_covers_a_tracked_file_is_left_out(git_repo, file, pattern):
    assert pattern in untracked_products(inspect(str(git_repo(CYTHON, name="without"))))
    kept = untracked_products(inspect(str(git_repo({**CYTHON, file: "x\n"}))))
    assert pattern not in kept


def test_no_pattern_is_listed_twice(git_repo):
    patterns = untracked_products(inspect(str(git_repo(CYTHON))))
    assert len(patterns) == len(set(patterns))


def test_odd_names_never_become_patterns(git_repo):
    files = {**CYTHON, "fast/a*b.pyx": "", "fast/new\nline.pyx": "", "fast/[x].pyx": ""}
    patterns = untracked_products(inspect(str(git_repo(files))))
    assert not any(
        "\n" in pattern or fnmatch.fnmatch(pattern, "/fast/*[[*]*") for pattern in patterns
    )


@pytest.mark.parametrize(
    ("makefile", "programs"),
    [
        ("all:\n\tcc -O2 -o heat heat.c\n", ["/heat"]),
        (".PHONY: all\nall: heat\nheat: heat.c\n\tcc -o $@ heat.c\n", ["/heat"]),
        ("all:\n\t@mkdir -p bin\n\n\tcc -o bin/a a.c\n\tcc b.c -o ./bin/b\n", ["/bin/a", "/bin/b"]),
        ("EXE = run.x\n$(EXE): a.o\n\t$(LD) $(OBJ) -o $(@)\n", ["/run.x"]),
        ("all:\n\tcc -o $(DIR)/a a.c\n\tcc -o ../a a.c\n\tcc -o /a a.c\n", []),
    ],
)
def test_what_a_makefile_links_is_a_product_and_its_phony_target_is_not(
    git_repo, makefile, programs
):
    patterns = untracked_products(inspect(str(git_repo({"Makefile": makefile, "heat.c": ""}))))
    assert [each for each in patterns if each.startswith("/")] == programs


def test_what_a_case_writes_into_the_tree_is_a_product(git_repo):
    repository = inspect(str(git_repo({"run.py": "", "kept.json": ""})))
    commands = [
        ("cp2k.psmp", "-i", "in.inp", "-o", "H2O-32.out"),
        ("bash", "-c", "cd sub; ./run --output=a/b.csv 2>&1 >> log.txt"),
        (
            "./run",
            "--json",
            "kept.json",
            "-o",
            "/tmp/x.out",
            "-o",
            "../x.out",
            "-o",
            "{run_dir}/y.out",
        ),
        ("./run", "-o", "3", "a > b"),
    ]
    source = Source(file="goal.md")
    cases = [
        Case(id=f"c{number}", command=words, source=source) for number, words in enumerate(commands)
    ]
    cases.append(Case(id="d", command=("x",), source=source, cwd="work", outputs=("r.json",)))
    assert case_outputs(cases, repository) == (
        "H2O-32.out",
        "a/b.csv",
        "log.txt",
        "work/r.json",
    )
