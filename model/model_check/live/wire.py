"""From a command's `wire` in its kind to the words that are sent, and from the answer to the
value that the model speaks of.

Nothing here knows what a command does: the words come from the kind, the answer is read by
the type that the kind gives it. So a kind of a user's own, `redis.set` say, whose `wire` are
commands of Redis, is carried out as ours are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..language.tree import Command
from ..language.types import (
    BoolType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    Type,
    UnitType,
)
from .payload import Codec, PayloadError, Value, fits

__all__ = ["EntryIds", "answer_of", "is_sent", "words_of"]

_PLACE = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
ENTRY_ID_PARAMETERS = frozenset({"after", "first", "last"})
"""Parameters of a stream's commands that are numbers of entries."""


@dataclass
class EntryIds:
    """The ids that a real stream gave its entries, which are times; the model numbers them
    1, 2, 3, ... in the same order."""

    ids: list[str] = field(default_factory=list)

    def learn(self, real: str) -> int:
        """The number of an entry; one that is not known yet is the newest."""
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


def is_sent(command: Command) -> bool:
    """Whether the command goes to the server; what is in brackets is the client's own."""
    return not command.wire.startswith("(")


def words_of(
    command: Command, key: str, arguments: Mapping[str, Value], codec: Codec, ids: EntryIds | None
) -> list[str]:
    """The words of a command as they are sent. `ids` are those of a stream's entries, None
    for everything else."""
    texts: dict[str, list[str]] = {"key": [key]}
    for name, kind in command.parameters:
        texts[name] = _texts(command, name, kind, arguments[name], codec, ids)
    words: list[str] = []
    for word in command.wire.split():
        place = _PLACE.fullmatch(word)
        if place is not None and place[1] in texts:
            words += texts[place[1]]
        else:
            words.append(
                _PLACE.sub(lambda m: " ".join(texts[m[1]]) if m[1] in texts else m[0], word)
            )
    return words


def _texts(
    command: Command, name: str, kind: Type, value: Value, codec: Codec, ids: EntryIds | None
) -> list[str]:
    if name not in command.carries:
        if ids is not None and name in ENTRY_ID_PARAMETERS and isinstance(value, int):
            return [ids.real(value)]
        return [str(int(value)) if isinstance(value, bool) else str(value)]
    if isinstance(kind, ListType) and isinstance(value, list):
        return [codec.write(kind.item, each) for each in value]
    return [codec.write(kind, value)]


Reply = object
"""What redis-py's parser gives for an answer: str, int, None, or a list of these."""


def answer_of(command: Command, reply: Reply, codec: Codec, ids: EntryIds | None) -> Value:
    """The value of an answer, None for a command that answers nothing. Raises PayloadError
    where the answer is of another type."""
    if isinstance(command.result, UnitType):
        if reply not in ("OK", 1, 0, True, False):
            raise PayloadError(f"{reply!r} is no OK")
        return None
    if ids is not None:
        found, value = _entries(command, reply, codec, ids)
        if found:
            return value
    if isinstance(reply, list) and command.name.startswith("b") and len(reply) == 2:
        reply = reply[1]  # BLPOP and its like answer the key as well
    value = _value(command.result, reply, codec)
    if not fits(command.result, value):
        raise PayloadError(f"{reply!r} is no {command.result}")
    return value


def _value(kind: Type, reply: Reply, codec: Codec) -> Value:
    match kind, reply:
        case OptionType(item), _:
            return None if reply is None else _value(item, reply, codec)
        case ListType(item), list():
            return [_value(item, each, codec) for each in reply]
        case BoolType(), int():
            return bool(reply)
        case IntType(), int():
            return reply
        case _, str():
            return codec.read(kind, reply)
    raise PayloadError(f"{reply!r} is no {kind}")


def _entries(command: Command, reply: Reply, codec: Codec, ids: EntryIds) -> tuple[bool, Value]:
    """What a stream answers with ids in it: whether it is that, and its value."""
    match command.result:
        case IntType() if isinstance(reply, str):
            return True, ids.learn(reply)
        case ListType(RecordType((("id", _), ("value", kind)))):
            if isinstance(reply, list) and len(reply) == 1 and _is_reading(reply[0]):
                reply = reply[0][1]  # XREAD answers [[key, entries]], XRANGE entries
            return True, [_entry(each, kind, codec, ids) for each in _list(reply)]
    return False, None


def _is_reading(item: object) -> bool:
    return (
        isinstance(item, list)
        and len(item) == 2
        and isinstance(item[1], list)
        and all(isinstance(each, list) for each in item[1])
    )


def _entry(item: object, kind: Type, codec: Codec, ids: EntryIds) -> Value:
    match item:
        case [str(real), ["value", str(text)]]:
            return {"id": ids.learn(real), "value": codec.read(kind, text)}
    raise PayloadError(f"{item!r} is no entry of ours")


def _list(reply: Reply) -> Sequence[object]:
    if not isinstance(reply, list):
        raise PayloadError(f"{reply!r} is no list of entries")
    return reply
