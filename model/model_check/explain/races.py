"""All races: sets of orderings that force a violation, until no violating run is left over.

One set explains one run. Then: take a shortest violating run that keeps no set known so
far, explain it as the first one was, and go on until there is none. Then "the property is
violated exactly when one of these sets is kept" is proved, by reachability on the explored
graph. A set that in the end explains no run alone is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..budget.deadline import DeadlineError
from ..symbolic.occurrences import Occurrence, Pair, occurrences
from .constrained_search import GoodRuns, is_kept
from .hitting_set import candidates, smallest_forcing, weakened
from .uncovered_runs import BadRun, BadRuns

__all__ = ["MOST_RACES", "NOT_ALL", "Pairs", "Races", "explained", "find_races"]

# More different races than this fill no head; what they have in common would be the reason.
MOST_RACES = 40

NOT_ALL = "not every run that violates was looked at in the time given"

Pairs = tuple[Pair, ...]
Waiting = Callable[[Sequence[Occurrence], int], Sequence[Sequence[Occurrence]]]
"""Gives for the events of a run and the number of its last state what may come too late
there: first one list of events to try with, then the next."""


@dataclass(frozen=True, slots=True)
class Races:
    """The sets, the one asked for first, and for each a violating run that keeps no other
    (None for the first). `note`: why there may be more, "" if there are none."""

    sets: tuple[Pairs, ...]
    runs: tuple[BadRun | None, ...]
    note: str


def explained(
    runs: GoodRuns, run: Sequence[Occurrence], waiting: Sequence[Sequence[Occurrence]]
) -> Pairs:
    """A smallest set of orderings of a run that forces the violation, each as weak as it can
    be, in the order of the run.

    waiting: events that do not happen in the run but may stand second, in lists to be tried
    one after the other. Raises ValueError, with why there is no set; DeadlineError.
    """
    for late in waiting:
        pairs = candidates(run, late)
        if runs.find(pairs) is None:
            break
    else:
        # Events of one process are in no order to be chosen, and a crash is one of them.
        order = "no order of its events between processes forces it"
        raise ValueError(f"{order}: it also takes other steps, or choices")
    found = smallest_forcing(runs, pairs)
    if found is None:
        raise ValueError("it takes more orderings than would explain anything")
    place = {event: i for i, event in enumerate(run)}
    return tuple(sorted(weakened(runs, found, run), key=lambda pair: (place[pair[0]], pair[1])))


def find_races(runs: GoodRuns, bad: BadRuns, first: Pairs, waiting: Waiting) -> Races:
    """All races, `first` among them."""
    sets = [first]
    note = ""
    try:
        while (run := bad.find(sets)) is not None:
            if len(sets) == MOST_RACES:
                note = f"there are more than {MOST_RACES} different reasons"
                break
            events = occurrences([bad.graph.labels[label] for label in run.labels])
            alike = _shifted(runs, sets, events)
            sets.append(alike or explained(runs, events, waiting(events, run.states[-1])))
        return _irredundant(bad, sets, note)
    except ValueError as why:
        note = f"some runs violate for a reason of their own: {why}"
    except DeadlineError:
        note = NOT_ALL
    return Races((first,), (None,), note)


def _shifted(runs: GoodRuns, sets: Sequence[Pairs], run: Sequence[Occurrence]) -> Pairs | None:
    """A known set, moved to other turns of its loops, that explains a run as well: what
    happens to chunk 8 is best told as what happened to chunk 7 was."""
    deadline = runs.deadline
    for known in sets:
        turns = {event.label.indices[0] for pair in known for event in pair if event.label.indices}
        moves = {
            event.label.indices[0] - turn for event in run if event.label.indices for turn in turns
        }
        for move in sorted(moves - {0}):
            pairs = tuple((_moved(a, move), _moved(b, move)) for a, b in known)
            # What is told of a turn is an event that there is: the other loop may be shorter.
            if (
                all(is_kept(pair, run) for pair in pairs)
                and all(runs.graph.happens(second, deadline) for _, second in pairs)
                and _is_minimal(runs, pairs)
            ):
                return pairs
    return None


def _moved(event: Occurrence, move: int) -> Occurrence:
    label = event.label
    if not label.indices:
        return event
    indices = (label.indices[0] + move, *label.indices[1:])
    return replace(event, label=replace(label, indices=indices))


def _is_minimal(runs: GoodRuns, pairs: Pairs) -> bool:
    """Whether a set forces the violation, and none of its parts does."""
    if runs.find(pairs) is not None:
        return False
    parts = ([*pairs[:i], *pairs[i + 1 :]] for i in range(len(pairs)))
    return all(runs.find(part) is not None for part in parts)


def _irredundant(bad: BadRuns, sets: list[Pairs], note: str) -> Races:
    """Without the sets that explain no run alone; with the run that each of the others does."""
    kept = [*sets]
    found: dict[Pairs, BadRun | None] = {sets[0]: None}
    for each in reversed(sets[1:]):
        others = [other for other in kept if other is not each]
        run = bad.find(others, each)
        if run is None:
            kept = others
        else:
            found[each] = run
    rest = sorted(kept[1:])
    return Races((sets[0], *rest), (None, *(found[each] for each in rest)), note)
