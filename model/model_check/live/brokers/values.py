"""Values of the model as JSON, and back."""

from __future__ import annotations

import json

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
    UnionType,
)
from ...machine.shapes import hashable, keys_of

__all__ = ["PayloadError", "RealName", "Value", "fits", "from_json", "not_json", "shown", "to_json"]

Value = object

_SHOWN = 60
"""Characters of a payload in a message."""


class PayloadError(ValueError):
    """What came from a server is no value of the type that the model expects."""


class RealName(str):
    """What stands for a value of the model in a log, which does not say for which. `of`: what it
    names a value of."""

    __slots__ = ("of",)
    of: str

    def __new__(cls, text: str, of: str) -> RealName:
        made = super().__new__(cls, text)
        made.of = of
        return made


def shown(said: object) -> str:
    """A part of a payload, for a message."""
    text = said if isinstance(said, str) else json.dumps(said, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def not_json(text: str, error: ValueError | RecursionError) -> str:
    """Why a text was not read as JSON."""
    if isinstance(error, json.JSONDecodeError):
        return f"{shown(text)} is no JSON"
    if isinstance(error, RecursionError):
        return f"{shown(text)} is nested deeper than is read"
    return f"{shown(text)} has a number of more digits than are read"


def to_json(value: Value) -> object:
    """A value as JSON has it."""
    match value:
        case frozenset():
            return sorted((to_json(each) for each in value), key=str)
        case list() | tuple():
            return [to_json(each) for each in value]
        case dict():
            if all(isinstance(key, str) for key in value):
                return {key: to_json(each) for key, each in value.items()}
            return [[to_json(key), to_json(each)] for key, each in value.items()]
    return value


def from_json(kind: Type, found: object) -> Value:
    """The value that is meant; what is none comes back as something that does not fit."""
    match kind, found:
        case OptionType(item), _:
            return None if found is None else from_json(item, found)
        case ListType(item), list():
            return [from_json(item, each) for each in found]
        case SetType(item), list():
            return frozenset(hashable(from_json(item, each)) for each in found)
        case RecordType(fields), dict() if set(found) == {name for name, _ in fields}:
            return {name: from_json(each, found[name]) for name, each in fields}
        case DictType(key, value), dict():
            return _in_order(key, {k: from_json(value, v) for k, v in found.items()})
        case DictType(key, value), list():
            return _in_order(
                key, {hashable(from_json(key, k)): from_json(value, v) for k, v in found}
            )
        case BoolType(), (0 | 1):
            return bool(found)
    return found


def _in_order(kind: Type, found: dict[Value, Value]) -> Value:
    """A dict has all its keys, in their order; what has others is left as it is."""
    keys = [hashable(each) for each in keys_of(kind)]
    if len(keys) != len(found) or not all(key in found for key in keys):
        return found
    return {key: found[key] for key in keys}


def fits(kind: Type, value: Value) -> bool:
    """Whether a value is one of a type."""
    match kind, value:
        case _, RealName():
            return True  # of what, whoever made it a name has seen
        case BoolType(), bool():
            return True
        case IntType(low, high), int() if not isinstance(value, bool):
            return (low is None or low <= value) and (high is None or value <= high)
        case EnumType(members), str():
            return value in members
        case UnionType(numbers, names), _:
            return fits(numbers, value) or fits(names, value)
        case OptionType(item), _:
            return value is None or fits(item, value)
        case ListType(item), list() | tuple():
            return all(fits(item, each) for each in value)
        case SetType(item), frozenset():
            return all(fits(item, each) for each in value)
        case RecordType(fields), dict():
            return list(value) == [n for n, _ in fields] and all(
                fits(each, value[name]) for name, each in fields
            )
        case DictType(key, item), dict():
            keys = [hashable(each) for each in keys_of(key)]
            return list(value) == keys and all(fits(item, each) for each in value.values())
    return False
