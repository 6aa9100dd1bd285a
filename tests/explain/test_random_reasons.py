"""What the order floor says of random small specs, against all of their runs; and that the
judge of it sees mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest
from fuzz.all_runs import Runs
from fuzz.compare import SkippedError
from fuzz.judge import judged_reason, judged_return
from fuzz.race_specs import WANTED, random_race
from fuzz.races import disagreements, mistold
from fuzz.repair import load_text, repaired
from model_check.explain.reason import explain
from model_check.language.tree.spec import Spec
from model_check.results.check import NoReturn, PropertyResult
from model_check.results.reasons import Fact, Pattern, Reason
from model_check.verify.checking import check_spec
from model_check.verify.no_return import point_of_no_return

TOLD = 30
"""Random specs of which everything that is told is judged."""
ASKED = 30
"""Random specs about which z3 is asked; `python -m tests.fuzz --races` goes on with others."""


def specs(number: int) -> Iterator[tuple[int, Spec]]:
    """This many random specs, with their seeds."""
    for seed in range(number):
        text = repaired(random_race(seed))
        if text is not None:
            yield seed, load_text(text)


def test_what_is_told_of_random_specs_is_so_of_all_their_runs() -> None:
    counts: Counter[str] = Counter()
    wrong = {}
    for seed, spec in specs(TOLD):
        try:
            wrong[seed] = mistold(spec, counts, forget=seed % 3 == 0)
        except SkippedError:
            continue
    assert {seed: problems for seed, problems in wrong.items() if problems} == {}
    for what in ("reasons", "complete", "points of no return"):
        assert counts[what] > 15, what
    for scope in ("fair runs", "fair runs that no run-time error ends"):
        assert counts[f"of {scope}"] > 0, scope


def test_z3_and_the_search_agree_about_random_small_specs() -> None:
    counts: Counter[str] = Counter()
    wrong = {}
    for seed, spec in specs(ASKED):
        try:
            wrong[seed] = disagreements(spec, counts, {WANTED})
        except SkippedError:
            continue
    assert {seed: problems for seed, problems in wrong.items() if problems} == {}
    for what in ("bounded agrees", "forced no", "forced yes", "covered no"):
        assert counts[what] > 2, what


# --- the judge ------------------------------------------------------------------------------------

TURNS = """\
model: turns
vars: {{early: bool, late: bool, sent: bool, asked: bool, told: bool}}
processes:
  reader:
    run: |
      for i in range(1, 3):
          read:
              if i == 1 and not sent:
                  early = True
              if i == 2 and asked and not told:
                  late = True
          if i == 1:
              either:
                  quit: pass
                  break
              or:
                  go_on: pass
  writer:
    run: |
      for j in range(1, 2):
          write: sent = True
  asker:
    run: |
      ask: asked = True
  teller:
    run: |
      tell: told = True
  other:
    vars: {{t: bool, going: bool = True, n: 0..1}}
    run: |
      {other}
properties:
  fine:
    finally: not early and not late
    prefer: [1 if late else 0]
    expect: violated
"""
SPINS = """while going:
          either:
              spin: t = not t
          or:
              stop: going = False"""
FAILS = """either:
          crash: n = 1 // n
      or:
          quit: pass"""


@cache
def told(text: str) -> tuple[Runs, PropertyResult, Reason, NoReturn]:
    """What is told of the first property of a spec."""
    spec = load_text(text)
    space, judgement = check_spec(spec)
    result = judgement.results[0]
    reason = explain(space, judgement, result, timeout=60)
    return Runs(spec), result, reason, point_of_no_return(space, judgement, result)


QUIET = TURNS.format(other="rest: pass")
SPINNING = TURNS.format(other=SPINS)
FAILING = TURNS.format(other=FAILS)


@pytest.mark.parametrize("text", [QUIET, SPINNING, FAILING])
def test_the_judge_agrees_with_what_is_right(text: str) -> None:
    runs, result, reason, point = told(text)
    assert len(reason.races) == 2
    assert reason.complete_by
    assert judged_reason(runs, result, reason) == []
    assert judged_return(runs, result, point) == []


def without_a_race(reason: Reason) -> Reason:
    return replace(reason, races=reason.races[:1], patterns=reason.patterns[:1])


def with_a_race_moved_to_a_turn_that_there_is_not(reason: Reason) -> Reason:
    moved = replace(reason.races[1], facts=(Fact("reader.read[2]", "writer.write[2]", ()),))
    first = "reader.read[i] comes before writer.write[i]"
    pattern = Pattern((first,), {"i": (1, 2)}, (0, 1))
    return replace(reason, races=(reason.races[0], moved), patterns=(pattern,))


def with_one_ordering_too_few(reason: Reason) -> Reason:
    less = replace(reason.races[1], facts=reason.races[1].facts[:1])
    return replace(reason, races=(reason.races[0], less))


def with_one_ordering_too_many(reason: Reason) -> Reason:
    more = (*reason.facts, Fact("asker.ask", "teller.tell", ()))
    return replace(reason, facts=more, races=())


def with_a_pattern_of_more_races(reason: Reason) -> Reason:
    first = replace(reason.patterns[0], facts=("reader.read[i] comes before writer.write[i]",))
    return replace(reason, patterns=(replace(first, values={"i": (1, 2)}), reason.patterns[1]))


def with_the_races_changed_over(reason: Reason) -> Reason:
    one, two = reason.races
    changed = (one, replace(two, trace=one.trace))
    return replace(reason, races=changed)


def with_no_reason_at_all(reason: Reason) -> Reason:
    return Reason(
        (),
        reason.scope,
        "",
        "no facts about the events of the run force it",
        0.0,
    )


@pytest.mark.parametrize(
    "mistake",
    [
        without_a_race,
        with_a_race_moved_to_a_turn_that_there_is_not,
        with_one_ordering_too_few,
        with_one_ordering_too_many,
        with_a_pattern_of_more_races,
        with_the_races_changed_over,
        with_no_reason_at_all,
    ],
)
def test_the_judge_sees_a_mistake(mistake: Callable[[Reason], Reason]) -> None:
    runs, result, reason, _ = told(QUIET)
    assert judged_reason(runs, result, mistake(reason)) != []


@pytest.mark.parametrize("text", [FAILING])
def test_the_judge_sees_that_a_claim_is_not_one_of_all_runs(text: str) -> None:
    runs, result, reason, _ = told(text)
    assert judged_reason(runs, result, replace(reason, scope="complete runs")) != []


def test_the_judge_sees_that_races_are_not_all_where_a_choice_violates_too() -> None:
    runs, result, reason, _ = told(
        TURNS.format(other="pick: n = choose([0, 1])").replace(
            "not late\n", "not late and other.n == 0\n"
        )
    )
    assert reason.complete_by
    (chosen,) = reason.races[-1].facts
    assert str(chosen) == "other.pick leaves n = 1"
    less = replace(reason, races=reason.races[:-1], patterns=reason.patterns[:-1])
    assert judged_reason(runs, result, less) != []


def test_the_judge_sees_a_wrong_point_of_no_return() -> None:
    for runs, result, _, point in map(told, (QUIET, SPINNING, FAILING)):
        assert point.step is not None
        for step in (point.step - 1, point.step + 1, None):
            assert judged_return(runs, result, NoReturn(step, "")) != []
