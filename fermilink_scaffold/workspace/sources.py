"""Everything that a rendering depends on, in one record, and its fingerprint.

The inputs (scaffold.yaml, the goal or prompt, the HPC profile, staged files), which of the
names that they mention exist, the templates of all layers, the program itself, and the
commit that the code was surveyed at. While the fingerprint is the same, a rendering gives
what it gave the last time; so nothing needs to be rendered, or even loaded, to know that.
What changes in the project without being committed does not count: candidates are commits.
"""

from __future__ import annotations

import os
import re
import stat

from fermilink_scaffold import __version__, layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.resources import resource_path
from fermilink_scaffold.workspace.disk import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

__all__ = [
    "Claims",
    "changed_sources",
    "fingerprint",
    "goal_gone",
    "look",
    "names_file",
    "text_place",
]

_MISSING = "missing"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_WORDS = re.compile(r"[^\s`'\"=<>|&;:,()\[\]{}!?*$]+")
_COMMIT = re.compile(rb"[0-9a-f]{40,64}")
#: Names that are looked up, and entries that are listed, at most.
_MANY = 20_000


class Claims(Record):
    """Where the inputs are: paths as scaffold.yaml has them, relative to the workspace."""

    #: The language, which decides on a layer.
    language: str
    goal: str | None = None
    prompt: str | None = None
    hpc_profile: str | None = None
    inputs: tuple[str, ...] = ()
    template_dirs: tuple[str, ...] = ()
    #: The packs in use, by their layers' names.
    packs: tuple[str, ...] = ()
    #: Staged files, relative to `inputs/all`.
    staged: tuple[str, ...] = ()

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Claims:
        """From a manifest's JSON; raises TypeError or LookupError for anything else."""

        def text(key: str) -> str | None:
            return None if data[key] is None else str(data[key])

        def texts(key: str) -> tuple[str, ...]:
            return tuple(map(str, data[key]))

        return cls(
            language=str(data["language"]),
            goal=text("goal"),
            prompt=text("prompt"),
            hpc_profile=text("hpc_profile"),
            inputs=texts("inputs"),
            template_dirs=texts("template_dirs"),
            packs=texts("packs"),
            staged=texts("staged"),
        )

    def dump(self) -> dict[str, Any]:
        """As a manifest has it."""
        return {
            key: list(it) if isinstance(it, tuple) else it for key, it in self.as_dict().items()
        }


def text_place(root: str, claims: Claims) -> tuple[str, str] | None:
    """The goal's or prompt's file and the directory that names in it are relative to.

    The workspace's own copies where the goal itself is gone; None without goal and prompt.
    """
    named = claims.goal or claims.prompt
    if named is None:
        return None
    file = os.path.normpath(os.path.join(root, layout.WORKSPACE, named))
    if claims.goal and not os.path.exists(file):
        return os.path.join(root, layout.GOAL_COPY), os.path.join(root, layout.ALL_INPUTS)
    return file, os.path.dirname(file)


def goal_gone(root: str, claims: Mapping[str, Any]) -> str | None:
    """The goal's path, relative to the workspace, when it is gone and its copy serves."""
    goal = claims.get("goal")
    if not isinstance(goal, str) or "\0" in goal:
        return None
    there = os.path.lexists(os.path.join(root, layout.WORKSPACE, goal))
    copied = os.path.isfile(os.path.join(root, layout.GOAL_COPY))
    return goal if copied and not there else None


def names_file(text: str, scaffold: bytes, name: str) -> bool:
    """Whether the goal or prompt in the file `text`, or scaffold.yaml, names a file or what it is in."""
    content = _content(text) + b"\n" + _without_comments(scaffold)
    words = set(_WORDS.findall(content.decode("utf-8", "replace")))
    words |= {word.strip(".~-").removeprefix("./") for word in words}
    words = {word.rpartition("{inputs}/")[2].strip("/") for word in words}
    words |= {word.removeprefix("/") for word in words}
    parts = name.split("/")
    # A directory that is there has merely one file less.
    return any(
        "/".join(parts[:depth]) in words
        and (
            depth == len(parts)
            or not os.path.isdir(os.path.join(os.path.dirname(text), *parts[:depth]))
        )
        for depth in range(1, len(parts) + 1)
    )


def look(root: str, claims: Claims, scaffold: bytes) -> dict[str, str]:
    """What there is now: a name for people, and a hash.

    `scaffold` is the content of scaffold.yaml. Raises OSError or ScaffoldError where
    something cannot be read.
    """
    found = {"fermilink-scaffold": __version__, **_code()}
    found["the project's commit"] = _head(root)
    found["scaffold.yaml"] = digest(scaffold)
    text, directory = b"", ""
    placed = text_place(root, claims)
    if placed is not None:
        file, directory = placed
        text = _content(file)
        name = os.path.basename(claims.goal or claims.prompt or file)
        found[name] = digest(text)
    if claims.hpc_profile:
        found["the HPC profile"] = digest(_content(_named(root, claims.hpc_profile)))
    given = {os.path.basename(path): _named(root, path) for path in claims.inputs}
    for path in claims.staged:
        origin = given.get(path) or os.path.join(directory, path)
        staged = os.path.join(root, layout.ALL_INPUTS, path)
        found[f"input {path}"] = _file_digest(origin if os.path.exists(origin) else staged)
    found["the files that the inputs name"] = _names(
        root, directory, text + _without_comments(scaffold), claims
    )
    found.update(_templates(root, claims))
    return found


