"""Which states of a program are alike, and which stands for them: found out, and proved."""

from __future__ import annotations

from ..budget.deadline import FOREVER, Deadline
from ..explore.reduction import Symmetry
from ..machine.core import Formula, Machine
from ..machine.python.program import Program, execute
from ..machine.python.source import source_of_canonical
from ..machine.symmetry.representative import representative
from .alike import alike_instances

__all__ = ["asked_formulas", "symmetry_of"]


def symmetry_of(program: Program, deadline: Deadline = FOREVER) -> Symmetry | str:
    """Which instances of a program's processes are alike for all that its spec asks of states and
    steps; in words, why none are. What cannot be shown by the deadline is not used. (What is asked
    of whole runs is not looked at.)"""
    machine = program.machine
    places, found, why_not = alike_instances(program, asked_formulas(machine), deadline)
    if not found:
        return "; ".join(why_not) or "there is no process with a count"
    body = representative(places, found)
    groups = tuple((each.group.processes, each.numbers) for each in found)
    made = execute(source_of_canonical(machine, body))
    changes = tuple(
        execute(source_of_canonical(machine, change.body))["canonical"]
        for each in found
        for change in each.changes
    )
    return Symmetry(groups, body, made["canonical"], made["chosen"], changes)


def asked_formulas(machine: Machine) -> list[tuple[str, Formula]]:
    """The formulas that must not tell which instance is which, with names for a person: also those
    that tell endings apart, and that choose among them."""
    formulas = machine.formulas
    groups = (formulas.properties, formulas.of_steps)
    found = [(f"property {name}", each) for group in groups for name, each in group.items()]
    for name, numbers in formulas.preferences.items():
        found += [(f"what {name} prefers", each) for each in numbers]
    found += [(f"define {each.name}", each) for each in formulas.defines]
    return [*found, *(("what lies within", each) for each in formulas.within)]
