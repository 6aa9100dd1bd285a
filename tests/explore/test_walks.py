"""Random walks: who takes them makes no difference, and what they show is so."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from model_check.api import simulating as api_simulating
from model_check.api.simulating import asked_for_reasons
from model_check.explore.beginning import checked_beginnings
from model_check.explore.limits import Limits
from model_check.explore.memo import GrowthNeededError
from model_check.explore.native.walks.run import NativeWalks
from model_check.explore.search import SearchOptions, explore
from model_check.explore.walks import simulate as simulating
from model_check.explore.walks.draws import below, first_draw, next_draw
from model_check.explore.walks.portable import PortableWalks, Walking
from model_check.explore.walks.shorter import Shorter
from model_check.explore.walks.simulate import Simulation, simulate
from model_check.explore.walks.sketch import REGISTERS, estimate, merge, note
from model_check.explore.walks.sought import Events, sought_of
from model_check.explore.walks.tally import CUT, DEADLOCK, FINAL, LEFT, LIMITED, WENT_WRONG, Tally
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.language.tree.spec import Spec
from model_check.machine.make import make_program
from model_check.machine.shapes import Layout

SPECS = Path(__file__).parent.parent.parent / "specs"
SOME = (
    "legacy-two-nodes", "peterson", "deadlock", "faults/lease-lock", "faults/stream-group",
    "faults/delayed-queue", "faults/gateway-failover",
)  # fmt: skip
WALKS = 60
STEPS = 120

CHOICES = """\
model: choices
vars: {n: 0..3}
processes:
  one:
    run: |
      either:
          a: n = 1
      or:
          b: n = 2
      or:
          c: n = 3
  other:
    run: |
      d: pass
"""
CRASHING = """\
model: crashing
processes:
  p:
    crashes: 1
    restarts: false
    run: |
      a: pass
"""
ENDS = """\
model: ends
within: n < 3
vars:
  n: 0..5
  k: 0..4 = choose({0, 1, 2, 3, 4})
  m: -1..1
processes:
  p:
    run: |
      a: await k < 4
      b: if k == 3:
          n = 3
      c: m = k % 2 // (k - 2)
"""


NEEDLESS = """\
model: needless
vars: {n: 0..60, m: 0..60}
processes:
  p:
    run: |
      while True:
          a: n = min(n + 1, 60)
  q:
    run: |
      while True:
          b: m = min(m + 1, 60)
