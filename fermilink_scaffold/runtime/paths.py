"""Names and places of a workspace, below the project's root.

The file and function names are FermiLink's; a test compares all of them with recorded answers.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AUTOGEN_DIRNAME",
    "GOAL_ANALYSIS_FILENAME",
    "GOAL_BENCHMARK_FILENAME",
    "GOAL_COPY_FILENAME",
    "GOAL_INPUTS_ALL_DIRNAME",
    "GOAL_INPUTS_MANIFEST_FILENAME",
    "GOAL_INPUTS_WORKER_DIRNAME",
    "GOAL_MANIFEST_FILENAME",
    "GOAL_RUNNER_FILENAME",
    "GOAL_RUN_SCRIPT_FILENAME",
    "GOAL_SETUP_FILENAME",
    "GOAL_SUBMIT_FILENAME",
    "INPUTS_DIRNAME",
    "MEMORY_FILENAME",
    "OPTIMIZE_DIRNAME",
    "PROGRAM_FILENAME",
    "QUICK_BENCHMARK_FILENAME",
    "QUICK_MANIFEST_FILENAME",
    "QUICK_RUNNER_FILENAME",
    "QUICK_RUN_SCRIPT_FILENAME",
    "QUICK_SETUP_FILENAME",
    "QUICK_SUBMIT_FILENAME",
    "RESULTS_FILENAME",
    "RUNS_DIRNAME",
    "RUN_LOCK_FILENAME",
    "STATE_FILENAME",
    "WORKER_BENCHMARK_FILENAME",
    "WORKER_MEMORY_FILENAME",
    "autogen_root",
    "default_program_path",
    "goal_analysis_path",
    "goal_benchmark_path",
    "goal_copy_path",
    "goal_inputs_all_root",
    "goal_inputs_manifest_path",
    "goal_inputs_worker_root",
    "goal_manifest_path",
    "goal_run_script_path",
    "goal_runner_path",
    "goal_setup_path",
    "goal_submit_launcher_path",
    "inputs_root",
    "memory_path",
    "optimize_root",
    "quick_benchmark_path",
    "quick_manifest_path",
    "quick_run_script_path",
    "quick_runner_path",
    "quick_setup_path",
    "quick_submit_launcher_path",
    "results_path",
    "run_lock_path",
    "runs_root",
    "safe_relative",
    "state_path",
    "worker_benchmark_path",
    "worker_memory_path",
]

OPTIMIZE_DIRNAME = ".fermilink-optimize"
STATE_FILENAME = "state.json"
RESULTS_FILENAME = "results.tsv"
MEMORY_FILENAME = "memory.md"
WORKER_MEMORY_FILENAME = "worker_memory.md"
WORKER_BENCHMARK_FILENAME = "benchmark.worker.yaml"
PROGRAM_FILENAME = "program.md"
RUNS_DIRNAME = "runs"
AUTOGEN_DIRNAME = "autogen"
RUN_LOCK_FILENAME = "run.lock.json"
QUICK_MANIFEST_FILENAME = "quick_mode.json"
QUICK_BENCHMARK_FILENAME = "benchmark.yaml"
QUICK_RUNNER_FILENAME = "benchmark_runner.py"
QUICK_SUBMIT_FILENAME = "submit_poll_launcher.py"
QUICK_SETUP_FILENAME = "setup_env.sh"
QUICK_RUN_SCRIPT_FILENAME = "run_optimize.sh"
GOAL_MANIFEST_FILENAME = "goal_mode.json"
GOAL_ANALYSIS_FILENAME = "goal_analysis.json"
GOAL_COPY_FILENAME = "goal.md"
GOAL_BENCHMARK_FILENAME = "benchmark.yaml"
GOAL_RUNNER_FILENAME = "benchmark_runner.py"
GOAL_SUBMIT_FILENAME = "submit_poll_launcher.py"
GOAL_SETUP_FILENAME = "setup_env.sh"
GOAL_RUN_SCRIPT_FILENAME = "run_optimize.sh"
INPUTS_DIRNAME = "inputs"
GOAL_INPUTS_ALL_DIRNAME = "all"
GOAL_INPUTS_WORKER_DIRNAME = "worker"
GOAL_INPUTS_MANIFEST_FILENAME = "goal_inputs.json"


def optimize_root(project_root: Path) -> Path:
    """The workspace."""
    return project_root / OPTIMIZE_DIRNAME


def autogen_root(project_root: Path) -> Path:
    """The generated files."""
    return optimize_root(project_root) / AUTOGEN_DIRNAME


def runs_root(project_root: Path) -> Path:
    """The iterations' directories."""
    return optimize_root(project_root) / RUNS_DIRNAME


