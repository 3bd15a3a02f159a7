"""Which files a goal's text names, and where they are: beside the goal, in the project, or nowhere.

Only names are looked up; no file's content is read, and nothing outside the goal's own
directory is ever reported as a file to stage.
"""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from functools import lru_cache

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    #: staged: below the goal's directory. project: a file of the project itself. input: named
    #: by `--input`. outside: must not be staged. missing: looks like a file and is none.
    Kind: TypeAlias = Literal["staged", "project", "input", "outside", "missing", "text"]

__all__ = [
    "Places",
    "find_name",
    "has_file_suffix",
    "in_project",
    "is_directory",
    "is_tracked",
    "looks_like_file",
    "runs_in_place",
    "staged_files",
    "staged_path",
]

_SUFFIXES_TEXT = """
alloy bin bz2 c cc cfg cfs chk cif com conf cpp csv cube cxx dat data dcd dump eam edr f f03
f08 f77 f90 fchk fdf ffield fits gbw geo gjf gro gz h h5 hdf5 hpp in inc include ini inp input
ipynb itp jl json jsonl key lammps lammpstrj lj lmp log lua m mat mdp meam mol mol2 molden
mpack msh mtx namelist nc ndx nml npy npz nw out par param params parquet pbs pdb pdbqt pickle
pkl pl poscar prm prmtop prototxt ps1 psf psml pt pth pwi pwo py r rb restart rs rst rst7 sdf
sh slurm snap snapcoeff snapparam sql sqlite stl sw tar template tersoff toml top tpr traj trr
tsv txt upf vasp vtk vtu xml xsf xtc xvg xyz xz yaml yml zip zmat
"""
_SUFFIXES = frozenset(_SUFFIXES_TEXT.split())
_SOURCES_TEXT = """
asm bash bat c c++ cc cl cmake coffee cpp csh cu cuh cxx cython d erl ex exs f f03 f08 f18 f77 f90
f95 for fpp ftn fish go h h++ hh hpp hs hxx inc ipp java jl js ksh kt lua m mjs mk ml mli mm mojo nim
pas php pl pm ps1 pxd pxi py pyi pyx r rb rs rmd s scala sh slurm sbatch swift tcl tcsh tpp ts v vb
vhd zig zsh exe so x pyz jar ipynb
"""
_SOURCES = frozenset(_SOURCES_TEXT.split())
#: Directories that builds make; git does not track them.
_PRODUCTS = frozenset({"_build", "bin", "build", "builddir", "dist", "install", "target"})
#: Files that tools look for in the project itself.
_BUILD_FILES = frozenset(
    {
        "Makefile", "GNUmakefile", "makefile", "CMakeLists.txt", "Dockerfile", "Justfile", "justfile", "Rakefile",
        "SConstruct", "SConscript", "configure", "meson.build", "meson.options", "meson_options.txt",
        "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "Cargo.toml", "Cargo.lock", "Project.toml",
        "Manifest.toml", "fpm.toml", "package.json", "CMakePresets.json", "build.ninja", "asv.conf.json",
    }
)  # fmt: skip
_PREFIXES = ("in.", "data.", "restart.")
_MAX_DIRECTORY_FILES = 1000
_MAX_NAME = 1000


class Places(Record):
    """Where names are looked up."""

    #: The goal's name as it is shown to people.
    file: str
    #: The goal's own directory, absolute.
    directory: str
    #: The project's root, absolute; None when it is not known.
    project: str | None = None
    #: git-tracked files of the project; None when not known: then all that exists counts.
    tracked: frozenset[str] | None = None
    #: Files that the user named with `--input`, absolute.
    inputs: tuple[str, ...] = ()
    #: Globs of what candidates may edit; what they match is never staged.
    editable: tuple[str, ...] = ()


def has_file_suffix(name: str) -> bool:
    """True for a name with a suffix that files have."""
    stem, dot, suffix = name.rpartition(".")
    return bool(stem and dot) and suffix.lower() in _SUFFIXES


def looks_like_file(name: str) -> bool:
    """True for a name that nobody would write in backticks if it were not a file."""
    if not re.fullmatch(r"[\w./~@%+-]+", name) or name.endswith(("/", ".")):
        return False
    base = name.rsplit("/", 1)[-1]
    stem, dot, suffix = base.rpartition(".")
    if not dot or not stem.strip("."):
        return False
    if base.startswith(_PREFIXES) or suffix.lower() in _SUFFIXES:
        return not re.fullmatch(r"[\d.]+", base)
    return "/" in name and bool(re.fullmatch(r"[A-Za-z]\w{0,4}", suffix)) and suffix != "x"


