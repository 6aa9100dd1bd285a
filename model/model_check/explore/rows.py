"""Rows of transitions, and what is asked of them when runs have no end: what can be reached, what
goes round, and what is possible and what happens there.

A node is a state, or a state together with the place of an automaton that reads along. Nodes are
numbered, and so are the kinds of transitions (the steps of a machine). These are the plain answers
in Python; compiled code gives the same ones faster, and is compared with them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from ..language.records import dataclass
from .components import Components, components_of
from .demands import AGAIN, FAIR, Aim, Demands, Fairness, Summary
from .letters import Letters, Reading

__all__ = ["UNREACHED", "Marks", "Pairs", "Reached", "Rows"]

Marks = list[int] | bytearray | memoryview
"""Of nodes by number, to be changed."""
UNREACHED = (1 << 32) - 1
"""No node has this number."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What can be reached from some roots: `parents[n]` is the node that n is reached from first
    (n itself for a root, UNREACHED where it is not reached); `order` are the nodes in the order in
    which they are, and `levels` where each distance begins in it. `found[n]` is 1 where n is
    reached, else 0; None: all are."""

    parents: Sequence[int]
    order: Sequence[int]
    levels: Sequence[int]
    found: Sequence[int] | None = None

    def distance(self, place: int) -> int:
        """How far the node at a place of the order is."""
        return bisect_right(self.levels, place) - 1


class Rows:
    """The transitions of node n stand from `begins[n]` to `begins[n + 1]`: `targets` are nodes,
    `steps` kinds of transitions."""

    begins: Sequence[int]
    targets: Sequence[int]
    steps: Sequence[int]

    @property
    def count(self) -> int:
        """How many nodes there are."""
        return len(self.begins) - 1

    def of(self, number: int) -> range:
        """The places of a node's transitions."""
        return range(self.begins[number], self.begins[number + 1])

    def edges(self) -> Iterator[tuple[int, int, int]]:
        """(node, successor, step)."""
        for number in range(self.count):
            for place in self.of(number):
                yield number, self.targets[place], self.steps[place]

    def before(self, number: int) -> Sequence[int]:
        """The nodes that a node is a successor of, one for each transition."""
        begins, sources = self._sources
        return sources[begins[number] : begins[number + 1]]

    @cached_property
    def _sources(self) -> tuple[Sequence[int], Sequence[int]]:
        """Where each node's sources begin, and the sources."""
        begins = array("q", [0]) * len(self.begins)
        for target in self.targets:
            begins[target + 1] += 1
        for number in range(self.count):
            begins[number + 1] += begins[number]
        free = begins[:]
        sources = array("I", [0]) * len(self.targets)
        for number, target, _ in self.edges():
            sources[free[target]] = number
            free[target] += 1
        return begins, sources

    def leading_to(self, roots: Sequence[int], keep: Sequence[int] | None = None) -> Sequence[int]:
        """1 for each node from which one of the `roots` can be reached, by way of nodes that are
        kept alone, both ends included; else 0."""
        found = bytearray(self.count)
        todo = [node for node, each in enumerate(roots) if each and (keep is None or keep[node])]
        for node in todo:
            found[node] = 1
        while todo:
            for node in self.before(todo.pop()):
                if not found[node] and (keep is None or keep[node]):
                    found[node] = 1
                    todo.append(node)
        return found

    def flag(self, found: Components, wanted: Sequence[int], flags: Marks) -> None:
        """Set to 1 the flags of the nodes of components that are wanted: of those whose number has
        a 1 in `wanted`, at 0 that of the nodes which go round in none."""
        for node, number in enumerate(found.of):
            if wanted[number] == 1:
                flags[node] = 1

    # --- nodes, by what can happen there and what their states say ------------------------------

    def marks(self, of_step: Sequence[int], most: int) -> Marks:
        """For each node, the marks of its transitions: of step k, `of_step[k]`. `most`: a number
        that has all marks that will ever be there."""
        found = [0] * self.count
        steps = self.steps
        for number in range(self.count):
            for place in self.of(number):
                found[number] |= of_step[steps[place]]
        return found

    def accept(
        self,
        marks: Marks,
        letters: Letters,
        readings: Sequence[Reading],
        shift: int,
    ) -> None:
        """Add to the marks of each node, which is a state, those of what can be read there,
        `shift` bits higher."""
        for number, letter in enumerate(letters.of):
            for wanted, _, own in readings:
                if letter & wanted == wanted:
                    marks[number] |= own << shift

    def reading(self, letters: Letters, readings: Sequence[Reading]) -> Sequence[int]:
        """1 for each node, which is a state, in which one of these can be read, else 0."""
        wants = [wanted for wanted, _, _ in readings]
        return bytearray(any(each & want == want for want in wants) for each in letters.of)

    def unmarked(self, marks: Marks, count: int) -> Sequence[int]:
        """Those of the first so many nodes that have no marks, ascending."""
        return [number for number in range(count) if not marks[number]]

    def ending(self, terminal: Sequence[int], keep: Sequence[int] | None) -> Sequence[int]:
        """The nodes that are kept and whose state is a terminal one, ascending."""
        return [number for number in terminal if keep is None or keep[number]]

    def read_at(self, nodes: Sequence[int], letters: Letters) -> set[tuple[int, int]]:
        """All (place, letter) of some nodes; nodes that are states have place 0."""
        return {(0, letters.of[node]) for node in nodes}

    # --- ways and cycles ------------------------------------------------------------------------

    def reach(
        self, roots: Sequence[int], keep: Sequence[int] | None = None, levels: Sequence[int] = (0,)
    ) -> Reached:
        """What can be reached by way of nodes that are kept alone. `roots[n]` says of a node
        whether it is one; each begins as late as its level: the nodes of level i are those from
        `levels[i]` to `levels[i + 1]`."""
        parents = array("I", [UNREACHED]) * self.count
        order = array("I")
        begins: list[int] = []
        lasts = [*levels[1:], self.count]
        asked = done = 0
        while done < len(order) or asked < self.count:
            last = lasts[min(len(begins), len(lasts) - 1)]
            begins.append(done)
            for root in range(asked, last):
                if roots[root] and parents[root] == UNREACHED and (keep is None or keep[root]):
                    parents[root] = root
                    order.append(root)
            asked = max(asked, last)
            end = len(order)
            for number in order[done:end]:
                for place in self.of(number):
                    target = self.targets[place]
                    if parents[target] == UNREACHED and (keep is None or keep[target]):
                        parents[target] = number
                        order.append(target)
            done = end
        found = bytearray(each != UNREACHED for each in parents)
        return Reached(parents, order, begins, found)

    def components(self, keep: Sequence[int] | None = None) -> Components:
        """What goes round among the nodes that are kept (all, if nothing is said)."""
        return components_of(self.begins, self.targets, keep)

    def fairness(
        self, found: Components, marks: Sequence[int], of_step: Sequence[int], demands: Demands
    ) -> Fairness:
        """Which components a fair run can go round in, given the marks of nodes and of steps."""
        always = [-1] * (found.count + 1)
        sometimes = [0] * (found.count + 1)
        taken = [0] * (found.count + 1)
        of, targets, steps = found.of, self.targets, self.steps
        for number in range(self.count):
            own = of[number]
            if not own:
                continue
            always[own] &= marks[number]
            sometimes[own] |= marks[number]
            for each in self.of(number):
                if of[targets[each]] == own:
                    taken[own] |= of_step[steps[each]]
        flags = bytearray(found.count + 1)
        for number in range(1, found.count + 1):
            has = always[number], sometimes[number], taken[number]
            if demands.met(*has):
                flags[number] = FAIR
            elif not demands.missing(*has):
                flags[number] = AGAIN
        return Fairness(
            flags, flags.count(FAIR), flags.count(AGAIN),
            lambda number: Summary(always[number], sometimes[number], taken[number]),
        )  # fmt: skip

    def left(
        self, found: Components, fairness: Fairness, marks: Sequence[int], demands: Demands
    ) -> Sequence[int]:
        """The nodes to look at again: those of the components in which a strong promise is
        possible and never kept, but for the nodes in which it is possible."""
        keep = bytearray(self.count)
        for node, number in enumerate(found.of):
            if number and fairness.of[number] == AGAIN:
                has = fairness.summary(number)
                keep[node] = not marks[node] & demands.unkept(has.sometimes, has.taken)
        return keep

    def nearest(
        self, found: Components, fairness: Fairness, order: Sequence[int], most: int
    ) -> Sequence[int]:
        """The first places in an order, so many at the most, of nodes of fair components."""
        places = array("q")
        for place, node in enumerate(order):
            if fairness.of[found.of[node]] == FAIR:
                places.append(place)
                if len(places) == most:
                    break
        return places

    def way(
        self,
        start: int,
        found: Components,
        aim: Aim,
        marks: Sequence[int],
        of_step: Sequence[int],
    ) -> list[int]:
        """The places of the transitions on a shortest way within the component of a node to one
        that is aimed at, which is the last; [] if there is none."""
        of, inside = found.of, found.of[start]
        sources = {start: start}
        order = [start]
        for source in order:
            for place in self.of(source):
                target = self.targets[place]
                if of[target] != inside:
                    continue
                if aim.met(of_step[self.steps[place]], target, marks[target]):
                    return self._back(sources.__getitem__, start, source, place)
                if target not in sources:
                    sources[target] = source
                    order.append(target)
        return []

    def _back(self, before: Callable[[int], int], start: int, source: int, last: int) -> list[int]:
        """The places on the way from `start` to the transition at the place `last`, which leaves
        `source`; `before`: the node that another one was found from."""
        way = [last]
        while source != start:
            target, source = source, before(source)
            way.append(next(p for p in self.of(source) if self.targets[p] == target))
        return way[::-1]

    def pairs(
        self,
        readings: Sequence[Sequence[Reading]],
        letters: Letters,
        initial: int,
        place: int,
        kinds: int,
    ) -> Pairs:
        """The nodes, which are states, together with an automaton that reads their letters:
        `readings` of each of its places. It begins at `place` in the `initial` first states.
        `kinds`: how many kinds of steps there are."""
        return Pairs(self, readings, letters, (initial, place, kinds))


