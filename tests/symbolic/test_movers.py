"""Events that can be put off: which they are, and that nothing is proved by it that is not so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from explain.race_machines import EMIT, Builder
from fuzz.repair import load_text
from model_check.budget.deadline import FOREVER, Deadline
from model_check.explain.constrained_search import GoodRuns
from model_check.explain.moves import Moves
from model_check.explain.runs import RunGraph
from model_check.explain.violation import Violation
from model_check.explore.search import explore
from model_check.explore.space import Space
from model_check.language import load
from model_check.language.forms import FORMS
from model_check.machine.core import Machine
from model_check.machine.ir import Const, Emit, If, Local
from model_check.symbolic.answer import Answer
from model_check.symbolic.evaluation import fields_of
from model_check.symbolic.events import Skeleton, never_waits
from model_check.symbolic.facts import Fact
from model_check.symbolic.movers import Movers, Observation, put_off
from model_check.symbolic.occurrences import Occurrence
from model_check.symbolic.precedence import _chordal

ANSWERS = {True: Answer.YES, False: Answer.NO}
SPECS = Path(__file__).parents[2] / "specs"


def put_off_in(space: Space, *labels: str, fields: frozenset[int] = frozenset()) -> list[str]:
    """The instances whose events are put off, the last ones last; `labels` are asked about."""
    machine = space.machine
    moves = Moves(space, FOREVER)
    bounds = RunGraph.of_space(moves, lambda _: False).longest(len(machine.instances))
    initial = [fields_of(machine, space.states[0])]
    skeleton = Skeleton(machine, initial, bounds)
    steps = frozenset(step.index for step in machine.steps if step.label in labels)
    late = put_off(skeleton, Observation(Movers(machine), steps, fields), FOREVER)
    order = sorted({(number, key[0]) for key, number in late.items()})
    return [machine.instances[instance].name for _, instance in order]


def legacy() -> Space:
    return explore(load(SPECS / "legacy.yaml", {"STORED": "1", "TOTAL": "3"}))


def test_in_a_chat_what_the_client_shows_comes_last_and_the_forwarding_before_it() -> None:
    named = ("publish", "save", "read_history", "subscribe")
    assert put_off_in(legacy(), *named) == ["gateway", "client"]


def test_what_is_asked_about_is_not_put_off() -> None:
    space = legacy()
    assert put_off_in(space, "publish", "save", "subscribe", "forward") == ["client"]
    assert put_off_in(space, "publish", "forward", "show") == []


def test_what_two_processes_write_and_somebody_looks_at_on_the_way_is_not_put_off() -> None:
    space = legacy()
    owner = {v.name: frozenset(v.fields) for v in space.machine.variables}
    names = ("publish", "save", "read_history", "subscribe")
    shown = owner["client.shown"]
    assert put_off_in(space, *names, fields=shown) == ["gateway", "client"]
    queue = owner["socket.inbox[client]"]
    assert put_off_in(space, *names, fields=queue) == []


RACE = """\
model: race
vars: {x: 0..3}
resources:
  q: {kind: 'queue[0..3]'}
processes:
  giver:
    run: |
      give: q.put(1)
      set: x = 1
  taker:
    vars: {got: 0..3}
    run: |
      take: got = q.get()
      look: got = x
properties:
  seen: {finally: "taker.got == 1"}
"""


@pytest.mark.parametrize(
    ("first", "second", "moves"),
    [
        ("take", "give", True),  # from a queue that is not empty
        ("give", "take", False),  # what was taken may be what was given
        ("look", "set", False),
        ("set", "look", False),
        ("look", "give", True),
    ],
)
def test_a_step_moves_past_another_only_if_nobody_sees_the_difference(
    first: str, second: str, moves: bool
) -> None:
    machine = explore(load_text(RACE)).machine
    places = {
        machine.steps[action.steps[0]].label: (action.instance, action.location)
        for action in machine.actions
    }
    assert Movers(machine).moves_past(places[first], places[second]) is moves


def test_a_step_moves_past_a_place_only_if_it_does_past_all_that_can_happen_there() -> None:
    machine = explore(load_text(RACE)).machine
    by_label = {machine.steps[action.steps[0]].label: action for action in machine.actions}
    give, look = by_label["give"], by_label["look"]
    there = (give.instance, give.location)
    both = (replace(by_label["set"], location=give.location), give)
    for more in (both, both[::-1]):
        other = replace(machine, actions=(look, *more))
        assert set(other.actions_at(*there)) == set(both)
        assert not Movers(other).moves_past((look.instance, look.location), there)


WRITERS = """\
model: writers
vars: {x: 0..3, z: bool}
processes:
  one:
    run: |
      set_one: x = 1
  two:
    run: |
      set_two: x = 2
  both:
    run: |
      either:
          before: await not z
      or:
          after: await z
  third:
    run: |
      change: z = True
