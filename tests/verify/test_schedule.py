"""One schedule on another machine: who acts when, what passes, and how it ends."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from fuzz.repair import load_text
from model_check.explore.limits import Limits
from model_check.explore.space import Space
from model_check.language import load
from model_check.verify.checking import check_spec
from model_check.verify.schedule import CutShortError, Turn, follow_schedule, schedule_of
from model_check.verify.trace import Tracer

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").glob("*.yaml"))


def space_of(text: str) -> Space:
    return check_spec(load_text(text))[0]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_follows_its_own_schedules_step_by_step(path: Path) -> None:
    space, judgement = check_spec(load(path, {}))
    for result in judgement.results:
        if result.trace is None:
            continue
        followed = follow_schedule(space, schedule_of(space, result.trace))
        events = [turn.step.event if turn.step else turn.why for turn in followed.turns]
        assert events == [step.event for step in result.trace.steps]
        if result.trace.end in ("final", "deadlock"):
            assert followed.trace == result.trace
            assert followed.rest == ()


TWO = """\
model: two
vars:
  n: int = 0
processes:
  adder:
    run: |
      first: n = n + 1
      second: n = n + 1
  waiter:
    run: |
      look: await n == 2
      done_looking: n = 0
"""


def test_whoever_cannot_act_waits_and_the_turn_passes() -> None:
    space = space_of(TWO)
    turns = [
        Turn(name, 0, "") for name in ("waiter", "adder", "waiter", "adder", "waiter", "adder")
    ]
    followed = follow_schedule(space, [*turns, Turn("nobody", 0, "")])
    assert [turn.step.event if turn.step else turn.why for turn in followed.turns] == [
        "waits at look", "adder.first", "waits at look", "adder.second", "waiter.look", "has ended",
        "there is no nobody",
    ]  # fmt: skip
    assert [step.event for step in followed.rest] == ["waiter.done_looking"]
    assert (followed.trace.end, followed.endless) == ("final", False)


CHOOSING = """\
model: choosing
vars:
  n: int = 0
processes:
  p:
    run: |
      pick: n = choose({1, 2, 3})
      either:
          small: await n < 3
      or:
          big: await n > 2
      odd: await n % 2 == 1
  q:
    run: |
      see: await n == 3
"""


def test_of_free_choices_that_way_is_told_that_passes_fewest_turns() -> None:
    space = space_of(CHOOSING)
    schedule = [Turn("p", 0, "pick"), Turn("q", 0, "see"), Turn("p", 0, "small")]
    followed = follow_schedule(space, schedule)
    # Only 3 lets q act; then p cannot do what the schedule calls it, and does what it can.
    assert [turn.step.event if turn.step else "" for turn in followed.turns] == [
        "p.pick", "q.see", "p.big",
    ]  # fmt: skip
    # Without q both numbers below 3 let p follow by name, and the first is taken.
    followed = follow_schedule(space, [schedule[0], schedule[2]])
    assert followed.trace.steps[1].state.variables["n"] == 1
    assert followed.trace.steps[1].event == "p.small"


def test_no_way_to_follow_passes_fewer_turns_or_has_fewer_other_names() -> None:
    """Against all ways, enumerated without any sharing."""
    space = space_of(CHOOSING)
    tracer = Tracer(space)
    turns = [Turn("p", 0, "small"), Turn("p", 0, "big"), Turn("q", 0, "see"), Turn("p", 0, "pick")]
    for schedule in product(turns, repeat=3):
        followed = follow_schedule(space, schedule)
        ours = (
            sum(turn.step is None for turn in followed.turns),
            sum(
                played.step is not None and played.step.label != turn.event
                for played, turn in zip(followed.turns, schedule, strict=True)
            ),
        )
        assert ours == min(costs(space, tracer, space.states[0], list(schedule)))


def costs(space: Space, tracer: Tracer, state: int, schedule: list[Turn]) -> set[tuple[int, int]]:
    if not schedule:
        return {(0, 0)}
    turn, *later = schedule
    machine = space.machine
    moves = [
        (target, machine.steps[step])
        for target, step in space.successors(state)
        if machine.instances[machine.steps[step].instance].process == turn.process
    ]
    if not moves:
        return {(passed + 1, other) for passed, other in costs(space, tracer, state, later)}
    return {
        (passed, other + (step.label != turn.event))
        for target, step in moves
        for passed, other in costs(space, tracer, target, later)
    }


def test_a_run_that_comes_back_goes_on_for_ever() -> None:
    space = space_of(
        """\
model: round
vars:
  on: bool = False
processes:
  switch:
    run: |
      while True:
          turn: on = not on
"""
    )
    followed = follow_schedule(space, [Turn("switch", 0, "turn")])
    assert followed.endless
    assert (followed.trace.end, followed.trace.loop_from) == ("loop", followed.loop_from)
    assert len(followed.rest) == 2


FAILING = """\
model: failing
vars:
  box: list[int] = []
  got: int = 0
processes:
  taker:
    run: |
      take: got = box[0]
  other:
    run: |
      rest_a_while: pass
properties:
  no_error: {expect: violated}
"""


def test_an_error_ends_the_run_and_the_turns_after_it_pass() -> None:
    space = space_of(FAILING)
    followed = follow_schedule(space, [Turn("taker", 0, "take"), Turn("other", 0, "rest_a_while")])
    assert followed.trace.end == "error"
    assert followed.turns[0].step is not None
    assert followed.turns[1].why == "an error has ended the run"
    # And so it is after the schedule.
    assert follow_schedule(space, []).trace.end == "error"


def test_of_two_processes_whose_steps_do_the_same_the_right_one_is_told() -> None:
    space = space_of(
        """\
model: twins
vars:
  n: 0..1 = 0
processes:
  twin:
    count: 2
    run: |
      while True:
          set_it: n = 1
"""
    )
    followed = follow_schedule(space, [Turn("twin", 1, "set_it")])
    assert followed.turns[0].step is not None
    assert followed.turns[0].step.event == "twin[1].set_it"


def test_a_schedule_that_leads_out_of_what_was_explored_says_so() -> None:
    text = """\
model: growing
processes:
  p:
    vars:
      seen: list[int]
    run: |
      while True:
          add: seen.append(1)
"""
    space, _ = check_spec(load_text(text), Limits(max_states=3))
    assert space.stopped
    with pytest.raises(CutShortError, match="growing was explored in part"):
        follow_schedule(space, [Turn("p", 0, "add")] * 50)


def test_a_run_that_does_not_end_for_long_is_left() -> None:
    space = space_of(
        """\
model: long
processes:
  counter:
    run: |
      for n in range(20000):
          count: pass
"""
    )
    followed = follow_schedule(space, [Turn("counter", 0, "count[0]")])
    assert followed.left
    assert not followed.endless
    assert len(followed.rest) == 10_000
    assert followed.trace.end == "state"
