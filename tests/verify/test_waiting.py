"""Who waits for what in a deadlock: known answers, and that a step which is named does write what
the condition reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import Result, check
from model_check.report.words.waiting import cycle_text, end_places
from model_check.results.waiting import Wait
from model_check.verify.trace import Tracer

LOCKS = """\
model: locks
vars: {left: bool, right: bool}
processes:
  first:
    run: |
      take_left:
          await not left
          left = True
      take_right:
          await not right
          right = True
      free:
          left = False
          right = False
  second:
    run: |
      take_right:
          await not right
          right = True
      take_left:
          await not left
          left = True
      free:
          left = False
          right = False
"""
DEAD = """\
model: dead
vars: {paid: bool, other: int}
processes:
  handler:
    run: |
      either:
          pay: paid = True
      or:
          crash: pass
  idler:
    run: |
      idle: other = 1
  poller:
    run: |
      look: await paid
"""
ROOM = """\
model: room
resources:
  jobs:
    kind: queue[int]
    bound: 1
processes:
  site:
    run: |
      first: jobs.put(1)
      second: jobs.put(2)
      third: jobs.put(3)
  worker:
    vars: {job: int}
    run: |
      while True:
          take: job = jobs.get()
          again: jobs.put(job)
"""
TURNS = """\
model: turns
vars: {turn: int = 2}
processes:
  player:
    count: 2
    run: |
      play:
          await turn == self
          turn = 1 - self
"""
RING = """\
model: ring
types: {Seat: 0..2}
vars: {forks: "dict[Seat, bool]"}
processes:
  guest:
    count: 3
    run: |
      left:
          await not forks[self]
          forks[self] = True
      right:
          await not forks[(self + 1) % 3]
          forks[(self + 1) % 3] = True
      eat:
          forks[self] = False
          forks[(self + 1) % 3] = False
"""
CHOICE = """\
model: choice
vars: {a: bool, b: int}
processes:
  chooser:
    run: |
      either:
          one: await a
      or:
          two: await b > 1
  helper:
    run: |
      help: b = 1
"""
DEAD_HOLDER = """\
model: dead_holder
vars: {locked: bool, n: int}
processes:
  worker:
    count: 3
    crashes: 1
    restarts: false
    run: |
      lock:
          await not locked
          locked = True
      work: n += 1
      unlock: locked = False
"""
LOSSY = """\
model: lossy
resources:
  jobs: {kind: 'queue[1..1]', loses: 1}
  lock: {kind: 'redis.string[1..1]', initially: 1, expires: 1}
processes:
  boss:
    run: |
      give: jobs.put(1)
  worker:
    run: |
      for turn in range(2):
          take: jobs.get()
  other:
    fairness: none
    run: |
      hold: await lock.get() is None
"""
TWO_AT_ONCE = """\
model: two_at_once
vars: {a: bool, b: bool}
processes:
  p:
    crashes: 1
    restarts: false
    run: |
      both:
          one: await a
      and:
          two: await b
"""
SPECS = {
    "locks": LOCKS, "dead": DEAD, "room": ROOM, "turns": TURNS, "ring": RING, "choice": CHOICE,
    "dead holder": DEAD_HOLDER, "lossy": LOSSY,
    "two at once": TWO_AT_ONCE,
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Every spec, checked once."""
    found = {}
    for name, text in SPECS.items():
        path = tmp_path_factory.mktemp(name) / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        found[name] = check(path, reason=False)
    return found


def places(result: Result) -> list[str]:
    return [" ".join(each) for each in end_places(result.trace("no_deadlock"))]


def waits(result: Result) -> dict[str, Wait]:
    return {each.instance: each for each in result.trace("no_deadlock").waits}


def plain(texts: list[str]) -> list[str]:
    return [each.replace("\N{NO-BREAK SPACE}", " ") for each in texts]


def test_two_that_take_locks_the_other_way_round_wait_in_a_cycle(made: dict[str, Result]) -> None:
    trace = made["locks"].trace("no_deadlock")
    assert plain(places(made["locks"])) == [
        "first waits at take_right for `not right`, which second.free could change:"
        " right = True since step 2 (second.take_right)",
        "second waits at take_left for `not left`, which first.free could change:"
        " left = True since step 1 (first.take_left)",
    ]
    assert cycle_text(trace) == ("a cycle of waiting: first waits for second, and second for first")


def test_a_cycle_of_three_is_told_in_its_order(made: dict[str, Result]) -> None:
    assert cycle_text(made["ring"].trace("no_deadlock")) == (
        "a cycle of waiting: guest[0] waits for guest[1], guest[1] for guest[2], and guest[2] for"
        " guest[0]"
    )


