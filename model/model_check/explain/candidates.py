"""The facts that a run keeps, the weakest first: what a reason of it can be made of.

In: the events of a run, and events that it does not have. Out: lists of facts to be tried one after
the other, each with more. What is told is only what can have to do with the violation (see
`relevance`). First comes what is decided in an event: what goes wrong, and which way is chosen;
then which comes before which, of different processes, or where one of them goes wrong; and where
that is not enough, that others happen, what comes too late or never, and the order within a
process. Where causes are asked for, it is never told that something happens which is not decided
there: of that a person would ask in turn why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

from ..symbolic.facts import Fact, all_kept, events_of
from ..symbolic.occurrences import ANYWHERE, BEGINNING, Label, Occurrence, occurrences

__all__ = ["Candidates", "Course", "candidates", "weaker_ones"]

Names = Callable[[Label], bool]


def everything(label: Label) -> bool:
    """Where nobody says what matters, all does."""
    return True


def nothing(label: Label) -> bool:
    """Where nobody says what goes wrong, nothing does."""
    return False


def none(fact: Fact) -> bool:
    """Where nobody says what is not to be told, all is."""
    return False


@dataclass(frozen=True, slots=True)
class Course:
    """What of a violating run is to be explained: its events, as far as it has violated by then
    or, `whole`, as far as it goes. `late`: what is most likely to have come too late, in lists to
    be tried one after the other. `loop_from`: the number of the event from which on they happen
    again and again for ever. `after`: what comes later in this run."""

    labels: tuple[Label, ...]
    whole: bool = True
    late: Sequence[Sequence[Occurrence]] = ((),)
    loop_from: int | None = None
    after: tuple[Label, ...] = ()

    @property
    def again(self) -> frozenset[Label]:
        """What happens again and again, by its plain names."""
        if self.loop_from is None:
            return frozenset()
        return frozenset(label.plain for label in self.labels[self.loop_from :])

    def keeps(self, facts: Sequence[Fact]) -> bool:
        """Whether the run keeps all of some facts."""
        return all_kept(facts, self.labels, self.loop_from)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be told of a run. `matters`: whether an event may be named; `goes_wrong`: whether it
    is a fault, whose order with the steps of its own process says something. `is_free`: whether it
    is decided there that it happens, for its process could have gone another way; that others do
    is a consequence, and told only where the order does not tell why. `known`: all labels that
    runs have. `is_seen`: whether it changes what the property itself reads. `causes`: nothing is
    told that is a consequence. `untold`: whether a fact is not to be told either."""

    matters: Names = everything
    goes_wrong: Names = nothing
    is_free: Names = everything
    known: Sequence[Label] = ()
    is_seen: Names = nothing
    causes: bool = False
    untold: Callable[[Fact], bool] = none

    def of(self, course: Course) -> Iterator[list[Fact]]:
        """The facts to try, in lists of which most have more than the ones before."""
        for facts in self._causes(course) if self.causes else self._all(course):
            yield [fact for fact in facts if not self.untold(fact)]

    def _all(self, course: Course) -> Iterator[list[Fact]]:
        run = course.labels
        events = self._plain(run)
        all_that_happened = self._happened(run)
        happened = [*filter(self._is_decided, all_that_happened)]
        missing = self._missing(course)
        # What may still come is not known of a run that is told up to its violation.
        missed = [Fact(None, each) for each in missing] if course.whole else []
        never = [fact for fact in missed if fact.second and self._decides(fact.second)]
        facts: list[Fact] = []
        for late in course.late:
            last = [event for event in late if self.matters(event.label)]
            facts = [*happened, *candidates(events, last, self._apart)]
            yield facts
        facts = [*facts, *never]
        yield facts
        yield _all_of(facts, all_that_happened)
        ordered = candidates(events, missing, self._apart)
        # The order of a process is that of its program, unless it goes round, or chooses.
        within = candidates(events, missing, lambda a, b: a != b and not self._apart(a, b))
        yield _all_of(facts, all_that_happened, ordered, within, missed)

    def _causes(self, course: Course) -> Iterator[list[Fact]]:
        """What is decided; then the order of what happens; then that one happens after another, and
        what comes too late or never."""
        events = self._plain(course.labels)
        decided = [*filter(self._is_decided, self._happened(course.labels))]
        missing = self._missing(replace(course, labels=(*course.labels, *course.after)))
        never = [
            Fact(None, each) for each in (*self._unbroken(course), *missing) if self._decides(each)
        ]
        yield _all_of(decided, never)
        ordered = candidates(events, (), self._apart)
        yield _all_of(decided, ordered)
        # That it is seen once more is the symptom itself, whatever it comes after.
        after = [
            Fact(a, b, both=True)
            for a, b, _ in ordered
            if b and not (b.number > 1 and self.is_seen(b.label))
        ]
        yield _all_of(
            decided, [each for each in (*ordered, *after) if not self.is_of_what_is_seen(each)]
        )
        yield _all_of(decided, ordered, after)
        facts = _all_of(decided, never, ordered, after)
        yield facts
        late = [event for each in course.late for event in each if self.matters(event.label)]
        facts = _all_of(facts, candidates(events, late, self._apart))
        yield facts
        if course.loop_from is not None:
            yield _all_of(facts, candidates(events, missing, self._apart))

    def may_tell(self, fact: Fact) -> bool:
        """Whether a fact is one of those that are asked for."""
        if self.untold(fact):
            return False
        if not self.causes or (fact.first is not None and fact.second is not None):
            return True
        return any(map(self._decides, events_of(fact)))

    def is_of_what_is_seen(self, fact: Fact) -> bool:
        """Whether it is an order, and all that a fact tells of is what is seen of the violation."""
        order = fact.first is not None and fact.second is not None
        return order and all(self.is_seen(event.label) for event in events_of(fact))

    def _is_decided(self, fact: Fact) -> bool:
        return fact.first is not None and self._decides(fact.first)

    def _decides(self, event: Occurrence) -> bool:
        label = event.label
        return label != label.plain or self.goes_wrong(label) or self.is_free(label)

    def _missing(self, course: Course) -> list[Occurrence]:
        """The next event of each name that the run does not have."""
        counts = Counter(label.plain for label in course.labels)
        names = sorted({label.plain for label in self.known if label.instance != BEGINNING})
        again = course.again
        return [
            Occurrence(label, counts[label] + 1)
            for label in names
            if self.matters(label) and label not in again
        ]

    def _unbroken(self, course: Course) -> list[Occurrence]:
        """Where nothing goes wrong in the run with a process that it goes wrong with in others."""
        known = {replace(label, chosen=()) for label in self.known if label.at != ANYWHERE}
        had = {replace(label, chosen=()) for label in course.labels}
        return [Occurrence(each, 1) for each in sorted(known - had) if self.matters(each)]

    def _plain(self, run: Sequence[Label]) -> list[Occurrence]:
        """The events by their plain names, those that matter."""
        found = occurrences([label.plain for label in run])
        return [
            event
            for event in found
            if event.label.instance != BEGINNING and self.matters(event.label)
        ]

    def _happened(self, run: Sequence[Label]) -> list[Fact]:
        """That events happen: the first of a process first, and by its plain name before it is
        told what more is known of it."""
        counts: dict[Label, int] = {}
        places: dict[int, int] = {}
        found: list[tuple[int, Fact]] = []
        for label in run:
            place = places[label.instance] = places.get(label.instance, -1) + 1
            if not self.matters(label):
                continue
            for each in dict.fromkeys((label.plain, label)):
                counts[each] = counts.get(each, 0) + 1
                if each.instance != BEGINNING or each.chosen:
                    found.append((place, Fact(Occurrence(each, counts[each]), None)))
        return [fact for _, fact in sorted(found, key=lambda each: each[0])]

    def _apart(self, first: Label, second: Label) -> bool:
        """Whether the order of two events says something."""
        if first.instance != second.instance:
            return True
        return first != second and (self.goes_wrong(first) or self.goes_wrong(second))


