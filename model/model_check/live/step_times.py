"""From the steps of a run, and when each was done, to how long they took: of a log, or of processes
that ran for real.

What goes wrong begins its process anew: nothing of what was counts, and when it can go on nobody
knows. Where a process does several things side by side, a time is taken between two steps of one of
them with nothing of the others in between: when another one began, nothing says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..language.tree.spec import Process, Spec
from ..language.tree.statements import Await, Step
from ..language.tree.walk import calls_of, controls_in, statements_in
from ..machine import core
from ..machine.core import Machine
from ..results.step_times import Since, StepTimes

__all__ = ["SENT", "Key", "Span", "StepLabels", "spans_of", "times_by_step"]

SENT = "_send"
"""Behind the label of the half of a step that sends what it then waits for."""
At = TypeVar("At")
"""When a step was done."""
Key = tuple[str, Since]
"""What a time is of, and from when it counts: see `results.step_times`."""


class StepLabels:
    """What the steps of a spec are called as it is written, where the one that is `followed` has
    some of them in two halves; and which of them can wait, by process and label."""

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


@dataclass(frozen=True, slots=True)
class Span(Generic[At]):
    """A time of a step that lies between two moments."""

    step: str
    since: Since
    opened: At
    closed: At


@dataclass(slots=True)
class _Track(Generic[At]):
    """What is known of a process instance on the way: the instance (a task of it) that took the
    last step, and when; None where that is not known."""

    task: int
    at: At | None


def spans_of(
    machine: Machine,
    labels: StepLabels,
    taken: Iterable[tuple[core.Step, At | None]],
    start: At | None = None,
) -> Iterator[Span[At]]:
    """The times in a run: `taken` are its steps, each with when it was done, None where that is not
    known. `start`: when all processes could begin; None: when its first known step was done."""
    tracks: dict[tuple[str, int], _Track[At]] = {}
    same: dict[tuple[int, str], At] = {}
    for step, at in taken:
        instance = machine.instances[step.instance]
        start = at if start is None else start
        key = (instance.process, instance.number)
        track = tracks.get(key)
        if not instance.process:
            continue
        if step.fault:
            tracks[key] = _Track(instance.index, None)
            same = {k: then for k, then in same.items() if not _is_of(machine, k[0], key)}
            continue
        if at is None:
            # A step that nobody saw takes no time, unless it can wait.
            lasting = step.timeout or labels.can_wait(instance.process, step.label)
            if lasting or (track is not None and track.task != instance.index):
                tracks[key] = _Track(instance.index, None)
            continue
        name = labels.name(instance.process, step.label)
        if track is None and start is not None:
            yield Span(instance.process, "begin", start, at)
        elif track is not None and track.task == instance.index and track.at is not None:
            yield Span(name, "step", track.at, at)
        before = same.get((instance.index, step.label))
        if before is not None:
            yield Span(name, "same", before, at)
        same[instance.index, step.label] = at
        tracks[key] = _Track(instance.index, at)


def _is_of(machine: Machine, index: int, key: tuple[str, int]) -> bool:
    instance = machine.instances[index]
    return (instance.process, instance.number) == key


def times_by_step(
    told: Mapping[str, bool], times: Mapping[Key, list[int]], left_out: Mapping[Key, int]
) -> tuple[StepTimes, ...]:
    """All times, in microseconds, by what they are of in the order of `told` (see
    `StepLabels.told`); `left_out`: how many were not taken."""
    sinces: tuple[Since, ...] = ("begin", "step", "same")
    return tuple(
        StepTimes(name, since, waits, tuple(sorted(times.get(key, ()))), left_out.get(key, 0))
        for name, waits in told.items()
        for since in sinces
        if (key := (name, since)) in times or left_out.get(key, 0)
    )
