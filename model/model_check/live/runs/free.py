"""A run without a scheduler: every process goes as fast as it can, as in production.

Each process follows the machine step by step on what it really gets; where it has several
ways to go on, it takes one that is ready, by chance. Some things take time, as they do in
production: a publisher waits an interval before each turn of its `for`, and perhaps between
the steps of a turn; a process that connects is busy for a moment between its commands, until it
serves. The run is over when every process has ended or waits, and nothing is under way.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...machine.core import Location
from ...results.check import CallRecord, event_name
from ...results.replay import RealStep
from ...verify.trace import call_record
from ..brokers.contract import Request
from ..brokers.inbox import Inbox
from ..brokers.payload import Value
from ..errors import LiveError
from .open_system import OpenSystem, Way
from .session import Session
from .workers import Worker

__all__ = ["FreeRun", "Pace"]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a system goes, in seconds: `interval` before each turn of a publisher, `gap`
    between the steps of a turn, `window` between the commands of a process that connects, which
    begins after `delay`."""

    interval: float
    gap: float
    window: float
    delay: float = 0.0


@dataclass
class _Place:
    """One process while it runs. `idle`: it waits for something to come; `waits_at_server`:
    the server has its command and will answer it later."""

    instance: int
    worker: Worker
    paced: bool
    idle: bool = False
    waits_at_server: bool = False
    ended: bool = False
    serves: bool = False
    commands: int = 0
    turn: tuple[Value, ...] = ()
    answered: list[float] = field(default_factory=list)
    inboxes: Sequence[Inbox] = field(default_factory=tuple)


