"""What packs assume where the user says nothing; each assumption is told."""

from __future__ import annotations

import fnmatch

from fermilink_scaffold.packs.words import rendered
from fermilink_scaffold.spec.model import Build, ReviewNote, Source, Tolerance
from fermilink_scaffold.spec.resolve import NO_BOUND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from fermilink_scaffold.packs.model import Pack
    from fermilink_scaffold.spec.model import Campaign, Case, Draft, Repository

__all__ = ["complete_campaign", "complete_draft"]

_COMPARISONS = ("abs_delta", "rms_delta", "relative_delta")


def complete_draft(
    draft: Draft, packs: Sequence[Pack], variables: Mapping[str, Any], repository: Repository
) -> Draft:
    """The draft with scope, metric and build of the first pack that has them."""
    notes: list[ReviewNote] = []
    for pack in packs:
        given = pack.defaults
        editable = [glob for glob in given.get("editable", ()) if _tracked(glob, repository)]
        if editable and not draft.editable:
            draft = draft.replace(editable=tuple(editable))
            notes.append(_note(pack, f"the editable scope is {', '.join(editable)}"))
        if "metric" in given and draft.primary_metric is None:
            direction = draft.direction or given.get("direction")
            draft = draft.replace(primary_metric=given["metric"], direction=direction)
            notes.append(_note(pack, f"the metric is {given['metric']}"))
        if draft.build is None:
            build = _build(pack, variables, repository)
            if build is not None:
                draft = draft.replace(build=build)
                lines = "; ".join(filter(None, map(str.strip, build.script.splitlines())))
                notes.append(_note(pack, f"the build is {lines}"))
    return draft.replace(review_notes=(*draft.review_notes, *notes))


def _build(pack: Pack, variables: Mapping[str, Any], repository: Repository) -> Build | None:
    for number, build in enumerate(pack.defaults.get("build", ())):
        if all(_tracked(glob, repository) for glob in build.get("files", ())):
            path = ("defaults", "build", number, "script")
            script = rendered(build["script"], {"variables": dict(variables)}, pack, *path)
            return Build(script=script.strip("\n"), source=Source(file=f"pack {pack.name}"))
    return None


def complete_campaign(campaign: Campaign, packs: Sequence[Pack]) -> Campaign:
    """The campaign with the packs' readers of fields, tolerances, settings and immutable paths."""
    notes: list[ReviewNote] = []
    campaign = _with_immutable(campaign, packs, notes)
    campaign = _with_settings(campaign, packs, notes)
    campaign = _with_metrics(campaign, packs)
    notes += _redirected(campaign, packs)
    campaign = _with_tolerances(campaign, packs, notes)
    before = [note for note in campaign.review_notes if note != NO_BOUND or not campaign.tolerances]
    return campaign.replace(review_notes=(*before, *notes))


def _with_immutable(campaign: Campaign, packs: Sequence[Pack], notes: list[ReviewNote]) -> Campaign:
    immutable = list(campaign.immutable)
    for pack in packs:
        new = [
            glob
            for glob in pack.defaults.get("immutable", ())
            if glob not in (*immutable, *campaign.editable) and _tracked(glob, campaign.repository)
        ]
        if new:
            notes.append(_note(pack, f"no candidate may change {', '.join(new)}"))
        immutable += new
    return campaign.replace(immutable=tuple(immutable))


def _with_settings(campaign: Campaign, packs: Sequence[Pack], notes: list[ReviewNote]) -> Campaign:
    settings: dict[str, Any] = {}
    for pack in packs:
        env = {f"runtime.env.{name}": value for name, value in pack.defaults.get("env", {}).items()}
        for key, value in {**env, **pack.defaults.get("settings", {})}.items():
            if key not in settings and key not in campaign.settings:
                settings[key] = value
                notes.append(_note(pack, f"{key} is set to {value!r}"))
    return campaign.replace(settings={**settings, **campaign.settings})


def _with_metrics(campaign: Campaign, packs: Sequence[Pack]) -> Campaign:
    """Fields that the goal names are read as the packs know it, not looked for by name."""
    known: dict[str, Mapping[str, Any]] = {}
    for pack in reversed(packs):
        metrics = pack.defaults.get("metrics", {}).items()
        known |= {name: how for name, how in metrics if how is not None}
    cases = []
    for case in campaign.cases:
        own = {name: how for name, how in case.metrics.items() if how and not _is_named(how)}
        metrics = {name: _known(how, {**known, **own}) for name, how in case.metrics.items()}
        cases.append(case.replace(metrics=metrics))
    metrics = {name: _known(how, known) for name, how in campaign.metrics.items()}
    return campaign.replace(cases=tuple(cases), metrics=metrics)


