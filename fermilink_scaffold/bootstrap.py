"""From a request to the plan of a new workspace: read, resolve, render, compose.

Nothing is written here; `workspace.apply` does that with the plan.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from fermilink_scaffold import layout
from fermilink_scaffold.contract.build import contract_data
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.answers import PATH_KEYS, answers_draft, read_answers
from fermilink_scaffold.spec.combine import combine
from fermilink_scaffold.spec.model import Draft, ReviewNote
from fermilink_scaffold.spec.project.products import untracked_products
from fermilink_scaffold.spec.project.repository import inspect
from fermilink_scaffold.spec.resolve import resolve
from fermilink_scaffold.spec.survey.analysis import survey
from fermilink_scaffold.templating.render import render_artifacts
from fermilink_scaffold.workspace.compose import data_files, input_copies, seal_file
from fermilink_scaffold.workspace.excludes import exact_pattern, exclude_file
from fermilink_scaffold.workspace.manifest import record_files
from fermilink_scaffold.workspace.plan import NewFile, plan_init, refuse_existing

__all__ = ["Prepared", "Request", "prepare"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fermilink_scaffold.spec.answers import Answers
    from fermilink_scaffold.spec.model import Campaign, Repository
    from fermilink_scaffold.workspace.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a user asked `init` for."""

    #: The project, as it was given.
    project: str
    #: `--answers FILE`.
    answers: str | None = None
    #: The other flags, in the form of scaffold.yaml; paths relative to the current directory.
    flags: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A workspace that only has to be written."""

    campaign: Campaign
    plan: Plan


def prepare(request: Request) -> Prepared:
    """Plan the workspace.

    Raises `ScaffoldError` for anything that is wrong with the project or the inputs.
    """
    root = os.path.abspath(request.project)
    refuse_existing(root)
    repository = inspect(root)
    answers = read_answers(request.answers, request.flags)
    draft = combine(_text_draft(answers, repository), answers_draft(answers, repository.root))
    further = (*_seen_by_agent(answers, repository), *_linked_excludes(root))
    draft = replace(draft, review_notes=(*draft.review_notes, *further))
    campaign = resolve(
        draft,
        repository,
        mode="goal" if "goal" in answers.values else "quick",
        survey=survey,
    )
    return Prepared(campaign=campaign, plan=_plan(campaign, answers))


def _text_draft(answers: Answers, repository: Repository) -> Draft:
    goal, prompt = answers.values.get("goal"), answers.values.get("prompt")
    if goal and prompt:
        source = answers.source("prompt")
        raise ScaffoldError(
            "a goal and a prompt were given; a campaign has one of them",
            file=source.file,
            line=source.line,
            hint="Leave one of them out.",
        )
    inputs = tuple(answers.values.get("inputs", ()))
    if goal:
        from fermilink_scaffold.spec.goal.document import read_goal

        return read_goal(goal, project=repository.root, tracked=repository.files, inputs=inputs)
    if prompt:
        from fermilink_scaffold.spec.prompt.document import read_prompt

        return read_prompt(prompt, project=repository.root, tracked=repository.files, inputs=inputs)
    return Draft()


def _plan(campaign: Campaign, answers: Answers) -> Plan:
    recorded = _recorded(answers, campaign.repository.root)
    contract = contract_data(campaign)
    if answers.values.get("set"):
        _refuse_broken(contract)
    rendered = render_artifacts(
        campaign,
        contract,
        answers=recorded,
        template_dirs=tuple(answers.values.get("template_dirs", ())),
    )
    files = [
        NewFile(
            path=item.artifact.path,
            data=item.text.encode(),
            executable=item.artifact.executable,
            policy=item.artifact.policy,
        )
        for item in rendered
    ]
    files += data_files(campaign, goal_name=recorded.get("goal") or recorded.get("prompt"))
    copies = input_copies(campaign)
    files += [*record_files(rendered, files), seal_file(files, copies)]
    patterns = dict.fromkeys(
        [
            *_own_excludes(campaign.repository),
            *_untracked_inputs(campaign, answers),
            *untracked_products(campaign.repository),
        ]
    )
    return plan_init(campaign.repository.root, files, copies, tuple(patterns))


def _own_excludes(repository: Repository) -> list[str]:
    """FermiLink's directories; anchored where the project has one of that name deeper down."""
    nested = "\0".join(f"/{path}" for path in repository.files)
    return [
        f"/{name}" if name != f"{layout.WORKSPACE}/" and f"/{name}" in nested else name
        for name in layout.GIT_EXCLUDES
    ]


def _untracked_inputs(campaign: Campaign, answers: Answers) -> list[str]:
    """Patterns for the user's own files in the project: FermiLink wants a clean `git status`."""
    repository = campaign.repository
    paths = [answers.values.get("goal"), answers.values.get("prompt"), answers.file]
    paths += [staged.origin for staged in campaign.inputs]
    names = [_in_project(path, repository) for path in paths if path]
    patterns = [exact_pattern(name) for name in names if name and name not in repository.files]
    return [pattern for pattern in patterns if pattern]


def _seen_by_agent(answers: Answers, repository: Repository) -> list[ReviewNote]:
    """A tracked goal is in the agent's worktree too, its held-out workloads with it."""
    goal = answers.values.get("goal")
    name = _in_project(goal, repository) if goal else None
    if name not in repository.files:
        return []
    text = f"{name} is tracked, so the agent can read it, held-out workloads and all"
    return [ReviewNote(text=f"{text}: keep it out of the repository if that matters")]


def _linked_excludes(root: str) -> list[ReviewNote]:
    """What git shall ignore here goes into a file that other repositories may share."""
    if not os.path.islink(exclude_file(root)):
        return []
    text = ".git/info/exclude is a link: the lines for this project go into the file it leads to"
    return [ReviewNote(text=text)]


def _in_project(path: str, repository: Repository) -> str | None:
    name = os.path.relpath(os.path.realpath(path), os.path.realpath(repository.root))
    return None if name.split(os.sep)[0] == os.pardir else name.replace(os.sep, "/")


def _refuse_broken(contract: Mapping[str, Any]) -> None:
    """`--set` can write anything anywhere: what it came to must still be a contract."""
    from fermilink_scaffold.contract.checks import validate
    from fermilink_scaffold.contract.problems import errors

    broken = errors(validate(contract))
    if broken:
        raise ScaffoldError(
            f"with --set the contract is broken: {broken[0].what}",
            hint=broken[0].hint or "The contract's keys are listed in the README.",
        )


def _recorded(answers: Answers, root: str) -> dict[str, Any]:
    """What scaffold.yaml says: the answers, paths relative to the workspace."""
    base = os.path.join(root, layout.WORKSPACE)
    recorded = dict(answers.values)
    for key in PATH_KEYS:
        value = recorded.get(key)
        if isinstance(value, str):
            recorded[key] = os.path.relpath(value, base)
        elif value is not None:
            recorded[key] = [os.path.relpath(item, base) for item in value]
    return recorded
