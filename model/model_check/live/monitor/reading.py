"""A reading of a log: a state of the model, and what was decided on the way to it."""

from __future__ import annotations

from dataclasses import dataclass

from .entry_ids import Ids
from .events import LogEvent
from .holds import Holds
from .tracking import Tracked
from .ways import Way

__all__ = ["Cut", "Disturbed", "LogPrefix", "LogReading", "Readings", "TooManyError"]

Cut = tuple[int, ...]
Readings = dict["LogReading", Way]


class TooManyError(Exception):
    """More readings than the limit allows; the text says so."""


@dataclass(frozen=True, slots=True)
class LogReading:
    """A state of the model, and what was decided on the way: `plan` by number, what is known of
    connections (`holds`), the `ids` of a stream's entries that are known, the properties asked of
    every state that were `broken` (a bit each), whether the session's keys were removed: it is
    `over`; and what is `tracked` of properties that ask more."""

    state: int
    plan: int
    holds: Holds
    ids: Ids
    broken: int
    over: bool
    tracked: Tracked


@dataclass(frozen=True, slots=True)
class LogPrefix:
    """A part of the log that fits, all `readings` of it, and the lines that could be `next`."""

    cut: Cut
    next: tuple[LogEvent, ...]
    readings: Readings


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A reading that came to a line after which nothing is known: it is none of the model's, and
    does something."""

    reading: LogReading
    way: Way
    event: LogEvent
