"""A contract whose shape is known to be right, as the checks look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fermilink_scaffold.contract.measured import REPORTED
from fermilink_scaffold.contract.problems import Problem, at, show_path
from fermilink_scaffold.records import EMPTY, Record

if TYPE_CHECKING:
    from fermilink_scaffold.contract.problems import KeyPath, Positions, Severity

__all__ = ["CaseView", "View"]


class CaseView(Record):
    """One case and where it stands."""

    path: KeyPath
    data: dict[str, Any]
    #: Field name to how it is read: the contract's defaults under the case's own.
    metrics: dict[str, dict[str, Any]]

    @property
    def id(self) -> str:
        return str(self.data["id"])

    def reports(self, name: str) -> bool:
        """Whether the runner reports `name` for this case; dots lead into nested values."""
        return bool({name, name.partition(".")[0]} & {*REPORTED, *self.metrics})


class View(Record):
    """The contract's data and positions, with a short way to say what is wrong where."""

    data: dict[str, Any]
    positions: Positions = EMPTY

    @property
    def cases(self) -> list[CaseView]:
        common = self.data.get("metrics", {})
        return [
            CaseView(
                path=("cases", index),
                data=case,
                metrics={
                    name: how
                    for name, how in {**common, **case.get("metrics", {})}.items()
                    if how is not None
                },
            )
            for index, case in enumerate(self.data["cases"])
        ]

    @property
    def train_ids(self) -> list[str]:
        """The ids of the split; empty without one."""
        return [str(name).strip() for name in self.data.get("split", {}).get("train_case_ids", [])]

    @property
    def objective(self) -> dict[str, Any]:
        found: dict[str, Any] = self.data["controller"]["objective"]
        return found

    def error(self, path: KeyPath, code: str, what: str, hint: str | None = None) -> Problem:
        return self._problem("error", path, code, what, hint)

    def warning(self, path: KeyPath, code: str, what: str, hint: str | None = None) -> Problem:
        return self._problem("warning", path, code, what, hint)

    def _problem(
        self, severity: Severity, path: KeyPath, code: str, what: str, hint: str | None
    ) -> Problem:
        line, column = at(self.positions, path)
        return Problem(
            severity=severity,
            code=code,
            what=f"{show_path(self.data, path)} {what}",
            hint=hint,
            line=line,
            column=column,
            path=path,
        )
