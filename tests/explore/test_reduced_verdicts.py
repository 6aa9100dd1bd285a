"""Known answers: specs of which a search that leaves out the wrong steps says something wrong."""

from __future__ import annotations

from dataclasses import replace

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


def test_an_error_that_several_ways_through_a_step_come_to_is_told_once() -> None:
    spec = load_text("""model: twice
vars:
  kept: 0..1 = 0
processes:
  p:
    run: |
      a:
        kept = choose([0, 1])
        kept = [0][kept + 1]
  q:
    vars: {over: bool}
    run: |
      b: over = True
properties:
  other: {always: kept == 0}
""")
    assert reduced_differences(spec, ways=[Way("order"), Way("order", 1)]) == []
    space, _ = check_spec(spec, options=replace(WHOLE, reduce="order", order_from=0))
    assert len(set(space.errors)) == len(space.errors) == 2
