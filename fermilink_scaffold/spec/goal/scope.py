"""Which paths a goal lets candidates edit: globs from bullets, with their exceptions.

FermiLink matches a glob with `fnmatch` against the whole path, so `pkg/**/*.py` misses
`pkg/a.py`; such a glob is given in both forms.
"""

from __future__ import annotations

import os
import re
from itertools import pairwise

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.model import ReviewNote, Source
from fermilink_scaffold.spec.text.markdown import Bullet, Fence
from fermilink_scaffold.spec.text.named_files import looks_like_file
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.text.markdown import Block, Section
    from fermilink_scaffold.spec.text.named_files import Places

__all__ = ["Scope", "fnmatch_globs", "path_globs", "read_scope"]

#: Behind these words paths are not editable.
_EXCEPT = lazy(
    r"(?<![\w./-])(?:(?<=everything )but|(?<=anything )but|(?<=\ball )but|(?<=files )but|except(?:ing|ions?)?(?: for)?|excluding|excludes?|but not|other than|apart from|aside from"
    r"|without|save for|no|not|never|nothing (?:in|outside)|don't|do n't|(?:must|can|should|is|are)n't|cannot"
    r"|leav(?:e|ing)|avoid|hands off|keep(?: out of| away from)?|stay away from|skip|read[- ]?only|immutable"
    r"|off[- ]limits|out of scope|untouched|unchanged|frozen|fixed|protected|ignore|minus|as (?:it|they) (?:is|are)|as[- ]is)"
    r"(?![\w/-]|\.\w)|(?:^|(?<=\s))!(?=[\w./*\x00])"
)
#: Which of them speak of the path before them: `slow/ is read-only`, `a.py: don't touch`.
_STATE = lazy(
    r"read[- ]?only|immutable|off[- ]limits|out of scope|untouched|unchanged|frozen|fixed|protected"
    r"|as (?:it|they) (?:is|are)|as[- ]is"
)
_VERB = lazy(
    r"\b(?:is|are|be|must|may|can|could|should|shall|stays?|remains?|will|do|does)\s+(?:\w+\s+)?$"
)
_ACTION = r"(?:touch|edit|chang|modif|alter|rewrit|editable|allowed|in scope|part of)\w*"
#: An order without an object of its own: `tests/: no changes`, `don't touch`.
_ALL_OF_IT = lazy(
    rf"[^\w\x00]*(?:not |never |no |to |be )*(?:{_ACTION}[^\w\x00]*)?"
    r"(?:please|either|anything(?: there)?|here|there)?[^\w\x00]*$"
)
_PRONOUN = lazy(
    r"(?:\s+[\w']+){0,4}?\s+(?:these|those|them|it|that|this|either|any of (?:them|these|those|it)|both|all)"
    r"(?:\s+(?:files?|ones?|modules?|director(?:y|ies)|paths?|alone|either|please|two|three|as is))*\W*(?:$|[.;,(]|\bbut\b|\bbecause\b)"
)
#: `nothing outside src/` forbids what it does not name.
_OUTSIDE = lazy(r"\boutside\b")
_AGAIN = lazy(r"[;.]\s+|\bbut (?:do )?(?:include|edit|allow)\b|\b(?:however|editable)\b")
_ALLOWS = lazy(
    r"\b(?:may|can|edit\w*|allowed|ok(?:ay)?|fine|fair game|open|free|everything|everywhere|only)\b"
)
_TURN = r"[;.]\s+|\b(?:but|while|whereas|although|however)\b"
_SENTENCE = lazy(_TURN)
_CLAUSE = lazy(
    rf"{_TURN}|\(|\s[-–—]+\s|\b(?:editable|allowed|may|can|edit|optimi[sz]e|change)\b[^;.]*?,\s"
)
_PATH = lazy(r"\x00|\w/|\w\.\w|\*")
_FILLERS = frozenset(
    {
        "all",
        "also",
        "and",
        "anything",
        "but",
        "everything",
        "just",
        "or",
        "please",
        "so",
        "though",
        "we",
        "you",
    }
)
_TOKEN = lazy(r"`+([^`]+)`+|(\S+)")
_PLAIN_FILES = frozenset({"Makefile", "GNUmakefile", "CMakeLists.txt", "Dockerfile", "Justfile"})


class Scope(Record):
    """The scope sections of a goal."""

    editable: tuple[str, ...]
    immutable: tuple[str, ...]
    notes: tuple[ReviewNote, ...]


