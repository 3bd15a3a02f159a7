"""What FermiLink refuses to load is an error here too, and what is clean here loads there."""

from __future__ import annotations

import copy
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from contract.contracts import valid_data

from fermilink_scaffold.contract.checks import validate
from fermilink_scaffold.contract.problems import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from interop.conftest import FermiLink

pytestmark = pytest.mark.interop

#: Reads `[text, ...]` and answers, for each text, what FermiLink's loader says ("" when it loads).
LOADER = """
import json, pathlib, sys, tempfile
from fermilink.optimize.benchmark import _load_benchmark
answers = []
with tempfile.TemporaryDirectory() as directory:
    path = pathlib.Path(directory, "benchmark.yaml")
    for text in json.load(sys.stdin):
        path.write_text(text, encoding="utf-8")
        try:
            _load_benchmark(path)
            answers.append("")
        except Exception as error:
            answers.append(str(error) or type(error).__name__)
json.dump(answers, sys.stdout)
"""


def _without(*path: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        del data[path[-1]]

    return change


def _with(*path: Any) -> Callable[[Any], None]:
    *keys, last, value = path

    def change(data: Any) -> None:
        for key in keys:
            data = data[key]
        data[last] = value

    return change


#: Changes that FermiLink's loader does not take.
REFUSED = {
    "no runtime": _without("runtime"),
    "no command": _without("runtime", "command"),
    "command is text": _with("runtime", "command", "python x.py"),
    "empty word": _with("runtime", "command", ["python", " "]),
    "word is a number": _with("runtime", "command", ["python", 3]),
    "unknown mode": _with("runtime", "mode", "magic"),
    "submit_poll without result": _with("runtime", "mode", "submit_poll"),
    "result_command is text": _with("runtime", "result_command", "cat x"),
    "empty pre_commands": _with("runtime", "pre_commands", []),
    "empty pre_command": _with("runtime", "pre_commands", [[]]),
    "pre_command is text": _with("runtime", "pre_commands", ["make"]),
    "poll interval is zero": _with("runtime", "poll_interval_seconds", 0),
    "poll interval is text": _with("runtime", "poll_interval_seconds", "soon"),
    "submission timeout is negative": _with("runtime", "submission_timeout_seconds", -1),
    "launcher attempts are zero": _with("runtime", "launcher_max_attempts", 0),
    "no repo": _without("repo"),
    "no editable paths": _with("repo", "editable_paths", []),
    "no controller": _without("controller"),
    "no objective": _without("controller", "objective"),
    "blank primary metric": _with("controller", "objective", "primary_metric", " "),
    "unknown correctness mode": _with("correctness", "mode", "eyes"),
    "correctness is text": _with("correctness", "strict"),
    "no tolerances": _without("correctness", "field_tolerances"),
    "empty tolerances": _with("correctness", "field_tolerances", []),
    "tolerance without field": _without("correctness", "field_tolerances", 0, "field"),
    "tolerance without threshold": _with("correctness", "field_tolerances", 0, {"field": "energy"}),
    "negative threshold": _with("correctness", "field_tolerances", 0, "abs_delta", -1.0),
    "threshold is true": _with("correctness", "field_tolerances", 0, "abs_delta", True),
    "unknown comparison": _with("correctness", "field_tolerances", 0, "comparison", "looks"),
    "converged is text": _with("correctness", "require_all_cases_converged", "yes"),
    "old energy key": _with("correctness", "max_abs_energy_delta_hartree", 1.0e-8),
    "empty split": _with("split", "train_case_ids", []),
    "split is a list": _with("split", ["train-h2o"]),
    "unknown train case": _with("split", "train_case_ids", ["train-h2o", "train-x"]),
    "no test case": _with("split", "train_case_ids", ["train-h2o", "test-benzene"]),
    "case without id": _without("cases", 0, "id"),
    "double case": _with("cases", 1, "id", "train-h2o"),
    "contract is a list": None,
}


@pytest.fixture
def loader(fermilink: FermiLink):
    def load(documents: list[Any]) -> list[str]:
        texts = [yaml.safe_dump(document, sort_keys=False) for document in documents]
        done = subprocess.run(
            [str(fermilink.python), "-c", LOADER],
            input=json.dumps(texts),
            env=fermilink.environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=True,
        )
        answers: list[str] = json.loads(done.stdout)
        return answers

    return load


def test_a_clean_contract_loads_in_fermilink(loader):
    data = valid_data()
    assert validate(data) == []
    assert loader([data]) == [""]


def test_what_fermilink_refuses_is_an_error_here(loader):
    documents = []
    for change in REFUSED.values():
        data: Any = copy.deepcopy(valid_data())
        if change is None:
            data = [data]
        else:
            change(data)
        documents.append(data)
    answers = loader(documents)
    assert [name for name, answer in zip(REFUSED, answers, strict=True) if not answer] == []
    assert [
        name
        for name, document in zip(REFUSED, documents, strict=True)
        if not errors(validate(document))
    ] == []