properties: {few: {always: n < 4 or m < 3}}
"""


def program_of(spec: Spec, walking: Walking) -> tuple[PortableWalks, list[int], Layout]:
    """Plain walks under a layout that has room for them."""
    layout = Layout()
    while True:
        program = make_program(spec, layout)
        initial: list[int] = []
        program.initial(initial)
        plain = PortableWalks(program, Events(sought_of(program.machine)), walking)
        try:
            initial = checked_beginnings(program.machine, initial)
            plain.take(range(WALKS), initial, lambda: False)
        except GrowthNeededError as growth:
            layout = layout.for_failure(program.machine.failures[growth.code - 1])
        else:
            return plain, initial, layout


def compared(spec: Spec, workers: int = 2) -> list[str]:
    """What differs between plain walks and compiled ones."""
    walking = Walking(seed=7, depth=STEPS)
    plain, initial, _ = program_of(spec, walking)
    native = NativeWalks(plain.program, plain.events, walking, initial, workers)
    # Two rounds, as a search has many.
    native.take(range(WALKS // 2), lambda: False)
    native.take(range(WALKS // 2, WALKS), lambda: False)
    machine = plain.program.machine
    found = Tally(len(machine.steps), len(machine.failures), plain.events.count)
    native.add_to(found)
    wanted = plain.take(range(WALKS), initial, lambda: False)
    assert wanted.walks == WALKS == sum(wanted.ended)
    return [name for name, value in vars(wanted).items() if vars(found)[name] != value]


@pytest.mark.parametrize("name", SOME)
def test_compiled_walks_are_those_that_plain_python_takes(name: str) -> None:
    assert compared(load(SPECS / f"{name}.yaml")) == []


def test_compiled_walks_of_random_specs_are_those_of_plain_python() -> None:
    found = {}
    for seed in range(300, 312):
        text = repaired(random_spec(seed))
        # Where not even an initial state is right, there are no walks.
        with suppress(SpecError):
            found[seed] = compared(load_text(text)) if text else []
    assert {seed: wrong for seed, wrong in found.items() if wrong} == {}
    assert len(found) > 6


def test_walks_end_in_all_the_ways_that_there_are_and_are_counted_alike() -> None:
    for text in (CHOICES, CRASHING, ENDS):
        assert compared(load_text(text), workers=3) == []


def test_how_walks_end_is_known() -> None:
    space = simulate(load_text(ENDS), Simulation(walks=500))
    ended = space.simulated.tally.ended
    assert sum(ended) == 500
    # One of five first states each: k = 4 waits for ever, 3 leaves, 2 divides by nothing.
    for outcome, wanted in ((FINAL, 200), (DEADLOCK, 100), (WENT_WRONG, 100), (LEFT, 100)):
        assert abs(ended[outcome] - wanted) < 50
    assert ended[CUT] == ended[LIMITED] == 0


def test_each_step_that_can_be_taken_is_as_likely_as_the_others() -> None:
    spec, walking = load_text(CHOICES), Walking()
    plain, initial, _ = program_of(spec, walking)
    machine, count = plain.program.machine, 6_000
    firsts: Counter[str] = Counter()
    for number in range(count):
        visits = [*plain.walk(number, initial)]
        firsts[machine.steps[visits[1].step].label] += 1
    assert set(firsts) == set("abcd")
    wanted = count / 4
    # Chi-square with 3 degrees of freedom: 16.3 is exceeded once in a thousand.
    assert sum((each - wanted) ** 2 / wanted for each in firsts.values()) < 16.3


def test_how_often_something_goes_wrong_differs_from_walk_to_walk() -> None:
    plain, initial, _ = program_of(load_text(CRASHING), Walking())
    steps, count = plain.program.machine.steps, 6_000
    crashed = sum(steps[[*plain.walk(number, initial)][1].step].fault for number in range(count))
    # The mean of 1/2, 1/4, ... 1/256.
    share = sum(2.0**-each for each in range(1, 9)) / 8
    assert abs(crashed - share * count) < 4 * sqrt(count * share * (1 - share))


def test_ends_are_where_nothing_has_to_happen() -> None:
    space = simulate(load_text(CRASHING), Simulation(walks=50))
    ends = [n for n in range(space.expanded) if space.program.is_end(space.states[n])]
    assert [*space.terminal] == ends
    assert len(ends) < space.expanded


def test_the_walks_of_a_seed_are_the_same_for_ever() -> None:
    draw, found = first_draw(1, 2), []
    for _ in range(6):
        draw = next_draw(draw)
        found.append(below(draw, 1_000))
    # By the definition, with whole numbers and a modulus.
    multiplier, modulus = 2147483085, 2147483085 * 2**32 - 1
    state, wanted = first_draw(1, 2), []
    for _ in range(6):
        state = state * multiplier % modulus
        wanted.append(((state % 2**32 ^ state // 2**32) * 1_000) // 2**32)
    assert found == wanted


def test_streams_of_walks_are_not_alike() -> None:
    firsts = {first_draw(seed, walk) for seed in range(30) for walk in range(300)}
    assert len(firsts) == 9_000
    counts = Counter(below(next_draw(first_draw(0, walk)), 10) for walk in range(10_000))
    # 9 degrees of freedom: 27.9 once in a thousand.
    assert sum((each - 1_000) ** 2 / 1_000 for each in counts.values()) < 27.9
    draw, signs = first_draw(1, 1), Counter[int]()
    for _ in range(10_000):
        draw = next_draw(draw)
        assert 0 <= draw < 1 << 63
        signs[below(draw, 10)] += 1
    assert sum((each - 1_000) ** 2 / 1_000 for each in signs.values()) < 27.9


@pytest.mark.parametrize("count", [0, 1, 50, 5_000, 120_000])
def test_the_sketch_tells_how_many_there_were(count: int) -> None:
    halves = bytearray(REGISTERS), bytearray(REGISTERS)
    draw = first_draw(count, 0)
    for number in range(count):
        draw = next_draw(draw)
        high, draw = draw & 0xFFFFFFFF, next_draw(draw)
        note(halves[number % 2], high << 32 | draw & 0xFFFFFFFF)
    merge(halves[0], halves[1])
    assert abs(estimate(halves[0]) - count) <= 0.04 * count


def test_all_states_are_seen_in_the_end_and_no_others() -> None:
    spec = load(SPECS / "faults" / "lease-lock-fencing.yaml")
    space = simulate(spec, Simulation(walks=20_000))
    assert space.simulated.tally.states == len(explore(spec).states)
    assert space.simulated.late_states == 0
    assert space.simulated.late_steps < 0.2 * space.simulated.tally.steps


def test_walks_are_the_same_with_any_engine_and_any_number_of_threads() -> None:
    spec = load(SPECS / "faults" / "reconnect.yaml")
    options = (
        SearchOptions(engine="python"),
        SearchOptions(engine="native", workers=1),
        SearchOptions(engine="native", workers=3),
        SearchOptions(),
    )
    found = [simulate(spec, Simulation(walks=700, seed=3), options=each) for each in options]
    first = found[0]
    for other in found[1:]:
        assert vars(other.simulated.tally) == vars(first.simulated.tally)
        assert [*other.states] == [*first.states]
        assert [*other.parents] == [*first.parents]
    assert simulate(spec, Simulation(walks=700, seed=4)).states != first.states


def test_a_layout_grows_on_the_way_and_the_walks_are_taken_again() -> None:
    text = """\
