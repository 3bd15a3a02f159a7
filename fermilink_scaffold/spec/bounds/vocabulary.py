"""Words that a sentence about correctness may hold, by what they can do to a bound.

A word that is on no list is not understood: next to a number it could be a unit or a
quantifier, before `error` it could name another quantity.
"""

from __future__ import annotations

from functools import cache

from fermilink_scaffold.spec.text.patterns import lazy

__all__ = [
    "BETWEEN",
    "BLOCKERS",
    "KIND_BEHIND",
    "MASKS",
    "MASK_CHARACTERS",
    "MODIFIERS",
    "NEGATIONS",
    "PER",
    "REFERENCES",
    "follows_number",
    "is_neutral",
]

#: Names in backticks are masked as single characters that are in no text. They are below 256
#: because a class of others takes ten times as long to compile.
MASKS = r"\x01-\x08\x0e-\x1b\x86-\x9f"
MASK_CHARACTERS = "".join(map(chr, [*range(0x01, 0x09), *range(0x0E, 0x1C), *range(0x86, 0xA0)]))
#: They change no size, wherever they stand.
_FUNCTION = """
a an the and or but nor of in on for to from with by at as into onto via is are be been being was were
than then this that these those it its their our your they them there here each every all both any
between across over against among along versus vs compared relative absolute relatively absolutely rel
abs rms rmsd rmse mae max min maximum minimum maximal minimal mean average within below under above less
more better smaller lower fewer greater larger higher tighter closer least most up when whenever where
wherever if while which whose who so because since whether only also too even again still always must
should shall may might can could will would has have had do does did not never no cannot without
respect baseline baselines reference incumbent original previous current overall everywhere individually
throughout total tolerance tolerances tol rtol atol error errors difference differences deviation
deviations delta deltas agreement accuracy precision limit limits threshold bound bounds approximately
about around roughly otherwise plus please i.e e.g etc resp anywhere anyway respectively see like such
same identical either neither one today now currently ideally preferably typically usually
"""
#: They change no size either, but behind a number they would be what is counted.
_NOUNS = """
value values result results output outputs number numbers quantity quantities observable observables
component components element elements entry entries array arrays vector vectors tensor matrix list
data final initial first last printed reported computed calculated measured extracted stored written
numerical numerically numeric numerics physical scientific correct correctness constraint constraints
requirement requirements required tested test tests train case cases workload workloads run runs system
systems molecule molecules calculation calculations simulation simulations input inputs job jobs
benchmark benchmarks candidate candidates version versions release code program solver method
agree agrees agreeing match matches matching reproduce reproduces reproduced reproducible consistent
equal equals differ differs deviate deviates vary varies change changes changed changing drift drifts
stay stays remain remains keep keeps kept preserve preserves preserved unchanged hold holds held
exceed exceeds exceeding be become allowed acceptable accepted accept pass passes converge converges
converged convergence satisfy compare compares check checked validate validated bounded stable strictly
exactly precisely least worse absolute-value elementwise element-wise componentwise pointwise large
largest biggest worst small any-case fail fails failed reject rejected failure candidate's noise
round-off roundoff rounding machine floating point floating-point double single precision increase
increases increased decrease decreases decreased grow grows rise rises drop drops fall falls worsen
relation calculated expected target good enough fine ok okay right accurate precise tight loose loosely
need needs needed necessary allow allows tolerate tolerated tolerable get gets got go goes let make makes
reach reaches lie lies come comes new old optimised optimized optimise optimize original's baseline's
"""
NEGATIONS = lazy(
    r"\b(?:not|never|no|none|nothing|cannot|without|neither|nor|fails? to)\b|n't\b|!=|<>"
)
#: Nobody compiles these: they change the size of a bound or what it is laid on.
BLOCKERS = lazy(
    r"(?<![\w-])(?:percent(?:age|ile)?s?|per cent|log(?:10|2|arithm\w*)?(?! ?files?\b| output| lines?\b)|ln|decades?|dex"
    r"|orders? of magnitude|squared?|square root|cubed?|ratios?|factors?|fold|twice|thrice|half|halves|halved|doubled?"
    r"(?!-?\s?precision)|tripled?|quarters?|thirds?|times|sigmas?|\u03c3|stddev|std|sd|sem|variances?|confidence"
    r"|quantiles?|standard (?:deviation|error)s?|sum|sums|summed|cumulative|accumulated|integrated|integral|l1|l2|norm"
    r"|frobenius|outside|each other|one another|mutual\w*|normali[sz]ed|rescaled|scaled|weighted|ulps?|exempt\w*"
    r"|exclu(?:des?|ded|sion)|ignor\w+|skip\w*|omit\w*|exceptions?|respectively|all but|unless|excepting|bits?)(?![\w-])",
    needs=(
        *(
            "cent",
            "log",
            "ln",
            "decade",
            "dex",
            "order",
            "squar",
            "cube",
            "ratio",
            "factor",
            "fold",
            "twice",
            "thrice",
            "hal",
        ),
        *(
            "doubl",
            "tripl",
            "quarter",
            "third",
            "times",
            "sigma",
            "\u03c3",
            "std",
            "sd",
            "sem",
            "varian",
            "confid",
            "quantile",
        ),
        *(
            "standard",
            "sum",
            "cumul",
            "accumul",
            "integra",
            "l1",
            "l2",
            "norm",
            "frobenius",
            "outside",
            "other",
            "mutual",
        ),
        *(
            "scaled",
            "weighted",
            "ulp",
            "exempt",
            "exclu",
            "ignor",
            "skip",
            "omit",
            "except",
            "respective",
            "all but",
            "unless",
        ),
        "bit",
    ),
)
#: Two values that are compared with each other, not with those of the incumbent.
BETWEEN = lazy(
    rf"->|\u2192|\bbetween (?:the )?[{MASKS}] and (?:the )?[{MASKS}]"
    rf"|[{MASKS}]\s*(?:[-+*]|minus|plus|equals?|==?)\s*[{MASKS}]"
    rf"|\)\s*/\s*[a-z(|{MASKS}]|\bdelta\s*/|/\s*(?:abs\b|\w*ref\b|\w*base\b|[(|])|[{MASKS}]\s*\|?\s*/\s*\|",
    needs=("\u2192", "between", "-", "+", "*", "minus", "plus", "equal", "=", "/"),
)
#: Words that stand before `error`, `difference` and their like and leave them what they are.
MODIFIERS = frozenset(
    {
        *(
            "element-wise",
            "elementwise",
            "component-wise",
            "componentwise",
            "pointwise",
            "point-wise",
        ),
        *("largest", "biggest", "worst", "per-atom", "per-component", "allowed", "any"),
        *("numerical", "numeric", "floating-point", "round-off", "roundoff", "rounding"),
    }
)
#: A number per something, which is laid on what is printed as it stands.
PER = lazy(
    r"\s*(?:per\s+|/\s*)(?:\d[\d.e]*\s+)?(?:atom|molecule|particle|component|element|entry|value|step|time ?step|cell|electron|site|day|year|[pnf]s|iteration|state|point)s?\b",
    needs=("per", "/"),
)
#: `1e-6, relative` and `1e-6 (absolute)`, where nothing follows that it could speak of.
KIND_BEHIND = lazy(
    r"(?:\s+(?:of|from|to|vs\.?|against|than|with respect to) (?:the )?\w+)?\s*[,(]\s*(?:in )?"
    r"(?:relative|absolute|rel\.?|abs\.?|rms)(?:ly)?(?: terms)?\)?(?=\s*(?:[,;()]|\.(?!\s*\w)|\b(?:and|but|for|in|on)\b|$))",
    needs=("rel", "abs", "rms"),
)
#: A number behind one of these counts or numbers something else.
REFERENCES = lazy(
    r"(?:\b(?:section|sect?|issues?|versions?|release|eqs?|equation|table|fig(?:ure)?|ref|page|pr|chapter|line|part"
    r"|step|iteration|cycle|root|state|frame|seed|python|numpy|see|since|tag|revision|commit|file|at|for|using|after"
    r"|before|on|in|first|last|(?<!agree )(?<!agrees )(?<!match )(?<!consistent )(?<!compared )(?<!agreement )with)\.?"
    r"|#|\bv|\b[a-z]\w* ?=|@)\s*$"
)


@cache
def _function() -> frozenset[str]:
    return frozenset(_FUNCTION.split())


@cache
def _nouns() -> frozenset[str]:
    return frozenset(_NOUNS.split())


def follows_number(word: str) -> bool:
    """True for a word that is no unit and nothing that is counted."""
    return word in _function()


def is_neutral(word: str) -> bool:
    """True for a word that changes no bound where it does not follow a number."""
    return word in _function() or word in _nouns()
