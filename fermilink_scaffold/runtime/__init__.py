"""What runs during a campaign: the workspace's places, memories, ledger, state and locks.

A drop-in for FermiLink's campaign-state module that loses nothing: every write is atomic and
synced, every read-modify-write is locked, and only the edited lines of a file change.
Hooks and agents' one-liners import this all the time, so a name's module is loaded when the
name is first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.runtime.compact import (
        compact_memory,
    )
    from fermilink_scaffold.runtime.files import (
        ensure_executable,
    )
    from fermilink_scaffold.runtime.ledger import (
        RESULTS_HEADER,
        append_result,
        ensure_results_file,
        recent_results_text,
    )
    from fermilink_scaffold.runtime.memory import (
        archive_worker_memory,
        ensure_memory_file,
        record_campaign_event,
        reset_worker_memory_file,
        utc_now_z,
    )
    from fermilink_scaffold.runtime.outcome import (
        record_outcome,
    )
    from fermilink_scaffold.runtime.paths import (
        AUTOGEN_DIRNAME,
        GOAL_ANALYSIS_FILENAME,
        GOAL_BENCHMARK_FILENAME,
        GOAL_COPY_FILENAME,
        GOAL_INPUTS_ALL_DIRNAME,
        GOAL_INPUTS_MANIFEST_FILENAME,
        GOAL_INPUTS_WORKER_DIRNAME,
        GOAL_MANIFEST_FILENAME,
        GOAL_RUN_SCRIPT_FILENAME,
        GOAL_RUNNER_FILENAME,
        GOAL_SETUP_FILENAME,
        GOAL_SUBMIT_FILENAME,
        INPUTS_DIRNAME,
        MEMORY_FILENAME,
        OPTIMIZE_DIRNAME,
        PROGRAM_FILENAME,
        QUICK_BENCHMARK_FILENAME,
        QUICK_MANIFEST_FILENAME,
        QUICK_RUN_SCRIPT_FILENAME,
        QUICK_RUNNER_FILENAME,
        QUICK_SETUP_FILENAME,
        QUICK_SUBMIT_FILENAME,
        RESULTS_FILENAME,
        RUN_LOCK_FILENAME,
        RUNS_DIRNAME,
        STATE_FILENAME,
        WORKER_BENCHMARK_FILENAME,
        WORKER_MEMORY_FILENAME,
        autogen_root,
        default_program_path,
        goal_analysis_path,
        goal_benchmark_path,
        goal_copy_path,
        goal_inputs_all_root,
        goal_inputs_manifest_path,
        goal_inputs_worker_root,
        goal_manifest_path,
        goal_run_script_path,
        goal_runner_path,
        goal_setup_path,
        goal_submit_launcher_path,
        inputs_root,
        memory_path,
        optimize_root,
        quick_benchmark_path,
        quick_manifest_path,
        quick_run_script_path,
        quick_runner_path,
        quick_setup_path,
        quick_submit_launcher_path,
        results_path,
        run_lock_path,
        runs_root,
        safe_relative,
        state_path,
        worker_benchmark_path,
        worker_memory_path,
    )
    from fermilink_scaffold.runtime.recovery import (
        recover,
    )
    from fermilink_scaffold.runtime.repair import (
        check_memory,
        repair_memory,
    )
    from fermilink_scaffold.runtime.runlock import (
        RunLockHeld,
        acquire_run_lock,
        clear_run_lock,
        load_run_lock,
        pid_is_running,
        run_lock_holder,
        write_run_lock,
    )
    from fermilink_scaffold.runtime.sections import (
        append_section_line,
        replace_metadata_line,
        set_section_lines,
    )
    from fermilink_scaffold.runtime.seed import (
        ensure_autogen_root,
        ensure_optimize_root,
        ensure_program_file,
    )
    from fermilink_scaffold.runtime.state import (
        load_json_file,
        load_state,
        write_json_file,
        write_state,
    )
    from fermilink_scaffold.runtime.status import (
        campaign_status,
    )

    _set_section_lines = set_section_lines
    _append_section_line = append_section_line
    _replace_metadata_line = replace_metadata_line

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
    "RESULTS_HEADER",
    "RUNS_DIRNAME",
    "RUN_LOCK_FILENAME",
    "STATE_FILENAME",
    "WORKER_BENCHMARK_FILENAME",
    "WORKER_MEMORY_FILENAME",
    "RunLockHeld",
    "_append_section_line",
    "_replace_metadata_line",
    "_set_section_lines",
    "acquire_run_lock",
    "append_result",
    "append_section_line",
    "archive_worker_memory",
    "autogen_root",
    "campaign_status",
    "check_memory",
    "clear_run_lock",
    "compact_memory",
    "default_program_path",
    "ensure_autogen_root",
    "ensure_executable",
    "ensure_memory_file",
    "ensure_optimize_root",
    "ensure_program_file",
    "ensure_results_file",
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
    "load_json_file",
    "load_run_lock",
    "load_state",
    "memory_path",
    "optimize_root",
    "pid_is_running",
    "quick_benchmark_path",
    "quick_manifest_path",
    "quick_run_script_path",
    "quick_runner_path",
    "quick_setup_path",
    "quick_submit_launcher_path",
    "recent_results_text",
    "record_campaign_event",
    "record_outcome",
    "recover",
    "repair_memory",
    "replace_metadata_line",
    "reset_worker_memory_file",
    "results_path",
    "run_lock_holder",
    "run_lock_path",
    "runs_root",
    "safe_relative",
    "set_section_lines",
    "state_path",
    "utc_now_z",
    "worker_benchmark_path",
    "worker_memory_path",
    "write_json_file",
    "write_run_lock",
    "write_state",
]

#: Where each name is; `paths` has all the others.
_MODULES = {
    "compact": ("compact_memory",),
    "repair": ("check_memory", "repair_memory"),
    "status": ("campaign_status",),
    "files": ("ensure_executable",),
    "ledger": ("RESULTS_HEADER", "append_result", "ensure_results_file", "recent_results_text"),
    "memory": (
        "archive_worker_memory",
        "ensure_memory_file",
        "record_campaign_event",
        "reset_worker_memory_file",
        "utc_now_z",
    ),
    "outcome": ("record_outcome",),
    "recovery": ("recover",),
    "runlock": (
        "RunLockHeld",
        "acquire_run_lock",
        "clear_run_lock",
        "load_run_lock",
        "pid_is_running",
        "run_lock_holder",
        "write_run_lock",
    ),
    "sections": ("append_section_line", "replace_metadata_line", "set_section_lines"),
    "seed": ("ensure_autogen_root", "ensure_optimize_root", "ensure_program_file"),
    "state": ("load_json_file", "load_state", "write_json_file", "write_state"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}
#: FermiLink calls the second of these by this name.
_ALIASES = {
    "_append_section_line": "append_section_line",
    "_replace_metadata_line": "replace_metadata_line",
    "_set_section_lines": "set_section_lines",
}


if not TYPE_CHECKING:
    # A type checker must not take every name for one that there is.
    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        home = _ALIASES.get(name, name)
        value = getattr(import_module(f"{__name__}.{_HOMES.get(home, 'paths')}"), home)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
