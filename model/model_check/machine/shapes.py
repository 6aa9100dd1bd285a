"""How values lie in bits, and how much room the layout gives them.

Nobody writes capacities: a list, or an integer without bounds, starts small, and when a
step needs more, the search asks the layout for more (`Layout.grown`) and starts over.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping

from ..language.records import dataclass, field
from ..language.types import (
    BoolType,
    DictType,
    EnumType,
    IntType,
    ListType,
    NothingType,
    OptionType,
    RecordType,
    SetType,
    Type,
    UnionType,
    UnitType,
    finite_size,
)
from .core import Failure, Machine, Shape, StateVariable
from .limits import LARGEST_INTEGER, LONGEST_LIST, MOST_BITS, TooLargeError

__all__ = [
    "Layout",
    "decode",
    "encode",
    "hashable",
    "is_boundless",
    "keys_of",
    "raw_count",
    "shape_of",
    "unlimited",
    "value_of",
]

LONG = 40
FIRST_CAPACITY = 4
# A list seldom holds more items than there are values: start with room for each once.
FIRST_CAPACITY_AT_MOST = 16
FIRST_INTEGERS = (0, 15)
# From this many bits on, an integer's room grows by half of them at once.
QUICKLY = 16
# What a trace tells has room for everything; it is no part of a state.
NOTE_LENGTH_WIDTH = 20
NOTE_INTEGER_WIDTH = LARGEST_INTEGER.bit_length() + 2


@dataclass(frozen=True)
class Layout:
    """The room of everything without a declared bound, by slot.

    A slot is a variable's name, or for what lies inside containers the name of its type
    (so that equal types have equal shapes everywhere and move without repacking). Numbers in
    a name do not count: what one instance has room for, all have, so that they can change
    places. Slots that never needed more than they first got are not listed.
    """

    capacities: Mapping[str, int] = field(default_factory=dict)
    integers: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        capacities: dict[str, int] = {}
        for name, room in self.capacities.items():
            slot = _slot(name)
            capacities[slot] = max(room, capacities.get(slot, 0))
        integers: dict[str, tuple[int, int]] = {}
        for name, (low, high) in self.integers.items():
            slot = _slot(name)
            least, most = integers.get(slot, (low, high))
            integers[slot] = min(low, least), max(high, most)
        object.__setattr__(self, "capacities", capacities)
        object.__setattr__(self, "integers", integers)

    def capacity(self, slot: str, item: Type) -> int:
        """How many items of a type the list in a slot has room for."""
        values = finite_size(item) or 0
        first = min(max(values, FIRST_CAPACITY), FIRST_CAPACITY_AT_MOST)
        return self.capacities.get(_slot(slot), first)

    def range(self, slot: str) -> tuple[int, int]:
        """Between which numbers the integer in a slot has room."""
        return self.integers.get(_slot(slot), FIRST_INTEGERS)

    def for_failure(self, failure: Failure) -> Layout:
        """The layout with the room whose lack `failure` tells: of a list (its slot), or of an
        integer at its lower or upper end (`slot<`, `slot>`)."""
        slot = failure.slot
        if slot[-1] not in "<>":
            items = min(2 * failure.capacity, LONGEST_LIST)
            return Layout({**self.capacities, slot: items}, self.integers)
        name = slot[:-1]
        low, high = self.range(name)
        if slot[-1] == "<":
            low = -1 - _more(-1 - low)
        else:
            high = _more(high)
        return Layout(self.capacities, {**self.integers, name: (low, high)})


def _slot(name: str) -> str:
    """A variable's name without the numbers in it."""
    return _NUMBER.sub("[]", name) if "[" in name else name


_NUMBER = re.compile(r"\[-?[0-9]+\]")


