"""Races told as one: a pattern stands for races that are there, and for no other."""

from __future__ import annotations

from itertools import combinations, product
from math import prod

from fuzz.repair import load_text
from model_check.budget.deadline import FOREVER
from model_check.explain.moves import Moves
from model_check.explain.naming import Naming
from model_check.explain.patterns import patterns_of
from model_check.explain.reason import explain
from model_check.explore.search import explore
from model_check.symbolic.facts import Fact
from model_check.symbolic.occurrences import Occurrence
from model_check.verify.checking import check_spec

SPEC = """\
model: four
vars: {n: 0..9}
processes:
  a:
    count: 2
    run: |
      for i in range(2):
          step: n = n + 1
  b:
    run: |
      look: n = n
"""


def test_every_combination_of_a_patterns_values_is_one_of_its_races() -> None:
    space = explore(load_text(SPEC))
    naming = Naming(space.machine)
    labels = {
        (space.machine.instances[label.instance].name, label.indices): Occurrence(label, 1)
        for label in Moves(space, FOREVER).labels
    }
    look = labels["b", ()]
    races = [
        (Fact(labels[f"a[{number}]", (turn,)], look),)
        for number, turn in product(range(2), repeat=2)
    ]
    for size in range(1, 5):
        for chosen in combinations(races, size):
            found = patterns_of(naming, chosen)
            assert sorted(place for each in found for place in each.races) == list(range(size))
            for each in found:
                assert prod(len(values) for values in each.values.values()) == len(each.races)
    (whole,) = patterns_of(naming, races)
    assert sorted(whole.values.values()) == [(0, 1), (0, 1)]


SENT = """\
model: sent
resources:
  key: {kind: 'redis.string[0..1]'}
processes:
  p:
    run: |
      wait: await key.get() == 1
  q:
    crashes: 1
    restarts: false
    run: |
      save: key.set(1)
  r:
    count: 2
    fairness: none
    run: |
      either:
          leave: pass
      or:
          send: key.set(1, wait=False)
"""


def test_a_pattern_of_one_race_says_what_the_race_does_in_the_same_order() -> None:
    space, judgement = check_spec(load_text(SENT))
    result = next(each for each in judgement.results if each.name == "no_deadlock")
    reason = explain(space, judgement, result)
    (race,) = reason.races
    (pattern,) = reason.patterns
    assert [*pattern.facts] == [str(fact) for fact in race.facts]
    assert {"r[0].leave happens", "r[1].leave happens"} <= {*pattern.facts}
