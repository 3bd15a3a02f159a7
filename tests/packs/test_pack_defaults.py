"""What a pack assumes where the user says nothing, and what it leaves alone."""

from __future__ import annotations

import pytest

PACK = r"""
name: sample
defaults:
  metric: energy_rate
  direction: maximize
  editable: ["src/**", "lib/**"]
  immutable: ["data/**", "nowhere/**"]
  env: {THREADS: "1", LEVEL: "2"}
  settings: {controller.measured_runs: 5, campaign.max_iterations: 7}
  metrics:
    energy: {regex: 'E = (\S+)'}
    total_energy: {json: energy}
    energy_rate: {json: rate}
  tolerances:
    - {field: energy, abs_delta: 1.0e-08}
    - {field: cycles, abs_delta: 0, label: the same cycles}
    - {field: nowhere, abs_delta: 0}
  build:
    - {files: [CMakeLists.txt], script: cmake}
    - {files: [Makefile], script: "make {{ variables.target }}"}
    - {script: never}
variables:
  target: {type: text, default: all, help: The target of make.}
workloads:
  - examples: [molecule H2O]
    pattern: '^molecule (?P<name>\w+)'
    command: [python, src/solver.py, "{{ name }}"]
    metrics:
      energy: {json: scf.energy}
      cycles: {json: cycles}
      rate: {json: rate}
"""
CORRECTNESS = "## Correctness Constraints\n\n"


@pytest.fixture
def pack(write_pack):
    return str(write_pack(PACK))


def tolerances(made):
    return [
        {key: value for key, value in item.items() if key != "comparison"}
        for item in made.contract["correctness"].get("field_tolerances", ())
    ]


def notes(made):
    return [str(note) for note in made.campaign.review_notes]


def test_each_default_that_is_used_is_told(scaffold, pack):
    made = scaffold("train-a: molecule H2O", "test-a: molecule NH3", template_dirs=[pack])
    told = [note for note in notes(made) if note.startswith("from pack sample: ")]
    assert [note.removeprefix("from pack sample: ") for note in told] == [
        "the editable scope is src/**",
        "the metric is energy_rate",
        "the build is make all",
        "no candidate may change data/**",
        "runtime.env.THREADS is set to '1'",
        "runtime.env.LEVEL is set to '2'",
        "controller.measured_runs is set to 5",
        "campaign.max_iterations is set to 7",
        "the tolerance on energy is assumed: abs_delta 1e-08",
        "the tolerance on cycles is assumed: abs_delta 0",
    ]
    contract = made.contract
    assert contract["repo"] == {"editable_paths": ["src/**"], "immutable_paths": ["data/**"]}
    assert contract["controller"]["objective"]["primary_metric"] == "energy_rate"
    assert contract["controller"]["objective"]["direction"] == "maximize"
    assert contract["controller"]["measured_runs"] == 5
    assert contract["campaign"]["max_iterations"] == 7
    assert contract["runtime"]["env"]["LEVEL"] == "2"
    assert contract["metrics"] == {"energy_rate": {"json": "rate"}}
    assert tolerances(made) == [
        {"field": "energy", "abs_delta": 1e-8, "label": "energy within 1e-08 (abs_delta) (pack sample)"},
        {"field": "cycles", "abs_delta": 0.0, "label": "the same cycles (pack sample)"},
    ]  # fmt: skip
    assert not [note for note in notes(made) if "no correctness bound was found" in note]


