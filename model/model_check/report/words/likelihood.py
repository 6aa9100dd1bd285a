"""How likely runs go wrong, in words and numbers: no digit that the interval does not bear out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...results.likelihood import (
    Ending,
    Likelihood,
    LikelihoodReport,
    Likelihoods,
    Mean,
    Share,
    SweepPoint,
)
from ...verify.show import format_value, printable
from .columns import counted

__all__ = [
    "NO_ORDER", "NO_VERDICT", "broken_anywhere", "cells_of", "ending_text", "mean_text",
    "method_text", "never_broken", "never_in_sweep", "share_text", "sweep_method_text",
    "time_text", "zero_text",
]  # fmt: skip

UNITS = ((3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s"),
         (1_000_000, "ms"), (1_000, "us"))  # fmt: skip
TINY = 1e-4
"""Shares below this are told as powers of ten, and as one in so many."""
EXACT_DIGITS = 7
NO_VERDICT = (
    "How likely something is makes no verdict: a property that no run violated may be violated all"
    " the same, by a run that is rare or at other times. Whether it holds is what model-check SPEC"
    " says."
)
SOME_ORDER = "although some order of the steps does"
NO_CHANCE = f"{SOME_ORDER}: it has no chance with these times"
NO_ORDER = "violated by no run in which time goes on, in whatever order these steps come"


def time_text(nanoseconds: int) -> str:
    """A time, to four digits: `3.579ms`, `500us`, `1.5s`."""
    if not nanoseconds:
        return "0ms"
    for size, unit in UNITS:
        if nanoseconds >= size:
            return f"{nanoseconds / size:.4g}{unit}"
    return f"{nanoseconds / 1000:.4g}us"


def share_text(share: Share) -> str:
    """A share of runs, with its interval: `17.59 % (17.10 to 18.09 %)`; exact: `16.66667 %`."""
    if share.low == share.high:
        if 0 < share.estimate < TINY:
            return f"{share.estimate:.{EXACT_DIGITS}g} ({_one_in(share.estimate)})"
        return f"{100 * share.estimate:.{EXACT_DIGITS}g} %"
    if not share.estimate:
        return f"0 % (at most {_upper(share.high)})"
    if share.estimate < TINY:
        low, high = _scientific(share.low), _scientific(share.high)
        return f"{_scientific(share.estimate)} ({low} to {high}; {_one_in(share.estimate)})"
    digits = _decimals(100 * (share.high - share.low) / 2)
    low, high = (f"{100 * each:.{digits}f}" for each in (share.low, share.high))
    return f"{100 * share.estimate:.{digits}f} % ({low} to {high} %)"


def _upper(share: float) -> str:
    """A bound of a share."""
    return f"{_scientific(share)}" if share < TINY else f"{100 * share:.2g} %"


def _scientific(share: float) -> str:
    return f"{share:.2g}"


def _one_in(share: float) -> str:
    """How many runs there are for one, to two digits."""
    count = round(1 / share)
    places = max(0, len(str(count)) - 2)
    return f"1 in {round(count, -places):,}"


def _decimals(half: float) -> int:
    """How many decimals two digits of half an interval's width take."""
    return 0 if half <= 0 else min(10, max(0, 1 - math.floor(math.log10(half))))


def ending_text(ending: Ending) -> str:
    """How runs ended: `missing = {7}`; of those that go on for ever, `beat can still change`."""
    told = [f"{printable(name)} = {format_value(value)}" for name, value in ending.values]
    told += [f"{printable(name)} can still change" for name in ending.changing]
    return ", ".join(told) or "some way"


def mean_text(mean: Mean) -> str:
    """A mean at the end of all runs: `len(missing) is 0.18 in the mean (0.17 to 0.18)`."""
    name = f"len({printable(mean.name)})" if mean.counted else printable(mean.name)
    if mean.low == mean.high:
        return f"{name} is {mean.estimate:.{EXACT_DIGITS}g} in the mean"
    digits = _decimals((mean.high - mean.low) / 2)
    estimate, low, high = (
        f"{each:.{digits}f}" if each else "0" for each in (mean.estimate, mean.low, mean.high)
    )
    return f"{name} is {estimate} in the mean ({low} to {high})"


