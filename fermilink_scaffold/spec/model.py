"""The specification of one campaign: plain frozen records, validated once, then trusted.

Readers (`goal`, `prompt`, `answers`, the command line) each give a `Draft`: what their
input said and nothing more. `resolve` lays drafts over what `repository` saw of the
project and gives the one `Campaign` that everything after it is rendered from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from fermilink_scaffold.records import EMPTY, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Build",
    "Campaign",
    "Case",
    "Comparison",
    "Constraint",
    "Direction",
    "Draft",
    "DraftCase",
    "Limit",
    "Mode",
    "Objective",
    "Repository",
    "ReviewNote",
    "Source",
    "StagedInput",
    "Tolerance",
]

Comparison: TypeAlias = Literal["abs_delta", "rms_delta", "relative_delta"]
Direction: TypeAlias = Literal["minimize", "maximize"]
Mode: TypeAlias = Literal["goal", "quick"]


class Source(Record):
    """Where a value came from; reads `goal.md:31`."""

    #: The input's name as it is shown to people: a file's base name, or `--case`.
    file: str
    #: Line, from 1; None where the input has no lines (the command line).
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class ReviewNote(Record):
    """Something that was assumed, or that a person should look at before the launch."""

    #: One sentence.
    text: str
    #: What made us assume it.
    source: Source | None = None

    def __str__(self) -> str:
        return self.text if self.source is None else f"{self.source}: {self.text}"


class Tolerance(Record):
    """One entry of the contract's `correctness.field_tolerances`."""

    #: A field that the runner reports for a case, e.g. `energy`.
    field: str
    #: How candidate and incumbent are compared.
    comparison: Comparison
    #: The largest difference that still counts as equal; never looser than the prose.
    bound: float
    #: The bullet's own text and its place, e.g. `energy within 1e-6 (goal.md:31)`.
    label: str
    #: True when only some cases report the field.
    optional: bool = False


class Limit(Record):
    """One entry of a case's `expect`: a bound on a single value, not on a difference."""

    #: A field that the case reports.
    field: str
    #: Reference value, within `absolute` and within `relative`, where given.
    value: float | None = None
    absolute: float | None = None
    relative: float | None = None
    #: One-sided bounds, inclusive.
    minimum: float | None = None
    maximum: float | None = None
    #: Exact text.
    text: str | None = None
    #: The bullet's own text and its place.
    label: str = ""


class Constraint(Record):
    """A correctness bullet, compiled as far as it holds numbers.

    `case_words` is the part of the prose that names cases ("UKS cases", "test-b");
    `resolve` decides which cases it means.
    """

    #: The bullet's text, one line.
    text: str
    source: Source
    tolerances: tuple[Tolerance, ...] = ()
    limits: tuple[Limit, ...] = ()
    #: Words of the bullet that restrict it to some cases; empty when it holds for all.
    case_words: tuple[str, ...] = ()


class Build(Record):
    """The build block: shell text that runs once per candidate, in the project's root."""

    #: The lines as the user wrote them, LF line ends.
    script: str
    source: Source


class StagedInput(Record):
    """A file that workloads read, copied to `inputs/all` (train cases: `inputs/worker`)."""

    #: Where it is now, absolute.
    origin: str
    #: Its place below `inputs/all`, POSIX separators.
    path: str
    #: The cases that name it; empty when all share it.
    case_ids: tuple[str, ...] = ()
    source: Source | None = None


class Case(Record):
    """One workload of the contract. The keys and their meaning are the runner's."""

    id: str
    #: Words of the command; placeholders `{inputs} {project_root} {run_dir} {benchmark}`.
    command: tuple[str, ...]
    source: Source
    #: The workload's own text, for people.
    description: str = ""
    weight: float = 1.0
    #: Relative to the project.
    cwd: str | None = None
    env: Mapping[str, str] = EMPTY
    #: Seconds for one repeat.
    timeout_seconds: float | None = None
    repeats: int | None = None
    warmup_repeats: int | None = None
    mpi_ranks: int | None = None
    #: Field name to how it is read from the output (see the contract's schema).
    metrics: Mapping[str, Mapping[str, Any]] = EMPTY
    limits: tuple[Limit, ...] = ()
    #: Files the command writes, relative to `cwd`; removed before each repeat.
    outputs: tuple[str, ...] = ()
    #: Further keys, passed through to the contract as they are.
    extra: Mapping[str, Any] = EMPTY


