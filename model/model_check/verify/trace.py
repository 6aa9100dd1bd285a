"""From states to something to read: the steps of a run, with what went over the wire."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from ..explore.space import Space
from ..explore.trace_choice import TraceChoice
from ..language.records import replace
from ..language.syntax.wire_form import without_options
from ..language.tree.spec import CRASHES
from ..machine.core import Call, Failure, Instance, Location, Machine, Step
from ..machine.effects import fields_written
from ..machine.lowering.told_calls import is_crash
from ..machine.shapes import decode, value_of
from ..results.check import (
    CRASHED,
    ENDED,
    CallRecord,
    StateView,
    Trace,
    TraceStep,
    Value,
    event_name,
)
from ..results.trace import Found
from .concretize import Concretizer, Notes
from .conditions import condition_at
from .formulas import Answers
from .same_state import SameState
from .show import fill, format_value
from .waiting import waits_of

if TYPE_CHECKING:
    from .fair_runs import LassoRun

__all__ = [
    "End", "Tracer", "call_record", "crashes_in", "indices_of", "locations_of", "numbers_of_steps",
    "place_text", "under_way",
]  # fmt: skip

End = Literal["final", "deadlock", "state", "rest", "error", "loop"]


class _StepList(list[TraceStep]):
    """The steps of a trace so far. Counts events, since a trace can have many thousands."""

    def __init__(self) -> None:
        super().__init__()
        self._times: Counter[str] = Counter()

    def append(self, step: TraceStep) -> None:
        super().append(step)
        self._times[event_name(step.instance, step.label, step.indices, 1)] += 1

    def times(self, event: str) -> int:
        """How often an event was among them."""
        return self._times[event]


class Tracer:
    """Tells runs of one explored space."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._choice = TraceChoice(space)
        self._concretizer = Concretizer(space.program)
        self._told: dict[tuple[tuple[int, ...], End], Trace] = {}
        program = self._concretizer.program
        self.machine = program.machine
        self.watch = [*map(Answers, program.formulas.watch)]

    def path(self, number: int) -> list[int]:
        """The numbers of the states on the trace that is told to a state."""
        return self.space.run(self._choice.path(number))

    def path_by(self, before: int, number: int) -> list[int]:
        """The same to one state, and by a step from there to another."""
        return self.space.run([*self._choice.path(before), number])

    def to(self, number: int) -> Trace:
        """A shortest trace to a state of the space."""
        return self.by_way_of(self.path(number))

    def _end(self, number: int) -> End:
        ends = self.space.terminal  # ascending, and maybe very many
        searched = self.space.stands_for(number)
        place = bisect_left(ends, searched)
        if place == len(ends) or ends[place] != searched:
            return "state"
        return "final" if self.space.is_final(self.space.states[number]) else "deadlock"

    def by_way_of(self, numbers: Sequence[int], otherwise: End = "state") -> Trace:
        """A run through these states of the space. `otherwise`: what its end is, where something
        can still happen."""
        end = self._end(numbers[-1])
        asked = (tuple(numbers), otherwise if end == "state" else end)
        if asked not in self._told:
            self._told[asked] = self.along([self.space.states[i] for i in numbers], asked[1])
        return self._told[asked]

    def to_error(self, number: int, instance: int, code: int) -> Trace:
        """A shortest trace to a state, and the step of `instance` there that fails."""
        states = [self.space.states[i] for i in self.path(number)]
        out: list[tuple[int, int]] = []
        self.space.program.labelled[instance](states[-1], out)
        step = next((step for target, step in out if target == -code), None)
        if step is None:
            # Where states stand for others, it is one that is like it that fails, at its place.
            for labelled in self.space.program.labelled:
                labelled(states[-1], out)
            failures = self.space.machine.failures
            at = failures[code - 1].at
            step = next(s for target, s in out if target < 0 and failures[-target - 1].at == at)
        return self.along_to_error(states, step)

    def along_to_error(self, states: Sequence[int], step: int, taken: Sequence[int] = ()) -> Trace:
        """The run through given states, and the step there that fails at the last."""
        whole, told = self._steps(states, taken)
        out: list[tuple[int, int, Notes]] = []
        self._concretizer.program.told[self.machine.steps[step].instance](whole[-1], out)
        target, _, notes = next(each for each in out if each[0] < 0 and each[1] == step)
        failure = self.machine.failures[-target - 1]
        view = self.view(whole[-1])
        failing = self._step(told, step, notes, whole[-1], view, view)
        # What it set before it failed is not known.
        told.append(replace(failing, unchanged=()))
        message = self.error(failure, notes)
        return self._trace(whole, told, "error", message, str(failure.at))

    def error(self, failure: Failure, notes: Notes) -> str:
        """The message of a step that fails with these notes."""
        wrong = next((values for call, values in notes if call == -failure.code), ())
        return failure.of(*wrong) if wrong else failure.message

    def in_property(self, path: Sequence[int], name: str, code: int) -> Trace:
        """The run through these states, in the last of which, or at the step to which, property
        `name` cannot be evaluated."""
        states = [self.space.states[i] for i in path]
        return self.along_to_undefined(states, name, code)

    def along_to_undefined(
        self, states: Sequence[int], name: str, code: int, taken: Sequence[int] = ()
    ) -> Trace:
        """The run through given states, in the last of which property `name` cannot be
        evaluated."""
        whole, told = self._steps(states, taken)
        failure = self.machine.failures[code - 1]
        message = f"{failure.message} (in the property {name})"
        return self._trace(whole, told, "error", message, str(failure.at))

    def along(self, states: Sequence[int], end: End, taken: Sequence[int] = ()) -> Trace:
        """The run through given states. `taken`: which steps lead from one to the next, where
        that is known; several may lead to the same state."""
        whole, told = self._steps(states, taken)
        return self._trace(whole, told, end, "", "")

    def lasso(self, run: LassoRun, same: SameState, taken: Sequence[int] = ()) -> Trace:
        """A run without an end, once round; `same`: which states count as the one that it comes
        back to. `taken`: which steps lead to where it begins to go round, where that is known."""
        states = [self.space.states[number] for number in run.states]
        begin = run.loop_from
        before: Sequence[int | None] = taken or (None,) * begin
        whole, told = self._steps(states, (*before, *run.steps))
        trace = self._trace(whole, told, "loop", "", "")
        varying = same.varying(whole[begin:], run.steps)
        return replace(trace, loop_from=begin, varying=varying)

    def going_round(self, states: Sequence[int], begin: int) -> Trace:
        """The run through given states, of a space with all values, that goes round from its state
        number `begin` on: it comes back to all that a step reads of that."""
        trace = self.along(states, "loop")
        steps = numbers_of_steps(self.machine, trace.steps[begin:])
        varying = SameState(self.space.program).varying(states[begin:], steps)
        return replace(trace, loop_from=begin, varying=varying)

    def _trace(
        self, states: Sequence[int], steps: list[TraceStep], end: End, error: str, error_at: str
    ) -> Trace:
        watch_at = tuple(
            {each.formula.name: each.value(state) for each in self.watch} for state in states
        )
        program = self._concretizer.program
        over = end in ("deadlock", "final")
        waits, cycle = waits_of(program, states[-1], steps, self.calls) if over else ((), ())
        if end == "final":
            # Who waits for a message that nobody sends any more may: that is how a server rests.
            waits, cycle = tuple(each for each in waits if not each.command), ()
        return Trace(
            self.view(states[0]),
            tuple(steps),
            end,
            error,
            error_at,
            watch_at[-1],
            watch_at,
            may_go_wrong=program.may_go_wrong(states[-1]),
            waits=waits,
            cycle=cycle,
        )

    def _steps(
        self, states: Sequence[int], taken: Sequence[int | None] = ()
    ) -> tuple[list[int], _StepList]:
        """The whole states of a run, and its steps as they are told."""
        whole = [self._concretizer.initial_state(states[0])]
        told = _StepList()
        view = self.view(whole[0])
        for place, seen in enumerate(states[1:]):
            wanted = taken[place] if taken else None
            after, step, notes = self._concretizer.successor(whole[-1], seen, wanted)
            following = self.view(after)
            told.append(self._step(told, step, notes, whole[-1], view, following))
            whole.append(after)
            view = following
        return whole, told

    def _step(
        self,
        earlier: _StepList,
        number: int,
        notes: Notes,
        before: int,
        view: StateView,
        following: StateView,
    ) -> TraceStep:
        step = self.machine.steps[number]
        instance = self.machine.instances[step.instance].name
        indices = self.indices(step, before)
        occurrence = earlier.times(event_name(instance, step.label, indices, 1)) + 1
        changed = tuple(
            name for name, value in following.variables.items() if value != view.variables[name]
        )
        calls, found = self.calls(notes), self.found(notes)
        seen = step.fault or calls or found
        return TraceStep(
            number=len(earlier) + 1,
            instance=instance,
            label=step.label,
            indices=indices,
            occurrence=occurrence,
            calls=calls,
            state=following,
            changed=changed,
            source=step.at.source.path,
            line=step.at.line,
            fault=step.fault,
            timeout=step.timeout,
            found=found,
            crashes=crashes_in(step, calls),
            unchanged=()
            if seen
            else tuple(name for name in self._set_by.get(number, ()) if name not in changed),
        )

    @cached_property
    def _set_by(self) -> dict[int, tuple[str, ...]]:
        """For each step the variables that it may set, by their shown names, without those of
        loops; none for steps that share an action, for nobody knows which of them does."""
        machine = self.machine
        loops = {index for step in machine.steps for index in step.indices}
        shown = [
            each
            for index, each in enumerate(machine.variables)
            # Which key of a dict a step sets is not known before it does.
            if index not in loops and not each.hidden and not each.name.endswith("]")
        ]
        found: dict[int, set[str]] = {}
        for action in machine.actions:
            fields = frozenset[int]() if len(action.steps) > 1 else fields_written(action.body)
            names = {each.name for each in shown if fields & {*each.fields}}
            for step in action.steps:
                found.setdefault(step, set()).update(names)
        order = [each.name for each in shown]
        return {step: tuple(sorted(names, key=order.index)) for step, names in found.items()}

    def indices(self, step: Step, before: int) -> tuple[Value, ...]:
        """The values of the loops around a step, in the state before it."""
        return indices_of(self.machine, step, before)

    def calls_between(self, before: int, after: int, step: int) -> tuple[CallRecord, ...]:
        """The commands of a step that leads from one whole state to another one."""
        return self.calls(self._concretizer.successor(before, after, step)[2])

    def calls(self, notes: Notes) -> tuple[CallRecord, ...]:
        """What the notes of a step tell (see `machine.generate`): the commands up to its end, or
        to where it fails; the last one is not answered then."""
        happened = takewhile(lambda note: note[0] >= 0, notes)
        numbers = 2 * len(self.machine.calls)  # what was not answered has its own
        return tuple(self._call(call, values) for call, values in happened if call < numbers)

    def found(self, notes: Notes) -> tuple[Found, ...]:
        """What the notes of a step tell of the conditions that it looked at, each once."""
        first, places = 2 * len(self.machine.calls), self.machine.conditions
        found = (
            Found(condition_at(places[number - first]), bool(values[0]))
            for number, values in notes
            if number >= first
        )
        return tuple(dict.fromkeys(found))

    def _call(self, number: int, values: tuple[int, ...]) -> CallRecord:
        sent, number = divmod(number, len(self.machine.calls))
        call = self.machine.calls[number]
        decoded = [decode(s, bits) for s, bits in zip(call.shapes, values, strict=False)]
        arguments = dict(zip(call.parameters, decoded, strict=False))
        if sent:
            call = replace(call, answer="", has_result=False)
        return call_record(call, arguments, decoded[-1] if call.has_result else None)

    def view(self, state: int) -> StateView:
        """A state as a person reads it."""
        variables = {
            each.name: value_of(self.machine, each, state)
            for each in self.machine.variables
            if not each.hidden
        }
        return StateView(variables, locations_of(self.machine, state))


