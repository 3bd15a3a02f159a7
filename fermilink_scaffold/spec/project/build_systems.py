"""How a project is built and tested, as the people of its community do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fermilink_scaffold.records import Record
from fermilink_scaffold.spec.project.python_project import is_compiled
from fermilink_scaffold.spec.project.tracked import spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from fermilink_scaffold.spec.project.languages import Sources
    from fermilink_scaffold.spec.project.python_project import PythonProject
    from fermilink_scaffold.spec.project.tracked import Tracked

__all__ = ["BuildSystem", "build_system"]

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_SAMPLE = 16


class BuildSystem(Record, eq=False):
    """What builds a project. Commands are shell lines, run in its root."""

    #: `pyproject setup.py meson cmake autotools make cargo julia fpm`, or None.
    name: str | None = None
    build_commands: tuple[str, ...] = ()
    test_commands: tuple[str, ...] = ()


def build_system(
    tracked: Tracked, language: str, python: PythonProject, sources: Sources
) -> BuildSystem:
    """The build system of the language's community; the first one that the files show."""
    if language == "python":
        return BuildSystem(
            name=_python_name(python),
            build_commands=python.build_commands(compiled=is_compiled(python, sources)),
            test_commands=python.test_commands(tracked, sources),
        )
    native = (_cmake, _meson, _fpm, _autotools, _make)
    order: dict[str, tuple[Callable[[Tracked], BuildSystem | None], ...]] = {
        "rust": (_cargo, *native),
        "julia": (_julia,),
        "generic": (*native, _cargo, _julia),
    }
    for detect in order.get(language, native):
        found = detect(tracked)
        if found:
            return found
    return BuildSystem()


def _python_name(python: PythonProject) -> str | None:
    if not python.packaged:
        return None
    return "setup.py" if python.has_setup and not python.backend else "pyproject"


def _cmake(tracked: Tracked) -> BuildSystem | None:
    places = [
        place for place in ("", "cmake/", "src/") if f"{place}CMakeLists.txt" in tracked.names
    ]
    if not places:
        return None
    text = tracked.read(f"{places[0]}CMakeLists.txt").lower()
    tested = "enable_testing" in text or "add_test" in text or "include(ctest)" in text
    return BuildSystem(
        name="cmake",
        build_commands=(
            f"cmake -S {places[0].rstrip('/') or '.'} -B build -DCMAKE_BUILD_TYPE=Release",
            'cmake --build build -j "$(nproc)"',
        ),
        test_commands=("ctest --test-dir build --output-on-failure",) if tested else (),
    )


def _meson(tracked: Tracked) -> BuildSystem | None:
    if "meson.build" not in tracked.top:
        return None
    files = [path for path in tracked.files if path.endswith("meson.build")]
    tested = any("test(" in tracked.read(path) for path in spread(files, _SAMPLE))
    return BuildSystem(
        name="meson",
        build_commands=("meson setup build --buildtype=release", "meson compile -C build"),
        test_commands=("meson test -C build",) if tested else (),
    )


def _fpm(tracked: Tracked) -> BuildSystem | None:
    if "fpm.toml" not in tracked.top:
        return None
    tested = any(path.startswith("test/") for path in tracked.files) or "[[test]]" in tracked.read(
        "fpm.toml"
    )
    return BuildSystem(
        name="fpm",
        build_commands=("fpm build --profile release",),
        test_commands=("fpm test --profile release",) if tested else (),
    )


def _cargo(tracked: Tracked) -> BuildSystem | None:
    manifests = sorted(
        (path for path in tracked.files if path == "Cargo.toml" or path.endswith("/Cargo.toml")),
        key=lambda path: (path.count("/"), path),
    )
    if not manifests:
        return None
    place = ""
    if manifests[0] != "Cargo.toml":
        import shlex

        place = f" --manifest-path {shlex.quote(manifests[0])}"
    return BuildSystem(
        name="cargo",
        build_commands=(f"cargo build --release{place}",),
        test_commands=(f"cargo test{place}",),
    )


def _julia(tracked: Tracked) -> BuildSystem | None:
    tests = (
        ("julia --project -e 'using Pkg; Pkg.test()'",)
        if "test/runtests.jl" in tracked.names
        else ()
    )
    if not {"Project.toml", "JuliaProject.toml"} & tracked.top:
        return None
    return BuildSystem(
        name="julia",
        build_commands=("julia --project -e 'using Pkg; Pkg.instantiate()'",),
        test_commands=tests,
    )


def _autotools(tracked: Tracked) -> BuildSystem | None:
    top = tracked.top
    scripts = [name for name in ("autogen.sh", "bootstrap", "bootstrap.sh") if name in top]
    if "configure" in top:
        first: tuple[str, ...] = ("./configure",)
    elif {"configure.ac", "configure.in"} & top:
        first = (f"./{scripts[0]}" if scripts else "autoreconf -fi", "./configure")
    else:
        return None
    if "Makefile.am" in top:
        make = 'make -j"$(nproc)"'
        tests: tuple[str, ...] = ("make check",)
    else:
        text = _makefile_text(tracked, "", (*_MAKEFILES, "Makefile.in"))
        make, tests = _make_command("make", text), _make_tests("make", text)
    return BuildSystem(name="autotools", build_commands=(*first, make), test_commands=tests)


def _make(tracked: Tracked) -> BuildSystem | None:
    for place in ("", "src/", "source/"):
        text = _makefile_text(tracked, place, _MAKEFILES)
        if text:
            make = f"make -C {place.rstrip('/')}" if place else "make"
            return BuildSystem(
                name="make",
                build_commands=(_make_command(make, text),),
                test_commands=_make_tests(make, text),
            )
    return None


def _makefile_text(tracked: Tracked, place: str, names: tuple[str, ...]) -> str:
    for name in names:
        if f"{place}{name}" in tracked.names:
            return tracked.read(f"{place}{name}")
    return ""


def _make_command(make: str, text: str) -> str:
    """`make`, or `make all` where plain make only prints help."""
    targets = _targets(text)
    if "all" not in targets or next(iter(targets)) == "all":
        return make
    recipe = [line.lstrip("@-+ \t") for line in next(iter(targets.values()))]
    helps = recipe and all(line.startswith(("echo", "printf", "#")) for line in recipe)
    return f"{make} all" if helps else make


def _make_tests(make: str, text: str) -> tuple[str, ...]:
    targets = _targets(text)
    return next(((f"{make} {name}",) for name in ("check", "test", "tests") if name in targets), ())


def _targets(text: str) -> dict[str, list[str]]:
    """Target names in order, each with its recipe's lines; special and pattern targets left out."""
    import re

    targets: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("\t"):
            current.append(line.strip())
            continue
        found = re.match(r"([A-Za-z0-9_][\w./ -]*?)\s*::?(?!=)", line)
        for name in found[1].split() if found else ():
            current = targets.setdefault(name, [])
    return targets
