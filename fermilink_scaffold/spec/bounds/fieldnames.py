"""Which measured fields a sentence is about: names in backticks, or known physical nouns."""

from __future__ import annotations

import re

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.bounds.vocabulary import MASK_CHARACTERS, MASKS
from fermilink_scaffold.spec.text.command_text import looks_like_command
from fermilink_scaffold.spec.text.named_files import has_file_suffix, looks_like_file
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Field",
    "field_name",
    "find_fields",
    "is_field_name",
    "is_generic",
    "mask_spans",
    "one_line",
]

_NO_MASKS = dict.fromkeys(map(ord, MASK_CHARACTERS), " ")
_SPAN = lazy(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_ENERGY = (
    "kinetic|potential|binding|formation|correlation|free|reaction|interaction|coulomb|exchange"
    "|solvation|adsorption|fermi|repulsion|cohesive|strain|surface|per-state"
)
#: Nouns, the field they stand for and what all their forms hold; the first match at a place counts.
_NOUNS = (
    (r"(?:molecular[- ]|mo[- ]|kohn-sham[- ])?orbital energ(?:y|ies)|mo energ(?:y|ies)", "mo_energy", "energ"),
    (r"excitation energ(?:y|ies)", "excitation_energies", "energ"),
    (r"oscillator strengths?", "oscillator_strengths", "strength"),
    (rf"(?P<kind>{_ENERGY}) energ(?:y|ies)", "{kind}_energy", "energ"),
    (r"energy drifts?", "energy_drift", "energy"),
    (r"energy conservation", "energy_drift", "energy"),
    (r"(?:energy )?gradients?", "gradient", "gradient"),
    (r"energ(?:y|ies)", "energy", "energ"),
    (r"(?:atomic )?forces?(?:[- ]components?)?", "forces", "force"),
    (r"density matri(?:x|ces)", "density_matrix", "density matri"),
    (r"dipole(?: moments?)?", "dipole", "dipole"),
    (r"stress(?:es)?(?: tensors?)?", "stress", "stress"),
    (r"virials?", "virial", "virial"),
    (r"pressures?", "pressure", "pressure"),
    (r"temperatures?", "temperature", "temperature"),
    (r"(?:number of electrons|(?:numerical )?electron (?:count|number)s?)", "electron_count", "electron"),
    (r"(?:electron |charge |mass |number )?densit(?:y|ies)", "density", "densit"),
    (r"(?:partial |atomic )?charges", "charges", "charges"),
    (r"eigen ?values?", "eigenvalues", "eigen"),
    (r"eigen ?vectors?", "eigenvectors", "eigen"),
    (r"(?:vibrational )?frequenc(?:y|ies)", "frequencies", "frequenc"),
    (r"(?:natural[- ])?occupations?(?: numbers?)?", "occupations", "occupation"),
    (r"(?:orbital |mo )?coefficients?", "coefficients", "coefficient"),
    (r"band ?gaps?", "band_gap", "band"),
    (r"residuals?(?: norms?)?", "residual", "residual"),
    (r"positions?", "positions", "position"),
    (r"velocit(?:y|ies)", "velocities", "velocit"),
    (r"coordinates?", "coordinates", "coordinate"),
    (r"(?:cell )?volumes?", "volume", "volume"),
    (r"polari[sz]abilit(?:y|ies)", "polarizability", "polari"),
    (r"magneti[sz]ations?", "magnetization", "magneti"),
    (r"hessians?", "hessian", "hessian"),
    (r"msd|mean[- ]squared? displacements?", "msd", "m"),
    (r"check ?sums?", "checksum", "check"),
    (r"r\^?2(?=\s)", "r2", "r"),
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


class Field(Record):
    """A field in a sentence."""

    name: str
    #: Its place in the masked text.
    start: int
    end: int
    #: True when it stood in backticks; a noun is a guess.
    exact: bool
    #: True for a name within a formula in backticks.
    formula: bool = False
    #: What stands in backticks or quotes where no printed name can be made of it; `name` is empty.
    unread: str = ""


def field_name(span: str) -> str:
    """The field for a name in backticks: the last part of `result.energy`.

    FermiLink reads a dot in a field's name as a path into the case's row.
    """
    return span.rpartition(".")[2] if "(" not in span and "<" not in span else span


def is_field_name(text: str) -> bool:
    """True for what can be the name of a printed value: `e_tot`, `Total energy`, `E(RHF)`, `<S^2>`."""
    return bool(_NAME.fullmatch(text)) and len(text) <= 60 and not has_file_suffix(text)


def label_name(text: str) -> str:
    """The name that an output line begins with, as it is printed: `!    total energy`.

    Empty for what is no such name. A `=` or `:` at its end is the runner's to find.
    """
    name = re.sub(r"\s*[=:]$", "", text.strip())
    if is_field_name(name):
        return field_name(name)
    return name if len(name) <= 60 and _LABEL.fullmatch(name) else ""


#: Words with a mark that output lines have: `!`, a bar behind a word, a unit in brackets.
_LABEL = lazy(
    r"!\s*[A-Za-z][\w-]*(?: +[\w-]+){0,6}|(?:[A-Za-z][\w-]*\|)(?: *[\w-]+){1,6}"
    r"|(?=.*[\[(]|(?:\S+ ){4})[A-Za-z][\w-]*(?: +[\w-]+){0,6}(?: ?[\[(][\w/^* -]+[\])])?"
)
#: What is in backticks and can name no value: a setting, an option, a path, a sign.
_NO_VALUE = lazy(r"[\w.-]+=\S+(?: [\w.-]+=\S+)*|--?[A-Za-z].*|[./~]\S*|\S*\*\S*|\S+/|\W*")


_WORDS = r"[A-Za-z_][\w-]*(?:[.:][A-Za-z_]\w*)*"
_NAME = lazy(rf"{_WORDS}(?: {_WORDS}){{0,3}}|[A-Z]\w{{0,3}}\([A-Z][\w-]*\)|<[^<>\s]{{1,20}}>")


def one_line(text: str) -> str:
    """The text on one line; quoted blanks stay, where they are part of a printed name."""
    return re.sub(
        r"(`+[^`]*`+|\"[^\"]*\"|“[^”]*”)|\s+", lambda match: match[1] or " ", text
    ).strip()


def mask_spans(text: str, case_ids: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    """`text` with field names in backticks masked, and those names.

    A span with a bound in it (`|dE| < 1e-6`, `rtol=1e-5`) stays as prose, names in it end in
    `=`; a case id stays too. A setting (`conv_tol=1e-9`), a path or a command is no part of a
    bound and becomes dots. Any other span could be a name that cannot be read: it is masked,
    and begins with a NUL among the names.
    """
    masker = _Masker(case_ids)
    masked = _SPAN_OR_NAME.sub(masker.named, text.translate(_NO_MASKS))
    return masked, tuple(masker.names)


class _Masker:
    """Masks one text; keeps the names."""

    def __init__(self, case_ids: tuple[str, ...]) -> None:
        self.case_ids = case_ids
        self.names: list[str] = []

    def named(self, match: re.Match[str]) -> str:
        """What stands for something quoted, or for a word with an underscore."""
        if match[2] is not None:
            span = match[2].strip()
            return span if span in self.case_ids else self._span(span)
        word = match["quoted"] or match["single"] or match["bare"]
        plain = is_generic(word) or _NO_NAME.fullmatch(word)
        if plain or any(word in each for each in self.case_ids):
            return match[0]
        if match["bare"] and _IN_LABEL.search(match.string[: match.start()]):
            return self._mask(f"\0{word}")  # a part of a name only
        name = word if match["bare"] else label_name(word)
        return self._mask(name) if name else match[0]

    def _mask(self, name: str) -> str:
        last = len(MASK_CHARACTERS) - 1
        if len(self.names) == last:
            self.names.append("\0")  # the last character stands for all that are too many
        elif len(self.names) < last:
            self.names.append(name)
        return MASK_CHARACTERS[len(self.names) - 1]

    def _span(self, span: str) -> str:
        if is_field_name(span):
            return self._mask(field_name(span))
        tolerances = _TOLERANCE.findall(lower(span)) if "tol" in lower(span) else ()
        if tolerances:
            return ", ".join(
                f"{'absolute' if kind == 'a' else 'relative'} tolerance {number}"
                for kind, number in tolerances
            )
        if re.search(r"[<>≤≥±]|==|\\[lg]eq?|\+/-", span):
            return self._formula(span)
        number = re.fullmatch(r"[-+±≤<~]?\s?[\d.].{0,30}", span)
        if number and not re.search(r"[A-Za-z]{4}", span):
            return span
        aside = _NO_VALUE.fullmatch(span) or looks_like_file(span) or looks_like_command(span)
        return "…" if aside else self._mask(label_name(span) or f"\0{span}")

    def _formula(self, span: str) -> str:
        """A formula as prose."""
        delta = "delta " if re.search(r"\w\s*[-−]\s*[A-Za-z_]", span) else ""
        return delta + _FORMULA_WORD.sub(
            lambda word: (
                _SYMBOLS.get(word[0])
                or (word[0] if _NO_FIELD.fullmatch(word[0]) else self._mask(f"{word[0]}="))
            ),
            span.replace("|", " "),
        )


#: A word in quotes, and a word with an underscore, are names as they stand.
_SPAN_OR_NAME = lazy(
    r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)|[\"“](?P<quoted>[A-Za-z_!][\w |\[\]()=:-]{0,59})[\"”]"
    r"|(?<!\w)['\u2018](?P<single>[A-Za-z_!][\w |\[\]()=:-]{0,59})['\u2019](?!\w)"
    r"|(?<![\w\\/.{|$-])(?P<bare>[A-Za-z]\w*_[A-Za-z0-9]\w*)(?![\w({}/|$-]|\.\w)",
    re.DOTALL,
)
#: In front of a word that belongs to a printed line's head: `ENERGY| Total FORCE_EVAL energy`.
_IN_LABEL = lazy(r"\w\|(?: *[\w\[\]]+)* *$", needs=("|",))
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
    known = [(noun, name) for noun, name, stem in _NOUNS if stem in text]
    nouns = "|".join(f"(?P<n{index}>{noun})" for index, (noun, _) in enumerate(known))
    pattern = re.compile(rf"[{MASKS}]" + (rf"|(?<![\w-])(?:{nouns})(?!\w)" if nouns else ""))
    for match in pattern.finditer(text):
        start, end = match.span()
        mask = MASK_CHARACTERS.find(match[0][0])
        if mask >= 0:
            name = names[mask]
            formula = name.endswith("=") and "\0" not in name
            yield Field(
                name="" if "\0" in name else name.rstrip("="),
                start=start,
                end=end,
                exact=not formula,
                formula=formula,
                unread=name.partition("\0")[2],
            )
            continue
        name = next(name for index, (_, name) in enumerate(known) if match[f"n{index}"])
        if name in _GENERAL and name not in match[0].split():
            name = ""
        if "{kind}" in name:
            name = name.format(kind=match["kind"].replace("-", "_"))
        yield Field(name=name, start=start, end=end, exact=False)


def is_generic(phrase: str) -> bool:
    """True for words that name no value of their own: `relative error of all results`."""
    return all(word in _STOP for word in re.findall(r"[a-z][a-z0-9]*", phrase.lower()))
