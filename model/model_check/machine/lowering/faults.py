"""From what may go wrong to the actions that do it.

A crash is an action of its process, at every place but its end: all that runs beside it ends,
connections go, variables are lost, and it begins anew or stays where it is. What goes wrong with a
resource is an action of an instance that stands for the resource and is of no process. How often
each has happened is hidden in the state, where that is limited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ...language.source.diagnostics import Position
from ...language.tree.spec import CRASHES, Command, Crashes, Fault, Resource
from ...language.types import IntType
from ..core import Action, Instance, Location, Step
from ..ir import Choice, Const, Emit, If, Let, Local, Statement
from ..ir_builder import ONE, add, equal, negate, op
from ..names import field_local
from .calls import happens
from .control import left_name, left_type, loops_of
from .failover import Replica, replica_of
from .first_values import own_starts, put_first_values
from .ir_writer import IRWriter
from .scope import LoweringScope, World
from .storage import write
from .tasks import all_ended, backgrounds, begin_anew, stop_tasks
from .values import default

__all__ = ["Faults"]

FAILOVER = "failover"
"""The label of the step of a server whose replica takes over."""


class Faults:
    """The faults of one machine. `guard` writes what every step needs; `steps` and `instances`
    are those that there are, and get others."""

    def __init__(
        self,
        world: World,
        instances: list[Instance],
        steps: list[Step],
        guard: Callable[[IRWriter], None],
    ) -> None:
        self.world = world
        self.instances = instances
        self.steps = steps
        self.guard = guard
        self.todo: list[Callable[[], Iterator[Action]]] = []
        self.replicas: list[Replica] = []

    # --- what there is ------------------------------------------------------------------------

    def declare(self) -> None:
        """Make room for what is counted, and number instances and steps."""
        for process in self.world.spec.processes:
            if process.crashes is not None:
                count = self._count(process.name, CRASHES, process.crashes.most)
                whole = [each for each in self.instances if not each.task]
                for instance in [each for each in whole if each.process == process.name]:
                    step = self._step(instance, CRASHES, process.crashes.at)
                    self.todo.append(partial(self._crashes, instance, step, process.crashes, count))
        for resource in self.world.spec.resources:
            counts = {
                fault.command.name: self._count(resource.name, fault.command.name, fault.most)
                for fault in resource.faults[0]
            }
            for number, faults in enumerate(resource.faults):
                if faults:
                    self._of_resource(resource, number, faults, counts)

        for server in self.world.spec.servers:
            count = self._count(server.name, FAILOVER, server.most)
            self.replicas.append(replica_of(self.world, server))
            instance = self._stand_in(server.name, 0, (FAILOVER,))
            step = self._step(instance, FAILOVER, server.at)
            self.todo.append(partial(self._fails_over, step, server.name, self.replicas[-1], count))

    def actions(self, ordinary: Sequence[Action]) -> list[Action]:
        """What may go wrong, where and how, and what goes on meanwhile: `ordinary` actions."""
        found = [*ordinary, *(action for each in self.todo for action in each())]
        for replica in self.replicas:
            found = [replica.moved_on(each) for each in found]
        return sorted(found, key=lambda each: (each.instance, each.location))

    def begun(self, initial: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """What makes the first states, with what stands beside them."""
        for replica in self.replicas:
            initial = replica.begun(initial)
        return initial

    def _stand_in(self, name: str, number: int, labels: tuple[str, ...]) -> Instance:
        """An instance that stands for what no process is."""
        where = self.world.storage.raw_field(f"{name} (location)", name, IntType(0, 0))
        place = Location(0, labels, rests=True, ended=False)
        instance = Instance(len(self.instances), "", number, name, where, (place,))
        self.instances.append(instance)
        return instance

    def _count(self, owner: str, what: str, most: int | None) -> tuple[int, int] | None:
        """The field that counts, and how far."""
        if most is None:
            return None
        name = f"{owner} ({what})"
        return self.world.storage.raw_field(name, "", IntType(0, most)), most

    def _step(self, instance: Instance, label: str, at: Position) -> Step:
        step = Step(len(self.steps), instance.index, label, (), at, fault=True)
        self.steps.append(step)
        return step

    def _of_resource(
        self,
        resource: Resource,
        number: int,
        faults: Sequence[Fault],
        counts: dict[str, tuple[int, int] | None],
    ) -> None:
        name = resource.instance_name(number)
        labels: list[tuple[str, Fault, int]] = []
        for fault in faults:
            label = fault.command.name
            if fault.whom is None:
                labels.append((label, fault, 0))
                continue
            clients = resource.clients[number].members
            labels += [(f"{label}[{clients[each]}]", fault, each) for each in fault.whom]
        instance = self._stand_in(name, number, tuple(label for label, _, _ in labels))
        for label, fault, client in labels:
            step = self._step(instance, label, fault.at)
            count = counts[fault.command.name]
            self.todo.append(
                partial(self._goes_wrong, (resource, number), step, fault, client, count)
            )

    # --- what happens -------------------------------------------------------------------------

    def _body(self, count: tuple[int, int] | None) -> IRWriter:
        body = IRWriter(self.world.tables)
        self.guard(body)
        if count is not None:
            field, most = count
            so_far = Local(field_local(field))
            body.require(body.name(op("<", so_far, Const(most))))
            body.emit(Let(field_local(field), add(so_far, ONE)))
        return body

    def _goes_wrong(
        self,
        of: tuple[Resource, int],
        step: Step,
        fault: Fault,
        client: int,
        count: tuple[int, int] | None,
    ) -> Iterator[Action]:
        resource, number = of
        body = self._body(count)
        happens(
            LoweringScope(
                self.world, body, resource=resource.name, resource_number=number, caller=client
            ),
            fault.command,
            lambda: body.emit(Emit(step.index)),
        )
        yield Action(step.instance, 0, (step.index,), body.statements, fault=True)

    def _fails_over(
        self, step: Step, server: str, replica: Replica, count: tuple[int, int] | None
    ) -> Iterator[Action]:
        body = self._body(count)
        lost, ways = body.fresh("c"), replica.lags() + 1
        with body.block() as block:
            for lag in range(ways):
                body.emit(If(equal(Local(lost), Const(lag)), tuple(replica.taking_over(lag))))
            connections = [*self._connections(body, step.at, server=server)]
            self._let_go(connections, lambda: body.emit(Emit(step.index)))
        body.emit(Choice(lost, Const(ways), ways, tuple(block)))
        yield Action(step.instance, 0, (step.index,), body.statements, fault=True)

    def _crashes(
        self, instance: Instance, step: Step, crashes: Crashes, count: tuple[int, int] | None
    ) -> Iterator[Action]:
        under_way = self._crash(instance, step, crashes, self._body(count))
        at_end: tuple[Statement, ...] = ()
        body = self._body(count)
        scope = LoweringScope(self.world, body, instance.process, instance.number)
        if beside := backgrounds(scope):
            body.require(negate(all_ended(scope, beside)))
            at_end = self._crash(instance, step, crashes, body)
        for location in instance.locations:
            statements = at_end if location.ended else under_way
            if statements and not location.crashed:
                at = location.index
                yield Action(instance.index, at, (step.index,), statements, fault=True)

    def _crash(
        self, instance: Instance, step: Step, crashes: Crashes, body: IRWriter
    ) -> tuple[Statement, ...]:
        """Write a crash behind what it needs. All that runs beside the process ends with it."""
        process = self.world.spec.process(instance.process)
        scope = LoweringScope(self.world, body, instance.process, instance.number)
        for loop in loops_of(process.run):
            kind = left_type(loop)
            if kind is not None:
                place = scope.own(left_name(loop))
                write(body, place, default(kind, body.layout), crashes.at)
        forgotten = [v for v in process.vars if v.name not in crashes.keeps]

        def arrive() -> None:
            if crashes.restarts:
                begin_anew(scope)
            else:
                stop_tasks(scope)
                where = field_local(instance.location_field)
                body.emit(Let(where, Const(len(instance.locations) - 1)))
            body.emit(Emit(step.index))

        starts = own_starts(scope, (*forgotten, *process.loops))
        begin = partial(put_first_values, starts, lambda at: None, arrive)
        client = process.client_name(instance.number)
        self._let_go([*self._connections(body, crashes.at, client=client)], begin)
        return body.statements

    def _connections(
        self, body: IRWriter, at: Position, *, client: str = "", server: str = ""
    ) -> Iterator[tuple[LoweringScope, Command]]:
        """Where something is lost when all connections of a client go, or all those to a server,
        and what is done there. What is under way on them is lost first."""
        for (whose, where, _), connection in self.world.connections.items():
            if client == whose or (server and server == where):
                connection.drop(body, at)
        for resource in self.world.spec.resources:
            concerned = bool(server) and resource.server == server
            for number, lost in enumerate(resource.disconnected):
                for caller, name in enumerate(resource.clients[number].members):
                    if lost is not None and (concerned or name == client):
                        scope = LoweringScope(
                            self.world,
                            body,
                            resource=resource.name,
                            resource_number=number,
                            caller=caller,
                        )
                        yield scope, lost

    def _let_go(
        self, connections: Sequence[tuple[LoweringScope, Command]], rest: Callable[[], None]
    ) -> None:
        """Write what connections that go leave behind, which may be a choice, and the `rest`."""
        if not connections:
            rest()
            return
        (scope, lost), *others = connections
        self.world.execute_then(scope, lost.run, partial(self._let_go, others, rest))
