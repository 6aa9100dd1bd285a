"""What is computed exactly lies in the intervals of what is simulated, as often as it should.

Of intervals of 99 %, one in a hundred misses the true value; more misses than chance explains tell
of a mistake in one of the two, or of intervals that are too narrow.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from math import comb

import pytest
from likelihood.by_hand import by_end
from likelihood.random_timed import graph_to_ask, random_timed
from model_check.language.records import replace
from model_check.language.source.diagnostics import SpecError
from model_check.language.tree.timing import Distribution, Exponential, Fixed, Uniform
from model_check.likelihood import markov, regions
from model_check.likelihood.chain import TooLargeError
from model_check.likelihood.coming import EndlessRunError
from model_check.likelihood.runs.runner import Tables
from model_check.likelihood.simulation import simulate
from model_check.likelihood.tally import Outcomes
from model_check.likelihood.timed_graph import Clock, TimedGraph
from model_check.results.shares import share_interval

MS = 1_000_000
RUNS = 20_000
LEVEL, SURE = 0.99, 1 - 1e-9
SEEN = 10
"""A share that is expected less often has no interval that holds it as often as it says."""
FEW = 2
"""So many specs in fifteen have ends that are not sure, at least."""
END = "end"
BY_CHANCE = 1e-6
"""So unlikely may a number of misses be at most, to be told."""
Draw = Callable[[random.Random], Distribution]


def exponential(source: random.Random) -> Distribution:
    return Exponential(source.randint(1, 6) * MS)


def fixed_or_uniform(source: random.Random) -> Distribution:
    low = source.randint(0, 3)
    if source.random() < 0.6:
        return Fixed(low * MS)
    return Uniform(low * MS, (low + source.randint(1, 3)) * MS)


def graphs(seeds: Iterable[int], draw: Draw) -> Iterator[tuple[int, TimedGraph]]:
    """Graphs of random specs with times of one kind."""
    for seed in seeds:
        source = random.Random(f"exact {seed}")
        timed = None
        with suppress(SpecError):
            timed = random_timed(seed)
        if timed is None:
            continue
        space = timed[0]
        clocks = [
            Clock(
                draw(source) if source.random() < 0.7 else None,
                every=source.random() < 0.15,
                weight=source.choice([1, 1, 2, 3, 0]),
            )
            for _ in space.machine.steps
        ]
        begins = [
            draw(source) if not each.task and source.random() < 0.3 else None
            for each in space.machine.instances
        ]
        graph = graph_to_ask((space, clocks, begins))
        if graph is not None:
            yield seed, graph


def solved(graph: TimedGraph) -> Outcomes | None:
    """What is computed exactly; None where that is too much, or no time goes on."""
    with suppress(TooLargeError, EndlessRunError):
        if markov.is_markov(graph):
            return markov.solve(graph, most=20_000)
        return regions.solve(graph, most_zones=3_000)
    return None


def simulated(graph: TimedGraph, seed: int) -> Outcomes | None:
    """What is simulated; None where a run is given up that goes on for ever."""
    with suppress(EndlessRunError):
        return simulate(Tables(graph), most=RUNS, seed=seed, workers=1)
    return None


def by_node(graph: TimedGraph) -> TimedGraph:
    """The graph, asked of what `END` is the name too, which every run breaks; endings are nodes."""
    bit = 1 << 61
    flags = replace(
        graph.flags,
        first=[each | bit for each in graph.flags.first],
        found=[each | bit for each in graph.flags.found],
        masks=graph.flags.masks | {END: bit},
    )
    return by_end(replace(graph, flags=flags, values={}))


def shares(found: Outcomes) -> dict[str, float]:
    """Of each property, how many runs break it; and of each node, how many end there."""
    ends = {f"node {node}": share for node, (share, _, _) in found.endings[END].items()}
    return {name: share for name, (share, _, _) in found.broken.items()} | ends


def compared(seeds: Iterable[int], draw: Draw) -> tuple[list[bool], list[str]]:
    """Of each spec, whether the interval of one share, drawn by lot, misses it; and what is wrong
    whatever chance does."""
    missed, wrong = [], []
    for seed, asked in graphs(seeds, draw):
        graph = by_node(asked)
        exact = solved(graph)
        plain = None if exact is None else simulated(graph, seed)
        if exact is None or plain is None:
            continue
        found = shares(plain)
        right = shares(exact)
        assert {name for name, share in found.items() if share} <= set(right)
        often = [name for name, share in right.items() if SEEN < share * RUNS < RUNS - SEEN]
        for name, share in right.items():
            count = round(found.get(name, 0) * RUNS)
            if share in (0, 1):
                is_wrong = count != share * RUNS
            else:
                is_wrong = name in often and not _holds(count, share, SURE)
            if is_wrong:
                wrong.append(f"{seed}: {name}: {count / RUNS} is not {share}")
        if often:
            name = random.Random(seed).choice(sorted(often))
            missed.append(not _holds(round(found[name] * RUNS), right[name], LEVEL))
    return missed, wrong


def _holds(count: int, share: float, level: float) -> bool:
    _, low, high = share_interval(count, RUNS, level)
    return low <= share <= high


def at_least(count: int, of: int, chance: float) -> float:
    """How likely so many of so many are, or more."""
    return sum(comb(of, k) * chance**k * (1 - chance) ** (of - k) for k in range(count, of + 1))


def test_how_many_misses_are_too_many() -> None:
    assert at_least(0, 100, 0.01) == pytest.approx(1)
    assert at_least(1, 100, 0.01) == pytest.approx(1 - 0.99**100)
    assert at_least(10, 100, 0.01) < BY_CHANCE < at_least(7, 100, 0.01)


@pytest.mark.parametrize("draw", [exponential, fixed_or_uniform], ids=lambda draw: draw.__name__)
@pytest.mark.parametrize(
    ("first", "count"),
    [(0, 15), *(pytest.param(n, 60, marks=pytest.mark.thorough) for n in range(15, 135, 60))],
)
def test_intervals_miss_what_is_exact_no_more_than_by_chance(
    first: int, count: int, draw: Draw
) -> None:
    missed, wrong = compared(range(first, first + count), draw)
    assert wrong == []
    assert len(missed) >= FEW
    assert at_least(sum(missed), len(missed), 1 - LEVEL) > BY_CHANCE
