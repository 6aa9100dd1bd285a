"""From a space to whole replays: of one trace, as often as wanted, or of complete schedules."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...explore.space import Space
from ...results.check import Trace
from ...results.replay import ReplayedRun, ScheduleReplay, Screen, TraceReplay
from ...verify.one_run import Run, RunQuestion
from ..brokers.contract import Surroundings
from ..brokers.server import Server
from ..brokers.sockets import Hub
from .follow import WrittenTrace, follow
from .replay import Replayer
from .rounds import carried_out, rounds_done
from .schedules import ScheduleGraph, schedules
from .screens import screens_of

__all__ = ["replay_schedules", "replay_trace", "run_live"]

T = TypeVar("T")


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
    started = time.monotonic()
    first: ReplayedRun | None = None
    screens: tuple[Screen, ...] = ()
    same = done = 0
    async with Hub(patience) as hub:
        replayer = Replayer(space, Surroundings(server, hub, patience))
        trace = written.trace or replayer.told(states, written.loop_from)
        run = carried_out(space, trace, states)
        for _ in range(times):
            replayed = await replayer.replay(run)
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
        rounds=_rounds(trace, first),
    )


def _rounds(trace: Trace, replayed: ReplayedRun) -> int | None:
    """How often the real thing went round; None for a run that ends."""
    if trace.loop_from is None:
        return None
    failed = replayed.disagreement
    right = failed.number - 1 if failed and failed.number else len(replayed.steps)
    return rounds_done(trace, right)


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
    of_runs = [
        each
        for each in space.machine.spec.properties
        if each.form.asks_runs or each.form.of_steps or each.form.asks_all
    ]
    questions = [RunQuestion(space.program, p) for p in of_runs]
    broken = {p.name: 0 for p in of_runs}
    lost: Counter[str] = Counter()
    done = steps = losing = 0
    last: ReplayedRun | None = None
    ran_down = False
    async with Hub(patience) as hub:
        replayer = Replayer(space, Surroundings(server, hub, patience))
        for states in schedules(graph):
            last = await replayer.replay(replayer.told(states))
            done += 1
            steps += len(last.steps)
            ran_down = ran_down or bool(last.ran_down)
            if last.disagreement is not None:
                break
            missing = [each for screen in _screens(space, last) for each in screen.missing]
            losing += bool(missing)
            lost.update(str(each) for each in missing)
            for each in asked:
                answer = space.program.formulas.properties[each.name].answer(states[-1])
                violated[each.name] += answer == each.form.wrong_answer
            ended = Run(tuple(states), len(states) - 1)
            for question in questions:
                broken[question.property.name] += question.verdict(ended) == "violated"
            if done == number or (number is None and len(graph.taken) == graph.transitions):
                break
    assert last is not None
    wrong = {**violated, **broken}
    unexpected = tuple(p.name for p in (*asked, *of_runs) if wrong[p.name] and p.expect == "holds")
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
        broken=broken,
        unexpected=unexpected,
        last=last,
        disagreement=last.disagreement,
        seconds=time.monotonic() - started,
        ran_down=ran_down,
    )
