"""Random specs from whose spaces much is left out: the same is said of them as of all of it.

`python -m tests.fuzz --reduced` goes on with other seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from fuzz.alike_states import classes_of, unlike
from fuzz.compare import SkippedError
from fuzz.exact_order import exact_order
from fuzz.faulty import faulty
from fuzz.machine_graph import MachineGraph
from fuzz.reduced import reduced_differences
from fuzz.reduced_cases import CASES
from fuzz.reduced_specs import random_reducible, small_reducible
from fuzz.repair import load_text, repaired
from fuzz.stubborn import misordered
from model_check.explore.reduction import Order
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout
from model_check.verify.reducible import asked_of

T = TypeVar("T")


def compared(made: Callable[[int], str], seeds: range) -> dict[int, list[str]]:
    """What differs, by seed; specs that are too large are left out."""
    found = {}
    for seed in seeds:
        text = repaired(made(seed))
        if text is None:
            continue
        try:
            found[seed] = reduced_differences(load_text(text))
        except SkippedError:
            continue
    return found


@pytest.mark.parametrize(
    ("made", "seeds"),
    [(random_reducible, range(4)), (faulty(small_reducible), range(4))],
    ids=["plain", "with faults"],
)
def test_the_same_is_said_of_what_is_left_as_of_all(
    made: Callable[[int], str], seeds: range
) -> None:
    found = compared(made, seeds)
    assert {seed: problems for seed, problems in found.items() if problems} == {}
    assert len(found) > len(seeds) // 2


def graph_and_order(name: str) -> tuple[MachineGraph, Order]:
    """All states of a known answer's spec, and what its steps really do to one another."""
    spec = load_text(CASES[name].text)
    graph = MachineGraph(make_program(spec, Layout()), 1000)
    return graph, exact_order(graph, asked_of(spec).goals)


@pytest.mark.parametrize("name", ["a goal is left again at once", "a deadlock in one order only"])
def test_tables_with_one_entry_less_are_seen(name: str) -> None:
    graph, order = graph_and_order(name)
    assert misordered(graph, order) == []
    for i, view in enumerate(order.views):
        for c, moves in enumerate(view.moves):
            for m, move in enumerate(moves):
                fewer = replace(move, conflicts=(0,) * len(move.conflicts))
                if fewer == move:
                    continue
                wrong = replace(view, moves=_with(view.moves, c, _with(moves, m, fewer)))
                assert misordered(graph, replace(order, views=_with(order.views, i, wrong))) != []


def _with(items: tuple[T, ...], place: int, other: T) -> tuple[T, ...]:
    return (*items[:place], other, *items[place + 1 :])


def test_what_others_make_possible_in_two_steps_is_in_the_tables_that_judge() -> None:
    text = """\
model: reducible
types: {N: 0..1}
vars: {f: bool}
processes:
  p:
    count: 2
    vars: {m: N, k: 0..2}
    run: |
      both:
          p0: k = min(k + 1, 2)
      and:
          p1: m = k % 2
      p2: if f:
          p3: m = 1 if f else 0
      p4: f = not f
"""
    graph = MachineGraph(make_program(load_text(text), Layout()), 1000)
    assert misordered(graph, exact_order(graph, ())) == []


def test_states_that_differ_in_more_than_numbers_are_not_alike() -> None:
    graph, _ = graph_and_order("what each of them knows")
    assert [*unlike(graph, lambda state: state)] == []
    first = graph.states[0]
    assert "p.pick leads elsewhere" in "; ".join(unlike(graph, lambda _: first))
    # Two processes that know one of two things, or nothing yet: some states are alike.
    assert len(set(classes_of(graph))) < len(graph.states)
