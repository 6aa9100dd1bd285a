"""What is computed exactly, against plain runs on random graphs."""

from __future__ import annotations

import random
from math import sqrt

import pytest
from likelihood.by_hand import ends
from likelihood.plain_runs import counted
from likelihood.random_graphs import random_graph
from model_check.language.tree.timing import Distribution, Exponential, Fixed, Uniform
from model_check.likelihood import markov, regions
from model_check.likelihood.tally import Outcomes
from model_check.likelihood.timed_graph import TimedGraph

RUNS = 4000
FAR = 4.5
"""Deviations that a share is off by chance in one of 150,000 cases."""


def exponential(source: random.Random) -> Distribution:
    return Exponential(source.randint(1, 20))


def fixed_or_uniform(source: random.Random) -> Distribution:
    low = source.randint(0, 10)
    if source.random() < 0.5:
        return Fixed(low)
    return Uniform(low, low + source.randint(1, 10))


def compare(graph: TimedGraph, found: Outcomes, seed: int) -> None:
    runs = counted(graph, RUNS, seed)
    exact = ends(found)
    assert sum(exact.values()) == pytest.approx(1, abs=1e-12)
    nodes = {node for node, _ in runs} | set(exact)
    shares = [(exact.get(n, 0.0), sum(c for (e, _), c in runs.items() if e == n)) for n in nodes]
    marked = sum(count for (_, memory), count in runs.items() if memory & 1)
    for share, count in [*shares, (found.broken["marked"][0], marked)]:
        assert abs(count / RUNS - share) <= FAR * sqrt(share * (1 - share) / RUNS) + 1e-9


@pytest.mark.parametrize("seed", range(60))
def test_exponential_times(seed: int) -> None:
    graph = random_graph(seed, exponential)
    assert markov.is_markov(graph)
    compare(graph, markov.solve(graph), seed)


@pytest.mark.parametrize("seed", range(60))
def test_fixed_and_uniform_times(seed: int) -> None:
    graph = random_graph(1000 + seed, fixed_or_uniform)
    assert regions.is_regional(graph)
    compare(graph, regions.solve(graph), seed)
