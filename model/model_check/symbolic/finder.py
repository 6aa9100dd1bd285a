"""From what is asked of a spec to what can be left out of its search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..budget.deadline import Deadline, DeadlineError
from ..budget.spending import Ask, never
from ..explore.reduction import NOTHING, Goal, Kind, Order, Reducer, Reduction, Symmetry
from ..language.source.diagnostics import SpecError
from ..language.tree.spec import Spec
from ..machine.core import Machine
from ..machine.make import make_program
from ..machine.python.program import Program
from ..machine.roomy import RoomyLayout
from ..machine.symmetry.transpositions import Transposition
from ..verify.reducible import Asked
from .alike import alike_instances
from .reducing import order_of
from .symmetry import asked_formulas, symmetry_of
from .worth import share_left_out

__all__ = ["ReductionFinder"]

SECONDS = 3.0
"""Work for one search, counted in units: what is not known by then cannot wait ..."""
HOPEFUL_SECONDS = 1.0
"""... and before that, for what one may hope for."""
WORTH = 0.02
"""Of the transitions of some states: less is not worth looking for it in every state."""
SEVERAL = 3
NOT_WORTH = "nearly everything that can happen has to do with something that can happen elsewhere"
GOES_ROUND = "something goes round for ever"


class ReductionFinder:
    """Finds what can be left out (see `verify.reducible.Finder`); `interrupted` is asked now and
    then. What was found of a spec once is not looked for again."""

    def __init__(self, interrupted: Ask = never) -> None:
        self._interrupted = interrupted
        self._orders: dict[tuple[int, bool, bool], tuple[Spec, Machine, Order | str]] = {}
        self._worth: dict[tuple[int, bool, bool, int], bool] = {}

    def __call__(self, asked: Asked, insisted: Iterable[str] = ()) -> Reducer:
        names = frozenset(insisted)

        def reducer(program: Program, kinds: frozenset[Kind], *, around: bool) -> Reduction:
            whole = asked.why_whole or (GOES_ROUND if around and asked.forward else "")
            if whole:
                return replace(NOTHING, why_not=(whole,))
            order: Order | str | None = None
            symmetry: Symmetry | str | None = None
            if "order" in kinds:
                order = self._order(program, asked, lambda goal: around or goal.name in names)
            if "symmetry" in kinds:
                deadline = Deadline.of_work(SECONDS, self._interrupted)
                symmetry = asked.why_told_apart or symmetry_of(program, deadline)
            return Reduction(
                order if isinstance(order, Order) else None,
                symmetry if isinstance(symmetry, Symmetry) else None,
                forward=asked.forward or (isinstance(order, Order) and _may_miss(order)),
                why_not=tuple(each for each in (order, symmetry) if isinstance(each, str)),
            )

        return reducer

    def _order(
        self, program: Program, asked: Asked, insists: Callable[[Goal], bool]
    ) -> Order | str:
        """Which steps of a program may wait; or why none may, in words."""
        if asked.why_in_order:
            return asked.why_in_order
        found: Order | str = NOT_WORTH
        for hopes in (True, False):
            larger, found = self._found(program, asked, hopes=hopes)
            if isinstance(found, str):
                return found
            if not _alike(program.machine, larger, found):
                return "what a process knows of itself has no bounds"
            bits = sum(1 << i for i, goal in enumerate(found.goals) if insists(goal))
            found = replace(found, insists=bits)
            # If not even what one may hope for pays, z3 need not be asked.
            if not self._pays(program, found, hopes=hopes):
                return NOT_WORTH
        return found

    def _pays(self, program: Program, order: Order, *, hopes: bool) -> bool:
        """Whether enough waits; a layout with more room changes nothing about it."""
        key = (id(program.machine.spec), program.forgetting is not None, hopes, order.insists)
        if key not in self._worth:
            self._worth[key] = share_left_out(program, order) >= WORTH
        return self._worth[key]

    def _found(self, program: Program, asked: Asked, *, hopes: bool) -> tuple[Machine, Order | str]:
        """What may wait in a spec, whatever a layout has room for; and in which machine."""
        spec, forgets = program.machine.spec, program.forgetting is not None
        key = (id(spec), forgets, hopes)
        if key not in self._orders:
            try:
                roomy = make_program(spec, RoomyLayout(), forget=forgets)
            except SpecError:
                return program.machine, "its values are too large to ask about longer ones"
            machine = roomy.machine
            seconds = HOPEFUL_SECONDS if hopes else SECONDS
            deadline = Deadline.of_work(seconds, self._interrupted)
            order: Order | str
            try:
                changes, blind = ((), False) if hopes else _changes(roomy, deadline)
                order = order_of(
                    machine, asked.goals, deadline, hopes=hopes, changes=changes, blind=blind
                )
            except DeadlineError:
                order = "which steps commute was not found out in time"
            self._orders[key] = spec, machine, order  # the spec is kept, and so is its id
        _, machine, order = self._orders[key]
        return machine, order


def _changes(program: Program, deadline: Deadline) -> tuple[Sequence[Transposition], bool]:
    """The changes of instances that are alike, where there are enough of them for that to save more
    questions than it asks; and whether what is asked of states and steps cannot tell them apart."""
    if all(each.count < SEVERAL for each in program.machine.spec.processes):
        return (), False
    for formulas in (asked_formulas(program.machine), []):
        _, found, _ = alike_instances(program, formulas, deadline)
        if found:
            return [change for each in found for change in each.changes], bool(formulas)
    return (), False


def _alike(machine: Machine, larger: Machine, order: Order) -> bool:
    """Whether what was found of a machine with more room is said of this one, too."""
    told = {index for view in order.views for index in view.fields}
    return (
        [each.owner for each in machine.fields] == [each.owner for each in larger.fields]
        and [each.steps for each in machine.actions] == [each.steps for each in larger.actions]
        and all(machine.fields[i].width == larger.fields[i].width for i in told)
        and all(machine.fields[i].constant == larger.fields[i].constant for i in told)
    )


def _may_miss(order: Order) -> bool:
    """Whether something that goes round could hide a goal."""
    return any(raised & ~order.insists for view in order.views for raised in view.raises)