def test_what_the_user_says_wins(scaffold, pack):
    made = scaffold(
        "a: molecule H2O",
        template_dirs=[pack],
        extra=f"{CORRECTNESS}- `energy` within 1e-5 of the baseline\n\n## Build\n\n```sh\nmine\n```\n",
        metric="wall_seconds",
        editable=["src/solver.py", "data/**"],
        set={"runtime.env.LEVEL": "9", "controller.measured_runs": 3},
        variables={"target": "unused"},
    )
    assert made.contract["controller"]["objective"]["primary_metric"] == "wall_seconds"
    assert made.contract["controller"]["measured_runs"] == 3
    assert made.contract["runtime"]["env"]["LEVEL"] == "9"
    assert not [note for note in notes(made) if "LEVEL" in note or "measured_runs" in note]
    assert made.contract["repo"]["editable_paths"] == ["src/solver.py", "data/**"]
    assert "data/**" not in made.contract["repo"].get("immutable_paths", ())
    assert made.campaign.build.script == "mine"
    assert [item["field"] for item in tolerances(made)] == ["energy", "cycles"]
    assert tolerances(made)[0]["abs_delta"] == 1e-5


def test_a_bound_for_some_cases_leaves_the_default_to_the_others(scaffold, pack):
    made = scaffold(
        "train-uks: molecule O2",
        "test-rks: molecule H2O",
        template_dirs=[pack],
        extra=f"{CORRECTNESS}- `energy` within 1e-5 of the baseline for UKS cases\n",
    )
    assert [(item["field"], item["abs_delta"], item.get("optional")) for item in tolerances(made)] == [
        ("energy_uks", 1e-5, True),
        ("energy_default", 1e-8, True),
        ("cycles", 0.0, None),
    ]  # fmt: skip
    cases = {case["id"]: case["metrics"] for case in made.contract["cases"]}
    assert cases["train-uks"]["energy_uks"] == {"json": "scf.energy"}
    assert "energy_default" not in cases["train-uks"]
    assert cases["test-rks"]["energy_default"] == {"json": "scf.energy"}


def test_a_field_of_the_goal_is_read_as_the_pack_knows_it(scaffold, pack):
    made = scaffold(
        "a: `python src/solver.py --fast`",
        template_dirs=[pack],
        extra=f"{CORRECTNESS}- `total_energy` within 1e-5 of the baseline\n- `other` within 1e-5\n",
        metric="wall_seconds",
    )
    metrics = made.contract["metrics"]
    assert metrics["total_energy"] == {"json": "energy", "optional": True}
    assert metrics["other"] == {"find": "other", "optional": True}
    assert [item["field"] for item in tolerances(made)] == ["total_energy", "other"]


def test_a_tolerance_on_what_only_some_cases_report_is_optional(scaffold, pack):
    made = scaffold(
        "a: molecule H2O",
        "b: `python src/solver.py --fast`",
        template_dirs=[pack],
        metric="wall_seconds",
    )
    assert [(item["field"], item["optional"]) for item in tolerances(made)] == [
        ("energy", True),
        ("cycles", True),
    ]
    assert "from pack sample: the tolerance on energy for a is assumed: abs_delta 1e-08" in notes(
        made
    )


def test_what_the_goal_bounds_is_told_where_a_pack_reads_it(scaffold, write_pack):
    text = """
name: sample
defaults:
  metrics: {temperature: {find: steps}, pressure: {column: Pres_sure, pick: last}, unbound: {find: x}}
workloads:
  - examples: [rod]
    pattern: rod
    command: [python, src/solver.py]
    metrics: {heat_error: {json: steps}}
    expect: {heat_error: {max: 1.0e+10}, residual: {max: 1.0}}
"""
    made = scaffold(
        "train-a: rod",
        "test-b: `python src/solver.py --fast`",
        template_dirs=[str(write_pack(text))],
        extra=f"{CORRECTNESS}- `temperature` within 1e-9\n- `heat_error` <= 1e-10\n"
        "- `pressure` within 1e-9\n",
    )
    assert [note for note in notes(made) if " is read as " in note] == [
        "from pack sample: `heat_error` is read as {json: steps} for train-a",
        "from pack sample: `temperature` is read as {find: steps}",
    ]
    bounds = [case["expect"]["heat_error"]["max"] for case in made.contract["cases"]]
    assert bounds == [1e-10, 1e-10]
