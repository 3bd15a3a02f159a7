"""What a campaign needs before it begins: its directories and its playbook."""

from __future__ import annotations

from fermilink_scaffold.runtime.files import create_atomic
from fermilink_scaffold.runtime.paths import autogen_root, optimize_root, runs_root
from fermilink_scaffold.runtime.sections import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ensure_autogen_root", "ensure_optimize_root", "ensure_program_file"]


def ensure_optimize_root(project_root: Path) -> Path:
    """Create the workspace and its `runs/` unless they exist; the workspace."""
    runs_root(project_root).mkdir(parents=True, exist_ok=True)
    return optimize_root(project_root)


def ensure_autogen_root(project_root: Path) -> Path:
    """Create the directory of generated files unless it exists; that directory."""
    autogen = autogen_root(project_root)
    autogen.mkdir(parents=True, exist_ok=True)
    return autogen


def ensure_program_file(path: Path, *, content: str) -> bool:
    """Write the playbook, with its parents, unless there is one; True when created."""
    return create_atomic(path, encode(content))
