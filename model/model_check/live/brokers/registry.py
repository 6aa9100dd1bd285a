"""Which broker a resource is of, and the resources of a spec for a new session.

A run has a session of its own, a name that no other run has. It stands wherever a key has a
place for it (`chat:history:{session}`), else at its end, so that two runs never meet.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from ...language.tree.spec import Resource, Spec
from ..errors import LiveError
from .addresses import addresses_of, beside
from .contract import Broker, Store
from .globs import pattern_of, takes
from .keys import instances_of, is_channel, key_of
from .notices import notices_of
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
    that has no counterpart outside of the model, and for channels that a pattern confuses."""
    session = uuid.uuid4().hex[:12]
    said = beside(spec, session)
    found = {}
    for resource in spec.resources:
        broker_of(resource)
        for number, name in enumerate(instances_of(resource)):
            ids = EntryIds(resource.stored.ids) if resource.stored.ids else None
            key = key_of(spec, resource, number, session)
            addresses = addresses_of(resource, session)
            notices = notices_of(spec, resource, number, session)
            found[name] = Store(
                name, resource, number, key, codec_of(resource, said), ids, addresses, notices
            )
    _require_apart(found)
    return found


def _require_apart(stores: Mapping[str, Store]) -> None:
    """Raises LiveError where a pattern that listens to one resource hears another one as well."""
    channels = {name: each for name, each in stores.items() if is_channel(each.resource)}
    for name, store in channels.items():
        pattern = pattern_of(store.key, store.resource.address)
        for other, its in channels.items():
            taken = [key for key in its.keys if takes(pattern, key)]
            if other != name and taken:
                raise LiveError(
                    f"the pattern of {name}, {pattern}, takes {taken[0]} of {other} as well: there"
                    " both are heard, in the model one; let their keys begin with different texts"
                )
