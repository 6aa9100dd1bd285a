"""A search that a limit stops, wherever that is: what it has is right, and how far it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from fuzz.repair import load_text
from model_check.budget import memory
from model_check.explore import memo, portable
from model_check.explore.limits import Limits
from model_check.explore.native import engine
from model_check.explore.search import Engine, SearchOptions, explore
from model_check.explore.space import Space
from model_check.explore.trace_choice import TraceChoice

ENGINES = pytest.mark.parametrize("kind", ["python", "native"])

FAILING = """\
model: failing
vars:
  n: 0..2
  m: 0..6
  k: 0..1 = choose({0, 1})
processes:
  up:
    run: |
      while True:
          either:
              add:
                  await n < 2
                  n = n + 1
          or:
              leave: pass
              break
  odd:
    run: |
      begin: m = 1
      divide: m = 6 // (n - 2 * k)
      end: pass
  late:
    run: |
      wait: await n == 2
      back: m = 0
properties:
  small: {finally: m < 2}
"""


@pytest.fixture
def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are looked at after every state."""
    monkeypatch.setattr(portable, "CHUNK", 1)
    monkeypatch.setattr(engine, "FIRST_CHUNK", 1)


def whole(kind: Engine = "python") -> Space:
    return explore(load_text(FAILING), options=SearchOptions(engine=kind, forget_from=None))


def stopped(kind: Engine) -> Iterator[Space]:
    """The space, stopped after any number of states (to compile it takes its time: after some
    numbers)."""
    for most in range(1, len(whole().states), 7 if kind == "native" else 1):
        found = explore(
            load_text(FAILING),
            Limits(max_states=most),
            options=SearchOptions(engine=kind, workers=1, forget_from=None),
        )
        if found.stopped:
            yield found


@ENGINES
@pytest.mark.usefixtures("step_by_step")
def test_what_a_stopped_search_has_is_the_beginning_of_the_whole(kind: Engine) -> None:
    everything, last = whole(), -1
    sizes = set()
    for part in stopped(kind):
        states, expanded = len(part.states), part.expanded
        assert list(part.states) == list(everything.states)[:states]
        assert [part.depth_of(i) for i in range(states)] == [
            everything.depth_of(i) for i in range(states)
        ]
        assert part.depth == max(part.depth_of(i) for i in range(states))
        assert part.errors == tuple(each for each in everything.errors if each[0] < expanded)
        assert list(part.terminal) == [each for each in everything.terminal if each < expanded]
        assert part.transitions == sum(1 for _ in part.edges())
        assert all(part.path(i) == everything.path(i) for i in range(states))
        assert last <= expanded <= states
        last = expanded
        sizes.add(states - expanded)
    assert len(sizes) > 1
    assert everything.errors
    assert everything.terminal


@ENGINES
@pytest.mark.usefixtures("step_by_step")
def test_who_interrupts_a_search_that_is_done_interrupts_nothing(kind: Engine) -> None:
    left = [1]
    found = explore(
        load_text(FAILING), Limits(interrupted=lambda: left[-1] == 0),
        progress=lambda depth, states, waiting: left.append(waiting),
        options=SearchOptions(engine=kind),
    )  # fmt: skip
    assert left[-1] == 0
    assert found.complete


@pytest.mark.usefixtures("step_by_step")
def test_errors_are_told_also_where_the_memory_of_steps_was_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everything = whole()
    monkeypatch.setattr(memo, "WORTH_KEEPING", 1 << 20)
    for remembered in range(20):
        monkeypatch.setattr(memo, "WORTH_ASKING", remembered)
        assert whole().errors == everything.errors


def test_a_limit_counts_as_reached_when_it_is() -> None:
    now = time.monotonic()
    assert Limits(max_states=5).exceeded(4, now) == ""
    assert Limits(max_states=5).exceeded(5, now) == "the limit of 5 states was reached"
    assert Limits(timeout=60).exceeded(5, now) == ""
    assert Limits(timeout=60).exceeded(5, now - 61) == "the time limit of 60 s was reached"


@pytest.mark.parametrize(
    ("system", "container", "free"),
    [(None, None, None), (7, None, 7), (None, 5, 5), (7, 5, 5), (5, 7, 5)],
)
def test_the_memory_that_is_free_is_the_least_that_anybody_tells(
    monkeypatch: pytest.MonkeyPatch, system: int | None, container: int | None, free: int | None
) -> None:
    monkeypatch.setattr(memory, "_free_in_system", lambda: system)
    monkeypatch.setattr(memory, "_free_in_container", lambda: container)
    assert memory.memory_available() == free


