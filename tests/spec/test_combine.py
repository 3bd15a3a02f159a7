from __future__ import annotations

from fermilink_scaffold.spec.combine import combine
from fermilink_scaffold.spec.model import Draft, DraftCase, ReviewNote, Source

GOAL = Source(file="goal.md", line=7)
FLAG = Source(file="--case")


def test_the_upper_draft_replaces_scalars_and_completes_lists():
    lower = Draft(
        package="pkg",
        editable=("src/**",),
        immutable=("src/io/**",),
        fields=("energy",),
        settings={"controller.measured_runs": 3, "controller.warmup_runs": 1},
        text="# goal",
        review_notes=(ReviewNote(text="a"),),
    )
    upper = Draft(
        language="c",
        editable=("lib/**",),
        immutable=("tests/**",),
        fields=("energy", "forces"),
        settings={"controller.measured_runs": 7},
        review_notes=(ReviewNote(text="b"),),
    )
    assert combine(lower, upper) == Draft(
        package="pkg",
        language="c",
        editable=("lib/**",),
        immutable=("src/io/**", "tests/**"),
        fields=("energy", "forces"),
        settings={"controller.measured_runs": 7, "controller.warmup_runs": 1},
        text="# goal",
        review_notes=(ReviewNote(text="a"), ReviewNote(text="b")),
    )


def test_a_case_is_completed_by_id_and_keeps_its_place():
    lower = Draft(
        cases=(
            DraftCase(id="a", text="H2O / RHF", source=GOAL, files=("h2o.xyz",), mpi_ranks=4),
            DraftCase(id="b", text="`run b`", source=GOAL, command=("run", "b")),
        )
    )
    upper = Draft(
        cases=(
            DraftCase(id="c", text="", source=FLAG, command=("new",)),
            DraftCase(id="a", text="", source=FLAG, command=("run", "a")),
        )
    )
    assert combine(lower, upper).cases == (
        DraftCase(
            id="a",
            text="H2O / RHF",
            source=FLAG,
            command=("run", "a"),
            files=("h2o.xyz",),
            mpi_ranks=4,
        ),
        lower.cases[1],
        upper.cases[0],
    )
