"""From commands that wait at a server to what they hold up: everything else on their connection.

A server carries out what comes over one connection in the order in which it comes, and answers one
command before it looks at the next. So while a command waits there, all others on its connection
wait behind it; it is waited for at one location of a process, which they ask for.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...language.source.diagnostics import Position
from ...language.tree.expressions import Expr
from ...language.tree.spec import Command, Resource
from ..core import Instance, Wait
from ..ir import Const, If, Let, Local
from ..ir import Expr as IRExpr
from ..ir_builder import ZERO, equal, negate, op
from .control_flow import Stop
from .ir_writer import IRWriter
from .scope import Awaited, Holder, LoweringScope, World

__all__ = ["find_holders", "hold_off", "scope_at"]


def find_holders(world: World) -> None:
    """Note who may hold up which connection: by client, server, and which one."""
    for process in world.spec.processes:
        for number in range(process.count):
            for key, holder in _of_instance(world, process.name, number):
                world.holders.setdefault(key, []).append(holder)


def _of_instance(
    world: World, name: str, number: int
) -> Iterator[tuple[tuple[str, str, str], Holder]]:
    client = world.spec.process(name).client_name(number)
    for flow, location in zip(world.flows[name], world.location_fields[name, number], strict=True):
        for place, stop in flow.waits_for_held():
            assert stop.step is not None
            assert stop.step.issue is not None
            call = stop.step.issue
            resource = world.spec.resource(call.resource)
            command = resource.any_command(call.command)
            own = resource.name if resource.disconnects is not None else ""
            holder = Holder(name, number, location, place, own, call)
            yield (client, resource.server, command.connection), holder


def scope_at(world: World, instance: Instance, body: IRWriter, stop: Stop) -> LoweringScope:
    """What is known where an instance takes the step at a stop."""
    handlers = world.flows[instance.process][instance.task].handlers.get(stop, {})
    scope = LoweringScope(
        world, body, instance.process, instance.number,
        caught=frozenset(handlers), gives_up=stop.gives_up,
    )  # fmt: skip
    if stop.sent and stop.step is not None and stop.step.issue is not None:
        scope.awaited = Awaited(stop.step.issue, instance.location_field)
    return scope


def hold_off(
    scope: LoweringScope, of: tuple[Resource, int], command: Command, client: str, at: Position
) -> None:
    """Write what a command of a client, called at a place, needs: that nothing which is waited for
    elsewhere holds up the connection over which it goes."""
    resource, number = of
    if command.local or not command.is_sent:
        return
    body, own = scope.body, resource.name if resource.disconnects is not None else ""
    busy: IRExpr = ZERO
    for holder in scope.world.holders.get((client, resource.server, command.connection), ()):
        mine = scope.awaited is not None and scope.awaited.location == holder.location
        if not mine and holder.own == own:
            busy = op("|", busy, _holds(scope, holder, number))
    if busy != ZERO:
        which = f" {command.connection}" if command.connection else ""
        wait = Wait(f"nothing waits on the{which} connection of {client}", at, command=False)
        body.require(body.name(negate(busy)), wait)


def _holds(scope: LoweringScope, holder: Holder, number: int) -> IRExpr:
    """Whether somebody waits there, on the connection to this instance of its resource."""
    body = scope.body
    there = body.name(scope.world.at_any(body, holder.location, {holder.place}))
    index: Expr | None = holder.call.instance
    if not holder.own or index is None:
        return there
    found = body.fresh("v")
    body.emit(Let(found, ZERO))
    with body.block() as asked:
        # What it was sent with cannot change before its answer, so it can be asked for now.
        sender = LoweringScope(scope.world, body, holder.process, holder.number)
        body.emit(Let(found, equal(sender.scalar(index), Const(number))))
    body.emit(If(there, tuple(asked)))
    return Local(found)
