"""Mistakes that are put into the search for a reason, each seen by the judge in a small spec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from fuzz.races import mistold
from fuzz.repair import load_text
from model_check.explain import patterns, races, reason
from model_check.explain.candidates import Candidates, Course
from model_check.explain.constrained_search import BadRuns, GoodRuns
from model_check.explain.moves import Moves
from model_check.explain.naming import Naming
from model_check.explain.proofs import Proofs
from model_check.explain.races import Facts, Races
from model_check.results.reasons import Fact as ToldFact
from model_check.symbolic.answer import Answer
from model_check.symbolic.facts import Fact
from model_check.symbolic.occurrences import Occurrence

Patch = pytest.MonkeyPatch

RACE = """\
model: race
vars: {x: 0..2, y: 0..1}
processes:
  a:
    run: |
      first: x = 1
  b:
    run: |
      second: x = 2
  other:
    run: |
      tick: y = 1
properties:
  last: {finally: x == 2}
"""

TWO = """\
model: two
vars: {x: bool, y: bool}
processes:
  a:
    run: |
      either:
          bad: x = True
      or:
          good: pass
  b:
    run: |
      either:
          worse: y = True
      or:
          better: pass
properties:
  neither: {finally: not x and not y}
"""

CRASH = """\
model: crash
vars: {claimed: bool, charges: 0..2}
processes:
  worker:
    crashes: 1
    run: |
      look: pass
      claim:
          await not claimed
          claimed = True
      charge: charges = charges + 1
      report: pass
properties:
  charged: {finally: charges == 1}
"""

CHOICE = """\
model: choice
vars: {left: 0..2}
processes:
  worker:
    run: |
      pick: left = choose({0, 1, 2})
properties:
  small: {finally: left != 2}
"""

FAIR = """\
model: fair
vars: {y: bool}
processes:
  b:
    run: |
      harm: y = True
  poll:
    run: |
      while True:
          ask: pass
properties:
  fine: {never: y}
"""

TICK = """\
model: tick
vars: {x: bool, y: bool}
processes:
  a:
    run: |
      either:
          lose: x = True
      or:
          keep: pass
  other:
    run: |
      tick: y = True
properties:
  fine: {never: x}
"""

NESTED = """\
model: nested
vars: {sent: bool, missed: bool}
processes:
  reader:
    run: |
      for i in range(3):
          read: if not sent: missed = True
  writer:
    run: |
      send: sent = True
properties:
  all_read: {finally: not missed}
"""

OF_TWO = """\
model: of_two
vars: {big: bool, odd: bool}
processes:
  worker:
    vars: {left: 0..3}
    run: |
      pick: left = choose({0, 1, 2, 3})
      if left > 1:
          see_big: big = True
      if left == 1 or left == 3:
          see_odd: odd = True
properties:
  fine: {finally: not big or not odd}
"""

PLACED = """\
model: placed
vars: {claimed: bool, charged: bool, left: bool}
processes:
  worker:
    crashes: 1
    run: |
      look: pass
      claim:
          await not claimed
          claimed = True
      either:
          charge: charged = True
      or:
          leave: left = True
properties:
  settled: {finally: not claimed or charged or left}
"""

BESIDE = """\
model: beside
vars: {x: 0..2}
processes:
  a:
    crashes: 1
    run: |
      first: x = 1
  b:
    run: |
      second: x = 2
properties:
  last: {finally: x == 2}
"""

AROUND = """\
model: around
vars: {gone: "set[0..2]", bad: bool}
processes:
  worker:
    count: 3
    run: |
      look: bad = bad or (self + 1) % 3 in gone
      put: gone.add(self)
properties:
  in_turn: {finally: not bad}
"""

RELAY = """\
model: relay
vars: {x: bool, y: bool, z: bool}
processes:
  a:
    run: |
      first: x = True
  b:
    run: |
      middle: z = x
  c:
    run: |
      last: y = x or z
      while True:
          poll: pass
define:
  seen: y
properties:
  unseen: {ltl: "F G ! seen"}
