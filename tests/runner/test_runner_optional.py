"""Values that a case may lack."""

from __future__ import annotations

from runner.harness import python

METRICS = {
    "mass": {"find": "mass", "optional": True},
    "sld": {"find": "sld", "optional": True},
}


def case(ident: str, text: str, **keys):
    return {"id": ident, "command": python(f"print({text!r})"), **keys}


def test_each_case_reports_what_it_has(bench):
    bench.contract(case("a", "mass = 1.5"), case("b", "sld = 2.5"), metrics=METRICS)
    result = bench.result()
    assert result["correctness_ok"] is True
    rows = [{key: row[key] for key in ("mass", "sld") if key in row} for row in result["cases"]]
    assert rows == [{"mass": 1.5}, {"sld": 2.5}]


def test_a_case_with_none_of_its_values_fails(bench):
    bench.contract(case("a", "mass = 1.5"), case("b", "done"), metrics=METRICS)
    result = bench.result()
    assert result["correctness_ok"] is False
    assert [row["error"] for row in result["cases"]] == [
        "",
        "the output has none of the values mass, sld",
    ]


def test_a_value_that_no_case_reports_fails_the_whole_contract(bench):
    bench.contract(case("a", "mass = 1.5"), metrics=METRICS)
    result = bench.result()
    assert result["correctness_ok"] is False
    assert result["measurement"]["problems"] == ["no case reports sld"]
    assert result["summary_metrics"]["wall_seconds"] == 1e12


def test_a_bound_on_a_value_that_a_case_lacks_is_passed_over(bench):
    bound = {"mass": {"max": 1.0}}
    bench.contract(
        case("a", "mass = 0.5", expect=bound), case("b", "sld = 2.5", expect=bound), metrics=METRICS
    )
    assert bench.result()["correctness_ok"] is True


def test_an_optional_value_that_is_no_number_is_an_error_all_the_same(bench):
    bench.contract(case("a", '{"mass": "NaN", "sld": 1}'), metrics=METRICS)
    assert bench.result()["correctness_ok"] is False
