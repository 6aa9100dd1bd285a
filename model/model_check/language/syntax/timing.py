"""How long steps take as it is written under `timing:`: names of steps, times, and chances.

Which steps there are, and whether a time can be meant, is the checker's business. Times are whole
numbers of nanoseconds.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal as OneOf

from ..records import dataclass
from ..source.diagnostics import Position
from .written import Name

__all__ = ["Amount", "FormOfTime", "StepTimeDoc", "TimeDoc", "TimedName"]

FormOfTime = OneOf["fixed", "uniform", "exp", "normal", "log"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A time in nanoseconds, and where it stands."""

    time: int
    at: Position


@dataclass(frozen=True, slots=True)
class TimeDoc:
    """A time: `amounts` are the one of "fixed", the low and the high end of "uniform", the mean of
    "exp", mean and deviation of "normal", and none of "log". `every`: from when the same step came
    last."""

    form: FormOfTime
    amounts: tuple[Amount, ...]
    every: bool
    at: Position


@dataclass(frozen=True, slots=True)
class TimedName:
    """What a time is of, as it is named: `gateway`, `gateway[1]`, `gateway.subscribe`,
    `news.disconnects[gateway[1]]`. `part`: what stands in brackets behind the label."""

    owner: Name
    number: int | None
    label: Name | None
    part: str
    at: Position


@dataclass(frozen=True, slots=True)
class StepTimeDoc:
    """An entry of `timing:`. What was not understood of it is None, and reported."""

    name: TimedName
    time: TimeDoc | None
    chance: Fraction | None
    text: str
    value_at: Position
