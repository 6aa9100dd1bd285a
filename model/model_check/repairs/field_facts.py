"""What a spec says of the field that can be relaxed: that a command is waited for, and that a
variable is kept over a crash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..language.tree.expressions import (
    At,
    Binary,
    CommandCall,
    Done,
    Literal,
    NoneLiteral,
    OwnVar,
    SelfIndex,
)
from ..language.tree.spec import Process, Property, Spec
from ..language.tree.statements import Control, Evaluate, For, Step, While
from ..language.tree.walk import blocks_of, controls_in, inner_expressions, statements_in
from ..results.repair import Fact
from .dependence import acts_on_places

__all__ = ["acknowledged_in", "kept_in", "outlives_waiting", "unnoticed_in"]

_OWN = Literal | NoneLiteral | OwnVar | SelfIndex | Binary
"""What a process alone knows, and computes of that."""


def acknowledged_in(spec: Spec) -> Iterator[Fact]:
    """The commands of processes that are waited for and could be sent only: those of a server
    whose answer nobody uses. What is joined in one step is answered together, and in a `while`
    ever more could be under way."""
    for process in spec.processes:
        for step in _out_of_while(process.run):
            if not step.joined:
                for statement in statements_in(step.body):
                    if isinstance(statement, Evaluate) and _could_be_sent(spec, statement.value):
                        at = statement.value.at
                        yield Fact("acknowledged", process.name, (step.label,), None, (), at)


def _out_of_while(block: Sequence[Control]) -> Iterator[Step]:
    """The steps that no `while` is around."""
    for control in block:
        if isinstance(control, Step):
            yield control
        elif not isinstance(control, While):
            for inner in blocks_of(control):
                yield from _out_of_while(inner)


def _could_be_sent(spec: Spec, value: object) -> bool:
    if not isinstance(value, CommandCall) or not value.wait:
        return False
    resource = spec.resource(value.resource)
    command = resource.any_command(value.command)
    waits = command.blocking or bool(command.issue)
    return bool(resource.server) and not command.local and not waits


def outlives_waiting(spec: Spec, asked: Property) -> bool:
    """Whether a run that breaks a property surely breaks it with a state more between a step and
    what its command does: the process has gone on, and nothing else is other than before. A formula
    of states is asked in all that were there; one of whole runs notices no state that says the same
    as the one before, where it does not ask for the next one, or where processes stand."""
    if asked.form.of_steps or asked.form.somewhere or asked.in_time is not None:
        return False
    if not asked.form.asks_runs:
        return True
    return not _asks_places(asked) and all(
        len(step.body) == 1
        for process in spec.processes
        for step in controls_in(process.run)
        if isinstance(step, Step)
        and any(
            isinstance(each, Evaluate) and _could_be_sent(spec, each.value)
            for each in statements_in(step.body)
        )
    )


def _asks_places(asked: Property) -> bool:
    """Whether a formula of a property asks where processes stand."""
    formulas = [asked.formula, asked.of_steps, *(each.value for each in asked.atoms)]
    return any(
        isinstance(each, At | Done)
        for formula in formulas
        if formula is not None
        for each in inner_expressions(formula)
    )


def unnoticed_in(spec: Spec, asked: Property) -> frozenset[str]:
    """The processes of which a property cannot tell whether their commands are waited for: each
    does nothing but calling commands on one connection, one a step, with values of its own that
    never change. There they take effect in their order, sooner or later, as if the process had
    made its steps only then; a step that only sends is a moment in which nothing else changes. So
    whoever does not ask where processes stand sees the same runs: the property must not count
    steps, nobody may act on places or share the connection, and nothing may go wrong meanwhile."""
    aside = spec.goes_beside or spec.within is not None or spec.timeouts == "last"
    shared = any(each.connection for each in spec.processes)
    if aside or shared or asked.form.of_steps or asked.in_time is not None:
        return frozenset()
    if _asks_places(asked) or acts_on_places(spec):
        return frozenset()
    return frozenset(each.name for each in spec.processes if _is_in_order_anyway(spec, each))


def _is_in_order_anyway(spec: Spec, process: Process) -> bool:
    connections = set()
    for control in controls_in(process.run):
        if isinstance(control, For):
            continue  # over values of the process
        if not isinstance(control, Step) or control.joined or control.watches:
            return False
        if len(control.body) != 1:
            return False
        (statement,) = control.body
        call = statement.value if isinstance(statement, Evaluate) else None
        if not isinstance(call, CommandCall) or not _could_be_sent(spec, call):
            return False
        given = [*inner_expressions(call)][:-1]
        if not all(isinstance(each, _OWN) for each in given):
            return False
        resource = spec.resource(call.resource)
        connections.add((resource.server, resource.any_command(call.command).connection))
    return len(connections) <= 1


def kept_in(spec: Spec) -> Iterator[Fact]:
    """The variables that processes keep over a crash."""
    for process in spec.processes:
        for name in () if process.crashes is None else process.crashes.keeps:
            yield Fact("kept", process.name, (name,), None, ())
