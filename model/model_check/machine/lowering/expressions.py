"""Expressions as integer operations: what each construct of the language means."""

from __future__ import annotations

from ...language.source.diagnostics import Position
from ...language.tree import expressions as exprs
from ...language.types import (
    BOOL,
    INT,
    NOTHING,
    DictType,
    IntType,
    ListType,
    OptionType,
    ProcessType,
    RecordType,
    SetType,
    Type,
)
from ..core import Const, Expr, Local
from ..ir_builder import ONE, ZERO, add, bit_at, both, equal, mask_of, negate, op, select
from ..limits import LONGEST_LIST
from ..shapes import encode, keys_of, packed, raw_count
from .calls import call
from .coercion import aligned, coerce, each_item, each_member, pack_item, same
from .collections import comprehend, function, range_of
from .ir_writer import Body
from .lvalues import place_of
from .scope import Mutable, Scope
from .storage import read
from .values import (
    DictValue,
    ListValue,
    NoValue,
    OptionValue,
    RecordValue,
    Scalar,
    SetValue,
    Value,
    item_at,
    merge,
    pack,
    unpack,
)

__all__ = ["fitted", "lower", "number", "truth"]


def truth(scope: Scope, expr: exprs.Expr) -> Expr:
    """A boolean expression as 0 or 1."""
    value = lower(scope, expr)
    assert isinstance(value, Scalar)
    return value.expr


number = truth
"""An integer expression as the number itself."""


def fitted(scope: Scope, expr: exprs.Expr, kind: Type, what: str) -> Value:
    """An expression's value as a `kind` (see `coercion`)."""
    return coerce(scope.body, lower(scope, expr), kind, what, expr.at)


def lower(scope: Scope, expr: exprs.Expr) -> Value:
    """An expression's value; whatever must be computed first is written to the body."""
    body = scope.body
    match expr:
        case exprs.Broken(at=at):
            raise AssertionError(f"{at}: a mistake that was not told")
        case exprs.Literal(value, kind):
            return Scalar(Const(int(value)), kind)
        case exprs.NoneLiteral():
            return OptionValue(ZERO, NoValue(), OptionType(NOTHING))
        case exprs.SharedVar(name):
            return read(body, scope.world.shared[name])
        case exprs.OwnVar(name):
            return read(body, scope.world.own[scope.process, scope.number, name])
        case exprs.KindVar(name):
            return read(body, scope.world.stored[scope.resource, scope.resource_number, name])
        case exprs.Content(resource, instance, name):
            return _content(scope, expr, resource, instance, name)
        case exprs.OtherVar(process, instance, name):
            cases = _cases(scope, instance, process)
            return scope.read_of(process, name, cases)
        case exprs.Temporary(name):
            held = scope.names[name]
            return body.name_value(held.value) if isinstance(held, Mutable) else held
        case exprs.SelfIndex(kind):
            return Scalar(Const(scope.number), kind)
        case exprs.CallerIndex(kind):
            return Scalar(Const(scope.caller), kind)
        case exprs.At(process, instance, label):
            cases = _cases(scope, instance, process)
            return _at(scope, cases, process, label)
        case exprs.Done(process, instance):
            wanted = {place.index for place in scope.world.locations[process] if place.ended}
            cases = _cases(scope, instance, process)
            return Scalar(scope.truth_of(cases, process, wanted), BOOL)
        case exprs.Binary():
            return _binary(scope, expr)
        case exprs.Compare():
            return Scalar(body.name(_compare(scope, expr)), BOOL)
        case exprs.Logic(operator, items):
            return Scalar(_logic(scope, operator, items), BOOL)
        case exprs.Not(item):
            return Scalar(negate(truth(scope, item)), BOOL)
        case exprs.Conditional(test, then, orelse, kind):
            what = "the value"
            condition = truth(scope, test)
            with body.block() as first:
                yes = fitted(scope, then, kind, what)
            with body.block() as second:
                no = fitted(scope, orelse, kind, what)
            return body.choose_value(condition, (first, yes), (second, no))
        case exprs.Index() | exprs.Field() if (place := place_of(scope, expr)) is not None:
            return read(body, place)
        case exprs.Index(base, index):
            return _index(scope, lower(scope, base), index, expr.at)
        case exprs.Slice(base, start, stop):
            return _slice(scope, lower(scope, base), start, stop)
        case exprs.Field(base, name):
            record = lower(scope, base)
            assert isinstance(record, RecordValue)
            names = [each for each, _ in record.type.fields]
            return record.fields[names.index(name)]
        case exprs.ListLiteral(items, ListType(item) as kind):
            return _list_literal(scope, items, item, kind)
        case exprs.SetLiteral(items, SetType(item) as kind):
            shape = packed(item, body.layout)
            mask: Expr = ZERO
            for each in items:
                member = fitted(scope, each, item, "an item of the set")
                mask = op("|", mask, bit_at(body.name(pack_item(body, member, shape, each.at))))
            return SetValue(body.name(mask), shape, kind)
        case exprs.RecordLiteral(fields, RecordType(types) as kind):
            values = {n: (lower(scope, e), e.at) for n, e in fields}
            return RecordValue(
                tuple(coerce(body, values[n][0], t, n, values[n][1]) for n, t in types), kind
            )
        case exprs.DictLiteral(values, DictType(_, item) as kind):
            return DictValue(tuple(fitted(scope, v, item, "a value") for v in values), kind)
        case exprs.Domain(of, kind):
            return domain(scope, of, kind)
        case exprs.Function("range", (start, stop), ListType() as kind):
            return range_of(scope, number(scope, start), number(scope, stop), kind, expr.at)
        case exprs.Function("removed", (base, item)):
            return _removed(scope, base, item, expr.at)
        case exprs.Function(name, arguments, kind):
            return function(scope, name, arguments, kind, expr.at)
        case exprs.Comprehension():
            return comprehend(scope, expr)
        case exprs.CommandCall():
            return call(scope, expr, sending=False)
    raise TypeError(f"no meaning for {type(expr).__name__} here")


