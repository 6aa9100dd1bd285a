"""Intervals that a true value lies in with 95 %, from what was simulated.

Shares: see `results.shares`. Means: by the normal distribution. Means of a few independent
estimates: by Student's t.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from math import atan, cos, pi, sin, sqrt

from ..results.shares import LEVEL, normal_quantile, share_interval
from .tally import Measured

__all__ = ["mean_interval", "reach", "runs_needed", "student", "student_interval"]

EXACT = 1e-12
"""So near is a quantile of Student's t found."""


def runs_needed(count: int, total: int, precision: float) -> int:
    """How many runs are needed until a share that looks as so many of so many has an interval that
    reaches no further than `precision` to either side."""
    if reach(share_interval(count, total)) <= precision:
        return total
    needed = total + max(1, total // 16)
    while reach(share_interval(round(count * needed / total), needed)) > precision:
        needed += max(1, needed // 16)
    return needed


def reach(found: Measured) -> float:
    """How far an interval reaches to that side on which it reaches further."""
    share, low, high = found
    return max(high - share, share - low)


def mean_interval(values: Sequence[int], counts: Sequence[int], least: int, most: int) -> Measured:
    """The mean of values that came so often each, and its interval. least, most: between which all
    values are, also those that never came."""
    total = sum(counts)
    summed = sum(value * count for value, count in zip(values, counts, strict=True))
    squares = sum(value * value * count for value, count in zip(values, counts, strict=True))
    mean = summed / total
    if len({value for value, count in zip(values, counts, strict=True) if count}) == 1:
        # One value was seen alone: others may be as likely as what never came in so many.
        _, _, others = share_interval(0, total)
        return mean, mean - others * (mean - least), mean + others * (most - mean)
    # Whole numbers up to here: nothing is lost where two large ones are almost the same.
    variance = (squares * total - summed * summed) / (total * (total - 1))
    half = normal_quantile(LEVEL) * sqrt(variance / total)
    return mean, max(least, mean - half), min(most, mean + half)


def student_interval(estimates: Iterable[float]) -> Measured:
    """The mean of independent estimates, at least two, and its interval."""
    found = tuple(estimates)
    mean = sum(found) / len(found)
    variance = sum((each - mean) ** 2 for each in found) / (len(found) - 1)
    half = student(len(found) - 1) * sqrt(variance / len(found))
    return mean, mean - half, mean + half


@cache
def student(degrees: int, level: float = LEVEL) -> float:
    """The number that Student's t is not farther from 0 than, with the probability `level`."""
    low, high = 0.0, 1.0
    while _within(degrees, high) < level:
        high *= 2
    while high - low > EXACT * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _within(degrees, middle) < level else (low, middle)
    return high


def _within(degrees: int, limit: float) -> float:
    """How likely Student's t is not farther from 0 than a limit (Abramowitz, Stegun, Handbook of
    mathematical functions, 1964, 26.7.3 and 26.7.4)."""
    angle = atan(limit / sqrt(degrees))
    square = cos(angle) ** 2
    if degrees % 2:
        term, total = cos(angle), 0.0
        for each in range(1, degrees - 1, 2):
            total += term
            term *= square * (each + 1) / (each + 2)
        return 2 / pi * (angle + sin(angle) * total)
    term, total = 1.0, 0.0
    for each in range(0, degrees, 2):
        total += term
        term *= square * (each + 1) / (each + 2)
    return sin(angle) * total
