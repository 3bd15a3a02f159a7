"""What a project is, read from its git-tracked files; nothing in it is executed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.model import Repository
from fermilink_scaffold.spec.project.build_systems import build_system
from fermilink_scaffold.spec.project.languages import (
    COMPILED,
    directory_kind,
    dominant,
    sources_of,
    suffix_language,
)
from fermilink_scaffold.spec.project.package_name import package_name
from fermilink_scaffold.spec.project.products import untracked_products
from fermilink_scaffold.spec.project.python_project import (
    is_compiled,
    package_roots,
    python_project,
)
from fermilink_scaffold.spec.project.tracked import fits, index, is_plain

if TYPE_CHECKING:
    import subprocess

    from fermilink_scaffold.spec.project.languages import Sources
    from fermilink_scaffold.spec.project.python_project import PythonProject
    from fermilink_scaffold.spec.project.tracked import Tracked

__all__ = ["default_globs", "inspect", "untracked_products"]

#: git must run nothing that the project's own configuration names.
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
#: Variables that would make git look at another repository than PROJECT.
_MISLEADING = frozenset(
    {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_NAMESPACE",
    }
)
_BENCHMARKS_LISTED = 100
#: More modules, or directories of compiled sources, are not a scope that one would spell out.
_MODULES_LISTED, _TOPS_LISTED = 12, 4
#: Suffixes of the files a language's own pattern names, in order.
_PATTERNS = {
    "python": ("py", "pyx"),
    "c": ("c", "h"),
    "cpp": ("cpp", "cc", "cxx", "C", "hpp", "h", "hh", "hxx", "cu"),
    "fortran": ("f90", "F90", "f", "F", "f95", "F95", "f03", "f08", "for", "fpp", "fypp"),
    "rust": ("rs",),
    "julia": ("jl",),
}


def inspect(project: str) -> Repository:
    """Look at the git repository whose top level is `project`.

    Raises ScaffoldError when there is no such directory, or it is no repository, a bare
    one, one without commits, or not the top level; when git is missing or refuses.
    """
    root, head, files = _ask_git(project)
    tracked = index(root, files)
    sources = sources_of(tracked)
    python = python_project(tracked)
    language = _language(tracked, sources, python)
    system = build_system(tracked, language, python, sources)
    return Repository(
        root=root,
        files=files,
        head=head,
        language=language,
        package=package_name(tracked, language, python, package_roots(sources)),
        build_system=system.name,
        build_commands=system.build_commands,
        test_commands=system.test_commands,
        benchmarks=_benchmarks(tracked, sources),
        source_globs=default_globs(tracked, language, sources),
        compiled=language in COMPILED or (language == "python" and is_compiled(python, sources)),
    )


def _language(tracked: Tracked, sources: Sources, python: PythonProject) -> str:
    """Python for what is installed as a Python package, also if most of it is compiled."""
    most = dominant(tracked, sources.by_language)
    if python.packaged and most != "julia" and (package_roots(sources) or _modules(sources)):
        return "python"
    return most


def _modules(sources: Sources) -> list[str]:
    """Python modules in the root that are neither packaging nor benchmarks."""
    return [
        path
        for path in sources.by_language.get("python", [])
        if "/" not in path
        and path not in {"setup.py", "conftest.py", "noxfile.py", "tasks.py"}
        and not path.startswith("bench")
    ]


def default_globs(tracked: Tracked, language: str, sources: Sources) -> tuple[str, ...]:
    """The editable scope where the user names none; each glob matches a tracked file.

    Python: the package directories, with those of its compiled sources, or the modules.
    Else `src/**` or `lib/**` where they hold sources of the language, or the language's
    suffixes. Globs are matched as `fnmatch` on whole paths.
    """
    files = sources.by_language.get(language, [])
    if language == "python":
        tops = {path.partition("/")[0] for path in package_roots(sources)}
        if tops and python_project(tracked).packaged:
            tops |= _compiled_tops(sources)
        modules = [path for path in _modules(sources) if is_plain(path)]
        if tops or 0 < len(modules) <= _MODULES_LISTED:
            return tuple(f"{top}/**" for top in sorted(tops) if is_plain(top)) or tuple(modules)
    for top in ("src", "lib"):
        if any(path.startswith(f"{top}/") for path in files):
            return (f"{top}/**",)
    suffixes = {path.rpartition(".")[2] for path in files}
    found = tuple(f"[!.]*.{suffix}" for suffix in _PATTERNS.get(language, ()) if suffix in suffixes)
    return found or tuple(f"{top}/**" for top in ("src", "lib") if fits(f"{top}/**", tracked.files))


def _compiled_tops(sources: Sources) -> set[str]:
    """Directories in the root with compiled sources; none if there are many."""
    tops = {
        path.partition("/")[0]
        for language, paths in sources.by_language.items()
        if language in COMPILED
        for path in paths
        if "/" in path
    }
    return tops if len(tops) <= _TOPS_LISTED else set()


def _benchmarks(tracked: Tracked, sources: Sources) -> tuple[str, ...]:
    """Benchmark scripts: in a directory or under a name that says so, and `in.*` of LAMMPS."""
    found = {path for path in sources.benchmarks if suffix_language(path) not in {None, "header"}}
    named = [
        path
        for path in tracked.files
        if "ench" in path or "perf_" in path or "asv." in path or "/in." in path
    ]
    for path in named:
        directory, _, name = path.rpartition("/")
        kind = directory_kind(directory)
        told = name.lower().startswith(("bench", "perf_")) or "_bench" in name.lower()
        if (
            (name.startswith("asv.conf") and kind != "other")
            or (name.startswith("in.") and kind == "benchmark")
            or (
                told
                and kind in {"source", "test"}
                and suffix_language(path) not in {None, "header"}
            )
        ):
            found.add(path)
    return tuple(sorted(found)[:_BENCHMARKS_LISTED])


def _ask_git(project: str) -> tuple[str, str, tuple[str, ...]]:
    """Top level, HEAD and tracked files; the two git processes run side by side."""
    _require_directory(project)
    about = _git(project, "rev-parse", "--is-bare-repository", "--show-toplevel", "HEAD")
    listing = _git(project, "ls-files", "-z")
    answer, complaint = about.communicate()
    listed, listing_complaint = listing.communicate()
    lines = os.fsdecode(answer).rstrip("\n").split("\n")
    if lines[:1] == ["true"]:
        raise ScaffoldError(
            "this is a bare repository: there are no files to optimise",
            file=project,
            hint="Clone it (git clone) and name the clone.",
        )
    if len(lines) < 3:
        raise _refused(project, os.fsdecode(complaint))
    root = "\n".join(lines[1:-1])
    if not os.path.samefile(root, project):
        raise ScaffoldError(
            f"this is a part of the git repository {root}",
            file=project,
            hint="Name the repository's top level: FermiLink works on the whole of it.",
        )
    if lines[-1] == "HEAD":
        raise ScaffoldError(
            "the repository has no commit yet",
            file=project,
            hint="Commit the code first (git add -A && git commit): "
            "every candidate is measured against a commit.",
        )
    if listing.returncode:
        raise _refused(project, os.fsdecode(listing_complaint))
    files = os.fsdecode(listed).split("\0")[:-1]
    # A file in conflict is listed once for each side; git sorts by bytes, Python by characters.
    return root, lines[-1], tuple(sorted(dict.fromkeys(files)))


def _require_directory(project: str) -> None:
    try:
        os.stat(os.path.join(project, "."))
    except FileNotFoundError:
        raise ScaffoldError("no such directory", file=project, hint="Check the path.") from None
    except NotADirectoryError:
        raise ScaffoldError(
            "this is not a directory", file=project, hint="Name the project's directory."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ScaffoldError(f"cannot be opened: {reason}", file=project) from None
    if not os.access(project, os.R_OK | os.X_OK):
        raise ScaffoldError(
            "no permission to read the directory", file=project, hint="Check its mode and owner."
        )


def _git(project: str, *arguments: str) -> subprocess.Popen[bytes]:
    import subprocess

    environment = {name: value for name, value in os.environ.items() if name not in _MISLEADING} | {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
    }
    try:
        return subprocess.Popen(
            ["git", *_HARMLESS, *arguments],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError:
        raise ScaffoldError(
            "git is not installed, or not on PATH",
            hint="Install git; a campaign keeps every candidate as a commit.",
        ) from None


def _refused(project: str, complaint: str) -> ScaffoldError:
    """Git's own message as an error; the usual ones with what to do."""
    message = complaint.strip().removeprefix("fatal: ") or "git gave no answer"
    if message.startswith("not a git repository"):
        return ScaffoldError(
            "this is not a git repository",
            file=project,
            hint="Make it one: git init && git add -A && git commit -m 'Start'",
        )
    first, _, rest = message.partition("\n")
    hint = " ".join(rest.split()) or None
    return ScaffoldError(f"git refuses: {first}", file=project, hint=hint)
