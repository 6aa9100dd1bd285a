"""How runs end where all times are fixed or uniform, or none: exactly.

What is still to come stands at *moments*: a clock is over so much after a moment, and clocks that
go back to the same uniform time share one. What is known of the moments is a density over zones
(see `zones`), so that of what comes next, each is exactly as likely as it should be. Where no
moment is left but now, a state is one of a chain; from such a state on, runs are followed through
zones until each is in such a state again. There are few where little is random at a time; where
there are many, this gives up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import gcd

from ..language.records import dataclass
from ..language.tree.timing import Distribution, Fixed, Uniform
from .chain import NO_STEP, TooLargeError, visits
from .stepping import Stepping, outcomes
from .tally import Outcomes
from .timed_graph import TimedGraph
from .zones import CERTAIN, Bounds, Density

__all__ = ["is_regional", "solve"]

MOST_STATES = 100_000
"""States of a chain: some seconds."""
MOST_ZONES = 20_000
"""Zones that runs are followed through, in all: some seconds."""
MOST_TERMS = 20_000
"""Terms of the polynomials on all of them together: some seconds, too."""
MOST_MOMENTS = 5
"""Moments of a zone: what it takes to forget one grows with their number, and steeply."""
NOW = 0
"""The moment that is now."""

_Waiting = tuple[tuple[int, int, int], ...]
"""Of each clock that runs, ascending: its number, the moment that it goes back to, and how long
after that it is over. The clock of step k has the number k; after those of steps come those of when
instances begin."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run is: its node, what is remembered of it, the steps (as bits) whose clocks are over
    and that have not come, and the clocks that run; None: it begins, and none does yet."""

    node: int
    memory: int
    over: int
    waiting: _Waiting | None


_Jump = tuple[_Place, float, int, bool]
"""As in `chain.Jumping`."""


def is_regional(graph: TimedGraph) -> bool:
    """Whether all times of a graph that matter are fixed or uniform, or none."""
    return all(each is None or isinstance(each, (Fixed, Uniform)) for each in _times(graph))


def _times(graph: TimedGraph) -> list[Distribution | None]:
    return [*(each.time for each in graph.clocks if not each.never), *graph.begin_times]


def solve(
    graph: TimedGraph, most_states: int = MOST_STATES, most_zones: int = MOST_ZONES
) -> Outcomes:
    """How likely each ending is, in a graph that `is_regional`.

    most_states, most_zones: how many there may be. Raises TooLargeError; EndlessRunError where a
    run may go on for ever while no time passes; MissingPackageError where runs go round and scipy
    is missing.
    """
    following = _Following(graph, most_zones)
    found = visits(following, most_states)
    parts = [([place], share) for place, share in found.ends.items()] + [*found.rounds]
    fates = (
        following.stepping.fate(
            (each for place in places for each in following.passed(place)), share
        )
        for places, share in parts
    )
    note = f"{len(found.states) + following.zones:,} zones of the times that are still to come"
    return outcomes(graph, "regions", fates, note)


class _Following:
    """Runs, from one state without moments to the next ones."""

    def __init__(self, graph: TimedGraph, most_zones: int) -> None:
        self.graph = graph
        self.stepping = Stepping(graph)
        self.most_zones = most_zones
        self.zones = 0
        """Through how many runs were followed ..."""
        self.terms = 0
        """... and how many terms the polynomials there had."""
        self.begins_at = len(graph.clocks)
        """The number of the first clock of when an instance begins."""
        unit = gcd(*(number for time in _times(graph) for number in _numbers(time))) or 1
        times = [*(each.time for each in graph.clocks), *graph.begin_times]
        self.times = [_in_units(time, unit) for time in times]
        self._passed: dict[_Place, set[tuple[int, int]]] = {}

    # --- the chain ----------------------------------------------------------------------------

    def first(self) -> Iterator[_Place]:
        """The states in which runs begin: those from which nothing was drawn."""
        every = 0
        for step, clock in enumerate(self.graph.clocks):
            if clock.every and self.times[step]:
                every |= 1 << step  # the first time, it comes at once
        for node in range(self.graph.initial):
            yield _Place(node, self.graph.flags.first[node], every, None)

    def passed(self, place: _Place) -> Iterator[tuple[int, int]]:
        """The nodes, and memories there, that runs come to in a state without moments, and before
        they come to the next one."""
        yield place.node, place.memory
        yield from self._passed.get(place, ())

    def jumps(self, place: _Place) -> Iterator[_Jump]:
        """The next states without moments, and how likely each comes next."""
        between: set[tuple[int, int]] = set()
        found: dict[_Place, tuple[Fraction, int, bool]] = {}
        parts = [_Part(place, CERTAIN, NO_STEP, at_once=True)]
        while parts:
            following: dict[tuple[_Place, Bounds], _Part] = {}
            for part in parts:
                for each in self._after(part):
                    self.terms += len(each.density.polynomial)
                    if self.terms > MOST_TERMS:
                        raise TooLargeError(f"there are more than {MOST_TERMS:,} terms of zones")
                    if each.density.count:
                        key = each.place, each.density.bounds
                        known = following.get(key)
                        following[key] = each if known is None else known.plus(each)
                    else:
                        known_share, step, at_once = found.get(each.place, (0, NO_STEP, True))
                        found[each.place] = (
                            known_share + each.density.total(),
                            each.step if step == NO_STEP else step,
                            each.at_once and at_once,
                        )
            parts = [*following.values()]
            between.update((each.place.node, each.place.memory) for each in parts)
            self.zones += len(parts)
            if self.zones > self.most_zones:
                raise TooLargeError(f"there are more than {self.most_zones:,} zones")
        if between:
            self._passed[place] = between
        for after, (share, step, at_once) in found.items():
            yield after, float(share), step, at_once

    # --- what comes next ------------------------------------------------------------------------

    def _after(self, part: _Part) -> Iterator[_Part]:
        place = part.place
        if place.waiting is None:
            return self._begun(part)
        if not self.graph.settled.is_open(place.node, place.memory):
            return iter(())
        here = self.stepping.at[place.node]
        unbegun = {clock - self.begins_at for clock, _, _ in place.waiting}
        able = [each for each in here if self.graph.instance_of[each[0]] not in unbegun]
        ready = tuple(step for step, _ in able if not self.times[step] or place.over >> step & 1)
        if ready:
            return self._come(part, dict(able), ready)
        return self._wait(part) if here else iter(())

    def _begun(self, part: _Part) -> Iterator[_Part]:
        place = part.place
        later = [clock for clock in range(self.begins_at, len(self.times)) if self.times[clock]]
        started = [*later, *range(self.begins_at)]
        return self._settled(part, _Moving(place.node, place.memory, place.over, {}, started))

    def _come(
        self, part: _Part, places: dict[int, tuple[int, ...]], ready: tuple[int, ...]
    ) -> Iterator[_Part]:
        """A step comes, of those that can at this moment."""
        now, stepping = part.place, self.stepping
        for step, chance in stepping.chances(ready):
            begun = {self.begins_at + each for each in _members(stepping.begun[step])}
            share = chance / len(places[step])
            for place in places[step]:
                anew = stepping.restarted[step] | stepping.renewed(place)
                waiting = {
                    clock: (moment, after)
                    for clock, moment, after in now.waiting or ()
                    if not anew >> clock & 1 and clock not in begun
                }
                memory = stepping.memory_after(now.memory, place)
                moving = _Moving(
                    self.graph.targets[place], memory, now.over & ~anew, waiting,
                    _members(stepping.restarted[step]),
                )  # fmt: skip
                yield from self._settled(part.by(step, share), moving)

    def _wait(self, part: _Part) -> Iterator[_Part]:
        """Time passes until the next clock is over."""
        now = part.place
        soonest: dict[int, int] = {}
        for _, moment, after in now.waiting or ():
            soonest[moment] = min(after, soonest.get(moment, after))
        for first, time in soonest.items():
            density: Density | None = part.density
            for other, after in soonest.items():
                if other != first and density is not None:
                    density = density.where(first, other, after - time)
            if density is None:
                continue
            if first != NOW:
                density = density.at(first)
            swapped = {first: NOW, NOW: first}
            clocks = {
                clock: (swapped.get(moment, moment), after - (moment == first and time))
                for clock, moment, after in now.waiting or ()
            }
            waiting = {clock: each for clock, each in clocks.items() if each != (NOW, 0)}
            done = [clock for clock in clocks if clock not in waiting]
            over = now.over | _bits(clock for clock in done if clock < self.begins_at)
            begun = {clock - self.begins_at for clock in done if clock >= self.begins_at}
            started = [
                step for step, instance in enumerate(self.graph.instance_of) if instance in begun
            ]
            moving = _Moving(now.node, now.memory, over, waiting, started)
            passed = _Part(now, density.later(time), part.step, at_once=False)
            yield from self._settled(passed, moving)

    # --- the clocks that run ----------------------------------------------------------------------

    def _settled(self, part: _Part, moving: _Moving) -> Iterator[_Part]:
        """Start clocks, forget those that make no difference any more, and the moments to which
        none goes back."""
        density, waiting, node = part.density, moving.waiting, moving.node
        wanted = self.stepping.awaited[node] | self.stepping.possible[node]
        wanted |= self.stepping.unbegun[node] << self.begins_at
        if not self.graph.settled.is_open(node, moving.memory):
            wanted = 0
        waiting = {clock: each for clock, each in waiting.items() if wanted >> clock & 1}
        over = moving.over & wanted
        anew = [*moving.started, *_members(self.stepping.possible[node])]
        for clock in anew:
            if (
                clock in waiting
                or not (wanted & ~over) >> clock & 1
                or self._is_unbegun(clock, waiting)
            ):
                continue
            time = self.times[clock]
            if isinstance(time, Uniform):
                density = density.and_uniform(time.low, time.high)
                waiting[clock] = density.count, 0
            elif isinstance(time, Fixed):
                waiting[clock] = NOW, time.time
        used = {moment for moment, _ in waiting.values()}
        unused = [each for each in range(density.count, 0, -1) if each not in used]
        if density.count - len(unused) > MOST_MOMENTS:
            raise TooLargeError(f"more than {MOST_MOMENTS} uniform times run beside each other")
        order = [each for each in range(1, density.count + 1) if each in used]
        waiting = {
            clock: (order.index(moment) + 1 if moment else NOW, after)
            for clock, (moment, after) in waiting.items()
        }
        for each in _forgotten(density, unused):
            yield self._in_order(part, moving, over, waiting, each)

    def _is_unbegun(self, clock: int, waiting: dict[int, tuple[int, int]]) -> bool:
        return clock < self.begins_at and (
            self.begins_at + self.graph.instance_of[clock] in waiting
        )

    def _in_order(
        self,
        part: _Part,
        moving: _Moving,
        over: int,
        waiting: dict[int, tuple[int, int]],
        density: Density,
    ) -> _Part:
        """With the moments in the order of their first clocks, each when the first is over of those
        that go back to it: what is the same, looks the same."""
        order: list[int] = []
        for clock in sorted(waiting):
            moment = waiting[clock][0]
            if moment and moment not in order:
                order.append(moment)
                least = min(after for each, after in waiting.values() if each == moment)
                density = density.moved(moment, least)
                for other, (each, after) in waiting.items():
                    if each == moment:
                        waiting = {**waiting, other: (moment, after - least)}
        number = {moment: place for place, moment in enumerate(order, 1)} | {NOW: NOW}
        clocks = tuple(
            (clock, number[moment], after) for clock, (moment, after) in sorted(waiting.items())
        )
        place = _Place(moving.node, moving.memory, over, clocks)
        return _Part(place, density.in_order(order), part.step, part.at_once)


@dataclass(frozen=True, slots=True)
class _Part:
    """Where some runs are, and how likely at which moments what they wait for comes; `step`: the
    first one that came since the last state without moments; `at_once`: no time passed since."""

    place: _Place
    density: Density
    step: int
    at_once: bool

    def plus(self, other: _Part) -> _Part:
        """Together with runs that are at the same place, within the same bounds."""
        density = self.density.plus(other.density)
        return _Part(self.place, density, self.step, self.at_once and other.at_once)

    def by(self, step: int, chance: Fraction) -> _Part:
        """By a step that comes now, with this chance."""
        first = step if self.step == NO_STEP else self.step
        return _Part(self.place, self.density.times(chance), first, self.at_once)


@dataclass(frozen=True, slots=True)
class _Moving:
    """Where runs come to, the clocks that run on (see `_Waiting`), and those that are started."""

    node: int
    memory: int
    over: int
    waiting: dict[int, tuple[int, int]]
    started: Sequence[int]


def _forgotten(density: Density, moments: Sequence[int]) -> Iterator[Density]:
    """Without some moments, the last one first."""
    if not moments:
        yield density
        return
    for each in density.without(moments[0]):
        yield from _forgotten(each, moments[1:])


def _numbers(time: Distribution | None) -> tuple[int, ...]:
    match time:
        case Fixed(each):
            return (each,)
        case Uniform(low, high):
            return low, high
    return ()


def _in_units(time: Distribution | None, unit: int) -> Distribution | None:
    """A time in other units than nanoseconds; None of what takes none."""
    match time:
        case Fixed(each) if each:
            return Fixed(each // unit)
        case Uniform(low, high):
            return Uniform(low // unit, high // unit)
    return None


def _bits(members: Iterable[int]) -> int:
    found = 0
    for each in members:
        found |= 1 << each
    return found


def _members(bits: int) -> list[int]:
    return [each for each in range(bits.bit_length()) if bits >> each & 1]
