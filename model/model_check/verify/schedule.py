"""One schedule on another machine: the same process instances act, turn by turn.

A schedule is the sequence of the process instances that act in a run. A machine follows it like
this: at each turn the instance acts if it can, with whatever its own next step is there; where
it cannot (it waits for something, has ended, or there is no such process), the turn passes.
Where its step is a free choice there are several ways to follow. Of all ways, the one told
passes the fewest turns; of those, it has the fewest steps of another name than the schedule's;
of those, it is the first in the order of the machine's choices. What goes wrong in the schedule
goes wrong here too, if it can, and else the turn passes; nothing else does.

When the schedule is over, the run goes on to its end: each instance in turn, in the order of
the spec, takes a step if it can, and of a free choice the first; until nothing can happen any
more, or a state comes back with the same instance at turn. After 10,000 steps it is left.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import EXIT_UNDETERMINED, ModelCheckError
from ..explore.space import Space
from ..language.records import dataclass, replace
from ..machine.core import Instance
from ..results.check import CRASHED, ENDED, Trace, TraceStep, event_name
from .trace import Tracer, locations_of

__all__ = ["CutShortError", "ScheduleRun", "Turn", "TurnResult", "follow_schedule", "schedule_of"]

MOST_AFTER = 10_000
"""Steps after the schedule, until the run is left as it is."""
MOST_AT_ONCE = 10_000
"""Ways to follow that are kept at each turn: the best ones so far."""


class CutShortError(ModelCheckError):
    """The run leads out of what was explored, where a value needs more room: says so."""

    exit_code = EXIT_UNDETERMINED


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is: instance `number` of `process`; and what it did there where the
    schedule comes from, without the instance's name: `publish[7]`. `fault`: what went wrong with
    it (of a resource, whose name stands in place of the process)."""

    process: str
    number: int
    event: str
    fault: bool = False


@dataclass(frozen=True, slots=True)
class TurnResult:
    """A turn of the schedule on the other machine: the instance by the name it has there (""
    where there is none), and the step it takes, None where the turn passes: `why` tells."""

    instance: str
    step: TraceStep | None
    why: str


@dataclass(frozen=True, slots=True)
class ScheduleRun:
    """A run that follows a schedule: its states, the run told as a trace, each turn, and the
    steps after the schedule is over. `loop_from`: the place of the state that it comes back to
    for ever, where the trace ends, by the steps `around`; None where it does not. `left`: it was
    left before it had ended."""

    states: tuple[int, ...]
    trace: Trace
    turns: tuple[TurnResult, ...]
    rest: tuple[TraceStep, ...]
    loop_from: int | None
    around: tuple[int, ...]
    left: bool

    @property
    def endless(self) -> bool:
        """Whether it goes round for ever."""
        return self.loop_from is not None


def schedule_of(space: Space, trace: Trace) -> tuple[Turn, ...]:
    """The schedule of a trace of this space."""
    # What is under way on a process's connection has its name, and stands behind it.
    instances = {each.name: each for each in reversed(space.machine.instances)}
    steps = space.machine.steps
    names = [each.name for each in space.machine.instances]
    faults = {(names[each.instance], each.label) for each in steps if each.fault}
    return tuple(
        Turn(
            instances[step.instance].owner,
            instances[step.instance].number,
            _name(step),
            (step.instance, step.label) in faults,
        )
        for step in trace.steps
    )


def _name(step: TraceStep) -> str:
    return event_name(step.instance, step.label, step.indices, 1).removeprefix(step.instance + ".")


def follow_schedule(space: Space, schedule: Sequence[Turn]) -> ScheduleRun:
    """The run of a space's machine that follows a schedule. Raises CutShortError where the
    space was explored in part, and the run leads out of it."""
    return _ScheduleSearch(space).follow(schedule)


@dataclass(frozen=True, slots=True)
class _Move:
    """What an instance can do in a state: by `step` to `target`, or into a run-time error."""

    step: int
    target: int
    failing: bool


@dataclass(frozen=True, slots=True)
class _Way:
    """The best known way to follow up to a turn: how many turns passed and how many steps have
    another name (`cost`), the last turn's move (None where it passed), whether an error has
    ended the run, and the way before."""

    cost: tuple[int, int]
    state: int
    move: _Move | None
    failed: bool
    before: _Way | None


