"""Markdown as an outline: sections, and in them bullets, fences and paragraphs with line numbers.

CommonMark block structure comes from markdown-it-py; inline text stays as it was written,
because backticks and numbers in it are what the readers look for. HTML comments are not
content. Source: https://spec.commonmark.org/0.31.2/
"""

from __future__ import annotations

import re

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.text.patterns import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

__all__ = ["Block", "Bullet", "Document", "Fence", "Section", "Text", "parse_markdown", "walk"]

_FENCE = lazy(r"^\s*(`{3,}|~{3,})")
#: A paragraph of nothing but HTML tags, as `<details>` leaves them.
_TAGS = lazy(r"(?:\s*</?[A-Za-z][^<>]*>)+\s*")
_ITEM = lazy(r"^\s*(?:[-*+]|\d{1,9}[.)])\s+")


class Text(Record):
    """A paragraph; the lines keep their markup."""

    #: The lines joined by one blank; a backslash that continues a line is gone.
    text: str
    #: Line of its beginning, from 1.
    line: int
    #: The lines as they were written.
    lines: tuple[str, ...] = ()


class Fence(Record):
    """A fenced or an indented code block."""

    #: What follows the opening fence, e.g. `bash`; empty for indented code.
    info: str
    #: The lines in it, LF line ends, without the fence's own indentation.
    text: str
    #: Line of the opening fence; for indented code its first line.
    line: int
    #: Line of the first line of `text`.
    first: int
    #: True for code that is indented by four columns and has no fence.
    indented: bool = False
    #: False when no closing fence was found.
    closed: bool = True


class Bullet(Record):
    """One item of a list, bulleted or numbered."""

    #: Its first paragraph, lines joined by one blank; empty when there is none.
    text: str
    line: int
    #: Everything after the first paragraph: nested bullets, fences, paragraphs.
    blocks: tuple[Block, ...] = ()
    #: The lines of the first paragraph as they were written.
    lines: tuple[str, ...] = ()

    @property
    def bullets(self) -> tuple[Bullet, ...]:
        """The bullets nested directly below this one."""
        return tuple(block for block in self.blocks if isinstance(block, Bullet))


Block = Text | Fence | Bullet


class Section(Record):
    """A heading and what stands below it, up to the next heading of any level."""

    #: The heading's text without markup; empty for what precedes the first heading.
    heading: str
    #: 1 to 6; 0 for what precedes the first heading.
    level: int
    line: int
    blocks: tuple[Block, ...]
    #: What was written below the heading, without comments and blank ends.
    source: str = ""
    #: True for a heading that is a line of text above `---` or `===`.
    underlined: bool = False

    @property
    def bullets(self) -> tuple[Bullet, ...]:
        """The section's own bullets, without nested ones."""
        return tuple(block for block in self.blocks if isinstance(block, Bullet))

    @property
    def fences(self) -> tuple[Fence, ...]:
        """All fences in order, also those in bullets; indented code is not among them."""
        return tuple(
            block for block in walk(self.blocks) if isinstance(block, Fence) and not block.indented
        )


class Document(Record):
    """A whole markdown text."""

    sections: tuple[Section, ...]
    #: Line of a `<!--` that is never closed.
    open_comment: int | None = None


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """All blocks in document order, nested ones after their bullet."""
    for block in blocks:
        yield block
        if isinstance(block, Bullet):
            yield from walk(block.blocks)


def parse_markdown(text: str) -> Document:
    """The outline of `text`; any line ends, a byte order mark and tabs are accepted."""
    from markdown_it import MarkdownIt  # costs 40 ms: only who reads markdown pays

    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    # NEL, FF and the like end no line in CommonMark, and must not shift line numbers
    visible, open_comment = _blank_comments(text)
    parser = MarkdownIt("commonmark").disable(["inline", "text_join", "html_block", "reference"])
    lines = visible.split("\n")
    tokens = parser.parse(visible)
    return Document(sections=_sections(tokens, lines), open_comment=open_comment)


def _blank_comments(text: str) -> tuple[str, int | None]:
    """Comments replaced by nothing, line for line; fences and code spans keep theirs."""
    if "<!--" not in text:
        return text, None
    out: list[str] = []
    fence = ""
    opened: int | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if opened is None and fence:
            fence = "" if _closes(line, fence) else fence
            out.append(line)
            continue
        kept, opened = _without_comment(line, number, opened)
        match = _FENCE.match(_ITEM.sub("", kept))
        if match:
            fence = match[1]
        out.append(kept)
    return "\n".join(out), opened


def _without_comment(line: str, number: int, opened: int | None) -> tuple[str, int | None]:
    """`line` without its comments, and where a comment is still open after it."""
    kept = ""
    while line:
        if opened is not None:
            _, end, line = line.partition("-->")
            if not end:
                break
            opened = None
            continue
        start = line.find("<!--")
        if start < 0 or _in_code(line, start):
            next_start = line.find("<!--", start + 1) if start >= 0 else -1
            cut = next_start if next_start >= 0 else len(line)
            kept, line = kept + line[:cut], line[cut:]
            continue
        kept, line, opened = kept + line[:start], line[start + 4 :], number
    return kept.rstrip() if kept.strip() == "" else kept, opened