def crashes_in(step: Step, calls: Iterable[CallRecord]) -> bool:
    """Whether a process dies in a step with these commands: it crashes by itself, or does not catch
    that a connection is broken."""
    return (step.fault and step.label == CRASHES) or any(is_crash(call.answer) for call in calls)


def numbers_of_steps(machine: Machine, steps: Sequence[TraceStep]) -> list[int]:
    """The steps of a machine that were taken in some steps of a trace."""
    numbers = {
        (machine.instances[each.instance].name, each.label): each.index for each in machine.steps
    }
    return [numbers[step.instance, step.label] for step in steps]


def indices_of(machine: Machine, step: Step, before: int) -> tuple[Value, ...]:
    """The values of the loops around a step, in the state before it."""
    variables = (machine.variables[i] for i in step.indices)
    return tuple(value_of(machine, each, before) for each in variables)


def locations_of(machine: Machine, state: int) -> Mapping[str, str]:
    """Where each process instance stands: the labels of its possible next steps, also of those
    that run beside each other."""
    places = machine.places(state)
    return {
        tasks[0].name: " | ".join(
            place_text(each.locations[places[each.index]]) for each in under_way(tasks, places)
        )
        for tasks in machine.processes
    }


def under_way(tasks: Sequence[Instance], places: Sequence[int]) -> Sequence[Instance]:
    """Of the tasks of a process instance, those that have a step to take; where none has, the
    process itself."""
    return [each for each in tasks if each.locations[places[each.index]].labels] or tasks[:1]


def place_text(location: Location) -> str:
    """Where somebody stands at a location: the labels of the possible next steps, if any."""
    return " | ".join(location.labels) or (CRASHED if location.crashed else ENDED)


def call_record(call: Call, arguments: Mapping[str, Value], result: Value) -> CallRecord:
    """A command as it went over the wire. What is answered is shown as a value; what is
    sent, as it is sent."""
    shown = format_value(result) if isinstance(result, list) else result
    answer = fill(call.answer, {**arguments, "result": shown})
    wire = fill(without_options(call.wire, arguments), arguments)
    return CallRecord(call.resource, call.command, wire, answer, arguments, result, call.sending)