"""


def a_candidate_is_forgotten(patch: Patch) -> None:
    right = Candidates.of
    patch.setattr(
        Candidates,
        "of",
        lambda self, course: (
            [f for f in facts if f.first and f.second] for facts in right(self, course)
        ),
    )


def an_order_is_told_the_other_way_round(patch: Patch) -> None:
    right = Naming.fact
    patch.setattr(
        Naming, "fact", lambda self, fact, run=(): right(self, Fact(fact[1], fact[0]), run)
    )


def a_fault_is_placed_one_step_later(patch: Patch) -> None:
    right = Naming._between
    patch.setattr(Naming, "_between", lambda self, owner, place: right(self, owner, place + 1))


def the_strongest_first(patch: Patch) -> None:
    """No mistake, but that nothing is made weaker: others have more to leave out then."""
    right = Candidates.of
    patch.setattr(
        Candidates, "of", lambda self, course: (facts[::-1] for facts in right(self, course))
    )
    patch.setattr(races, "weakened", lambda runs, facts, run, may_tell: facts)


def the_first_is_never_left_out(patch: Patch) -> None:
    the_strongest_first(patch)
    right = races._irredundant

    def kept(bad: BadRuns, sets: list[Facts], course: Course, note: str) -> Races:
        found = right(bad, sets, course, note)
        if sets[0] in found.sets:
            return found
        return Races((sets[0], *found.sets), (None, *found.runs), note)

    patch.setattr(races, "_irredundant", kept)


def an_implied_one_is_kept(patch: Patch) -> None:
    the_strongest_first(patch)

    def all_of_them(bad: BadRuns, sets: list[Facts], course: Course, note: str) -> Races:
        return Races(tuple(sets), (None, *(bad.find([], each) for each in sets[1:])), note)

    patch.setattr(races, "_irredundant", all_of_them)


def fairness_is_ignored(patch: Patch) -> None:
    patch.setattr(Moves, "promises", property(lambda self: (0, 0)))


def another_value_is_told(patch: Patch) -> None:
    right = Naming._values
    patch.setattr(
        Naming,
        "_values",
        lambda self, label: right(
            self, replace(label, chosen=tuple((v, raw - 1) for v, raw in label.chosen))
        ),
    )


def a_fact_is_kept_that_is_not_needed(patch: Patch) -> None:
    right = reason._Explanation._shown

    def more(self: Any, runs: GoodRuns, facts: Facts) -> Any:
        return (*right(self, runs, facts), ToldFact("other.tick", "", ()))

    patch.setattr(reason._Explanation, "_shown", more)


def nothing_is_said_beside_names(patch: Patch) -> None:
    right = Candidates._happened

    def plain(self: Candidates, run: Sequence[Any]) -> Any:
        return [f for f in right(self, run) if f[0] and f[0].label == f[0].label.plain]

    patch.setattr(Candidates, "_happened", plain)


def a_larger_set_is_told(patch: Patch) -> None:
    right = races.smallest_forcing

    def larger(runs: GoodRuns, facts: Sequence[Fact]) -> Any:
        return right(runs, [fact for fact in facts if runs.find([fact]) is not None])

    patch.setattr(races, "smallest_forcing", larger)


def an_irrelevant_event_is_named(patch: Patch) -> None:
    def beside(
        runs: GoodRuns, facts: Sequence[Fact], run: Sequence[Occurrence], may_tell: Any
    ) -> Facts:
        (first, _, _), *_ = facts
        assert first is not None
        other = next(e for e in runs.graph.labels if e.instance != first.label.instance)
        return (Fact(first, Occurrence(other, 1)),)

    patch.setattr(races, "weakened", beside)


def faults_are_said_to_be_needed(patch: Patch) -> None:
    patch.setattr(reason._Explanation, "_needs_faults", lambda self, bad: True)


def some_pairs_are_told_as_any_two(patch: Patch) -> None:
    patch.setattr(
        patterns,
        "permutations",
        lambda values, count: [((i + 1) % len(values), i) for i in values],
    )


def all_are_said_to_be_known(patch: Patch) -> None:
    patch.setattr(
        reason, "find_races", lambda runs, bad, first, told, every: Races((first[0],), (None,), "")
    )


MISTAKES: Sequence[tuple[Callable[[Patch], None], str, str]] = (
    (a_candidate_is_forgotten, CHOICE, "none is told"),
    (an_order_is_told_the_other_way_round, RACE, "is not forced by"),
    (a_fault_is_placed_one_step_later, CRASH, "is not forced by"),
    (the_first_is_never_left_out, NESTED, "has others with all runs of"),
    (an_implied_one_is_kept, NESTED, "has others with all runs of"),
    (fairness_is_ignored, FAIR, "is forced by a part"),
    (another_value_is_told, CHOICE, "is not forced by"),
    (a_fact_is_kept_that_is_not_needed, TICK, "is forced by a part"),
    (an_irrelevant_event_is_named, TICK, "is forced by weaker facts"),
    (all_are_said_to_be_known, TWO, "has others"),
    (nothing_is_said_beside_names, PLACED, "alone, not only by"),
    (nothing_is_said_beside_names, OF_TWO, "alone, not only by"),
    (a_larger_set_is_told, RELAY, "alone, not only by"),
    (faults_are_said_to_be_needed, BESIDE, "is violated where nothing goes wrong, too"),
    (some_pairs_are_told_as_any_two, AROUND, "patterns: "),
)


@pytest.fixture
def without_a_second_opinion(monkeypatch: Patch) -> None:
    """Neither z3 nor a witness tells a mistake: the judge has to."""
    unknown = Answer.UNKNOWN, "z3 was not asked"
    monkeypatch.setattr(Proofs, "ask", lambda self, facts, *, in_time: unknown)
    monkeypatch.setattr(reason._Explanation, "_check", lambda self, *words: None)


@pytest.mark.parametrize(
    "text",
    [RACE, TWO, CRASH, CHOICE, FAIR, TICK, NESTED, OF_TWO, PLACED, BESIDE, AROUND, RELAY],
)
def test_without_a_mistake_there_is_nothing_to_see(text: str) -> None:
    counts: Counter[str] = Counter()
    assert mistold(load_text(text), counts) == []
    assert counts["complete"] > 0


def test_a_list_that_begins_with_strong_facts_is_right_as_long_as_some_are_left_out(
    without_a_second_opinion: None, monkeypatch: Patch
) -> None:
    the_strongest_first(monkeypatch)
    assert not any("has others" in each for each in mistold(load_text(NESTED)))


@pytest.mark.parametrize(
    ("mistake", "text", "seen"), MISTAKES, ids=[m.__name__ for m, *_ in MISTAKES]
)
def test_the_judge_sees_a_mistake_in_the_search(
    mistake: Callable[[Patch], None],
    text: str,
    seen: str,
    without_a_second_opinion: None,
    monkeypatch: Patch,
) -> None:
    mistake(monkeypatch)
    found = mistold(load_text(text))
    assert any(seen in each for each in found), found
