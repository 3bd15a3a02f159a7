"""goal.md: the structured markdown in which a user states a campaign.

Sections and their synonyms are those of FermiLink's goal mode; two known headings make a
text a goal.
"""

from __future__ import annotations

import os
import re

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.goal.build_block import read_build
from fermilink_scaffold.spec.goal.correctness import read_correctness
from fermilink_scaffold.spec.goal.headings import (
    GOAL_HEADINGS,
    heading_key,
    heading_kind,
    without_rules,
)
from fermilink_scaffold.spec.goal.metric import read_metric, read_settings
from fermilink_scaffold.spec.goal.numbers import unset_variables, unused_numbers
from fermilink_scaffold.spec.goal.scope import read_scope
from fermilink_scaffold.spec.goal.split import read_split
from fermilink_scaffold.spec.goal.workloads import code_spans, read_workloads
from fermilink_scaffold.spec.model import Draft, DraftCase, ReviewNote, Source
from fermilink_scaffold.spec.text.markdown import Fence, Section, Text, parse_markdown, walk
from fermilink_scaffold.spec.text.named_files import Places
from fermilink_scaffold.spec.text.textfile import read_text_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from fermilink_scaffold.spec.text.markdown import Document

__all__ = ["is_goal", "parse_goal", "read_goal"]

_TITLE = "optimization goal"
_REQUIRED = {"package": "## Package", "target": "## Target"}


def is_goal(text: str) -> bool:
    """True when at least two of the goal's headings stand in the text."""
    found = {heading_key(section.heading) for section in parse_markdown(text).sections}
    return len(found & (GOAL_HEADINGS.keys() | {_TITLE})) >= 2


def read_goal(
    path: str,
    *,
    project: str | None = None,
    tracked: Collection[str] | None = None,
    inputs: tuple[str, ...] = (),
) -> Draft:
    """The goal in the file `path`; `inputs` are files that `--input` names, absolute.

    `tracked` are the project's files in git; None when they are not known.

    Raises ScaffoldError for a file that cannot be read as text, and whatever
    `parse_goal` raises.
    """
    text = read_text_input(path)
    return parse_goal(
        text,
        file=os.path.basename(path),
        directory=os.path.dirname(os.path.abspath(path)),
        project=project,
        tracked=None if tracked is None else frozenset(tracked),
        inputs=inputs,
    )


def parse_goal(  # noqa: PLR0913  two texts, three places
    text: str,
    *,
    file: str,
    directory: str,
    project: str | None = None,
    tracked: frozenset[str] | None = None,
    inputs: tuple[str, ...] = (),
) -> Draft:
    """What a goal says. File names in it are looked up in `directory` and in `project`.

    Raises ScaffoldError with file and line: no known heading, Package or Target missing or
    empty, an open comment, and what the readers of the sections raise.
    """
    notes: list[ReviewNote] = []
    kinds = _kinds(parse_markdown(text), file, notes)
    places = Places(file=file, directory=directory, project=project, tracked=tracked, inputs=inputs)
    draft = _draft(kinds, places, notes)
    return draft.replace(text=text, directory=directory, review_notes=tuple(notes))


