"""From what goes wrong in a run of the model to the same for real.

What can be made to happen is known before a run starts, so that nothing is begun which cannot be
carried out. In which of several ways something goes wrong (which item is lost, how many frames
still arrive), the model's next state says.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...language.keys import DISCONNECTED, DISCONNECTS
from ...language.source.diagnostics import Position
from ...language.tree.spec import FAILOVER, Process, Resource, Spec
from ...language.tree.statements import Control, If, Step, Try, While
from ...language.tree.walk import calls_of, controls_in
from ...machine.core import Machine
from ...machine.core import Step as MachineStep
from ...machine.lowering.told_calls import is_raised
from ...results.check import Trace, TraceStep
from ..brokers.contract import Outcome, RefusedError, Wanted
from ..brokers.keys import instances_of
from ..brokers.payload import Value
from ..brokers.registry import broker_of
from ..errors import LiveError
from .session import Session

__all__ = [
    "AsTold",
    "AtRandom",
    "caught",
    "copied_at",
    "goes_wrong",
    "is_failover",
    "require_followed",
    "require_possible",
    "resource_of",
]


@dataclass(frozen=True, slots=True)
class AsTold(Wanted):
    """As the step of a trace tells it."""

    step: TraceStep

    def outcome(self, name: str, outcomes: Sequence[Outcome]) -> Outcome:
        told = self.step.calls[-1].result
        left = self.step.state.variables[name]
        for each in outcomes:
            if each.answer == told and each.left == left:
                return each
        raise RefusedError(f"{name} holds something else than the model has, so this cannot happen")

    def kept(self, name: str, number: int) -> int:
        left = self.step.state.variables[name]
        assert isinstance(left, list)
        if len(left) > number:
            raise RefusedError(f"{name} has {number} frames, the model keeps {len(left)}")
        return len(left)


@dataclass(frozen=True, slots=True)
class AtRandom(Wanted):
    """Any of the ways."""

    chance: random.Random

    def outcome(self, name: str, outcomes: Sequence[Outcome]) -> Outcome:
        return self.chance.choice(list(outcomes))

    def kept(self, name: str, number: int) -> int:
        return self.chance.randint(0, number)


def resource_of(spec: Spec, name: str) -> Resource | None:
    """The resource that has an instance of this name."""
    return next((each for each in spec.resources if name in instances_of(each)), None)


def require_possible(machine: Machine, steps: Iterable[MachineStep], *, failover: bool) -> None:
    """Raises LiveError where one of these steps is a fault that cannot be made to happen.
    `failover`: whether there is a replica that can take over."""
    for step in steps:
        instance = machine.instances[step.instance]
        if not step.fault or instance.process:
            continue
        what = step.label.partition("[")[0]
        resource = resource_of(machine.spec, instance.name)
        if resource is None:
            if not failover:
                why = "a failover takes two servers that replay has started itself: without --redis"
                raise LiveError(_refused(step.at, why))
        elif not broker_of(resource).can_go_wrong(resource, what):
            raise LiveError(
                _refused(
                    step.at,
                    f"{resource.name} is a {resource.kind}, and `{what}` of it has no counterpart"
                    " here",
                )
            )


def _refused(at: Position, why: str) -> str:
    return f"{at}: {why}: it can be checked, not carried out (--no-faults leaves it away)"


def require_followed(machine: Machine, trace: Trace) -> None:
    """Raises LiveError where a step of a trace raises `disconnected` behind a command that a real
    process has carried out by then: in the model, nothing of such a step is done."""
    processes = {each.name: each.process for each in machine.instances if each.process}
    for step in trace.steps:
        raising = next((each for each in step.calls if is_raised(each.answer)), None)
        if raising is None:
            continue
        process = machine.spec.process(processes[step.instance])
        body = next(
            (
                e.body
                for e in controls_in(process.run)
                if isinstance(e, Step) and e.label == step.label
            ),
            (),
        )
        name = raising.resource.partition("[")[0]
        for each in calls_of(body):  # what is done first comes first
            if (each.resource, each.command) == (name, raising.command):
                break
            command = machine.spec.resource(each.resource).any_command(each.command)
            if step.label in caught(process) or not command.local:
                raise LiveError(
                    f"{each.at}: {each.resource}.{each.command} is done when"
                    f" {raising.resource}.{raising.command} raises {DISCONNECTED}, and in the model"
                    " it is not: this run cannot be carried out; give it a step of its own"
                )


def copied_at(spec: Spec, trace: Trace) -> frozenset[int]:
    """After how many steps a replica must hold what the server holds, and get nothing more, so
    that what is there after each failover of a trace is what the model has."""
    names = tuple(_contents(spec))
    states = [trace.initial, *(each.state for each in trace.steps)]
    seen = [
        {v: each.variables[v] for v in each.variables if f"{v}[".startswith(names)}
        for each in states
    ]

    def held(copied: int, until: int) -> dict[str, object]:
        """What the replica holds that was `copied` after so many steps; a key that runs out does
        so there too."""
        found = dict(seen[copied])
        for n, each in enumerate(trace.steps[copied:until], copied):
            if each.fault:
                key = each.instance
                of_it = [v for v in found if v == key or v.startswith((f"{key}.", f"{key}["))]
                found |= {v: seen[n + 1][v] for v in of_it}
        return found

    fails = (n for n, each in enumerate(trace.steps) if is_failover(spec, each))
    return frozenset(max(n for n in range(f + 1) if held(n, f) == seen[f + 1]) for f in fails)


def is_failover(spec: Spec, step: TraceStep) -> bool:
    """Whether a step of a trace is the failover of a server."""
    return step.label == FAILOVER and any(each.name == step.instance for each in spec.servers)


def _contents(spec: Spec) -> Iterator[str]:
    """How the variables begin that hold what servers keep; a dict is shown as one for each key."""
    for resource in spec.resources:
        if resource.stored.state:
            for number in range(resource.count or 1):
                yield f"{resource.shown(number, resource.stored.state)}["


async def goes_wrong(real: Session, name: str, label: str, wanted: Wanted) -> Value:
    """Make what the label of a fault says happen to the resource of this name; what is told of
    it."""
    if name not in real.stores:
        for each in real.brokers:
            await each.fails_over()
        return None
    store, broker = real.stores[name]
    what, _, client = label.partition("[")
    if what == DISCONNECTS or _breaks(store.resource, what):
        whom = client.removesuffix("]")
        if what != DISCONNECTS and not await broker.unread(store, whom):
            raise RefusedError(f"{whom} has read all that came from {name}")
        await broker.disconnect(store, client.removesuffix("]") or None, wanted)
        return None
    return await broker.goes_wrong(store, what, wanted)


def _breaks(resource: Resource, what: str) -> bool:
    """Whether a connection breaks by a fault."""
    return any(f.breaks for each in resource.faults for f in each if f.command.name == what)


def caught(process: Process) -> frozenset[str]:
    """The labels of the steps of a process whose broken connections are caught."""
    tries = (
        each for each in controls_in(process.run)
        if isinstance(each, Try) and DISCONNECTED in dict(each.handlers)
    )  # fmt: skip
    return frozenset(label for each in tries for label in _labels(each.body))


def _labels(block: tuple[Control, ...]) -> Iterable[str]:
    steps = (each for each in controls_in(block) if isinstance(each, If | Step | While))
    return (each.label for each in steps if each.label is not None)
