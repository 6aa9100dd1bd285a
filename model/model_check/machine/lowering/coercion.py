"""A value as a value of another type: repacked where the bits differ, checked where it may
not fit."""

from __future__ import annotations

from collections.abc import Callable

from ...language.source.diagnostics import Position
from ...language.types import (
    NOTHING,
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
)
from ..core import Shape
from ..ir import Const, Expr, Local, Loop
from ..ir_builder import ONE, ZERO, add, all_of, bit_at, bit_count, both, equal, negate, op, select
from ..shapes import packed, raw_count
from .ir_writer import IRWriter
from .unions import has_union, recoded
from .values import (
    DictValue,
    ListValue,
    NoValue,
    OptionValue,
    RecordValue,
    ScalarValue,
    SetValue,
    Value,
    default,
    item_at,
    pack,
    unpack,
)

__all__ = [
    "aligned",
    "appended",
    "coerce",
    "each_item",
    "each_member",
    "pack_item",
    "same",
    "surely_fits",
]


def coerce(body: IRWriter, value: Value, kind: Type, what: str, at: Position) -> Value:
    """`value` as a `kind`. Where a number may lie outside an interval, the step fails, and
    `what` says for whom the value was meant."""
    match value, kind:
        case ScalarValue(expr, source), IntType() | EnumType() | UnionType() if has_union(
            source, kind
        ):
            expr = body.name(expr)
            there, number = recoded(expr, source, kind)
            body.fail(negate(there), f"{what} would be none of {kind}", at)
            return ScalarValue(body.name(number), kind)
        case ScalarValue(expr, IntType() as source), IntType():
            return ScalarValue(_in_range(body, expr, source, kind, what, at), kind)
        case ScalarValue(expr), OptionType(item):
            return OptionValue(ONE, coerce(body, value, item, what, at), kind)
        case ScalarValue(expr), _:
            return ScalarValue(expr, kind)
        case OptionValue(_, NoValue()), OptionType():
            return default(kind, body.layout)
        case OptionValue(present, inner), OptionType(item):
            if inner_type(inner) == item:
                return OptionValue(present, inner, kind)
            # An absent value must not fail a range check: it is checked as one that fits.
            with body.block() as block:
                fitted = coerce(body, inner, item, what, at)
            fallback = default(item, body.layout)
            chosen = body.choose_value(present, (block, fitted), ([], fallback))
            return OptionValue(present, chosen, kind)
        case _, OptionType(item):
            return OptionValue(ONE, coerce(body, value, item, what, at), kind)
        case ListValue(), ListType(item):
            return _coerce_list(body, value, kind, packed(item, body.layout), what, at)
        case SetValue(), SetType(item):
            return _coerce_set(body, value, kind, packed(item, body.layout), what, at)
        case RecordValue(parts), RecordType(fields):
            fitted_parts = tuple(
                coerce(body, part, each, f"{what}.{name}", at)
                for part, (name, each) in zip(parts, fields, strict=True)
            )
            return RecordValue(fitted_parts, kind)
        case DictValue(values), DictType(_, item):
            return DictValue(tuple(coerce(body, v, item, what, at) for v in values), kind)
    return value


def surely_fits(value: Value, kind: Type) -> bool:
    """Whether a value is one of a type whatever it is, as far as its own type tells."""
    match value, kind:
        case ScalarValue(_, source), _ if has_union(source, kind):
            return _is_part(source, kind)
        case ScalarValue(_, IntType() as source), IntType(low):
            return low is None or _within(source, kind)
        case OptionValue(_, NoValue()), OptionType():
            return True
        case OptionValue(_, inner), OptionType(item):
            return surely_fits(inner, item)
        case _, OptionType(item):
            return surely_fits(value, item)
        case ListValue(bound=0), ListType():
            return True
        case ((ListValue() | SetValue()), (ListType(item) | SetType(item))):
            return value.item.type in (item, NOTHING)
        case RecordValue(parts), RecordType(fields):
            return all(surely_fits(p, t) for p, (_, t) in zip(parts, fields, strict=True))
        case DictValue(values), DictType(_, item):
            return all(surely_fits(each, item) for each in values)
    return True


