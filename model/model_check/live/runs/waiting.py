"""How a process of a free run comes to its next step: it takes the time that production takes,
waits for what it needs, and takes a way that is ready, by chance; at last the run comes to rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from ..errors import LiveError, ServerError
from .course import Course
from .open_system import Way
from .places import ON_THE_WAY, Arrival, Place
from .session import Session

__all__ = ["Waiting"]


class Waiting:
    """Waits for the processes of a run."""

    def __init__(self, course: Course, real: Session) -> None:
        self._course = course
        self._real = real
        self._chance = course.chance
        self._pace = course.pace
        self._disturbed = False
        self.over = False
        """Whether the run has come to rest."""

    # --- one process ----------------------------------------------------------------------------

    async def take_time(self, place: Place) -> None:
        """Take the time that the next step takes in production."""
        way = next(self._course.ways(place), None)
        if way is not None:
            turn = self._course.turn(way)
            if place.paced:
                pause = self._pace.interval if turn != place.turn else self._pace.gap
                await asyncio.sleep(pause)
                place.turn = turn
            sends = bool(way.calls) and place.is_command(way.calls[0])
            if sends and not place.paced and not place.serves:
                if place.commands:
                    await asyncio.sleep(self._pace.window)
                place.commands += 1
        await asyncio.sleep(self._chance.uniform(0, self._pace.pause))

    async def choose(self, place: Place) -> Way:
        """A way that can be gone now, when there is one."""
        while True:
            ways = _sent_first(self._course.ways(place))
            late = [way for way in ways if way.step.timeout]
            ready = [w for w in ways if w not in late and place.is_ready(w)]
            at_server = [w for w in ready if w.calls and place.asks_to_wait(w.calls[0])]
            if at_server and len(ways) > 1:
                raise LiveError(
                    f"{place.worker.name} chooses between a command that waits at the server and"
                    " something else: it can be replayed, not run freely"
                )
            if ready:
                if place.sends:
                    longest = ON_THE_WAY * self._pace.window
                    await asyncio.sleep(self._chance.uniform(0, longest))
                return self._chance.choice(ready)
            if late and place.overdue:
                place.overdue = False
                return self._chance.choice(late)
            place.late = bool(late) and self._course.system.timeouts_last
            patience = None
            if late and not place.late:
                patience = self._course.limit()
            if not await self.wait(place, _awaited(place, ways), patience):
                return self._chance.choice(late)

    async def wait(
        self, place: Place, awaited: Sequence[Arrival] = (), patience: float | None = None
    ) -> bool:
        """Until something arrives, or another process does something; False where neither comes
        within `patience` seconds."""
        place.awaited = awaited
        place.idle = patience is None
        change = self._course.change
        self._course.calm.set()
        waits: list[asyncio.Future[object]] = [
            asyncio.ensure_future(each.inbox.wait(each.beyond)) for each in awaited
        ]
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
            place.idle = place.late = False
            place.stuck.clear()

    # --- the end --------------------------------------------------------------------------------

    def disturb(self, disturbed: bool) -> None:
        """Say whether something goes wrong just now: the run does not come to rest meanwhile."""
        self._disturbed = disturbed
        if not disturbed:
            self._course.wake()
            self._course.calm.set()

    async def rest(self) -> None:
        """Wait until every process has ended or waits, and nothing is on its way to it."""
        calm = self._course.calm
        while True:
            while not self._is_calm():
                calm.clear()
                await calm.wait()
            before = self._activity()
            if await self.nothing_under_way() and self._is_calm() and self._activity() == before:
                late = [each for each in self._course.places if each.late]
                if not late:
                    self.over = True
                    return
                # Nothing else can happen in the whole system.
                overdue = self._chance.choice(late)
                overdue.overdue = True
                if overdue.limited is not None:
                    await overdue.worker.give_up(overdue.limited)
                self._course.wake()
            await asyncio.sleep(0)  # let what has arrived be read

    def _is_calm(self) -> bool:
        return not self._disturbed and all(
            p.ended or (p.idle and not any(each.is_there for each in p.awaited))
            for p in self._course.places
        )

    def _activity(self) -> tuple[int, ...]:
        return (len(self._course.steps), *self._real.arrivals())

    async def nothing_under_way(self) -> bool:
        """Whether all that was sent has arrived, and who waits at a server waits there still."""
        waits = [p.worker.client for p in self._course.places if p.waits_at is not None]
        return await self._real.settle(waits)


def _sent_first(ways: Iterable[Way]) -> list[Way]:
    """The ways, without those that are answered at once where the same command can be sent and
    waited for: that it is answered at once, only its answer says."""
    found = list(ways)
    sent = {w.calls[0].key[:2] for w in found if w.calls and w.calls[0].call.sending}
    return [
        w for w in found if not w.calls or w.calls[0].call.sending or w.calls[0].key[:2] not in sent
    ]


def _awaited(place: Place, ways: Sequence[Way]) -> list[Arrival]:
    found: list[Arrival] = []
    for way in ways:
        if way.step.index in place.stuck:
            found += place.stuck[way.step.index]
        elif way.calls:
            inbox = place.worker.inbox(way.calls[0])
            found += [] if inbox is None else [Arrival(inbox)]
    return found
