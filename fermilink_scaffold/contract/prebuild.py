"""The commands that run before measuring: the build, and what the agent's worktree needs.

FermiLink runs `runtime.pre_commands` without a shell and puts `{run_dir}` and `{project_root}`
into the words as plain text; so both are arguments of the script and never stand inside it.
"""

from __future__ import annotations

import re

from fermilink_scaffold.contract.shell_lists import guard_lists
from fermilink_scaffold.errors import ScaffoldError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fermilink_scaffold.spec.model import Build

__all__ = ["build_command", "hand_over_command"]

_PLACEHOLDER = re.compile(r"\{(?:benchmark|project_root|run_dir)\}")

#: What it exports is found by comparing two dumps; they are what the runner reads.
_BEGIN = """\
# One failing line fails the build; what it exports reaches the cases.
set -eo pipefail
mkdir -p -- "$1"
fermilink_run_dir=$(cd -P -- "$1" && pwd)
cd -- "$2"
set --
fermilink_dump() {
  command -p env -u _ -u SHLVL -u PWD -u OLDPWD -0 >"$fermilink_run_dir/build_env.$1"
}
fermilink_end() {
  local status=$?
  trap - EXIT
  if [ "$status" -eq 0 ]; then fermilink_dump after; fi
  exit "$status"
}
rm -f -- "$fermilink_run_dir/build_env.after"
fermilink_dump before
trap fermilink_end EXIT
exec </dev/null
"""
_MODULES = """\
if ! command -v module >/dev/null; then
  for fermilink_init in "${MODULESHOME:-}/init/bash" /etc/profile.d/lmod.sh /etc/profile.d/modules.sh; do
    # shellcheck disable=SC1090
    if [ -r "$fermilink_init" ]; then set +e; . "$fermilink_init"; set -e; break; fi
  done
fi
"""
_CONDA = """\
if command -v conda >/dev/null && [ "$(type -t conda)" = file ]; then
  eval "$(conda shell.bash hook)"
fi
"""
_MARK = "# --- the goal's build"
_END = """\
# --- end of the build
fermilink_dump after
"""
_HAND_OVER = """\
# In the agent's own worktree: give it the runner and the train cases to measure with.
set -euo pipefail
mkdir -p -- "$1"
main=$1/../..
here=$2/.fermilink-optimize
if [ ! -f "$main/autogen/benchmark_runner.py" ] || [ "$main" -ef "$here" ]; then exit 0; fi
main=$(cd -P -- "$main" && pwd)
mkdir -p -- "$here/autogen" "$here/runs/local"
rm -rf -- "$here/inputs"
if [ -d "$main/inputs/worker" ]; then
  mkdir -p -- "$here/inputs"
  cp -R -- "$main/inputs/worker" "$here/inputs/worker"
  cp -R -- "$main/inputs/worker" "$here/inputs/all"
fi
cp -- "$main/autogen/benchmark_runner.py" "$here/autogen/benchmark_runner.py"
contract=benchmark.worker.yaml
if [ ! -f "$here/$contract" ]; then
  if [ ! -f "$main/$contract" ]; then contract=autogen/benchmark.yaml; fi
  cp -- "$main/$contract" "$here/$contract"
fi
cat >"$here/measure.sh" <<END
#!/usr/bin/env bash
# Builds this worktree and measures the train cases: bash .fermilink-optimize/measure.sh
set -euo pipefail
cd -- "\\$(dirname -- "\\${BASH_SOURCE[0]}")/.."
python=$(printf %q "$main")/env/bin/python
if [ ! -x "\\$python" ]; then python=python3; fi
exec "\\$python" .fermilink-optimize/autogen/benchmark_runner.py \\\\
  --build --run-dir .fermilink-optimize/runs/local \\\\
  --benchmark .fermilink-optimize/$contract "\\$@"
END
chmod +x -- "$here/measure.sh"
"""


def build_command(build: Build) -> list[str]:
    """The build block as one command in which any failing line fails the whole.

    Writes `build_env.before` and `build_env.after` (NUL-separated `name=value`) into the run
    directory, `after` only when the build succeeds. Raises ScaffoldError where the block holds
    one of FermiLink's placeholders: FermiLink would put the path in unquoted.
    """
    found = _PLACEHOLDER.search(build.script)
    if found is not None:
        line = build.source.line
        raise ScaffoldError(
            f"the build block holds `{found[0]}`, which FermiLink replaces by an unquoted path",
            file=build.source.file,
            line=None if line is None else line + build.script.count("\n", 0, found.start()),
            hint='The build runs in the project\'s root: write paths relative to it, or "$PWD".',
        )
    needs = _MODULES if re.search(r"^\s*(?:module|ml)\s", build.script, re.MULTILINE) else ""
    needs += _CONDA if re.search(r"\bconda\s+activate\b", build.script) else ""
    place = f" ({build.source})"
    # a blank line ends a backslash that continues the last one
    script = f"{_BEGIN}{needs}{_MARK}{place}\n{guard_lists(build.script)}\n\n{_END}"
    return ["bash", "-c", script, "build", "{run_dir}", "{project_root}"]


def hand_over_command() -> list[str]:
    """The command that equips the agent's worktree; in the project itself it does nothing."""
    return ["bash", "-c", _HAND_OVER, "hand-over", "{run_dir}", "{project_root}"]