model: growing
vars: {seen: "list[int]"}
processes:
  p:
    run: |
      for i in range(40):
          a: seen.append(i * 1000)
properties: {few: {always: len(seen) < 40}}
"""
    space = simulate(load_text(text), Simulation(walks=100))
    assert space.simulated.tally.walks == 100
    assert space.simulated.tally.longest == 40
    assert space.simulated.tally.seen[0] == 100


def test_a_walk_ends_at_a_limit_of_the_tool() -> None:
    text = """\
model: doubling
vars: {n: int = 1}
processes:
  p:
    run: |
      while True:
          a: n = n * n + n
"""
    for engine in ("python", "native"):
        space = simulate(
            load_text(text), Simulation(walks=20), options=SearchOptions(engine=engine)
        )
        assert space.simulated.tally.ended[LIMITED] == 20
        assert "n" in space.simulated.limit


def test_a_walk_is_cut_off() -> None:
    space = simulate(load(SPECS / "peterson.yaml"), Simulation(walks=30, depth=17))
    assert space.simulated.tally.ended[CUT] == 30
    assert space.simulated.tally.steps == 30 * 17


def test_walks_end_when_time_is_over() -> None:
    space = simulate(load(SPECS / "fix-both.yaml"), Simulation(seconds=0.2))
    assert space.simulated.over == "0.2 s were over"
    assert space.simulated.tally.walks > 0


def test_what_the_walks_show_is_told_by_runs_of_the_spec() -> None:
    space = simulate(load(SPECS / "legacy.yaml"), Simulation(walks=300))
    for number in range(len(space.states)):
        path = space.path(number)
        assert path[0] < space.initial
        assert space.depth_of(number) == len(path) - 1
        for before, after in pairwise(path):
            successors = [state for state, _ in space.successors(space.states[before])]
            assert space.states[after] in successors


def test_what_does_not_matter_is_left_out_and_processes_take_turns_less_often() -> None:
    plain, initial, _ = program_of(load_text(NEEDLESS), Walking())
    run = plain.run_of(0, 40, initial)
    shorter = Shorter(plain.program.machine, plain.moves)
    short = shorter.without_needless(run, plain.shown(0))
    assert len(short) == 1 + 4 + 3
    turned = shorter.with_fewer_changes(short)
    assert [turned[0], turned[-1], len(turned)] == [short[0], short[-1], len(short)]
    owners = [shorter._owner(each) for each in shorter._choices(turned)]
    assert sum(a != b for a, b in pairwise(owners)) <= 2


def test_rounds_are_whatever_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = load(SPECS / "legacy.yaml")
    whole = simulate(spec, Simulation(walks=200))
    monkeypatch.setattr(simulating, "LARGEST_ROUND", 33)
    assert vars(simulate(spec, Simulation(walks=200)).simulated.tally) == vars(
        whole.simulated.tally
    )


# --- telling has an end --------------------------------------------------------------------------


def test_shortening_ends_when_it_is_over() -> None:
    plain, initial, _ = program_of(load_text(NEEDLESS), Walking())
    run = plain.run_of(0, 40, initial)
    asked: list[int] = []

    def at_once() -> bool:
        asked.append(1)
        return True

    shorter = Shorter(plain.program.machine, plain.moves, is_over=at_once)
    assert shorter.without_needless(run, plain.shown(0))[-1] == run[-1]
    assert shorter.was_ended
    assert len(asked) == 1


class Pressed:
    """Ctrl-C once a simulation tells what its walks show."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_so = False
        telling = simulating._Clock.telling

        def press(clock: Any) -> Any:
            self.is_so = True
            return telling(clock)

        monkeypatch.setattr(simulating._Clock, "telling", press)

    def __call__(self) -> bool:
        return self.is_so


