"""Whether a change of the contract changes what is measured, and what the change is in words."""

from __future__ import annotations

import ast
import re

from fermilink_scaffold import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

__all__ = ["compiled_changes", "contract_changes", "measuring", "parse", "script_changed"]

#: The parts whose change makes old and new results incomparable, and their names.
_PARTS = {
    "cases": "cases",
    "metrics": "cases",
    "split": "the split into train and test cases",
    "correctness": "tolerances",
    "controller": "metric and rules of judgement",
    "performance_guardrails": "metric and rules of judgement",
    "runtime": "how cases are run",
}
#: What only people read.
_PROSE = frozenset({"label", "description"})
_LABEL = re.compile(r"\(([^()]+):(\d+)\)$")


def parse(data: bytes) -> dict[str, Any] | None:
    """A contract's data; None for what is no YAML mapping."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        contract = yaml.load(data, loader)  # noqa: S506 (the safe loader, in C where it is there)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return contract if isinstance(contract, dict) else None


def contract_changes(before: bytes, after: bytes) -> tuple[str, ...]:
    """Names of the parts whose meaning changed; comments, labels and order of keys are prose."""
    if before == after:
        return ()
    old, new = parse(before), parse(after)
    if old is None or new is None:
        return ("the contract, which cannot be read",)
    changed = (name for key, name in _PARTS.items() if _plain(old.get(key)) != _plain(new.get(key)))
    return tuple(dict.fromkeys(changed))


def script_changed(path: str, before: bytes, after: bytes) -> bool:
    """Whether more than comments, docstrings and blank lines of a script changed."""
    if path.endswith(".py"):
        try:
            return _code(before) != _code(after)
        except (SyntaxError, ValueError):
            return before != after
    if b"<<" in before + after:  # a line of a here-document may look like a comment
        return before != after
    return _commands(before) != _commands(after)


def compiled_changes(before: bytes, after: Mapping[str, Any]) -> tuple[str, ...]:
    """What a new rendering makes of the contract, one line each, with the goal's line."""
    old = parse(before)
    if old is None:
        return ()
    lines = [*_tolerances(old, after), *_cases(old, after)]
    known = {"cases", "correctness"}
    for key in dict.fromkeys([*old, *after]):
        if key not in known and key in _PARTS:
            lines += _values(key, old.get(key), after.get(key))
    return tuple(lines)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in _PROSE}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _code(data: bytes) -> str:
    tree = ast.parse(data)
    for node in ast.walk(tree):
        documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.dump(tree)


def _commands(data: bytes) -> list[bytes]:
    lines = (line.strip() for line in data.splitlines())
    return [line for line in lines if line and not line.startswith(b"#")]


def _tolerances(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = _fields(old), _fields(new)
    for name in dict.fromkeys([*before, *after]):
        field, kind = name
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            yield f"tolerance on {field}: {kind} {_show(now[kind])}, new{_where(now)}"
        elif now is None:
            yield f"tolerance on {field}: {kind} is gone"
        elif was is not None and was[kind] != now[kind]:
            yield f"tolerance on {field}: {_show(was[kind])} to {_show(now[kind])}{_where(now)}"


def _fields(contract: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    items = (contract.get("correctness") or {}).get("field_tolerances") or []
    return {(item["field"], item["comparison"]): item for item in items}


def _cases(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = ({case["id"]: case for case in it.get("cases", ())} for it in (old, new))
    for name in dict.fromkeys([*before, *after]):
        if name not in before:
            yield f"case {name}: new"
        elif name not in after:
            yield f"case {name}: gone"
        else:
            yield from _values(f"case {name}", _plain(before[name]), _plain(after[name]))


def _values(place: str, old: Any, new: Any) -> Iterator[str]:
    """The single values that differ, by dotted name."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            if key not in _PROSE:
                yield from _values(f"{place} {key}", old.get(key), new.get(key))
        return
    yield f"{place}: {_show(old)} to {_show(new)}"


def _where(item: Mapping[str, Any]) -> str:
    found = _LABEL.search(str(item.get("label") or ""))
    return f", {found[1]} line {found[2]}" if found else ""


def _show(value: Any) -> str:
    if isinstance(value, float):
        return re.sub(r"e([-+])0+", r"e\1", repr(value)).replace("e+", "e")
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        import json

        text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= 80 else f"{text[:77]}..."
    return str(value)


def measuring(paths: Iterable[str]) -> list[str]:
    """Those of the paths that decide on results."""
    names = {layout.BENCHMARK, layout.RUNNER, layout.PRE_COMMANDS}
    return [path for path in paths if path in names or path.startswith(f"{layout.ALL_INPUTS}/")]
