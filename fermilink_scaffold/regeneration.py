"""From a workspace and its scaffold.yaml to the plan that brings it up to date.

Nothing is written here but the completion of an earlier, interrupted regeneration.
"""

from __future__ import annotations

import json
import os

from fermilink_scaffold import __version__, layout
from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record
from fermilink_scaffold.templating.layers import template_dir_name
from fermilink_scaffold.workspace.apply import only_one
from fermilink_scaffold.workspace.disk import place, read
from fermilink_scaffold.workspace.events import under_way
from fermilink_scaffold.workspace.insync import known_sources
from fermilink_scaffold.workspace.journal import finish
from fermilink_scaffold.workspace.manifest import CONTEXT, base_path, has_journal, load_manifest
from fermilink_scaffold.workspace.meaning import (
    compiled_changes,
    contract_changes,
    measuring,
    script_changed,
)
from fermilink_scaffold.workspace.plan import Event
from fermilink_scaffold.workspace.regenerate import Wanted, plan_regen, wanted_from_base
from fermilink_scaffold.workspace.sources import (
    Claims,
    changed_sources,
    fingerprint,
    names_file,
    text_place,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.bootstrap import Composed
    from fermilink_scaffold.workspace.manifest import Manifest
    from fermilink_scaffold.workspace.plan import NewFile
    from fermilink_scaffold.workspace.regenerate import Options, Regeneration
    from fermilink_scaffold.workspace.settle import Result

    Known = tuple[Claims, dict[str, str]]

__all__ = ["complete_interrupted", "prepare_regeneration", "refuse_running", "require_workspace"]

#: The ledger's status of a change after which results cannot be compared.
_CHANGED = "contract_changed"


def require_workspace(project: str) -> str:
    """The absolute path of a project that has a workspace.

    Raises ScaffoldError where there is none, or where it is a file or a link.
    """
    root = os.path.abspath(project)
    shown = os.path.join(project, layout.WORKSPACE)
    if os.path.islink(os.path.join(root, layout.WORKSPACE)):
        raise ScaffoldError("is a symbolic link: only a directory is regenerated", file=shown)
    if not os.path.isdir(os.path.join(root, layout.WORKSPACE)):
        raise ScaffoldError(
            "there is no workspace here",
            file=shown,
            hint="`fermilink-scaffold init PROJECT` makes one.",
        )
    place(root, layout.MANIFEST)
    return root


def complete_interrupted(root: str) -> tuple[str, ...] | None:
    """Finish what a `regen` that was killed had decided on; None when there is nothing.

    Gives the files that somebody changed meanwhile, which were left alone.
    """
    if not has_journal(root):
        return None
    with only_one(root):
        return finish(root)


def refuse_running(root: str) -> None:
    """Raise ScaffoldError while another living process runs the campaign."""
    from fermilink_scaffold.runtime import RunLockHeld, paths, run_lock_holder

    path = os.path.join(root, layout.WORKSPACE, paths.RUN_LOCK_FILENAME)
    if not os.path.lexists(path):
        return
    holder = run_lock_holder(path)
    if holder is not None:
        raise ScaffoldError(
            f"{RunLockHeld(holder)}, and its contract must not change meanwhile",
            hint="Stop it, run `regen`, go on with run_optimize.sh --resume. "
            "`regen --check` and `--diff` only look.",
        )


def prepare_regeneration(root: str, options: Options) -> Regeneration:
    """Decide on every file of the workspace.

    Raises ScaffoldError for inputs that are wrong, a manifest that is none, something that
    leads out of the workspace, and unknown names.
    """
    manifest = load_manifest(root)
    found = read(root, layout.SCAFFOLD)
    if found is None:
        raise ScaffoldError(
            "is gone, and it says what is rendered",
            file=layout.SCAFFOLD,
            hint="Write it again (its keys are in the README), at least `goal: PATH`.",
        )
    known = known_sources(root, manifest, found[0])
    base = wanted_from_base(root, manifest) if known is not None else None
    made = None
    if known is not None and base is not None:
        made = _from_base(manifest, known, base, options) or _from_context(
            root, manifest, known, base
        )
    if made is None:
        if known is not None:
            _refuse_missing(root, manifest, known[0], found[0])
        made = _from_inputs(root)
    regeneration = plan_regen(
        root,
        manifest,
        made.wanted,
        made.after,
        options,
        causes=_causes(manifest, made.after),
        exclude_patterns=made.exclude_patterns,
        records=made.records,
    )
    return _with_meaning(root, regeneration, made)


class _Rendering(Record):
    """What the workspace should be now."""

    wanted: Sequence[Wanted]
    #: The manifest that goes with it.
    after: Manifest
    #: The contract, as data; None where it has not changed.
    contract: Mapping[str, Any] | None = None
    exclude_patterns: tuple[str, ...] = ()
    #: Further records to keep.
    records: tuple[NewFile, ...] = ()


def _from_base(
    manifest: Manifest, known: Known, base: Sequence[Wanted], options: Options
) -> _Rendering | None:
    """What was rendered the last time, where nothing has changed that it depends on."""
    if options.restore or fingerprint(*known) != manifest.fingerprint:
        return None
    return _Rendering(wanted=base, after=manifest)


def _from_context(
    root: str, manifest: Manifest, known: Known, base: Sequence[Wanted]
) -> _Rendering | None:
    """A rendering from what the templates saw the last time, where nothing but they has changed."""
    claims, found = known
    changed = changed_sources(manifest.sources, found)
    kept = read(root, CONTEXT)
    if kept is None or kept[1].digest != manifest.context_sha256 or claims.packs:
        return None
    if manifest.fingerprint is None:
        # Some of the base texts are from before what the templates saw.
        return None
    if not all(name.startswith("template ") for name in changed):
        return None
    from fermilink_scaffold.templating.layers import Layers, default_layers
    from fermilink_scaffold.templating.render import render_context
    from fermilink_scaffold.workspace.compose import artifact_entries, rendered_files

    data = json.loads(kept[0])
    directories = tuple(
        os.path.normpath(os.path.join(root, layout.WORKSPACE, path))
        for path in claims.template_dirs
    )
    layers = default_layers(root, claims.language, template_dirs=directories)
    rendered = render_context(data["context"], Layers(layers))
    files = rendered_files(rendered)
    entries = artifact_entries(rendered, files, (), layers=_shown(directories, root))
    texts = {file.path: file.data for file in files}
    new = {entry.path: entry for entry in entries}
    wanted = [item for item in base if item.entry.path not in new]
    wanted += [
        Wanted(entry=entry, data=texts[f"{layout.WORKSPACE}/{entry.path}"]) for entry in entries
    ]
    after = manifest.replace(
        entries=tuple(item.entry for item in wanted),
        fingerprint=fingerprint(claims, found),
        sources=found,
        tool_version=__version__,
    )
    return _Rendering(wanted=wanted, after=after, contract=data["contract"])


def _shown(directories: Sequence[str], root: str) -> dict[str, str]:
    return {
        template_dir_name(path): template_dir_name(os.path.relpath(path, root))
        for path in directories
    }


def _from_inputs(root: str) -> _Rendering:
    from fermilink_scaffold.bootstrap import Request, compose

    answers = os.path.join(root, layout.SCAFFOLD)
    made = compose(Request(project=root, answers=answers, shown=os.path.basename(answers)))
    return _Rendering(
        wanted=_wanted(made),
        after=made.manifest,
        contract=made.contract,
        exclude_patterns=made.exclude_patterns,
        records=(made.context,),
    )


def _refuse_missing(root: str, manifest: Manifest, claims: Claims, scaffold: bytes) -> None:
    """Raise ScaffoldError for a file that was staged, is still named, and is gone.

    Without it the name would be taken for a word of the command, and the staged copy removed.
    """
    placed = text_place(root, claims)
    # For these the staged copy serves.
    given = {os.path.basename(path) for path in claims.inputs}
    prefix = f"{layout.ALL_INPUTS}/"
    for entry in manifest.entries:
        path = f"{layout.WORKSPACE}/{entry.path}"
        name = path.removeprefix(prefix)
        if entry.policy != "input" or name == path or name in given or placed is None:
            continue
        if any(os.path.lexists(os.path.join(each, name)) for each in (placed[1], root)):
            continue
        if names_file(placed[0], scaffold, name):
            raise ScaffoldError(
                f"input file {name!r} is missing, and it is still named",
                file=os.path.basename(claims.goal or claims.prompt or placed[0]),
                hint=f"Put it back there (the staged copy is {path}), or name it no more.",
            )


def _wanted(made: Composed) -> list[Wanted]:
    texts = {file.path: file for file in made.files}
    origins = {copy.path: copy.origin for copy in made.copies}
    wanted = []
    for entry in made.manifest.entries:
        path = f"{layout.WORKSPACE}/{entry.path}"
        file = texts.get(path)
        wanted.append(
            Wanted(entry=entry, data=file.data if file else None, origin=origins.get(path))
        )
    return wanted


def _causes(before: Manifest, after: Manifest) -> dict[str, str]:
    """What made each file's rendering change, by id, as the subject of a sentence."""
    changed = changed_sources(before.sources, after.sources)
    templates = _templates()
    others = [name for name in changed if not name.startswith("template ")]
    causes = {}
    for entry in after.entries:
        own = f"template {templates.get(entry.id, '')} ("
        if any(name.startswith(own) for name in changed):
            causes[entry.id] = "the template"
        elif others:
            causes[entry.id] = _listed(others)
        elif changed and entry.layer != "generated":
            causes[entry.id] = "the template"
        else:
            causes[entry.id] = "the rendering"
    return causes


def _templates() -> dict[str, str]:
    from fermilink_scaffold.templating.registry import ARTIFACTS

    return {artifact.id: artifact.template for artifact in ARTIFACTS}


def _listed(names: Sequence[str]) -> str:
    """At most two, the inputs first: what people edit explains more than what follows from it."""
    follows = ("the project's commit", "the files that the inputs name", "the program's code")
    shown = sorted(names, key=lambda name: name in follows)
    shown = [name for name in shown if name not in follows] or shown
    return shown[0] if len(shown) == 1 else f"{shown[0]} or {shown[1]}"


def _with_meaning(root: str, regeneration: Regeneration, made: _Rendering) -> Regeneration:
    """Add what the change of the contract means, in words and for the campaign."""
    compiled = _compiled(root, regeneration.results, made)
    changed = [
        result
        for result in regeneration.results
        if result.outcome.writes and measuring([result.outcome.path])
    ]
    running = under_way(root) if changed and not regeneration.stopped else False
    meaning = _meaning(changed) if running else ()
    plan = regeneration.plan
    if meaning:
        text = f"{' and '.join(meaning)} changed: results above cannot be compared with those below"
        plan = plan.replace(event=Event(text=text, status=_CHANGED))
    return regeneration.replace(
        plan=plan,
        claims=made.after.claims,
        compiled=compiled,
        meaning=meaning,
        under_way=running,
        measures=bool(changed),
    )


def _compiled(root: str, results: Iterable[Result], made: _Rendering) -> tuple[str, ...]:
    if all(result.outcome.path != layout.BENCHMARK for result in results):
        return ()
    base = read(root, base_path(layout.BENCHMARK))
    texts = [
        it.data
        for it in made.wanted
        if it.entry.path == os.path.relpath(layout.BENCHMARK, layout.WORKSPACE)
    ]
    if base is None or made.contract is None or base[0] in texts:
        return ()
    return compiled_changes(base[0], made.contract)


def _meaning(changed: Iterable[Result]) -> tuple[str, ...]:
    parts: dict[str, None] = {}
    for result in changed:
        path, after = result.outcome.path, result.content
        before = result.disk.data if result.disk else None
        if path == layout.BENCHMARK and before is not None and after is not None:
            parts |= dict.fromkeys(contract_changes(before, after))
        elif path.startswith(f"{layout.ALL_INPUTS}/"):
            parts["input files"] = None
        elif before is None or after is None or script_changed(path, before, after):
            name = "the runner" if path == layout.RUNNER else os.path.basename(path)
            parts[name] = None
    return tuple(parts)
