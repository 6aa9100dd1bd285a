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
    Field,
    Index,
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
    Either,
    For,
    ForEach,
    If,
    Step,
    StepStatement,
    Switch,
    While,
)
from ..language.tree.walk import calls_of, expressions_in, inner_expressions
from ..machine.effects import Effects

__all__ = ["StepFlow", "flow_of", "joining_server", "places_looked_at", "steps_of"]

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
    return {step.label: step for step in _steps(process.run)}


def _steps(block: tuple[Control, ...]) -> Iterator[Step]:
    for each in block:
        match each:
            case Step():
                yield each
            case For(body=body) | While(body=body):
                yield from _steps(body)
            case Switch(branches, orelse):
                for _, body in branches:
                    yield from _steps(body)
                yield from _steps(orelse)
            case Either(branches):
                for branch in branches:
                    yield from _steps(branch)


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
    written = {_root(target) for target in _targets(step.body)}
    written |= {
        ("resource", call.resource)
        for call in calls_of(step.body)
        if any(_changes(command) for command in _commands(spec, call))
    }
    return StepFlow(Effects(frozenset(touched), frozenset(written & touched)), stands)


def _targets(body: tuple[StepStatement, ...]) -> Iterator[Expr]:
    for statement in body:
        match statement:
            case Assign(target):
                yield target
            case If(branches, orelse):
                for _, block in branches:
                    yield from _targets(block)
                yield from _targets(orelse)
            case ForEach(body=inner):
                yield from _targets(inner)


def _root(target: Expr) -> _Item:
    match target:
        case Index(base) | Field(base):
            return _root(base)
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
    return any(_root(t)[0] == "stored" for t in _targets(body))


def joining_server(spec: Spec, step: Step) -> str:
    """The server that can make a step part of an atomic one with its other commands; "" if
    none can. It can if the step calls commands of that server alone, none of which waits or
    is never joined, and reads nothing that lies elsewhere than there and in its process."""
    if step.joined or any(isinstance(each, Await) for each in _statements(step.body)):
        return ""
    if any(isinstance(each, Outside) for each in expressions_in(step.body)):
        return ""
    servers = {command.joins for call in calls_of(step.body) for command in _commands(spec, call)}
    return servers.pop() if len(servers) == 1 else ""


def _statements(body: tuple[StepStatement, ...]) -> Iterator[StepStatement]:
    for statement in body:
        yield statement
        match statement:
            case If(branches, orelse):
                for _, block in branches:
                    yield from _statements(block)
                yield from _statements(orelse)
            case ForEach(body=inner):
                yield from _statements(inner)


def places_looked_at(spec: Spec) -> Mapping[str, bool]:
    """For each property: whether its formula, or anything that a process does, asks where
    processes stand. If so, a run says nothing about programs with other places."""
    acting = any(
        isinstance(each, At | Done)
        for process in spec.processes
        for each in _program_expressions(process.run)
    )
    return {
        each.name: acting
        or each.formula is None
        or any(isinstance(part, At | Done) for part in inner_expressions(each.formula))
        for each in spec.properties
    }


def _program_expressions(block: tuple[Control, ...]) -> Iterator[Expr]:
    for each in block:
        match each:
            case Step(body=body):
                yield from expressions_in(body)
            case For(source=source, body=inner):
                yield from inner_expressions(source)
                yield from _program_expressions(inner)
            case While(condition=condition, body=inner):
                if condition is not None:
                    yield from inner_expressions(condition)
                yield from _program_expressions(inner)
            case Switch(branches, orelse):
                for test, inner in branches:
                    yield from inner_expressions(test)
                    yield from _program_expressions(inner)
                yield from _program_expressions(orelse)
            case Either(branches):
                for branch in branches:
                    yield from _program_expressions(branch)
