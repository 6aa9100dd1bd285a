"""How long steps took, as logs have it."""

from __future__ import annotations

from typing import Literal

from ..language.records import dataclass

__all__ = ["Since", "StepTimes", "Timing"]

Since = Literal["begin", "step", "same"]
"""From when a time counts: from when the session began; from the step before of the same process;
from when the same step came last."""


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Of a `step` (`gateway.subscribe`), or of when a process begins (`gateway`: its first step),
    the `times` in microseconds, ascending. `waits`: the step may have to wait, and what it waited
    is in its times. `left_out`: so many were not taken: the runs that a session fits disagree, the
    clock went backwards, or it took too long."""

    step: str
    since: Since
    waits: bool
    times: tuple[int, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of a model's `steps` in `sessions` sessions of `logs`."""

    model: str
    logs: tuple[str, ...]
    sessions: int
    steps: tuple[StepTimes, ...]
