"""All runs of a small spec: how each ends, whether it violates, and which orderings it keeps.

The runs are the interpreter's (see `interpreter`): nothing of the machine, of the search or
of the order floor is used. Beside each state stands what has become of every ordering that
somebody claims something about; the whole of that product is walked, and so it is known of
every run, be it complete, endless or ended by an error, whether it violates and which sets of
orderings it keeps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import networkx
from model_check.language.tree.spec import Spec

from .compare import SkippedError
from .interpreter import Interpreter
from .replay import owner_name, shown
from .states import Fired
from .world import TooLargeError

__all__ = ["COMPLETE", "ENDLESS", "FAILED", "TAKEN", "Fate", "Named", "Runs", "counted", "owner_of"]

Named = tuple[str, str]
"""An ordering, by the names of its events as they are told."""

MOST_STATES = 600
MOST_NODES = 30_000
"""Of the product of states and what became of orderings."""

COMPLETE, ENDLESS, FAILED, TAKEN = "complete", "endless", "failed", "taken"
"""How a run ends: nothing can happen any more; never; in an error; all given steps are taken."""


@dataclass(frozen=True)
class Fate:
    """What there are runs of: how they end, whether they violate, and which sets they keep."""

    end: str
    violates: bool
    kept: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Node:
    state: int
    violated: bool
    counts: tuple[int, ...]
    open: tuple[frozenset[int] | None, ...]
    """Of each set the orderings that are not kept yet; None: one is broken."""
    taken: tuple[int, ...]
    """How many steps each instance took, where only given ones are taken."""


@dataclass
class Runs:
    """All runs of a spec. Raises SkippedError where there are too many states."""

    spec: Spec
    moves: list[list[tuple[str, int | None]]] = field(init=False)
    """For each state the events that can happen, and where they lead; None: they fail."""

    def __post_init__(self) -> None:
        self.interpreter = Interpreter(self.spec)
        try:
            self.explored = self.interpreter.explore(MOST_STATES)
        except TooLargeError:
            raise SkippedError("too many states") from None
        index = self.explored.index
        self.moves = [
            [
                (self._event(each), None if each.after is None else index[each.after.key])
                for each in self.interpreter.successors(state)
            ]
            for state in self.explored.states
        ]
        self.ends = self.explored.finals | self.explored.deadlocks

    def _event(self, fired: Fired) -> str:
        """A step that fails on the way to the next one has no name."""
        owner = owner_name(self.spec, fired.who)
        if not fired.loops:
            return f"{owner}.{fired.label}"
        types = {each.name: each.type for each in self.spec.process(str(fired.who[0])).loops}
        turns = ", ".join(str(shown(value, types[name])) for name, value in fired.loops)
        return f"{owner}.{fired.label}[{turns}]"

    # --- what violates ------------------------------------------------------------------------

    def on_the_way(self, kind: str, name: str) -> set[int]:
        """The states that violate wherever they are in a run."""
        if kind in ("always", "never"):
            return self.explored.violating[name]
        if kind == "no_error":
            asked = [each for each in self.spec.properties if each.form.name in ("always", "never")]
            return set().union(*(self.explored.undefined[each.name] for each in asked))
        return set()

    def at_the_end(self, kind: str, name: str) -> set[int]:
        """The ends that violate."""
        if kind == "finally":
            return self.explored.violating[name]
        if kind == "no_deadlock":
            return self.explored.deadlocks
        if kind == "no_error":
            asked = [each for each in self.spec.properties if each.form.name == "finally"]
            return set().union(*(self.explored.undefined[each.name] for each in asked))
        return set()

    # --- all runs -----------------------------------------------------------------------------

    def fates(
        self,
        kind: str,
        name: str,
        sets: Sequence[Collection[Named]],
        steps: Sequence[str] | None = None,
    ) -> set[Fate]:
        """What there are runs of; of those that take exactly the `steps`, where given. Raises
        SkippedError where the product is too large."""
        walk = _Walk(self, kind, name, [sorted(each) for each in sets], steps)
        return walk.fates()

    def lost(self, kind: str, name: str) -> set[int]:
        """The states from which every run violates: those from which some run escapes are
        taken away from all, until nothing changes."""
        bad, bad_ends = self.on_the_way(kind, name), self.at_the_end(kind, name)
        escaping = {n for n in self.ends if n not in bad_ends}
        if kind != "no_error":
            escaping |= {n for n, row in enumerate(self.moves) if any(t is None for _, t in row)}
        ways: networkx.DiGraph[int] = networkx.DiGraph()
        ways.add_nodes_from(n for n in range(len(self.moves)) if n not in bad)
        ways.add_edges_from(
            (n, t)
            for n, row in enumerate(self.moves)
            for _, t in row
            if t is not None and n not in bad and t not in bad
        )
        for part in networkx.strongly_connected_components(ways):
            if len(part) > 1 or any(ways.has_edge(n, n) for n in part):
                escaping |= part
        free = {n for n in escaping if n not in bad}
        for each in tuple(free):
            free |= networkx.ancestors(ways, each)
        return set(range(len(self.moves))) - free


class _Walk:
    def __init__(
        self,
        runs: Runs,
        kind: str,
        name: str,
        sets: Sequence[Sequence[Named]],
        steps: Sequence[str] | None,
    ) -> None:
        self.runs = runs
        self.kind = kind
        self.sets = sets
        self.bad = runs.on_the_way(kind, name)
        self.bad_ends = runs.at_the_end(kind, name)
        self.steps: dict[str, list[str]] | None = None
        if steps is not None:
            self.steps = {}
            for each in steps:
                self.steps.setdefault(owner_of(each), []).append(each)
        self.owners = sorted(self.steps or ())
        events = {counted(each) for pairs in sets for pair in pairs for each in pair}
        self.names = sorted({event for event, _ in events})
        self.most = [max(n for event, n in events if event == name) for name in self.names]

    def fates(self) -> set[Fate]:
        """All of them."""
        start = tuple(frozenset(range(len(each))) for each in self.sets)
        nothing = (0,) * len(self.names)
        begun = [
            _Node(n, n in self.bad, nothing, start, (0,) * len(self.owners))
            for n in range(self.runs.explored.initial)
        ]
        seen = dict.fromkeys(begun)
        found: set[Fate] = set()
        edges: list[tuple[_Node, _Node]] = []
        todo = list(seen)
        while todo:
            node = todo.pop()
            for fate, after in self._after(node):
                if fate is not None:
                    found.add(fate)
                if after is not None:
                    edges.append((node, after))
                    if after not in seen:
                        seen[after] = None
                        todo.append(after)
            if len(seen) > MOST_NODES:
                raise SkippedError("too many runs")
        if self.steps is None:
            found.update(self._endless(edges))
        return found

    def _endless(self, edges: Sequence[tuple[_Node, _Node]]) -> Iterator[Fate]:
        graph = networkx.DiGraph(edges)
        for part in networkx.strongly_connected_components(graph):
            node = next(iter(part))
            if len(part) > 1 or graph.has_edge(node, node):
                yield Fate(ENDLESS, node.violated, self._kept(node))

    def _after(self, node: _Node) -> Iterator[tuple[Fate | None, _Node | None]]:
        moves = self.runs.moves[node.state]
        wrong = node.violated or node.state in self.bad_ends
        if self.steps is not None:
            full = [len(self.steps[each]) for each in self.owners]
            if list(node.taken) == full:
                yield Fate(TAKEN, wrong, self._kept(node)), None
                return
        elif node.state in self.runs.ends:
            yield Fate(COMPLETE, wrong, self._kept(node)), None
        for event, target in moves:
            taken = self._taken(node, event)
            if taken is None:
                continue
            counts, left = self._happened(node, event)
            state = node.state if target is None else target
            violated = node.violated or (target is not None and target in self.bad)
            after = _Node(state, violated, counts, left, taken)
            if target is not None:
                yield None, after
            elif self.steps is None:
                failed = violated or self.kind == "no_error"
                yield Fate(FAILED, failed, self._kept(after)), None

    def _taken(self, node: _Node, event: str) -> tuple[int, ...] | None:
        """How many steps each took after this one; None if it is not the next one given."""
        if self.steps is None:
            return ()
        owner = owner_of(event)
        if owner not in self.steps:
            return None
        place = self.owners.index(owner)
        done = node.taken[place]
        if done == len(self.steps[owner]) or self.steps[owner][done] != event:
            return None
        return (*node.taken[:place], done + 1, *node.taken[place + 1 :])

    def _happened(
        self, node: _Node, event: str
    ) -> tuple[tuple[int, ...], tuple[frozenset[int] | None, ...]]:
        if event not in self.names:
            return node.counts, node.open
        place = self.names.index(event)
        number = node.counts[place] + 1
        if number > self.most[place]:
            return node.counts, node.open
        counts = (*node.counts[:place], number, *node.counts[place + 1 :])
        return counts, tuple(
            left if left is None else self._left(pairs, left, (event, number))
            for pairs, left in zip(self.sets, node.open, strict=True)
        )

    def _left(
        self, pairs: Sequence[Named], left: frozenset[int], event: tuple[str, int]
    ) -> frozenset[int] | None:
        for bit in left:
            first, second = map(counted, pairs[bit])
            if event == first:
                left -= {bit}
            elif event == second:
                return None
        return left

    def _kept(self, node: _Node) -> tuple[bool, ...]:
        return tuple(left is not None and not left for left in node.open)


def owner_of(event: str) -> str:
    return event.partition(".")[0]


def counted(event: str) -> tuple[str, int]:
    """The name of an event, and the how-manieth of this name it is."""
    name, again, number = event.partition("#")
    return name, int(number) if again else 1
