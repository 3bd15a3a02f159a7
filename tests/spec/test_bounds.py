"""Correctness prose compiled: whole readings of real sentences, and never looser than the prose."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fermilink_scaffold.spec.bounds.compiler import apply_nameless, compile_bounds
from fermilink_scaffold.spec.model import Source

SOURCE = Source(file="goal.md", line=31)
CASES = ("train-a", "test-b")


def compiled(text):
    return compile_bounds(text, source=SOURCE, case_ids=CASES)


def shown(text):
    """`field comparison bound`, one line for each bound, with its cases."""
    lines = []
    for constraint in compiled(text).constraints:
        cases = f" [{' | '.join(constraint.case_words)}]" if constraint.case_words else ""
        lines += [
            f"{each.field} {each.comparison} {each.bound:g}{' optional' * each.optional}{cases}"
            for each in constraint.tolerances
        ]
        lines += [
            f"{each.field} "
            + " ".join(
                f"{name} {value:g}"
                for name, value in (
                    ("value", each.value),
                    ("abs", each.absolute),
                    ("rel", each.relative),
                    ("min", each.minimum),
                    ("max", each.maximum),
                )
                if value is not None
            )
            + cases
            for each in constraint.limits
        ]
    lines += [
        f"? {' '.join(each.comparisons)} {each.bound:g}{each.case_words or ''}"
        for each in compiled(text).nameless
    ]
    return lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the sentences of the contract
        (
            "Total SCF energy absolute delta <= 5e-8 Hartree vs baseline",
            ["energy abs_delta 5e-08"],
        ),
        ("RMS delta <= 2e-5", ["? rms_delta 2e-05"]),
        ("relative error below 1e-6", ["? relative_delta 1e-06"]),
        ("within 0.1%", ["? relative_delta 0.001"]),
        # numbers in all their spellings
        ("`e` within 1e-6", ["e abs_delta 1e-06"]),
        ("`e` within 1.0E-06", ["e abs_delta 1e-06"]),
        ("`e` within 1d-6", ["e abs_delta 1e-06"]),
        ("`e` within 10^-6", ["e abs_delta 1e-06"]),
        ("`e` within 10⁻⁶", ["e abs_delta 1e-06"]),
        ("`e` within 10**-6", ["e abs_delta 1e-06"]),
        ("`e` within 1×10⁻⁶", ["e abs_delta 1e-06"]),
        ("`e` within 1 x 10^{-6}", ["e abs_delta 1e-06"]),
        (r"`e` within $1\times10^{-6}$", ["e abs_delta 1e-06"]),
        ("`e` within `1e-6`", ["e abs_delta 1e-06"]),
        ("`e` within **1e-6**", ["e abs_delta 1e-06"]),
        ("`e` within 0.000001", ["e abs_delta 1e-06"]),
        ("`e` within 0,001", ["e abs_delta 0.001"]),
        ("`e` within .5", ["e abs_delta 0.5"]),
        ("`e` within 3 ppm", ["e relative_delta 3e-06"]),
        ("`e` within 2 ppb", ["e relative_delta 2e-09"]),
        ("`e` within 5 per cent", ["e relative_delta 0.05"]),
        # comparators
        ("`e` delta < 1e-6", ["e abs_delta 1e-06"]),
        ("`e` delta ≤ 1e-6", ["e abs_delta 1e-06"]),
        ("`e` delta &lt;= 1e-6", ["e abs_delta 1e-06"]),
        (r"`e` error $\leq 1e-6$", ["e abs_delta 1e-06"]),
        ("`e` agrees to better than 1e-6", ["e abs_delta 1e-06"]),
        ("`e` must not differ by more than 1e-6", ["e abs_delta 1e-06"]),
        ("`e` may not deviate from the baseline more than 1e-6", ["e abs_delta 1e-06"]),
        ("`e` deviation must not exceed 1e-6", ["e abs_delta 1e-06"]),
        ("`e` matches up to 1e-6", ["e abs_delta 1e-06"]),
        ("`e` ±1e-6", ["e abs_delta 1e-06"]),
        ("`e` +/- 1e-6 of the baseline", ["e abs_delta 1e-06"]),
        ("`e`: 1e-6 or better", ["e abs_delta 1e-06"]),
        ("`e` tolerance: 1e-6", ["e abs_delta 1e-06"]),
        ("`e` (tolerance 1e-6)", ["e abs_delta 1e-06"]),
        ("fail if the `e` error is above 1e-6", ["e abs_delta 1e-06"]),
        ("reject any candidate where |dE| > 1e-8", ["energy abs_delta 1e-08"]),
        # how differences are compared
        ("RMS of `f` within 1e-5", ["f rms_delta 1e-05"]),
        ("`f` RMSD <= 1e-5", ["f rms_delta 1e-05"]),
        ("`f` max abs error <= 1e-5", ["f abs_delta 1e-05"]),
        ("`f` mean absolute error <= 1e-5", ["f abs_delta 1e-05"]),
        ("`f` relative RMS error <= 1e-5", ["f relative_delta 1e-05"]),
        (
            "`f` within 1e-5 relative to the baseline",
            ["f relative_delta 1e-05"],
        ),
        (
            "`f` within 0.5 relative to the baseline",
            ["f abs_delta 0.5", "f relative_delta 0.5"],
        ),
        (
            "`f` within 1e-5 absolute or relative",
            ["f abs_delta 1e-05", "f relative_delta 1e-05"],
        ),
        (
            "`np.allclose(f, ref, rtol=1e-6, atol=1e-9)`",
            ["? relative_delta 1e-06", "? abs_delta 1e-09"],
        ),
        ("`np.allclose(f, ref, rtol=1e-6, atol=0)`", ["? relative_delta 1e-06"]),
        ("`e` agrees to 8 decimal places", ["e abs_delta 5e-09"]),
        ("`e` agrees to eight decimals", ["e abs_delta 5e-09"]),
        ("`e` is right to 6 significant figures", ["e relative_delta 5e-07"]),
        ("`e` agrees to 6 digits", ["e abs_delta 5e-07", "e relative_delta 5e-07"]),
        ("`e` must be bit-identical", ["e abs_delta 0"]),
        ("`e` exactly equal to the baseline", ["e abs_delta 0"]),
        ("`n_steps` matches the baseline exactly", ["n_steps abs_delta 0"]),
        ("`e` need not be bit-identical, 1e-9 is enough", ["e abs_delta 1e-09"]),
        # bounds on a value, on one side or two
        ("`residual` must not exceed 1e-10", ["residual max 1e-10"]),
        ("`gap` at least 0.1 eV", ["gap min 0.1"]),
        ("`gap` must not fall below 0.1", ["gap min 0.1"]),
        ("`gap` >= 0.1", ["gap min 0.1"]),
        ("`n` no less than 5", ["n min 5"]),
        ("`iterations` at most 50", ["iterations max 50"]),
        ("`iterations` <= 1,000", ["iterations max 1000"]),
        ("`t` between 295 and 305 K", ["t min 295 max 305"]),
        ("`t` in [295, 305]", ["t min 295 max 305"]),
        ("-76.5 <= `e` <= -75.5", ["e min -76.5 max -75.5"]),
        ("`e` = -75.98394850 ± 1e-6", ["e value -75.9839 abs 1e-06"]),
        ("`e` = -75.98394850 +- 1e-6", ["e value -75.9839 abs 1e-06"]),
        ("`e` within 1e-6 of -75.98394850", ["e value -75.9839 abs 1e-06"]),
        ("`e` is -75.98 with a tolerance of 0.1 %", ["e value -75.98 rel 0.001"]),
        ("`converged_roots` must be 8", ["converged_roots value 8 abs 0"]),
        ("`charge` must be 0.50", ["charge value 0.5 abs 0.005"]),
        ("energy drift below 1e-5", ["energy_drift min -1e-05 max 1e-05"]),
        # which field
        ("energies and forces within 1e-6", ["energy abs_delta 1e-06", "forces abs_delta 1e-06"]),
        ("`a`, `b` and `c` within 1e-6", [f"{name} abs_delta 1e-06" for name in "abc"]),
        ("the total energy (`e_tot`) within 1e-6", ["e_tot abs_delta 1e-06"]),
        ("within 1e-6 for `a` and 1e-5 for `b`", ["a abs_delta 1e-06", "b abs_delta 1e-05"]),
        ("`a` agrees with `a_ref` within 1e-6", ["a abs_delta 1e-06"]),
        ("`result.energy` within 1e-6", ["energy abs_delta 1e-06"]),
        ("`e` of `bench.py` within 1e-6", ["e abs_delta 1e-06"]),
        ("`e` agrees per `np.allclose` within 1e-6", ["e abs_delta 1e-06"]),
        ("`E(RHF)` within 1e-6", ["E(RHF) abs_delta 1e-06"]),
        ("`Total energy` within 1e-6", ["Total energy abs_delta 1e-06"]),
        ("`|E - E_ref| < 1e-8`", ["energy abs_delta 1e-08"]),
        (r"$|\Delta E| \le 10^{-6}$ Hartree", ["energy abs_delta 1e-06"]),
        ("Molecular orbital energies RMS delta <= 2e-5", ["mo_energy rms_delta 2e-05"]),
        # names as they stand; none is made of a phrase
        ("wave_function_overlap at least 0.9999", ["wave_function_overlap min 0.9999"]),
        ("Wave function overlap at least 0.9999", []),
        ("Numerics: 1e-8", ["? abs_delta 1e-08"]),
        ("float32 stays float32: for test-b the distances may differ by 1e-5 relative", []),
        ("mean_distance: relative delta <= 1e-9", ["mean_distance relative_delta 1e-09"]),
        ("overlap: relative delta <= 1e-9", ["overlap relative_delta 1e-09"]),
        ('"trace" of the solution within 1e-8', ["trace abs_delta 1e-08"]),
        ("max_force <= 1e-4", ["max_force max 0.0001"]),
        ("drift < 1e-4 for dynamics cases", ["drift min -0.0001 max 0.0001 [dynamics]"]),
        # what must stay as it is
        ("the number of odd results (`not_finite`) must not change", ["not_finite abs_delta 0"]),
        ("`n` unchanged", ["n abs_delta 0"]),
        ("`n` stays the same", ["n abs_delta 0"]),
        ("`n` exactly", ["n abs_delta 0"]),
        ("`n` does not change", ["n abs_delta 0"]),
        ("`n` must not change by more than 1e-6", ["n abs_delta 1e-06"]),
        ("the signature of `solve` must not change", []),
        # remarks
        ("`residual` must not exceed 1e-10 (it is around 1e-14 today)", ["residual max 1e-10"]),
        ("`a` within 1e-6 (and `b` within 1e-7)", ["a abs_delta 1e-06", "b abs_delta 1e-07"]),
        ("`dm` RMS delta <= 2e-6 when it is printed", ["dm rms_delta 2e-06 optional"]),
        (
            "per-state energy absolute delta <= 5e-6 when the benchmark exposes `e_states`",
            ["e_states abs_delta 5e-06 optional"],
        ),
        # several bounds
        (
            "energy within 1e-8 and gradient RMS 2e-5",
            ["energy abs_delta 1e-08", "gradient rms_delta 2e-05"],
        ),
        (
            "Energy tolerance: 1e-8. Gradient tolerance: 1e-6.",
            ["energy abs_delta 1e-08", "gradient abs_delta 1e-06"],
        ),
        (
            "energy within 1e-6 relative, 1e-8 absolute",
            ["energy relative_delta 1e-06", "energy abs_delta 1e-08"],
        ),
        (
            "forces within 1e-4, stress within 0.5 %, energy to 6 significant figures",
            ["forces abs_delta 0.0001", "stress relative_delta 0.005", "energy relative_delta 5e-07"],
        ),
        # some cases only
        ("RKS 5e-8, UKS 1e-7", ["? abs_delta 5e-08('RKS',)", "? abs_delta 1e-07('UKS',)"]),
        (
            "energy: RKS 5e-8, UKS 1e-7",
            ["energy abs_delta 5e-08 [RKS]", "energy abs_delta 1e-07 [UKS]"],
        ),
        (
            "5e-8 for RKS, 1e-7 for UKS on the energy",
            ["energy abs_delta 5e-08 [RKS]", "energy abs_delta 1e-07 [UKS]"],
        ),
        (
            "`e` within 1e-7 for train-a, 1e-6 for test-b",
            ["e abs_delta 1e-07 [train-a]", "e abs_delta 1e-06 [test-b]"],
        ),
        (
            "energy of water 1e-6, benzene 1e-5",
            ["energy abs_delta 1e-06 [water]", "energy abs_delta 1e-05 [benzene]"],
        ),
        ("(train-a only) `e` within 1e-7", ["e abs_delta 1e-07 [train-a]"]),
        ("`e` within 1e-7 for `train-a`", ["e abs_delta 1e-07 [train-a]"]),
        ("`e` within 1e-7 for the UKS cases", ["e abs_delta 1e-07 [UKS]"]),
        ("`e` within 1e-7 for unrestricted and ROHF runs", ["e abs_delta 1e-07 [unrestricted | ROHF]"]),
        (
            "For UKS cases, energy within 1e-7 and gradient within 1e-5",
            ["energy abs_delta 1e-07 [UKS]", "gradient abs_delta 1e-05 [UKS]"],
        ),
        (
            "energy within 1e-8, and `s2` within 1e-6 for UKS cases",
            ["energy abs_delta 1e-08", "s2 abs_delta 1e-06 [UKS]"],
        ),
        # for all cases, whatever words say so
        ("`e` within 1e-7 for every case", ["e abs_delta 1e-07"]),
        ("`e` within 1e-7 for all benchmark cases", ["e abs_delta 1e-07"]),
        ("`e` within 1e-7 for all cases except UKS", ["e abs_delta 1e-07"]),
        ("`e` within 1e-7 for every reported root", ["e abs_delta 1e-07"]),
        # units
        ("energy within 1 mHa", ["energy abs_delta 0.001"]),
        ("energy within 5 µeV", ["energy abs_delta 5e-06"]),
        ("energy within 1 kcal/mol", ["energy abs_delta 0.0015936"]),
        ("forces within 1e-4 eV/Å", ["forces abs_delta 0.0001"]),
        ("energy within 5e-8Ha", ["energy abs_delta 5e-08"]),
        # no bounds
        ("SCF in 8 cycles with 6-31g on H2O", []),
        ("all cases converge within 50 iterations", []),
        ("the same 2-electron integrals as in version 2.5.1 of 2024-05-01", []),
        ("use cc-pV5Z, B3LYP5, TIP4P-2005 and 4 MPI ranks", []),
        ("do not loosen `conv_tol=1e-9` or raise `max_cycle` above 50", []),
        ("keep `timestep 0.5`, `neighbor 2.0 bin` and `pppm/tip4p 0.0001`", []),
        ("SCF converged to conv_tol 1e-10", []),
        ("no lost atoms, no NaN/Inf", []),
        ("the same atom ownership for identical seeds", []),
        ("preserve the semantics exactly: same ghosts, same force accumulation", []),
        ("energy absolute delta <= ...", []),
        ("within benchmark tolerance of the baseline", []),
        ("no case more than 5 % slower", []),
        ("wall time at most 10 s", []),
        ("within 3 sigma", []),
    ],
)  # fmt: skip
def test_what_a_sentence_is_compiled_to(text, expected):
    assert shown(text) == expected


def test_strict_bounds_on_a_value_exclude_the_number_itself():
    for text, allowed, refused in [
        ("`n` < 50", 49, 50),
        ("`n` fewer than 50", 49, 50),
        ("`n` > 5", 6, 5),
        ("0 < `n` < 2", 1, 2),
    ]:
        limits = [limit for each in compiled(text).constraints for limit in each.limits]
        assert limits
        for limit in limits:
            low = -math.inf if limit.minimum is None else limit.minimum
            high = math.inf if limit.maximum is None else limit.maximum
            assert low <= allowed <= high
            assert not low <= refused <= high
    [tolerance] = compiled("`n` differs by less than 2").constraints[0].tolerances
    assert 1 <= tolerance.bound < 2


def test_text_source_and_label_are_those_of_the_bullet():
    [constraint] = compiled("energy  within\n 1e-6").constraints
    assert (constraint.text, constraint.source) == ("energy within 1e-6", SOURCE)
    assert constraint.tolerances[0].label == "energy within 1e-6 (goal.md:31)"
    [limit] = compiled("`gap` >= 1").constraints[0].limits
    assert limit.label == "`gap` >= 1 (goal.md:31)"


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("`e` within 1e-6", []),
        ("energy within 1e-6", ["the runner looks for energy in the output; other names go in backticks"]),
        ("be careful", ["this bullet holds no number that can be checked; only people and agents read it"]),
        (
            "`e` within 1 mHa",
            ["1 mHa is read as 0.001 Ha; the field must be printed in Ha"],
        ),
        (
            "`e` must not rise by more than 1e-6",
            ["this bound against the incumbent is one-sided; the contract's tolerance is two-sided, which is tighter"],
        ),
        (
            "`foo` <= 1e-6",
            ["it is not said whether the bound is on the value or on its change; taken as both, which is tighter"],
        ),
        ("converge within 50 iterations", ["a limit on time, memory or a count is not enforced: 'converge within 50'"]),
        ("no case may be 5 % slower", ["a bound on speed or memory is no correctness bound; it is not compiled"]),
    ],
)  # fmt: skip
def test_what_was_assumed_is_said(text, notes):
    assert [str(note) for note in compiled(text).notes] == [f"goal.md:31: {note}" for note in notes]


WORKLOADS = {"train-zeta": "zeta", "train-a": "UKS water", "test-b": "dynamics of argon"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "`residual` below 1e-40 in the special function cases and below 1e-15 in train-a and test-b",
            [(1e-40, ("train-zeta",)), (1e-15, ("train-a", "test-b"))],
        ),
        ("`residual` below 1e-10 in the special function cases", [(1e-10, ())]),
        ("`residual` below 1e-10 for dynamics cases", [(1e-10, ("dynamics",))]),
        (
            "`residual` below 1e-10, and below 1e-8 for UKS cases",
            [(1e-10, ("train-zeta", "test-b")), (1e-8, ("UKS",))],
        ),
        ("`residual` below 1e-10 for train-a (today 1e-14)", [(1e-10, ("train-a",))]),
    ],
)
def test_case_words_are_those_that_a_workload_holds(text, expected):
    result = compile_bounds(text, source=SOURCE, case_ids=tuple(WORKLOADS), cases=WORKLOADS)
    assert [
        (float(f"{limit.maximum:.3g}"), each.case_words)
        for each in result.constraints
        for limit in each.limits
    ] == expected
    assert result.notes == ()


def test_a_bullet_without_a_field_is_not_compiled_and_says_so():
    result = compiled("the distances may differ by 1e-5")
    [note] = result.notes
    assert str(note) == (
        "goal.md:31: this bullet is not compiled, so nothing enforces it: it names no field; "
        "put the printed name in backticks"
    )
    assert result.nameless == ()


def test_a_bound_without_a_field_is_laid_on_the_goals_fields():
    bound = apply_nameless(compiled("RKS 5e-8, UKS 1e-7"), ("energy", "dipole"))
    assert [
        (each.case_words, [(one.field, one.bound) for one in each.tolerances])
        for each in bound.constraints
    ] == [
        (("RKS",), [("energy", 5e-8), ("dipole", 5e-8)]),
        (("UKS",), [("energy", 1e-7), ("dipole", 1e-7)]),
    ]
    assert [note.text for note in bound.notes] == [
        "this bound names no field; it is laid on energy, dipole"
    ]
    lost = apply_nameless(compiled("relative error below 1e-6"), ())
    assert [each.tolerances for each in lost.constraints] == [()]
    assert [note.text for note in lost.notes] == [
        "this bound names no field, so nothing enforces it; put the printed name in backticks"
    ]


NUMBERS = st.tuples(
    st.integers(1, 99), st.integers(-14, -1), st.sampled_from(["{m}e{e}", "{m}E{e:03d}", "{m}×10^{e}", "{m}d{e}", "{m}*10**{e}"])
).map(lambda parts: (parts[2].format(m=parts[0], e=parts[1]), float(f"{parts[0]}e{parts[1]}")))  # fmt: skip
FIELDS = st.sampled_from(
    ["`e_tot`", "`energy`", "total energy", "forces", "`a`, `b` and `c`", "the dipole moment (`mu`)", "Density matrix"]
)  # fmt: skip
PHRASES = st.sampled_from(
    [
        "absolute delta <=", "must agree within", "must not differ by more than", "error below",
        "RMS delta <", "deviation of at most", "relative error ≤", "is unchanged to", "+/-", "tolerance:",
        "may not drift by more than", "max abs difference must not exceed", "differences must stay under",
        "agrees with the baseline to better than", "changes by no more than",
    ]
)  # fmt: skip
UNITS = st.sampled_from(
    ["", " Hartree", " Ha", " eV", " a.u.", " mHa", " kcal/mol", " meV/atom", " Ry"]
)
TAILS = st.sampled_from(
    ["", " vs baseline", " vs. incumbent baseline", " for every case", " for all 12 cases", " (see section 3.2)",
     " for UKS cases", " when the benchmark exposes it", " on 4 ranks", ", as in version 2.1", " for 6-31g and H2O",
     ", which takes 8 cycles"]
)  # fmt: skip


def bounds_of(text):
    names = ("other",)
    constraints = apply_nameless(compiled(text), names).constraints
    return [each for constraint in constraints for each in constraint.tolerances], [
        each for constraint in constraints for each in constraint.limits
    ]


@given(FIELDS, PHRASES, NUMBERS, UNITS, TAILS)
def test_a_compiled_bound_is_never_looser_than_the_prose(name, phrase, number, unit, tail):
    spelled, size = number
    tolerances, limits = bounds_of(f"- {name} {phrase} {spelled}{unit}{tail}")
    assert tolerances, limits
    assert all(each.bound <= size for each in tolerances)
    if not unit:
        assert all(each.bound >= math.nextafter(size, 0) for each in tolerances)
    assert all(each.maximum is None or each.maximum <= size for each in limits)


@given(
    st.lists(st.tuples(FIELDS, PHRASES, NUMBERS), min_size=2, max_size=4),
    st.sampled_from([" and ", "; ", ", ", ". "]),
)
def test_of_several_bounds_each_field_gets_none_that_is_looser(clauses, joint):
    text = joint.join(f"{name} {phrase} {number[0]}" for name, phrase, number in clauses)
    tolerances, _ = bounds_of(text)
    known = {"`e_tot`": ["e_tot"], "`energy`": ["energy"], "total energy": ["energy"], "forces": ["forces"],
             "`a`, `b` and `c`": ["a", "b", "c"], "the dipole moment (`mu`)": ["mu"],
             "Density matrix": ["density_matrix"]}  # fmt: skip
    for name, _, (_, size) in clauses:
        for field in known[name]:
            assert any(each.field == field and each.bound <= size for each in tolerances), text


@given(
    st.integers(1, 15),
    st.sampled_from(["decimal places", "decimals", "significant figures", "digits"]),
)
def test_digits_are_never_looser_than_a_unit_in_the_last_place(count, what):
    tolerances, _ = bounds_of(f"`e` agrees to {count} {what}")
    assert tolerances
    assert all(each.bound <= float(f"1e-{count}") for each in tolerances)


@given(
    st.floats(-1e6, 1e6).map(lambda value: round(value, 4)),
    st.sampled_from(["at least", ">=", "no less than", "must not be below", ">"]),
)
def test_a_lower_bound_stays_one_sided(value, phrase):
    tolerances, limits = bounds_of(f"`gap` {phrase} {value:.4f}")
    assert tolerances == []
    assert [each.maximum for each in limits] == [None]
    assert all(each.minimum >= value for each in limits)


@given(st.text())
def test_any_prose_is_compiled_and_kept(text):
    result = compiled(text)
    assert [each.text for each in result.constraints] == [" ".join(text.split())] * len(
        result.constraints
    )
    assert result.constraints
    for constraint in result.constraints:
        for each in constraint.tolerances:
            assert math.isfinite(each.bound)
            assert each.bound >= 0


@given(
    st.lists(
        st.sampled_from(
            [*"0123456789.,;:()[]<>=`|±-+*^% ", " e", "e-", "10^", "energy ", "`x` ", " within ", " for ", " UKS ", " and ",
             " between ", " to ", "RMS ", "not ", " more than ", "\ue100", "\uf8ff"]
        )
    ).map("".join)
)  # fmt: skip
def test_any_mixture_of_numbers_and_words_is_compiled(text):
    for constraint in compiled(text).constraints:
        assert all(math.isfinite(each.bound) for each in constraint.tolerances)
        for each in constraint.limits:
            for value in (each.value, each.absolute, each.relative, each.minimum, each.maximum):
                assert value is None or math.isfinite(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`std_dev` may differ by no more than 1 part in 10^9", ["std_dev relative_delta 1e-09"]),
        ("`e` agrees to 1 part per billion", ["e relative_delta 1e-09"]),
        ("`e` agrees to 5 parts per million", ["e relative_delta 5e-06"]),
        ("`e` agrees to one part in a million", ["e relative_delta 1e-06"]),
        ("`e` agrees to 1 in 10^6", ["e relative_delta 1e-06"]),
        ("`e` agrees to 2 parts in 1,000,000", ["e relative_delta 2e-06"]),
        ("`e` within 2 ppt", ["e relative_delta 2e-12"]),
        ("`e` within 1 ulp", ["e relative_delta 1.11e-16"]),
        ("`e` within 2 parts", []),
        ("1 in 1000 frames may differ in `e`", []),
        ("`drift` below 1e-6 per 1000 steps", ["drift min -1e-06 max 1e-06"]),
        ("`e` within 1e-8, otherwise 1e-6", ["e abs_delta 1e-08"]),
        ("`e` within 1e-6, better 1e-8", ["e abs_delta 1e-08"]),
        ("`errors` = 0", ["errors value 0 abs 0"]),
        ("`errors` = 0 and `warnings` = 0", ["errors value 0 abs 0", "warnings value 0 abs 0"]),
        ("`n_atoms` = 12 for train-a", ["n_atoms value 12 abs 0 [train-a]"]),
        ("`max_cycle` = 50", []),
        ("Position error shall not exceed 1 mm", []),
        ("Position error shall not exceed 1e-6", []),
        ("positions within 1e-6", ["positions abs_delta 1e-06"]),
        ("`pos` must stay within 0.1 nm", []),
    ],
)
def test_shares_stated_values_and_lengths(text, expected):
    assert shown(text) == expected
    assert expected or compiled(text).notes


@given(
    count=st.integers(1, 999),
    exponent=st.integers(3, 15),
    words=st.sampled_from(["part in 10^{}", "parts in 10**{}", "parts in 1e{}", "parts per 10^{}"]),
)
def test_a_share_is_never_read_as_more(count, exponent, words):
    tolerances, limits = bounds_of(f"`e` within {count} {words.format(exponent)}")
    assert not limits
    [(field, comparison, bound)] = [
        (each.field, each.comparison, each.bound) for each in tolerances
    ]
    assert (field, comparison) == ("e", "relative_delta")
    assert bound == pytest.approx(count * 10.0**-exponent, rel=1e-12)
