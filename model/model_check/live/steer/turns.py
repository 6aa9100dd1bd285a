"""From a run of the model to the turns in it that a proxy before the server can give.

A step has a turn where it sends commands (several are carried out as one: a transaction, or a
script), where a message is delivered to it, and where it is answered what was asked before. All
other steps are a process's own: a frame to a browser, a test. A proxy sees nothing of them, and
takes it that they happen when nothing else can come next.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from ...explore.space import Space
from ...language.tree.spec import Command, Resource, Spec
from ...machine.core import Call, Machine
from ...machine.lowering.told_calls import is_raised
from ...machine.lowering.watching import EXEC, EXEC_FAILS
from ...results.check import CallRecord, Trace, TraceStep
from ...results.steer import Turn
from ...verify.trace import Tracer
from ..brokers.keys import instances_on_server, is_channel
from ..monitor.events import Utterance

__all__ = ["ScheduledTurn", "SeenSteps", "TurnReader", "unsteerable"]


@dataclass(frozen=True, slots=True)
class ScheduledTurn:
    """A turn, `told` in words. `sends`: what is sent, in order, and the `calls` with the answers
    that the model has; `fails`: a transaction that does nothing, since something was touched that
    is watched. `listens`: the resource instance whose message is delivered, "" where none is.
    `kept`: what is sent is answered in a later turn; `answers`: the number of the turn (from 1) in
    which that was sent which is answered in this one, 0 where it is none."""

    told: Turn
    sends: tuple[Utterance, ...]
    calls: tuple[CallRecord, ...]
    fails: bool = False
    listens: str = ""
    kept: bool = False
    answers: int = 0

    @property
    def instance(self) -> str:
        return self.told.instance


class TurnReader:
    """Reads the turns of runs of one machine."""

    def __init__(self, spec: Spec, machine: Machine) -> None:
        self._commands: dict[tuple[str, str], tuple[Resource, Command]] = {
            (store, name): (resource, command)
            for store, resource, number in instances_on_server(spec)
            for name, command in resource.commands[number].items()
        }
        self._calls: dict[tuple[str, str, bool], Call] = {
            (each.resource, each.command, each.sending): each for each in machine.calls
        }

    def turns(self, trace: Trace) -> list[ScheduledTurn]:
        """The turns of a run, in its order."""
        found: list[ScheduledTurn] = []
        asked: dict[tuple[str, str, str], int] = {}
        for step in trace.steps:
            for kind, calls in self._parts(step.calls):
                turn = self._turn(len(found) + 1, step, kind, calls, asked)
                found.append(turn)
                if turn.kept:
                    asked[step.instance, calls[0].resource, calls[0].command] = turn.told.number
        return found

    def seen(self, calls: Iterable[CallRecord]) -> tuple[Hashable, ...]:
        """What a proxy sees of a step with these calls: which steps of a process look the same."""
        return tuple(
            (kind, *(each.resource if kind != "sent" else each.wire for each in calls))
            for kind, calls in self._parts(calls)
        )

    def _parts(self, calls: Iterable[CallRecord]) -> Iterator[tuple[str, tuple[CallRecord, ...]]]:
        """What of a step has turns: what is delivered comes one after the other, what is sent goes
        as one."""
        sent: list[CallRecord] = []
        for call in calls:
            kind = self._kind(call)
            if kind == "sent":
                sent.append(call)
            elif kind:
                yield kind, (call,)
        if sent:
            yield "sent", tuple(sent)

    def _kind(self, call: CallRecord) -> str:
        """What a proxy sees of a call: "sent", "answered", "delivered", or nothing."""
        resource, command = self._commands.get((call.resource, call.command), (None, None))
        if resource is None or command is None or is_raised(call.answer):
            return ""
        if not command.is_sent:
            listens = is_channel(resource) and command.blocking and command.local
            return "delivered" if listens else ""
        if call.sending and not self._calls[call.resource, call.command, True].in_two:
            return ""  # nobody waits for it: when it comes to the server is a step of its own
        if command.issue and not call.sending:
            return "answered"
        return "sent"

    def _turn(
        self,
        number: int,
        step: TraceStep,
        kind: str,
        calls: tuple[CallRecord, ...],
        asked: dict[tuple[str, str, str], int],
    ) -> ScheduledTurn:
        wires = tuple(each.wire for each in calls)
        told = Turn(
            number, step.number, step.instance, step.event, wires if kind == "sent" else (),
            kind == "delivered",
        )  # fmt: skip
        if kind == "delivered":
            return ScheduledTurn(told, (), calls, listens=calls[0].resource)
        if kind == "answered":
            place = asked[step.instance, calls[0].resource, calls[0].command]
            return ScheduledTurn(told, (), calls, answers=place)
        fails = any((c.wire, c.answer) == (EXEC, EXEC_FAILS) for c in calls)
        sends = tuple(Utterance(c.resource, c.command, self._arguments(c)) for c in calls)
        return ScheduledTurn(told, sends, calls, fails, kept=any(each.sending for each in calls))

    def _arguments(self, record: CallRecord) -> dict[str, object]:
        call = self._calls[record.resource, record.command, record.sending]
        return {**record.arguments, **dict(call.others)}


class SeenSteps:
    """What a proxy sees of a transition of a space in which nothing is forgotten: the turns that
    its step has."""

    def __init__(self, space: Space, tracer: Tracer) -> None:
        self._tracer = tracer
        self._reader = TurnReader(space.machine.spec, space.machine)

    def __call__(self, source: int, target: int, step: int) -> Hashable | None:
        """See `complete_runs.Visible`."""
        return self._reader.seen(self._tracer.calls_between(source, target, step)) or None


def unsteerable(trace: Trace) -> str:
    """Why a run cannot be brought about by the order of commands alone: what goes wrong in it is
    the world's. "" where it can."""
    for step in trace.steps:
        if step.fault or step.crashes:
            return (
                f"in step {step.number}, {step.event}, something goes wrong: a proxy decides when"
                " commands go, and brings no crash about (--no-faults leaves faults out)"
            )
    return ""
