"""From expressions to integer operations: what each construct of the language means."""

from __future__ import annotations

from functools import partial

from ...language.tree import expressions as exprs
from ...language.types import (
    BOOL,
    INT,
    NOTHING,
    DictType,
    EnumType,
    IntType,
    ListType,
    OptionType,
    ProcessType,
    RecordType,
    SetType,
    Type,
)
from ..ir import Const, Expr
from ..ir_builder import ONE, ZERO, add, bit_at, both, equal, negate, op, outside, select
from ..limits import LONGEST_LIST
from ..rewrite import of_old_values
from ..shapes import encode, keys_of, packed
from .calls import call
from .coercion import aligned, coerce, pack_item, same
from .collections import comprehend, function, range_of
from .indexing import item_of, slice_of
from .lvalues import lvalue_of
from .membership import contains, removed, without
from .scope import LoweringScope, MutableValue
from .storage import read
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
    merge,
)

__all__ = ["cases_of", "lower"]


def lower(scope: LoweringScope, expr: exprs.Expr) -> Value:
    """An expression's value; whatever must be computed first is written to the body."""
    body = scope.body
    match expr:
        case exprs.Binary():
            return _binary(scope, expr)
        case exprs.Compare():
            return ScalarValue(body.name(_compare(scope, expr)), BOOL)
        case exprs.Logic(operator, items):
            return ScalarValue(_logic(scope, operator, items), BOOL)
        case exprs.Old(value):
            with body.block() as before:
                old = body.name_value(lower(scope, value))
            for statement in of_old_values(tuple(before)):
                body.emit(statement)
            return old
        case exprs.Not(item):
            return ScalarValue(negate(scope.scalar(item)), BOOL)
        case exprs.Conditional(test, then, orelse, kind):
            what = "the value"
            condition = scope.scalar(test)
            with body.block() as first:
                yes = scope.fitted(then, kind, what)
            with body.block() as second:
                no = scope.fitted(orelse, kind, what)
            return body.choose_value(condition, (first, yes), (second, no))
        case exprs.Index() | exprs.Field() if (place := lvalue_of(scope, expr)) is not None:
            return read(body, place)
        case exprs.Index(base, index):
            return item_of(scope, lower(scope, base), index, expr.at)
        case exprs.Slice(base, start, stop):
            return slice_of(scope, lower(scope, base), start, stop)
        case exprs.Field(base, name):
            record = lower(scope, base)
            assert isinstance(record, RecordValue)
            names = [each for each, _ in record.type.fields]
            return record.fields[names.index(name)]
        case exprs.Function("range", (start, stop), ListType() as kind):
            return range_of(scope, scope.scalar(start), scope.scalar(stop), kind, expr.at)
        case exprs.Function("removed", (base, item)):
            return removed(scope, base, item, expr.at)
        case exprs.Function(name, arguments, kind):
            return function(scope, name, arguments, kind, expr.at)
        case exprs.Comprehension():
            return comprehend(scope, expr)
        case exprs.Let(define, parameters, value):
            given: dict[str, Value | MutableValue] = {}
            for name, kind, argument in parameters:
                held = lower(scope, argument)
                if kind != argument.type:
                    held = coerce(body, held, kind, f"{name} of {define}", argument.at)
                given[name] = body.name_value(held)
            return lower(scope.inner(given), value)
        case exprs.CommandCall():
            return call(scope, expr, sending=False)
    return _named(scope, expr)


