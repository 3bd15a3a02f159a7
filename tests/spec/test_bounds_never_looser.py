"""Bullets from a grammar with a meaning of their own: compiled never looser, or not at all with a note."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fermilink_scaffold.spec.bounds.compiler import compile_bounds
from fermilink_scaffold.spec.bounds.quantities import UNIT
from fermilink_scaffold.spec.bounds.vocabulary import _function, is_neutral
from fermilink_scaffold.spec.model import Source

CASES = {"train-a": "UKS water", "train-c": "RKS neon", "test-b": "dynamics of argon"}
ALL = frozenset(CASES)


def compiled(text):
    source = Source(file="goal.md", line=3)
    return compile_bounds(text, source=source, case_ids=tuple(CASES), cases=CASES)


def cases_of(constraint):
    """The cases that a constraint holds for, as `resolve` finds them."""
    words = [word.casefold() for word in constraint.case_words]
    meant = {
        name
        for name, text in CASES.items()
        if any(re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", f"{name} {text}".casefold()) for word in words)
    }  # fmt: skip
    return meant or ALL


def allows(result, case, field):
    """What is compiled for one field of one case: (kind, size), smaller is tighter."""
    found = []
    for constraint in result.constraints:
        if case not in cases_of(constraint):
            continue
        found += [
            (each.comparison, each.bound) for each in constraint.tolerances if each.field == field
        ]
        for each in constraint.limits:
            if each.field == field:
                found += [("max", each.maximum)] if each.maximum is not None else []
                found += [("min", -each.minimum)] if each.minimum is not None else []
                around = each.absolute if each.relative is None else each.relative
                found += [(f"around {each.value:g}", around)] if each.value is not None else []
    return found


def hold(result, meaning):
    """Each meaning (cases, field, kind, size) is held at least as tightly, or a note says it is not."""
    for cases, field, kind, size in meaning:
        for case in cases:
            bounds = allows(result, case, field)
            tight = any(each == kind and bound <= size for each, bound in bounds)
            assert tight or (not bounds and result.notes), (case, field, kind, size, bounds)


NUMBERS = st.tuples(
    st.integers(1, 9), st.integers(-14, -2), st.sampled_from(["{m}e{e}", "{m}.0E{e:03d}", "{m}×10^{e}", "{m}d{e}"])
).map(lambda parts: (parts[2].format(m=parts[0], e=parts[1]), float(f"{parts[0]}e{parts[1]}")))  # fmt: skip
SUBJECTS = st.sampled_from(
    [("`e`", "e"), ("The `e`", "e"), ("`e` and `f`", "e f"), ("total energy", "energy"), ('"Max amplitude"', "Max amplitude"),
     ("Forces", "forces"), ("the dipole moment (`mu`)", "mu"), ("std_dev", "std_dev")]
)  # fmt: skip
#: How a sentence goes on, what it bounds, and how the number's size follows from the number.
RELATIONS = st.sampled_from(
    [
        ("must agree within {}", "abs_delta", 1), ("may differ by at most {}", "abs_delta", 1), ("absolute delta <= {}", "abs_delta", 1),
        ("must not deviate from the baseline by more than {}", "abs_delta", 1), ("agrees to better than {}", "abs_delta", 1),
        ("max abs error < {}", "abs_delta", 1), ("shall not change by more than {}", "abs_delta", 1), ("tolerance: {}", "abs_delta", 1),
        ("relative error below {}", "relative_delta", 1), ("rel. tol. {}", "relative_delta", 1),
        ("must stay within {} %", "relative_delta", 0.01), ("within {} ppm", "relative_delta", 1e-6),
        ("within {} of the baseline, relative", "relative_delta", 1), ("RMS delta <= {}", "rms_delta", 1),
        ("must be 1.25 within {}", "around 1.25", 1), ("= -76.5 +/- {}", "around -76.5", 1), ("to within ± {} of 1.25", "around 1.25", 1),
        ("must not be above {}", "max", 1), ("must never be larger than {}", "max", 1), ("must stay below {}", "max", 1),
        ("has to be at least {}", "min", -1), ("must not fall below {}", "min", -1), ("must never be less than {}", "min", -1),
        ("must be larger than {}", "min", -1), ("may change by up to {}", "abs_delta", 1), ("equals the baseline to {}", "abs_delta", 1),
        ("is unchanged within {}", "abs_delta", 1), ("differences below {}", "abs_delta", 1), ("error of at most {}", "abs_delta", 1),
    ]
)  # fmt: skip
UNITS = st.sampled_from(["", " Ha", " Hartree", " eV", " K", "Ry", " a.u."])
#: What may follow, and the cases that are left.
SCOPES = st.sampled_from(
    [
        ("", ALL), (" for train-a", {"train-a"}), (" for the UKS cases", {"train-a"}), (" except for test-b", ALL - {"test-b"}),
        (" unless the case is test-b", ALL - {"test-b"}), (" in all but test-b", ALL - {"test-b"}), (" other than `test-b`", ALL - {"test-b"}),
        (" apart from train-a and test-b", {"train-c"}), (" (not test-b)", ALL - {"test-b"}), (" for all cases except RKS", ALL - {"train-c"}),
        (" except for small molecules", ALL), (" unless it was printed in 1987", ALL), (" if `n` > 10", ALL), (" (see issue 42)", ALL),
        (" on 4 ranks", ALL), (", as in version 2.1", ALL), (" (it is 1e-3 today)", ALL), (" for every case", ALL),
        (", and 1e-1 for test-b", ALL - {"test-b"}), (" (but 0.1 for the old version)", ALL),
    ]
)  # fmt: skip
#: What may stand in front instead.
HEADS = st.sampled_from(
    [
        ("For train-a, ", {"train-a"}), ("In the UKS cases, ", {"train-a"}), ("Except for test-b, ", ALL - {"test-b"}), ("For train-a and train-c: ", ALL - {"test-b"}),
        ("Unless the case is test-b, ", ALL - {"test-b"}), ("If `n` > 10, ", ALL), ("For all cases: ", ALL), ("All cases but test-b: ", ALL - {"test-b"}),
    ]
)  # fmt: skip
CLAUSES = st.tuples(SUBJECTS, RELATIONS, NUMBERS, UNITS, SCOPES)


def clause(parts):
    """The text of a clause and its meaning."""
    (subject, fields), (words, kind, scale), (spelled, size), unit, (scope, cases) = parts
    unit = "" if kind == "relative_delta" else unit
    text = f"{subject} {words.format(spelled + unit)}{scope}"
    size = size * scale + abs(size) * 1e-12
    return text, [(cases, field, kind, size) for field in names(fields)]


def names(fields):
    return [fields] if fields[0].isupper() else fields.split()


@given(CLAUSES)
def test_one_bullet_is_compiled_no_looser_than_it_means(parts):
    text, meaning = clause(parts)
    hold(compiled(text), meaning)


@given(HEADS, CLAUSES)
def test_what_heads_a_bullet_restricts_it_to_no_fewer_cases(head, parts):
    text, meaning = clause((*parts[:4], ("", ALL)))
    start, cases = head
    hold(compiled(start + text), [(cases, *each[1:]) for each in meaning])


@given(CLAUSES, NUMBERS, st.sampled_from([", ", " and ", "; ", " (", ", but "]))
def test_a_second_number_for_some_cases_leaves_the_others_their_own(parts, number, joint):
    text, meaning = clause((*parts[:4], ("", ALL)))
    spelled, _ = number
    unit = re.search(r" (?:%|ppm)$", text)
    result = compiled(
        f"{text}{joint}{spelled}{unit[0] if unit else ''} for test-b{')' * ('(' in joint)}"
    )
    hold(result, [(cases - {"test-b"}, *more) for cases, *more in meaning])


LISTS = st.sampled_from(
    ["for train-a, train-c and {} for test-b", "for train-a and train-c, {} for test-b", "(train-a, train-c), {} (test-b)",
     "for train-a and train-c but {} for test-b", "for train-a, {} for test-b", "in train-c; {} in test-b"]
)  # fmt: skip


@given(SUBJECTS, RELATIONS, NUMBERS, NUMBERS, LISTS)
def test_of_two_lists_of_cases_each_has_its_own_number(subject, relation, number, other, words):
    text, meaning = clause((subject, relation, number, "", ("", ALL)))
    unit = re.search(r" (?:%|ppm)$", text)
    listed = words.format(other[0] + (unit[0] if unit else ""))
    first = {name for name in CASES if name in words.partition("{")[0]}
    hold(compiled(f"{text} {listed}"), [(first, *each[1:]) for each in meaning])


@given(CLAUSES, CLAUSES, st.sampled_from([" and ", "; ", ", ", ". ", ", but "]))
def test_two_clauses_take_nothing_from_each_other(first, second, joint):
    (one, meant), (other, more) = clause(first), clause(second)
    if {field for _, field, _, _ in meant} & {field for _, field, _, _ in more}:
        return
    hold(compiled(f"{one}{joint}{other}"), [*meant, *more])


WORDS = st.from_regex(r"[a-z]{4,10}", fullmatch=True).filter(
    lambda word: not is_neutral(word) and not UNIT.match(f" {word}")
)
KNOWN = {"part", "parts", "epsilon", "decimals", "digits", "relative", "absolute"}


@given(CLAUSES, WORDS)
@example((("`e`", "e"), ("within {}", "abs_delta", 1), ("2", 2.0), "", ("", ALL)), "ulps")
@example((("`e`", "e"), ("within {}", "abs_delta", 1), ("3", 3.0), "", ("", ALL)), "sigma")
@example(
    (("`e`", "e"), ("within {}", "abs_delta", 1), ("2", 2.0), "", ("", ALL)), "orders of magnitude"
)
def test_an_unknown_word_behind_a_number_is_never_left_away(parts, word):
    assume(word not in KNOWN)
    subject, (words, kind, scale), (spelled, size), _, scope = parts
    text, _ = clause((subject, (words, kind, scale), (f"{spelled} {word}", size), "", scope))
    result = compiled(text)
    bounds = [each for one in result.constraints for each in (*one.tolerances, *one.limits)]
    assert not bounds or result.notes, text
    assert result.notes


MARKERS = st.sampled_from(
    ["unless", "except", "except for", "except when", "other than", "apart from", "excluding", "all but", "but not for", "save for",
     "with the exception of", "ignoring", "aside from", "not valid for", "skipping"]
)  # fmt: skip


@given(CLAUSES, MARKERS, WORDS)
def test_an_unknown_exception_is_never_left_away_in_silence(parts, marker, word):
    text, meaning = clause((*parts[:4], ("", ALL)))
    result = compiled(f"{text} {marker} {word}")
    assert result.notes
    hold(result, meaning)


@pytest.mark.parametrize("word", sorted(_function()))
def test_no_word_that_may_follow_a_number_is_a_unit(word):
    assert not UNIT.match(f" {word}")
    assert not UNIT.match(word)
