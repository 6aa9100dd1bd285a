"""From builtins and comprehensions to the loops over collections that they mean."""

from __future__ import annotations

from collections.abc import Callable

from ...language.records import replace
from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ...language.types import BOOL, IntType, ListType, ProcessType, SetType, Type, UnionType
from ..ir import Const, Expr, Local, Loop
from ..ir_builder import ONE, ZERO, add, bit_at, bit_count, both, mask_of, negate, op, select
from ..limits import LONGEST_LIST, MOST_ROUNDS
from ..shapes import packed, raw_count
from .coercion import appended, coerce, each_item, each_member, pack_item
from .ir_writer import IRWriter
from .scope import LoweringScope
from .unions import recoded
from .values import (
    ListValue,
    OptionValue,
    ProcessValue,
    ScalarValue,
    SetValue,
    Value,
    item_at,
    unpack,
)

__all__ = ["comprehend", "function", "over", "range_of"]

# Up to this many known items a loop is written out, which lets the constants fold.
UNROLLED = 16


def over(scope: LoweringScope, source: exprs.Expr, do: Callable[[Value], None]) -> int | None:
    """Write `do(item)` for every item of a collection, in order: each on its own, or as a loop. How
    many there are at the most; None where nothing bounds that."""
    body = scope.body
    match source:
        case exprs.Domain(of=ProcessType(process)):
            instances = scope.world.spec.process(process).count
            for number in range(instances):
                do(ProcessValue(process, number))
            return instances
        case exprs.Function("range", (start, stop)):
            return _over_range(scope, start, stop, do)
    value = scope.value(source)
    # A domain is always written out: anything may stand in a loop over one.
    longest = LONGEST_LIST if isinstance(source, exprs.Domain) else UNROLLED
    match value:
        case SetValue():
            each_member(body, value, lambda raw: do(unpack(raw, value.item)))
            return raw_count(value.item)
        case ListValue(Const(length)) if length <= longest:
            for i in range(length):
                do(unpack(body.name(item_at(value, Const(i))), value.item))
            return length
        case ListValue():
            each_item(body, value, lambda _, raw: do(unpack(raw, value.item)))
            return value.bound
    raise TypeError(f"cannot run over {type(value).__name__}")


def _over_range(
    scope: LoweringScope, start: exprs.Expr, stop: exprs.Expr, do: Callable[[Value], None]
) -> int:
    body = scope.body
    first, end = (scope.scalar(e) for e in (start, stop))
    kind = _interval(start, stop)
    if isinstance(first, Const) and isinstance(end, Const) and end.value - first.value <= UNROLLED:
        for i in range(first.value, end.value):
            do(ScalarValue(Const(i), IntType(i, i)))
        return max(0, end.value - first.value)
    first = body.name(first)
    count, bound = _count(body, first, end, kind, stop.at, MOST_ROUNDS)
    index = body.fresh("i")
    with body.block() as block:
        do(ScalarValue(body.name(add(first, Local(index))), kind))
    if block:
        body.emit(Loop(index, count, bound, tuple(block)))
    return bound


def _interval(start: exprs.Expr, stop: exprs.Expr) -> IntType:
    low = start.type.low if isinstance(start.type, IntType) else None
    high = stop.type.high if isinstance(stop.type, IntType) else None
    if low is None or high is None or high <= low:
        return IntType()
    return IntType(low, high - 1)


def _count(
    body: IRWriter, first: Expr, end: Expr, kind: IntType, at: Position, most: int = LONGEST_LIST
) -> tuple[Expr, int]:
    """How many numbers a range has, and how many it has at the most."""
    bound: int | None
    count = body.name(select(op("<", first, end), op("-", end, first), ZERO))
    if isinstance(count, Const):
        bound = count.value
    elif kind.low is not None and kind.high is not None:
        bound = kind.high - kind.low + 1
    else:
        bound = None
    if bound is None or bound > most:
        most = LONGEST_LIST if bound is None else most
        long = body.name(op(">", count, Const(most)))
        body.limit(long, f"a range of more than {most:,} numbers", at)
        count = body.name(select(long, ZERO, count))
        bound = most
    return count, bound


