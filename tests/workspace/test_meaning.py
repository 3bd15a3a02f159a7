from __future__ import annotations

import pytest
import yaml

from fermilink_scaffold.workspace.meaning import (
    compiled_changes,
    contract_changes,
    script_changed,
)

CONTRACT = """\
# A comment.
package_id: heat
goal_context: {target: faster}
campaign: {max_iterations: 120}
controller:
  measured_runs: 3
  objective: {primary_metric: wall_seconds, direction: minimize}
correctness:
  mode: field_tolerances
  field_tolerances:
    - {field: e_tot, abs_delta: 1.0e-07, comparison: abs_delta, label: "e_tot (goal.md:31)"}
performance_guardrails: {max_case_regression: 0.1}
runtime: {mode: direct, env: {OMP_NUM_THREADS: "1"}}
metrics: {e_tot: {find: e_tot}}
cases:
  - {id: train-a, description: small, command: [heat, "1"]}
  - {id: test-b, description: large, command: [heat, "2"]}
split: {train_case_ids: [train-a]}
"""


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("# A comment.\n", "# Another one.\n", ()),
        ("(goal.md:31)", "(goal.md:33)", ()),
        ("description: small", "description: tiny", ()),
        ("target: faster", "target: much faster", ()),
        ("max_iterations: 120", "max_iterations: 10", ()),
        ("1.0e-07, comparison", "5.0e-08, comparison", ("tolerances",)),
        ('[heat, "1"]', '[heat, "3"]', ("cases",)),
        ("e_tot: {find: e_tot}", "e_tot: {find: energy}", ("cases",)),
        (
            "train_case_ids: [train-a]",
            "train_case_ids: []",
            ("the split into train and test cases",),
        ),
        (
            "primary_metric: wall_seconds",
            "primary_metric: e_tot",
            ("metric and rules of judgement",),
        ),
        ('OMP_NUM_THREADS: "1"', 'OMP_NUM_THREADS: "2"', ("how cases are run",)),
        ("cases:\n", "cases: [\n", ("the contract, which cannot be read",)),
    ],
)
def test_a_contract_means_the_same_whatever_its_prose_says(old, new, parts):
    assert old in CONTRACT
    changed = CONTRACT.replace(old, new, 1)
    assert contract_changes(CONTRACT.encode(), changed.encode()) == parts


@pytest.mark.parametrize(
    ("path", "before", "after", "changed"),
    [
        ("x.py", b"x = 1\n", b"# why\n\nx = 1  # so\n", False),
        ("x.py", b'"""Old."""\ndef f():\n    """Old."""\n    return 1\n', b'"""New."""\ndef f():\n    return 1\n', False),
        ("x.py", b"x = 1\n", b"x = 2\n", True),
        ("x.py", b"x = 1\n", b"x = (\n", True),
        ("x.py", b"def f():\n    return 1\n", b"def f():\n    pass\n    return 1\n", True),
        ("x.sh", b"make\n", b"# build\n\nmake\n", False),
        ("x.sh", b"make\n", b"make -j\n", True),
        ("x.sh", b"cat <<E\n# a\nE\n", b"cat <<E\n# b\nE\n", True),
    ],
)  # fmt: skip
def test_comments_of_a_script_mean_nothing(path, before, after, changed):
    assert script_changed(path, before, after) is changed


def test_the_compiled_change_is_told_in_words():
    new = yaml.safe_load(CONTRACT)
    new["correctness"]["field_tolerances"] = [
        {"field": "e_tot", "abs_delta": 5e-8, "comparison": "abs_delta", "label": "e (goal.md:31)"},
        {"field": "gap", "relative_delta": 0.001, "comparison": "relative_delta", "label": "g"},
    ]
    new["cases"][0]["command"] = ["heat", "3"]
    new["cases"][1]["id"] = "test-c"
    new["controller"]["measured_runs"] = 5
    assert compiled_changes(CONTRACT.encode(), new) == (
        "tolerance on e_tot: 1e-7 to 5e-8, goal.md line 31",
        "tolerance on gap: relative_delta 0.001, new",
        'case train-a command: ["heat", "1"] to ["heat", "3"]',
        "case test-b: gone",
        "case test-c: new",
        "controller measured_runs: 3 to 5",
    )


def test_without_a_readable_contract_nothing_is_told():
    assert compiled_changes(b"cases: [", {}) == ()
