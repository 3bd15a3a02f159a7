"""The files that one workload names: staged, refused, or the project's own."""

from __future__ import annotations

import os
import re
import shlex

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.model import ReviewNote, Source
from fermilink_scaffold.spec.text.command_text import code_spans, without_spans
from fermilink_scaffold.spec.text.named_files import (
    Places,
    find_name,
    has_file_suffix,
    in_project,
    is_directory,
    is_tracked,
    looks_like_file,
)
from fermilink_scaffold.spec.text.patterns import lazy, lower
from fermilink_scaffold.spec.text.shellwords import INPUT_ROOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.text.named_files import Kind

__all__ = ["Passage", "named_files"]

#: What a workload writes need not exist.
_WRITES = lazy(
    r"\b(?:writ|output|produc|creat|generat|sav|dump|log|result|stor)\w*[\s:`]*(?:\w+\s+){0,3}$"
)
_INPUT_OPTION = r"(?:<|\s--?(?:i|in|inp|input)[\s=])\s*"
_OUTPUT_OPTION = lazy(
    r"(?:^|\s)-{1,2}(?:o|out|outfile|output\w*|out-\w+|log\w*|l|write|save\w*|dump\w*|result\w*|json|csv)[\s=]\s*$"
)
_SCRIPT = r"(?:^|[\s/;&|])(?:python[\d.]*|bash|sh|perl|julia|Rscript|node)\s+(?:-[A-Za-z]+\s+)*"
#: A word with a blank in it, as a shell needs it.
_QUOTED = lazy(r"'[^'\n]* [^'\n]*'|\"[^\"\n]* [^\"\n]*\"|(?:[^\s\\'\"]|\\.)*\\ (?:[^\s\\'\"]|\\.)*")
_PLACED = lazy(rf"(?:\{{inputs\}}|\$\{{?{INPUT_ROOT}\}}?)\"?/([^\s\"';|&<>()]+)")


class Passage(Record):
    """A paragraph of a workload."""

    text: str
    line: int
    #: Its lines as they were written.
    lines: tuple[str, ...] = ()

    def line_of(self, name: str) -> int:
        """The line in which `name` stands."""
        for number, line in enumerate(self.lines, self.line):
            if name in line:
                return number
        return self.line


def named_files(
    case_id: str, passages: list[Passage], command: str | None, places: Places, line: int
) -> tuple[tuple[str, ...], tuple[ReviewNote, ...]]:
    """Names that stand for staged files, as they are written, and what to look at.

    `line` is that of the workload, for a command that stands in none of the passages.
    Raises ScaffoldError for a file in backticks that does not exist or must not be staged.
    """
    reader = _Reader(case_id, places, _programs(command or "", places))
    for passage in passages:
        for span in code_spans(passage.text):
            if span != command:
                reader.quoted(span, passage)
        for word in without_spans(passage.text).split():
            reader.bare(word.strip(",;:()[]{}<>\"'*!?").rstrip("."))
    if command is not None:
        shown = (each for each in passages if command in each.text)
        reader.command(command, next((each.line_of(command) for each in shown), line))
    return tuple(reader.names), tuple(reader.notes)


