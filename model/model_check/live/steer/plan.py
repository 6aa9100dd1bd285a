"""From a run of the model to the same run in another order of steps that nobody can tell apart.

A service may not be able to send its command when its turn comes: a connection that many share
keeps the order in which they spoke. Then another turn may come first, where the model itself says
that it makes no difference: it takes the same steps in the new order, each with the same commands
and the same answers, and ends in the same state.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...explore.space import Space
from ...results.check import Trace
from ...verify.trace import Tracer, numbers_of_steps
from ..runs.follow import follow, written_of
from .turns import ScheduledTurn

__all__ = ["Plan"]


class Plan:
    """The order in which the `turns` of a run are to come. Raises LiveError for a trace that the
    space does not have."""

    def __init__(self, space: Space, trace: Trace, turns: Sequence[ScheduledTurn]) -> None:
        self.turns = list(turns)
        self._tracer = Tracer(space)
        self._steps = trace.steps
        self._trace = trace
        # Of these, the order of steps is not told anew.
        self._is_fixed = trace.end == "error" or trace.loop_from is not None
        self._states = follow(space, written_of(trace))
        self._numbers = numbers_of_steps(space.machine, trace.steps)
        self._instances = [space.machine.steps[number].instance for number in self._numbers]
        self._order = list(range(len(trace.steps)))
        self._told = space.program.told
        self._refused: set[tuple[int, int, tuple[int, ...]]] = set()

    def forward(self, at: int, place: int) -> Sequence[ScheduledTurn] | None:
        """All turns with the one at `place` moved to `at`, which is the next to come; None where
        that is another run."""
        asked = (at, place, tuple(self._order))
        if asked in self._refused or self._is_fixed or not self._is_whole(at, place):
            return None
        step = self._step(self.turns[place])
        upcoming = self._order.index(self._step(self.turns[at]))
        done = self._order.index(self._step(self.turns[at - 1])) + 1 if at else 0
        for begin in dict.fromkeys((done, upcoming)):
            order = self._moved(begin, step)
            if order is not None and self._ends_alike(order):
                self._order = order
                places = {each: number for number, each in enumerate(order)}
                self.turns.sort(key=lambda turn: places[self._step(turn)])
                return self.turns
        self._refused.add(asked)
        return None

    def trace(self) -> Trace:
        """The run in the order of its turns, as it was planned last; its turns come in that order
        as well."""
        if self._order == sorted(self._order):
            return self._trace
        before: list[dict[int, int]] = [{self._states[0]: self._states[0]}]
        for each in self._order:
            before.append({t: state for state in before[-1] for t in self._after(state, each)})
        path = [self._states[-1]]
        for came in reversed(before[1:]):
            path.append(came[path[-1]])
        numbers = [self._numbers[each] for each in self._order]
        return self._tracer.along(path[::-1], self._trace.end, numbers)

    @staticmethod
    def _step(turn: ScheduledTurn) -> int:
        return turn.told.step - 1

    def _is_whole(self, at: int, place: int) -> bool:
        """Whether the turn at a place is all that its step has, and the one before was the last of
        its step."""
        steps = [self._step(each) for each in self.turns]
        begun = at > 0 and steps[at - 1] == steps[at]
        return steps.count(steps[place]) == 1 and not begun

    def _moved(self, begin: int, step: int) -> list[int] | None:
        """The order in which a step comes right after the first `begin`, with those of its process
        that no proxy sees before it; None where a turn of the process is among those."""
        rest = self._order[begin:]
        before = rest[: rest.index(step)]
        mine = [each for each in before if self._instances[each] == self._instances[step]]
        seen = {self._step(turn) for turn in self.turns}
        if not seen.isdisjoint(mine):
            return None
        first = [*mine, step]
        return [*self._order[:begin], *first, *(each for each in rest if each not in first)]

    def _ends_alike(self, order: Sequence[int]) -> bool:
        """Whether the model can take the steps in this order, with the same commands and answers,
        and ends where the run ends."""
        states = {self._states[0]}
        for each in order:
            states = {after for before in states for after in self._after(before, each)}
            if not states:
                return False
        return self._states[-1] in states

    def _after(self, state: int, step: int) -> list[int]:
        out: list[tuple[int, int, list[tuple[int, tuple[int, ...]]]]] = []
        self._told[self._instances[step]](state, out)
        return [
            target
            for target, number, notes in out
            if number == self._numbers[step]
            and target >= 0
            and self._tracer.calls(notes) == self._steps[step].calls
        ]
