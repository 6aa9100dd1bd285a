"""Which steps of one process depend on each other: the data flow that a new order must keep.

Two steps may change places only if neither writes what the other reads or writes: variables
of the process, shared variables, and what a resource holds. A step that looks at where its
own process stands depends on all others. So a new order does the same to everything as the
old one while nobody else acts, and only the interleavings differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..language.tree.expressions import (
    At,
    CommandCall,
    Done,
    Expr,
    KindVar,
    OtherVar,
    Outside,
    OwnVar,
    SharedVar,
)
from ..language.tree.spec import Command, Process, Spec
from ..language.tree.statements import (
    Assign,
    Await,
    Control,
    For,
    Step,
    StepStatement,
    Switch,
    While,
)
from ..language.tree.walk import (
    calls_of,
    controls_in,
    expressions_in,
    inner_expressions,
    root_of,
    statements_in,
)
from ..machine.effects import Effects

__all__ = [
    "StepFlow", "acts_on_places", "flow_of", "joining_server", "places_looked_at", "steps_of",
]  # fmt: skip

_Item = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepFlow:
    """What a step reads and writes by name. `stands`: it looks at where its own process
    stands."""

    effects: Effects[_Item]
    stands: bool

    def depends_on(self, other: StepFlow) -> bool:
        """Whether the two must stay in their order."""
        if self.stands or other.stands:
            return True
        return not self.effects.commutes_with(other.effects)


def steps_of(process: Process) -> dict[str, Step]:
    """The steps of a process by label."""
    return {each.label: each for each in controls_in(process.run) if isinstance(each, Step)}


def flow_of(spec: Spec, process: Process, step: Step) -> StepFlow:
    """What a step of a process reads and writes."""
    touched: set[_Item] = set()
    stands = False
    for each in expressions_in(step.body):
        match each:
            case OwnVar(name):
                touched.add(("own", name))
            case SharedVar(name):
                touched.add(("shared", name))
            case OtherVar(owner, _, name):
                touched.add(("own", name) if owner == process.name else ("of", owner, name))
            case CommandCall(resource):
                touched.add(("resource", resource))
            case At(owner) | Done(owner):
                stands = stands or owner == process.name
    written = set(_written(step.body))
    written |= {
        ("resource", call.resource)
        for call in calls_of(step.body)
        if any(_changes(command) for command in _commands(spec, call))
    }
    return StepFlow(Effects(frozenset(touched), frozenset(written & touched)), stands)


def _written(body: tuple[StepStatement, ...]) -> Iterator[_Item]:
    for statement in statements_in(body):
        if isinstance(statement, Assign):
            yield _item_of(root_of(statement.target))


def _item_of(variable: Expr) -> _Item:
    match variable:
        case OwnVar(name):
            return ("own", name)
        case SharedVar(name):
            return ("shared", name)
        case KindVar(name):
            return ("stored", name)
    return ("temporary",)


def _commands(spec: Spec, call: CommandCall) -> Iterator[Command]:
    """The command in every instance of the resource."""
    for commands in spec.resource(call.resource).commands:
        if call.command in commands:
            yield commands[call.command]


def _changes(command: Command) -> bool:
    """Whether a command changes what its resource holds."""
    body = (*command.issue, *command.run, *command.afterwards)
    return any(item[0] == "stored" for item in _written(body))


def joining_server(spec: Spec, step: Step) -> str:
    """The server that can make a step part of an atomic one with its other commands; "" if
    none can. It can if the step calls commands of that server alone, none of which waits or
    is never joined, and reads nothing that lies elsewhere than there and in its process."""
    if step.joined or any(isinstance(each, Await) for each in statements_in(step.body)):
        return ""
    if any(isinstance(each, Outside) for each in expressions_in(step.body)):
        return ""
    servers = {command.joins for call in calls_of(step.body) for command in _commands(spec, call)}
    return servers.pop() if len(servers) == 1 else ""


def places_looked_at(spec: Spec) -> Mapping[str, bool]:
    """For each property: whether its formula, or anything that a process does, asks where
    processes stand. If so, a run says nothing about programs with other places."""
    acting = acts_on_places(spec)
    return {
        each.name: acting
        or each.formula is None
        or any(isinstance(part, At | Done) for part in inner_expressions(each.formula))
        for each in spec.properties
    }


def acts_on_places(spec: Spec) -> bool:
    """Whether anything that a process does asks where processes stand."""
    return any(
        isinstance(each, At | Done)
        for process in spec.processes
        for control in controls_in(process.run)
        for each in _expressions(control)
    )


def _expressions(control: Control) -> Iterator[Expr]:
    """All expressions in a control, but for those of the blocks that it is made of."""
    match control:
        case Step(body=body):
            yield from expressions_in(body)
        case For(source=source):
            yield from inner_expressions(source)
        case While(condition=condition) if condition is not None:
            yield from inner_expressions(condition)
        case Switch(branches):
            for test, _ in branches:
                yield from inner_expressions(test)
