"""How long the steps of a spec take, as its `timing:` says.

A time is a whole number of nanoseconds. What a time means in a run is said in `docs/likelihood.md`,
and decided in one place: `likelihood.clocks`.
"""

from __future__ import annotations

from fractions import Fraction

from ..records import dataclass
from ..source.diagnostics import Position

__all__ = [
    "MOST_TIME", "Distribution", "Exponential", "Fixed", "FromLog", "Normal", "StepTime", "Uniform",
]  # fmt: skip

MOST_TIME = 1 << 43
"""Nanoseconds (some two and a half hours) that no time may be above."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same time."""

    time: int


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any time from `low` to `high`, alike likely; `low` < `high`."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Exponential:
    """As likely to end in the next moment however long it took: its mean, above 0."""

    mean: int


@dataclass(frozen=True, slots=True)
class Normal:
    """Of Gauss's curve with this mean and standard deviation (above 0), cut off at 0: what is below
    0 is drawn again. `mean` is not negative."""

    mean: int
    deviation: int


@dataclass(frozen=True, slots=True)
class FromLog:
    """One of the times that a log has of it, each alike likely: ascending. None yet where the spec
    says `from log` and no log was read."""

    times: tuple[int, ...] = ()


Distribution = Fixed | Uniform | Exponential | Normal | FromLog


@dataclass(frozen=True, slots=True)
class StepTime:
    """One entry of `timing:`. Of which step it is: of the instances of `process` (of one, where
    there is a `number`) the step with `label`; "": when the process begins. What may go wrong is
    named as in a trace (`gateway.crashes`).

    `time`: how long after the process's step before it may come; None where only its `chance` is
    said. `every`: that time is not from the process's step before, but from when the same step
    came last (the first time, it comes at once). `chance`: how likely it is to be chosen among the
    steps that its process may then choose from, where it is said. `text`: as it is written."""

    process: str
    number: int | None
    label: str
    time: Distribution | None
    every: bool
    chance: Fraction | None
    text: str
    at: Position

    @property
    def name(self) -> str:
        """As it is written: `gateway.subscribe`, `gateway[1].subscribe`, `gateway`."""
        number = "" if self.number is None else f"[{self.number}]"
        return f"{self.process}{number}" + (f".{self.label}" if self.label else "")
