"""Which orders of what a proxy sees there are: known answers, and brute force on random specs."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, islice, pairwise
from pathlib import Path

import pytest
from fuzz.race_specs import random_race
from fuzz.repair import load_text, repaired
from model_check.explore.search import SearchOptions
from model_check.explore.space import Space
from model_check.live.errors import LiveError
from model_check.live.steer.complete_runs import CompleteRuns, Schedule, Visible
from model_check.live.steer.orders import all_orders, distinct_schedules
from model_check.live.steer.partial_orders import Seen, VisibleOrders
from model_check.verify.checking import check_spec
from order_judge import Judge, Move, TooManyError, complete_runs
from order_specs import Drawn, Touched, drawn_spec
from proxy_view import SPECS, commands_of, explored, labels_of
from thorough import mostly

MOST_RUNS = 2_000
SEEDS = mostly(range(400), lambda seed: seed < 60)


def space_of(tmp_path: Path, text: str) -> Space:
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return explored(path)


def moves_of(schedule: Schedule) -> tuple[Move, ...]:
    return tuple(
        (before, step, after)
        for (before, after), step in zip(pairwise(schedule.states), schedule.steps, strict=True)
    )


class Judged:
    """A drawn spec, and who judges its runs. Raises TooManyError."""

    def __init__(self, space: Space, drawn: Drawn, longest: int | None = None) -> None:
        self.space = space
        self.drawn = drawn
        self.runs = complete_runs(space, MOST_RUNS, longest)
        self.judge = Judge(space, visible_of(space, drawn), self.runs, self.may_swap)

    def touched(self, move: Move) -> Touched:
        return self.drawn.touched[names_of(self.space)[move[1]]]

    def may_swap(self, before: tuple[Move, ...], first: Move, second: Move) -> bool:
        one, other = self.touched(first), self.touched(second)
        if one.writes & (other.reads | other.writes) or one.reads & other.writes:
            return False
        if (one.puts and one.puts == other.puts) or (one.takes and one.takes == other.takes):
            return False
        if one.puts and one.puts == other.takes:
            put = sum(self.touched(each).puts == one.puts for each in before)
            return put > sum(self.touched(each).takes == one.puts for each in before)
        return True


def names_of(space: Space) -> list[tuple[str, str]]:
    instances = space.machine.instances
    return [(instances[step.instance].process, step.label) for step in space.machine.steps]


def visible_of(space: Space, drawn: Drawn) -> Visible:
    names = names_of(space)
    return lambda _s, _t, step: names[step][1] if names[step] in drawn.seen else None


# --- brute force -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_orders_are_those_that_brute_force_finds(tmp_path: Path, seed: int) -> None:
    drawn = drawn_spec(seed)
    space = space_of(tmp_path, drawn.text)
    try:
        judged = Judged(space, drawn)
    except TooManyError:
        return
    visible = visible_of(space, drawn)
    if not judged.runs:
        with pytest.raises(LiveError, match="no run of this model is ever complete"):
            all_orders(space, visible)
        return
    orders = judged.judge.orders()
    found = all_orders(space, visible)
    given = [orders[moves_of(each)] for each in found]
    assert found.longest is None
    assert len(given) == len(set(given)) == len(set(orders.values())) == found.count().number
    assert found.count().exact
    words = {judged.judge.word(run) for run in judged.runs}
    schedules = distinct_schedules(space, visible)
    shown = [judged.judge.word(moves_of(each)) for each in schedules]
    assert schedules.all_found
    assert len(shown) == len(set(shown))
    assert set(shown) == words


@pytest.mark.parametrize("seed", mostly(range(200), lambda seed: seed < 25))
def test_where_something_goes_round_they_are_those_up_to_a_length(
    tmp_path: Path, seed: int
) -> None:
    drawn = drawn_spec(seed, loops=True)
    space = space_of(tmp_path, drawn.text)
    visible = visible_of(space, drawn)
    try:
        found = all_orders(space, visible)
        judged = Judged(space, drawn, found.longest)
    except (LiveError, TooManyError):
        return
    assert (found.longest is not None) == space.goes_round
    orders = judged.judge.orders()
    given = {orders[moves_of(each)] for each in found}
    assert given == set(orders.values())
    assert found.count().number == len(given)
    taken = {move for run in judged.runs for move in run}
    ending = {run[-1][2] for run in judged.runs if run}
    assert all(each in taken for each in _leading_to(space, ending)), (
        "each transition lies on a run that short"
    )


def _leading_to(space: Space, ends: set[int]) -> set[Move]:
    """The transitions from which an end can be reached."""
    moves = {(n, s, t) for n in space.states for t, s in space.successors(n)}
    reaching = set(ends)
    while True:
        more = {source for source, _, target in moves if target in reaching} - reaching
        if not more:
            return {each for each in moves if each[2] in reaching}
        reaching |= more


def random_space(seed: int) -> Space | None:
    """A random spec of many kinds, in which everything that is drawn has a label of its own."""
    drawn = random_race(seed).replace("'N = choose([0, 1])'", "N").replace("choose({0, 1, 2})", "2")
    text = repaired(drawn)
    if text is None:
        return None
    return check_spec(load_text(text), options=SearchOptions(forget_from=None))[0]


def letters_of(orders: VisibleOrders, run: tuple[Move, ...]) -> frozenset[Seen]:
    """What a run shows, each step with what it knows."""
    numbers = {state: n for n, state in enumerate(orders.runs.space.states)}
    place = next(each for each in orders.starts if each[0] == numbers[run[0][0]])
    found = []
    for _, step, after in run:
        letter, place = next(
            (letter, then)
            for letter, number, then in orders.moves(place)
            if orders.runs.steps[number] == step and then[0] == numbers[after]
        )
        found.append(letter)
    return frozenset(each for each in found if each is not None)


@pytest.mark.parametrize("seed", mostly(range(300), lambda seed: seed < 45))
def test_runs_of_one_order_come_out_of_each_other_by_swaps_that_change_nothing(seed: int) -> None:
    space = random_space(seed)
    if space is None or not space.complete:
        return
    visible = labels_of(space)
    try:
        runs = [run for run in complete_runs(space, MOST_RUNS, 25) if run]
        orders = VisibleOrders(CompleteRuns(space, visible))
    except (LiveError, TooManyError):
        return
    groups: dict[frozenset[Seen], list[tuple[Move, ...]]] = defaultdict(list)
    for run in runs:
        groups[letters_of(orders, run)].append(run)
    classes = Judge(space, visible, runs, lambda *_: True).classes()
    of = {run: number for number, each in enumerate(classes) for run in each}
    assert all(len({of[run] for run in group}) == 1 for group in groups.values())
    found = all_orders(space, visible)
    if found.longest is None and runs:
        assert found.count().number == len(groups)


# --- known answers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "orders"),
    [
        # The history is read after r of four saves, and subscribed after s of four publications:
        # published before it is saved, 0 <= r <= s <= 4; the other way round, s <= r.
        ("legacy", 15),
        ("fix-both", 15),
        # A read after any of the first four additions, or none, and one after the last.
        ("fix-stream", 2**4),
    ],
)
def test_the_orders_of_a_spec_are_as_many_as_one_counts_by_hand(name: str, orders: int) -> None:
    space = explored(SPECS / f"{name}.yaml")
    found = all_orders(space, commands_of(space))
    counted = found.count()
    assert (counted.number, counted.exact, counted.stopped) == (orders, True, "")
    schedules = list(found)
    assert len({each.labels for each in schedules}) == len(schedules) == orders
    assert found.repeats == 0


PUBLISHERS = """
model: publishers
types: {{N: 0..2}}
resources:
  one: {{kind: 'redis.list[N]', key: 'one:{{session}}'}}
  two: {{kind: 'redis.list[N]', key: 'two:{{session}}'}}
