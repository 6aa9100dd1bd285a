"""Which steps accord, and which enable others: known answers, and those of a second judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from fuzz.bug_specs import random_bug
from fuzz.fault_specs import FAULT_SPECS
from fuzz.faulty import faulty
from fuzz.repair import load_text, repaired
from fuzz.server_specs import SERVER_SPECS
from fuzz.service_specs import random_services
from fuzz.specs import beside_spec, random_spec, union_spec
from model_check.budget.deadline import Deadline
from model_check.explore.limits import Limits
from model_check.explore.memo import GrowthNeededError
from model_check.explore.reduced import ReducedSteps
from model_check.explore.reduction import Goal, Order, Reduction
from model_check.explore.search import explore
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.machine.core import Machine
from model_check.machine.make import make_program
from model_check.machine.python.program import Program
from model_check.machine.roomy import RoomyLayout
from model_check.machine.shapes import Layout
from model_check.symbolic.accord import Accord
from model_check.symbolic.goals import Goals
from model_check.symbolic.move_texts import MoveText
from model_check.symbolic.reducing import order_of
from model_check.verify.reducible import asked_of
from symbolic.accord_judge import judged, moves_of

ROOT = Path(__file__).parents[2]
CHAT = """\
model: chat
types: {Chunk: 1..3}
resources:
  stream: {kind: 'redis.pubsub[Chunk]'}
  other: {kind: 'redis.pubsub[Chunk]'}
  history: {kind: 'redis.list[Chunk]'}
  jobs: {kind: 'queue[Chunk]'}
vars: {seen: 0..3, many: bool}
processes:
  service:
    run: |
      publish: stream.publish(1)
      save: history.rpush(1)
      put: jobs.put(1)
  second:
    run: |
      publish_too: stream.publish(2)
      save_too: history.rpush(2)
      put_too: jobs.put(2)
      set: seen = 2
      publish_other: other.publish(1)
  reader:
    vars: {got: Chunk, had: 'list[Chunk]', kept: 'list[Chunk]'}
    run: |
      subscribe: stream.subscribe()
      subscribe_other: other.subscribe()
      hear: got = stream.get_message()
      hear_new:
          chunk = stream.get_message()
          if chunk not in kept:
              kept.append(chunk)
      unsubscribe: stream.unsubscribe()
      take: got = jobs.get()
      load: had = history.lrange(0, -1)
      add_one: seen += 1
      look: many = history.llen() > 5
properties:
  kept_once: {always: "len(reader.kept) <= 2"}
  counted: {always: "len(history.items) <= 2"}
  never_three: {never: seen == 3}
  grows: {each_step: "old(seen) <= seen"}
  moves: {each_step: "old(seen) < seen"}