class DraftCase(Record):
    """A workload as an input gave it; the command may still be missing."""

    id: str
    text: str
    source: Source
    #: None when the text holds no command: `resolve` must find one or refuse.
    command: tuple[str, ...] | None = None
    #: Files below the input's directory that the text names (POSIX, relative to it).
    files: tuple[str, ...] = ()
    mpi_ranks: int | None = None
    #: Every other key of `Case`, from `scaffold.yaml` (already of the right type).
    settings: Mapping[str, Any] = EMPTY


class Objective(Record):
    """What is optimised."""

    #: A measured name (`wall_seconds`, `cpu_seconds`, `peak_rss_mb`) or an extracted field.
    primary_metric: str
    direction: Direction
    #: A candidate must be better by this fraction, e.g. 0.02.
    min_relative_improvement: float = 0.02
    tie_relative_tolerance: float = 0.005


class Draft(Record):
    """What one input said. None or empty: it said nothing about it."""

    package: str | None = None
    language: str | None = None
    target: str | None = None
    editable: tuple[str, ...] = ()
    immutable: tuple[str, ...] = ()
    primary_metric: str | None = None
    direction: Direction | None = None
    #: Fields named in backticks in the metric and correctness sections: to be extracted.
    fields: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    cases: tuple[DraftCase, ...] = ()
    #: Explicit split; None when the input gave none.
    train_case_ids: tuple[str, ...] | None = None
    build: Build | None = None
    #: Files named in full by the user (`--input`), absolute.
    inputs: tuple[str, ...] = ()
    #: Dotted contract keys and their values (`--set`, `set:` in scaffold.yaml).
    settings: Mapping[str, Any] = EMPTY
    #: The HPC profile's data, validated.
    hpc_profile: Mapping[str, Any] | None = None
    notes: str = ""
    #: The input's whole text and the directory its file names are relative to.
    text: str = ""
    directory: str | None = None
    review_notes: tuple[ReviewNote, ...] = ()


class Repository(Record):
    """What inspection saw of the project; nothing in it was executed."""

    #: Absolute path of the project (the git top level).
    root: str
    #: git-tracked files, POSIX, sorted.
    files: tuple[str, ...]
    #: HEAD, or None in a repository without commits.
    head: str | None
    #: `python c cpp fortran rust julia` or `generic`.
    language: str
    #: Package name from pyproject, setup, CMake, Cargo, Project.toml, or the directory.
    package: str
    #: `pyproject setup.py meson cmake autotools make cargo julia fpm` or None.
    build_system: str | None
    #: Shell lines that build it, as its build system's users do.
    build_commands: tuple[str, ...]
    test_commands: tuple[str, ...]
    #: Existing benchmark scripts, relative paths.
    benchmarks: tuple[str, ...]
    #: Directories and globs that hold the source in scope by default, e.g. `src/**`.
    source_globs: tuple[str, ...]
    #: True when candidates must be compiled before a case can see their change.
    compiled: bool


class Campaign(Record):
    """The whole specification: everything that templates and the contract need."""

    mode: Mode
    package_id: str
    benchmark_id: str
    language: str
    target: str
    repository: Repository
    objective: Objective
    editable: tuple[str, ...]
    immutable: tuple[str, ...]
    cases: tuple[Case, ...]
    #: Fields that every case reports, and how each is read from the output.
    metrics: Mapping[str, Mapping[str, Any]]
    #: Ids of the train cases; empty when there is no split.
    train_case_ids: tuple[str, ...]
    tolerances: tuple[Tolerance, ...]
    #: All correctness bullets, also those without a number.
    constraints: tuple[Constraint, ...]
    build: Build | None
    inputs: tuple[StagedInput, ...]
    #: Dotted contract keys and their values, applied last.
    settings: Mapping[str, Any]
    hpc_profile: Mapping[str, Any] | None
    notes: str
    #: The goal's or prompt's text; empty when there was none.
    text: str
    #: The survey of the code in scope (goal_analysis.json).
    survey: Mapping[str, Any]
    review_notes: tuple[ReviewNote, ...]

    @property
    def worker_cases(self) -> tuple[Case, ...]:
        """The cases that the agent may see: the train half, or all without a split."""
        if not self.train_case_ids:
            return self.cases
        return tuple(case for case in self.cases if case.id in self.train_case_ids)
