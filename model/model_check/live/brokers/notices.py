"""Keyspace notifications at a real server: what its messages say, and whether it sends them.

https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/: they are published only where
`notify-keyspace-events` says so, which a server of our own is started with. A server of somebody
else is asked, and never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...language.events import KEYEVENT, KEYSPACE, event_named
from ...language.tree.spec import Heard, Resource, Spec
from ...language.types import EnumType, RecordType, Type
from ..errors import LiveError
from .connection import Connection, Refusal, Reply
from .keys import key_of
from .payload import PayloadError, Value
from .server import Server

__all__ = ["NOTIFY", "Notices", "notices_of", "require_notices"]

NOTIFY = "notify-keyspace-events"
_EXPIRED, _GENERIC = "x", "g"
_CLASSES = {
    "redis.string": "$", "redis.list": "l", "redis.set": "s", "redis.hash": "h",
    "redis.sortedset": "z", "redis.stream": "t",
}  # fmt: skip
"""What the events of a kind are turned on by, but those that every key has."""
_OF_ALL = {"expired": _EXPIRED, "del": _GENERIC, "expire": _GENERIC, "persist": _GENERIC}
_TAKEN = {"spop", "srem"}
_ALL = "g$lshzxetd"
"""What the letter A stands for."""


@dataclass(frozen=True, slots=True)
class Notices:
    """What a channel tells: events of `keys`, by their numbers."""

    heard: Heard
    keys: tuple[str, ...]

    def hears(self, text: str) -> bool:
        """Whether a message is one that the model has: of a key of this session, and an event that
        the spec names. All others a process leaves alone."""
        try:
            self.message(text)
        except PayloadError:
            return False
        return True

    def said(self, kind: Type, reply: Reply, channel: Callable[[str], Value] | None) -> Value:
        """What a message is that a client library gives; with the `channel` that it is of, where
        that says something. Raises PayloadError."""
        match reply:
            case [str(name), str(text)] if channel is not None and isinstance(kind, RecordType):
                told, message = (field for field, _ in kind.fields)
                return {told: channel(name), message: self.message(text)}
            case str(text):
                return self.message(text)
        raise PayloadError(f"{reply!r} is no message")

    def message(self, text: str) -> Value:
        """What a message says. Raises PayloadError."""
        if self.heard.by == KEYSPACE:
            return self._event(text)
        if text not in self.keys:
            raise PayloadError(f"{text} is no key of {self.heard.of}")
        return self.keys.index(text)

    def _event(self, text: str) -> Value:
        kind = self.heard.message
        assert isinstance(kind, EnumType)
        found = [each for each in kind.members if event_named(each) == text]
        if not found:
            raise PayloadError(f"{text} is none of {kind}")
        return found[0]


def notices_of(
    spec: Spec, resource: Resource, number: int, session: str | Mapping[str, str]
) -> Notices | None:
    """What an instance of a channel tells in a session; None for what no server tells of its own.
    Raises LiveError where what expires here would be told as more than that."""
    heard = resource.heard
    if heard is None:
        return None
    other = spec.resource(heard.of)
    if "expire" in _events(heard) and _expires_here(other):
        raise LiveError(
            f"{other.name} expires here by a PEXPIRE, which {resource.name} would hear as another"
            " event, expire: leave that out of its events"
        )
    if _events(heard) & _TAKEN and any("spop" in each for each in other.commands):
        raise LiveError(
            f"an SPOP of {other.name} is carried out here by the SREM of what the model says, which"
            f" {resource.name} would hear as another event: leave spop and srem out of its events"
        )
    each = range(other.count or 1)
    return Notices(heard, tuple(key_of(spec, other, n, session) for n in each))


def _events(heard: Heard) -> set[str]:
    """The events that a channel hears."""
    if heard.event:
        return {heard.event}
    kinds = [kind for _, kind in heard.commands[0].parameters]
    told = kinds[0] if heard.by == KEYEVENT else heard.message
    return {event_named(each) for each in told.members} if isinstance(told, EnumType) else set()


def _expires_here(resource: Resource) -> bool:
    called = {name for each in resource.commands for name in each}
    faults = {fault.command.name for each in resource.faults for fault in each}
    return "expire_now" in called or "expires" in faults


async def require_notices(
    resources: Collection[Resource], server: Server, control: Connection
) -> None:
    """See that the server tells what these resources hear. Raises LiveError where it does not, with
    what to set."""
    wanted = ""
    kinds = {each.name: each.kind for each in resources}
    for resource in resources:
        heard = resource.heard
        if heard is None:
            continue
        if heard.database != _database(server):
            raise LiveError(
                f"{resource.name} hears of database {heard.database}, and the steps are carried out"
                f" in database {_database(server)} of {server.place}"
            )
        kind = kinds[heard.of]
        wanted += "K" if heard.by == KEYSPACE else "E"
        wanted += "".join(sorted(_OF_ALL.get(each) or _CLASSES[kind] for each in _events(heard)))
    wanted = "".join(dict.fromkeys(wanted))
    if not wanted or server.own:
        return
    found = await control.ask("CONFIG", "GET", NOTIFY)
    if isinstance(found, Refusal) or not isinstance(found, list) or len(found) != 2:
        raise LiveError(f"{server.place} does not say whether it tells of its keys: {found}")
    set_ = str(found[1]).replace("A", _ALL)
    if any(each not in set_ for each in wanted):
        raise LiveError(
            f"{server.place} does not tell what becomes of its keys, as the spec wants it: {NOTIFY}"
            f' is "{found[1]}". If that is yours to change: CONFIG SET {NOTIFY}'
            f" {''.join(dict.fromkeys(str(found[1]) + wanted))}"
        )


def _database(server: Server) -> int:
    text = urlsplit(server.url).path.strip("/")
    return int(text) if text.isdigit() else 0
