"""From a request to the plan of a workspace, new or made again: read, resolve, render, compose.

Nothing is written here; `workspace.apply` does that with the plan.
"""

from __future__ import annotations

import os

from fermilink_scaffold import layout
from fermilink_scaffold.contract.build import contract_data
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs.serve import find_packs
from fermilink_scaffold.records import EMPTY, Record
from fermilink_scaffold.spec.answers import PATH_KEYS, answers_draft, read_answers
from fermilink_scaffold.spec.combine import combine
from fermilink_scaffold.spec.model import Draft, ReviewNote
from fermilink_scaffold.spec.project.products import case_outputs, untracked_products
from fermilink_scaffold.spec.project.repository import inspect
from fermilink_scaffold.spec.resolve import resolve
from fermilink_scaffold.spec.survey.analysis import survey
from fermilink_scaffold.spec.text.textfile import read_text_input
from fermilink_scaffold.templating.context import template_context
from fermilink_scaffold.templating.layers import Layers, default_layers
from fermilink_scaffold.templating.render import render_context
from fermilink_scaffold.workspace.compose import (
    artifact_entries,
    base_files,
    context_file,
    data_files,
    input_copies,
    rendered_files,
    seal_file,
)
from fermilink_scaffold.workspace.disk import digest
from fermilink_scaffold.workspace.excludes import exact_pattern, exclude_file
from fermilink_scaffold.workspace.manifest import Manifest
from fermilink_scaffold.workspace.plan import NewFile, plan_init, refuse_existing
from fermilink_scaffold.workspace.sources import Claims, fingerprint, look

