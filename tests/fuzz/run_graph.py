"""The explored states of a spec as a graph of its runs: who owes what, and every short lasso.

In: what the interpreter explored. Out: what fairness promises, whether a cycle keeps it, all runs
up to a length, one by one, with nothing cleverer than trying every way, and which states cannot be
told apart by anything that comes after them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from model_check.language.tree.spec import Spec

from .states import Actor, Explored, Move
from .threads import Threads, Who
from .under_way import Wire

__all__ = ["Promise", "Run", "RunGraph"]


LONGEST = 12
"""Moves of a lasso."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What an instance owes: any step, or (with a label) this one; if it is possible from some
    moment on for ever, or (`strong`) again and again."""

    who: Actor
    label: str | None
    strong: bool

    def kept(self, who: Actor, label: str) -> bool:
        """Whether a step keeps it."""
        return who == self.who and self.label in (None, label)

    def kept_by(self, move: Move) -> bool:
        """Whether a move keeps it; what goes wrong was promised to nobody."""
        return not move.fault and self.kept(move.who, move.label)


@dataclass(frozen=True, slots=True)
class Run:
    """A run from an initial state. A lasso: its `moves` from number `loop_from` on lead round for
    ever. Without that it ends, and repeats its last state."""

    first: int
    moves: tuple[Move, ...]
    loop_from: int | None = None

    @property
    def states(self) -> list[int]:
        """The states in their order, the one where a lasso closes once."""
        found = [self.first, *(move.target for move in self.moves)]
        return found if self.loop_from is None else found[:-1]

    @property
    def again_from(self) -> int:
        """The place of the state that comes after the last one."""
        return len(self.moves) if self.loop_from is None else self.loop_from

    @property
    def joined(self) -> bool:
        """Whether its moves follow one another."""
        states = [self.first, *(move.target for move in self.moves)]
        return all(move.source == states[place] for place, move in enumerate(self.moves))

    def closed(self, same: Sequence[int]) -> bool:
        """Whether the last move leads to where it goes round. `same`, of each state: two that have
        the same number count as one."""
        if self.loop_from is None:
            return self.joined
        states = [self.first, *(move.target for move in self.moves)]
        back = self.loop_from < len(self.moves) and same[states[-1]] == same[states[self.loop_from]]
        return self.joined and back


class RunGraph:
    """All runs of what was explored."""

    def __init__(self, explored: Explored, promises: Sequence[Promise]) -> None:
        self.explored = explored
        self.promises = promises
        self.ends = {
            state
            for state in range(len(explored.states))
            if state not in explored.outside
            and not any(self.possible(promise, state) for promise in self.promises)
        }
        """Where a fair run may stay: nothing that can happen there was promised."""
        self.moves: defaultdict[int, list[Move]] = defaultdict(list)
        for move in explored.moves:
            self.moves[move.source].append(move)

    @classmethod
    def of(cls, spec: Spec, explored: Explored) -> RunGraph:
        """With what the spec promises its processes; and what was sent arrives."""
        threads = Threads(spec)
        promises = [
            promise
            for process in spec.processes
            for number in range(process.count)
            for who in threads.whole((process.name, number), process.run)
            for promise in _promised(who, process.fairness, process.strong)
        ]
        wires = {who for able in explored.able for who, _ in able if isinstance(who, Wire)}
        return cls(explored, [*promises, *(Promise(each, None, False) for each in sorted(wires))])

    def possible(self, promise: Promise, state: int) -> bool:
        """Whether a step that keeps a promise can be taken in a state, be it one that fails."""
        return any(promise.kept(who, label) for who, label in self.explored.able[state])

    def broken(self, cycle: Sequence[Move]) -> list[Promise]:
        """The promises that a run breaks that goes round these moves for ever."""
        found = []
        for promise in self.promises:
            chances = [self.possible(promise, move.source) for move in cycle]
            owed = any(chances) if promise.strong else all(chances)
            if owed and not any(map(promise.kept_by, cycle)):
                found.append(promise)
        return found

    def alike(self, said: Sequence[Hashable]) -> list[int]:
        """Of each state a number: two have the same one exactly if what is `said` of them is the
        same, and whoever can do something in the one can do it in the other, and comes to states
        with the same number by it. The coarsest such numbers, by refinement (Kanellakis, Smolka,
        CCS expressions, finite state processes, and three problems of equivalence, 1990)."""
        states = range(len(self.explored.states))
        able = [frozenset(self.explored.able[state]) for state in states]
        first = [(said[n], able[n], n in self.ends, n in self.explored.outside) for n in states]
        found = _numbers(first)
        while True:
            finer = _numbers([
                (found[n], frozenset((m.who, m.label, found[m.target]) for m in self.moves[n]))
                for n in states
            ])  # fmt: skip
            if max(finer) == max(found):
                return found
            found = finer

    def runs(self, most: int) -> tuple[list[tuple[int, tuple[Move, ...]]], int]:
        """All runs of the fewest moves, the shortest first, and up to which number of moves these
        are all: LONGEST, or as long as there are not more runs than this."""
        found: list[tuple[int, tuple[Move, ...]]] = []
        runs: list[tuple[int, tuple[Move, ...]]] = [(n, ()) for n in range(self.explored.initial)]
        length = 0
        while runs and length < LONGEST:
            runs = [(n, (*run, move)) for n, run in runs for move in self._on(n, run)]
            if len(found) + len(runs) > most:
                return found, length
            length += 1
            found += runs
        return found, length

    def fair_lassos(self, run: tuple[int, tuple[Move, ...]], same: Sequence[int]) -> Iterator[Run]:
        """All fair lassos that a run can be, given which states count as one."""
        first, moves = run
        states = [first, *(move.target for move in moves)]
        for place in range(len(moves)):
            if same[states[place]] == same[states[-1]] and not self.broken(moves[place:]):
                yield Run(first, moves, place)

    def _on(self, first: int, run: tuple[Move, ...]) -> list[Move]:
        return self.moves[run[-1].target if run else first]


def _promised(who: Who, fairness: str, labels: Sequence[str]) -> Iterator[Promise]:
    if fairness != "none":
        yield Promise(who, None, fairness == "strong")
    for label in labels:
        yield Promise(who, label, True)


def _numbers(keys: Sequence[Hashable]) -> list[int]:
    """A number for each different one, in the order of their coming."""
    known: dict[Hashable, int] = {}
    return [known.setdefault(key, len(known)) for key in keys]
