"""Causes instead of consequences: reasons that name no event of which a person would ask why.

That `server.charge#2 happens` is exactly when a customer is charged twice, and explains nothing.
Where a reason tells that something happens that is not decided there (no fault, no choice), all
reasons are looked for once more among facts that tell causes alone: what is decided, and which
event comes before or after which. They are taken where they are all, and not too many; otherwise
the consequence stays, for it is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..budget.deadline import Deadline, DeadlineError
from ..symbolic.facts import Fact
from ..symbolic.occurrences import Occurrence
from .candidates import Candidates, Course
from .constrained_search import BadRuns, GoodRuns
from .graphs import Graphs
from .races import Facts, Races, Told, explained, find_races

__all__ = ["of_causes", "told_together"]

SHARE = 0.5
"""Of the work that is left: z3 is to have its own."""
MOST_TRIED = 6
"""Lists of causes, each without the symptoms in disguise that stood in the ones before."""
MOST_CAUSES = 12
"""So many sets for each one that tells a consequence explain no more than it does."""
PLAINER = "the same may be said more plainly, which was not looked for any further"


def of_causes(
    races: Races,
    graphs: Graphs,
    course: Course,
    told: Told,
    candidates: Candidates,
    deadline: Deadline,
) -> tuple[Races, str]:
    """The same violation by its causes, where some of these reasons tell a consequence, and all
    causes were found; else these reasons. With it why causes may be found on another day: somebody
    interrupted, or a clock did; "" where it is not so."""
    causes = replace(candidates, causes=True)
    if all(causes.may_tell(fact) for facts in races.sets for fact in facts):
        return races, ""
    part = deadline.part(SHARE)
    try:
        runs, bad = GoodRuns(graphs.good, part), BadRuns(graphs.bad, part)
        disguises = _Disguises(runs, bad)
        causes = replace(causes, untold=disguises.is_known)
        for _ in range(MOST_TRIED):
            first = explained(runs, course, causes), course
            found = find_races(runs, bad, first, told, causes)
            # Where runs go round there is a set for each round: one of them is told.
            each_round = bool(found.note) and not bad.graph.is_acyclic() and not part.is_over()
            if (found.note and not each_round) or len(found.sets) > MOST_CAUSES * len(races.sets):
                return races, _cut_short(part) if found.note else ""
            if not disguises.are_new([fact for facts in found.sets for fact in facts]):
                # In whatever order it is seen, that is what was asked about.
                same = any(all(map(causes.is_of_what_is_seen, facts)) for facts in found.sets)
                return (races if same else found), ""
    except ValueError:
        pass
    except DeadlineError:
        return races, _cut_short(part)
    return races, ""


def _cut_short(deadline: Deadline) -> str:
    """What is to be said of reasons whose causes nobody went on looking for."""
    why = deadline.why()
    return f"{PLAINER}: {why}" if why else ""


def told_together(races: Races) -> Races:
    """The same sets, with `a before b` and `b happens` told as one: b after a."""
    return replace(races, sets=tuple(map(_as_one, races.sets)))


def _as_one(facts: Sequence[Fact]) -> Facts:
    orders = [fact for fact in facts if fact.first and fact.second]
    happens = {fact.first for fact in facts if fact.second is None and not fact.both}
    taken = {fact.second: fact for fact in reversed(orders) if fact.second in happens}
    return tuple(
        fact._replace(both=True) if taken.get(fact.second) is fact else fact
        for fact in facts
        if fact.second or fact.first not in taken
    )


class _Disguises:
    """Orders that say no more than that an event happens: they are the same in all runs. Of events
    of which one such order was found, all are known."""

    def __init__(self, runs: GoodRuns, bad: BadRuns) -> None:
        self.runs = runs
        self.bad = bad
        self.events: set[Occurrence | None] = set()
        self.known: dict[Fact, bool] = {}

    def are_new(self, facts: Sequence[Fact]) -> bool:
        """Whether some of these facts are such orders, which are known from now on."""
        found = {_event_of(fact) for fact in facts if self._is_one(fact)}
        self.events |= found
        return bool(found)

    def is_known(self, fact: Fact) -> bool:
        """Whether a fact is one."""
        return bool(self.events) and _event_of(fact) in self.events and self._is_one(fact)

    def _is_one(self, fact: Fact) -> bool:
        if fact.first is None or fact.second is None:
            return False
        if fact not in self.known:
            happens = Fact(_event_of(fact), None)
            self.known[fact] = not any(
                each.run([happens], [[fact]]) for each in (self.runs, self.bad)
            )
        return self.known[fact]


def _event_of(fact: Fact) -> Occurrence | None:
    """The event of which an order in disguise says that it happens."""
    return fact.second if fact.both else fact.first