"""


def moves_past(machine: Machine, first: str, second: str) -> bool:
    places: dict[str, tuple[int, int]] = {}
    for action in machine.actions:
        for step in action.steps:
            # First comes where all branches are open.
            places.setdefault(machine.steps[step].label, (action.instance, action.location))
    return Movers(machine).moves_past(places[first], places[second])


def test_of_two_blind_writes_to_one_variable_none_moves_past_the_other() -> None:
    machine = explore(load_text(WRITERS)).machine
    assert not moves_past(machine, "set_one", "set_two")
    assert not moves_past(machine, "set_two", "set_one")
    assert moves_past(machine, "set_one", "change")


LOOPING = """\
model: looping
vars: {x: 0..3}
processes:
  reader:
    vars: {got: 0..3}
    run: |
      look: got = x
  writer:
    run: |
      while True:
          set: x = 1
"""


def test_a_step_does_not_move_past_one_that_writes_what_it_reads_and_nothing_else() -> None:
    # The writer stays where it is: x is all that its step writes.
    machine = explore(load_text(LOOPING)).machine
    assert not moves_past(machine, "look", "set")


def test_a_step_of_which_z3_says_nothing_does_not_move() -> None:
    machine = explore(load_text(RACE)).machine
    places = {
        machine.steps[action.steps[0]].label: (action.instance, action.location)
        for action in machine.actions
    }
    pair = (places["take"], places["give"])
    movers = Movers(machine)
    assert movers.moves_past(*pair, Deadline(0)) is False
    assert movers.moves_past(*pair) is True  # what was not known is asked again


def test_two_steps_are_not_even_swapped_when_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # To write down what z3 is asked takes minutes where both have many ways to go.
    machine = explore(load_text(RACE)).machine
    places = {
        machine.steps[action.steps[0]].label: (action.instance, action.location)
        for action in machine.actions
    }
    written: list[object] = []
    monkeypatch.setattr("model_check.symbolic.movers.script", written.append)
    assert Movers(machine).moves_past(places["take"], places["give"], Deadline(0)) is False
    assert written == []


def test_a_body_with_a_branch_that_does_nothing_may_wait() -> None:
    test, act, other = Local("f0"), Emit(0), Emit(1)
    assert never_waits([If(test, (act,), (other,))])
    assert not never_waits([If(test, (act,), ())])
    assert not never_waits([If(test, (), (other,))])
    assert not never_waits([If(test, (), ())])


def test_a_step_does_not_move_past_one_that_would_then_go_another_way_to_the_same_state() -> None:
    machine = explore(load_text(WRITERS)).machine
    # Without the change `before` happens instead of `after`, and all comes to the same.
    assert not moves_past(machine, "change", "after")
    assert not moves_past(machine, "before", "change")


def test_a_step_does_not_move_past_one_that_gives_its_event_another_name() -> None:
    b = Builder()
    b.variable("namer.turn", 2, owner="namer")
    b.variable("x", 2)
    b.locations("namer", "counter")
    b.process("namer", [("act", [b.let("x", Const(1)), b.go("namer", 1), EMIT])], indices=("turn",))
    turned = [b.let("namer.turn", Const(1)), b.go("counter", 1), EMIT]
    b.process("counter", [("turn", turned)])
    machine = b.machine()
    assert not moves_past(machine, "act", "turn")
    assert not moves_past(machine, "turn", "act")


def test_a_reason_between_events_that_could_be_put_off_is_still_proved() -> None:
    space = explore(load_text(RACE))
    claim = Violation(space.program, FORMS["finally"], "seen")
    graph = RunGraph.of_space(Moves(space, FOREVER), claim.violates)
    names = {space.machine.steps[label.step].label: Occurrence(label, 1) for label in graph.labels}
    good = GoodRuns(graph, FOREVER)
    for pair in (Fact(names["look"], names["set"]), Fact(names["take"], names["set"])):
        forces = good.find([pair]) is None
        assert claim.is_forced(space.states[:1], (2, 2), [pair], None, FOREVER) is ANSWERS[forces]
    assert good.find([Fact(names["look"], names["set"])]) is None


def test_instances_that_are_asked_about_are_joined_until_every_circle_has_a_shortcut() -> None:
    assert _chordal([(0, 1), (1, 2)]) == {(0, 1), (1, 2)}
    square = {(0, 1), (1, 2), (2, 3), (0, 3)}
    assert len(_chordal(square)) == 5
    assert _chordal(square) > square
    assert _chordal([]) == set()