def find_name(name: str, places: Places) -> Kind:
    """What `name` is, in a goal that lies in `places.directory`."""
    kind: Kind = "missing" if looks_like_file(name) else "text"
    if not name.strip("./~ ") or "://" in name or "\0" in name or len(name) > _MAX_NAME:
        kind = "text"
    elif _is_input(name, places):
        kind = "input"
    elif name.startswith(("/", "~")) or ".." in name.split("/"):
        kind = "outside"
    elif runs_in_place(name, places):
        kind = "project"
    elif os.path.lexists(os.path.join(places.directory, name)):
        kind = _beside_the_goal(name, places) or kind
    elif in_project(name, places):
        kind = "project"
    return kind


def runs_in_place(name: str, places: Places) -> bool:
    """True for a program, a source or a directory of the project, and for what candidates may edit.

    A copy of them among the staged files would not be what a candidate changed.
    """
    path = os.path.normpath(name)
    base = os.path.basename(path)
    full = os.path.join(places.project or "", path)
    source = base.rpartition(".")[2].lower() in _SOURCES
    executable = os.path.isfile(full) and bool(os.stat(full).st_mode & 0o111)
    if not is_tracked(name, places):
        product = path.partition("/")[0] in _PRODUCTS or (executable and not source)
        return product and _lies_in_project(places) and in_project(name, places)
    return (
        source
        or executable
        or base in _BUILD_FILES
        or os.path.isdir(full)
        or any(fnmatchcase(path, glob) for glob in places.editable)
    )


def _beside_the_goal(name: str, places: Places) -> Kind | None:
    """What exists under that name in the goal's directory."""
    real = os.path.realpath(os.path.join(places.directory, name))
    if not _is_below(real, os.path.realpath(places.directory)):
        return "outside"
    if os.path.isfile(real) and os.path.normpath(name) != places.file:
        return "staged"
    if os.path.isdir(real):
        return "staged"
    return "project" if in_project(name, places) else None


def in_project(name: str, places: Places) -> bool:
    """True where the project has something of that name, tracked or not."""
    return places.project is not None and os.path.exists(os.path.join(places.project, name))


def is_directory(name: str, places: Places) -> bool:
    """True for a directory beside the goal."""
    return os.path.isdir(os.path.join(places.directory, name))


def staged_path(name: str, places: Places) -> str:
    """Where `name` is below the staged files: `--input` files by their base name."""
    path = os.path.normpath(name)
    return os.path.basename(path) if find_name(name, places) == "input" else path


def _is_input(name: str, places: Places) -> bool:
    path = os.path.expanduser(name) if name.startswith("~") else name
    full = os.path.normpath(os.path.join(places.directory, path))
    base = os.path.normpath(name)
    return any(full == path or base == os.path.basename(path) for path in places.inputs)


def is_tracked(name: str, places: Places) -> bool:
    """True when the goal lies in the project and `name` is there among the project's own files."""
    if places.project is None or not _lies_in_project(places):
        return False
    if places.tracked is None:
        return os.path.exists(os.path.join(places.project, name))
    path = os.path.normpath(name)
    return path in places.tracked or any(other.startswith(path + "/") for other in places.tracked)


def _lies_in_project(places: Places) -> bool:
    """True when the goal lies in the project."""
    return places.project is not None and _lies_below(places.directory, places.project)


@lru_cache(maxsize=4)
def _lies_below(directory: str, other: str) -> bool:
    """True for a directory at or below another one, wherever links lead; asked for every name."""
    return _is_below(os.path.realpath(directory), os.path.realpath(other))


def _is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def staged_files(name: str, places: Places, line: int) -> tuple[str, ...]:
    """The files that staging `name` copies, POSIX, relative to the goal's directory.

    A directory stands for all files in it; more than 1,000, or one that leads out of the
    goal's directory, raise ScaffoldError.
    """
    path = os.path.normpath(name)
    here = os.path.join(places.directory, path)
    if not os.path.isdir(here):
        return (path,)
    found: list[str] = []
    for root, directories, names in os.walk(here):
        directories[:] = sorted(each for each in directories if not each.startswith("."))
        for each in sorted(names):
            full = os.path.relpath(os.path.join(root, each), places.directory)
            if find_name(full, places) != "staged":
                raise ScaffoldError(
                    f"`{full}` in the directory `{name}` leads out of the goal's directory",
                    file=places.file,
                    line=line,
                    hint=f"Name the files that are needed one by one, or use `--input {full}`.",
                )
            found.append(full)
        if len(found) > _MAX_DIRECTORY_FILES:
            raise ScaffoldError(
                f"the directory `{name}` holds more than {_MAX_DIRECTORY_FILES} files",
                file=places.file,
                line=line,
                hint="Name the files that are needed.",
            )
    return tuple(found)
