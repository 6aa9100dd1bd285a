"""Races told as one: a pattern stands for races that are there, and for no other."""

from __future__ import annotations

import re
from itertools import combinations, permutations, product
from math import prod

from fuzz.repair import load_text
from model_check.budget.deadline import FOREVER
from model_check.explain.moves import Moves
from model_check.explain.naming import Naming
from model_check.explain.patterns import patterns_of
from model_check.explain.reason import explain
from model_check.explore.search import explore
from model_check.report.words.reasons import pattern_text
from model_check.symbolic.facts import Fact
from model_check.symbolic.occurrences import Label, Occurrence
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
    naming = Naming(space.machine, lambda: None)
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


MIRROR = """\
model: mirror
vars: {n: 0..9}
processes:
  a:
    count: 3
    run: |
      look: n = n
      put: n = n + 1
"""


def test_two_that_change_places_are_one_pattern_and_so_are_any_two_of_three() -> None:
    space = explore(load_text(MIRROR))
    naming = Naming(space.machine, lambda: None)
    labels = {naming.event(each): each for each in map(once, Moves(space, FOREVER).labels)}

    def race(one: int, other: int) -> tuple[Fact, ...]:
        look, put = labels[f"a[{one}].look"], labels[f"a[{one}].put"]
        return Fact(look, labels[f"a[{other}].look"]), Fact(put, labels[f"a[{other}].put"])

    (found,) = patterns_of(naming, [race(1, 0), race(0, 1)])
    assert (found.values, found.races) == ({"i": (0, 1)}, (0, 1))
    assert found.facts == (
        "a[i].look comes before a[1 - i].look", "a[i].put comes before a[1 - i].put",
    )  # fmt: skip
    pairs = [race(one, other) for one, other in permutations(range(3), 2)]
    (all_of_them,) = patterns_of(naming, pairs)
    assert all_of_them.different
    assert all_of_them.values == {"i": (0, 1, 2), "j": (0, 1, 2)}
    assert all_of_them.facts == (
        "a[i].look comes before a[j].look", "a[i].put comes before a[j].put",
    )  # fmt: skip
    assert pattern_text(all_of_them).startswith("for some different i and j in 0..2, a[i].look")
    every = patterns_of(naming, pairs[1:])
    assert not any(each.different for each in every)
    assert sorted(place for each in every for place in each.races) == list(range(5))
    for each in every:
        (values,) = each.values.values() if each.values else ((0,),)
        filled = [[_filled(fact, i) for fact in each.facts] for i in values]
        told = [[str(naming.fact(fact)) for fact in pairs[1:][place]] for place in each.races]
        assert sorted(filled) == sorted(told)


def _filled(fact: str, i: int) -> str:
    """A fact with a number for `i`, also in `1 - i` and `i + 1`."""

    def number(found: re.Match[str]) -> str:
        less, more = int(found[1] or 0), int((found[2] or "0").replace(" ", ""))
        return str(less - i if found[1] else i + more)

    return re.sub(r"(?:(\d+) - )?\bi\b( [+-] \d+)?", number, fact)


def once(label: Label) -> Occurrence:
    return Occurrence(label, 1)


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