"""


@cache
def chat() -> Machine:
    return make_program(load_text(CHAT), Layout()).machine


@cache
def asked() -> tuple[Accord, dict[str, MoveText]]:
    machine = chat()
    moves = {
        machine.steps[each.step].label: each for own in moves_of(machine) for each in own.values()
    }
    return Accord(machine, Deadline.of_work(60)), moves


@pytest.mark.parametrize(
    ("first", "second", "accord"),
    [
        ("publish", "publish_too", False),  # to one channel: the order is seen
        ("publish", "publish_other", True),
        ("publish", "hear", True),  # there is a message already
        ("publish", "hear_new", True),  # what is made of it depends on a list without a bound
        ("publish", "subscribe", False),
        ("publish", "subscribe_other", True),
        ("publish", "unsubscribe", False),
        ("publish", "load", True),
        ("save", "load", False),
        ("save", "hear", True),
        ("save", "publish_too", True),
        ("save", "save_too", False),
        ("put", "take", True),
        ("put", "put_too", False),
        ("put", "save_too", True),
        ("save", "look", False),  # beyond what the layout has room for, it makes a difference
        ("set", "add_one", False),
    ],
)
def test_two_steps_accord_if_their_order_makes_no_difference(
    first: str, second: str, accord: bool
) -> None:
    judge, moves = asked()
    assert judge.accords(moves[first], moves[second]) is accord
    assert judge.accords(moves[second], moves[first]) is accord


@pytest.mark.parametrize(
    ("first", "second", "enables"),
    [
        ("publish", "hear", True),
        ("publish_other", "hear", False),
        ("save", "hear", False),
        ("put", "take", True),
        ("save", "take", False),
        ("set", "take", False),
        ("set", "add_one", False),  # it can be taken before, if only to fail
        ("take", "put", False),
    ],
)
def test_a_step_may_enable_what_waits_for_it(first: str, second: str, enables: bool) -> None:
    judge, moves = asked()
    assert judge.may_enable(moves[first], moves[second]) is enables


def test_what_is_not_known_in_time_does_not_accord() -> None:
    machine = chat()
    late = Accord(machine, Deadline(0))
    _, moves = asked()
    assert not late.accords(moves["put"], moves["take"])
    assert late.may_enable(moves["set"], moves["add_one"]) is False  # the text tells
    assert late.may_enable(moves["publish"], moves["hear"])


def goals_of(label: str) -> tuple[set[str], set[str]]:
    """The goals that a step raises, and those that it lowers."""
    judge, moves = asked()
    wanted = (
        Goal("state", "kept_once", 0), Goal("state", "counted", 0), Goal("state", "never_three", 1),
        Goal("step", "grows"), Goal("step", "moves"), Goal("error", "no_error"),
    )  # fmt: skip
    goals = Goals(wanted, judge)
    raised, lowered = goals.raised_by(moves[label]), goals.lowered_by(moves[label])
    names = [each.name for each in wanted]
    return (
        {name for i, name in enumerate(names) if raised >> i & 1},
        {name for i, name in enumerate(names) if lowered >> i & 1},
    )


def test_a_goal_is_raised_and_lowered_by_what_can_do_so_alone() -> None:
    # That every step moves is wrong of those that write nothing, too.
    assert goals_of("publish") == ({"moves"}, {"moves"})
    # More saved is never better: what is too much already stays so.
    assert goals_of("save") == ({"counted", "moves"}, {"moves"})
    # What is kept are lists without a bound, looked at in another way than as queues.
    assert goals_of("hear_new") == ({"kept_once", "moves"}, {"kept_once", "moves"})
    assert goals_of("set") == ({"grows", "moves"}, {"never_three", "grows", "moves"})
    raised, lowered = goals_of("add_one")
    assert raised == {"never_three", "grows", "moves", "no_error"}
    assert lowered == {"grows", "moves"}


LEASED = """\
model: leased
resources:
  lock: {kind: 'redis.string[bool]', expires: true}
  open: {kind: 'redis.set[0..1]'}
processes:
  shop:
    run: |
      place: with atomic:
          open.sadd(1)
          lock.set(True, ex=900)
  worker:
    run: |
      sweep: open.srem(1)
"""


def test_want_of_room_for_one_thing_hides_nothing_of_another() -> None:
    # No layout has room for 900 s at first: a step that "never" happens would accord with all.
    machine = make_program(load_text(LEASED), RoomyLayout()).machine
    moves = {machine.steps[m.step].label: m for own in moves_of(machine) for m in own.values()}
    judge = Accord(machine, Deadline.of_work(10))
    assert not judge.accords(moves["place"], moves["sweep"])


LONG = """\
model: long
vars: {items: 'list[0..0]', much: bool}
processes:
  producer:
    run: |
      for i in range(9):
          put: items.append(0)
  consumer:
    run: |
      while True:
          take:
              await len(items) > 0
              items = items[1:]
  watcher:
    run: |
      look: if len(items) > 5:
          note: much = True
properties:
  short: {always: len(items) < 8}
  calm: {never: much}
