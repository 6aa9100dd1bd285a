"""From a walk to a run that is easier to follow: without steps that do not matter, and with fewer
changes from one process to another.

Steps are left out as in delta debugging (Zeller, Hildebrandt, Simplifying and isolating
failure-inducing input, IEEE TSE 28, 2002): many at once, then fewer, as long as what the walk shows
is still seen. Then steps of a process are taken earlier, right after its last ones, where that
leads to the same states afterwards. Each change is tried out on the machine itself. The work is
counted, not timed, so that the answer is always the same, as long as nobody says that it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from ...budget.spending import Ask, never
from ...machine.core import Machine
from .portable import Moves

__all__ = ["Shorter"]

WORK = 250_000
"""States that are looked into for all runs together: about a second ..."""
ASKED = 32
"""... and states between two looks whether the time for it is over."""

Choice = tuple[int, int]
"""A step, and which of its successors."""
Shown = Callable[[int, int, int], bool]
"""Whether what a walk shows is seen in a state, after a step from another one (-1: in a first
one)."""


class Shorter:
    """Shortens runs of one machine, as long as there is work to be had, and until it `is_over`."""

    def __init__(
        self, machine: Machine, moves: Moves, work: int = WORK, is_over: Ask = never
    ) -> None:
        self._steps = machine.steps
        self._moves = moves
        self._left = work
        self._is_over = is_over
        self.was_ended = False
        """Whether runs may have been shortened further, had it not been over."""

    def without_needless(self, run: Sequence[int], shown: Shown) -> list[int]:
        """A run that is no longer, at the end of which the same is seen: that is `shown` in a
        state, and by the step to it."""
        best = [*run]
        size = max(len(best) // 2, 1)
        while size and self._left > 0:
            choices = self._choices(best)
            start = 0
            while start < len(choices) and self._left > 0:
                tried = [*choices[:start], *choices[start + size :]]
                found = self._replayed(best[0], tried, shown)
                if found is not None and len(found) < len(best):
                    best = found
                    choices = self._choices(best)
                else:
                    start += size
            size //= 2
        return best

    def with_fewer_changes(self, run: Sequence[int]) -> list[int]:
        """A run with the same first and last state and the same steps, the last one last, in which
        processes take turns less often."""
        states, choices = [*run], self._choices(run)
        last = len(choices) - 1
        for place in range(1, last):
            owner = self._owner(choices[place - 1])
            if self._owner(choices[place]) == owner:
                continue
            for other in range(place + 1, last):
                if self._left <= 0:
                    return states
                if self._owner(choices[other]) != owner:
                    continue
                # Steps of one process keep their order: only its next one can come first.
                turned = [choices[other], *choices[place:other]]
                found = self._taken(states[place], turned)
                if found is not None and found[-1] == states[other + 1]:
                    choices[place : other + 1] = turned
                    states[place : other + 2] = found
                break
        return states

    def _owner(self, choice: Choice) -> int:
        return self._steps[choice[0]].instance

    def _choices(self, run: Sequence[int]) -> list[Choice]:
        """The steps of a run: where several lead on alike, the first."""
        found = []
        for state, following in pairwise(run):
            moves = self._of(state)
            step = next(step for target, step in moves if target == following)
            own = [target for target, each in moves if each == step]
            found.append((step, own.index(following)))
        return found

    def _of(self, state: int) -> list[tuple[int, int]]:
        self._left -= 1
        if self._left > 0 and self._left % ASKED == 0 and self._is_over():
            self._left, self.was_ended = 0, True
        return self._moves.of(state)[0]

    def _after(self, state: int, choice: Choice) -> int | None:
        """The state after a step; None where it cannot be taken so."""
        own = [target for target, step in self._of(state) if step == choice[0]]
        return own[choice[1]] if choice[1] < len(own) else None

    def _taken(self, state: int, choices: Sequence[Choice]) -> list[int] | None:
        """The states of a run that takes these steps; None where one cannot be taken."""
        states = [state]
        for choice in choices:
            following = self._after(states[-1], choice)
            if following is None or self.was_ended:
                return None
            states.append(following)
        return states

    def _replayed(self, state: int, choices: Sequence[Choice], shown: Shown) -> list[int] | None:
        """A run that takes those of the steps that can be taken, up to where it is seen; None where
        it is not."""
        states = [state]
        if shown(state, -1, -1):
            return states
        for choice in choices:
            following = self._after(states[-1], choice)
            if self.was_ended:
                return None
            if following is not None:
                states.append(following)
                if shown(following, states[-2], choice[0]):
                    return states
        return None
