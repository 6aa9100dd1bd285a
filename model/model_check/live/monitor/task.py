"""What a user asks of logs, and who is told how the work on them goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...budget.spending import Ask, never
from ...explore.limits import Progress

__all__ = ["Attention", "MonitorTask"]


@dataclass(frozen=True, slots=True)
class MonitorTask:
    """What is asked of logs.

    `skew`: microseconds by which the clocks of different logs may differ. `properties`: those
    to judge (all, where none is named). `ignored`: commands to pass over, in capitals.
    `reason`: find the events that force a loss; `timing`: how long steps took. The work
    ends at this many `lines` of all logs, `sessions`, and `readings` of one session.
    """

    skew: int = 0
    properties: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()
    reason: bool = True
    timing: bool = False
    lines: int = 1_000_000
    sessions: int = 1_000
    readings: int = 200_000


@dataclass(frozen=True, slots=True)
class Attention:
    """Who is told how it goes on (`progress`, `stage`), and may interrupt."""

    progress: Progress | None = None
    stage: Callable[[str], None] | None = None
    interrupted: Ask = never