def hands(space: Space, path: list[int]) -> list[set[int]]:
    """For each step of a path, who may have taken it."""
    found = []
    for before, after in pairwise(path):
        source, target = space.states[before], space.states[after]
        found.append(
            {space.machine.steps[s].instance for t, s in space.successors(source) if t == target}
        )
    return found


def fewest_changes(space: Space) -> dict[int, int]:
    """Of each state the fewest changes of hands on a shortest trace to it, by listing them."""
    best: dict[tuple[int, int], int] = {(i, -1): 0 for i in range(space.initial)}
    for number in range(space.expanded):
        for target, step in space.successors(space.states[number]):
            following, mine = space.index[target], space.machine.steps[step].instance
            if space.depth_of(following) != space.depth_of(number) + 1:
                continue
            for (state, before), cost in list(best.items()):
                if state == number:
                    more = cost + (before not in (-1, mine))
                    key = (following, mine)
                    best[key] = min(best.get(key, more), more)
    return {
        number: min(cost for (state, _), cost in best.items() if state == number)
        for number in range(len(space.states))
        if any(state == number for state, _ in best)
    }


def changes_told(space: Space, path: list[int]) -> int:
    """The fewest changes of hands with which a path can be gone."""
    costs = {-1: 0}
    for may in hands(space, path):
        costs = {
            mine: min(cost + (before not in (-1, mine)) for before, cost in costs.items())
            for mine in may
        }
    return min(costs.values())


@pytest.mark.usefixtures("step_by_step")
def test_the_trace_that_is_told_changes_hands_least() -> None:
    everything = whole()
    for space in (everything, *stopped("python")):
        best, teller = fewest_changes(space), TraceChoice(space)
        for number in range(len(space.states)):
            path = teller.path(number)
            assert len(path) == space.depth_of(number) + 1
            assert changes_told(space, path) == best[number]


ZERO = """\
model: zero
vars: {n: 0..1, m: 0..1}
processes:
  p:
    run: |
      while True:
          turn: n = 1 - n
  q:
    run: |
      while True:
          divide: m = 0 // (1 - n)
"""


@ENGINES
def test_the_state_whose_bits_are_all_zero_is_a_state_like_others(kind: Engine) -> None:
    space = explore(load_text(ZERO), options=SearchOptions(engine=kind, forget_from=None))
    assert next(iter(space.states)) == 0
    assert (len(space.states), space.transitions) == (2, 3)
    assert [(source, target) for source, target, _ in space.edges()] == [(0, 1), (0, 0), (1, 0)]
    first, second = space.states
    assert [target for target, _ in space.successors(first)] == [second, first]
    assert [target for target, _ in space.successors(second)] == [first]
    assert [(number, instance) for number, instance, _ in space.errors] == [(1, 1)]
    assert all(code > 0 for _, _, code in space.errors)


ASKED = """\
model: asked
vars: {n: 0..5, m: 0..2}
processes:
  p:
    run: |
      one: n = 1
      two: n = 2
      wait: await n == WAITED
      divide: m = 2 // DIVISOR
  other:
    run: |
      either:
          short: pass
      or:
          long: pass
          longer: pass
          longest: pass
properties:
  everywhere: {always: n != BAD}
  nowhere: {never: n == WRONG}
  at_last: {finally: m == END}
  grows: {each_step: "n != old(n) + JUMP"}
  no_deadlock: {}
  no_error: {}
"""
RIGHT = {"WAITED": "2", "DIVISOR": "n", "BAD": "5", "WRONG": "5", "END": "1", "JUMP": "5"}


@ENGINES
@pytest.mark.usefixtures("step_by_step")
@pytest.mark.parametrize(
    ("changed", "violated"),
    [
        ({}, ""),
        ({"BAD": "1"}, "everywhere"),
        ({"WRONG": "1"}, "nowhere"),
        ({"END": "2"}, "at_last"),
        ({"JUMP": "1"}, "grows"),
        ({"WAITED": "1"}, "no_deadlock"),
        ({"DIVISOR": "(n - 2)"}, "no_error"),
    ],
)
def test_a_search_for_the_first_violation_ends_with_one_and_with_nothing_else(
    kind: Engine, changed: dict[str, str], violated: str
) -> None:
    text = ASKED
    for name, value in {**RIGHT, **changed}.items():
        text = text.replace(name, value)
    if violated == "no_deadlock":
        text = text.replace("finally: m == 1", "finally: True")
    space = explore(
        load_text(text),
        Limits(first_violation=True),
        options=SearchOptions(engine=kind, forget_from=None),
    )
    assert space.stopped.partition(" is violated")[0] == violated
