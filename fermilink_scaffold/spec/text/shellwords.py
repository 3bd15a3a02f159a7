"""Commands as people write them: which are plain words, which need a shell, and where names stand.

Nothing here runs anything. Quoting follows POSIX.1-2017, XCU 2.2 (Quoting).
"""

from __future__ import annotations

import re
import shlex

from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Names: TypeAlias = tuple[str, ...] | dict[str, str]

__all__ = ["INPUT_ROOT", "command_words", "needs_shell", "place_in_shell", "place_in_words"]

#: The variable under which a case's shell text finds the staged files.
INPUT_ROOT = "FERMILINK_GOAL_INPUT_ROOT"

_BUILTINS_TEXT = """
. [ [[ alias case cd command eval exec export for function if module pushd set shopt source
time type ulimit umask unset until while ! {
"""
_BUILTINS = frozenset(_BUILTINS_TEXT.split())
_SHELLS = frozenset({"bash", "dash", "ksh", "sh", "zsh"})
_PLACEHOLDER = lazy(r"\{(?:inputs|project_root|run_dir|benchmark)\}")
_ASSIGNMENT = lazy(r"\s*[A-Za-z_]\w*\+?=")
#: `sh -c` in front of a quote.
_SCRIPT = lazy(r"(?:^|[\s/;&|(])(?:ba|da|k|z)?sh\s[^;&|\n\"']*-[a-z]*c\s+(?=[\"'])")
_BRACES = lazy(r"\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}")


def command_words(text: str) -> tuple[str, ...]:
    """The words of a command, or `bash -c TEXT` when only a shell can read it.

    Raises ValueError with a sentence when quotes are not balanced or nothing is left.
    """
    text = text.strip()
    if "\n" not in text:
        text = text[: _comment(text)].rstrip()
    shell = needs_shell(text)
    try:
        words = shlex.split(text)
    except ValueError as error:
        # a here-document's text may hold an apostrophe; bash alone can say
        if not (shell and "<<" in text):
            raise ValueError(f"the command's quotes are not balanced ({error})") from None
        words = [text]
    if not words:
        raise ValueError("the command is empty")
    if shell and _pipes(text):
        # a crash on the left of a pipe must fail the case
        text = f"set -o pipefail; {text}"
    if shell and "\n" in text:
        return ("bash", "-e", "-c", text)
    return ("bash", "-c", text) if shell else tuple(words)


def _pipes(text: str) -> bool:
    """True when an unquoted `|` joins two commands, which `||` and `>|` do not."""
    plain = "".join(char if state == "" else "x" for char, state in _states(text))
    piped = re.search(r"(?<![|>])\|(?!\|)", plain) is not None
    return piped and not re.search(r"\bset\s[^;|&]*pipefail", text)


def needs_shell(text: str) -> bool:
    """True when words alone would lose what the text means to a shell."""
    plain = _PLACEHOLDER.sub("x", text)
    if _ASSIGNMENT.match(plain) or "\n" in plain.strip():
        return True
    first = plain.split(maxsplit=1)[0] if plain.split() else ""
    if first in _BUILTINS:
        return True
    start = True
    for position, (char, state) in enumerate(_states(plain)):
        if char in "$`" and state in {"", '"'}:
            return True
        if state == "":
            braces = char == "{" and _BRACES.match(plain, position)
            if char in "&|;<>()*?[" or (char == "~" and start) or braces:
                return True
        start = state == "" and (char.isspace() or char in "=:")
    return False


def _states(text: str) -> list[tuple[str, str]]:
    """Each character with its quoting: empty, `'`, `"`, or a backslash for what is literal."""
    out: list[tuple[str, str]] = []
    state = ""
    escaped = False
    for char in text:
        if escaped:
            out.append((char, "\\"))
            escaped = False
        elif char == "\\" and state != "'":
            out.append((char, "\\"))
            escaped = True
        elif char in "'\"" and state in {"", char}:
            out.append((char, "\\"))
            state = "" if state else char
        else:
            out.append((char, state))
    return out


def _comment(text: str) -> int:
    """Where a shell comment begins in one line; its length when there is none."""
    states = _states(text)
    for position, (char, state) in enumerate(states):
        before = states[position - 1] if position else (" ", "")
        if char == "#" and state == "" and before[1] == "" and before[0].isspace():
            return position
    return len(text)


def place_in_words(words: tuple[str, ...], names: Names) -> tuple[str, ...]:
    """The words with each staged name as `{inputs}/path`.

    `names` are paths below the staged files, or a mapping to them from how they are written.
    """
    paths = _paths(names)
    if words[:1] == ("bash",) and len(words) > 2 and words[-2] == "-c":
        return (*words[:-1], place_in_shell(words[-1], paths))
    out: list[str] = []
    for index, word in enumerate(words):
        before = words[:index]
        if before and _is_script(before):
            out.append(place_in_shell(word, paths))
        elif index == 0 and word in paths and "." not in word and "/" not in word:
            out.append(word)  # found on PATH, whatever stands beside the goal
        else:
            out.append(_insert(word, paths))
    return tuple(out)


