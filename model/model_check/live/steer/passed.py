"""What went through the proxy, in its order."""

from __future__ import annotations

from dataclasses import dataclass

from ..proxy.gate import Connection, Push, Request
from .recognising import Said
from .turns import ScheduledTurn

__all__ = ["Passed", "Records"]

MOST_LINES = 200_000
"""Requests that are kept for the log of a run ..."""
MOST_BYTES = 64 * 1024 * 1024
"""... and bytes of those that are not about the session."""


@dataclass(eq=False, slots=True)
class Passed:
    """A request, or a message (`push`), that went through. `said`: to the steered session; None for
    one that is not about it. `turn`: which it was, of `instance`. `differs`: see
    `SteeredCommand`. Times are seconds of `time.monotonic()`; `wall`: since 1970. `late`: all turns
    had been given; `freely`: nothing was held any more."""

    said: Said | None
    came: float
    went: float
    wall: float
    request: Request | None = None
    push: Push | None = None
    turn: ScheduledTurn | None = None
    turns: int = 1
    instance: str = ""
    differs: str = ""
    late: bool = False
    freely: bool = False

    @property
    def connection(self) -> Connection:
        of = self.request or self.push
        assert of is not None
        return of.connection


class Records:
    """All that went through, as far as there is room for it."""

    def __init__(self) -> None:
        self.all: list[Passed] = []
        self._room = MOST_BYTES

    def add(self, passed: Passed) -> None:
        """Keep what went through."""
        if passed.said is None and passed.request is not None:
            self._room -= sum(len(word) for words in passed.request.commands for word in words)
        if len(self.all) < MOST_LINES and (passed.said is not None or self._room >= 0):
            self.all.append(passed)