processes:
  a:
    run: |
      for i in range(3):
          put: one.rpush(i)
  b:
    run: |
      for i in range(3):
          put: {other}.rpush(i)
properties:
  ok: {{always: len(one.items) < 9}}
"""


def test_publishers_that_share_nothing_have_one_order(tmp_path: Path) -> None:
    space = space_of(tmp_path, PUBLISHERS.format(other="two"))
    found = all_orders(space, commands_of(space))
    assert found.count().number == len(list(found)) == 1
    assert len(list(distinct_schedules(space, commands_of(space)))) == 20


def test_publishers_into_one_list_have_every_order(tmp_path: Path) -> None:
    space = space_of(tmp_path, PUBLISHERS.format(other="one"))
    found = all_orders(space, commands_of(space))
    assert found.count().number == 20
    shown = {each.shown for each in found}
    assert shown == {tuple(range(6))}
    steps = {each.steps for each in found}
    assert len(steps) == len(list(combinations(range(6), 3)))


WAITING = """
model: waiting
vars: {ready: bool, x: 0..2}
processes:
  a:
    run: |
      first: x = 1
      tell: ready = True
  b:
    run: |
      hear: await ready
      second: pass
properties: {ok: {always: x < 3}}
"""


def test_an_order_that_comes_by_way_of_what_is_not_seen_is_one(tmp_path: Path) -> None:
    space = space_of(tmp_path, WAITING)
    (only,) = all_orders(space, labels_of(space, "first", "second"))
    assert only.labels == ("first", "second")
    free = space_of(tmp_path, WAITING.replace("hear: await ready", "hear: pass"))
    assert len(list(distinct_schedules(free, labels_of(free, "first", "second")))) == 2
    assert all_orders(free, labels_of(free, "first", "second")).count().number == 1


def test_two_orders_with_one_sequence_are_given_another_one_or_said_to_repeat(
    tmp_path: Path,
) -> None:
    text = WAITING.replace("hear: await ready", "hear: x = 2 if ready else 0")
    space = space_of(tmp_path, text.replace("model: waiting", "model: looking"))
    seen = labels_of(space, "first", "second")
    found = all_orders(space, seen)
    schedules = list(found)
    # `second` depends on `first` where `hear` comes behind that, and on nothing otherwise.
    assert [each.labels for each in schedules] == [("first", "second"), ("second", "first")]
    assert (found.count().number, found.repeats) == (2, 0)
    blind = list(all_orders(space, labels_of(space, "tell", "second")))
    assert [(each.labels, each.repeats) for each in blind] == [
        (("tell", "second"), False),
        (("second", "tell"), False),
    ]


BOTH_WAYS = """
model: both-ways
vars: {left: bool, right: bool}
processes:
  a:
    vars: {heard: bool}
    run: |
      hear: heard = right
      first: pass
      tell: left = True
  b:
    vars: {heard: bool}
    run: |
      hear: heard = left
      second: pass
      tell: right = True
