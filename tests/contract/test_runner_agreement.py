"""What the runner refuses to measure, `check` calls an error first."""

from __future__ import annotations

import pytest
from contract.contracts import VALID, valid_data
from contract.mutations import mutated
from hypothesis import event, given, settings
from runner.harness import runner_module

from fermilink_scaffold.contract.checks import validate
from fermilink_scaffold.contract.measured import MEASURED, OPTIMISED, REPORTED, RESERVED
from fermilink_scaffold.contract.problems import errors
from fermilink_scaffold.contract.values import plain


@pytest.fixture(scope="module")
def runner():
    return runner_module()


def test_the_runner_takes_a_contract_without_problems(runner, tmp_path):
    path = tmp_path / "benchmark.yaml"
    path.write_text(VALID, encoding="utf-8")
    contract = runner.parse_contract(runner.load_yaml(str(path)))
    assert [case.id for case in contract.cases] == ["train-h2o", "test-benzene"]


@settings(max_examples=400, deadline=None)
@given(mutated(most=1))
def test_what_the_runner_refuses_is_an_error(runner, data):
    if not errors(validate(data)):
        event("taken by both")
        runner.parse_contract(data)


def test_the_words_of_both_are_the_same(runner):
    from fermilink_scaffold.contract import check_commands

    assert set(runner.RESERVED) == RESERVED
    assert all(runner.NEVER.fullmatch(name) for name in check_commands._NEVER)
    assert plain(valid_data()) == valid_data()


def test_both_know_what_is_measured(runner, tmp_path):
    path = tmp_path / "benchmark.yaml"
    path.write_text(VALID, encoding="utf-8")
    contract = runner.parse_contract(runner.load_yaml(str(path)))
    run = runner.CaseRun(contract.cases[0], str(tmp_path))
    sample = runner.Repeat(wall=1.5, user=1.0, system=0.25, peak_rss=1 << 20)
    run.samples.append(sample)
    row = runner.case_row(run)
    numbers = [name for name, value in row.items() if type(value) in {int, float}]
    assert sorted(numbers) == sorted(REPORTED)
    assert [name for name in sorted(RESERVED) if sample.value(name) is not None] == sorted(
        OPTIMISED
    )
    assert {*row} - {"converged"} | MEASURED == RESERVED
