"""Have a user's own services carry out what a model says: `steer()`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..budget.spending import INTERRUPTED, Ask, never, why_of
from ..explore.limits import Limits, Progress
from .faults import faults_of
from .live_options import SteerOptions
from .options import chosen
from .steer_task import SteerTask, steer_task

if TYPE_CHECKING:
    from ..results.steer import SteeredRun, SteerResult

__all__ = ["steer"]

Tell = Callable[[str], None]


def steer(
    path: Path | str,
    services: Sequence[str] = (),
    constants: Mapping[str, int | bool | str] | None = None,
    options: SteerOptions | None = None,
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    tell: Tell | None = None,
    stage: Tell | None = None,
    stop: Ask = never,
    **changes: Any,
) -> SteerResult:
    """Have a user's services carry runs of a spec out: a proxy before their server lets each
    command through when its turn has come.

    path, constants, limits, progress: as for `check`. services: the command that starts them; they
    find the server's URL in the environment variable REDIS_URL and in the place of `{redis_url}`;
    (): they are started by somebody else. options: see `SteerOptions`; each of them can be named
    here as well. tell: hears where services are to connect that somebody else starts; stage: how
    many runs were made. stop: whether to end.

    Raises SpecError where the spec is wrong, and LiveError where there is nothing to steer by, or
    no proxy or server can be started.
    """
    from ..live.runs.replaying import run_live

    if services:
        changes["services"] = tuple(services)
    asked = chosen(SteerOptions, options, constants, changes)
    started = time.monotonic()
    with steer_task(path, asked, limits, progress, stop) as task:
        runs, stopped = run_live(_steered(task, asked, tell or _nobody, stage or _nobody, stop))
        found = task.result(asked, runs, stopped, time.monotonic() - started)
    judge = asked.command("monitor", path, after=asked.outside)
    return replace(found, faults=faults_of(path, asked, task.space.machine.spec), judge=judge)


def _nobody(_: str) -> None:
    """Is told, and does nothing."""


async def _steered(
    task: SteerTask, asked: SteerOptions, tell: Tell, stage: Tell, stop: Ask
) -> tuple[list[SteeredRun], str]:
    """The runs that were made, and why there are fewer than were asked for."""
    runs: list[SteeredRun] = []

    def ready(url: str) -> None:
        if not asked.services:
            tell(f"waiting for your services: let them connect to {url}")

    for trace in task.traces:
        if runs:
            await _emptied(task)
            stage(f"{len(runs):,} runs")
        run = await task.steerer.run(trace, len(runs) + 1, ready=ready)
        if _made_again(task, asked) and not why_of(stop):
            await _emptied(task)
            run = await task.steerer.run(trace, len(runs) + 1, ready=ready)
            task.notes.append(
                f"run {len(runs) + 1:,} was made twice: the first showed that a script in it does"
                " something else than it was taken for"
            )
        runs.append(run)
        why = INTERRUPTED if task.steerer.interrupted else why_of(stop)
        if not why and run.course == "never came" and not asked.one_run:
            # Nor will it come in the next runs, each of which would wait as long.
            why = "no command of the spec came"
        if why:
            return runs, why
    return runs, ""


def _made_again(task: SteerTask, asked: SteerOptions) -> bool:
    """Whether a run is made again, since by now it is known what the scripts in it do: where
    nothing of it is left for the next one."""
    steerer = task.steerer
    if steerer.interrupted or not asked.services:
        return False
    return steerer.measurer.mistaken and steerer.server.own


async def _emptied(task: SteerTask) -> None:
    """Nothing of the run before is left, where the server is ours."""
    server = task.steerer.server
    if server.own:
        client = server.client()
        try:
            await asyncio.to_thread(client.flushall)
        finally:
            client.close()
