"""Which measured fields a sentence is about: names in backticks, or known physical nouns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fermilink_scaffold.spec.text.named_files import has_file_suffix
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Field", "field_name", "find_fields", "is_field_name", "is_generic", "mask_spans"]

_SPAN = lazy(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
#: A span that stands for a field is masked as one private-use character, from here on.
_MASK = 0xE100
_MASKS = "\ue100-\uf8ff"
_ENERGY = (
    "kinetic|potential|binding|formation|correlation|free|reaction|interaction|coulomb|exchange"
    "|solvation|adsorption|fermi|repulsion|cohesive|strain|surface|per-state"
)
#: Nouns and the field they stand for; the first match at a place counts.
_NOUNS = (
    (r"(?:molecular[- ]|mo[- ]|kohn-sham[- ])?orbital energ(?:y|ies)|mo energ(?:y|ies)", "mo_energy"),
    (r"excitation energ(?:y|ies)", "excitation_energies"),
    (r"oscillator strengths?", "oscillator_strengths"),
    (rf"(?P<kind>{_ENERGY}) energ(?:y|ies)", "{kind}_energy"),
    (r"energy drifts?", "energy_drift"),
    (r"energy conservation", "energy_drift"),
    (r"(?:energy )?gradients?", "gradient"),
    (r"energ(?:y|ies)", "energy"),
    (r"(?:atomic )?forces?(?:[- ]components?)?", "forces"),
    (r"density matri(?:x|ces)", "density_matrix"),
    (r"dipole(?: moments?)?", "dipole"),
    (r"stress(?:es)?(?: tensors?)?", "stress"),
    (r"virials?", "virial"),
    (r"pressures?", "pressure"),
    (r"temperatures?", "temperature"),
    (r"(?:number of electrons|(?:numerical )?electron (?:count|number)s?)", "electron_count"),
    (r"(?:electron |charge |mass |number )?densit(?:y|ies)", "density"),
    (r"(?:partial |atomic )?charges", "charges"),
    (r"eigen ?values?", "eigenvalues"),
    (r"eigen ?vectors?", "eigenvectors"),
    (r"(?:vibrational )?frequenc(?:y|ies)", "frequencies"),
    (r"(?:natural[- ])?occupations?(?: numbers?)?", "occupations"),
    (r"(?:orbital |mo )?coefficients?", "coefficients"),
    (r"band ?gaps?", "band_gap"),
    (r"residuals?(?: norms?)?", "residual"),
    (r"positions?", "positions"),
    (r"velocit(?:y|ies)", "velocities"),
    (r"coordinates?", "coordinates"),
    (r"(?:cell )?volumes?", "volume"),
    (r"polari[sz]abilit(?:y|ies)", "polarizability"),
    (r"magneti[sz]ations?", "magnetization"),
    (r"hessians?", "hessian"),
    (r"msd|mean[- ]squared? displacements?", "msd"),
    (r"check ?sums?", "checksum"),
    (r"r\^?2(?=\s)", "r2"),
)  # fmt: skip
#: Names that are words of everyday prose: only the word itself stands for the field.
_GENERAL = frozenset({"positions", "velocities", "coordinates", "volume"})
_STOP_TEXT = """
a absolute abs all agree agrees and any average be been between by component components
computed deviation difference differences differ each error errors every final for from in is
it its max maximal maximum mean must not of on only or our output outputs per rel relative
reported result results rms rmsd same shall should sampled stay stays than that the their these
this to total value values vs will with within max-abs root-mean-square root square delta
deltas deviations drift drifts change changes changed tolerance accuracy precision numbers
number printed quantity quantities observables data answer answers solution solutions
everything numerical numerically everywhere case cases workload workloads run runs benchmark
benchmarks test tests scf match matches equal identical reproduced preserved preserve keep kept
remain remains at by below under above least most than less more exceed exceeds no if fail
fails when where up baseline incumbent reference physical scientific both out or agreement
better small tolerances numerics numeric correctness requirement requirements constraint constraints bound
bounds limit limits threshold thresholds physics note warning important overall observable
"""
_STOP = frozenset(_STOP_TEXT.split())


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field in a sentence."""

    name: str
    #: Its place in the masked text.
    start: int
    end: int
    #: True when it stood in backticks; a noun is a guess.
    exact: bool
    #: True for a name within a formula in backticks.
    formula: bool = False


def field_name(span: str) -> str:
    """The field for a name in backticks: the last part of `result.energy`.

    FermiLink reads a dot in a field's name as a path into the case's row.
    """
    return span.rpartition(".")[2] if "(" not in span and "<" not in span else span


def is_field_name(text: str) -> bool:
    """True for what can be the name of a printed value: `e_tot`, `Total energy`, `E(RHF)`, `<S^2>`."""
    return bool(_NAME.fullmatch(text)) and len(text) <= 60 and not has_file_suffix(text)


_WORDS = r"[A-Za-z_][\w-]*(?:[.:][A-Za-z_]\w*)*"
_NAME = lazy(rf"{_WORDS}(?: {_WORDS}){{0,3}}|[A-Z]\w{{0,3}}\([A-Z][\w-]*\)|<[^<>\s]{{1,20}}>")


