"""From a spec and a server to many connections that run freely, and how many lost something."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from ...explore.space import Space
from ...results.check import Trace
from ...results.inspections import Inspection
from ...results.replay import RecordResult
from ...results.step_times import Timing
from ...verify.trace import Tracer
from ..brokers.contract import Surroundings
from ..brokers.server import Server
from ..brokers.sockets import Hub
from ..errors import LiveError
from ..step_times import Key, Span, StepLabels, spans_of, times_by_step
from .free import FreeRun
from .judging import Judge, Judged
from .mishaps import Field, Mishaps, budgets
from .open_system import OpenSystem, open_system
from .places import Pace
from .screens import screens_of
from .session import session
from .stepping import SpecFailedError

__all__ = ["record"]

LONGEST = 10
"""A connection may take this many times as long as its pauses, before it is given up."""
AT_ONCE = 8
"""Connections that run at the same time: with more, this one process would be the bottleneck,
and every window wider than it was asked to be."""
SEED = 7


@dataclass(frozen=True)
class _ConnectionResult:
    """What one connection showed. `judged`: what it says of the properties; None where it did not
    come to an end in the time that it had. `missing`: what screens lacked; `happened`: what went
    wrong, by event, and how often; `inspections`: what was asked of the server beside that;
    `times`: how long steps took."""

    judged: Judged | None
    missing: tuple[str, ...]
    windows: tuple[float, ...]
    happened: Mapping[str, int]
    inspections: tuple[Inspection, ...] = ()
    times: tuple[Span[int], ...] = ()

    @property
    def is_losing(self) -> bool:
        return self.judged is not None and bool(self.judged.broken or self.missing)


async def record(
    space: Space,
    server: Server,
    pace: Pace,
    *,
    connections: int,
    patience: float,
    seed: int | None = None,
) -> RecordResult:
    """Run this many connections, each with a publisher of its own and a session of its own, and
    each connecting at a random moment while it publishes. With a `seed`, what the spec says may go
    wrong does, drawn from it; None: nothing goes wrong.

    Raises LiveError for a spec that cannot run freely, ServerError.
    """
    spec = space.machine.spec
    if connections < 1:
        raise LiveError(f"{connections} connections show nothing: it takes at least one")
    chance = random.Random(SEED if seed is None else seed)
    may = [] if seed is None else budgets(spec)
    runner = _Runner(space, server, pace, patience, Field(may, chance))
    started = time.monotonic()
    found = await runner.all(connections)
    judge = runner.judge
    judged = [each.judged for each in found if each.judged is not None]
    broken, unclear, seen = (
        Counter(name for each in judged for name in names(each))
        for names in (attrgetter("broken"), attrgetter("unclear"), attrgetter("seen"))
    )
    lost = Counter(name for each in found for name in each.missing)
    windows = sorted(w for each in found for w in each.windows)
    happened = sum((Counter(each.happened) for each in found), Counter[str]())
    can_tell = judge.can_break or lost or runner.shows_frames
    return RecordResult(
        model=spec.name,
        server=server.name,
        own=server.own,
        interval=pace.interval,
        gap=pace.gap,
        window=pace.window,
        connections=connections,
        judged=len(judged) if can_tell else 0,
        unjudged=judge.unjudged,
        losing=sum(each.is_losing for each in found),
        broken={name: broken[name] for name in judge.can_break},
        unclear=dict(sorted(unclear.items())),
        seen={name: seen[name] for name in judge.can_show},
        lost=dict(sorted(lost.items())),
        inspections=next((each.inspections for each in found if each.is_losing), ()),
        windows=tuple(windows),
        timing=runner.timing(found),
        restless=connections - len(judged),
        seed=seed,
        happened=dict(sorted(happened.items())),
        seconds=time.monotonic() - started,
    )


class _Runner:
    """Runs connections of one spec."""

    def __init__(
        self, space: Space, server: Server, pace: Pace, patience: float, field: Field
    ) -> None:
        self.system: OpenSystem = open_system(space.machine.spec, space.layout)
        self.shows_frames = False
        self.judge = Judge(self.system, space.machine.spec, space.layout)
        self._labels = StepLabels(space.machine.spec, self.system.machine.spec)
        self._space = space
        self._server = server
        self._pace = pace
        self._patience = patience
        self._field = field
        self._chance = field.chance
        self._tracer = Tracer(space)
        short = _short_run(space)
        turns = {(step.instance, step.indices) for step in short.steps if step.indices}
        self._steps = len(short.steps)
        self._stream = pace.interval * len(turns)
        """Seconds for which a publisher publishes: the turns of `for` loops on a short run."""

    async def all(self, connections: int) -> list[_ConnectionResult]:
        """All connections, some of them at a time."""
        places = asyncio.Semaphore(AT_ONCE)
        async with Hub(self._patience) as hub:

            async def one() -> _ConnectionResult:
                async with places:
                    return await self._one(hub)

            tasks = [asyncio.create_task(one()) for _ in range(connections)]
            try:
                return list(await asyncio.gather(*tasks))
            finally:
                for each in tasks:
                    each.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, hub: Hub) -> _ConnectionResult:
        spec = self._space.machine.spec
        number = self._chance.randrange(self._space.initial)
        initial = self._tracer.view(self._space.states[number]).variables
        delay = self._chance.uniform(0, self._stream)
        pause = self._pace.window if self._field.may else 0.0
        pace = replace(self._pace, delay=delay, pause=pause)
        limit = LONGEST * (self._stream + delay + pace.gap + pace.window) + 2 * self._patience
        around = Surroundings(self._server, hub, self._patience)
        async with session(spec, around, initial, self.system.clients()) as real:
            run = FreeRun(self.system, real, self.system.initial_state(initial), pace, self._chance)
            mishaps = Mishaps(self._field, run, real)
            judged: Judged | None = None
            try:
                rests = await mishaps.during(run.run(limit), self._steps)
            except SpecFailedError:
                judged, rests = self.judge.failed(), False
                if judged is None:
                    raise
            if not rests:
                return _ConnectionResult(judged, (), tuple(run.windows()), mishaps.happened)
            await run.inspector.at_the_end()
            stored = await real.content()
        course = run.course
        screens = screens_of(
            spec, course.steps, self.system.variables(course.state), stored, initial
        )
        missing = tuple(str(each) for screen in screens for each in screen.missing)
        self.shows_frames = self.shows_frames or bool(screens)
        judged = self.judge.ended(course.states, course.arrived, stored)
        windows, seen = tuple(run.windows()), tuple(run.inspector.found)
        times = tuple(spans_of(self.system.machine, self._labels, course.taken, 0))
        return _ConnectionResult(judged, missing, windows, mishaps.happened, seen, times)

    def timing(self, found: Sequence[_ConnectionResult]) -> Timing:
        """How long steps took in the connections that came to an end."""
        times: dict[Key, list[int]] = {}
        for each in found:
            for span in each.times:
                times.setdefault((span.step, span.since), []).append(span.closed - span.opened)
        sessions = sum(bool(each.times) for each in found)
        told = times_by_step(self._labels.told(self.system.machine), times, {})
        return Timing(self._space.machine.spec.name, (self._server.name,), sessions, told)


def _short_run(space: Space) -> Trace:
    """A shortest complete run, or one that runs into an error where there is no other."""
    ends = space.terminal or [source for source, *_ in space.errors]
    if not ends:
        raise LiveError("no run of this model is ever complete: there is always a next step")
    return Tracer(space).to(min(ends))