class _ScheduleSearch:
    def __init__(self, space: Space) -> None:
        self.space = space
        self.machine = space.machine
        self.tracer = Tracer(space)

    def follow(self, schedule: Sequence[Turn]) -> ScheduleRun:
        ways = self._best_ways(schedule)
        states, taken = [ways[0].state], list[int]()
        failing: _Move | None = None
        for way in ways[1:]:
            failing = self._note(way.move, states, taken) or failing
        loop_from: int | None = None
        left = False
        if failing is None:
            before = len(taken)
            failing, loop_from = self._go_on(states, taken)
            left = failing is None and len(taken) == before + MOST_AFTER
        trace = self._told(states, taken, failing)
        if loop_from is not None:
            trace = replace(trace, end="loop", loop_from=loop_from)
        steps = iter(trace.steps)
        turns = tuple(
            self._played(turn, before, next(steps) if way.move else None)
            for turn, before, way in zip(schedule, ways, ways[1:], strict=False)
        )
        around = tuple(taken[loop_from:]) if loop_from is not None else ()
        return ScheduleRun(tuple(states), trace, turns, tuple(steps), loop_from, around, left)

    # --- the schedule -----------------------------------------------------------------------

    def _best_ways(self, schedule: Sequence[Turn]) -> list[_Way]:
        """The best way to follow, as the ways up to each turn, the initial one first."""
        initial = self.space.states[: self.space.initial]
        level = [_Way((0, 0), state, None, False, None) for state in initial]
        for turn in schedule:
            found: dict[tuple[int, bool], _Way] = {}
            for way in level:
                for onward in self._onward(way, turn):
                    key = (onward.state, onward.failed)
                    if key not in found or onward.cost < found[key].cost:
                        found[key] = onward
            level = sorted(found.values(), key=lambda way: way.cost)[:MOST_AT_ONCE]
        last: _Way | None = level[0]
        ways = []
        while last is not None:
            ways.append(last)
            last = last.before
        return ways[::-1]

    def _onward(self, way: _Way, turn: Turn) -> list[_Way]:
        tasks = [] if way.failed else self._instances(turn)
        moves = [move for each in tasks for move in self._moves(way.state, each)]
        moves = [each for each in moves if self._fits(each, way.state, turn)]
        passed, other = way.cost
        if not moves:
            return [_Way((passed + 1, other), way.state, None, way.failed, way)]
        found = []
        for move in moves:
            cost = (passed, other + (self._event(move, way.state) != turn.event))
            found.append(_Way(cost, move.target, move, move.failing, way))
        return found

    def _instances(self, turn: Turn) -> list[Instance]:
        """Who acts at a turn: a process instance, and what runs beside it."""
        instances, who = self.machine.instances, (turn.process, turn.number)
        names = [each.name for each in instances if (each.owner, each.number) == who]
        # What it has sent has its name, and no number.
        return [each for each in instances if each.name in names[:1]]

    def _fits(self, move: _Move, state: int, turn: Turn) -> bool:
        """Whether a move is one for a turn: only what went wrong there goes wrong here."""
        if not self.machine.steps[move.step].fault:
            return not turn.fault
        return turn.fault and self._event(move, state) == turn.event

    def _ordinary(self, state: int, instance: Instance) -> list[_Move]:
        """What an instance can do in a state, but for what may go wrong."""
        steps = self.machine.steps
        return [each for each in self._moves(state, instance) if not steps[each.step].fault]

    def _moves(self, state: int, instance: Instance) -> list[_Move]:
        """What an instance can do in a state, in the order of the machine."""
        out: list[tuple[int, int]] = []
        self.space.program.labelled[instance.index](state, out)
        moves = []
        for target, step in out:
            if target < 0:
                failure = self.machine.failures[-target - 1]
                if failure.unfinished:
                    why = f"{failure.message} needs more room there; raise the limit"
                    raise CutShortError(
                        f"{self.machine.spec.name} was explored in part, and this schedule leads"
                        f" out of it: {failure.text if failure.kind == 'limit' else why}"
                    )
            moves.append(_Move(step, state if target < 0 else target, target < 0))
        return moves

    def _event(self, move: _Move, state: int) -> str:
        step = self.machine.steps[move.step]
        return event_name("", step.label, self.tracer.indices(step, state), 1).removeprefix(".")

    # --- after the schedule -----------------------------------------------------------------

    def _go_on(self, states: list[int], taken: list[int]) -> tuple[_Move | None, int | None]:
        """Go on to the end, at most MOST_AFTER steps; the step that fails there, if one does, and
        the place of the state that it comes back to, if it goes on for ever."""
        instances = self.machine.instances
        seen: dict[tuple[int, int], int] = {}
        turn = idle = 0
        most = len(taken) + MOST_AFTER
        while idle < len(instances) and len(taken) < most:
            moves = self._ordinary(states[-1], instances[turn])
            if moves:
                if (states[-1], turn) in seen:
                    return None, seen[states[-1], turn]
                seen[states[-1], turn] = len(taken)
                failing = self._note(moves[0], states, taken)
                if failing is not None:
                    return failing, None
                idle = 0
            else:
                idle += 1
            turn = (turn + 1) % len(instances)
        return None, None

    def _note(self, move: _Move | None, states: list[int], taken: list[int]) -> _Move | None:
        """Add a move to the run; give it back if it fails."""
        if move is None or move.failing:
            return move
        states.append(move.target)
        taken.append(move.step)
        return None

    def _told(self, states: list[int], taken: list[int], failing: _Move | None) -> Trace:
        if failing is not None:
            return self.tracer.along_to_error(states, failing.step, taken)
        is_outside = self.space.program.is_outside(states[-1])
        if is_outside or any(self._ordinary(states[-1], i) for i in self.machine.instances):
            return self.tracer.along(states, "state", taken)
        final = self.space.is_final(states[-1])
        return self.tracer.along(states, "final" if final else "deadlock", taken)

    # --- telling ----------------------------------------------------------------------------

    def _played(self, turn: Turn, before: _Way, step: TraceStep | None) -> TurnResult:
        tasks = self._instances(turn)
        if not tasks:
            why = f"no {turn.event} there" if turn.fault else f"there is no {turn.process}"
            return TurnResult("", None, why)
        instance = tasks[0]
        if step is not None:
            return TurnResult(instance.name, step, "")
        if before.failed:
            return TurnResult(instance.name, None, "an error has ended the run")
        if turn.fault:
            return TurnResult(instance.name, None, f"no {turn.event} there")
        place = locations_of(self.machine, before.state)[instance.name]
        why = {ENDED: "has ended", CRASHED: "has crashed"}.get(place, f"waits at {place}")
        return TurnResult(instance.name, None, why)
