"""From a checked spec to a machine, for one layout.

Variables get fields, programs get locations, and every step of every instance becomes a
body of integer operations, with constants, `self` and the commands of kinds folded in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ...language.records import replace
from ...language.source.diagnostics import Diagnostic, Position, SpecError
from ...language.tree import expressions as exprs
from ...language.tree.spec import Define, Process, Spec
from ...language.types import IntType
from ..core import Action, Failure, Formula, Instance, Location, Machine, Step
from ..ir import Choice, Const, Emit, If, Local, Statement
from ..ir_builder import ZERO, equal, negate
from ..limits import TooLargeError
from ..rewrite import statements_in
from ..shapes import Layout
from .asked import formulas_of, lower_formula
from .calls import call, call_then
from .control import left_name, left_type, loops_of, lower_control
from .control_flow import (
    Background,
    ControlFlow,
    Destination,
    End,
    Fork,
    Node,
    Stop,
    control_flows_of,
)
from .enabled_label import label_enabled
from .expressions import lower
from .first_values import Start, own_starts, put_first_values
from .holding import find_holders, scope_at
from .idle_state import IdleState
from .ir_writer import IRWriter, Tables
from .scope import LoweringScope, World
from .statements import execute, execute_then
from .storage import Storage
from .tasks import arrive, begin_anew
from .watching import declare_watching, execs

if TYPE_CHECKING:
    from .beside import Beside

__all__ = ["lower_spec", "lower_terms"]

AtStop = Callable[[Instance, IRWriter, Stop], None]
"""Writes what happens where a step waits."""


def lower_spec(spec: Spec, layout: Layout) -> Machine:
    """The machine of a spec, with the room that `layout` gives. Raises SpecError where a value
    would take too many bits."""
    lowering = _Lowering(spec, layout)
    try:
        return lowering.machine()
    except TooLargeError as error:
        assert lowering.at is not None  # some place was looked at
        hint = "this is as far as this tool goes"
        raise SpecError([Diagnostic(lowering.at, str(error), hint)]) from error


def lower_terms(
    machine: Machine, layout: Layout, terms: Iterable[Define]
) -> tuple[tuple[Formula, ...], tuple[Failure, ...]]:
    """Expressions over the states of a machine, with the room that `layout` gives to what they
    compute, and the failures that they name by code. What would take too many bits is left out;
    all of it, where the states themselves would have other fields with that layout."""
    lowering = _Lowering(machine.spec, layout)
    lowering.places()
    widths = [each.width for each in lowering.storage.laid_out()[0]]
    if widths != [each.width for each in machine.fields[: len(widths)]]:
        return (), ()
    formulas = []
    for each in terms:
        with suppress(TooLargeError):
            formulas.append(lower_formula(lowering.world, each.name, each.text, each.value))
    return tuple(formulas), tuple(lowering.tables.failures.values())


class _Lowering:
    def __init__(self, spec: Spec, layout: Layout) -> None:
        self.spec = spec
        self.tables = Tables(layout)
        self.storage = Storage(layout)
        self.world = World(
            spec, self.tables, self.storage, lower, execute, execute_then, label_enabled
        )
        self.instances: list[Instance] = []
        self.steps: list[Step] = []
        self.at: Position | None = None
        """The place that is looked at."""
        self.questions: Sequence[Action] | None = ()
        """What must not be able to happen where timeouts come last: all but timeouts and faults;
        None while that is made."""
        self.step_of: dict[tuple[int, Stop], int] = {}
        """Step number by instance and Stop."""

    def machine(self) -> Machine:
        self.places()
        beside = self._beside() if self.spec.goes_beside else None
        if self.spec.timeouts == "last":
            self.questions = None
            asked = self._actions(beside)
            self.questions = asked if beside is None else [*asked, *beside.arrivals()]
        actions, initial = self._actions(beside), self._initial()
        if beside is not None:
            actions, initial = beside.actions(actions), beside.begun(initial)
        formulas = formulas_of(self.world, self._look)
        fields, width = self.storage.laid_out()
        return Machine(
            spec=self.spec,
            fields=fields,
            width=width,
            variables=tuple(self.storage.variables),
            instances=tuple(self.instances),
            steps=tuple(self.steps),
            actions=tuple(actions),
            calls=tuple(self.tables.calls),
            failures=tuple(self.tables.failures.values()),
            initial=initial,
            formulas=formulas,
            conditions=tuple(self.tables.conditions),
            waits=tuple(self.tables.waits),
        )

    def _beside(self) -> Beside:
        from .beside import Beside  # most specs have nothing of it

        return Beside(
            self.world, self.instances, self.steps, self.step_of, self._afterwards, self._guard
        )

    def _actions(self, beside: Beside | None) -> list[Action]:
        at_stops = (self._stop, *(() if beside is None else beside.at_stops))
        return [
            action
            for instance in self.instances
            if instance.process
            for location in range(len(instance.locations))
            if instance.locations[location].labels
            for at_stop in at_stops
            for action in self._action(instance, location, at_stop)
        ]

    # --- where everything lives ---------------------------------------------------------------

    def places(self) -> None:
        """Give all that a spec declares its fields."""
        self._variables()
        for process in self.spec.processes:
            self._process(process)
        find_holders(self.world)
        declare_watching(self.world)

    def _variables(self) -> None:
        world, storage = self.world, self.storage
        for variable in self.spec.vars:
            self.at = variable.at
            world.shared[variable.name] = storage.add(variable.name, "", variable.type)
        idle_state = IdleState(self.spec)
        for resource in self.spec.resources:
            for number in range(resource.count or 1):
                owner = resource.instance_name(number)
                idle = idle_state.of(resource, number)
                for variable in resource.state[number]:
                    self.at = variable.at
                    name = resource.shown(number, variable.name)
                    world.stored[resource.name, number, variable.name] = storage.add(
                        name, owner, variable.type, hidden=variable.name in idle
                    )

    def _process(self, process: Process) -> None:
        world, storage = self.world, self.storage
        flows = world.flows[process.name] = control_flows_of(process)
        places = [*map(_places, flows)]
        if process.crashes is not None and not process.crashes.restarts:
            end = len(places[0])
            places[0] += (Location(end, (), rests=False, ended=True, crashed=True),)
        left = {left_name(loop): left_type(loop) for loop in loops_of(process.run)}
        for number in range(process.count):
            owner = process.instance_name(number)
            fields = world.location_fields[process.name, number] = [
                storage.raw_field(
                    f"{owner} (location{f' {task}' if task else ''})",
                    owner,
                    IntType(0, len(locations) - 1),
                )
                for task, locations in enumerate(places)
            ]
            for variable in process.vars:
                self.at = variable.at
                world.own[process.name, number, variable.name] = storage.add(
                    f"{owner}.{variable.name}", owner, variable.type
                )
            for variable in process.loops:
                self.at = variable.at
                # Hidden: the names of events tell it, and outside the loop it means nothing.
                world.own[process.name, number, variable.name] = storage.add(
                    f"{owner}.{variable.name}", owner, variable.type, hidden=True
                )
            for name, kind in left.items():
                if kind is not None:
                    place = storage.add(f"{owner}.{name}", owner, kind, hidden=True)
                    world.own[process.name, number, name] = place
            for task, flow in enumerate(flows):
                index = len(self.instances)
                self.instances.append(
                    Instance(index, process.name, number, owner, fields[task], places[task], task)
                )
                self._number_steps(index, owner, flow)

    def _number_steps(self, instance: int, owner: str, flow: ControlFlow) -> None:
        names = {v.name: i for i, v in enumerate(self.storage.variables)}
        known: dict[tuple[str, Position], int] = {}
        for node in flow.locations:
            if isinstance(node, Stop) and (node.label, node.at) in known:
                # One step, of a command that is answered at once or was sent before.
                self.step_of[instance, node] = known[node.label, node.at]
            elif isinstance(node, Stop):
                known[node.label, node.at] = len(self.steps)
                indices = tuple(names[f"{owner}.{each}"] for each in node.indices)
                self.step_of[instance, node] = len(self.steps)
                late = node in flow.timeouts
                step = Step(len(self.steps), instance, node.label, indices, node.at, timeout=late)
                self.steps.append(step)

    # --- steps --------------------------------------------------------------------------------

    def _scope(self, instance: Instance, body: IRWriter) -> LoweringScope:
        return LoweringScope(self.world, body, instance.process, instance.number)

    def _action(self, instance: Instance, location: int, at_stop: AtStop) -> Iterator[Action]:
        """What can happen at a location, if something can."""
        body = IRWriter(self.tables)
        node = self.world.flows[instance.process][instance.task].locations[location]
        self._guard(body)
        self._fire(instance, body, node, at_stop)
        statements = body.statements
        fired = tuple(sorted({s.step for s in _emits(statements)}))
        if fired:
            yield Action(instance.index, location, fired, statements)

    def _guard(self, body: IRWriter) -> None:
        if self.spec.within is not None and self.questions is not None:
            # Outside nothing happens: a guard of every step, which all engines and z3 see. (Who
            # asks whether a step can happen has it too.)
            scope = LoweringScope(self.world, body)
            body.require(body.name(scope.scalar(self.spec.within.value)))

    def _fire(
        self,
        instance: Instance,
        body: IRWriter,
        node: Destination | Background,
        at_stop: AtStop,
    ) -> None:
        """Write what can happen at a location: a step, by `at_stop`, and the control behind it."""
        match node:
            case End():
                body.require(ZERO)
            case Fork():
                branches = self._scope(instance, body).after(node)
                if node.timeout and self.questions is None:
                    branches = branches[:-1]  # what a timeout waits for
                choice = body.fresh("c")
                with body.block() as block:
                    for i, branch in enumerate(branches):
                        with body.block() as chosen:
                            if node.timeout and branch is branches[-1] and self.questions:
                                self._quiet(body, self.questions)
                            scope = self._scope(instance, body)
                            fire = partial(self._fire, instance, body, at_stop=at_stop)
                            lower_control(scope, branch, fire)
                        body.emit(If(equal(Local(choice), Const(i)), tuple(chosen)))
                count = len(branches)
                body.emit(Choice(choice, Const(count), count, tuple(block)))
            case Stop():
                at_stop(instance, body, node)

    def _quiet(self, body: IRWriter, questions: Sequence[Action]) -> None:
        from .quiet import nothing_happens  # most specs ask for nothing like that

        body.require(body.name(nothing_happens(body, self.instances, questions)))

    def _stop(self, instance: Instance, body: IRWriter, stop: Stop) -> None:
        scope = scope_at(self.world, instance, body, stop)
        number = self.step_of[instance.index, stop]
        following, *ways = scope.after(stop)
        self.at = stop.at

        def done() -> None:
            self._afterwards(scope)
            arrive(scope, instance.task, following)
            body.emit(Emit(number))

        execs(scope, stop)
        if stop.step is None:
            tests = [*zip(stop.tests, ways, strict=True)]
            self._tests(instance, scope, tests, following)
            self._afterwards(scope)
            body.emit(Emit(number))
        elif stop.sending and stop.step.issue is not None:
            if stop.step.at_once:
                self._unanswered(scope, stop.step.issue)
            call(scope, stop.step.issue, sending=True)
            done()
        else:
            execute_then(scope, stop.step.body, done)

    def _unanswered(self, scope: LoweringScope, issue: exprs.CommandCall) -> None:
        """Write that a command cannot be answered now."""
        if self.spec.resource(issue.resource).any_command(issue.command).issue:
            return  # what that depends on is not known here
        from .quiet import can_happen  # most specs ask for nothing like that

        with scope.body.block() as asked:
            # What would be refused is answered too.
            uncaught = replace(scope, caught=frozenset())
            call_then(uncaught, issue, lambda _: scope.body.emit(Emit(-2)))
        scope.body.require(negate(can_happen(scope.body, asked)))

    def _afterwards(self, scope: LoweringScope) -> None:
        """Write what the step's commands do when all of it is done."""
        for resource, number, command in scope.afterwards:
            inside = LoweringScope(
                self.world, scope.body, resource=resource, resource_number=number
            )
            execute(inside, command.afterwards)

    def _tests(
        self,
        instance: Instance,
        scope: LoweringScope,
        tests: Sequence[tuple[exprs.Expr, Node]],
        otherwise: Node,
    ) -> None:
        body = scope.body
        if not tests:
            arrive(scope, instance.task, otherwise)
            return
        (condition, node), *rest = tests
        test = body.name(scope.scalar(condition))
        scope.decided(condition, test)
        with body.block() as then:
            arrive(scope, instance.task, node)
        with body.block() as orelse:
            self._tests(instance, scope, rest, otherwise)
        body.when(test, then, orelse)

    # --- the beginning, and what is asked of states ---------------------------------------------

    def _initial(self) -> tuple[Statement, ...]:
        body, world = IRWriter(self.tables), self.world
        todo = [
            Start(LoweringScope(world, body), variable, world.shared[variable.name])
            for variable in self.spec.vars
        ]
        for resource in self.spec.resources:
            for number in range(resource.count or 1):
                for variable in resource.state[number]:
                    scope = LoweringScope(
                        world, body, resource=resource.name, resource_number=number
                    )
                    place = world.stored[resource.name, number, variable.name]
                    todo.append(Start(scope, variable, place))
        for instance in self._processes():
            process, scope = self.spec.process(instance.process), self._scope(instance, body)
            todo += own_starts(scope, (*process.vars, *process.loops))
        put_first_values(todo, self._look, partial(self._begin, body))
        return body.statements

    def _look(self, at: Position) -> None:
        self.at = at

    def _begin(self, body: IRWriter) -> None:
        initially = self.spec.initially
        if initially is None:
            self._enter(body)
            return
        from .beginning import Beginning  # most specs have none

        self.at = initially.at
        Beginning(LoweringScope(self.world, body)).run(initially.body, lambda: self._enter(body))

    def _enter(self, body: IRWriter) -> None:
        """Write where all processes begin."""
        for instance in self._processes():
            begin_anew(self._scope(instance, body))
        body.emit(Emit(-1))

    def _processes(self) -> list[Instance]:
        """The instances of processes, without what may be under way beside them."""
        return [each for each in self.instances if each.process and not each.task]


def _emits(statements: Iterable[Statement]) -> Iterable[Emit]:
    return (s for s in statements_in(statements) if isinstance(s, Emit))


def _places(flow: ControlFlow) -> tuple[Location, ...]:
    return tuple(
        Location(i, flow.labels(node), i in flow.rests, isinstance(node, End))
        for i, node in enumerate(flow.locations)
    )
