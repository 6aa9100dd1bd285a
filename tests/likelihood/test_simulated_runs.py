"""Simulated runs: compiled code, plain Python and the definition agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from math import sqrt

import pytest
from likelihood.judge import Judge
from likelihood.random_timed import ENDLESS, Timed, graph_to_ask, random_timed
from likelihood.timed_specs import LEGACY, SPECS, graph_of
from model_check.budget.spending import StopNow
from model_check.language.source.diagnostics import SpecError
from model_check.likelihood.runs.runner import Runner, Tables
from model_check.likelihood.simulation import simulate
from model_check.likelihood.timed_graph import TimedGraph

JUDGED = 300
"""Runs that the judge plays of a spec ..."""
SIMULATED = 20_000
"""... and those that are compared with them."""
FAR = 4.2
"""Standard deviations: of a thousand differences one in 40 is larger."""


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


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(n, marks=pytest.mark.thorough) for n in range(10, 200, 10))]
)
def test_random_specs_break_as_often_as_the_definition_says(first: int) -> None:
    found = {
        seed: differences(timed, graph, seed)
        for seed, timed, graph in some(range(first, first + 10))
        if seed not in ENDLESS
    }
    assert {seed: wrong for seed, wrong in found.items() if wrong} == {}
    assert len(found) > 2


def test_plain_python_takes_the_same_runs_as_compiled_code() -> None:
    compared = 0
    for seed, _, graph in some(range(200, 212)):
        counts = []
        for native in (True, False):
            runner = Runner(Tables(graph, native=native), seed)
            assert runner.take(range(40, 80), lambda: False)
            counts.append((list(runner.counts), runner.steps))
        assert counts[0] == counts[1]
        compared += 1
    assert compared > 4


def test_the_answer_is_the_same_with_any_number_of_threads() -> None:
    tables = Tables(graph_of(SPECS / "legacy.yaml", LEGACY))
    alone = simulate(tables, precision=0.004, seed=3, workers=1)
    assert simulate(tables, precision=0.004, seed=3, workers=5) == alone
    assert simulate(tables, precision=0.004, seed=4, workers=1) != alone


def test_runs_are_taken_until_the_interval_is_as_narrow_as_asked() -> None:
    tables = Tables(graph_of(SPECS / "legacy.yaml", LEGACY))
    found = simulate(tables, precision=0.004)
    _, low, high = found.broken["no_loss"]
    assert 0.006 < high - low <= 0.008
    assert found.runs < simulate(tables, precision=0.004, most=found.runs).runs + 1
    assert simulate(tables, precision=0.004, most=5_000).runs == 5_000
    assert simulate(tables, most=3).runs == 3


def test_legacy_loses_as_often_as_is_computed_by_hand() -> None:
    # A browser that begins within 5 ms of a publication loses that chunk: 35 ms of 400, for
    # nobody begins before the first one, at 0.
    found = simulate(Tables(graph_of(SPECS / "legacy.yaml", LEGACY)), most=400_000)
    share, low, high = found.broken["no_loss"]
    assert low < 35 / 400 < high
    assert found.means["missing"][0] == share  # nobody loses two
    assert found.broken["no_duplicate"][:2] == (0.0, 0.0)


def test_an_end_that_comes_before_tells_of_whole_batches() -> None:
    tables = Tables(graph_of(SPECS / "legacy.yaml", LEGACY))
    asked = iter([*[""] * 40, "interrupted"])
    found = simulate(tables, most=10_000_000, workers=1, interrupted=lambda: next(asked))
    assert found.note == f"interrupted after {found.runs:,} runs"
    assert 1_000 <= found.runs < 10_000_000
    assert simulate(tables, most=found.runs, workers=1).broken == found.broken
    with pytest.raises(StopNow):
        simulate(tables, interrupted=lambda: "interrupted")
