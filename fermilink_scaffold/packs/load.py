"""Reading pack.yaml. It is validated once; what was read is kept in the user's cache."""

from __future__ import annotations

import os
import re

from fermilink_scaffold import __version__, layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.found import PACK_FILE, Summary
from fermilink_scaffold.packs.model import Pack, PackArtifact, Variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, TypeAlias

    from fermilink_scaffold.contract.load import Document

    #: Where in the data, what is wrong, and what to do about it.
    _Mistakes: TypeAlias = Iterator[tuple[tuple[str | int, ...], str, str | None]]

__all__ = ["SCHEMA_FILE", "read_pack_data", "to_pack", "to_summary"]

SCHEMA_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pack.schema.json")

_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
#: Names that a reader's groups cannot have.
_TAKEN = frozenset({"id", "text", "files", "mpi_ranks", "variables", "cases"})
#: Places below the workspace that are not a pack's to write.
_RESERVED = ("inputs", "runs", "env", ".scaffold")
#: Keys of the contract that say what is right, what is measured, how, and by what. A pack
#: sets neither them nor what is around or below them.
_JUDGEMENT = {
    "schema_version": "",
    "benchmark_id": "",
    "package_id": "",
    "repo": "defaults.editable and defaults.immutable are for the scope.",
    "correctness": "defaults.tolerances are for what the goal does not bound.",
    "controller.reject_on": "",
    "controller.objective.primary_metric": "defaults.metric is for a goal that names none.",
    "controller.objective.direction": "defaults.direction goes with defaults.metric.",
    "runtime.command": "",
    "runtime.pre_commands": "defaults.build is for the build.",
    "metrics": "defaults.metrics say how fields are read.",
    "cases": "The entries of workloads have the keys of their cases.",
    "split": "",
}
_FILES = frozenset(
    path.removeprefix(f"{layout.WORKSPACE}/")
    for name in layout.__all__
    if isinstance(path := getattr(layout, name), str)
) | {"run.lock.json", "autogen/benchmark.schema.json", "measure.sh", "autogen/cases"}


def read_pack_data(root: str) -> Document:
    """The pack.yaml in the directory `root`, validated.

    Raises ScaffoldError with line and column for everything that is wrong with it.
    """
    from fermilink_scaffold.contract.load import load_document
    from fermilink_scaffold.contract.problems import sort_problems
    from fermilink_scaffold.contract.schema import schema_problems
    from fermilink_scaffold.contract.values import plain, value_problems

    file = os.path.join(root, PACK_FILE)
    if os.path.lexists(file) and not os.path.isfile(file):
        raise ScaffoldError("is not a regular file", file=file)
    if not os.path.realpath(file).startswith(os.path.realpath(root) + os.sep):
        raise ScaffoldError("a pack.yaml may not be a link that leaves its pack", file=file)
    document = load_document(file, begin="A pack begins with `name: NAME`.")
    _check_version(document)
    problems = value_problems(document.data, document.positions)
    problems += schema_problems(plain(document.data), document.positions, schema=SCHEMA_FILE)
    for problem in sort_problems(problems)[:1]:
        raise ScaffoldError(
            problem.what, file=file, line=problem.line, column=problem.column, hint=problem.hint
        )
    _check(document)
    return document


def to_summary(data: Mapping[str, Any]) -> Summary:
    """What must be known of a pack to choose it, from its validated data."""
    return Summary(
        name=data["name"],
        packages=tuple(data.get("packages", (data["name"],))),
        detect=tuple(data.get("detect", ())),
    )


def to_pack(
    data: Mapping[str, Any], *, file: str, lines: Mapping[tuple[str | int, ...], int]
) -> Pack:
    """The pack of a validated pack.yaml; `lines` are those of its keys."""
    variables = {
        name: Variable(**{**given, "choices": tuple(given.get("choices", ()))})
        for name, given in data.get("variables", {}).items()
    }
    return Pack(
        name=data["name"],
        file=file,
        extends=data.get("extends"),
        variables=variables,
        artifacts=tuple(PackArtifact(**given) for given in data.get("artifacts", ())),
        launcher=tuple(data.get("launcher", ())),
        defaults=data.get("defaults", {}),
        workloads=tuple(data.get("workloads", ())),
        lines=lines,
    )


def _check_version(document: Document) -> None:
    """First of all: a newer pack may have keys that are not known here."""
    wanted = document.data.get("requires")
    if not isinstance(wanted, str):
        return
    for sign, version in re.findall(r"(>=|<=|==|>|<)\s*(\d+(?:\.\d+)*)", wanted):
        difference = _compare(__version__, version)
        held = {
            ">=": difference >= 0,
            "<=": difference <= 0,
            "==": difference == 0,
            ">": difference > 0,
            "<": difference < 0,
        }
        if not held[sign]:
            line, column = document.positions.get(("requires",), (1, 1))
            raise ScaffoldError(
                f"this pack requires fermilink-scaffold {wanted}, and this is {__version__}",
                file=document.file,
                line=line,
                column=column,
                hint="Upgrade it: pip install --upgrade fermilink-scaffold"
                if sign.startswith(">")
                else "Get a newer version of the pack.",
            )


