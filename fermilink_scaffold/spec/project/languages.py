"""Which language a file, and a whole project, is written in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.project.tracked import spread

if TYPE_CHECKING:
    import re

    from fermilink_scaffold.spec.project.tracked import Tracked

__all__ = [
    "COMPILED",
    "SUPPORTED",
    "Sources",
    "directory_kind",
    "dominant",
    "include_language",
    "is_cpp",
    "shebang_language",
    "sources_of",
    "suffix_language",
]

#: Languages that have a template layer of their own.
SUPPORTED = ("python", "c", "cpp", "fortran", "rust", "julia")
#: Languages whose sources must be compiled before a case sees a change.
COMPILED = frozenset({"c", "cpp", "fortran", "rust"})

#: Suffix to language. `header`, `include` and `script` are decided by content. The languages
#: without a layer are here so that a project written in one of them counts as `generic`.
_SUFFIXES = {
    suffix: language
    for language, suffixes in (
        ("python", "py pyx pxd pxi pyf"),
        ("c", "c"),
        ("cpp", "cc cpp cxx c++ C hh hpp hxx h++ H tpp tcc txx ipp inl cu cuh hip"),
        ("header", "h"),
        ("fortran", "f for ftn f77 f90 f95 f03 f08 f18 fpp fypp F FOR F77 F90 F95 F03 F08 F18"),
        ("include", "inc INC"),
        ("rust", "rs"),
        ("julia", "jl"),
        ("matlab", "m"),
        ("r", "r R"),
        ("java", "java"),
        ("kotlin", "kt"),
        ("scala", "scala"),
        ("go", "go"),
        ("javascript", "js mjs ts jsx tsx"),
        ("perl", "pl pm"),
        ("ruby", "rb"),
        ("lua", "lua"),
        ("haskell", "hs"),
        ("ocaml", "ml mli"),
        ("csharp", "cs"),
        ("d", "d"),
        ("nim", "nim"),
        ("zig", "zig"),
        ("swift", "swift"),
        ("pascal", "pas"),
        ("ada", "adb ads"),
        ("lisp", "lisp scm clj"),
        ("shell", "sh bash"),
    )
    for suffix in suffixes.split()
}

_KINDS = {
    name: kind
    for kind, names in (
        ("test", "test tests testing testsuite test_suite test-suite unittest unittests t"),
        ("benchmark", "bench benches benchmark benchmarks asv_bench perf performance"),
        ("other", "third_party thirdparty third-party 3rdparty 3rd_party 3rd-party external"),
        ("other", "externals extern vendor vendored _vendor _vendored subprojects submodules"),
        ("other", "node_modules deps doc docs documentation website site man tutorial tutorials"),
        ("other", "notebooks example examples demo demos sample samples data datasets testdata"),
        ("other", "fixtures conda-recipe cmake build dist packaging debian ci tools scripts"),
    )
    for name in names.split()
}

#: Files of one language whose sizes are looked at; the rest counts with their mean.
_SIZE_SAMPLE = 24
#: A generated table should not outweigh the code of a project.
_LARGEST = 256 * 1024
#: Ambiguous files of one kind that are opened, and the bytes read of each.
_CONTENT_SAMPLE = 24
_CONTENT_BYTES = 8192


class Sources(Record, eq=False):
    """The source files of a project by language, and what surrounds them."""

    #: Language to files, sorted; vendored code, documentation, tests and examples left out
    #: unless there is nothing else. Also languages that have no layer of their own.
    by_language: dict[str, list[str]]
    #: Files of every language in test directories, or with a test's name.
    tests: list[str]
    #: Files in benchmark directories.
    benchmarks: list[str]
    #: Directories with an `__init__.py`, except tests, documentation and vendored code.
    python_packages: list[str]


def suffix_language(path: str) -> str | None:
    """The language a name's suffix stands for: also `header`, `include`; None when unknown."""
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem:
        return None
    return _SUFFIXES.get(suffix) or _SUFFIXES.get(suffix.lower())


@lru_cache(maxsize=4096)
def directory_kind(directory: str) -> str:
    """`source`, `test`, `benchmark` or `other` (vendored, documentation, examples, hidden).

    The outermost directory with a telling name decides.
    """
    for part in directory.split("/"):
        if part.startswith("."):
            return "other"
        kind = _KINDS.get(part.lower())
        if kind:
            return kind
    return "source"


@lru_cache(maxsize=2)
def sources_of(tracked: Tracked) -> Sources:
    """Sort the tracked files into sources, tests and benchmarks, without opening most of them."""
    found = _by_kind(tracked)
    python, packages, tests = _python_roles(found["source"].pop("python", []))
    if python:
        found["source"]["python"] = python
    by_language = _resolved(tracked, found["source"])
    if not any(language in by_language for language in SUPPORTED):
        everything: dict[str, list[str]] = {}
        for group in found.values():
            for language, paths in group.items():
                everything.setdefault(language, []).extend(paths)
        by_language = _resolved(tracked, everything)
    return Sources(
        by_language=by_language,
        tests=sorted(_flat(found["test"]) + tests),
        benchmarks=_flat(found["benchmark"]),
        python_packages=packages,
    )