def _content(
    scope: Scope, expr: exprs.Content, resource: str, instance: exprs.Expr | None, name: str
) -> Value:
    places = scope.world.stored
    count = scope.world.spec.resource(resource).count or 1
    index = ZERO if instance is None else number(scope, instance)
    if isinstance(index, Const) and 0 <= index.value < count:
        return read(scope.body, places[resource, index.value, name])
    message = f"there is no such {resource}: {count} are declared"
    scope.body.fail(_outside(index, Const(count)), message, expr.at)
    index = scope.body.name(index)
    result = read(scope.body, places[resource, count - 1, name])
    for each in reversed(range(count - 1)):
        here = equal(index, Const(each))
        result = merge(here, read(scope.body, places[resource, each, name]), result)
    return scope.body.name_value(result)


def _at(scope: Scope, cases: list[tuple[Expr, int]], process: str, label: str) -> Value:
    body = scope.body
    result: Value = Scalar(ZERO, BOOL)
    for test, number in reversed(cases):
        with body.block() as block:
            here = Scalar(scope.world.standing(body, process, number, label), BOOL)
        result = body.choose_value(test, (block, here), ([], result))
    return result


def _cases(scope: Scope, instance: exprs.Expr, process: str) -> list[tuple[Expr, int]]:
    index = lower(scope, instance)
    if isinstance(index, Scalar) and not isinstance(index.expr, Const):
        count = scope.world.spec.process(process).count
        outside = _outside(index.expr, Const(count))
        scope.body.fail(outside, f"there is no such instance of {process}", instance.at)
    return scope.instances(index, process)


def _outside(index: Expr, count: Expr) -> Expr:
    return op("|", op("<", index, ZERO), op(">=", index, count))


def domain(scope: Scope, of: Type, kind: Type) -> ListValue:
    """All values of a type, as a list."""
    assert isinstance(kind, ListType)
    assert not isinstance(of, ProcessType)
    shape = packed(of, scope.body.layout)
    items = 0
    keys = keys_of(of)
    for i, key in enumerate(keys):
        items |= encode(shape, key) << (i * shape.width)
    return ListValue(Const(len(keys)), Const(items), shape, kind, len(keys))


def _list_literal(
    scope: Scope, items: tuple[exprs.Expr, ...], item: Type, kind: ListType
) -> ListValue:
    body = scope.body
    shape = packed(item, body.layout)
    packed_items: Expr = ZERO
    for i, each in enumerate(items):
        value = fitted(scope, each, item, "an item of the list")
        bits = op("<<", pack_item(body, value, shape, each.at), Const(i * shape.width))
        packed_items = op("|", packed_items, bits)
    return ListValue(Const(len(items)), body.name(packed_items), shape, kind, len(items))