def _is_part(source: Type, kind: Type) -> bool:
    """Whether each value of a type is one of a union."""
    match source, kind:
        case _, OptionType(item):
            return _is_part(source, item)
        case IntType(), UnionType(numbers):
            return _within(source, numbers)
        case EnumType(members), UnionType(_, names):
            return set(members) <= set(names.members)
        case UnionType(inner, members), UnionType(numbers, names):
            return _within(inner, numbers) and set(members.members) <= set(names.members)
    return source == kind


def inner_type(value: Value) -> Type | None:
    """The type a value was built for; None for `None`'s inside and process instances."""
    return None if isinstance(value, NoValue) or not hasattr(value, "type") else value.type


def _in_range(
    body: IRWriter, expr: Expr, source: IntType, target: IntType, what: str, at: Position
) -> Expr:
    """An integer of interval `source`, in `target`: outside it the step fails, and goes on
    with the nearest end, so that what follows (a bit's place in a set) stays defined."""
    if target.low is None or target.high is None:
        return expr
    message = f"{what} would be outside its range {target}"
    if source.low is None or source.low < target.low:
        expr, low = body.name(expr), Const(target.low)
        body.fail(op("<", expr, low), message, at, expr)
        expr = select(op("<", expr, low), low, expr)
    if source.high is None or source.high > target.high:
        expr, high = body.name(expr), Const(target.high)
        body.fail(op(">", expr, high), message, at, expr)
        expr = select(op(">", expr, high), high, expr)
    return expr


def pack_item(body: IRWriter, value: Value, shape: Shape, at: Position) -> Expr:
    """The bits of an item for a container; what lies in containers may need more room."""
    _fit(body, value, shape, at, ONE)
    return pack(value, shape)


def appended(body: IRWriter, items: ListValue, item: Value, at: Position) -> ListValue:
    """A list with one item more."""
    bits = pack_item(body, item, items.item, at)
    shift = op("*", items.length, Const(items.item.width))
    longer = op("|", items.items, op("<<", bits, shift))
    return ListValue(add(items.length, ONE), longer, items.item, items.type, None)


def _fit(body: IRWriter, value: Value, shape: Shape, at: Position, present: Expr) -> None:
    match value:
        case ScalarValue(expr) if shape.type == IntType():
            slot = str(shape.type)
            high = shape.low + (1 << shape.width) - 1
            owner = "an integer inside a container"
            body.grow(both(present, op("<", expr, Const(shape.low))), owner, f"{slot}<", at)
            body.grow(both(present, op(">", expr, Const(high))), owner, f"{slot}>", at)
        case ListValue(length, _, _, kind, bound):
            if bound is None or bound > shape.capacity:
                full = both(present, op(">", length, Const(shape.capacity)))
                owner = f"a {kind} inside a container"
                body.grow(full, owner, str(shape.type), at, shape.capacity)
        case OptionValue(inside, inner):
            _fit(body, inner, shape.parts[0], at, both(present, inside))
        case RecordValue(parts) | DictValue(parts):
            for part, each in zip(parts, shape.parts, strict=True):
                _fit(body, part, each, at, present)


def _coerce_list(
    body: IRWriter, value: ListValue, kind: ListType, shape: Shape, what: str, at: Position
) -> ListValue:
    if value.item == shape or value.bound == 0 or isinstance(value.item.type, NothingType):
        items = value.items if value.item == shape else ZERO
        return ListValue(value.length, items, shape, kind, value.bound)
    if isinstance(value.length, Const) and isinstance(value.items, Const):
        return _constant_list(body, value, kind, shape, what, at)
    result, (local,) = body.mutable(SetValue(ZERO, shape, SetType(kind.item)))
    assert isinstance(result, SetValue)

    def keep(index: Expr, raw: Expr) -> None:
        item = coerce(body, unpack(raw, value.item), kind.item, f"an item of {what}", at)
        bits = pack_item(body, item, shape, at)
        shifted = op("<<", bits, op("*", index, Const(shape.width)))
        body.store([local], SetValue(op("|", Local(local), shifted), shape, SetType(kind.item)))

    each_item(body, value, keep)
    return ListValue(value.length, body.name(Local(local)), shape, kind, value.bound)


