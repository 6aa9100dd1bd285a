"""What a session's keys on a Redis server hold: at first, to be put there, and at last.

Nothing that was on the server before is ever touched: a key that is there already is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...language.syntax.wire_form import FIELDS
from ...language.tree.spec import Resource
from ...language.types import DictType, ListType, OptionType, RecordType, SetType, Type
from ...machine.shapes import hashable, keys_of
from ..errors import LiveError, ServerError
from .answers import in_records
from .connection import Connection, Refusal
from .contract import Store
from .keys import KEY, is_channel
from .payload import PayloadError, Value

_FIELDS = "{value" + FIELDS

__all__ = ["fill", "filling", "held", "kept_keys", "measure", "reading", "refuse_foreign"]

VALUE = "{value}"
"""Where a command that puts a value on the server has it; one without has a place for each field of
what is a record."""


def _content(store: Store) -> tuple[str, Type] | None:
    """The shown name and the type of what a resource keeps on the server; None: nothing that
    we could put there or read."""
    for variable in store.resource.state[store.number]:
        if variable.name == store.resource.stored.state:
            return store.resource.shown(store.number, variable.name), variable.type
    return None


def held(store: Store, variables: Mapping[str, Value]) -> int | None:
    """How many values a list or a stream holds in a state of the model; None for what is none."""
    content = _content(store)
    value = None if content is None else variables.get(content[0])
    return len(value) if isinstance(value, list) else None


def _kept(stores: Mapping[str, Store]) -> Iterator[Store]:
    """The stores that are a key of the server."""
    return (s for s in stores.values() if s.key and not is_channel(s.resource))


async def refuse_foreign(stores: Mapping[str, Store], control: Connection) -> None:
    """Raises ServerError where a key of the session is there already, or somebody listens to
    one of its channels: they are not ours to touch."""
    for store in stores.values():
        if store.notices is not None:
            continue  # whose key is not taken, nobody else hears of it
        if is_channel(store.resource):
            found = await control.ask("PUBSUB", "NUMSUB", *store.keys)
            taken = isinstance(found, list) and any(found[1::2])
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
    content, write = _content(store), store.resource.stored.write
    if content is None or write is None:
        names = [n for n in initial if n == store.name or n.startswith(f"{store.name}.")]
        if any(initial[n] not in (None, False, 0, [], {}, frozenset()) for n in names):
            raise LiveError(f"{store.name} holds something at first that cannot be put on a server")
        return
    words = write.text.split()
    for field, kind, value in _values(*content, initial):
        if isinstance(kind, RecordType) and not {VALUE, _FIELDS} & {*words}:
            assert isinstance(value, dict)
            texts = {f"{{{n}}}": [store.codec.write(each, value[n])] for n, each in kind.fields}
        elif _FIELDS in words:
            texts = {"{field}": [field], _FIELDS: store.codec.write_fields(kind, value)}
        else:
            written = store.codec.for_field(field).write(kind, value)
            texts = {"{field}": [field], VALUE: [written]}
        texts[KEY] = [store.key]
        yield [text for word in words for text in texts.get(word, [word])]


def _values(
    name: str, kind: Type, variables: Mapping[str, Value]
) -> Iterator[tuple[str, Type, Value]]:
    """What is in a variable, one by one, each with its field ("" but in a dict) and its type."""
    match kind:
        case ListType(item) | SetType(item):
            items = variables[name]
            assert isinstance(items, list | frozenset)
            ordered = items if isinstance(items, list) else sorted(items, key=str)
            yield from (("", item, each) for each in ordered)
        case OptionType(item):
            if variables[name] is not None:
                yield "", item, variables[name]
        case DictType(_, OptionType(item)):
            for field, value in _fields(name, variables):
                if value is not None:
                    yield field, item, value


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
        content = _content(store)
        if content is not None:
            try:
                found |= await _measured(store, *content, control)
            except PayloadError as error:
                raise LiveError(
                    f"{store.name} holds something else than values: {error}"
                ) from error
    return found


def reading(resource: Resource, key: str) -> list[str]:
    """The command that reads all that a resource keeps; [] for what keeps nothing."""
    if resource.stored.read is None:
        return []
    name, *words = resource.stored.read.text.split()
    return [name.upper(), *(key if word == KEY else word for word in words)]


async def _measured(store: Store, name: str, kind: Type, control: Connection) -> dict[str, Value]:
    read = store.codec.read
    found = await control.ask(*reading(store.resource, store.key))
    match kind, found:
        case ListType(item), list() if store.ids is not None:
            return {name: [store.codec.read_fields(item, words) for _, words in found]}
        case ListType(RecordType(fields)), list() if not _is_whole(store):
            rows = in_records(kind, found)
            assert isinstance(rows, list)
            return {
                name: [
                    {n: read(part, text) for (n, part), text in zip(fields, row, strict=True)}
                    for row in rows
                ]
            }
        case ListType(item), list():
            return {name: [read(item, each) for each in found]}
        case SetType(item), list():
            return {name: frozenset(hashable(read(item, each)) for each in found)}
        case OptionType(item), _:
            return {name: None if found is None else read(item, str(found))}
        case DictType(keys, OptionType(item)), list():
            kept = store.codec.without_left_out(found)
            pairs = zip(kept[::2], kept[1::2], strict=True)
            empty: dict[str, Value] = {f"{name}[{field}]": None for field in keys_of(keys)}
            return empty | {
                f"{name}[{field}]": store.codec.for_field(field).read(item, text)
                for field, text in pairs
            }
    raise LiveError(f"{store.name} is read as {found!r}, which is no {kind}")


def _is_whole(store: Store) -> bool:
    """Whether a value of a resource is put on the server as one text, and not field by field."""
    write = store.resource.stored.write
    return write is None or VALUE in write.text.split()


def kept_keys(stores: Mapping[str, Store]) -> list[str]:
    """The keys that a session may have on the server."""
    return [each.key for each in _kept(stores)]
