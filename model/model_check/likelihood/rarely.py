"""How far off runs are from what breaks a property: the levels by which rare ones are counted.

A run is lost once it breaks the property whatever comes (see `settling`): that is its point of no
return. How many steps it takes at least to come there is the distance of a node.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from ..explore.rows import Rows
from ..language.records import dataclass
from .coming import Coming, PlainRows
from .timed_graph import TimedGraph

__all__ = ["FAR_OFF", "Aim", "aim_at"]

FAR_OFF = (1 << 32) - 1
"""The distance of a node from which no run breaks the property."""


@dataclass(frozen=True, slots=True)
class Aim:
    """`distances[n]`: how many steps it takes at least from node n to where every end breaks the
    property; FAR_OFF where none does. `hopeless`: bits of the memory that are never taken back,
    each of which breaks it. `first`: the largest distance at which runs begin, but FAR_OFF."""

    distances: array[int]
    hopeless: int
    first: int


def aim_at(graph: TimedGraph, moves: Coming, name: str) -> Aim:
    """How far off a property's being broken is, by node; `moves`: what can come in the graph."""
    flags = graph.flags
    mask = flags.masks[name]
    hopeless = mask
    for kept in flags.keep:
        hopeless &= kept
    pairs = _Pairs(graph, moves, mask, hopeless)
    settled = graph.settled
    lost = [
        number
        for number, (node, memory) in enumerate(pairs.known)
        if settled.broken(node, memory) & mask & ~settled.open_bits(node, memory)
    ]
    distances = array("I", [FAR_OFF]) * graph.count
    for number, distance in _steps_to(pairs.rows, lost):
        node, memory = pairs.known[number]
        if not memory & hopeless:
            distances[node] = min(distances[node], distance)
    first = max(
        (distances[node] for node in range(graph.initial) if distances[node] != FAR_OFF),
        default=FAR_OFF,
    )
    return Aim(distances, hopeless, first)


class _Pairs:
    """The nodes that runs come to, each with what is remembered there of one property; nothing
    comes after what is hopeless. `known` are these pairs, by number, and `rows` their
    transitions."""

    def __init__(self, graph: TimedGraph, moves: Coming, mask: int, hopeless: int) -> None:
        flags = graph.flags
        extra = flags.of_transition
        numbers: dict[tuple[int, int], int] = {}
        for node in range(graph.initial):
            numbers.setdefault((node, flags.first[node] & mask), len(numbers))
        self.known = [*numbers]
        begins, targets = array("q", [0]), array("q")
        for node, memory in self.known:  # grows meanwhile
            for place in moves.of(node) if not memory & hopeless else ():
                target = moves.targets[place]
                added = 0 if extra is None else extra[moves.places[place]]
                after = ((memory | added) & flags.keep[target] | flags.found[target]) & mask
                pair = (target, after)
                if pair not in numbers:
                    numbers[pair] = len(numbers)
                    self.known.append(pair)
                targets.append(numbers[pair])
            begins.append(len(targets))
        self.rows: Rows = PlainRows(begins, targets, bytes(len(targets)))


def _steps_to(rows: Rows, goals: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Each node from which a goal can be reached, and in how many steps at least."""
    before: list[list[int]] = [[] for _ in range(rows.count)]
    for node, target, _ in rows.edges():
        before[target].append(node)
    reached = dict.fromkeys(goals, 0)
    waiting = [*reached]
    for node in waiting:  # grows meanwhile
        for source in before[node]:
            if source not in reached:
                reached[source] = reached[node] + 1
                waiting.append(source)
    return reached.items()
