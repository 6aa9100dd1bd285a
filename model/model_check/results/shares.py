"""Between which shares a true one lies, from how many of how many were counted."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

__all__ = ["LEVEL", "normal_quantile", "share_interval"]

LEVEL = 0.95
"""How often the true value lies in an interval."""


def normal_quantile(level: float) -> float:
    """So many standard deviations to either side of its mean, a normal value lies as often as
    `level` says."""
    return NormalDist().inv_cdf((1 + level) / 2)


def share_interval(count: int, total: int, level: float = LEVEL) -> tuple[float, float, float]:
    """The share that `count` of `total`, which is above 0, are, and the ends of its interval:
    Wilson, Probable inference, the law of succession, and statistical inference, Journal of the
    American Statistical Association 22, 1927."""
    z = normal_quantile(level)
    share, square = count / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    half /= 1 + square / total
    # What was seen never lies outside, whatever rounding does.
    low = 0.0 if not count else min(max(0.0, middle - half), share)
    high = 1.0 if count == total else max(min(1.0, middle + half), share)
    return share, low, high
