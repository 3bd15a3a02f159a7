"""Bullets as people write them, each compiled whole: bounds, cases and every review note."""

from __future__ import annotations

import pytest

from fermilink_scaffold.spec.bounds.compiler import compile_bounds
from fermilink_scaffold.spec.goal.correctness import compile_bullets
from fermilink_scaffold.spec.model import Source

CASES = {"train-a": "UKS water", "train-c": "RKS neon", "test-b": "dynamics of argon"}


def outcome(text):
    """`field comparison bound [cases]` for each bound, and the notes behind `? `."""
    source = Source(file="goal.md", line=3)
    result = compile_bounds(text, source=source, case_ids=tuple(CASES), cases=CASES)
    lines = []
    for constraint in result.constraints:
        cases = f" [{' | '.join(constraint.case_words)}]" if constraint.case_words else ""
        lines += [
            f"{each.field} {each.comparison} {each.bound:.6g}{cases}"
            for each in constraint.tolerances
        ]
        for each in constraint.limits:
            parts = {"value": each.value, "abs": each.absolute, "rel": each.relative}
            parts |= {"min": each.minimum, "max": each.maximum}
            shown = " ".join(
                f"{key} {size:.10g}" for key, size in parts.items() if size is not None
            )
            lines.append(f"{each.field} {shown}{cases}")
    assert {note.source for note in result.notes} <= {source}
    return [*lines, *(f"? {note.text}" for note in result.notes)]


LOST = "is not understood, so nothing of its sentence is enforced"
LEFT = "is not compiled: the bound holds without it, which is tighter"
ASSUMED = "is taken as it is: the field must be printed in"
LOOKS = "? the runner looks for {} in the output; other names go in backticks"
NAMELESS = (
    "? this bullet is not compiled, so nothing enforces it: it names no field; "
    "put the printed name in backticks"
)
UNREAD = NAMELESS.replace("it names", "`{}` names")