def read_scope(
    editable: tuple[Section, ...], immutable: tuple[Section, ...], places: Places
) -> Scope:
    """The globs of the scope sections and of the sections that forbid.

    Raises ScaffoldError, with the goal's line, for a path that leaves the project.
    """
    reader = _Reader(places)
    for section in editable:
        reader.blocks(section.blocks, allowed=not _EXCEPT.search(lower(section.heading)))
    for section in immutable:
        reader.blocks(section.blocks, allowed=False)
    return Scope(
        editable=tuple(each for each in reader.editable if each not in reader.immutable),
        immutable=tuple(reader.immutable),
        notes=tuple(reader.notes),
    )


class _Reader:
    """Collects globs from the blocks of the scope sections."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.notes: list[ReviewNote] = []
        self.editable: dict[str, None] = {}
        self.immutable: dict[str, None] = {}

    def blocks(self, blocks: tuple[Block, ...], *, allowed: bool) -> None:
        """Bullets, paragraphs and the lines of code blocks; a nested bullet takes its parent's sense."""
        for block in blocks:
            if isinstance(block, Fence):
                for number, line in enumerate(block.text.split("\n"), block.first):
                    if line.strip() and not line.lstrip().startswith("#"):
                        self.line(line.split(" #")[0].strip(), number, allowed=allowed)
                continue
            if block.text:
                self.line(block.text, block.line, allowed=allowed)
            if isinstance(block, Bullet) and block.blocks:
                sense = _phases(block.text)[-1][1] if block.text and allowed else allowed
                self.blocks(block.blocks, allowed=sense)

    def line(self, text: str, line: int, *, allowed: bool) -> None:
        """The globs of one bullet, paragraph or line."""
        found = told = False
        for piece, editable in _phases(text) if allowed else [(text, False)]:
            names = self._names(piece) if editable or not _OUTSIDE.search(lower(piece)) else []
            target = self.editable if editable else self.immutable
            for name in names:
                globs = path_globs(name, self.places, line, hidden=not editable)
                target.update(dict.fromkeys(globs))
            found = found or bool(names)
            vague = re.search(r"\w+\W+\w", piece) and not _OUTSIDE.search(lower(piece))
            if allowed and not editable and not names and vague:
                words = piece.strip(" ,;:.()")
                self._note(f"this exception names no path, so nothing enforces it: {words!r}", line)
                told = True
        if not found and not told and not text.rstrip("* ").endswith(":"):
            self._note(f"no path in this part of the scope: {text!r}", line)

    def _note(self, text: str, line: int) -> None:
        source = Source(file=self.places.file, line=line)
        self.notes.append(ReviewNote(text=text, source=source))

    def _names(self, piece: str) -> list[str]:
        """What in a piece of prose is a path or a glob."""
        paths: list[str] = []
        quoted: list[str] = []
        for match in _TOKEN.finditer(piece):
            if match[1] is not None:
                quoted += [each for each in re.split(r"[,\s]+(?![^{]*\})", match[1]) if each]
                paths += [each for each in quoted if each not in paths and self._is_path(each)]
                continue
            word = match[2].strip(",;:()\"'").lstrip("!")
            word = word if word.endswith("..") else word.rstrip(".")
            word = re.sub(r"^\*\*(?=\w)|(?<=\w)\*\*$", "", word)
            if word and self._is_path(word):
                paths.append(word)
        bare = re.sub(r"[`*\s]+", " ", piece).strip(" .,;")
        word = re.fullmatch(r"[\w+-][\w.+/-]*", bare) and bare.lower() not in _FILLERS
        alone = [bare] if word else []
        return paths or quoted or alone

    def _is_path(self, word: str) -> bool:
        """True for a word that is a path: `src/a.c`, `src/**`, not `I/O` or `and/or`."""
        if not re.fullmatch(r"[\w./*?\[\]{},~+@-]+", word) or not re.search(r"\w", word):
            return word in {"*", "**", "."}
        if (
            looks_like_file(word)
            or word in _PLAIN_FILES
            or word.startswith(("~/", "/", "../", "./"))
        ):
            return True
        if re.search(r"[*?]|\{.*,.*\}", word) or ("/" in word and word.endswith("/")):
            return True
        project = self.places.project
        known = project is not None and os.path.exists(os.path.join(project, word))
        return "/" in word and known


