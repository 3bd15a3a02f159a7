"""Which paths a goal lets candidates edit: globs from bullets, with their exceptions.

FermiLink matches a glob with `fnmatch` against the whole path, so `pkg/**/*.py` misses
`pkg/a.py`; such a glob is given in both forms.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.markdown import Bullet, Fence
from fermilink_scaffold.spec.model import ReviewNote, Source
from fermilink_scaffold.spec.named_files import looks_like_file
from fermilink_scaffold.spec.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.markdown import Block, Section
    from fermilink_scaffold.spec.named_files import Places

__all__ = ["Scope", "fnmatch_globs", "path_globs", "read_scope"]

_EXCEPT = lazy(
    r"\b(?:except(?:ing|ions?)?(?: for)?|excluding|excludes?|but not|other than|apart from|aside from"
    r"|without|save for|not|never|nothing (?:in|outside)|do not|don't|leave|read[- ]only|immutable|off[- ]limits"
    r"|untouched|frozen|protected|minus)\b|(?:^|(?<=\s))!(?=[\w./*])"
)
#: `nothing outside src/` forbids what it does not name.
_OUTSIDE = lazy(r"\boutside\b")
_AGAIN = lazy(r"[;.]\s+|\bbut (?:do )?(?:include|edit|allow)\b|\b(?:however|editable)\b")
_TOKEN = lazy(r"`+([^`]+)`+|(\S+)")
_PLAIN_FILES = frozenset({"Makefile", "GNUmakefile", "CMakeLists.txt", "Dockerfile", "Justfile"})


@dataclass(frozen=True, kw_only=True)
class Scope:
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
        editable=tuple(reader.editable),
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
        found = False
        for piece, editable in _phases(text) if allowed else [(text, False)]:
            names = self._names(piece) if editable or not _OUTSIDE.search(lower(piece)) else []
            target = self.editable if editable else self.immutable
            for name in names:
                target.update(dict.fromkeys(path_globs(name, self.places, line)))
            found = found or bool(names)
            vague = re.search(r"\w+\W+\w", piece) and not _OUTSIDE.search(lower(piece))
            if allowed and not editable and not names and vague:
                words = piece.strip(" ,;:.()")
                self._note(f"this exception names no path, so nothing enforces it: {words!r}", line)
        if not found and not text.rstrip("* ").endswith(":"):
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
        alone = [bare] if re.fullmatch(r"[\w+-][\w.+/-]*", bare) else []
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
    """The text cut where it turns from what is allowed to what is not, and back."""
    plain = lower(re.sub(r"`[^`]*`", lambda match: "\x00" * len(match[0]), text))
    cuts = [(match.start(), False) for match in _EXCEPT.finditer(plain)]
    if not cuts:
        return [(text, True)]
    cuts += [(match.end(), True) for match in _AGAIN.finditer(plain)]
    cuts.sort(key=lambda cut: (cut[0], not cut[1]))  # at one place what forbids wins
    pieces: list[tuple[str, bool]] = []
    position, state = 0, True
    for place, after in cuts:
        if place > position:
            pieces.append((text[position:place], state))
        position, state = max(position, place), after
    return [*pieces, (text[position:], state)]


def path_globs(name: str, places: Places, line: int | None) -> list[str]:
    """A path as FermiLink's globs; a directory becomes everything below it."""
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
        return ["**"] if text.strip() in {".", "./"} else []
    out: list[str] = []
    for each in _braces(path):
        here = os.path.join(places.project, each) if places.project is not None else None
        if text.endswith("/") or (here is not None and os.path.isdir(here)):
            out.append(f"{each}/**")
        elif re.search(r"[*?\[]", each) or looks_like_file(each) or each in _PLAIN_FILES:
            out.extend(fnmatch_globs(each))
        elif here is not None and os.path.exists(here):
            out.append(each)
        else:
            out.extend([each, f"{each}/**"])
    return out


def fnmatch_globs(glob: str) -> list[str]:
    """A glob in the forms that `fnmatch` needs to match what its writer meant."""
    forms = [glob]
    while "**/" in forms[-1]:
        shorter = forms[-1].replace("**/", "", 1)
        if not shorter or shorter in forms:
            break
        forms.append(shorter)
    return forms


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
