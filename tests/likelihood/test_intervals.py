"""Intervals against published numbers, and against how often they are wrong."""

from __future__ import annotations

import random
from math import comb

import pytest
from model_check.likelihood.intervals import (
    mean_interval,
    runs_needed,
    student,
    student_interval,
)
from model_check.results.shares import share_interval


def test_shares_have_wilson_s_interval_and_few_of_many_an_exact_end() -> None:
    # Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine
    # 17, 1998, table I, method 3; the lower ends of 15 and of 1 are those of method 5.
    for count, total, low, high in (
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0578, 0.1605), (0, 20, 0.0, 0.1611),
        (1, 29, 0.0009, 0.1718),
    ):  # fmt: skip
        share, *found = share_interval(count, total)
        assert share == count / total
        assert found == pytest.approx([low, high], abs=5e-5)
        share, *found = share_interval(total - count, total)
        assert found == pytest.approx([1 - high, 1 - low], abs=5e-5)
    assert share_interval(7, 7)[2] == 1.0
    assert share_interval(1, 1)[1:] == pytest.approx((0.025, 1.0))


@pytest.mark.parametrize("level", [0.95, 0.99])
@pytest.mark.parametrize("total", [50, 1_000])
def test_a_share_is_missed_hardly_more_often_than_is_said(total: int, level: float) -> None:
    intervals = [share_interval(count, total, level)[1:] for count in range(total + 1)]
    for place in range(1, 400):
        # From a tenth of one on to half of all: the other half is the same.
        share = 0.1 / total * (5 * total) ** (place / 400)
        held = sum(
            comb(total, count) * share**count * (1 - share) ** (total - count)
            for count, (low, high) in enumerate(intervals)
            if low <= share <= high
        )
        assert held > level - 0.017


def test_the_end_of_few_of_very_many_is_that_of_rare_events() -> None:
    # Garwood, Fiducial limits for the Poisson distribution, Biometrika 28, 1936.
    for count, least in ((1, 0.0253), (2, 0.2422), (5, 1.6235), (10, 4.7954)):
        assert share_interval(count, 10**12)[1] * 10**12 == pytest.approx(least, abs=5e-5)


def test_student_s_quantiles_are_those_of_the_tables() -> None:
    # Abramowitz, Stegun, Handbook of mathematical functions, 1964, table 26.10.
    for degrees, quantile in ((1, 12.706), (2, 4.303), (5, 2.571), (19, 2.093), (120, 1.980)):
        assert student(degrees) == pytest.approx(quantile, abs=5e-4)
    assert student(10, 0.99) == pytest.approx(3.169, abs=5e-4)


def test_the_mean_of_what_was_counted_is_the_mean_of_its_values() -> None:
    values, counts = [4, 0, 1, 10**9], [3, 50, 7, 0]
    mean, low, high = mean_interval(values, counts, 0, 10**9)
    plain = [value for value, each in zip(values, counts, strict=True) for _ in range(each)]
    assert mean == sum(plain) / 60
    variance = sum((each - mean) ** 2 for each in plain) / 59
    assert (low, high) == pytest.approx(
        (mean - 1.959964 * (variance / 60) ** 0.5, mean + 1.959964 * (variance / 60) ** 0.5)
    )
    assert mean_interval(values, counts, 0, 4)[1:] == (low, high)
    assert mean_interval([0, 1], [99_999, 1], 0, 1)[1] == 0.0


def test_a_mean_of_one_value_alone_is_as_uncertain_as_what_never_came() -> None:
    assert mean_interval([2], [9], 2, 2) == (2.0, 2.0, 2.0)
    # Of 20 none: 0.1611, as above. The same value may be that of several endings.
    for values, counts in (([2], [20]), ([2, 2, 7], [15, 5, 0])):
        assert mean_interval(values, counts, 1, 7) == pytest.approx((2, 1.8389, 2.8055), abs=3e-4)


@pytest.mark.parametrize("count", [90, 300, 500, 970])
def test_as_many_runs_as_are_said_to_be_needed_are_enough_and_hardly_more(count: int) -> None:
    needed = runs_needed(count, 1_000, 0.004)
    for total, is_enough in ((needed, True), (needed * 9 // 10, False)):
        share, low, high = share_interval(round(count * total / 1_000), total)
        assert (max(high - share, share - low) < 0.00405) is is_enough
    assert runs_needed(0, 1_000, 0.004) == 1_000


def test_intervals_of_a_few_estimates_miss_one_time_in_twenty() -> None:
    source = random.Random(3)
    missed = 0
    for _ in range(2_000):
        mean, low, high = student_interval(source.gauss(5, 2) for _ in range(6))
        assert low < mean < high
        missed += not low <= 5 <= high
    assert 70 <= missed <= 132
