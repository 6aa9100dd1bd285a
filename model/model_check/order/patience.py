"""How long one is ready to wait for a reason: until a moment, or until somebody interrupts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..explore.limits import never

__all__ = ["FOREVER", "DeadlineError", "Patience"]


class DeadlineError(Exception):
    """The time for finding a reason is over, or somebody interrupted it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """`until`: a moment as `time.monotonic` counts; `interrupted` is asked as well."""

    until: float = math.inf
    interrupted: Callable[[], bool] = never

    def is_over(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return time.monotonic() >= self.until or self.interrupted()

    def look(self) -> None:
        """Raise DeadlineError if it is over."""
        if self.is_over():
            raise DeadlineError


FOREVER = Patience()
"""As long as it takes."""
