"""Runs that never end, of an explored space: where fair ones can go round for ever.

In: a `Space`. Out: its fair components, each a set of states through all of which a fair run can
go for ever, and the steps that lead around in it.

A run is fair if a process instance that could take a step at every moment from some moment on
takes one (weak fairness). A strongly connected component has a fair run that goes through all
of it again and again exactly if each instance either takes a step within it, or cannot take one
in some state of it: the classical test for generalised Buechi acceptance (Clarke, Grumberg,
Peled, Model Checking, section 6.3). If a part of a component passes the test, so does the whole,
so only whole components need to be looked at. They are found by Tarjan's algorithm (Depth-first
search and linear graph algorithms, SIAM Journal on Computing 1, 1972), without recursion.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property

from ..explore.space import Space
from ..language.records import dataclass
from .formulas import Answers

__all__ = ["MOST_TRANSITIONS", "Endless", "FairComponent", "fair_components"]

MOST_TRANSITIONS = 500_000
"""Above, nobody waits for a search in Python: about a second."""

NAMES_SHOWN = 4


class Endless:
    """What the runs of a space that never end leave open for a formula about ends."""

    def __init__(self, space: Space) -> None:
        self._space = space

    @cached_property
    def _components(self) -> list[FairComponent] | None:
        return fair_components(self._space, MOST_TRANSITIONS)

    @property
    def unknown(self) -> str:
        """That runs without an end were not looked for, in words; "" if they were."""
        if self._components is not None:
            return ""
        return (
            f"judged of the runs that end: the space has more than {MOST_TRANSITIONS:,} "
            "transitions, so nobody looked whether some run never ends"
        )

    def unsettled(self, answers: Answers) -> str:
        """That in some fair run that never ends a formula is false, or has no value, again and
        again, in words that name what goes round; "" where no such run is known."""
        states = self._space.states
        for each in self._components or ():
            values = {answers.of(states[number]) for number in each.states}
            if values != {1}:
                stays = "does not stay true" if 0 in values else "is not known to stay true"
                return (
                    f"some run never ends, and in it the formula {stays}: {self._names(each)} for "
                    "ever. Only ends are judged"
                )
        return ""

    def _names(self, component: FairComponent) -> str:
        """Which steps go round in a component: `other.look`, in the order of the spec."""
        machine, inside = self._space.machine, set(component.states)
        index = self._space.index
        steps = {
            step
            for number in component.states
            for target, step in self._space.successors(self._space.states[number])
            if index[target] in inside
        }
        names = dict.fromkeys(
            f"{machine.instances[machine.steps[step].instance].name}.{machine.steps[step].label}"
            for step in sorted(steps)
        )
        told = [*names][:NAMES_SHOWN]
        if len(names) > NAMES_SHOWN:
            told.append("...")
        return f"{', '.join(told)} {'goes' if len(names) == 1 else 'go'} on"


@dataclass(frozen=True, slots=True)
class FairComponent:
    """States, by number and ascending, that a fair run can go through for ever; `instances`: those
    that take a step within it, by number."""

    states: tuple[int, ...]
    instances: tuple[int, ...]


def fair_components(space: Space, most: int) -> list[FairComponent] | None:
    """The fair components of a completely explored space, by their first states; None where it
    has more than `most` transitions, and was not looked at."""
    if space.transitions > most:
        return None
    moves = _Moves(space)
    found = (_fair(moves, each) for each in _components(moves))
    return sorted((each for each in found if each is not None), key=lambda each: each.states)


class _Moves:
    """The transitions of a space: those of state n stand from `begins[n]` to `begins[n + 1]`."""

    def __init__(self, space: Space) -> None:
        self.instances = len(space.processes)
        self.begins = array("q", [0])
        self.targets = array("q")
        self.actors = array("q")
        self._failing = {(number, instance) for number, instance, _ in space.errors}
        index = space.index
        for state in space.states:
            for instance, each in enumerate(space.processes):
                for difference in each[state & each.mask]:
                    self.targets.append(index[state + difference])
                    self.actors.append(instance)
            self.begins.append(len(self.targets))

    def of(self, number: int) -> range:
        """The places of a state's transitions."""
        return range(self.begins[number], self.begins[number + 1])

    def enabled(self, number: int) -> set[int]:
        """The instances that can act in a state; a step that runs into an error counts."""
        acting = {self.actors[place] for place in self.of(number)}
        return acting | {i for i in range(self.instances) if (number, i) in self._failing}


def _fair(moves: _Moves, states: Sequence[int]) -> FairComponent | None:
    inside = set(states)
    acting: set[int] = set()
    waiting: set[int] = set(range(moves.instances))
    for number in states:
        waiting &= moves.enabled(number)
        acting.update(
            moves.actors[place] for place in moves.of(number) if moves.targets[place] in inside
        )
    # Whoever could act all the time and never does would be passed over for ever.
    if not acting or waiting - acting:
        return None
    return FairComponent(tuple(sorted(states)), tuple(sorted(acting)))


def _components(moves: _Moves) -> Iterator[list[int]]:
    """The strongly connected components: lists of numbers of states."""
    count = len(moves.begins) - 1
    unseen = -1
    order = array("q", [unseen]) * count
    lowest = array("q", [0]) * count
    left: list[Iterator[int]] = []
    way: list[int] = []
    """The states on the way, from the root to the one that is looked at."""
    stack: list[int] = []
    on_stack = bytearray(count)
    seen = 0
    for root in range(count):
        if order[root] != unseen:
            continue
        way.append(root)
        left.append(iter(moves.of(root)))
        order[root] = lowest[root] = seen
        seen += 1
        stack.append(root)
        on_stack[root] = True
        while way:
            number = way[-1]
            place = next(left[-1], None)
            if place is not None:
                target = moves.targets[place]
                if order[target] == unseen:
                    way.append(target)
                    left.append(iter(moves.of(target)))
                    order[target] = lowest[target] = seen
                    seen += 1
                    stack.append(target)
                    on_stack[target] = True
                elif on_stack[target]:
                    lowest[number] = min(lowest[number], order[target])
                continue
            way.pop()
            left.pop()
            if way:
                lowest[way[-1]] = min(lowest[way[-1]], lowest[number])
            if lowest[number] == order[number]:
                component: list[int] = []
                while not component or component[-1] != number:
                    component.append(stack.pop())
                    on_stack[component[-1]] = False
                yield component
