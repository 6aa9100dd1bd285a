"""Between which shares a true one lies, from how many of how many were counted."""

from __future__ import annotations

from math import exp, log1p, sqrt
from statistics import NormalDist

__all__ = ["LEVEL", "normal_quantile", "share_interval"]

LEVEL = 0.95
"""How often the true value lies in an interval."""
FEW = 20
"""Where fewer were counted, Wilson's lower end lies above the true share too often: at worst, in
one case of six instead of one in forty. From so many on it is as often as it should be, within
1.5 %."""
CLOSE = 1e-12
"""So near, as a part of it, is an end found that has no formula."""


def normal_quantile(level: float) -> float:
    """So many standard deviations to either side of its mean, a normal value lies as often as
    `level` says."""
    return NormalDist().inv_cdf((1 + level) / 2)


def share_interval(count: int, total: int, level: float = LEVEL) -> tuple[float, float, float]:
    """The share that `count` of `total`, which is above 0, are, and the ends of its interval:
    Wilson, Probable inference, the law of succession, and statistical inference, Journal of the
    American Statistical Association 22, 1927. Its end on the side of nothing (or of all) is that of
    Clopper and Pearson where FEW were counted (or not)."""
    z = normal_quantile(level)
    share, square = count / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    half /= 1 + square / total
    # What was seen never lies outside, whatever rounding does.
    low = 0.0 if not count else min(max(0.0, middle - half), share)
    high = 1.0 if count == total else max(min(1.0, middle + half), share)
    if 0 < count < FEW:
        low = min(low, _least(count, total, level))
    if 0 < total - count < FEW:
        high = max(high, 1 - _least(total - count, total, level))
    return share, low, high


def _least(count: int, total: int, level: float) -> float:
    """The share with which so many of so many, or more, are as unlikely as to miss an interval on
    one side: Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case
    of the binomial, Biometrika 26, 1934."""
    low, high = 0.0, count / total
    while high - low > CLOSE * high:
        middle = (low + high) / 2
        if 1 - _fewer(count, total, middle) < (1 - level) / 2:
            low = middle
        else:
            high = middle
    return low


def _fewer(count: int, total: int, share: float) -> float:
    """How likely fewer than `count` of `total` are, if each is with probability `share`, below 1:
    the sum of so many terms."""
    term = exp(total * log1p(-share))
    found = 0.0
    for number in range(count):
        found += term
        term *= (total - number) / (number + 1) * share / (1 - share)
    return found
