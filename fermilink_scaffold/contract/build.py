"""The contract's data, from the specification: the one border between records and YAML."""

from __future__ import annotations

from fermilink_scaffold import layout
from fermilink_scaffold.contract.prebuild import build_command, hand_over_command
from fermilink_scaffold.errors import ScaffoldError

__all__ = ["contract_data"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fermilink_scaffold.spec.model import Campaign, Case, Limit, Tolerance

#: One thread everywhere unless the contract says otherwise: the same work on every machine.
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLIS_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "JULIA_NUM_THREADS",
)


def contract_data(campaign: Campaign) -> dict[str, Any]:
    """`benchmark.yaml` as plain data, its keys in the order in which people read them.

    Raises `ScaffoldError` when a `--set` key leads through a value that is not a mapping.
    """
    data: dict[str, Any] = {
        "schema_version": 1,
        "benchmark_id": campaign.benchmark_id,
        "package_id": campaign.package_id,
        "goal_context": {"target": campaign.target},
        "repo": _without_empty(
            {
                "editable_paths": list(campaign.editable),
                "immutable_paths": list(campaign.immutable),
            }
        ),
        "campaign": {"max_iterations": 120, "stop_on_consecutive_rejections": 30},
        "worker": {
            "max_iterations": 20,
            "wait_seconds": 5.0,
            "max_wait_seconds": 6000.0,
            "pid_stall_seconds": 900.0,
        },
        "controller": _controller(campaign),
        "correctness": _correctness(campaign),
        "performance_guardrails": {"max_case_regression": 0.1},
        "runtime": _runtime(campaign),
    }
    if campaign.metrics:
        data["metrics"] = {name: dict(how) for name, how in campaign.metrics.items()}
    data["cases"] = [_case(case) for case in campaign.cases]
    if campaign.train_case_ids:
        data["split"] = {"train_case_ids": list(campaign.train_case_ids)}
    for key, value in campaign.settings.items():
        _set(data, key, value)
    return data


def _controller(campaign: Campaign) -> dict[str, Any]:
    objective = campaign.objective
    return {
        "timeout_seconds": 3600,
        "warmup_runs": 1,
        "measured_runs": 3,
        "aggregation": {"timing": "median", "memory": "max", "iterations": "median"},
        "reject_on": ["correctness_failure", "timeout", "crash"],
        "objective": {
            "primary_metric": objective.primary_metric,
            "direction": objective.direction,
            "min_relative_improvement": objective.min_relative_improvement,
            "tie_relative_tolerance": objective.tie_relative_tolerance,
            "case_aggregation": "geometric_mean",
        },
    }


def _correctness(campaign: Campaign) -> dict[str, Any]:
    if not campaign.tolerances:
        return {
            "mode": "runner_only",
            "allow_runner_only": True,
            "require_all_cases_converged": True,
        }
    return {
        "mode": "field_tolerances",
        "require_all_cases_converged": True,
        "field_tolerances": [_tolerance(item) for item in campaign.tolerances],
    }


def _tolerance(tolerance: Tolerance) -> dict[str, Any]:
    data: dict[str, Any] = {
        "field": tolerance.field,
        tolerance.comparison: tolerance.bound,
        "comparison": tolerance.comparison,
        "label": tolerance.label,
    }
    return {**data, "optional": True} if tolerance.optional else data


def _runtime(campaign: Campaign) -> dict[str, Any]:
    env = dict.fromkeys(_THREADS, "1")
    if campaign.inputs:
        env["FERMILINK_GOAL_INPUT_ROOT"] = layout.ALL_INPUTS
    measure = ["--benchmark", "{benchmark}", "--run-dir", "{run_dir}", "--emit-json"]
    data: dict[str, Any] = {
        "mode": "direct",
        "command": [*_python(layout.RUNNER), *measure],
        "env": env,
        "pre_commands": [hand_over_command()],
    }
    if campaign.build is not None and campaign.build.script.strip():
        data["pre_commands"].insert(0, build_command(campaign.build))
    if campaign.hpc_profile is not None:
        data |= _submitted(measure)
    return data


def _submitted(measure: list[str]) -> dict[str, Any]:
    """What is different when the launcher starts the runner and FermiLink polls for its result."""
    result = "{run_dir}/result.json"
    runner = f"{{project_root}}/{layout.RUNNER}"
    return {
        "mode": "submit_poll",
        "command": [
            *_python(layout.LAUNCHER),
            *measure,
            *("--result-json", result),
            # FermiLink's own launcher, which may stand in for ours, has no default.
            *("--runner", runner),
        ],
        "result_json_path": result,
        # The process that is polled only waits: without CPU time FermiLink would call it stuck.
        "pid_stall_seconds": 0,
    }


def _python(script: str) -> list[str]:
    """Isolated (-I), so that a PYTHONPATH of the user's cannot shadow what it imports."""
    return [f"{{project_root}}/{layout.ENV}/bin/python", "-I", f"{{project_root}}/{script}"]


def _case(case: Case) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": case.id,
        "description": case.description,
        "command": list(case.command),
        "cwd": case.cwd,
        "env": dict(case.env),
        "timeout_seconds": case.timeout_seconds,
        "repeats": case.repeats,
        "warmup_repeats": case.warmup_repeats,
        "mpi_ranks": case.mpi_ranks,
        "outputs": list(case.outputs),
        "metrics": {name: dict(how) for name, how in case.metrics.items()},
        "expect": _expect(case.limits),
    }
    return {**_without_empty(data), "weight": case.weight, **case.extra}


def _expect(limits: tuple[Limit, ...]) -> dict[str, dict[str, Any]]:
    """Several limits on one field hold together: of two bounds the tighter one counts."""
    expect: dict[str, dict[str, Any]] = {}
    for limit in limits:
        bounds = expect.setdefault(limit.field, {})
        given = {
            "value": limit.value,
            "abs": limit.absolute,
            "rel": limit.relative,
            "min": limit.minimum,
            "max": limit.maximum,
            "text": limit.text,
            "label": limit.label or None,
        }
        for key, value in given.items():
            if value is None:
                continue
            tighter = max if key == "min" else min
            bounds[key] = (
                tighter(bounds[key], value) if key in {"min", "max"} & bounds.keys() else value
            )
    return expect


def _without_empty(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value not in (None, "", [], {})}


def _set(data: dict[str, Any], dotted: str, value: Any) -> None:
    """Set one key; `cases.ID.KEY` is a key of the case with that id."""
    *path, last = dotted.split(".")
    here: Any = data
    for index, key in enumerate(path):
        if isinstance(here, list):
            below = next((item for item in here if item.get("id") == key), None)
        else:
            below = here.setdefault(key, {})
        if not isinstance(below, dict | list) or (isinstance(below, list) and key != "cases"):
            raise ScaffoldError(
                f"--set {dotted}: there is no mapping {'.'.join(path[: index + 1])}",
                hint="The contract's keys are listed in the README.",
            )
        here = below
    if isinstance(here, list):
        raise ScaffoldError(f"--set {dotted}: name a case and a key: cases.ID.KEY=VALUE")
    here[last] = value