def _binary(scope: Scope, expr: exprs.Binary) -> Value:
    body = scope.body
    left = lower(scope, expr.left)
    if expr.operator == "-" and isinstance(left, SetValue) and left.type == expr.type:
        match expr.right:
            case exprs.SetLiteral((item,)):
                return _without(body, left, lower(scope, item))
    right = lower(scope, expr.right)
    kind = expr.type
    match left, right, kind:
        case Scalar(a), Scalar(b), _ if isinstance(kind, IntType):
            if expr.operator in ("//", "%"):
                zero = equal(b, ZERO)
                body.fail(zero, "division by zero", expr.at)
                b = body.name(select(zero, ONE, b))
            match expr.operator:
                case "+" | "-" | "*" | "//" | "%" as operator:
                    result = body.name(op(operator, a, b))
                    if kind == INT and operator in ("+", "-", "*"):
                        result = body.integer(result, expr.at)
                    return Scalar(result, kind)
        case ListValue(), ListValue(), ListType():
            one = coerce(body, left, kind, "the list", expr.at)
            two = coerce(body, right, kind, "the list", expr.at)
            assert isinstance(one, ListValue)
            assert isinstance(two, ListValue)
            shift = op("*", one.length, Const(one.item.width))
            items = op("|", one.items, op("<<", two.items, shift))
            length = body.name(add(one.length, two.length))
            if one.bound is not None and two.bound is not None:
                bound = one.bound + two.bound
                if bound <= LONGEST_LIST:
                    return ListValue(length, body.name(items), one.item, kind, bound)
            length, long = body.length(length, expr.at)
            items = body.name(select(long, ZERO, items))
            return ListValue(length, items, one.item, kind, LONGEST_LIST)
        case SetValue(), SetValue(), SetType():
            one = coerce(body, left, kind, "the set", expr.at)
            two = coerce(body, right, kind, "the set", expr.at)
            assert isinstance(one, SetValue)
            assert isinstance(two, SetValue)
            shared = op("&", one.mask, two.mask)
            match expr.operator:
                case "|":
                    mask = op("|", one.mask, two.mask)
                case "&":
                    mask = shared
                case _:
                    mask = op("^", one.mask, shared)
            return SetValue(body.name(mask), one.item, kind)
    raise TypeError(f"no meaning for {expr.operator} on {kind}")


def _compare(scope: Scope, expr: exprs.Compare) -> Expr:
    body = scope.body
    if expr.operator in ("in", "not in"):
        inside = _contains(scope, expr)
        return inside if expr.operator == "in" else negate(inside)
    left, right = lower(scope, expr.left), lower(scope, expr.right)
    match expr.operator, left, right:
        case "==", _, _:
            return same(body, left, right)
        case "!=", _, _:
            return negate(same(body, left, right))
        case ("<" | "<=" | ">" | ">=") as operator, Scalar(a), Scalar(b):
            return op(operator, a, b)
        case ("<" | "<=" | ">" | ">=") as operator, SetValue(), SetValue():
            a, b = (body.name(m) for m in aligned(body, left, right))
            small, large = (a, b) if operator in ("<", "<=") else (b, a)
            subset = equal(op("|", small, large), large)
            return subset if operator in ("<=", ">=") else both(subset, op("!=", a, b))
    raise TypeError(f"no meaning for {expr.operator} here")


def _contains(scope: Scope, expr: exprs.Compare) -> Expr:
    body = scope.body
    value = lower(scope, expr.left)
    match expr.right:
        case exprs.Function("range", (start, stop)):
            low, high = number(scope, start), number(scope, stop)
            there, value = _there(value)
            return both(there, both(op("<=", low, value.expr), op("<", value.expr, high)))
        case exprs.Domain(IntType(low, high)) if low is not None and high is not None:
            there, value = _there(value)
            inside = both(op("<=", Const(low), value.expr), op("<=", value.expr, Const(high)))
            return both(there, inside)
    container = lower(scope, expr.right)
    if isinstance(container, SetValue):
        return _in_set(scope, value, container)
    assert isinstance(container, ListValue)
    _, (local,) = body.mutable(Scalar(ZERO, BOOL))

    def look(_: Expr, raw: Expr) -> None:
        found = same(body, value, unpack(raw, container.item))
        body.store([local], Scalar(op("|", Local(local), found), BOOL))

    each_item(body, container, look)
    return Local(local)


def _there(value: Value) -> tuple[Expr, Scalar]:
    """Whether a number is there at all, and the number: None is in no range."""
    match value:
        case OptionValue(present, Scalar() as inner):
            return present, inner
        case OptionValue():
            return ZERO, Scalar(ZERO, INT)
    assert isinstance(value, Scalar)
    return ONE, value


