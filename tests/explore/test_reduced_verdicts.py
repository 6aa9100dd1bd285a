"""Known answers: specs of which a search that leaves out the wrong steps says something wrong."""

from __future__ import annotations

import pytest
from fuzz.reduced import EVERY, Way, reduced_differences
from fuzz.reduced_cases import CASES
from fuzz.repair import load_text
from model_check.explore.search import SearchOptions
from model_check.verify.checking import check_spec

WHOLE = SearchOptions(engine="python", reduce="none")
WAYS = [each for each in EVERY if each.workers is None]
NATIVE = [Way("auto", 1), Way("order", 2)]


@pytest.mark.parametrize("name", CASES)
def test_whatever_is_left_out_a_known_answer_is_found(name: str) -> None:
    case = CASES[name]
    spec = load_text(case.text)
    _, judgement = check_spec(spec, options=WHOLE)
    found = {
        each.name: (each.verdict, None if each.trace is None else len(each.trace.steps))
        for each in judgement.results
    }
    assert found == dict.fromkeys(found, ("holds", None)) | dict(case.verdicts)
    assert reduced_differences(spec, ways=WAYS) == []


@pytest.mark.parametrize("name", ["a process spins", "a third one makes it possible", "a ring"])
def test_native_code_finds_a_known_answer(name: str) -> None:
    assert reduced_differences(load_text(CASES[name].text), ways=NATIVE) == []
