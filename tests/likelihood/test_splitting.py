"""Importance splitting finds what is rare, and says how near it is."""

from __future__ import annotations

from math import sqrt

import pytest
from likelihood.by_hand import hand_made
from likelihood.timed_specs import exponential, fixed, graph_of, ruin, said, uniform
from model_check.budget.spending import StopNow
from model_check.likelihood.rarely import FAR_OFF, aim_at
from model_check.likelihood.runs.runner import Tables
from model_check.likelihood.simulation import simulate
from model_check.likelihood.splitting import split
from model_check.likelihood.timed_graph import Clock


def ruin_tables(top: int, odds: int) -> tuple[Tables, float]:
    """Of a gambler, and how likely the top is (Feller, An introduction to probability theory and
    its applications, 1950, chapter XIV)."""
    times = {"up.wins": exponential(100), "down.loses": exponential(100 / odds)}
    share = (odds - 1) / (odds**top - 1)
    return Tables(graph_of(ruin(top), times, asked=("poor",))), share


@pytest.mark.parametrize(("top", "odds"), [(4, 4), (6, 4), (5, 10), (7, 10), (9, 10), (12, 5)])
def test_a_rare_share_is_the_exact_one(top: int, odds: int) -> None:
    tables, share = ruin_tables(top, odds)
    found = split(tables, "poor", seed=top)
    assert found is not None
    estimate, low, high = found.broken["poor"]
    # Three times as wide: of a thousand intervals two are wrong.
    assert abs(estimate - share) < 1.6 * (high - low) / 2
    assert (high - low) / 2 < 0.15 * estimate
    assert sum(each for each, _, _ in found.endings["poor"].values()) == pytest.approx(estimate)


def test_estimates_are_right_in_the_mean_and_their_intervals_wrong_one_time_in_twenty() -> None:
    tables, share = ruin_tables(5, 5)
    found = [split(tables, "poor", seed=seed, relative=1.0) for seed in range(30)]
    measured = [each.broken["poor"] for each in found if each is not None]
    assert len(measured) == 30
    missed = sum(not low <= share <= high for _, low, high in measured)
    assert missed <= 5
    mean = sum(estimate for estimate, _, _ in measured) / 30
    spread = sqrt(sum((estimate - mean) ** 2 for estimate, _, _ in measured) / 29 / 30)
    assert abs(mean - share) < 4 * spread


def test_the_answer_is_the_same_with_any_number_of_threads() -> None:
    tables, _ = ruin_tables(6, 6)
    assert split(tables, "poor", workers=1) == split(tables, "poor", workers=3)
    assert split(tables, "poor", workers=1) != split(tables, "poor", workers=1, seed=2)


def test_splitting_and_plain_runs_agree_where_both_can_tell() -> None:
    times = {"up": uniform(0, 8), "up.wins": fixed(3), "down.loses": uniform(1, 6)}
    tables = Tables(graph_of(ruin(6), times, asked=("poor",)))
    rare, plain = split(tables, "poor", relative=0.05), simulate(tables, most=400_000)
    assert rare is not None
    (one, low, high), (other, below, above) = rare.broken["poor"], plain.broken["poor"]
    assert abs(one - other) < 1.6 * sqrt((high - low) ** 2 + (above - below) ** 2) / 2


def test_levels_are_the_steps_to_the_point_of_no_return() -> None:
    graph = graph_of(ruin(5), {}, asked=("poor",))
    aim = aim_at(graph, Tables(graph).moves, "poor")
    assert sorted(each for each in aim.distances if each != FAR_OFF) == [1, 2, 3, 4]
    assert aim.first == 4
    assert aim.hopeless == 1


def test_what_no_run_can_come_to_has_no_share() -> None:
    text = ruin(5).replace("n == 5", "n == 5 and n == 4")
    found = split(Tables(said(text + "timing: {up.wins: 1ms, down.loses: 3ms}\n")), "poor")
    assert found is not None
    assert found.broken["poor"] == (0.0, 0.0, 0.0)
    assert found.note == "no run can come to where it is broken"


def test_of_what_runs_begin_with_splitting_says_nothing() -> None:
    graph = hand_made([(0, 0, 2), (1, 0, 2)], [Clock(fixed(1))], initial=2, marked=(0,))
    assert aim_at(graph, Tables(graph).moves, "marked").first == FAR_OFF
    assert split(Tables(graph), "marked") is None


def test_levels_that_nothing_reaches_are_no_help() -> None:
    # From 1 on the first step up takes 1 ms, and down 1 us: no distance is between.
    times = {"up.wins": fixed(2), "down.loses": fixed(1)}
    assert split(Tables(graph_of(ruin(3), times, asked=("poor",))), "poor") is None


def test_it_ends_where_it_is_interrupted_and_tells_what_is_known() -> None:
    tables, share = ruin_tables(9, 10)
    with pytest.raises(StopNow):
        split(tables, "poor", interrupted=lambda: "interrupted")
    asked = iter([""] * 70)
    found = split(
        tables, "poor", relative=0.001, workers=1,
        interrupted=lambda: next(asked, "interrupted"),
    )  # fmt: skip
    assert found is not None
    assert found.note.endswith("interrupted")
    assert found.broken["poor"][0] == pytest.approx(share, rel=0.5)
