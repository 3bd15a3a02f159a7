"""Reading benchmark.yaml and other YAML of the user's: plain data, and where each key stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.records import Record

if TYPE_CHECKING:
    from fermilink_scaffold.contract.problems import KeyPath, Positions

__all__ = ["Contract", "Document", "load_contract", "load_document", "parse_contract"]

_BEGIN = "A contract begins with `schema_version: 1`."

#: Real contracts have 150 to 700 lines; these bounds only stop a file that is no contract.
MAX_BYTES = 4 * 1024 * 1024
MAX_NODES = 100_000
MAX_DEPTH = 60


class Document(Record):
    """A YAML mapping as it was read; its content is not validated yet."""

    #: The file, as it is shown to people.
    file: str
    data: dict[str, Any]
    positions: Positions


Contract = Document


class _Loader(yaml.SafeLoader):
    """The safe loader, whose every refusal carries a place (a 13th month has none)."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:
            raise ConstructorError(None, None, str(error), node.start_mark) from error


def load_contract(path: str, *, shown: str | None = None) -> Contract:
    """Read a contract; raises as `load_document` does."""
    return load_document(path, shown=shown)


def load_document(path: str, *, shown: str | None = None, begin: str = _BEGIN) -> Document:
    """Read a YAML mapping; `shown` is the name that messages give the file.

    `begin` is the advice for a file that holds something else.

    Raises ScaffoldError, with line and column, for everything that YAML itself refuses and
    for what PyYAML would pass over in silence: a key given twice, aliases that multiply.
    """
    file = shown or path
    try:
        with open(path, "rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ScaffoldError(f"cannot be read: {error.strerror}", file=file) from error
    if len(content) > MAX_BYTES:
        raise ScaffoldError(f"is larger than {MAX_BYTES // 1024**2} MiB", file=file)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise ScaffoldError("is not UTF-8 text", file=file, line=line, column=column) from error
    return parse_contract(text, file=file, begin=begin)


def parse_contract(text: str, *, file: str, begin: str = _BEGIN) -> Document:
    """The mapping in `text`; raises as `load_document` does."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise ScaffoldError("is empty", file=file)
        _refuse_bombs(node, file)
        _refuse_doubles(node, loader, file)
        data = loader.construct_document(node)
    except ReaderError as error:
        raise _unreadable(error, text, file) from error
    except yaml.MarkedYAMLError as error:
        raise _refused(error, file) from error
    except RecursionError as error:
        raise ScaffoldError("is nested too deeply", file=file) from error
    if not isinstance(data, dict):
        raise ScaffoldError(
            "must be a mapping of keys to values",
            file=file,
            line=1,
            hint=begin,
        )
    positions: dict[KeyPath, tuple[int, int]] = {(): (1, 1)}
    _collect_positions(node, (), positions)
    return Document(file=file, data=data, positions=positions)


def _refuse_bombs(root: yaml.Node, file: str) -> None:
    """Bound what aliases expand to: nine lines of YAML can stand for a billion values."""
    sizes: dict[int, tuple[int, int]] = {}
    open_nodes: set[int] = set()

    def measure(node: yaml.Node) -> tuple[int, int]:
        if id(node) in open_nodes:
            raise _at("an alias leads back to itself", node, file)
        if id(node) in sizes:
            return sizes[id(node)]
        open_nodes.add(id(node))
        inner = [measure(child) for child in _children(node)]
        size = 1 + sum(count for count, _ in inner)
        depth = 1 + max((below for _, below in inner), default=0)
        if size > MAX_NODES:
            raise _at(f"holds more than {MAX_NODES} values once aliases are expanded", node, file)
        if depth > MAX_DEPTH:
            raise _at("is nested too deeply", node, file)
        open_nodes.remove(id(node))
        sizes[id(node)] = size, depth
        return sizes[id(node)]

    measure(root)


def _refuse_doubles(root: yaml.Node, loader: _Loader, file: str) -> None:
    """PyYAML lets the last of two equal keys win, and the first is lost in silence."""
    seen_nodes: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen_nodes:
            continue
        seen_nodes.add(id(node))
        waiting.extend(_children(node))
        if not isinstance(node, yaml.MappingNode):
            continue
        first: dict[Any, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            name = loader.construct_object(key)
            if name in first:
                raise _at(f"the key '{key.value}' is here twice", key, file, first[name])
            first[name] = key.start_mark.line + 1


def _collect_positions(
    node: yaml.Node, path: KeyPath, positions: dict[KeyPath, tuple[int, int]]
) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            here = (*path, name)
            positions[here] = (key.start_mark.line + 1, key.start_mark.column + 1)
            _collect_positions(value, here, positions)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            here = (*path, index)
            positions[here] = (item.start_mark.line + 1, item.start_mark.column + 1)
            _collect_positions(item, here, positions)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _at(what: str, node: yaml.Node, file: str, first: int | None = None) -> ScaffoldError:
    return ScaffoldError(
        what,
        file=file,
        line=node.start_mark.line + 1,
        column=node.start_mark.column + 1,
        hint=None if first is None else f"The first one is in line {first}; keep one of them.",
    )


def _refused(error: yaml.MarkedYAMLError, file: str) -> ScaffoldError:
    mark = error.problem_mark or error.context_mark
    said = ", ".join(part for part in (error.context, error.problem) if part)
    hint = None
    if "'\\t'" in said:
        hint = "Indent with spaces: YAML does not allow tabs."
    elif "not allowed here" in said or "cannot start any token" in said:
        hint = "Text that holds ': ' or begins with a special character needs quotes."
    return ScaffoldError(
        f"is not valid YAML: {said}",
        file=file,
        line=None if mark is None else mark.line + 1,
        column=None if mark is None else mark.column + 1,
        hint=hint,
    )


def _unreadable(error: ReaderError, text: str, file: str) -> ScaffoldError:
    before = text[: error.position]
    return ScaffoldError(
        f"is not valid YAML: the character U+{ord(text[error.position]):04X} is not allowed",
        file=file,
        line=before.count("\n") + 1,
        column=len(before) - before.rfind("\n"),
    )
