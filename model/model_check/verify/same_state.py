"""Which whole states count as the same where a run goes round: those that lead on in the same way.

In: a program, and a property or none. Two states are the same if they differ only in values that
neither a step nor that property reads any more: what happens in one can happen in the other, with
the same names and the same answers to all that is asked (see `machine.passes.dead_values`). So a
run that comes back to the same state can take the same steps again, and so on for ever. Out: that
answer, the run as it goes on, and what of it may be other in each round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..language.records import replace
from ..machine.effects import fields_written
from ..machine.make import forgetting_program
from ..machine.python.program import Program
from .concretize import Concretizer

if TYPE_CHECKING:
    from ..machine.passes.dead_values import DeadValues

__all__ = ["SameState"]


class SameState:
    """The states of a whole machine, as one property sees them.

    `forgetting`: the program without what is read no more; None where everything is.
    """

    def __init__(self, program: Program, name: str = "") -> None:
        """`name`: the property's; "": what steps read counts alone."""
        machine = program.whole.machine
        asked = machine.formulas.of_property(name)
        self.forgetting = forgetting_program(replace(machine, formulas=asked))
        self._dead: DeadValues | None = None
        if self.forgetting is not None:
            self._dead = self.forgetting.forgetting
            self._concretizer = Concretizer(self.forgetting)

    def same(self, one: int, other: int) -> bool:
        """Whether two whole states count as one."""
        if one == other or self._dead is None:
            return one == other
        return self._concretizer.forget(one) == self._concretizer.forget(other)

    def along(self, run: Sequence[int], steps: Sequence[int | None]) -> list[int]:
        """The whole states of a run of the forgetting program, by steps that are known or not."""
        found = [self._concretizer.initial_state(run[0])]
        for seen, step in zip(run[1:], steps, strict=True):
            found.append(self._concretizer.successor(found[-1], seen, step)[0])
        return found

    def rounds(
        self, states: Sequence[int], begin: int, steps: Sequence[int], times: int
    ) -> list[int]:
        """The whole states of a run that goes round so often: `states` until it has once, by
        these steps from its state number `begin` on."""
        found = list(states)
        around = [*states[begin + 1 :]] * (times - 1)
        if states[begin] == states[-1]:
            return [*found, *around]
        for seen, step in zip(around, [*steps] * (times - 1), strict=True):
            alike = self._concretizer.forget(seen)
            found.append(self._concretizer.successor(found[-1], alike, step)[0])
        return found

    def varying(self, around: Sequence[int], steps: Sequence[int]) -> tuple[str, ...]:
        """The variables that may have other values in each round, by name: the whole states of
        one round, where it ends too, and its steps. Those that are written on the way, and not
        read again somewhere on it."""
        if around[0] == around[-1] or self._dead is None:
            return ()
        machine = self._dead.whole
        written = frozenset[int]().union(
            *(fields_written(a.body) for a in machine.actions if not set(a.steps).isdisjoint(steps))
        )
        kept = frozenset[int].intersection(
            *(self._dead.live.fields(machine.places(state)) for state in around)
        )
        return tuple(
            each.name
            for each in machine.variables
            if not each.hidden and not (written - kept).isdisjoint(each.fields)
        )
