"""What a project calls itself, as an id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fermilink_scaffold.spec.names import package_id
from fermilink_scaffold.spec.project.toml import read_toml, text_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fermilink_scaffold.spec.project.python_project import PythonProject
    from fermilink_scaffold.spec.project.tracked import Tracked

__all__ = ["package_name"]


def package_name(
    tracked: Tracked, language: str, python: PythonProject, packages: list[str]
) -> str:
    """The id from the packaging files, the language's own first; else the directory's name.

    A single Python package directory stands for a name that setup.py computes.
    """
    readers: list[Callable[[], Iterator[str | None]]] = [
        lambda: _python_names(python),
        lambda: _toml_names(tracked),
        lambda: _build_file_names(tracked),
    ]
    if language in {"c", "cpp", "fortran"}:
        readers = [readers[2], readers[1], readers[0]]
    elif language in {"rust", "julia"}:
        readers = [readers[1], readers[0], readers[2]]
    for reader in readers:
        for name in reader():
            found = package_id(name) if name else None
            if found:
                return found
    directory = tracked.root.rpartition("/")[2]
    alone = packages[0].rpartition("/")[2] if len(packages) == 1 else directory
    return (
        (package_id(alone) if language == "python" else None) or package_id(directory) or "project"
    )


def _python_names(python: PythonProject) -> Iterator[str | None]:
    yield text_value(python.pyproject, "project", "name")
    yield text_value(python.pyproject, "tool", "poetry", "name")
    yield text_value(python.pyproject, "tool", "flit", "metadata", "dist-name")
    yield _setup_cfg_name(python.setup_cfg)
    yield _setup_name(python.setup)


def _toml_names(tracked: Tracked) -> Iterator[str | None]:
    for file, keys in (
        ("Cargo.toml", ("package", "name")),
        ("Project.toml", ("name",)),
        ("JuliaProject.toml", ("name",)),
        ("fpm.toml", ("name",)),
    ):
        if file in tracked.top:
            yield text_value(read_toml(tracked.read(file)), *keys)


def _build_file_names(tracked: Tracked) -> Iterator[str | None]:
    import re

    for file, pattern in (
        ("CMakeLists.txt", r"^[ \t]*project\s*\(\s*\"?([\w.+-]+)\"?[\s)]"),
        ("cmake/CMakeLists.txt", r"^[ \t]*project\s*\(\s*\"?([\w.+-]+)\"?[\s)]"),
        ("meson.build", r"^[ \t]*project\s*\(\s*'([^'$@]+)'"),
        ("configure.ac", r"^[ \t]*AC_INIT\s*\(\s*\[?\s*([\w .+-]+?)\s*[],)]"),
    ):
        if file in tracked.names:
            found = re.search(pattern, tracked.read(file), re.IGNORECASE | re.MULTILINE)
            yield found[1] if found else None


def _setup_cfg_name(text: str) -> str | None:
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("["):
            section = line.strip("[] ")
        key, equals, value = line.partition("=")
        if section == "metadata" and equals and key.strip() == "name":
            return value.strip()
    return None


def _setup_name(text: str) -> str | None:
    """The literal `name=` of `setup(...)`, or the constant it names; nothing is executed."""
    if "setup" not in text:
        return None
    import ast

    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    constants: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=str(constant))):
                constants.setdefault(target, constant)
            case _:
                pass
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id="setup") | ast.Attribute(attr="setup"):
                for keyword in node.keywords:
                    if keyword.arg == "name":
                        return _literal(keyword.value, constants)
            case _:
                pass
    return None


def _literal(node: object, constants: dict[str, str]) -> str | None:
    import ast

    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return constants.get(name)
        case _:
            return None
