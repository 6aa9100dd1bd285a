"""The values of types, in plain Python: which there are, in which order, and the first of each.

Values: int, Name (a member of an enum), bool, None, tuple (lists; records in the order of their
fields; dicts in the order of their keys), frozenset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from model_check.language.types import (
    BoolType,
    DictType,
    EnumType,
    IntType,
    ListType,
    NothingType,
    OptionType,
    ProcessType,
    RecordType,
    SetType,
    Type,
    UnionType,
)

__all__ = ["Name", "Value", "default_of", "holds", "names_of", "ordered", "rank", "values_of"]

Value = Any


@dataclass(frozen=True, order=True)
class Name:
    """A name, which is the same in each type that has it; names are ordered as they are declared
    (by their `number`)."""

    number: int = field(hash=False)
    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self.text == other.text


def names_of(kind: EnumType) -> list[Name]:
    """The members of an enum."""
    return [Name(number, text) for number, text in enumerate(kind.members)]


def values_of(kind: Type) -> list[Value]:
    """All values of a finite type, in order."""
    match kind:
        case BoolType():
            return [False, True]
        case IntType(int(low), int(high)):
            return list(range(low, high + 1))
        case EnumType():
            return names_of(kind)
        case UnionType(numbers, names):
            return [*values_of(numbers), *names_of(names)]
    raise NotImplementedError(f"the order of {kind} is told nowhere")


def default_of(kind: Type) -> Value:
    """The first value of a type."""
    match kind:
        case BoolType():
            return False
        case IntType(low):
            return low or 0
        case EnumType():
            return names_of(kind)[0] if kind.members else None
        case UnionType(numbers):
            return numbers.low
        case OptionType():
            return None
        case RecordType(fields):
            return tuple(default_of(each) for _, each in fields)
        case ListType():
            return ()
        case SetType():
            return frozenset()
        case DictType(key, value):
            return tuple(default_of(value) for _ in values_of(key))
    raise NotImplementedError(str(kind))


def holds(kind: Type, value: Value) -> bool:
    """Whether a type holds a value."""
    match kind:
        case BoolType():
            return isinstance(value, bool)
        case IntType(low, high):
            if isinstance(value, bool) or not isinstance(value, int):
                return False
            return low is None or high is None or low <= value <= high
        case EnumType(members):
            return isinstance(value, Name) and value.text in members
        case UnionType(numbers, names):
            return holds(numbers, value) or holds(names, value)
        case OptionType(item):
            return value is None or holds(item, value)
        case RecordType(fields):
            return all(holds(t, v) for (_, t), v in zip(fields, value, strict=True))
        case ListType(item):
            return isinstance(value, tuple) and all(holds(item, each) for each in value)
        case SetType(item):
            return isinstance(value, frozenset) and all(holds(item, each) for each in value)
        case DictType(_, item):
            return all(holds(item, each) for each in value)
    return isinstance(kind, NothingType | ProcessType)


def ordered(value: Value) -> Value:
    """A list as it is, a set in ascending order."""
    return tuple(sorted(value, key=rank)) if isinstance(value, frozenset) else value


def rank(value: Value) -> Any:
    """Where a value stands among those of its type: None before all others, integers before names,
    records field by field, sets as the binary numbers of their members."""
    match value:
        case tuple():
            return tuple(rank(each) for each in value)
        case frozenset():
            return sorted((rank(each) for each in value), reverse=True)
        case Name(number):
            return (2, number)
    return (0, 0) if value is None else (1, value)
