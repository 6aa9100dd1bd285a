"""Runs by number, and sets of their orderings, on graphs small enough to see at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fuzz.repair import load_text
from model_check.budget.deadline import FOREVER
from model_check.explain.candidates import weaker_ones
from model_check.explain.hitting_set import _broken
from model_check.explain.moves import Moves
from model_check.explain.rearrangements import rearrangements
from model_check.explore.search import explore
from model_check.language.draft import Draft
from model_check.repairs.changes import plan_of
from model_check.symbolic.facts import Fact, is_kept
from model_check.symbolic.occurrences import Label, Occurrence, occurrences
from repairs.repair_specs import written

A, B = Label(0, 0, ()), Label(1, 1, ())


def test_an_ordering_is_weaker_one_event_earlier_or_one_later_or_without_its_second() -> None:
    run = occurrences([A, A, B, B])
    first, second = run[:2], run[2:]
    assert weaker_ones(Fact(first[1], second[0]), run) == [
        Fact(first[1], None), Fact(first[0], second[0]), Fact(first[1], second[1]),
    ]  # fmt: skip
    assert weaker_ones(Fact(first[0], second[1]), run) == [Fact(first[0], None)]
    assert weaker_ones(Fact(first[0], Occurrence(B, 3)), run) == [Fact(first[0], None)]


def test_that_an_event_happens_is_weaker_by_its_plain_name_or_of_the_one_before() -> None:
    run = occurrences([A, A, B])
    placed = Occurrence(replace(A, at=3), 1)
    assert weaker_ones(Fact(placed, None), run) == [Fact(run[0], None), Fact(run[1], None)]
    assert weaker_ones(Fact(run[1], None), run) == [Fact(run[0], None)]
    assert weaker_ones(Fact(run[0], None), run) == []
    assert weaker_ones(Fact(None, run[0]), run) == []


def test_what_is_said_of_an_event_counts_those_alone_of_which_it_is_so() -> None:
    here, there = replace(A, at=3), replace(A, at=4)
    run = [there, B, here]
    assert is_kept(Fact(Occurrence(here, 1), None), run)
    assert not is_kept(Fact(Occurrence(here, 2), None), run)
    assert is_kept(Fact(Occurrence(A, 2), None), run)
    assert is_kept(Fact(Occurrence(A, 1), Occurrence(B, 1)), run)
    assert not is_kept(Fact(Occurrence(here, 1), Occurrence(B, 1)), run)
    assert is_kept(Fact(None, Occurrence(replace(A, at=5), 1)), run)
    assert not is_kept(Fact(None, Occurrence(here, 1)), run)


def test_an_ordering_is_broken_by_a_run_without_its_first_event_or_with_its_second_before() -> None:
    first, second = occurrences([A, B])
    never = Occurrence(A, 2), Occurrence(B, 2)
    pairs = [
        Fact(first, second), Fact(second, first), Fact(never[0], second), Fact(first, never[1]),
    ]  # fmt: skip
    assert _broken(pairs, [A, B]) == 0b0110
    assert (
        _broken(
            [Fact(first, None), Fact(never[0], None), Fact(None, second), Fact(None, never[1])],
            [A, B],
        )
        == 6
    )


def test_runs_of_given_steps_pass_through_the_state_whose_bits_are_all_zero() -> None:
    text = "model: zero\nvars: {n: 0..1}\nprocesses:\n  p:\n    run: |\n      while True:\n"
    space = explore(load_text(text + "          turn: n = 1 - n\n"))
    assert set(space.states) >= {0}
    (label,) = Moves(space, FOREVER).labels
    steps = [label] * 3
    graph = rearrangements(space.program, steps, lambda _: False, lambda _: False, FOREVER)
    assert (len(graph.successors), graph.good) == (4, {3})


def test_what_is_joined_lies_side_by_side_and_is_joined_once(tmp_path: Path) -> None:
    text = """\
model: joined
resources:
  r: {kind: 'redis.list[0..3]'}
  s: {kind: 'redis.list[0..3]'}
  t: {kind: 'redis.list[0..3]'}
processes:
  p:
    run: |
      a: r.rpush(1)
      b: s.rpush(1)
      c: t.rpush(1)
"""
    plan = plan_of(Draft.read(written(tmp_path, text)))
    number = {str(each).removeprefix("p: "): i for i, each in enumerate(plan.changes)}
    ab, bc = number["a and b in one atomic step"], number["b and c in one atomic step"]
    between = number["b after c"] if "b after c" in number else number["c before b"]
    assert plan.arrangements(frozenset({ab})) is not None
    assert plan.arrangements(frozenset({ab, bc})) is None
    assert plan.arrangements(frozenset({ab, between})) is None
    assert plan.arrangements(frozenset({bc, between})) is not None


def test_a_step_that_waits_is_not_joined(tmp_path: Path) -> None:
    text = """\
model: waiting
resources:
  r: {kind: 'redis.list[0..3]'}
  s: {kind: 'redis.list[0..3]'}
processes:
  p:
    vars: {m: 0..1}
    run: |
      a: r.rpush(1)
      b:
          await m == 0
          s.rpush(1)
"""
    changes = [str(each) for each in plan_of(Draft.read(written(tmp_path, text))).changes]
    assert changes == ["p: b before a"]
