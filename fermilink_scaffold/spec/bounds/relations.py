"""How the words around a number make it a bound: upper, lower, on a difference or on a value."""

from __future__ import annotations

import math
import re

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.bounds.units import is_fraction, to_float
from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from fermilink_scaffold.spec.bounds.quantities import Number
    from fermilink_scaffold.spec.model import Comparison

    Kind: TypeAlias = Literal["upper", "lower", "equal", "bare", "none"]

__all__ = [
    "FAILURE",
    "Relation",
    "comparisons_of",
    "is_counted",
    "is_speed",
    "names_difference",
    "relation_of",
    "without_next",
]

_NOT = r"(?:(?:must|may|should|shall|can|does|do|is|are)\s?(?:not|n't)|cannot|never|not|without|no)"
#: What may stand between a negation and the word that it negates: no other verb or clause.
_GAP = r"(?:(?!\b(?:must|should|shall|has to|have to|and|or|but|while|so|if|when|unless)\b)[^.;:<>=()])"
_UPPER = (
    r"<=|<|(?:less|smaller|lower|tighter|better|closer|fewer) than|below|under|at most|within|up to"
    r"|bounded by|(?:maximum|max) of|tolerances?|\b[ar]?tol\b|\+/-"
    r"|(?:accurate|accuracy|precise|precision|converged) (?:to|of)|differ\w* (?:only )?by|threshold"
    r"|(?:agree|match|equal|correct|reproduced?|same|identical|consistent|unchanged|preserved?)\w* (?:up )?to"
    r"|limit(?:ed)? (?:of|to)|(?:error|delta|difference|deviation|drift)s? of"
)
_LOWER = (
    r">=|>|at least"
    r"|(?:greater|larger|higher|more) than|above|\bexceeds?|minimum of"
)
_EQUAL = r"==|exactly|\bequals?(?: to)?|must be|must equal|(?:remain|stay)s? at"
_NEGATED = (
    rf"\b{_NOT}\b{_GAP}{{0,100}}?\b(?:(?P<least>(?:less|smaller|lower|fewer|below|under)(?: than)?)"
    r"|(?P<most>(?:more|greater|larger|higher|bigger|worse)(?: than)?|above|over|beyond|exceed\w*))"
)
_RELATION = lazy(rf"{_NEGATED}|(?P<lower>{_LOWER})|(?P<upper>{_UPPER})|(?P<equal>{_EQUAL})")
_DISTANT = lazy(r"[A-Za-z]{3,}\W+(?:\w+\W+){3,}$")
_AFTER = lazy(
    r"[\s,(]*(?:(?P<upper>or (?:less|better|lower|smaller|below|tighter)|at most|max(?:imum)?\b"
    r"|(?:absolute |relative |rms )?(?:tolerance|agreement|accuracy|precision))"
    r"|(?P<lower>or (?:more|higher|larger|greater)|at least|min(?:imum)?\b))"
)
#: `1e-8 >= `x``: the number stands first.
_TURNED = lazy(r"\s*(?P<sign>[<>]=?)(?!>)", needs=("<", ">"))
_STRICT = lazy(
    r"<|>|(?:less|smaller|lower|fewer|greater|larger|higher|more) than|below|under|above|exceeds?"
)
_DIFFERENCE = lazy(
    r"\bdelta|differ|deviat|\berrors?\b|discrepan|agree|match|\bchang|drift|toleran|\b[ar]?tol\b|\bvs\b"
    r"|versus|baseline|reference|incumbent|unchanged|within|accura|reproduc|consisten|\bsame\b"
    r"|\brmsd?\b|\bmae\b|\+/-|preserv|precis|compar|identical|relative|absolute|or (?:better|tighter)\b"
    r"|\bby (?:more|less|at|no|up)\b"
)
_SETTING = lazy(
    r"(?:conv_?tol\w*|convergence(?: criteri\w+| threshold)?|cut-?off|ecut\w*|time ?step|\bdt|max_cycle"
    r"|level ?shift|\bscf tol\w*)\W*(?:of|is|at|to|=|:|<=?)?\W*$",
    needs=("conv", "cut", "step", "dt", "max_cycle", "shift", "scf tol"),
)
_FAILS = (
    r"\b(?:(?:fail|reject|invalid|unacceptable|wrong|discard|incorrect|forbidden|disallow)\w*"
    r"|not (?:allowed|acceptable|accepted|tolerated|permitted|ok))\b"
)
FAILURE = lazy(
    rf"{_FAILS}[^.;]*\b(?:if|when|on|where|whose|with)\b|\b(?:if|when|any)\b[^.;]*{_FAILS}"
    rf"|\d[^.;,\d]{{0,24}}\b(?:is|are|be|means?|counts? as)\b[^.;,\d]{{0,12}}{_FAILS}",
    needs=(
        *(
            "fail",
            "reject",
            "invalid",
            "unaccept",
            "wrong",
            "discard",
            "incorrect",
            "forbid",
            "disallow",
        ),
        *("not allowed", "not accept", "not tolerated", "not permitted", "not ok"),
    ),
)
_COUNTED = lazy(
    r"[\s-]*(?:scf |md |mpi |time ?|outer |inner |macro |micro |consecutive )?(?:cycles?|iterations?|steps?|ranks?"
    r"|runs?|threads?|cores?|atoms?|electrons?|states?|roots?|frames?|waters?|molecules?|cases?|workloads?|seeds?"
    r"|points?|processes|repeats|times|hours?|minutes?|days?|seconds?|x|fold|sigmas?|\u03c3|standard deviations?|std)\b"
)
_SPEED = lazy(r"\b(?:slow|fast|regress|speed|wall|run ?time|throughput|performance|memory|rss)\w*")
_TIMES = frozenset({"s", "ms", "us", "ns", "GB", "MB", "KB", "kB", "GiB", "MiB", "B"})
_RELATIVE = lazy(r"\brelative(?! to\b)|\brel\b|\brtol\b|fractional|\bmape\b")
_RELATIVE_TO = lazy(r"\brelative to\b")
_ABSOLUTE = lazy(r"\babs(?:olute)?\b|\batol\b")
_RMS = lazy(r"\brmsd?\b|\brmse\b|root[- ]mean[- ]squared?")
#: What makes a bound behind one on the root mean square one on each value.
_EACH = lazy(
    r"\bmax(?:im(?:um|al))?\b|\beach\b|\bevery\b|\bany\b|component|element|pointwise|\bsingle\b|\bindividual"
    r"|\blargest\b|\bworst\b|\bdelta|differ|deviat|\berrors?\b|\bpeak\b|\blinf\b|\bper\b"
)
_MEAN = lazy(r"\bmean\b|\baverage[ds]?\b|\bmae\b|\bmedian\b")


