"""All that the instances of a machine can do, state by state: a graph for judges.

Made of the program's functions that name steps, once for every state and instance. Nothing of the
search is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from model_check.machine.core import Machine
from model_check.machine.python.program import Evaluator, Program

from .compare import SkippedError

__all__ = ["MachineGraph", "Outcome"]


@dataclass
class Outcome:
    """What one step comes to in a state: the states that it may lead to, and whether it may fail.
    One that does neither cannot be taken, and is not there."""

    targets: set[int] = field(default_factory=set)
    fails: bool = False


class MachineGraph:
    """The reachable states of a program. Raises SkippedError where there are more than `limit`, or
    a step meets a limit of the tool."""

    def __init__(self, program: Program, limit: int) -> None:
        self.program = program
        self.machine: Machine = program.machine
        self.instances = range(len(self.machine.instances))
        first: list[int] = []
        program.initial(first)
        self.initial = [*dict.fromkeys(first)]
        self.index = {state: number for number, state in enumerate(self.initial)}
        self.states = [*self.initial]
        self.steps: list[list[dict[int, Outcome]]] = []
        """By state and instance: what each step that can be taken comes to, by its number."""
        while len(self.steps) < len(self.states):
            self.steps.append(self._all_of(self.states[len(self.steps)]))
            if len(self.states) > limit:
                raise SkippedError

    def _all_of(self, state: int) -> list[dict[int, Outcome]]:
        return [self._of(state, labelled) for labelled in self.program.labelled]

    def _of(self, state: int, labelled: object) -> dict[int, Outcome]:
        found: dict[int, Outcome] = {}
        out: list[tuple[int, int]] = []
        labelled(state, out)  # type: ignore[operator]
        for target, step in out:
            outcome = found.setdefault(step, Outcome())
            if target >= 0:
                outcome.targets.add(self._number(target))
            elif self.machine.failures[-target - 1].unfinished:
                raise SkippedError
            else:
                outcome.fails = True
        return found

    def _number(self, state: int) -> int:
        if state not in self.index:
            self.index[state] = len(self.states)
            self.states.append(state)
        return self.index[state]

    # --- what can be said of states -----------------------------------------------------------

    def is_fault(self, step: int) -> bool:
        """Whether a step is what may go wrong."""
        return self.machine.steps[step].fault

    def may_end(self, number: int) -> bool:
        """Whether nothing can happen in a state but faults."""
        return all(self.is_fault(step) for own in self.steps[number] for step in own)

    def fails(self, number: int) -> bool:
        """Whether some step fails in a state."""
        return any(each.fails for own in self.steps[number] for each in own.values())

    @cached_property
    def depths(self) -> list[int]:
        """Steps from an initial state to each."""
        depths = [0] * len(self.initial)
        while len(depths) < len(self.states):
            depths.append(-1)
        waiting = [*range(len(self.initial))]
        for number in waiting:
            for own in self.steps[number]:
                for outcome in own.values():
                    for target in outcome.targets:
                        if target >= len(self.initial) and depths[target] < 0:
                            depths[target] = depths[number] + 1
                            waiting.append(target)
        return depths

    def answers(self, formula: Evaluator) -> list[int]:
        """What a formula says of each state; below 0 where it has no value."""
        return [formula.answer(state) for state in self.states]
