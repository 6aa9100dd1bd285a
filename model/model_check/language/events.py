"""Keyspace notifications: the channels on which a Redis server tells what becomes of its keys.

https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/: of an event of a key the server
publishes the event's name on the key's own channel, `__keyspace@0__:lock:7`, and then the key on
the event's channel, `__keyevent@0__:expired`. Here stands how both are written, and nothing else.
"""

from __future__ import annotations

import re
from typing import Literal as OneOf

from .records import dataclass

__all__ = ["KEYEVENT", "KEYSPACE", "EventChannel", "event_channel", "event_named", "is_told"]

KEYSPACE, KEYEVENT = "keyspace", "keyevent"
By = OneOf["keyspace", "keyevent"]
_CHANNEL = re.compile(r"__(keyspace|keyevent)@(\d{1,5})__:(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class EventChannel:
    """A channel: that of a key or that of an event, in a `database`; `rest` is which."""

    by: By
    database: int
    rest: str


def event_channel(key: str) -> EventChannel | None:
    """What a channel tells, by its name; None for one that only clients publish to."""
    found = _CHANNEL.fullmatch(key)
    if found is None:
        return None
    by: By = "keyspace" if found[1] == KEYSPACE else "keyevent"
    return EventChannel(by, int(found[2]), found[3])


def is_told(key: str) -> bool:
    """Whether a channel is one on which a server tells of its keys."""
    return event_channel(key) is not None


def event_named(member: str) -> str:
    """The event that a name stands for in a spec, where no word of the language can be one: `del_`
    is del, `xgroup_create` xgroup-create."""
    return member.rstrip("_").replace("_", "-")
