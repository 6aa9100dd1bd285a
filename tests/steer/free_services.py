"""A spec's own processes as the services that are steered.

They are those of `record`: real clients, each with connections of its own, as fast as they can, and
they know nothing of a schedule. Here they connect to the proxy.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from model_check.explore.space import Space
from model_check.live.brokers.contract import Request, Surroundings
from model_check.live.brokers.redis import RedisBroker
from model_check.live.brokers.server import Server
from model_check.live.brokers.sockets import Hub
from model_check.live.proxy.proxy import Proxy
from model_check.live.runs.free import FreeRun
from model_check.live.runs.open_system import open_system
from model_check.live.runs.places import Pace
from model_check.live.runs.session import Session, session
from model_check.live.runs.stepping import SpecFailedError
from model_check.live.runs.turns import Turns
from model_check.live.runs.wholeness import needs_of
from model_check.live.steer.conductor import Conductor
from model_check.live.steer.steering import Steerer, Steering
from model_check.machine.ir import Note
from model_check.machine.rewrite import statements_in
from model_check.results.check import Trace
from model_check.results.steer import SteeredRun

__all__ = ["FreeServices", "TornStepError"]

PACE = Pace(0.001, 0.0, 0.001)
LONGEST = 60.0
"""Seconds that a run has at most."""
AFTER_ALL = 0.3
"""Seconds that services may go on when nothing is held any more."""
MOMENT = 0.005


class TornStepError(Exception):
    """A step of the spec is none that a client of Redis can take as one; which, and why."""


class Beside(Turns):
    """Nobody is alone as long as there is a schedule: services in production have no lock that all
    of them know. `free`: whether there is none any more."""

    def __init__(self, free: Callable[[], bool]) -> None:
        super().__init__()
        self._is_free = free

    async def enter(self, *, alone: bool) -> None:
        await super().enter(alone=alone and self._is_free())

    def leave(self, *, alone: bool) -> None:
        super().leave(alone=self._alone)  # then nobody else is in


class Seen(Steerer):
    """A steerer whose conductor a test can look at."""

    conductor: Conductor

    def _proxy(self, conductor: Conductor) -> Proxy:
        self.conductor = conductor
        return super()._proxy(conductor)


class FreeServices:
    """Carries runs of a spec out, by its own processes."""

    def __init__(self, space: Space, server: Server, patience: float = 3.0) -> None:
        self.steerer = Seen(space, server, Steering(patience=patience))
        self._system = open_system(space.machine.spec, space.layout)
        self._server = server
        self.shares = False
        """Whether a step asks Redis and reads or writes in one what others do without it: nobody
        can do so without a lock."""

    async def carry_out(self, trace: Trace, seed: int) -> SteeredRun:
        """A run, carried out. Raises TornStepError, and LiveError where the processes cannot run
        freely."""
        url = asyncio.get_running_loop().create_future()
        free: asyncio.Task[None] | None = None

        def over() -> bool:
            return free is not None and free.done()

        async with Hub(LONGEST) as hub, self._services(trace, hub) as real:
            self._require_whole(real)
            steered = asyncio.create_task(self.steerer.run(trace, over=over, ready=url.set_result))
            try:
                await asyncio.wait([url, steered], return_when=asyncio.FIRST_COMPLETED)
                if url.done():
                    free = asyncio.create_task(self._run(real, trace, await url, seed))
                found = await steered
                if free is not None:
                    await free
            finally:
                ended = [each for each in (free, steered) if each is not None]
                for each in ended:
                    each.cancel()
                await asyncio.gather(*ended, return_exceptions=True)
        return found

    @asynccontextmanager
    async def _services(self, trace: Trace, hub: Hub) -> AsyncIterator[Session]:
        around = Surroundings(self._server, hub, LONGEST)
        spec, clients = self.steerer.spec, self._system.clients()
        async with session(spec, around, trace.initial.variables, clients) as real:
            yield real

    def _require_whole(self, real: Session) -> None:
        """Raises TornStepError where a step is several requests, or is asked for in vain."""
        machine = self._system.machine
        workers = {each.index: real.workers[each.name] for each in machine.instances}
        needs = needs_of(self._system, workers)
        for action in machine.actions:
            if action.fault:
                continue
            worker = workers[action.instance]
            notes = [e for e in statements_in(action.body) if isinstance(e, Note) and e.sent]
            asked = [Request(machine.calls[each.call], {}) for each in notes]
            at_redis = [
                each for each in asked if worker.store(each).key and not worker.command(each).local
            ]
            for step in action.steps:
                name = f"{worker.name}.{machine.steps[step].label}"
                need = needs[step]
                self.shares = self.shares or need.shares
                if need.tried and at_redis:
                    raise TornStepError(f"{name} is known by its answer alone to have to wait")
                if len(at_redis) > 1 and not all(map(worker.joins, at_redis)):
                    raise TornStepError(f"{name} has several commands, one of which joins no other")
                if len(at_redis) > 1 and need.in_order:
                    raise TornStepError(f"{name} asks with what its own commands have answered")

    async def _run(self, real: Session, trace: Trace, url: str, seed: int) -> None:
        """Run until nothing can happen any more, or a while longer than the schedule."""
        at_redis: Sequence[RedisBroker] = [e for e in real.brokers if isinstance(e, RedisBroker)]
        for broker in at_redis:
            broker.base.server = replace(self._server, url=url)
        first = self._system.initial_state(trace.initial.variables)
        run = FreeRun(self._system, real, first, PACE, random.Random(seed))
        run.course.turns = Beside(lambda: self.steerer.conductor.free)
        lives = asyncio.create_task(run.run(LONGEST))
        try:
            while not lives.done() and not self.steerer.conductor.free:
                await asyncio.wait([lives], timeout=MOMENT)
            await asyncio.wait([lives], timeout=AFTER_ALL)
            if lives.done():
                lives.result()
        except SpecFailedError:
            pass  # as a service does that runs into an error
        finally:
            lives.cancel()
            await asyncio.gather(lives, return_exceptions=True)
            for worker in real.workers.values():
                await worker.close()
            for broker in at_redis:
                broker.base.server = self._server
