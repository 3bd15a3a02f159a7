"""A contract without a fault, as text, and what the checks say about changes of it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from fermilink_scaffold.contract.checks import validate
from fermilink_scaffold.contract.load import parse_contract
from fermilink_scaffold.contract.problems import report

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["VALID", "changed", "said", "valid_data"]

VALID = r"""schema_version: 1
benchmark_id: mycode-goal
package_id: mycode
goal_context:
  target: "Make the solver faster."
  initial_hypothesis: ""
repo:
  editable_paths: ["src/**"]
  immutable_paths: ["tests/**"]
campaign:
  max_iterations: 120
  stop_on_consecutive_rejections: 30
worker:
  max_iterations: 20
  wait_seconds: 5
  max_wait_seconds: 6000
  pid_stall_seconds: 900
controller:
  timeout_seconds: 3600
  warmup_runs: 1
  measured_runs: 3
  aggregation: {timing: median, memory: max, iterations: median}
  reject_on: [correctness_failure, timeout, crash]
  objective:
    primary_metric: wall_seconds
    direction: minimize
    min_relative_improvement: 0.02
    tie_relative_tolerance: 0.005
    case_aggregation: geometric_mean
correctness:
  mode: field_tolerances
  require_all_cases_converged: true
  field_tolerances:
    - field: energy
      abs_delta: 1.0e-06
      comparison: abs_delta
      label: "energy within 1e-6 (goal.md:31)"
    - field: forces
      rms_delta: 1.0e-05
      optional: true
performance_guardrails:
  max_case_regression: 0.10
runtime:
  mode: direct
  command:
    - "{project_root}/.fermilink-optimize/env/bin/python"
    - "{project_root}/.fermilink-optimize/autogen/benchmark_runner.py"
    - --benchmark
    - "{benchmark}"
    - --run-dir
    - "{run_dir}"
    - --emit-json
  env:
    OMP_NUM_THREADS: "1"
    FERMILINK_GOAL_INPUT_ROOT: .fermilink-optimize/inputs/all
  env_passthrough: [CUDA_VISIBLE_DEVICES]
  pre_commands:
    - [bash, -c, 'set -e; cat src/solver.c', build, "{run_dir}", "{project_root}"]
metrics:
  energy: {find: energy}
cases:
  - id: train-h2o
    description: "H2O, small basis"
    command: [sh, bench.sh, "{inputs}/h2o.xyz"]
    timeout_seconds: 300.0
    weight: 1.0
    basis: sto-3g
    cells: [1, 2.5, null, true, {deep: text}]
  - id: test-benzene
    command: [sh, bench.sh, "{inputs}/benzene.xyz"]
    cwd: bench
    env: {LEVEL: "2"}
    timeout_seconds: 600.0
    repeats: 2
    warmup_repeats: 1
    outputs: [result.json]
    mpi_ranks: 4
    metrics:
      energy: {regex: 'E\(RHF\) = (\S+)', group: 1, pick: last, count: 1}
      forces: {json: result.forces, file: result.json, length: 3}
      status: {find: status, text: true}
    expect:
      energy: {value: -230.1, abs: 1.0e-06, max: 0}
      forces: {value: [0.0, 0.0, 0.0], abs: 1.0e-03}
      status: {text: converged}
split:
  train_case_ids: [train-h2o]
reporting: {anything: [1, 2]}
"""


def valid_data() -> dict[str, Any]:
    return parse_contract(VALID, file="benchmark.yaml").data


def said(text: str) -> str:
    """The whole report on a contract's text."""
    contract = parse_contract(text, file="benchmark.yaml")
    return report(validate(contract.data, contract.positions, file=contract.file))


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    """The whole report on the valid contract's data after a change of it."""
    data = copy.deepcopy(valid_data())
    change(data)
    return report(validate(data))
