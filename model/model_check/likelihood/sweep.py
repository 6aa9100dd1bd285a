"""What becomes of runs when the time of one step is another: several times, one after the other.

A step keeps the form of its time: each of them is as many times as long. One of which nothing is
said is given a time that is always the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from statistics import NormalDist

from ..language.records import dataclass, replace
from ..language.source.diagnostics import Diagnostics, Source, SpecError
from ..language.source.text import Text
from ..language.syntax.timing_text import parse_step, parse_time
from ..language.tree.timing import (
    MOST_TIME,
    Distribution,
    Exponential,
    Fixed,
    FromLog,
    Normal,
    StepTime,
    Uniform,
)

__all__ = ["MOST_POINTS", "Sweep", "mean_of", "read_sweep", "with_mean"]

MOST_POINTS = 1_000
OPTION = "--sweep"
"""What mistakes are told of: the option of the command line."""
FORM = "gateway.subscribe=1ms..50ms"


@dataclass(frozen=True, slots=True)
class Sweep:
    """The time of `step`, an entry as `timing` has it, in its mean from `low` to `high`
    nanoseconds, both of them as well."""

    step: StepTime
    low: int
    high: int

    def times(self, points: int) -> tuple[int, ...]:
        """So many times, at least two, as far from each other as whole nanoseconds allow."""
        width = self.high - self.low
        found = (self.low + width * place // (points - 1) for place in range(points))
        return tuple(dict.fromkeys(found))


def read_sweep(text: str) -> Sweep:
    """A sweep as it is written: `gateway.subscribe=1ms..50ms`. Raises SpecError."""
    errors = Diagnostics()
    whole = Text.of(Source(OPTION, text))
    name, equals, _ = text.partition("=")
    if not equals:
        errors.report(whole.at(), "this is no sweep", FORM)
        raise SpecError(errors.found)
    step = parse_step(whole.part(0, len(name)), errors)
    written = whole.part(len(name) + 1)
    time = parse_time(written, errors)
    if errors.found or step is None or time is None:
        raise SpecError(errors.found)
    if time.form != "uniform" or time.every:
        errors.report(written.at(), "a sweep goes from a time to another one", FORM)
        raise SpecError(errors.found)
    low, high = (each.time for each in time.amounts)
    if not low < high:
        errors.report(written.at(), "the second time is the longer one", FORM)
    elif high > MOST_TIME:
        errors.report(written.at(), "this time is too long", "at most some 2h 26min")
    if errors.found:
        raise SpecError(errors.found)
    label = "" if step.label is None else step.label.text
    label += f"[{step.part}]" if step.part else ""
    entry = StepTime(
        step.owner.text, step.number, label, None, every=False, chance=None, text=text, at=step.at
    )
    return Sweep(entry, low, high)


def with_mean(timing: Sequence[StepTime], sweep: Sweep, mean: int) -> tuple[StepTime, ...]:
    """The times of a spec, but for the step that is swept, whose time has this mean.

    What is said of one instance alone stays so where all are swept. Raises SpecError where a time
    that is that much longer is longer than any may be.
    """
    swept = sweep.step
    exact = [each for each in timing if _key(each) == _key(swept)]
    others = [each for each in timing if _key(each) != _key(swept)]
    of_all = [
        each
        for each in others
        if (each.process, each.number, each.label) == (swept.process, None, swept.label)
    ]
    before = next(iter([*exact, *of_all]), swept)
    time = _scaled(before.time, mean)
    longest = _longest(time)
    if longest > MOST_TIME:
        errors = Diagnostics()
        message = f"with this mean, {swept.name} takes too long where it takes longest"
        errors.report(swept.at, message, "at most some 2h 26min")
        raise SpecError(errors.found)
    entry = replace(before, number=swept.number, time=time, at=swept.at)
    return (*others, entry)


def _key(each: StepTime) -> tuple[str, int | None, str]:
    return each.process, each.number, each.label


def mean_of(time: Distribution) -> Fraction:
    """The mean of a time, in nanoseconds; of one that is cut off at 0, as floats have it."""
    match time:
        case Fixed(fixed):
            return Fraction(fixed)
        case Uniform(low, high):
            return Fraction(low + high, 2)
        case Exponential(mean):
            return Fraction(mean)
        case Normal(mean, deviation):
            plain = NormalDist()
            ratio = mean / deviation
            return Fraction(mean + deviation * plain.pdf(ratio) / plain.cdf(ratio))
        case FromLog(times):
            return Fraction(sum(times), max(1, len(times)))


def _scaled(time: Distribution | None, mean: int) -> Distribution:
    """A time of the same form with another mean; always the same where nothing can be scaled."""
    before = Fraction(0) if time is None else mean_of(time)
    if not mean or not before:
        return Fixed(mean)
    factor = mean / before

    def of(value: int) -> int:
        return round(value * factor)

    match time:
        case Uniform(low, high) if of(low) < of(high):
            return Uniform(of(low), of(high))
        case Exponential():
            return Exponential(mean)
        case Normal(middle, deviation) if of(deviation):
            return Normal(of(middle), of(deviation))
        case FromLog(times):
            return FromLog(tuple(map(of, times)))
    return Fixed(mean)


def _longest(time: Distribution) -> int:
    match time:
        case Fixed(fixed):
            return fixed
        case Uniform(_, high):
            return high
        case Exponential(mean):
            return mean
        case Normal(mean, deviation):
            return max(mean, deviation)
        case FromLog(times):
            return max(times, default=0)
