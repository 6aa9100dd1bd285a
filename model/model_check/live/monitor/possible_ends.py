"""From the readings of a session's log to its possible ends, and the properties broken there.

The ends of a session are the states that it can be in when nothing can happen any more, after
steps that no log shows. A reading from which there is none is one of a log that ends in the
middle: then what is asked is what every continuation of the model leads to. A log may be both,
and nobody knows whether another line was to come: then both are asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...explore.memo import GrowthNeededError
from ...explore.space import is_final
from ...language.tree.spec import Property
from ...results.check import Value, Verdict
from ...verify.formulas import Answers
from .log_readings import LogReading, LogReadings, TooManyError
from .tracking import is_tracked

__all__ = ["PossibleEnd", "PossibleEnds", "possible_ends_of", "watched"]


@dataclass(frozen=True, slots=True)
class PossibleEnd:
    """A state in which nothing can happen any more, the reading of the log that it is reached
    from (for a whole session, the end itself), and the properties not true there, or that
    cannot be evaluated (`unknown`). `faults`: how much went wrong up to there, at least."""

    state: int
    reading: LogReading
    broken: frozenset[str]
    unknown: frozenset[str]
    faults: int = 0


@dataclass(frozen=True, slots=True)
class PossibleEnds:
    """How a session can end. `complete`: without another line; `open`: with another one, where
    it was cut off. `unended`: what the continuations break that come to no end, because they go
    on for ever or run into an error of the spec; and what is not `certain` of these. `note`: why
    nothing more is known, where that is so."""

    complete: bool
    open: bool
    ends: tuple[PossibleEnd, ...]
    unended: frozenset[frozenset[str]]
    note: str
    uncertain: frozenset[str] = frozenset()

    def verdict(self, name: str) -> Verdict:
        """What is certain of a property."""
        answers = {name in end.broken for end in self.ends}
        unknown = name in self.uncertain or any(name in end.unknown for end in self.ends)
        if not self.ends and self.unended:
            answers = {name in each for each in self.unended}
        if unknown or not answers or len(answers | {name in each for each in self.unended}) > 1:
            return "undetermined"
        return "violated" if answers == {True} else "holds"


def possible_ends_of(readings: LogReadings, judged: Sequence[Property], most: int) -> PossibleEnds:
    """How a session whose log fits can end. `most`: states to look at beyond the log."""
    final = readings.final()
    judge = _EndJudge(readings, judged)
    ends = [each for each in final if readings.observable.is_end(each.state)]
    unfinished = _unfinished(readings, final)
    if ends:
        # Nothing comes after the keys were removed.
        unfinished = [each for each in unfinished if not each.over]
    try:
        later, unended = _continued(readings, unfinished, most)
    except TooManyError as error:
        return PossibleEnds(bool(ends), True, (), frozenset(), str(error))
    some = ends or later or unended
    note = "" if some else "no run of the model that goes on from there ends"
    end = readings.end
    found = [*((each, each, readings.faults(end, each)) for each in ends), *later]
    return PossibleEnds(
        bool(ends),
        bool(unfinished),
        tuple(judge.end(*each) for each in found),
        frozenset(map(judge.on_the_way, unended)),
        note,
        frozenset().union(*map(judge.left_open, unended)),
    )


def _unfinished(readings: LogReadings, final: Sequence[LogReading]) -> list[LogReading]:
    """The readings of the whole log from which no end is reached without another line. What
    could only be reached because something goes wrong, need not: the line may be missing."""
    before: dict[LogReading, list[LogReading]] = {each: [] for each in final}
    finished = []
    for reading in final:
        if readings.observable.is_end(reading.state):
            finished.append(reading)
        for move in readings.observable.moves(reading.state):
            if move.target is not None and not move.sends and not move.fault:
                for after in readings.followed(reading, move, readings.end):
                    before[after].append(reading)
    seen = set(finished)
    while finished:
        for reading in before[finished.pop()]:
            if reading not in seen:
                seen.add(reading)
                finished.append(reading)
    return [each for each in final if each not in seen]


def _continued(
    readings: LogReadings, final: Sequence[LogReading], most: int
) -> tuple[list[tuple[LogReading, LogReading, int]], list[LogReading]]:
    """All ends of all continuations, each with the reading it goes on from and the fewest faults
    that lead there; and readings at which continuations are that come to no end."""
    came = {each: (readings.faults(readings.end, each), each) for each in final}
    todo: dict[int, list[LogReading]] = {}
    for each, (faults, _) in came.items():
        todo.setdefault(faults, []).append(each)
    found: list[tuple[LogReading, LogReading, int]] = []
    failing: list[LogReading] = []
    leads: dict[LogReading, list[LogReading]] = {}
    while todo:
        faults = min(todo)
        reading = todo[faults].pop()
        if not todo[faults]:
            del todo[faults]
        if reading in leads:
            continue  # it was come to with fewer
        start = came[reading][1]
        moves = readings.observable.moves(reading.state)
        if readings.observable.is_end(reading.state):
            found.append((reading, start, faults))
        if any(move.target is None for move in moves):
            failing.append(reading)
        leads[reading] = []
        for move in moves:
            if move.target is None:
                continue
            after, more = readings.moved(reading, move.target), faults + move.fault
            leads[reading].append(after)
            if after not in came or more < came[after][0]:
                came[after] = (more, start)
                todo.setdefault(more, []).append(after)
        if len(came) > most:
            raise TooManyError(f"it can go on in more than {most:,} states")
    return found, [*failing, *_going_round(leads)]


def _going_round(leads: Mapping[LogReading, Sequence[LogReading]]) -> list[LogReading]:
    """The readings that lie on a cycle, or between two: what is left when all are taken away
    that lead nowhere, and then all that nothing leads to (Kahn, Topological sorting of large
    networks, 1962)."""
    behind: dict[LogReading, list[LogReading]] = {each: [] for each in leads}
    for reading, following in leads.items():
        for after in following:
            behind[after].append(reading)
    left = _without_ends(leads, behind, set(leads))
    round_and_round = _without_ends(behind, leads, left)
    return [each for each in leads if each in round_and_round]


def _without_ends(
    forward: Mapping[LogReading, Sequence[LogReading]],
    backward: Mapping[LogReading, Sequence[LogReading]],
    among: set[LogReading],
) -> set[LogReading]:
    """Those of `among` from which one can go on for ever within it."""
    ways = {each: sum(after in among for after in forward[each]) for each in among}
    left = set(among)
    todo = [each for each, count in ways.items() if count == 0]
    while todo:
        gone = todo.pop()
        left.discard(gone)
        for before in backward[gone]:
            if before in left:
                ways[before] -= 1
                if ways[before] == 0:
                    todo.append(before)
    return left


class _EndJudge:
    def __init__(self, readings: LogReadings, judged: Sequence[Property]) -> None:
        self.readings = readings
        self.judged = judged

    def end(self, end: LogReading, start: LogReading, faults: int) -> PossibleEnd:
        answers = {p.name: self._is_true(p, end) for p in self.judged}
        broken = frozenset(name for name, true in answers.items() if true is False)
        unknown = frozenset(name for name, true in answers.items() if true is None)
        return PossibleEnd(end.state, start, broken, unknown, faults)

    def on_the_way(self, reading: LogReading) -> frozenset[str]:
        """The properties that a run has broken by coming to a reading, wherever it goes."""
        return frozenset(each.name for each in self.judged if self._is_broken_so_far(each, reading))

    def left_open(self, reading: LogReading) -> frozenset[str]:
        """The properties of which it depends on how a run goes on for ever."""
        return frozenset(
            each.name for each in self.judged if self._is_broken_so_far(each, reading) is None
        )

    def _is_broken_so_far(self, each: Property, reading: LogReading) -> bool | None:
        """Whether a run has broken a property by coming to a reading, wherever it goes without an
        end; None where that depends on where."""
        if is_tracked(each):
            return self._tracked(each, reading, ended=False)
        if each.form.asks_ends:
            return None
        return each.form.asks_all and bool(reading.broken & self.readings.bit(each.name))

    def _tracked(self, each: Property, reading: LogReading, *, ended: bool) -> bool | None:
        tracking = self.readings.tracking
        try:
            return tracking.is_broken(each.name, reading.tracked, reading.state, ended=ended)
        except GrowthNeededError as error:
            self.readings.observable.grow(error.code)
            raise

    def _is_true(self, each: Property, end: LogReading) -> bool | None:
        """None where it cannot be evaluated."""
        observable = self.readings.observable
        if each.form.on_deadlock:
            return is_final(observable.machine, end.state)
        if is_tracked(each):
            broken = self._tracked(each, end, ended=True)
            return None if broken is None else not broken
        if each.form.at_ends:
            answer = observable.program.formulas.properties[each.name].answer(end.state)
            if answer < 0:
                observable.grow(-answer)
            return None if answer < 0 else answer != each.form.wrong_answer
        return not end.broken & self.readings.bit(each.name)


def watched(readings: LogReadings, state: int) -> dict[str, Value]:
    """The watched definitions in a state."""
    watch = readings.observable.program.formulas.watch
    try:
        return {each.formula.name: Answers(each).value(state) for each in watch}
    except GrowthNeededError as error:
        readings.observable.grow(error.code)
        raise