def test_what_only_a_process_could_give_that_is_gone_nobody_can(made: dict[str, Result]) -> None:
    assert plain(places(made["dead"]))[-1] == (
        "poller waits at look for `paid`, which nobody can change any more (handler.pay could have"
        "): paid = False as at the start"
    )
    assert made["dead"].trace("no_deadlock").cycle == ()


def test_who_waits_for_what_a_dead_one_holds_waits_for_nobody_else(made: dict[str, Result]) -> None:
    trace = made["dead holder"].trace("no_deadlock")
    (holder,) = (step.instance for step in trace.steps if step.fault)
    assert trace.cycle == ()
    assert len(trace.waits) == 2
    for each in trace.waits:
        assert each.givers == ()
        assert each.gone == (f"{holder}.unlock",)
    told = plain(places(made["dead holder"]))
    assert sum("nobody can change any more" in each for each in told) == 2
    assert sum("and the others wait for the same" in each for each in told) == 2


def test_what_goes_wrong_is_named_where_it_can_and_would_help(made: dict[str, Result]) -> None:
    found = waits(made["lossy"])
    assert found["worker"].givers == ()
    assert found["worker"].gone == ("boss.give",)
    assert found["other"].givers == ("lock.expires",)


def test_that_a_process_dies_ends_no_wait_of_what_it_does_beside(made: dict[str, Result]) -> None:
    for each in made["two at once"].trace("no_deadlock").waits:
        assert each.givers == ()


def test_a_command_that_blocks_is_told_as_it_goes_over_the_wire(made: dict[str, Result]) -> None:
    found = waits(made["room"])
    assert found["site"].text.startswith("PUT jobs")
    assert found["site"].givers == ("worker.take",)


def test_who_waits_for_the_same_is_not_who_could_give_it(made: dict[str, Result]) -> None:
    worker = waits(made["room"])["worker"]
    assert worker.givers == ()
    assert worker.rivals == ("site.third",)
    assert worker.own == ("worker.take",)
    assert made["room"].trace("no_deadlock").cycle == ()


def test_the_same_words_of_two_instances_are_not_the_same_condition(
    made: dict[str, Result],
) -> None:
    found = waits(made["turns"])
    assert found["player[0]"].givers == ("player[1].play",)
    assert found["player[0]"].rivals == ()
    assert made["turns"].trace("no_deadlock").cycle == ("player[0]", "player[1]")


def test_each_way_of_a_choice_waits_for_something_else(made: dict[str, Result]) -> None:
    assert plain(places(made["choice"]))[0] == (
        "chooser waits at one | two for `a`, which no step of the spec can change,"
        " and for `b > 1`, which no step of the spec can change any more: b = 1 since step 1"
        " (helper.help)"
    )


@pytest.mark.parametrize("name", sorted({*SPECS} - {"choice", "two at once"}))
def test_a_step_that_is_named_changes_what_the_condition_reads(
    name: str, made: dict[str, Result]
) -> None:
    space = made[name]._space
    view, machine = Tracer(space).view, space.machine
    wrote: set[tuple[str, str]] = set()
    for state in space.states:
        out: list[tuple[int, int]] = []
        for labelled in space.program.labelled:
            labelled(state, out)
        before = view(state).variables
        for target, number in out:
            step = machine.steps[number]
            event = f"{machine.instances[step.instance].name}.{step.label}"
            after = view(target).variables
            wrote |= {(event, each) for each in after if after[each] != before[each]}
    named = 0
    for each in made[name].trace("no_deadlock").waits:
        reads = {known.name for known in each.reads}
        for step in (*each.givers, *each.gone, *each.own):
            named += 1
            if each.instance not in ("player[0]", "player[1]"):  # nobody ever plays
                assert any((step, v) in wrote for v in reads), step
    assert named


def test_what_a_step_does_behind_the_place_where_it_waits_is_not_what_it_waits_for(
    tmp_path: Path,
) -> None:
    path = tmp_path / "behind.yaml"
    path.write_text(
        """\
model: behind
vars: {a: int, b: int}
processes:
  waiter:
    run: |
      wait:
          await a > 1
          if b > 0:
              a = b
  other:
    run: |
      set_b: b = 1
""",
        encoding="utf-8",
    )
    (found,) = check(path, reason=False).trace("no_deadlock").waits
    assert [each.name for each in found.reads] == ["a"]
    assert (found.givers, found.gone) == ((), ())
