"""The sentences of a prompt that state a metric or a bound on correctness."""

from __future__ import annotations

import re

from fermilink_scaffold.spec.bounds.fieldnames import is_field_name, one_line
from fermilink_scaffold.spec.goal.workloads import code_spans, looks_like_command
from fermilink_scaffold.spec.text.markdown import Bullet, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fermilink_scaffold.spec.text.markdown import Block, Document, Section

__all__ = ["bound_sections", "metric_sections"]

_BOUND = re.compile(
    r"within|tolerance|<=|>=|≤|≥|±|[<>]\s*\d|at (?:most|least)|no more than|delta|\brms\b|deviat|relative|absolute"
    r"|\d\s?e-?\d|10\^-|\bpp[mb]\b|\bulps?\b"
    r"|differ(?!ent)|agree|\berror|\bmatch|\bsame\b|identical|unchanged|bit-?wise|correct|converge|decimals|digits",
    re.IGNORECASE,
)
#: They bound something where something is demanded.
_WEAK = re.compile(
    r"%|per ?cent|\b(?:below|under|above|exceed\w*|equals?|zero|positive|negative|bounded)\b"
    r"|\b(?:less|greater|larger|smaller|higher|lower|fewer|more) than\b|\b(?:may|must|should|can) (?:change|vary|grow|drift|drop)",
    re.IGNORECASE,
)
_DEMAND = re.compile(
    r"\b(?:must|should|has to|have to|need to|keep|stay|remain|preserve|shall|within|agree|unchanged|not change)\b",
    re.IGNORECASE,
)
#: Speed is the objective, not a bound on the results.
_SPEED = re.compile(
    r"\bfast|\bspeed|\bslow|seconds|\bwall|\btime\b|runtime|throughput|times (?:as|quick)|\d\s*x\b|memory",
    re.IGNORECASE,
)
#: What counts as an improvement is a setting.
_NO_RESULT = re.compile(
    r"\b(?:gains?|improvements?|speed-?ups?|iterations of the campaign|rejections)\b", re.IGNORECASE
)
_METRIC = re.compile(
    r"\bmetric|\bminimi[sz]|\bmaximi[sz]|\bobjective|\bthroughput|wall[- _]?(?:clock|time|seconds)|cpu[- _]?(?:time|seconds)"
    r"|peak[- _]?(?:memory|rss)|memory (?:use|usage|footprint|consumption)|\bmeasured? (?:by|as|in)\b",
    re.IGNORECASE,
)
_OBJECTIVE = re.compile(r"metric|minimi[sz]|maximi[sz]|objective", re.IGNORECASE)
#: What a value that is named must not do.
_KEEP = re.compile(
    r"\b(?:must|may|should|shall|can)(?:n['\u2019]t| ?not| never) (?:be (?:allowed to )?)?(?:chang|differ|vary)|: unchanged\b",
    re.IGNORECASE,
)
_PATH = re.compile(r"\w/[\w*]|\w\.(?:py|c|cc|cpp|f|f90|rs|jl|h|hpp)\b")
_HEADINGS = {
    "bound": re.compile(r"correct|constrain|toleranc|accuracy|validat", re.IGNORECASE),
    "metric": re.compile(r"metric|objective|measure", re.IGNORECASE),
}


def bound_sections(document: Document) -> tuple[Section, ...]:
    """The bullets and sentences about correctness, as sections of a goal."""
    return _sections(document, "bound", _states_bound)


def metric_sections(document: Document) -> tuple[Section, ...]:
    """The bullets and sentences about what is optimised, as sections of a goal."""
    return _sections(document, "metric", _states_metric)


def _states_bound(sentence: str) -> bool:
    prose = _prose(sentence)
    if _SPEED.search(prose) and not re.search(r"\d\s*%|e-\d|10\^-|\bagree|\bwithin", prose):
        return False
    if _KEEP.search(prose) and _named(sentence) and not _PATH.search(prose):
        return True
    if _PATH.search(prose) and not re.search(r"\d", prose):
        return False  # it speaks of the scope
    if _NO_RESULT.search(prose) and not re.search(r"\d\s?e-\d|\bagree|\bwithin", prose):
        return False
    demanded = _DEMAND.search(prose) is not None
    bounds = _BOUND.search(prose) is not None or (demanded and _WEAK.search(prose) is not None)
    return bounds and (demanded or re.search(r"\d", prose) is not None)


def _named(sentence: str) -> bool:
    """True where a value is named: in backticks, or as something that is always counted."""
    return any(map(is_field_name, code_spans(sentence))) or bool(
        re.search(r"checksum|\bnumber of\b", sentence, re.IGNORECASE)
    )


def _states_metric(sentence: str) -> bool:
    prose = _prose(sentence)
    if _DEMAND.search(prose) and not _OBJECTIVE.search(prose):
        return False
    return _METRIC.search(prose) is not None and not _states_bound(sentence)


def _prose(sentence: str) -> str:
    """The sentence without its commands; names in backticks stay."""
    for span in code_spans(sentence):
        if looks_like_command(span):
            sentence = sentence.replace(span, " ")
    return sentence


def _sections(document: Document, kind: str, states: Callable[[str], bool]) -> tuple[Section, ...]:
    found: list[Section] = []
    for section in document.sections:
        whole = bool(section.heading and _HEADINGS[kind].search(section.heading))
        blocks = section.blocks if whole else tuple(_chosen(section.blocks, states))
        if blocks:
            found.append(section.replace(blocks=blocks))
    return tuple(found)


def _chosen(blocks: tuple[Block, ...], states: Callable[[str], bool]) -> Iterator[Block]:
    """Bullets and sentences that state something, with their lines."""
    for block in blocks:
        if isinstance(block, Bullet):
            if states(block.text) or (block.bullets and block.text.rstrip().endswith(":")):
                nested = tuple(each for each in _chosen(block.blocks, states))
                if states(block.text) or nested:
                    yield block.replace(blocks=nested)
            else:
                yield from _chosen(block.blocks, states)
        elif isinstance(block, Text):
            yield from (
                Text(text=sentence, line=line, lines=(sentence,))
                for sentence, line in _sentences(block)
                if states(sentence)
            )


def _sentences(text: Text) -> list[tuple[str, int]]:
    """The sentences of a paragraph and the lines they begin on; `$ ` lines are none."""
    whole = ""
    starts: list[int] = []
    for line in text.lines or (text.text,):
        starts.append(len(whole))
        whole += ("" if line.lstrip().startswith("$ ") else line.strip()) + "\n"
    found: list[tuple[str, int]] = []
    for match in re.finditer(r"(?=\S)(?:`[^`]*`|[^.;!?]|[.;!?](?!\s))+[.;!?]?", whole):
        number = sum(start <= match.start() for start in starts) - 1
        found.append((one_line(match[0]), text.line + number))
    return found
