"""Workloads that hold no command, read by the first pack whose pattern is found in them."""

from __future__ import annotations

import os
import re

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.files import followed, staged
from fermilink_scaffold.packs.parts import read_parts
from fermilink_scaffold.packs.words import is_true, rendered, search
from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.model import Limit, ReviewNote
from fermilink_scaffold.spec.text.command_text import code_spans, looks_like_command
from fermilink_scaffold.templating.limits import REGEX_SECONDS, Expired, time_limit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.packs.model import Pack
    from fermilink_scaffold.spec.model import DraftCase
    from fermilink_scaffold.spec.text.named_files import Places

__all__ = ["CASES", "Read", "plain_text", "read_case"]

#: Where a pack's case drivers are, as a command names it.
CASES = f"{{project_root}}/{layout.CASES}"

#: Keys of a reader that become keys of the case as they are.
_NUMBERS = ("weight", "timeout_seconds", "repeats", "warmup_repeats")
_LIMITS = {
    "value": "value",
    "abs": "absolute",
    "rel": "relative",
    "min": "minimum",
    "max": "maximum",
    "text": "text",
    "label": "label",
}


class Read(Record):
    """A workload that a pack has read."""

    case: DraftCase
    #: False when the launcher is not to be put before its command.
    launched: bool
    notes: tuple[ReviewNote, ...] = ()


def plain_text(text: str) -> str:
    """A workload's text as patterns see it: one line, without backticks and bold marks."""
    # Stars at a word's end alone are its own: the basis set 6-31g**.
    plain = re.sub(r"(?<![\w*])\*\*(?=\S)([^*]+)(?<=\S)\*\*(?!\w)", r"\1", text)
    return " ".join(plain.replace("`", "").split())


def read_case(
    case: DraftCase, packs: Sequence[Pack], variables: Mapping[str, Any], places: Places
) -> Read | None:
    """The workload with command, files and metrics; None when it has a command, or no pack reads it.

    Raises ScaffoldError with the pack's file and line for an expression or template that
    fails, and with the goal's for a file that is not there.
    """
    if case.command is not None and not _is_guessed(case):
        return None
    text = plain_text(case.text)
    for pack in packs:
        for number, reader in enumerate(pack.workloads):
            place = ("workloads", number)
            flags = sum(
                getattr(re, letter.upper()).value for letter in set(reader.get("flags", ""))
            )
            found = search(re.compile(reader["pattern"], flags), text, pack, *place, "pattern")
            if found is not None:
                work = _Reader(pack, reader, place, flags, case, variables)
                return work.read(text, found, places)
    return None


def _is_guessed(case: DraftCase) -> bool:
    """True for a workload that is one span in backticks which looks like no command."""
    spans = code_spans(case.text)
    return (
        len(spans) == 1 and plain_text(case.text) == spans[0] and not looks_like_command(spans[0])
    )