def range_of(
    scope: LoweringScope, first: Expr, end: Expr, kind: ListType, at: Position
) -> ListValue:
    """`range(first, end)` as a list."""
    body = scope.body
    item = kind.item if isinstance(kind.item, IntType) else IntType()
    shape = packed(item, body.layout)
    first = body.name(first)
    count, bound = _count(body, first, end, item, at)
    if isinstance(first, Const) and isinstance(count, Const):
        items = 0
        for i in range(count.value):
            items |= (first.value + i - shape.low) << (i * shape.width)
        if item.low is not None:
            return ListValue(count, Const(items), shape, kind, bound)
    _, (local,) = body.mutable(ScalarValue(ZERO, item))
    index = body.fresh("i")
    with body.block() as block:
        value = ScalarValue(body.name(add(first, Local(index))), item)
        bits = pack_item(body, value, shape, at)
        shifted = op("<<", bits, op("*", Local(index), Const(shape.width)))
        body.store([local], ScalarValue(op("|", Local(local), shifted), item))
    body.emit(Loop(index, count, bound, tuple(block)))
    return ListValue(count, body.name(Local(local)), shape, kind, bound)


def _number(value: Value) -> Expr:
    assert isinstance(value, ScalarValue)
    return value.expr


def function(
    scope: LoweringScope, name: str, arguments: tuple[exprs.Expr, ...], kind: Type, at: Position
) -> Value:
    """A builtin applied to its arguments."""
    body = scope.body
    if name in ("all", "any", "count", "sum", "min", "max") and len(arguments) == 1:
        return _fold(scope, name, kind, at, lambda do: over(scope, arguments[0], do))
    values = [scope.value(a) for a in arguments]
    match name, values:
        case "len", [ListValue(length)]:
            return ScalarValue(length, kind)
        case "len", [SetValue(mask)]:
            return ScalarValue(body.name(bit_count(mask)), kind)
        case "abs", [ScalarValue(expr)]:
            return ScalarValue(
                body.name(select(op("<", expr, ZERO), op("-", ZERO, expr), expr)), kind
            )
        case (("min" | "max"), [ScalarValue(best), *rest]):
            for other in rest:
                candidate = _number(other)
                better = op("<" if name == "min" else ">", candidate, best)
                best = body.name(select(better, candidate, best))
            return ScalarValue(best, kind)
        case (("list" | "sorted"), [SetValue() as members]):
            return _listed(body, members, kind, at)
        case "list", [ListValue() as items]:
            return coerce(body, items, kind, "the list", at)
        case "sorted", [ListValue() as items]:
            return _sorted(body, items, kind, at)
        case "set", [SetValue() as members]:
            return coerce(body, members, kind, "the set", at)
        case "set", [ListValue() as items]:
            return _set_of(body, items, kind, at)
        case "value", [OptionValue(present, inner)]:
            body.fail(negate(present), "None has no value to use here", at)
            return inner
        case "number", [ScalarValue(expr, UnionType() as source)]:
            there, number = recoded(body.name(expr), source, source.numbers)
            names = " or ".join(source.names.members)
            body.fail(negate(there), f"{names} is no number", at)
            return ScalarValue(body.name(number), source.numbers)
    raise TypeError(f"no meaning for {name} here")


def _listed(body: IRWriter, members: SetValue, kind: Type, at: Position) -> ListValue:
    assert isinstance(kind, ListType)
    shape = packed(kind.item, body.layout)
    empty = ListValue(ZERO, ZERO, shape, kind, 0)
    held, names = body.mutable(empty)
    assert isinstance(held, ListValue)

    def keep(raw: Expr) -> None:
        item = coerce(body, unpack(raw, members.item), kind.item, "an item", at)
        body.store(names, appended(body, held, item, at))

    each_member(body, members, keep)
    size = raw_count(members.item)
    result = body.name_value(held)
    assert isinstance(result, ListValue)
    return ListValue(result.length, result.items, shape, kind, size)