class Pairs(Rows):
    """The pairs of a state and a place of an automaton that can be reached, breadth-first.

    A node (s, q) says that the automaton is at place q when the run comes to s, which it has not
    read yet. `states[n]` and `places[n]` are those of node n; `reached` is how it is come to. A
    transition of kind k takes step k % `kinds`, and has the marks of the bits of k // `kinds`.
    """

    states: Sequence[int]
    places: Sequence[int]
    reached: Reached
    kinds: int
    numbers: Callable[[int, int], int]
    """The node of a state and a place; -1 if there is none."""

    def __init__(
        self,
        rows: Rows,
        readings: Sequence[Sequence[Reading]],
        letters: Letters,
        start: tuple[int, int, int],
    ) -> None:
        """`start`: see `Rows.pairs`."""
        initial, first, self.kinds = start
        self.begins = begins = array("q", [0])
        self.targets = targets = array("I")
        self.steps = steps = array("I")
        self.states = states = array("I", range(initial))
        self.places = places = array("I", [first]) * initial
        parents = array("I", range(initial))
        numbers = {(state, first): state for state in range(initial)}
        levels = [0]
        end, node = initial, 0
        while node < len(states):
            if node == end:
                levels.append(node)
                end = len(states)
            letter = letters.of[states[node]]
            for wanted, place, marks in readings[places[node]]:
                if letter & wanted == wanted:
                    for each in rows.of(states[node]):
                        pair = (rows.targets[each], place)
                        number = numbers.setdefault(pair, len(states))
                        if number == len(states):
                            states.append(pair[0])
                            places.append(place)
                            parents.append(node)
                        targets.append(number)
                        steps.append(marks * self.kinds + rows.steps[each])
            begins.append(len(steps))
            node += 1
        self.reached = Reached(parents, range(len(states)), levels)
        self.numbers = lambda state, place: numbers.get((state, place), -1)

    def ending(self, terminal: Sequence[int], keep: Sequence[int] | None) -> Sequence[int]:
        """As `Rows.ending`."""
        ends = frozenset(terminal)
        return [
            node
            for node, state in enumerate(self.states)
            if state in ends and (keep is None or keep[node])
        ]

    def read_at(self, nodes: Sequence[int], letters: Letters) -> set[tuple[int, int]]:
        """As `Rows.read_at`."""
        return {(self.places[node], letters.of[self.states[node]]) for node in nodes}

    def of_states(self, marks: Sequence[int]) -> Sequence[int]:
        """For each node the marks of its state."""
        return [marks[state] for state in self.states]
