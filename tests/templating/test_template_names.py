"""`templates show` tells of every name that templates may use."""

from __future__ import annotations

from templating.sample import sample_campaign, sample_contract

from fermilink_scaffold.templating.context import template_context
from fermilink_scaffold.templating.names import NAMES


def test_every_name_is_described_and_no_other():
    campaign = sample_campaign()
    context = template_context(campaign, sample_contract(campaign))
    assert {*context, "now_utc"} == set(NAMES)


def test_the_types_are_those_of_the_values():
    campaign = sample_campaign()
    kinds = {"text": str, "integer": int, "boolean": bool, "number": float, "mapping": dict}
    for name, value in template_context(campaign, sample_contract(campaign)).items():
        words = NAMES[name][0].split(" or ")
        if value is None:
            assert "none" in words
        elif words[0].startswith("list of "):
            inner = kinds[words[0].removeprefix("list of ").removesuffix("s")]
            assert all(isinstance(item, inner) for item in value), name
        else:
            assert isinstance(value, kinds[words[0]]), name
