"""The names and places of a workspace, relative to the project (POSIX separators)."""

__all__ = [
    "ALL_INPUTS",
    "AUTOGEN",
    "BENCHMARK",
    "CASES",
    "ENV",
    "GIT_EXCLUDES",
    "GOAL_ANALYSIS",
    "GOAL_COPY",
    "GOAL_INPUTS",
    "GOAL_MODE",
    "INPUTS",
    "LAUNCHER",
    "MANIFEST",
    "MEMORY",
    "PRE_COMMANDS",
    "PROGRAM",
    "QUICK_MODE",
    "RECORD",
    "RESULTS",
    "RUNNER",
    "RUNS",
    "RUN_OPTIMIZE",
    "SCAFFOLD",
    "SEAL",
    "SETUP_ENV",
    "STATE",
    "WORKER_BENCHMARK",
    "WORKER_INPUTS",
    "WORKER_MEMORY",
    "WORKSPACE",
]

WORKSPACE = ".fermilink-optimize"

PROGRAM = f"{WORKSPACE}/program.md"
MEMORY = f"{WORKSPACE}/memory.md"
WORKER_MEMORY = f"{WORKSPACE}/worker_memory.md"
RESULTS = f"{WORKSPACE}/results.tsv"
STATE = f"{WORKSPACE}/state.json"
SCAFFOLD = f"{WORKSPACE}/scaffold.yaml"
RUNS = f"{WORKSPACE}/runs"

#: The train half of a split contract; FermiLink writes it.
WORKER_BENCHMARK = f"{WORKSPACE}/benchmark.worker.yaml"

AUTOGEN = f"{WORKSPACE}/autogen"
BENCHMARK = f"{AUTOGEN}/benchmark.yaml"
RUNNER = f"{AUTOGEN}/benchmark_runner.py"
LAUNCHER = f"{AUTOGEN}/submit_poll_launcher.py"
PRE_COMMANDS = f"{AUTOGEN}/pre_commands.sh"
SETUP_ENV = f"{AUTOGEN}/setup_env.sh"
RUN_OPTIMIZE = f"{AUTOGEN}/run_optimize.sh"
#: Case drivers of packs: sealed, and handed to the agent's tree with the runner.
CASES = f"{AUTOGEN}/cases"
GOAL_COPY = f"{AUTOGEN}/goal.md"
GOAL_ANALYSIS = f"{AUTOGEN}/goal_analysis.json"
GOAL_MODE = f"{AUTOGEN}/goal_mode.json"
GOAL_INPUTS = f"{AUTOGEN}/goal_inputs.json"
QUICK_MODE = f"{AUTOGEN}/quick_mode.json"

INPUTS = f"{WORKSPACE}/inputs"
ALL_INPUTS = f"{INPUTS}/all"
WORKER_INPUTS = f"{INPUTS}/worker"

#: The tool environment that setup_env.sh makes: PyYAML and FermiLink.
ENV = f"{WORKSPACE}/env"

#: Regeneration's own record, and the seal.
RECORD = f"{WORKSPACE}/.scaffold"
MANIFEST = f"{RECORD}/manifest.json"
SEAL = f"{RECORD}/seal.json"

#: What git must not see: a dirty `git status` stops FermiLink.
GIT_EXCLUDES = (f"{WORKSPACE}/", "skills/", "projects/")
