"""scaffold.yaml: the inputs of a workspace, as a file and as flags.

The flags of `init` are laid over the file in the file's own form, so that there is one
reader for both and the workspace's scaffold.yaml can record both. Paths in the file are
relative to the file's own directory, paths in flags to the current directory.
"""

from __future__ import annotations

import difflib
import os

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import EMPTY, Record
from fermilink_scaffold.spec.hpc_profile import read_hpc_profile
from fermilink_scaffold.spec.model import Build, Draft, DraftCase, Limit, Source
from fermilink_scaffold.spec.text.textfile import read_text_input

__all__ = ["CASE_KEYS", "KEYS", "PATH_KEYS", "Answers", "answers_draft", "read_answers"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from fermilink_scaffold.spec.goal.correctness import Correctness
    from fermilink_scaffold.spec.model import Direction

#: Every key of scaffold.yaml and the type of its value.
KEYS: Mapping[str, type] = {
    "goal": str,
    "prompt": str,
    "package": str,
    "pack": str,
    "variables": dict,
    "language": str,
    "target": str,
    "editable": list,
    "immutable": list,
    "metric": str,
    "direction": str,
    "correctness": list,
    "cases": dict,
    "train_case_ids": list,
    "inputs": list,
    "build": str,
    "hpc_profile": str,
    "template_dirs": list,
    "notes": str,
    "set": dict,
}
#: The keys whose values are paths.
PATH_KEYS = ("goal", "prompt", "inputs", "hpc_profile", "template_dirs")
#: The keys of a case that are checked; others pass through to the contract.
CASE_KEYS: Mapping[str, tuple[type, ...]] = {
    "command": (str, list),
    "description": (str,),
    "weight": (int, float),
    "cwd": (str,),
    "env": (dict,),
    "timeout_seconds": (int, float),
    "repeats": (int,),
    "warmup_repeats": (int,),
    "mpi_ranks": (int,),
    "metrics": (dict,),
    "expect": (dict,),
    "outputs": (list,),
}
#: Words of their own, however much they look like one of those keys.
_OTHER_WORDS = frozenset({"comment", "height"})
_KINDS = {str: "text", list: "a list", dict: "a mapping", int: "a whole number", float: "a number"}


class Answers(Record):
    """Checked answers, their paths made absolute, and where each of them stands."""

    #: The file, absolute; None when there are only flags.
    file: str | None = None
    #: The form of scaffold.yaml.
    values: Mapping[str, Any] = EMPTY
    #: Key path, e.g. `("cases", "train-a")`, to its place.
    sources: Mapping[tuple[str, ...], Source] = EMPTY

    def source(self, *path: str) -> Source:
        """The place of a key, or of the nearest key around it."""
        while path and path not in self.sources:
            path = path[:-1]
        return self.sources.get(path, Source(file="command line"))


def read_answers(
    path: str | None, flags: Mapping[str, Any], *, shown: str | None = None
) -> Answers:
    """Read `path` (no file: None) and lay the command line's `flags` over it.

    `shown` is the name that messages give the file.

    Raises `ScaffoldError` with the line for broken YAML, an unknown key (naming the nearest
    known one) and a value of the wrong type.
    """
    values: dict[str, Any] = {}
    sources: dict[tuple[str, ...], Source] = {}
    if path is not None:
        from fermilink_scaffold.contract.load import parse_contract

        document = parse_contract(read_text_input(path), file=shown or path)
        sources = {
            tuple(map(str, key)): Source(file=shown or path, line=place[0])
            for key, place in document.positions.items()
        }
        lower = Answers(values=document.data, sources=sources)
        _check(lower)
        values = _absolute(lower.values, os.path.dirname(os.path.abspath(path)))
    upper = _absolute(flags, os.getcwd())
    _check(Answers(values=upper))
    sources.update({(key,): Source(file=f"--{_flag(key)}") for key in upper if key != "cases"})
    sources.update({("cases", name): Source(file="--case") for name in upper.get("cases", {})})
    file = None if path is None else os.path.abspath(path)
    return Answers(file=file, values=_laid_over(values, upper), sources=sources)


def answers_draft(answers: Answers, project: str) -> Draft:
    """What the answers say, apart from `goal`, `prompt` and `template_dirs`.

    Raises `ScaffoldError` for a command that cannot be split, a scope that leaves the
    project, and an HPC profile that FermiLink would refuse.
    """
    values = answers.values
    cases = tuple(_case(name, answers) for name in values.get("cases", ()))
    correctness = _correctness(answers, {case.id: case.text for case in cases})
    train = values.get("train_case_ids")
    profile = values.get("hpc_profile")
    return Draft(
        package=values.get("package"),
        language=values.get("language"),
        target=values.get("target"),
        editable=_globs(answers, "editable", project),
        immutable=_globs(answers, "immutable", project),
        primary_metric=values.get("metric"),
        direction=_direction(answers),
        fields=correctness.fields if correctness else (),
        constraints=correctness.constraints if correctness else (),
        cases=cases,
        train_case_ids=None if train is None else tuple(train),
        build=_build(answers),
        inputs=tuple(values.get("inputs", ())),
        settings=dict(values.get("set", {})),
        hpc_profile=None if profile is None else read_hpc_profile(profile),
        notes=values.get("notes", ""),
        review_notes=correctness.notes if correctness else (),
    )


def _correctness(answers: Answers, cases: Mapping[str, str]) -> Correctness | None:
    """Each item is compiled like a correctness bullet of a goal."""
    bullets = answers.values.get("correctness", ())
    if not bullets:
        return None
    from fermilink_scaffold.spec.goal.correctness import compile_bullets

    return compile_bullets(
        [
            (bullet, answers.source("correctness", str(number)))
            for number, bullet in enumerate(bullets)
        ],
        tuple(cases),
        cases=cases or None,  # those of a goal are not known here
    )


def _globs(answers: Answers, key: str, project: str) -> tuple[str, ...]:
    paths = answers.values.get(key, ())
    if not paths:
        return ()
    from fermilink_scaffold.spec.goal.scope import path_globs
    from fermilink_scaffold.spec.text.named_files import Places

    source = answers.source(key)
    places = Places(file=source.file, directory=project, project=project)
    hidden = key == "immutable"
    globs = (
        glob for path in paths for glob in path_globs(path, places, source.line, hidden=hidden)
    )
    return tuple(dict.fromkeys(globs))


def _check(answers: Answers) -> None:
    for key, value in answers.values.items():
        kind = KEYS.get(key)
        if kind is None:
            raise _unknown(key, KEYS, answers.source(key))
        _check_kind(value, (kind,), key, answers.source(key))
        if kind is list:
            for item in value:
                _check_kind(item, (str,), f"an item of {key}", answers.source(key))
    for name, case in answers.values.get("cases", {}).items():
        source = answers.source("cases", str(name))
        _check_kind(name, (str,), "a case id", source)
        _check_kind(case, (str, list, dict), f"case {name!r}", source)
        if isinstance(case, dict):
            for key, value in case.items():
                place = answers.source("cases", name, str(key))
                if key in CASE_KEYS:
                    _check_kind(value, CASE_KEYS[key], f"{key} of case {name!r}", place)
                else:
                    _refuse_slip(str(key), name, case, place)


def _refuse_slip(key: str, name: str, case: Mapping[str, Any], source: Source) -> None:
    """Raise for a key that is nearly one of a case's own; others are the domain's."""
    from fermilink_scaffold.contract.schema import nearest

    near = nearest(key, [known for known in CASE_KEYS if known not in case])
    if near is not None and key not in _OTHER_WORDS:
        raise ScaffoldError(
            f"unknown key {key!r} of case {name!r}",
            file=source.file,
            line=source.line,
            hint=f"Did you mean {near!r}? A key of your own needs a name that is less like it.",
        )


def _check_kind(value: object, kinds: tuple[type, ...], what: str, source: Source) -> None:
    if isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds):
        return
    wanted = " or ".join(_KINDS[kind] for kind in kinds)
    hint = (
        "Put the value in quotes."
        if kinds == (str,) and not isinstance(value, list | dict)
        else None
    )
    raise ScaffoldError(
        f"{what} must be {wanted}, not {value!r}", file=source.file, line=source.line, hint=hint
    )


