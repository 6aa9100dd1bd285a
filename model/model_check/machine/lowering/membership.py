"""From a set or a list and a value to whether it is in there, or to a set without it."""

from __future__ import annotations

from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ...language.types import BOOL, INT, IntType, UnionType
from ..ir import Const, Expr, Local
from ..ir_builder import ONE, ZERO, both, negate, op, select
from ..shapes import raw_count
from .coercion import each_item, each_member, same
from .ir_writer import IRWriter
from .scope import LoweringScope
from .unions import has_union, recoded
from .values import ListValue, OptionValue, ScalarValue, SetValue, Value, pack, unpack

__all__ = ["contains", "removed", "without"]


def contains(scope: LoweringScope, expr: exprs.Compare) -> Expr:
    body = scope.body
    value = scope.value(expr.left)
    match expr.right:
        case exprs.Function("range", (start, stop)):
            low, high = scope.scalar(start), scope.scalar(stop)
            there, value = _there(body, value)
            return both(there, both(op("<=", low, value.expr), op("<", value.expr, high)))
        case exprs.Domain(IntType(low, high)) if low is not None and high is not None:
            there, value = _there(body, value)
            inside = both(op("<=", Const(low), value.expr), op("<=", value.expr, Const(high)))
            return both(there, inside)
    container = scope.value(expr.right)
    if isinstance(container, SetValue):
        return _in_set(scope, value, container)
    assert isinstance(container, ListValue)
    return _among_items(body, value, container)


def _there(body: IRWriter, value: Value) -> tuple[Expr, ScalarValue]:
    """Whether a number is there at all, and the number: None is in no range, and no name is."""
    match value:
        case OptionValue(present, ScalarValue() as inner):
            there, number = _there(body, inner)
            return both(present, there), number
        case ScalarValue(expr, UnionType() as kind):
            is_number, integer = recoded(body.name(expr), kind, INT)
            return is_number, ScalarValue(integer, INT)
        case OptionValue():
            return ZERO, ScalarValue(ZERO, INT)
    assert isinstance(value, ScalarValue)
    return ONE, value


def _among_items(body: IRWriter, value: Value, container: ListValue | SetValue) -> Expr:
    """Whether a value is one of the items, each looked at."""
    _, (local,) = body.mutable(ScalarValue(ZERO, BOOL))

    def look(raw: Expr) -> None:
        found = same(body, value, unpack(raw, container.item))
        body.store([local], ScalarValue(op("|", Local(local), found), BOOL))

    if isinstance(container, SetValue):
        each_member(body, container, look)
    else:
        each_item(body, container, lambda _, raw: look(raw))
    return Local(local)


def _in_set(scope: LoweringScope, value: Value, container: SetValue) -> Expr:
    body = scope.body
    if isinstance(value, ScalarValue) and container.item.kind == "scalar":
        inside, raw = _member_place(body, value, container)
        bit = op("&", op(">>", container.mask, raw), ONE)
        return both(inside, bit)
    kind = getattr(value, "type", None)
    if kind == container.item.type:
        raw = body.name(pack(value, container.item))
        return op("&", op(">>", container.mask, raw), ONE)
    return _among_items(body, value, container)


def _member_place(body: IRWriter, value: ScalarValue, container: SetValue) -> tuple[Expr, Expr]:
    """Whether a set of scalars can hold a value, and the place of its bit (0 if not)."""
    there: Expr = ONE
    number = value.expr
    if has_union(value.type, container.item.type):
        there, number = recoded(body.name(number), value.type, container.item.type)
    raw = body.name(op("-", number, Const(container.item.low)))
    inside = both(op(">=", raw, ZERO), op("<", raw, Const(raw_count(container.item))))
    inside = body.name(both(there, inside))
    return inside, body.name(select(inside, raw, ZERO))


def removed(scope: LoweringScope, base: exprs.Expr, item: exprs.Expr, at: Position) -> SetValue:
    """A set without an item that must be in it."""
    container, value = scope.value(base), scope.value(item)
    assert isinstance(container, SetValue)
    missing = negate(_in_set(scope, value, container))
    scope.body.fail(missing, "remove of an item that is not in the set", at)
    return without(scope.body, container, value)


def without(body: IRWriter, container: SetValue, value: Value) -> SetValue:
    """A set without an item; what it cannot hold is not in it."""
    if isinstance(value, ScalarValue) and container.item.kind == "scalar":
        inside, raw = _member_place(body, value, container)
        gone: Expr = op("<<", inside, raw)
    else:
        _, (local,) = body.mutable(SetValue(ZERO, container.item, container.type))

        def look(raw: Expr) -> None:
            found = same(body, value, unpack(raw, container.item))
            body.store([local], ScalarValue(op("|", Local(local), op("<<", found, raw)), BOOL))

        each_member(body, container, look)
        gone = Local(local)
    mask = op("^", container.mask, op("&", container.mask, gone))
    return SetValue(body.name(mask), container.item, container.type)