def _draft(kinds: dict[str, tuple[Section, ...]], places: Places, notes: list[ReviewNote]) -> Draft:
    """What the sections say; what they leave open goes to `notes`."""
    file = places.file
    remarks, builds = kinds.get("notes", ()), kinds.get("build", ())
    bullets = kinds.get("correctness", ())
    package = _one_line(kinds["package"], file, notes)
    if package is None:
        raise _empty("package", kinds, file)
    language = _language(kinds.get("language", ()), file, notes)
    scope = read_scope(kinds.get("editable", ()), kinds.get("immutable", ()), places)
    places = places.replace(editable=scope.editable)
    metric = read_metric(kinds.get("metric", ()), file)
    cases, case_notes = _cases(kinds.get("workloads", ()), places)
    ids = tuple(case.id for case in cases)
    texts = {case.id: case.text for case in cases}
    correctness = read_correctness(bullets, file, texts, metric.fields)
    build, build_notes = read_build(builds, file)
    train, split_notes = read_split((*remarks, *builds), file, ids)
    settings, setting_notes = read_settings((*bullets, *remarks), file)
    for found in (scope.notes, metric.notes, correctness.notes, case_notes, build_notes):
        notes.extend(found)
    notes.extend((*split_notes, *setting_notes))
    notes.extend(_lost(kinds, file, notes))
    return Draft(
        package=package,
        language=language,
        target=_whole(kinds["target"]),
        editable=scope.editable,
        immutable=scope.immutable,
        primary_metric=metric.primary,
        direction=metric.direction,
        fields=tuple(dict.fromkeys((*metric.fields, *correctness.fields))),
        constraints=correctness.constraints,
        cases=cases,
        train_case_ids=train,
        build=build,
        settings={**settings, **metric.settings},
        notes=_whole(remarks),
    )


def _lost(
    kinds: dict[str, tuple[Section, ...]], file: str, notes: list[ReviewNote]
) -> list[ReviewNote]:
    """What the metric and the notes demand, and none of `notes` speaks of."""
    used = [(note.text, note.source) for note in notes]
    numbers = unused_numbers(kinds.get("metric", ()), file, used)
    return [*numbers, *unset_variables(kinds.get("notes", ()), file)]


def _cases(
    sections: tuple[Section, ...], places: Places
) -> tuple[tuple[DraftCase, ...], tuple[ReviewNote, ...]]:
    cases, notes = read_workloads(sections, places)
    if sections and not cases:
        source = Source(file=places.file, line=sections[0].line)
        text = "no workload was found here; write each as `- case-id: text`"
        notes = (*notes, ReviewNote(text=text, source=source))
    return cases, notes


def _kinds(
    document: Document, file: str, notes: list[ReviewNote]
) -> dict[str, tuple[Section, ...]]:
    """The sections by kind; refuses what is no goal, or one that is cut short."""
    if document.open_comment is not None:
        raise ScaffoldError(
            "the comment that begins here is never closed",
            file=file,
            line=document.open_comment,
            hint="Close it with `-->`.",
        )
    kinds = _sections_by_kind(document, file, notes)
    _require(kinds, file)
    _refuse_two_packages(kinds["package"], file)
    _check_fences(document, file, notes)
    return kinds


def _sections_by_kind(
    document: Document, file: str, notes: list[ReviewNote]
) -> dict[str, tuple[Section, ...]]:
    """The sections of each kind in order; deeper unknown headings belong to the one above."""
    kinds: dict[str, tuple[Section, ...]] = {}
    kind: str | None = None
    level = 0
    for section in without_rules(document.sections):
        known = heading_kind(section)
        if known is not None:
            kind, level = known, section.level
        elif section.level <= level or kind is None:
            if kinds and section.level:
                text = f"the section {section.heading!r} is not one that a goal has; it is not read"
                notes.append(ReviewNote(text=text, source=Source(file=file, line=section.line)))
            kind = None
        if kind is not None:
            kinds[kind] = (*kinds.get(kind, ()), section)
    return kinds


def _require(kinds: dict[str, tuple[Section, ...]], file: str) -> None:
    if not kinds:
        raise ScaffoldError(
            "no heading of a goal was found",
            file=file,
            hint="A goal has headings such as `## Package`, `## Target` and "
            "`## Representative Workloads`; pass free text with --prompt.",
        )
    for kind, heading in _REQUIRED.items():
        if kind not in kinds:
            raise ScaffoldError(
                f"the section `{heading}` is missing", file=file, hint=f"Add `{heading}` to it."
            )
        if not any(section.source.strip() for section in kinds[kind]):
            raise _empty(kind, kinds, file)


