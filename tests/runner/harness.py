"""What the runner's tests share: the runner as a module, and a workspace to run it in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import types
from typing import Any

import yaml

BASE = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
    "templates",
    "base",
)
WORKSPACE = ".fermilink-optimize"
#: A program that does nothing, quickly.
NOTHING = [sys.executable, "-I", "-S", "-c", ""]


def source(name: str) -> str:
    """The text of a template as it stands."""
    with open(os.path.join(BASE, f"{name}.j2"), encoding="utf-8") as file:
        return file.read()


def rendered(name: str) -> str:
    """The text of a template without its statement lines, which is all its rendering does."""
    return re.sub(r"(?m)^[ \t]*#%.*\n", "", source(name))


def runner_module() -> types.ModuleType:
    """The template, imported as it is: it is valid Python."""
    module = types.ModuleType("benchmark_runner")
    path = os.path.join(BASE, "benchmark_runner.py.j2")
    module.__file__ = path
    exec(compile(source("benchmark_runner.py"), path, "exec"), module.__dict__)
    return module


def python(code: str) -> list[str]:
    """The command that runs a piece of Python."""
    return [sys.executable, "-I", "-S", "-c", code]


class Workbench:
    """A project with a workspace, its contract and the runner."""

    def __init__(self, root: str, interpreter: str = sys.executable) -> None:
        self.root = root
        self.interpreter = interpreter
        self.benchmark = self.path(WORKSPACE, "autogen", "benchmark.yaml")
        self.runner = self.path(WORKSPACE, "autogen", "benchmark_runner.py")
        self.run_dir = self.path(WORKSPACE, "runs", "test")
        os.makedirs(os.path.dirname(self.benchmark))
        for name in ("benchmark_runner.py", "submit_poll_launcher.py"):
            self.write(f"{WORKSPACE}/autogen/{name}", rendered(name))

    def path(self, *parts: str) -> str:
        return os.path.join(self.root, *parts)

    def write(self, name: str, text: str) -> str:
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def contract(self, *cases: dict[str, Any], **sections: Any) -> dict[str, Any]:
        """Write a contract; `sections` are merged over the smallest one that works."""
        data: dict[str, Any] = {
            "schema_version": 1,
            "benchmark_id": "test-goal",
            "controller": {"timeout_seconds": 60},
            "cases": list(cases),
            **sections,
        }
        self.write(f"{WORKSPACE}/autogen/benchmark.yaml", yaml.safe_dump(data))
        return data

    def run(
        self, *arguments: str, env: dict[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run the runner; `env` is added to this process's environment."""
        command = [self.interpreter, self.runner, "--run-dir", self.run_dir, *arguments]
        if "--benchmark" not in arguments:
            command += ["--benchmark", self.benchmark]
        return subprocess.run(
            command,
            cwd=options.pop("cwd", self.root),
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=options.pop("timeout", 60),
            check=False,
            **options,
        )

    def result(self, *arguments: str, **options: Any) -> dict[str, Any]:
        """The runner's JSON."""
        done = self.run("--emit-json", *arguments, **options)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("\n") == 1
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    def one(self, case: dict[str, Any], **sections: Any) -> dict[str, Any]:
        """The row of a single case."""
        self.contract({"id": "one", **case}, **sections)
        return self.result()["cases"][0]  # type: ignore[no-any-return]


def living(mark: str) -> list[str]:
    """Command lines of all processes that carry a mark."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                line = file.read().replace(b"\0", b" ").decode(errors="replace")
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                state = file.read().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if mark in line and state not in "ZX" and int(entry) != os.getpid():
            found.append(line)
    return found
