from __future__ import annotations

import copy

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from fermilink_scaffold.contract.fits import fits
from fermilink_scaffold.contract.schema import _validator, load_schema

CONTRACT = """
schema_version: 1
benchmark_id: heat-goal
package_id: heat
goal_context: {target: faster, initial_hypothesis: "", intent_level: normal}
repo: {editable_paths: ["src/**"], immutable_paths: []}
campaign: {max_iterations: 120, stop_on_consecutive_rejections: 30}
worker: {max_iterations: 20, wait_seconds: 5, max_wait_seconds: 6000, pid_stall_seconds: 900}
controller:
  timeout_seconds: 900
  warmup_runs: 1
  measured_runs: 3
  aggregation: {timing: median, memory: max, iterations: median}
  reject_on: [correctness_failure, timeout, crash]
  objective:
    primary_metric: wall_seconds
    direction: minimize
    min_relative_improvement: 0.02
    case_aggregation: geometric_mean
correctness:
  mode: field_tolerances
  require_all_cases_converged: true
  field_tolerances:
    - {field: energy, abs_delta: 1.0e-06, comparison: abs_delta, label: "energy (goal.md:31)"}
performance_guardrails: {max_case_regression: 0.10}
runtime:
  mode: direct
  command: [python, runner.py]
  env: {OMP_NUM_THREADS: "1"}
metrics:
  energy: {find: energy}
  forces: {json: forces, length: 9, optional: true}
cases:
  - id: train-a
    command: [python, bench.py]
    timeout_seconds: 300.0
    expect: {energy: {value: -75.98, abs: 1.0e-06}}
    metrics: {energy: null, gap: {regex: 'gap (\\S+)', pick: last}}
split: {train_case_ids: [train-a]}
"""
DATA = yaml.safe_load(CONTRACT)
ODD = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        2.5,
        1.0,
        "",
        "x",
        "1e-8",
        [],
        ["x"],
        [1],
        {},
        {"x": 1},
        {"find": "x"},
    ]
)


def places(data, path=()):
    yield path
    if isinstance(data, dict | list):
        for key in data if isinstance(data, dict) else range(len(data)):
            yield from places(data[key], (*path, key))


PLACES = [path for path in places(DATA) if path]


@st.composite
def contracts(draw):
    """The contract after a few changes at any depth."""
    data = copy.deepcopy(DATA)
    for _ in range(draw(st.integers(0, 2))):
        path = draw(st.sampled_from(PLACES))
        here = data
        try:
            for key in path[:-1]:
                here = here[key]
            kind = draw(st.sampled_from(["change", "remove", "add"]))
            if kind == "remove":
                del here[path[-1]]
            elif kind == "change":
                here[path[-1]] = draw(ODD)
            else:
                here[draw(st.sampled_from(["x", "command", "regex", "max", "text"]))] = draw(ODD)
        except (LookupError, TypeError):
            continue
    return data


def test_the_contract_fits():
    assert fits(DATA, load_schema())


@settings(deadline=None, max_examples=600)
@given(data=contracts())
def test_the_verdict_is_that_of_jsonschema(data):
    try:
        verdict = _validator().is_valid(data)
    except TypeError:  # jsonschema looks for a pattern in what is no text
        return
    assert fits(data, load_schema()) is verdict


def test_an_unknown_keyword_is_not_passed_over():
    with pytest.raises(KeyError):
        fits({}, {"dependentRequired": {}})


def test_the_schema_is_one():
    validator_for(load_schema()).check_schema(load_schema())
