"""Which transitions give a key its time to live anew, and start the clock of its running out.

Two states can be the same although a time to live was given between them, for a state does not say
how long one has been running. So the steps in which a command may do that are taken once more, by a
machine that notes it in fields beside the state; what they do is computed once for each combination
of the values that they touch.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..explore.memo import KnownMoves
from ..explore.rows import Rows
from ..explore.space import Space
from ..language.records import replace
from ..language.tree.expressions import KindVar
from ..language.tree.walk import expressions_in
from ..machine.core import Action, Field, Machine
from ..machine.effects import effects_of, union
from ..machine.ir import Const, Let, Renewal, Statement
from ..machine.names import field_local
from ..machine.python.program import execute
from ..machine.python.source import LABELLED, source_of_steps
from ..machine.rewrite import Block, map_parts, statements_in
from .timed_graph import Renewals

__all__ = ["renewals_of"]


def renewals_of(space: Space, moves: Rows, never: Sequence[int]) -> Renewals | None:
    """What the transitions of a whole space start anew; None: nothing.

    moves: some of its rows, and behind its states what is no state. never: 1 for each step that
    never comes.
    """
    machine = space.machine
    waiting = {
        field: steps
        for field, all_of_them in _running_out(machine).items()
        if (steps := tuple(each for each in all_of_them if not never[each]))
    }
    if not waiting:
        return None
    noting = _Noting(machine, tuple(waiting))
    if not noting.steps:
        return None
    numbers: dict[tuple[int, ...], int] = {(): 0}
    of = array("I", [0]) * len(moves.targets)
    for node, state in enumerate(space.states):
        for place, fields in noting.of(state, _taken(space, moves, node, noting.steps)):
            steps = tuple(sorted(step for each in fields for step in waiting[each]))
            of[place] = numbers.setdefault(steps, len(numbers))
    return Renewals(of, tuple(numbers)) if len(numbers) > 1 else None


def _taken(
    space: Space, moves: Rows, node: int, steps: frozenset[int]
) -> dict[tuple[int, int], list[int]]:
    """The places of the transitions by some steps from a node, by their step and the state that
    they lead to, in their order."""
    found: dict[tuple[int, int], list[int]] = {}
    for place in moves.of(node):
        step, target = moves.steps[place], moves.targets[place]
        if step in steps and target < len(space.states):
            found.setdefault((step, space.states[target]), []).append(place)
    return found


def _running_out(machine: Machine) -> dict[int, tuple[int, ...]]:
    """By the first field of each time to live: the faults, as steps, that come when it is over."""
    found: dict[int, tuple[int, ...]] = {}
    for resource in machine.spec.resources:
        for number, faults in enumerate(resource.faults):
            for name in resource.leases:
                labels = {
                    fault.command.name
                    for fault in faults
                    if any(
                        isinstance(each, KindVar) and each.name == name
                        for each in expressions_in(fault.command.run)
                    )
                }
                shown = resource.shown(number, name)
                (variable,) = (each for each in machine.variables if each.name == shown)
                found[variable.fields[0]] = tuple(
                    step.index
                    for step in machine.steps
                    if step.fault
                    and machine.instances[step.instance].name == resource.instance_name(number)
                    and step.label.partition("[")[0] in labels
                )
    return found


class _Noting:
    """A machine that notes which times to live (`fields`, the first of each) a step gives anew, in
    bits above those of its states. `steps`: those that may give one."""

    def __init__(self, machine: Machine, fields: Sequence[int]) -> None:
        self.width = machine.width
        self.fields = fields
        notes = {field: len(machine.fields) + place for place, field in enumerate(fields)}
        giving = (each for each in machine.actions if _gives(each, fields))
        self.steps = frozenset(step for each in giving for step in each.steps)
        # Also what else such a step may do, in the order in which the rows have it.
        taken = [each for each in machine.actions if not self.steps.isdisjoint(each.steps)]
        noting = replace(
            machine,
            width=self.width + len(fields),
            fields=(
                *machine.fields,
                *(Field(n, "", 1, self.width + place) for place, n in enumerate(notes.values())),
            ),
            actions=tuple(replace(each, body=_noted(each.body, notes)) for each in taken),
        )
        functions = execute(source_of_steps(noting, LABELLED)) if taken else {}
        self.acting = [
            (_touched(machine, taken, instance), KnownMoves(functions[f"{LABELLED}_{instance}"]))
            for instance in sorted({each.instance for each in taken})
        ]

    def of(
        self, state: int, places: dict[tuple[int, int], list[int]]
    ) -> Iterator[tuple[int, list[int]]]:
        """The places of transitions from a state that give times anew, each with the first fields
        of these. `places`: by step and by the state that they lead to, in their order."""
        if not places:
            return
        whole = (1 << self.width) - 1
        noted: dict[tuple[int, int], list[int]] = {}
        for mask, known in self.acting:
            key = state & mask
            for difference, step in known[key][0]:
                after = key + difference
                target = state - key + (after & whole)
                noted.setdefault((step, target), []).append(after >> self.width)
        for transition, here in places.items():
            # One step may lead to one state in several ways, of which not all do this.
            for place, notes in zip(here, noted[transition], strict=True):
                if notes:
                    yield place, [f for bit, f in enumerate(self.fields) if notes >> bit & 1]


def _gives(action: Action, fields: Iterable[int]) -> bool:
    wanted = frozenset(fields)
    return any(isinstance(s, Renewal) and s.field in wanted for s in statements_in(action.body))


def _touched(machine: Machine, actions: Iterable[Action], instance: int) -> int:
    """The bits of a state that decide what an instance does in some actions, and what they set."""
    effects = union(effects_of(a.body, notes=False) for a in actions if a.instance == instance)
    return machine.bits(effects.touches | {machine.instances[instance].location_field})


def _noted(body: Block, notes: Mapping[int, int]) -> Block:
    """A body that sets the field of a note in the place of each `Renewal` of which there is one."""
    found: list[Statement] = []
    for each in body:
        if not isinstance(each, Renewal):
            found.append(map_parts(each, lambda expr: expr, lambda b: _noted(b, notes)))
        elif each.field in notes:
            found.append(Let(field_local(notes[each.field]), Const(1)))
    return tuple(found)
