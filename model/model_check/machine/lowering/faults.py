"""From what may go wrong to the actions that do it.

A crash is an action of its process, at every place but its end: all that runs beside it ends,
connections go, variables are lost, and it begins anew or stays where it is. What goes wrong with a
resource is an action of an instance that stands for the resource and is of no process. How often
each has happened is hidden in the state, where that is limited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ...language.keys import DISCONNECTS
from ...language.source.diagnostics import Position
from ...language.tree.spec import CRASHES, FAILOVER, Fault, Resource
from ...language.types import IntType
from ..core import Action, Instance, Location, Step
from ..ir import Choice, Const, Emit, Expr, If, Let, Local, Statement
from ..ir_builder import ONE, ZERO, add, equal, negate, op
from ..names import field_local
from .calls import happens
from .connections import connection_breaks, server_goes
from .crash import dies
from .failover import Replica, replica_of
from .ir_writer import IRWriter
from .scope import LoweringScope, World
from .tasks import all_ended, backgrounds

__all__ = ["Faults"]

_Count = tuple[int, int] | None
"""The field that counts, and how far; None: it is not counted."""


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
            if process.crashes is not None and process.crashes.most != 0:
                count = self._count(process.name, CRASHES, process.crashes.most)
                whole = [each for each in self.instances if not each.task]
                for instance in [each for each in whole if each.process == process.name]:
                    step = self._step(instance, CRASHES, process.crashes.at)
                    self.todo.append(partial(self._crashes, instance, step, count))
        for resource in self.world.spec.resources:
            counts = {
                fault.command.name: self._count(resource.name, fault.command.name, fault.most)
                for fault in next(iter(resource.faults), ())
            }
            breaks = resource.disconnects
            if breaks is not None and breaks.most != 0:
                counts[DISCONNECTS] = self._count(resource.name, DISCONNECTS, breaks.most)
            for number in range(resource.count or 1):
                self._of_resource((resource, number), counts)
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

    def _count(self, owner: str, what: str, most: int | None) -> _Count:
        """The field that counts, and how far."""
        if most is None:
            return None
        name = f"{owner} ({what})"
        return self.world.storage.raw_field(name, "", IntType(0, most)), most

    def _step(self, instance: Instance, label: str, at: Position) -> Step:
        step = Step(len(self.steps), instance.index, label, (), at, fault=True)
        self.steps.append(step)
        return step

    def _of_resource(self, of: tuple[Resource, int], counts: dict[str, _Count]) -> None:
        resource, number = of
        name = resource.instance_name(number)
        found: list[tuple[str, Position, Callable[[Step], Iterator[Action]]]] = []
        for fault in resource.faults[number]:
            label = fault.command.name
            count = counts[label]
            clients = resource.clients[number].members
            for each in (0,) if fault.whom is None else fault.whom:
                shown = label if fault.whom is None else f"{label}[{clients[each]}]"
                goes_wrong = partial(self._goes_wrong, of, fault, each, count=count)
                found.append((shown, fault.at, goes_wrong))
        if resource.disconnects is not None and DISCONNECTS in counts:
            count, at = counts[DISCONNECTS], resource.disconnects.at
            users = resource.users[number]
            # Ends of one connection lose it together.
            lines = [(each,) for each in users] if resource.ends is None else [users]
            for line in filter(None, lines):
                shown = DISCONNECTS if resource.ends else f"{DISCONNECTS}[{line[0]}]"
                found.append((shown, at, partial(self._disconnects, of, line, count=count)))
        if not found:
            return
        instance = self._stand_in(name, number, tuple(label for label, _, _ in found))
        for label, at, act in found:
            self.todo.append(partial(act, self._step(instance, label, at)))

    # --- what happens -------------------------------------------------------------------------

    def _body(self, count: _Count) -> IRWriter:
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
        fault: Fault,
        client: int,
        step: Step,
        count: _Count,
    ) -> Iterator[Action]:
        resource, number = of
        body = self._body(count)
        rest = partial(body.emit, Emit(step.index))
        if fault.breaks:
            users = resource.clients[number].members[client : client + 1]
            self._require_connection(of, users, body)
            scope = LoweringScope(self.world, body)
            rest = partial(connection_breaks, scope, of, users, step.at, rest)
        happens(
            LoweringScope(
                self.world, body, resource=resource.name, resource_number=number, caller=client
            ),
            fault.command,
            rest,
        )
        yield Action(step.instance, 0, (step.index,), body.statements, fault=True)

    def _fails_over(
        self, step: Step, server: str, replica: Replica, count: _Count
    ) -> Iterator[Action]:
        body = self._body(count)
        lost, ways = body.fresh("c"), replica.lags() + 1
        with body.block() as block:
            for lag in range(ways):
                body.emit(If(equal(Local(lost), Const(lag)), tuple(replica.taking_over(lag))))
            done = partial(body.emit, Emit(step.index))
            server_goes(LoweringScope(self.world, body), server, step.at, done)
        body.emit(Choice(lost, Const(ways), ways, tuple(block)))
        yield Action(step.instance, 0, (step.index,), body.statements, fault=True)

    def _disconnects(
        self, of: tuple[Resource, int], users: Sequence[str], step: Step, count: _Count
    ) -> Iterator[Action]:
        body = self._body(count)
        self._require_connection(of, users, body)
        done = partial(body.emit, Emit(step.index))
        connection_breaks(LoweringScope(self.world, body), of, users, step.at, done)
        yield Action(step.instance, 0, (step.index,), body.statements, fault=True)

    def _require_connection(
        self, of: tuple[Resource, int], users: Sequence[str], body: IRWriter
    ) -> None:
        """Write that there is a connection which could break, of one of some users."""
        resource, number = of
        broken = self.world.broken[resource.name, number]
        there: Expr = ZERO
        for instance in filter(lambda each: each.process, self.instances):
            client = self.world.spec.process(instance.process).client_name(instance.number)
            if client in users:
                ended = {each.index for each in instance.locations if each.ended}
                gone = self.world.at_any(body, instance.location_field, ended)
                holds = negate(op("|", gone, Local(field_local(broken[client]))))
                there = op("|", there, holds)
        body.require(body.name(there))

    def _crashes(self, instance: Instance, step: Step, count: _Count) -> Iterator[Action]:
        beside = backgrounds(self._scope(instance, self._body(None)))
        at_work = self._crash(instance, step, self._body(count))
        at_end: tuple[Statement, ...] = ()
        if beside:
            body = self._body(count)
            body.require(negate(all_ended(self._scope(instance, body), beside)))
            at_end = self._crash(instance, step, body)
        for location in instance.locations:
            statements = at_end if location.ended else at_work
            if statements and not location.crashed:
                at = location.index
                yield Action(instance.index, at, (step.index,), statements, fault=True)

    def _crash(self, instance: Instance, step: Step, body: IRWriter) -> tuple[Statement, ...]:
        dies(self._scope(instance, body), partial(body.emit, Emit(step.index)))
        return body.statements

    def _scope(self, instance: Instance, body: IRWriter) -> LoweringScope:
        return LoweringScope(self.world, body, instance.process, instance.number)
