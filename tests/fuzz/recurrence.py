"""Whether some fair run never ends, and a formula is true of it: by a fixed point, for any length.

States are taken together with what is claimed there of each temporal part of the formula, as in
Clarke, Grumberg, Hamaguchi, Another look at LTL model checking, 1994: a claim about now and the
claims about the next state fit together. Then the greatest fixed point of Emerson and Lei
(Efficient Model Checking in Fragments of the Propositional Mu-Calculus, 1986): the nodes from
which, for every demand, some way meets it again and again. What is promised strongly is either
kept again and again, or left to be impossible from some moment on; each way to divide them is
tried. No automaton is made, and no component looked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, product

from .ltl import Formula
from .run_graph import Promise, RunGraph
from .states import Move

__all__ = ["Claims", "Node"]

Values = tuple[bool, ...]
"""What is claimed of each temporal part."""
Node = tuple[int, Values]
_Edge = tuple[Node, Node]


class Claims:
    """The runs of a graph of which a formula in normal form is true. `letters`, by state: of
    which atoms it is so that they are true, and of which that they are false; both, where it may
    be either."""

    def __init__(
        self, graph: RunGraph, formula: Formula, letters: Sequence[frozenset[tuple[str, bool]]]
    ) -> None:
        self.graph = graph
        self.formula = formula
        self.letters = letters
        self.parts = [*_temporal(formula)]
        self._place = {part: place for place, part in enumerate(self.parts)}
        self._here: dict[frozenset[tuple[str, bool]], list[Values]] = {}
        self.distances, self.edges = self._reached()
        self._keeping: dict[Promise, set[_Edge]] = {}
        self._resting: dict[Promise, set[_Edge]] = {}

    # --- claims -----------------------------------------------------------------------------

    def is_so(self, part: Formula, state: int, values: Values) -> bool:
        """Whether a part is so, by what is claimed."""
        match part[0]:
            case "true" | "false":
                return bool(part[0] == "true")
            case "is":
                return (part[1], part[2]) in self.letters[state]
            case "&":
                return all(self.is_so(each, state, values) for each in part[1:])
            case "|":
                return any(self.is_so(each, state, values) for each in part[1:])
        return values[self._place[part]]

    def _before(self, state: int, following: Node) -> Values:
        """What is to be claimed in a state, if those claims come next."""
        found: list[bool] = []
        for place, part in enumerate(self.parts):
            values = tuple(found)
            if part[0] == "X":
                found.append(self.is_so(part[1], *following))
                continue
            left, right = (self.is_so(each, state, values) for each in part[1:])
            later = following[1][place]
            now = right or (left and later) if part[0] == "U" else right and (left or later)
            found.append(now)
        return tuple(found)

    def _fitting(self, state: int) -> list[Values]:
        """All claims that fit a state by itself."""
        letter = self.letters[state]
        if letter not in self._here:
            self._here[letter] = [
                values
                for values in product((False, True), repeat=len(self.parts))
                if all(self._fits(part, state, values) for part in self.parts)
            ]
        return self._here[letter]

    def _fits(self, part: Formula, state: int, values: Values) -> bool:
        if part[0] == "X":
            return True
        claimed = values[self._place[part]]
        left, right = (self.is_so(each, state, values) for each in part[1:])
        if part[0] == "U":
            return right <= claimed <= (left or right)
        return (left and right) <= claimed <= right

    # --- runs -------------------------------------------------------------------------------

    def _reached(self) -> tuple[dict[Node, int], dict[tuple[Node, Node], list[Move]]]:
        """The nodes that runs come to of which the formula is claimed, with their distances, and
        the moves between them."""
        ways: dict[Node, dict[Node, list[Move]]] = {}
        for move in self.graph.explored.moves:
            for values in self._fitting(move.target):
                following = (move.target, values)
                node = (move.source, self._before(move.source, following))
                ways.setdefault(node, {}).setdefault(following, []).append(move)
        first = [
            (state, values)
            for state in range(self.graph.explored.initial)
            for values in self._fitting(state)
            if self.is_so(self.formula, state, values)
        ]
        distances = dict.fromkeys(first, 0)
        todo = deque(first)
        edges = {}
        while todo:
            node = todo.popleft()
            for following, moves in ways.get(node, {}).items():
                edges[node, following] = moves
                if following not in distances:
                    distances[following] = distances[node] + 1
                    todo.append(following)
        return distances, edges

    def _settled(self, node: Node, part: Formula) -> bool:
        """Whether nothing is left to come for an until, or for what is not one."""
        return part[0] != "U" or not self.is_so(part, *node) or self.is_so(part[2], *node)

    def ends(self) -> dict[int, int]:
        """The ends of runs, each with the fewest moves to it, of which the formula is true: such a
        run repeats its last state."""
        found: dict[int, int] = {}
        for (state, values), distance in self.distances.items():
            node = (state, values)
            if (
                state in self.graph.ends
                and self._before(state, node) == values
                and all(self._settled(node, part) for part in self.parts)
            ):
                found[state] = min(distance, found.get(state, distance))
        return found

    def endless(self, through: int | None = None) -> bool:
        """Whether the formula is true of a fair run that never ends (and comes through a state
        again and again)."""
        if through is None:
            return bool(self._lasting)
        for edges, wanted in self._lasting:
            again = {edge for edge in edges if edge[0][0] == through}
            if again and _going_on(edges, [*wanted, again]):
                return True
        return False

    @cached_property
    def _lasting(self) -> list[tuple[set[_Edge], list[set[_Edge]]]]:
        """For each way to divide what is promised strongly in which some run lasts: the edges that
        such runs may take again and again, and what they must take of them."""
        strong = [each for each in self.graph.promises if each.strong]
        always = [
            *({edge for edge in self.edges if self._settled(edge[0], p)} for p in self.parts),
            *(self._kept(p) | self._impossible(p) for p in self.graph.promises if not p.strong),
        ]
        found = []
        for never in _subsets(strong):
            wanted = [*always, *(self._kept(each) for each in strong if each not in never)]
            edges = set(self.edges).intersection(*(self._impossible(each) for each in never))
            # Whoever comes round does so where no way begins or ends.
            edges = _without_dead_ends(edges)
            nodes = _going_on(edges, wanted)
            if nodes:
                inner = {edge for edge in edges if edge[0] in nodes and edge[1] in nodes}
                found.append((inner, [each & inner for each in wanted]))
        return found

    def kept_for_ever(self) -> set[Node]:
        """The claims, each with its state, that some run without an end keeps; of a graph in which
        nothing is promised."""
        return _going_on(
            set(self.edges),
            [{edge for edge in self.edges if self._settled(edge[0], p)} for p in self.parts],
        )

    def _kept(self, promise: Promise) -> set[_Edge]:
        if promise not in self._keeping:
            self._keeping[promise] = {
                edge for edge, moves in self.edges.items() if any(map(promise.kept_by, moves))
            }
        return self._keeping[promise]

    def _impossible(self, promise: Promise) -> set[_Edge]:
        if promise not in self._resting:
            able = {n for n, _ in self.distances if self.graph.possible(promise, n)}
            self._resting[promise] = {edge for edge in self.edges if edge[0][0] not in able}
        return self._resting[promise]


def _temporal(formula: Formula) -> Iterator[Formula]:
    """The temporal parts, each once, those within others first."""
    found: dict[Formula, None] = {}

    def look(part: Formula) -> None:
        if part[0] not in ("true", "false", "is"):
            for each in part[1:]:
                look(each)
            if part[0] in ("X", "U", "R"):
                found.setdefault(part)

    look(formula)
    yield from found


def _subsets(promises: Sequence[Promise]) -> Iterator[tuple[Promise, ...]]:
    for size in range(len(promises) + 1):
        yield from combinations(promises, size)


def _without_dead_ends(edges: set[_Edge]) -> set[_Edge]:
    """The edges that something leads to and that lead on, and so do those that are left."""
    while True:
        begins, ends = {one for one, _ in edges}, {other for _, other in edges}
        fewer = {(one, other) for one, other in edges if one in ends and other in begins}
        if len(fewer) == len(edges):
            return edges
        edges = fewer


def _going_on(
    edges: set[tuple[Node, Node]], wanted: Sequence[Iterable[tuple[Node, Node]]]
) -> set[Node]:
    """Where a way along the edges begins that never ends, and takes one of each set again and
    again."""
    sources: dict[Node, list[Node]] = {}
    for one, other in edges:
        sources.setdefault(other, []).append(one)
    left = {node for edge in edges for node in edge}
    demands = [[each for each in group if each in edges] for group in (*wanted, edges)]
    while True:
        kept = left
        for demand in demands:
            kept = _lead_to(kept, sources, demand)
        if kept == left:
            return left
        left = kept


def _lead_to(
    inside: set[Node], sources: Mapping[Node, list[Node]], wanted: Iterable[tuple[Node, Node]]
) -> set[Node]:
    """The nodes from which a way inside takes one of the wanted edges."""
    found = {one for one, other in wanted if one in inside and other in inside}
    todo = [*found]
    while todo:
        for each in sources.get(todo.pop(), ()):
            if each in inside and each not in found:
                found.add(each)
                todo.append(each)
    return found
