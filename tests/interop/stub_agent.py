"""An agent without a language model, in the place of the `claude` program.

FermiLink calls `claude OPTIONS... PROMPT` in the directory the agent may edit and reads one
JSON object a line. This one answers by a plan:

    stub_agent.py PLAN.json OPTIONS... PROMPT

    {"turns": "turns.jsonl", "candidates": [{"description": "...", "edits": [
        {"path": "src/a.py", "old": "...", "new": "..."}]}], "command": ["bash", "measure.sh"]}

The n-th worker turn applies the n-th candidate (none left: nothing is edited) and runs the
command, if there is one. A controller turn accepts when nothing speaks against the candidate
and it is faster by more than the contract asks for. Every turn is appended to `turns`: role,
prompt, working directory, the text of every file the agent could read there, and what the
command said.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

__all__ = ["main"]

WORKER = "optimize worker-loop mode"
CONTROLLER = "controller for a completed FermiLink optimize iteration"
EVALUATION = "Evaluation context (authoritative):"


def main(plan_path: str, prompt: str) -> int:
    with open(plan_path, encoding="utf-8") as stream:
        plan = json.load(stream)
    role = "worker" if WORKER in prompt else "controller" if CONTROLLER in prompt else "other"
    turn: dict[str, object] = {
        "role": role,
        "prompt": prompt,
        "cwd": os.getcwd(),
        "files": _readable(),
        "said": None,
    }
    number = _earlier_turns(plan["turns"], role)
    if role == "worker":
        answer = _work(plan["candidates"], number)
        turn["said"] = _run(plan["command"]) if plan["command"] else None
    elif role == "controller":
        answer = _judge(prompt, plan["threshold"])
    else:
        answer = "This prompt was not expected."
    with open(plan["turns"], "a", encoding="utf-8") as stream:
        stream.write(json.dumps(turn) + "\n")
    message = {"content": [{"type": "text", "text": answer}]}
    print(json.dumps({"type": "assistant", "message": message}))
    return 0


def _work(candidates: list[dict[str, object]], number: int) -> str:
    description = "no idea left"
    if number < len(candidates):
        candidate = candidates[number]
        description = str(candidate["description"])
        for edit in candidate["edits"]:  # type: ignore[attr-defined]
            _apply(**edit)
    return (
        f"<experiment_description>{description}</experiment_description>\n<promise>DONE</promise>"
    )


def _apply(*, path: str, old: str, new: str) -> None:
    with open(path, encoding="utf-8", newline="") as stream:
        text = stream.read()
    if text.count(old) != 1:
        raise SystemExit(f"{path}: the text to replace is there {text.count(old)} times")
    with open(path, "w", encoding="utf-8", newline="") as stream:
        stream.write(text.replace(old, new))


def _judge(prompt: str, threshold: float) -> str:
    text = prompt[prompt.index(EVALUATION) + len(EVALUATION) :].lstrip()
    evaluation, _ = json.JSONDecoder().raw_decode(text)
    gain = evaluation["relative_change_vs_incumbent"]
    accepted = (
        not evaluation["hard_reject"]
        and evaluation["correctness"]["ok"]
        and gain is not None
        and gain > threshold
    )
    decision = "ACCEPTED" if accepted else "REJECTED"
    return (
        f"<decision>{decision}</decision>\n"
        f"<controller_summary>change {gain}, threshold {threshold}</controller_summary>"
    )


def _earlier_turns(path: str, role: str) -> int:
    if not os.path.exists(path):
        return 0
    with open(path, encoding="utf-8") as stream:
        return sum(json.loads(line)["role"] == role for line in stream)


def _run(command: list[str]) -> dict[str, object]:
    completed = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return {
        "status": completed.returncode,
        "stdout": completed.stdout,
        "stderr": completed.stderr,
    }


def _readable() -> dict[str, str]:
    """Text of each file below the working directory, git's own and environments left out."""
    found = {}
    for directory, subdirectories, names in os.walk("."):
        subdirectories[:] = [name for name in subdirectories if name not in {".git", "env"}]
        for name in names:
            path = os.path.join(directory, name)
            if os.path.isfile(path):
                with open(path, encoding="utf-8", errors="replace") as stream:
                    found[os.path.relpath(path)] = stream.read()
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[-1]))
