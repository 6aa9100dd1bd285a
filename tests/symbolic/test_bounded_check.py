"""The second judge: z3 on the machine, against the search, and against a search that lies."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest
from fuzz.bounded import opinions
from fuzz.compare import SkippedError
from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from model_check import check
from model_check.api.explaining import BOUNDED_TIMEOUT
from model_check.explore.search import explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.results.check import SecondOpinion
from model_check.symbolic import bounded_check
from model_check.symbolic.answer import OUT_OF_WORK
from model_check.symbolic.bounded_check import second_opinion
from model_check.verify.judgement import Judgement
from model_check.verify.verdicts import judge
from thorough import DIFFERENT, mostly

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "specs"

# As small as shows what the spec is about; z3 answers these in seconds.
SMALL = {
    "deadlock": {},
    "fix-append-first": {"STORED": "1", "TOTAL": "2"},
    "fix-atomic": {"STORED": "1", "TOTAL": "2"},
    "fix-both": {"STORED": "1", "TOTAL": "2"},
    "fix-both-unacknowledged": {"STORED": "1", "TOTAL": "2"},
    "fix-gap-detection": {"STORED": "0", "TOTAL": "1"},
    "fix-read-twice": {"STORED": "1", "TOTAL": "2"},
    "fix-stream": {"STORED": "1", "TOTAL": "2"},
    "fix-stream-dollar": {"STORED": "1", "TOTAL": "2"},
    "fix-subscribe-first": {"STORED": "1", "TOTAL": "2"},
    "legacy": {"STORED": "2", "TOTAL": "4"},
    "legacy-cumulative": {"STORED": "1", "TOTAL": "2"},
    "legacy-reconnect": {"STORED": "0", "TOTAL": "1"},
    "legacy-two-nodes": {"STORED": "0", "TOTAL": "1"},
    "optimistic": {},
    "optimistic-watch": {},
    "peterson": {},
    "resume-request": {},
    "resume-request-listen-first": {},
}
BEYOND = frozenset({"resume-request-listen-first"})
"""21 steps of four processes, none of which violates: z3 works on that for more than a minute."""


def judged(name: str, constants: dict[str, str]) -> tuple[Space, Judgement]:
    space = explore(load(SPECS / f"{name}.yaml", constants))
    return space, judge(space)


def test_every_spec_is_judged_twice() -> None:
    assert set(SMALL) == {path.stem for path in SPECS.glob("*.yaml")}


@pytest.mark.parametrize("name", mostly(SMALL, DIFFERENT.__contains__))
def test_z3_agrees_with_the_search(name: str) -> None:
    # With a minute each it agrees about every property; here it has less.
    space, judgement = judged(name, SMALL[name])
    answers: Counter[str] = Counter()
    for result in judgement.results:
        opinion = second_opinion(space, judgement, result, timeout=1)
        answers[opinion.answer] += 1
        if opinion.answer == "undetermined":
            assert opinion.note == OUT_OF_WORK
            continue
        assert opinion.answer == "agrees", result.name
        if result.verdict == "holds":
            assert opinion.steps == space.depth
        else:
            assert opinion.steps == min(map(space.depth_of, judgement.violating[result.name]))
    assert answers["agrees"] > 0 or name in BEYOND


def test_z3_agrees_about_random_specs() -> None:
    counts: Counter[str] = Counter()
    wrong = {}
    for seed in range(8):
        text = repaired(random_spec(seed))
        if text is None:
            continue
        try:
            found, wrong[seed] = opinions(load_text(text), patience=1.0)
        except SkippedError:
            continue
        counts += found
    assert {seed: problems for seed, problems in wrong.items() if problems} == {}
    assert counts["agrees"] > 20


@pytest.mark.parametrize("name", ["no_loss", "no_duplicate"])
def test_a_search_that_missed_a_violation_is_contradicted(name: str) -> None:
    space, judgement = judged("fix-append-first", SMALL["fix-append-first"])
    result = next(each for each in judgement.results if each.name == name)
    assert result.verdict == "violated"
    lie = dataclasses.replace(result, verdict="holds", trace=None)
    blind = dataclasses.replace(judgement, violating={})
    assert second_opinion(space, blind, lie, timeout=60).answer == "disagrees"


def test_a_search_that_missed_the_shortest_violation_is_contradicted() -> None:
    space, judgement = judged("legacy", SMALL["legacy"])
    result = judgement.results[0]
    later = [n for n in judgement.violating["no_loss"] if space.depth_of(n) > 9]
    assert 0 < len(later) < len(judgement.violating["no_loss"])
    blind = dataclasses.replace(judgement, violating={"no_loss": later})
    assert second_opinion(space, blind, result, timeout=60).answer == "disagrees"


def test_a_search_that_saw_a_violation_too_early_is_contradicted() -> None:
    space, judgement = judged("legacy", SMALL["legacy"])
    wrong = dataclasses.replace(judgement, violating={"no_loss": [1]})
    assert second_opinion(space, wrong, judgement.results[0], timeout=60).answer == "disagrees"


def test_a_search_that_saw_what_is_not_there_is_contradicted() -> None:
    space, judgement = judged("legacy", SMALL["legacy"])
    holds = next(each for each in judgement.results if each.name == "no_duplicate")
    lie = dataclasses.replace(holds, verdict="violated")
    wrong = dataclasses.replace(judgement, violating={"no_duplicate": [len(space.states) - 1]})
    assert second_opinion(space, wrong, lie, timeout=60).answer == "disagrees"


ERRORS = """\
model: errors
vars:
  box: list[int] = [1]
