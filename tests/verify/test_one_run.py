"""What one run says of a property: each run of random small machines, against the definitions."""

from __future__ import annotations

import itertools
import random

import pytest
from fuzz.ltl import parsed, truth
from fuzz.repair import load_text
from model_check.explore.search import explore
from model_check.explore.space import Space
from model_check.results.check import Verdict
from model_check.verify import one_run
from model_check.verify.one_run import Prefixes, Run, RunQuestion, is_fair

WALK = """\
model: walk
vars: {{p: bool, q: bool}}
processes:
  walker:
    run: |
      while True:
          go:
              p = choose([False, True])
              q = choose([False, True])
properties:
  asked: {{ltl: "{formula}"}}
define: {{a: p, b: q}}
"""
FORMULAS = (
    "F a", "G a", "F G a", "G F a", "a U b", "a W b", "a R b", "a M b", "X a", "X X a",
    "G (a -> F b)", "G (a -> X b)", "F (a & X b)", "(F a) <-> (F b)", "!(a U (b & X a))",
    "G a | F b", "(a U b) U a", "G (a | X (b U a))", "true", "false",
)  # fmt: skip


def question(formula: str) -> tuple[Space, RunQuestion]:
    space = explore(load_text(WALK.format(formula=formula)))
    asked = next(p for p in space.machine.spec.properties if p.name == "asked")
    return space, RunQuestion(space.program, asked)


def word_of(space: Space, states: tuple[int, ...]) -> list[dict[str, bool]]:
    variables = {v.name: v for v in space.machine.variables}
    return [
        {
            "a": bool(space.machine.packed(variables["p"], state)),
            "b": bool(space.machine.packed(variables["q"], state)),
        }
        for state in states
    ]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_run_that_goes_round_is_judged_by_the_definition(formula: str) -> None:
    space, asked = question(formula)
    said = parsed(formula)
    for length in range(1, 4):
        for states in itertools.product(space.states, repeat=length):
            for loop in range(length):
                true = truth(said, word_of(space, states), loop)
                verdict: Verdict = "holds" if true else "violated"
                assert asked.verdict(Run(states, loop)) == verdict, (states, loop)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_run_so_far_is_decided_exactly_if_every_continuation_agrees(formula: str) -> None:
    space, asked = question(formula)
    said = parsed(formula)
    rng = random.Random(formula)
    ends = [(tail, loop) for n in (1, 2, 3) for tail in itertools.product(space.states, repeat=n)
            for loop in range(n)]  # fmt: skip
    for length in range(1, 3):
        for states in rng.sample([*itertools.product(space.states, repeat=length)], 4):
            answers = {
                truth(said, word_of(space, (*states, *tail)), length + loop) for tail, loop in ends
            }
            expected = {(True,): "holds", (False,): "violated"}.get(tuple(answers), "undetermined")
            assert asked.verdict(Run(states, None)) == expected, states


def test_the_judge_sees_a_prefix_that_forgets_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted mistake: of several places that the automaton may be in, one is kept."""
    after = Prefixes.after
    monkeypatch.setattr(
        Prefixes, "after", lambda self, places, letter: after(self, places & -places, letter)
    )
    with pytest.raises(AssertionError):
        any(map(test_a_run_so_far_is_decided_exactly_if_every_continuation_agrees, FORMULAS))


def test_an_automaton_that_is_too_large_leaves_a_run_so_far_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_large(_: object) -> None:
        raise one_run.AutomatonTooLargeError

    monkeypatch.setattr(one_run, "keeping", too_large)
    space, asked = question("G a")
    assert asked.verdict(Run((space.states[0],), None)) == "undetermined"


STEPS = """\
model: steps
vars: {n: 0..3}
processes:
  counter:
    run: |
      while True:
          add: n = (n + 1) % 4
properties:
  up: {each_step: n == old(n) + 1}
  two: {possible: n == 2}
  small: {finally: n < 3}
"""


def test_steps_and_single_states_are_asked_of_the_run_alone() -> None:
    space = explore(load_text(STEPS))
    asked = {p.name: RunQuestion(space.program, p) for p in space.machine.spec.properties}
    zero, one, two, three = sorted(space.states)
    assert asked["up"].verdict(Run((zero, one, two), None)) == "undetermined"
    assert asked["up"].verdict(Run((zero, one, two), 2)) == "holds"
    # The step that leads back is one of the run's.
    assert asked["up"].verdict(Run((zero, one, two, three), 0)) == "violated"
    assert asked["up"].verdict(Run((one, zero), None)) == "violated"
    assert asked["two"].verdict(Run((zero, one), 1)) == "undetermined"
    assert asked["two"].verdict(Run((zero, one, two), None)) == "holds"
    assert asked["small"].verdict(Run((zero, one, two, three), 0)) == "violated"
    assert asked["small"].verdict(Run((three, zero, one), 1)) == "holds"


FAIR = """\
model: fair
vars: {n: 0..1, m: 0..1}
processes:
  a:
    fairness: FAIRNESS
    run: |
      while True:
          one:
              await m == 0
              n = 1 - n
  b:
    run: |
      while True:
          two: m = 1 - m
"""


@pytest.mark.parametrize(("fairness", "fair"), [("weak", True), ("strong", False), ("none", True)])
def test_a_loop_is_fair_if_it_keeps_every_promise(fairness: str, *, fair: bool) -> None:
    space = explore(load_text(FAIR.replace("FAIRNESS", fairness)))
    two = next(step.index for step in space.machine.steps if step.label == "two")
    first = space.states[0]
    around = [first, next(t for t, s in space.successors(first) if s == two)]
    assert is_fair(space.program, around, [two, two]) == fair
    # Nobody may be passed over who could always act: b in a loop of a's.
    one = next(step.index for step in space.machine.steps if step.label == "one")
    assert not is_fair(space.program, [first], [one])
