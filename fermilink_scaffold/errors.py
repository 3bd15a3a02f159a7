"""The errors a user sees: one class, printed in one place (`cli`), exit status 2."""

__all__ = ["ScaffoldError"]


class ScaffoldError(Exception):
    """Bad input, or a state that a person has to mend; nothing was changed.

    The text reads `FILE:LINE: what is wrong` and, on a second line, what to do.
    """

    def __init__(
        self,
        what: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what)
        #: What is wrong, one sentence.
        self.what = what
        #: The file it was found in, as the user wrote it.
        self.file = file
        #: Line in that file, from 1.
        self.line = line
        #: Column in that line, from 1.
        self.column = column
        #: What to do about it, one sentence.
        self.hint = hint

    def __str__(self) -> str:
        place = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        first = ": ".join([":".join(place), self.what]) if place else self.what
        return f"{first}\n{self.hint}" if self.hint else first
