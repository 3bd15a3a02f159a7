"""README.md is true: its commands run, its outputs are what comes out, its tables lack nothing.

A comment above a block says how it is tested:

    <!-- test: interop -->  runs FermiLink      <!-- test: machine -->  a fresh machine's set-up
    <!-- test: again -->    without the workspace that the blocks before it have made
    <!-- file: ~/PATH -->   the block is this file
    <!-- test: WORD -->     above a table or any other block: a test below reads it

`$ ` lines of a `console` block are commands, the lines below them their output, in which a line
`...` stands for any lines and `…` for any text. Numbers with a point, hashes and times are not
compared.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import yaml
from interop.registry import OUT_OF_REACH
from runner.harness import Workbench

from fermilink_scaffold.bootstrap import Request, prepare
from fermilink_scaffold.cli._shell import COMMANDS, group
from fermilink_scaffold.contract.build import contract_data
from fermilink_scaffold.contract.schema import load_schema
from fermilink_scaffold.packs.load import SCHEMA_FILE
from fermilink_scaffold.spec.answers import KEYS
from fermilink_scaffold.spec.goal.headings import GOAL_HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conftest import GitRepository

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: How the reader's home directory is shown.
HOME = "/home/you"
HEAT_C = """\
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void report(double temperature, double heat_error, long steps);

static double total(const double *t, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) sum += t[i];
    return sum;
}

int main(int argc, char **argv) {
    int n;
    double k;
    FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;
    if (!in || fscanf(in, "%d %lf", &n, &k) != 2) return 2;
    long steps = atol(argv[2]);
    double *t = calloc(n, sizeof *t), *next = calloc(n, sizeof *t);
    for (int i = 0; i < n; i++) t[i] = exp(-pow(10.0 * i / n - 5.0, 2));
    double before = total(t, n);
    for (long s = 0; s < steps; s++) {
        for (int i = 0; i < n; i++) {
            double left = i ? t[i - 1] : t[i], right = i < n - 1 ? t[i + 1] : t[i];
            next[i] = t[i] + k * (left - 2.0 * t[i] + right);
        }
        for (int i = 0; i < n; i++) t[i] = next[i];
    }
    report(t[n / 2], fabs(total(t, n) - before) / before, steps);
    return 0;
}
"""
OUTPUT_C = """\
#include <stdio.h>

void report(double temperature, double heat_error, long steps) {
    printf("temperature = %.12f\\nheat_error = %.3e\\nsteps = %ld\\n", temperature, heat_error, steps);
}
"""
MAKEFILE = """\
CFLAGS = -O1
heat: src/heat.c src/output.c
\t$(CC) $(CFLAGS) -o $@ src/heat.c src/output.c -lm
clean:
\trm -f heat
"""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A code block."""

    language: str
    text: str
    #: Line of its fence, from 1.
    line: int
    #: Words of `<!-- test: ... -->` above it.
    words: tuple[str, ...] = ()
    #: Place from `<!-- file: ... -->` above it.
    file: str | None = None

    @property
    def commands(self) -> list[tuple[str, str | None]]:
        """Commands and their outputs; None where none is shown."""
        if self.language == "python":
            return [(f"'{sys.executable}' - <<'END'\n{self.text}END", None)]
        if self.language == "sh":
            return [(command, None) for command in _logical_lines(self.text)]
        found: list[tuple[str, str | None]] = []
        for line in self.text.splitlines(keepends=True):
            command, output = found[-1] if found else ("", "")
            if line.startswith("$ "):
                found.append((line[2:].rstrip("\n"), ""))
            elif command.endswith("\\") and not output:
                found[-1] = (f"{command}\n{line.rstrip()}", "")
            else:
                found[-1] = (command, (output or "") + line)
        return found


def _logical_lines(text: str) -> list[str]:
    joined = text.replace("\\\n", "\0")
    return [line.replace("\0", "\\\n") for line in joined.splitlines() if line.strip()]


def _directive(line: str) -> tuple[str, str] | None:
    match = re.fullmatch(r"<!-- (test|file): (.+) -->", line)
    return (match[1], match[2]) if match else None


