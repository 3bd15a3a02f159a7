"""A campaign made from the real records, for the tests of this directory."""

from __future__ import annotations

from fermilink_scaffold.contract.build import contract_data
from fermilink_scaffold.spec.model import (
    Build,
    Campaign,
    Case,
    Constraint,
    Limit,
    Objective,
    Repository,
    ReviewNote,
    Source,
    StagedInput,
    Tolerance,
)

#: Cut from what `survey` gives.
SURVEY = {
    "schema_version": 1,
    "scope": {"editable": ["src/**"], "files": 3, "source_files": 2, "test_files": 0},
    "languages": [{"language": "python", "files": 2, "bytes": 9000, "lines": 310}],
    "functions": [
        {
            "name": "Solver.build_fock",
            "file": "src/mycode/scf.py",
            "first_line": 40,
            "last_line": 119,
            "loop_depth": 4,
            "tests": ["tests/test_scf.py"],
        }
    ],
    "longest_functions": [
        {
            "name": "read_basis",
            "file": "src/mycode/grid.py",
            "first_line": 10,
            "last_line": 129,
            "lines": 120,
            "loop_depth": 1,
        },
        {
            "name": "Solver.build_fock",
            "file": "src/mycode/scf.py",
            "first_line": 40,
            "last_line": 119,
            "lines": 80,
            "loop_depth": 4,
        },
    ],
    "deepest_loops": [
        {
            "name": "Solver.build_fock",
            "file": "src/mycode/scf.py",
            "first_line": 40,
            "last_line": 119,
            "lines": 80,
            "loop_depth": 4,
        }
    ],
}


def source(line: int) -> Source:
    return Source(file="goal.md", line=line)


def sample_repository(root: str = "/nowhere/mycode", **changes: object) -> Repository:
    values: dict[str, object] = {
        "root": root,
        "files": ("pyproject.toml", "src/mycode/scf.py", "src/mycode/grid.py", "tests/test_scf.py"),
        "head": "0123456789abcdef0123456789abcdef01234567",
        "language": "python",
        "package": "mycode",
        "build_system": "pyproject",
        "build_commands": ("python -m pip install --no-deps --no-build-isolation -e .",),
        "test_commands": ("python -m pytest -q",),
        "benchmarks": ("bench/bench_scf.py",),
        "source_globs": ("src/**",),
        "compiled": False,
    }
    return Repository(**{**values, **changes})  # type: ignore[arg-type]


def sample_campaign(**changes: object) -> Campaign:
    tolerance = Tolerance(
        field="energy",
        comparison="abs_delta",
        bound=1e-6,
        label="Total energy within 1e-6 Hartree (goal.md:31)",
    )
    limit = Limit(field="energy", value=-75.9839485, absolute=1e-6, label="as published")
    values: dict[str, object] = {
        "mode": "goal",
        "package_id": "mycode",
        "benchmark_id": "mycode-goal",
        "language": "python",
        "target": "Make the SCF loop faster for small molecules.",
        "repository": sample_repository(),
        "objective": Objective(primary_metric="wall_seconds", direction="minimize"),
        "editable": ("src/**",),
        "immutable": ("src/mycode/data/**", "tests/**"),
        "cases": (
            Case(
                id="train-h2o",
                description="Water, RHF/6-31g",
                source=source(40),
                command=("python", "bench/bench_scf.py", "{inputs}/h2o.xyz"),
                limits=(limit,),
            ),
            Case(
                id="train-nh3",
                description="Ammonia",
                source=source(41),
                weight=2.0,
                command=("python", "bench/bench_scf.py", "{inputs}/nh3.xyz"),
                env={"MYCODE_GRID": "3"},
                timeout_seconds=300.0,
            ),
            Case(
                id="test-benzene",
                description="Benzene, the one that decides",
                source=source(42),
                command=("python", "bench/bench_scf.py", "{inputs}/c6h6.xyz"),
            ),
        ),
        "metrics": {"energy": {"find": "energy"}},
        "train_case_ids": ("train-h2o", "train-nh3"),
        "tolerances": (tolerance,),
        "constraints": (
            Constraint(
                text="Total energy within 1e-6 Hartree", source=source(31), tolerances=(tolerance,)
            ),
            Constraint(text="The public interface stays as it is.", source=source(32)),
        ),
        "build": Build(script="set -e\npython -m pip install --no-deps -e .\n", source=source(50)),
        "inputs": tuple(
            StagedInput(origin=f"/nowhere/{name}", path=name, case_ids=(case,))
            for name, case in (
                ("h2o.xyz", "train-h2o"),
                ("nh3.xyz", "train-nh3"),
                ("c6h6.xyz", "test-benzene"),
            )
        ),
        "settings": {},
        "hpc_profile": None,
        "notes": "The integrals are known to be slow.",
        "text": "# Optimization Goal\n",
        "survey": SURVEY,
        "review_notes": (ReviewNote(text="The language was guessed.", source=source(5)),),
    }
    return Campaign(**{**values, **changes})  # type: ignore[arg-type]


def sample_contract(campaign: Campaign) -> dict[str, object]:
    return contract_data(campaign)
