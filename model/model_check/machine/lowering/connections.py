"""Connections: which are broken, and what is left behind when one goes.

A connection that breaks is noticed by the next command that is called on it. Until then a hidden
field of the state says so: one for each instance of a resource, and each process instance that
uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ...language.tree.spec import Command, Resource
from ...language.types import IntType
from ..ir import Let
from ..ir_builder import ONE, ZERO
from ..names import field_local
from .ir_writer import IRWriter
from .scope import LoweringScope, World

__all__ = ["close_connections", "connection_breaks", "declare_connections"]


def declare_connections(world: World) -> None:
    """Make room for which connections are broken."""
    for resource in world.spec.resources:
        if resource.disconnects is not None:
            for number, users in enumerate(resource.users):
                name = resource.instance_name(number)
                world.broken[resource.name, number] = {
                    user: world.storage.raw_field(
                        f"{user} (cut off from {name})", "", IntType(0, 1)
                    )
                    for user in users
                }


def connection_breaks(
    world: World,
    body: IRWriter,
    of: tuple[Resource, int],
    users: Sequence[str],
    rest: Callable[[], None],
) -> None:
    """Write what becomes of an instance of a resource when the connection breaks that some users
    have, and the `rest` behind it, once for each way in which that may go."""
    resource, number = of
    for user in users:
        body.emit(Let(field_local(world.broken[resource.name, number][user]), ONE))
    lost = resource.broken[number]
    if lost is None:
        _let_go(world, [each for user in users for each in _left(world, body, of, user)], rest)
        return
    scope = LoweringScope(world, body, resource=resource.name, resource_number=number)
    world.execute_then(scope, lost.run, rest)


def close_connections(world: World, body: IRWriter, client: str, rest: Callable[[], None]) -> None:
    """Write what becomes of everything when all connections of a process instance close, and the
    `rest` behind it. It opens new ones; who shares one with it, meets the end of that."""
    for (name, _), users in world.broken.items():
        shared = world.spec.resource(name).ends is not None
        for user, broken in users.items():
            if client in users and (shared or user == client):
                body.emit(Let(field_local(broken), ZERO if user == client else ONE))
    everything = [
        (resource, number)
        for resource in world.spec.resources
        for number in range(len(resource.disconnected))
    ]
    _let_go(world, [e for of in everything for e in _left(world, body, of, client)], rest)


def _left(
    world: World, body: IRWriter, of: tuple[Resource, int], client: str
) -> Iterator[tuple[LoweringScope, Command]]:
    """What is to be done where a client's connection goes, if something is."""
    resource, number = of
    lost, clients = resource.disconnected[number], resource.clients[number].members
    if lost is not None and client in clients:
        scope = LoweringScope(
            world,
            body,
            resource=resource.name,
            resource_number=number,
            caller=clients.index(client),
        )
        yield scope, lost


def _let_go(
    world: World, todo: Sequence[tuple[LoweringScope, Command]], rest: Callable[[], None]
) -> None:
    # One behind the other: what follows a choice is inside of it.
    if not todo:
        rest()
        return
    (scope, lost), *others = todo
    world.execute_then(scope, lost.run, partial(_let_go, world, others, rest))
