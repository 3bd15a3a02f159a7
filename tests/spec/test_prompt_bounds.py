"""Bounds in a prompt's free text: compiled by the goal's compiler, and none lost without a note."""

from __future__ import annotations

import pytest

from fermilink_scaffold.spec.prompt.document import parse_prompt
from fermilink_scaffold.spec.text.named_files import Places

OTHER = "it may name another value; put its printed name in backticks"
RUNS = "\n\n- small: `python run.py 1`\n- large: `python run.py 2`\n"


def outcome(text, directory):
    """`field bound [cases]` for each bound, and the notes that speak of a bound."""
    draft = parse_prompt(text + RUNS, Places(file="prompt.md", directory=str(directory)))
    lines = []
    for constraint in draft.constraints:
        cases = f" [{' | '.join(constraint.case_words)}]" if constraint.case_words else ""
        lines += [
            f"{each.field} {each.comparison} {each.bound:.6g}{cases}"
            for each in constraint.tolerances
        ]
        for each in constraint.limits:
            parts = {"value": each.value, "min": each.minimum, "max": each.maximum}
            shown = " ".join(f"{key} {size:.6g}" for key, size in parts.items() if size is not None)
            lines.append(f"{each.field} {shown}{cases}")
    notes = [str(note) for note in draft.review_notes]
    return lines, [note for note in notes if "workload" not in note and "metric" not in note]


@pytest.mark.parametrize(
    ("text", "expected", "notes"),
    [
        (
            'The `norm` must not deviate by more than 1e-12 (relative), and "Max amplitude" must stay within 0.01%.',
            ["norm relative_delta 1e-12", "Max amplitude relative_delta 0.0001"],
            [],
        ),
        ("The `residual` must stay below 1e-8.", ["residual max 1e-08"], []),
        ("Keep `norm` under 5.", ["norm max 5"], []),
        ("`gap` has to be larger than 0.1.", ["gap min 0.1"], []),
        ("Do not let `drift` grow above 1e-5.", ["drift min -1e-05 max 1e-05"], []),
        ("`errors` must be zero.", ["errors value 0"], []),
        ("`mass` must not be negative.", ["mass min 0"], []),
        ("The `e` is good to 1 ppm.", ["e relative_delta 1e-06"], []),
        ("Make it 3x faster while `e` stays within 1e-9.", ["e abs_delta 1e-09"], []),
        ("Accept at most 1% error in `e`, runtime is what matters.", ["e relative_delta 0.01"], []),
        ("The `e` must agree within 1e-6 except for large.", ["e abs_delta 1e-06 [small]"], []),
        ("The `e` must agree within 1e-6, 1e-4 for large.", ["e abs_delta 1e-06 [small]", "e abs_delta 0.0001 [large]"], []),
        ("`energy` must not change.", ["energy abs_delta 0"], []),
        ("The `energy` mustn't change.", ["energy abs_delta 0"], []),
        (
            "checksum mustn't change.",
            ["checksum abs_delta 0"],
            ["prompt.md:1: the runner looks for checksum in the output; other names go in backticks"],
        ),
        (
            "number of iterations: unchanged",
            [],
            ["prompt.md:1: nothing enforces 'number of iterations: unchanged': put the printed name in backticks"],
        ),
        ("`!    total energy` must agree to 8 decimals.", ["!    total energy abs_delta 5e-09"], []),
        (
            "The `e` must agree within 3 sigma.",
            [],
            ["prompt.md:1: '3 sigma' is not understood, so nothing of its sentence is enforced"],
        ),
        (
            "The `e` must agree within 1e-6 unless it snows.",
            ["e abs_delta 1e-06"],
            ["prompt.md:1: 'unless it snows' is not compiled: the bound holds without it, which is tighter"],
        ),
        (
            "The `e` must agree within 1e-6, and total foo must stay within 0.01%.",
            ["e abs_delta 1e-06"],
            [f"prompt.md:1: '1e-6, and total foo must stay within 0.01%' is not compiled: {OTHER}"],
        ),
    ],
)  # fmt: skip
def test_a_sentence_of_a_prompt_is_compiled_like_a_goals(text, expected, notes, tmp_path):
    assert outcome(text, tmp_path) == (expected, notes)


@pytest.mark.parametrize(
    "text",
    [
        "Nearly all the time (90 %) is spent in the kernel.",
        "It was improved by 30 % last year.",
        "Gains below 5% are not interesting.",
        "It takes 12.5 seconds, which must become less than 10.",
    ],
)
def test_a_story_and_a_wish_for_speed_bound_no_result(text, tmp_path):
    lines, _ = outcome(text, tmp_path)
    assert lines == []
