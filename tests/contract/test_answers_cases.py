"""Keys of a case in scaffold.yaml: known ones, slips of the pen, and the domain's own."""

from __future__ import annotations

import pytest

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.answers import answers_draft, read_answers


def cases(tmp_path, *lines):
    file = tmp_path / "scaffold.yaml"
    text = "".join(f"    {line}\n" for line in ("command: ./x", *lines))
    file.write_text(f"cases:\n  train-rod:\n{text}", encoding="utf-8")
    answers = read_answers(str(file), {}, shown="scaffold.yaml")
    return answers_draft(answers, str(tmp_path)).cases


@pytest.mark.parametrize(
    ("line", "key", "near"),
    [
        ("expects: {e: {max: 1}}", "expects", "expect"),
        ("timeout_second: 3", "timeout_second", "timeout_seconds"),
        ("Weight: 2", "Weight", "weight"),
        ("mpi-ranks: 2", "mpi-ranks", "mpi_ranks"),
        ("metric: {}", "metric", "metrics"),
    ],
)
def test_a_slip_in_a_cases_key_is_an_error(tmp_path, line, key, near):
    with pytest.raises(ScaffoldError) as caught:
        cases(tmp_path, line)
    assert str(caught.value) == (
        f"scaffold.yaml:4: unknown key {key!r} of case 'train-rod'\n"
        f"Did you mean {near!r}? A key of your own needs a name that is less like it."
    )


def test_keys_of_the_domain_pass(tmp_path):
    own = ["basis: cc-pVDZ", "height: 3", "comment: hot", "limits: 5", "4: four"]
    (case,) = cases(tmp_path, "expect: {e: {max: 1}}", *own)
    assert case.settings["extra"] == {
        "basis": "cc-pVDZ",
        "height": 3,
        "comment": "hot",
        "limits": 5,
        4: "four",
    }
    assert [limit.maximum for limit in case.settings["limits"]] == [1]


def test_two_keys_that_are_alike_are_no_slip_when_both_are_there(tmp_path):
    (case,) = cases(tmp_path, "weight: 2", "weights: [1, 2]")
    assert case.settings["extra"] == {"weights": [1, 2]}