def _redirected(campaign: Campaign, packs: Sequence[Pack]) -> list[ReviewNote]:
    """What the goal bounds, but a pack says how to read: whoever wrote the bound must know."""
    told: dict[tuple[str, str], list[str]] = {}
    whose: dict[tuple[str, str], Pack] = {}
    common = {item.field for item in campaign.tolerances}
    for case in campaign.cases:
        own = {each.field for each in case.limits if not (each.label or "").startswith("pack ")}
        for field in sorted(common | own):
            how = _place(_reader(campaign, case, field))
            pack = next((each for each in packs if how in _readings(each)), None)
            if pack is not None and not _names(how, field):
                key = field, _shown(how)
                whose[key] = pack
                told.setdefault(key, []).append(case.id)
    return [
        _note(whose[field, how], f"`{field}` is read as {how}{_of(ids, campaign)}")
        for (field, how), ids in told.items()
    ]


def _names(how: Mapping[str, Any], field: str) -> bool:
    """Whether it is read under its own name, as anybody would expect: E_long for `elong`."""
    names = [str(value) for key, value in how.items() if key not in {"pick", "regex"}]
    return len(names) == 1 and "regex" not in how and _bare(names[0]) == _bare(field)


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _readings(pack: Pack) -> list[dict[str, Any]]:
    """Every way to read a field that a pack has."""
    parts = [pack.defaults]
    for reader in pack.workloads:
        parts += [reader, *reader.get("also", ())]
    return [_place(how) for part in parts for how in part.get("metrics", {}).values() if how]


def _shown(how: Mapping[str, Any]) -> str:
    from fermilink_scaffold.templating.yamltext import flow

    return flow(dict(how))


def _of(ids: Sequence[str], campaign: Campaign) -> str:
    """Which cases, where it is not all of them."""
    return "" if len(ids) == len(campaign.cases) else f" for {', '.join(ids)}"


def _is_named(how: Mapping[str, Any]) -> bool:
    return "find" in how and how.keys() <= {"find", "optional"}


def _known(how: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    if not how or not _is_named(how) or how["find"] not in known:
        return how
    better = known[how["find"]]
    return {**better, "optional": True} if how.get("optional") else dict(better)


def _with_tolerances(
    campaign: Campaign, packs: Sequence[Pack], notes: list[ReviewNote]
) -> Campaign:
    """Bounds on fields that cases report and no bound of the user's holds."""
    seen: set[str] = set()
    for pack in packs:
        for given in pack.defaults.get("tolerances", ()):
            if given["field"] not in seen:
                campaign = _with_tolerance(campaign, pack, given, notes)
            seen.add(given["field"])
    return campaign


def _with_tolerance(
    campaign: Campaign, pack: Pack, given: Mapping[str, Any], notes: list[ReviewNote]
) -> Campaign:
    field = given["field"]
    reporting = [case for case in campaign.cases if _reader(campaign, case, field)]
    free = [case for case in reporting if not _is_bounded(campaign, case, field)]
    if not free:
        return campaign
    comparison, bound = _bound(given)
    name = field
    if len(free) < len(reporting):
        # The other cases have a bound of the user's, which need not be as tight.
        name = f"{field}_default"
        ids = {case.id for case in free}
        cases = tuple(
            case.replace(metrics={**case.metrics, name: _reader(campaign, case, field) or {}})
            if case.id in ids
            else case
            for case in campaign.cases
        )
        campaign = campaign.replace(cases=cases)
    optional = len(free) < len(campaign.cases) or bool(given.get("optional"))
    text = given.get("label") or f"{field} within {bound:g} ({comparison})"
    tolerance = Tolerance(
        field=name,
        comparison=comparison,
        bound=bound,
        label=f"{text} (pack {pack.name})",
        optional=optional,
    )
    which = _of([case.id for case in free], campaign)
    words = f"the tolerance on {field}{which} is assumed: {comparison} {bound:g}"
    notes.append(_note(pack, words))
    return campaign.replace(tolerances=(*campaign.tolerances, tolerance))


def _reader(campaign: Campaign, case: Case, field: str) -> Mapping[str, Any] | None:
    """How a case's field is read; None when it does not report it."""
    return {**campaign.metrics, **case.metrics}.get(field)


def _is_bounded(campaign: Campaign, case: Case, field: str) -> bool:
    """Whether a tolerance of the user's compares the field, maybe under another name."""
    reader = _place(_reader(campaign, case, field))
    return any(
        _place(_reader(campaign, case, item.field)) == reader or item.field == field
        for item in campaign.tolerances
        if _reader(campaign, case, item.field) is not None
    )


def _place(reader: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a field is read from, whether or not it must be there."""
    return {key: value for key, value in (reader or {}).items() if key != "optional"}


def _bound(given: Mapping[str, Any]) -> tuple[Any, float]:
    wanted = given.get("comparison")
    for name in _COMPARISONS:
        value = given.get(name, given.get(f"max_{name}"))
        if value is not None and wanted in {None, name}:
            return name, float(value)
    return wanted or "abs_delta", 0.0


def _tracked(glob: str, repository: Repository) -> bool:
    if glob in repository.files:
        return True
    return any(fnmatch.fnmatchcase(path, glob) for path in repository.files)


def _note(pack: Pack, text: str) -> ReviewNote:
    return ReviewNote(text=text, source=Source(file=f"from pack {pack.name}"))