def _constant_list(
    body: IRWriter, value: ListValue, kind: ListType, shape: Shape, what: str, at: Position
) -> ListValue:
    assert isinstance(value.length, Const)
    items: Expr = ZERO
    for i in range(value.length.value):
        raw = item_at(value, Const(i))
        item = coerce(body, unpack(raw, value.item), kind.item, f"an item of {what}", at)
        bits = pack_item(body, item, shape, at)
        items = op("|", items, op("<<", bits, Const(i * shape.width)))
    return ListValue(value.length, items, shape, kind, value.bound)


def _coerce_set(
    body: IRWriter, value: SetValue, kind: SetType, shape: Shape, what: str, at: Position
) -> SetValue:
    if value.item == shape or value.mask == ZERO or isinstance(value.item.type, NothingType):
        return SetValue(value.mask if value.item == shape else ZERO, shape, kind)
    if isinstance(shape.type, IntType) and isinstance(value.item.type, IntType):
        # Sets of integers are bit masks that start at different numbers: shift, and check
        # that nothing falls off either end.
        shift = value.item.low - shape.low
        fits = sum(
            1 << raw
            for raw in range(raw_count(value.item))
            if _holds(shape.type, raw + value.item.low)
        )
        stray = op("&", value.mask, Const(((1 << raw_count(value.item)) - 1) & ~fits))
        if not _within(value.item.type, shape.type):
            message = f"an item of {what} would be outside {shape.type}"
            lowest = bit_count(op("-", op("&", stray, op("-", ZERO, stray)), ONE))
            first = op("+", lowest, Const(value.item.low))
            body.fail(op("!=", stray, ZERO), message, at, first)
        kept = value.mask if shift >= 0 else op("&", value.mask, Const(fits))
        moved = op("<<" if shift >= 0 else ">>", kept, Const(abs(shift)))
        return SetValue(moved, shape, kind)
    _, (local,) = body.mutable(SetValue(ZERO, shape, kind))

    def keep(raw: Expr) -> None:
        item = coerce(body, unpack(raw, value.item), kind.item, f"an item of {what}", at)
        bit = bit_at(body.name(pack_item(body, item, shape, at)))
        body.store([local], SetValue(op("|", Local(local), bit), shape, kind))

    each_member(body, value, keep)
    return SetValue(body.name(Local(local)), shape, kind)


def _holds(kind: IntType, number: int) -> bool:
    return kind.low is not None and kind.high is not None and kind.low <= number <= kind.high


def _within(inner: IntType, outer: IntType) -> bool:
    if inner.low is None or inner.high is None or outer.low is None or outer.high is None:
        return False
    return outer.low <= inner.low and inner.high <= outer.high


def each_item(body: IRWriter, value: ListValue, do: Callable[[Expr, Expr], None]) -> None:
    """Write a loop over a list: `do(index, raw item)` writes its body."""
    if value.bound == 0 or isinstance(value.item.type, NothingType):
        return
    index = body.fresh("i")
    with body.block() as block:
        do(Local(index), body.name(item_at(value, Local(index))))
    if block:
        body.emit(Loop(index, value.length, value.bound, tuple(block)))


def each_member(body: IRWriter, value: SetValue, do: Callable[[Expr], None]) -> None:
    """Write a loop over a set in ascending order: `do(raw item)` writes its body."""
    if value.mask == ZERO or isinstance(value.item.type, NothingType):
        return
    index = body.fresh("i")
    with body.block() as inside:
        do(Local(index))
    with body.block() as block:
        body.when(op("&", op(">>", value.mask, Local(index)), ONE), inside, [])
    size = raw_count(value.item)
    if block:
        body.emit(Loop(index, Const(size), size, tuple(block)))


