"""From a list or a dict and an index to the item that it names, or to a piece of the list."""

from __future__ import annotations

from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ..ir import Const, Expr
from ..ir_builder import ONE, ZERO, add, mask_of, op, outside, select
from ..shapes import encode, keys_of, packed
from .coercion import coerce, same
from .scope import LoweringScope
from .values import DictValue, ListValue, Value, item_at, merge, unpack

__all__ = ["checked_index", "item_of", "key_cases", "slice_of"]


def item_of(scope: LoweringScope, base: Value, index: exprs.Expr, at: Position) -> Value:
    body = scope.body
    if isinstance(base, DictValue):
        return _look_up(scope, base, scope.value(index), at)
    assert isinstance(base, ListValue)
    position = checked_index(scope, base, scope.scalar(index), at)
    return unpack(body.name(item_at(base, position)), base.item)


def slice_of(
    scope: LoweringScope, base: Value, start: exprs.Expr | None, stop: exprs.Expr | None
) -> ListValue:
    assert isinstance(base, ListValue)
    body = scope.body

    def clamp(bound: exprs.Expr | None, left_out: Expr) -> Expr:
        if bound is None:
            return left_out
        wanted = body.name(scope.scalar(bound))
        if isinstance(wanted, Const) and wanted.value == 0:
            return ZERO
        from_end = body.name(add(base.length, wanted))
        negative = select(op("<", from_end, ZERO), ZERO, from_end)
        positive = select(op("<", base.length, wanted), base.length, wanted)
        return body.name(select(op("<", wanted, ZERO), negative, positive))

    first, end = clamp(start, ZERO), clamp(stop, base.length)
    empty = op("<", end, first)
    if first == ZERO or end == base.length:
        length = body.name(op("-", end, first))
    else:
        length = body.name(select(empty, ZERO, op("-", end, first)))
    width = Const(base.item.width)
    items = op(">>", base.items, op("*", first, width))
    if end != base.length:
        items = op("&", items, mask_of(op("*", length, width)))
    return ListValue(length, body.name(items), base.item, base.type, base.bound)


def checked_index(scope: LoweringScope, base: ListValue, index: Expr, at: Position) -> Expr:
    """An index counted from the front, in range; out of range is a run-time error."""
    body = scope.body
    index = body.name(index)
    if isinstance(index, Const):
        position = index if index.value >= 0 else op("+", base.length, index)
    else:
        position = select(op("<", index, ZERO), add(base.length, index), index)
    position = body.name(position)
    wrong = body.name(outside(position, base.length))
    body.fail(wrong, "index out of range", at)
    return body.name(select(wrong, ZERO, position))


def _look_up(scope: LoweringScope, base: DictValue, key: Value, at: Position) -> Value:
    key = coerce(scope.body, key, base.type.key, "the key", at)
    cases = key_cases(scope, base, key)
    result = base.values[-1]
    for test, i in reversed(cases):
        result = merge(test, base.values[i], result)
    return scope.body.name_value(result)


def key_cases(scope: LoweringScope, base: DictValue, key: Value) -> list[tuple[Expr, int]]:
    """The places of a dict that a key may mean, each with the condition that it is the one."""
    body = scope.body
    shape = packed(base.type.key, body.layout)
    keys = keys_of(base.type.key)
    cases = []
    named = body.name_value(key)
    for i, each in enumerate(keys):
        test = same(body, named, unpack(Const(encode(shape, each)), shape))
        if test == ONE:
            return [(ONE, i)]
        if test != ZERO:
            cases.append((test, i))
    return cases
