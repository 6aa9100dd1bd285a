"""Races where runs have no end, or end in an error: of which runs they are claims."""

from __future__ import annotations

from pathlib import Path

import pytest
from explained_specs import reasons, spec


def test_a_property_that_has_no_value_has_its_reason_too(tmp_path: Path) -> None:
    text = """\
model: valueless
vars: {x: 0..1 = 1}
processes:
  p:
    run: |
      clear: x = 0
  q:
    run: |
      put: x = 1
properties:
  whole: {finally: 1 // x == 1}
  no_error: {expect: violated}
"""
    reason = reasons(spec(tmp_path, text))["no_error"]
    assert [str(each) for each in reason.facts] == ["q.put comes before p.clear"]
    assert (reason.scope, reason.proved_by) == ("complete runs", "z3 and search")
    assert reason.complete_by == "search"


ENDLESS = """\
model: endless
vars:
  open: bool = False
  seen: bool = False
processes:
  worker:
    run: |
      while True:
          look: seen = seen or open
          rest: pass
  owner:
    run: |
      unlock: open = True
      lock: open = False
properties:
  unseen:
    never: seen
    expect: violated
"""


def test_where_runs_never_end_a_reason_speaks_of_the_endless_ones_too(
    tmp_path: Path,
) -> None:
    # It is seen by a look between two steps of the owner, of which the second need not happen.
    reason = reasons(spec(tmp_path, ENDLESS))["unseen"]
    assert reason.scope == "fair runs"
    assert {str(each) for each in reason.facts} == {
        "owner.unlock comes before worker.look",
        "worker.look comes before owner.lock",
    }
    assert (reason.proved_by, reason.note) == (
        "search", "runs can be of any length: z3 was not asked",
    )  # fmt: skip
    # It may as well be the second look, or the third.
    assert reason.complete_by == ""
    assert reason.races_note == "there are more than 10 different reasons"
    assert len(reason.races) == 1


ERRORS = """\
model: errors
vars:
  box: list[int] = [1, 2]
processes:
  taker:
    count: 2
    vars:
      got: int = 0
    run: |
      look: await len(box) > 0
      take:
          got = box[0]
          box = box[1:]
  thief:
    run: |
      steal: box = box[1:]
properties:
  no_error: {expect: violated}
"""


def test_a_run_time_error_has_its_races_too(tmp_path: Path) -> None:
    reason = reasons(spec(tmp_path, ERRORS))["no_error"]
    assert reason.scope == "complete runs"
    assert reason.complete_by == "search"
    assert reason.races
    for race in reason.races:
        assert race.trace.end == "error"
        events = [step.event for step in race.trace.steps]
        for each in race.facts:
            assert each.first in events
            assert each.second not in events[: events.index(each.first)]


ASIDE = """\
model: aside
vars: {{x: bool, y: bool, t: bool}}
processes:
  setter:
    run: |
      set: x = True
  looker:
    run: |
      look: y = x
  other:
    vars: {{going: bool = True, n: 0..1}}
    run: |
{}
properties:
  unseen: {{{}: "not y", expect: violated}}
"""
SPINS = """
      while going:
          either:
              spin: t = not t
          or:
              stop: going = False"""
FAILS = """
      either:
          crash: n = 1 // n
      or:
          quit: pass"""


@pytest.mark.parametrize(
    ("aside", "kind", "scope"),
    [
        ("      rest: pass", "finally", "complete runs"),
        (SPINS, "finally", "fair runs"),
        (FAILS, "finally", "runs that no run-time error ends"),
        (SPINS + FAILS, "finally", "fair runs that no run-time error ends"),
        ("      rest: pass", "always", "complete runs"),
        (SPINS, "always", "fair runs"),
        (FAILS, "always", "runs that no run-time error ends"),
        (SPINS + FAILS, "always", "fair runs that no run-time error ends"),
    ],
)
def test_a_reason_says_of_which_runs_it_is_one(
    tmp_path: Path, aside: str, kind: str, scope: str
) -> None:
    reason = reasons(spec(tmp_path, ASIDE.format(aside, kind)))["unseen"]
    assert "setter.set comes before looker.look" in map(str, reason.facts)
    assert reason.scope == scope


def test_a_property_that_has_no_value_is_a_run_time_error_like_a_step_that_fails(
    tmp_path: Path,
) -> None:
    text = """\
model: undefined
vars: {x: 0..1 = 1, y: 0..1 = 1, z: 0..1}
processes:
  p:
    run: |
      clear: x = 0
      put: x = 1
  q:
    run: |
      divide: z = 1 // x
  r:
    run: |
      drop: y = 0
  s:
    run: |
      lift: y = 1
properties:
  whole: {finally: 1 // y == 1}
  no_error: {expect: violated}
"""
    reason = reasons(spec(tmp_path, text))["no_error"]
    told = [{str(each) for each in race.facts} for race in reason.races]
    assert told == [
        {"p.clear comes before q.divide", "q.divide comes before p.put"},
        {"s.lift comes before r.drop"},
    ]
    assert reason.complete_by == "search"
    assert [race.proved_by for race in reason.races] == ["z3 and search"] * 2
    assert reason.races[1].trace.error == "division by zero (in the property whole)"


UNSEEN = """\
model: unseen
vars: {first: 0..2}
processes:
  a:
    run: |
      a: if first == 0:
          first = 1
  b:
    run: |
      b: if first == 0:
          first = 2
properties:
  here: {always: 2 // (first - 1) < 9}
"""


@pytest.mark.parametrize(
    ("form", "known"),
    [
        ("finally: 2 // (first + 1) < 9", True),
        ("each_step: first >= old(first)", True),
        ("each_step: 2 // (first - 2) < 9", False),
        ("eventually: 2 // (first - 2) < 9", False),
        ("leads_to: {after: first == 1, comes: 2 // (first - 2) < 9}", False),
    ],
)
def test_no_reason_is_called_the_only_one_where_steps_or_runs_may_fail_too(
    tmp_path: Path, form: str, known: bool
) -> None:
    text = UNSEEN + f"  there: {{{form}}}\n"
    reason = reasons(spec(tmp_path, text))["no_error"]
    assert bool(reason.facts) is known
    assert ("may have no value" in reason.note) is not known