def _blocks() -> Iterator[Block]:
    fence, start, body, above = "", 0, list[str](), ""
    for number, line in enumerate(README.splitlines(), 1):
        if fence and line == fence:
            name, value = _directive(above) or ("", "")
            yield Block(
                language=README.splitlines()[start - 1].strip("`"),
                text="".join(f"{each}\n" for each in body),
                line=start,
                words=tuple(value.split()) if name == "test" else (),
                file=value if name == "file" else None,
            )
            fence = ""
        elif fence:
            body.append(line)
        elif opened := re.match(r"`{3,}", line):
            fence, start, body = opened[0], number, []
            above = README.splitlines()[number - 2]


BLOCKS = tuple(_blocks())


def _table(word: str) -> list[list[str]]:
    """Cells of the rows of the table behind `<!-- test: WORD -->`."""
    behind = README.partition(f"<!-- test: {word} -->\n")[2]
    assert behind, word
    rows = behind.partition("\n\n")[0].splitlines()[2:]
    return [_cells(row) for row in rows]


def _cells(row: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def _code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# --- The commands ---------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with what the README says is in it."""
    made = tmp_path / "home"
    files = {
        "src/heat/src/heat.c": HEAT_C,
        "src/heat/src/output.c": OUTPUT_C,
        "src/heat/Makefile": MAKEFILE,
        "src/heat-campaign/rod.txt": "2000 0.1\n",
        "src/heat-campaign/wire.txt": "20000 0.1\n",
        "src/heat-campaign/hpc.json": json.dumps(
            dict.fromkeys(
                ("slurm_default_partition", "slurm_defaults", "slurm_resource_policy"), "cpu"
            )
        ),
        "src/heat-campaign/templates/.keep": "",
        "fermilink-scaffold/.keep": "",
    }
    files |= {block.file.removeprefix("~/"): block.text for block in BLOCKS if block.file}
    for name, text in files.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *arguments], cwd=made / "src/heat", check=True)
    program = made / "bin" / "fermilink-scaffold"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fermilink_scaffold "$@"\n')
    program.chmod(0o755)
    return made


#: What a directive does before its block.
BEFORE = {
    "again": "rm -rf ~/src/heat/.fermilink-optimize",
    "linked": "ln -s ~/ljcluster/.fermilink-optimize/env ~/src/heat/.fermilink-optimize/env",
}


def _run(
    home: Path, blocks: Sequence[Block], *, cwd: Path, programs: Path | None = None
) -> list[tuple[int, str]]:
    """Status and output (both streams) of each command of the blocks, run by one shell."""
    lines = ["exec 2>&1"]
    for block in blocks:
        lines += [BEFORE[word] for word in block.words if word in BEFORE]
        for command, _ in block.commands:
            lines += ["printf '\\036'", command, "printf '\\035%s' $?"]
    completed = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=cwd,
        env={
            **os.environ,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "PATH": os.pathsep.join([str(programs or home / "bin"), os.environ["PATH"]]),
            "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip")),
            "PYTHONPATH": str(ROOT),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=1800,
        check=False,
    )
    found = re.findall(r"\036([^\036\035]*)\035(\d+)", completed.stdout)
    return [(int(status), output) for output, status in found]


def _check(home: Path, blocks: Sequence[Block], results: Sequence[tuple[int, str]]) -> None:
    shown = [(block, *pair) for block in blocks for pair in block.commands]
    faults = []
    for (block, command, expected), (status, output) in zip(shown, results, strict=True):
        said = output.replace(str(home), HOME)
        place = f"README.md:{block.line}: {command}\n{said}"
        wanted = 1 if expected and re.search(r"^[1-9]\d* errors?,", expected, re.MULTILINE) else 0
        if status != wanted:
            faults.append(f"{place}--- ends with status {status}\n")
        elif expected is not None and not re.fullmatch(_pattern(_normal(expected)), _normal(said)):
            faults.append(f"{place}--- but the README shows:\n{expected}")
    assert not faults, "\n".join(faults)


