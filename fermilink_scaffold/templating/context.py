"""What templates see: plain data under flat, documented names.

The agent reads rendered text, so nothing here may tell it about held-out cases: text
written by people is shown without their ids, commands and input names.
"""

from __future__ import annotations

import re
import shlex

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fermilink_scaffold.packs.serve import Packs
    from fermilink_scaffold.spec.model import Campaign

__all__ = ["template_context"]

_HIDDEN = "[held out]"
_SPAN = re.compile(r"`([^`]+)`")
#: Functions of each ranking that are shown.
_RANKED = 6


def template_context(
    campaign: Campaign,
    contract: Mapping[str, Any],
    answers: Mapping[str, Any] | None = None,
    packs: Packs | None = None,
) -> dict[str, Any]:
    """The names that every template may use.

    `answers` is what the user gave explicitly, in the form of scaffold.yaml; `packs` those
    that serve the campaign. Raises
    ScaffoldError where a value is not plain data (a date in YAML, say).
    """
    shown = _without_held_out(campaign)
    context = {
        **_places(campaign),
        **_judgement(contract),
        #: Who and what.
        "package_id": campaign.package_id,
        "benchmark_id": campaign.benchmark_id,
        "mode": campaign.mode,
        "language": campaign.language,
        "target": shown(campaign.target),
        "notes": shown(campaign.notes).strip("\n"),
        #: Scope: lists of globs on the whole path.
        "editable": list(campaign.editable),
        "immutable": list(campaign.immutable),
        #: The cases the agent may see; `has_held_out` when there are others.
        "cases": [_case(case) for case in _shown_cases(campaign, contract)],
        "has_held_out": bool(campaign.train_case_ids),
        "has_inputs": bool(campaign.inputs),
        #: Correctness: the compiled tolerances with their labels, and the other bullets.
        "tolerances": [
            {**item, "label": shown(item.get("label", ""))}
            for item in _shown_tolerances(campaign, contract)
        ],
        "constraints": _constraints(campaign, shown),
        **_repository(campaign),
        **_survey(campaign.survey),
        #: The whole contract; for benchmark.yaml, not for what the agent reads.
        "contract": dict(contract),
        "answers": dict(answers or {}),
        "review_notes": [str(note) for note in campaign.review_notes],
        #: The packs in use, first one first, and the values of their variables.
        "packs": [pack.name for pack in packs.packs] if packs else [],
        "variables": dict(packs.variables) if packs else {},
    }
    _check_plain(context, "context")
    return context


def _constraints(campaign: Campaign, shown: Callable[[str], str]) -> list[dict[str, Any]]:
    """The bullets that no tolerance stands for, each once."""
    compared = {(item.text, item.source) for item in campaign.constraints if item.tolerances}
    others = {
        (item.text, item.source): bool(item.limits)
        for item in campaign.constraints
        if (item.text, item.source) not in compared
    }
    return [
        #: `compiled` is False when no number was found in it.
        {"text": shown(text), "source": str(source), "compiled": compiled}
        for (text, source), compiled in others.items()
    ]


def _places(campaign: Campaign) -> dict[str, Any]:
    split = bool(campaign.train_case_ids)
    return {
        #: The contract as the agent sees it: without the held-out cases.
        "benchmark_rel": layout.WORKER_BENCHMARK if split else layout.BENCHMARK,
        "contract_rel": layout.BENCHMARK,
        "runner_rel": layout.RUNNER,
        "program_rel": layout.PROGRAM,
        "controller_memory_rel": layout.MEMORY,
        "worker_memory_rel": layout.WORKER_MEMORY,
        "results_rel": layout.RESULTS,
        "env_rel": layout.ENV,
        "setup_env_rel": layout.SETUP_ENV,
        #: FermiLink's own default for a campaign's branch.
        "optimize_branch": f"fermilink-optimize/{campaign.package_id}",
        #: 0 while seeding; every iteration writes its own number.
        "worker_iteration": 0,
    }


def _judgement(contract: Mapping[str, Any]) -> dict[str, Any]:
    controller = contract["controller"]
    objective = controller["objective"]
    return {
        "primary_metric": objective["primary_metric"],
        "direction": objective["direction"],
        #: Fractions: 0.02 is two per cent.
        "min_relative_improvement": objective["min_relative_improvement"],
        "case_aggregation": objective.get("case_aggregation", "geometric_mean"),
        #: None when the per-case guard is off.
        "max_case_regression": contract.get("performance_guardrails", {}).get(
            "max_case_regression"
        ),
        "warmup_runs": controller["warmup_runs"],
        "measured_runs": controller["measured_runs"],
        "max_iterations": contract["campaign"]["max_iterations"],
        "stop_on_consecutive_rejections": contract["campaign"]["stop_on_consecutive_rejections"],
        "worker_max_iterations": contract["worker"]["max_iterations"],
        "correctness_mode": contract["correctness"]["mode"],
        "runtime_env": dict(contract["runtime"]["env"]),
        "submit_poll": contract["runtime"]["mode"] == "submit_poll",
    }


