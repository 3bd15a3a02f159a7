"""What a goal wants to have optimised, and the campaign's numbers that it states plainly."""

from __future__ import annotations

import re

from fermilink_scaffold.records import EMPTY, Record
from fermilink_scaffold.spec.bounds.fieldnames import field_name, is_field_name
from fermilink_scaffold.spec.goal.workloads import code_spans
from fermilink_scaffold.spec.model import ReviewNote, Source
from fermilink_scaffold.spec.text.command_text import without_spans
from fermilink_scaffold.spec.text.markdown import Fence, walk
from fermilink_scaffold.spec.text.patterns import lazy, lower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fermilink_scaffold.spec.model import Direction
    from fermilink_scaffold.spec.text.markdown import Section

__all__ = ["Metric", "read_metric", "read_settings"]

#: Names that the runner measures itself.
_MEASURED = ("wall_seconds", "cpu_seconds", "peak_rss_mb", "total_seconds")
#: Behind these a name is a place in the code: `the time spent in `eigh``.
_IN_CODE = lazy(r"\b(?:in|inside|within|during|from|calling|via|around)\W*(?:the )?`$")
_QUANTITY = lazy(
    r"seconds|time|rate|per_|_s$|_ms$|count|calls|cycles|iterations|steps|memory|rss|flops|speed|throughput"
)
_MINIMIZE = r"minimi[sz]\w*|lower(?: is better)?|less|short(?:er|est)|reduc\w+|decreas\w+|small(?:er|est)|fewer|cut\b|quick(?:er|est)?|seconds\b|time\b|latency|cost\b"
_MAXIMIZE = r"maximi[sz]\w*|high(?:er|est)(?: is better)?|increas\w+|greater|throughput|ns/day|steps?/s\w*|per second|flops|speed-?up|rate\b"
_ASIDE = lazy(
    r"secondary|also (?:record|report)|should (?:also )?record|record\b.*\b(?:too|as well)|in addition|for example"
    r"|if (?:the )?(?:benchmark|runner)|when (?:the )?(?:benchmark|runner)|can expose"
)


class Metric(Record):
    """The metric section of a goal."""

    primary: str | None = None
    direction: Direction | None = None
    #: Fields to extract from the output.
    fields: tuple[str, ...] = ()
    settings: Mapping[str, Any] = EMPTY
    notes: tuple[ReviewNote, ...] = ()


class _Sentence(Record):
    text: str
    line: int

    @property
    def aside(self) -> bool:
        """True when it speaks of what is only recorded."""
        return _ASIDE.search(lower(self.text)) is not None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of values in backticks; calls and formulas are none."""
        found: list[str] = []
        in_code = False
        for span in code_spans(self.text):
            before = self.text[: self.text.index(f"`{span}")] + "`"
            joined = re.search(r"(?:\b(?:or|and)\b|[/,])\W*`$", before)
            in_code = bool(in_code if joined else _IN_CODE.search(lower(before)))
            if is_field_name(span) and (not in_code or _QUANTITY.search(lower(span))):
                found.append(field_name(span))
        return tuple(found)


def read_metric(sections: tuple[Section, ...], file: str) -> Metric:
    """The primary metric, its direction and the fields of the metric sections.

    What is not said is `wall_seconds`, minimised, with a review note.
    """
    if not sections:
        return Metric()
    sentences = [each for section in sections for each in _sentences(section)]
    main = [each for each in sentences if not each.aside] or sentences
    chosen = sorted(main, key=lambda each: "primary" not in each.text.lower())
    notes: list[ReviewNote] = []
    source = Source(file=file, line=main[0].line if main else sections[0].line)
    primary = next((name for each in chosen for name in each.names), None)
    if primary is None:
        primary = _measured(" ".join(each.text for each in main), notes, source)
    elif primary not in _MEASURED:
        text = (
            f"`{primary}` is printed by the program that is measured, and a candidate can change "
            "what it prints; wall_seconds is measured from outside"
        )
        notes.append(ReviewNote(text=text, source=source))
    fields = [name for each in chosen for name in each.names]
    extra = [name for each in sentences if each.aside for name in each.names]
    extra = [name for name in dict.fromkeys(extra) if name not in fields]
    if extra:
        text = f"named as secondary and not extracted: {', '.join(extra)}"
        notes.append(ReviewNote(text=text, source=source))
    settings, more = read_settings(sections, file)
    if _THRESHOLD not in settings:
        found = _bare_threshold(sentences, file)
        settings.update({_THRESHOLD: found[0]} if found else {})
        more += (found[1],) if found else ()
    for key, (value, words, line) in _aggregation(sentences).items():
        settings[key] = value
        if value == "geometric_mean":  # as it is without a word
            continue
        text = f"{key} is set to {value}: {words}"
        more = (*more, ReviewNote(text=text, source=Source(file=file, line=line)))
    return Metric(
        primary=primary,
        direction=_direction(primary, chosen, notes, source),
        fields=tuple(dict.fromkeys(name for name in fields if name not in _MEASURED)),
        settings=settings,
        notes=(*notes, *more),
    )


def _sentences(section: Section) -> list[_Sentence]:
    sentences: list[_Sentence] = []
    for block in walk(section.blocks):
        if isinstance(block, Fence) or not block.text:
            continue
        parts = re.split(r"(?<=[.;!?])\s+(?=[A-Z`])", block.text)
        sentences.extend(_Sentence(text=part, line=block.line) for part in parts)
    return sentences


def _measured(text: str, notes: list[ReviewNote], source: Source) -> str:
    """A metric that the runner measures itself, from prose without a field's name."""
    lowered = text.lower()
    written = {name: lowered.find(name) for name in _MEASURED if name in lowered}
    if written:
        return min(written, key=lambda name: written[name])
    name = "wall_seconds"
    memory = re.search(
        r"peak[_ ](?:rss|memory)|resident set|\brss\b|memory (?:use|usage|footprint)", lowered
    )
    if memory and not re.search(r"\bwall\b|run ?time|elapsed", lowered[: memory.start()]):
        name = "peak_rss_mb"
    elif re.search(r"cpu[- ]?(?:time|seconds)", lowered) and "wall" not in lowered:
        name = "cpu_seconds"
    what = "it holds no name in backticks"
    notes.append(ReviewNote(text=f"the metric is taken as {name}: {what}", source=source))
    return name