def fingerprint(claims: Claims, found: Mapping[str, str]) -> str:
    """One hash over the claims and what was found."""
    import json

    return digest(json.dumps([claims.dump(), found], sort_keys=True).encode())


def changed_sources(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, ...]:
    """The names of what is not as it was, in the order of `look`."""
    return tuple(name for name in {**new, **old} if old.get(name) != new.get(name))


def _named(root: str, path: str) -> str:
    return os.path.normpath(os.path.join(root, layout.WORKSPACE, path))


def _content(path: str) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    with open(handle, "rb") as stream:
        return stream.read() if stat.S_ISREG(os.fstat(handle).st_mode) else b""


def _file_digest(path: str) -> str:
    import hashlib

    summed = hashlib.sha256()
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return _MISSING
    with open(handle, "rb") as stream:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return _MISSING
        while chunk := stream.read(1 << 20):
            summed.update(chunk)
    return summed.hexdigest() + ("x" if status.st_mode & 0o111 else "")


def _names(root: str, directory: str, text: bytes, claims: Claims) -> str:
    """Which words of the inputs name something, beside the goal or in the project.

    A new file may be one to stage, or turn a command's word into a program of the project.
    """
    words = set(_WORDS.findall(text.decode("utf-8", "replace")))
    words |= {word.strip(".~-").removeprefix("./") for word in words}
    kinds = []
    for word in sorted(words)[:_MANY]:
        if not word or word[0] == "/" or len(word) > 255 or "\0" in word or ".." in word:
            continue
        kind = _kind(f"{directory}/{word}", claims, word) if directory else "-"
        kind += _kind(f"{root}/{word}", claims, None)
        if kind != "--":
            kinds.append(f"{word}\0{kind}")
    return digest("\n".join(kinds).encode("utf-8", "surrogateescape"))


def _without_comments(scaffold: bytes) -> bytes:
    """Its comments are ours, and name a lot that is not there."""
    return b"\n".join(line for line in scaffold.split(b"\n") if not line.startswith(b"#"))


def _kind(path: str, claims: Claims, word: str | None) -> str:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return "-"
    if not stat.S_ISDIR(mode):
        return "x" if mode & 0o111 else "f"
    folder = f"{word.rstrip('/')}/" if word else ""
    if folder and any(name.startswith(folder) for name in claims.staged):
        return "d" + digest("\n".join(_listed(path)).encode("utf-8", "surrogateescape"))
    return "d"


def _listed(directory: str) -> list[str]:
    """All files below a directory that is staged."""
    found: list[str] = []
    for place, directories, names in os.walk(directory):
        directories.sort()
        found += (os.path.join(place[len(directory) :], name) for name in sorted(names))
        if len(found) > _MANY:
            break
    return found


def _templates(root: str, claims: Claims) -> Iterator[tuple[str, str]]:
    """Every file of every layer: one that is added may come before the one that was used."""
    from fermilink_scaffold.packs.discover import known_packs
    from fermilink_scaffold.templating.layers import default_layers

    directories = tuple(_named(root, path) for path in claims.template_dirs)
    state, packs = known_packs(claims.packs)
    yield "the packs that there are", digest(state.encode())
    layers = default_layers(root, claims.language, template_dirs=directories, packs=packs)
    for number, layer in enumerate(layers):
        name = claims.template_dirs[number] if number < len(directories) else layer.name
        for path in sorted(_listed(layer.root)):
            if "__pycache__" in path:
                continue
            content = _content(layer.root + os.sep + path.lstrip(os.sep))
            yield f"template {path.lstrip(os.sep)} ({name})", digest(content)


def _code() -> dict[str, str]:
    """In a checkout the version says too little about the program."""
    if resource_path("templates").startswith(_PACKAGE + os.sep):
        return {}
    parts = [
        digest(_content(os.path.join(place, name)))
        for place, names in sorted(_modules())
        for name in names
    ]
    return {"the program's code": digest("".join(parts).encode())}


def _modules() -> Iterator[tuple[str, Sequence[str]]]:
    for place, directories, names in os.walk(_PACKAGE):
        directories[:] = [name for name in directories if name not in {"__pycache__", "cli"}]
        yield place, sorted(name for name in names if name.endswith((".py", ".json")))


def _head(root: str) -> str:
    """The commit that is checked out, read by hand: starting git takes as long as all of this.

    Format: gitrepository-layout(5). Empty where it cannot be told (no commit, reftable).
    """
    from fermilink_scaffold.workspace.excludes import git_directories

    own, common = git_directories(root)
    head = _content(os.path.join(own, "HEAD")).strip()
    if not head.startswith(b"ref: "):
        return head.decode("ascii", "replace")
    name = head.removeprefix(b"ref: ")
    if b".." in name or name.startswith(b"/"):
        raise ScaffoldError("names no branch", file=os.path.join(own, "HEAD"))
    loose = _content(os.path.join(common, os.fsdecode(name))).strip()
    if _COMMIT.fullmatch(loose):
        return loose.decode()
    packed = _content(os.path.join(common, "packed-refs"))
    found = re.search(rb"^([0-9a-f]{40,64}) %s$" % re.escape(name), packed, re.MULTILINE)
    return found[1].decode() if found else ""