def test_who_presses_ctrl_c_then_is_told_what_walks_have_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec, asked = load(SPECS / "legacy.yaml"), Simulation(walks=300)
    whole = simulate(spec, asked)
    struck = simulate(spec, asked, Limits(interrupted=Pressed(monkeypatch)))
    assert whole.note == ""
    assert struck.note == "the runs that are told may be longer than need be: interrupted"
    assert len(struck.scan("no_loss", 0, 0)) > 0
    assert struck.simulated.tally.seen == whole.simulated.tally.seen
    monkeypatch.setattr(simulating, "HURRY", 0.0)
    hurried = simulate(spec, asked, Limits(interrupted=Pressed(monkeypatch)))
    assert "of what walks have shown, " in hurried.note
    assert " are not told: interrupted" in hurried.note
    assert len(hurried.states) > 1


def test_shortening_takes_a_share_of_the_time_of_the_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulating, "LEAST", 0.0)
    monkeypatch.setattr(simulating, "SHORTENING", 0.0)
    timed = simulate(load(SPECS / "legacy.yaml"), Simulation(seconds=1.0))
    assert timed.note.endswith("may be longer than need be: the time for it was over")
    counted = simulate(load(SPECS / "legacy.yaml"), Simulation(walks=300))
    assert counted.note == ""


def test_reasons_behind_walks_with_a_time_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits()
    assert asked_for_reasons(None, limits) is limits.interrupted
    assert asked_for_reasons(Simulation(walks=10), limits) is limits.interrupted
    assert asked_for_reasons(Simulation(seconds=9.0), Limits(timeout=3)) is limits.interrupted
    monkeypatch.setattr(api_simulating, "LEAST", 0.0)
    ask = asked_for_reasons(Simulation(seconds=1e-9), limits)
    assert str(ask()).endswith("s for reasons were over (--timeout gives all of it more)")
