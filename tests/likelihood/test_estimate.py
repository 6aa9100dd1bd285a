"""Which method is chosen, and that all of them say the same."""

from __future__ import annotations

import pytest
from by_hand import hand_made
from model_check.budget.spending import StopNow
from model_check.language.tree.timing import Exponential, Fixed, Normal, Uniform
from model_check.likelihood import estimate as module
from model_check.likelihood.chain import MissingPackageError, TooLargeError
from model_check.likelihood.estimate import Asked, estimate
from model_check.likelihood.tally import Outcomes
from model_check.likelihood.timed_graph import Clock, TimedGraph

ASKED = Asked(precision=0.01, native=False, workers=1)
MS = 1_000_000


def race(first: Clock, second: Clock) -> TimedGraph:
    """Two steps; the first one leads to node 1, which is marked."""
    return hand_made([(0, 0, 1), (0, 1, 2)], [first, second], marked=[1])


def test_exponential_times_are_solved_as_a_chain() -> None:
    found = estimate(race(Clock(Exponential(MS)), Clock(Exponential(3 * MS))), ASKED)
    assert found.outcomes.method == "markov"
    assert found.is_exact
    assert found.outcomes.broken["marked"][0] == pytest.approx(0.75)
    assert found.methods == {"end": "markov", "marked": "markov"}


def test_fixed_and_uniform_times_are_integrated() -> None:
    found = estimate(race(Clock(Uniform(0, 4 * MS)), Clock(Fixed(MS))), ASKED)
    assert found.outcomes.method == "regions"
    assert found.outcomes.broken["marked"] == (0.25, 0.25, 0.25)


def test_any_others_are_simulated_until_the_interval_is_narrow() -> None:
    found = estimate(race(Clock(Normal(2 * MS, MS)), Clock(Exponential(MS))), ASKED)
    assert found.outcomes.method == "simulation"
    assert not found.is_exact
    share, low, high = found.outcomes.broken["marked"]
    assert low < share < high <= low + 0.02
    assert found.notes == (
        "not computed exactly: for that, all times are `exp`, or all are fixed or uniform",
    )


def test_what_could_be_computed_is_simulated_if_asked() -> None:
    asked = Asked(precision=0.02, native=False, exact=False)
    found = estimate(race(Clock(Exponential(MS)), Clock(Exponential(3 * MS))), asked)
    assert found.outcomes.method == "simulation"
    _, low, high = found.outcomes.broken["marked"]
    assert low < 0.75 < high
    assert found.notes == ()


@pytest.mark.parametrize("error", [TooLargeError("far too much"), MissingPackageError("no scipy")])
def test_what_cannot_be_computed_is_simulated_and_says_why(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(graph: TimedGraph) -> Outcomes:
        raise error

    monkeypatch.setattr(module, "markov_solve", fail)
    found = estimate(race(Clock(Exponential(MS)), Clock(Exponential(MS))), ASKED)
    assert found.outcomes.method == "simulation"
    assert found.notes == (f"not computed exactly: {error}",)


@pytest.mark.parametrize("exact", [True, False])
def test_what_no_order_of_the_steps_breaks_is_broken_by_no_run(exact: bool) -> None:
    graph = hand_made([(0, 0, 1), (0, 1, 2)], [Clock(Exponential(MS))] * 2)
    found = estimate(graph, Asked(precision=0.05, native=False, exact=exact))
    assert found.methods["marked"] == "orders"
    assert found.outcomes.broken["marked"] == (0.0, 0.0, 0.0)
    assert found.methods["end"] != "orders"


def ladder(rungs: int) -> TimedGraph:
    """From each node up with a chance of one in ten, or down to an end; the top is marked."""
    moves = [(n, 0, n + 1) for n in range(rungs)] + [(n, 1, rungs + 1) for n in range(rungs)]
    clocks = [Clock(weight=1), Clock(weight=9)]
    return hand_made(moves, clocks, instance_of=[0, 0], marked=[rungs])


def test_what_is_rare_is_split_and_agrees_with_what_is_exact() -> None:
    graph = ladder(6)
    assert estimate(graph, ASKED).outcomes.broken["marked"][0] == pytest.approx(1e-6)
    asked = Asked(precision=0.05, most=500, exact=False)
    found = estimate(graph, asked)
    assert found.methods == {"end": "simulation", "marked": "splitting"}
    share, low, high = found.outcomes.broken["marked"]
    assert share == pytest.approx(1e-6, rel=0.3)
    assert low < 1.2e-6
    assert high > 0.8e-6
    assert any("marked: " in note and "levels" in note for note in found.notes)
    assert estimate(graph, asked) == found


def test_a_simulation_that_may_not_go_on_says_that_it_is_not_narrow() -> None:
    graph = race(Clock(Exponential(MS)), Clock(Exponential(MS)))
    found = estimate(graph, Asked(precision=0.001, most=200, native=False, exact=False))
    assert found.notes == ("after 200 runs, some interval is still wider than was asked",)
    assert found.stopped == ""


def test_what_is_stopped_tells_what_is_known_and_why() -> None:
    graph = race(Clock(Exponential(MS)), Clock(Exponential(MS)))
    told: list[str] = []
    asked = Asked(
        precision=0.0001, native=False, exact=False, told=told.append,
        interrupted=lambda: "enough" if told else "",
    )  # fmt: skip
    found = estimate(graph, asked)
    assert found.stopped.startswith("enough")
    _, low, high = found.outcomes.broken["marked"]
    assert low < 0.5 < high
    with pytest.raises(StopNow):
        estimate(graph, Asked(precision=0.1, native=False, exact=False, interrupted=lambda: True))
