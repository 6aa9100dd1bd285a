"""Channels that tell what becomes of the keys of another resource: that they can.

A spec names the channel as Redis does, and says of which resource it tells:
`key: __keyspace@0__:lock:7` with `of: lock`. Messages are the events of that key, or, on a channel
`__keyevent@0__:expired`, the keys that it happened to: of a resource with a `count` their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..events import KEYSPACE, EventChannel, event_channel, event_named
from ..source.diagnostics import Position, did_you_mean
from ..syntax.names import shorten
from ..syntax.nodes import KindDoc, Notify, ResourceDoc
from ..tree.spec import Command, Heard
from ..types import EnumType, IntType, Type
from .context import Names
from .entries import ResourceEntry
from .survey import all_statements

__all__ = ["events_of", "heard_by", "require_whose"]


def events_of(kind: KindDoc) -> tuple[str, ...]:
    """The events of a key of this kind, by the server's words."""
    blocks = [each.run for each in kind.commands] + [each.doc.run for each in kind.faults]
    found = (each for block in blocks for each in all_statements(block))
    return tuple(dict.fromkeys(each.event for each in found if isinstance(each, Notify)))


def require_whose(doc: ResourceDoc, kind: KindDoc, names: Names) -> None:
    """Report a channel of events that does not say of which resource, and one that says so and is
    none."""
    channel = event_channel(doc.key) if kind.notified else None
    if channel is not None and doc.of is None:
        message = f"{doc.key} tells what becomes of keys, and not of which resource"
        names.found.report(doc.written.at or doc.name.at, message, "of: the resource")
    elif doc.of is not None and channel is None:
        message = f"{doc.name.text} tells of no keys: its key is not a channel of events"
        hint = "key: __keyspace@0__:lock:7, of one key, or __keyevent@0__:expired, of one event"
        names.found.report(doc.of.at, message, hint)


def heard_by(entry: ResourceEntry, names: Names, commands: Mapping[int, Command]) -> Heard | None:
    """What a channel hears, with the command by which the server tells it, by instance; None for
    what is no channel of events, and where something is wrong with it."""
    doc = entry.doc
    channel = event_channel(doc.key) if entry.kind.notified else None
    if channel is None or doc.of is None or not commands:
        return None
    mark, other = names.found.count, names.resources.get(doc.of.text)
    if other is None:
        if doc.of.text not in names.unusable:
            message = f"no such resource: {shorten(doc.of.text)}"
            names.found.report(doc.of.at, message, did_you_mean(doc.of.text, names.resources))
        return None
    events = events_of(other.kind)
    if not events or other.server != entry.server:
        message = f"a {other.kind.name} has no events that a server would tell"
        names.found.report(doc.of.at, message, "of: a list, a string, ... of Redis")
        return None
    found = _Channel(entry, other, channel, names, doc.written.at or doc.name.at)
    found.check(commands[0], events)
    if names.found.count > mark:
        return None
    event = "" if channel.by == KEYSPACE or entry.kind.address else channel.rest
    addressed = entry.kind.address
    return Heard(
        other.name, channel.by, channel.database, event,
        tuple(commands[each] for each in range(entry.instances)), addressed,
        other.count, doc.of.at,
    )  # fmt: skip


class _Channel:
    """A channel `entry` of the events of the `other` resource."""

    def __init__(
        self,
        entry: ResourceEntry,
        other: ResourceEntry,
        channel: EventChannel,
        names: Names,
        at: Position,
    ) -> None:
        self.entry = entry
        self.other = other
        self.channel = channel
        self.names = names
        self.at = at

    def check(self, command: Command, events: tuple[str, ...]) -> None:
        """Report what is wrong; the server tells by this command."""
        parameters = dict(command.parameters)
        address = self.entry.kind.address
        message = next(kind for name, kind in parameters.items() if name != address)
        place = f"{{{address}}}" if address else ""
        if self.channel.by == KEYSPACE:
            self._key(place)
            self._events(message, events)
            if address:
                self._keys(parameters[address])
            return
        if self.entry.count is not None:
            self._wrong("an event has one channel, whichever the key is", "leave count out")
        self._keys(message)
        if address:
            if self.channel.rest != place:
                self._wrong("the event is what tells these channels apart", f"{place} for it")
            self._events(parameters[address], events)
        elif self.channel.rest not in events:
            self._wrong(*self._no_event(self.channel.rest, events))

    def _key(self, place: str) -> None:
        """The key that the channel is of."""
        other = self.other
        wanted = f"{other.doc.key}:{place}" if place else other.doc.key
        if not other.doc.key:
            message = f"{other.name} has no key that a channel could be of"
            self.names.found.report(other.doc.name.at, message, f"key: {self.channel.rest}")
        elif place and other.count is None:
            self._wrong(f"{other.name} is one key", f"kind: redis.pubsub[...], key: {wanted}")
        elif self.channel.rest != wanted:
            name = f"__keyspace@{self.channel.database}__:{wanted}"
            self._wrong(f"this is the channel of another key than that of {other.name}", name)
        elif not place and self.entry.count != other.count:
            say = "no count" if other.count is None else f"count: {other.count}"
            message = f"{self.entry.name} is not as many as {other.name}, and each is of one key"
            self._wrong(message, f"{say}, as {other.name}")

    def _events(self, kind: Type, events: tuple[str, ...]) -> None:
        if not isinstance(kind, EnumType):
            self._wrong(f"these are events, not {kind}", f"enum({', '.join(events[:2])})")
            return
        for member in kind.members:
            if event_named(member) not in events:
                self._wrong(*self._no_event(event_named(member), events))

    def _no_event(self, event: str, events: tuple[str, ...]) -> tuple[str, str]:
        message = f"a {self.other.kind.name} has no event {shorten(event)}"
        return message, did_you_mean(event, events)

    def _keys(self, kind: Type) -> None:
        """The keys that are told, by their numbers."""
        last = (self.other.count or 1) - 1
        match kind:
            case IntType(int(low), int(high)) if low <= 0 and high >= last:
                return
        message = f"this tells which key of {self.other.name} it was, by its number, not {kind}"
        self._wrong(message, f"write 0..{last} there")

    def _wrong(self, message: str, hint: str) -> None:
        self.names.found.report(self.at, message, hint)
