"""The smallest set of facts that forces a violation, by counterexamples.

Every run that ends well breaks at least one fact of a set that forces the violation.
So: take a smallest set of which each run known so far breaks one, ask the search for a good
run that keeps it, and learn from that run; when there is none, the set forces the violation
and no smaller one does. Then each fact is made as weak as it can be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..budget.deadline import Deadline
from ..symbolic.facts import Fact, events_of, place_of
from ..symbolic.occurrences import Label, Occurrence
from .candidates import weaker_ones
from .constrained_search import GoodRuns

__all__ = ["MOST_FACTS", "smallest_forcing", "weakened"]

# A reason of more facts than this would explain nothing to a person.
MOST_FACTS = 6
UNITS_A_CHOICE = 5
"""The work of taking a fact into a set, or leaving it out (see `Effort`)."""


def smallest_forcing(runs: GoodRuns, facts: Sequence[Fact]) -> tuple[Fact, ...] | None:
    """A smallest subset of `facts` that no good run keeps, given that none keeps them all;
    None if more than MOST_FACTS are needed. Raises DeadlineError."""
    broken_by: list[int] = []
    while True:
        chosen = _smallest_hitting(broken_by, runs.deadline)
        if chosen is None:
            return None
        found = runs.run([facts[i] for i in chosen])
        if found is None:
            return tuple(facts[i] for i in chosen)
        runs.deadline.look(len(facts) + len(found.labels))
        run = [runs.graph.labels[label] for label in found.labels]
        broken_by.append(_broken(facts, run, found.loop_from))


def _broken(facts: Sequence[Fact], run: Sequence[Label], loop_from: int | None = None) -> int:
    """The facts that a run does not keep (see `facts.is_kept`), as bits."""
    place: dict[Occurrence, int] = {}
    counts: dict[Label, int] = {}
    named = {event.label for fact in facts for event in events_of(fact)}
    plain: dict[Label, list[Label]] = {}
    for label in named:
        plain.setdefault(label.plain, []).append(label)
    for i, label in enumerate(run):
        for each in plain.get(label.plain, ()):
            if each.covers(label):
                counts[each] = counts.get(each, 0) + 1
                place[Occurrence(each, counts[each])] = i
    if loop_from is not None:
        # What goes round comes once more, and once more.
        for event in {event for fact in facts for event in events_of(fact)}:
            if event not in place and (later := place_of(event, run, loop_from)) is not None:
                place[event] = later
    never = max(place.values(), default=0) + 1
    broken = 0
    for i, (first, second, both) in enumerate(facts):
        came = never if second is None else place.get(second, never)
        at = 0 if first is None else place.get(first, never)
        kept = came == never if first is None else at < never and at <= came
        if both and came == never:
            kept = False
        if not kept:
            broken |= 1 << i
    return broken


def _smallest_hitting(clauses: list[int], deadline: Deadline) -> tuple[int, ...] | None:
    """A smallest set of numbers that meets every clause (a bit mask), the
    first in the order of the numbers."""
    deadline.look(len(clauses) * len(clauses) // 10)
    # Only the smallest clauses matter: what meets a part meets the whole.
    needed = [c for c in clauses if not any(d != c and d & c == d for d in clauses)]
    needed = sorted(set(needed), key=lambda c: (c.bit_count(), c))
    for most in range(MOST_FACTS + 1):
        found = _hitting(needed, most, deadline)
        if found is not None:
            return tuple(sorted(found))
    return None


def _hitting(clauses: list[int], most: int, deadline: Deadline) -> list[int] | None:
    if not clauses:
        return []
    if most == 0:
        return None
    deadline.look(UNITS_A_CHOICE)
    left = clauses[0]
    while left:
        low = left & -left
        number = low.bit_length() - 1
        rest = _hitting([c for c in clauses[1:] if not c & low], most - 1, deadline)
        if rest is not None:
            return [number, *rest]
        left ^= low
    return None


def weakened(
    runs: GoodRuns,
    facts: Sequence[Fact],
    run: Sequence[Occurrence],
    may_tell: Callable[[Fact], bool],
) -> tuple[Fact, ...]:
    """The set with each fact replaced by weaker ones that may be told as long as it forces."""
    current = list(facts)
    changed = True
    while changed:
        changed = False
        for i, fact in enumerate(current):
            for weaker in filter(may_tell, weaker_ones(fact, run)):
                attempt = [*current[:i], weaker, *current[i + 1 :]]
                if runs.find(attempt) is None:
                    current[i] = weaker
                    changed = True
                    break
    return tuple(dict.fromkeys(current))
