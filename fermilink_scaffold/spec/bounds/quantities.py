"""Numbers in prose, as scientists write them, and which of them cannot be bounds."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.bounds.vocabulary import follows_number
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["UNIT", "Number", "find_numbers", "plain_text"]

_LATEX = {
    r"\\leq?(?:slant)?(?![a-z])": "<=",
    r"\\geq?(?:slant)?(?![a-z])": ">=",
    r"\\lt(?![a-z])": "<",
    r"\\gt(?![a-z])": ">",
    r"\\(?:times|cdot)(?![a-z])": "x",
    r"\\pm(?![a-z])": "+/-",
    r"\\Delta(?![a-z])": "delta ",
    r"\\(?:text|mathrm|rm|mathit|operatorname)\s*\{([^{}]*)\}": r"\1",
    r"\^\{\s*([^{}]*?)\s*\}": r"^\1",
    r"\\[,;:! ]": " ",
    r"\\([!-/:-@\[-`{-~])": r"\1",
    r"&(?:lt|#60);": "<",
    r"&(?:gt|#62);": ">",
    r"&(?:le|leq);": "<=",
    r"&(?:ge|geq);": ">=",
    r"&plusmn;": "+/-",
    r"&times;": "x",
    r"&nbsp;": " ",
}
_SIGNS = str.maketrans(
    {
        "≤": "<=", "⩽": "<=", "≦": "<=", "≥": ">=", "⩾": ">=", "≧": ">=", "±": "+/- ",
        "×": "x", "✕": "x", "⋅": "x", "·": "x", "∙": "x",
        "−": "-", "–": "-", "\u2010": "-", "\u2011": "-", "—": " - ",
        "µ": "u", "μ": "u", "Δ": "delta ", "δ": "delta ", "∆": "delta ", "≈": "~",
        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "“": '"', "”": '"', "’": "'",
    },
)  # fmt: skip
_RAISED = lazy("([⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+)", needs=tuple("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"))
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = r"10\s?(?:\^|\*\*)\s?(?:[({]\s?)?[-+]?\d{1,3}(?:\s?[)}])?"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|0,\d+|\d+)(?:\.\d*)?|\.\d+"
_NUMBER = lazy(
    rf"(?P<sign>(?<![\w)\]])-)?(?:(?P<mantissa>{_DIGITS})\s?(?:x|\*)\s?(?P<times>{_POWER})"
    rf"|(?P<power>{_POWER})|(?P<plain>{_DIGITS})(?P<exponent>[eEdD][-+]?\d+)?)",
)
#: Units that may follow a number without a blank, or after one.
UNIT = lazy(
    r"\s{0,3}(?P<unit>%|percent\b|per\s?cent\b|ppm\b|ppb\b|parts per (?:million|billion)\b"
    r"|(?:[munpkMGh]?(?:Ha|Hartrees?|hartrees?|Eh|E_h|eV|Ry|Rydbergs?|rydbergs?|rad|bar|Pa|g|s|m|K|V|J|W|N|D|T|Hz|B|Jy|mag)"
    r"|a\.?u\.|au\b|kcal|kJ|cal|cm-1|cm|Å|[Aa]ng(?:strom)?s?|[Bb]ohr|fs|ps|ns|GB|MB|KB|kB|GiB|MiB|deg(?:rees?)?|atm|[Dd]ebye"
    r"|[Kk]elvin|arcsec(?:onds?)?|mas|psu|°C?|e(?=/)|[Pp]ascals?|wavenumbers?)"
    r"(?:\s?/\s?(?:mol|atom|Å|[Aa]ng(?:strom)?|[Bb]ohr|step|fs|ps|ns|s|cell|day|yr|kg|au|a\.u\.|Ry|A|K|cm|m)|\^-?\d|\*\*-?\d|(?<=m)[23](?!\d))*"
    r"(?![\w-]))",
)


class Number(Record):
    """A number in a text."""

    #: Its place, without the unit.
    start: int
    end: int
    value: Decimal
    #: The unit behind it as written, or an empty string.
    unit: str
    #: Place behind the unit.
    tail: int
    #: Written with an exponent below zero: nobody writes a count like this.
    small: bool

    @property
    def is_count(self) -> bool:
        """True for a whole number without exponent or unit."""
        return not self.unit and not self.small and self.value == self.value.to_integral_value()


_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_LARGE = {"hundred": 2, "thousand": 3, "mille": 3, "million": 6, "billion": 9, "trillion": 12}
#: Units that are one such part. The distance of two doubles is at least 1.11e-16 of their size.
_TINY = {"ppt": "1e-12", "ulp": "1.11e-16", "epsilon": "2.2e-16", "‰": "1e-3", "permille": "1e-3"}
_PART_WORDS = (" part", " in ", " per ", *_TINY)
_AMOUNT = rf"(?<![\w.])(?:(?:{_DIGITS})(?:[eEdD][-+]?\d+)?|{'|'.join(_COUNTS)})"
_PARTS = lazy(
    rf"(?P<count>{_AMOUNT})(?:\s*(?:(?P<parts>parts?)\s+)?(?:in|per|out of|of)\s+(?:an? |one )?"
    rf"(?P<whole>(?:{_DIGITS})\s?(?:x|\*)\s?{_POWER}|{_POWER}|(?:{_DIGITS})(?:[eEdD]\+?\d+)?"
    rf"(?:\s(?:million|billion|trillion))?|{'|'.join(_LARGE)})(?![\w^]|\.\d)"
    rf"|\s*(?:machine )?(?P<tiny>{'|'.join(_TINY)})s?(?!\w))",
    re.IGNORECASE,
)
#: A share without the word `part`: nothing that is counted stands behind it.
_SHARE = lazy(
    r"\S+ (?:in|per (?=[a-z]))[^\0]*\0\s*(?:[^\w\s]|$|(?:or|of|and|vs|relative|to|for|against|with|from|compared"
    r"|between)\b)",
    re.IGNORECASE,
)


_LETTERS = lazy("[a-z]+")
_NUMBER_WORDS = {**_COUNTS, "zero": 0, "six": 6, "seven": 7, "eight": 8, "nine": 9, "twelve": 12}
#: A number as a word where only a number can stand.
_NUMBER_WORD = lazy(
    r"(?:(?<=\bthan )|(?<=\bmost )|(?<=\bleast )|(?<=\bexactly )|(?<=\bequal )|(?<=\bequals )|(?<=\bbe )|(?<=\bof )|(?<=\bis )"
    r"|(?<=\bby )|(?<=\bto )|(?<=\bwithin )|(?<=\babove )|(?<=\bbelow )|(?<=[=<>] ))"
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|twelve)(?![\w-])(?! (?:of|or|part|decimal|digit|sig|another|side))"
)


def _percent(match: re.Match[str]) -> str:
    """`1 part in 10^9`, `5 parts per million`, `2 ulps` as per cent; otherwise as it stands."""
    count = _COUNTS.get(match["count"].lower()) or _amount(match["count"])
    if match["tiny"]:
        share = Decimal(_TINY[match["tiny"].lower()])
    else:
        whole = Decimal(1)
        for word in re.split(r"\s?(?:x|(?<!\*)\*(?!\*))\s?|\s(?=[a-z])", match["whole"].lower()):
            power = re.fullmatch(r"10\s?(?:\^|\*\*)\s?[({]?\s?([-+]?\d+)\s?[)}]?", word)
            exponent = int(power[1]) if power else _LARGE.get(word)
            whole *= Decimal(1).scaleb(exponent) if exponent is not None else _amount(word)
        # without the word `1 in 10` and `1e-6 per 1000 steps` are something else
        bare = whole >= 1000 and _SHARE.match(match[0] + "\0" + match.string[match.end() :])
        if whole <= 1 or not (match["parts"] or bare):
            return match[0]
        share = 1 / whole
    return f"{(count * share * 100).normalize():E} %"


def _amount(digits: str) -> Decimal:
    digits = re.sub("[dD]", "E", digits)
    return Decimal(digits.replace(",", "." if digits.startswith("0,") else ""))


#: A decimal comma: before an exponent, a power or a share, or where it parts no thousands.
_COMMA = lazy(
    r"(?<![\w.,^\[])(?<![eE^*(]-)(?<![eE^]\+)(\d+),(\d+)(?=[eEdD][-+]?\d|\s?(?:x|\*)\s?10\s?(?:\^|\*\*)"
    r"|\s?(?:%|percent\b|per\s?cent\b|pp[mb]\b))"
    r"|(?<![\w.,^\[(])(?<![eE^*(]-)(?<![eE^]\+)(\d+),(\d{1,2}|\d{4,})(?![\d,-]|\.\d)",
    needs=(",",),
)
#: The dots of a range.
_DOTS = lazy(r"(?<=\d)\s?(?:\.\.+|\u2026)\s?(?=[-+.]?\d)", needs=("..", "\u2026"))


def _decimal(match: re.Match[str]) -> str:
    whole, part = (match[1], match[2]) if match[1] else (match[3], match[4])
    return f"{whole}.{part}"


def plain_text(text: str) -> str:
    """Prose with LaTeX, HTML entities and typographic signs as ASCII operators."""
    text = _RAISED.sub(lambda match: "^" + match[1].translate(_SUPERSCRIPTS), text)
    text = text.translate(_SIGNS)
    if "\\" in text or "&" in text or "{" in text:
        for pattern, replacement in _LATEX.items():
            text = re.sub(pattern, replacement, text)
    if "+-" in text:
        text = re.sub(r"(?<![\w.)])\+-\s?(?=[\d.])", "+/-", text)
    text = text.replace("$", " ").replace("+/-", "+/- ")
    text = _COMMA.sub(_decimal, _DOTS.sub(" to ", text))
    if " " in text and any(word in text.lower() for word in _PART_WORDS):
        text = _PARTS.sub(_percent, text)
    text = _with_digits(text)
    # the usual short forms of a difference in energy or force
    text = re.sub(r"(?<!\w)(?:delta\s*|d)E(?:_\w+)?(?!\w)", "energy delta", text)
    return re.sub(r"(?<!\w)(?:delta\s*|d)F(?!\w)", "forces delta", text)


def _with_digits(text: str) -> str:
    """`at most two` as `at most 2`."""
    lowered = lower(text)
    if _NUMBER_WORDS.keys().isdisjoint(_LETTERS.findall(lowered)):
        return text
    for match in reversed(list(_NUMBER_WORD.finditer(lowered))):
        text = text[: match.start()] + str(_NUMBER_WORDS[match[0]]) + text[match.end() :]
    return text


def find_numbers(text: str) -> Iterator[Number]:
    """All numbers of `text` that stand on their own.

    Parts of words, names, versions and dates do not count: `6-31g`, `H2O`, `cc-pV5Z`,
    `2-electron`, `TIP4P-2005`, `2.5.1`, `2024-05-01`.
    """
    position = 0
    while match := _NUMBER.search(text, position):
        position = match.end()
        number = _number(match, text)
        if number is not None:
            position = number.tail
            yield number
        else:
            # the rest of the word is no number either
            rest = re.compile(r"[\w.+-]*").match(text, position)
            position = rest.end() if rest else position


def _number(match: re.Match[str], text: str) -> Number | None:
    before = text[max(0, match.start() - 2) : match.start()]
    if re.search(r"[\w.^]$|[\w)]-$|[\d.]/$", before):
        return None
    unit = _unit_at(text, match.end())
    after = text[match.end() :]
    if unit is None and re.match(r"[A-Za-z_]|-\w|\.\d|[/:]\d", after):
        return None
    value = _value(match)
    if value is None:
        return None
    return Number(
        start=match.start(),
        end=match.end(),
        value=value,
        unit=unit["unit"].strip() if unit else "",
        tail=unit.end() if unit else match.end(),
        small=match["plain"] is None or "-" in (match["exponent"] or ""),
    )


def _unit_at(text: str, place: int) -> re.Match[str] | None:
    """The unit at a place; a word that is never one is not held against the long list of them."""
    word = text[place : place + 24].strip().partition(" ")[0].rstrip(",.;:)")
    return None if follows_number(word) else UNIT.match(text, place)


def _value(match: re.Match[str]) -> Decimal | None:
    digits = match["mantissa"] or match["plain"] or "1"
    digits = digits.replace(",", "." if digits.startswith("0,") else "")
    power = match["times"] or match["power"] or ""
    exponent = re.sub(r"10\s?(?:\^|\*\*)|[(){}\s]", "", power) or (match["exponent"] or "E0")[1:]
    try:
        value = Decimal(f"{digits}E{exponent}")
    except InvalidOperation:
        return None
    return -value if match["sign"] else value
