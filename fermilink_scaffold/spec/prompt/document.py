"""prompt.md: free text in which a user says what is to be faster (quick mode)."""

from __future__ import annotations

import os
import re

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.goal.correctness import read_correctness
from fermilink_scaffold.spec.goal.document import is_goal
from fermilink_scaffold.spec.goal.metric import read_metric
from fermilink_scaffold.spec.goal.numbers import (
    demanded_settings,
    unset_variables,
    unused_numbers,
    unused_orders,
)
from fermilink_scaffold.spec.goal.workloads import read_workloads
from fermilink_scaffold.spec.model import Build, Draft, ReviewNote, Source
from fermilink_scaffold.spec.prompt.bounds import bound_sections, metric_sections
from fermilink_scaffold.spec.prompt.commands import find_commands
from fermilink_scaffold.spec.prompt.ids import command_id, unique_ids
from fermilink_scaffold.spec.prompt.scope import find_scope
from fermilink_scaffold.spec.text.markdown import Bullet, Fence, Section, Text, parse_markdown, walk
from fermilink_scaffold.spec.text.named_files import Places
from fermilink_scaffold.spec.text.textfile import read_text_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from fermilink_scaffold.spec.goal.correctness import Correctness
    from fermilink_scaffold.spec.model import DraftCase
    from fermilink_scaffold.spec.prompt.commands import Command, Commands
    from fermilink_scaffold.spec.text.markdown import Document

__all__ = ["parse_prompt", "read_prompt"]

_LONGEST_TARGET = 1000


def read_prompt(
    path: str,
    *,
    project: str | None = None,
    tracked: Collection[str] | None = None,
    inputs: tuple[str, ...] = (),
) -> Draft:
    """The prompt in the file `path`; `inputs` are files that `--input` names, absolute.

    `tracked` are the project's git-tracked files; git is asked when only `project` is given.
    Raises ScaffoldError for a file that cannot be read as text, and whatever
    `parse_prompt` raises.
    """
    text = read_text_input(path)
    if tracked is None and project is not None:
        from fermilink_scaffold.spec.project.repository import inspect

        tracked = inspect(project).files
    places = Places(
        file=os.path.basename(path),
        directory=os.path.dirname(os.path.abspath(path)),
        project=project,
        tracked=frozenset(tracked or ()),
        inputs=inputs,
    )
    return parse_prompt(text, places)


def parse_prompt(text: str, places: Places) -> Draft:
    """What a free text says: commands are cases, tracked source files in its prose the scope.

    Names are looked up in `places`. Raises ScaffoldError with file and line for a comment
    that is never closed, a command whose quotes are not balanced, and a glob that leaves
    the project.
    """
    file = places.file
    document = _document(text, file)
    commands = find_commands(document, file)
    cases, case_notes = _cases(commands.measured, places)
    texts = {case.id: case.text for case in cases}
    scope = find_scope(document, places, (command.text for command in commands.measured))
    metric = read_metric(metric_sections(document), file)
    correctness = read_correctness(bound_sections(document), file, texts, metric.fields)
    build, build_notes = _build(commands, file)
    settings, setting_notes = demanded_settings(document.sections, file)
    settings = {**settings, **metric.settings}
    train, split_notes = _train_ids(commands.measured, file)
    notes = [*_goal_note(text, file), *commands.notes, *case_notes, *split_notes, *build_notes]
    notes += [*scope.notes, *metric.notes, *correctness.notes]
    notes += [note for note in setting_notes if note not in notes]
    used = [(note.text, note.source) for note in notes] + _texts(correctness, cases)
    notes += _unused(document, file, used, scope.immutable)
    return Draft(
        editable=scope.editable,
        immutable=scope.immutable,
        target=_target(document),
        primary_metric=metric.primary,
        direction=metric.direction,
        fields=tuple(dict.fromkeys((*metric.fields, *correctness.fields))),
        constraints=correctness.constraints,
        cases=cases,
        train_case_ids=train,
        build=build,
        settings=settings,
        text=text,
        directory=places.directory,
        review_notes=tuple(notes),
    )


def _texts(
    correctness: Correctness, cases: tuple[DraftCase, ...]
) -> list[tuple[str, Source | None]]:
    """The prose that became bounds and cases, and where it stands."""
    compiled = (each for each in correctness.constraints if each.tolerances or each.limits)
    return [
        *((each.text, each.source) for each in compiled),
        *((case.text, case.source) for case in cases),
    ]


