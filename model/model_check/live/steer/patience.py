"""When a schedule is given up: the next turn does not come."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from ...language.tree import statements as stmts
from ...language.tree.spec import Spec
from ...language.tree.walk import controls_in
from ...results.steer import Cause, Departure
from .conductor import Conductor
from .evidence import said_text
from .matching import HeldRequest
from .turns import ScheduledTurn

__all__ = ["BY_HAND", "STARTING", "Patience"]

CERTAIN = 1.0
"""Seconds after which it is given up at most, where the process whose turn it is has sent something
else and does one thing at a time."""
AFTER_END = 0.3
"""Seconds for what is under way when the services have ended."""
STARTING, BY_HAND = 30.0, 120.0
"""Seconds that services have to begin, at least: those that a command of ours starts, and those
that somebody does."""
SHOWN = 5
"""Commands that a message tells of."""


class Patience:
    """Decides when a run has left its schedule: within `seconds` of nothing that brings it on."""

    def __init__(
        self, spec: Spec, conductor: Conductor, seconds: float, starting: float = STARTING
    ) -> None:
        self._conductor = conductor
        self._seconds = seconds
        self._starting = starting
        self._one_at_a_time: Mapping[str, bool] = {
            each.name: not any(
                isinstance(node, stmts.Both | stmts.Background) for node in controls_in(each.run)
            )
            for each in spec.processes
        }

    def departure(self, *, over: bool) -> Departure | None:
        """Where the schedule was left, if that is so by now. `over`: the services have ended."""
        conductor = self._conductor
        turn = conductor.next_turn
        if turn is None or conductor.free:
            return None
        waited = time.monotonic() - conductor.moved
        # Looked for after each command: what comes next does so at once, mostly.
        if waited < min(self._seconds, AFTER_END):
            return None
        if waited < self._limit(over=over, certain=self._stray() is not None):
            return None
        return self.told(waited, over=over)

    def _limit(self, *, over: bool, certain: bool) -> float:
        conductor = self._conductor
        if over or conductor.cut_off:
            return AFTER_END
        if not conductor.seen:
            return max(self._seconds, self._starting)
        if (certain or self._queues()) and not conductor.waits_for_server:
            return min(self._seconds, CERTAIN)
        return self._seconds

    def _stray(self) -> tuple[HeldRequest, ScheduledTurn] | None:
        """What a process has sent that does one thing at a time, before that which its next turn
        is, and that turn; where several could have sent it, each of them would have."""
        for entry in self._conductor.held:
            turns = [self._before(each) for each in self._conductor.speakers(entry)]
            found = [each for each in turns if each is not None]
            if found and len(found) == len(turns):
                return entry, min(found, key=lambda turn: turn.told.number)
        return self._one_too_many()

    def _before(self, instance: str) -> ScheduledTurn | None:
        """The next turn of a process that does one thing at a time, where that has not come."""
        conductor = self._conductor
        turn = conductor.next_of(instance)
        alone = self._one_at_a_time.get(instance.partition("[")[0], False)
        if turn is None or not alone or turn.listens or turn.answers:
            return None
        return None if any(conductor.is_turn(each, turn) for each in conductor.held) else turn

    def _queues(self) -> bool:
        """Whether the process whose turn it is speaks over a connection on which something of
        another one waits, that has none of its own: what it has to say may stand behind that."""
        turn = self._conductor.next_turn
        if turn is None:
            return False
        over = self._conductor.ownership.spoke_over(turn.instance)
        for entry in self._conductor.held:
            number = entry.request.connection.number
            theirs = map(self._conductor.ownership.spoke_over, self._conductor.speakers(entry))
            if number in over and any(not each or number in each for each in theirs):
                return True
        return False

    def _one_too_many(self) -> tuple[HeldRequest, ScheduledTurn] | None:
        """A command that came more often than those who say it will say it: it is of the process
        whose connection it came over; and the turn of that."""
        conductor = self._conductor
        for entry in conductor.held:
            speakers = conductor.speakers(entry)
            alike = [e for e in conductor.held if e.request.commands == entry.request.commands]
            if not speakers or len(alike) <= sum(
                conductor.is_turn(entry, t) for t in conductor.left
            ):
                continue
            owner = conductor.ownership.owner(entry.request.connection)
            turn = self._before(owner) if owner and owner not in speakers else None
            if turn is not None:
                return entry, turn
        return None

    def interrupted(self) -> Departure | None:
        """That somebody ended it before the schedule was carried out; None where it was."""
        if self._conductor.next_turn is None:
            return None
        found = self.told(time.monotonic() - self._conductor.moved)
        return replace(found, cause="interrupted")

    def told(self, waited: float, *, over: bool = False) -> Departure:
        """That it is not the turn that came, and what did instead."""
        conductor = self._conductor
        stray = self._stray()
        turn = conductor.next_turn if stray is None else stray[1]
        assert turn is not None
        held = tuple(_held(conductor, each) for each in conductor.held[:SHOWN])
        unknown = tuple(dict.fromkeys(conductor.unknown))[:SHOWN]
        text = "" if stray is None else _text(stray[0])
        cause: Cause = "silence"
        if conductor.waits_for_server:
            cause = "answered"
        elif stray is not None:
            cause = "else"
        elif over:
            cause = "over"
        elif self._queues():
            cause = "queued"
        return Departure(turn.told, held, text, unknown, waited, cause, tuple(conductor.broken))


def _text(entry: HeldRequest) -> str:
    """What is held, as text."""
    return " and ".join(said_text(each) for each in entry.request.commands)


def _held(conductor: Conductor, entry: HeldRequest) -> str:
    speakers = conductor.speakers(entry)
    owner = conductor.ownership.owner(entry.request.connection)
    certain = len(speakers) == 1 and owner in ("", *speakers)
    whose = speakers[0] if certain else f"connection {entry.request.connection.number}"
    return f"{whose}: {_text(entry)}"
