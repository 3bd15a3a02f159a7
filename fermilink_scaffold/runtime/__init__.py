"""What runs during a campaign: the workspace's places, memories, ledger, state and locks.

A drop-in for FermiLink's campaign-state module that loses nothing: every write is atomic and
synced, every read-modify-write is locked, and only the edited lines of a file change.
Hooks and agents' one-liners import this all the time, so a name's module is loaded when the
name is first used; only the names of places are here at once.
"""

from fermilink_scaffold.runtime import paths
from fermilink_scaffold.runtime.paths import *  # noqa: F403  # its `__all__` is ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.runtime.agreement import disagreements
    from fermilink_scaffold.runtime.clock import utc_now_z
    from fermilink_scaffold.runtime.compact import compact_memory
    from fermilink_scaffold.runtime.editing import record_campaign_event
    from fermilink_scaffold.runtime.files import ensure_executable
    from fermilink_scaffold.runtime.journal import recover
    from fermilink_scaffold.runtime.jsonfile import load_json_file, write_json_file
    from fermilink_scaffold.runtime.ledger import (
        append_result,
        ensure_results_file,
        recent_results_text,
    )
    from fermilink_scaffold.runtime.memory import ensure_memory_file
    from fermilink_scaffold.runtime.outcome import OutcomeConflict, record_outcome
    from fermilink_scaffold.runtime.repair import check_memory, repair_memory
    from fermilink_scaffold.runtime.rows import RESULTS_HEADER
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
    from fermilink_scaffold.runtime.state import load_state, write_state
    from fermilink_scaffold.runtime.status import campaign_status
    from fermilink_scaffold.runtime.worker import archive_worker_memory, reset_worker_memory_file

    _set_section_lines = set_section_lines
    _append_section_line = append_section_line
    _replace_metadata_line = replace_metadata_line

__all__ = [
    "RESULTS_HEADER",
    "OutcomeConflict",
    "RunLockHeld",
    "_append_section_line",
    "_replace_metadata_line",
    "_set_section_lines",
    "acquire_run_lock",
    "append_result",
    "append_section_line",
    "archive_worker_memory",
    "campaign_status",
    "check_memory",
    "clear_run_lock",
    "compact_memory",
    "disagreements",
    "ensure_autogen_root",
    "ensure_executable",
    "ensure_memory_file",
    "ensure_optimize_root",
    "ensure_program_file",
    "ensure_results_file",
    "load_json_file",
    "load_run_lock",
    "load_state",
    "pid_is_running",
    "recent_results_text",
    "record_campaign_event",
    "record_outcome",
    "recover",
    "repair_memory",
    "replace_metadata_line",
    "reset_worker_memory_file",
    "run_lock_holder",
    "set_section_lines",
    "utc_now_z",
    "write_json_file",
    "write_run_lock",
    "write_state",
]
__all__ += paths.__all__

#: Where each name is; `paths` has all the others.
_MODULES = {
    "agreement": ("disagreements",),
    "clock": ("utc_now_z",),
    "compact": ("compact_memory",),
    "editing": ("record_campaign_event",),
    "files": ("ensure_executable",),
    "journal": ("recover",),
    "jsonfile": ("load_json_file", "write_json_file"),
    "ledger": ("append_result", "ensure_results_file", "recent_results_text"),
    "memory": ("ensure_memory_file",),
    "outcome": ("OutcomeConflict", "record_outcome"),
    "repair": ("check_memory", "repair_memory"),
    "rows": ("RESULTS_HEADER",),
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
    "state": ("load_state", "write_state"),
    "status": ("campaign_status",),
    "worker": ("archive_worker_memory", "reset_worker_memory_file"),
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
        home = _ALIASES.get(name, name)
        if home not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_HOMES[home]}"), home)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
