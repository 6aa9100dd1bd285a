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
from ..wrong_steps import WrongSteps, wrong_steps_of
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
        """States that are not expanded, each with the number of the one before ..."""
        self._met: set[int] = set()
        """... and those of them that lie on a run all the same: there a limit is met."""
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
        state = self.states[number]
        moves, failing = self._moves.of(state)
        steps = self.program.machine.steps
        # What a state beside shows is told where it is the first to do so.
        looks_on = state in self._wanted and not self._shows(state)
        self.transitions += len(moves)
        for target, _ in moves:
            if target in self.index:
                continue
            known = False
            if target in self._wanted or (looks_on and self._shows(target)):
                known = self._can_be_expanded(target)
                if not known:
                    self._met.add(target)
            if known:
                self.index[target] = len(self.states)
                self.states.append(target)
                self.parents.append(number)
            else:
                self._beside.setdefault(target, number)
        if failing:
            self.failing.add(number)
        elif all(steps[step].fault for _, step in moves):
            self.quiet.append(number)

    @property
    def told(self) -> list[int]:
        """The numbers of the states that are told of."""
        return [*range(self.expanded), *sorted(self.index[state] for state in self._met)]

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


class _Asked:
    """What is asked of the states and the steps of runs, and not of those beside them."""

    def __init__(self, program: Program, states: Sequence[int], told: Sequence[int]) -> None:
        self._formulas = program.formulas
        self._moves = Moves(program)
        self._states = states
        self._told = told

    def scan(self, name: str, wrong: int, first: int) -> Sequence[int]:
        """See `Space.scan`."""
        answer = self._formulas.properties[name].answer
        answers = ((n, answer(self._states[n])) for n in self._told if n >= first)
        return [number for number, each in answers if each == wrong or each < 0]

    def wrong_steps(self, name: str) -> WrongSteps:
        """See `Space.wrong_steps`."""
        answer = self._formulas.of_steps[name].answer
        numbers = {self._states[number]: number for number in self._told}
        wrong: list[tuple[int, int]] = []
        unanswered: list[tuple[int, int]] = []
        for number in self._told:
            state = self._states[number]
            for target, _ in self._moves.of(state)[0]:
                if target in numbers and (said := answer(target, state)) <= 0:
                    (wrong if said == 0 else unanswered).append((number, numbers[target]))
        return wrong_steps_of(wrong, unanswered)


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
    asked = _Asked(program, found.states, found.told)
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
        scan=asked.scan,
        wrong_steps=asked.wrong_steps,
        simulated=simulated,
    )