properties: {ok: {always: "True"}}
"""


def test_three_orders_of_two_steps_have_two_sequences(tmp_path: Path) -> None:
    space = space_of(tmp_path, BOTH_WAYS)
    found = all_orders(space, labels_of(space, "first", "second"))
    assert found.count().number == 3
    schedules = list(found)
    assert {each.labels for each in schedules} == {("first", "second"), ("second", "first")}
    assert [each.repeats for each in schedules].count(True) == found.repeats == 1


LIST = """
model: list
vars: {{items: 'list[0..1]'}}
processes:
  a:
    run: |
      for i in range(2):
          add: items.append({added})
  b:
    run: |
      for i in range(2):
          take:
              await len(items) > {more}
              {taken}
properties: {{ok: {{always: "True"}}}}
"""


@pytest.mark.parametrize(
    ("added", "more", "taken", "queue", "orders"),
    [
        ("1", 0, "items = items[1:]", True, 1),
        ("len(items)", 0, "items = items[1:]", False, 2),  # what is added depends on what is there
        ("i", 0, "items = items[:-1]", False, 2),  # the last one is taken
        ("0", -1, "items = []", False, 6),
    ],
)
def test_a_list_is_a_queue_where_the_first_of_what_was_added_is_taken(
    tmp_path: Path, added: str, more: int, taken: str, queue: bool, orders: int
) -> None:
    space = space_of(tmp_path, LIST.format(added=added, more=more, taken=taken))
    found = all_orders(space, labels_of(space))
    names = [each.name for each in found.queues]
    assert names == (["items"] if queue else [])
    assert found.count().number == len(list(found)) == orders


CHOOSING = """
model: choosing
vars: {x: 0..2}
processes:
  a:
    run: |
      either:
          left: x = 1
      or:
          right: x = 2
      then: pass
properties: {ok: {always: x < 3}}
"""


def test_what_a_service_chooses_itself_is_said(tmp_path: Path) -> None:
    space = space_of(tmp_path, CHOOSING)
    found = list(all_orders(space, labels_of(space)))
    assert [(each.labels, each.choices) for each in found] == [
        (("right", "then"), (0,)), (("left", "then"), (0,)),
    ]  # fmt: skip
    (one,) = all_orders(space, labels_of(space, "then"))
    assert (one.shown, one.choices) == ((1,), (0,))


# --- runs that fail, go round, or do not end ---------------------------------------------------

ROUND = """
model: round
vars: {n: 0..2}
processes:
  p:
    run: |
      while True:
          either:
              up: n = (n + 1) % 3
          or:
              leave: pass
              break
