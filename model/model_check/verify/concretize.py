"""From a run whose states have forgotten something to the whole states that it goes through.

The machine that is explored forgets what no later step reads (`machine.passes.dead_values`). A
run of it is a run of the whole machine as well, and whatever whole state looks like one of its
states can go on as that does. So the whole machine is run along, step by step, and what a person
is shown is read from its states.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ..explore.space import Space
from ..machine.python.program import Notes, Program

if TYPE_CHECKING:
    from ..machine.passes.dead_values import DeadValues

__all__ = ["Concretizer", "Notes"]


class Concretizer:
    """Runs the whole machine along runs of a program; `program` is the whole machine's. Where
    nothing is forgotten, it is the given one. Raises ValueError for what is no run."""

    def __init__(self, program: Program) -> None:
        self._seen = program.machine
        self._forgetting = program.forgetting
        self.program = program.whole
        self._first: dict[int, int] = {}
        self._live: dict[tuple[int, ...], frozenset[int]] = {}

    def initial_state(self, seen: int) -> int:
        """The first whole initial state that looks like a given one."""
        found: list[int] = []
        self.program.initial(found)
        for state in found:
            if state >= 0 and self._looks_like(state, seen):
                return state
        raise ValueError("no run begins in this state")

    def successor(self, before: int, seen: int, step: int | None = None) -> tuple[int, int, Notes]:
        """The first way on from a whole state to one that looks like `seen`, by step number
        `step` if there is one: that state, the step's number, and what it tells."""
        for instance in range(len(self.program.told)):
            if step is not None and self._seen.steps[step].instance != instance:
                continue
            for state, number, notes in self.program.told_from(instance, before):
                if step in (None, number) and state >= 0 and self._looks_like(state, seen):
                    return state, number, notes
        raise ValueError("these states do not follow each other")

    def states_along(self, run: Sequence[int]) -> list[int]:
        """The whole states of a run."""
        if self._forgetting is None:
            return list(run)
        found = [self.initial_state(run[0])]
        for seen in run[1:]:
            found.append(self.successor(found[-1], seen)[0])
        return found

    def state_of(self, space: Space, number: int) -> int:
        """The whole state in which a state of a space is, on the way to it that was found
        first."""
        if self._forgetting is None:
            return space.states[number]
        way = [number]
        while way[-1] not in self._first and way[-1] >= space.initial:
            way.append(space.parents[way[-1]])
        if way[-1] not in self._first:
            self._first[way[-1]] = self.initial_state(space.states[way[-1]])
        for before, after in pairwise(reversed(way)):
            self._first[after] = self.successor(self._first[before], space.states[after])[0]
        return self._first[number]

    def forget(self, state: int) -> int:
        """What is left of a whole state where values are forgotten."""
        dead = self._forgetting
        if dead is None:
            return state
        whole = self.program.machine
        live = self._live_in(dead, whole.places(state))
        seen = 0
        for each in self._seen.fields:
            if each.constant is None:
                kept = each.index in live
                raw = whole.fields[each.index].raw(state)
                seen |= (raw if kept else dead.first[each.index]) << each.offset
        return seen

    def _looks_like(self, state: int, seen: int) -> bool:
        if self._forgetting is None:
            return state == seen
        fields, whole = self._seen.fields, self.program.machine.fields
        live = self._live_in(self._forgetting, self._seen.places(seen))
        return all(whole[i].raw(state) == fields[i].raw(seen) for i in live)

    def _live_in(self, dead: DeadValues, places: tuple[int, ...]) -> frozenset[int]:
        """The fields that count where each instance stands at its place."""
        if places not in self._live:
            self._live[places] = dead.live.fields(places)
        return self._live[places]