def _unused(
    document: Document, file: str, used: list[tuple[str, Source | None]], immutable: tuple[str, ...]
) -> list[ReviewNote]:
    """What the prose demands and nothing was made of."""
    sections = document.sections
    numbers = unused_numbers(sections, file, used)
    orders = unused_orders(sections, file, (*used, *((note.text, note.source) for note in numbers)))
    paths = [path.removesuffix("/**") for path in immutable]
    names = tuple(dict.fromkeys(path.rpartition("/")[2] for path in paths))
    orders = tuple(each for each in orders if not any(name in each.text for name in names))
    return [*unset_variables(sections, file), *numbers, *orders]


def _document(text: str, file: str) -> Document:
    document = parse_markdown(text)
    if document.open_comment is not None:
        raise ScaffoldError(
            "the comment that begins here is never closed",
            file=file,
            line=document.open_comment,
            hint="Close it with `-->`.",
        )
    return document


def _goal_note(text: str, file: str) -> list[ReviewNote]:
    if not is_goal(text):
        return []
    words = "this text has the headings of a goal; --goal reads them, --prompt does not"
    return [ReviewNote(text=words, source=Source(file=file))]


def _cases(
    commands: list[Command], places: Places
) -> tuple[tuple[DraftCase, ...], tuple[ReviewNote, ...]]:
    """The commands as workloads of a goal, read by the goal's own rules."""
    ids = _ids(commands)
    bullets = tuple(
        Bullet(
            text=f"`{name}`: {command.prose}",
            line=command.line,
            blocks=(Fence(info="sh", text=command.text, line=command.line, first=command.line),),
        )
        for name, command in zip(ids, commands, strict=True)
    )
    section = Section(heading="Workloads", level=2, line=1, blocks=bullets)
    cases, notes = read_workloads((section,), places)
    described = tuple(
        case.replace(text=" ".join(command.prose.split()) or command.text)
        for case, command in zip(cases, commands, strict=True)
    )
    return described, notes


def _ids(commands: list[Command]) -> list[str]:
    """An id for each command: its label, or what the command is about."""
    ids = []
    for command in commands:
        made_up = command_id(command.text)
        ids.append(command.label or (f"test-{made_up}" if command.held_out else made_up))
    return unique_ids(ids)


def _train_ids(
    commands: list[Command], file: str
) -> tuple[tuple[str, ...] | None, list[ReviewNote]]:
    """The cases that the agent sees, where the prompt holds some out."""
    held = [command for command in commands if command.held_out]
    if not held:
        return None, []
    source = Source(file=file, line=held[0].line)
    train = [
        name
        for name, command in zip(_ids(commands), commands, strict=True)
        if not command.held_out and not name.startswith("test-")
    ]
    if not train:
        text = "every case is held out, so the agent would see none: they are all shown"
        return None, [ReviewNote(text=text, source=source)]
    text = f"held out, so the agent does not see them: {', '.join(each.text for each in held)}"
    return tuple(train), [ReviewNote(text=text, source=source)]


def _build(commands: Commands, file: str) -> tuple[Build | None, tuple[ReviewNote, ...]]:
    if not commands.build:
        return None, ()
    source = Source(file=file, line=commands.build[0][1])
    lines = list(dict.fromkeys(text for text, _ in commands.build))
    note = ReviewNote(text=f"taken as the build: {'; '.join(lines)}", source=source)
    return Build(script="\n".join(lines), source=source), (note,)


def _target(document: Document) -> str | None:
    """The first heading and the paragraph below it, or what stands there of the two."""
    parts: list[str] = []
    for section in document.sections:
        paragraphs = [each.text for each in walk(section.blocks) if isinstance(each, Text)]
        for text in (section.heading, *paragraphs[:1]):
            plain = " ".join(re.sub(r"^\s*\$ .*", "", text).split())
            if re.search(r"\w", plain):
                parts.append(plain)
        if parts:
            return ": ".join(parts)[:_LONGEST_TARGET]
    bullets = [
        block.text
        for section in document.sections
        for block in walk(section.blocks)
        if isinstance(block, Bullet)
    ]
    return " ".join(bullets[0].split())[:_LONGEST_TARGET] if bullets else None
