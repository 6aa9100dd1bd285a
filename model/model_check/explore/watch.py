"""From the states of a search that goes on to whether one violates, where only one is wanted.

What `verify` judges of a whole space is asked here of the states that are new, and of the steps
that lead on from them, so that the search can end early. It only ends it: the verdict is given
there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..machine.python.program import Program
from .space import Scan, is_final

__all__ = ["Watch"]

MOST_EXPANDED = 30_000
"""States of which all steps are asked; of further ones, only those by which a state was first
found: taking each step again in Python takes longer than compiled code does for the search."""


class Watch:
    """Asks the states of a search whether they violate a property, each once."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._machine = program.machine
        self._properties = program.formulas.properties
        properties = program.machine.spec.properties
        self._everywhere = [p for p in properties if p.form.asks_all]
        of_steps = program.formulas.of_steps
        self._of_steps = {p.name: of_steps[p.name].answer for p in properties if p.form.of_steps}
        self._at_ends = [p for p in properties if p.form.asks_ends]
        self._deadlock = next((p.name for p in properties if p.form.on_deadlock), "")
        self._error = next((p.name for p in properties if p.form.on_error), "")
        self._asked = 0
        self._expanded = 0
        self._reached = 0
        self._ended = 0

    def violated(
        self,
        states: Sequence[int],
        parents: Sequence[int],
        expanded: int,
        terminal: Sequence[int],
        errors: int,
        scan: Scan | None,
    ) -> str:
        """The name of a property that one of the states found since the last time violates, or a
        step to or from it, or "". `parents`: as `Space.parents`; `expanded` states were looked
        into. `errors`: how many states are known to run into a run-time error. `scan`: as
        `Space.scan`, for the states from a number on."""
        found = self._in_states(states, scan) or self._in_ends(states, terminal)
        found = found or self._in_steps(states, parents, expanded)
        return found or (self._error if errors else "")

    def _in_states(self, states: Sequence[int], scan: Scan | None) -> str:
        first, self._asked = self._asked, len(states)
        for each in self._everywhere:
            wrong = each.form.wrong_answer
            asked: Iterable[int] | None = scan(each.name, wrong, first) if scan else None
            if asked is None:
                asked = range(first, len(states))
            answer = self._properties[each.name].answer
            if any(answer(states[number]) == wrong for number in asked):
                return each.name
        return ""

    def _in_steps(self, states: Sequence[int], parents: Sequence[int], expanded: int) -> str:
        if not self._of_steps:
            return ""
        first, self._expanded = self._expanded, expanded
        for number in range(first, min(expanded, MOST_EXPANDED)):
            targets: list[int] = []
            for successors in self._program.successors:
                successors(states[number], targets)
            for target in targets:
                if target >= 0 and (name := self._wrong_step(states[number], target)):
                    return name
        reached, self._reached = self._reached, len(states)
        for number in range(reached, len(states)):
            parent = parents[number]
            late = parent >= MOST_EXPANDED and parent != number
            if late and (name := self._wrong_step(states[parent], states[number])):
                return name
        return ""

    def _wrong_step(self, before: int, after: int) -> str:
        wrong = (name for name, answer in self._of_steps.items() if answer(after, before) == 0)
        return next(wrong, "")

    def _in_ends(self, states: Sequence[int], terminal: Sequence[int]) -> str:
        first, self._ended = self._ended, len(terminal)
        for number in terminal[first:]:
            state = states[number]
            if self._program.is_outside(state):
                continue
            for each in self._at_ends:
                if self._properties[each.name].answer(state) == each.form.wrong_answer:
                    return each.name
            if self._deadlock and not is_final(self._machine, state):
                return self._deadlock
        return ""
