"""How a process of a free run takes a step: its commands one after the other, or those for a server
in one transaction; where their answers show that it cannot be taken yet, it is taken back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...results.check import CallRecord, event_name
from ...verify.trace import call_record
from ..brokers.contract import ChangedError, DisconnectedError, Request, ServerRefusedError, Undo
from ..brokers.payload import Value
from ..errors import LiveError
from .course import Course
from .deaths import Deaths
from .inspections import Inspector
from .open_system import Way
from .places import Arrival, Place
from .turns import Turn
from .wholeness import Needs

__all__ = ["SpecFailedError", "Stepping"]

_Answer = tuple[Request, Value]
FOREVER = 3600.0
"""Seconds that a command is sent to wait whose time is over only when nothing else can happen."""


class SpecFailedError(LiveError):
    """A process runs into a run-time error of the spec."""


@dataclass
class _Attempt:
    """A step under way. `joined`: what a transaction has answered, by the place of the command in
    the step; `undo`: how to take back what is done; `seen`: what had come to each inbox that it
    looked into when it began; `began`: the number of the state in which it did."""

    place: Place
    chosen: Way
    needs: Needs
    turn: Turn
    indices: tuple[Value, ...]
    began: int
    answered: list[_Answer] = field(default_factory=list)
    joined: Mapping[int, _Answer] = field(default_factory=dict)
    told: list[CallRecord] = field(default_factory=list)
    undo: list[Undo] = field(default_factory=list)
    seen: list[Arrival] = field(default_factory=list)
    sent: float | None = None

    @property
    def name(self) -> str:
        """The step as it is called."""
        return f"{self.place.worker.name}.{self.chosen.step.label}"

    @property
    def event(self) -> str:
        """The same, with the turn of the loops around it."""
        return event_name(self.place.worker.name, self.chosen.step.label, self.indices, 1)


class Stepping:
    """Takes the steps of a run."""

    def __init__(self, course: Course, deaths: Deaths, inspector: Inspector) -> None:
        self._course = course
        self._deaths = deaths
        self._inspector = inspector

    async def take(self, place: Place, chosen: Way) -> bool:
        """Take a step, when it can be taken whole; False where it turns out that it cannot be now:
        then nothing has happened."""
        needs = place.needs[chosen.step.index]
        async with self._course.turns.turn(alone=needs.alone) as turn:
            ways = [way for way in self._course.ways(place) if way.step == chosen.step]
            ready = [way for way in ways if way.step.timeout or place.is_ready(way)]
            if not ready:
                return False
            resting = self._course.location(place).rests
            place.between = False
            try:
                began = len(self._course.states) - 1
                step = _Attempt(place, chosen, needs, turn, self._course.turn(ready[0]), began)
                done = await self._whole(step)
            finally:
                place.between = True
            place.serves = place.serves or (done and resting)
            return done

    async def _whole(self, step: _Attempt) -> bool:
        while True:
            ways = [
                way
                for way in self._course.ways(step.place, step.answered)
                if way.step == step.chosen.step and _sent_alike(step, way)
            ]
            if not ways:
                return await self._take_back(step)
            way = self._course.chance.choice(ways)
            if way.failure is not None:
                raise SpecFailedError(f"{step.name} failed: {way.failure.message}")
            if way.target is not None:
                self._course.arrive(
                    step.place, way, way.target, step.indices, step.told, step.answered, step.began,
                    step.sent,
                )  # fmt: skip
                return True
            number = len(step.answered)
            request = way.calls[number]
            if not (step.answered or step.needs.in_order or step.needs.tried):
                watched = self._course.system.watched(way.step)
                before = time.monotonic()
                try:
                    step.joined = await _transaction(step.place, way, watched)
                except ChangedError:
                    self._changed(step)
                    return True
                step.sent = before if step.joined else None
            if step.needs.tried and not await self._can_try(step, request):
                return await self._take_back(step)
            try:
                if number in step.joined:
                    value = step.joined[number][1]
                else:
                    seen = await self._inspector.before(step.event, request)
                    at_once = not step.place.asks_to_wait(request)
                    if step.sent is None and at_once and step.place.is_command(request):
                        step.sent = time.monotonic()
                    value = await self._ask(step, request)
                    self._inspector.tell(seen, value)
                    await self._inspector.after(step.event, request)
            except DisconnectedError:
                await self._deaths.raised(
                    step.place, way, step.answered, request, step.turn, step.began
                )
                return True
            except ServerRefusedError as met:
                error = step.place.worker.store(request).refusal(request, met.error)
                if not error:
                    raise
                self._refused(step, request, error)
                return True
            if not step.place.paced and not step.place.serves and step.place.is_command(request):
                step.place.answered.append(time.monotonic())
            step.told.append(call_record(request.call, request.arguments, value))
            step.answered.append((request, value))

    def _changed(self, step: _Attempt) -> None:
        """Go on where a transaction fails, as the spec says."""
        place, course = step.place, self._course
        found = course.system.changed(place.instance, course.state, place.worker.client)
        way = next((each for each in found if each.step == step.chosen.step), None)
        if way is None or way.target is None:
            why = way.failure.message if way is not None and way.failure is not None else "EXEC"
            raise SpecFailedError(f"{step.name} failed: {why}")
        course.arrive(place, way, way.target, step.indices, step.told, (), step.began)

    def _refused(self, step: _Attempt, request: Request, error: str) -> None:
        """Go on where the server refuses a command, as the spec says."""
        place, course = step.place, self._course
        found = course.system.raised(
            place.instance, course.state, step.answered, request, place.worker.client, error
        )
        way = next((each for each in found if each.step == step.chosen.step), None)
        if way is None or way.target is None:
            why = way.failure.message if way is not None and way.failure is not None else error
            raise LiveError(f"{step.name} failed: {why}")
        told = call_record(way.calls[-1].call, request.arguments, None)
        course.arrive(place, way, way.target, step.indices, [*step.told, told])

    async def _can_try(self, step: _Attempt, request: Request) -> bool:
        """Get ready to take a command back; False where it would wait."""
        worker = step.place.worker
        inbox = worker.inbox(request)
        if inbox is not None:
            step.seen.append(Arrival(inbox, inbox.arrivals))
        if not step.place.would_answer(request):
            return False
        if step.place.asks_to_wait(request):
            raise LiveError(
                f"{step.name} waits at the server and does something else in one step: it can be"
                " replayed, not run freely"
            )
        step.undo.append(await worker.undo(request))
        return True

    async def _take_back(self, step: _Attempt) -> bool:
        """A step cannot be taken now, so it is as if it had not been begun."""
        for each in reversed(step.undo):
            if not await each():
                raise LiveError(
                    f"{step.name} has done something by the time it is known that it has to wait,"
                    " and no client of a server can take that back: it can be replayed, not run"
                    " freely"
                )
        if not step.needs.tried:
            raise LiveError(
                f"{step.name} asks what it can only know afterwards: it can be replayed, not run"
                " freely"
            )
        step.place.stuck[step.chosen.step.index] = step.seen
        return False

    async def _ask(self, step: _Attempt, request: Request) -> Value:
        place = step.place
        self._require_order(step, request)
        if place.sends:
            return await place.worker.arrives(request)
        if request.call.sending and not request.call.in_two:
            await place.worker.later(request)
            return None
        limit = self._course.limit()
        if place.worker.command(request).limit is not None:
            request = replace(request, limit=FOREVER if limit is None else limit)
        if not place.asks_to_wait(request):
            return await place.worker.perform(request, None)
        if step.needs.shares:
            raise LiveError(
                f"{step.name} waits at the server and reads or writes what others look at, in one"
                " step: it can be replayed, not run freely"
            )
        place.awaited = ()
        if request.limit is not None:
            place.late, place.limited = limit is None, request
        async with step.turn.left():
            place.waits_at = place.worker.store(request).name
            place.idle = place.limited is None or place.late
            place.between = True
            self._course.calm.set()
            try:
                return await place.worker.perform(request, None)
            finally:
                place.waits_at = place.limited = None
                place.idle = place.between = place.late = place.overdue = False

    def _require_order(self, step: _Attempt, request: Request) -> None:
        """Raises LiveError where the first command of a step gives somebody an answer who waits at
        the server, before the second one is there."""
        name = request.call.resource
        waits = any(each.waits_at == name for each in self._course.places)
        if waits and any(each.call.resource == name for each, _ in step.answered):
            raise LiveError(
                f"{step.name} has several commands for {name}, at which somebody waits, and cannot"
                " send them as one: it can be replayed, not run freely"
            )


def _sent_alike(step: _Attempt, way: Way) -> bool:
    """Whether a way goes on as what was sent in one transaction: that was made up before any
    answer was there."""
    number = len(step.answered)
    if way.target is not None:
        return all(each < number for each in step.joined)
    if not step.joined or number >= len(way.calls):
        return True
    request = way.calls[number]
    if number not in step.joined:
        return not step.place.worker.joins(request)
    sent, _ = step.joined[number]
    return (sent.key, sent.arguments) == (request.key, request.arguments)


async def _transaction(place: Place, way: Way, watched: str) -> dict[int, _Answer]:
    places = [n for n, each in enumerate(way.calls) if place.worker.joins(each)]
    if len(places) < (1 if watched else 2):
        return {}
    calls: Sequence[Request] = [way.calls[n] for n in places]
    values = await place.worker.transaction(calls, watched)
    return dict(zip(places, zip(calls, values, strict=True), strict=True))
