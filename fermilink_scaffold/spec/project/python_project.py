"""What a Python project says about its own building and testing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fermilink_scaffold.records import EMPTY, Record
from fermilink_scaffold.spec.project.languages import COMPILED
from fermilink_scaffold.spec.project.toml import read_toml, table, text_value
from fermilink_scaffold.spec.project.tracked import spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fermilink_scaffold.spec.project.languages import Sources
    from fermilink_scaffold.spec.project.tracked import Tracked

__all__ = ["PythonProject", "is_compiled", "package_roots", "python_project"]

#: Build backends whose packages are (nearly always) compiled, and how their users build in place.
_COMPILING_BACKENDS = ("mesonpy", "scikit_build_core", "maturin", "skbuild", "setuptools_rust")
#: Words of a setup.py or of build requirements that stand for extension modules.
_EXTENSION_WORDS = (
    "ext_modules",
    "Extension(",
    "cythonize",
    "build_ext",
    "build_clib",
    "cmake",
    "CMake",
    "numpy.distutils",
    "cffi_modules",
    "rust_extensions",
    "mypycify",
)
_TEST_SAMPLE = 8


class PythonProject(Record, eq=False):
    """The root's packaging files, read; nothing of them was executed."""

    #: True when pip can install the root (setup.py, or a pyproject.toml that says so).
    packaged: bool
    has_setup: bool
    backend: str
    pyproject: Mapping[str, Any] = EMPTY
    #: Texts of setup.py and setup.cfg; empty when they are not there.
    setup: str = ""
    setup_cfg: str = ""

    @property
    def builds_extensions(self) -> bool:
        """Whether the packaging files mention compiling anything."""
        if self.backend.startswith(_COMPILING_BACKENDS):
            return True
        if table(self.pyproject, "tool", "setuptools").get("ext-modules"):
            return True
        if "ext-modules" in self.setup_cfg or "ext_modules" in self.setup_cfg:
            return True
        return any(word in self.setup for word in _EXTENSION_WORDS)

    def build_commands(self, *, compiled: bool) -> tuple[str, ...]:
        """How its users install it for development, so that changes of the tree take effect."""
        if not self.packaged:
            return ()
        if self.backend.startswith("maturin"):
            return ("maturin develop --release",)
        if not compiled:
            return ("python -m pip install -e .",)
        if self.has_setup and not self.backend.startswith(_COMPILING_BACKENDS):
            return ("python setup.py build_ext --inplace",)
        return ("python -m pip install --no-build-isolation -e .",)

    def test_commands(self, tracked: Tracked, sources: Sources) -> tuple[str, ...]:
        """How its tests are run; empty when it has none.

        nose has been gone since Python 3.10: pytest runs what was written for it.
        """
        tests = [path for path in sources.tests if path.endswith(".py")]
        configured = self._pytest_settings(tracked)
        if not tests and configured is None:
            return ()
        root = _test_root(tests)
        if configured is None and _only_unittest(tracked, tests):
            top = " -t ." if root and f"{root}/__init__.py" in tracked.names else ""
            place = f" -s {root}{top}" if root else ""
            return (f"python -m unittest discover{place}",)
        if root is None or (configured and ("testpaths" in configured or "--pyargs" in configured)):
            return ("python -m pytest",)
        return (f"python -m pytest {root}",)

    def _pytest_settings(self, tracked: Tracked) -> str | None:
        """The text of its pytest configuration; None when there is none."""
        tool = table(self.pyproject, "tool", "pytest")
        if tool:
            return str(tool)
        for name, header in (
            ("pytest.ini", "[pytest]"),
            (".pytest.ini", "[pytest]"),
            ("tox.ini", "[pytest]"),
            ("setup.cfg", "[tool:pytest]"),
        ):
            if name in tracked.top:
                _, found, after = tracked.read(name).partition(header)
                if found:
                    return after.partition("\n[")[0]
        return "" if "conftest.py" in tracked.top else None


def python_project(tracked: Tracked) -> PythonProject:
    """Read pyproject.toml, setup.py and setup.cfg of the root."""
    pyproject = read_toml(tracked.read("pyproject.toml")) if "pyproject.toml" in tracked.top else {}
    has_setup = "setup.py" in tracked.top
    declared = bool({"project", "build-system"} & pyproject.keys()) or "poetry" in table(
        pyproject, "tool"
    )
    return PythonProject(
        packaged=has_setup or declared,
        has_setup=has_setup,
        backend=text_value(pyproject, "build-system", "build-backend") or "",
        pyproject=pyproject,
        setup=tracked.read("setup.py") if has_setup else "",
        setup_cfg=tracked.read("setup.cfg") if "setup.cfg" in tracked.top else "",
    )


def package_roots(sources: Sources) -> list[str]:
    """Outermost package directories, e.g. `numpy` or `src/pkg`; sorted."""
    packages = set(sources.python_packages)
    roots = [path for path in packages if path.rpartition("/")[0] not in packages]
    return sorted(roots, key=lambda path: (path.count("/"), path))


def is_compiled(project: PythonProject, sources: Sources) -> bool:
    """Whether a change of the tree's sources needs a compiler before it is seen."""
    if not project.packaged or not project.builds_extensions:
        return False
    cython = any(path.endswith((".pyx", ".pyf")) for path in sources.by_language.get("python", []))
    return cython or any(language in COMPILED for language in sources.by_language)


def _test_root(tests: list[str]) -> str | None:
    """The one directory that holds the tests, e.g. `tests` or `pkg/tests`; None when unclear."""
    roots = {_outermost_test_directory(path) for path in tests}
    if len(roots) != 1:
        return None
    root = roots.pop()
    return root if root and root.isascii() and not set(root) & set(" '\"$`\\*?[;&|<>(){}") else None


def _outermost_test_directory(path: str) -> str | None:
    parts = path.split("/")[:-1]
    for depth, part in enumerate(parts):
        if part.lower() in {"test", "tests", "testing", "testsuite", "unittests"}:
            return "/".join(parts[: depth + 1])
    return None


def _only_unittest(tracked: Tracked, tests: list[str]) -> bool:
    named = [path for path in tests if "test" in path.rpartition("/")[2]]
    texts = [tracked.read(path, 8192) for path in spread(named, _TEST_SAMPLE)]
    if any("pytest" in text or "nose" in text for text in texts):
        return False
    return any("unittest" in text for text in texts)
