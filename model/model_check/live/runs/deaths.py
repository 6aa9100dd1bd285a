"""How a process of a free run dies: by a crash between two steps, or of a connection whose break it
does not catch; and how it begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ...language.tree.spec import CRASHES
from ..brokers.contract import Request
from ..brokers.payload import Value
from ..errors import LiveError
from .course import Course
from .field import AtRandom, caught
from .open_system import Way
from .places import Place
from .turns import Turn

__all__ = ["Deaths"]


class Deaths:
    """The processes of a run, as far as they may die."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._system = course.system
        self._wanted = AtRandom(course.chance)
        self._processes = {each.name: each for each in course.system.machine.spec.processes}
        self._caught = {each.name: caught(each) for each in self._processes.values()}

    async def raised(
        self,
        place: Place,
        way: Way,
        answered: Sequence[tuple[Request, Value]],
        request: Request,
        turn: Turn,
        began: int,
    ) -> None:
        """Go on where a command has raised."""
        worker, label = place.worker, way.step.label
        dies = label not in self._caught[self._process(place)]
        if dies:
            await turn.be_alone()
            beside = await self._stop(place, besides=place)
            await self._begin_anew(place, request.call.resource)
        # What others have done meanwhile stands in the state by now.
        found = self._system.raised(
            place.instance, self._course.state, answered, request, worker.client
        )
        target = next((w.target for w in found if w.step.label == label), None)
        if target is None:
            raise LiveError(
                f"{worker.name}.{label} meets a broken connection where its spec has none"
            )
        self._course.arrive(place, way, target, began=began)
        if dies:
            _go_on(beside)

    async def crash(self, name: str) -> bool:
        """Let a process die where it stands, while nobody is in the middle of a step, if it has not
        ended; whether it did."""
        (place,) = [e for e in self._course.places if e.worker.name == name and e.main]
        if self._crash_of(place) is None:
            return False
        stopped = await self._stop(place)
        await self._begin_anew(place)
        way = self._crash_of(place)
        assert way is not None  # it stands where it stood
        assert way.target is not None
        self._course.arrive(place, way, way.target)
        _go_on(stopped)
        return True

    def _process(self, place: Place) -> str:
        return self._system.machine.instances[place.instance].process

    async def _stop(self, place: Place, *, besides: Place | None = None) -> list[Place]:
        """End what a process does, and what runs beside it; but not what it does `besides`, which
        is to do this."""
        found = [
            each
            for each in self._course.places
            if each.worker.name == place.worker.name and not each.sends and each is not besides
        ]
        for each in found:
            each.dead, each.idle = asyncio.Event(), False
            if each.work is not None:
                each.work.cancel()
        works = [each.work for each in found if each.work is not None]
        await asyncio.gather(*works, return_exceptions=True)
        return found

    async def _begin_anew(self, place: Place, spared: str = "") -> None:
        worker = place.worker
        await worker.crash(self._wanted, spared)
        crashes = self._processes[self._process(place)].crashes
        if crashes is not None and crashes.restarts:
            await worker.prepare(self._system.calls_of(worker.name))

    def _crash_of(self, place: Place) -> Way | None:
        """The crash of a process where it stands now; None where it has ended, or crashed as often
        as it may."""
        ways = self._system.ways(place.instance, self._course.state)
        return next((w for w in ways if w.step.label == CRASHES and w.step.fault), None)


def _go_on(stopped: Sequence[Place]) -> None:
    for each in stopped:
        each.serves, each.turn, each.between = False, (), True
        each.stuck.clear()
        if each.dead is not None:
            each.dead.set()