__all__ = ["Composed", "Prepared", "Request", "compose", "prepare"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fermilink_scaffold.packs.serve import Packs
    from fermilink_scaffold.spec.answers import Answers
    from fermilink_scaffold.spec.model import Campaign, Repository
    from fermilink_scaffold.workspace.plan import Copy, Plan


class Request(Record):
    """What a user asked `init` for, or what the workspace's scaffold.yaml says."""

    #: The project, as it was given.
    project: str
    #: `--answers FILE`.
    answers: str | None = None
    #: How messages and labels name that file; as it was given without it.
    shown: str | None = None
    #: The other flags, in the form of scaffold.yaml; paths relative to the current directory.
    flags: Mapping[str, Any] = EMPTY


class Prepared(Record):
    """A workspace that only has to be written."""

    campaign: Campaign
    plan: Plan


class Composed(Record):
    """All files of a workspace as they are rendered now, and what is to be recorded of them."""

    campaign: Campaign
    contract: Mapping[str, Any]
    files: tuple[NewFile, ...]
    copies: tuple[Copy, ...]
    exclude_patterns: tuple[str, ...]
    #: What the templates saw, for a rendering in which only templates have changed.
    context: NewFile
    manifest: Manifest


def prepare(request: Request) -> Prepared:
    """Plan a new workspace.

    Raises `ScaffoldError` for anything that is wrong with the project or the inputs.
    """
    refuse_existing(os.path.abspath(request.project))
    made = compose(request)
    records = [
        *base_files(made.files),
        made.context,
        NewFile(path=layout.MANIFEST, data=made.manifest.text().encode(), policy="record"),
        seal_file(made.files, made.manifest.entries),
    ]
    plan = plan_init(
        made.campaign.repository.root,
        [*made.files, *records],
        made.copies,
        made.exclude_patterns,
    )
    return Prepared(campaign=made.campaign, plan=plan)


def compose(request: Request) -> Composed:
    """Render everything; looks at nothing that is in a workspace, unless the goal is gone.

    Raises `ScaffoldError` for anything that is wrong with the project or the inputs.
    """
    root = os.path.abspath(request.project)
    repository = inspect(root)
    answers = read_answers(request.answers, request.flags, shown=request.shown)
    answers = answers.replace(values=_with_staged(answers.values, repository.root))
    draft = combine(_text_draft(answers, repository), answers_draft(answers, repository.root))
    further = (*_seen_by_agent(answers, repository), *_linked_excludes(root))
    draft = draft.replace(review_notes=(*draft.review_notes, *further))
    packs = find_packs(answers, draft.package, repository)
    campaign = resolve(
        packs.complete_draft(draft, repository),
        repository,
        mode="goal" if "goal" in answers.values else "quick",
        survey=survey,
    )
    return _composed(packs.complete(campaign), answers, packs)


def _with_staged(values: Mapping[str, Any], root: str) -> dict[str, Any]:
    """The answers, with the staged copy for an input file that is gone."""
    staged = os.path.join(root, layout.ALL_INPUTS)
    inputs = [
        path
        if os.path.lexists(path) or not os.path.isfile(copy := os.path.join(staged, name))
        else copy
        for path in values.get("inputs", ())
        for name in [os.path.basename(path)]
    ]
    return {**values, "inputs": inputs} if inputs else dict(values)


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
        from fermilink_scaffold.spec.goal.document import parse_goal, read_goal

        copy = os.path.join(repository.root, layout.GOAL_COPY)
        if not os.path.lexists(goal) and os.path.isfile(copy):
            return parse_goal(
                read_text_input(copy),
                file=os.path.basename(goal),
                directory=os.path.join(repository.root, layout.ALL_INPUTS),
                project=repository.root,
                tracked=frozenset(repository.files),
                inputs=inputs,
            )
        return read_goal(goal, project=repository.root, tracked=repository.files, inputs=inputs)
    if prompt:
        from fermilink_scaffold.spec.prompt.document import read_prompt

        return read_prompt(prompt, project=repository.root, tracked=repository.files, inputs=inputs)
    return Draft()


def _composed(campaign: Campaign, answers: Answers, packs: Packs) -> Composed:
    root = campaign.repository.root
    recorded = _recorded(answers, root)
    contract = contract_data(campaign)
    if answers.values.get("set"):
        _refuse_broken(contract)
    directories = tuple(answers.values.get("template_dirs", ()))
    layers = Layers(
        default_layers(root, campaign.language, template_dirs=directories, packs=packs.found)
    )
    context = template_context(campaign, contract, recorded, packs)
    rendered = render_context(context, layers, packs.artifacts(layers))
    files = rendered_files(rendered)
    files += data_files(campaign, goal_name=recorded.get("goal") or recorded.get("prompt"))
    copies = input_copies(campaign)
    named = {
        f"--template-dir {path}": f"--template-dir {os.path.relpath(path, root)}"
        for path in directories
    }
    claims = _claims(campaign, recorded, packs)
    scaffold = next(file.data for file in files if file.path == layout.SCAFFOLD)
    found = look(root, claims, _scaffold(answers, scaffold))
    kept = context_file(contract, context)
    patterns = dict.fromkeys(
        [
            *_own_excludes(campaign.repository),
            *_untracked_inputs(campaign, answers),
            *untracked_products(campaign.repository),
            *_case_outputs(campaign),
        ]
    )
    return Composed(
        campaign=campaign,
        contract=contract,
        files=tuple(files),
        copies=tuple(copies),
        exclude_patterns=tuple(patterns),
        context=kept,
        manifest=Manifest(
            entries=artifact_entries(rendered, files, copies, layers=named),
            fingerprint=fingerprint(claims, found),
            claims=claims.dump(),
            sources=found,
            context_sha256=digest(kept.data),
            review_notes=tuple(str(note) for note in campaign.review_notes),
        ),
    )


def _claims(campaign: Campaign, recorded: Mapping[str, Any], packs: Packs) -> Claims:
    return Claims(
        language=campaign.language,
        goal=recorded.get("goal"),
        prompt=recorded.get("prompt"),
        hpc_profile=recorded.get("hpc_profile"),
        inputs=tuple(recorded.get("inputs", ())),
        template_dirs=tuple(recorded.get("template_dirs", ())),
        packs=packs.recorded,
        staged=tuple(staged.path for staged in campaign.inputs),
    )


def _scaffold(answers: Answers, rendered: bytes) -> bytes:
    """The workspace's scaffold.yaml: the one that was read, or the one that is to be written."""
    if answers.file is None or not answers.file.endswith(f"/{layout.SCAFFOLD}"):
        return rendered
    with open(answers.file, "rb") as stream:
        return stream.read()


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
    patterns = [
        exact_pattern(name)
        for name in names
        if name and name not in repository.files and not name.startswith(f"{layout.WORKSPACE}/")
    ]
    return [pattern for pattern in patterns if pattern]


def _case_outputs(campaign: Campaign) -> list[str]:
    """What a case leaves would count as a change of the candidate."""
    names = case_outputs(campaign.cases, campaign.repository)
    return [pattern for pattern in map(exact_pattern, names) if pattern]


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