class _Reader:
    """Collects the names of one workload."""

    def __init__(self, case_id: str, places: Places, programs: frozenset[str]) -> None:
        self.case_id = case_id
        self.places = places
        self.programs = programs
        self.names: dict[str, None] = {}
        self.notes: list[ReviewNote] = []

    def _kind(self, name: str) -> Kind:
        program = name.removeprefix("./") in self.programs
        return "project" if program else find_name(name, self.places)

    def bare(self, word: str) -> None:
        """A word of prose: a file only where one of that name exists."""
        is_file = self._kind(word) in {"staged", "input"}
        if is_file and not is_directory(word, self.places):
            self.names[word] = None

    def quoted(self, name: str, passage: Passage) -> None:
        """A name in backticks: a file that exists, an error, or no file."""
        line = passage.line_of(name)
        kind = self._kind(name)
        if kind in {"staged", "input"}:
            self.names[name] = None
        elif kind == "outside" and looks_like_file(name):
            self._refuse_outside(name, line)
        elif kind == "missing" and _WRITES.search(lower(passage.text.partition(f"`{name}")[0])):
            self._note(f"`{name}` is taken as a file that the command writes", line)
        elif kind == "missing":
            self._refuse_missing(name, line)
        elif kind == "text" and re.fullmatch(r"[A-Za-z]\w*\.[a-z]{1,4}", name):
            self._note(
                f"`{name}` is not a file beside {self.places.file}; taken as plain text", line
            )

    def command(self, command: str, line: int) -> None:
        """The words of the command; what it may write is not asked for."""
        for name in _PLACED.findall(command):
            kind = find_name(name, self.places)
            if kind not in {"staged", "input"}:
                self._refuse_missing(name, line)
            self.names[name] = None
        for word in self._words(_PLACED.sub(" ", command)):
            self._command_word(word, command, line)

    def _words(self, command: str) -> list[str]:
        """Words of a command that can be names of files it reads: not the program, not `> file`.

        A name with a blank in it stays whole; the text of a `sh -c` does not.
        """
        read = re.sub(r">[>|&]?\s*\S+", " ", command)
        try:
            words = shlex.split(read)
        except ValueError:
            words = []
        first = words[:1] if words and not re.search(r"[./]", words[0]) else []
        for match in _QUOTED.finditer(read):
            name = re.sub(r"\\(.)", r"\1", match[0]).strip("'\"")
            script = re.search(r"\s-[a-z]*c\s*$", read[: match.start()])
            if self._kind(name) in {"staged", "input", "project"} or (
                has_file_suffix(name) and not script and not re.search(r"[;&|<>$]", name)
            ):
                read = read.replace(match[0], " ", 1)
            else:
                words = [word for word in words if word != name]
        words += re.split(r"[\s=<>|&;:,()\"'`]+", read)
        return [word for word in dict.fromkeys(words) if word and word not in first]

    def _command_word(self, word: str, command: str, line: int) -> None:
        kind = self._kind(word)
        if kind in {"staged", "input"}:
            self.names[word.removeprefix("./")] = None
        elif kind == "outside" and self._below_cd(word, command):
            return
        elif kind == "outside" and not re.match(r"[/~]|(?:.*/)?\.\.(?:/|$)", word):
            self._refuse_outside(word, line)
        elif kind == "outside" and looks_like_file(word):
            self._note(f"`{word}` is not staged; `--input {word}` stages it", line)
        elif kind == "missing" and _stands(_INPUT_OPTION, word, command):
            self._refuse_missing(word, line)
        elif kind == "missing" and word.startswith("./") and not has_file_suffix(word):
            return  # what the build makes: `./cp2k.psmp`
        elif kind == "text" and " " in word and has_file_suffix(word):
            self._note(f"`{word}` is neither beside {self.places.file} nor in the project", line)
        elif kind == "missing" and self.places.project and not self._is_written(word, command):
            near = self._nearest(word)
            hint = f"; did you mean `{near}`?" if near else ""
            self._note(
                f"`{word}` is neither beside {self.places.file} nor in the project{hint}", line
            )

    def _below_cd(self, word: str, command: str) -> bool:
        """True for `../bench.py` behind `cd src`, when that is in the project."""
        places = re.findall(r"(?:^|[\s;&(])cd\s+([\w./-]+)", command)
        paths = (os.path.normpath(os.path.join(place, word)) for place in places)
        return any(
            not path.startswith(("/", "..")) and in_project(path, self.places) for path in paths
        )

    def _is_written(self, word: str, command: str) -> bool:
        """True for a name that the command writes or that another command of it may make."""
        if _stands(_SCRIPT, word, command):
            return False
        first = command.partition(word)[0]
        makes = re.search(
            r"[>;\n]|&&|\s-c\s|\b(?:cp|mv|tee|touch|mktemp|cd|curl|wget|tar|unzip)\b", command
        )
        return bool(makes or word.startswith("-") or _OUTPUT_OPTION.search(first) or "{" in word)

    def _nearest(self, word: str) -> str | None:
        """The existing name that is most like a misspelt one."""
        import difflib  # only a misspelt name pays for it

        names: set[str] = set(self.places.tracked or ())
        for root in (self.places.directory, self.places.project or self.places.directory):
            folder = os.path.dirname(word)
            if os.path.isdir(os.path.join(root, folder)):
                names.update(
                    os.path.join(folder, each)
                    for each in os.listdir(os.path.join(root, folder))
                    if not each.startswith(".")
                )
        found = difflib.get_close_matches(word, sorted(names), n=1)
        return found[0] if found else None

    def _note(self, text: str, line: int) -> None:
        source = Source(file=self.places.file, line=line)
        self.notes.append(ReviewNote(text=f"workload `{self.case_id}`: {text}", source=source))

    def _refuse_outside(self, name: str, line: int) -> None:
        raise ScaffoldError(
            f"workload `{self.case_id}`: `{name}` lies outside the directory of {self.places.file} and is not staged",
            file=self.places.file,
            line=line,
            hint=f"Stage it with `--input {name}`.",
        )

    def _refuse_missing(self, name: str, line: int) -> None:
        raise ScaffoldError(
            f"workload `{self.case_id}`: there is no file `{name}` in {self.places.directory}",
            file=self.places.file,
            line=line,
            hint=f"Put it beside {self.places.file} or name it with `--input FILE`; "
            "leave the backticks away if it is no file.",
        )


def _programs(command: str, places: Places) -> frozenset[str]:
    """What the command runs: files of the project, an interpreter's script, Python's modules."""
    found = re.findall(rf"{_SCRIPT}(\S+)", command)
    found += re.findall(r"(?:^|&&|\|\|?|;)\s*(?:[A-Za-z_]\w*=\S*\s+)*(\S+)", command)
    names = (each.strip("\"'").removeprefix("./") for each in found)
    modules = re.findall(r"\bpython[\d.]*\s+(?:-\S+\s+)*-m\s*([\w.]+)", command)
    return frozenset(each for each in names if is_tracked(each, places)).union(modules)


def _stands(before: str, word: str, command: str) -> bool:
    """True when `word` stands in the command behind a certain kind of word."""
    return re.search(rf"{before}{re.escape(word)}(?:\s|$)", command) is not None