def same(body: IRWriter, left: Value, right: Value) -> Expr:
    """Whether two values are equal: 0 or 1."""
    match left, right:
        case ScalarValue(a, one), ScalarValue(b, other) if has_union(one, other):
            if not isinstance(other, UnionType):
                a, one, b, other = b, other, a, one
            there, number = recoded(body.name(a), one, other)
            return both(there, equal(number, b))
        case ScalarValue(a), ScalarValue(b):
            return equal(a, b)
        case OptionValue(present, inner), OptionValue(other, value):
            if isinstance(inner, NoValue) or isinstance(value, NoValue):
                return negate(other if isinstance(inner, NoValue) else present)
            alike = body.name(same(body, inner, value))
            absent = both(negate(present), negate(other))
            return op("|", absent, both(both(present, other), alike))
        case OptionValue(present, inner), _:
            return both(present, same(body, inner, right))
        case _, OptionValue():
            return same(body, right, left)
        case ListValue(), ListValue():
            return _same_list(body, left, right)
        case SetValue(), SetValue():
            return _same_set(body, left, right)
        case (RecordValue(xs), RecordValue(ys)) | (DictValue(xs), DictValue(ys)):
            return all_of([body.name(same(body, x, y)) for x, y in zip(xs, ys, strict=True)])
        case _:
            return ONE if left == right else ZERO


def _same_list(body: IRWriter, left: ListValue, right: ListValue) -> Expr:
    alike = equal(left.length, right.length)
    if left.item == right.item or 0 in (left.bound, right.bound):
        return both(alike, equal(left.items, right.items)) if left.item == right.item else alike
    truth, (local,) = body.mutable(ScalarValue(alike, left.type))
    assert isinstance(truth, ScalarValue)
    shorter = select(alike, left.length, ZERO)
    bounded = ListValue(body.name(shorter), left.items, left.item, left.type, left.bound)

    def compare(index: Expr, raw: Expr) -> None:
        other = body.name(item_at(right, index))
        each = same(body, unpack(raw, left.item), unpack(other, right.item))
        body.store([local], ScalarValue(both(Local(local), each), left.type))

    each_item(body, bounded, compare)
    return body.name(Local(local))


def _same_set(body: IRWriter, left: SetValue, right: SetValue) -> Expr:
    a, b = aligned(body, left, right)
    return equal(a, b)


def aligned(body: IRWriter, left: SetValue, right: SetValue) -> tuple[Expr, Expr]:
    """The masks of two sets, made comparable bit by bit."""
    if left.item == right.item or ZERO in (left.mask, right.mask):
        return left.mask, right.mask
    if isinstance(left.item.type, IntType) and isinstance(right.item.type, IntType):
        base = min(left.item.low, right.item.low)
        return (
            op("<<", left.mask, Const(left.item.low - base)),
            op("<<", right.mask, Const(right.item.low - base)),
        )
    # Items packed differently: find each of the left in the right, one by one.
    return _as_items_of(body, left, right), right.mask


def _as_items_of(body: IRWriter, left: SetValue, right: SetValue) -> Expr:
    # Bits past the right set's own stand for items that it cannot hold.
    stranger = 1 << raw_count(right.item)
    local = body.fresh("v")
    body.store([local], SetValue(ZERO, right.item, right.type))

    def translate(raw: Expr) -> None:
        item = unpack(raw, left.item)
        found = body.fresh("v")
        body.store([found], ScalarValue(Const(stranger), left.type))

        def look(other: Expr) -> None:
            alike = same(body, item, unpack(other, right.item))
            bit = bit_at(other)
            body.store([found], ScalarValue(select(alike, bit, Local(found)), left.type))

        everything = SetValue(Const(stranger - 1), right.item, right.type)
        each_member(body, everything, look)
        body.store([local], ScalarValue(op("|", Local(local), Local(found)), left.type))

    each_member(body, left, translate)
    return body.name(Local(local))
