"""The headings of a goal: which kind of section each begins."""

from __future__ import annotations

import re

from fermilink_scaffold.spec.text.markdown import Section, Text

__all__ = ["GOAL_HEADINGS", "heading_key", "heading_kind", "without_rules"]

#: Headings that make a text a goal, by the kind of section they begin.
GOAL_HEADINGS = {
    "package": "package",
    "language": "language",
    "target": "target",
    "editable scope": "editable",
    "scope": "editable",
    "editable paths": "editable",
    "performance metric": "metric",
    "metric": "metric",
    "objective": "metric",
    "correctness constraints": "correctness",
    "correctness": "correctness",
    "constraints": "correctness",
    "representative workloads": "workloads",
    "workloads": "workloads",
    "cases": "workloads",
    "test cases": "workloads",
    "build": "build",
    "setup": "build",
    "install": "build",
    "notes": "notes",
}
#: Further headings that are understood in a goal, but do not make one.
_MORE_HEADINGS = {
    "package name": "package",
    "languages": "language",
    "programming language": "language",
    "optimization target": "target",
    "optimisation target": "target",
    "editable files": "editable",
    "immutable": "immutable",
    "immutable paths": "immutable",
    "immutable files": "immutable",
    "immutable scope": "immutable",
    "protected": "immutable",
    "protected paths": "immutable",
    "protected files": "immutable",
    "read-only": "immutable",
    "read only": "immutable",
    "read-only paths": "immutable",
    "read-only files": "immutable",
    "read-only scope": "immutable",
    "do not touch": "immutable",
    "do not edit": "immutable",
    "off limits": "immutable",
    "out of scope": "immutable",
    "performance metrics": "metric",
    "metrics": "metric",
    "objectives": "metric",
    "performance objective": "metric",
    "correctness constraint": "correctness",
    "correctness criteria": "correctness",
    "representative workload": "workloads",
    "workload": "workloads",
    "benchmark cases": "workloads",
    "installation": "build",
    "build and install": "build",
    "build instructions": "build",
    "build commands": "build",
    "note": "notes",
    "remarks": "notes",
    "comments": "notes",
    "additional notes": "notes",
}
#: First words that are enough: `Correctness requirements`, `Build with MPI`.
_FIRST_WORDS = {
    "build": "build",
    "constraints": "correctness",
    "correctness": "correctness",
    "editable": "editable",
    "immutable": "immutable",
    "metrics": "metric",
    "objective": "metric",
    "performance": "metric",
    "workloads": "workloads",
}
_LONGEST = 5


def heading_key(heading: str) -> str:
    """A heading as the tables spell it: `2.1 Editable Scope (paths)` is `editable scope`."""
    bare = re.sub(r"^[\W\d_]+|\s*\([^)]*\)\s*$|[#:.*]+\s*$", "", heading)
    return " ".join(re.sub(r"\s*[&/+]\s*", " and ", bare).lower().split())


def heading_kind(section: Section) -> str | None:
    """The kind of section that a heading begins; None for headings that a goal does not have."""
    if section.level > 3:
        return None
    key = heading_key(section.heading)
    kind = GOAL_HEADINGS.get(key) or _MORE_HEADINGS.get(key)
    words = key.split()
    if kind is None and 1 < len(words) <= _LONGEST:
        kind = _FIRST_WORDS.get(words[0])
    return kind


def without_rules(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """Sections without headings that are none: a paragraph above a `---` meant as a line.

    CommonMark reads that as a heading; where it is not one of a goal, the text goes back
    to the section before it.
    """
    joined: list[Section] = []
    for section in sections:
        if not (joined and section.underlined) or heading_kind(section) is not None:
            joined.append(section)
            continue
        before = joined[-1]
        text = Text(text=section.heading, line=section.line, lines=(section.heading,))
        sources = (before.source, section.heading, section.source)
        joined[-1] = before.replace(
            blocks=(*before.blocks, text, *section.blocks),
            source="\n\n".join(each for each in sources if each),
        )
    return tuple(joined)
