"""All runs of a small spec: how each ends, whether it violates, and which facts it keeps.

Beside each state of the interpreter stands what has become of every fact that somebody claims
something about; the whole of that product is walked, and so it is known of every run, be it
complete, fair and endless, or ended by an error, whether it violates and which sets of facts it
keeps. What a property says of the course of time is asked of that product by a fixed point (see
`recurrence`), and so is strong fairness.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import networkx

from .all_runs import Runs
from .compare import SkippedError
from .ltl import Formula, normal
from .recurrence import Claims
from .run_graph import RunGraph
from .states import Actor, Explored, Move
from .told_events import Step, Told, counted, owner_of
from .under_way import Wire

__all__ = ["COMPLETE", "ENDLESS", "FAILED", "IN_TIME", "TAKEN", "Fate", "Named", "fates"]

Named = tuple[Told | str, Told | str]
"""A fact, by its events as they are told: the first happens, and the second does not happen before
it. Without a first one (""), the second never happens."""

MOST_NODES = 30_000
"""Of the product of states and what became of facts."""
MOST_IN_TIME = 600
"""The same, where it is looked at by fixed points."""
IN_TIME = ("eventually", "leads_to", "ltl")
"""The forms of property that speak of how a run goes on."""

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
    """Of each set the facts that are not kept yet; None: one is broken."""
    taken: tuple[int, ...]
    """How many steps each instance took, where only given ones are taken."""
    last: tuple[str, ...]
    """The step that each process took last of which it counts."""


_Edge = tuple[_Node, Step, _Node]
NO_STEP = Step("", None, ("", 0), "", fault=False)
_Pair = tuple[tuple[Told, int] | None, tuple[Told, int] | None]


def fates(
    runs: Runs,
    kind: str,
    name: str,
    sets: Sequence[Collection[Named]],
    steps: Sequence[str] | None = None,
) -> set[Fate]:
    """What there are runs of; of those that take exactly the `steps`, where given. Raises
    SkippedError where the product is too large."""
    return _Walk(runs, kind, name, sets, steps).fates()


class _Walk:
    def __init__(
        self,
        runs: Runs,
        kind: str,
        name: str,
        sets: Sequence[Collection[Named]],
        steps: Sequence[str] | None,
    ) -> None:
        self.runs = runs
        self.kind = kind
        self.name = name
        self.sets: list[list[_Pair]] = [
            [(counted(a) if a else None, counted(b) if b else None) for a, b in each]
            for each in sets
        ]
        self.bad = runs.on_the_way(kind, name)
        self.bad_ends = runs.at_the_end(kind, name)
        self.never_last = runs.never_last(kind, name)
        self.steps: dict[str, list[str]] | None = None
        if steps is not None:
            self.steps = {}
            for each in steps:
                self.steps.setdefault(owner_of(each), []).append(each)
        self.owners = sorted(self.steps or ())
        events = {each for pairs in self.sets for pair in pairs for each in pair if each}
        self.events = sorted({event for event, _ in events})
        self.most = [max(n for event, n in events if event == each) for each in self.events]
        self.placed = sorted({owner_of(each.name) for each in self.events if each.placed})
        self.edges: list[_Edge] = []

    def fates(self) -> set[Fate]:
        """All of them."""
        begun = [self._begun(n) for n in range(self.runs.explored.initial)]
        seen = dict.fromkeys(begun)
        found: set[Fate] = set()
        todo = list(seen)
        while todo:
            node = todo.pop()
            for fate, step, after in self._after(node):
                if fate is not None:
                    found.add(fate)
                if after is not None:
                    self.edges.append((node, step, after))
                    if after not in seen:
                        seen[after] = None
                        todo.append(after)
            if len(seen) > MOST_NODES:
                raise SkippedError("too many runs")
        if self.steps is not None:
            return found
        if self.kind in IN_TIME:
            found = {each for each in found if each.end == FAILED}
            return found | {*_InTime(self, [*seen], begun).fates(self._asked(), ends=True)}
        if any(promise.strong for promise in self.runs.promised.promises):
            return found | {*_InTime(self, [*seen], begun).fates(self._asked(), ends=False)}
        return found | {*self._endless(self.edges)}

    def _begun(self, state: int) -> _Node:
        counts = (0,) * len(self.events)
        left = tuple(frozenset(range(len(each))) for each in self.sets)
        first = self.runs.explored.states[state]
        is_so = [self.runs.matching.is_begun(each, first) for each in self.events]
        counts, open_ = self._happened(counts, left, is_so)
        nothing = (0,) * len(self.owners), ("",) * len(self.placed)
        return _Node(state, state in self.bad, counts, open_, *nothing)

    def _asked(self) -> Formula:
        """What must be so of a run, of the letters that _InTime gives."""
        if self.kind in IN_TIME or self.kind == "finally":
            return self.runs.in_time.formula(self.runs.property(self.name))
        return ("true",) if self.kind == "no_deadlock" else ("G", ("!", ("atom", "violated")))

    def _endless(self, edges: Sequence[_Edge]) -> Iterator[Fate]:
        """Of runs that go round for ever. What must be so at last is broken by one that comes by
        the contrary again and again; one that stays where it is so breaks nothing."""
        for part in self._rounds(edges):
            violates = part[0].violated or any(each.state in self.never_last for each in part)
            yield Fate(ENDLESS, violates, self.kept(part[0]))
        right = [each for each in edges if not {each[0].state, each[2].state} & self.never_last]
        for part in self._rounds(right) if self.never_last else ():
            yield Fate(ENDLESS, part[0].violated, self.kept(part[0]))

    def _rounds(self, edges: Sequence[_Edge]) -> Iterator[list[_Node]]:
        """The nodes that a fair run can go round in."""
        graph = networkx.DiGraph((a, b) for a, _, b in edges)
        for part in networkx.strongly_connected_components(graph):
            # Several steps may lead from one state to another: which of them counts.
            around = {
                (a.state, step.who, step.label, b.state)
                for a, step, b in edges if a in part and b in part
            }  # fmt: skip
            if around and self._is_fair({each.state for each in part}, around):
                yield [*part]

    def _is_fair(self, states: set[int], around: set[tuple[int, Actor, str, int]]) -> bool:
        """Whether a run that goes round in all of this for ever keeps every promise."""
        graph = self.runs.promised
        return all(
            any(not graph.possible(promise, state) for state in states)
            or any(
                promise.kept_by(move) and (move.source, move.who, move.label, move.target) in around
                for state in states
                for move in graph.moves[state]
            )
            for promise in graph.promises
        )

    def _after(self, node: _Node) -> Iterator[tuple[Fate | None, Step, _Node | None]]:
        moves = self.runs.moves[node.state]
        wrong = node.violated or node.state in self.bad_ends
        if self.steps is not None:
            full = [len(self.steps[each]) for each in self.owners]
            if list(node.taken) == full:
                yield Fate(TAKEN, wrong, self.kept(node)), NO_STEP, None
                return
        elif node.state in self.runs.ends:
            yield Fate(COMPLETE, wrong, self.kept(node)), NO_STEP, None
        for step in moves:
            taken = self._taken(node, step.event)
            if taken is None:
                continue
            state = node.state if step.target is None else step.target
            is_so = self._is_so(node, step, state)
            counts, left = self._happened(node.counts, node.open, is_so)
            violated = node.violated
            if step.target is not None:
                breaks = self.runs.breaks(self.kind, self.name, node.state, state)
                violated = violated or state in self.bad or breaks
            after = _Node(state, violated, counts, left, taken, self._last(node, step))
            if step.target is not None:
                yield None, step, after
            elif self.steps is None:
                failed = violated or self.kind == "no_error"
                yield Fate(FAILED, failed, self.kept(after)), step, None

    def _is_so(self, node: _Node, step: Step, target: int) -> list[bool]:
        """Of each event that is told whether a step is one."""
        states = self.runs.explored.states
        last = dict(zip(self.placed, node.last, strict=True)).get(owner_of(step.event), "")
        return [
            self.runs.matching.is_one(each, step, states[node.state], states[target], last)
            for each in self.events
        ]

    def _last(self, node: _Node, step: Step) -> tuple[str, ...]:
        """What each process took last, now; after what goes wrong with it, nothing."""
        owner = owner_of(step.event)
        if isinstance(step.who, Wire):
            return node.last  # what was sent arrives: nobody moves by that
        mine = "" if step.fault else step.label
        return tuple(
            mine if each == owner else before
            for each, before in zip(self.placed, node.last, strict=True)
        )

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
        self,
        counts: tuple[int, ...],
        left: tuple[frozenset[int] | None, ...],
        is_so: Sequence[bool],
    ) -> tuple[tuple[int, ...], tuple[frozenset[int] | None, ...]]:
        if not any(is_so):
            return counts, left
        after = tuple(
            min(count + so, most + 1)
            for count, so, most in zip(counts, is_so, self.most, strict=True)
        )
        now = {
            (event, count) for event, count, so in zip(self.events, after, is_so, strict=True) if so
        }
        return after, tuple(
            open_ if open_ is None else self._left(pairs, open_, now)
            for pairs, open_ in zip(self.sets, left, strict=True)
        )

    def _left(
        self, pairs: Sequence[_Pair], left: frozenset[int], now: set[tuple[Told, int]]
    ) -> frozenset[int] | None:
        for bit in left:
            first, second = pairs[bit]
            if first in now:
                left -= {bit}
            elif second in now:
                return None
        return left

    def kept(self, node: _Node) -> tuple[bool, ...]:
        """The sets that are kept where a run ends so, or goes on so for ever: what never happens
        has not happened by then."""
        return tuple(
            left is not None and not any(pairs[bit][0] for bit in left)
            for pairs, left in zip(self.sets, node.open, strict=True)
        )


class _InTime:
    """The fair runs of a product, complete or without an end, by a fixed point."""

    def __init__(self, walk: _Walk, nodes: Sequence[_Node], begun: Sequence[_Node]) -> None:
        if len(nodes) > MOST_IN_TIME:
            raise SkippedError("too many runs in time")
        self.walk = walk
        # Those that runs begin with come first.
        self.nodes = [*begun, *(node for node in nodes if node not in begun)]
        number = {node: i for i, node in enumerate(self.nodes)}
        whole = walk.runs.explored
        explored = Explored(
            states=[whole.states[node.state] for node in self.nodes],
            initial=len(begun),
            able=[whole.able[node.state] for node in self.nodes],
            outside={i for i, node in enumerate(self.nodes) if node.state in whole.outside},
            moves=[
                Move(number[a], step.who, step.label, number[b], step.fault)
                for a, step, b in walk.edges
            ],
        )
        self.graph = RunGraph(explored, walk.runs.promised.promises)
        self.kept = [walk.kept(node) for node in self.nodes]

    def fates(self, asked: Formula, *, ends: bool) -> Iterator[Fate]:
        """Those of the endless runs, and of complete ones, too: for each way in which sets can be
        kept at last, whether such a run violates, and whether one does not."""
        said = self._said()
        for kept in sorted(set(self.kept)):
            letters = [
                said[node.state] | {("violated", node.violated), ("so", self.kept[i] == kept)}
                for i, node in enumerate(self.nodes)
            ]
            for violates in (False, True):
                wanted = ("!", asked) if violates else asked
                formula = normal(("&", wanted, ("F", ("G", ("atom", "so")))))
                claims = Claims(self.graph, formula, letters)
                if ends and claims.ends():
                    yield Fate(COMPLETE, violates, kept)
                if claims.endless():
                    yield Fate(ENDLESS, violates, kept)

    def _said(self) -> list[frozenset[tuple[str, bool]]]:
        """What each state says of the atoms of the property."""
        runs, walk = self.walk.runs, self.walk
        if walk.kind not in (*IN_TIME, "finally"):
            return [frozenset()] * len(runs.explored.states)
        letters = runs.in_time.letters(runs.property(walk.name))
        if any(value is None for letter in letters for value in letter.values()):
            raise SkippedError("no value")
        return [frozenset((name, bool(so)) for name, so in each.items()) for each in letters]
