"""From rows of transitions to the strongly connected components in which something goes round.

Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1, 1972; without
recursion, and only among what is left when nodes that nothing leads to are taken away again and
again: that takes a tenth of the time, and mostly nothing is left. The plain answer in Python;
compiled code gives the same components.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from functools import cached_property

__all__ = ["Components", "components_of"]


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
    def _sorted(self) -> tuple[Sequence[int], Sequence[int]]:
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


def components_of(
    begins: Sequence[int], targets: Sequence[int], keep: Sequence[int] | None
) -> Components:
    """What goes round among the nodes that are kept (None: all). The transitions of node n lead to
    `targets` from `begins[n]` to `begins[n + 1]`."""
    of = array("I", [0]) * (len(begins) - 1)
    count = 0
    for component in _components(begins, targets, _fed(begins, targets, keep)):
        first = component[0]
        if len(component) > 1 or first in targets[begins[first] : begins[first + 1]]:
            count += 1
            for number in component:
                of[number] = count
    return Components(of, count)


def _fed(
    begins: Sequence[int], targets: Sequence[int], keep: Sequence[int] | None
) -> Sequence[bool]:
    """Of the nodes that are kept, those that a way of any length leads to: a cycle, or what can be
    reached from one (Kahn, Topological sorting of large networks, Communications of the ACM 5,
    1962)."""
    sources = [0] * (len(begins) - 1)
    """Of each node, the transitions to it from nodes that are not taken away."""
    free: list[int] = []
    if keep is not None:
        free = [number for number, kept in enumerate(keep) if not kept]
        for number in free:
            sources[number] = -len(targets) - 1  # taken away at once, and never again
    for target in targets:
        sources[target] += 1
    free += [number for number, others in enumerate(sources) if not others]
    while free:
        number = free.pop()
        for target in targets[begins[number] : begins[number + 1]]:
            sources[target] -= 1
            if not sources[target]:
                free.append(target)
    return [others > 0 for others in sources]


def _components(
    begins: Sequence[int], targets: Sequence[int], keep: Sequence[bool]
) -> Iterator[list[int]]:
    """The strongly connected components of what is kept, each before those that lead to it."""
    count = len(begins) - 1
    unseen, left_out = -1, -2
    order = [unseen if each else left_out for each in keep]
    lowest = [0] * count
    left: list[Iterator[int]] = []
    way: list[int] = []
    """The nodes on the way, from the root to the one that is looked at."""
    stack: list[int] = []
    on_stack = bytearray(count)
    seen = 0

    def enter(number: int) -> None:
        nonlocal seen
        way.append(number)
        left.append(iter(targets[begins[number] : begins[number + 1]]))
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
            target = next(left[-1], None)
            if target is not None:
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
