"""From a checked spec to a machine, for one layout.

Variables get fields, programs get locations, and every step of every instance becomes a
body of integer operations, with constants, `self` and the commands of kinds folded in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import takewhile

from ...language.source.diagnostics import Diagnostic, Position, SpecError
from ...language.tree import expressions as exprs
from ...language.tree import statements as stmts
from ...language.tree.spec import Process, Spec, Variable
from ...language.types import IntType
from ..core import (
    Action,
    Choice,
    Const,
    Emit,
    Expr,
    Formula,
    If,
    Instance,
    Let,
    Local,
    Location,
    Machine,
    Statement,
    Step,
)
from ..formulas import Formulas
from ..ir_builder import ZERO, equal
from ..limits import TooLargeError
from ..names import field_local
from ..rewrite import statements_in
from ..shapes import Layout, unlimited
from .calls import call
from .control import left_name, left_type, walk
from .control_flow import Choosing, End, Graph, Node, Stop, build
from .enabled_label import standing
from .expressions import lower, truth
from .ir_writer import Body, Tables
from .scope import Scope, World
from .statements import after_choice, choose, chosen_in, execute, execute_then
from .storage import Place, Storage, write
from .values import Value, default, pack

__all__ = ["lower_spec"]


def lower_spec(spec: Spec, layout: Layout) -> Machine:
    """The machine of a spec, with the room that `layout` gives. Raises SpecError where a value
    would take too many bits."""
    lowering = _Lowering(spec, layout)
    try:
        return lowering.machine()
    except TooLargeError as error:
        assert lowering.at is not None
        hint = "this is as far as this tool goes"
        raise SpecError([Diagnostic(lowering.at, str(error), hint)]) from error


def _loops(statements: Iterable[stmts.Control]) -> Iterable[stmts.For]:
    for statement in statements:
        match statement:
            case stmts.For(body=body):
                yield statement
                yield from _loops(body)
            case stmts.While(body=body):
                yield from _loops(body)
            case stmts.Switch(branches, orelse):
                for _, block in branches:
                    yield from _loops(block)
                yield from _loops(orelse)
            case stmts.Either(branches):
                for each in branches:
                    yield from _loops(each)


class _Lowering:
    def __init__(self, spec: Spec, layout: Layout) -> None:
        self.spec = spec
        self.tables = Tables(layout)
        self.storage = Storage(layout)
        self.world = World(spec, self.tables, self.storage, lower, execute, self._standing)
        self.graphs: dict[str, Graph] = {}
        self.instances: list[Instance] = []
        self.steps: list[Step] = []
        self.at: Position | None = None
        """The place that is looked at."""
        self.step_of: dict[tuple[int, int], int] = {}
        """Step number by (instance, id of its Stop)."""

    def machine(self) -> Machine:
        self._variables()
        for process in self.spec.processes:
            self._process(process)
        actions = [
            self._action(instance, location)
            for instance in self.instances
            for location in range(len(instance.locations))
            if instance.locations[location].labels
        ]
        initial = self._initial()
        formulas = self._formulas()
        fields, width = self.storage.laid_out()
        return Machine(
            self.spec, fields, width, tuple(self.storage.variables), tuple(self.instances),
            tuple(self.steps), tuple(actions), tuple(self.tables.calls),
            tuple(self.tables.failures.values()), initial, formulas,
        )  # fmt: skip

    # --- where everything lives ---------------------------------------------------------------

    def _variables(self) -> None:
        world, storage = self.world, self.storage
        for variable in self.spec.vars:
            self.at = variable.at
            world.shared[variable.name] = storage.add(variable.name, "", variable.type)
        for resource in self.spec.resources:
            for number in range(resource.count or 1):
                owner = resource.name if resource.count is None else f"{resource.name}[{number}]"
                state = resource.state[number]
                for variable in state:
                    self.at = variable.at
                    name = owner if len(state) == 1 else f"{owner}.{variable.name}"
                    world.stored[resource.name, number, variable.name] = storage.add(
                        name, owner, variable.type
                    )

    def _process(self, process: Process) -> None:
        world, storage = self.world, self.storage
        graph = build(process)
        self.graphs[process.name] = graph
        locations = tuple(
            Location(i, graph.labels(node), i in graph.rests, isinstance(node, End))
            for i, node in enumerate(graph.locations)
        )
        world.locations[process.name] = locations
        left = {left_name(loop): left_type(loop) for loop in _loops(process.run)}
        for number in range(process.count):
            owner = process.name if process.single else f"{process.name}[{number}]"
            span = IntType(0, len(locations) - 1)
            location_field = storage.raw_field(f"{owner} (location)", owner, span)
            world.location_fields[process.name, number] = location_field
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
            index = len(self.instances)
            self.instances.append(
                Instance(index, process.name, number, owner, location_field, locations)
            )
            self._number_steps(index, owner, graph)

    def _number_steps(self, instance: int, owner: str, graph: Graph) -> None:
        names = {v.name: i for i, v in enumerate(self.storage.variables)}
        for node in graph.locations:
            if isinstance(node, Stop):
                indices = tuple(names[f"{owner}.{each}"] for each in node.indices)
                self.step_of[instance, id(node)] = len(self.steps)
                step = Step(len(self.steps), instance, node.label, indices, node.at)
                self.steps.append(step)

    def _standing(self, body: Body, process: str, number: int, label: str) -> Expr:
        return standing(self.world, self.graphs[process], body, process, number, label)

    # --- steps --------------------------------------------------------------------------------

    def _scope(self, instance: Instance, body: Body) -> Scope:
        return Scope(self.world, body, instance.process, instance.number)

    def _action(self, instance: Instance, location: int) -> Action:
        body = Body(self.tables)
        node = self.graphs[instance.process].locations[location]
        self._fire(instance, body, node)
        statements = body.statements
        fired = tuple(sorted({s.step for s in _emits(statements)}))
        return Action(instance.index, location, fired, statements)

    def _fire(self, instance: Instance, body: Body, node: Stop | Choosing | End) -> None:
        """Write what can happen at a location: a step and the control behind it."""
        match node:
            case End():
                body.require(ZERO)
            case Choosing(branches):
                choice = body.fresh("c")
                with body.block() as block:
                    for i, branch in enumerate(branches):
                        with body.block() as chosen:
                            scope = self._scope(instance, body)
                            walk(scope, branch, lambda stop: self._fire(instance, body, stop))
                        body.emit(If(equal(Local(choice), Const(i)), tuple(chosen)))
                count = len(branches)
                body.emit(Choice(choice, Const(count), count, tuple(block)))
            case Stop():
                self._stop(instance, body, node)

    def _stop(self, instance: Instance, body: Body, stop: Stop) -> None:
        scope = self._scope(instance, body)
        number = self.step_of[instance.index, id(stop)]
        self.at = stop.at

        def arrive() -> None:
            assert stop.next is not None
            self._afterwards(scope)
            self._arrive(instance, scope, stop.next)
            body.emit(Emit(number))

        if stop.step is None:
            self._tests(instance, scope, stop, stop.tests)
            self._afterwards(scope)
            body.emit(Emit(number))
        elif stop.sending:
            assert stop.step.issue is not None
            call(scope, stop.step.issue, sending=True)
            arrive()
        else:
            execute_then(scope, stop.step.body, arrive)

    def _afterwards(self, scope: Scope) -> None:
        """Write what the step's commands do when all of it is done."""
        for resource, number, command in scope.afterwards:
            inside = Scope(self.world, scope.body, resource=resource, resource_number=number)
            execute(inside, command.afterwards)

    def _tests(
        self,
        instance: Instance,
        scope: Scope,
        stop: Stop,
        tests: list[tuple[exprs.Expr, Node]],
    ) -> None:
        body = scope.body
        if not tests:
            assert stop.next is not None
            self._arrive(instance, scope, stop.next)
            return
        (condition, node), rest = tests[0], tests[1:]
        test = body.name(truth(scope, condition))
        with body.block() as then:
            self._arrive(instance, scope, node)
        with body.block() as orelse:
            self._tests(instance, scope, stop, rest)
        body.when(test, then, orelse)

    def _arrive(self, instance: Instance, scope: Scope, node: Node) -> None:
        """Write the control from a node on, up to the new location."""
        graph = self.graphs[instance.process]
        local = field_local(instance.location_field)

        def settle(stop: Stop | Choosing | End) -> None:
            scope.body.emit(Let(local, Const(graph.index(stop))))

        walk(scope, node, settle)

    # --- the beginning, and what is asked of states ---------------------------------------------

    def _initial(self) -> tuple[Statement, ...]:
        body = Body(self.tables)
        todo: list[tuple[Scope, Variable, Callable[[Value], None]]] = []

        def setter(scope: Scope, place: Place, variable: Variable) -> None:
            def give(value: Value) -> None:
                at = variable.at if variable.initial is None else variable.initial.at
                write(body, place, value, at)

            todo.append((scope, variable, give))

        world = self.world
        for variable in self.spec.vars:
            setter(Scope(world, body), world.shared[variable.name], variable)
        for resource in self.spec.resources:
            for number in range(resource.count or 1):
                for variable in resource.state[number]:
                    scope = Scope(world, body, resource=resource.name, resource_number=number)
                    setter(scope, world.stored[resource.name, number, variable.name], variable)
        for instance in self.instances:
            process = self.spec.process(instance.process)
            for variable in (*process.vars, *process.loops):
                place = world.own[process.name, instance.number, variable.name]
                setter(self._scope(instance, body), place, variable)
        self._begin(body, todo)
        return body.statements

    def _begin(
        self, body: Body, todo: list[tuple[Scope, Variable, Callable[[Value], None]]]
    ) -> None:
        # One behind the other: only a choice takes what follows it inside.
        plain = list(takewhile(lambda each: _choice_of(each[1]) is None, todo))
        for scope, variable, give in plain:
            self.at = variable.at
            initial = variable.initial
            give(default(variable.type, body.layout) if initial is None else lower(scope, initial))
        if len(plain) == len(todo):
            for instance in self.instances:
                entry = self.graphs[instance.process].entry
                self._arrive(instance, self._scope(instance, body), entry)
            body.emit(Emit(-1))
            return
        (scope, variable, give), rest = todo[len(plain)], todo[len(plain) + 1 :]
        self.at = variable.at
        choice = _choice_of(variable)
        assert choice is not None

        def chosen(value: Value) -> None:
            assert variable.initial is not None
            give(after_choice(scope, variable.initial, value))
            self._begin(body, rest)

        choose(scope, choice, chosen)

    def _formulas(self) -> Formulas[Formula]:
        spec = self.spec
        return Formulas(
            {
                p.name: self._formula(p.name, p.text, p.formula)
                for p in spec.properties
                if p.formula is not None
            },
            {
                p.name: tuple(self._formula(f"{p.name}: prefer", "", e) for e in p.prefer)
                for p in spec.properties
            },
            *(
                tuple(self._formula(d.name, d.text, d.value) for d in group)
                for group in (spec.defines, spec.watch, spec.views)
            ),
        )

    def _formula(self, name: str, text: str, expr: exprs.Expr) -> Formula:
        self.at = expr.at
        body = Body(self.tables)
        value = lower(Scope(self.world, body), expr)
        shape = unlimited(expr.type, self.tables.layout)
        packed = body.name(pack(value, shape))
        return Formula(name, text, body.statements, packed, shape)


def _choice_of(variable: Variable) -> exprs.Choose | None:
    return None if variable.initial is None else chosen_in(variable.initial)


def _emits(statements: Iterable[Statement]) -> Iterable[Emit]:
    return (s for s in statements_in(statements) if isinstance(s, Emit))
