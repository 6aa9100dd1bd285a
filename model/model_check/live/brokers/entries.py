"""What a stream answers with the ids of entries in it.

The ids of a real server are times; the model numbers the entries 1, 2, 3, ... in the same order.
What an answer is, the type of what a command answers says: `{id, value}` is an entry, a record with
a `next` is how far XAUTOCLAIM is, ...
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...language.types import EnumType, IntType, ListType, OptionType, RecordType, Type
from .payload import Codec, PayloadError, Value

__all__ = ["EntryIds", "entries_of"]

BEGIN = "0-0"
"""The id before the first one."""


@dataclass
class EntryIds:
    """The ids that a real stream gave its entries, which are times; the model numbers them
    1, 2, 3, ... in the same order. `parameters`: of its commands, those that are such numbers."""

    parameters: Sequence[str]
    ids: list[str] = field(default_factory=list)

    def learn(self, real: str) -> int:
        """The number of an entry; one that is not known yet is the newest."""
        if real == BEGIN:
            return 0
        if real not in self.ids:
            self.ids.append(real)
        return self.ids.index(real) + 1

    def real(self, number: int) -> str:
        """The id of an entry by number. 0 is before the first; numbers that no entry has yet
        are behind the last."""
        if number <= 0:
            return "0"
        if number <= len(self.ids):
            return self.ids[number - 1]
        return f"{(1 << 63) - 1}-{number}"


def entries_of(kind: Type, reply: object, codec: Codec, ids: EntryIds) -> tuple[bool, Value]:
    """What a stream answers where a command answers a value of this type: whether ids are in that,
    and if so, the value. Raises PayloadError."""
    match kind, reply:
        case IntType(), str():
            return True, ids.learn(reply)
        case ListType(RecordType((("id", _), ("value", item)))), _:
            if isinstance(reply, list) and len(reply) == 1 and _is_reading(reply[0]):
                reply = reply[0][1]  # XREAD answers [[key, entries]], XRANGE entries
            # XREADGROUP that has nothing answers nil.
            return True, _entries(item, [] if reply is None else reply, codec, ids)
        case RecordType((("pending", _), ("min", _), ("max", _))), [int(count), low, high, _]:
            return True, {"pending": count, "min": _known(low, ids), "max": _known(high, ids)}
        case ListType(RecordType((("id", _), ("consumer", who), ("deliveries", often)))), list():
            return True, [_pending(each, who, often, ids) for each in reply]
        case RecordType(
            (("next", _), ("claimed", ListType(RecordType((_, ("value", item))))), ("deleted", _))
        ), [str(cursor), entries, list(deleted)]:
            return True, {
                "next": ids.learn(cursor),
                "claimed": _entries(item, entries, codec, ids),
                "deleted": [ids.learn(str(each)) for each in deleted],
            }
    return False, None


def _is_reading(item: object) -> bool:
    return (
        isinstance(item, list)
        and len(item) == 2
        and isinstance(item[1], list)
        and all(isinstance(each, list) for each in item[1])
    )


def _entries(kind: Type, reply: object, codec: Codec, ids: EntryIds) -> list[Value]:
    if not isinstance(reply, list):
        raise PayloadError(f"{reply!r} is no list of entries")
    return [_entry(each, kind, codec, ids) for each in reply]


def _entry(item: object, kind: Type, codec: Codec, ids: EntryIds) -> Value:
    match item:
        case [str(real), None] if isinstance(kind, OptionType):
            return {"id": ids.learn(real), "value": None}  # pending, but deleted
        case [str(real), [*words]]:
            inner = kind.item if isinstance(kind, OptionType) else kind
            found = codec.read_fields(inner, [str(each) for each in words])
            return {"id": ids.learn(real), "value": found}
    raise PayloadError(f"{item!r} is no entry of ours")


def _pending(item: object, who: Type, often: Type, ids: EntryIds) -> Value:
    """What is pending, with the name of its consumer as it is, and how often it was delivered as
    far as that is counted."""
    match item, who, often:
        case [str(real), str(name), int(_), int(times)], EnumType() | IntType(), IntType(_, high):
            consumer = int(name) if isinstance(who, IntType) and name.isdecimal() else name
            times = times if high is None else min(times, high)
            return {"id": ids.learn(real), "consumer": consumer, "deliveries": times}
    raise PayloadError(f"{item!r} is nothing that is pending")


def _known(real: object, ids: EntryIds) -> Value:
    return None if real is None else ids.learn(str(real))