def _direction(
    primary: str, sentences: list[_Sentence], notes: list[ReviewNote], source: Source
) -> Direction:
    if primary in _MEASURED:
        return "minimize"
    own = " ".join(each.text for each in sentences if primary in each.text).lower()
    whole = " ".join(each.text for each in sentences).lower()
    text = own if re.search(r"mi[sz]|better", own) else f"{own} {whole}"
    for words, found in (
        (r"minimi[sz]\w*|lower is better|smaller is better", "minimize"),
        (r"maximi[sz]\w*|higher is better|larger is better|more is better", "maximize"),
    ):
        match = re.search(words, text)
        other = re.search(r"maximi[sz]\w*|minimi[sz]\w*", text)
        if match and (other is None or match.start() <= other.start()):
            return "minimize" if found == "minimize" else "maximize"
    low, high = re.search(rf"\b(?:{_MINIMIZE})", text), re.search(rf"\b(?:{_MAXIMIZE})", text)
    named_high = re.search(
        r"per_(?:s|sec|second|day|hour)|throughput|flops|speed|rate$|ns_day", primary
    )
    guess: Direction = "maximize" if (high and not low) or named_high else "minimize"
    notes.append(ReviewNote(text=f"`{primary}` is taken to be {guess[:-2]}sed", source=source))
    return guess


#: How the cases' values become one, by the words that say so.
_CASES = r"\b(?:cases|workloads|benchmarks|inputs|systems)\b"
_AGGREGATION = {
    "geometric_mean": lazy(r"\bgeometric(?:al)? (?:mean|average)", needs=("geometric",)),
    "mean": lazy(
        rf"\b(?:mean|average)\b[^.;]*?(?:{_CASES}|\b(?:case|workload)\b)", needs=("mean", "average")
    ),
    "max": lazy(
        rf"\b(?:slowest|longest|worst|maximum|largest)\b[^.;]*?(?:{_CASES}|\b(?:case|workload|benchmark|input|system)\b)",
        needs=("slowest", "longest", "worst", "maximum", "largest"),
    ),
    "sum": lazy(
        r"\b(?:sum(?:med)?(?: up)?|total|added up|together)\b[^.;]*?"
        rf"\b(?:over|of|across|for|all)\b[^.;]*?{_CASES}"
        rf"|{_CASES}(?:'s?)? (?:\w+ ){{0,4}}?(?:total|added up|together|summed(?: up)?)\b",
        needs=("sum", "total", "added up", "together"),
    ),
}


def _aggregation(sentences: list[_Sentence]) -> dict[str, tuple[str, str, int]]:
    """The contract's key for it, with the value, the words and their line; empty when not said."""
    for sentence in sentences:
        text = lower(without_spans(sentence.text))
        for value, pattern in _AGGREGATION.items():
            match = None if sentence.aside else pattern.search(text)
            if match:
                found = (value, match[0], sentence.line)
                return {"controller.objective.case_aggregation": found}
    return {}