def _named(scope: LoweringScope, expr: exprs.Expr) -> Value:
    """What a name stands for, or what is asked of a process by its name; else a literal."""
    body, world = scope.body, scope.world
    match expr:
        case exprs.SharedVar() | exprs.OwnVar() | exprs.KindVar() if place := lvalue_of(
            scope, expr
        ):
            return read(body, place)
        case exprs.Content(resource, instance, name):
            return _content(scope, expr, resource, instance, name)
        case exprs.OtherVar(process, instance, name):
            return scope.read_of(process, name, cases_of(scope, instance, process))
        case exprs.Temporary(name):
            held = scope.names[name]
            return body.name_value(held.value) if isinstance(held, MutableValue) else held
        case exprs.SelfIndex(kind):
            return ScalarValue(Const(scope.number), kind)
        case exprs.CallerIndex(kind):
            return ScalarValue(Const(scope.caller), kind)
        case exprs.ClientOf(process, instance, kind):
            return _client(scope, process, instance, kind)
        case exprs.At(process, instance, label):
            return _at(scope, cases_of(scope, instance, process), process, label)
        case exprs.Done(process, instance):
            cases = cases_of(scope, instance, process)
            return ScalarValue(scope.truth_of(cases, partial(world.ended, body, process)), BOOL)
    return _literal(scope, expr)


def _literal(scope: LoweringScope, expr: exprs.Expr) -> Value:
    body = scope.body
    match expr:
        case exprs.Literal(value, kind):
            return ScalarValue(Const(int(value)), kind)
        case exprs.NoneLiteral(OptionType(item) as kind) if item != NOTHING:
            return default(kind, body.layout)
        case exprs.NoneLiteral():
            return OptionValue(ZERO, NoValue(), OptionType(NOTHING))
        case exprs.ListLiteral(items, ListType(item) as kind):
            return _list_literal(scope, items, item, kind)
        case exprs.SetLiteral(items, SetType(item) as kind):
            shape = packed(item, body.layout)
            mask: Expr = ZERO
            for each in items:
                member = scope.fitted(each, item, "an item of the set")
                mask = op("|", mask, bit_at(body.name(pack_item(body, member, shape, each.at))))
            return SetValue(body.name(mask), shape, kind)
        case exprs.RecordLiteral(fields, RecordType(types) as kind):
            values = {n: (lower(scope, e), e.at) for n, e in fields}
            return RecordValue(
                tuple(coerce(body, values[n][0], t, n, values[n][1]) for n, t in types), kind
            )
        case exprs.DictLiteral(values, DictType(_, item) as kind):
            return DictValue(tuple(scope.fitted(v, item, "a value") for v in values), kind)
        case exprs.Domain(of, kind):
            return _domain(scope, of, kind)
        case exprs.Broken(at=at):
            raise AssertionError(f"{at}: a mistake that was not told")
    raise TypeError(f"no meaning for {type(expr).__name__} here")


def _content(
    scope: LoweringScope, expr: exprs.Content, resource: str, instance: exprs.Expr | None, name: str
) -> Value:
    places = scope.world.stored
    count = scope.world.spec.resource(resource).count or 1
    index = ZERO if instance is None else scope.scalar(instance)
    if isinstance(index, Const) and 0 <= index.value < count:
        return read(scope.body, places[resource, index.value, name])
    message = f"there is no such {resource}: {count} are declared"
    scope.body.fail(outside(index, Const(count)), message, expr.at)
    index = scope.body.name(index)
    result = read(scope.body, places[resource, count - 1, name])
    for each in reversed(range(count - 1)):
        here = equal(index, Const(each))
        result = merge(here, read(scope.body, places[resource, each, name]), result)
    return scope.body.name_value(result)


def _at(scope: LoweringScope, cases: list[tuple[Expr, int]], process: str, label: str) -> Value:
    body = scope.body
    result: Value = ScalarValue(ZERO, BOOL)
    for test, number in reversed(cases):
        with body.block() as block:
            here = ScalarValue(scope.world.label_enabled(scope, process, number, label), BOOL)
        result = body.choose_value(test, (block, here), ([], result))
    return result


def _client(scope: LoweringScope, process: str, instance: exprs.Expr, kind: Type) -> Value:
    """An instance of a process as the member of the clients that has its name; an error where
    none has."""
    assert isinstance(kind, EnumType)
    declared = scope.world.spec.process(process)
    result: Expr = ZERO
    for test, number in reversed(cases_of(scope, instance, process)):
        name = declared.client_name(number)
        if name in kind.members:
            result = select(test, Const(kind.members.index(name)), result)
        else:
            scope.body.fail(test, f"{name} is no client here", instance.at)
    return ScalarValue(scope.body.name(result), kind)