"""


@pytest.mark.parametrize("name", ["short", "calm"])
def test_what_a_list_comes_to_that_has_no_room_at_first_is_found(name: str) -> None:
    spec = load_text(LONG)
    goals = tuple(each for each in asked_of(spec).goals if each.name == name)
    layout, reached = Layout(), 0
    while not reached:
        program = make_program(spec, layout)
        order = order_of(program.machine, goals, Deadline.of_work(10))
        assert isinstance(order, Order)
        try:
            answer = program.formulas.properties[name].answer
            reached = sum(answer(each) == goals[0].wrong for each in reduced_states(program, order))
            assert reached
        except GrowthNeededError as growth:
            layout = layout.for_failure(program.machine.failures[growth.code - 1])


def reduced_states(program: Program, order: Order) -> list[int]:
    """What a search with these tables finds. Raises GrowthNeededError."""
    steps = ReducedSteps(program, Reduction(order))
    found: list[int] = []
    program.initial(found)
    seen = set(found)
    for state in found:
        for target, _ in steps.of(state).moves:
            if target not in seen:
                seen.add(target)
                found.append(target)
    return found


def test_a_chat_without_what_can_wait_has_a_tenth_of_the_states() -> None:
    # 3,919 of 23,933, all ends among them, by way of every step that somebody sees.
    spec = load(ROOT / "tests" / "benchmarks" / "pubsub.yaml", {"CHUNKS": "2"})
    space = explore(spec)
    assert len(space.states) == 23_933
    order = order_of(space.machine, asked_of(spec).goals, Deadline.of_work(10))
    assert isinstance(order, Order)
    kept = set(reduced_states(space.program, order))
    assert len(kept) < 4_000
    assert {space.states[each] for each in space.terminal} <= kept


def test_where_no_steps_may_wait_is_told_why() -> None:
    within = load(ROOT / "docs" / "examples" / "within.yaml")
    alone = load_text("model: alone\nvars: {x: 0..1}\nprocesses: {p: {run: 'a: x = 1'}}\n")
    many = load_text("model: many\nvars: {x: 0..1}\nprocesses: {p: {count: 64, run: 'a: x = 1'}}\n")
    told = [
        order_of(make_program(each, Layout()).machine, (), Deadline.of_work(1))
        for each in (within, alone, many)
    ]
    assert told == [
        "runs are cut off outside of `within`",
        "one process alone takes steps",
        "64 processes and others take steps, more than 63",
    ]


# --- a second judge ---------------------------------------------------------------------------

TEXTS = [
    CHAT,
    *list(FAULT_SPECS.values())[:12],
    *list(SERVER_SPECS.values())[1:4],
    *filter(None, map(repaired, map(random_spec, range(3)))),
]


def wrong(text: str) -> list[str]:
    """What is said of the steps of a spec, and is not so."""
    spec = load_text(text)
    layout = explore(spec, limits=Limits(max_states=500)).layout
    program = make_program(spec, layout)
    accord = Accord(make_program(spec, RoomyLayout()).machine, Deadline.of_work(3))
    return judged(program, accord, Goals(asked_of(spec).goals, accord))


@pytest.mark.thorough
def test_what_is_said_of_steps_is_so_in_every_state_that_runs_come_to() -> None:
    assert {text: found for text in TEXTS if (found := wrong(text))} == {}


def all_wrong(texts: Iterable[str]) -> dict[str, list[str]]:
    """The same of some specs, those left out that are none."""
    found = {}
    for text in texts:
        with suppress(SpecError):
            found[text] = wrong(text)
    return found


@pytest.mark.thorough
def test_it_is_so_where_something_goes_wrong_or_stands_on_a_server() -> None:
    found = all_wrong([*FAULT_SPECS.values(), *SERVER_SPECS.values()])
    assert {text: mistakes for text, mistakes in found.items() if mistakes} == {}
    assert len(found) > 20


# One of these specs may take minutes: a test has few of them.
@pytest.mark.thorough
@pytest.mark.parametrize(
    "made",
    [random_spec, beside_spec, union_spec, faulty(random_spec), random_bug, random_services],
    ids=["random", "beside", "union", "faulty", "bug", "services"],
)
def test_it_is_so_in_many_more(made: Callable[[int], str]) -> None:
    found = all_wrong(filter(None, map(repaired, map(made, range(10)))))
    assert {text: mistakes for text, mistakes in found.items() if mistakes} == {}
    assert len(found) > 6


def never(*_: object, **__: object) -> bool:
    return False


def always(*_: object, **__: object) -> bool:
    return True


MISTAKES = {
    "all accord": ("accord.Accord.accords", always),
    "nothing enables": ("accord.Accord.may_enable", never),
    "no order makes a difference": ("swap.Swap.discord", never),
    "nothing makes possible": ("swap.Swap.enables", never),
    "nothing is lost on the way": ("swap.Swap._lost", never),
    "what fails can be taken": ("swap._can_be_taken", always),
    "nothing is raised or lowered": ("goals._StateGoal.may_change", never),
    "nothing fails": ("goals.Goals._may_fail", never),
    "all of a step concerns nobody": ("accord.concerned", lambda *_: ()),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, instead = MISTAKES[mistake]
    monkeypatch.setattr(f"model_check.symbolic.{place}", instead)
    assert any(map(wrong, TEXTS)), mistake
