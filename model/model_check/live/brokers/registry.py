"""Which broker a resource is of, and the resources of a spec for a new session.

A run has a session of its own, a name that no other run has. It stands wherever a key has a
place for it (`chat:history:{session}`), else at its end, so that two runs never meet.
"""

from __future__ import annotations

import uuid

from ...language.tree.spec import Resource, Spec
from ..errors import LiveError
from .contract import Broker, Store
from .keys import instances_of, key_of
from .payload import codec_of
from .queue import QueueBroker
from .redis import RedisBroker
from .websocket import WebSocketBroker
from .wire import EntryIds

__all__ = ["BROKERS", "broker_of", "stores_of"]

BROKERS: tuple[type[Broker], ...] = (RedisBroker, WebSocketBroker, QueueBroker)


def broker_of(resource: Resource) -> type[Broker]:
    """What stands behind a resource. Raises LiveError for a kind that has no counterpart
    outside of the model."""
    for each in BROKERS:
        if each.stands_behind(resource):
            return each
    raise LiveError(
        f"{resource.name} is a {resource.kind}, which has no counterpart here: steps are"
        " carried out on Redis (kinds that are called redis.something, with commands"
        " of Redis as their wire), websocket and queue"
    )


def stores_of(spec: Spec) -> dict[str, Store]:
    """The resources of a spec for a new session, by shown name. Raises LiveError for a kind
    that has no counterpart outside of the model."""
    session = uuid.uuid4().hex[:12]
    found = {}
    for resource in spec.resources:
        broker_of(resource)
        for number, name in enumerate(instances_of(resource)):
            ids = EntryIds(resource.stored.ids) if resource.stored.ids else None
            key = key_of(spec, resource, number, session)
            found[name] = Store(name, resource, number, key, codec_of(resource), ids)
    return found
