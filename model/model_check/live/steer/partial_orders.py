"""From complete runs to the orders in which what a proxy sees of them can come.

Of a run, each visible step knows those before it that it depends on, directly or by way of others,
seen or not: for each process instance, how many of its visible steps (Mattern, Virtual time and
global states of distributed systems, 1989). Two runs whose steps look the same and know the same
have one order. Of the sequences in which it can come one is in normal form: always the step
of the first instance that can come now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, permutations
from operator import le

from .complete_runs import INVISIBLE, CompleteRuns
from .dependence import Dependence, Touch

__all__ = ["Place", "Read", "Seen", "VisibleOrders", "VisibleWords", "sequences_of"]

MOST_RANKS = 24
"""Ranks of instances that are tried for another sequence: all of four."""
Clock = tuple[int, ...]
"""For each instance that is seen, how many of its visible steps are known."""
Seen = tuple[int, int, Clock]
"""A visible step: its instance, by its number among those that are seen; its label; and what
came before it."""
Cell = tuple[Clock, Clock]
"""What was known to the last who wrote it, and to all who read it since."""
Queue = tuple[Clock, Clock, tuple[Clock, ...]]
"""What was known to the last who put something, to the last who took something, and to who put
each item that is in it."""
Place = tuple[int, tuple[Clock, ...], tuple[Cell, ...], tuple[Queue, ...]]
"""A state, and what is known in it: to the instances, and through the cells and queues."""
Read = tuple[Clock, tuple[Clock, ...]]
"""How many steps of each instance were read, and for each instance how many there were before the
last one of an instance behind it: () where there was none."""


class VisibleWords:
    """What is seen of complete runs, one after the other; of who knows what, nothing."""

    def __init__(self, runs: CompleteRuns) -> None:
        self.runs = runs
        self.starts = runs.starts
        self.nothing = 0

    def moves(self, place: int) -> Iterator[tuple[int | None, int, int]]:
        runs = self.runs
        for each in runs.moves(place):
            label = runs.label(place, each)
            yield (None if label == INVISIBLE else label), each, runs.targets[each]

    def is_end(self, place: int) -> bool:
        return place in self.runs.ends

    def least(self, place: int) -> int:
        return self.runs.seen_left[place]

    def read(self, before: int, _letter: int) -> int:
        return before


class VisibleOrders:
    """The orders of what is seen, each as its sequence in normal form."""

    def __init__(self, runs: CompleteRuns) -> None:
        self.runs = runs
        self.dependence = Dependence(runs)
        seen = {
            runs.instance(place)
            for number, place in runs.edges()
            if runs.label(number, place) != INVISIBLE
        }
        self.instances = tuple(sorted(seen))
        """Those that are seen."""
        self._seen = {instance: v for v, instance in enumerate(self.instances)}
        self._zero: Clock = (0,) * len(self.instances)
        self.nothing: Read = (self._zero, ((),) * len(self.instances))
        self._touches = [self.dependence.touch(place, n) for n, place in runs.edges()]

    @cached_property
    def starts(self) -> list[Place]:
        zero, dependence = self._zero, self.dependence
        return [
            (
                number,
                (zero,) * len(self.runs.space.machine.instances),
                ((zero, zero),) * len(dependence.cells),
                tuple((zero, zero, (zero,) * items) for items in dependence.items(number)),
            )
            for number in self.runs.starts
        ]

    def is_end(self, place: Place) -> bool:
        return place[0] in self.runs.ends

    def least(self, place: Place) -> int:
        return self.runs.seen_left[place[0]]

    def moves(self, place: Place) -> Iterator[tuple[Seen | None, int, Place]]:
        runs = self.runs
        for each in runs.moves(place[0]):
            touch = self._touches[each]
            label = runs.label(place[0], each)
            past = _known(touch, place)
            clock, letter = past, None
            if label != INVISIBLE:
                seen = self._seen[touch.instance]
                letter = (seen, label, past)
                clock = (*past[:seen], past[seen] + 1, *past[seen + 1 :])
            yield letter, each, self._told(place, touch, clock, runs.targets[each])

    def _told(self, place: Place, touch: Touch, clock: Clock, target: int) -> Place:
        """What is known after a step, to which `clock` is known."""
        _, knowing, cells, queues = place
        mine = touch.instance
        knowing = (*knowing[:mine], clock, *knowing[mine + 1 :])
        if touch.reads or touch.writes:
            changed = list(cells)
            for cell in touch.reads:
                changed[cell] = (cells[cell][0], _join(cells[cell][1], clock))
            for cell in touch.writes:
                changed[cell] = (clock, self._zero)
            cells = tuple(changed)
        if touch.takes or touch.puts:
            holding = list(queues)
            for queue in touch.takes:
                put, _, items = holding[queue]
                holding[queue] = (put, clock, items[1:])
            for queue, number in touch.puts:
                _, taken, items = holding[queue]
                holding[queue] = (clock, taken, (*items, *(clock,) * number))
            queues = tuple(holding)
        return (target, knowing, cells, queues)

    def read(self, before: Read, letter: Seen) -> Read | None:
        """None where the step could have come before one of an instance behind its own."""
        done, behind = before
        instance, _, past = letter
        last = behind[instance]
        if last and _within(past, last):
            return None
        return (
            (*done[:instance], done[instance] + 1, *done[instance + 1 :]),
            (*(done,) * instance, *behind[instance:]),
        )


def sequences_of(letters: Sequence[Seen]) -> Iterator[tuple[Seen, ...]]:
    """Sequences of the order that one shows: for each rank of the instances that in which always
    the first one comes that can; not those of too many ranks."""
    waiting: dict[int, list[Seen]] = {}
    for letter in letters:
        waiting.setdefault(letter[0], []).append(letter)
    for rank in islice(permutations(waiting), MOST_RANKS):
        yield tuple(_in_rank(waiting, rank, letters))


def _in_rank(
    waiting: Mapping[int, Sequence[Seen]], rank: Sequence[int], letters: Sequence[Seen]
) -> Iterator[Seen]:
    done = [0] * len(letters[0][2]) if letters else []
    for _ in letters:
        for instance in rank:
            left = waiting[instance][done[instance] :]
            if left and _within(left[0][2], done):
                done[instance] += 1
                yield left[0]
                break


def _known(touch: Touch, place: Place) -> Clock:
    """What a step depends on."""
    _, knowing, cells, queues = place
    clock = knowing[touch.instance]
    for cell in touch.reads:
        clock = _join(clock, cells[cell][0])
    for cell in touch.writes:
        clock = _join(_join(clock, cells[cell][0]), cells[cell][1])
    for queue in touch.takes:
        clock = _join(_join(clock, queues[queue][1]), queues[queue][2][0])
    for queue, _ in touch.puts:
        clock = _join(clock, queues[queue][0])
    return clock


def _within(one: Clock, other: Sequence[int]) -> bool:
    """Whether all that is known to the one is known to the other."""
    return all(map(le, one, other))


def _join(one: Clock, other: Clock) -> Clock:
    if one == other:
        return one
    return tuple(map(max, one, other))
