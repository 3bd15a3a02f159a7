"""The survey of the code in scope: what an agent wants to know before its first change.

It is data for `goal_analysis.json`: the same project at the same commit gives the same
survey, with no absolute path and no time in it. Only a bounded part of a large scope is
read; what was left out is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fermilink_scaffold.spec.project.languages import sources_of
from fermilink_scaffold.spec.project.tracked import index
from fermilink_scaffold.spec.survey import scope, tests

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fermilink_scaffold.spec.model import Repository
    from fermilink_scaffold.spec.survey.functions import Function
    from fermilink_scaffold.spec.survey.scope import ScopeFile
    from fermilink_scaffold.spec.survey.tests import Touched

__all__ = ["survey"]

#: The most files and functions that are listed, and the characters of their entries.
_FILES, _FILE_CHARACTERS = 250, 50_000
_FUNCTIONS, _FUNCTION_CHARACTERS = 700, 110_000
#: Functions in each ranking; the least lines and loops that are worth a place in it.
_RANKED, _LONG, _DEEP = 20, 20, 2
_PROBLEMS = 30
_LONGEST_NAME = 100


def survey(
    repository: Repository, editable: Sequence[str], immutable: Sequence[str] = ()
) -> dict[str, Any]:
    """Files, functions, tests, build and benchmarks of the scope: `editable` but not `immutable`.

    At most 200 kB as indented JSON; the limits stand in the result. A file that a name is
    looked up in is never executed, and one that cannot be read is listed as a problem.
    """
    tracked = index(repository.root, repository.files)
    sources = sources_of(tracked)
    kept = frozenset(scope.matching(repository.files, immutable))
    in_scope = [path for path in scope.matching(repository.files, editable) if path not in kept]
    languages = scope.scope_languages(in_scope, sources)
    files = scope.read_scope(tracked, languages)
    functions = [(file, function) for file in files for function in file.functions]
    touched = tests.touching_tests(tracked, sources.tests, files)
    listed_files = _listed_files(files, touched)
    listed_functions = _listed_functions(functions, touched)
    return {
        "schema_version": 1,
        "scope": {
            "editable": [_shown(glob) for glob in editable],
            "files": len(in_scope),
            "source_files": len(languages),
            "test_files": len(frozenset(sources.tests).intersection(in_scope)),
        },
        "languages": _totals(files),
        "files": listed_files,
        "functions": listed_functions,
        "longest_functions": _ranked(functions, _by_lines, least=_LONG),
        "deepest_loops": _ranked(functions, _by_loops, least=_DEEP),
        "tests": {"commands": list(repository.test_commands), "files": len(sources.tests)},
        "build": _build(repository),
        "benchmarks": [_shown(path) for path in repository.benchmarks],
        "problems": [_problem(file) for file in files if file.problem][:_PROBLEMS],
        "limits": _limits(),
        "left_out": {
            "files_not_sized": len(languages) - len(files),
            "files_not_read": sum(file.lines is None for file in files),
            "files_not_listed": len(languages) - len(listed_files),
            "functions_not_listed": len(functions) - len(listed_functions),
            "tests_not_read": len(sources.tests) - touched.read,
        },
    }


def _build(repository: Repository) -> dict[str, Any]:
    return {
        "system": repository.build_system,
        "commands": list(repository.build_commands),
        "compiled": repository.compiled,
    }


def _limits() -> dict[str, int]:
    return {
        "files_sized": scope.FILES_SIZED,
        "kilobytes_read": scope.KILOBYTES_READ,
        "largest_file_kilobytes": scope.LARGEST_KILOBYTES,
        "files_listed": _FILES,
        "functions_listed": _FUNCTIONS,
        "tests_read": tests.FILES_READ,
        "tests_kilobytes_read": tests.KILOBYTES_READ,
    }


def _shown(text: str) -> str:
    r"""A name that any reader can print: undecodable bytes as `\udcff`, control characters too."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _totals(files: list[ScopeFile]) -> list[dict[str, Any]]:
    totals: dict[str, dict[str, Any]] = {}
    for file in files:
        total = totals.setdefault(
            file.language, {"language": file.language, "files": 0, "bytes": 0, "lines": 0}
        )
        total["files"] += 1
        total["bytes"] += file.size
        total["lines"] += file.lines or 0
    return sorted(totals.values(), key=lambda total: (-total["bytes"], total["language"]))


def _listed_files(files: list[ScopeFile], touched: Touched) -> list[dict[str, Any]]:
    """Entries of the largest files, sorted by path."""
    entries: list[dict[str, Any]] = []
    for file in sorted(files, key=lambda file: (-file.size, file.path)):
        entry: dict[str, Any] = {
            "path": _shown(file.path),
            "language": file.language,
            "bytes": file.size,
        }
        if file.lines is not None:
            entry |= {"lines": file.lines, "functions": len(file.functions)}
        if file.path in touched.by_file:
            entry["tests"] = [_shown(path) for path in touched.by_file[file.path]]
        entries.append(entry)
    kept = _fitting(entries, _FILES, _FILE_CHARACTERS)
    return sorted(kept, key=lambda entry: str(entry["path"]))


def _listed_functions(
    functions: list[tuple[ScopeFile, Function]], touched: Touched
) -> list[dict[str, Any]]:
    """Entries of the functions with the deepest loops and the most lines, sorted by place."""
    ranked = sorted(
        functions,
        key=lambda pair: (-pair[1].loops, -pair[1].lines, pair[0].path, pair[1].first),
    )
    entries: list[dict[str, Any]] = []
    for file, function in ranked[:_FUNCTIONS]:
        entry = _place(file, function) | {"loop_depth": function.loops}
        tests = touched.by_function.get((file.path, function.name))
        if tests:
            entry["tests"] = [_shown(path) for path in tests]
        entries.append(entry)
    kept = _fitting(entries, _FUNCTIONS, _FUNCTION_CHARACTERS)
    return sorted(kept, key=lambda entry: (entry["file"], entry["first_line"], entry["last_line"]))


def _fitting(entries: list[dict[str, Any]], count: int, characters: int) -> list[dict[str, Any]]:
    """The first entries that fit into the size of the survey, as indented JSON."""
    for number, entry in enumerate(entries):
        characters -= 12 + sum(14 + len(key) + len(str(value)) for key, value in entry.items())
        characters -= 12 * len(entry.get("tests", ()))
        if characters < 0 or number == count:
            return entries[:number]
    return entries


def _place(file: ScopeFile, function: Function) -> dict[str, Any]:
    return {
        "name": _shown(function.name[:_LONGEST_NAME]),
        "file": _shown(file.path),
        "first_line": function.first,
        "last_line": function.last,
    }


def _by_lines(function: Function) -> int:
    return function.lines


def _by_loops(function: Function) -> int:
    return function.loops


def _ranked(
    functions: list[tuple[ScopeFile, Function]], value: Callable[[Function], int], *, least: int
) -> list[dict[str, Any]]:
    """The first places of one ranking; equal ones by length, then by place."""
    ranked = sorted(
        (pair for pair in functions if value(pair[1]) >= least),
        key=lambda pair: (-value(pair[1]), -pair[1].lines, pair[0].path, pair[1].first),
    )
    return [
        _place(file, function) | {"lines": function.lines, "loop_depth": function.loops}
        for file, function in ranked[:_RANKED]
    ]


def _problem(file: ScopeFile) -> dict[str, Any]:
    return {"path": _shown(file.path), "problem": file.problem, "line": file.problem_line}
