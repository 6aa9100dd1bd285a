"""How long a command waits at most: `BLPOP key 5`, `XREAD BLOCK 5000`."""

from __future__ import annotations

from ..records import dataclass

__all__ = ["UNITS", "TimeLimit"]

UNITS = {"seconds": 1, "milliseconds": 1000}
"""What a limit is given in, and how many of it are a second."""


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """The parameter that says how long, and how many of its units are a second."""

    parameter: str
    in_a_second: int

    def of_seconds(self, seconds: float) -> float | int:
        """What is sent to wait so long; whole where the units are small enough."""
        if self.in_a_second > 1:
            return max(1, round(seconds * self.in_a_second))
        return round(seconds, 3) or 0.001
