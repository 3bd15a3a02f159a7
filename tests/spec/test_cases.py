from __future__ import annotations

import pytest

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.cases import bind_constraints, build_case, split_cases
from fermilink_scaffold.spec.model import (
    Case,
    Constraint,
    DraftCase,
    Limit,
    ReviewNote,
    Source,
    Tolerance,
)

LINE = Source(file="goal.md", line=31)
RKS = DraftCase(id="train-rks", text="water, RKS", source=LINE, command=("run", "rks"))
UKS = DraftCase(id="test-uks", text="oxygen, UKS", source=LINE, command=("run", "uks"))


def bullet(bound: float, *words: str) -> Constraint:
    tolerance = Tolerance(field="energy", comparison="abs_delta", bound=bound, label=f"<= {bound}")
    return Constraint(text="energy", source=LINE, tolerances=(tolerance,), case_words=words)


def test_bounds_for_some_cases_become_fields_that_only_those_cases_report():
    bound = bind_constraints([bullet(5e-8, "RKS"), bullet(1e-7, "UKS")], ["energy"], [RKS, UKS])
    assert bound.tolerances == (
        Tolerance(
            field="energy_rks",
            comparison="abs_delta",
            bound=5e-8,
            label="<= 5e-08",
            optional=True,
        ),
        Tolerance(
            field="energy_uks",
            comparison="abs_delta",
            bound=1e-7,
            label="<= 1e-07",
            optional=True,
        ),
    )
    assert bound.metrics == {"energy": {"find": "energy"}}
    assert bound.case_metrics == {
        "train-rks": {"energy_rks": {"find": "energy"}},
        "test-uks": {"energy_uks": {"find": "energy"}},
    }
    assert bound.review_notes == ()


def test_a_bound_for_cases_that_do_not_exist_holds_for_all_and_is_said():
    bound = bind_constraints([bullet(5e-8, "ROHF")], [], [RKS, UKS])
    assert [(item.field, item.bound, item.optional) for item in bound.tolerances] == [
        ("energy", 5e-8, False)
    ]
    assert bound.review_notes == (
        ReviewNote(
            text="no workload is about 'ROHF', so the bound holds for every case", source=LINE
        ),
    )


def test_a_one_sided_limit_stays_one_sided_and_goes_to_the_cases_it_names():
    limit = Limit(field="drift", maximum=1e-4, label="drift at most 1e-4 (goal.md:31)")
    constraint = Constraint(text="drift", source=LINE, limits=(limit,), case_words=("UKS",))
    bound = bind_constraints([constraint], [], [RKS, UKS])
    assert bound.tolerances == ()
    assert bound.case_limits == {"test-uks": (limit,)}
    assert build_case(UKS, bound) == Case(
        id="test-uks",
        command=("run", "uks"),
        source=LINE,
        description="oxygen, UKS",
        metrics={"drift": {"find": "drift"}},
        limits=(limit,),
    )


def test_measured_names_are_not_looked_for_in_the_output():
    limit = Limit(field="peak_rss_mb", maximum=2000.0)
    constraint = Constraint(text="memory", source=LINE, limits=(limit,))
    bound = bind_constraints([constraint], ["wall_seconds"], [RKS])
    assert bound.metrics == {}
    assert bound.case_metrics == {}


def test_a_workload_without_a_command_is_an_error_that_shows_how_to_give_one():
    draft = DraftCase(id="train-a", text="H2O / RHF", source=LINE)
    with pytest.raises(ScaffoldError) as caught:
        build_case(draft, bind_constraints([], [], [draft]))
    assert str(caught.value) == (
        "goal.md:31: workload 'train-a' has no command\n"
        "Put the command in backticks behind the id, or pass --case 'train-a=COMMAND'."
    )


@pytest.mark.parametrize(
    ("ids", "train", "said"),
    [
        (["train-a", "test-a"], ("train-a",), None),
        (["a", "b"], (), "no case is held out"),
        (["train-a", "train-b"], (), "all cases are `train-` cases"),
        (["train-a", "test-b", "c"], (), "some case ids lack"),
    ],
)
def test_prefixes_give_the_split_or_a_note_why_not(
    ids: list[str], train: tuple[str, ...], said: str | None
):
    got, notes = split_cases(ids, None)
    assert got == train
    assert [said in note.text for note in notes] == ([True] if said else [])


def test_an_explicit_split_wins_over_prefixes():
    assert split_cases(["train-a", "test-b"], ("test-b",)) == (("test-b",), ())


def test_of_several_fields_a_case_need_not_report_all_but_the_metric_it_is_judged_by():
    mass = Constraint(
        text="mass",
        source=LINE,
        tolerances=(Tolerance(field="mass", comparison="abs_delta", bound=1e-9, label="mass"),),
    )
    bound = bind_constraints([bullet(5e-8), mass], ["rate"], [RKS, UKS], required="rate")
    assert bound.metrics == {
        "rate": {"find": "rate"},
        "energy": {"find": "energy", "optional": True},
        "mass": {"find": "mass", "optional": True},
    }
    assert [(item.field, item.optional) for item in bound.tolerances] == [
        ("energy", True),
        ("mass", True),
    ]


def test_a_limit_for_all_cases_holds_where_the_field_is_reported():
    limit = Limit(field="residual", maximum=1e-10)
    constraint = Constraint(text="residual", source=LINE, limits=(limit,))
    alone = bind_constraints([constraint], [], [RKS, UKS])
    assert alone.metrics == {"residual": {"find": "residual"}}
    several = bind_constraints([constraint, bullet(5e-8)], [], [RKS, UKS])
    assert several.metrics["residual"] == {"find": "residual", "optional": True}
    assert several.case_limits == {"train-rks": (limit,), "test-uks": (limit,)}


def test_a_bound_on_what_the_runner_measures_is_a_note_and_no_check():
    constraint = Constraint(
        text="wall_seconds <= 5, peak_rss_mb within 10 %, energy <= 1",
        source=LINE,
        limits=(Limit(field="wall_seconds", maximum=5.0), Limit(field="energy", maximum=1.0)),
        tolerances=(
            Tolerance(field="peak_rss_mb", comparison="relative_delta", bound=0.1, label="x"),
        ),
    )
    bound = bind_constraints([constraint], [], [RKS])
    assert bound.tolerances == ()
    assert bound.case_limits == {"train-rks": (Limit(field="energy", maximum=1.0),)}
    assert bound.metrics == {"energy": {"find": "energy"}}
    assert bound.review_notes == tuple(
        ReviewNote(
            text=f"`{name}` is measured, so no correctness check looks at this bound; "
            "performance_guardrails.max_case_regression holds the times of each case",
            source=LINE,
        )
        for name in ("wall_seconds", "peak_rss_mb")
    )