def _is_script(before: tuple[str, ...]) -> bool:
    """True when the next word is the text of a `sh -c`."""
    shell = any(word.rsplit("/", 1)[-1] in _SHELLS for word in before)
    return shell and bool(re.fullmatch(r"-[a-z]*c", before[-1]))


def _insert(text: str, names: dict[str, str]) -> str:
    """`text` with the place of each name that stands there on its own."""
    pattern = _pattern(names)
    if pattern is None:
        return text
    return pattern.sub(lambda match: "{inputs}/" + names[match[2]], text)


def _pattern(spelled: dict[str, str]) -> re.Pattern[str] | None:
    """Any of the names, not as a part of a longer one; group 2 is the name."""
    if not spelled:
        return None
    longest_first = "|".join(re.escape(name) for name in sorted(spelled, key=len, reverse=True))
    return re.compile(
        rf"(?<![\w./~$}}\\+%-])(\./)?({longest_first})(?![\w*?\[-]|\\(?![\"'])|\.\w|/\w)"
    )


def _paths(names: Names) -> dict[str, str]:
    return dict(names) if isinstance(names, dict) else {name: name for name in names}


def place_in_shell(text: str, names: Names) -> str:
    """Shell text with each staged name below `$FERMILINK_GOAL_INPUT_ROOT`, quoted as its place needs.

    A `{inputs}` that the user wrote becomes the same variable. The target of an output
    redirection keeps its name.
    """
    paths = _paths(names)
    spelled = paths | {shlex.quote(name): path for name, path in paths.items()}
    spelled |= {re.sub(r"([^\w./+@%:,=-])", r"\\\1", name): path for name, path in paths.items()}
    scan = _Scan(text)
    changes = [
        (start, end, place_in_shell(text[start:end], names)) for start, end in scan.inner_texts()
    ]
    pattern = _pattern(spelled)
    found = [] if pattern is None else list(pattern.finditer(text))
    for match in [*re.finditer(r"\{inputs\}", text), *found]:
        place = match.start()
        path = spelled.get(match[2]) if match.re.groups else None
        inside = any(start <= place < end for start, end, _ in changes)
        if inside or (path is not None and scan.is_output(place)):
            continue
        tail = (
            "" if path is None else "/" + (match[2] if path in paths else scan.quoted(place, path))
        )
        changes.append((place, match.end(), scan.variable(place) + tail))
    out, last = "", 0
    for start, end, new in sorted(changes):
        out += text[last:start] + new
        last = end
    return out + text[last:]


class _Scan:
    """Shell text with the quoting of each position."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.states = _states(text)

    def _quoting(self, place: int) -> tuple[str, int]:
        """The quote around `place` and where it opens."""
        state = self.states[place][1]
        if state not in {"'", '"'}:
            return "", place
        opening = place
        while opening > 0 and self.text[opening] != state:
            opening -= 1
        return state, opening

    def _is_script(self, opening: int) -> bool:
        """True when the quote that opens here holds the text of a `sh -c`."""
        before = _SCRIPT.finditer(self.text[: opening + 1])
        return any(match.end() == opening for match in before)

    def inner_texts(self) -> list[tuple[int, int]]:
        """Where single quotes hold the text of a `sh -c`: it is shell text of its own."""
        found: list[tuple[int, int]] = []
        for match in _SCRIPT.finditer(self.text):
            start = match.end() + 1
            quoted = self.text[match.end() : start] == "'" and start < len(self.text)
            if quoted and self.states[start][1] == "'":
                found.append((start, self.text.index("'", start)))
        return found

    def is_output(self, place: int) -> bool:
        """True when the word here is the target of `>` or `>>`."""
        _, opening = self._quoting(place)
        return bool(re.search(r">[>|&]?\s*$", self.text[:opening]))

    def variable(self, place: int) -> str:
        """The variable as it must be written at `place`."""
        quote, opening = self._quoting(place)
        if quote == '"' and self._is_script(opening):
            before = re.sub(r"\\([\"$`\\])", r"\1", self.text[opening + 1 : place])
            inner = _states(before + "x")[-1][1]
            return {"": f'\\"\\${INPUT_ROOT}\\"', "'": f"'\\\"\\${INPUT_ROOT}\\\"'"}.get(
                inner, f"\\${INPUT_ROOT}"
            )
        # in single quotes the quote is left for a moment
        return {"": f'"${INPUT_ROOT}"', "'": f"'\"${INPUT_ROOT}\"'"}.get(quote, f"${INPUT_ROOT}")

    def quoted(self, place: int, path: str) -> str:
        """A path as it must be written at `place`."""
        return path if self._quoting(place)[0] else shlex.quote(path)
