"""The explored states of a spec as a graph of its runs: who owes what, and every short lasso.

In: what the interpreter explored. Out: what fairness promises, whether a cycle keeps it, and all
fair lassos up to a length, one by one, with nothing cleverer than trying every way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model_check.language.tree.spec import Spec

from .interpreter import Explored, Move, Who

__all__ = ["Promise", "Run", "RunGraph"]


LONGEST = 12
"""Moves of a lasso."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What an instance owes: any step, or (with a label) this one; if it is possible from some
    moment on for ever, or (`strong`) again and again."""

    who: Who
    label: str | None
    strong: bool

    def kept(self, who: Who, label: str) -> bool:
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
    def closed(self) -> bool:
        """Whether its moves follow one another, and the last leads to where it goes round."""
        states = [self.first, *(move.target for move in self.moves)]
        joined = all(move.source == states[place] for place, move in enumerate(self.moves))
        return joined and (self.loop_from is None or (
            self.loop_from < len(self.moves) and states[-1] == states[self.loop_from]
        ))  # fmt: skip


class RunGraph:
    """All runs of what was explored."""

    def __init__(self, spec: Spec, explored: Explored) -> None:
        self.explored = explored
        self.promises = [
            promise
            for process in spec.processes
            for number in range(process.count)
            for promise in _promised((process.name, number), process.fairness, process.strong)
        ]
        self.ends = {
            state
            for state in range(len(explored.states))
            if state not in explored.outside
            and not any(self.possible(promise, state) for promise in self.promises)
        }
        """Where a fair run may stay: nothing that can happen there was promised."""
        self.moves: list[list[Move]] = [[] for _ in explored.states]
        for move in explored.moves:
            self.moves[move.source].append(move)

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

    def fair_lassos(self, most_runs: int) -> tuple[list[Run], int]:
        """All fair lassos of the shortest lengths, and up to which number of moves these are all:
        LONGEST, or as long as there are not more runs than this to look at."""
        found: list[Run] = []
        runs: list[tuple[int, tuple[Move, ...]]] = [(n, ()) for n in range(self.explored.initial)]
        length = looked_at = 0
        while runs and length < LONGEST:
            longer = [(n, (*run, move)) for n, run in runs for move in self._on(n, run)]
            looked_at += len(longer)
            if looked_at > most_runs:
                return found, length
            length += 1
            for first, run in longer:
                found += [each for each in _lassos(first, run) if not self.broken(_cycle(each))]
            runs = longer
        return found, length

    def _on(self, first: int, run: tuple[Move, ...]) -> list[Move]:
        return self.moves[run[-1].target if run else first]


def _promised(who: Who, fairness: str, labels: Sequence[str]) -> Iterator[Promise]:
    if fairness != "none":
        yield Promise(who, None, fairness == "strong")
    for label in labels:
        yield Promise(who, label, True)


def _lassos(first: int, run: tuple[Move, ...]) -> Iterator[Run]:
    states = [first, *(move.target for move in run)]
    for place in range(len(run)):
        if states[place] == states[-1]:
            yield Run(first, run, place)


def _cycle(lasso: Run) -> tuple[Move, ...]:
    return lasso.moves[lasso.loop_from :]