TABLE = [
    # the attack's and the users' own
    ("`std_dev` may differ by no more than 1 part in 10^9", ["std_dev relative_delta 1e-09"]),
    ("`errors` = 0", ["errors value 0 abs 0"]),
    (
        "Position error shall not exceed 1 mm",
        ["? 1 mm is not compiled; write the printed number, without a unit"],
    ),
    (
        "Position and energy within 1e-6",
        [
            "energy abs_delta 1e-06",
            "? no bound is laid on Position: put the printed name in backticks",
            LOOKS.format("energy"),
        ],
    ),
    (
        'The `norm` must not deviate by more than 1e-12 (relative), and "Max amplitude" must stay within 0.01%.',
        ["norm relative_delta 1e-12", "Max amplitude relative_delta 0.0001"],
    ),
    ("`t` within 1e-6 unless the case is test-b", ["t abs_delta 1e-06 [train-a | train-c]"]),
    ("`t` within 1e-6 except for test-b", ["t abs_delta 1e-06 [train-a | train-c]"]),
    ("`t` within 1e-6 for all cases other than test-b", ["t abs_delta 1e-06 [train-a | train-c]"]),
    ("`t` within 1e-6 in all but test-b", ["t abs_delta 1e-06 [train-a | train-c]"]),
    ("`t` within 1e-6 apart from test-b", ["t abs_delta 1e-06 [train-a | train-c]"]),
    ("`t` within 1 in 10^6", ["t relative_delta 1e-06"]),
    ("`t` agrees to 1 part in 1e9", ["t relative_delta 1e-09"]),
    ("`t` within one part per million", ["t relative_delta 1e-06"]),
    (
        "`t` may change by a factor of at most 1.001",
        [
            "t relative_delta 0.000999001",
            "? a factor of 1.001 is read as a relative difference of 0.000999001",
        ],
    ),
    (
        "`t` within 2 ulp",
        [
            "t relative_delta 2.22e-16",
            "? an ulp or epsilon is that of double precision, and ppt is parts per trillion",
        ],
    ),
    ("`t` within 3 sigma", [f"? '3 sigma' {LOST}"]),
    (
        "`t`: max 1 of 100 values may differ by more than 1e-3",
        [f"? '`t`: max 1 of 100 values may' {LOST}"],
    ),
    (
        "`t`: at least 6 of 8 digits equal",
        [
            "t abs_delta 5e-07",
            "t relative_delta 5e-07",
            "? '6 of 8 digits' is taken both as decimal places and as significant digits",
        ],
    ),
    ("`t` to within +/- 0.5e-3 of 1.25", ["t value 1.25 abs 0.0005"]),
    ("`t` rel. tol. 1e-6, abs. tol. 1e-12", ["t relative_delta 1e-06", "t abs_delta 1e-12"]),
    ("`t` = 12", ["t value 12 abs 0"]),
    (
        "`t` must be positive",
        ["t min 4.940656458e-324", "? above 0 is written as the number next to it, 4.9e-324"],
    ),
    (
        "`t` > 0",
        ["t min 4.940656458e-324", "? above 0 is written as the number next to it, 4.9e-324"],
    ),
    ("`t` and `u` within 1e-6 and 1e-3 respectively", ["t abs_delta 1e-06", "u abs_delta 0.001"]),
    (
        "`t`: 5e-8 Ha (but 1e-3 for the old version)",
        [
            "t abs_delta 5e-08",
            "? of two bounds on t the tighter is kept: abs_delta 5e-08, not 0.001",
        ],
    ),
    ("`t` must not get worse than 5", [f"? '`t` must not get worse than 5' {LOST}"]),
    (
        "`t` changes < 1e-6 per 1000 steps",
        ["t abs_delta 1e-06", "? '1e-6 per 1000 steps' is laid on the printed value as it is"],
    ),
    ("`t` delta <= 1e-6 (see issue 42, version 3.2)", ["t abs_delta 1e-06"]),
    ("`relation_error` must be smaller than 1e-40", ["relation_error min -1e-40 max 1e-40"]),
    ("`residual` must stay below 1e-10 (it is around 1e-14 today)", ["residual max 1e-10"]),
    ("mean_distance: relative delta <= 1e-9", ["mean_distance relative_delta 1e-09"]),
    (
        '"trace" of the solution: relative difference to the baseline <= 1e-8',
        ["trace relative_delta 1e-08"],
    ),
    (
        "float32 input keeps float32 arithmetic: for test-b the distances may differ by 1e-5 relative",
        [NAMELESS],
    ),
    ("the number of non-finite results (`not_finite`) must not change", ["not_finite abs_delta 0"]),
    (
        "`activity_now`, `activity_hour` within 1e-9 relative to the baseline",
        ["activity_now relative_delta 1e-09", "activity_hour relative_delta 1e-09"],
    ),
    (
        "`residual` smaller than 1e-40 in the special function cases and smaller than 1e-15 in train-a and test-b",
        ["residual max 1e-40 [train-c]", "residual max 1e-15 [train-a | test-b]"],
    ),
    ("`energy` = -75.98394850 +- 1e-6", ["energy value -75.9839485 abs 1e-06"]),
    (
        "`iterations` must not grow by more than 2",
        [
            "iterations abs_delta 2",
            "? this bound against the incumbent is one-sided; the contract's tolerance is two-sided, which is tighter",
        ],
    ),
    # electronic structure
    (
        "Total energy of every SCF within 1e-8 Ha of the reference",
        ["energy abs_delta 1e-08", LOOKS.format("energy")],
    ),
    (
        "`e_tot` within 1e-7 Hartree except for UKS, where 1e-6 is enough",
        ["e_tot abs_delta 1e-07", f"? 'except for UKS, where 1e-6 is enough' {LEFT}"],
    ),
    (
        "`mo_energy` RMS delta below 2e-5 (5e-5 for the UKS case)",
        ["mo_energy rms_delta 2e-05 [train-c | test-b]", "mo_energy rms_delta 5e-05 [UKS]"],
    ),
    ("HOMO-LUMO gap within 1 meV", [NAMELESS]),
    ("`gap` must be larger than 0.5 eV", ["gap min 0.5"]),
    ("`s2` must be 0.75 to within 1e-4 for the UKS cases", ["s2 value 0.75 abs 0.0001 [UKS]"]),
    ("`<S^2>` within 1e-6 (relative)", ["<S^2> relative_delta 1e-06"]),
    (
        "Orbital energies and `dipole` agree to 5 decimals",
        ["mo_energy abs_delta 5e-06", "dipole abs_delta 5e-06", LOOKS.format("mo_energy")],
    ),
    ("`e_tot` must be identical to 10 significant digits", ["e_tot relative_delta 5e-11"]),
    (
        "`e_corr` within 0.1 kcal/mol",
        [
            "e_corr abs_delta 0.00015936",
            "? 0.1 kcal/mol is read as 0.000159 Hartree, the tightest reading; leave the unit away to take the number as it is",
        ],
    ),
    ("`nelec` must be exactly 10", ["nelec value 10 abs 0"]),
    ("`norm` must be 1 to within 1e-12", ["norm value 1 abs 1e-12"]),
    ("`overlap` must be at least 0.999", ["overlap min 0.999"]),
    ("`|E - E_ref| < 1e-8`", ["energy abs_delta 1e-08", LOOKS.format("energy")]),
    ("`abs(f - f_ref)/abs(f_ref) < 1e-5`", [f"? 'f_ref)/abs(f_ref)' {LOST}"]),
    # molecular dynamics
    (
        "Forces: max component deviation < 1e-4 Ry/bohr",
        ["forces abs_delta 0.0001", f"? 0.0001 Ry/bohr {ASSUMED} Ry/bohr", LOOKS.format("forces")],
    ),
    (
        "Energy drift below 1e-5 eV/atom/ps over the whole trajectory",
        [
            "energy_drift min -1e-05 max 1e-05",
            "? 1e-05 eV/atom/ps is laid on the printed value as it is",
            LOOKS.format("energy_drift"),
        ],
    ),
    (
        "`PotEng` within 1e-6 relative to the reference run for all cases except test-b",
        ["PotEng relative_delta 1e-06 [train-a | train-c]"],
    ),
    ("`temp` must stay between 295 and 305 K", ["temp min 295 max 305"]),
    ("`temp` = 300 +/- 5 K", ["temp value 300 abs 5", f"? 5 K {ASSUMED} K"]),
    (
        "`press` within 0.5 kbar of the baseline",
        ["press abs_delta 0.5", f"? 0.5 kbar {ASSUMED} kbar"],
    ),
    ("`msd` at 300 K within 1e-6", ["msd abs_delta 1e-06"]),
    ("`etotal` after 1000 steps within 1e-6", ["etotal abs_delta 1e-06"]),
    ("`f` within 1e-3 for 95% of the atoms", [f"? '95% of' {LOST}"]),
    ("95% of the values of `f` within 1e-3", [f"? '95% of' {LOST}"]),
    ("`lost_atoms` must be zero", ["lost_atoms value 0 abs 0"]),
    ("`zmax` within 5 mm", ["? 5 mm is not compiled; write the printed number, without a unit"]),
    # climate
    (
        "global mean `tas` within 1e-3 K; `pr` within 1e-6 mm/day",
        [
            "tas abs_delta 0.001",
            f"? 0.001 K {ASSUMED} K",
            "? a bound on a mean difference is laid on each value, which is tighter",
            "? 1e-06 mm/day is not compiled; write the printed number, without a unit",
        ],
    ),
    ("`precip` relative difference < 0.1 % everywhere", ["precip relative_delta 0.001"]),
    ("`mass_error` must never exceed 1e-12", ["mass_error min -1e-12 max 1e-12"]),
    ("`sst` within 0.01 °C", ["sst abs_delta 0.01", f"? 0.01 °C {ASSUMED} °C"]),
    ("`salinity` must be non-negative", ["salinity min 0"]),
    ("`ice_fraction` in [0, 1]", ["ice_fraction min 0 max 1"]),
    ("`mse`: mean squared error of the field below 4", [f"? 'squared' {LOST}"]),
    ("`slp` normalized RMS difference below 1e-3", [f"? 'normalized' {LOST}"]),
    ("`t2m` 99th percentile error below 1e-3", [f"? 'percentile' {LOST}"]),
    ("`flux` and `albedo` must agree with each other within 1e-6", [f"? 'each other' {LOST}"]),
    # astronomy
    ("`flux` must agree within 0.1 mag", ["flux abs_delta 0.1", f"? 0.1 mag {ASSUMED} mag"]),
    ("`ra` within 1 mas", ["ra abs_delta 1", f"? 1 mas {ASSUMED} mas"]),
    (
        "`phi` up to a global phase within 1e-8",
        ["phi abs_delta 1e-08", f"? 'up to a global phase' {LEFT}"],
    ),
    ("`z` within 0.1 dex", [f"? '0.1 dex' {LOST}"]),
    (
        "`chi2` must not increase by more than 1%",
        [
            "chi2 relative_delta 0.01",
            "? this bound against the incumbent is one-sided; the contract's tolerance is two-sided, which is tighter",
        ],
    ),
    ("log10 of `mass` within 0.1", [f"? 'log10' {LOST}"]),
    ("`snr` no worse than 5", [f"? '`snr` no worse than 5' {LOST}"]),
    ("`period` within 2 orders of magnitude", [f"? '2 orders' {LOST}"]),
    ("`counts` may be off by at most one", ["counts abs_delta 1"]),
    ("`a` within 1e-6 of `b`", [f"? '1e-6 of' {LOST}"]),
    ("`a` <= 1e-6 * `b`", [f"? '1e-6 *' {LOST}"]),
    ("difference between `a` and `b` below 1e-6", [f"? 'between `a` and `b`' {LOST}"]),
    # how people write
    (
        "No individual component of the final gradient `g` may differ from the baseline by more than 1e-6",
        ["g abs_delta 1e-06"],
    ),
    ("`f` need not agree within 1e-6", [f"? 'not agree within 1e-6' {LOST}"]),
    ("`f` must not be within 1e-6 of zero", [f"? 'not be within 1e-6 of 0' {LOST}"]),
    ("`f` must not equal 0", [f"? 'not equal 0' {LOST}"]),
    ("`f` changes larger than 1e-6 are not acceptable", ["f abs_delta 1e-06"]),
    ("`f` may exceed the baseline by 1e-6", [f"? '`f` may exceed the baseline by 1e-6' {LOST}"]),
    ("must not crash and `gap` must be greater than 0.5", ["gap min 0.5"]),
    ("the last 2 digits of `f` may differ", [f"? '2 digits' {LOST}"]),
    (
        "`f` within 1e-6/1e-3",
        ["? the numbers of this bullet are not understood, so nothing enforces it"],
    ),
    (
        "`f` within 1e-6 to 1e-5",
        [
            "f abs_delta 1e-06",
            "? of two bounds on f the tighter is kept: abs_delta 1e-06, not 1e-05",
        ],
    ),
    ("`x` = 1e-3", [f"? '`x` = 1e-3' {LOST}"]),
    ("percent difference of `f` <= 1", [f"? 'percent' {LOST}"]),
    ("sum of absolute differences of `f` below 1e-6", [f"? 'sum' {LOST}"]),
    ("`f` within 1e-6. This does not apply to test-b.", ["f abs_delta 1e-06 [train-a | train-c]"]),
    ("test-b is exempt; all others: `f` within 1e-6", ["f abs_delta 1e-06 [train-a | train-c]"]),
    ("`f` within 1e-6 if `n` > 10", ["f abs_delta 1e-06", f"? 'if `n` > 10' {LEFT}"]),
    (
        "`f` within 1e-6 unless it was printed in 1987, but `g` must not fall below 3e-7",
        ["f abs_delta 1e-06", "g min 3e-07", f"? 'unless it was printed in 1987' {LEFT}"],
    ),
    (
        "Except for test-b, `f` within 1e-6 and `g` within 1e-4",
        ["f abs_delta 1e-06 [train-a | train-c]", "g abs_delta 0.0001 [train-a | train-c]"],
    ),
    ("`warnings` at most two", ["warnings max 2"]),
    # names as an output line shows them
    ("`!    total energy` must agree to 8 decimals", ["!    total energy abs_delta 5e-09"]),
    (
        "`forces` within 1e-5 and `!    total energy` within 1e-8",
        ["forces abs_delta 1e-05", "!    total energy abs_delta 1e-08"],
    ),
    ("`Total energy =` within 1e-8", ["Total energy abs_delta 1e-08"]),
    ("`E_tot [Ha]` within 1e-8", ["E_tot [Ha] abs_delta 1e-08"]),
    ("`!    total energy` must not change", ["!    total energy abs_delta 0"]),
    ('"ENERGY| Total energy" within 1e-8', ["ENERGY| Total energy abs_delta 1e-08"]),
    ("ENERGY| Total FORCE_EVAL energy within 1e-8", [UNREAD.format("FORCE_EVAL")]),
    ("`Tot. energy` within 1e-8", [UNREAD.format("Tot. energy")]),
    ("`|dE/E|` within 1e-8", [UNREAD.format("|dE/E|")]),
    (
        "`forces` within 1e-5 and `Tot. energy` within 1e-8",
        ["forces abs_delta 1e-05", UNREAD.format("Tot. energy")],
    ),
    # what must not change at all
    ("checksum mustn't change.", ["checksum abs_delta 0", LOOKS.format("checksum")]),
    (
        "number of iterations: unchanged",
        ["? nothing enforces 'number of iterations: unchanged': put the printed name in backticks"],
    ),
    # which norm it is
    ("The L2 `norm` differs by less than 1e-10", ["norm abs_delta 1e-10"]),
    ("Linf norm `x_norm` within 1e-10", ["x_norm abs_delta 1e-10"]),
    ("The L2 `x` differs by less than 1e-10", [f"? 'l2' {LOST}"]),
    # metres and seconds, also per something
    (
        "`r`: |delta| < 1e-6 km",
        ["? 1e-06 km is not compiled; write the printed number, without a unit"],
    ),
    (
        "`v` ≤ 1×10⁻⁹ km/s",
        ["? 1e-09 km/s is not compiled; write the printed number, without a unit"],
    ),
    ("`nu` within 0.1 cm-1", ["nu abs_delta 0.1", f"? 0.1 cm-1 {ASSUMED} cm-1"]),
    # found by putting words into bullets
    ("`e` agrees to 6", [f"? '`e` agrees to 6' {LOST}"]),
    ("`e` agrees to 6 correct digits", [f"? '`e` agrees to 6' {LOST}"]),
    ("`e` within 1 (one) percent", [f"? '1 (one) percent' {LOST}"]),
    ("`e` = 12 percent", [f"? '`e` = 12 percent' {LOST}"]),
    ("`error_rate` must stay below 5 %", [f"? '`error_rate` must stay below 5 %' {LOST}"]),
    ("`e` must not differ squared by more than 1e-6", [f"? 'squared' {LOST}"]),
    ("`e` within 1e-6 zork", [f"? '1e-6 zork' {LOST}"]),
    ("`e` within zork 1e-6", [f"? 'within zork 1e-6' {LOST}"]),
    ("`e` zork error below 1e-6", [f"? 'zork error below' {LOST}"]),
    ("`e` = 1.5 zork +/- 0.1", [f"? '`e` = 1.5 zork +/- 0.1' {LOST}"]),
    ("`e` of test-b must equal that of train-a within 1e-6", [f"? 'equal that of train-a' {LOST}"]),
    ("`e` within max(1e-6, 1e-8*|e|)", [f"? '1e-8*|e|)' {LOST}"]),
    (
        "`residual` below 1e-10 (1e-5 for test-b)",
        ["residual max 1e-10 [train-a | train-c]", "residual max 1e-05 [test-b]"],
    ),
    ("`gap` at least 5, but 3 for test-b", ["gap min 5 [train-a | train-c]", "gap min 3 [test-b]"]),
    (
        "`e` within 1e-6 for train-a, train-c and 1e-4 for test-b",
        ["e abs_delta 1e-06 [train-a | train-c]", "e abs_delta 0.0001 [test-b]"],
    ),
    (
        "`e` within 1e-6 (train-a), 1e-5 (train-c) and 1e-4 (test-b)",
        [
            "e abs_delta 1e-06 [train-a]",
            "e abs_delta 1e-05 [train-c]",
            "e abs_delta 0.0001 [test-b]",
        ],
    ),
    (
        "`e` error in the range 1e-8 to 1e-6",
        [
            "e abs_delta 1e-08",
            "? of two bounds on e the tighter is kept: abs_delta 1e-08, not 1e-06",
        ],
    ),
    ("`e`: 1e-6 (abs), `f`: 1e-5 (rel)", ["e abs_delta 1e-06", "f relative_delta 1e-05"]),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_a_bullet_is_compiled_as_a_person_reads_it(text, expected):
    assert outcome(text) == expected


BOTH = "? of two bounds on {0} the tighter is kept: abs_delta {1}, not {2}"
ONE_SIDED = (
    "this bound against the incumbent is one-sided; the contract's tolerance is two-sided, "
    "which is tighter"
)
EITHER = (
    "it is not said whether the bound is on the value or on its change; taken as both, "
    "which is tighter"
)
#: Numbers that could be taken for a looser bound than the one that is meant.
SIZES = [
    ("`e` within 1,5e-6", ["e abs_delta 1.5e-06"]),
    ("`residual` <= 2,5e-8", ["residual max 2.5e-08"]),
    ("`e` within 2,5 %", ["e relative_delta 0.025"]),
    ("`e` within 1,5·10⁻⁶", ["e abs_delta 1.5e-06"]),
    ("`e` = -75,983948 ± 1,5e-6", ["e value -75.983948 abs 1.5e-06"]),
    ("`e` within 1e-6,1e-7", ["e abs_delta 1e-07", BOTH.format("e", "1e-07", "1e-06")]),
    ("`n` is in [1,5]", ["n min 1 max 5"]),
    ("`n` <= 1,500", ["n max 1500"]),
    ("`n` <= 12,345,678", ["n max 12345678"]),
    ("`e` 1e-6..1e-9", ["e abs_delta 1e-09", BOTH.format("e", "1e-09", "1e-06")]),
    ("`n` between 1..10", ["n min 1 max 10"]),
    (
        "tightened from 1e-4 to 1e-7: `e`",
        ["e abs_delta 1e-07", BOTH.format("e", "1e-07", "0.0001")],
    ),
    (
        "the tolerance was loosened from 1e-7 to 1e-4: `e`",
        [f"? 'tolerance was loosened from 1e-7' {LOST}"],
    ),
    ("`e` ≈ -75.98, tolerance 1e-6", ["e value -75.98 abs 1e-06"]),
    # each number has a comparison of its own
    ("`e` within 0.1% and 1e-6", ["e relative_delta 0.001", "e abs_delta 1e-06"]),
    ("`e` within 0.1% and never more than 1e-6", ["e relative_delta 0.001", "e abs_delta 1e-06"]),
    (
        "`e` within 0.1 percent or 1e-6, whichever is smaller",
        ["e relative_delta 0.001", "e abs_delta 1e-06"],
    ),
    (
        "`e` relative error within 0.1 % for RKS and 1e-6 for UKS",
        ["e relative_delta 0.001 [RKS]", "e relative_delta 1e-06 [UKS]"],
    ),
    ("`f` RMS delta <= 2e-5 and max delta <= 1e-5", ["f rms_delta 2e-05", "f abs_delta 1e-05"]),
    ("`f` RMS <= 1e-5, max <= 1e-4", ["f rms_delta 1e-05", "f abs_delta 0.0001"]),
    (
        "`f` RMS delta <= 2e-5, each component within 5e-5",
        ["f rms_delta 2e-05", "f abs_delta 5e-05"],
    ),
    (
        "`f` RMS delta within 2e-5 for RKS and 5e-5 for UKS",
        ["f rms_delta 2e-05 [RKS]", "f rms_delta 5e-05 [UKS]"],
    ),
    # the field may stand behind its bound
    ("at most 1e-8 for `residual`", ["residual max 1e-08"]),
    ("no more than 1e-8 `residual`", ["residual max 1e-08"]),
    ("at most 20 `iterations`", ["iterations max 20"]),
    ("a difference of at most 1e-8 for `residual`", ["residual abs_delta 1e-08"]),
    ("1e-8 >= `residual`", ["residual max 1e-08"]),
    ("1e-8 > `residual`", ["residual max 1e-08"]),
    ("1e-8 <= `residual`", ["residual min 1e-08"]),
    ("`residual` RMS <= 1e-8", ["residual max 1e-08"]),
    ("`residual` RMS delta <= 1e-8", ["residual rms_delta 1e-08"]),
    (
        "`residual` must fall below 1e-8 within 20 `iterations`",
        ["residual max 1e-08", "iterations max 20"],
    ),
    ("at most 20 `n`, `e` within 1e-6", ["e abs_delta 1e-06", "n max 20"]),
    ("at most 1e-8 for `residual`, `e` within 1e-6", ["e abs_delta 1e-06", "residual max 1e-08"]),
    (
        "within 1e-8 for `e`, `f` and 1e-6 in UKS",
        ["e abs_delta 1e-08", "f abs_delta 1e-08", BOTH.format("f", "1e-08", "1e-06")],
    ),
    # a bound that goes on from the one before it
    (
        "`n` may grow by at most 5 %, never above 40",
        ["n relative_delta 0.05", "n abs_delta 40", "n max 40", f"? {ONE_SIDED}", f"? {EITHER}"],
    ),
    (
        "`n` may grow by at most 5 %, never above 40 K",
        ["? '40 K' " + LOST],
    ),
    (
        "`e` = -75.983948 ± 1e-6 for rks and ± 1e-5 for uks",
        ["e value -75.983948 abs 1e-06 [rks]", "e value -75.983948 abs 1e-05 [uks]"],
    ),
    (
        "rks: `e` -75.98 ± 1e-6; uks: -74 ± 1e-6",
        ["e value -75.98 abs 1e-06 [rks]", "e value -74 abs 1e-06 [uks]"],
    ),
    ("`s_squared` is 0.75 +/- 0.01 for uks", ["s_squared value 0.75 abs 0.01 [uks]"]),
]


@pytest.mark.parametrize(("text", "expected"), SIZES, ids=[text for text, _ in SIZES])
def test_a_number_is_never_taken_for_a_looser_one(text, expected):
    assert outcome(text) == expected


def together(*texts):
    """The bounds of several bullets of one goal, and the notes."""
    bullets = [
        (text, Source(file="goal.md", line=line)) for line, text in enumerate(texts, start=3)
    ]
    found = compile_bullets(bullets, tuple(CASES), cases=CASES)
    lines = [
        f"{each.field} {each.comparison} {each.bound:.6g}"
        for constraint in found.constraints
        for each in constraint.tolerances
    ]
    return [*lines, *(f"? {note}" for note in found.notes)]


@pytest.mark.parametrize(
    "name",
    ["!    total energy", "ENERGY| Total FORCE_EVAL", "E_tot (Ha)", "the first of five long words"],
)
def test_a_name_that_is_no_identifier_is_the_field_of_its_own_bullet(name):
    expected = [f"{name} abs_delta 5e-09", "forces abs_delta 1e-05"]
    assert together(f"`{name}` must agree to 8 decimals", "`forces` within 1e-5") == expected


@pytest.mark.parametrize(
    "name", ['result["energy"]', "E (a.u.)", "λ_max", "energy = -75.9", "eig()"]
)
def test_a_bound_on_an_unreadable_name_is_laid_on_no_other_field(name):
    assert together(f"`{name}` must agree to 8 decimals", "`forces` within 1e-5") == [
        "forces abs_delta 1e-05",
        f"? goal.md:3: {UNREAD.format(name)[2:]}",
    ]


def test_what_stands_in_backticks_beside_a_bound_leaves_it_nameless():
    laid = ["? goal.md:3: this bound names no field; it is laid on f"]
    for text in ("results of `python x.py`", "with `tol=1e-3` results", "results with `--fast`"):
        assert together(f"{text} within 1e-8", "`f` must stay below 3") == [
            "f abs_delta 1e-08",
            *laid,
        ]


def test_a_looser_bound_of_another_bullet_is_told_and_left_away():
    assert together("`residual` within 5e-13", "on 16 ranks the `residual` may differ by 1e-9") == [
        "residual abs_delta 5e-13",
        "? goal.md:4: of two bounds on residual the tighter is kept: abs_delta 5e-13, not 1e-09",
    ]


def test_an_optional_bound_replaces_no_required_one():
    assert together("`e` within 1e-9 when the run prints it", "`e` within 1e-6") == [
        "e abs_delta 1e-09",
        "e abs_delta 1e-06",
    ]


@pytest.mark.parametrize("text", [text for text, _ in TABLE])
def test_every_bullet_gives_a_bound_or_a_note(text):
    assert outcome(text)
