"""Runs that never end, of an explored space: where fair ones can go round for ever.

In: a `Space`. Out: its fair components, each a set of states through all of which a fair run can
go for ever, and the steps that lead around in it.

A run is fair if a process instance that could take a step at every moment from some moment on
takes one (weak fairness). A strongly connected component has a fair run that goes through all
of it again and again exactly if each instance either takes a step within it, or cannot take one
in some state of it: the classical test for generalised Buechi acceptance (Clarke, Grumberg,
Peled, Model Checking, section 6.3). If a part of a component passes the test, so does the whole,
so only whole components need to be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from ..explore.graph import components
from ..explore.space import Space
from ..language.records import dataclass
from .formulas import Answers

__all__ = ["MOST_TRANSITIONS", "FairComponent", "FairCycles", "fair_components"]

MOST_TRANSITIONS = 500_000
"""Above, nobody waits for a search in Python: about a second."""

NAMES_SHOWN = 4


class FairCycles:
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
        graph = self._space.graph
        steps = {
            graph.steps[place]
            for number in component.states
            for place in graph.of(number)
            if graph.targets[place] in inside
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
    actors = _Actors(space)
    found = (_fair(actors, each) for each in components(space.graph))
    return sorted((each for each in found if each is not None), key=lambda each: each.states)


class _Actors:
    """Which instances act in the transitions of a space."""

    def __init__(self, space: Space) -> None:
        self.graph = space.graph
        self.everybody = frozenset(range(len(space.processes)))
        self._of_step = [step.instance for step in space.machine.steps]
        self._failing: dict[int, set[int]] = {}
        for number, instance, _ in space.errors:
            self._failing.setdefault(number, set()).add(instance)

    def enabled(self, number: int) -> set[int]:
        """The instances that can act in a state; a step that runs into an error counts."""
        acting = {self.of(place) for place in self.graph.of(number)}
        return acting | self._failing.get(number, set())

    def of(self, place: int) -> int:
        """The instance that takes the step of a transition."""
        return self._of_step[self.graph.steps[place]]


def _fair(actors: _Actors, states: Sequence[int]) -> FairComponent | None:
    graph, inside = actors.graph, set(states)
    acting: set[int] = set()
    waiting = set(actors.everybody)
    for number in states:
        waiting &= actors.enabled(number)
        acting.update(
            actors.of(place) for place in graph.of(number) if graph.targets[place] in inside
        )
    # Whoever could act all the time and never does would be passed over for ever.
    if not acting or waiting - acting:
        return None
    return FairComponent(tuple(sorted(states)), tuple(sorted(acting)))