def _in_code(line: str, position: int) -> bool:
    """True when `position` lies within a code span of this line."""
    return any(
        match.start() < position < match.end()
        for match in re.finditer(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", line)
    )


def _closes(line: str, fence: str) -> bool:
    """True for a line that ends the block that `fence` opened."""
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]}


def _sections(tokens: list[Token], lines: list[str]) -> tuple[Section, ...]:
    """Cut the token stream at headings of the top level."""
    cuts = [
        index
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]
    sections: list[Section] = []
    preamble = _blocks(tokens[: cuts[0] if cuts else len(tokens)], lines)
    if preamble:
        end = _line(tokens[cuts[0]]) - 1 if cuts else len(lines)
        source = "\n".join(lines[:end]).strip("\n")
        sections.append(Section(heading="", level=0, line=1, blocks=preamble, source=source))
    for index, after in zip(cuts, [*cuts[1:], len(tokens)], strict=False):
        token = tokens[index]
        start = token.map[1] if token.map else 0
        end = _line(tokens[after]) - 1 if after < len(tokens) else len(lines)
        sections.append(
            Section(
                heading=_plain(tokens[index + 1].content),
                level=int(token.tag[1]),
                line=_line(token),
                blocks=_blocks(tokens[index + 3 : after], lines),
                source="\n".join(line.rstrip() for line in lines[start:end]).strip("\n"),
                underlined=token.markup in {"-", "="},
            )
        )
    return tuple(sections)


def _plain(text: str) -> str:
    """A heading's words without emphasis, code marks, links or a closing colon."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[`*_]+", lambda match: " " if match[0] == "_" else "", text)
    return " ".join(text.split()).rstrip(" :")


def _line(token: Token) -> int:
    assert token.map is not None, token  # noqa: S101  block tokens have one
    return token.map[0] + 1


def _blocks(tokens: list[Token], lines: list[str]) -> tuple[Block, ...]:
    """The blocks of a run of tokens that holds whole elements."""
    blocks: list[Block] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "list_item_open":
            end = _closing(tokens, index)
            blocks.append(_bullet(token, _blocks(tokens[index + 1 : end], lines)))
            index = end
        elif token.type == "inline":
            blocks.extend(_text_blocks(token))
        elif token.type == "fence":
            blocks.append(_fence(token, lines))
        elif token.type == "code_block":
            blocks.extend(_indented(token))
        index += 1
    return tuple(blocks)


def _closing(tokens: list[Token], index: int) -> int:
    """Index of the token that closes the element opened at `index`."""
    depth = 0
    for position in range(index, len(tokens)):
        depth += tokens[position].nesting
        if depth == 0:
            return position
    return len(tokens)


def _bullet(token: Token, blocks: tuple[Block, ...]) -> Bullet:
    if blocks and isinstance(blocks[0], Text):
        first = blocks[0]
        return Bullet(text=first.text, line=first.line, blocks=blocks[1:], lines=first.lines)
    return Bullet(text="", line=_line(token), blocks=blocks)


def _fence(token: Token, lines: list[str]) -> Fence:
    assert token.map is not None, token  # noqa: S101  block tokens have one
    start, end = token.map
    return Fence(
        info=token.info.strip(),
        text=token.content,
        line=start + 1,
        first=start + 2,
        closed=end - 1 > start and _closes(_unquoted(lines[end - 1]), token.markup),
    )


def _indented(token: Token) -> tuple[Block, ...]:
    """Indented code; a list that is merely indented too far stays a list."""
    first = _line(token)
    if not _ITEM.match(token.content):
        block = Fence(info="", text=token.content, line=first, first=first, indented=True)
        return (block,)
    # blank lines in front keep the line numbers right
    document = parse_markdown("\n" * (first - 1) + token.content)
    return tuple(block for section in document.sections for block in section.blocks)


def _unquoted(line: str) -> str:
    """A line without the marks of block quotes before it."""
    return re.sub(r"^[\s>]+", "", line)


def _text_blocks(token: Token) -> Iterator[Block]:
    """A paragraph; a fence in it that is indented too far to be one is found all the same."""
    number = _line(token)
    run: list[str] = []
    lines = token.content.split("\n")
    index = 0
    while index < len(lines):
        match = _FENCE.match(lines[index])
        if match is None or "`" in lines[index][match.end() :]:
            run.append(lines[index])
            index += 1
            continue
        if run:
            yield _paragraph(run, number + index - len(run))
            run = []
        end = index + 1
        while end < len(lines) and not _closes(lines[end], match[1]):
            end += 1
        yield Fence(
            info=lines[index][match.end() :].strip(),
            text="".join(line.strip() + "\n" for line in lines[index + 1 : end]),
            line=number + index,
            first=number + index + 1,
            closed=end < len(lines),
        )
        index = end + 1
    if run and not _TAGS.fullmatch("".join(run)):
        yield _paragraph(run, number + len(lines) - len(run))


def _paragraph(lines: list[str], number: int) -> Text:
    """Lines of one paragraph, and the same as one line."""
    joined = " ".join(
        line[:-1].rstrip() if line.endswith("\\") and not line.endswith("\\\\") else line
        for line in (line.strip() for line in lines)
    )
    return Text(text=joined.strip(), line=number, lines=tuple(lines))