def _phases(text: str) -> list[tuple[str, bool]]:
    """The text cut into what is allowed and what is not; in doubt it is not."""
    plain = lower(re.sub(r"`[^`]*`", lambda match: "\x00" * len(match[0]), text)).replace("’", "'")
    words = list(_EXCEPT.finditer(plain))
    if not words:
        return [(text, True)]
    free = [True] * len(text)
    orders = not re.search(r"[\x00\w]", re.sub(r"\bplease\b", "", plain[: words[0].start()]))
    for match in words:
        start = _begin(plain, match)
        end = len(plain)
        for again in _AGAIN.finditer(plain, match.end()):
            rest = plain[again.end() :]
            # `never edit: a; b` goes on behind the semicolon
            if not orders or again[0].strip() not in {";", "."} or _ALLOWS.search(rest):
                end = again.end()
                break
        free[start:end] = [False] * (end - start)
    cuts = [0, *(at for at in range(1, len(text)) if free[at] != free[at - 1]), len(text)]
    return [(text[low:high], free[low]) for low, high in pairwise(cuts)]


def _begin(plain: str, match: re.Match[str]) -> int:
    """Where that which a forbidding word speaks of begins: at the word, or at paths before it."""
    before, after = plain[: match.start()], re.split(r"[;.]\s", plain[match.end() :])[0]
    if _PRONOUN.match(after):
        return _last_with_path(_SENTENCE, before)
    state = _STATE.fullmatch(match[0]) is not None
    spoken = _VERB.search(before) and not re.match(r"\s*only\b", after)
    order = match[0] in {"no", "not", "never", "don't", "hands off"} and _ALL_OF_IT.match(after)
    negated = match[0] == "cannot" or (match[0].endswith("n't") and match[0] != "don't")
    if state or spoken or order or negated:
        return _last_with_path(_CLAUSE, before)
    return match.start()


def _last_with_path(joint: re.Pattern[str], before: str) -> int:
    """Where the last clause begins that names a path."""
    begins = [0, *(match.end() for match in joint.finditer(before))]
    return next((at for at in reversed(begins) if _PATH.search(before[at:])), 0)


def path_globs(name: str, places: Places, line: int | None, *, hidden: bool = False) -> list[str]:
    """A path as FermiLink's globs; a directory becomes everything below it.

    A glob that begins with a wildcard matches no name with a leading dot, unless `hidden`:
    FermiLink deletes what an editable glob matches and a candidate lacks, and
    `.fermilink-optimize/` is not in a candidate.
    """
    text = name.lstrip("!")
    parts = text.split("/")
    if (
        text.startswith(("/", "~"))
        or ".." in parts
        or "\0" in text
        or re.match(r"[A-Za-z]:\\", text)
    ):
        raise ScaffoldError(
            f"the scope's path `{name}` leaves the project",
            file=places.file,
            line=line,
            hint="Write paths and globs relative to the project's root.",
        )
    path = "/".join(part for part in parts if part not in {"", "."})
    if not path:
        return _visible("**", hidden=hidden) if text.strip() in {".", "./"} else []
    out: list[str] = []
    for each in _braces(path):
        here = os.path.join(places.project, each) if places.project is not None else None
        if text.endswith("/") or (here is not None and os.path.isdir(here)):
            out.append(f"{each}/**")
        elif re.search(r"[*?\[]", each) or looks_like_file(each) or each in _PLAIN_FILES:
            for form in fnmatch_globs(each):
                out.extend(_visible(form, hidden=hidden))
        elif here is not None and os.path.exists(here):
            out.append(each)
        else:
            out.extend([each, f"{each}/**"])
    return list(dict.fromkeys(out))


def fnmatch_globs(glob: str) -> list[str]:
    """A glob in the forms that `fnmatch` needs to match what its writer meant."""
    forms = [glob]
    while "**/" in forms[-1]:
        shorter = forms[-1].replace("**/", "", 1)
        if not shorter or shorter in forms:
            break
        forms.append(shorter)
    return forms


def _visible(glob: str, *, hidden: bool) -> list[str]:
    """A glob as globs that match no name with a leading dot, unless it says the dot itself."""
    if hidden or not glob.startswith(("*", "?", "[!")):
        return [glob]
    if glob.startswith("[!"):
        return [glob if "." in glob.partition("]")[0] else f"[!.{glob[2:]}"]
    if glob.startswith("?"):
        return [f"[!.]{glob[1:]}"]
    rest = glob.lstrip("*")
    # `*kernel.c` means `kernel.c` too
    return [f"[!.]{glob}", *([rest] if rest and rest[0] not in "./*?[" else [])]


def _braces(text: str) -> list[str]:
    """`src/{a,b}.c` as the two paths that it stands for; `fnmatch` knows no braces."""
    match = re.search(r"\{([^{}]*,[^{}]*)\}", text)
    if match is None:
        return [text]
    return [
        path
        for middle in match[1].split(",")
        for path in _braces(text[: match.start()] + middle + text[match.end() :])
    ]