def _unknown(key: object, known: Iterable[str], source: Source) -> ScaffoldError:
    near = difflib.get_close_matches(str(key), list(known), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"The keys are: {', '.join(known)}."
    return ScaffoldError(f"unknown key {key!r}", file=source.file, line=source.line, hint=hint)


def _absolute(values: Mapping[str, Any], base: str) -> dict[str, Any]:
    absolute = dict(values)
    for key in PATH_KEYS:
        value = values.get(key)
        if isinstance(value, str):
            absolute[key] = os.path.normpath(os.path.join(base, value))
        elif value is not None:
            absolute[key] = [os.path.normpath(os.path.join(base, item)) for item in value]
    return absolute


def _laid_over(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Cases, inputs, variables and `set` are completed, everything else is replaced."""
    values = {**lower, **upper}
    for key in ("cases", "set", "variables"):
        if key in lower and key in upper:
            values[key] = {**lower[key], **upper[key]}
    if "inputs" in lower and "inputs" in upper:
        values["inputs"] = list(dict.fromkeys([*lower["inputs"], *upper["inputs"]]))
    if ("goal" in upper) != ("prompt" in upper):
        values.pop("prompt" if "goal" in upper else "goal", None)
    return values


def _flag(key: str) -> str:
    """The command line's name for a key: each repeatable flag gives one item of a list."""
    names = {
        "inputs": "input",
        "template_dirs": "template-dir",
        "hpc_profile": "hpc-profile",
        "variables": "var",
    }
    return names.get(key, key)


def _direction(answers: Answers) -> Direction | None:
    value = answers.values.get("direction")
    if value is None or value in ("minimize", "maximize"):
        return value
    source = answers.source("direction")
    raise ScaffoldError(
        f"direction {value!r} is neither minimize nor maximize",
        file=source.file,
        line=source.line,
    )


def _build(answers: Answers) -> Build | None:
    script = answers.values.get("build", "").strip("\n")
    return Build(script=script, source=answers.source("build")) if script.strip() else None


def _case(name: str, answers: Answers) -> DraftCase:
    given = answers.values["cases"][name]
    source = answers.source("cases", name)
    settings = dict(given) if isinstance(given, dict) else {"command": given}
    command = settings.pop("command", None)
    if command is not None:
        command = _words(command, name, source)
    if "outputs" in settings:
        settings["outputs"] = tuple(settings["outputs"])
    extra = {key: settings.pop(key) for key in list(settings) if key not in CASE_KEYS}
    if "expect" in settings:
        settings["limits"] = tuple(_limits(settings.pop("expect"), name, answers))
    if extra:
        settings["extra"] = extra
    return DraftCase(
        id=name,
        text=settings.pop("description", ""),
        source=source,
        command=command,
        mpi_ranks=settings.pop("mpi_ranks", None),
        settings=settings,
    )


def _words(command: str | list[Any], case: str, source: Source) -> tuple[str, ...]:
    if isinstance(command, list):
        for word in command:
            _check_kind(word, (str,), f"a word of the command of case {case!r}", source)
        return tuple(command)
    from fermilink_scaffold.spec.text.shellwords import command_words

    try:
        return command_words(command)
    except ValueError as error:
        raise ScaffoldError(f"case {case!r}: {error}", file=source.file, line=source.line) from None


_LIMIT_KEYS = {
    "value": "value",
    "abs": "absolute",
    "rel": "relative",
    "min": "minimum",
    "max": "maximum",
    "text": "text",
}


def _limits(expect: Mapping[str, Any], case: str, answers: Answers) -> Iterable[Limit]:
    for name, bounds in expect.items():
        source = answers.source("cases", case, "expect", name)
        _check_kind(bounds, (dict,), f"expect.{name} of case {case!r}", source)
        for key in bounds:
            if key not in _LIMIT_KEYS:
                raise _unknown(key, _LIMIT_KEYS, source)
        yield Limit(field=name, **{_LIMIT_KEYS[key]: value for key, value in bounds.items()})