def inputs_root(project_root: Path) -> Path:
    """The staged input files."""
    return optimize_root(project_root) / INPUTS_DIRNAME


def state_path(project_root: Path) -> Path:
    """The campaign's state."""
    return optimize_root(project_root) / STATE_FILENAME


def results_path(project_root: Path) -> Path:
    """The ledger."""
    return optimize_root(project_root) / RESULTS_FILENAME


def memory_path(project_root: Path) -> Path:
    """The controller's memory."""
    return optimize_root(project_root) / MEMORY_FILENAME


def worker_memory_path(project_root: Path) -> Path:
    """The worker's memory."""
    return optimize_root(project_root) / WORKER_MEMORY_FILENAME


def worker_benchmark_path(project_root: Path) -> Path:
    """The train half of a split contract."""
    return optimize_root(project_root) / WORKER_BENCHMARK_FILENAME


def run_lock_path(project_root: Path) -> Path:
    """The file that says who is running."""
    return optimize_root(project_root) / RUN_LOCK_FILENAME


def default_program_path(project_root: Path) -> Path:
    """The agent's playbook."""
    return optimize_root(project_root) / PROGRAM_FILENAME


def quick_manifest_path(project_root: Path) -> Path:
    """Quick mode: the manifest."""
    return autogen_root(project_root) / QUICK_MANIFEST_FILENAME


def quick_benchmark_path(project_root: Path) -> Path:
    """Quick mode: the contract."""
    return autogen_root(project_root) / QUICK_BENCHMARK_FILENAME


def quick_runner_path(project_root: Path) -> Path:
    """Quick mode: the runner."""
    return autogen_root(project_root) / QUICK_RUNNER_FILENAME


def quick_submit_launcher_path(project_root: Path) -> Path:
    """Quick mode: the batch launcher."""
    return autogen_root(project_root) / QUICK_SUBMIT_FILENAME


def quick_setup_path(project_root: Path) -> Path:
    """Quick mode: the set-up script."""
    return autogen_root(project_root) / QUICK_SETUP_FILENAME


def quick_run_script_path(project_root: Path) -> Path:
    """Quick mode: the launch script."""
    return autogen_root(project_root) / QUICK_RUN_SCRIPT_FILENAME


def goal_manifest_path(project_root: Path) -> Path:
    """Goal mode: the manifest."""
    return autogen_root(project_root) / GOAL_MANIFEST_FILENAME


def goal_analysis_path(project_root: Path) -> Path:
    """Goal mode: the survey of the code in scope."""
    return autogen_root(project_root) / GOAL_ANALYSIS_FILENAME


def goal_copy_path(project_root: Path) -> Path:
    """Goal mode: the copy of the user's goal."""
    return autogen_root(project_root) / GOAL_COPY_FILENAME


def goal_benchmark_path(project_root: Path) -> Path:
    """Goal mode: the contract."""
    return autogen_root(project_root) / GOAL_BENCHMARK_FILENAME


def goal_runner_path(project_root: Path) -> Path:
    """Goal mode: the runner."""
    return autogen_root(project_root) / GOAL_RUNNER_FILENAME


def goal_submit_launcher_path(project_root: Path) -> Path:
    """Goal mode: the batch launcher."""
    return autogen_root(project_root) / GOAL_SUBMIT_FILENAME


def goal_setup_path(project_root: Path) -> Path:
    """Goal mode: the set-up script."""
    return autogen_root(project_root) / GOAL_SETUP_FILENAME


def goal_run_script_path(project_root: Path) -> Path:
    """Goal mode: the launch script."""
    return autogen_root(project_root) / GOAL_RUN_SCRIPT_FILENAME


def goal_inputs_all_root(project_root: Path) -> Path:
    """Goal mode: the inputs of all cases."""
    return inputs_root(project_root) / GOAL_INPUTS_ALL_DIRNAME


def goal_inputs_worker_root(project_root: Path) -> Path:
    """Goal mode: the inputs of the train cases."""
    return inputs_root(project_root) / GOAL_INPUTS_WORKER_DIRNAME


def goal_inputs_manifest_path(project_root: Path) -> Path:
    """Goal mode: the list of staged inputs."""
    return autogen_root(project_root) / GOAL_INPUTS_MANIFEST_FILENAME


def safe_relative(path: Path, root: Path) -> str:
    """POSIX path of `path` relative to `root`, both resolved; absolute when it is outside."""
    resolved = path.resolve()
    try:
        return resolved.relative_to(root.resolve()).as_posix()
    except ValueError:
        return resolved.as_posix()