def _normal(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    # Before hashes: twelve decimals are none.
    text = re.sub(r"-?\d+\.\d+(?:e[-+]\d+)?", "N", text)
    text = re.sub(r"\b[0-9a-f]{12,40}\b", "HASH", text)
    return re.sub(r"[ \t]+", " ", text)


def _pattern(text: str) -> str:
    lines = [
        r"(?:.*\n)*?" if line == "..." else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in text.splitlines()
    ]
    return "".join(lines)


def _session(*without: str) -> list[Block]:
    shells = [block for block in BLOCKS if block.language in {"sh", "console", "python"}]
    return [block for block in shells if not set(block.words) & set(without)]


def test_every_code_block_is_of_a_known_kind():
    assert {block.language for block in BLOCKS} <= {
        *("sh", "console", "python", "markdown", "yaml", "jinja", "toml")
    }
    words = {word for block in BLOCKS for word in block.words}
    assert words <= {"again", "expect", "interop", "linked", "machine"}


def test_the_commands_run_and_give_what_is_shown(home):
    blocks = _session("interop", "machine")
    _check(home, blocks, _run(home, blocks, cwd=home / "fermilink-scaffold"))


@pytest.mark.interop
def test_the_commands_run_with_fermilink_in_between(home):
    blocks = _session("machine")
    results = _run(home, blocks, cwd=home / "fermilink-scaffold")
    if any(status and OUT_OF_REACH.search(output) for status, output in results):
        pytest.skip("the package registry is out of reach")
    _check(home, blocks, results)


@pytest.mark.slow
def test_a_clone_is_set_up_by_the_commands_shown(home, monkeypatch):
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    clone = home / "fermilink-scaffold"
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run(["git", *arguments], cwd=clone, check=True)
    # The suite would run itself inside itself: that it starts and finds its tests is enough here.
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only --quiet")
    blocks = [block for block in BLOCKS if "machine" in block.words]
    results = _run(home, blocks, cwd=clone, programs=clone / ".venv" / "bin")
    if any(status and OUT_OF_REACH.search(output) for status, output in results):
        pytest.skip("the package registry is out of reach")
    _check(home, blocks, results)


# --- The tables -----------------------------------------------------------------------------


def _leaves(command: click.Command, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _leaves(below, *names, name)
    else:
        yield names, command


def _documented() -> dict[str, set[str]]:
    """Options by synopsis: a heading with a table below it, or a row of the runtime's table."""
    found = {}
    for part in re.split(r"^### ", README, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        synopsis = _code(heading)
        if synopsis and synopsis[0].split()[0] in COMMANDS:
            body = re.split(r"^## ", body, flags=re.MULTILINE)[0]
            rows = re.findall(r"^\| `-.*$", body, flags=re.MULTILINE)
            found[synopsis[0]] = {_flag(name) for row in rows for name in _code(_cells(row)[0])}
    for synopsis, options, _ in [*_table("commands"), *_table("template-commands")]:
        (name,) = _code(synopsis)
        found[name] = set(_code(options))
    return found


def _flag(record: str) -> str:
    """`-m, --line` of `-m, --line TEXT`."""
    return " ".join(word for word in record.split() if word.startswith("-"))


def _help() -> dict[str, set[str]]:
    """The same from `--help`."""
    found = {}
    for names, command in _leaves(group):
        context = click.Context(command, info_name=" ".join(names))
        pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
        records = [p.get_help_record(context) for p in command.get_params(context)]
        flags = {_flag(record[0]) for record in records if record}
        found[" ".join([*names, *pieces])] = flags - {"", "--help", "-h, --help"}
    return found


def test_every_command_and_option_is_described():
    assert _documented() == _help()


def _keys(node: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Dotted names of the contract's keys; a list of mappings is `name[]`."""
    definitions = load_schema()["$defs"]
    while "$ref" in node:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        node = {**definitions[node["$ref"].rpartition("/")[2]], **rest}
    if "not" in node:
        return
    items = node.get("items", {})
    if "$ref" in items and "properties" in definitions[items["$ref"].rpartition("/")[2]]:
        yield from _keys(items, f"{place}[]")
    elif "properties" in node:
        for name, below in node["properties"].items():
            yield from _keys(below, f"{place}.{name}" if place else name)
    else:
        yield place


def test_every_key_of_the_contract_is_in_the_table():
    described = [key for row in _table("keys") for key in _code(row[0])]
    assert described == list(dict.fromkeys(described))
    assert set(described) == set(_keys(load_schema()))


def test_the_table_shows_what_init_writes(git_repo: GitRepository):
    project = git_repo(dict(_demo_files()))
    contract = _contract(project, {"goal": str(project / "goal.md")})
    for names, value, _ in _table("keys"):
        for name in _code(names) if value else ():
            assert yaml.safe_load(value) == _at(contract, name), name


def _demo_files() -> Iterator[tuple[str, str]]:
    top = ROOT / "fixtures" / "demo"
    for path in sorted(top.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(top)), path.read_text(encoding="utf-8")


def _at(data: Any, dotted: str) -> Any:
    for name in dotted.replace("[]", ".0").split("."):
        data = data[int(name)] if isinstance(data, list) else data[name]
    return data


def _contract(project: Path, flags: Mapping[str, Any]) -> dict[str, Any]:
    return contract_data(prepare(Request(project=str(project), flags=flags)).campaign)


def test_every_key_of_a_metric_and_of_a_bound_is_described():
    definitions = load_schema()["$defs"]
    rows = re.findall(r"^\| .*$", README.partition("### metrics and expect")[2], re.MULTILINE)
    described = {name for row in rows for name in _code(_cells(row)[0])}
    assert set(definitions["metric"]["properties"]) <= described
    (block,) = (block for block in BLOCKS if "expect" in block.words)
    bounds = yaml.safe_load(block.text)["expect"]
    assert set(definitions["bounds"]["properties"]) == {
        key for each in bounds.values() for key in each
    }


def test_metrics_are_read_as_shown(tmp_path):
    rows = [(*_code(metric), *_code(text), value) for metric, text, value in _table("metrics")]
    cases = []
    for number, (metric, text, _) in enumerate(rows):
        said = text.replace("⏎", "\n")
        command = [sys.executable, "-I", "-S", "-c", f"print({said!r})"]
        cases.append(
            {"id": f"row-{number}", "command": command, "metrics": {"x": yaml.safe_load(metric)}}
        )
    workbench = Workbench(str(tmp_path))
    workbench.contract(*cases)
    for case, (metric, _, value) in zip(workbench.result()["cases"], rows, strict=True):
        if value.startswith("error: "):
            assert value.removeprefix("error: ") in case["error"], metric
        else:
            assert case.get("x", case["error"]) == yaml.safe_load(value), metric


def test_bounds_are_compiled_as_shown(git_repo: GitRepository, tmp_path):
    project = git_repo({"src/scf.py": "x = 1\n"})
    ids = ["train-rks", "train-uks", "test-rks", "test-uks"]
    rows = _table("bounds")
    compiled = []
    for bullet, _ in rows:
        goal = tmp_path / "goal.md"
        workloads = "".join(f"- {name}: `python src/scf.py {name}`\n" for name in ids)
        goal.write_text(
            "## Package\n\nscf\n\n## Target\n\nFaster.\n\n## Editable Scope\n\n- `src/**`\n\n"
            f"## Correctness\n\n- {bullet}\n\n## Workloads\n\n{workloads}",
            encoding="utf-8",
        )
        compiled.append([bullet, _bounds(_contract(project, {"goal": str(goal)}))])
    assert compiled == rows


def _bounds(contract: Mapping[str, Any]) -> str:
    """A contract's tolerances and bounds in one line."""
    found: dict[str, list[str]] = {}
    for each in contract["correctness"].get("field_tolerances", ()):
        kind = each["comparison"]
        text = f"`{each['field']}` {kind} {_number(each[kind])}"
        found[text] = ["optional"] if each.get("optional") else []
    for case in contract["cases"]:
        for name, bounds in case.get("expect", {}).items():
            words = [f"{key} {_number(value)}" for key, value in bounds.items() if key != "label"]
            found.setdefault(f"expect `{name}` {' '.join(words)}", []).append(case["id"])
    lines = []
    for text, remarks in found.items():
        remark = ", ".join(remarks) if len(remarks) < len(contract["cases"]) else ""
        lines.append(f"{text} ({remark})" if remark else text)
    return "; ".join(lines) or "a review note"


def _number(value: float) -> str:
    text = f"{value:g}" if not value or abs(value) >= 1e-3 else f"{value:.1e}"
    return text if float(text) == value else repr(value)


def test_every_key_of_scaffold_yaml_is_shown():
    (block,) = (block for block in BLOCKS if (block.file or "").endswith("scaffold.yaml"))
    assert {*yaml.safe_load(block.text), "prompt"} == set(KEYS)


def test_every_key_of_pack_yaml_is_in_the_table():
    schema = load_schema(SCHEMA_FILE)
    parts = {name: schema["$defs"][name] for name in ("rule", "variable", "artifact", "build")}
    below = {"detect": ("rule",), "variables": ("variable",), "artifacts": ("artifact",)}
    below |= {"defaults": ("defaults", "build"), "workloads": ("reader", "addition")}
    parts |= {name: schema["$defs"][name] for name in ("defaults", "reader", "addition")}
    rows = _table("pack-keys")
    assert [key for row in rows for key in _code(row[0])] == list(schema["properties"])
    for cell, text in rows:
        (first, *_) = _code(cell)
        wanted = {key for name in below.get(first, ()) for key in parts[name]["properties"]}
        assert wanted <= set(_code(text)), first


def test_the_built_in_packs_read_the_workloads_shown():
    packs = ROOT / "templates" / "packages"
    rows = _table("built-in-packs")
    assert {name for row in rows for name in _code(row[0])} == {
        each.name for each in packs.iterdir()
    }
    for name, shown, variables in rows:
        data = yaml.safe_load((packs / _code(name)[0] / "pack.yaml").read_text(encoding="utf-8"))
        examples = {line for reader in data["workloads"] for line in reader["examples"]}
        assert {line.strip("` ") for line in shown.split(" · ")} <= {
            line.strip("` ") for line in examples
        }
        assert _code(variables) == list(data["variables"])


def test_the_headings_of_a_goal_are_those_that_are_read():
    rows = re.findall(r"^\| `## .*$", README, re.MULTILINE)
    described = {}
    for heading, others, _ in map(_cells, rows):
        (name,) = _code(heading)
        names = [name.removeprefix("## "), *filter(None, map(str.strip, others.split(",")))]
        described |= {each.lower(): names[0].lower() for each in names}
    assert described.keys() == GOAL_HEADINGS.keys()
    for name, first in described.items():
        assert GOAL_HEADINGS[name] == GOAL_HEADINGS[first]


def test_the_files_of_a_workspace_are_in_the_table(git_repo: GitRepository):
    project = git_repo(dict(_demo_files()))
    plan = prepare(Request(project=str(project), flags={"goal": str(project / "goal.md")})).plan
    written = {item.path.removeprefix(".fermilink-optimize/") for item in plan.files}
    described = [name for row in _table("files") for name in _code(row[0])]
    missing = [
        path
        for path in written
        if path not in described
        and not path.startswith(tuple(n for n in described if n[-1] == "/"))
    ]
    assert missing == []
    policies = {item.path.removeprefix(".fermilink-optimize/"): item.policy for item in plan.files}
    for names, _, writer in _table("files"):
        for name in _code(names):
            if writer in {"managed", "seeded once"} and name in policies:
                assert policies[name] == writer.split()[0], name


def test_the_messages_are_those_of_the_program():
    sources = [*(ROOT / "fermilink_scaffold").rglob("*.py"), *(ROOT / "templates").rglob("*.j2")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    for message, advice in _table("messages"):
        if not advice.startswith("FermiLink's"):
            (words,) = _code(message)
            for piece in re.split(r" ?(?:'[^']*'|…) ?", words):
                assert piece in text, message


def test_the_links_within_the_page_lead_somewhere():
    headings = re.findall(r"^##+ (.*)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", README)) <= anchors


def test_nothing_of_later_versions_is_promised():
    words = r"`(?:fermilink-scaffold )?(?:evaluate|calibrate|audit|report)[ `]"
    assert re.findall(words, README) == []
