"""The resources of a spec on a real server: their keys, what they hold at first and at last.

A run has a session of its own, a name that no other run has. It stands wherever a key has a
place for it (`chat:history:{session}`), else at its end, so that two runs never meet, and
nothing that was on the server before is ever touched: a key that is there already is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...language.tree import Resource, Spec
from ...language.types import DictType, ListType, OptionType, Type
from ...machine.shapes import keys_of
from ..errors import LiveError, ServerError
from .connection import Connection, Refusal
from .keys import is_on_server, key_of
from .payload import Codec, PayloadError, Value, codec_of
from .wire import EntryIds

__all__ = [
    "Store", "fill", "filling", "kept_keys", "measure", "reading", "refuse_foreign", "stores_of",
]  # fmt: skip

# What a kind keeps, how that is put on a server, and how it is read: by the state's name.
CONTENT = {
    "redis.list": "items",
    "redis.stream": "entries",
    "redis.string": "value",
    "redis.hash": "fields",
}
OFF_SERVER = frozenset({"websocket", "queue"})


@dataclass(frozen=True)
class Store:
    """One resource instance. `name` as shown (`socket[0]`), `key` on the server ("" for what
    is not there), `ids`: of a stream's entries, None for other kinds."""

    name: str
    resource: Resource
    number: int
    key: str
    codec: Codec
    ids: EntryIds | None

    @property
    def kind(self) -> str:
        return self.resource.kind

    @property
    def content(self) -> tuple[str, Type] | None:
        """The shown name and the type of what it keeps on the server; None: nothing that we
        could put there or read."""
        wanted = CONTENT.get(self.kind)
        state = self.resource.state[self.number]
        for variable in state:
            if variable.name == wanted:
                shown = self.name if len(state) == 1 else f"{self.name}.{variable.name}"
                return shown, variable.type
        return None


def stores_of(spec: Spec) -> dict[str, Store]:
    """The resources of a spec for a new session, by shown name. Raises LiveError for a kind
    that has no counterpart outside of the model."""
    session = uuid.uuid4().hex[:12]
    found = {}
    for resource in spec.resources:
        if not is_on_server(resource) and resource.kind not in OFF_SERVER:
            raise LiveError(
                f"{resource.name} is a {resource.kind}, which has no counterpart here: steps are"
                " carried out on Redis (kinds that are called redis.something, with commands"
                " of Redis as their wire), websocket and queue"
            )
        for number in range(resource.count or 1):
            name = resource.name if resource.count is None else f"{resource.name}[{number}]"
            ids = EntryIds() if resource.kind == "redis.stream" else None
            key = key_of(spec, resource, number, session)
            found[name] = Store(name, resource, number, key, codec_of(resource), ids)
    return found


def _kept(stores: Mapping[str, Store]) -> Iterator[Store]:
    """The stores that are a key of the server."""
    return (s for s in stores.values() if s.key and s.kind != "redis.pubsub")


async def refuse_foreign(stores: Mapping[str, Store], control: Connection) -> None:
    """Raises ServerError where a key of the session is there already, or somebody listens to
    one of its channels: they are not ours to touch."""
    for store in stores.values():
        if store.kind == "redis.pubsub":
            found = await control.ask("PUBSUB", "NUMSUB", store.key)
            taken = isinstance(found, list) and found[-1] != 0
        elif store.key:
            taken = await control.ask("EXISTS", store.key) != 0
        else:
            continue
        if taken:
            raise ServerError(
                f"{store.key} is in use at {control.place} already: not ours to touch"
            )


async def fill(
    stores: Mapping[str, Store], initial: Mapping[str, Value], control: Connection
) -> None:
    """Put on the server what the model holds at first. Raises LiveError for content that we do
    not know how to put there."""
    for store in _kept(stores):
        for words in filling(store, initial):
            reply = await control.ask(*words)
            if isinstance(reply, Refusal):
                raise ServerError(f"{control.place} refuses {words[0]}: {reply.text}")
            if store.ids is not None:
                store.ids.learn(str(reply))


def filling(store: Store, initial: Mapping[str, Value]) -> Iterator[list[str]]:
    """The commands that put on a server what a resource holds at first."""
    key, write = store.key, store.codec.write
    content = store.content
    if content is None:
        names = [n for n in initial if n == store.name or n.startswith(f"{store.name}.")]
        if any(initial[n] not in (None, False, 0, [], {}, frozenset()) for n in names):
            raise LiveError(f"{store.name} holds something at first that cannot be put on a server")
        return
    name, kind = content
    match store.kind, kind:
        case ("redis.list" | "redis.stream") as which, ListType(item):
            items = initial[name]
            assert isinstance(items, list)
            for each in items:
                text = write(item, each)
                yield ["RPUSH", key, text] if which == "redis.list" else [
                    "XADD", key, "*", "value", text,
                ]  # fmt: skip
        case "redis.string", OptionType(item):
            if initial[name] is not None:
                yield ["SET", key, write(item, initial[name])]
        case "redis.hash", DictType(_, OptionType(item)):
            for field, value in _fields(name, initial):
                if value is not None:
                    yield ["HSET", key, field, write(item, value)]


def _fields(name: str, variables: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    # A dict is shown as one variable a key.
    for each, value in variables.items():
        if each.startswith(f"{name}[") and each.endswith("]"):
            yield each[len(name) + 1 : -1], value


async def measure(stores: Mapping[str, Store], control: Connection) -> dict[str, Value]:
    """What the server really holds, by the shown name of the variable that it is in the
    model. Raises LiveError where that cannot be read."""
    found: dict[str, Value] = {}
    for store in _kept(stores):
        content = store.content
        if content is not None:
            try:
                found |= await _measured(store, *content, control)
            except PayloadError as error:
                raise LiveError(
                    f"{store.name} holds something else than values: {error}"
                ) from error
    return found


READING = {
    "redis.list": ("LRANGE", "0", "-1"),
    "redis.stream": ("XRANGE", "-", "+"),
    "redis.string": ("GET",),
    "redis.hash": ("HGETALL",),
}
"""How we look at all that a kind keeps: the command, and what stands behind its key."""


def reading(store: Store) -> list[str]:
    """The command that reads all that a resource keeps; [] for what keeps nothing."""
    words = READING.get(store.kind)
    return [] if words is None else [words[0], store.key, *words[1:]]


async def _measured(store: Store, name: str, kind: Type, control: Connection) -> dict[str, Value]:
    read = store.codec.read
    found = await control.ask(*reading(store))
    match store.kind, kind:
        case "redis.list", ListType(item):
            assert isinstance(found, list)
            return {name: [read(item, each) for each in found]}
        case "redis.stream", ListType(item):
            assert isinstance(found, list)
            return {name: [read(item, values[1]) for _, values in found]}
        case "redis.string", OptionType(item):
            return {name: None if found is None else read(item, str(found))}
        case "redis.hash", DictType(fields, OptionType(item)):
            assert isinstance(found, list)
            pairs = zip(found[::2], found[1::2], strict=True)
            empty: dict[str, Value] = {f"{name}[{field}]": None for field in keys_of(fields)}
            return empty | {f"{name}[{field}]": read(item, text) for field, text in pairs}
    return {}


def kept_keys(stores: Mapping[str, Store]) -> list[str]:
    """The keys that a session may have on the server."""
    return [each.key for each in _kept(stores)]
