"""Runs that go on for ever: what becomes of them, by all methods and by plain runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from math import sqrt

import pytest
from likelihood.by_hand import Move, hand_made
from likelihood.plain_runs import Run
from likelihood.random_graphs import random_renewals
from likelihood.timed_specs import said
from model_check.language.tree.timing import Distribution, Exponential, Fixed, Normal, Uniform
from model_check.likelihood import markov, regions
from model_check.likelihood.chain import TooLargeError
from model_check.likelihood.coming import Endless, EndlessRunError
from model_check.likelihood.runs import runner
from model_check.likelihood.runs.runner import Tables
from model_check.likelihood.simulation import simulate
from model_check.likelihood.tally import Outcomes
from model_check.likelihood.timed_graph import Clock, Flags, TimedGraph

PLAYED, STEPS = 150, 200
"""Runs that are played plainly of a graph, and steps of each: what one does in the second half, it
is taken to do for ever."""
HALVES = ((STEPS // 4, STEPS // 2), (STEPS // 2, None))
SIMULATED = 4_000
FAR = 4.8
"""Deviations that a share is off by chance in one of some 600,000 cases."""
RARELY = 0.01
"""So many runs may come to what they do for ever only after the first half."""
NAMES = ("safe", "once", "leads", "lasts", "again")


def exponential(source: random.Random) -> Distribution:
    return Exponential(source.randint(1, 6))


def fixed_or_uniform(source: random.Random) -> Distribution:
    low = source.randint(1, 4)
    if source.random() < 0.8:
        return Fixed(low)
    return Uniform(low, low + source.randint(1, 4))


def normal(source: random.Random) -> Distribution:
    return Normal(source.randint(2, 6), 1) if source.random() < 0.5 else exponential(source)


def some_flags(source: random.Random, count: int) -> Flags:
    """Of each way in which a property is asked of a run one, as a bit."""

    def some(share: float) -> set[int]:
        return {node for node in range(count) if source.random() < share}

    found, keep, first = [0] * count, [-1] * count, [2] * count
    wrong, comes, after, fulfils = some(0.08), some(0.1), some(0.3), some(0.15)
    lasts, again = some(0.8), some(0.3)
    for node in range(count):
        for bit, sets, clears in (
            (1, node in wrong, False),
            (2, False, node in comes),
            (4, node in after and node not in fulfils, node in fulfils),
            (8, node not in lasts, node in lasts),
            (16, node not in again, node in again),
        ):
            found[node] |= bit * sets
            keep[node] &= ~(bit * clears)
        first[node] = (first[node] & keep[node]) | found[node]
    masks = {name: 1 << place for place, name in enumerate(NAMES)}
    return Flags(first, found, keep, None, masks, returning=8)


def turning(seed: int, draw: Callable[[random.Random], Distribution]) -> TimedGraph:
    """A graph of two instances that go round through three or four places each; what one may do may
    need that the other is at a place."""
    source = random.Random(seed)
    lengths = [source.randint(3, 4) for _ in range(2)]
    clocks: list[Clock] = []
    instance_of: list[int] = []
    ways: list[tuple[int, int, int, tuple[int, int] | None]] = []
    for instance, length in enumerate(lengths):
        for place in range(length):
            for _ in range(source.choice([0, 1, 2] if place else [2, 3])):
                guard = None
                if source.random() < 0.3:
                    other = source.choice([e for e in range(len(lengths)) if e != instance])
                    guard = (other, source.randrange(lengths[other]))
                ways.append((instance, place, source.randrange(length), guard))
                instance_of.append(instance)
                clocks.append(
                    Clock(
                        draw(source),
                        every=source.random() < 0.1,
                        since_possible=source.random() < 0.2,
                        weight=source.choice([1, 1, 2, 0]),
                    )
                )
    nodes = {places: n for n, places in enumerate(product(*map(range, lengths)))}
    moves: list[Move] = []
    for places, node in nodes.items():
        for step, (instance, place, target, guard) in enumerate(ways):
            if places[instance] == place and (guard is None or places[guard[0]] == guard[1]):
                after = (*places[:instance], target, *places[instance + 1 :])
                moves.append((node, step, nodes[after]))
    moves.append((len(nodes), 0, len(nodes)))  # no run comes there: so that all are counted
    flags = some_flags(source, len(nodes) + 1)
    starts = [(each,) for each in instance_of]
    renewing = random_renewals(seed, moves, clocks)
    return hand_made(
        moves, clocks, instance_of=instance_of, starts=starts, flags=flags, renewing=renewing
    )


def played(graph: TimedGraph, seed: int) -> dict[str, float] | None:
    """The shares of runs that break each property, as plain runs have them; None where they are not
    yet where they stay."""
    source = random.Random(seed)
    counts = [dict.fromkeys(NAMES, 0) for _ in range(2)]
    for _ in range(PLAYED):
        run = Run(graph, source)
        memories = [run.memory]
        while len(memories) < STEPS and run.go_on():
            memories.append(run.memory)
        is_over = len(memories) < STEPS
        for part, found in zip(
            ((-1, None), (-1, None)) if is_over else HALVES, counts, strict=True
        ):
            for place, name in enumerate(NAMES):
                bits = [each >> place & 1 for each in memories[slice(*part)]]
                found[name] += any(bits) if name == "lasts" else all(bits)
    if any(abs(counts[0][name] - counts[1][name]) > RARELY * PLAYED for name in NAMES):
        return None
    return {name: count / PLAYED for name, count in counts[1].items()}


def solved(graph: TimedGraph) -> Outcomes | None:
    with suppress(TooLargeError):
        if markov.is_markov(graph):
            return markov.solve(graph)
        if regions.is_regional(graph):
            return regions.solve(graph, most_states=3_000, most_zones=2_000)
    return None


def simulated(graph: TimedGraph, seed: int) -> Outcomes | None:
    """What is simulated; None where a run is given up."""
    with suppress(EndlessRunError):
        return simulate(Tables(graph), most=SIMULATED, seed=seed, workers=1)
    return None


def too_far(found: Outcomes, shares: dict[str, float]) -> Iterator[str]:
    for name, right in shares.items():
        share, _, _ = found.broken[name]
        spread = sqrt(max(share * (1 - share), 1 / PLAYED) / PLAYED)
        if abs(share - right) > FAR * spread + RARELY:
            yield f"{name}: {share} is not {right}"


@pytest.fixture(autouse=True)
def given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have runs be given up sooner, for they are not long here."""
    monkeypatch.setattr(runner, "MOST_STEPS", 200_000)