def _empty(kind: str, kinds: dict[str, tuple[Section, ...]], file: str) -> ScaffoldError:
    return ScaffoldError(
        f"the section `{_REQUIRED[kind]}` is empty",
        file=file,
        line=kinds[kind][0].line,
        hint="Write something below the heading.",
    )


def _refuse_two_packages(sections: tuple[Section, ...], file: str) -> None:
    """Two package sections that name different packages."""
    names = {section.source.strip(): section.line for section in reversed(sections)}
    if len(names) > 1:
        first, second = sorted(names.values())[:2]
        raise ScaffoldError(
            f"the section `## Package` stands twice: lines {first} and {second}",
            file=file,
            line=second,
            hint="Leave one of them; a campaign has one package.",
        )


def _check_fences(document: Document, file: str, notes: list[ReviewNote]) -> None:
    """A code block without an end may have swallowed the rest of the goal."""
    for section in document.sections:
        for fence in section.fences:
            if fence.closed:
                continue
            swallowed = [
                line
                for line in fence.text.split("\n")
                if re.match(r"\s*#{1,3}\s", line) and heading_key(line.strip(" #")) in GOAL_HEADINGS
            ]
            if swallowed or section.fences[-1] is not fence:
                raise ScaffoldError(
                    "the code block that begins here is never closed",
                    file=file,
                    line=fence.line,
                    hint="Close it with ``` on a line of its own, indented like its beginning.",
                )
            source = Source(file=file, line=fence.line)
            notes.append(ReviewNote(text="this code block is never closed", source=source))


def _one_line(sections: tuple[Section, ...], file: str, notes: list[ReviewNote]) -> str | None:
    """The first words of a section: a name in backticks, or the first line without markup."""
    for section in sections:
        for block in walk(section.blocks):
            text = block.text.strip().split("\n")[0] if isinstance(block, Fence) else block.text
            spans = code_spans(text)
            if spans and len(set(spans)) == 1:
                return spans[0]
            text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)|<https?://[^>]*>", r"\1", text)
            text = re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", text)
            text = re.sub(r"^(?:package|name|language)\s*[:=]\s*", "", text, flags=re.IGNORECASE)
            name = re.split(r"\s+[(–—-]+\s*|\s*[;,]\s|\.\s|\s\(", text.strip())[0].strip(" .:")
            if not name:
                continue
            if name != text.strip(" .:") and isinstance(block, Text):
                source = Source(file=file, line=block.line)
                notes.append(ReviewNote(text=f"read as {name!r}: {text}", source=source))
            return name
    return None


def _language(sections: tuple[Section, ...], file: str, notes: list[ReviewNote]) -> str | None:
    """The first language of the section; a note names the others."""
    from fermilink_scaffold.spec.names import language_id

    before = len(notes)
    found = _one_line(sections, file, notes)
    if found is None or len(notes) > before:
        return found
    blocks = [block for section in sections for block in walk(section.blocks) if block.text.strip()]
    text = " ".join(" ".join(block.text.split()) for block in blocks)
    parts = re.split(r"\s*[,;/&()]\s*|\s+(?:and|with|or|plus)\s+|\s+\+\s+", text.replace("`", ""))
    named = set(filter(None, map(language_id, parts)))
    if len(named) > 1:
        first = language_id(found) or "the generic one"
        source = Source(file=file, line=blocks[0].line)
        rest = f"several languages are named ({text}); only {first} is taken"
        notes.append(ReviewNote(text=rest, source=source))
    return found


def _whole(sections: tuple[Section, ...]) -> str:
    """The sections' text as it was written; sub-headings stay."""
    parts = []
    for index, section in enumerate(sections):
        if index and heading_key(section.heading) not in GOAL_HEADINGS:
            parts.append(f"{'#' * section.level} {section.heading}")
        if section.source.strip():
            parts.append(section.source.strip())
    return "\n\n".join(parts)
