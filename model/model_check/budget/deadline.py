"""How much is done for a reason: so much work, until a moment, or until somebody interrupts.

Work is counted and not timed, so that every machine does the same for the same spec, and finds the
same, however slow or busy it is. A unit is about a microsecond of one core of a machine of 2026;
who works says what it did: nodes that a search came to, the steps that a formula is made of, the
resource units that z3 itself counts. Clocks are a net far below: where it catches the work, that is
told, for on another machine more is found.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .spending import Ask, never, why_of

__all__ = ["FOREVER", "UNITS_A_SECOND", "Deadline", "DeadlineError", "Effort"]

UNITS_A_SECOND = 1_000_000
NET = 25
"""A machine may take so many times as long as work is thought to take, by the clock of the
processor and by that on the wall ..."""
LEAST_NET = 60.0
"""... and so many seconds in any case: z3 must be loaded first."""


class DeadlineError(Exception):
    """What may be done for a reason is done, or somebody interrupted it."""


class Effort:
    """Work that may still be done: `left` units of it."""

    __slots__ = ("left",)

    def __init__(self, units: float = math.inf) -> None:
        self.left = units

    def spend(self, units: float) -> None:
        """So much was done, or is about to be."""
        self.left -= units


@dataclass(frozen=True, slots=True)
class Deadline:
    """`until`: a moment as `clock` counts; `interrupted` is asked as well; `effort`: the work that
    may be done by then."""

    until: float = math.inf
    interrupted: Ask = never
    clock: Callable[[], float] = time.monotonic
    effort: Effort = field(default_factory=Effort)

    @staticmethod
    def of_work(seconds: float, interrupted: Ask = never) -> Deadline:
        """As much work as some machine does in these seconds, and on any machine the same."""
        net = max(seconds * NET, LEAST_NET)
        return Deadline(net, interrupted, _both_clocks(), Effort(seconds * UNITS_A_SECOND))

    def part(self, share: float) -> Deadline:
        """A share of the work that is left, which it counts as done here at once."""
        units = self.effort.left * share
        self.effort.spend(units)
        return replace(self, effort=Effort(units))

    def is_over(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self.effort.left <= 0 or self.clock() >= self.until or bool(self.interrupted())

    def why(self) -> str:
        """What ended it from outside, in words; "" where all the work was done that may be."""
        if told := why_of(self.interrupted):
            return told
        if self.effort.left > 0 and self.clock() >= self.until:
            return f"stopped after {self.until:g} s"
        return ""

    def spend(self, units: float) -> None:
        """Say that so much is about to be done; raise DeadlineError if no work is left. No clock is
        asked."""
        self.effort.spend(units)
        if self.effort.left <= 0:
            raise DeadlineError

    def look(self, units: float = 0) -> None:
        """Say that so much is about to be done; raise DeadlineError if it is over."""
        self.effort.spend(units)
        if self.is_over():
            raise DeadlineError


def _both_clocks() -> Callable[[], float]:
    """Seconds from now on, of the processor or on the wall: which are more."""
    worked, waited = time.process_time(), time.monotonic()
    return lambda: max(time.process_time() - worked, time.monotonic() - waited)


FOREVER = Deadline()
"""As long as it takes."""
