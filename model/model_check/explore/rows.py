"""Rows of transitions, and what is asked of them when runs have no end: what can be reached, what
goes round, and what is possible and what happens there.

A node is a state, or a state together with something that goes along with it. Nodes are numbered,
and so are the kinds of transitions (the steps of a machine). These are the plain answers in
Python; compiled code gives the same ones faster, and is compared with them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property

from ..language.records import dataclass

__all__ = ["UNREACHED", "Components", "Rows", "Summary"]

UNREACHED = (1 << 32) - 1
"""No node has this number."""


class Components:
    """The strongly connected components that have a transition within: `of[n]` is the number of
    node n's, from 1 on in no particular order, 0 where it goes round in none; there are `count`."""

    def __init__(self, of: Sequence[int], count: int) -> None:
        self.of = of
        self.count = count

    def members(self, number: int) -> Sequence[int]:
        """The nodes of a component, ascending."""
        begins, nodes = self._sorted
        return nodes[begins[number - 1] : begins[number]]

    @cached_property
    def _sorted(self) -> tuple[array[int], array[int]]:
        """Where each component's nodes begin, and all nodes that go round."""
        begins = array("q", [0]) * (self.count + 2)
        for each in self.of:
            if each:
                begins[each + 1] += 1
        for number in range(self.count + 1):
            begins[number + 1] += begins[number]
        nodes = array("I", [0]) * begins[-1]
        for node, each in enumerate(self.of):
            if each:
                nodes[begins[each]] = node
                begins[each] += 1
        return begins, nodes


@dataclass(frozen=True, slots=True)
class Summary:
    """What a component has. Of the marks of its nodes: `always` those that all have, `sometimes`
    those that one has. `taken`: the marks of the transitions within it. `first` is its smallest
    node, `size` how many it has."""

    always: int
    sometimes: int
    taken: int
    first: int
    size: int


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
    def _sources(self) -> tuple[array[int], array[int]]:
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

    def marks(self, of_step: Sequence[int]) -> list[int]:
        """For each node, the marks of its transitions: of step k, `of_step[k]`."""
        found = [0] * self.count
        steps = self.steps
        for number in range(self.count):
            for place in self.of(number):
                found[number] |= of_step[steps[place]]
        return found

    def reach(
        self, roots: Sequence[int], keep: bytearray | None = None, levels: Sequence[int] = (0,)
    ) -> Sequence[int]:
        """For each node from which node it is reached first, by way of nodes that are kept alone;
        a root from itself, UNREACHED where it is not reached. `roots` are ascending; each begins
        as late as its level: the nodes of level i are those from `levels[i]` to `levels[i + 1]`.
        """
        parents = array("I", [UNREACHED]) * self.count
        ends = [*levels[1:], self.count]
        level = begun = 0
        now: list[int] = []
        while now or begun < len(roots):
            end = ends[min(level, len(ends) - 1)]
            while begun < len(roots) and roots[begun] < end:
                root = roots[begun]
                if parents[root] == UNREACHED and (keep is None or keep[root]):
                    parents[root] = root
                    now.append(root)
                begun += 1
            following = []
            for number in now:
                for place in self.of(number):
                    target = self.targets[place]
                    if parents[target] == UNREACHED and (keep is None or keep[target]):
                        parents[target] = number
                        following.append(target)
            now = following
            level += 1
        return parents

    def components(self, keep: bytearray | None = None) -> Components:
        """What goes round among the nodes that are kept (all, if nothing is said).

        Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1, 1972;
        without recursion.
        """
        of = array("I", [0]) * self.count
        count = 0
        for component in _components(self, keep):
            if len(component) > 1 or self._loops(component[0]):
                count += 1
                for number in component:
                    of[number] = count
        return Components(of, count)

    def _loops(self, number: int) -> bool:
        return any(self.targets[place] == number for place in self.of(number))

    def summarize(
        self, components: Components, marks: Sequence[int], of_step: Sequence[int]
    ) -> list[Summary]:
        """What each component has, in the order of their numbers."""
        always = [-1] * components.count
        sometimes = [0] * components.count
        taken = [0] * components.count
        first = [-1] * components.count
        size = [0] * components.count
        of, targets, steps = components.of, self.targets, self.steps
        for number in range(self.count):
            if not of[number]:
                continue
            place = of[number] - 1
            always[place] &= marks[number]
            sometimes[place] |= marks[number]
            size[place] += 1
            if first[place] < 0:
                first[place] = number
            for each in self.of(number):
                if of[targets[each]] == of[number]:
                    taken[place] |= of_step[steps[each]]
        return [*map(Summary, always, sometimes, taken, first, size)]


def _components(rows: Rows, keep: bytearray | None) -> Iterator[list[int]]:
    """The strongly connected components among what is kept: lists of nodes."""
    count = rows.count
    unseen, left_out = -1, -2
    order = array("q", [unseen]) * count
    for number, kept in enumerate(keep or ()):
        if not kept:
            order[number] = left_out
    lowest = array("q", [0]) * count
    left: list[Iterator[int]] = []
    way: list[int] = []
    """The nodes on the way, from the root to the one that is looked at."""
    stack: list[int] = []
    on_stack = bytearray(count)
    seen = 0

    def enter(number: int) -> None:
        nonlocal seen
        way.append(number)
        left.append(iter(rows.of(number)))
        order[number] = lowest[number] = seen
        seen += 1
        stack.append(number)
        on_stack[number] = True

    for root in range(count):
        if order[root] != unseen:
            continue
        enter(root)
        while way:
            number = way[-1]
            place = next(left[-1], None)
            if place is not None:
                target = rows.targets[place]
                if order[target] == unseen:
                    enter(target)
                elif on_stack[target]:
                    lowest[number] = min(lowest[number], order[target])
                continue
            way.pop()
            left.pop()
            if way:
                lowest[way[-1]] = min(lowest[way[-1]], lowest[number])
            if lowest[number] == order[number]:
                component: list[int] = []
                while not component or component[-1] != number:
                    component.append(stack.pop())
                    on_stack[component[-1]] = False
                yield component