def cases_of(scope: LoweringScope, instance: exprs.Expr, process: str) -> list[tuple[Expr, int]]:
    """The instances of a process that an index may mean, each with the condition that it is the
    one; no such instance is an error."""
    index = lower(scope, instance)
    if isinstance(index, ScalarValue) and not isinstance(index.expr, Const):
        count = scope.world.spec.process(process).count
        wrong = outside(index.expr, Const(count))
        scope.body.fail(wrong, f"there is no such instance of {process}", instance.at)
    return scope.instances(index, process)


def _domain(scope: LoweringScope, of: Type, kind: Type) -> ListValue:
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
    scope: LoweringScope, items: tuple[exprs.Expr, ...], item: Type, kind: ListType
) -> ListValue:
    body = scope.body
    shape = packed(item, body.layout)
    packed_items: Expr = ZERO
    for i, each in enumerate(items):
        value = scope.fitted(each, item, "an item of the list")
        bits = op("<<", pack_item(body, value, shape, each.at), Const(i * shape.width))
        packed_items = op("|", packed_items, bits)
    return ListValue(Const(len(items)), body.name(packed_items), shape, kind, len(items))


def _binary(scope: LoweringScope, expr: exprs.Binary) -> Value:
    body = scope.body
    left = lower(scope, expr.left)
    if expr.operator == "-" and isinstance(left, SetValue) and left.type == expr.type:
        match expr.right:
            case exprs.SetLiteral((item,)):
                return without(body, left, lower(scope, item))
    right = lower(scope, expr.right)
    kind = expr.type
    match left, right, kind:
        case ScalarValue(a), ScalarValue(b), _ if isinstance(kind, IntType):
            if expr.operator in ("//", "%"):
                zero = equal(b, ZERO)
                body.fail(zero, "division by zero", expr.at)
                b = body.name(select(zero, ONE, b))
            match expr.operator:
                case "+" | "-" | "*" | "//" | "%" as operator:
                    result = body.name(op(operator, a, b))
                    if kind == INT and operator in ("+", "-", "*"):
                        result = body.integer(result, expr.at)
                    return ScalarValue(result, kind)
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


def _compare(scope: LoweringScope, expr: exprs.Compare) -> Expr:
    body = scope.body
    if expr.operator in ("in", "not in"):
        inside = contains(scope, expr)
        return inside if expr.operator == "in" else negate(inside)
    left, right = lower(scope, expr.left), lower(scope, expr.right)
    match expr.operator, left, right:
        case "==", _, _:
            return same(body, left, right)
        case "!=", _, _:
            return negate(same(body, left, right))
        case ("<" | "<=" | ">" | ">=") as operator, ScalarValue(a), ScalarValue(b):
            return op(operator, a, b)
        case ("<" | "<=" | ">" | ">=") as operator, SetValue(), SetValue():
            a, b = (body.name(m) for m in aligned(body, left, right))
            small, large = (a, b) if operator in ("<", "<=") else (b, a)
            subset = equal(op("|", small, large), large)
            return subset if operator in ("<=", ">=") else both(subset, op("!=", a, b))
    raise TypeError(f"no meaning for {expr.operator} here")


def _logic(scope: LoweringScope, operator: str, items: tuple[exprs.Expr, ...]) -> Expr:
    body = scope.body
    result = scope.scalar(items[0])
    for item in items[1:]:
        # The next operand counts (and may fail) only where the ones before leave it open.
        open_ = result if operator == "and" else negate(result)
        with body.block() as block:
            following = scope.scalar(item)
        if isinstance(open_, Const) and not open_.value:
            continue
        if not block:
            result = op("&" if operator == "and" else "|", result, following)
            continue
        first, then = ScalarValue(result, BOOL), ScalarValue(following, BOOL)
        value = body.choose_value(open_, (block, then), ([], first))
        assert isinstance(value, ScalarValue)
        result = value.expr
    return result
