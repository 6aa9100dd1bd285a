"""How long one is ready to wait for a reason: until a moment, or until somebody interrupts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from .spending import Ask, never

__all__ = ["FOREVER", "Deadline", "DeadlineError"]


class DeadlineError(Exception):
    """The time for finding a reason is over, or somebody interrupted it."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """`until`: a moment as `clock` counts; `interrupted` is asked as well."""

    until: float = math.inf
    interrupted: Ask = never
    clock: Callable[[], float] = time.monotonic

    @staticmethod
    def of_work(seconds: float, interrupted: Ask = never) -> Deadline:
        """This much work from now on: seconds of CPU that this process takes. What is found in
        them does not depend on what else the machine has to do."""
        return Deadline(time.process_time() + seconds, interrupted, time.process_time)

    def is_over(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self.clock() >= self.until or bool(self.interrupted())

    def look(self) -> None:
        """Raise DeadlineError if it is over."""
        if self.is_over():
            raise DeadlineError


FOREVER = Deadline()
"""As long as it takes."""
