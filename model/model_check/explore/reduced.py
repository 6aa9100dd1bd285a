"""The steps of a state that a reduced search takes, in plain Python: see `reduction`.

Compiled code takes the same ones (`native.choosing`), and is compared with it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence

from ..language.records import dataclass
from ..machine.core import Machine
from ..machine.python.program import Program
from .memo import GrowthNeededError, KnownMoves, differences_of, footprints
from .reduction import Move, Order, Reduction, View
from .rows import Rows

__all__ = ["ReducedGraph", "ReducedSteps", "Stubborn"]


class Stubborn:
    """Chooses the instances whose steps are taken in a state; the others wait."""

    def __init__(self, machine: Machine, order: Order) -> None:
        self._views = order.views
        self._fields = [[machine.fields[i] for i in view.fields] for view in order.views]
        self._insists = order.insists
        self._faults = [each.fault for each in machine.steps]

    def classes(self, state: int) -> list[int]:
        """The class of each instance's local state."""
        found = []
        for view, fields in zip(self._views, self._fields, strict=True):
            key = offset = 0
            for each in fields:
                key |= each.raw(state) << offset
                offset += each.width
            found.append(view.classes[key])
        return found

    def chosen(self, state: int, steps: Sequence[Sequence[int]]) -> int | None:
        """The instances whose steps are taken, as bits; None: all, for nothing but faults can
        happen. `steps[i]`: the step of each successor by instance i."""
        closure = _Closure(self._views, self.classes(state), [frozenset(each) for each in steps])
        insisting = closure.raisers(self._insists)
        best: tuple[int, int] | None = None
        for seed, own in enumerate(steps):
            if all(self._faults[step] for step in own):
                continue
            found = closure.of([seed, *insisting])
            cost = sum(len(each) for i, each in enumerate(steps) if found >> i & 1)
            if best is None or cost < best[0]:
                best = (cost, found)
            if cost == 1:
                break
        return None if best is None else best[1]


class _Closure:
    """In one state: with an instance, whoever must be looked at with it."""

    def __init__(
        self, views: Sequence[View], classes: Sequence[int], taken: Sequence[frozenset[int]]
    ) -> None:
        """`classes[i]`: of the local state of instance i; `taken[i]`: the steps that it can
        take."""
        self._views = views
        self._classes = classes
        self._taken = taken

    def of(self, instances: Iterable[int]) -> int:
        """The least set with some instances, as bits."""
        found = 0
        waiting = [*instances]
        while waiting:
            instance = waiting.pop()
            if not found >> instance & 1:
                found |= 1 << instance
                for move in self._views[instance].moves[self._classes[instance]]:
                    waiting += self._asked(move, move.step in self._taken[instance])
        return found

    def raisers(self, goals: int) -> list[int]:
        """Who can still raise one of some goals."""
        pairs = zip(self._views, self._classes, strict=True)
        return [i for i, (view, own) in enumerate(pairs) if view.raises[own] & goals]

    def _asked(self, move: Move, can_be_taken: bool) -> list[int]:
        rows = move.conflicts if can_be_taken else move.enablers
        asked = [j for j, row in enumerate(rows) if row >> self._classes[j] & 1]
        return [*asked, *self.raisers(move.lowers)] if can_be_taken else asked


@dataclass(frozen=True, slots=True)
class Taken:
    """What a reduced search makes of a state: `moves` are (successor, step), `errors` (instance,
    code) of the steps that fail; `may_end`: nothing can happen but faults, and no error;
    `left_out`: how many steps wait."""

    moves: list[tuple[int, int]]
    errors: list[tuple[int, int]]
    may_end: bool
    left_out: int


class ReducedSteps:
    """What a program can do in a state, as far as a reduced search takes it: successors are those
    that stand for all that are like them."""

    def __init__(self, program: Program, reduction: Reduction) -> None:
        machine = program.machine
        self._failures = machine.failures
        self._faults = [each.fault for each in machine.steps]
        masks = footprints(differences_of(program), len(machine.instances))
        self._acting = [
            (mask, KnownMoves(labelled))
            for mask, labelled in zip(masks, program.labelled, strict=True)
        ]
        order, symmetry = reduction.order, reduction.symmetry
        self._stubborn = None if order is None else Stubborn(machine, order)
        self._canonical: Callable[[int], int] | None = symmetry.canonical if symmetry else None

    def of(self, state: int) -> Taken:
        """The steps that are taken in a state. Raises GrowthNeededError."""
        every: list[tuple[tuple[int, int], ...]] = []
        errors: list[tuple[int, int]] = []
        for instance, (mask, known) in enumerate(self._acting):
            moves, failing = known[state & mask]
            every.append(moves)
            # Several ways through one step can come to the same error: it is told once.
            errors += [(instance, code) for code in dict.fromkeys(failing)]
        for _, code in errors:
            if self._failures[code - 1].unfinished:
                raise GrowthNeededError(code)
        may_end = not errors and all(self._faults[step] for own in every for _, step in own)
        chosen = None
        if self._stubborn is not None and not may_end and not errors:
            chosen = self._stubborn.chosen(state, [[step for _, step in own] for own in every])
        found = [
            (state + difference, step)
            for instance, own in enumerate(every)
            if chosen is None or chosen >> instance & 1
            for difference, step in own
        ]
        if self._canonical is not None:
            found = [(self._canonical(target), step) for target, step in found]
        return Taken(found, errors, may_end, sum(map(len, every)) - len(found))


class ReducedGraph(Rows):
    """The rows of a reduced space: the steps that were taken."""

    def __init__(
        self, steps: ReducedSteps, states: Sequence[int], expanded: int, index: dict[int, int]
    ) -> None:
        """`expanded`: how many of the states were looked into; `index`: the number of each."""
        self.begins = array("q", [0])
        self.targets = array("I")
        self.steps = array("I")
        for state in states[:expanded]:
            for target, step in steps.of(state).moves:
                self.targets.append(index[target])
                self.steps.append(step)
            self.begins.append(len(self.steps))
        self.begins.extend([len(self.steps)] * (len(states) - expanded))
