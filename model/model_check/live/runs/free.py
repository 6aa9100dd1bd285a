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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ...language.tree.spec import CRASHES
from ...machine.core import Location
from ...results.check import CallRecord, event_name
from ...results.replay import RealStep
from ...verify.trace import call_record
from ..brokers.contract import DisconnectedError, Request
from ..brokers.inbox import Inbox
from ..brokers.payload import Value
from ..errors import LiveError, ServerError
from .field import AtRandom, caught
from .open_system import OpenSystem, Way
from .places import MOMENT, ON_THE_WAY, Pace, Place
from .session import Session
from .workers import Worker

__all__ = ["FreeRun"]


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
        self._wanted = AtRandom(chance)
        self._machine = system.machine
        self._started = time.monotonic()
        self._change = asyncio.Event()
        beside = [each for each in self._machine.instances if each.task or not each.process]
        self._shares = bool(self._machine.spec.vars or beside)
        self._processes = {each.name: each for each in self._machine.spec.processes}
        self._calm = asyncio.Event()
        self._prepared = asyncio.Event()
        self._over = self._disturbed = False
        paced = {step.instance for step in self._machine.steps if step.indices}
        self._places = [
            Place(
                each.index,
                real.workers[each.name],
                each.index in paced,
                beside=each in beside,
                sends=not each.process,
            )
            for each in self._machine.instances
        ]

    async def run(self, limit: float) -> bool:
        """Run until nothing is under way any more, at most `limit` seconds; whether it came to rest
        by then. Raises LiveError where it runs into an error of the spec."""
        for place in self._places:
            await place.worker.prepare(self._system.calls_of(place.worker.name))
        self._prepared.set()
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
            self._over = True
            for each in (rest, *tasks):
                each.cancel()
            await asyncio.gather(rest, *tasks, return_exceptions=True)
        return True

    # --- one process ----------------------------------------------------------------------------

    def _location(self, place: Place) -> Location:
        instance = self._machine.instances[place.instance]
        at = self._machine.fields[instance.location_field].raw(self.state)
        return instance.locations[at]

    async def _live(self, place: Place) -> None:
        if not place.paced:
            await asyncio.sleep(self._pace.delay)
        while True:
            place.work = asyncio.create_task(self._work(place))
            try:
                await place.work
            except asyncio.CancelledError:
                # The run may be over in the very moment in which its process dies.
                ending = asyncio.current_task()
                if place.dead is None or (ending is not None and ending.cancelling()):
                    raise
                await place.dead.wait()
                place.dead = None
                continue
            break
        place.ended = True
        self._calm.set()

    async def _work(self, place: Place) -> None:
        while True:
            if self._location(place).ended:
                if not place.beside:
                    return
                await self._wait(place, [])
                continue
            await self._hold(place)
            await asyncio.sleep(self._chance.uniform(0, self._pace.pause))
            way = await self._choose(place)
            resting = self._location(place).rests
            place.between = False
            await self._step(place, way)
            place.between = True
            place.serves = place.serves or resting
            await asyncio.sleep(0)  # a loop that asks nobody anything stops nobody else

    def _ways(self, place: Place, answered: Sequence[tuple[Request, Value]] = ()) -> Iterator[Way]:
        ways = self._system.ways(place.instance, self.state, answered)
        return (way for way in ways if not way.step.fault)

    async def _hold(self, place: Place) -> None:
        """Take the time that the next step takes in production."""
        way = next(self._ways(place), None)
        if way is None:
            return
        turn = self._turn(way)
        if place.paced:
            await asyncio.sleep(self._pace.interval if turn != place.turn else self._pace.gap)
            place.turn = turn
        sends = bool(way.calls) and place.is_command(way.calls[0])
        if sends and not place.paced and not place.serves:
            if place.commands:
                await asyncio.sleep(self._pace.window)
            place.commands += 1

    def _turn(self, way: Way) -> tuple[Value, ...]:
        return self._system.indices(way.step, self.state)

    async def _choose(self, place: Place) -> Way:
        """A way that can be gone now, when there is one."""
        while True:
            ways = list(self._ways(place))
            late = [way for way in ways if way.step.timeout]
            ready = [w for w in ways if w not in late and place.is_ready(w)]
            at_server = [w for w in ready if w.calls and place.asks_to_wait(w.calls[0])]
            if at_server and len(ways) > 1:
                raise LiveError(
                    f"{place.worker.name} chooses between a command that waits at the server and"
                    " something else: it can be replayed, not run freely"
                )
            if ready:
                return self._chance.choice(ready)
            inboxes = [place.worker.inbox(way.calls[0]) for way in ways if way.calls]
            there = [each for each in inboxes if each is not None]
            patience = self._chance.uniform(0, self._pace.timeout) if late else None
            if not await self._wait(place, there, patience):
                return self._chance.choice(late)

    async def _wait(
        self, place: Place, inboxes: Sequence[Inbox], patience: float | None = None
    ) -> bool:
        """Until something arrives in one of the inboxes, or another process does something; False
        where neither comes within `patience` seconds."""
        place.inboxes = inboxes
        place.idle = patience is None
        self._calm.set()
        change = self._change
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(i.wait()) for i in inboxes]
        waits.append(asyncio.ensure_future(change.wait()))
        try:
            first = asyncio.FIRST_COMPLETED
            done, _ = await asyncio.wait(waits, return_when=first, timeout=patience)
            for each in done:
                failure = each.exception()
                # Whoever takes what does not come any more learns why.
                if failure is not None and not isinstance(failure, ServerError):
                    raise failure
            return bool(done)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            place.idle = False

    async def _step(self, place: Place, chosen: Way) -> None:
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
                for way in self._ways(place, answered)
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
            try:
                value = joined[number][1] if number in joined else await self._ask(place, request)
            except DisconnectedError:
                await self._raised(place, way, answered, request)
                return
            if not place.paced and not place.serves and place.is_command(request):
                place.answered.append(time.monotonic())
            told.append(call_record(request.call, request.arguments, value))
            answered.append((request, value))

    def _arrive(
        self,
        place: Place,
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
        self, place: Place, way: Way, number: int, joined: Mapping[int, tuple[Request, Value]]
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

    async def _transaction(self, place: Place, way: Way) -> dict[int, tuple[Request, Value]]:
        places = [n for n, each in enumerate(way.calls) if place.worker.joins(each)]
        if len(places) < 2:
            return {}
        calls = [way.calls[n] for n in places]
        values = await place.worker.transaction(calls)
        return dict(zip(places, zip(calls, values, strict=True), strict=True))

    async def _ask(self, place: Place, request: Request) -> Value:
        if place.sends:
            await asyncio.sleep(self._chance.uniform(0, ON_THE_WAY * self._pace.window))
            return await place.worker.arrives(request)
        if request.call.sending and not request.call.in_two:
            await place.worker.later(request)
            return None
        if not place.asks_to_wait(request):
            return await place.worker.perform(request, None)
        place.inboxes = ()
        place.idle = place.waits_at_server = place.between = True
        self._calm.set()
        try:
            return await place.worker.perform(request, None)
        finally:
            place.idle = place.waits_at_server = place.between = False

    # --- what goes wrong ------------------------------------------------------------------------

    async def _raised(
        self,
        place: Place,
        way: Way,
        answered: Sequence[tuple[Request, Value]],
        request: Request,
    ) -> None:
        """Go on where a command has raised."""
        worker, label = place.worker, way.step.label
        process = self._machine.instances[place.instance].process
        if label not in caught(self._processes[process]):
            await self._begin_anew(worker, process, request.call.resource)
        # What others have done meanwhile stands in the state by now.
        found = self._system.raised(place.instance, self.state, answered, request, worker.client)
        target = next((w.target for w in found if w.step.label == label), None)
        if target is None:
            raise LiveError(
                f"{worker.name}.{label} meets a broken connection where its spec has none"
            )
        self._arrive(place, way, target, (), [])

    async def _begin_anew(self, worker: Worker, process: str, spared: str = "") -> None:
        await worker.crash(self._wanted, spared)
        crashes = self._processes[process].crashes
        if crashes is not None and crashes.restarts:
            await worker.prepare(self._system.calls_of(worker.name))

    async def between_steps(self, clients: Sequence[str] | None = None) -> None:
        """Wait until none of these clients (None: nobody) is in the middle of a step."""
        while not all(
            each.between or each.ended
            for each in self._places
            if clients is None or each.worker.client in clients
        ):
            await asyncio.sleep(MOMENT)

    @contextmanager
    def disturbed(self) -> Iterator[bool]:
        """While something goes wrong: the run does not come to rest meanwhile. False where it
        has already."""
        if self._over:
            yield False
            return
        self._disturbed = True
        try:
            yield True
        finally:
            self._disturbed = False
            self._calm.set()

    async def after(self, steps: int) -> None:
        """Wait until this many steps were taken, and a moment more."""
        await self._prepared.wait()
        while len(self.steps) < steps:
            await asyncio.sleep(MOMENT)
        await asyncio.sleep(self._chance.uniform(0, self._pace.pause))

    def client_of(self, name: str) -> str:
        """Whose connections a process goes by."""
        return next(each.worker.client for each in self._places if each.worker.name == name)

    async def crash(self, name: str) -> bool:
        """Let a process die where it stands, between two steps, if it has not ended; whether it
        did."""
        own = [each for each in self._places if each.worker.name == name and not each.sends]
        (place,) = [each for each in own if not each.beside]
        if self._crash_of(place) is None:
            return False
        for each in own:
            each.dead, each.idle = asyncio.Event(), False
            if each.work is not None:
                each.work.cancel()
        await asyncio.gather(*(e.work for e in own if e.work is not None), return_exceptions=True)
        await self._begin_anew(place.worker, self._machine.instances[place.instance].process)
        way = self._crash_of(place)
        assert way is not None  # it stands where it stood
        assert way.target is not None
        self._arrive(place, way, way.target, (), [])
        for each in own:
            each.serves, each.turn, each.between = False, (), True
            if each.dead is not None:
                each.dead.set()
        return True

    def _crash_of(self, place: Place) -> Way | None:
        """The crash of a process where it stands now; None where it has ended, or crashed as often
        as it may."""
        ways = self._system.ways(place.instance, self.state)
        return next((w for w in ways if w.step.label == CRASHES and w.step.fault), None)

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
                self._over = True
                return
            await asyncio.sleep(0)  # let what has arrived be read

    def _is_calm(self) -> bool:
        return not self._disturbed and all(
            p.ended or (p.idle and not any(i.items or i.is_over for i in p.inboxes))
            for p in self._places
        )

    def _activity(self) -> tuple[int, ...]:
        return (len(self.steps), *self._real.arrivals())

    async def _nothing_under_way(self) -> bool:
        waiting = {place.worker.name for place in self._places if place.waits_at_server}
        return await self._real.settle(waiting)
