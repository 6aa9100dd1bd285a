"""From a space to whole replays: of one trace, as often as wanted, or of complete schedules."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from ...explore.space import Space
from ..brokers.contract import Surroundings
from ..brokers.server import Server
from ..brokers.sockets import Hub
from .follow import WrittenTrace, follow
from .replay import Disagreement, ReplayedRun, Replayer
from .schedules import ScheduleGraph, schedules
from .screens import Screen, screens_of

__all__ = ["ScheduleReplay", "TraceReplay", "replay_schedules", "replay_trace", "run_live"]

T = TypeVar("T")


@dataclass(frozen=True)
class TraceReplay:
    """A trace that was carried out `times` times, on `server` (its name; `own`: started for
    this). `first` is the first run, `screens` what it showed; `same`: in how many runs every
    screen lacked what it lacked in the first. `disagreement`: the first one, it ended
    everything; `first` is then the run in which it happened."""

    model: str
    server: str
    own: bool
    times: int
    first: ReplayedRun
    screens: tuple[Screen, ...]
    same: int
    disagreement: Disagreement | None
    seconds: float

    @property
    def surprising(self) -> bool:
        """Whether the real thing did something else than the model, or not every time."""
        return self.disagreement is not None or self.same < self.times


@dataclass(frozen=True)
class ScheduleReplay:
    """Many complete runs of a model.

    `done`: how many; `asked`: how many were wanted, None for as many as take every transition.
    `taken` of the `transitions` of the space were in one of them. `losing`: in how many a
    screen lacked something, `lost`: how often what. `violated`: of the properties that are
    asked of ends, in how many runs each is broken, 0 included; `unexpected`: those of them
    that the spec expects to hold. A `disagreement` ended everything with the last run, which
    is `last`.
    """

    model: str
    server: str
    own: bool
    asked: int | None
    done: int
    steps: int
    taken: int
    transitions: int
    losing: int
    lost: Mapping[str, int]
    violated: Mapping[str, int]
    unexpected: tuple[str, ...]
    last: ReplayedRun
    disagreement: Disagreement | None
    seconds: float

    @property
    def surprising(self) -> bool:
        """Whether the real thing did something else than the model, or than the spec expects."""
        return self.disagreement is not None or bool(self.unexpected)


def run_live(task: Coroutine[object, object, T]) -> T:
    """Run to its end; also where a loop is running already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(task)
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, task).result()


async def replay_trace(
    space: Space, written: WrittenTrace, server: Server, *, times: int, patience: float
) -> TraceReplay:
    """Carry a trace out this often, each time in a new session."""
    states = follow(space, written)
    trace = written.trace
    started = time.monotonic()
    first: ReplayedRun | None = None
    screens: tuple[Screen, ...] = ()
    same = done = 0
    async with Hub(patience) as hub:
        replayer = Replayer(space, Surroundings(server, hub, patience))
        for _ in range(times):
            replayed = await replayer.replay(states, trace)
            done += 1
            shown = _screens(space, replayed)
            if first is None or replayed.disagreement is not None:
                first, screens = replayed, shown
            same += [each.missing for each in shown] == [each.missing for each in screens]
            if replayed.disagreement is not None:
                break
    assert first is not None
    return TraceReplay(
        model=space.machine.spec.name,
        server=server.name,
        own=server.own,
        times=done,
        first=first,
        screens=screens,
        same=same,
        disagreement=first.disagreement,
        seconds=time.monotonic() - started,
    )


def _screens(space: Space, replayed: ReplayedRun) -> tuple[Screen, ...]:
    return screens_of(
        space.machine.spec, replayed.steps, replayed.variables, replayed.stored,
        replayed.trace.initial.variables,
    )  # fmt: skip


async def replay_schedules(
    space: Space, server: Server, *, number: int | None, patience: float
) -> ScheduleReplay:
    """Carry out this many different complete schedules; None: until every transition was taken."""
    graph = ScheduleGraph.of(space)
    started = time.monotonic()
    asked = [p for p in space.machine.spec.properties if p.form.asks_ends]
    violated = {p.name: 0 for p in asked}
    lost: Counter[str] = Counter()
    done = steps = losing = 0
    last: ReplayedRun | None = None
    async with Hub(patience) as hub:
        replayer = Replayer(space, Surroundings(server, hub, patience))
        for states in schedules(graph):
            last = await replayer.replay(states)
            done += 1
            steps += len(last.steps)
            if last.disagreement is not None:
                break
            missing = [each for screen in _screens(space, last) for each in screen.missing]
            losing += bool(missing)
            lost.update(str(each) for each in missing)
            for each in asked:
                answer = space.program.formulas.properties[each.name].answer(states[-1])
                violated[each.name] += answer == each.form.wrong_answer
            if done == number or (number is None and len(graph.taken) == graph.transitions):
                break
    assert last is not None
    unexpected = tuple(p.name for p in asked if violated[p.name] and p.expect == "holds")
    return ScheduleReplay(
        model=space.machine.spec.name,
        server=server.name,
        own=server.own,
        asked=number,
        done=done,
        steps=steps,
        taken=len(graph.taken),
        transitions=graph.transitions,
        losing=losing,
        lost=dict(sorted(lost.items())),
        violated=violated,
        unexpected=unexpected,
        last=last,
        disagreement=last.disagreement,
        seconds=time.monotonic() - started,
    )