class Relation(Record):
    """How a number bounds."""

    kind: Kind
    #: The words that say so.
    words: str = ""
    #: Their place in the text before the number, where they stand there.
    span: tuple[int, int] | None = None

    @property
    def strict(self) -> bool:
        """True where equality is excluded: `<`, `below`; not `no more than`."""
        bare = self.words.strip()
        negated = re.match(rf"{_NOT}\b", bare)
        return bool(_STRICT.fullmatch(bare)) and not negated


def relation_of(lead: str, tail: str, sentence: str, number: Number) -> Relation:
    """The relation of a number, from the text before it, behind it and its whole sentence.

    All texts here are in lower case.
    """
    if _SETTING.search(lead) or not math.isfinite(to_float(number.value)):
        return Relation(kind="none")
    matches = list(_RELATION.finditer(lead))
    found = Relation(kind="none")
    if matches and not _DISTANT.search(lead[matches[-1].end() :]):
        match = matches[-1]
        kind: Kind = "upper" if match["upper"] or match["most"] else "equal"
        kind = "lower" if match["lower"] or match["least"] else kind
        found = Relation(kind=kind, words=match[0], span=match.span())
    elif turned := _TURNED.match(tail):
        upper = turned["sign"].startswith(">")
        words = turned["sign"].translate({ord("<"): ">", ord(">"): "<"})
        found = Relation(kind="upper" if upper else "lower", words=words)
    elif after := _AFTER.match(tail):
        found = Relation(kind="upper" if after["upper"] else "lower", words="<=")
    elif number.small or is_fraction(number):
        found = Relation(kind="bare")
    if found.kind in {"upper", "lower"} and FAILURE.search(sentence):
        return _flipped(found)
    return found


def _flipped(relation: Relation) -> Relation:
    """`fail if above X` demands at most X; `fail if at least X` demands less than X."""
    kind: Kind = "lower" if relation.kind == "upper" else "upper"
    strict = {"upper": "<", "lower": ">"}[kind]
    words = f"{strict}=" if relation.strict else strict
    return Relation(kind=kind, words=words, span=relation.span)


def without_next(tail: str) -> str:
    """The text between two numbers without what makes the second one a bound."""
    matches = [match for match in _RELATION.finditer(tail) if not tail[match.end() :].strip()]
    return tail[: matches[-1].start()] if matches else tail


def names_difference(text: str) -> bool:
    """True for words that speak of a difference: `delta`, `within`, `vs baseline`."""
    return _DIFFERENCE.search(text) is not None


def is_speed(text: str) -> bool:
    """True for words that speak of how fast or large a run is, not of its result."""
    return _SPEED.search(text) is not None


def is_counted(text: str, number: Number) -> bool:
    """True for a number of things, `50 iterations`, or of multiples, `3 sigma`."""
    counted = not number.unit and _COUNTED.match(text, number.end) is not None
    return counted or number.unit in _TIMES


def comparisons_of(
    near: str, number: Number, inherited: tuple[Comparison, ...]
) -> tuple[tuple[Comparison, ...], str | None]:
    """How the difference is compared, by the words near its bound; and what was assumed.

    `inherited` is the comparison of the bound before it, where this one names no field.
    """
    comparisons: tuple[Comparison, ...] = ("abs_delta",)
    assumed: str | None = None
    absolute = _ABSOLUTE.search(near) is not None
    if is_fraction(number) or (_RELATIVE.search(near) and not number.unit):
        comparisons = ("relative_delta",)
        if absolute and not number.unit:
            comparisons = ("abs_delta", "relative_delta")
    elif _RMS.search(near):
        comparisons = ("rms_delta",)
    elif _RELATIVE_TO.search(near) and number.small and not number.unit and not absolute:
        comparisons = ("relative_delta",)
    elif _RELATIVE_TO.search(near) and not number.unit and not absolute:
        comparisons = ("abs_delta", "relative_delta")
        assumed = "`relative to` may mean a relative or an absolute difference; both are bounded"
    elif inherited == ("rms_delta",) and _EACH.search(near):
        comparisons = ("abs_delta",)
    elif inherited and not absolute:
        comparisons = inherited
    elif _MEAN.search(near):
        assumed = "a bound on a mean difference is laid on each value, which is tighter"
    return comparisons, assumed
