"""From the runs that a session fits to how long its steps took.

In: the ways to the last readings of a session. Out: which of its lines a time lies between. A log
shows when a server carried a command out. A step that no log shows takes no time, unless it can
wait: then how long it took is not known, and no time is taken behind it before the next step that
is shown. What waits at the server is shown when it is sent, which is when its clock is over. Where
a process does several things side by side, a time is taken between two steps of one of them with
nothing of the others in between: when another one began, no line says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ...language.tree.spec import Process, Spec
from ...language.tree.statements import Await, Step
from ...language.tree.timing import MOST_TIME
from ...language.tree.walk import calls_of, controls_in, statements_in
from ...machine.core import Machine
from ...results.step_times import Since, StepTimes
from .events import LogSession
from .observable_steps import Move, ObservableSteps
from .reading import Readings
from .ways import Way, speakers, way_to

__all__ = ["Interval", "Intervals", "StepLabels", "intervals_of", "times_of"]

MOST_READINGS = 20
"""Runs of a session that are compared: what they agree on is taken."""
SENT = "_send"
NANOSECONDS = 1_000
"""In a microsecond, by which logs tell times."""

Line = tuple[int, int]
"""A line of a session: log, and number."""
_Key = tuple[str, Since]


@dataclass(frozen=True, slots=True)
class Interval:
    """A time of a step that lies between two lines."""

    step: str
    since: Since
    opened: Line
    closed: Line


Intervals = tuple[frozenset[Interval], Mapping[_Key, int]]
"""The times of a session, and of how many more its runs disagree, by step and since when."""


class StepLabels:
    """What the steps of a spec are called as it is written, where the monitor `followed` has some
    of them in two halves; and which of them can wait, by process and label."""

    def __init__(self, spec: Spec, followed: Spec) -> None:
        before = {(p.name, s.label): s for p in spec.processes for s in _steps(p)}
        after = {(p.name, s.label): s for p in followed.processes for s in _steps(p)}
        self._split = {
            (name, f"{label}{SENT}")
            for (name, label), step in after.items()
            if step.issue is not None and before[name, label].issue is None
        }
        self._waiting = {key for key, step in after.items() if _waits(step, followed)}

    def name(self, process: str, label: str) -> str:
        """A step as it is written in `timing:`."""
        split = (process, label) in self._split
        return f"{process}.{label.removesuffix(SENT) if split else label}"

    def can_wait(self, process: str, label: str) -> bool:
        """Whether it may take time before such a step can come."""
        return (process, label) in self._waiting

    def told(self, machine: Machine) -> dict[str, bool]:
        """All that a time can be of, in the order of the spec; and whether its times have in them
        what it waited."""
        found: dict[str, bool] = {}
        for step in machine.steps:
            process = machine.instances[step.instance].process
            if process and not step.fault:
                found.setdefault(process, False)
                # Of what is sent first, the sending is shown.
                sent = (process, f"{step.label}{SENT}") in self._split
                waits = self.can_wait(process, step.label) and not sent
                found.setdefault(self.name(process, step.label), waits)
        return found


def _steps(process: Process) -> Iterator[Step]:
    return (each for each in controls_in(process.run) if isinstance(each, Step))


def _waits(step: Step, spec: Spec) -> bool:
    calls = ((c, spec.resource(c.resource)) for c in calls_of(step.body))
    return (
        step.issue is not None
        or any(isinstance(each, Await) for each in statements_in(step.body))
        or any(resource.any_command(call.command).blocking for call, resource in calls)
    )


# --- from ways to intervals ------------------------------------------------------------------


def intervals_of(observable: ObservableSteps, labels: StepLabels, final: Readings) -> Intervals:
    """The times in which all runs agree that a session fits: whose each line is, of all of them,
    and what no line shows, of the first `MOST_READINGS`. And how often they disagree, by step and
    since when."""
    machine = observable.machine
    ways = islice(final.values(), MOST_READINGS)
    found = [frozenset(_along(machine, labels, way_to(way, observable.renaming))) for way in ways]
    told = frozenset.intersection(*found) if found else frozenset()
    doubted = _doubted_lines(observable, final)
    agreed = frozenset(each for each in told if not _is_doubted(each, doubted))
    open_lines: dict[_Key, set[Line]] = {}
    for each in frozenset().union(*found) - agreed:
        open_lines.setdefault((each.step, each.since), set()).add(each.closed)
    return agreed, {key: len(lines) for key, lines in open_lines.items()}


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


def _is_doubted(interval: Interval, doubted: Mapping[Line, frozenset[str]]) -> bool:
    """Whether a line from its first to its last may be its process's or not."""
    process = interval.step.partition(".")[0]
    return any(
        process in owners
        for line, owners in doubted.items()
        if interval.opened <= line <= interval.closed or line in (interval.opened, interval.closed)
    )


@dataclass(slots=True)
class _Track:
    """What is known of a process instance on the way: the instance (a task of it) that took the
    last step, and the line of that; None where its time is not known."""

    task: int
    line: Line | None


def _along(machine: Machine, labels: StepLabels, way: Sequence[Way]) -> Iterator[Interval]:
    """The times on one way."""
    start: Line | None = None
    tracks: dict[tuple[str, int], _Track] = {}
    same: dict[tuple[int, str], Line] = {}
    for each in way:
        if each.move is None:
            continue
        step, instance = machine.steps[each.move.step], machine.instances[each.move.instance]
        line = (each.lines[0].log, each.lines[0].line.number) if each.lines else None
        start = start or line
        key = (instance.process, instance.number)
        track = tracks.get(key)
        if not instance.process:
            continue
        if step.fault:
            # It begins anew: nothing of what was counts, and when that was no line says.
            tracks[key] = _Track(instance.index, None)
            same = {k: at for k, at in same.items() if not _is_of(machine, k[0], key)}
            continue
        if line is None:
            lasting = step.timeout or labels.can_wait(instance.process, step.label)
            if lasting or (track is not None and track.task != instance.index):
                tracks[key] = _Track(instance.index, None)
            continue
        name = labels.name(instance.process, step.label)
        if track is None and start is not None:
            yield Interval(instance.process, "begin", start, line)
        elif track is not None and track.task == instance.index and track.line is not None:
            yield Interval(name, "step", track.line, line)
        before = same.get((instance.index, step.label))
        if before is not None:
            yield Interval(name, "same", before, line)
        same[instance.index, step.label] = line
        tracks[key] = _Track(instance.index, line)


def _is_of(machine: Machine, index: int, key: tuple[str, int]) -> bool:
    instance = machine.instances[index]
    return (instance.process, instance.number) == key


# --- from intervals to times -----------------------------------------------------------------


def times_of(
    told: Mapping[str, bool], found: Iterable[tuple[LogSession, LogSession, Intervals]]
) -> tuple[StepTimes, ...]:
    """The times of all sessions, by what they are of in the order of `told` (see
    `StepLabels.told`). Each session comes with one that is like it, and the times of that."""
    times: dict[_Key, list[int]] = {}
    left_out: Counter[_Key] = Counter()
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
    sinces: tuple[Since, ...] = ("begin", "step", "same")
    return tuple(
        StepTimes(name, since, waits, tuple(sorted(times.get(key, ()))), left_out[key])
        for name, waits in told.items()
        for since in sinces
        if (key := (name, since)) in times or left_out[key]
    )
