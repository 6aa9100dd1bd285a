"""From what a server answers to the value that the model speaks of.

An answer is read by the type that its kind gives it: nothing here knows what a command does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...language.syntax.wire_form import PLACE
from ...language.tree.spec import Command
from ...language.types import (
    BoolType,
    DictType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    SetType,
    Type,
    UnitType,
)
from ...machine.shapes import hashable, keys_of
from .entries import EntryIds, entries_of
from .payload import Codec, PayloadError, Value, fits
from .wire import Reply

__all__ = ["answer_of", "in_records"]


def answer_of(
    command: Command,
    reply: Reply,
    codec: Codec,
    ids: EntryIds | None,
    address_in: Callable[[str], Value] | None = None,
    keys: Sequence[str] = (),
) -> Value:
    """The value of an answer, None for a command that answers nothing. `address_in`: what a key, or
    a channel, says, of a resource that is several; `keys`: those that the command was sent with.
    Raises PayloadError where the answer is of another type."""
    if isinstance(command.result, UnitType):
        if reply not in ("OK", 1, 0, True, False):
            raise PayloadError(f"{reply!r} is no OK")
        return None
    if ids is not None:
        found, value = entries_of(command.result, reply, codec, ids)
        if found:
            return value
    if command.more and isinstance(reply, list) and reply:
        if reply[0] not in keys:
            raise PayloadError(f"{reply[0]!r} is none of {', '.join(keys)}")
        reply = [keys.index(str(reply[0])), *reply[1:]]
    elif isinstance(reply, list) and command.name.startswith("b") and len(reply) > 1:
        reply = reply[1:] if command.flat else reply[1]  # BLPOP and its like answer the key as well
    if command.flat:
        reply = in_records(command.result, reply)
    if isinstance(command.result, BoolType):
        reply = _truth(command, reply)
    if address_in is not None and isinstance(command.result, RecordType):
        value = _addressed(command, command.result, reply, codec, address_in)
    else:
        value = _value(command.result, reply, codec)
    if not fits(command.result, value):
        raise PayloadError(f"{reply!r} is no {command.result}")
    return value


def in_records(kind: Type, reply: Reply) -> Reply:
    """An answer in which the fields of records follow each other, with a list around each."""
    match kind, reply:
        case OptionType(), []:
            return None
        case ListType(RecordType(fields)), list():
            size = len(fields)
            return [reply[at : at + size] for at in range(0, len(reply), size)]
    return reply


def _addressed(
    command: Command,
    kind: RecordType,
    reply: Reply,
    codec: Codec,
    address_in: Callable[[str], Value],
) -> Value:
    """A message with the channel that it came from."""
    match reply, kind.fields:
        case [str(key), str(text)], ((place, _), (name, item)) if place == command.address:
            return {place: address_in(key), name: codec.read(item, text)}
    raise PayloadError(f"{reply!r} is no message with its channel")


def _truth(command: Command, reply: Reply) -> Reply:
    """What an answer says that is a truth: by the two words of a kind's `{result:OK|nil}`."""
    for found in PLACE.finditer(command.answer):
        yes, bar, no = (found[2] or "").partition("|")
        if bar and reply in (yes, None if no == "nil" else no):
            return int(reply == yes)
    return reply


def _value(kind: Type, reply: Reply, codec: Codec) -> Value:
    match kind, reply:
        case RecordType(fields), list() if len(fields) == len(reply):
            pairs = zip(fields, reply, strict=True)
            return {name: _value(each, part, codec) for (name, each), part in pairs}
        case OptionType(), None:
            return None
        case ListType(), None:
            return []  # an XREAD whose time is over
        case OptionType(item), int() | list():
            return _value(item, reply, codec)
        case ListType(item), list():
            return [_value(item, each, codec) for each in reply]
        case DictType(keys, OptionType(item)), list():
            # What is not there has no value.
            pairs = zip(reply[::2], reply[1::2], strict=True)
            found = {
                _value(keys, key, codec.plain): _value(item, part, codec.for_field(str(key)))
                for key, part in pairs
                if str(key) not in codec.left_out
            }
            return {key: found.get(key) for key in keys_of(keys)}
        case SetType(item), list():
            return frozenset(hashable(_value(item, each, codec)) for each in reply)
        case BoolType(), int():
            return bool(reply)
        case IntType(), int():
            return reply
        case _, str():
            return codec.read(kind, reply)
    raise PayloadError(f"{reply!r} is no {kind}")
