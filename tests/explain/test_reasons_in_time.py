"""What is told of properties in time, of runs without an end too, against all fair runs; and that
placed faults and chosen values are judged word for word."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from fuzz.all_runs import Runs
from fuzz.compare import SkippedError
from fuzz.judge import judged_reason
from fuzz.races import mistold
from fuzz.repair import load_text, repaired
from fuzz.run_specs import random_runs
from model_check.budget.deadline import FOREVER
from model_check.explain.moves import Moves
from model_check.explain.reason import explain
from model_check.explain.shown_events import events_shown
from model_check.results.check import PropertyResult
from model_check.results.reasons import Details, Reason
from model_check.verify.checking import check_spec

SEEDS = (1, 7, 14, 23)
"""Random specs that are judged quickly."""


def test_what_is_told_of_properties_in_time_is_so_of_all_fair_runs() -> None:
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        text = repaired(random_runs(seed))
        if text is not None:
            try:
                assert mistold(load_text(text), counts) == [], text
            except SkippedError:
                continue
    assert counts["reasons"] >= 8
    assert counts["of fair runs"] >= 4


ALIKE = """\
model: alike
vars: {x: 0..1}
processes:
  q:
    count: 2
    run: |
      while True:
          either:
              stay: x = 0
          or:
              go: x = 1
properties:
  comes: {eventually: x == 1}
"""


def test_the_events_of_a_reason_are_those_of_the_steps_that_are_shown() -> None:
    # Both go round from the same state to the same one.
    space, judgement = check_spec(load_text(ALIKE))
    result = judgement.results[0]
    assert result.trace is not None
    moves = Moves(space, FOREVER)
    found = events_shown(moves, judgement.paths["comes"], result.trace)
    machine = space.machine
    named = [f"{machine.instances[e.instance].name}.{machine.steps[e.step].label}" for e in found]
    assert named == [f"{step.instance}.{step.label}" for step in result.trace.steps]
    assert {"q[0].stay", "q[1].stay"} <= set(named)


MAY_REST = """\
model: rests
vars: {x: bool}
processes:
  p:
    fairness: none
    run: |
      either:
          leave: pass
      or:
          stay: pass
          wait: await x
"""


def test_who_need_not_act_is_stuck_only_where_nothing_can_happen() -> None:
    spec = load_text(MAY_REST)
    space, judgement = check_spec(spec)
    result = next(each for each in judgement.results if each.name == "no_deadlock")
    found = explain(space, judgement, result)
    assert [str(fact) for fact in found.facts] == ["p.stay happens"]
    assert found.complete_by
    assert judged_reason(Runs(spec), result, found) == []


NEXT = """\
model: next
vars: {x: 0..1}
processes:
  a:
    run: |
      set: x = 1
  other:
    run: |
      tick: pass
define:
  still: x == 0
properties:
  at_first: {ltl: "X still"}
"""


def test_a_step_that_changes_nothing_matters_to_what_is_so_next() -> None:
    spec = load_text(NEXT)
    space, judgement = check_spec(spec)
    result = judgement.results[0]
    found = explain(space, judgement, result)
    assert [str(fact) for fact in found.facts] == ["a.set comes before other.tick"]
    assert found.complete_by
    assert judged_reason(Runs(spec), result, found) == []


# --- word for word --------------------------------------------------------------------------------

HANDLER = """\
model: handler
vars: {claimed: bool, charges: 0..2, left: 0..1}
processes:
  worker:
    crashes: 1
    vars: {amount: 0..2}
    run: |
      look: amount = choose({0, 1})
      claim:
          await not claimed
          claimed = True
      charge: charges = charges + 1
      report: left = amount
properties:
  charged: {finally: charges == 1}
  small: {finally: left == 0}
"""


def told(name: str) -> tuple[Runs, PropertyResult, Reason]:
    spec = load_text(HANDLER)
    space, judgement = check_spec(spec)
    result = next(each for each in judgement.results if each.name == name)
    return Runs(spec), result, explain(space, judgement, result)


def test_the_judge_reads_where_something_goes_wrong_word_for_word() -> None:
    runs, result, reason = told("charged")
    (fact,) = reason.facts
    assert str(fact) == "worker crashes after claim and before charge"
    assert judged_reason(runs, result, reason) == []
    for wrong in ("after look and before claim", "after charge and before report", ""):
        other = replace(fact, details=Details(wrong, "", fault=True))
        planted = replace(
            reason, facts=(other,), races=(replace(reason.races[0], facts=(other,)),), patterns=()
        )
        found = judged_reason(runs, result, planted)
        assert any("is not forced by" in each for each in found), wrong


def test_the_judge_reads_what_is_chosen_word_for_word() -> None:
    runs, result, reason = told("small")
    first, second = reason.facts
    assert (str(first), str(second)) == (
        "worker.look leaves amount = 1", "worker never crashes",
    )  # fmt: skip
    assert judged_reason(runs, result, reason) == []
    for wrong in ("amount = 0", ""):
        planted = replace(first, details=Details("", wrong))
        assert judged_reason(runs, result, replace(reason, facts=(planted, second))) != []


TO_AND_FRO = """\
model: to_and_fro
vars: {x: 0..2, f: bool}
processes:
  p:
    strong: [turn]
    run: |
      while True:
          either:
              move: x = 2 - x
          or:
              turn: f = not f
define:
  far: x == 2
properties:
  soon: {ltl: "X X far"}
"""


def test_what_happens_again_and_again_happens_twice() -> None:
    # The round that is shown has one turn; all that never move turn twice.
    spec = load_text(TO_AND_FRO)
    space, judgement = check_spec(spec)
    found = explain(space, judgement, judgement.results[0])
    assert [str(fact) for fact in found.facts] == ["p.turn#2 comes before p.move"]
    assert found.complete_by
    assert mistold(spec) == []


SAME_STATE = """\
model: same_state
vars: {f: bool, m: 0..1}
processes:
  p:
    run: |
      either:
          clear: f = m == 1
      or:
          skip: pass
      flip: m = 1
  q:
    run: |
      set: f = True
      while True:
          rest: pass
properties:
  calm: {finally: not f}
"""


def test_the_trace_of_a_reason_takes_the_steps_that_it_names() -> None:
    # `clear` and `skip` lead from the first state to the same one.
    spec = load_text(SAME_STATE)
    space, judgement = check_spec(spec)
    found = explain(space, judgement, judgement.results[0])
    events = {str(r.facts[0]): [s.event for s in r.trace.steps] for r in found.races if r.trace}
    assert "p.skip" in events["p.skip happens"]
    assert mistold(spec) == []


POLLS = """\
model: polls
vars: {x: bool}
processes:
  poller:
    run: |
      while True:
          poll: if not x:
              break
  worker:
    run: |
      either:
          leave: pass
      or:
          set: x = True
          wait: await not x
"""


def test_whoever_may_go_on_for_ever_has_to_do_with_a_deadlock() -> None:
    spec = load_text(POLLS)
    space, judgement = check_spec(spec)
    result = next(each for each in judgement.results if each.name == "no_deadlock")
    found = explain(space, judgement, result)
    assert [str(fact) for fact in found.facts] == ["worker.set comes after poller.poll"]
    assert found.complete_by
    assert mistold(spec) == []
