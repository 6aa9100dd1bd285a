"""The types of the language: what a value can be.

Integers carry the interval they are known to lie in, so that most range checks are
decided before the search starts; an interval of None is an integer of unknown size.
"""

from __future__ import annotations

from .records import dataclass

__all__ = [
    "BOOL", "INT", "NOTHING", "UNIT", "BoolType", "DictType", "EnumType", "IntType", "ListType",
    "NothingType", "OptionType", "ProcessType", "RecordType", "SetType", "Type", "UnionType",
    "UnitType", "finite_size", "parts_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class BoolType:
    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class IntType:
    """An integer between low and high, both included; both None for one without bounds."""

    low: int | None = None
    high: int | None = None

    def __str__(self) -> str:
        return "int" if self.low is None else f"{self.low}..{self.high}"


@dataclass(frozen=True, slots=True)
class EnumType:
    """A finite set of names. `Client` in a kind is one: its members are `gateway`,
    `gateway[1]`, ... (the process instances that use the resource)."""

    members: tuple[str, ...]

    def __str__(self) -> str:
        return f"enum({', '.join(self.members)})"


@dataclass(frozen=True, slots=True)
class UnionType:
    """An integer of a range, or one of some names; written `1..3 | enum(done)`. By number, the
    names come behind the integers."""

    numbers: IntType
    names: EnumType

    @property
    def low(self) -> int:
        assert self.numbers.low is not None
        return self.numbers.low

    @property
    def high(self) -> int:
        """The highest integer."""
        assert self.numbers.high is not None
        return self.numbers.high

    @property
    def last(self) -> int:
        """The number of the last name."""
        return self.high + len(self.names.members)

    def number_of(self, name: str) -> int | None:
        """The number that a name has; None for none of its names."""
        members = self.names.members
        return self.high + 1 + members.index(name) if name in members else None

    def value_of(self, number: int) -> int | str:
        """The integer or the name that has a number."""
        return number if number <= self.high else self.names.members[number - self.high - 1]

    def __str__(self) -> str:
        return f"{self.numbers} | {self.names}"


@dataclass(frozen=True, slots=True)
class OptionType:
    """A value or `None`; written `T?`."""

    item: Type

    def __str__(self) -> str:
        return f"{self.item}?"


@dataclass(frozen=True, slots=True)
class RecordType:
    fields: tuple[tuple[str, Type], ...]

    def __str__(self) -> str:
        return "{" + ", ".join(f"{n}: {t}" for n, t in self.fields) + "}"

    def field(self, name: str) -> Type | None:
        """The type of a field, None where there is no such field."""
        return next((t for n, t in self.fields if n == name), None)


@dataclass(frozen=True, slots=True)
class ListType:
    item: Type

    def __str__(self) -> str:
        return f"list[{self.item}]"


@dataclass(frozen=True, slots=True)
class SetType:
    item: Type

    def __str__(self) -> str:
        return f"set[{self.item}]"


@dataclass(frozen=True, slots=True)
class DictType:
    """Total over a finite key type: every key has a value at all times."""

    key: Type
    value: Type

    def __str__(self) -> str:
        return f"dict[{self.key}, {self.value}]"


@dataclass(frozen=True, slots=True)
class ProcessType:
    """An instance of a process; only bound by quantifiers, never stored."""

    process: str

    def __str__(self) -> str:
        return self.process


@dataclass(frozen=True, slots=True)
class NothingType:
    """The item type of `[]` and of `None`: fits everywhere."""

    def __str__(self) -> str:
        return "nothing"


@dataclass(frozen=True, slots=True)
class UnitType:
    """What a command without an answer gives."""

    def __str__(self) -> str:
        return "no value"


Type = (
    BoolType | IntType | EnumType | UnionType | OptionType | RecordType | ListType | SetType
    | DictType | ProcessType | NothingType | UnitType
)  # fmt: skip

BOOL = BoolType()
INT = IntType()
NOTHING = NothingType()
UNIT = UnitType()


def parts_of(kind: Type) -> tuple[Type, ...]:
    """The types that a type is directly made of."""
    match kind:
        case OptionType(item) | ListType(item) | SetType(item):
            return (item,)
        case DictType(key, value):
            return (key, value)
        case RecordType(fields):
            return tuple(each for _, each in fields)
    return ()


_COUNTLESS = 1 << 64


def finite_size(kind: Type) -> int | None:
    """How many values a type has; None where that is without bound, or beyond 2**64 (a set of
    sets of a few members has more values than a computer has bits to write the number)."""
    size = _size(kind)
    return None if size is None or size > _COUNTLESS else size


def _size(kind: Type) -> int | None:
    match kind:
        case BoolType():
            return 2
        case IntType(int(low), int(high)):
            return high - low + 1
        case EnumType(members):
            return len(members)
        case UnionType():
            return kind.last - kind.low + 1
        case OptionType(item):
            inner = finite_size(item)
            return None if inner is None else inner + 1
        case RecordType(fields):
            total = 1
            for _, each in fields:
                inner = finite_size(each)
                if inner is None:
                    return None
                total = min(total * inner, _COUNTLESS + 1)
            return total
        case SetType(item):
            inner = finite_size(item)
            return None if inner is None or inner > 64 else 1 << inner
        case DictType(key, value):
            keys, values = finite_size(key), finite_size(value)
            if keys is None or values is None or keys > 4096:
                return None
            total = 1
            for _ in range(keys):
                total = min(total * values, _COUNTLESS + 1)
            return total
        case NothingType() | UnitType():
            return 1
    return None
