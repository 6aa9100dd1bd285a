"""Values while a step is being lowered: typed bundles of integer expressions.

A list is a length and packed items, a set a mask, an option a presence and a value,
records and dicts one value a part. Only inside lists and sets is anything packed.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...language.records import dataclass
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
from ..core import Shape
from ..ir import Const, Expr
from ..ir_builder import ONE, ZERO, add, mask_of, op, select, union
from ..shapes import Layout, packed, shape_of

__all__ = [
    "DictValue", "ListValue", "OptionValue", "ProcessValue", "RecordValue", "ScalarValue",
    "SetValue", "Value", "components", "default", "item_at", "merge", "pack", "rebuild", "unpack",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScalarValue:
    """An integer, a truth (0 or 1), or the index of an enum's member."""

    expr: Expr
    type: Type


@dataclass(frozen=True, slots=True)
class ListValue:
    """`bound`: the greatest length it can have, None where only run time tells."""

    length: Expr
    items: Expr
    item: Shape
    type: ListType
    bound: int | None


@dataclass(frozen=True, slots=True)
class SetValue:
    mask: Expr
    item: Shape
    type: SetType


@dataclass(frozen=True, slots=True)
class OptionValue:
    """`value` is all zeros where it is absent."""

    present: Expr
    value: Value
    type: OptionType


@dataclass(frozen=True, slots=True)
class RecordValue:
    fields: tuple[Value, ...]
    type: RecordType


@dataclass(frozen=True, slots=True)
class DictValue:
    values: tuple[Value, ...]
    type: DictType


@dataclass(frozen=True, slots=True)
class ProcessValue:
    """An instance of a process: always known while lowering."""

    process: str
    number: int


@dataclass(frozen=True, slots=True)
class NoValue:
    """What a command without an answer gives, and the inside of `None`."""


Value = (
    ScalarValue
    | ListValue
    | SetValue
    | OptionValue
    | RecordValue
    | DictValue
    | ProcessValue
    | NoValue
)


def default(kind: Type, layout: Layout) -> Value:
    """The first value of a type: an interval's low end, 0, False, empty, None."""
    match kind:
        case IntType(int(low)):
            return ScalarValue(Const(low), kind)
        case UnionType():
            return ScalarValue(Const(kind.low), kind)
        case BoolType() | EnumType() | IntType():
            return ScalarValue(ZERO, kind)
        case ListType(item):
            return ListValue(ZERO, ZERO, packed(item, layout), kind, 0)
        case SetType(item):
            return SetValue(ZERO, packed(item, layout), kind)
        case OptionType(item):
            return OptionValue(ZERO, _zero(item, layout), kind)
        case RecordType(fields):
            return RecordValue(tuple(default(each, layout) for _, each in fields), kind)
        case DictType(_, value):
            parts = shape_of(kind, layout, "").parts
            return DictValue(tuple(default(value, layout) for _ in parts), kind)
    return NoValue()


def _zero(kind: Type, layout: Layout) -> Value:
    """The value whose raw bits are all 0: the inside of an absent option."""
    if isinstance(kind, IntType | UnionType):
        return ScalarValue(Const(packed(kind, layout).low), kind)
    value = default(kind, layout)
    match value:
        case RecordValue(_, RecordType(fields) as record):
            return RecordValue(tuple(_zero(each, layout) for _, each in fields), record)
        case DictValue(values, DictType(_, item) as table):
            return DictValue(tuple(_zero(item, layout) for _ in values), table)
    return value


def components(value: Value) -> Iterator[Expr]:
    """The integer expressions a value is made of, in a fixed order."""
    match value:
        case ScalarValue(expr):
            yield expr
        case ListValue(length, items):
            yield length
            yield items
        case SetValue(mask):
            yield mask
        case OptionValue(present, inner):
            yield present
            yield from components(inner)
        case RecordValue(parts) | DictValue(parts):
            for part in parts:
                yield from components(part)