processes:
  taker:
    count: 2
    vars:
      got: int = 0
    run: |
      look: await len(box) > 0
      take:
          got = box[0]
          box = []
properties:
  first:
    finally: box[0] == 1
"""


def test_errors_of_steps_and_of_properties_are_judged_too() -> None:
    space = explore(load_text(ERRORS))
    judgement = judge(space)
    result = next(each for each in judgement.results if each.name == "no_error")
    assert result.verdict == "violated"
    opinion = second_opinion(space, judgement, result, timeout=60)
    assert (opinion.answer, opinion.steps) == ("agrees", 2)
    blind = dataclasses.replace(judgement, violating={})
    lie = dataclasses.replace(result, verdict="holds")
    assert second_opinion(space, blind, lie, timeout=60).answer == "disagrees"


def test_without_time_or_when_interrupted_nothing_is_claimed() -> None:
    space, judgement = judged("legacy", {})
    for result in judgement.results:
        late = second_opinion(space, judgement, result, timeout=0)
        assert (late.answer, late.note) == ("undetermined", OUT_OF_WORK)
        stopped = second_opinion(space, judgement, result, interrupted=lambda: True)
        assert (stopped.answer, stopped.note) == ("undetermined", "interrupted")


def test_too_many_events_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_check, "MOST_EVENTS", 5)
    space, judgement = judged("legacy", SMALL["legacy"])
    opinion = second_opinion(space, judgement, judgement.results[0])
    assert opinion.answer == "undetermined"
    assert opinion.note == "z3 was not asked: runs of more than 5 events"


def test_what_the_search_did_not_decide_is_not_judged_again() -> None:
    result = check(SPECS / "legacy.yaml", max_states=50, reason=False, bounded=True)
    assert result["in_order"].bounded is not None
    assert result["in_order"].bounded.note == "the search did not decide it"


def test_a_check_tells_both_judgements() -> None:
    result = check(SPECS / "peterson.yaml", reason=False, bounded=True)
    assert result.exit_code == 0
    assert "\n  mutual_exclusion  agrees: no run of at most 7 steps violates it\n" in result.text()


def test_a_contradicted_verdict_is_undetermined(monkeypatch: pytest.MonkeyPatch) -> None:
    def contradicts(*_: object, **__: object) -> SecondOpinion:
        return SecondOpinion("disagrees", 3, "", 0.1)

    monkeypatch.setattr(bounded_check, "second_opinion", contradicts)
    result = check(SPECS / "peterson.yaml", reason=False, bounded=True)
    assert [each.verdict for each in result] == ["undetermined"] * 3
    assert result.exit_code == 3
    assert "disagrees with the search, so nothing is known: please report" in result.text()
    assert BOUNDED_TIMEOUT > 0
