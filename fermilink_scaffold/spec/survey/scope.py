"""The source files that globs match, with the functions of a bounded part of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.project.languages import suffix_language
from fermilink_scaffold.spec.project.tracked import is_plain, spread
from fermilink_scaffold.spec.survey.functions import Unreadable, functions_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fermilink_scaffold.spec.project.languages import Sources
    from fermilink_scaffold.spec.project.tracked import Tracked
    from fermilink_scaffold.spec.survey.functions import Function

__all__ = [
    "FILES_SIZED",
    "KILOBYTES_READ",
    "LARGEST_KILOBYTES",
    "ScopeFile",
    "matching",
    "read_scope",
    "scope_languages",
]

#: Source files whose size is looked at; of more, this many, evenly spread.
FILES_SIZED = 3000
#: Source that is read, in kB of Python; the other languages are quicker and count half.
KILOBYTES_READ = 256
#: A larger file is data or generated: it is not read.
LARGEST_KILOBYTES = 256
#: Larger ones are read when everything else has been.
_USUAL = 96 * 1024
#: What opening a file costs, in bytes read.
_OPENING = 512


class ScopeFile(Record, eq=False):
    """A source file in scope, and what was read of it."""

    path: str
    language: str
    size: int
    #: None when it was not read.
    lines: int | None = None
    functions: tuple[Function, ...] = ()
    #: Why its functions are not known, and where.
    problem: str = ""
    problem_line: int | None = None


def matching(files: tuple[str, ...], globs: Sequence[str]) -> list[str]:
    """The files that a glob matches, as FermiLink matches: `fnmatch` on the whole path."""
    whole = tuple(glob[:-2] for glob in globs if glob.endswith("/**") and is_plain(glob[:-2]))
    other = [glob for glob in globs if not (glob.endswith("/**") and glob[:-2] in whole)]
    if not other:
        return [path for path in files if path.startswith(whole)]
    import re
    from fnmatch import translate

    match = re.compile("|".join(map(translate, other))).match
    return [path for path in files if path.startswith(whole) or match(path)]


def scope_languages(in_scope: list[str], sources: Sources) -> dict[str, str]:
    """Source files in scope, tests left out, and their language; in the order given."""
    known: dict[str, str] = {}
    for language, paths in sources.by_language.items():
        known.update(dict.fromkeys(paths, language))
    tests = frozenset(sources.tests)
    header = "cpp" if "cpp" in sources.by_language else "c"
    found: dict[str, str] = {}
    for path in in_scope:
        spoken = known.get(path) or suffix_language(path)
        if spoken and path not in tests:
            found[path] = {"header": header, "include": "fortran"}.get(spoken, spoken)
    return found


def read_scope(tracked: Tracked, languages: dict[str, str]) -> list[ScopeFile]:
    """The files with their functions: the largest ones of usual size first, up to the limit."""
    sizes = {path: tracked.size(path) for path in spread(list(languages), FILES_SIZED)}
    order = sorted(sizes, key=lambda path: (sizes[path] > _USUAL, -sizes[path], path))
    left = KILOBYTES_READ * 1024.0
    files: list[ScopeFile] = []
    for path in order:
        language, size = languages[path], sizes[path]
        cost = size * (1.0 if language == "python" else 0.5)
        if size > LARGEST_KILOBYTES * 1024 or cost > left:
            files.append(ScopeFile(path=path, language=language, size=size))
        else:
            left -= cost + _OPENING
            files.append(_read_one(tracked, path, language))
    return sorted(files, key=lambda file: file.path)


def _read_one(tracked: Tracked, path: str, language: str) -> ScopeFile:
    data = tracked.read_bytes(path, LARGEST_KILOBYTES * 1024)
    lines = data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    try:
        functions = tuple(functions_in(data, language, path))
    except Unreadable as problem:
        return ScopeFile(
            path=path,
            language=language,
            size=len(data),
            lines=lines,
            problem=problem.what,
            problem_line=problem.line,
        )
    return ScopeFile(path=path, language=language, size=len(data), lines=lines, functions=functions)
