"""Simulated runs: compiled code, plain Python and the definition agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from math import sqrt

import pytest
from likelihood.judge import Judge
from likelihood.random_timed import Timed, random_timed
from likelihood.timed_specs import LEGACY, SPECS, clocks_of, graph_of, space_of
from model_check.explore.memo import GrowthNeededError
from model_check.language import load
from model_check.language.source.diagnostics import SpecError
from model_check.likelihood.coming import EndlessRunError
from model_check.likelihood.graph_of import timed_graph
from model_check.likelihood.remembered import UndecidedError, left_out
from model_check.likelihood.runs.runner import Runner, Tables
from model_check.likelihood.simulation import simulate
from model_check.likelihood.timed_graph import TimedGraph

JUDGED = 300
"""Runs that the judge plays of a spec ..."""
SIMULATED = 20_000
"""... and those that are compared with them."""
FAR = 4.2
"""Standard deviations: of a thousand differences one in 40 is larger."""


def graph_to_ask(timed: Timed) -> TimedGraph | None:
    """The graph of a random spec, asked all that can be; None where nothing can be said."""
    space, clocks, begins = timed
    spec = space.machine.spec
    out = {each.name for each, _ in left_out(spec.properties)}
    asked = [each for each in spec.properties if each.name not in out]
    with suppress(SpecError, UndecidedError, GrowthNeededError):
        return timed_graph(space, clocks, begins, asked, [each.name for each in spec.defines])
    return None


def some(seeds: range) -> Iterator[tuple[int, Timed, TimedGraph]]:
    """Random specs whose runs end."""
    for seed in seeds:
        timed = None
        with suppress(SpecError):
            timed = random_timed(seed)
        if timed is not None and (graph := graph_to_ask(timed)) is not None:
            yield seed, timed, graph


def differences(timed: Timed, graph: TimedGraph, seed: int) -> list[str]:
    """Where what is simulated is too far from what the judge saw."""
    space, clocks, begins = timed
    judge = Judge(space, clocks, begins, seed)
    asked = [each for each in space.machine.spec.properties if each.name in graph.flags.masks]
    seen: Counter[str] = Counter()
    for _ in range(JUDGED):
        seen.update(judge.broken(asked))
    found = simulate(Tables(graph), most=SIMULATED, seed=seed)
    assert found.counts is not None
    wrong = []
    for name, count in found.counts.items():
        both = (count + seen[name]) / (SIMULATED + JUDGED)
        spread = sqrt(both * (1 - both) * (1 / SIMULATED + 1 / JUDGED))
        if abs(count / SIMULATED - seen[name] / JUDGED) > FAR * spread:
            wrong.append(f"{name}: {count / SIMULATED} is not {seen[name] / JUDGED}")
    return wrong
