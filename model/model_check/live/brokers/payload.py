"""What a value of the model looks like on a real server, and back.

A chunk travels as in the system that this was built for: ``{"content": "chunk7",
"is_complete": false}``, where the word is the name of the type (`redis.list[Chunk]`) and
the last number of its range completes the stream. Strings and hashes hold bare values, since
INCR and HINCRBY count with them. Everything else is JSON.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ...language.bare_text import bare_text
from ...language.tree.spec import Resource
from ...language.types import (
    BoolType,
    DictType,
    EnumType,
    IntType,
    ListType,
    OptionType,
    RecordType,
    SetType,
    Type,
)
from ...machine.shapes import hashable

__all__ = ["Codec", "PayloadError", "codec_of", "fits"]

Value = object

BUILTIN_TYPES = frozenset({"int", "bool"})


class PayloadError(ValueError):
    """What came from a server is no value of the type that the model expects."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How one resource's values travel. `word` stands before a number (`chunk7`), "" for
    none; `bare`: numbers and names as they are, without JSON around them."""

    word: str
    bare: bool

    def write(self, kind: Type, value: Value) -> str:
        """A value as the text of a payload."""
        if isinstance(value, bool) or not isinstance(value, int | str):
            return bare_text(_to_json(value))
        if self.bare:
            return bare_text(value)
        complete = isinstance(kind, IntType) and kind.high == value
        return json.dumps({"content": f"{self.word}{value}", "is_complete": complete})

    def read(self, kind: Type, text: str) -> Value:
        """The value that a payload stands for. Raises PayloadError."""
        try:
            value = self._read(kind, text)
        except PayloadError:
            raise
        except (TypeError, ValueError, RecursionError) as error:
            # What stands there can be anything: an endless number, a key that is a list, ...
            raise PayloadError(f"{text} is no {kind}") from error
        if not fits(kind, value):
            raise PayloadError(f"{text} is no {kind}")
        return value

    def _read(self, kind: Type, text: str) -> Value:
        if isinstance(kind, OptionType):
            # `null` is a word of the language, so no member of an enum is called so.
            return None if text == "null" else self._read(kind.item, text)
        if self.bare and isinstance(kind, EnumType):
            return text
        try:
            found = json.loads(text)
        except ValueError as error:
            raise PayloadError(f"{text} is no JSON") from error
        if isinstance(found, dict) and "content" in found and not isinstance(kind, RecordType):
            return self._content(kind, str(found["content"]))
        return _from_json(kind, found)

    def _content(self, kind: Type, content: str) -> Value:
        if isinstance(kind, EnumType):
            return content.removeprefix(self.word)
        number = re.fullmatch(rf"{re.escape(self.word)}(-?\d+)", content)
        if number is None:
            raise PayloadError(f"{content!r} is not {self.word or 'a number'} and a number")
        return int(number[1])


def codec_of(resource: Resource) -> Codec:
    """How the values of a resource travel."""
    name = resource.arguments[0] if resource.arguments else ""
    named = name.isidentifier() and name not in BUILTIN_TYPES
    return Codec(name.lower() if named else "", resource.stored.bare)


def _to_json(value: Value) -> object:
    match value:
        case frozenset():
            return sorted((_to_json(each) for each in value), key=str)
        case list() | tuple():
            return [_to_json(each) for each in value]
        case dict():
            if all(isinstance(key, str) for key in value):
                return {key: _to_json(each) for key, each in value.items()}
            return [[_to_json(key), _to_json(each)] for key, each in value.items()]
    return value


def _from_json(kind: Type, found: object) -> Value:
    match kind, found:
        case OptionType(item), _:
            return None if found is None else _from_json(item, found)
        case ListType(item), list():
            return [_from_json(item, each) for each in found]
        case SetType(item), list():
            return frozenset(hashable(_from_json(item, each)) for each in found)
        case RecordType(fields), dict() if set(found) == {name for name, _ in fields}:
            return {name: _from_json(each, found[name]) for name, each in fields}
        case DictType(key, value), dict():
            return {k: _from_json(value, v) for k, v in found.items()}
        case DictType(key, value), list():
            return {_from_json(key, k): _from_json(value, v) for k, v in found}
        case BoolType(), (0 | 1):
            return bool(found)
    return found


def fits(kind: Type, value: Value) -> bool:
    """Whether a value is one of a type."""
    match kind, value:
        case BoolType(), bool():
            return True
        case IntType(low, high), int() if not isinstance(value, bool):
            return (low is None or low <= value) and (high is None or value <= high)
        case EnumType(members), str():
            return value in members
        case OptionType(item), _:
            return value is None or fits(item, value)
        case ListType(item), list():
            return all(fits(item, each) for each in value)
        case SetType(item), frozenset():
            return all(fits(item, each) for each in value)
        case RecordType(fields), dict():
            return list(value) == [n for n, _ in fields] and all(
                fits(each, value[name]) for name, each in fields
            )
        case DictType(_, item), dict():
            return all(fits(item, each) for each in value.values())
    return False
