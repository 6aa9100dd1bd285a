"""All reasons: sets of facts that force a violation, until no violating run is left over.

One set explains one run. Then: take a shortest violating run that keeps no set known so
far, explain it as the first one was, and go on until there is none. Then "the property is
violated exactly when one of these sets is kept" is proved, by reachability on the explored
graph. A set that in the end explains no run alone is left out, the first as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..budget.deadline import DeadlineError
from ..symbolic.facts import Fact, events_of
from ..symbolic.occurrences import Occurrence, occurrences
from .candidates import Candidates, Course
from .constrained_search import BadRuns, GoodRuns, Run
from .hitting_set import smallest_forcing, weakened

__all__ = [
    "MOST_RACES",
    "NOT_ALL",
    "Facts",
    "NothingForcesError",
    "Races",
    "Told",
    "explained",
    "find_races",
]

# More different reasons than this fill no head; what they have in common would be the reason.
MOST_RACES = 40
MOST_ENDLESS = 10
"""Where runs can be of any length, there often is one for each length."""

NOT_ALL = "the search for them takes more work than is done for a reason"

Facts = tuple[Fact, ...]


Told = Callable[[Run], Course]
"""Gives for a run that violates what of it is to be explained."""


@dataclass(frozen=True, slots=True)
class Races:
    """The sets, one of the run asked for first, and for each a violating run that keeps no other
    (None where none was looked for). `note`: why there may be more, "" if there are none."""

    sets: tuple[Facts, ...]
    runs: tuple[Run | None, ...]
    note: str


class NothingForcesError(ValueError):
    """No facts about a run force its violation."""


def explained(runs: GoodRuns, course: Course, candidates: Candidates) -> Facts:
    """A smallest set of facts of a run that forces the violation, each as weak as it can
    be, in the order of the run. Raises ValueError, with why there is no set; DeadlineError."""
    for facts in candidates.of(course):
        if runs.find(facts) is None:
            break
    else:
        raise NothingForcesError("no facts about the events of the run force it")
    found = smallest_forcing(runs, facts)
    if found is None:
        raise ValueError("it takes more facts than would explain anything")
    plain = occurrences([label.plain for label in course.labels])
    place = {event: i for i, event in enumerate(plain)}

    def order(fact: Fact) -> tuple[int, tuple[Occurrence, ...]]:
        first = fact[0] and Occurrence(fact[0].label.plain, fact[0].number)
        return place.get(first, len(place)) if first else len(place), events_of(fact)

    return tuple(sorted(weakened(runs, found, plain, candidates.may_tell), key=order))


def find_races(
    runs: GoodRuns, bad: BadRuns, first: tuple[Facts, Course], told: Told, candidates: Candidates
) -> Races:
    """All races: the set that explains the course of the run that is shown, and others; that one
    alone where runs can be of any length, and so there may be one for each."""
    known, course = first
    sets = [known]
    note = ""
    try:
        ends = bad.graph.is_acyclic()
        while (run := bad.find(sets)) is not None:
            if len(sets) == (MOST_RACES if ends else MOST_ENDLESS):
                note = f"there are more than {len(sets)} different reasons"
                if not ends:
                    return Races((known,), (None,), note)
                break
            another = told(run)
            alike = _shifted(runs, sets, another)
            sets.append(alike or explained(runs, another, candidates))
        return _irredundant(bad, sets, course, note)
    except ValueError as why:
        note = f"some run violates for a reason that is not known: {why}"
    except DeadlineError:
        note = NOT_ALL
    return Races((known,), (None,), note)


def _shifted(runs: GoodRuns, sets: Sequence[Facts], run: Course) -> Facts | None:
    """A known set, moved to other turns of its loops, that explains a run as well: what
    happens to chunk 8 is best told as what happened to chunk 7 was."""
    deadline = runs.deadline
    for known in sets:
        named = [event.label for fact in known for event in events_of(fact)]
        turns = {label.indices[0] for label in named if label.indices}
        moves = {label.indices[0] - turn for label in run.labels if label.indices for turn in turns}
        for move in sorted(moves - {0}):
            facts = tuple(Fact(_moved(a, move), _moved(b, move), both) for a, b, both in known)
            # What is told of a turn is an event that there is: the other loop may be shorter.
            if (
                run.keeps(facts)
                and all(runs.graph.can_happen(Fact(None, b), deadline) for _, b, _ in facts)
                and _is_minimal(runs, facts)
            ):
                return facts
    return None


def _moved(event: Occurrence | None, move: int) -> Occurrence | None:
    if event is None or not event.label.indices:
        return event
    label = event.label
    indices = (label.indices[0] + move, *label.indices[1:])
    return replace(event, label=replace(label, indices=indices))


def _is_minimal(runs: GoodRuns, facts: Facts) -> bool:
    """Whether a set forces the violation, and none of its parts does."""
    if runs.find(facts) is not None:
        return False
    parts = ([*facts[:i], *facts[i + 1 :]] for i in range(len(facts)))
    return all(runs.find(part) is not None for part in parts)


def _irredundant(bad: BadRuns, sets: list[Facts], course: Course, note: str) -> Races:
    """Without the sets that explain no run alone; with the run that each of the others does. One
    that the run which is shown keeps comes first."""
    kept = [*sets]
    found: dict[Facts, Run] = {}
    mine = [each for each in sets if course.keeps(each)]
    for each in sorted(sets, key=lambda one: (one in mine, -sets.index(one))):
        others = [other for other in kept if other is not each]
        run = bad.find(others, each)
        needed = each in mine and not any(other in mine for other in others)
        if run is None and others and not needed:
            kept = others
        elif run is not None:
            found[each] = run
    first = next(each for each in kept if each in mine)
    rest = sorted((each for each in kept if each is not first), key=_order)
    return Races((first, *rest), (found.get(first), *(found[each] for each in rest)), note)


def _order(facts: Facts) -> list[tuple[tuple[int, ...], list[Occurrence]]]:
    return [(tuple(event is None for event in fact[:2]), [*events_of(fact)]) for fact in facts]
