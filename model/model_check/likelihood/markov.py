"""How runs end where all times are exponential, or none: exactly, but for rounding.

Such a clock does not know how long it has been running. So a state of the chain is a node, what is
remembered of the run, which clocks are over whose step cannot come yet, and which instances have
not begun. Where a step can come at once, no time passes; elsewhere the clocks race, and each wins
in proportion to its rate: also one that was just started anew (`Renewals`). How long runs take is
not asked, so the chain of jumps is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..language.tree.timing import Exponential
from .chain import ELIMINATED, NO_STEP, visits
from .stepping import Stepping, is_at_once, outcomes
from .tally import Outcomes
from .timed_graph import TimedGraph

__all__ = ["is_markov", "solve"]

MOST_STATES = 300_000
"""States of a chain: some seconds."""

_State = tuple[int, int, int, int]
"""A node, the memory, and as bits the steps that are over and wait, and who has not begun."""
_Jump = tuple[_State, float, int, bool]
"""Where to, how likely, by which step, and whether that takes no time."""


def is_markov(graph: TimedGraph) -> bool:
    """Whether all times of a graph that matter are exponential, or none."""
    asked = [each.time for each in graph.clocks if not each.never]
    return all(
        is_at_once(time) or isinstance(time, Exponential) for time in [*asked, *graph.begin_times]
    )


def solve(graph: TimedGraph, most: int = MOST_STATES, eliminated: int = ELIMINATED) -> Outcomes:
    """How likely each ending is, in a graph that `is_markov`.

    most: states that the chain may have; eliminated: see `chain.visits`.
    Raises TooLargeError; EndlessRunError where a run may go on for ever while no time passes;
    MissingPackageError where scipy is missing.
    """
    race = _Race(graph)
    found = visits(race, most, eliminated)
    parts = [([state], share) for state, share in found.ends.items()] + [*found.rounds]
    fates = (
        race.stepping.fate(((node, memory) for node, memory, _, _ in states), share)
        for states, share in parts
    )
    return outcomes(graph, "markov", fates, f"a Markov chain of {len(found.states):,} states")


class _Race:
    """Which clocks run in a state, and what comes of it."""

    def __init__(self, graph: TimedGraph) -> None:
        self.graph = graph
        self.stepping = Stepping(graph)
        self.rate = [_rate(clock.time) for clock in graph.clocks]
        self.begin_rate = [_rate(time) for time in graph.begin_times]
        self.at_first = 0
        for step, clock in enumerate(graph.clocks):
            if clock.every and self.rate[step]:
                self.at_first |= 1 << step  # the first time, it comes at once
        self.not_begun = 0
        for instance, rate in enumerate(self.begin_rate):
            if rate:
                self.not_begun |= 1 << instance

    def first(self) -> Iterator[_State]:
        """The states in which runs begin, each alike likely."""
        for node in range(self.graph.initial):
            memory = self.graph.flags.first[node]
            yield self._known(node, memory, self.at_first, self.not_begun)

    def _known(self, node: int, memory: int, over: int, unbegun: int) -> _State:
        """A state, without what makes no difference any more."""
        stepping = self.stepping
        if not self.graph.settled.is_open(node, memory):
            return node, memory, 0, 0
        return node, memory, over & stepping.awaited[node], unbegun & stepping.unbegun[node]

    def jumps(self, state: _State) -> Iterator[_Jump]:
        """What may happen next."""
        node, memory, over, unbegun = state
        if not self.graph.settled.is_open(node, memory):
            return
        here = self.stepping.at[node]
        able = [each for each in here if not unbegun >> self.graph.instance_of[each[0]] & 1]
        ready = tuple(step for step, _ in able if not self.rate[step] or over >> step & 1)
        if ready:
            chances = dict(self.stepping.chances(ready))
            for step, places in able:
                if step in chances:
                    yield from self._come(state, step, places, float(chances[step]), True)
            return
        racing = [(self.rate[step], step, places) for step, places in able]
        silent = [*self._over(state, here), *self._begin(state)] if here else []
        total = sum(each[0] for each in racing) + sum(each[0] for each in silent)
        for rate, step, places in racing:
            yield from self._come(state, step, places, rate / total, False)
        for rate, after in silent:
            yield after, rate / total, NO_STEP, False

    def _come(
        self, state: _State, step: int, places: Sequence[int], chance: float, at_once: bool
    ) -> Iterator[_Jump]:
        _, memory, over, unbegun = state
        stepping = self.stepping
        over &= ~stepping.restarted[step]
        unbegun &= ~stepping.begun[step]
        for place in places:
            remembered = stepping.memory_after(memory, place)
            after = self._known(self.graph.targets[place], remembered, over, unbegun)
            yield after, chance / len(places), step, at_once

    def _over(
        self, state: _State, here: Sequence[tuple[int, object]]
    ) -> Iterator[tuple[float, _State]]:
        """Clocks that end although their step cannot come."""
        node, memory, over, unbegun = state
        running = self.stepping.awaited[node] & ~over
        for step, _ in here:
            running &= ~(1 << step)
        while running:
            bit = running & -running
            running ^= bit
            step = bit.bit_length() - 1
            if not unbegun >> self.graph.instance_of[step] & 1:
                yield self.rate[step], (node, memory, over | bit, unbegun)

    def _begin(self, state: _State) -> Iterator[tuple[float, _State]]:
        node, memory, over, unbegun = state
        left = unbegun
        while left:
            bit = left & -left
            left ^= bit
            yield self.begin_rate[bit.bit_length() - 1], (node, memory, over, unbegun ^ bit)


def _rate(time: object) -> float:
    """How often in a nanosecond it would come; 0.0: it takes no time."""
    return 1 / time.mean if isinstance(time, Exponential) else 0.0
