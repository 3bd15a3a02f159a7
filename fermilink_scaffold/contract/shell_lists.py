"""Finds the `a && b` lists of a shell script whose left side could fail unseen.

Under `set -e` bash does not end when `cd build` fails in `cd build && make`, and goes on with
the next line. Put `; [ $? -eq 0 ]` behind such a list and it does; nothing else changes, neither
the list's truth value nor that `-e` watches its last command. Source: bash manual, "The Set
Builtin", `-e`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fermilink_scaffold.contract.shell_scan import ShellText, UnsureError

__all__ = ["guard_lists"]

#: Commands that are asked for their answer: `[ -d x ] && rm -r x` is no failure.
_TEST = re.compile(
    r"(?:\[|\[\[|\(\(|test|type|which|hash|[ef]?grep|rg|cmp|diff|!|command\s+-[vV]\b.*)\Z"
    r"|git\s+diff\b.*",
    re.DOTALL,
)
_OPENERS = frozenset({"if", "while", "until", "for", "select", "case", "{"})
_CLOSERS = {
    "fi": {"if"},
    "done": {"while", "until", "for", "select"},
    "esac": {"case"},
    "}": {"{"},
}
_PREFIXES = frozenset({"[[", "!", "time", "coproc", "function"})
_BETWEEN = frozenset({"then", "else", "elif", "do"})
_OPERATORS = (";;&", "&>>", "<<<", "<<-", "&&", "||", ";;", ";&", "|&", "<<", ">>", "<&", ">&", "<>", ">|", "&>", ";", "&", "|", "(", ")", "<", ">", "\n")  # fmt: skip
_REDIRECTIONS = frozenset({"&>>", "<<<", "<<-", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "<", ">"})


_CHECK = "; [ $? -eq 0 ]"
#: In place of a start: what comes next belongs to the element that has begun.
_SAME = -1


@dataclass
class _List:
    """One and-or list while it is read."""

    #: Whether each element is a test, in order.
    tests: list[bool] = field(default_factory=list)
    #: Place of each element's first character.
    starts: list[int] = field(default_factory=list)
    #: `&&` and `||` between the elements.
    operators: list[str] = field(default_factory=list)
    end: int = 0


@dataclass
class _Frame:
    """A compound command that is open, and the list that it interrupted."""

    opener: str
    outer: _List
    pattern: bool = False


def guard_lists(script: str) -> str:
    """`script` with a check behind each list whose failure bash would not see.

    Everything else stands as it was. A script that cannot be followed is returned unchanged.
    """
    try:
        marks = _Reader(script).read()
    except UnsureError:
        return script
    out, last = "", 0
    for place, text in sorted(marks):
        out += script[last:place] + text
        last = place
    return out + script[last:]


class _Reader(ShellText):
    """Walks over a script once."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.current = _List()
        self.frames: list[_Frame] = []
        self.heredocs: list[tuple[str, bool]] = []
        self.expects_command = True
        self.marks: list[tuple[int, str]] = []

    def read(self) -> list[tuple[int, str]]:
        """Places and what to put there."""
        while True:
            self.skip_blanks()
            if self.place >= len(self.text):
                break
            operator = self._operator()
            if operator is None:
                self._word()
            else:
                self.place += len(operator)
                self._operate(operator)
        if self.frames or self.heredocs:
            raise UnsureError
        self._finish()
        return self.marks

    def _operator(self) -> str | None:
        for operator in _OPERATORS:
            if self.text.startswith(operator, self.place):
                is_process = operator in "<>" and self.text.startswith("(", self.place + 1)
                return None if is_process else operator
        return None

    def _operate(self, operator: str) -> None:
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.pattern:
            self._in_pattern(operator, frame)
        elif operator in _REDIRECTIONS:
            self._redirect(operator)
        elif operator in {"&&", "||", "|", "|&"}:
            self._join(operator)
        elif operator == "(":
            self._parenthesis()
        elif operator == ")":
            self._close({"("})
        elif operator == "\n":
            self._newline()
        else:
            self._finish(background=operator == "&")
            if operator in {";;", ";&", ";;&"}:
                if frame is None or frame.opener != "case":
                    raise UnsureError
                frame.pattern = True

    def _join(self, operator: str) -> None:
        """The list goes on, or a pipeline in it."""
        if self.expects_command or not self.current.starts:
            raise UnsureError
        self.expects_command = True
        if operator in {"&&", "||"}:
            self.current.operators.append(operator)
        else:
            self.current.starts.append(_SAME)
        self._skip_newlines()

    def _newline(self) -> None:
        """A list goes on behind `&&`, `||` and `|`; here-documents begin."""
        for delimiter, indented in self.heredocs:
            self._skip_heredoc(delimiter, indented=indented)
        self.heredocs.clear()
        if not (self.current.operators and self.expects_command):
            self._finish()

    def _skip_heredoc(self, delimiter: str, *, indented: bool) -> None:
        while self.place < len(self.text):
            end = self.text.find("\n", self.place)
            end = len(self.text) if end < 0 else end
            line = self.text[self.place : end]
            self.place = min(end + 1, len(self.text))
            if (line.lstrip("\t") if indented else line) == delimiter:
                return
        raise UnsureError

    def _skip_newlines(self) -> None:
        self.skip_blanks()
        while self.text.startswith("\n", self.place):
            self.place += 1
            self.skip_blanks()

    def _redirect(self, operator: str) -> None:
        self.skip_blanks()
        start = self.place
        self.scan_word()
        if start == self.place:
            raise UnsureError
        if operator in {"<<", "<<-"}:
            word = self.text[start : self.place]
            self.heredocs.append((re.sub(r"[\\'\"]", "", word), operator == "<<-"))
        self.current.end = self.place

    def _parenthesis(self) -> None:
        if self.expects_command:
            if self.text.startswith("(", self.place):
                self._begin(self.place - 1, "((")
                self._skip_until("))")
                self.expects_command = False
                self.current.end = self.place
                return
            self._open("(", self.place - 1)
            return
        self.skip_blanks()
        if not self.text.startswith(")", self.place):
            raise UnsureError
        self.place += 1
        self._skip_newlines()
        self.expects_command = True  # a function's body follows
        self.current.starts.append(_SAME)

    def _skip_until(self, end: str) -> None:
        place = self.text.find(end, self.place)
        if place < 0:
            raise UnsureError
        self.place = place + len(end)

    def _begin(self, start: int, word: str) -> None:
        """An element of the list begins, or a further command of its pipeline."""
        if self.current.starts and self.current.starts[-1] == _SAME:
            self.current.starts.pop()
            return
        self.current.starts.append(start)
        self.current.tests.append(_TEST.match(word) is not None)

    def _open(self, opener: str, start: int) -> None:
        self._begin(start, opener)
        self.frames.append(_Frame(opener=opener, outer=self.current))
        self.current = _List()
        self.expects_command = True

    def _close(self, openers: set[str]) -> None:
        self._finish()
        if not self.frames or self.frames[-1].opener not in openers:
            raise UnsureError
        self.current = self.frames.pop().outer
        self.current.end = self.place
        self.expects_command = False

    def _finish(self, *, background: bool = False) -> None:
        """The list ends here."""
        done, self.current = self.current, _List()
        self.expects_command = True
        if background or done.operators[-1:] != ["&&"]:
            return
        if len(done.starts) != len(done.operators) + 1:
            raise UnsureError
        left = done.tests[:-1]
        if not any(left):
            self.marks.append((done.end, _CHECK))
        elif "||" not in done.operators and not all(left):
            first = left.index(False)
            if all(left[:first]) and not any(left[first:]):
                self.marks.append((done.starts[first], "{ "))
                self.marks.append((done.end, f"{_CHECK}; }}"))

    def _in_pattern(self, operator: str, frame: _Frame) -> None:
        """Between `in` or `;;` and the `)` of a case pattern."""
        if operator == ")":
            frame.pattern = False
            self.expects_command = True
        elif operator not in {"(", "|", "\n"}:
            raise UnsureError

    def _word(self) -> None:
        start = self.place
        self.scan_word()
        if start == self.place:
            raise UnsureError
        word = self.text[start : self.place]
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.pattern:
            if word == "esac":
                frame.pattern = False
                self._close({"case"})
            return
        if self.expects_command:
            self._first_word(word, start)
        self.current.end = self.place

    def _first_word(self, word: str, start: int) -> None:
        if word in _OPENERS:
            self._open(word, start)
            if word == "case":
                self._case_head()
            elif word in {"for", "select"}:
                self._for_head()
        elif word in _CLOSERS:
            self._close(_CLOSERS[word])
        elif word in _BETWEEN:
            if self.current.operators:
                raise UnsureError
            self.current = _List()
        elif word in _PREFIXES:
            self._prefix(word, start)
        elif re.match(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=", word):
            self._assignment(start)
        else:
            self._begin(start, self._test_text(start, word))
            self.expects_command = False

    def _prefix(self, word: str, start: int) -> None:
        """A reserved word that a command follows, or `[[`."""
        if word == "[[":
            self._begin(start, word)
            self._skip_until("]]")
            self.expects_command = False
        elif word == "!":
            self._begin(start, word)
            self.current.starts.append(_SAME)
        elif word == "function":
            self.skip_blanks()
            self.scan_word()
            self.skip_blanks()
            if self.text.startswith("(", self.place):
                self._skip_until(")")
            self._skip_newlines()

    def _assignment(self, start: int) -> None:
        """`A=1 command`, or the assignment alone."""
        place = self.place
        self.skip_blanks()
        alone = self.place >= len(self.text) or self._operator() is not None
        self.place = place
        if alone:
            self._begin(start, "=")
            self.expects_command = False

    def _test_text(self, start: int, word: str) -> str:
        """`command -v` and `git diff` are known by their second word."""
        if word in {"command", "git"}:
            return self.text[start : start + 40].split("\n")[0]
        return word

    def _case_head(self) -> None:
        self.skip_blanks()
        self.scan_word()
        self._skip_newlines()
        start = self.place
        self.scan_word()
        if self.text[start : self.place] != "in":
            raise UnsureError
        self.frames[-1].pattern = True

    def _for_head(self) -> None:
        self.skip_blanks()
        if self.text.startswith("((", self.place):
            self._skip_until("))")
        self.expects_command = False
        self.current.starts.append(0)
        self.current.tests.append(False)
