"""From the readings of a session's log to what must have gone wrong to explain it.

Every reading came about with its fewest faults (see `LogReadings`). So the fewest of all are known,
and where there are some, whether a kind of them is in every reading is asked by looking for one
without it.
"""

from __future__ import annotations

from ...budget.spending import Ask
from ...results.monitor import LogFaults
from .log_readings import LogReadings
from .reading import TooManyError
from .task import MonitorTask
from .ways import way_to
from .windows import events_of

__all__ = ["least_faults"]


def least_faults(readings: LogReadings, options: MonitorTask, interrupted: Ask) -> LogFaults | None:
    """What a session's log that fits needs; None where nothing may go wrong in the spec. Raises
    NoRoomError (see `ObservableSteps`)."""
    machine = readings.observable.machine
    if not machine.faulty:
        return None
    best = min(readings.final.values(), key=lambda each: each.faults)
    if not best.faults:
        return LogFaults(0, (), ())
    way = way_to(best, readings.observable.renaming)
    told = events_of(machine, way)
    moves = [step.move for step in way if step.move is not None]
    faults = [(move, event) for move, event in zip(moves, told, strict=True) if move.fault]
    certain = []
    for move, _ in faults:
        step, owner = machine.steps[move.step], machine.instances[move.instance].owner
        kind = step.label.partition("[")[0]
        name = f"{owner}.{kind}"
        if name not in certain and _is_needed(readings, owner, kind, options, interrupted):
            certain.append(name)
    return LogFaults(best.faults, tuple(event for _, event in faults), tuple(certain))


def _is_needed(
    readings: LogReadings, owner: str, kind: str, options: MonitorTask, interrupted: Ask
) -> bool:
    """Whether no reading does without a kind of faults of a process or resource."""
    machine = readings.observable.machine
    without = {
        step.index
        for step in machine.steps
        if step.fault
        and machine.instances[step.instance].owner == owner
        and step.label.partition("[")[0] == kind
    }
    try:
        found = LogReadings(
            readings.observable, readings.session, options, interrupted, readings.following,
            without=without,
        )  # fmt: skip
    except TooManyError:
        return False
    return not (found.fits or found.disturbed)
