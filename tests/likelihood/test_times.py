"""Random times have the distributions that they are said to have."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from math import erf, exp, sqrt

import pytest
from likelihood.by_hand import hand_made
from likelihood.timed_specs import exponential, fixed, normal, uniform
from model_check.explore.native.work import Places
from model_check.explore.walks.draws import first_draw
from model_check.language.tree.timing import MOST_TIME, Distribution, Exponential, FromLog, Uniform
from model_check.likelihood.runs import places as k
from model_check.likelihood.runs.portable import portable_function
from model_check.likelihood.runs.runner import Tables
from model_check.likelihood.timed_graph import Clock, TimedGraph

DRAWS = 6_000
MANY_DRAWS = 40_000
"""Where there are more ways to be wrong."""
FAR = 1.95
"""Kolmogorov and Smirnov's distance times the root of the draws: of a thousand one is larger."""
MS = 1_000_000


def graph_of(time: Distribution) -> TimedGraph:
    """One step that takes this time."""
    return hand_made([(0, 0, 1)], [Clock(time)])


def drawn(time: Distribution, count: int = DRAWS) -> list[float]:
    """So many times, in nanoseconds."""
    tables = Tables(graph_of(time), native=False)
    run = array("q", [0]) * (tables.run_size // 8)
    runner = tables.runner(1, run)
    draw: Callable[..., int] = portable_function("drawn_time")
    kept = Places(k.RUN_HEAD, {k.DRAW: first_draw(11, 5)})
    return [draw(kept.address, runner[k.CLOCKS]) / (1 << tables.shift) for _ in range(count)]


def distance(found: list[float], below: Callable[[float], float]) -> float:
    """How far the numbers are from a distribution."""
    ordered = sorted(found)
    count = len(ordered)
    return sqrt(count) * max(
        max(abs(below(each) - place / count), abs(below(each) - (place + 1) / count))
        for place, each in enumerate(ordered)
    )


def normal_below(number: float) -> float:
    return (1 + erf(number / sqrt(2))) / 2


SHAPES: dict[str, tuple[Distribution, Callable[[float], float]]] = {
    "exponential": (exponential(50), lambda t: 1 - exp(-t / (50 * MS))),
    "exponential and long": (Exponential(MOST_TIME), lambda t: 1 - exp(-t / MOST_TIME)),
    "exponential and short": (Exponential(3), lambda t: 1 - exp(-t / 3)),
    "uniform": (uniform(1, 3), lambda t: (t - MS) / (2 * MS)),
    "uniform and long": (Uniform(5, MOST_TIME), lambda t: (t - 5) / (MOST_TIME - 5)),
    "normal": (normal(500, 5), lambda t: normal_below((t / MS - 500) / 5)),
    "normal, cut": (
        normal(5, 10),
        lambda t: (normal_below((t / MS - 5) / 10) - normal_below(-0.5)) / normal_below(0.5),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_times_are_distributed_as_they_are_said_to_be(name: str) -> None:
    time, below = SHAPES[name]
    found = drawn(time, MANY_DRAWS if name == "normal" else DRAWS)
    assert min(found) >= 0
    assert distance(found, below) < FAR
    # A mean that is one hundredth larger is told apart where enough times were drawn.
    assert distance([each * 1.08 for each in found], below) > FAR


def test_a_fixed_time_is_always_the_same() -> None:
    assert set(drawn(fixed(3), 5)) == {3 * MS}


def test_measured_times_come_as_often_as_the_log_has_them() -> None:
    found = Counter(drawn(FromLog((1, 1, 4, 9, 9, 9)), DRAWS))
    assert set(found) == {1.0, 4.0, 9.0}
    for time, share in ((1.0, 1 / 3), (4.0, 1 / 6), (9.0, 1 / 2)):
        assert abs(found[time] - share * DRAWS) < 4 * sqrt(DRAWS * share * (1 - share))


def test_of_long_normal_times_the_ends_are_as_rare_as_they_should_be() -> None:
    found = drawn(normal(1000, 10), 20_000)
    far = sum(abs(each / MS - 1000) > 30 for each in found)
    expected = 20_000 * 2 * normal_below(-3)
    assert abs(far - expected) < 4 * sqrt(expected)


@pytest.mark.parametrize(("whole", "part"), [(0, 0.25), (0, 0.9), (1, 0.1), (3, 0.5)])
def test_a_part_of_a_normal_time_is_taken_as_often_as_karney_says(whole: int, part: float) -> None:
    is_near: Callable[..., int] = portable_function("is_near")
    kept = Places(k.RUN_HEAD, {k.DRAW: first_draw(2, 3)})
    share = exp(-part * (2 * whole + part) / (2 * whole + 2))
    found = sum(is_near(kept.address, whole, round(part * 2**32)) for _ in range(DRAWS))
    assert abs(found - share * DRAWS) < 4 * sqrt(DRAWS * share * (1 - share))
