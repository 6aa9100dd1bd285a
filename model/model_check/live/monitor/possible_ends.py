"""From the readings of a session's log to its possible ends, and the properties broken there.

The ends of a session are the states that it can be in when nothing can happen any more, after
steps that no log shows. Where somebody polls for ever there is no such state: when its keys were
removed, it was stopped where it was. Otherwise a reading from which there is none is one of a log
that ends in the middle: then what is asked is what every continuation of the model leads to. A log
may be both, and nobody knows whether another line was to come: then both are asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...explore.memo import GrowthNeededError
from ...explore.space import is_final
from ...language.tree.spec import Property
from ...results.check import Value, Verdict
from ...verify.formulas import Answers
from .log_readings import LogReadings
from .reading import LogReading, TooManyError
from .tracking import is_tracked
from .ways import Way

__all__ = ["PossibleEnd", "PossibleEnds", "possible_ends_of", "watched"]


@dataclass(frozen=True, slots=True)
class PossibleEnd:
    """A state in which nothing can happen any more, the way to the reading of the log that it is
    reached from, and the properties not true there, or that cannot be evaluated (`unknown`).
    `faults`: how much went wrong up to there, at least."""

    state: int
    way: Way
    broken: frozenset[str]
    unknown: frozenset[str]
    faults: int = 0


@dataclass(frozen=True, slots=True)
class PossibleEnds:
    """How a session can end. `complete`: without another line; `open`: with another one, where
    it was cut off. `unended`: what the continuations break that come to no end, because they go
    on for ever or run into an error of the spec; and what is not `certain` of these. `note`: why
    nothing more is known, where that is so. `left`: how it can end where it is open, and a process,
    or each, never comes back."""

    complete: bool
    open: bool
    ends: tuple[PossibleEnd, ...]
    unended: frozenset[frozenset[str]]
    note: str
    uncertain: frozenset[str] = frozenset()
    left: tuple[PossibleEnd, ...] = ()

    def verdict(self, name: str) -> Verdict:
        """What is certain of a property."""
        answers = {name in end.broken for end in self.ends}
        unknown = name in self.uncertain or any(name in end.unknown for end in self.ends)
        if not self.ends and self.unended:
            answers = {name in each for each in self.unended}
        if unknown or not answers or len(answers | {name in each for each in self.unended}) > 1:
            return "undetermined"
        if answers != {True}:
            return "holds"
        spared = any(name not in end.broken for end in self.left)
        return "undetermined" if spared else "violated"

    def is_known(self, name: str) -> bool:
        """Whether each end, by itself, says whether a property is violated there."""
        known = name not in self.uncertain and not any(name in end.unknown for end in self.ends)
        return known and bool(self.ends or self.unended)

    def of(self, name: str) -> tuple[PossibleEnd, ...]:
        """The ends that a verdict on a property is over: those at which somebody never came back
        count where they only make it uncertain."""
        all_broken = all(name in end.broken for end in self.ends)
        spared = self.left and any(name not in end.broken for end in self.left)
        return (*self.ends, *self.left) if all_broken and spared else self.ends


def possible_ends_of(readings: LogReadings, judged: Sequence[Property], most: int) -> PossibleEnds:
    """How a session whose log fits can end. `most`: states to look at beyond the log."""
    final = readings.final
    judge = _EndJudge(readings, judged)
    ends = [each for each in final if readings.observable.is_end(each.state)]
    unfinished = _unfinished(readings, final)
    if ends:
        # Nothing comes after the keys were removed.
        unfinished = [each for each in unfinished if not each.over]
    # What follows from where one step alone was gone on with, follows from behind it.
    unfinished = [each for each in unfinished if each not in readings.overtaken] or unfinished
    try:
        later, unended = _continued(readings, unfinished, most)
    except TooManyError as error:
        return PossibleEnds(bool(ends), True, (), frozenset(), str(error))
    stopped: list[LogReading] = []
    if not ends and not later:
        stopped = [each for each in final if _has_stopped(readings, each)]
        if stopped and all(each.over for each in unfinished):
            unfinished, unended = [], []
    some = ends or stopped or later or unended
    note = "" if some else "no run of the model that goes on from there ends"
    found = [*((each, final[each], final[each].faults) for each in ends), *later]
    left = (judge.stopped(each, final[each]) for each in stopped)
    # Where the keys were removed, or somebody has left, nobody may go on as if that were not so.
    over = [each for each in unfinished if each.over]
    left_then = _left_alone(readings, over, judge, most) if over else ()
    spoiled = frozenset[str]().union(*(each.broken | each.unknown for each in left_then))
    # What is asked of whole runs, and of deadlocks, such an end says nothing of.
    spoiled -= {e.name for e in judged if e.form.on_deadlock or is_tracked(e)}
    made = PossibleEnds(
        bool(ends or stopped),
        bool(unfinished),
        tuple(dict.fromkeys([*(judge.end(*each) for each in found), *left])),
        frozenset(map(judge.on_the_way, unended)),
        note,
        spoiled.union(*map(judge.left_open, unended)),
    )
    if any(made.verdict(each.name) == "violated" for each in judged):
        return replace(made, left=_left_alone(readings, unfinished, judge, most))
    return made


def _has_stopped(readings: LogReadings, reading: LogReading) -> bool:
    """Whether a system that would go on for ever, as one that polls does, has been stopped there:
    its keys were removed, and whatever it did next, a log would show."""
    moves = readings.observable.moves(reading.state)
    return reading.over and all(move.fault or bool(move.sends) for move in moves)


def _left_alone(
    readings: LogReadings, unfinished: Sequence[LogReading], judge: _EndJudge, most: int
) -> tuple[PossibleEnd, ...]:
    """The ends of a log that was cut off if no process ever sends anything more, and if one of
    them does not: a log does not show that a client has gone."""
    observable = readings.observable
    everyone = frozenset(range(len(observable.clients)))
    found: list[PossibleEnd] = []
    for gone in (everyone, *(frozenset({each}) for each in sorted(everyone))):
        try:
            ends, _ = _continued(readings, unfinished, most, gone)
        except TooManyError:
            continue
        found += (judge.abandoned(*each) for each in ends)
    return tuple(dict.fromkeys(found))


def _unfinished(readings: LogReadings, final: Mapping[LogReading, Way]) -> list[LogReading]:
    """The readings of the whole log from which no end is reached without another line. What
    could only be reached because something goes wrong, need not: the line may be missing."""
    before: dict[LogReading, list[LogReading]] = {each: [] for each in final}
    finished = []
    for reading in final:
        if readings.observable.is_end(reading.state):
            finished.append(reading)
        for move in readings.observable.moves(reading.state):
            if move.target is not None and not move.sends and not move.fault:
                for each in readings.followed(reading, move, readings.end):
                    after, _ = readings.canonical(each)
                    if after in before:
                        before[after].append(reading)
    seen = set(finished)
    while finished:
        for reading in before[finished.pop()]:
            if reading not in seen:
                seen.add(reading)
                finished.append(reading)
    return [each for each in final if each not in seen]


def _continued(
    readings: LogReadings,
    final: Sequence[LogReading],
    most: int,
    gone: frozenset[int] = frozenset(),
) -> tuple[list[tuple[LogReading, Way, int]], list[LogReading]]:
    """All ends of all continuations, each with the way to the reading it goes on from and the
    fewest faults that lead there; and readings at which continuations are that come to no end.
    `gone`: the clients that send nothing any more."""
    observable = readings.observable
    # Who is gone has a name of its own.
    fixed = gone if len(gone) < len(observable.clients) else frozenset()
    ways = {each: readings.final[each] for each in final}
    came = {each: (way.faults, way) for each, way in ways.items()}
    todo: dict[int, list[LogReading]] = {}
    for each, (faults, _) in came.items():
        todo.setdefault(faults, []).append(each)
    found: list[tuple[LogReading, Way, int]] = []
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
        moves = [
            each
            for each in observable.moves(reading.state)
            if not (each.sends and observable.owner(each) in gone)
        ]
        if all(move.fault for move in moves):
            found.append((reading, start, faults))
        if any(move.target is None for move in moves):
            failing.append(reading)
        leads[reading] = []
        following = [
            (m, readings.canonical(readings.moved(reading, m.target), fixed)[0])
            for m in moves
            if m.target is not None
        ]
        able = readings.following.put_off(reading.state)[1]
        first = readings.first_of(moves, able, shown=True)
        if first:
            alone = [(move, after) for move, after in following if move in first]
            # Who goes round in a circle must not be alone for ever.
            if not any(after in came for _, after in alone):
                following = alone
        for move, after in following:
            more = faults + move.fault
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
        self._following = readings.following

    def end(self, end: LogReading, way: Way, faults: int) -> PossibleEnd:
        """An end of the model."""
        answers = {p.name: self._is_true(p, end) for p in self.judged}
        return self._made(end, way, faults, answers)

    def stopped(self, end: LogReading, way: Way) -> PossibleEnd:
        """An end at which the system was stopped; that it could go on is no deadlock, and what it
        would still have done, nobody knows."""
        answers: dict[str, bool | None] = {}
        for each in self.judged:
            if each.form.on_deadlock:
                answers[each.name] = True
            elif is_tracked(each):
                broken = self._is_broken_so_far(each, end)
                answers[each.name] = None if broken is None else not broken
            else:
                answers[each.name] = self._is_true(each, end)
        return self._made(end, way, way.faults, answers)

    def abandoned(self, end: LogReading, way: Way, faults: int) -> PossibleEnd:
        """An end at which somebody never came back; what it says of a property that asks more than
        what is the case there counts for nothing."""
        answers = {
            p.name: False if p.form.on_deadlock or is_tracked(p) else self._is_true(p, end)
            for p in self.judged
        }
        return self._made(end, way, faults, answers)

    @staticmethod
    def _made(
        end: LogReading, way: Way, faults: int, answers: Mapping[str, bool | None]
    ) -> PossibleEnd:
        broken = frozenset(name for name, true in answers.items() if true is False)
        unknown = frozenset(name for name, true in answers.items() if true is None)
        return PossibleEnd(end.state, way, broken, unknown, faults)

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
        if each.form.asks_all and each.name not in self._following.bits:
            return None
        return each.form.asks_all and bool(reading.broken & self._following.bits[each.name])

    def _tracked(self, each: Property, reading: LogReading, *, ended: bool) -> bool | None:
        tracking = self._following.tracking
        try:
            if each.name in self._following.names:
                return tracking.is_broken(each.name, reading.tracked, reading.state, ended=ended)
            if not ended:
                return None
            alone = self.readings.observable.following(frozenset({each.name})).tracking
            return alone.is_broken_at_end(each.name, reading.state)
        except GrowthNeededError as error:
            self.readings.observable.grow(error.code)
            raise

    def _is_true(self, each: Property, end: LogReading) -> bool | None:
        """None where it cannot be evaluated, or that depends on what was before."""
        observable = self.readings.observable
        if each.form.on_deadlock:
            return is_final(observable.machine, end.state)
        if is_tracked(each):
            broken = self._tracked(each, end, ended=True)
            return None if broken is None else not broken
        if each.form.at_ends or each.name not in self._following.bits:
            answer = observable.program.formulas.properties[each.name].answer(end.state)
            if answer < 0:
                observable.grow(-answer)
            if each.form.at_ends:
                return None if answer < 0 else answer != each.form.wrong_answer
            return False if answer == each.form.wrong_answer else None
        return not end.broken & self._following.bits[each.name]


def watched(readings: LogReadings, state: int) -> dict[str, Value]:
    """The watched definitions in a state."""
    watch = readings.observable.program.formulas.watch
    try:
        return {each.formula.name: Answers(each).value(state) for each in watch}
    except GrowthNeededError as error:
        readings.observable.grow(error.code)
        raise
