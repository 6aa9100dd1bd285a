"""Densities over zones, against integrals done by hand and against sampling."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from model_check.likelihood.zones import CERTAIN, Density


def uniforms(*ranges: tuple[int, int]) -> Density:
    found = CERTAIN
    for low, high in ranges:
        found = found.and_uniform(low, high)
    return found


def part(density: Density | None) -> Fraction:
    return Fraction(0) if density is None else density.total()


def test_a_density_is_sure_together() -> None:
    assert uniforms().total() == uniforms((3, 7)).total() == 1
    assert uniforms((3, 7), (0, 10), (5, 6)).total() == 1


def test_of_two_uniform_moments_the_first_one_is_known() -> None:
    both = uniforms((0, 4), (1, 3))
    # p1 before p2: the mean of p2 / 4.
    assert part(both.where(1, 2, 0)) == Fraction(1, 2)
    # p1 at least 2 before p2: p2 is 2 at least, and p1 at most p2 - 2: 1/2 * mean of 0..1 / 4.
    assert part(both.where(1, 2, -2)) == Fraction(1, 16)
    assert both.where(1, 2, -3) is None
    assert both.where(1, 0, 0) is None


def test_three_alike_come_in_any_order_alike_likely() -> None:
    three = uniforms((0, 5), (0, 5), (0, 5))
    first = three.where(2, 1, 0)
    assert first is not None
    assert part(first.where(1, 3, 0)) == Fraction(1, 6)


def test_time_that_passes_changes_no_probability() -> None:
    both = uniforms((2, 5), (3, 9))
    later = both.later(2)
    assert later.total() == 1
    assert part(later.where(1, 0, 1)) == Fraction(1, 3)  # p1 at most 3 from the start


def test_what_came_is_now_and_what_was_now_is_before_it() -> None:
    first = uniforms((0, 4), (0, 4)).where(1, 2, 0)
    assert first is not None
    now = first.at(1)
    assert now.total() == Fraction(1, 2)
    # q1 is what was now, and q2 how long until the other one: below 2 with 1/2 - (1/2)^2 / 2.
    assert part(now.where(2, 0, 2)) == Fraction(1, 2) - Fraction(1, 8)
    # Without what was now, the difference has a triangular density.
    assert sum((part(each.where(2 - 1, 0, 2)) for each in now.without(1)), Fraction()) == (
        Fraction(3, 8)
    )


def test_moments_have_other_numbers_in_another_order() -> None:
    both = uniforms((0, 4), (0, 2))
    assert part(both.in_order([2, 1]).where(1, 0, 1)) == Fraction(1, 2)
    assert part(both.in_order([2, 1]).where(2, 0, 1)) == Fraction(1, 4)


def test_sums_are_of_what_is_within_the_same_bounds() -> None:
    one = uniforms((0, 4)).times(Fraction(1, 3))
    assert one.plus(one).total() == Fraction(2, 3)


def drawn(seed: int) -> tuple[Density | None, float]:
    """A density after some random operations, and its share by sampling the same."""
    source = random.Random(seed)
    density: Density | None = CERTAIN
    runs = [[0.0] for _ in range(20_000)]  # moments, at first now
    assert density is not None
    for _ in range(source.randint(2, 4)):
        low = source.randint(0, 5)
        high = low + source.randint(1, 8)
        density = density.and_uniform(low, high)
        for run in runs:
            run.append(source.uniform(low, high))
    total = len(runs)
    for _ in range(4):
        kind = source.choice(["where", "later", "at"])
        one, other = source.sample(range(density.count + 1), 2)
        if kind == "later":
            density = density.later(one)
            runs = [[0.0, *(each - one for each in run[1:])] for run in runs]
        elif kind == "at":
            one = one or 1
            density = density.at(one)
            for run in runs:
                run[0], run[one] = run[one], run[0]
            runs = [[each - run[0] for each in run] for run in runs]
        else:
            most = source.randint(-3, 6)
            density = density.where(one, other, most)
            runs = [run for run in runs if run[one] - run[other] <= most]
            if density is None:
                break
    return density, len(runs) / total


@pytest.mark.parametrize("seed", range(40))
def test_exact_shares_are_those_of_samples(seed: int) -> None:
    density, share = drawn(seed)
    assert float(part(density)) == pytest.approx(share, abs=0.015)
    if density is not None:
        for moment in range(1, density.count + 1):
            pieces = density.without(moment)
            assert sum((each.total() for each in pieces), Fraction()) == density.total()
