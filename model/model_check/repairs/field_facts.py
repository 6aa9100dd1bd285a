"""What a spec says of the field that can be relaxed: that a command is waited for, and that a
variable is kept over a crash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..language.tree.expressions import At, CommandCall, Done
from ..language.tree.spec import Property, Spec
from ..language.tree.statements import Control, Evaluate, Step, While
from ..language.tree.walk import blocks_of, controls_in, inner_expressions, statements_in
from ..results.repair import Fact

__all__ = ["acknowledged_in", "kept_in", "outlives_waiting"]


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
    command = resource.commands[0][value.command]
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
    places = any(
        isinstance(each, At | Done)
        for atom in asked.atoms
        for each in inner_expressions(atom.value)
    )
    return not places and all(
        len(step.body) == 1
        for process in spec.processes
        for step in controls_in(process.run)
        if isinstance(step, Step)
        and any(
            isinstance(each, Evaluate) and _could_be_sent(spec, each.value)
            for each in statements_in(step.body)
        )
    )


def kept_in(spec: Spec) -> Iterator[Fact]:
    """The variables that processes keep over a crash."""
    for process in spec.processes:
        for name in () if process.crashes is None else process.crashes.keeps:
            yield Fact("kept", process.name, (name,), None, ())
