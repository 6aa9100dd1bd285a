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
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .course import Course
from .deaths import Deaths
from .inspections import Inspector
from .open_system import OpenSystem
from .places import MOMENT, Pace, Place
from .session import Session
from .stepping import Stepping
from .waiting import Waiting
from .wholeness import needs_of

__all__ = ["FreeRun"]


class FreeRun:
    """One connection's processes, free to run."""

    def __init__(
        self, system: OpenSystem, real: Session, state: int, pace: Pace, chance: random.Random
    ) -> None:
        machine = system.machine
        paced = {step.instance for step in machine.steps if step.indices}
        workers = {each.index: real.workers[each.name] for each in machine.instances}
        needs = needs_of(system, workers)
        split = {each.name for each in machine.instances if each.task}
        self._places = [
            Place(
                each.index,
                workers[each.index],
                each.index in paced,
                needs=needs,
                main=bool(each.process) and not each.task,
                beside=each.name in split or not each.process,
                sends=not each.process,
            )
            for each in machine.instances
        ]
        self.course = Course(system, state, self._places, pace, chance)
        self._deaths = Deaths(self.course)
        self._waiting = Waiting(self.course, real)
        self.inspector = Inspector(real.stores)
        self._stepping = Stepping(self.course, self._deaths, self.inspector)
        self._prepared = asyncio.Event()

    async def run(self, limit: float) -> bool:
        """Run until nothing is under way any more, at most `limit` seconds; whether it came to rest
        by then. Raises LiveError where it runs into an error of the spec."""
        for place in self._places:
            await place.worker.prepare(self.course.system.calls_of(place.worker.name))
        self._prepared.set()
        self.course.release()
        tasks = [asyncio.create_task(self._live(place)) for place in self._places]
        rest = asyncio.create_task(self._waiting.rest())
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
            self._waiting.over = True
            for each in (rest, *tasks):
                each.cancel()
            await asyncio.gather(rest, *tasks, return_exceptions=True)
        return True

    async def _live(self, place: Place) -> None:
        if not place.paced:
            await asyncio.sleep(self.course.pace.delay)
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
        self.course.calm.set()

    async def _work(self, place: Place) -> None:
        while True:
            if self.course.location(place).ended:
                if not place.beside:
                    return
                await self._waiting.wait(place)
                continue
            await self._waiting.take_time(place)
            taken = False
            while not taken:
                taken = await self._stepping.take(place, await self._waiting.choose(place))
            await asyncio.sleep(0)  # a loop that asks nobody anything stops nobody else

    # --- what goes wrong ------------------------------------------------------------------------

    @asynccontextmanager
    async def disturbed(self) -> AsyncIterator[bool]:
        """While something goes wrong: nobody is in the middle of a step, and the run does not come
        to rest meanwhile. False where it has already."""
        while True:
            async with self.course.turns.turn(alone=True):
                if await self._all_between():
                    if self._waiting.over:
                        yield False
                        return
                    self._waiting.disturb(True)
                    try:
                        yield True
                    finally:
                        self._waiting.disturb(False)
                    return
            await asyncio.sleep(MOMENT)

    async def _all_between(self) -> bool:
        """Whether nobody is in the middle of a step: nor has a server answered who waits at it, for
        then its step is taken, whether the answer has come yet or not."""

        def so() -> bool:
            return all(each.between or each.ended for each in self._places)

        return so() and await self._waiting.nothing_under_way() and so()

    async def after(self, steps: int) -> None:
        """Wait until this many steps were taken, and a moment more."""
        await self._prepared.wait()
        while len(self.course.steps) < steps:
            await asyncio.sleep(MOMENT)
        await asyncio.sleep(self.course.chance.uniform(0, self.course.pace.pause))

    async def crash(self, name: str) -> bool:
        """Let a process die, if it has not ended; whether it did."""
        return await self._deaths.crash(name)

    def windows(self) -> list[float]:
        """For each process that connected with several commands, the seconds between the
        answers to the first and the last of them."""
        return [p.answered[-1] - p.answered[0] for p in self._places if len(p.answered) > 1]
