"""Which tracked files the prose of a prompt names: they are what may be edited."""

from __future__ import annotations

import re

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.goal.scope import path_globs
from fermilink_scaffold.spec.goal.workloads import code_spans, looks_like_command
from fermilink_scaffold.spec.model import ReviewNote, Source
from fermilink_scaffold.spec.project.languages import directory_kind, suffix_language
from fermilink_scaffold.spec.project.tracked import is_plain
from fermilink_scaffold.spec.text.markdown import Fence, walk
from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from fermilink_scaffold.spec.text.markdown import Document
    from fermilink_scaffold.spec.text.named_files import Places

__all__ = ["PromptScope", "find_scope"]

#: Before a name: it is excepted.
_BEFORE = lazy(
    r"\b(?:(?:do not|don't|never|must not|may not|cannot|can't|should not|not to|without)\s+(?:be\s+)?"
    r"(?:edit|touch|chang|modif|alter|rewrit|break)\w*|except(?:ing)?(?:\s+for)?|but\s+not|other\s+than"
    r"|apart\s+from|leave|keep(?=.*\b(?:unchanged|untouched|as (?:it|they) (?:is|are))))\b",
    re.IGNORECASE,
)
#: After a name, and the further names that go with it.
_AFTER = lazy(
    r"[`'\s)]*(?:,?\s*(?:and|or|,)\s*`?[\w./*-]+`?)*\s*(?:(?:is|are|must|should|may|can|stays?|remains?|do(?:es)?)\s*"
    r"(?:n[o']t|never)?\s*(?:be\s+)?(?:stay\s+|remain\s+)?)?"
    r"(?:(?<=t be )(?:edited|touched|changed|modified|altered)|(?<=t )(?:edit|touch|change|modify)"
    r"|untouched|unchanged|read[- ]only|off[- ]limits|immutable|frozen|out of scope|alone"
    r"|as (?:it|they) (?:is|are)|as[- ]is)\b",
    re.IGNORECASE,
)
#: Kinds of directories that hold what candidates are judged by.
_JUDGES = frozenset({"test", "benchmark"})
_CLAUSE = lazy(r"(?<=[.;!?])\s+|\n|\s+but\s+(?!not)|\s+-{2,}\s+|\s+[–—]\s+")
_GLOB = r"[\w./*?\[\]{},~+@-]+"
_WORD = lazy(r"`[^`]+`|[\w./~+@*?-]*[\w/*-]")
_EMPHASIS = lazy(r"^\*{1,2}(?=[\w.])|(?<=\w)\*{1,2}$")


class PromptScope(Record):
    """Globs for the contract, in the order of the prose."""

    editable: tuple[str, ...]
    immutable: tuple[str, ...]
    notes: tuple[ReviewNote, ...]


def find_scope(document: Document, places: Places, measured: Iterable[str]) -> PromptScope:
    """Tracked source files, directories and globs of the prose; `measured` are the commands.

    Tests and benchmark scripts are never editable by being named. Raises ScaffoldError for
    a glob that leaves the project.
    """
    reader = _Reader(places, " ".join(measured))
    for section in document.sections:
        for block in walk(section.blocks):
            if not isinstance(block, Fence):
                reader.text(block.text, block.line)
    return PromptScope(
        editable=tuple(each for each in reader.editable if each not in reader.immutable),
        immutable=tuple(reader.immutable),
        notes=tuple(reader.notes),
    )


class _Reader:
    """Collects what the clauses of the prose name."""

    def __init__(self, places: Places, measured: str) -> None:
        self.editable: dict[str, None] = {}
        self.immutable: dict[str, None] = {}
        self.notes: list[ReviewNote] = []
        self._places = places
        self._measured = measured
        self._tracked = places.tracked or frozenset()
        self._by_name: dict[str, list[str]] | None = None

    def text(self, text: str, line: int) -> None:
        """One paragraph or bullet; commands in it name nothing."""
        for span in code_spans(text):
            if " " in span and looks_like_command(span):
                text = text.replace(span, re.sub(r"\S", "-", span))
        for clause in _CLAUSE.split(text):
            if re.match(r"\s*\$ ", clause):
                continue
            for match in _WORD.finditer(clause):
                shown = _EMPHASIS.sub("", match[0].strip("`").strip())
                quoted = match[0].startswith("`")
                if quoted and " " in shown and looks_like_command(shown):
                    continue
                forbidden = bool(
                    _BEFORE.search(clause[: match.start()]) or _AFTER.match(clause, match.end())
                )
                for glob in self._globs(shown, line, quoted=quoted, forbidden=forbidden):
                    self._add(glob, line, forbidden=forbidden)

    def _add(self, glob: str, line: int, *, forbidden: bool) -> None:
        if forbidden:
            self.immutable[glob] = None
        elif _measures(glob):
            self._note(f"`{glob}` is named, but it tests or measures: it is not editable", line)
        elif glob not in self.editable:
            self.editable[glob] = None
            if glob in self._measured:
                self._note(f"`{glob}` is editable, and a case runs it", line)

    def _note(self, text: str, line: int) -> None:
        note = ReviewNote(text=text, source=Source(file=self._places.file, line=line))
        if note not in self.notes:
            self.notes.append(note)

    def _globs(self, name: str, line: int, *, quoted: bool, forbidden: bool) -> list[str]:
        """What a word stands for in the project; empty for a word that is just a word."""
        if re.search(r"[*?]", name) and (quoted or "/" in name):
            return path_globs(name, self._places, line) if re.fullmatch(_GLOB, name) else []
        path = name.removeprefix("./")
        if path in self._tracked:
            return [path] if (forbidden or suffix_language(path)) and is_plain(path) else []
        directory = path.rstrip("/")
        told = quoted or "/" in path or (forbidden and directory_kind(directory) in _JUDGES)
        if directory and told and self._is_directory(directory):
            return [f"{directory}/**"]
        if "/" not in path and (suffix_language(path) or (forbidden and "." in path)):
            return self._by_base_name(path, line)
        return []

    def _is_directory(self, path: str) -> bool:
        return is_plain(path) and any(file.startswith(f"{path}/") for file in self._tracked)

    def _by_base_name(self, name: str, line: int) -> list[str]:
        """The one tracked file of that name."""
        if self._by_name is None:
            self._by_name = {}
            for path in sorted(self._tracked):
                self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        paths = self._by_name.get(name, [])
        if len(paths) != 1 or not is_plain(paths[0]):
            if paths:
                self._note(f"`{name}` may be any of {', '.join(paths[:4])}; none is taken", line)
            return []
        return paths


def _measures(glob: str) -> bool:
    """Whether a path is a test or a benchmark by its place or name."""
    directory, _, name = glob.removesuffix("/**").rpartition("/")
    base = name.lower()
    return (
        directory_kind(glob.rpartition("/")[0] if glob.endswith("/**") else directory) in _JUDGES
        or base.startswith(("test_", "bench", "conftest"))
        or bool(re.search(r"_(?:test|bench)\.", base))
    )
