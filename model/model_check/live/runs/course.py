"""How far a free run has come: where its processes are, and the steps that led there."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence

from ...machine.core import Location, Step
from ...results.check import CallRecord, event_name
from ...results.replay import RealStep
from ..brokers.contract import Request
from ..brokers.payload import Value
from .judging import Arrived
from .open_system import OpenSystem, Way
from .places import Pace, Place
from .turns import Turns

__all__ = ["Course"]


class Course:
    """What all who take part in a free run know of it. `calm` is set whenever it may have come to
    rest, `change` whenever anything has happened that somebody may have waited for."""

    def __init__(
        self,
        system: OpenSystem,
        state: int,
        places: Sequence[Place],
        pace: Pace,
        chance: random.Random,
    ) -> None:
        self.system = system
        self.places = places
        self.pace = pace
        self.chance = chance
        self.state = state
        self.states = [state]
        self.steps: list[RealStep] = []
        self.arrived: list[Arrived] = []
        self.turns = Turns()
        self.calm = asyncio.Event()
        self.change = asyncio.Event()
        self._started = self._released = time.monotonic()
        self._at: list[float] = []
        """When each step took effect."""

    def release(self) -> None:
        """All processes are connected, and may run."""
        self._released = time.monotonic()

    @property
    def taken(self) -> list[tuple[Step, int]]:
        """The steps, each with the microseconds at which it took effect, since all could run: what
        a process asks a server, when it was sent (a server is fast, and who reads its answer may be
        busy), all else when it was done."""
        return [
            (done.step, round(1_000_000 * (at - self._released)))
            for done, at in zip(self.arrived, self._at, strict=True)
        ]

    def location(self, place: Place) -> Location:
        """Where a process stands."""
        machine = self.system.machine
        instance = machine.instances[place.instance]
        return instance.locations[machine.fields[instance.location_field].raw(self.state)]

    def ways(self, place: Place, answered: Sequence[tuple[Request, Value]] = ()) -> Iterator[Way]:
        """How a process can go on, given the first answers of its step."""
        ways = self.system.ways(place.instance, self.state, answered)
        return (way for way in ways if not way.step.fault)

    def turn(self, way: Way) -> tuple[Value, ...]:
        """Which turn of the loops around it a step is."""
        return self.system.indices(way.step, self.state)

    def arrive(
        self,
        place: Place,
        way: Way,
        target: int,
        indices: tuple[Value, ...] = (),
        told: Sequence[CallRecord] = (),
        answered: Sequence[tuple[Request, Value]] | None = None,
        began: int | None = None,
        sent: float | None = None,
    ) -> None:
        """A step is done; `began` and `answered` as `Arrived` has them; `sent`: when its first
        command went to a server that answers at once, by the system's clock; None: none did."""
        now = len(self.states) - 1
        self.arrived.append(
            Arrived(place.instance, way.step, now if began is None else began, answered)
        )
        self.state = target
        self.states.append(target)
        event = event_name(place.worker.name, way.step.label, indices, 1)
        done = time.monotonic()
        self._at.append(done if sent is None else sent)
        since = 1000 * (done - self._started)
        self.steps.append(
            RealStep(len(self.steps) + 1, event, place.worker.name, tuple(told), since)
        )
        self.wake()

    def limit(self) -> float | None:
        """The seconds that somebody waits at most; None where that ends when nothing else can
        happen."""
        if self.system.timeouts_last:
            return None
        return self.chance.uniform(0, self.pace.timeout)

    def wake(self) -> None:
        """Let everybody look again who waits for what others do."""
        for each in self.places:
            each.idle = each.idle and each.waits_at is not None
        self.change.set()
        self.change = asyncio.Event()