def _of_two(first: Label, second: Label) -> bool:
    return first.instance != second.instance


def candidates(
    run: Sequence[Occurrence],
    missing: Sequence[Occurrence] = (),
    apart: Callable[[Label, Label], bool] = _of_two,
) -> list[Fact]:
    """All orderings that a run keeps, of events that are `apart`, the weakest first: those
    whose first event is early in its process and whose second is late. `missing` are events
    that do not happen in the run: they may stand second."""
    place: dict[Occurrence, int] = {}
    seen: dict[int, int] = {}
    for event in (*run, *missing):
        place[event] = seen.get(event.label.instance, 0)
        seen[event.label.instance] = place[event] + 1
    pairs = [*combinations(run, 2), *product(run, missing)]
    found = [(a, b) for a, b in pairs if apart(a.label, b.label)]
    found.sort(key=lambda pair: place[pair[0]] - place[pair[1]])
    return [Fact(a, b) for a, b in found]


def _all_of(*groups: Sequence[Fact]) -> list[Fact]:
    return list(dict.fromkeys(fact for group in groups for fact in group))


def weaker_ones(fact: Fact, run: Sequence[Occurrence]) -> list[Fact]:
    """The facts just weaker than one: of an ordering, that its first event happens at all, its
    first event one earlier in its process, or its second one later, as they lie in `run`; of one
    after another, that order alone, or that the other event happens; of an event that happens, the
    same by its plain name, or the one before it in its process."""
    first, second, both = fact
    if first is None:
        return []
    mine = [e for e in run if e.label.instance == first.label.instance]
    if second is None:
        if first.label.plain != first.label:
            return [Fact(each, None) for each in mine if each.label == first.label.plain]
        sooner = mine.index(first) - 1 if first in mine else -1
        return [Fact(mine[sooner], None)] if sooner >= 0 else []
    theirs = [e for e in run if e.label.instance == second.label.instance]
    found = [Fact(first, None)]
    if both:
        found += [Fact(second, None), Fact(first, second)]
    sooner = mine.index(first) - 1
    if sooner >= 0 and mine[sooner] != second:
        found.append(Fact(mine[sooner], second, both))
    if second in theirs[:-1] and not both:
        found.append(Fact(first, theirs[theirs.index(second) + 1]))
    return found
