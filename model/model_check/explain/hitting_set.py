"""The smallest set of orderings that forces a violation, by counterexamples.

Every run that ends well breaks at least one ordering of a set that forces the violation.
So: take a smallest set of which each run known so far breaks one, ask the search for a good
run that keeps it, and learn from that run; when there is none, the set forces the violation
and no smaller one does. Then each ordering is made as weak as it can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

from ..budget.deadline import Deadline
from ..symbolic.occurrences import Occurrence, Pair
from .constrained_search import GoodRuns

__all__ = ["MOST_ORDERINGS", "candidates", "smallest_forcing", "weakened", "weaker_ones"]

# A reason of more orderings than this would explain nothing to a person.
MOST_ORDERINGS = 6


def candidates(run: Sequence[Occurrence], missing: Sequence[Occurrence] = ()) -> list[Pair]:
    """All orderings between different processes that a run keeps, the weakest first: those
    whose first event is early in its process and whose second is late. `missing` are events
    that do not happen in the run: they may stand second."""
    place: dict[Occurrence, int] = {}
    seen: dict[int, int] = {}
    for event in (*run, *missing):
        place[event] = seen.get(event.label.instance, 0)
        seen[event.label.instance] = place[event] + 1
    pairs = [*combinations(run, 2), *product(run, missing)]
    apart = [(a, b) for a, b in pairs if a.label.instance != b.label.instance]
    return sorted(apart, key=lambda pair: place[pair[0]] - place[pair[1]])


def smallest_forcing(runs: GoodRuns, pairs: Sequence[Pair]) -> tuple[Pair, ...] | None:
    """A smallest subset of `pairs` that no good run keeps, given that none keeps them all;
    None if more than MOST_ORDERINGS are needed. Raises DeadlineError."""
    broken_by: list[int] = []
    while True:
        chosen = _smallest_hitting(broken_by, runs.deadline)
        if chosen is None:
            return None
        run = runs.find([pairs[i] for i in chosen])
        if run is None:
            return tuple(pairs[i] for i in chosen)
        broken_by.append(_broken(pairs, run))


def _broken(pairs: Sequence[Pair], run: Sequence[Occurrence]) -> int:
    """The orderings that a run does not keep (see `keeping.is_kept`), as bits."""
    place = {event: i for i, event in enumerate(run)}
    never = len(run)
    broken = 0
    for i, (first, second) in enumerate(pairs):
        at = place.get(first, never)
        if at == never or at > place.get(second, never):
            broken |= 1 << i
    return broken


def _smallest_hitting(clauses: list[int], deadline: Deadline) -> tuple[int, ...] | None:
    """A smallest set of numbers that meets every clause (a bit mask), the
    first in the order of the numbers."""
    # Only the smallest clauses matter: what meets a part meets the whole.
    needed = [c for c in clauses if not any(d != c and d & c == d for d in clauses)]
    needed = sorted(set(needed), key=lambda c: (c.bit_count(), c))
    for most in range(MOST_ORDERINGS + 1):
        found = _hitting(needed, most, deadline)
        if found is not None:
            return tuple(sorted(found))
    return None


def _hitting(clauses: list[int], most: int, deadline: Deadline) -> list[int] | None:
    if not clauses:
        return []
    if most == 0:
        return None
    deadline.look()
    left = clauses[0]
    while left:
        low = left & -left
        number = low.bit_length() - 1
        rest = _hitting([c for c in clauses[1:] if not c & low], most - 1, deadline)
        if rest is not None:
            return [number, *rest]
        left ^= low
    return None


def weaker_ones(pair: Pair, run: Sequence[Occurrence]) -> list[Pair]:
    """The orderings just weaker than `pair`: its first event one earlier in its process,
    or its second one later, as they lie in `run`."""
    first, second = pair
    mine = [e for e in run if e.label.instance == first.label.instance]
    theirs = [e for e in run if e.label.instance == second.label.instance]
    found = []
    sooner = mine.index(first) - 1
    if sooner >= 0:
        found.append((mine[sooner], second))
    if second in theirs[:-1]:
        found.append((first, theirs[theirs.index(second) + 1]))
    return found


def weakened(runs: GoodRuns, pairs: Sequence[Pair], run: Sequence[Occurrence]) -> tuple[Pair, ...]:
    """The set with each ordering replaced by weaker ones as long as it forces."""
    current = list(pairs)
    changed = True
    while changed:
        changed = False
        for i, pair in enumerate(current):
            for weaker in weaker_ones(pair, run):
                attempt = [*current[:i], weaker, *current[i + 1 :]]
                if runs.find(attempt) is None:
                    current[i] = weaker
                    changed = True
                    break
    return tuple(current)