@pytest.mark.parametrize("draw", [exponential, fixed_or_uniform], ids=lambda draw: draw.__name__)
@pytest.mark.parametrize(
    "first", [0, *(pytest.param(n, marks=pytest.mark.thorough) for n in range(25, 100, 25))]
)
def test_what_is_computed_is_what_plain_runs_do(
    first: int, draw: Callable[[random.Random], Distribution]
) -> None:
    wrong, seen = {}, 0
    for seed in range(first, first + 25):
        graph = turning(seed, draw)
        exact = solved(graph)
        if exact is None:
            continue
        shares = played(graph, seed)
        if shares is None:
            continue
        seen += any(0.1 < share < 0.9 for share, _, _ in exact.broken.values())
        wrong[seed] = [*too_far(exact, shares)]
        plain = simulated(graph, seed)
        if plain is not None:
            wrong[seed] += too_far(plain, {name: exact.broken[name][0] for name in NAMES})
    assert {seed: each for seed, each in wrong.items() if each} == {}
    assert len(wrong) > 15
    assert seen


def test_what_is_simulated_is_what_plain_runs_do() -> None:
    wrong = {}
    for seed in range(1_000, 1_020):
        graph = turning(seed, normal)
        found, shares = simulated(graph, seed), played(graph, seed)
        if found is not None and shares is not None:
            wrong[seed] = [*too_far(found, shares)]
    assert {seed: each for seed, each in wrong.items() if each} == {}
    assert len(wrong) > 8


# --- by hand ------------------------------------------------------------------------------------

HEART = """\
model: heart
vars: {finished: bool, beat: bool}
processes:
  heart:
    run: |
      while True:
          up: beat = True
          down: beat = False
  worker:
    crashes: 1
    restarts: false
    run: |
      work: finished = True
properties:
  works: {eventually: finished}
  at_end: {finally: finished}
  quiet: {finally: not beat}
  answered: {leads_to: {after: beat, comes: finished}}
  never_works: {never: finished}
  beats: {ltl: G F beat}
  stops: {ltl: F G !beat}
  turns: {ltl: G F !beat}
"""
LEAVES = """\
model: leaves
vars: {out: bool, beat: bool, left: bool}
processes:
  p:
    run: |
      goes: while not out:
          either:
              again: beat = not beat
          or:
              stop: out = True
      either:
          here:
              left = True
      or:
          there: pass
      while True:
          turn: beat = not beat
properties:
  leaves: {eventually: left}
  lasts: {finally: left}
  even: {finally: beat}
timing: {p.again: "exp 1ms, 99%", p.goes: 1ms, p.stop: 1%, p.there: 30%, p.turn: 1ms}
"""
STARVES = """\
model: starves
vars: {beat: bool, heard: bool}
processes:
  p:
    run: |
      while True:
          either:
              beats: beat = not beat
          or:
              hears: heard = True
properties:
  hears: {eventually: heard}
  deaf: {never: heard}
timing: {p.beats: 1ms, p.hears: TIME}
"""

MISSES = """\
model: misses
vars: {lit: bool, seen: bool}
processes:
  lamp:
    run: |
      while True:
          on: lit = True
          off: lit = False
  eye:
    run: |
      while True:
          look: seen = seen or lit
properties:
  sees: {eventually: seen}
timing: {lamp.on: 3ms, lamp.off: 1ms, eye.look: 4ms, eye: BEGINS}
"""


