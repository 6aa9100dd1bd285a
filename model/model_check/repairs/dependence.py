"""Which steps of one process depend on each other: the data flow that a new order must keep.

Two steps may change places only if neither writes what the other reads or writes: variables
of the process, shared variables, and what a resource holds. A step that looks at where its
own process stands depends on all others. So a new order does the same to everything as the
old one while nobody else acts, and only the interleavings differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    Evaluate,
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
    "Item", "StepFlow", "acts_on_places", "changes", "commands_of", "expressions_of", "flow_of",
    "flow_of_tests", "joining_server", "moving_command", "places_looked_at", "server_of",
    "steps_of",
]  # fmt: skip

Item = tuple[str, ...]
"""What steps can share, by its kind and its name: a variable, or what a resource holds."""


@dataclass(frozen=True, slots=True)
class StepFlow:
    """What a step reads and writes by name. `stands`: it looks at where its own process
    stands."""

    effects: Effects[Item]
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
    parts = tuple(expressions_in(step.body))
    touched = _touched(process, parts)
    stands = any(isinstance(each, At | Done) and each.process == process.name for each in parts)
    written = set(_written(step.body)) | _changed(spec, calls_of(step.body))
    return StepFlow(Effects(frozenset(touched), frozenset(written & touched)), stands)


def flow_of_tests(spec: Spec, process: Process, tests: Iterable[Expr]) -> Effects[Item]:
    """What conditions of a process read, and what commands in them write."""
    parts = [part for test in tests for part in inner_expressions(test)]
    calls = [part for part in parts if isinstance(part, CommandCall)]
    return Effects(frozenset(_touched(process, parts)), _changed(spec, calls))


def _changed(spec: Spec, calls: Iterable[CommandCall]) -> frozenset[Item]:
    """The resources whose content calls change."""
    return frozenset(
        ("resource", resource)
        for call in calls
        if any(changes(command) for command in commands_of(spec, call))
        for resource in (call.resource, *(other for _, other, _ in call.others))
    )


def _touched(process: Process, parts: Iterable[Expr]) -> set[Item]:
    touched: set[Item] = set()
    for each in parts:
        match each:
            case OwnVar(name):
                touched.add(("own", name))
            case SharedVar(name):
                touched.add(("shared", name))
            case OtherVar(owner, _, name):
                touched.add(("own", name) if owner == process.name else ("of", owner, name))
            case CommandCall(resource, others=others):
                touched.add(("resource", resource))
                touched.update(("resource", other) for _, other, _ in others)
    return touched


def _written(body: tuple[StepStatement, ...]) -> Iterator[Item]:
    for statement in statements_in(body):
        if isinstance(statement, Assign):
            yield _item_of(root_of(statement.target))


def _item_of(variable: Expr) -> Item:
    match variable:
        case OwnVar(name):
            return ("own", name)
        case SharedVar(name):
            return ("shared", name)
        case KindVar(name):
            return ("stored", name)
    return ("temporary",)


def commands_of(spec: Spec, call: CommandCall) -> Iterator[Command]:
    """The command in every instance of the resource."""
    for commands in spec.resource(call.resource).commands:
        if call.command in commands:
            yield commands[call.command]


def changes(command: Command) -> bool:
    """Whether a command changes what its resource holds."""
    body = (*command.issue, *command.run, *command.afterwards)
    return any(item[0] == "stored" for item in _written(body))


def joining_server(spec: Spec, step: Step) -> str:
    """The server that can make a step part of an atomic one with its other commands; "" if
    none can. It can if the step calls commands of that server alone, none of which waits or
    is never joined, and reads nothing that lies elsewhere than there and in its process."""
    if step.joined or any(isinstance(each, Await) for each in statements_in(step.body)):
        return ""
    return server_of(spec, expressions_in(step.body))


def server_of(spec: Spec, expressions: Iterable[Expr]) -> str:
    """The server that can compute expressions at once; "" for none, and where no command is
    called."""
    parts = tuple(expressions)
    if any(isinstance(each, Outside) for each in parts):
        return ""
    calls = [each for each in parts if isinstance(each, CommandCall)]
    servers = {command.joins for call in calls for command in commands_of(spec, call)}
    return servers.pop() if len(servers) == 1 else ""


def moving_command(spec: Spec, first: Step, second: Step) -> str:
    """What command a server has for two steps, the second of which gives what the first one took
    to another resource of the kind: LPOP and then RPUSH is LMOVE. "" for none."""
    if first.joined or second.joined:
        return ""
    match first.body, second.body:
        case (Assign(target, CommandCall() as taken),), (Evaluate(CommandCall() as given),):
            kinds = {spec.resource(each.resource).kind for each in (taken, given)}
            if len(kinds) == 1 and target in given.arguments and taken.wait and given.wait:
                by = (dict(each.moves).get(given.command) for each in commands_of(spec, taken))
                return next(by, None) or ""
    return ""


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
        for each in expressions_of(control)
    )


def expressions_of(control: Control) -> Iterator[Expr]:
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
