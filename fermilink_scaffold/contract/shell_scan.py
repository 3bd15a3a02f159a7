"""Steps over the words of a shell script, with their quotes and substitutions.

Source: bash manual, "Quoting" and "Shell Expansions".
"""

from __future__ import annotations

import re

__all__ = ["ShellText", "UnsureError"]


class UnsureError(Exception):
    """The text is not understood."""


class ShellText:
    """A script and a place in it; raises UnsureError where it cannot be followed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def skip_blanks(self) -> None:
        """Over blanks, continued lines and a comment."""
        text = self.text
        while self.place < len(text):
            if text[self.place] in " \t":
                self.place += 1
            elif text.startswith("\\\n", self.place):
                self.place += 2
            elif text[self.place] == "#":
                end = text.find("\n", self.place)
                self.place = len(text) if end < 0 else end
            else:
                return

    def scan_word(self) -> None:
        """Over one word with its quotes and substitutions."""
        text = self.text
        while self.place < len(text):
            char = text[self.place]
            if text.startswith(("<(", ">("), self.place) or text.startswith("$(", self.place):
                self.place += 2
                self._scan_nested()
            elif char in " \t\n;&|()<>":
                return
            elif char == "\\":
                self.place += 2
            elif text.startswith("${", self.place):
                self.place += 2
                self._scan_braces()
            elif char in "'\"`":
                self._scan_quote(char)
            else:
                self.place += 1

    def _scan_quote(self, quote: str) -> None:
        text = self.text
        ansi = quote == "'" and self.place > 0 and text[self.place - 1] == "$"
        self.place += 1
        while self.place < len(text) and text[self.place] != quote:
            if text[self.place] == "\\" and (quote != "'" or ansi):
                self.place += 2
            elif quote == '"' and text.startswith("$(", self.place):
                self.place += 2
                self._scan_nested()
            elif quote == '"' and text.startswith("${", self.place):
                self.place += 2
                self._scan_braces()
            elif quote == '"' and text[self.place] == "`":
                self._scan_quote("`")
            else:
                self.place += 1
        if self.place >= len(text):
            raise UnsureError
        self.place += 1

    def _scan_nested(self) -> None:
        """To the `)` of a substitution; a `case` in it is not understood."""
        text, depth = self.text, 1
        while depth:
            if self.place >= len(text) or re.compile(r"case\s|#|<<").match(text, self.place):
                raise UnsureError
            char = text[self.place]
            if char in "'\"`":
                self._scan_quote(char)
                continue
            if char == "\\":
                self.place += 1
            depth += {"(": 1, ")": -1}.get(char, 0)
            self.place += 1

    def _scan_braces(self) -> None:
        text, depth = self.text, 1
        while depth:
            if self.place >= len(text):
                raise UnsureError
            char = text[self.place]
            if char in "'\"`":
                self._scan_quote(char)
                continue
            if char == "\\":
                self.place += 1
            depth += {"{": 1, "}": -1}.get(char, 0)
            self.place += 1
