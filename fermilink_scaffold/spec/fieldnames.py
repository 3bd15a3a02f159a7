"""Which measured fields a sentence is about: names in backticks, or known physical nouns."""

from __future__ import annotations

import re
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Field", "find_fields", "is_field_name", "mask_spans", "phrase_field"]

_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
#: A span that stands for a field is masked as this sign and an index.
_MASK = "\ue000"
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
)  # fmt: skip
_STOP = frozenset(
    "a absolute abs all agree agrees and any average be been between by component components "
    "computed deviation difference differences differ each error errors every final for from in is "
    "it its max maximal maximum mean must not of on only or our output outputs per rel relative "
    "reported result results rms rmsd same shall should sampled stay stays than that the their "
    "these this to total value values vs will with within max-abs root-mean-square root square".split(),
)


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field in a sentence."""

    name: str
    #: Its place in the masked text.
    start: int
    end: int
    #: True when it stood in backticks; a noun is a guess.
    exact: bool


def is_field_name(text: str) -> bool:
    """True for what can be the name of a printed value: `e_tot`, `result.energy`, `<S^2>`."""
    if re.fullmatch(r"[A-Za-z_][\w-]*(?:[.:][A-Za-z_]\w*)*|<[^<>\s`]{1,20}>", text):
        return True
    return bool(re.fullmatch(r"[A-Za-z][\w()/^*]*(?: [A-Z][\w()/^*]*)*", text)) and "(" not in text


def mask_spans(text: str, case_ids: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    """`text` with field names in backticks masked, and those names.

    A span with a bound in it (`|dE| < 1e-6`, `rtol=1e-5`) stays as prose; any other span,
    a setting (`conv_tol=1e-9`) or a call, is no part of a bound and becomes dots.
    """
    names: list[str] = []

    def masked(match: re.Match[str]) -> str:
        span = match[2].strip()
        if span in case_ids:
            return f" {span} "
        if is_field_name(span):
            names.append(span)
            return f" {_MASK}{len(names) - 1}\ue001"
        tolerance = re.search(r"\b[ar](?:bs_?|el_?)?tol(?:erance)?\s*=\s*[\d.]", span)
        compared = re.search(r"[<>≤≥±]|==|\\l?[gl]eq?|\+/-", span)
        bare = re.fullmatch(r"[-+]?[\d.].{0,30}", span) and not re.search(r"[A-Za-z]{4}", span)
        if tolerance:
            calls = re.findall(r"\b([ar])(?:bs_?|el_?)?tol(?:erance)?\s*=\s*([^\s,)]+)", span)
            return " " + ", ".join(
                f"{'absolute' if kind == 'a' else 'relative'} tolerance {number}"
                for kind, number in calls
            )
        if compared:
            return " " + re.sub(
                r"[A-Za-z_]\w*", lambda word: _span_word(word[0], names), span.replace("|", " ")
            )
        return f" {span} " if bare else " … "

    return _SPAN.sub(masked, text), tuple(names)


def _span_word(word: str, names: list[str]) -> str:
    """A word of a formula in backticks: a field, unless it is a function or a number's part."""
    if re.fullmatch(
        r"abs|max|min|norm|np|numpy|rms|rel|relative|delta|d|e|E|x|and|or|ref\w*", word
    ):
        return word
    if re.fullmatch(r"Ha|Hartree|eV|Ry|kcal|mol|au|Angstrom|bohr|le|leq|ge|geq", word):
        return word
    names.append(word)
    return f"{_MASK}{len(names) - 1}\ue001"


def find_fields(text: str, names: tuple[str, ...]) -> Iterator[Field]:
    """The fields of a masked text, in order."""
    nouns = "|".join(
        f"(?P<n{index}>{_renamed(noun, index)})" for index, (noun, _) in enumerate(_NOUNS)
    )
    pattern = re.compile(
        rf"{_MASK}(?P<mask>\d+)\ue001|(?<![\w-])(?:{nouns})(?![\w])", re.IGNORECASE
    )
    for match in pattern.finditer(text):
        start, end = match.span()
        if match["mask"] is not None:
            yield Field(name=names[int(match["mask"])], start=start, end=end, exact=True)
            continue
        group = str(match.lastgroup) if match.lastgroup else ""
        index = int(re.sub(r"\D", "", group)) if group.startswith("n") else _index(match)
        noun, name = _NOUNS[index]
        if "{kind}" in name:
            kind = re.match(noun, match[0], re.IGNORECASE)
            name = name.format(kind=kind["kind"].lower().replace("-", "_") if kind else "")
        yield Field(name=name, start=start, end=end, exact=False)


def _renamed(noun: str, index: int) -> str:
    return noun.replace("?P<kind>", "?:") if "kind" in noun else noun


def _index(match: re.Match[str]) -> int:
    return next(index for index in range(len(_NOUNS)) if match[f"n{index}"] is not None)


def phrase_field(phrase: str) -> str | None:
    """A field's name made of the last words of a phrase that no known noun is in."""
    words = [word for word in re.findall(r"[a-z][a-z0-9]*", phrase.lower()) if word not in _STOP]
    return "_".join(words[-3:]) or None
