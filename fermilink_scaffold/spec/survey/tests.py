"""Which tests touch which files and functions, by what they import, name and include."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.project.tracked import spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fermilink_scaffold.spec.project.tracked import Tracked
    from fermilink_scaffold.spec.survey.scope import ScopeFile

__all__ = ["FILES_READ", "KILOBYTES_READ", "Touched", "touching_tests"]

FILES_READ = 120
KILOBYTES_READ = 256
#: Tests named for one file, and for one function.
_PER_FILE, _PER_FUNCTION = 5, 3
#: A name that more functions share, or a shorter one, says nothing about which is meant.
_SHARED, _SHORTEST = 2, 4
_PLAIN_WORDS = frozenset(
    [
        "__init__",
        "__call__",
        "__repr__",
        "__str__",
        "main",
        "test",
        "tests",
        "setup",
        "setUp",
        "tearDown",
        "close",
        "open",
        "read",
        "write",
        "print",
        "size",
        "name",
        "names",
        "value",
        "values",
        "data",
        "init",
        "update",
        "index",
        "copy",
        "load",
        "save",
        "error",
        "check",
        "apply",
        "default",
        "result",
        "results",
        "input",
        "output",
        "file",
        "files",
        "path",
        "dtype",
        "shape",
        "items",
        "keys",
        "append",
        "extend",
        "format",
        "assert",
        "equal",
        "array",
        "float",
        "double",
        "integer",
        "string",
        "true",
        "false",
        "none",
        "self",
    ]
)
#: Compiled when the first test is read, by `re`'s own cache: many projects have none.
_IMPORT = r"(?m)^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#;]*)|import[ \t]+([^\n#;]+))"
_INCLUDE = r"(?mi)^#?[ \t]*include[ \t]*[\"'<(]([^\"'>)\n]+)|^[ \t]{0,12}use[ \t]+(\w+)"
_ROOTS = ("src/", "lib/", "python/")


class Touched(Record, eq=False):
    """Tests for files and functions, the first few of each in order."""

    by_file: Mapping[str, tuple[str, ...]]
    #: By path and qualified name.
    by_function: Mapping[tuple[str, str], tuple[str, ...]]
    #: Test files that were read.
    read: int


def touching_tests(tracked: Tracked, tests: list[str], files: list[ScopeFile]) -> Touched:
    """Read a bounded part of the test files and look up what they name."""
    names = _names(files)
    modules = _modules(files)
    stems = defaultdict(list)
    for file in files:
        stems[file.path.rpartition("/")[2].partition(".")[0].lower()].append(file.path)
    by_file: dict[str, dict[str, None]] = defaultdict(dict)
    by_function: dict[tuple[str, str], list[str]] = defaultdict(list)
    left, read = KILOBYTES_READ * 1024, 0
    for test in spread(tests, FILES_READ):
        text = tracked.read(test, min(left, 64 * 1024))
        if left <= 0:
            break
        left -= len(text)
        read += 1
        found = _named_functions(text, names)
        for key in found:
            by_function[key].append(test)
        touched = {path for path, _ in found} | _imported(text, test, modules)
        touched.update(_named_alike(test, stems), _included(text, stems))
        for path in touched:
            by_file[path][test] = None
    return Touched(
        by_file={path: tuple(sorted(found)[:_PER_FILE]) for path, found in by_file.items()},
        by_function={key: tuple(found[:_PER_FUNCTION]) for key, found in by_function.items()},
        read=read,
    )


def _names(files: list[ScopeFile]) -> dict[str, list[tuple[str, str]]]:
    """Simple function names that tell which function is meant; lower case for Fortran."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for file in files:
        for function in file.functions:
            simple = re.split(r"::|\.", function.name)[-1]
            if file.language == "fortran":
                simple = simple.lower()
            if len(simple) >= _SHORTEST and simple not in _PLAIN_WORDS:
                found[simple].append((file.path, function.name))
    return {name: keys for name, keys in found.items() if len(keys) <= _SHARED}


def _named_functions(
    text: str, names: Mapping[str, list[tuple[str, str]]]
) -> list[tuple[str, str]]:
    words = set(re.findall(r"[A-Za-z_]\w{3,}", text))
    words.update([word.lower() for word in words if not word.islower()])
    return sorted({key for word in words & names.keys() for key in names[word]})


def _modules(files: list[ScopeFile]) -> dict[str, str]:
    """Importable names as paths without suffix, e.g. `pkg/core`, to Python files in scope."""
    found: dict[str, str] = {}
    for file in files:
        if file.language == "python":
            stem = file.path.rpartition(".")[0].removesuffix("/__init__")
            found[stem] = file.path
            for root in _ROOTS:
                if stem.startswith(root):
                    found.setdefault(stem.removeprefix(root), file.path)
    return found


def _imported(text: str, test: str, modules: Mapping[str, str]) -> set[str]:
    if "import" not in text:
        return set()
    found: set[str] = set()
    for match in re.finditer(_IMPORT, text):
        if match[3]:
            wanted = [
                name.split()[0].replace(".", "/") for name in match[3].split(",") if name.strip()
            ]
        else:
            wanted = list(_from_import(match[1], match[2], test))
        found.update(modules[name] for name in wanted if name in modules)
    return found


def _from_import(module: str, imported: str, test: str) -> Iterable[str]:
    """The paths that `from module import a, b` may mean; dots go up from the test's package."""
    name = module.lstrip(".")
    dots = len(module) - len(name)
    base = name.replace(".", "/")
    if dots:
        package = test.split("/")[:-dots]
        base = "/".join([*package, base] if base else package)
    yield base
    for part in re.sub(r"#.*", "", imported).strip("() \t").split(","):
        words = part.split()
        if words:
            yield f"{base}/{words[0]}"


def _included(text: str, stems: Mapping[str, list[str]]) -> set[str]:
    """Files of the same name as a header, or a Fortran module, that the test takes in."""
    found: set[str] = set()
    for match in re.finditer(_INCLUDE, text):
        name = (match[1] or match[2]).rpartition("/")[2].partition(".")[0].lower()
        found.update(stems.get(name, ()) if len(stems.get(name, ())) <= _SHARED else ())
    return found


def _named_alike(test: str, stems: Mapping[str, list[str]]) -> list[str]:
    """`test_core.py` and `core_test.cpp` are about `core.*`."""
    stem = test.rpartition("/")[2].partition(".")[0].lower()
    for affix in ("test_", "tests_", "test"):
        stem = stem.removeprefix(affix)
    for affix in ("_test", "_tests"):
        stem = stem.removesuffix(affix)
    paths = stems.get(stem, [])
    return paths if len(paths) <= _SHARED and len(stem) > 1 else []