properties: {small: {always: n < 3}}
"""


def test_what_goes_round_unseen_is_no_further_order(tmp_path: Path) -> None:
    space = space_of(tmp_path, ROUND)
    found = all_orders(space, labels_of(space, "leave"))
    assert (found.longest, found.count().number, len(list(found))) == (None, 1, 1)
    schedules = distinct_schedules(space, labels_of(space, "leave"))
    assert len(list(schedules)) == 1
    assert schedules.all_found


def test_what_goes_round_and_is_seen_has_infinitely_many_orders(tmp_path: Path) -> None:
    space = space_of(tmp_path, ROUND)
    found = all_orders(space, labels_of(space))
    # Once around: three times up, and away.
    assert found.longest == 4
    assert {each.labels for each in found} == {("up",) * n + ("leave",) for n in range(4)}
    assert found.count().number == 4


def test_a_model_that_never_ends_has_no_schedule(tmp_path: Path) -> None:
    text = ROUND[: ROUND.index("          either")] + "          up: n = (n + 1) % 3\n"
    space = space_of(tmp_path, text + "properties: {small: {always: n < 3}}\n")
    for asked in (all_orders, distinct_schedules):
        with pytest.raises(LiveError, match="no run of this model is ever complete"):
            asked(space, labels_of(space))


def test_faults_are_left_out_unless_nothing_ends_without(tmp_path: Path) -> None:
    space = explored(SPECS / "faults" / "worker-crash.yaml")
    faults = {step.index for step in space.machine.steps if step.fault}
    assert faults
    found = distinct_schedules(space, labels_of(space))
    without = list(found)
    assert found.all_taken
    assert found.all_found
    assert not any(faults.intersection(each.steps) for each in without)
    having = list(distinct_schedules(space, labels_of(space), faults=True))
    assert len(having) > len(without)
    assert any(faults.intersection(each.steps) for each in having)


def test_states_outside_of_the_bounds_are_no_way_round(tmp_path: Path) -> None:
    text = """
model: bounded
vars: {x: bool, y: bool}
within: not (x and y)
processes:
  a: {run: 'on: x = True'}
  b:
    run: |
      on: y = True
      off: y = False
properties: {ok: {always: "True"}}
"""
    space = space_of(tmp_path, text)
    found = all_orders(space, labels_of(space))
    # x may be set when y is not: before y is, nothing could go on.
    assert [each.labels for each in found] == [("on", "off", "on")]
    assert found.count().number == 1


# --- schedules ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fix-both", "fix-atomic", "optimistic-watch"])
def test_schedules_look_different_and_take_every_transition(name: str) -> None:
    space = explored(SPECS / f"{name}.yaml")
    visible = commands_of(space)
    found = distinct_schedules(space, visible)
    taken: set[Move] = set()
    looks = set()
    for count, each in enumerate(found, 1):
        moves = moves_of(each)
        assert moves[0][0] in space.states[: space.initial]
        assert space.program.is_end(moves[-1][2])
        assert all((t, step) in space.successors(s) for s, step, t in moves)
        owners = [space.machine.steps[each.steps[place]].instance for place in each.shown]
        shown = [moves[place] for place in each.shown]
        assert each.labels == tuple(visible(s, t, step) for s, step, t in shown)
        looks.add(tuple(zip(owners, each.labels, strict=True)))
        assert len(looks) == count
        taken.update(moves)
        if found.all_taken:
            break
    seen = {(visible(s, t, step), step) for s, step, t in taken}
    assert seen == {
        (visible(*(space.states[n] for n in (s, t)), step), step) for s, t, step in space.edges()
    }


def test_everything_is_the_same_every_time() -> None:
    space = explored(SPECS / "fix-both.yaml")
    for asked in (all_orders, distinct_schedules):
        first, second = (list(islice(asked(space, commands_of(space)), 60)) for _ in range(2))
        assert first == second


def test_work_that_is_interrupted_says_so(tmp_path: Path) -> None:
    space = explored(SPECS / "legacy-reconnect.yaml")
    found = all_orders(space, commands_of(space), ask=lambda: "that is enough")
    counted = found.count()
    assert (counted.exact, counted.stopped) == (False, "that is enough")
    assert len(list(found)) < 266
    assert found.stopped == "that is enough"
    schedules = distinct_schedules(space, commands_of(space), ask=lambda: "that is enough")
    assert len(list(schedules)) == 1
    assert (schedules.stopped, schedules.all_found) == ("that is enough", False)
    few = all_orders(space, commands_of(space)).count(most=1_000)
    assert (few.exact, few.stopped) == (False, "they are too many to count")
    assert 0 < few.number < 266