_PERCENT = r"(\d+(?:\.\d+)?)\s?(?:%|per\s?cent)"
_MORE = r"(?:at least|of|by|>=|≥|more than|>)"
_BETTER = r"(?:improve\w*|faster|gain|speed-?up|better|reduc\w+|threshold)"
_BELOW = r"(?:under|below|less than|smaller than|lower than|up to|<=?)"
_OR_BETTER = r"(?:improvement|faster|gain|better|speed-?up|reduction|lower|less)"
_SLOWER = r"(?:slow(?:er|s|ed)?(?: down)?|regress\w*)"
_THRESHOLD = "controller.objective.min_relative_improvement"
_REGRESSION = "performance_guardrails.max_case_regression"
#: Settings that prose gives in per cent.
_SHARES = frozenset({_THRESHOLD, _REGRESSION})
_DIGIT = lazy(r"\d")
_SETTINGS = {
    _THRESHOLD: lazy(
        rf"{_BETTER}\D{{0,40}}{_MORE}\s*{_PERCENT}|{_MORE}\s*{_PERCENT}\s*{_OR_BETTER}"
        rf"|{_BETTER}s?\s+(?:of )?{_BELOW}\s*{_PERCENT}"
        rf"|\b(?:ignor|disregard|discard|reject)\w*\b[^.;]{{0,40}}?{_BELOW}\s*{_PERCENT}"
        rf"|{_BELOW}\s*{_PERCENT}[^.;]{{0,40}}?\b"
        r"(?:not count|ignored|noise|no improvement|disregarded|rejected)",
        needs=("%", "cent"),
    ),
    _REGRESSION: lazy(
        rf"{_SLOWER}\D{{0,30}}(?:more than|over|exceed\w*|beyond|at most|up to|by|than)\s*{_PERCENT}"
        rf"|(?:more than|over|at most|up to|by|>)\s*{_PERCENT}\s*(?:slow|regress)\w*",
        needs=("slow", "regress"),
    ),
    "controller.measured_runs": lazy(
        r"(\d+)\s+(?:measured|timed|measurement)\s+(?:runs|repeats)",
        needs=("measure", "timed"),
    ),
    "controller.warmup_runs": lazy(r"(\d+)\s+warm-?up\s+(?:runs?|repeats?)", needs=("warm",)),
    "campaign.max_iterations": lazy(
        r"(?:at most|up to|maximum(?: of)?|no more than)\s+(\d+)\s+(?:campaign|optimi[sz]\w+)\s+iterations",
        needs=("iterations",),
    ),
    "campaign.stop_on_consecutive_rejections": lazy(
        r"stop after\s+(\d+)\s+(?:consecutive\s+)?(?:rejections|rejected)", needs=("stop after",)
    ),
}


_SLOW = lazy(rf"\b{_SLOWER}", needs=("slow", "regress"))
_LEAST = lazy(
    rf"(?:at least|minimum(?: of)?|counts? from)\s*{_PERCENT}",
    needs=("at least", "minimum", "from"),
)


def _bare_threshold(sentences: list[_Sentence], file: str) -> tuple[float, ReviewNote] | None:
    """`at least 3 %`, which speaks of the improvement in a section about the metric."""
    for sentence in sentences:
        text = lower(sentence.text)
        match = _LEAST.search(text)
        if match and not sentence.aside and not _SLOW.search(text):
            value = round(float(match[1]) / 100, 12)
            source = Source(file=file, line=sentence.line)
            return value, ReviewNote(
                text=f"{_THRESHOLD} is set to {value}: {match[0]}", source=source
            )
    return None


def read_settings(
    sections: tuple[Section, ...], file: str
) -> tuple[dict[str, Any], tuple[ReviewNote, ...]]:
    """Contract settings that prose states with a number, as dotted keys; nothing is guessed."""
    settings: dict[str, Any] = {}
    notes: list[ReviewNote] = []
    for section in sections:
        for sentence in _sentences(section):
            if not _DIGIT.search(sentence.text):
                continue
            for key, pattern in _SETTINGS.items():
                match = pattern.search(lower(sentence.text))
                if match is None or key in settings:
                    continue
                number = next(group for group in match.groups() if group)
                share = key in _SHARES
                settings[key] = round(float(number) / 100, 12) if share else int(number)
                text = f"{key} is set to {settings[key]}: {match[0]}"
                notes.append(ReviewNote(text=text, source=Source(file=file, line=sentence.line)))
    return settings, tuple(notes)