def _set_of(body: IRWriter, items: ListValue, kind: Type, at: Position) -> SetValue:
    assert isinstance(kind, SetType)
    shape = packed(kind.item, body.layout)
    _, (local,) = body.mutable(SetValue(ZERO, shape, kind))

    def keep(_: Expr, raw: Expr) -> None:
        item = coerce(body, unpack(raw, items.item), kind.item, "an item of the set", at)
        bit = bit_at(body.name(pack_item(body, item, shape, at)))
        body.store([local], SetValue(op("|", Local(local), bit), shape, kind))

    if isinstance(items.length, Const) and items.length.value <= UNROLLED:
        mask: Expr = ZERO
        for i in range(items.length.value):
            raw = body.name(item_at(items, Const(i)))
            item = coerce(body, unpack(raw, items.item), kind.item, "an item of the set", at)
            mask = op("|", mask, bit_at(body.name(pack_item(body, item, shape, at))))
        return SetValue(body.name(mask), shape, kind)
    each_item(body, items, keep)
    return SetValue(body.name(Local(local)), shape, kind)


def _sorted(body: IRWriter, items: ListValue, kind: Type, at: Position) -> ListValue:
    # Most lists are sorted already. Insertion for the others: each item goes behind all that are
    # not greater. Raw bits of scalars order as their values do.
    fitted = coerce(body, items, kind, "the list", at)
    assert isinstance(fitted, ListValue)
    width = fitted.item.width
    _, (held,) = body.mutable(SetValue(ZERO, fitted.item, SetType(fitted.type.item)))
    _, (ordered,) = body.mutable(ScalarValue(ONE, BOOL))
    _, (last,) = body.mutable(ScalarValue(ZERO, IntType()))

    def follows(_: Expr, raw: Expr) -> None:
        behind = both(Local(ordered), op("<=", Local(last), raw))
        body.store([ordered], ScalarValue(behind, BOOL))
        body.store([last], ScalarValue(raw, IntType()))

    def insert(index: Expr, raw: Expr) -> None:
        so_far = ListValue(index, body.name(Local(held)), fitted.item, fitted.type, fitted.bound)
        _, (place,) = body.mutable(ScalarValue(ZERO, IntType()))

        def behind(_: Expr, other: Expr) -> None:
            step = op("<=", other, raw)
            body.store([place], ScalarValue(op("+", Local(place), step), IntType()))

        each_item(body, so_far, behind)
        shift = body.name(op("*", Local(place), Const(width)))
        below = op("&", so_far.items, mask_of(shift))
        above = op("<<", op(">>", so_far.items, shift), op("+", shift, Const(width)))
        whole = op("|", op("|", below, op("<<", raw, shift)), above)
        body.store([held], ScalarValue(whole, IntType()))

    each_item(body, fitted, follows)
    with body.block() as kept:
        body.store([held], ScalarValue(fitted.items, IntType()))
    with body.block() as inserted:
        each_item(body, fitted, insert)
    body.when(Local(ordered), kept, inserted)
    return ListValue(fitted.length, body.name(Local(held)), fitted.item, fitted.type, fitted.bound)


def _fold(
    scope: LoweringScope,
    name: str,
    kind: Type,
    at: Position,
    run: Callable[[Callable[[Value], None]], object],
) -> ScalarValue:
    """all, any, count, sum, min, max over whatever `run` runs over."""
    body = scope.body
    start = ONE if name == "all" else ZERO
    _, (total,) = body.mutable(ScalarValue(start, kind))
    seen = body.fresh("v")
    if name in ("min", "max"):
        body.store([seen], ScalarValue(ZERO, BOOL))

    def take(value: Value) -> None:
        each = _number(value)
        match name:
            case "all":
                body.store([total], ScalarValue(both(Local(total), each), kind))
            case "any":
                body.store([total], ScalarValue(op("|", Local(total), each), kind))
            case "count" | "sum":
                body.store([total], ScalarValue(add(Local(total), each), kind))
            case _:
                better = op("<" if name == "min" else ">", each, Local(total))
                replace = op("|", negate(Local(seen)), better)
                body.store([total], ScalarValue(select(replace, each, Local(total)), kind))
                body.store([seen], ScalarValue(ONE, BOOL))

    run(take)
    if name == "sum":
        return ScalarValue(body.integer(Local(total), at), kind)
    if name in ("min", "max"):
        body.fail(negate(Local(seen)), f"{name} of nothing", at)
    return ScalarValue(body.name(Local(total)), kind)


