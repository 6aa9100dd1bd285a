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
from .payload import Codec, PayloadError, Value, fits

__all__ = [
    "PLACE", "EntryIds", "ParsedCommand", "RealId", "answer_of", "in_records", "is_sent", "said",
    "words_of",
]  # fmt: skip

PLACE = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
"""A place in a `wire`, for the key or for a parameter."""


@dataclass
class EntryIds:
    """The ids that a real stream gave its entries, which are times; the model numbers them
    1, 2, 3, ... in the same order. `parameters`: of its commands, those that are such numbers."""

    parameters: Sequence[str]
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


class RealId(tuple[int, int]):
    """The id of an entry as a real stream gave it: milliseconds and a number. They are in the
    order of the entries; (0, 0) is before the first."""

    __slots__ = ()


def is_sent(command: Command) -> bool:
    """Whether the command goes to the server; what is in brackets is the client's own."""
    return command.is_sent


def words_of(
    command: Command, key: str, arguments: Mapping[str, Value], codec: Codec, ids: EntryIds | None
) -> list[str]:
    """The words of a command as they are sent. `ids` are those of a stream's entries, None
    for everything else."""
    texts = {
        name: _texts(command, name, kind, arguments[name], codec, ids)
        for name, kind in command.parameters
    }
    texts["key"] = [key]
    words: list[str] = []
    for word in command.wire.split():
        place = PLACE.fullmatch(word)
        if place is not None and place[1] in texts:
            words += texts[place[1]]
        else:
            words.append(
                PLACE.sub(lambda m: " ".join(texts[m[1]]) if m[1] in texts else m[0], word)
            )
    return words


def _texts(
    command: Command, name: str, kind: Type, value: Value, codec: Codec, ids: EntryIds | None
) -> list[str]:
    if name not in command.carries:
        if ids is not None and name in ids.parameters and isinstance(value, int):
            return [ids.real(value)]
        return [str(int(value)) if isinstance(value, bool) else str(value)]
    if isinstance(kind, ListType) and isinstance(value, list):
        return [codec.write(kind.item, each) for each in value]
    return [codec.write(kind, value)]


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """What the words of a command say: its key, and its arguments by name. An argument that
    names an entry of a stream is a RealId."""

    key: str
    arguments: Mapping[str, Value]


def said(
    command: Command, words: Sequence[str], codec: Codec, id_parameters: Sequence[str]
) -> ParsedCommand | None:
    """What words say that were sent, read by the same `wire` that they are written by; None
    where they are not this command, or carry no value of the model. Upper and lower case of
    the command's own words mean the same. `id_parameters`: those that are ids of entries."""
    texts = _texts_in(command, words)
    if texts is None:
        return None
    kinds = dict(command.parameters)
    arguments: dict[str, Value] = {}
    try:
        for name, kind in command.parameters:
            arguments[name] = _argument(
                command, name, kind, texts[name], codec, name in id_parameters
            )
    except PayloadError:
        return None
    if any(not fits(kinds[n], v) for n, v in arguments.items() if not isinstance(v, RealId)):
        return None
    return ParsedCommand(texts["key"][0], arguments)


def _texts_in(command: Command, words: Sequence[str]) -> dict[str, list[str]] | None:
    """The words in each place of a command's `wire`. Only what carries a list takes several."""
    pattern = command.wire.split()
    lists = {name for name, kind in command.parameters if isinstance(kind, ListType)}
    more = len(words) - len(pattern)
    texts: dict[str, list[str]] = {}
    at = 0
    for form in pattern:
        place = PLACE.fullmatch(form)
        count = 1
        if place is not None and place[1] in lists:
            count += more
            more = 0
        mine = words[at : at + count]
        at += count
        if len(mine) < count:
            return None
        if place is not None:
            texts[place[1]] = list(mine)
        elif not _is_word(form, mine[0], texts):
            return None
    return texts if at == len(words) else None


def _is_word(form: str, word: str, texts: dict[str, list[str]]) -> bool:
    """Whether a word has a form that is not one place alone; fills the places in it."""
    if "{" not in form:
        return form.casefold() == word.casefold()
    parts = PLACE.split(form)
    regex = "".join(
        re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+)" for i, part in enumerate(parts)
    )
    found = re.fullmatch(regex, word, re.DOTALL)
    if found is not None:
        texts.update((name, [text]) for name, text in found.groupdict().items())
    return found is not None


_NUMBER = re.compile(r"-?[0-9]{1,40}")
_ENTRY_ID = re.compile(r"([0-9]{1,20})(?:-([0-9]{1,20}))?")


def _argument(
    command: Command, name: str, kind: Type, texts: Sequence[str], codec: Codec, is_id: bool
) -> Value:
    """The value of an argument: what `_texts` writes, read again."""
    if name not in command.carries:
        (text,) = texts
        if is_id:
            found = _ENTRY_ID.fullmatch(text)
            if found is None:
                raise PayloadError(f"{text} is no id of an entry")
            return RealId((int(found[1]), int(found[2] or 0)))
        if isinstance(kind, IntType | BoolType):
            if not _NUMBER.fullmatch(text):
                raise PayloadError(f"{text} is no number")
            return bool(int(text)) if isinstance(kind, BoolType) else int(text)
        return text
    if isinstance(kind, ListType):
        return [codec.read(kind.item, each) for each in texts]
    (text,) = texts
    return codec.read(kind, text)


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
    if isinstance(reply, list) and command.name.startswith("b") and len(reply) > 1:
        reply = reply[1:] if command.flat else reply[1]  # BLPOP and its like answer the key as well
    if command.flat:
        reply = in_records(command.result, reply)
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


def _value(kind: Type, reply: Reply, codec: Codec) -> Value:
    match kind, reply:
        case RecordType(fields), list() if len(fields) == len(reply):
            pairs = zip(fields, reply, strict=True)
            return {name: _value(each, part, codec) for (name, each), part in pairs}
        case OptionType(), None:
            return None
        case OptionType(item), int() | list():
            return _value(item, reply, codec)
        case ListType(item), list():
            return [_value(item, each, codec) for each in reply]
        case DictType(keys, OptionType(item)), list():
            # What is not there has no value.
            pairs = zip(reply[::2], reply[1::2], strict=True)
            found = {_value(keys, key, codec): _value(item, part, codec) for key, part in pairs}
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
