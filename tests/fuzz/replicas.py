"""What a replica holds that takes over from a server: all of its data, but for the last writes.

Data is what clients wrote there; who is subscribed, what a connection has received and who waits
are not. A write is all that one step changes of it, be it of a process or of a connection. What a
fault changes is none: a key that runs out does so on the replica too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model_check.language.tree.spec import Server, Spec

from .world import World

__all__ = ["Data", "begun", "changed_by_fault", "noted", "taken_over"]

Data = dict[tuple[str, int, str], Any]
"""What is stored, by resource, instance and name."""

KEPT = {
    "redis.list": ("items",),
    "redis.pubsub": (),
    "redis.stream": ("entries", "trimmed"),
    "redis.string": ("value",),
    "redis.hash": ("fields",),
    "redis.set": ("members",),
}
"""By kind, what it holds that is data."""


def _data_of(spec: Spec, world: World, server: str) -> Data:
    """The data of a server."""
    return {
        (resource.name, number, name): world.stored[resource.name, number][name]
        for resource in spec.resources
        if resource.server == server
        for number in range(resource.count or 1)
        for name in KEPT[resource.kind]
    }


def begun(spec: Spec, world: World) -> None:
    """Let the replicas have all that their servers have."""
    for server in spec.servers:
        _has_all(spec, world, server)


def _has_all(spec: Spec, world: World, server: Server) -> None:
    data = _data_of(spec, world, server.name)
    world.lagging = {**world.lagging, server.name: (data,) * server.loses_last}


def noted(spec: Spec, before: World, after: World) -> None:
    """Let the replicas lag behind what a step has written, if it has."""
    for server in spec.servers:
        old = _data_of(spec, before, server.name)
        if old != _data_of(spec, after, server.name):
            lag = (old, *after.lagging[server.name])[: server.loses_last]
            after.lagging = {**after.lagging, server.name: lag}


def changed_by_fault(world: World, owner: tuple[str, int], stored: dict[str, Any]) -> None:
    """Let the replicas have what a fault has made of an instance of a resource."""
    changed = {(*owner, name): value for name, value in stored.items()}
    world.lagging = {
        server: tuple({**data, **{k: v for k, v in changed.items() if k in data}} for data in lag)
        for server, lag in world.lagging.items()
    }


def taken_over(spec: Spec, world: World, server: Server) -> Iterator[World]:
    """What may be where a replica takes over: without no write, one, two, ... Of fewer writes than
    it may lose, it can lose all; of none, nothing. It is its own replica then."""
    now = _data_of(spec, world, server.name)
    for data in (now, *world.lagging[server.name]) if now else (now,):
        after = world.copy()
        for (name, number, variable), value in data.items():
            after.stored[name, number][variable] = value
        _has_all(spec, after, server)
        yield after