def shares(found: Outcomes) -> dict[str, float]:
    return {name: share for name, (share, _, _) in found.broken.items() if name[:3] != "no_"}


@pytest.mark.parametrize(
    "times",
    [
        "{heart.up: 5ms, heart.down: 7ms, worker.work: 0..20ms, worker.crashes: 5ms}",
        "{heart.up: exp 5ms, heart.down: exp 1ms, worker.work: exp 15ms, worker.crashes: exp 5ms}",
    ],
)
def test_a_heart_that_beats_for_ever_leaves_the_rest_as_likely_as_it_is(times: str) -> None:
    graph = said(f"{HEART}timing: {times}\n")
    right = {
        "works": 0.75, "at_end": 0.75, "quiet": 1.0, "answered": 0.75, "never_works": 0.25,
        "beats": 0.0, "stops": 1.0, "turns": 0.0,
    }  # fmt: skip
    exact = solved(graph)
    assert exact is not None
    assert shares(exact) == pytest.approx(right, rel=1e-12)
    assert shares(simulate(Tables(graph), most=20_000)) == pytest.approx(right, abs=0.015)


def test_a_loop_that_is_left_one_time_in_a_hundred_is_merely_long() -> None:
    graph = said(LEAVES.replace("exp 1ms, 99%", "99%"))
    right = {"leaves": 0.3, "lasts": 0.3, "even": 1.0}
    exact = solved(graph)
    assert exact is not None
    assert shares(exact) == pytest.approx(right, rel=1e-12)
    found = simulate(Tables(graph), most=20_000)
    assert shares(found) == pytest.approx(right, abs=0.015)
    assert found.steps > 50 * found.runs


def test_what_is_always_too_late_never_comes() -> None:
    graph = said(STARVES.replace("TIME", "2ms"))
    exact = solved(graph)
    assert exact is not None
    found = simulate(Tables(graph), most=2_000)
    assert shares(exact) == shares(found) == {"hears": 1.0, "deaf": 0.0}
    assert found.are_alike
    assert found.broken["hears"] == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(("begins", "misses"), [("1ms", 1.0), ("3500us", 0.0)])
def test_two_clocks_that_never_meet_go_round_beside_each_other(begins: str, misses: float) -> None:
    graph = said(MISSES.replace("BEGINS", begins))
    found = simulate(Tables(graph), most=10)
    assert shares(found) == {"sees": misses}
    exact = solved(graph)
    assert exact is not None
    assert shares(exact) == {"sees": misses}


@pytest.mark.parametrize(
    ("begins", "share", "alike"), [("5ms", 0.0, True), ("15ms", 1.0, True), ("0..20ms", 0.5, False)]
)
def test_what_the_clocks_alone_settle_is_told(begins: str, share: float, alike: bool) -> None:
    # From 10 to 20 ms, from 30 to 40 ms, and so on, the lamp is on.
    graph = said(f"""\
model: copies
vars: {{lit: bool, seen: bool}}
processes:
  lamp:
    run: |
      while True:
          turn: lit = not lit
  eye:
    run: |
      while True:
          look: seen = lit
properties:
  dark: {{finally: not seen}}
timing: {{lamp.turn: 10ms, eye.look: 20ms, eye: {begins}}}
""")
    found = simulate(Tables(graph), most=20_000)
    assert shares(found) == pytest.approx({"dark": share}, abs=0.015)
    assert found.are_alike is alike
    assert found.steps >= 2 * found.runs


def test_what_is_sometimes_soon_enough_comes_in_the_end() -> None:
    found = simulate(Tables(said(STARVES.replace("TIME", "0..100ms"))), most=2_000)
    assert shares(found) == {"hears": 0.0, "deaf": 1.0}
    assert not found.are_alike


def test_what_only_chance_settles_is_given_up_at_a_step_that_comes_again() -> None:
    text = """\
model: chance
vars: {on: bool}
processes:
  begins:
    run: |
      once: pass
  p:
    run: |
      while True:
          either:
              up: on = True
          or:
              down: on = False
properties:
  lasts: {finally: on}
timing: {p.up: normal 5ms 1ms, p.down: normal 3ms 1ms, begins.once: 1s}
"""
    graph = said(text)
    with pytest.raises(EndlessRunError) as raised:
        simulate(Tables(graph), most=10)
    assert (raised.value.step, raised.value.why) == (2, Endless.UNKNOWN)


def test_a_run_that_takes_very_long_is_given_up_and_no_more_is_said() -> None:
    graph = said(STARVES.replace("TIME", "normal 900ms 1ms").replace("1ms,", "normal 1ms 1us,"))
    with pytest.raises(EndlessRunError) as raised:
        simulate(Tables(graph), most=10)
    assert (raised.value.step, raised.value.why) == (0, Endless.LONG)
    assert raised.value.steps == runner.MOST_STEPS
