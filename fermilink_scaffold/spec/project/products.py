"""What building and testing leave in a project's tree, as git exclude patterns.

FermiLink rejects a candidate for any untracked file outside the editable scope, and deletes
what a build leaves behind; ignored files it leaves alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fermilink_scaffold.spec.project.toml import read_toml, table
from fermilink_scaffold.spec.project.tracked import index, is_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fermilink_scaffold.spec.model import Case, Repository
    from fermilink_scaffold.spec.project.tracked import Tracked

__all__ = ["case_outputs", "untracked_products"]

_PYTHON = (
    "__pycache__/ *.py[cod] *.egg-info/ .eggs/ .pytest_cache/ .hypothesis/ .mypy_cache/ .ruff_cache/"
    " .coverage .benchmarks/ .asv/ .venv/ /build/ /dist/"
)
_OBJECTS = "*.o *.a *.so *.so.* *.dylib *.gcda *.gcno"
_BY_LANGUAGE = {
    "python": _PYTHON,
    "c": _OBJECTS,
    "cpp": _OBJECTS,
    "fortran": f"{_OBJECTS} *.mod *.smod",
    "rust": "/target/ /Cargo.lock",
    "julia": "/Manifest.toml *.jl.cov *.jl.mem /deps/build.log",
}
_BY_SYSTEM = {
    "cmake": (
        "/build/ CMakeFiles/ CMakeCache.txt cmake_install.cmake CTestTestfile.cmake"
        " compile_commands.json /Testing/"
    ),
    "meson": "/build/",
    "fpm": "/build/",
    "make": "*.d",
    "autotools": (
        "*.lo *.la .libs/ .deps/ autom4te.cache/ config.log config.status config.h stamp-h1 libtool"
        " *.trs test-suite.log /aclocal.m4 /configure /configure~ /compile /depcomp /install-sh"
        " /missing /test-driver /ar-lib /config.guess /config.sub /ltmain.sh /config.h.in /config.h.in~"
    ),
}
#: Ends of files that a build writes other sources from, and the ends of those.
_TEMPLATES = {
    ".pyx": (".c", ".cpp"),
    ".pyx.in": (".pyx", ".c", ".cpp"),
    ".c.src": (".c",),
    ".h.src": (".h",),
    "_template.c": (".c",),
    ".f90.src": (".f90",),
    ".pyf.src": (".pyf",),
}
_TEMPLATE_ENDS = tuple(_TEMPLATES)
#: Names listed one by one (generated C, configured files) before the list is cut.
_LISTED = 300


def untracked_products(repository: Repository) -> tuple[str, ...]:
    """Patterns for `.git/info/exclude`, none of which matches a tracked file."""
    tracked = index(repository.root, repository.files)
    patterns = dict.fromkeys(_candidates(repository, tracked))
    suffixes = frozenset(path.rpartition(".")[2] for path in repository.files)
    parts = frozenset(part for directory in tracked.directories for part in directory.split("/"))
    return tuple(
        pattern for pattern in patterns if not _matches_tracked(pattern, tracked, suffixes, parts)
    )


def case_outputs(cases: Iterable[Case], repository: Repository) -> tuple[str, ...]:
    """Untracked paths that the cases write in the project: `-o FILE`, `> FILE`, their `outputs`."""
    import posixpath
    import re

    tracked = frozenset(repository.files)
    names: list[str] = []
    for case in cases:
        text = " ".join(case.command)
        found = re.findall(
            r"(?:(?<!\d)>{1,2}\s*|\s-{1,2}(?:o|out|outfile|output[\w-]*|log|logfile|json|csv)[\s=]+)"
            r"([\w+-][\w./+-]*\.\w+)(?=[\s;&|)\"']|$)",
            text,
        )
        names += (posixpath.normpath(posixpath.join(case.cwd or "", each)) for each in found)
        names += (posixpath.normpath(posixpath.join(case.cwd or "", each)) for each in case.outputs)
    inside = (name for name in names if not name.startswith(("/", "..")) and is_plain(name))
    return tuple(dict.fromkeys(name for name in inside if name not in tracked))


def _candidates(repository: Repository, tracked: Tracked) -> Iterator[str]:
    yield from _BY_LANGUAGE.get(repository.language, "").split()
    if repository.language == "python":
        yield from _python_products(repository, tracked)
    yield from _generated_sources(tracked)
    yield from _BY_SYSTEM.get(repository.build_system or "", "").split()
    if repository.build_system == "autotools":
        yield from _configured_files(tracked)
    if repository.build_system in {"make", "autotools"}:
        yield from _linked_programs(tracked)


def _python_products(repository: Repository, tracked: Tracked) -> Iterator[str]:
    if repository.compiled:
        yield from f"{_OBJECTS} *.mod _skbuild/".split()
    if "Cargo.toml" in tracked.top:
        yield "/target/"
    if "pyproject.toml" in tracked.top:
        tool = table(read_toml(tracked.read("pyproject.toml")), "tool")
        for settings in (
            table(tool, "setuptools_scm"),
            table(tool, "hatch", "build", "hooks", "vcs"),
        ):
            for key in ("write_to", "version_file", "version-file"):
                version_file = settings.get(key)
                if isinstance(version_file, str) and is_plain(version_file):
                    yield f"/{version_file}"


def _generated_sources(tracked: Tracked) -> Iterator[str]:
    """C that Cython writes beside a `.pyx`, and sources written from templates."""
    listed = [path for path in tracked.files if path.endswith(_TEMPLATE_ENDS) and is_plain(path)]
    for path in listed[:_LISTED]:
        for end, results in _TEMPLATES.items():
            if path.endswith(end):
                yield from (f"/{path.removesuffix(end)}{result}" for result in results)


def _configured_files(tracked: Tracked) -> Iterator[str]:
    """What configure and automake write beside their `.in` and `.am` files."""
    listed = 0
    for path in tracked.files:
        if path.endswith((".in", ".am")) and is_plain(path) and listed < _LISTED:
            listed += 1
            yield f"/{path[:-3]}"
            if path.endswith(".am"):
                yield f"/{path[:-3]}.in"


def _linked_programs(tracked: Tracked) -> Iterator[str]:
    """Programs that a makefile's own rules link, e.g. `mycode: main.o` with `-o $@`."""
    for place in ("", "src/", "source/"):
        for name in ("GNUmakefile", "makefile", "Makefile"):
            if f"{place}{name}" in tracked.names:
                for target in _link_targets(tracked.read(f"{place}{name}")):
                    yield f"/{place}{target}"
                break


