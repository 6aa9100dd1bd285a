"""From the states of a search that goes on to whether one violates, where only one is wanted.

What `verify` judges of a whole space is asked here of the states that are new, so that the
search can end early. It only ends it: the verdict is given there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..machine.python.program import Program
from .space import Scan, is_final

__all__ = ["Watch"]


class Watch:
    """Asks the states of a search whether they violate a property, each once."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._machine = program.machine
        self._properties = program.formulas.properties
        properties = program.machine.spec.properties
        self._everywhere = [p for p in properties if p.form.asks_all]
        self._at_ends = [p for p in properties if p.form.asks_ends]
        self._deadlock = next((p.name for p in properties if p.form.on_deadlock), "")
        self._error = next((p.name for p in properties if p.form.on_error), "")
        self._asked = 0
        self._ended = 0

    def violated(
        self, states: Sequence[int], terminal: Sequence[int], errors: int, scan: Scan | None
    ) -> str:
        """The name of a property that one of the states found since the last time violates,
        or "". `errors`: how many states are known to run into a run-time error. `scan`: as
        `Space.scan`, for the states from a number on."""
        found = self._in_states(states, scan) or self._in_ends(states, terminal)
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