def mask_spans(text: str, case_ids: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    """`text` with field names in backticks masked, and those names.

    A span with a bound in it (`|dE| < 1e-6`, `rtol=1e-5`) stays as prose, names in it end in
    `=`; a case id stays too. Any other span, a setting (`conv_tol=1e-9`) or a call, is no part
    of a bound and becomes dots.
    """
    names: list[str] = []

    def mask(name: str) -> str:
        names.append(name)
        return chr(_MASK + min(len(names) - 1, 0xF8FF - _MASK))

    def masked(match: re.Match[str]) -> str:
        span = match[2].strip()
        if span in case_ids:
            return span
        if is_field_name(span):
            return mask(field_name(span))
        tolerances = _TOLERANCE.findall(lower(span))
        if tolerances:
            return ", ".join(
                f"{'absolute' if kind == 'a' else 'relative'} tolerance {number}"
                for kind, number in tolerances
            )
        if re.search(r"[<>≤≥±]|==|\\[lg]eq?|\+/-", span):
            return _formula(span, mask)
        number = re.fullmatch(r"[-+±≤<~]?\s?[\d.].{0,30}", span)
        return span if number and not re.search(r"[A-Za-z]{4}", span) else "…"

    def named(match: re.Match[str]) -> str:
        if match[2] is not None:
            return masked(match)
        word = match["quoted"] or match["single"] or match["bare"]
        plain = is_generic(word) or _NO_NAME.fullmatch(word)
        return match[0] if plain or any(word in each for each in case_ids) else mask(word)

    return _SPAN_OR_NAME.sub(named, text), tuple(names)


def _formula(span: str, mask: Callable[[str], str]) -> str:
    """A formula as prose; `mask` gives the character for a name."""
    delta = "delta " if re.search(r"\w\s*[-−]\s*[A-Za-z_]", span) else ""
    return delta + _FORMULA_WORD.sub(
        lambda word: (
            _SYMBOLS.get(word[0])
            or (word[0] if _NO_FIELD.fullmatch(word[0]) else mask(f"{word[0]}="))
        ),
        span.replace("|", " "),
    )


#: A word in quotes, and a word with an underscore, are names as they stand.
_SPAN_OR_NAME = lazy(
    r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)|[\"“](?P<quoted>[A-Za-z_][\w-]*(?: [\w-]+){0,3})[\"”]"
    r"|(?<!\w)['\u2018](?P<single>[A-Za-z_][\w-]*(?: [\w-]+){0,3})['\u2019](?!\w)"
    r"|(?<![\w\\/.{|$-])(?P<bare>[A-Za-z]\w*_[A-Za-z0-9]\w*)(?![\w({}/|$-]|\.\w)",
    re.DOTALL,
)
#: Settings, references and units with an underscore.
_NO_NAME = lazy(
    r"conv_tol\w*|\w+_tol(?:erance)?|[ar]tol\w*|max_(?:cycle|iter)\w*|level_shift\w*|time_?step|E_h|k_B"
    r"|d?[EF]_\w+|[A-Za-z]+_(?:ref|base|old|new|0|\d)"
)


_TOLERANCE = lazy(r"\b([ar])(?:bs_?|el_?)?tol(?:erance)?\s*=\s*([-+\d.e]+)")
_FORMULA_WORD = lazy(r"(?<![\w.])[A-Za-z_]\w*")
_SYMBOLS = {"E": "energy", "dE": "energy delta", "F": "forces", "dF": "forces delta"}
#: Words of a formula that are no field: functions, references, units.
_NO_FIELD = lazy(
    r"abs|max|min|norm|np|numpy|rms|rel|relative|delta|d|and|or|x|\w*ref\w*|\w*base\w*|\w*old|\w+_?0"
    r"|Ha|Hartree|Eh|eV|Ry|kcal|mol|au|Angstrom|bohr|leq?|geq?|lt|gt|text|mathrm|Delta|times|cdot|pm"
)


def find_fields(text: str, names: tuple[str, ...]) -> Iterator[Field]:
    """The fields of a masked text in lower case, in order."""
    nouns = "|".join(f"(?P<n{index}>{noun})" for index, (noun, _) in enumerate(_NOUNS))
    pattern = re.compile(rf"[{_MASKS}]|(?<![\w-])(?:{nouns})(?!\w)")
    for match in pattern.finditer(text):
        start, end = match.span()
        mask = ord(match[0][0]) - _MASK
        if mask >= 0:
            name = names[mask] if mask < len(names) else ""
            formula = name.endswith("=")
            yield Field(
                name=name.rstrip("="), start=start, end=end, exact=not formula, formula=formula
            )
            continue
        name = next(name for index, (_, name) in enumerate(_NOUNS) if match[f"n{index}"])
        if name in _GENERAL and name not in match[0].split():
            name = ""
        if "{kind}" in name:
            name = name.format(kind=match["kind"].replace("-", "_"))
        yield Field(name=name, start=start, end=end, exact=False)


def is_generic(phrase: str) -> bool:
    """True for words that name no value of their own: `relative error of all results`."""
    return all(word in _STOP for word in re.findall(r"[a-z][a-z0-9]*", phrase.lower()))