def _link_targets(makefile: str) -> list[str]:
    """What the rules write behind `-o`: their own target (`$@`), or the file that is named there."""
    import re

    text = makefile.replace("\\\n", " ")
    values = dict(re.findall(r"^(\w+)[ \t]*[:?]?=[ \t]*([\w./+-]+)[ \t]*$", text, re.MULTILINE))
    expanded = re.sub(r"\$[({](\w+)[)}]", lambda found: values.get(found[1], found[0]), text)
    rule = r"^([\w./+-]+)[ \t]*:(?!=)[^\n]*\n((?:\t[^\n]*\n?|[ \t]*\n)*)"
    targets: list[str] = []
    for target, recipe in re.findall(rule, expanded, re.MULTILINE):
        written = re.findall(r"[ \t]-o[ \t]+([^\s;&|]+)", recipe)
        targets += (each.replace("$(@)", "$@").replace("$@", target) for each in written)
    plain = (name.removeprefix("./") for name in dict.fromkeys(targets))
    return [name for name in plain if re.fullmatch(r"[\w+][\w./+-]*", name) and ".." not in name]


def _matches_tracked(
    pattern: str, tracked: Tracked, suffixes: frozenset[str], parts: frozenset[str]
) -> bool:
    """Whether the exclude pattern (of the few kinds above) covers a tracked file."""
    name = pattern.strip("/")
    if pattern.startswith("/"):
        below = f"{name}/"
        return name in tracked.names or any(
            f"{directory}/".startswith(below) for directory in tracked.directories
        )
    if pattern.endswith("/"):
        return any(_glob(part, name) for part in parts)
    if name == "*.py[cod]":
        return not suffixes.isdisjoint({"pyc", "pyo", "pyd"})
    if name.startswith("*.") and name.count(".") == 1:
        return name[2:] in suffixes
    if "*" in name:
        return any(_glob(path.rpartition("/")[2], name) for path in tracked.files)
    return name in parts or any(
        (f"{directory}/{name}" if directory else name) in tracked.names
        for directory in tracked.directories
    )


def _glob(name: str, pattern: str) -> bool:
    """A name against a pattern with at most two stars, e.g. `*.egg-info`, `*.so.*`."""
    if "*" not in pattern:
        return name == pattern
    inner = pattern.strip("*")
    if pattern.endswith("*"):
        return inner in name
    return name.endswith(inner)