def _repository(campaign: Campaign) -> dict[str, Any]:
    repository = campaign.repository
    return {
        #: The build block of the goal; empty when there is none.
        "build_script": campaign.build.script.strip("\n") if campaign.build else "",
        "build_system": repository.build_system,
        "build_commands": list(repository.build_commands),
        "test_commands": list(repository.test_commands),
        "benchmarks": list(repository.benchmarks),
        "compiled": repository.compiled,
    }


def _survey(survey: Mapping[str, Any]) -> dict[str, Any]:
    """The survey's rankings (goal_analysis.json), with the tests that touch each place."""
    ranked = [
        *survey.get("deepest_loops", ())[:_RANKED],
        *survey.get("longest_functions", ())[:_RANKED],
    ]
    touching = {
        (entry["file"], entry["name"]): entry["tests"]
        for entry in survey.get("functions", ())
        if "tests" in entry
    }
    places = {(entry["file"], entry["first_line"]): entry for entry in ranked}
    return {
        #: Functions with the deepest loops, then the longest ones.
        "places": [
            {**entry, "tests": list(touching.get((entry["file"], entry["name"]), ()))}
            for entry in places.values()
        ],
        "source_files": survey.get("scope", {}).get("source_files", 0),
        "source_lines": sum(item["lines"] for item in survey.get("languages", ())),
    }


def _case(case: Mapping[str, Any]) -> dict[str, Any]:
    command = [str(word) for word in case["command"]]
    return {
        "id": case["id"],
        "description": _described(case.get("description", ""), command),
        "command": command,
        #: The command as one would type it.
        "command_text": shlex.join(command),
        "cwd": case.get("cwd"),
        "env": dict(case.get("env", {})),
        "weight": case.get("weight", 1.0),
        "mpi_ranks": case.get("mpi_ranks"),
    }


def _described(description: str, command: list[str]) -> str:
    """The description without the command in backticks: that is shown anyway."""

    def is_command(span: re.Match[str]) -> bool:
        return span[1].split() == " ".join(command).replace("{inputs}/", "").split()

    text = _SPAN.sub(lambda span: "" if is_command(span) else span[0], description)
    return description if text == description else " ".join(text.split()).strip(" ,;:-–—")


def _shown_cases(campaign: Campaign, contract: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    ids = {case.id for case in campaign.worker_cases}
    return [case for case in contract["cases"] if case["id"] in ids]


def _shown_tolerances(campaign: Campaign, contract: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All but the optional ones of fields that only held-out cases report."""
    cases = _shown_cases(campaign, contract)
    reported = {name for case in cases for name in case.get("metrics", {})}
    reported |= contract.get("metrics", {}).keys()
    return [
        item
        for item in contract["correctness"].get("field_tolerances", [])
        if not (campaign.train_case_ids and item.get("optional") and item["field"] not in reported)
    ]


def _without_held_out(campaign: Campaign) -> Callable[[str], str]:
    """A function that takes what identifies the held-out cases out of a text."""
    shown_ids = {case.id for case in campaign.worker_cases}
    hidden_ids = {case.id for case in campaign.cases} - shown_ids
    telling = _telling(campaign, hidden_ids) - _telling(campaign, shown_ids)
    if not telling:
        return lambda text: text
    longest_first = "|".join(map(re.escape, sorted(telling, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w-])(?:{longest_first})(?![\w-])")
    return lambda text: pattern.sub(_HIDDEN, text)


def _telling(campaign: Campaign, ids: set[str]) -> set[str]:
    """Ids, input names, and texts and commands of some words; no word of plain prose."""
    cases = [case for case in campaign.cases if case.id in ids]
    words = {case.id for case in cases if not case.id.isalpha()}
    words |= {text for case in cases if len((text := shlex.join(case.command)).split()) > 1}
    words |= {case.description for case in cases if len(case.description.split()) > 2}
    for item in campaign.inputs:
        if not item.case_ids or ids.intersection(item.case_ids):
            words |= {item.path, item.path.rpartition("/")[2]}
    return words


def _check_plain(value: Any, where: str) -> None:
    """Templates get data and nothing that could be called or changed behind their back."""
    kind = type(value)
    if kind is dict:
        for key, item in value.items():
            if type(key) not in (str, int, float, bool):
                raise ScaffoldError(f"{where} has the key {key!r}, which is not plain data")
            _check_plain(item, f"{where}.{key}")
    elif kind is list:
        for index, item in enumerate(value):
            _check_plain(item, f"{where}[{index}]")
    elif kind not in (str, int, float, bool, type(None)):
        raise ScaffoldError(
            f"{where} is a {kind.__name__}, which is not plain data", hint="Write it as text."
        )