def _by_kind(tracked: Tracked) -> dict[str, dict[str, list[str]]]:
    """Files by the kind of their directory and the language of their suffix."""
    kinds = {directory: directory_kind(directory) for directory in tracked.directories}
    found: dict[str, dict[str, list[str]]] = {
        kind: {} for kind in ("source", "test", "benchmark", "other")
    }
    known = _SUFFIXES.get
    for path in tracked.files:
        directory, _, name = path.rpartition("/")
        suffix = name.rpartition(".")[2]
        language = known(suffix) or known(suffix.lower()) or (suffix == name and "script")
        if language:
            found[kinds[directory]].setdefault(language, []).append(path)
    return found


def _python_roles(paths: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Python sources, package directories, and tests that stand beside the sources."""
    sources: list[str] = []
    packages: list[str] = []
    tests: list[str] = []
    for path in paths:
        directory, _, name = path.rpartition("/")
        if name.startswith("test_") or name.endswith(("_test.py", "conftest.py")):
            tests.append(path)
            continue
        sources.append(path)
        if name == "__init__.py" and directory:
            packages.append(directory)
    return sources, packages, tests


def _flat(group: dict[str, list[str]]) -> list[str]:
    return sorted(path for paths in group.values() for path in paths)


def _resolved(tracked: Tracked, group: dict[str, list[str]]) -> dict[str, list[str]]:
    """Give headers, includes and scripts to the language their content speaks."""
    result = {language: list(paths) for language, paths in group.items()}
    headers = result.pop("header", [])
    includes = result.pop("include", [])
    scripts = result.pop("script", [])
    result.pop("shell", None)
    if headers:
        language = _header_language(tracked, headers, result)
        result.setdefault(language, []).extend(headers)
    for paths, spoken_by in ((includes, include_language), (scripts, shebang_language)):
        for path in spread(paths, _CONTENT_SAMPLE):
            spoken = spoken_by(tracked.read(path, _CONTENT_BYTES))
            if spoken and spoken != "shell":
                result.setdefault(spoken, []).append(path)
    result = {language: sorted(_written(tracked, paths)) for language, paths in result.items()}
    return {language: paths for language, paths in result.items() if paths}


def _written(tracked: Tracked, paths: list[str]) -> list[str]:
    """Without C and C++ that Cython made of a tracked `.pyx`."""
    names = tracked.names
    return [
        path
        for path in paths
        if not path.endswith((".c", ".cpp")) or f"{path.rpartition('.')[0]}.pyx" not in names
    ]


def _header_language(tracked: Tracked, headers: list[str], group: dict[str, list[str]]) -> str:
    if "cpp" not in group and "c" in group:
        return "c"
    if "cpp" in group and "c" not in group:
        return "cpp"
    texts = [
        tracked.read(path, _CONTENT_BYTES) for path in spread(sorted(headers), _CONTENT_SAMPLE)
    ]
    spoken = sum(is_cpp(text) for text in texts)
    return "cpp" if 3 * spoken >= len(texts) else "c"


def shebang_language(text: str) -> str | None:
    """`python`, `julia`, `shell` or `perl` of a script's first line; None when it is no script."""
    if not text.startswith("#!"):
        return None
    first = text.partition("\n")[0]
    for language, words in (
        ("python", ("python",)),
        ("julia", ("julia",)),
        ("perl", ("perl",)),
        ("shell", ("sh",)),
    ):
        if any(word in first for word in words):
            return language
    return None


def is_cpp(text: str) -> bool:
    """Whether a C or C++ header needs a C++ compiler, as far as its first lines show."""
    return (
        _compiled(
            r"^[ \t]*(class\s+\w+[^;(=]*\{|template\s*<|namespace\b|using\s+\w+|public\s*:"
            r"|#\s*include\s*<[a-z_/]+>)"
        ).search(text)
        is not None
    )


def include_language(text: str) -> str | None:
    """`fortran` or `c` of an include file; None when it is neither (a table, a makefile)."""
    if _compiled(r"^\s*#\s*(include|define|if|ifn?def|pragma)\b|[;{}]\s*$").search(text):
        return "c"
    fortran = _compiled(
        r"^[ \t]*(subroutine|implicit\s+none|common\s*/|parameter\s*\(|call\s+\w+|end\s*(if|do)\b"
        r"|(real|integer|logical|double\s+precision|complex|character)\b[ \t*(,:\w])"
    )
    return "fortran" if fortran.search(text) else None


@lru_cache(maxsize=8)
def _compiled(pattern: str) -> re.Pattern[str]:
    import re

    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def dominant(tracked: Tracked, by_language: dict[str, list[str]]) -> str:
    """The language with the most source bytes, from counts and a sample of sizes.

    `generic` when that is a language without a layer of its own, or when there is no source.
    """
    weights = {
        language: _weight(tracked, paths)
        for language, paths in sorted(by_language.items())
        if paths
    }
    if not weights:
        return "generic"
    best = max(weights, key=lambda language: weights[language])
    return best if best in SUPPORTED else "generic"


def _weight(tracked: Tracked, paths: list[str]) -> float:
    sample = spread(paths, _SIZE_SAMPLE)
    mean = sum(min(tracked.size(path), _LARGEST) for path in sample) / len(sample)
    return (mean + 1) * len(paths)
