"""From when on it is known what becomes of a run, although it goes on: perhaps for ever.

Each bit of a run's memory says of a property whether it would be broken if nothing changed any
more: where a run ends, or stays for ever, with the bit set, or comes back to that for ever. A bit
is decided at a node where all runs from there on, in whatever order steps come, end in the same
answer. Of runs without an end only those count in which time goes on: a step that can come all the
while, and whose clock is not started anew, comes in the end. Where steps can go round that take no
time, nothing is decided before.

All bits are looked at together, as masks: of each node what may become of a run that is there with
the bit set, and with the bit clear.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

from ..explore.components import components_of
from ..language.records import dataclass
from ..language.tree.timing import Distribution, Fixed, FromLog
from .coming import Coming, can_reach
from .timed_graph import ENDING, Clock, Flags, Renewals, Settled

__all__ = ["Acting", "settle", "takes_no_time"]

ALL = ENDING - 1
"""Every bit of a memory."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts by which step, and when: the clocks, instances, starts and renewals of a timed
    graph."""

    clocks: Sequence[Clock]
    instance_of: Sequence[int]
    starts: Sequence[Sequence[int]]
    renewals: Renewals | None = None


def settle(
    moves: Coming, reached: Sequence[int], flags: Flags, acting: Acting, restless: Sequence[int]
) -> Settled:
    """What is known of runs at each node. `moves`: what can come; `reached[n]`: 1 where runs may
    come to node n; `restless[n]`: 1 where it is open which ending a run comes to from there."""
    product = _Product(moves, flags)
    ends = [node for node in range(moves.count) if not moves.of(node)]
    broken, kept = _Fates(moves.count), _Fates(moves.count)
    for node in ends:
        broken.if_set[node] = kept.if_clear[node] = ALL
    stuck = _Rounds(product, reached, acting).note(broken, kept)
    product.spread(broken)
    product.spread(kept)
    may_stick = can_reach(moves, stuck) if stuck else bytearray(moves.count)
    found = Settled.blank(moves.count)
    for node in range(moves.count):
        doubt = ALL if may_stick[node] else 0
        ending = ENDING if restless[node] else 0
        found.open_if_set[node] = broken.if_set[node] & kept.if_set[node] | doubt | ending
        found.open_if_clear[node] = broken.if_clear[node] & kept.if_clear[node] | doubt | ending
        found.broken_if_set[node] = broken.if_set[node] & ~kept.if_set[node]
        found.broken_if_clear[node] = broken.if_clear[node] & ~kept.if_clear[node]
    decided = _Fates(moves.count)
    for node in range(moves.count):
        decided.if_set[node] = ALL & ~found.open_if_set[node]
        decided.if_clear[node] = ALL & ~found.open_if_clear[node]
    product.spread(decided)
    for node in range(moves.count):
        found.never_if_set[node] = ALL & ~decided.if_set[node]
        found.never_if_clear[node] = ALL & ~decided.if_clear[node]
    return found.with_possible(
        broken.if_set[node] & memory | broken.if_clear[node] & ~memory
        for node, memory in enumerate(flags.first)
    )


class _Fates:
    """Of each node the bits for which something may be so, if they are set there, and if they are
    clear."""

    def __init__(self, count: int) -> None:
        self.if_set = array("q", [0]) * count
        self.if_clear = array("q", [0]) * count

    def add(self, node: int, if_set: int, if_clear: int) -> bool:
        """Note bits; whether any is new."""
        new = if_set & ~self.if_set[node] | if_clear & ~self.if_clear[node]
        if new:
            self.if_set[node] |= if_set
            self.if_clear[node] |= if_clear
        return bool(new)


class _Product:
    """What can come, with what becomes of each bit by it."""

    def __init__(self, moves: Coming, flags: Flags) -> None:
        self.moves = moves
        extra = flags.of_transition
        keep, found, targets = flags.keep, flags.found, moves.targets
        self.set_stays = array("q", [(keep[n] | found[n]) & ALL for n in targets])
        """By place: the bits that are set behind it if they were set before ..."""
        self.clear_sets = array("q", [found[n] & ALL for n in targets])
        """... and if they were clear."""
        if extra is not None:
            for place, target in enumerate(targets):
                self.clear_sets[place] |= extra[moves.places[place]] & keep[target] & ALL
        self.returning = flags.returning
        self.node_of = array("I", [0]) * len(targets)
        self.leading_to: list[list[int]] = [[] for _ in range(moves.count)]
        for node in range(moves.count):
            for place in moves.of(node):
                self.node_of[place] = node
                self.leading_to[targets[place]].append(place)

    def spread(self, fates: _Fates) -> None:
        """Note of each node what may be so somewhere behind it."""
        if_set, if_clear = fates.if_set, fates.if_clear
        waiting = [node for node in range(self.moves.count) if if_set[node] | if_clear[node]]
        is_waiting = bytearray(self.moves.count)
        for node in waiting:
            is_waiting[node] = 1
        while waiting:
            target = waiting.pop()
            is_waiting[target] = 0
            there, other = if_set[target], if_clear[target]
            for place in self.leading_to[target]:
                node = self.node_of[place]
                stays, sets = self.set_stays[place], self.clear_sets[place]
                new = fates.add(node, stays & there | ~stays & other, sets & there | ~sets & other)
                if new and not is_waiting[node]:
                    is_waiting[node] = 1
                    waiting.append(node)


class _Rounds:
    """Where runs can go round, and what becomes of them if they do so for ever."""

    def __init__(self, product: _Product, reached: Sequence[int], acting: Acting) -> None:
        self.product, self.moves = product, product.moves
        self.components = product.moves.components(reached)
        steps, instances = range(len(acting.clocks)), 1 + max(acting.instance_of, default=0)
        own = [not each.since_possible or each.every for each in acting.clocks]
        self.asks = [
            1 << (acting.instance_of[step] if own[step] else instances + step) for step in steps
        ]
        """By step, as a bit: who cannot wait for ever while it can come. An instance acts; but what
        waits for nobody is forgotten where it cannot come, so there it is the step itself."""
        self.serves = [
            sum(1 << each for each in acting.starts[step]) | 1 << instances + step for step in steps
        ]
        """By step, as bits: whose clocks it starts anew, whichever of its transitions comes."""
        self.renewals = acting.renewals
        self.renews = [
            sum(1 << instances + step for step in each)
            for each in (() if acting.renewals is None else acting.renewals.steps)
        ]
        """The same of what a transition starts beside that, by its number among the renewals."""
        self.at_once = bytearray(takes_no_time(each.time) for each in acting.clocks)

    def note(self, broken: _Fates, kept: _Fates) -> list[int]:
        """Note what becomes of runs that go round for ever. The nodes where they can without that
        time passes."""
        of, moves = self.components.of, self.moves
        stuck: list[int] = []
        for number in range(1, self.components.count + 1):
            nodes = self.components.members(number)
            places = [
                place
                for node in nodes
                for place in moves.of(node)
                if of[moves.targets[place]] == number
            ]
            timeless = [place for place in places if self.at_once[moves.steps[place]]]
            for round_, _ in self._rounds(timeless):
                stuck.extend(round_)
            self._note(nodes, places, broken, kept)
        return stuck

    def _note(
        self, nodes: Sequence[int], places: Sequence[int], broken: _Fates, kept: _Fates
    ) -> None:
        if not self._goes_on(nodes, places):
            return
        product = self.product
        sets = clears = 0
        for place in places:
            sets |= product.clear_sets[place]
            clears |= ALL & ~product.set_stays[place]
        turning = sets & clears
        for node in nodes:
            # What is never cleared there stays set, and what is never set stays clear; what changes
            # again and again is set again and again, and clear.
            often = turning & product.returning
            broken.add(node, ALL & ~clears | often, often)
            often = turning & ~product.returning
            kept.add(node, often, ALL & ~sets | often)
        for bit in _bits(clears & ~(turning & product.returning)):
            staying = [place for place in places if product.set_stays[place] & bit]
            for round_, inside in self._rounds(staying):
                if self._goes_on(round_, inside):
                    for node in round_:
                        broken.add(node, bit, 0)
        for bit in _bits(sets & ~(turning & ~product.returning)):
            staying = [place for place in places if not product.clear_sets[place] & bit]
            for round_, inside in self._rounds(staying):
                if self._goes_on(round_, inside):
                    for node in round_:
                        kept.add(node, 0, bit)

    def _goes_on(self, nodes: Iterable[int], places: Iterable[int]) -> bool:
        """Whether time can go on while a run goes round these nodes by these transitions."""
        steps = self.moves.steps
        waiting, served = -1, 0
        for node in nodes:
            asking = 0
            for place in self.moves.of(node):
                asking |= self.asks[steps[place]]
            waiting &= asking
        for place in places:
            served |= self.serves[steps[place]]
            if self.renewals is not None:
                served |= self.renews[self.renewals.of[self.moves.places[place]]]
        return not waiting & ~served

    def _rounds(self, places: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
        """What goes round by some transitions alone: nodes, and the transitions among them."""
        number: dict[int, int] = {}
        nodes: list[int] = []
        for place in places:
            for node in (self.product.node_of[place], self.moves.targets[place]):
                if number.setdefault(node, len(nodes)) == len(nodes):
                    nodes.append(node)
        behind: list[list[int]] = [[] for _ in nodes]
        for place in places:
            behind[number[self.product.node_of[place]]].append(place)
        begins, targets = array("q", [0]), array("q")
        for each in behind:
            targets.extend(number[self.moves.targets[place]] for place in each)
            begins.append(len(targets))
        found = components_of(begins, targets, None)
        for one in range(1, found.count + 1):
            members = found.members(one)
            inside = [
                place
                for member in members
                for place in behind[member]
                if found.of[number[self.moves.targets[place]]] == one
            ]
            yield [nodes[member] for member in members], inside


def takes_no_time(time: Distribution | None) -> bool:
    """Whether what takes this time never takes any."""
    match time:
        case None | Fixed(0):
            return True
        case FromLog(times):
            return not any(times)
    return False


def _bits(mask: int) -> Iterator[int]:
    while mask:
        bit = mask & -mask
        mask ^= bit
        yield bit
