"""From the runs that a session fits to how long its steps took.

In: the ways to the last readings of a session. Out: which of its lines a time lies between. A log
shows when a server carried a command out. A step that no log shows takes no time, unless it can
wait: then how long it took is not known, and no time is taken behind it before the next step that
is shown. What waits at the server is shown when it is sent, which is when its clock is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from ...language.tree.timing import MOST_TIME
from ...machine.core import Machine, Step
from ...results.step_times import StepTimes
from ..step_times import Key, Span, StepLabels, spans_of, times_by_step
from .events import LogSession
from .observable_steps import Move, ObservableSteps
from .reading import Readings
from .ways import Way, speakers, way_to

__all__ = ["Intervals", "intervals_of", "times_of"]

MOST_READINGS = 20
"""Runs of a session that are compared: what they agree on is taken."""
NANOSECONDS = 1_000
"""In a microsecond, by which logs tell times."""

Line = tuple[int, int]
"""A line of a session: log, and number."""
Intervals = tuple[frozenset[Span[Line]], Mapping[Key, int]]
"""The times of a session, and of how many more its runs disagree, by step and since when."""


# --- from ways to intervals ------------------------------------------------------------------


def intervals_of(observable: ObservableSteps, labels: StepLabels, final: Readings) -> Intervals:
    """The times in which all runs agree that a session fits: whose each line is, of all of them,
    and what no line shows, of the first `MOST_READINGS`. And how often they disagree, by step and
    since when."""
    machine = observable.machine
    ways = islice(final.values(), MOST_READINGS)
    found = [
        frozenset(spans_of(machine, labels, _shown(machine, way_to(way, observable.renaming))))
        for way in ways
    ]
    told = frozenset.intersection(*found) if found else frozenset()
    doubted = _doubted_lines(observable, final)
    agreed = frozenset(each for each in told if not _is_doubted(each, doubted))
    open_lines: dict[Key, set[Line]] = {}
    for each in frozenset().union(*found) - agreed:
        open_lines.setdefault((each.step, each.since), set()).add(each.closed)
    return agreed, {key: len(lines) for key, lines in open_lines.items()}


def _shown(machine: Machine, way: Sequence[Way]) -> Iterator[tuple[Step, Line | None]]:
    """The steps on one way, each with the line that shows it."""
    for each in way:
        if each.move is not None:
            line = (each.lines[0].log, each.lines[0].line.number) if each.lines else None
            yield machine.steps[each.move.step], line


def _doubted_lines(observable: ObservableSteps, final: Readings) -> dict[Line, frozenset[str]]:
    """The lines of which it is open which step they are, with the processes whose it may be. Of
    instances that are alike it does not matter which one it is of."""
    machine = observable.machine
    kinds: dict[tuple[str, str, str], int] = {}

    def whose(move: Move) -> int:
        instance = machine.instances[move.instance]
        client = observable.clients.index(observable.owners[move.instance])
        one = "" if client in observable.renaming.alike else instance.name
        key = (instance.process, one, machine.steps[move.step].label)
        return kinds.setdefault(key, len(kinds))

    said = speakers(final.values(), whose)
    processes = [process for process, _, _ in kinds]
    return {
        line: frozenset("" if each is None else processes[each] for each in owners)
        for line, owners in said.items()
        if len(owners) > 1
    }


def _is_doubted(interval: Span[Line], doubted: Mapping[Line, frozenset[str]]) -> bool:
    """Whether a line from its first to its last may be its process's or not."""
    process = interval.step.partition(".")[0]
    return any(
        process in owners
        for line, owners in doubted.items()
        if interval.opened <= line <= interval.closed or line in (interval.opened, interval.closed)
    )


# --- from intervals to times -----------------------------------------------------------------


def times_of(
    told: Mapping[str, bool], found: Iterable[tuple[LogSession, LogSession, Intervals]]
) -> tuple[StepTimes, ...]:
    """The times of all sessions, by what they are of in the order of `told` (see
    `StepLabels.told`). Each session comes with one that is like it, and the times of that."""
    times: dict[Key, list[int]] = {}
    left_out: Counter[Key] = Counter()
    for session, like, (agreed, disputed) in found:
        at = {
            (one.log, one.line.number): other.line.time
            for one, other in zip(like.all_events(), session.all_events(), strict=True)
        }
        left_out.update(disputed)
        for each in agreed:
            key = (each.step, each.since)
            took = at[each.closed] - at[each.opened]
            one_clock = each.closed[0] == each.opened[0]
            if one_clock and 0 <= took <= MOST_TIME // NANOSECONDS:
                times.setdefault(key, []).append(took)
            else:
                left_out[key] += 1
    return times_by_step(told, times, left_out)
