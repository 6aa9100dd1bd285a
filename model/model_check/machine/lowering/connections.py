"""Connections: which are broken, and what is left behind when one goes.

A connection that breaks is noticed by the next command that is called on it. Until then a hidden
field of the state says so: one for each instance of a resource, and each process instance that
uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ...language.source.diagnostics import Position
from ...language.tree.spec import Command, Resource
from ...language.types import IntType
from ..ir import Expr, Let
from ..ir_builder import ONE, ZERO
from ..names import field_local
from .ir_writer import IRWriter
from .scope import LoweringScope, World
from .watching import forget

__all__ = [
    "Line", "close_connections", "connection_breaks", "cut_off", "declare_broken", "server_goes",
]  # fmt: skip

Rest = Callable[[], None]
Line = tuple[str, int]
"""A resource, and the number of an instance of it."""
_Of = tuple[Resource, int]
_Left = tuple[LoweringScope, Command]


def cut_off(user: str, name: str) -> str:
    """The hidden variable that says that the connection of a user to a resource instance `name`
    is broken, and that the user has not noticed."""
    return f"{user} (cut off from {name})"


def declare_broken(world: World) -> None:
    """Make room for which connections are broken."""
    for resource in world.spec.resources:
        if resource.disconnects is not None:
            for number, users in enumerate(resource.users):
                name = resource.instance_name(number)
                world.broken[resource.name, number] = {
                    user: world.storage.raw_field(cut_off(user, name), "", IntType(0, 1))
                    for user in users
                }


def connection_breaks(
    scope: LoweringScope, of: _Of, users: Sequence[str], at: Position, rest: Rest
) -> None:
    """Write what becomes of an instance of a resource when the connection breaks that some users
    have, and the `rest` behind it, once for each way in which that may go. What is under way on it
    is lost first."""
    world, body, (resource, number) = scope.world, scope.body, of
    commands = resource.commands[number].values()
    used = {each.connection for each in commands}
    # What is watched is the connection's by which commands go, not that of a subscriber.
    watching = any(not each.connection and not each.local for each in commands)
    for (whose, server, which), connection in world.connections.items():
        if whose in users and server == resource.server and which in used:
            connection.drop(body, at)
    for user in users:
        _cut(body, world.broken[resource.name, number][user], ONE)
        if watching:
            forget(world, body, user, resource.server)
    lost = resource.broken[number]
    if lost is None:
        _let_go(world, [each for user in users for each in _left(scope, of, user)], rest)
        return
    inside = LoweringScope(world, body, resource=resource.name, resource_number=number)
    world.execute_then(inside, lost.run, rest)


def close_connections(
    scope: LoweringScope, client: str, at: Position, rest: Rest, spared: Line | None = None
) -> None:
    """Write what becomes of everything when all connections of a client close, and the `rest`
    behind it. It opens new ones; who shares one with it, meets the end of that. What is left of
    one that broke before is `spared`: somebody else may have opened that anew."""
    world, body = scope.world, scope.body
    forget(world, body, client, None)
    for (whose, _, _), connection in world.connections.items():
        if whose == client:
            connection.drop(body, at)
    for line, users in world.broken.items():
        shared = world.spec.resource(line[0]).ends is not None
        for user, broken in users.items():
            if client in users and line != spared and (shared or user == client):
                _cut(body, broken, ZERO if user == client else ONE)
    everything = [of for of in _all(world) if (of[0].name, of[1]) != spared]
    _let_go(world, [each for of in everything for each in _left(scope, of, client)], rest)


def server_goes(scope: LoweringScope, server: str, at: Position, rest: Rest) -> None:
    """Write what becomes of everything when all connections to a server close, and the `rest`
    behind it."""
    world, body = scope.world, scope.body
    forget(world, body, None, server)
    for (_, where, _), connection in world.connections.items():
        if where == server:
            connection.drop(body, at)
    todo: list[_Left] = []
    for of in _all(world):
        resource, number = of
        if resource.server == server:
            for broken in world.broken.get((resource.name, number), {}).values():
                _cut(body, broken, ONE)
            for client in resource.clients[number].members:
                todo += _left(scope, of, client)
    _let_go(world, todo, rest)


def _cut(body: IRWriter, broken: int, value: Expr) -> None:
    body.emit(Let(field_local(broken), value))


def _all(world: World) -> Iterator[_Of]:
    """All instances of resources of which something is lost with a connection."""
    for resource in world.spec.resources:
        for number in range(len(resource.disconnected)):
            yield resource, number


def _left(scope: LoweringScope, of: _Of, client: str) -> Iterator[_Left]:
    """What is to be done where a client's connection goes, if something is."""
    resource, number = of
    lost, clients = resource.disconnected[number], resource.clients[number].members
    if lost is not None and client in clients:
        caller = clients.index(client)
        yield (
            LoweringScope(
                scope.world,
                scope.body,
                resource=resource.name,
                resource_number=number,
                caller=caller,
            ),
            lost,
        )


def _let_go(world: World, todo: Sequence[_Left], rest: Rest) -> None:
    # One behind the other: what follows a choice is inside of it.
    if not todo:
        rest()
        return
    (scope, lost), *others = todo
    world.execute_then(scope, lost.run, partial(_let_go, world, others, rest))
