"""The packs of one campaign at work: on its draft, its specification and its artifacts."""

from __future__ import annotations

import os

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.templating.layers import PROJECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fermilink_scaffold.packs.found import Found
    from fermilink_scaffold.packs.model import Pack, Variable
    from fermilink_scaffold.spec.answers import Answers
    from fermilink_scaffold.spec.model import Campaign, Draft, DraftCase, Repository, ReviewNote
    from fermilink_scaffold.spec.text.named_files import Places
    from fermilink_scaffold.templating.layers import Layers
    from fermilink_scaffold.templating.registry import Artifact

__all__ = ["Packs", "find_packs"]


class Packs(Record):
    """The packs that serve a campaign, first one first; often none."""

    #: Their layers.
    found: tuple[Found, ...] = ()
    packs: tuple[Pack, ...] = ()
    #: The values of their variables.
    variables: Mapping[str, Any]
    #: The package id of a recognised repository.
    package: str | None = None
    notes: tuple[ReviewNote, ...] = ()

    @property
    def recorded(self) -> tuple[str, ...]:
        """Names of their layers, but for those that the project itself and the user's flags give."""
        return tuple(found.layer for found in self.found if found.kind > PROJECT)

    def complete_draft(self, draft: Draft, repository: Repository) -> Draft:
        """The draft with what the packs know: package, commands of workloads, scope, build.

        Raises ScaffoldError for a workload that none of them reads, and for what is wrong
        with a pack.
        """
        draft = draft.replace(
            package=draft.package or self.package,
            review_notes=(*draft.review_notes, *self.notes),
        )
        if not self.packs:
            return draft
        from fermilink_scaffold.packs.defaults import complete_draft

        draft = complete_draft(draft, self.packs, self.variables, repository)
        return self._with_cases(draft, repository)

    def complete(self, campaign: Campaign) -> Campaign:
        """The campaign with the packs' tolerances, settings and launcher."""
        if not self.packs:
            return campaign
        from fermilink_scaffold.packs.defaults import complete_campaign

        return complete_campaign(campaign, self.packs)

    def artifacts(self, layers: Layers) -> tuple[Artifact, ...]:
        """The packs' further files. Raises ScaffoldError for one whose template is not there."""
        if not any(pack.artifacts for pack in self.packs):
            return ()
        from fermilink_scaffold.packs.artifacts import pack_artifacts

        return pack_artifacts(self.packs, layers)

    def _with_cases(self, draft: Draft, repository: Repository) -> Draft:
        from fermilink_scaffold.packs.readers import is_launchable, read_case

        places = _places(draft, repository)
        cases: list[DraftCase] = []
        notes: list[ReviewNote] = []
        for case in draft.cases:
            here = places.replace(file=case.source.file)
            read = read_case(case, self.packs, self.variables, here)
            if read is not None:
                notes += read.notes
                cases.append(self._launched(read.case, notes) if read.launched else read.case)
            elif case.command is None:
                self._refuse(case)
                cases.append(case)
            else:
                cases.append(self._launched(case, notes) if is_launchable(case.command) else case)
        return draft.replace(cases=tuple(cases), review_notes=(*draft.review_notes, *notes))

    def _launched(self, case: DraftCase, notes: list[ReviewNote]) -> DraftCase:
        """The case with the first pack's launcher before its command, where it has ranks."""
        from fermilink_scaffold.packs.words import rendered
        from fermilink_scaffold.spec.model import ReviewNote

        pack = next((each for each in self.packs if each.launcher), None)
        ranks = case.mpi_ranks or 1
        if pack is None or ranks == 1 or case.command is None:
            return case
        values = {"mpi_ranks": ranks, "id": case.id, "variables": dict(self.variables)}
        words = [
            rendered(text, values, pack, "launcher", index).strip()
            for index, text in enumerate(pack.launcher)
        ]
        words = [word for word in words if word]
        text = f"workload `{case.id}`: the pack {pack.name} starts it with {' '.join(words)}"
        notes.append(ReviewNote(text=text, source=case.source))
        return case.replace(command=(*words, *case.command))

    def _refuse(self, case: DraftCase) -> None:
        """A workload without a command that no pack can read: say what they can."""
        examples = [
            f"`{case.id}: {reader['examples'][0]}` (pack {pack.name})"
            for pack in self.packs
            for reader in pack.workloads
        ]
        if examples:
            raise ScaffoldError(
                f"workload {case.id!r} has no command, and no pack can read it: "
                f"{' '.join(case.text.split())[:200]!r}",
                file=case.source.file,
                line=case.source.line,
                hint=f"Put a command in backticks behind the id, or write it like "
                f"{' or '.join(examples[:4])}.",
            )


def _places(draft: Draft, repository: Repository) -> Places:
    from fermilink_scaffold.spec.text.named_files import Places

    return Places(
        file="",
        directory=draft.directory or os.getcwd(),
        project=repository.root,
        tracked=frozenset(repository.files),
        inputs=draft.inputs,
        editable=draft.editable,
    )


def find_packs(answers: Answers, package: str | None, repository: Repository) -> Packs:
    """The packs that serve `package`, or recognise the repository, with the user's variables.

    Raises ScaffoldError for a pack or a variable that is not there or is wrong.
    """
    from fermilink_scaffold.packs.choose import choose

    chosen = choose(
        repository,
        package=package,
        wanted=answers.values.get("pack"),
        template_dirs=tuple(answers.values.get("template_dirs", ())),
    )
    known: dict[str, Variable] = {}
    for pack in reversed(chosen.packs):
        known |= pack.variables
    values: dict[str, Any] = {}
    if known or answers.values.get("variables"):
        from fermilink_scaffold.packs.variables import variable_values

        values = variable_values(known, answers)
    return Packs(
        found=chosen.found,
        packs=chosen.packs,
        variables=values,
        package=chosen.package,
        notes=chosen.notes,
    )
