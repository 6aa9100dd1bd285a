"""From runs that were taken to a space of their states, so that they are told as others are.

It is a space whose search has stopped. The states of the runs are expanded, and in breadth-first
order; what else they lead to stands behind them and is not. So all that is said of a state that was
expanded is true of it, and the shortest way to a state among these is what is told.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from ...language.records import dataclass
from ...machine.python.program import Program
from ...machine.shapes import Layout
from ..memo import differences_of
from ..space import Space, cut_off
from .portable import Moves
from .tally import Tally

__all__ = ["Simulated", "WalkedSpace", "walked_space"]

A_SIMULATION = "a simulation takes walks at random, and not every run"


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a simulation has seen: its `tally`, its `seed`, how many steps a walk may have (`depth`)
    and why it ended, in words. In the last `late_steps` of all its steps, about `late_states`
    states were new. `limit`: the limit of this tool that a walk has met, in words; `failing`: the
    steps that may have run into an error."""

    tally: Tally
    seed: int
    depth: int
    over: str
    late_steps: int
    late_states: int
    limit: str = ""
    failing: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class WalkedSpace(Space):
    """The states of some of the walks of a simulation, as a space."""

    simulated: Simulated

    def depth_of(self, number: int) -> int:
        """Steps of the shortest way that is known to a state."""
        if number < self.expanded:
            return bisect_right(self.levels, number) - 1
        return len(self.path(number)) - 1


class _Growing:
    """A breadth-first search among the states of some runs alone, and of those beside them that
    `shows` something."""

    def __init__(
        self, program: Program, initial: Sequence[int], runs: Iterable[Sequence[int]],
        shows: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self.program = program
        self._moves = Moves(program)
        self._failures = program.machine.failures
        self._shows = shows
        self._wanted = {state for run in runs for state in run}
        self.states = [*initial]
        self.index = {state: number for number, state in enumerate(initial)}
        self.parents = [*range(len(initial))]
        self.levels: list[int] = []
        self.quiet: list[int] = []
        self.failing: set[int] = set()
        self.transitions = 0
        self._beside: dict[int, int] = {}
        """States that are not expanded, each with the number of the one before."""
        self._search()

    def _search(self) -> None:
        start = 0
        while start < len(self.states):
            self.levels.append(start)
            end = len(self.states)
            for number in range(start, end):
                self._expand(number)
            start = end
        self.expanded = len(self.states)
        for state, before in self._beside.items():
            if state not in self.index:
                self.index[state] = len(self.states)
                self.states.append(state)
                self.parents.append(before)
        if len(self.states) > self.expanded:
            self.levels.append(self.expanded)

    def _expand(self, number: int) -> None:
        moves, failing = self._moves.of(self.states[number])
        steps = self.program.machine.steps
        self.transitions += len(moves)
        for target, _ in moves:
            if target in self.index:
                continue
            if (target in self._wanted or self._shows(target)) and self._can_be_expanded(target):
                self.index[target] = len(self.states)
                self.states.append(target)
                self.parents.append(number)
            else:
                self._beside.setdefault(target, number)
        if failing:
            self.failing.add(number)
        elif all(steps[step].fault for _, step in moves):
            self.quiet.append(number)

    def errors(self) -> tuple[tuple[int, int, int], ...]:
        """As `Space.errors`."""
        found = set()
        for number in self.failing:
            for instance, labelled in enumerate(self.program.labelled):
                out: list[tuple[int, int]] = []
                labelled(self.states[number], out)
                found |= {(number, instance, -target) for target, _ in out if target < 0}
        return tuple(sorted(found))

    def _can_be_expanded(self, state: int) -> bool:
        """Whether all that happens there is known: no limit of this tool is met."""
        _, failing = self._moves.of(state)
        return not any(self._failures[code - 1].unfinished for code in failing)


def walked_space(
    program: Program,
    layout: Layout,
    initial: Sequence[int],
    runs: Iterable[Sequence[int]],
    shows: Callable[[int], bool],
    simulated: Simulated,
    seconds: float,
    note: str = "",
) -> WalkedSpace:
    """The space of some runs from some of the initial states, each its states in order; states
    beside them that `shows` something belong to it, too."""
    found = _Growing(program, initial, runs, shows)
    terminal, outside = cut_off(program, found.states, found.quiet, found.failing)
    return WalkedSpace(
        program=program,
        layout=layout,
        processes=tuple(differences_of(program)),
        states=found.states,
        index=found.index,
        parents=found.parents,
        levels=tuple(found.levels),
        initial=len(initial),
        expanded=found.expanded,
        terminal=terminal,
        outside=outside,
        errors=found.errors(),
        transitions=found.transitions,
        seconds=seconds,
        stopped=A_SIMULATION,
        growth=None,
        note=note,
        simulated=simulated,
    )