def rebuild(value: Value, parts: Iterator[Expr], *, bounded: bool = True) -> Value:
    """A value like `value` made of other components; without `bounded`, lists in it may
    have any length."""
    match value:
        case ScalarValue(_, kind):
            return ScalarValue(next(parts), kind)
        case ListValue(_, _, item, kind, bound):
            length = next(parts)
            return ListValue(length, next(parts), item, kind, bound if bounded else None)
        case SetValue(_, item, kind):
            return SetValue(next(parts), item, kind)
        case OptionValue(_, inner, kind):
            present = next(parts)
            return OptionValue(present, rebuild(inner, parts, bounded=bounded), kind)
        case RecordValue(fields, kind):
            return RecordValue(tuple(rebuild(f, parts, bounded=bounded) for f in fields), kind)
        case DictValue(values, kind):
            return DictValue(tuple(rebuild(v, parts, bounded=bounded) for v in values), kind)
    return value


def _wider(a: Value, b: Value) -> Value:
    """`a`, with list bounds that hold for `b` as well."""
    match a, b:
        case ListValue(length, items, item, kind, x), ListValue(bound=y):
            bound = None if x is None or y is None else max(x, y)
            return ListValue(length, items, item, kind, bound)
        case OptionValue(present, inner, kind), OptionValue(value=other):
            return OptionValue(present, _wider(inner, other), kind)
        case RecordValue(fields, kind), RecordValue(others):
            return RecordValue(tuple(map(_wider, fields, others)), kind)
        case DictValue(values, kind), DictValue(others):
            return DictValue(tuple(map(_wider, values, others)), kind)
    return a


def merge(test: Expr, then: Value, orelse: Value) -> Value:
    """`then` if test else `orelse`; both of one type, and built alike."""
    pairs = zip(components(then), components(orelse), strict=True)
    return rebuild(_wider(then, orelse), iter([select(test, a, b) for a, b in pairs]))


def pack(value: Value, shape: Shape) -> Expr:
    """The bits of a value whose type is exactly the shape's (see `coercion`)."""
    match value:
        case ScalarValue(expr):
            return op("-", expr, Const(shape.low))
        case ListValue(length, items):
            return op("|", length, op("<<", items, Const(shape.length_width)))
        case SetValue(mask):
            return mask
        case OptionValue(present, inner):
            # What an absent value holds does not matter, and must not tell states apart.
            inside = select(present, pack(inner, shape.parts[0]), ZERO)
            return op("|", present, op("<<", inside, ONE))
        case RecordValue(parts) | DictValue(parts):
            packed_parts = []
            offset = 0
            for part, inner_shape in zip(parts, shape.parts, strict=True):
                packed_parts.append(op("<<", pack(part, inner_shape), Const(offset)))
                offset += inner_shape.width
            return union(packed_parts)
    return ZERO


def unpack(bits: Expr, shape: Shape) -> Value:
    """The value that `bits` (a constant or a local) hold."""

    def cut(offset: int, width: int) -> Expr:
        return op("&", op(">>", bits, Const(offset)), Const((1 << width) - 1))

    match shape.kind, shape.type:
        case "scalar", kind:
            return ScalarValue(add(bits, Const(shape.low)), kind)
        case "list", ListType() as kind:
            length = cut(0, shape.length_width)
            items = op(">>", bits, Const(shape.length_width))
            return ListValue(length, items, shape.parts[0], kind, shape.capacity)
        case "set", SetType() as kind:
            return SetValue(bits, shape.parts[0], kind)
        case "option", OptionType() as kind:
            inner = shape.parts[0]
            return OptionValue(cut(0, 1), unpack(cut(1, inner.width), inner), kind)
    parts = []
    offset = 0
    for part in shape.parts:
        parts.append(unpack(cut(offset, part.width), part))
        offset += part.width
    match shape.type:
        case RecordType() as kind:
            return RecordValue(tuple(parts), kind)
        case DictType() as kind:
            return DictValue(tuple(parts), kind)
    return NoValue()


def item_at(value: ListValue, index: Expr) -> Expr:
    """The raw item at an index that is in range."""
    width = value.item.width
    shifted = op(">>", value.items, op("*", index, Const(width)))
    return op("&", shifted, mask_of(Const(width)))
