"""From a run of states that stand for others to a run that happens.

Where several states are alike, a search has one of them (`reduction.Symmetry`): what follows it in
a run of the search is what stands for a successor, and need not be one. So it is followed which
instances have changed places on the way: a state of the run that happens is the state of the search
with these changes undone. What can happen in a state can happen, under other names, in those that
are like it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import overload

from ..machine.python.program import Program
from .reduction import Symmetry

__all__ = ["Unfolded", "real_run"]


def real_run(program: Program, symmetry: Symmetry, states: Sequence[int]) -> list[int]:
    """The states of a run that happens; `states` stand for them. Raises ValueError for what is no
    run."""
    initial: list[int] = []
    program.initial(initial)
    first, changes = _chosen(initial, states[0], symmetry)
    found = [first]
    # What makes the state that happens of the one that the search has, last change first.
    undone = [changes]
    for before, wanted in pairwise(states):
        targets: list[int] = []
        for successors in (*program.successors, *program.faults):
            successors(before, targets)
        target, changes = _chosen(targets, wanted, symmetry)
        found.append(_undone(target, undone, symmetry))
        undone.append(changes)
    return found


def _chosen(states: Sequence[int], wanted: int, symmetry: Symmetry) -> tuple[int, list[int]]:
    """The first state for which the search has another one, and the changes that make that of
    it."""
    for state in states:
        if state >= 0:
            stands, changes = symmetry.chosen(state)
            if stands == wanted:
                return state, changes
    raise ValueError("these states do not follow each other")


def _undone(state: int, made: Sequence[Sequence[int]], symmetry: Symmetry) -> int:
    """A state before changes, those that were made last first."""
    for changes in reversed(made):
        for change in reversed(changes):
            state = symmetry.changes[change](state)
    return state


class Unfolded(Sequence[int]):
    """The states of a search, and behind them those of runs that were unfolded: a number beyond
    the last state of the search is one of these. They are no part of the space, and not counted."""

    def __init__(self, program: Program, symmetry: Symmetry, states: Sequence[int]) -> None:
        self._program = program
        self._symmetry = symmetry
        self._states = states
        self._more: list[int] = []
        self._stands: list[int] = []
        self._numbers: dict[int, int] = {}
        self._known: dict[tuple[int, ...], list[int]] = {}

    def __len__(self) -> int:
        return len(self._states)

    @overload
    def __getitem__(self, number: int) -> int: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[int]: ...
    def __getitem__(self, number: int | slice) -> int | Sequence[int]:
        if isinstance(number, slice) or number < len(self._states):
            return self._states[number]
        return self._more[number - len(self._states)]

    def __iter__(self) -> Iterator[int]:
        return iter(self._states)

    def run(self, numbers: Sequence[int]) -> list[int]:
        """The numbers of the states of a run that happens; those of the search's states that stand
        for them are given."""
        key = tuple(numbers)
        if key not in self._known:
            states = real_run(self._program, self._symmetry, [self._states[n] for n in numbers])
            pairs = zip(numbers, states, strict=True)
            self._known[key] = [self._number(stands, state) for stands, state in pairs]
        return self._known[key]

    def _number(self, stands: int, state: int) -> int:
        """The number of a state, each state having one; number `stands` stands for it."""
        if self._states[stands] == state:
            return stands
        if state not in self._numbers:
            self._numbers[state] = len(self._states) + len(self._more)
            self._more.append(state)
            self._stands.append(stands)
        return self._numbers[state]

    def stands_for(self, number: int) -> int:
        """The number of the state that the search has instead of one."""
        beyond = number - len(self._states)
        return number if beyond < 0 else self._stands[beyond]
