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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.markdown import Block, Section
    from fermilink_scaffold.spec.named_files import Places

__all__ = ["Scope", "fnmatch_globs", "read_scope"]

_EXCEPT = re.compile(
    r"\b(?:except(?:ing|ions?)?(?: for)?|excluding|excludes?|but not|other than|apart from|aside from"
    r"|without|save for|not|never|nothing in|do not|don't|leave|read[- ]only|immutable|off[- ]limits"
    r"|untouched|frozen|protected|outside(?: of)?|minus)\b|(?:^|(?<=\s))!(?=[\w./*])",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"[;.]\s+|\bbut (?:do )?(?:include|edit|allow)\b|\b(?:however|editable)\b", re.IGNORECASE
)
_TOKEN = re.compile(r"`+([^`]+)`+|(\S+)")
_PLAIN_FILES = frozenset({"Makefile", "GNUmakefile", "CMakeLists.txt", "Dockerfile", "Justfile"})


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The scope sections of a goal."""

    editable: tuple[str, ...]
    immutable: tuple[str, ...]
    notes: tuple[ReviewNote, ...]


@dataclass(frozen=True, kw_only=True)
class _Found:
    glob: str
    line: int
    editable: bool


def read_scope(
    editable: tuple[Section, ...], immutable: tuple[Section, ...], places: Places
) -> Scope:
    """The globs of the scope sections and of the sections that forbid.

    Raises ScaffoldError, with the goal's line, for a path that leaves the project.
    """
    notes: list[ReviewNote] = []
    found: list[_Found] = []
    for sections, allowed in ((editable, True), (immutable, False)):
        for section in sections:
            forbids = bool(_EXCEPT.search(section.heading)) and allowed
            found.extend(_blocks(section.blocks, allowed and not forbids, places, notes))
    return Scope(
        editable=tuple(dict.fromkeys(each.glob for each in found if each.editable)),
        immutable=tuple(dict.fromkeys(each.glob for each in found if not each.editable)),
        notes=tuple(notes),
    )


def _blocks(
    blocks: tuple[Block, ...], allowed: bool, places: Places, notes: list[ReviewNote]
) -> list[_Found]:
    found: list[_Found] = []
    for block in blocks:
        if isinstance(block, Fence):
            for number, line in enumerate(block.text.split("\n"), block.first):
                bare = line.split(" #")[0].strip()
                if bare and not bare.startswith("#"):
                    found.extend(
                        _line(
                            f"`{bare}`" if " " not in bare else bare, number, allowed, places, notes
                        )
                    )
            continue
        here = _line(block.text, block.line, allowed, places, notes) if block.text else []
        found.extend(here)
        if isinstance(block, Bullet) and block.blocks:
            ends = _phases(block.text, allowed)[-1][1] if block.text else allowed
            found.extend(_blocks(block.blocks, ends, places, notes))
    return found


def _phases(text: str, allowed: bool) -> list[tuple[str, bool]]:
    """The text cut where it turns from what is allowed to what is not, and back."""
    plain = re.sub(r"`[^`]*`", lambda match: "\x00" * len(match[0]), text)
    cuts = [(match.start(), False) for match in _EXCEPT.finditer(plain)]
    if not cuts or not allowed:
        return [(text, allowed)]
    cuts += [(match.end(), True) for match in _AGAIN.finditer(plain)]
    cuts.sort()
    pieces: list[tuple[str, bool]] = []
    position, state = 0, True
    for place, after in cuts:
        if place > position:
            pieces.append((text[position:place], state))
        position, state = max(position, place), after
    return [*pieces, (text[position:], state)]


def _line(
    text: str, line: int, allowed: bool, places: Places, notes: list[ReviewNote]
) -> list[_Found]:
    """The globs of one bullet, paragraph or line."""
    source = Source(file=places.file, line=line)
    found: list[_Found] = []
    phases = _phases(text, allowed)
    for index, (piece, editable) in enumerate(phases):
        names = _names(piece, alone=len(text.split()) == 1, places=places)
        for name in names:
            found.extend(
                _Found(glob=glob, line=line, editable=editable)
                for glob in _globs(name, places, line)
            )
        if not names and not editable and allowed and re.search(r"\w{3}.*\s\w", piece) and index:
            note = f"this exception names no path, so nothing enforces it: {piece.strip()!r}"
            notes.append(ReviewNote(text=note, source=source))
    if not found and not text.rstrip().endswith(":"):
        notes.append(ReviewNote(text=f"no path in this part of the scope: {text!r}", source=source))
    return found


def _names(piece: str, *, alone: bool, places: Places) -> list[str]:
    """What in a piece of prose is a path or a glob."""
    names: list[str] = []
    for match in _TOKEN.finditer(piece):
        if match[1] is not None:
            names.extend(each for each in re.split(r"[,\s]+(?![^{]*\})", match[1].strip()) if each)
            continue
        word = match[2].strip(",;:()\"'").lstrip("!")
        word = word if word.endswith(("..", "**.")) else word.rstrip(".")
        word = re.sub(r"^\*\*(?=\w)|(?<=\w)\*\*$", "", word)
        if word and (_is_path(word, places) or (alone and re.fullmatch(r"[\w.+/-]+", word))):
            names.append(word)
    return names


def _is_path(word: str, places: Places) -> bool:
    """True for a bare word that is a path: `src/a.c`, `src/**`, not `I/O` or `and/or`."""
    if not re.fullmatch(r"[\w./*?\[\]{},~+@-]+", word) or not re.search(r"\w", word):
        return False
    if looks_like_file(word) or word in _PLAIN_FILES or word.startswith(("~/", "/", "../", "./")):
        return True
    if re.search(r"[*?]|\{.*,.*\}", word):
        return True
    if "/" not in word:
        return False
    if word.endswith("/"):
        return True
    return places.project is not None and os.path.exists(os.path.join(places.project, word))


def _globs(name: str, places: Places, line: int) -> list[str]:
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