def _compare(first: str, second: str) -> int:
    """Below 0, 0, above 0: the first version is older, the same, newer."""
    versions = [[int(part) for part in re.findall(r"\d+", text)] for text in (first, second)]
    width = max(map(len, versions))
    one, two = ([*version, *[0] * (width - len(version))] for version in versions)
    return (one > two) - (one < two)


def _check(document: Document) -> None:
    """What a schema cannot say."""
    for path, what, hint in _mistakes(document.data):
        place: tuple[str | int, ...] = path
        while place and place not in document.positions:
            place = place[:-1]
        line, column = document.positions.get(place, (1, 1))
        raise ScaffoldError(what, file=document.file, line=line, column=column, hint=hint)


def _mistakes(data: Mapping[str, Any]) -> _Mistakes:
    yield from _variables(data.get("variables", {}))
    yield from _artifacts(data.get("artifacts", ()))
    yield from _settings(data.get("defaults", {}).get("settings", {}))
    for number, reader in enumerate(data.get("workloads", ())):
        yield from _reader(reader, ("workloads", number))


def _variables(variables: Mapping[str, Any]) -> _Mistakes:
    for name, given in variables.items():
        kinds = _TYPES[given["type"]]
        for key, value in (
            *((("choices", index), each) for index, each in enumerate(given.get("choices", ()))),
            (("default",), given["default"]),
        ):
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
                what = f"variables.{name}.{key[0]} is not of the type {given['type']}: {value!r}"
                yield ("variables", name, *key), what, None
        if given["default"] not in given.get("choices", (given["default"],)):
            what = f"the default of variables.{name} is not one of its choices"
            yield ("variables", name, "default"), what, None


def _artifacts(artifacts: Any) -> _Mistakes:
    seen: set[str] = set()
    for number, given in enumerate(artifacts):
        path = given["path"]
        place = ("artifacts", number, "path")
        if not _is_plain(path):
            what = f"{path!r} is no path that a pack may write: git or others read such names"
            yield place, what, "Use plain names, none of which begins with a dot."
        # Some file systems take small and capital letters for the same.
        path = path.lower()
        if path in _FILES or path.split("/")[0] in _RESERVED:
            yield place, f"{path} is not a pack's to write", "Choose another path for the artifact."
        if path in seen:
            yield place, f"two artifacts have the path {path}", None
        seen.add(path)


def _is_plain(path: str) -> bool:
    """Whether no part of the path is hidden or git's, on whatever file system.

    A planted repository runs programs when somebody asks git for its state. One without a
    `.git` begins with its HEAD.
    """
    return path.isprintable() and not any(
        part.startswith(".")
        or part.endswith(".")
        or part != part.strip()
        or part.lower() == "head"
        or re.match(r"git~\d|.*:", part, re.IGNORECASE)
        for part in path.split("/")
    )


def _settings(settings: Mapping[str, Any]) -> _Mistakes:
    for key in settings:
        for kept, hint in _JUDGEMENT.items():
            if f"{key}.".startswith(f"{kept}.") or kept.startswith(f"{key}."):
                what = f"{key} is not a pack's to set: {kept} is the goal's and the user's"
                yield ("defaults", "settings", key), what, hint or None


def _reader(reader: Mapping[str, Any], place: tuple[str | int, ...]) -> _Mistakes:
    expressions = [("pattern",), *(("find", name) for name in reader.get("find", ()))]
    expressions += [("follow", index) for index in range(len(reader.get("follow", ())))]
    expressions += [("parts", name) for name in reader.get("parts", ())]
    names: set[str] = {*reader.get("find", ()), *reader.get("parts", ())}
    for key in expressions:
        text: Any = reader
        for part in key:
            text = text[part]
        try:
            compiled = re.compile(text, re.VERBOSE if "x" in reader.get("flags", "") else 0)
        except (re.error, OverflowError, RecursionError) as error:
            yield (*place, *key), f"is not a regular expression: {error}", None
            continue
        if key == ("pattern",):
            names |= set(compiled.groupindex)
        elif not compiled.groups and key[0] != "parts":
            what = "this expression has no group, so there is nothing that it finds"
            yield (*place, *key), what, "Put the part that is wanted into (...)."
    for name in sorted(names & _TAKEN):
        yield (*place, "pattern"), f"{name!r} is a name that every workload has", "Choose another."
