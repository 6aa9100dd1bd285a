"""From a run of the model to the same run by real workers, in exactly its order, and compared.

One step goes at a time, and what the real thing must confirm is waited for: an answer, the
acknowledgement of SUBSCRIBE, a frame. Nothing sleeps. Each process computes with what it
really got; every answer, every variable and what the server holds in the end are compared
with the model's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...explore.space import Space
from ...language.keys import DISCONNECTED
from ...language.tree.spec import Command
from ...machine.core import Call, Step
from ...machine.lowering.control_flow import GIVES_UP
from ...machine.lowering.told_calls import error_in, is_raised
from ...machine.lowering.watching import EXEC, EXEC_FAILS
from ...results.check import CallRecord, Trace, TraceStep
from ...results.replay import Disagreement, RealStep, ReplayedRun
from ...verify.resources import resource_views
from ...verify.show import format_value
from ...verify.trace import Tracer, call_record
from ..brokers.broker_state import held
from ..brokers.contract import (
    ChangedError,
    DisconnectedError,
    RefusedError,
    Request,
    ServerRefusedError,
    Surroundings,
)
from ..brokers.payload import Value
from .field import AsTold, caught, copied_at, goes_wrong, require_followed, require_possible
from .inspections import Inspector
from .open_system import OpenSystem, Way, agree, open_system
from .session import Session, session
from .workers import Worker

__all__ = ["Replayer"]

SHORT, LONG = 0.02, 3600.0
"""Seconds that a command waits at most whose time is over in the trace, and one that is answered
there: nobody knows how long that takes for real."""


class _DisagreementError(Exception):
    """Ends a run; the text says what was different."""


class Replayer:
    """Replays runs of one explored space in the same surroundings."""

    def __init__(self, space: Space, around: Surroundings) -> None:
        self.space = space
        self._tracer = Tracer(space)
        self.around = around
        self.system: OpenSystem = open_system(space.machine.spec, space.layout, told=True)
        self.calls: dict[tuple[str, str, bool], Call] = {}
        for each in (*self.system.machine.calls, *space.machine.calls):
            if not Request(each, {}).raises:
                self.calls.setdefault((each.resource, each.command, each.sending), each)
        instances = space.machine.instances
        self.steps = {(instances[s.instance].name, s.label): s for s in space.machine.steps}
        self.processes = {each.name: each.process for each in instances if each.process}
        processes = space.machine.spec.processes
        self.caught = {each.name: caught(each) for each in processes}
        self.crashes = {each.name: each.crashes for each in processes}

    def told(self, states: Sequence[int], loop_from: int | None = None) -> Trace:
        """The run through these states; from `loop_from` on, if that is given, it goes round."""
        if loop_from is not None:
            return self._tracer.going_round(states, loop_from)
        final = self.space.is_final(states[-1])
        return self._tracer.along(states, "final" if final else "state")

    async def replay(self, trace: Trace) -> ReplayedRun:
        """Carry out a run that ends, or is left somewhere. Raises ServerError and LiveError where
        that cannot be done."""
        steps = (self.steps[each.instance, each.label] for each in trace.steps)
        failover = self.around.server.replica is not None
        require_possible(self.space.machine, steps, failover=failover)
        require_followed(self.space.machine, trace)
        initial = trace.initial.variables
        started = time.monotonic()
        spec = self.space.machine.spec
        async with session(spec, self.around, initial, self.system.clients()) as real:
            for worker in real.workers.values():
                await worker.prepare(self.system.calls_of(worker.name))
            run = _Replay(self, real, self.system.initial_state(initial))
            disagreement = await run.through(trace)
            await run.inspector.at_the_end()
            stored = await real.content()
            if disagreement is None:
                disagreement = _at_the_end(trace, stored)
        return ReplayedRun(
            trace, tuple(run.steps), self.system.variables(run.state), stored,
            self.system.watch(run.state), disagreement, time.monotonic() - started,
            resource_views(self.system.machine.spec), tuple(run.inspector.found),
            tuple(run.ran_down),
        )  # fmt: skip


def _at_the_end(trace: Trace, stored: Mapping[str, Value]) -> Disagreement | None:
    model = trace.steps[-1].state if trace.steps else trace.initial
    for name, value in stored.items():
        if value != model.variables[name]:
            message = (
                f"{name} is {format_value(value)} on the server, the model has"
                f" {format_value(model.variables[name])}"
            )
            return Disagreement(0, "", message)
    return None


class _Replay:
    """One replay while it goes on."""

    def __init__(self, replayer: Replayer, real: Session, state: int) -> None:
        self._replayer = replayer
        self._system = replayer.system
        self._real = real
        self._patience = replayer.around.patience
        self._started = time.monotonic()
        self.state = state
        self.steps: list[RealStep] = []
        self.inspector = Inspector(real.stores)
        self.ran_down: list[str] = []

    async def through(self, trace: Trace) -> Disagreement | None:
        """All steps of a trace; where the real thing did something else, if it did."""
        copied = copied_at(self._replayer.space.machine.spec, trace)
        for number, step in enumerate(trace.steps):
            if number in copied:
                for broker in self._real.brokers:
                    await broker.copy_to_replica()
            fails = trace.end == "error" and step is trace.steps[-1]
            calls: list[CallRecord] = []
            try:
                await self._step(step, calls, trace.error if fails else "")
            except (_DisagreementError, RefusedError) as error:
                return Disagreement(step.number, step.event, str(error))
            finally:
                since = 1000 * (time.monotonic() - self._started)
                self.steps.append(
                    RealStep(step.number, step.event, step.instance, tuple(calls), since)
                )
        return None

    async def _step(self, step: TraceStep, told: list[CallRecord], error: str) -> None:
        meant = self._replayer.steps[step.instance, step.label]
        process = self._replayer.space.machine.instances[meant.instance].process
        if meant.fault and not process:
            await self._goes_wrong(step, told)
            return
        worker = self._real.workers[step.instance]
        if meant.fault:
            await self._dies(worker, step)
            self._arrive(step, self._ways(step, meant, []), error)
            return
        watched = self._system.watched(meant)
        if any(each.wire == EXEC and each.answer == EXEC_FAILS for each in step.calls):
            told += step.calls
            ways = await self._exec_fails(step, worker, watched)
            self._arrive(step, ways, error)
            return
        joined = await self._transaction(step, worker, watched)
        answered: list[tuple[Request, Value]] = []
        while True:
            ways = self._ways(step, meant, answered)
            place = len(answered)
            if place == len(step.calls):
                self._arrive(step, ways, error)
                return
            wanted = step.calls[place]
            if is_raised(wanted.answer) or error_in(wanted.answer):
                told.append(wanted)
                ways = await self._raises(step, worker, ways, answered)
                if is_raised(wanted.answer) and step.label not in self._replayer.caught[process]:
                    await self._dies(worker, step, wanted.resource)
                self._arrive(step, ways, error)
                return
            late = step.timeout and step.label.endswith(GIVES_UP)
            request = replace(
                self._request(step, ways, place),
                wanted=wanted.result,
                held=self._held(step, place),
                limit=SHORT if late else LONG,
                gives_up=late,
            )
            if place in joined:
                value = joined[place]
            else:
                seen = await self.inspector.before(step.event, request)
                value = await self._perform(worker, request, wanted, process)
                self.inspector.tell(seen, value)
                await self.inspector.after(step.event, request)
            if _is_later(worker.command(request), value, wanted.result):
                real = call_record(request.call, request.arguments, value)
                self.ran_down.append(f"{real.wire} -> {real.answer}")
                value = wanted.result
            told.append(call_record(request.call, request.arguments, value))
            _compare(told[-1], wanted)
            answered.append((request, value))

    def _held(self, step: TraceStep, place: int) -> int | None:
        """How many values the resource of a command has to hold then, where this is known: at its
        last command of the step."""
        name = step.calls[place].resource
        if any(each.resource == name for each in step.calls[place + 1 :]):
            return None
        return held(self._real.stores[name][0], step.state.variables)

    def _ways(
        self, step: TraceStep, meant: Step, answered: Sequence[tuple[Request, Value]]
    ) -> list[Way]:
        system = self._system
        return [
            way
            for instance in system.instances_of(step.instance, step.label)
            for way in system.ways(instance, self.state, answered)
            if (way.step.label, way.step.fault) == (step.label, meant.fault)
        ]

    def _arrive(self, step: TraceStep, ways: Sequence[Way], error: str) -> None:
        if error:
            if not any(way.failure is not None and way.failure.message == error for way in ways):
                raise _DisagreementError(f"the model runs into an error here: {error}")
            return
        for way in ways:
            if way.target is not None and agree(
                self._system.variables(way.target), step.state.variables
            ):
                self.state = way.target
                return
        found = next((w.target for w in ways if w.target is not None), None)
        if found is None:
            raise _DisagreementError("with what it really got, the process cannot take this step")
        for name, value in self._system.variables(found).items():
            if value != step.state.variables[name]:
                raise _DisagreementError(
                    f"{name} is {format_value(value)}, the model has"
                    f" {format_value(step.state.variables[name])}"
                )

    def _request(self, step: TraceStep, ways: Sequence[Way], place: int) -> Request:
        """The next command that the process asks for, if it is the model's."""
        wanted = step.calls[place]
        for way in ways:
            if len(way.calls) > place and _is(way.calls[place], wanted):
                return way.calls[place]
        for way in ways:
            if len(way.calls) > place:
                other = way.calls[place]
                wire = call_record(other.call, other.arguments, None).wire
                raise _DisagreementError(f"the process asks {wire}, the model {wanted.wire}")
        raise _DisagreementError(f"the process does not ask {wanted.wire}, as the model does")

    async def _exec_fails(self, step: TraceStep, worker: Worker, watched: str) -> list[Way]:
        """Send a transaction that fails; how its process goes on."""
        try:
            await worker.transaction([], watched)
        except ChangedError:
            return [
                way
                for each in self._system.instances_of(step.instance, step.label)
                for way in self._system.changed(each, self.state, worker.client)
                if way.step.label == step.label
            ]
        raise _DisagreementError("EXEC succeeds, in the model what is watched was touched")

    async def _transaction(self, step: TraceStep, worker: Worker, watched: str) -> dict[int, Value]:
        """Where a step has several commands for the server, carry them out in one MULTI/EXEC:
        the answers by place. What is sent is the model's; that the process asks for the same,
        given the real answers, is seen afterwards."""
        requests = {
            place: Request(self._replayer.calls[_key(each)], each.arguments, each.result)
            for place, each in enumerate(step.calls)
        }
        places = [place for place, each in requests.items() if worker.joins(each)]
        if len(places) < (1 if watched else 2) or any(error_in(each.answer) for each in step.calls):
            return {}
        seen = [await self.inspector.before(step.event, requests[place]) for place in places]
        try:
            values = await worker.transaction([requests[place] for place in places], watched)
        except ChangedError as error:
            raise _DisagreementError(f"{error}; in the model it was not") from error
        for inspection, value in zip(seen, values, strict=True):
            self.inspector.tell(inspection, value)
        return dict(zip(places, values, strict=True))

    async def _perform(
        self, worker: Worker, request: Request, wanted: CallRecord, process: str
    ) -> Value:
        try:
            if not process:
                return await worker.arrives(request)
            if request.call.sending and not request.call.in_two:
                await worker.later(request)
                return None
            answer = await worker.perform(request, self._patience)
            if request.call.sending:
                await worker.held(request)
            return answer
        except DisconnectedError as error:
            raise _DisagreementError(
                f"{wanted.wire} raises {DISCONNECTED} ({error}),"
                f" the model has {wanted.answer or 'an answer'}"
            ) from error
        except TimeoutError:
            await self._real.require_alive()
            raise _DisagreementError(
                f"{wanted.wire} waits for {self._patience:g} s in vain,"
                f" the model has {wanted.answer or 'an answer'}"
            ) from None

    # --- what goes wrong ----------------------------------------------------------------------

    async def _goes_wrong(self, step: TraceStep, told: list[CallRecord]) -> None:
        """What happens to a resource; the processes are where they were."""
        value = await goes_wrong(self._real, step.instance, step.label, AsTold(step))
        for wanted in step.calls:
            call = self._replayer.calls[_key(wanted)]
            told.append(call_record(call, wanted.arguments, value))
            _compare(told[-1], wanted)

    async def _dies(self, worker: Worker, step: TraceStep, spared: str = "") -> None:
        """A process stops where it stands, and is there anew; if its spec says that it is not
        restarted, it does nothing any more."""
        await worker.crash(AsTold(step), spared)
        crashes = self._replayer.crashes[self._replayer.processes[worker.name]]
        if crashes is not None and crashes.restarts:
            await worker.prepare(self._system.calls_of(worker.name))

    async def _raises(
        self,
        step: TraceStep,
        worker: Worker,
        ways: Sequence[Way],
        answered: list[tuple[Request, Value]],
    ) -> list[Way]:
        """How the process goes on where the command raises that the step ends with. What it does
        before that is not told: it was for nothing."""
        wanted = step.calls[-1]
        meant = self._replayer.steps[step.instance, step.label]
        while (request := self._asked(ways, wanted, len(answered))).key != _key(wanted):
            answered.append((request, await worker.perform(request, self._patience)))
            ways = self._ways(step, meant, answered)
        found = call_record(request.call, request.arguments, None)
        error = error_in(wanted.answer)
        meant_so = f"is refused: {error}" if error else f"raises {DISCONNECTED}"
        try:
            value = await worker.perform(request, self._patience)
        except DisconnectedError as met:
            if not error:
                return self._raised(step, worker, answered, request)
            raise _DisagreementError(
                f"{found.wire} raises {DISCONNECTED} ({met}), in the model it {meant_so}"
            ) from met
        except ServerRefusedError as met:
            if error and worker.store(request).refusal(request, met.error) == error:
                return self._raised(step, worker, answered, request, error)
            raise _DisagreementError(
                f"{found.wire} is refused: {met.error}; in the model it {meant_so}"
            ) from met
        except TimeoutError:
            raise _DisagreementError(
                f"{found.wire} waits for {self._patience:g} s in vain, in the model it {meant_so}"
            ) from None
        found = call_record(request.call, request.arguments, value)
        raise _DisagreementError(f"{found.wire} -> {found.answer}, in the model it {meant_so}")

    def _raised(
        self,
        step: TraceStep,
        worker: Worker,
        answered: Sequence[tuple[Request, Value]],
        request: Request,
        error: str = "",
    ) -> list[Way]:
        system = self._system
        return [
            way
            for each in system.instances_of(step.instance, step.label)
            for way in system.raised(each, self.state, answered, request, worker.client, error)
            if way.step.label == step.label
        ]

    def _asked(self, ways: Sequence[Way], wanted: CallRecord, place: int) -> Request:
        """The next command of a step that is to raise: the one that does, if it is that."""
        asked = [way.calls[place] for way in ways if len(way.calls) > place]
        if not asked:
            raise _DisagreementError(f"the process does not ask {wanted.wire}, as the model does")
        return next((each for each in asked if _is(each, wanted)), asked[0])


def _is_later(command: Command, value: Value, wanted: Value) -> bool:
    """Whether an answer is a time that is left, and less than the model's: real time goes by."""
    known = command.runs_down and isinstance(value, int) and isinstance(wanted, int)
    return known and 0 <= value < wanted  # type: ignore[operator]


def _key(record: CallRecord) -> tuple[str, str, bool]:
    return record.resource, record.command, record.sending


def _is(request: Request, wanted: CallRecord) -> bool:
    return request.key == _key(wanted) and request.arguments == wanted.arguments


def _compare(real: CallRecord, model: CallRecord) -> None:
    if real.result != model.result:
        raise _DisagreementError(f"{real.wire} -> {real.answer}, the model has {model.answer}")
