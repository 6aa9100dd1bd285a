"""A smaller automaton that accepts the same words.

In: the edges of each state, state 0 the initial one. Out: the same, with fewer of them. Rounds of
these are done until nothing changes:

- states from which no run accepts are dropped, and marks of edges that no cycle has;
- states that simulate each other become one, and of a state's edges those are dropped beside which
  another one can be taken whenever they can, that accepts more: Etessami, Holzmann, Optimizing
  Buechi Automata, CONCUR 2000; Bustan, Grumberg, Simulation-based minimization, ACM TOCL 2003. In
  large automata, only states with equal edges become one;
- acceptance sets that are met wherever another one is are dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeAlias

from .buechi import Edge

__all__ = ["reduced"]

Edges: TypeAlias = list[list[Edge]]

MOST_COMPARED = 400
"""Edges of an automaton whose states are compared each with each: a tenth of a second a round."""


def reduced(edges: Edges, acceptance: int) -> tuple[tuple[tuple[Edge, ...], ...], int]:
    """The edges of a smaller automaton, and how many acceptance sets are left."""
    edges, acceptance = _stable(edges, acceptance)
    # Once the components are known in the end, each may number its sets anew.
    edges, acceptance = _stable(*_own_sets(edges, acceptance))
    return tuple(map(tuple, edges)), acceptance


def _stable(edges: Edges, acceptance: int) -> tuple[Edges, int]:
    """All that makes an automaton smaller, until nothing does."""
    size = _size(edges, acceptance)
    while True:
        edges = _accepting(edges, acceptance)
        edges, acceptance = _common_sets(edges, acceptance)
        edges = _merged(edges)
        if sum(map(len, edges)) <= MOST_COMPARED:
            edges = _simulated(edges)
        edges = _renumbered([_joined(each) for each in edges])
        before, size = size, _size(edges, acceptance)
        if size >= before:
            return edges, acceptance


def _size(edges: Edges, acceptance: int) -> tuple[int, ...]:
    """What gets smaller."""
    every = [edge for out in edges for edge in out]
    literals = sum((edge.must | edge.must_not).bit_count() for edge in every)
    return len(edges), len(every), acceptance, literals, sum(e.marks.bit_count() for e in every)


# --- cycles --------------------------------------------------------------------------------------


def _reach(edges: Edges) -> list[int]:
    """The states that each state leads to, by one edge or more, as masks."""
    reach = [0] * len(edges)
    changed = True
    while changed:
        changed = False
        # Most edges lead to larger numbers, so that this order needs few rounds.
        for state in range(len(edges) - 1, -1, -1):
            mask = reach[state]
            for edge in edges[state]:
                mask |= reach[edge.target] | 1 << edge.target
            changed |= mask != reach[state]
            reach[state] = mask
    return reach


def _accepting_components(edges: Edges, reach: list[int], acceptance: int) -> list[int]:
    """For each state the strongly connected component that it is in, as a mask, if some run can
    stay in it and accept; else 0."""
    components = [0] * len(edges)
    for state, mask in enumerate(reach):
        if mask >> state & 1 and not components[state]:
            inside = sum(1 << each for each in _bits(mask) if reach[each] >> state & 1)
            for each in _bits(inside):
                components[each] = inside
    marks = dict.fromkeys(components, 0)
    for state, inside in enumerate(components):
        for edge in edges[state]:
            if inside >> edge.target & 1:
                marks[inside] |= edge.marks
    all_marks = (1 << acceptance) - 1
    return [inside if marks[inside] == all_marks else 0 for inside in components]


def _accepting(edges: Edges, acceptance: int) -> Edges:
    """Without edges to states from which no run accepts; marks on the edges of accepting cycles
    only, for a run takes all others finitely often, or in vain."""
    reach = _reach(edges)
    components = _accepting_components(edges, reach, acceptance)
    alive = sum(1 << state for state, inside in enumerate(components) if inside)
    return [
        [
            Edge(e.must, e.must_not, e.target, e.marks if components[state] >> e.target & 1 else 0)
            for e in out
            if reach[e.target] & alive
        ]
        for state, out in enumerate(edges)
    ]


def _bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


# --- acceptance sets -----------------------------------------------------------------------------


def _common_sets(edges: Edges, acceptance: int) -> tuple[Edges, int]:
    """Without the acceptance sets that are needed in no component."""
    components = _accepting_components(edges, _reach(edges), acceptance)
    inside = {
        edge.marks
        for state, out in enumerate(edges)
        for edge in out
        if components[state] >> edge.target & 1
    }
    needed = _needed(inside, acceptance)
    if not needed and _rejects(edges, components):
        needed = [0]
    return [
        [Edge(e.must, e.must_not, e.target, _picked(e.marks, needed)) for e in out] for out in edges
    ], len(needed)


def _own_sets(edges: Edges, acceptance: int) -> tuple[Edges, int]:
    """With the acceptance sets of each component numbered from 0 on, as many as it needs. Where
    another one needs more, its edges are in those too."""
    components = _accepting_components(edges, _reach(edges), acceptance)
    inside: dict[int, set[int]] = {each: set() for each in components if each}
    for state, out in enumerate(edges):
        for edge in out:
            if components[state] >> edge.target & 1:
                inside[components[state]].add(edge.marks)
    needed = {each: _needed(marks, acceptance) for each, marks in inside.items()}
    most = max(map(len, needed.values()), default=0) or int(_rejects(edges, components))

    def marks(state: int, edge: Edge) -> int:
        component = components[state]
        if not component >> edge.target & 1:
            return 0
        own = needed[component]
        rest = (1 << most) - (1 << len(own))
        return _picked(edge.marks, own) | rest

    return [
        [Edge(e.must, e.must_not, e.target, marks(state, e)) for e in out]
        for state, out in enumerate(edges)
    ], most


def _rejects(edges: Edges, components: list[int]) -> bool:
    """Whether a run can go on for ever outside of the accepting components. Then one acceptance
    set is needed that holds all edges of these, so that it rejects."""
    outside = sum(1 << state for state, inside in enumerate(components) if not inside)
    reach = _reach(
        [
            [e for e in out if outside >> e.target & 1 and not components[state]]
            for state, out in enumerate(edges)
        ]
    )
    return any(mask >> state & 1 for state, mask in enumerate(reach))


def _needed(marks: Collection[int], acceptance: int) -> list[int]:
    """The acceptance sets that are not met anyhow, where these are the marks of all edges: by
    every edge, or by all edges of another set."""
    needed = [each for each in range(acceptance) if not all(mask >> each & 1 for mask in marks)]
    for each in [*needed]:
        rest = [other for other in needed if other != each]
        if any(all(mask >> each & 1 for mask in marks if mask >> other & 1) for other in rest):
            needed = rest
    return needed


def _picked(marks: int, needed: list[int]) -> int:
    return sum((marks >> old & 1) << new for new, old in enumerate(needed))


# --- states --------------------------------------------------------------------------------------


def _merged(edges: Edges) -> Edges:
    """States whose edges are equal, up to what is merged, become one: the coarsest such partition,
    by refinement."""
    classes, count = [0] * len(edges), 1
    while True:
        numbers: dict[tuple[int, frozenset[tuple[int, ...]]], int] = {}
        refined = []
        for state, out in enumerate(edges):
            looks = frozenset((e.must, e.must_not, classes[e.target], e.marks) for e in out)
            refined.append(numbers.setdefault((classes[state], looks), len(numbers)))
        classes = refined
        if len(numbers) == count:
            return _quotient(edges, classes)
        count = len(numbers)


def _quotient(edges: Edges, classes: list[int]) -> Edges:
    """One state for each class, with the edges of its first member. The class of state 0 is 0."""
    first = {number: state for state, number in reversed([*enumerate(classes)])}
    return [
        [
            *dict.fromkeys(
                Edge(e.must, e.must_not, classes[e.target], e.marks) for e in edges[first[number]]
            )
        ]
        for number in range(len(first))
    ]


def _simulated(edges: Edges) -> Edges:
    """States that simulate each other become one; edges beside better ones are dropped."""
    better = _simulation(edges)
    numbers: dict[int, int] = {}
    classes, leaders = [], []
    for state in range(len(edges)):
        leader = next(t for t in _bits(better[state]) if better[t] >> state & 1)
        if leader not in numbers:
            leaders.append(leader)
        classes.append(numbers.setdefault(leader, len(numbers)))
    merged = _quotient(edges, classes)
    # One leader simulates another: no two do so each way.
    best = [
        sum(1 << number for number, leader in enumerate(leaders) if better[each] >> leader & 1)
        for each in leaders
    ]
    return [
        [e for e in out if not any(f != e and _beats(f, e, best) for f in out)] for out in merged
    ]


def _simulation(edges: Edges) -> list[int]:
    """The largest direct simulation: for each state the mask of those that can do, step by step,
    all that it does, with all its marks."""
    better = [(1 << len(edges)) - 1] * len(edges)
    changed = True
    while changed:
        changed = False
        for state, out in enumerate(edges):
            for other in _bits(better[state] & ~(1 << state)):
                if not all(any(_beats(f, e, better) for f in edges[other]) for e in out):
                    better[state] &= ~(1 << other)
                    changed = True
    return better


def _beats(edge: Edge, other: Edge, better: list[int]) -> bool:
    """Whether an edge can be taken whenever another can, with its marks, to a state as good."""
    return (
        not edge.must & ~other.must
        and not edge.must_not & ~other.must_not
        and not other.marks & ~edge.marks
        and better[other.target] >> edge.target & 1 == 1
    )


# --- edges ---------------------------------------------------------------------------------------

MOST_PAIRED = 64
"""Guards of edges with one target and equal marks that are compared each with each."""


def _joined(out: list[Edge]) -> list[Edge]:
    """Fewer and weaker guards that together allow the same letters, to each target."""
    groups: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for edge in out:
        groups.setdefault((edge.target, edge.marks), set()).add((edge.must, edge.must_not))
    return [
        Edge(must, must_not, target, marks)
        for (target, marks), guards in groups.items()
        for must, must_not in _weakened(guards)
    ]


def _weakened(guards: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of `p & q` and `!p`, the first is as good as `q`: an atom is left out of a guard where the
    guard with the opposite is covered."""
    waiting = sorted(guards)
    while waiting:
        must, must_not = guard = waiting.pop()
        if guard not in guards:
            continue
        for bit in _bits(must | must_not):
            mask = 1 << bit
            if _covered((must ^ mask, must_not ^ mask), guards):
                weaker = (must & ~mask, must_not & ~mask)
                guards = {each for each in guards if not _covers(weaker, each)} | {weaker}
                waiting = sorted(guards)
                break
    return sorted(guards)


def _covered(guard: tuple[int, int], guards: set[tuple[int, int]]) -> bool:
    """Whether one of the guards allows all that a guard allows; among many, only an equal one is
    looked for."""
    if len(guards) > MOST_PAIRED:
        return guard in guards
    return any(_covers(each, guard) for each in guards)


def _covers(guard: tuple[int, int], other: tuple[int, int]) -> bool:
    return not guard[0] & ~other[0] and not guard[1] & ~other[1]


def _renumbered(edges: Edges) -> Edges:
    """The states that the initial one leads to, numbered in breadth-first order; edges sorted."""
    numbers = {0: 0}
    order = [0]
    found: Edges = []
    for state in order:
        out = sorted(edges[state], key=lambda e: (e.must, e.must_not, e.marks, e.target))
        for edge in out:
            if edge.target not in numbers:
                numbers[edge.target] = len(order)
                order.append(edge.target)
        found.append([Edge(e.must, e.must_not, numbers[e.target], e.marks) for e in out])
    return found
