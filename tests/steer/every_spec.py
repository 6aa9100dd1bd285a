"""Any spec of ours as what is steered: its own processes are the services, under its own schedules.

What must come out, the model says: a schedule that leaves nothing to the services is carried out,
with the model's answers, and the commands that went through are a run of the model with the model's
verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model_check.api.live_options import SteerOptions
from model_check.api.steer_task import SteerTask
from model_check.budget.spending import never
from model_check.explore.limits import Limits
from model_check.explore.search import SearchOptions
from model_check.language.tree.spec import Spec
from model_check.live.brokers.keys import is_on_server
from model_check.live.brokers.server import Server
from model_check.live.errors import LiveError
from model_check.live.runs.replaying import run_live
from model_check.live.steer.turns import unsteerable
from model_check.results.check import Trace
from model_check.results.steer import SteeredRun, SteerResult
from model_check.verify.checking import check_spec

from .free_choice import FreeChoice, Left
from .free_services import FreeServices, TornStepError

__all__ = ["CarriedOut", "LeftOutError", "Subject"]

MOST_STATES = 60_000


class LeftOutError(Exception):
    """A spec is none to be steered by its own processes, and why."""


@dataclass(frozen=True)
class CarriedOut:
    """A run of the services: under which property's trace ("": a schedule), what was left to them,
    and what came of it. `wrong`: in words; "" where all is as the model says."""

    name: str
    left: Left
    run: SteeredRun
    outcome: str
    wrong: str


class Subject:
    """A spec whose processes are steered. Raises LeftOutError."""

    def __init__(self, spec: Spec, server: Server, patience: float = 3.0) -> None:
        if not any(is_on_server(each) for each in spec.resources):
            raise LeftOutError("nothing of it is on Redis")
        options = SearchOptions(forget_from=None)
        self.space, self._judgement = check_spec(
            spec, Limits(max_states=MOST_STATES), options=options
        )
        if not self.space.complete:
            raise LeftOutError("it has too many states, or grows without end")
        self._services = FreeServices(self.space, server, patience)
        self._choice = FreeChoice(self.space)

    def carried_out(self, schedules: int) -> Iterator[CarriedOut]:
        """The run of each trace that violates a property and has no fault; where nothing is
        violated, some schedules. Raises LeftOutError where there is neither, or the processes
        cannot run freely."""
        traces = {e.name: e.trace for e in self._judgement.results if e.trace is not None}
        violating = {e.name for e in self._judgement.results if e.verdict == "violated"} & {*traces}
        steered = [name for name in violating if not unsteerable(traces[name])]
        if violating and not steered:
            raise LeftOutError("what violates it is a fault, which no proxy brings about")
        asked = [SteerOptions(violating=name) for name in sorted(steered)]
        for each in asked or [SteerOptions(schedules=schedules)]:
            yield from self._asked(each)

    def _asked(self, asked: SteerOptions) -> Iterator[CarriedOut]:
        try:
            prepared = SteerTask(self.space, self._judgement, self._services.steerer, asked, never)
            for seed, trace in enumerate(prepared.traces):
                run = run_live(self._services.carry_out(trace, seed))
                result = prepared.result(asked, [run], "", run.seconds)
                yield self._judged(asked.violating, trace, run, result)
        except (LiveError, TornStepError) as error:
            raise LeftOutError(str(error)) from error

    def _judged(self, name: str, trace: Trace, run: SteeredRun, result: SteerResult) -> CarriedOut:
        left = self._choice.left(trace)
        shares = self._services.shares
        wrong = "; ".join(_wrong(trace, left, run, result, shares=shares))
        return CarriedOut(name, left, run, result.outcome(run), wrong)


def _wrong(
    trace: Trace, left: Left, run: SteeredRun, result: SteerResult, *, shares: bool
) -> Iterator[str]:
    """What is not as the model says. `shares`: see `FreeServices`."""
    session = run.session
    if session is not None and session.standing == "unfit" and not shares:
        yield f"the services' own run is none of the model: {session}"
    if run.departure is not None:
        fails = trace.end == "error" and run.departure.turn.step == len(trace.steps)
        if not left.ways and not fails:
            yield f"nothing else could come, and yet it was left: {run.departure}"
        return
    if left.ways:
        return
    if not left.answers:
        for each in run.differing:
            yield f"{each.commands} answered {each.answer}, not {each.differs}"
        for each in result.otherwise(run):
            yield f"{each} is {run.verdict(each)}, not {result.said(run)[each]}"
    if left.states or left.answers or trace.end == "error":
        return  # whether something failed, no log says
    if result.outcome(run) == "undetermined":
        yield f"nothing is left open, and yet: {dict(result.said(run))}, {session}"