def _in_set(scope: Scope, value: Value, container: SetValue) -> Expr:
    body = scope.body
    if isinstance(value, Scalar) and container.item.kind == "scalar":
        inside, raw = _member_place(body, value, container)
        bit = op("&", op(">>", container.mask, raw), ONE)
        return both(inside, bit)
    kind = getattr(value, "type", None)
    if kind == container.item.type:
        raw = body.name(pack(value, container.item))
        return op("&", op(">>", container.mask, raw), ONE)
    _, (local,) = body.mutable(Scalar(ZERO, BOOL))

    def look(raw: Expr) -> None:
        found = same(body, value, unpack(raw, container.item))
        body.store([local], Scalar(op("|", Local(local), found), BOOL))

    each_member(body, container, look)
    return Local(local)


def _member_place(body: Body, value: Scalar, container: SetValue) -> tuple[Expr, Expr]:
    """Whether a set of scalars can hold a value, and the place of its bit (0 if not)."""
    raw = body.name(op("-", value.expr, Const(container.item.low)))
    inside = body.name(both(op(">=", raw, ZERO), op("<", raw, Const(raw_count(container.item)))))
    return inside, body.name(select(inside, raw, ZERO))


def _removed(scope: Scope, base: exprs.Expr, item: exprs.Expr, at: Position) -> SetValue:
    """A set without an item that must be in it."""
    container, value = lower(scope, base), lower(scope, item)
    assert isinstance(container, SetValue)
    missing = negate(_in_set(scope, value, container))
    scope.body.fail(missing, "remove of an item that is not in the set", at)
    return _without(scope.body, container, value)


def _without(body: Body, container: SetValue, value: Value) -> SetValue:
    """A set without an item; what it cannot hold is not in it."""
    if isinstance(value, Scalar) and container.item.kind == "scalar":
        inside, raw = _member_place(body, value, container)
        gone: Expr = op("<<", inside, raw)
    else:
        _, (local,) = body.mutable(SetValue(ZERO, container.item, container.type))

        def look(raw: Expr) -> None:
            found = same(body, value, unpack(raw, container.item))
            body.store([local], Scalar(op("|", Local(local), op("<<", found, raw)), BOOL))

        each_member(body, container, look)
        gone = Local(local)
    mask = op("^", container.mask, op("&", container.mask, gone))
    return SetValue(body.name(mask), container.item, container.type)


def _logic(scope: Scope, operator: str, items: tuple[exprs.Expr, ...]) -> Expr:
    body = scope.body
    result = truth(scope, items[0])
    for item in items[1:]:
        # The next operand counts (and may fail) only where the ones before leave it open.
        open_ = result if operator == "and" else negate(result)
        with body.block() as block:
            following = truth(scope, item)
        if isinstance(open_, Const) and not open_.value:
            continue
        if not block:
            result = op("&" if operator == "and" else "|", result, following)
            continue
        first, then = Scalar(result, BOOL), Scalar(following, BOOL)
        value = body.choose_value(open_, (block, then), ([], first))
        assert isinstance(value, Scalar)
        result = value.expr
    return result


def _index(scope: Scope, base: Value, index: exprs.Expr, at: Position) -> Value:
    body = scope.body
    if isinstance(base, DictValue):
        return _look_up(scope, base, lower(scope, index), at)
    assert isinstance(base, ListValue)
    position = checked_index(scope, base, number(scope, index), at)
    return unpack(body.name(item_at(base, position)), base.item)


def checked_index(scope: Scope, base: ListValue, index: Expr, at: Position) -> Expr:
    """An index counted from the front, in range; out of range is a run-time error."""
    body = scope.body
    index = body.name(index)
    if isinstance(index, Const):
        position = index if index.value >= 0 else op("+", base.length, index)
    else:
        position = select(op("<", index, ZERO), add(base.length, index), index)
    position = body.name(position)
    outside = body.name(_outside(position, base.length))
    body.fail(outside, "index out of range", at)
    return body.name(select(outside, ZERO, position))


def _look_up(scope: Scope, base: DictValue, key: Value, at: Position) -> Value:
    key = coerce(scope.body, key, base.type.key, "the key", at)
    cases = key_cases(scope, base, key)
    result = base.values[-1]
    for test, i in reversed(cases):
        result = merge(test, base.values[i], result)
    return scope.body.name_value(result)


def key_cases(scope: Scope, base: DictValue, key: Value) -> list[tuple[Expr, int]]:
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


def _slice(
    scope: Scope, base: Value, start: exprs.Expr | None, stop: exprs.Expr | None
) -> ListValue:
    assert isinstance(base, ListValue)
    body = scope.body

    def clamp(bound: exprs.Expr | None, left_out: Expr) -> Expr:
        if bound is None:
            return left_out
        wanted = body.name(number(scope, bound))
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
