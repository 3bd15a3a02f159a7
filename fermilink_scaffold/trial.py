"""Trying templates and packs on sample inputs, and looking at what comes out.

Every trial is a real one: a small git repository, `init` with the layer in front, and all
checks of a workspace. The samples are the bundled example, and for a pack a goal with each
of its example workloads.
"""

from __future__ import annotations

import os
import re

from fermilink_scaffold.contract.problems import Problem, sort_problems
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.found import PACK_FILE
from fermilink_scaffold.packs.readers import plain_text
from fermilink_scaffold.spec.text.named_files import looks_like_file
from fermilink_scaffold.templating.registry import ARTIFACTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.packs.model import Pack

__all__ = ["try_layer"]

#: What a trial cannot have: the tool environment, and the programs of the cases.
_ELSEWHERE = frozenset({"no-environment", "tool-missing", "build-products", "tracked-metadata"})


def try_layer(root: str, pack: Pack | None) -> list[Problem]:
    """Everything that is wrong with a directory of templates, or with the pack in it; errors first.

    Raises ScaffoldError for a template that is no regular file.
    """
    _refuse_special(root, pack)
    problems = list(_unused(root, pack))
    for name, workloads in _samples(pack):
        problems += _tried(name, root, pack, workloads)
    return sort_problems(dict.fromkeys(problems))


def _samples(pack: Pack | None) -> Iterator[tuple[str, Sequence[str]]]:
    """Name and workloads of each trial; none for the bundled example's own."""
    yield "the bundled example", ()
    for number, reader in enumerate(pack.workloads if pack else ()):
        yield f"the examples of workloads[{number}]", reader["examples"]


def _tried(name: str, root: str, pack: Pack | None, workloads: Sequence[str]) -> Iterator[Problem]:
    import tempfile

    from fermilink_scaffold.contract.check_project import check_project

    with tempfile.TemporaryDirectory(prefix="fermilink-scaffold-") as directory:
        project, goal = os.path.join(directory, "project"), os.path.join(directory, "goal")
        try:
            _scaffold(project, goal, root, pack, workloads)
        except ScaffoldError as error:
            yield _refusal(error, name, directory)
            return
        for problem in check_project(project):
            if problem.code not in _ELSEWHERE:
                hint = f"{problem.hint} " if problem.hint else ""
                yield problem.replace(hint=f"{hint}(In the workspace of {name}.)", path=())


def _scaffold(
    project: str, goal: str, root: str, pack: Pack | None, workloads: Sequence[str]
) -> None:
    from fermilink_scaffold.bootstrap import Request, prepare
    from fermilink_scaffold.workspace.apply import apply_plan
    from fermilink_scaffold.workspace.example import commit_all, copied_example

    os.mkdir(goal)
    with copied_example(project):
        flags: dict[str, Any] = {"template_dirs": [root], "goal": os.path.join(project, "goal.md")}
        if pack is not None and workloads:
            flags["goal"] = os.path.join(goal, "goal.md")
            paths = list(_files_of(pack))
            for path in paths:
                _write(os.path.join(project, path), "")
            if paths:
                commit_all(project, "Add what the pack looks for")
            for text in workloads:
                for word in filter(_is_sample, map(_bare, plain_text(text).split())):
                    _write(os.path.join(goal, word), "")
            _write(flags["goal"], _goal(pack, workloads))
        apply_plan(prepare(Request(project=project, flags=flags)).plan)


def _is_sample(word: str) -> bool:
    return looks_like_file(word) and _stays_inside(word)


def _stays_inside(path: str) -> bool:
    """Whether a pack may have a sample of that name: below the trial's directory, and not git's."""
    parts = path.lower().split("/")
    return parts[0] not in {"", "~", ".git", ".fermilink-optimize"} and ".." not in parts


def _bare(word: str) -> str:
    return word.strip(",;:()[]{}<>\"'*!?").rstrip(".")


def _goal(pack: Pack, workloads: Sequence[str]) -> str:
    """A goal with each workload as a case that is shown and as one that is held out."""
    bullets = [
        f"- {kind}-{number}: {text}"
        for kind in ("train", "test")
        for number, text in enumerate(workloads)
    ]
    return "\n".join(
        [
            f"# Optimization Goal\n\n## Package\n\n{pack.name}\n",
            "## Target\n\nMake the examples faster.\n",
            "## Editable Scope\n\n- `ljcluster/**`\n",
            "## Representative Workloads\n",
            *bullets,
            "",
        ]
    )


def _files_of(pack: Pack) -> Iterator[str]:
    """A file for each pattern of the pack's, so that its defaults apply."""
    defaults: Mapping[str, Any] = pack.defaults
    globs = [*defaults.get("immutable", ()), *defaults.get("editable", ())]
    for build in defaults.get("build", ()):
        globs += build.get("files", ())
    for glob in globs:
        path = re.sub(r"\[[^\]]*\]|[*?]+", "sample", glob)
        if _stays_inside(path) and not path.endswith("/"):
            yield path


def _write(path: str, text: str) -> None:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.lexists(path):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
    except OSError as error:
        raise ScaffoldError(f"the sample cannot be made: {error.strerror}", file=path) from error


def _known(pack: Pack | None) -> set[str]:
    """The names of all templates that are rendered."""
    known = {artifact.template for artifact in ARTIFACTS}
    return known | ({artifact.template for artifact in pack.artifacts} if pack else set())


def _names(root: str) -> list[str]:
    """The paths of all templates in a layer; hidden files are editors'."""
    return [
        os.path.relpath(os.path.join(place, name), root).replace(os.sep, "/")
        for place, _, names in os.walk(root)
        for name in names
        if name.endswith(".j2") and not name.startswith(".")
    ]


def _refuse_special(root: str, pack: Pack | None) -> None:
    """Nobody waits for what comes out of a pipe or a device."""
    for name in sorted({*_names(root), *_known(pack)}):
        path = os.path.join(root, name)
        if os.path.lexists(path) and not os.path.isfile(path):
            raise ScaffoldError("is not a regular file", file=path, hint="Remove it.")


def _unused(root: str, pack: Pack | None) -> Iterator[Problem]:
    """Templates that nothing would ever render: a slip in the name."""
    import difflib

    known = _known(pack)
    names = _names(root)
    texts = {name: _text(os.path.join(root, name)) for name in sorted(names)}
    for name in sorted(set(names) - known):
        if any(name in text for other, text in texts.items() if other != name):
            continue
        near = difflib.get_close_matches(name, sorted(known), n=1)
        yield Problem(
            severity="warning",
            code="unused-template",
            what="no artifact has this template, and no template here names it",
            hint=f"Did you mean {near[0]}?" if near else "Name it in an artifact of pack.yaml.",
            file=name,
        )


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(1024 * 1024)
    except OSError:
        return ""


def _refusal(error: ScaffoldError, name: str, directory: str) -> Problem:
    """What stopped a trial; its place is the pack's own, or in the sample."""
    hint = f"{error.hint} " if error.hint else ""
    text = f"{hint}(While scaffolding {name}.)".replace(f"{directory}{os.sep}", "")
    return Problem(
        severity="error",
        code="refused",
        what=error.what.replace(f"{directory}{os.sep}", ""),
        hint=text,
        file=(error.file or PACK_FILE).replace(f"{directory}{os.sep}", ""),
        line=error.line,
        column=error.column,
    )
