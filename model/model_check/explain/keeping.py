"""What becomes of facts along a run: what the searches carry beside each node.

A fact is open until one of its events decides it: kept, once the first happens, and broken, once
the second does. At the end of a run, or in a round that goes on for ever, an open one is kept
exactly if it says no more than that its second event does not happen. So a few numbers say all of
a run that counts for some sets of facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..symbolic.facts import Fact, pairs_of
from .runs import RunGraph

__all__ = ["BROKEN", "Keeping"]

BROKEN = -1
"""Instead of the bits of a set's open facts: one of them is broken."""


@dataclass(frozen=True, slots=True)
class _Status:
    """Of each set the facts that are still open, as bits (0: the whole set is kept), or
    BROKEN; and how often what is named has happened of which a later occurrence counts."""

    sets: tuple[int, ...]
    counts: tuple[int, ...]


_Role = tuple[int, int, int, bool]
"""Occurrence, set, bit, and whether it is the first event of the fact."""


def _open_bits(roles: Sequence[_Role]) -> tuple[tuple[int, int], ...]:
    """Of each set that a label plays a role in, the facts that it does."""
    found: dict[int, int] = {}
    for _, i, bit, _ in roles:
        found[i] = found.get(i, 0) | bit
    return tuple(found.items())


class _Following(dict[int, int]):
    """What follows a status, for each label that was asked about."""

    def __init__(self, keeping: Keeping, status: int) -> None:
        self._keeping, self._status = keeping, status

    def __missing__(self, label: int) -> int:
        found = self[label] = self._keeping.next(self._status, label)
        return found


class Keeping:
    """What becomes of sets of facts along a run. A status is known by its number; the last set
    is `wanted`, the others are not."""

    def __init__(
        self, graph: RunGraph, wanted: Sequence[Fact], unwanted: Sequence[Sequence[Fact]] = ()
    ) -> None:
        sets = [[*pairs_of(facts)] for facts in (*unwanted, wanted)]
        self.named = sorted({e.label for pairs in sets for pair in pairs for e in pair if e})
        place = {label: i for i, label in enumerate(self.named)}
        self.roles: list[list[_Role]] = [[] for _ in self.named]
        self.never: list[int] = []
        """Of each set the facts that are kept if they stay open."""
        for i, pairs in enumerate(sets):
            never = 0
            for bit, (first, second) in enumerate(pairs):
                for event, leads in ((first, True), (second, False)):
                    if event is not None:
                        self.roles[place[event.label]].append((event.number, i, 1 << bit, leads))
                if first is None:
                    never |= 1 << bit
            self.never.append(never)
        self.most = [max(role[0] for role in roles) for roles in self.roles]
        self.open = [_open_bits(roles) for roles in self.roles]
        self.at: dict[int, list[int]] = {}
        """By number of a label of the graph, what it is one of."""
        for i, label in enumerate(self.named):
            for number in graph.covered(label):
                self.at.setdefault(number, []).append(i)
        start = _Status(tuple((1 << len(pairs)) - 1 for pairs in sets), (0,) * len(self.named))
        self.statuses = [self._settled(start)]
        self._numbers = {self.statuses[0]: 0}
        self._after: list[_Following] = []

    def following(self, status: int) -> Mapping[int, int]:
        """By number of a label the status that it leads to, or BROKEN where what is wanted is
        broken by it, or what is not wanted is kept for certain."""
        while len(self._after) <= status:
            self._after.append(_Following(self, len(self._after)))
        return self._after[status]

    def next(self, status: int, label: int) -> int:
        """The status that a label leads to, or BROKEN (see `following`)."""
        if label not in self.at:
            return status
        after = self._happened(self.statuses[status], self.at[label])
        if after.sets[-1] == BROKEN or 0 in after.sets[:-1]:
            return BROKEN
        number = self._numbers.setdefault(after, len(self.statuses))
        if number == len(self.statuses):
            self.statuses.append(after)
        return number

    def _happened(self, status: _Status, named: Sequence[int]) -> _Status:
        sets, counts = list(status.sets), list(status.counts)
        breaks = []
        for place in named:
            if counts[place] < self.most[place]:
                counts[place] += 1
                for occurrence, i, bit, leads in self.roles[place]:
                    if occurrence == counts[place] and sets[i] != BROKEN and sets[i] & bit:
                        if leads:
                            sets[i] &= ~bit
                        else:
                            breaks.append((i, bit))
        for i, bit in breaks:
            # One event may be both of a fact: then the first has happened.
            if sets[i] != BROKEN and sets[i] & bit:
                sets[i] = BROKEN
        return self._settled(_Status(tuple(sets), tuple(counts)))

    def _settled(self, status: _Status) -> _Status:
        """Without counting for what is decided."""
        sets = status.sets
        counts = tuple(
            count if any(sets[i] != BROKEN and sets[i] & bits for i, bits in each) else most
            for count, each, most in zip(status.counts, self.open, self.most, strict=True)
        )
        return _Status(sets, counts)

    def fits(self, status: int) -> bool:
        """Whether a run that ends so keeps all that is wanted, and no set that is not."""
        *others, wanted = (
            left != BROKEN and not left & ~never
            for left, never in zip(self.statuses[status].sets, self.never, strict=True)
        )
        return wanted and not any(others)