class FreeRun:
    """One connection's processes, free to run."""

    def __init__(
        self, system: OpenSystem, real: Session, state: int, pace: Pace, chance: random.Random
    ) -> None:
        self.state = state
        self.states = [state]
        self.steps: list[RealStep] = []
        self._system = system
        self._real = real
        self._pace = pace
        self._chance = chance
        self._machine = system.machine
        self._started = time.monotonic()
        self._change = asyncio.Event()
        self._shares = bool(self._machine.spec.vars)
        self._calm = asyncio.Event()
        paced = {step.instance for step in self._machine.steps if step.indices}
        self._places = [
            _Place(each.index, real.workers[each.name], each.index in paced)
            for each in self._machine.instances
        ]

    async def run(self, limit: float) -> bool:
        """Run until nothing is under way any more, at most `limit` seconds; whether it came to rest
        by then. Raises LiveError where it runs into an error of the spec."""
        for place in self._places:
            await place.worker.prepare(self._system.calls_of(place.worker.name))
        tasks = [asyncio.create_task(self._live(place)) for place in self._places]
        rest = asyncio.create_task(self._rest())
        try:
            async with asyncio.timeout(limit):
                waiting: set[asyncio.Task[None]] = {rest, *tasks}
                while not rest.done():
                    done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                    for each in done:
                        each.result()
        except TimeoutError:
            return False
        finally:
            for each in (rest, *tasks):
                each.cancel()
            await asyncio.gather(rest, *tasks, return_exceptions=True)
        return True

    # --- one process ----------------------------------------------------------------------------

    def _location(self, place: _Place) -> Location:
        instance = self._machine.instances[place.instance]
        at = self._machine.fields[instance.location_field].raw(self.state)
        return instance.locations[at]

    async def _live(self, place: _Place) -> None:
        if not place.paced:
            await asyncio.sleep(self._pace.delay)
        while not self._location(place).ended:
            await self._hold(place)
            way = await self._choose(place)
            resting = self._location(place).rests
            await self._step(place, way)
            place.serves = place.serves or resting
            await asyncio.sleep(0)  # a loop that asks nobody anything stops nobody else
        place.ended = True
        self._calm.set()

    async def _hold(self, place: _Place) -> None:
        """Take the time that the next step takes in production."""
        way = next(self._system.ways(place.instance, self.state), None)
        if way is None:
            return
        turn = self._turn(way)
        if place.paced:
            await asyncio.sleep(self._pace.interval if turn != place.turn else self._pace.gap)
            place.turn = turn
        sends = bool(way.calls) and self._is_command(place, way.calls[0])
        if sends and not place.paced and not place.serves:
            if place.commands:
                await asyncio.sleep(self._pace.window)
            place.commands += 1

    def _turn(self, way: Way) -> tuple[Value, ...]:
        return self._system.indices(way.step, self.state)

    def _is_command(self, place: _Place, request: Request) -> bool:
        return bool(place.worker.store(request).key) and place.worker.inbox(request) is None

    async def _choose(self, place: _Place) -> Way:
        """A way that can be gone now, when there is one."""
        while True:
            ways = list(self._system.ways(place.instance, self.state))
            ready = [way for way in ways if self._is_ready(place, way)]
            at_server = [w for w in ready if w.calls and self._waits_at_server(place, w.calls[0])]
            if at_server and len(ways) > 1:
                raise LiveError(
                    f"{place.worker.name} chooses between a command that waits at the server and"
                    " something else: it can be replayed, not run freely"
                )
            if ready:
                return self._chance.choice(ready)
            inboxes = [place.worker.inbox(way.calls[0]) for way in ways if way.calls]
            await self._wait(place, [each for each in inboxes if each is not None])

    def _is_ready(self, place: _Place, way: Way) -> bool:
        if not way.calls:
            return True
        inbox = place.worker.inbox(way.calls[0])
        return inbox is None or bool(inbox.items)

    def _waits_at_server(self, place: _Place, request: Request) -> bool:
        command = place.worker.command(request)
        return command.blocking and not request.call.sending and place.worker.inbox(request) is None

    async def _wait(self, place: _Place, inboxes: Sequence[Inbox]) -> None:
        """Until something arrives in one of the inboxes, or another process does something."""
        place.inboxes = inboxes
        place.idle = True
        self._calm.set()
        change = self._change
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(i.wait()) for i in inboxes]
        waits.append(asyncio.ensure_future(change.wait()))
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            place.idle = False

    async def _step(self, place: _Place, chosen: Way) -> None:
        """Take a step; its commands one after the other, those for the server together where
        there are several."""
        worker = place.worker
        indices = self._turn(chosen)
        answered: list[tuple[Request, Value]] = []
        joined: dict[int, tuple[Request, Value]] = {}
        told: list[CallRecord] = []
        while True:
            ways = [
                way
                for way in self._system.ways(place.instance, self.state, answered)
                if way.step == chosen.step and self._sent_alike(place, way, len(answered), joined)
            ]
            if not ways:
                raise LiveError(
                    f"{worker.name}.{chosen.step.label} looks at what it got before it takes it,"
                    " or asks what it can only know afterwards: it can be replayed, not run freely"
                )
            way = self._chance.choice(ways)
            if way.failure is not None:
                raise LiveError(f"{worker.name}.{chosen.step.label} failed: {way.failure.message}")
            if way.target is not None:
                self._arrive(place, way, way.target, indices, told)
                return
            number = len(answered)
            request = way.calls[number]
            if not answered:
                joined = await self._transaction(place, way)
            value = joined[number][1] if number in joined else await self._ask(place, request)
            if not place.paced and not place.serves and self._is_command(place, request):
                place.answered.append(time.monotonic())
            told.append(call_record(request.call, request.arguments, value))
            answered.append((request, value))

    def _arrive(
        self,
        place: _Place,
        way: Way,
        target: int,
        indices: tuple[Value, ...],
        told: Sequence[CallRecord],
    ) -> None:
        self.state = target
        self.states.append(target)
        event = event_name(place.worker.name, way.step.label, indices, 1)
        since = 1000 * (time.monotonic() - self._started)
        self.steps.append(
            RealStep(len(self.steps) + 1, event, place.worker.name, tuple(told), since)
        )
        if self._shares:
            # Whoever waits for something that processes share looks again.
            self._change.set()
            self._change = asyncio.Event()

    def _sent_alike(
        self, place: _Place, way: Way, number: int, joined: Mapping[int, tuple[Request, Value]]
    ) -> bool:
        """Whether a way goes on as what was sent in one transaction: that was made up before any
        answer was there."""
        if way.target is not None:
            return all(each < number for each in joined)
        if not joined or number >= len(way.calls):
            return True
        request = way.calls[number]
        if number not in joined:
            return not place.worker.joins(request)
        sent, _ = joined[number]
        return (sent.key, sent.arguments) == (request.key, request.arguments)

    async def _transaction(self, place: _Place, way: Way) -> dict[int, tuple[Request, Value]]:
        places = [n for n, each in enumerate(way.calls) if place.worker.joins(each)]
        if len(places) < 2:
            return {}
        calls = [way.calls[n] for n in places]
        values = await place.worker.transaction(calls)
        return dict(zip(places, zip(calls, values, strict=True), strict=True))

    async def _ask(self, place: _Place, request: Request) -> Value:
        if not self._waits_at_server(place, request):
            return await place.worker.perform(request, None)
        place.inboxes = ()
        place.idle = place.waits_at_server = True
        self._calm.set()
        try:
            return await place.worker.perform(request, None)
        finally:
            place.idle = place.waits_at_server = False

    def windows(self) -> list[float]:
        """For each process that connected with several commands, the seconds between the
        answers to the first and the last of them."""
        return [p.answered[-1] - p.answered[0] for p in self._places if len(p.answered) > 1]

    # --- the end --------------------------------------------------------------------------------

    async def _rest(self) -> None:
        """Wait until every process has ended or waits, and nothing is on its way to it."""
        while True:
            while not self._is_calm():
                self._calm.clear()
                await self._calm.wait()
            before = self._activity()
            if await self._nothing_under_way() and self._is_calm() and self._activity() == before:
                return
            await asyncio.sleep(0)  # let what has arrived be read

    def _is_calm(self) -> bool:
        return all(
            p.ended or (p.idle and not any(i.items for i in p.inboxes)) for p in self._places
        )

    def _activity(self) -> tuple[int, ...]:
        return (len(self.steps), *self._real.arrivals())

    async def _nothing_under_way(self) -> bool:
        waiting = {place.worker.name for place in self._places if place.waits_at_server}
        return await self._real.settle(waiting)