def _more(end: int) -> int:
    """The next number of nothing but one bits at which an integer's room ends."""
    bits = max(end.bit_length(), 2)
    return (1 << (bits + 2 if bits < QUICKLY else bits + bits // 2)) - 1


def is_boundless(kind: Type) -> bool:
    """Whether what its values hold has no bound: lists, and integers of any size."""
    match kind:
        case ListType() | IntType(None, None):
            return True
        case OptionType(item):
            return is_boundless(item)
        case RecordType(fields):
            return any(is_boundless(each) for _, each in fields)
        case DictType(_, value):
            return is_boundless(value)
    return False


def _scalar(kind: Type, low: int, high: int) -> Shape:
    # Most ranges start near 0: then the value itself is stored, and reading it is free.
    if low >= 0 and high.bit_length() == (high - low).bit_length():
        low = 0
    return Shape(kind, "scalar", max(1, (high - low).bit_length()), low)


def shape_of(kind: Type, layout: Layout, slot: str) -> Shape:
    """The shape of a variable of type `kind` whose room is that of `slot`."""
    return _shape(kind, layout, slot, lambda name, part: shape_of(part, layout, slot + name))


def packed(kind: Type, layout: Layout) -> Shape:
    """The shape inside a container: its room, and that of its parts, is that of the type."""
    return _shape(kind, layout, str(kind), lambda _, part: packed(part, layout))


def _shape(kind: Type, layout: Layout, slot: str, of: Callable[[str, Type], Shape]) -> Shape:
    # `of` gives the shape of a part: by what follows in its slot's name, and its type.
    match kind:
        case BoolType():
            return _scalar(kind, 0, 1)
        case EnumType(members):
            return _scalar(kind, 0, len(members) - 1)
        case UnionType():
            return _scalar(kind, kind.low, kind.last)
        case IntType(None, None):
            return _scalar(kind, *layout.range(slot))
        case IntType(int(low), int(high)):
            return _scalar(kind, low, high)
        case NothingType() | UnitType():
            return Shape(kind, "record", 0)
        case OptionType(item):
            inner = of("", item)
            return Shape(kind, "option", 1 + inner.width, parts=(inner,))
        case RecordType(fields):
            parts = tuple(of(f".{name}", each) for name, each in fields)
            return Shape(kind, "record", sum(p.width for p in parts), parts=parts)
        case ListType(item):
            inner = packed(item, layout)
            capacity = layout.capacity(slot, item)
            length_width = capacity.bit_length()
            width = length_width + capacity * inner.width
            if width > MOST_BITS:
                shown = str(kind) if len(str(kind)) < LONG else "this type"
                raise TooLargeError(f"a value of {shown} takes more than {MOST_BITS:,} bits")
            return Shape(kind, "list", width, 0, length_width, capacity, (inner,))
        case SetType(item):
            inner = packed(item, layout)
            return Shape(kind, "set", raw_count(inner), parts=(inner,))
        case DictType(key, value):
            keys = keys_of(key)
            parts = tuple(of(f"[{k}]", value) for k in keys)
            return Shape(kind, "dict", sum(p.width for p in parts), parts=parts)
    raise TypeError(f"a value of {kind} is never stored")


def unlimited(kind: Type, layout: Layout) -> Shape:
    """The shape for telling a value in a trace: room for everything at the outermost
    level; what lies in containers keeps its shape, and so need not be repacked."""
    match kind:
        case IntType(None, None):
            return Shape(kind, "scalar", NOTE_INTEGER_WIDTH, -(1 << (NOTE_INTEGER_WIDTH - 1)))
        case ListType(item):
            inner = packed(item, layout)
            capacity = (1 << NOTE_LENGTH_WIDTH) - 1
            width = NOTE_LENGTH_WIDTH + capacity * inner.width
            return Shape(kind, "list", width, 0, NOTE_LENGTH_WIDTH, capacity, (inner,))
        case OptionType() | RecordType() | DictType():
            return _shape(kind, layout, "", lambda _, part: unlimited(part, layout))
    return packed(kind, layout)


class Fields(dict[object, object]):
    """A record, or a dict: nobody changes it, so that it may stand in a set, or be a key of
    another, which is named by it."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))

    def __repr__(self) -> str:
        return f"{{{', '.join(f'{key}: {value}' for key, value in self.items())}}}"


def raw_count(shape: Shape) -> int:
    """How many raw values a shape has: the bits of a set of them."""
    match shape.type:
        case BoolType():
            return 2
        case EnumType(members):
            return len(members)
        case IntType(high=high) if high is not None:
            return high - shape.low + 1
        case UnionType() as kind:
            return kind.last - shape.low + 1
    return 1 << shape.width


def keys_of(kind: Type) -> list[object]:
    """All values of a finite type, in order, as `decode` gives them."""
    match kind:
        case BoolType():
            return [False, True]
        case EnumType(members):
            return list(members)
        case IntType(low, high) if low is not None and high is not None:
            return list(range(low, high + 1))
        case UnionType():
            return [kind.value_of(number) for number in range(kind.low, kind.last + 1)]
        case OptionType(item):
            return [None, *keys_of(item)]
        case RecordType(fields):
            names = [name for name, _ in fields]
            columns = [keys_of(each) for _, each in fields]
            return [Fields(zip(names, row, strict=True)) for row in itertools.product(*columns)]
        case DictType(key, item):
            keys = [hashable(each) for each in keys_of(key)]
            rows = itertools.product(keys_of(item), repeat=len(keys))
            return [Fields(zip(keys, row, strict=True)) for row in rows]
        case SetType(item):
            items = keys_of(item)
            return [
                frozenset(x for i, x in enumerate(items) if bits >> i & 1)
                for bits in range(1 << len(items))
            ]
    raise TypeError(f"{kind} is not finite")


def _offsets(shape: Shape) -> Iterator[tuple[int, Shape]]:
    offset = 0
    for part in shape.parts:
        yield offset, part
        offset += part.width


def decode(shape: Shape, bits: int) -> object:
    """The value that `bits` hold: int, bool, str (enum), None, list, frozenset, dict."""
    match shape.kind:
        case "scalar":
            value = bits + shape.low
            match shape.type:
                case BoolType():
                    return bool(value)
                case EnumType(members):
                    return members[value]
                case UnionType() as kind:
                    return kind.value_of(value)
            return value
        case "list":
            length = bits & ((1 << shape.length_width) - 1)
            items = bits >> shape.length_width
            (part,) = shape.parts
            mask = (1 << part.width) - 1
            return [decode(part, items >> (i * part.width) & mask) for i in range(length)]
        case "set":
            (part,) = shape.parts
            present = (i for i in range(bits.bit_length()) if bits >> i & 1)
            return frozenset(hashable(decode(part, i)) for i in present)
        case "option":
            return decode(shape.parts[0], bits >> 1) if bits & 1 else None
        case "record" | "dict":
            values = [
                decode(part, bits >> offset & ((1 << part.width) - 1))
                for offset, part in _offsets(shape)
            ]
            match shape.type:
                case RecordType(fields):
                    return Fields((name, v) for (name, _), v in zip(fields, values, strict=True))
                case DictType(key, _):
                    keys = map(hashable, keys_of(key))
                    return Fields(zip(keys, values, strict=True))
    return None


def hashable(value: object) -> object:
    """A value as it can stand in a set, or be a key."""
    match value:
        case dict():
            return Fields((k, hashable(v)) for k, v in value.items())
        case list():
            return tuple(hashable(v) for v in value)
    return value


def encode(shape: Shape, value: object) -> int:
    """The inverse of `decode`."""
    match shape.kind:
        case "scalar":
            match shape.type:
                case EnumType(members):
                    assert isinstance(value, str)
                    return members.index(value)
                case UnionType() as kind if isinstance(value, str):
                    number = kind.number_of(value)
                    assert number is not None
                    return number - shape.low
            assert isinstance(value, int)
            return int(value) - shape.low
        case "list":
            assert isinstance(value, list)
            (part,) = shape.parts
            bits = len(value)
            for i, item in enumerate(value):
                bits |= encode(part, item) << (shape.length_width + i * part.width)
            return bits
        case "set":
            assert isinstance(value, frozenset)
            return sum(1 << encode(shape.parts[0], item) for item in value)
        case "option":
            return 0 if value is None else 1 | encode(shape.parts[0], value) << 1
        case "record" | "dict":
            if value is None:
                return 0
            assert isinstance(value, dict)
            bits = 0
            for (offset, part), item in zip(_offsets(shape), value.values(), strict=True):
                bits |= encode(part, item) << offset
            return bits


def value_of(machine: Machine, variable: StateVariable, state: int) -> object:
    """A variable's value in a state."""
    return decode(variable.shape, machine.packed(variable, state))
