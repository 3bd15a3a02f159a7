"""Workloads in parts: each part is read by name, or the workload is refused."""

from __future__ import annotations

import time

import pytest

from fermilink_scaffold.errors import ScaffoldError

PACK = r"""
name: sample
workloads:
  - examples: ["`H2O` / cc-pVDZ / RHF, space=12"]
    pattern: '^(?P<system>[\w.]+)(?=\s*/)'
    flags: i
    parts:
      basis: 'cc-pv[dtq]z|6-31g(?:\(d,p\))?'
      method: '(R|U)HF'
      space: '(?:diis\s+)?space\s*=\s*(\d+)'
      grid_level: 'level\s+(\d)'
    refuse:
      - {when: "{{ not basis }}", say: "the basis of {{ system }} is missing"}
      - {when: "{{ not method }}", say: "the method is missing"}
    command: [x, "{{ system }}", "{{ basis }}", "{{ method }}", "{{ space }}", "{{ grid_level }}"]
"""


@pytest.fixture
def pack(write_pack):
    return str(write_pack(PACK))


def command(scaffold, pack, text):
    return scaffold(f"a: {text}", template_dirs=[pack]).contract["cases"][0]["command"]


def refusal(scaffold, pack, text):
    with pytest.raises(ScaffoldError) as caught:
        command(scaffold, pack, text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("H2O / cc-pVDZ / RHF / DIIS space=12", ["H2O", "cc-pVDZ", "R", "12"]),
        ("H2O/UHF/6-31g(d,p)", ["H2O", "6-31g(d,p)", "U"]),
        ("`H2O` / RHF 6-31g, `space=4` and level 3", ["H2O", "6-31g", "R", "4", "3"]),
        ("H2O / rhf with cc-pvtz; level 2 space = 5", ["H2O", "cc-pvtz", "r", "5", "2"]),
    ],
)
def test_parts_are_read_in_any_order(scaffold, pack, text, words):
    assert command(scaffold, pack, text) == ["x", *words]


LIKE = "\nWrite it like `a: H2O / cc-pVDZ / RHF, space=12`."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "H2O / cc-pVDZ / RHF / spcae=12",
            f"`spcae=12` cannot be read{LIKE} Did you mean space? It may say: basis, method, space, grid level.",
        ),
        (
            "H2O / cc-pVDZ RHF very fast",
            f"`very fast` cannot be read{LIKE} It may say: basis, method, space, grid level.",
        ),
        ("H2O / cc-pVDZ / RHF / 6-31g", f"`6-31g` gives the basis a second time{LIKE}"),
        ("H2O / RHF", f"the basis of H2O is missing{LIKE}"),
        ("H2O / 6-31g", f"the method is missing{LIKE}"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_goals_line(scaffold, pack, text, said):
    assert refusal(scaffold, pack, text) == f"goal.md:13: workload `a`: {said}"


def test_stars_of_a_name_stay_and_bold_marks_go(scaffold, write_pack):
    root = str(write_pack(PACK.replace(r"(?:\(d,p\))?", r"\*{0,2}")))
    assert command(scaffold, root, "**`H2O`** / 6-31g** / **RHF**") == ["x", "H2O", "6-31g**", "R"]


def test_expressions_that_go_on_for_ever_are_stopped(scaffold, write_pack):
    root = str(write_pack(PACK.replace(r"level\s+(\d)", r"(\w+\s?)+!")))
    begin = time.monotonic()
    said = refusal(scaffold, root, f"H2O / {'a' * 60}?")
    assert said.startswith("goal.md:13: workload `a`: takes longer than 2 seconds to read")
    assert time.monotonic() - begin < 10


def test_a_part_may_not_have_a_name_that_every_workload_has(scaffold, write_pack):
    root = write_pack(PACK.replace("grid_level", "files", 1).replace("{{ grid_level }}", ""))
    said = refusal(scaffold, str(root), "H2O / 6-31g / RHF")
    assert said.startswith(f"{root}/pack.yaml:5:5: 'files' is a name that every workload has")
