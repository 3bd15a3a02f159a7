"""Scope and correctness of scaffold.yaml, read like those of a goal."""

from __future__ import annotations

from fermilink_scaffold.spec.answers import Answers, answers_draft


def test_case_words_and_hidden_files_work_in_answers(tmp_path):
    values = {
        "cases": {"train-a": {"command": ["true"], "description": "UKS water"}},
        "correctness": ["`e` within 1e-6 for UKS cases", "`f` within 1e-6 for nosuch cases"],
        "immutable": ["**"],
    }
    draft = answers_draft(Answers(values=values), str(tmp_path))
    assert [each.case_words for each in draft.constraints] == [("UKS",), ()]
    assert draft.immutable == ("**",)
