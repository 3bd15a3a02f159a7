"""The project as it is, measured once by its workspace's own runner."""

from __future__ import annotations

import json
import os
import sys

from fermilink_scaffold import layout
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from subprocess import CompletedProcess
    from typing import Any

__all__ = ["measure_baseline"]

#: Where the runner leaves what the cases printed, relative to the project.
_RUN_DIR = f"{layout.RUNS}/manual"


def measure_baseline(project: str, *, benchmark: str | None = None) -> dict[str, Any]:
    """Build the project, run every case, and give the runner's result.

    `benchmark` is another contract than the workspace's own, relative to the project. The
    result is the runner's JSON: a case that fails is in it, and no error. Raises
    ScaffoldError when the runner has no result: no workspace, a broken contract, a build
    that fails.
    """
    import subprocess

    runner = os.path.join(project, layout.RUNNER)
    if not os.path.isfile(runner):
        raise ScaffoldError(
            "there is no runner",
            file=runner,
            hint="Write the workspace first: fermilink-scaffold init",
        )
    command = [
        _python(project),
        os.path.abspath(runner),
        "--benchmark",
        os.path.abspath(os.path.join(project, benchmark or layout.BENCHMARK)),
        "--run-dir",
        os.path.abspath(os.path.join(project, _RUN_DIR)),
        "--build",
        "--emit-json",
    ]
    done = subprocess.run(
        command, cwd=project, check=False, stdin=subprocess.DEVNULL, capture_output=True
    )
    return _result(done, os.path.join(project, _RUN_DIR))


def _python(project: str) -> str:
    """The workspace's tool environment has PyYAML; so has our own interpreter."""
    tool = os.path.join(os.path.abspath(project), layout.ENV, "bin", "python")
    return tool if os.access(tool, os.X_OK) else sys.executable


def _result(done: CompletedProcess[bytes], logs: str) -> dict[str, Any]:
    hint = f"What it wrote is in {logs}"
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip() or _ended(done.returncode)
        raise ScaffoldError(f"the baseline could not be measured: {said}", hint=hint)
    try:
        result = json.loads(done.stdout)
    except ValueError as error:
        raise ScaffoldError("the runner's answer is not JSON", hint=hint) from error
    if not isinstance(result, dict):
        raise ScaffoldError("the runner's answer is not a JSON object", hint=hint)
    return result


def _ended(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