def method_text(report: LikelihoodReport) -> str:
    """How it was found out, all runs together."""
    if report.method == "markov":
        return "Computed exactly, up to rounding: all times are exponential, or none"
    if report.method == "regions":
        return "Computed exactly: by integrating over the times that are drawn"
    runs, steps = counted(report.runs, "run"), counted(report.steps, "step")
    told = f"Simulated: {runs}, {steps}, seed {report.seed}"
    return f"{told}; in brackets, between what the true value lies with 95 % confidence"


_METHODS = {
    "markov": "computed exactly", "regions": "computed exactly", "simulation": "simulated",
    "splitting": "by splitting", "orders": "violated by no run in which time goes on",
}  # fmt: skip


def sweep_method_text(report: LikelihoodReport, name: str) -> str:
    """How the shares of a property were found at the times of a sweep: `legacy: computed exactly`,
    or at how many of them."""
    of = [
        _METHODS[method]
        for point in report.points
        for (other, _), method in zip(point.shares, point.methods, strict=True)
        if other == name
    ]
    counts = {each: of.count(each) for each in dict.fromkeys(of)}
    told = [each if len(counts) == 1 else f"{each} at {n:,}" for each, n in counts.items()]
    return f"{printable(report.name)}: {', '.join(told)}"


def broken_anywhere(found: Likelihoods) -> tuple[str, ...]:
    """The properties that some run of some spec breaks, or may have broken, at some time of a
    sweep, in their order."""
    names = dict.fromkeys(name for r in found.reports for p in r.points for name, _ in p.shares)
    return tuple(
        name
        for name in names
        if any(
            share.high > 0
            for report in found.reports
            for point in report.points
            for other, share in point.shares
            if other == name
        )
    )


def zero_text(found: Likelihood) -> str:
    """What is to be said of a share of 0 that is no matter of the order of steps alone; "" of
    others: whether no run violates the property, or none that was simulated did."""
    if found.share.estimate:
        return ""
    return SOME_ORDER if found.share.high else NO_CHANCE


def cells_of(report: LikelihoodReport, name: str) -> dict[int, str]:
    """The shares of a property at each time of a sweep, as a table of several has them."""
    return {
        point.time: f"{share_text(share)}, in any order" if how == "orders" else share_text(share)
        for point in report.points
        for (other, share), how in zip(point.shares, point.methods, strict=True)
        if other == name
    }


def never_in_sweep(found: Likelihoods) -> Sequence[str]:
    """What is to be said of the properties that surely no run breaks at any time of a sweep: first
    of those that no order of the steps does."""
    swept = [report for report in found.reports if report.points]
    broken = broken_anywhere(found)
    orders: dict[tuple[str, ...], list[str]] = {}
    for name in dict.fromkeys(n for r in swept for p in r.points for n, _ in p.shares):
        if name not in broken:
            possible = (
                r.name for r in swept if any(_method(p, name) != "orders" for p in r.points)
            )
            orders.setdefault(tuple(map(printable, possible)), []).append(printable(name))
    return [
        f"{', '.join(names)}: 0 % of runs violate it at each of these times, although some order of"
        f" the steps of {' and '.join(specs)} does"
        if specs
        else f"{', '.join(names)}: {NO_ORDER}"
        for specs, names in sorted(orders.items())
    ]


def _method(point: SweepPoint, name: str) -> str:
    """How the share of a property was found at a time; as of one that is not told, "orders"."""
    methods = zip(point.shares, point.methods, strict=True)
    return next((method for (other, _), method in methods if other == name), "orders")


def never_broken(report: LikelihoodReport) -> Sequence[str]:
    """The properties of a spec that no order of its steps breaks."""
    return [each.property for each in report.properties if each.method == "orders"]
