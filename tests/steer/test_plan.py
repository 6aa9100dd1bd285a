"""Turns in another order: where the model says that it makes no difference, and only there."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from model_check.explore.search import SearchOptions
from model_check.explore.space import Space
from model_check.language import load
from model_check.live.steer.plan import Plan
from model_check.live.steer.turns import ScheduledTurn, TurnReader
from model_check.results.check import Trace
from model_check.verify.checking import check_spec
from model_check.verify.trace import Tracer

WEBHOOK = Path(__file__).parent / "systems" / "webhook" / "legacy.yaml"


@pytest.fixture(scope="module")
def space() -> Space:
    spec = load(WEBHOOK)
    return check_spec(spec, options=SearchOptions(forget_from=None))[0]


def runs_of(space: Space) -> list[Trace]:
    """All complete runs, found by going every way."""
    found: list[Trace] = []
    ways = [[number] for number in range(space.initial)]
    while ways:
        way = ways.pop()
        targets = {space.index[t] for t, _ in space.successors(space.states[way[-1]])}
        if not targets:
            found.append(Tracer(space).along([space.states[n] for n in way], "final"))
        ways += [[*way, target] for target in sorted(targets)]
    return found


def told(turns: list[ScheduledTurn]) -> list[tuple[str, str, str]]:
    return [(each.instance, each.told.sends[0], each.calls[0].answer) for each in turns]


def test_two_turns_change_places_exactly_where_both_orders_are_runs_to_the_same_state(
    space: Space,
) -> None:
    reader = TurnReader(space.machine.spec, space.machine)
    runs = runs_of(space)
    ends = {tuple(told(reader.turns(run))): run.steps[-1].state.variables for run in runs}
    swapped = kept = 0
    for run in runs:
        turns = reader.turns(run)
        for place in range(1, len(turns)):
            plan = Plan(space, run, turns)
            new = plan.forward(place - 1, place)
            order = told(turns)
            order[place - 1], order[place] = order[place], order[place - 1]
            can = ends.get(tuple(order)) == run.steps[-1].state.variables
            assert (new is not None) == can, order
            if new is not None:
                assert told(list(new)) == order
            swapped += can
            kept += not can
    assert swapped > 5
    assert kept > 5


def test_a_turn_comes_forward_over_several_only_if_no_order_of_its_process_is_broken(
    space: Space,
) -> None:
    reader = TurnReader(space.machine.spec, space.machine)
    for run in runs_of(space):
        turns = reader.turns(run)
        for at, place in permutations(range(len(turns)), 2):
            if at >= place:
                continue
            new = Plan(space, run, turns).forward(at, place)
            own = [each for each in turns[at:place] if each.instance == turns[place].instance]
            if own:
                assert new is None
            if new is not None:
                assert new[at] is turns[place]
                assert [t for t in new if t is not turns[place]] == [
                    t for t in turns if t is not turns[place]
                ]


def test_a_run_in_another_order_is_told_in_that_order(space: Space) -> None:
    reader = TurnReader(space.machine.spec, space.machine)
    changed = 0
    for run in runs_of(space):
        turns = reader.turns(run)
        plan = Plan(space, run, turns)
        assert plan.trace() is run
        for place in range(1, len(turns)):
            if plan.forward(place - 1, place) is not None:
                changed += 1
        told_anew = plan.trace()
        assert told(reader.turns(told_anew)) == told(plan.turns)
        assert told_anew.steps[-1].state.variables == run.steps[-1].state.variables
    assert changed > 5