class _Reader:
    """One entry of `workloads`, at work on one workload."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it reads, with, and for whom
        self,
        pack: Pack,
        reader: Mapping[str, Any],
        place: tuple[str | int, ...],
        flags: int,
        case: DraftCase,
        variables: Mapping[str, Any],
    ) -> None:
        self._pack = pack
        self._reader = reader
        self._place = place
        self._flags = flags
        self._case = case
        self._about = f"It is for the workload {case.id!r} ({case.source})."
        self._values: dict[str, Any] = {
            "id": case.id,
            "variables": dict(variables),
            "cases": CASES,
            "mpi_ranks": case.mpi_ranks or 0,
        }

    def read(self, text: str, found: re.Match[str], places: Places) -> Read:
        self._values |= {name: value or "" for name, value in found.groupdict().items()}
        self._values["text"] = text
        self._values["files"] = list(self._case.files)
        for name, expression in self._reader.get("find", {}).items():
            compiled = re.compile(expression, self._flags)
            hit = search(compiled, text, self._pack, *self._place, "find", name)
            self._values[name] = (hit[1] or "").strip() if hit else ""
        self._read_parts(text[found.end() :])
        self._refuse()
        ranks = self._ranks()
        files, notes = self._files(places)
        command = self._command()
        case = self._case.replace(
            command=command,
            mpi_ranks=ranks,
            files=tuple(dict.fromkeys([*self._case.files, *files])),
            settings=_under(self._settings(), self._case.settings),
        )
        shown = " ".join(word.replace(f"{CASES}/", "") for word in command)
        note = f"workload `{self._case.id}`: the pack {self._pack.name} reads it as {shown}"
        return Read(
            case=case,
            launched=self._reader.get("mpi", True),
            notes=(ReviewNote(text=note, source=self._case.source), *notes),
        )

    def _read_parts(self, rest: str) -> None:
        parts = self._reader.get("parts", {})
        if parts:
            compiled = {name: re.compile(text, self._flags) for name, text in parts.items()}
            self._values |= read_parts(rest, compiled, self._case, self._example)

    def _refuse(self) -> None:
        """Say what the pack has against the workload."""
        for number, refusal in enumerate(self._reader.get("refuse", ())):
            if is_true(self._word(refusal["when"], "refuse", number, "when")):
                what = self._word(refusal["say"], "refuse", number, "say")
                raise ScaffoldError(
                    f"workload `{self._case.id}`: {what}",
                    file=self._case.source.file,
                    line=self._case.source.line,
                    hint=self._example,
                )

    @property
    def _example(self) -> str:
        return f"Write it like `{self._case.id}: {plain_text(self._reader['examples'][0])}`."

    def _word(self, text: str, *path: str | int) -> str:
        return rendered(
            text, self._values, self._pack, *self._place, *path, about=self._about
        ).strip()

    def _ranks(self) -> int | None:
        ranks = self._case.mpi_ranks
        if ranks is None and "mpi_ranks" in self._reader:
            text = self._word(self._reader["mpi_ranks"], "mpi_ranks")
            ranks = int(text) if re.fullmatch(r"[1-9]\d{0,5}", text) else None
            self._values["mpi_ranks"] = ranks or 0
        return ranks

    def _files(self, places: Places) -> tuple[list[str], tuple[ReviewNote, ...]]:
        names = [
            self._word(text, "files", number)
            for number, text in enumerate(self._reader.get("files", ()))
        ]
        found = staged([name for name in names if name], self._case, places)
        expressions = self._reader.get("follow", ())
        if not expressions:
            return found, ()
        behind = self._followed([*self._case.files, *found], expressions, places)
        notes = tuple(
            ReviewNote(
                text=f"workload `{self._case.id}`: `{name}` is staged, since `{reader}` names it",
                source=self._case.source,
            )
            for name, reader in behind.items()
        )
        self._values["files"] = list(dict.fromkeys([*self._case.files, *found, *behind]))
        return [*found, *behind], notes

    def _followed(
        self, names: Sequence[str], expressions: Sequence[str], places: Places
    ) -> dict[str, str]:
        compiled = [re.compile(text, self._flags | re.MULTILINE) for text in expressions]
        try:
            with time_limit(REGEX_SECONDS):
                return followed(names, compiled, places)
        except Expired:
            raise ScaffoldError(
                f"looking for further files takes longer than {REGEX_SECONDS:g} seconds",
                file=self._pack.file,
                line=self._pack.line(*self._place, "follow"),
                hint=self._about,
            ) from None

    def _additions(self) -> list[tuple[int, Mapping[str, Any]]]:
        return [
            (number, addition)
            for number, addition in enumerate(self._reader.get("also", ()))
            if is_true(self._word(addition["when"], "also", number, "when"))
        ]

    def _command(self) -> tuple[str, ...]:
        words = [
            self._word(text, "command", index) for index, text in enumerate(self._reader["command"])
        ]
        for number, addition in self._additions():
            words += [
                self._word(text, "also", number, "command", index)
                for index, text in enumerate(addition.get("command", ()))
            ]
        words = [word for word in words if word]
        if not words:
            raise ScaffoldError(
                f"the command that the pack {self._pack.name!r} makes is empty",
                file=self._pack.file,
                line=self._pack.line(*self._place, "command"),
                hint=self._about,
            )
        return tuple(words)

    def _settings(self) -> dict[str, Any]:
        """Keys of the case, with the additions whose condition holds."""
        parts: list[tuple[tuple[str | int, ...], Mapping[str, Any]]] = [((), self._reader)]
        parts += [(("also", number), addition) for number, addition in self._additions()]
        settings: dict[str, Any] = {
            key: self._reader[key] for key in _NUMBERS if key in self._reader
        }
        for key in ("description", "cwd"):
            if key in self._reader and (text := self._word(self._reader[key], key)):
                settings[key] = text
        for path, part in parts:
            if "env" in part:
                env = {
                    name: self._word(text, *path, "env", name) for name, text in part["env"].items()
                }
                settings["env"] = {**settings.get("env", {}), **env}
            if "metrics" in part:
                settings["metrics"] = {**settings.get("metrics", {}), **part["metrics"]}
            if "expect" in part:
                limits = settings.get("limits", ())
                settings["limits"] = (*limits, *_limits(part["expect"], self._pack))
            if "outputs" in part:
                names = [
                    self._word(text, *path, "outputs", index)
                    for index, text in enumerate(part["outputs"])
                ]
                kept = (*settings.get("outputs", ()), *filter(None, names))
                settings["outputs"] = tuple(dict.fromkeys(kept))
        for limit in settings.get("limits", ()):
            # What is bounded must be read; by its name, where the pack says nothing else.
            settings["metrics"] = {
                limit.field: {"find": limit.field},
                **settings.get("metrics", {}),
            }
        return settings


def _limits(expect: Mapping[str, Any], pack: Pack) -> list[Limit]:
    return [
        Limit(
            field=name,
            **{
                "label": f"pack {pack.name}",
                **{_LIMITS[key]: value for key, value in bounds.items()},
            },
        )
        for name, bounds in expect.items()
    ]


def _under(settings: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The pack's settings below those that the user gave for the case."""
    merged = {**settings, **given}
    for key in ("env", "metrics"):
        if key in settings and key in given:
            merged[key] = {**settings[key], **given[key]}
    if "limits" in settings and "limits" in given:
        bounded = {limit.field for limit in given["limits"]}
        kept = [limit for limit in settings["limits"] if limit.field not in bounded]
        merged["limits"] = (*kept, *given["limits"])
    return merged


def is_launchable(command: Sequence[str]) -> bool:
    """True for a command that a launcher can be put before: no shell, and none there yet."""
    program = os.path.basename(command[0])
    launchers = r"(?:mpi(?:run|exec)\S*|orterun|prun|srun|aprun|jsrun|ibrun|lrun)"
    return not re.fullmatch(rf"{launchers}|(?:ba|z|da|k)?sh|env|time|timeout|numactl", program)