def comprehend(scope: LoweringScope, expr: exprs.Comprehension) -> Value:
    """A comprehension or the argument of all/any/count/sum/min/max."""
    body = scope.body

    def each(do: Callable[[Value], None], undecided: Callable[[], Expr]) -> int | None:
        def visit(item: Value) -> None:
            inner = scope.inner({expr.binder: item})
            with body.block() as chosen:
                test: Expr = ONE
                if expr.condition is not None:
                    test = inner.scalar(expr.condition)
                with body.block() as taken:
                    do(inner.value(expr.element))
                body.when(test, taken, [])
            body.when(undecided(), chosen, [])

        return over(scope, expr.source, visit)

    match expr.into, expr.type:
        case "list", ListType(item) as kind:
            shape = packed(item, body.layout)
            held, names = body.mutable(ListValue(ZERO, ZERO, shape, kind, 0))
            assert isinstance(held, ListValue)

            long = _may_be_long(expr.source)

            def append(value: Value) -> None:
                fitted = coerce(body, value, item, "an item of the list", expr.at)
                longer = appended(body, held, fitted, expr.at)
                if long:
                    length, over = body.length(longer.length, expr.at)
                    items = select(over, ZERO, longer.items)
                    longer = replace(longer, length=length, items=items)
                body.store(names, longer)

            most = each(append, lambda: ONE)
            found = body.name_value(held)
            assert isinstance(found, ListValue)
            return replace(found, bound=most)  # no more come out of it than go in
        case "set", SetType(item) as kind:
            shape = packed(item, body.layout)
            _, (local,) = body.mutable(SetValue(ZERO, shape, kind))

            def include(value: Value) -> None:
                fitted = coerce(body, value, item, "an item of the set", expr.at)
                bit = bit_at(body.name(pack_item(body, fitted, shape, expr.at)))
                body.store([local], SetValue(op("|", Local(local), bit), shape, kind))

            each(include, lambda: ONE)
            return SetValue(body.name(Local(local)), shape, kind)
    return _quantify(scope, expr, each)


def _may_be_long(source: exprs.Expr) -> bool:
    """Whether more can come out of a source than a list may have."""
    match source:
        case exprs.Function("range", (start, stop)):
            kind = _interval(start, stop)
            return (
                kind.low is not None
                and kind.high is not None
                and (kind.high - kind.low >= LONGEST_LIST)
            )
    return False


def _quantify(
    scope: LoweringScope,
    expr: exprs.Comprehension,
    each: Callable[[Callable[[Value], None], Callable[[], Expr]], object],
) -> Value:
    # all and any stop at the first item that decides: a later one must not fail.
    decided: list[str] = []
    body = scope.body
    if expr.into in ("all", "any"):
        name = body.fresh("v")
        body.store([name], ScalarValue(ZERO, BOOL))
        decided.append(name)

    def undecided() -> Expr:
        return negate(Local(decided[0])) if decided else ONE

    def run(take: Callable[[Value], None]) -> None:
        def visit(value: Value) -> None:
            take(value)
            if decided:
                truth = _number(value)
                stop = negate(truth) if expr.into == "all" else truth
                body.store(decided, ScalarValue(stop, BOOL))

        each(visit, undecided)

    return _fold(scope, expr.into, expr.type, expr.at, run)
