"""From a spec to the same whose commands take their answers from queues: what comes from outside.

A command does nothing here but give what is next in its queue, or raise the error that is said to
have refused it: the real thing says both.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ...language.source.diagnostics import Position, Source
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Command, Process, Property, Resource, Spec, Variable
from ...language.tree.walk import with_steps
from ...language.types import BOOL, IntType, ListType, UnitType

__all__ = ["HERE", "answered_only", "reads_content", "refused_variable", "system_of"]

# The position of everything that is put into a spec here: by it a missing answer is known.
HERE = Position(Source("(the real thing)", ""), 1, 1)


def answered_only(process: Process) -> Process:
    """The process, of which only an answer says who gave up."""
    run = with_steps(process.run, lambda step: dataclasses.replace(step, gives_up=False))
    return dataclasses.replace(process, run=run)


def system_of(spec: Spec) -> Spec:
    """The spec whose commands take their answers from queues, and in which nothing goes wrong of
    itself but a crash: the real thing says what does."""
    watch = tuple(each for each in spec.watch if not reads_content(each.value))
    return dataclasses.replace(
        spec,
        resources=tuple(_resource(each) for each in spec.resources),
        properties=tuple(each for each in spec.properties if _speaks_of_processes(each)),
        defines=(),
        watch=watch,
        # A real run is not cut off where the exploration was.
        within=None,
        servers=(),
        # Whether anything else can happen is not known here.
        timeouts="any",
    )


def _speaks_of_processes(prop: Property) -> bool:
    """Whether a property can be judged by what processes hold."""
    atoms = tuple(each.value for each in prop.atoms)
    return not prop.form.built_in and not reads_content(
        (prop.formula, prop.of_steps, *atoms, *prop.prefer)
    )


def _resource(resource: Resource) -> Resource:
    commands = tuple(
        {name: _command(each) for name, each in group.items()} for group in resource.commands
    )
    state = tuple(
        tuple(v for name, each in group.items() for v in _inputs(name, each))
        for group in resource.commands
    )
    breaks, nothing = resource.disconnects, (None,) * len(commands)
    return dataclasses.replace(
        resource, state=state, aside=frozenset(), commands=commands, faults=((),) * len(commands),
        disconnected=nothing, broken=nothing,
        disconnects=None if breaks is None else dataclasses.replace(breaks, most=0),
    )  # fmt: skip


def _inputs(name: str, command: Command) -> Iterator[Variable]:
    """What comes from outside: the answers of a command, and by which of its errors it is refused,
    counted from 1."""
    if not isinstance(command.result, UnitType):
        yield Variable(name, ListType(command.result), None, HERE)
    if command.refusals:
        yield Variable(refused_variable(name), IntType(0, len(command.refusals)), None, HERE)


def refused_variable(command: str) -> str:
    """The variable that says by which error a command is refused."""
    return f"{command} (refused)"


def _refusing(command: Command) -> tuple[stmts.StepStatement, ...]:
    """What refuses a command, if that comes from outside."""
    kind = IntType(0, len(command.refusals))
    which = exprs.KindVar(refused_variable(command.name), kind, HERE)
    branches = tuple(
        (
            exprs.Compare("==", which, exprs.Literal(n, IntType(n, n), HERE), BOOL, HERE),
            (stmts.Refuse(error, HERE),),
        )
        for n, error in enumerate(command.refusals, 1)
    )
    return (stmts.If(branches, (), HERE),) if branches else ()


IN_MEMORY = "(memory)"
"""The connection of what a process waits for in its own memory: nothing is sent there."""


def _command(command: Command) -> Command:
    if command.local and command.blocking:
        # It may raise at any moment: that something is there still, the model cannot know here.
        command = dataclasses.replace(command, local=False, connection=IN_MEMORY)
    # Whether it can be answered at once, the model cannot know here.
    sent_first = command.issue or command.blocking
    issue: tuple[stmts.StepStatement, ...] = (stmts.Pass(HERE),) if sent_first else ()
    if isinstance(command.result, UnitType):
        run: tuple[stmts.StepStatement, ...] = (*_refusing(command), stmts.Pass(HERE))
        return dataclasses.replace(command, issue=issue, run=run, afterwards=(), gives_up=())
    queue = exprs.KindVar(command.name, ListType(command.result), HERE)
    answer = exprs.Temporary("the answer", command.result, HERE)
    first = exprs.Literal(0, IntType(0, 0), HERE)
    second = exprs.Literal(1, IntType(1, 1), HERE)
    run = (
        *_refusing(command),
        stmts.Assign(answer, exprs.Index(queue, first, command.result, HERE), HERE),
        stmts.Assign(queue, exprs.Slice(queue, second, None, queue.type, HERE), HERE),
        stmts.Return(answer, HERE),
    )
    return dataclasses.replace(command, issue=issue, run=run, afterwards=(), gives_up=())


def reads_content(node: object) -> bool:
    """Whether an expression looks into a resource."""
    if isinstance(node, exprs.Content):
        return True
    if isinstance(node, tuple):
        return any(reads_content(each) for each in node)
    if dataclasses.is_dataclass(node) and not isinstance(node, Position):
        return any(reads_content(getattr(node, each.name)) for each in dataclasses.fields(node))
    return False
