"""Comprehensions and quantifiers: `[... for x in ...]`, `all(... for w in worker)`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Literal as OneOf

from ..source.diagnostics import did_you_mean
from ..syntax.nodes import Name
from ..tree.expressions import (
    Broken,
    Comprehension,
    Content,
    DictLiteral,
    Domain,
    Expr,
    Function,
    Logic,
    Temporary,
)
from ..types import (
    BOOL,
    INT,
    NOTHING,
    BoolType,
    DictType,
    EnumType,
    IntType,
    ListType,
    NothingType,
    ProcessType,
    SetType,
    Type,
    UnionType,
)
from .adapting import boolean, described, enumerable, integer, opened
from .context import Context, broken, never
from .displays import literals_of, storable
from .relations import MAX_VALUES, join, without_option
from .rounds import MAX_ROUNDS, domain_size, source_rounds

__all__ = [
    "bind", "check_comprehension", "check_dict_comprehension", "check_list_or_set", "check_source",
    "ordered",
]  # fmt: skip

Into = OneOf["list", "set", "all", "any", "count", "sum", "min", "max"]

_WHY = "a comprehension may compute this never or several times"


def check_list_or_set(
    context: Context, node: ast.ListComp | ast.SetComp, expected: Type | None
) -> Expr:
    into: Into = "list" if isinstance(node, ast.ListComp) else "set"
    wanted = None if expected is None else without_option(expected)
    item = wanted.item if isinstance(wanted, ListType | SetType) else None
    return check_comprehension(context, node, node.elt, node.generators, into, item)


def check_comprehension(
    context: Context,
    node: ast.expr,
    element: ast.expr,
    generators: Sequence[ast.comprehension],
    into: Into,
    expected: Type | None = None,
) -> Expr:
    """`element for ... if ...`, made into a list, a set, a number or a truth."""
    first, *rest = generators
    if first.is_async:
        return context.wrong(node, "async is not part of the language")
    if rest and into not in ("all", "any", "count", "sum"):
        return context.wrong(rest[0].target, "two `for` in one comprehension",
                             "all, any, count and sum can have several")  # fmt: skip
    source = check_source(context, first.iter)
    inner = _bound(context, first, source)
    if inner is None:
        return broken(context.at(node))
    binder, within = inner
    conditions = tuple(boolean(within.check(part), part, within, "if") for part in first.ifs)
    if rest:
        value = check_comprehension(within, node, element, rest, into, expected)
        # The outer round of a count adds up what the inner ones count.
        into = "sum" if into == "count" else into
    else:
        value = _element(within, element, into, expected)
    condition = _all(conditions, context, node)
    if into in ("min", "max") and source.type == ListType(NOTHING):
        return context.wrong(first.iter, f"{into} of nothing: this is always empty")
    kind = _result(context, node, into, value.type, source)
    if kind is None:
        return broken(context.at(node))
    return Comprehension(into, value, binder, source, condition, kind, context.at(node))


def _all(conditions: tuple[Expr, ...], context: Context, node: ast.expr) -> Expr | None:
    if not conditions:
        return None
    return (
        conditions[0] if len(conditions) == 1 else Logic("and", conditions, BOOL, context.at(node))
    )


def check_source(context: Context, node: ast.expr) -> Expr:
    """What a loop goes through, as a list: a list, a set in ascending order, all values of a
    type, all instances of a process, the keys of a resource's content."""
    names = context.scope.names
    if isinstance(node, ast.Name) and node.id in names.processes and (
        node.id not in context.scope.locals
    ):  # fmt: skip
        kind = ProcessType(node.id)
        return Domain(kind, ListType(kind), context.at(node))
    value = opened(context.check(node), node, context)
    if isinstance(value.type, NothingType | ListType | SetType):
        return ordered(value)
    if isinstance(value, Content) and isinstance(value.type, DictType):
        # Its keys, as in Python. The clients of a resource are a type without a name.
        return Domain(value.type.key, ListType(value.type.key), context.at(node))
    hint = "range(n) goes from 0 to n - 1" if isinstance(value.type, IntType) else ""
    if isinstance(value.type, DictType):
        hint = "a dict has all its keys: for k in T, with the type T of the key"
    return context.wrong(node, f"`for` goes through a list or a set, this is "
                         f"{described(value.type)}", hint)  # fmt: skip


def ordered(value: Expr) -> Expr:
    """A set as the list of its items in ascending order; a list as it is."""
    if isinstance(value.type, SetType):
        return Function("list", (value,), ListType(value.type.item), value.at)
    return value


def bind(context: Context, name: Name, source: Expr) -> Context | None:
    """The scope in which a name stands for an item of `source`; None, and reported, where
    the name is taken or a loop is repeated too often."""
    scope = context.scope
    found = scope.names.found
    if name.text in scope.locals or name.text in scope.own or name.text in scope.pending:
        found.report(
            name.at, f"{name.text} means something else here already", "choose another name"
        )
        return None
    if scope.names.is_taken(name, "the variable of a loop"):
        return None
    item = source.type.item if isinstance(source.type, ListType) else NOTHING
    size = domain_size(source, context.scope.names)
    unrolled = scope.unrolled * (1 if size is None else max(1, size))
    if unrolled > MAX_VALUES:
        found.report(name.at, f"these loops have {unrolled:,} rounds, {MAX_VALUES:,} is the limit")
        return None
    rounds = scope.rounds * source_rounds(source)
    if rounds > MAX_ROUNDS:
        message = f"these loops can have {rounds:,} rounds"
        found.report(name.at, f"{message}, {MAX_ROUNDS:,} is the limit")
        return None
    local: Expr = Temporary(name.text, item, name.at)
    if isinstance(item, NothingType):
        local = source if isinstance(source, Broken) else never(name.at)
    return context.within(
        locals={**scope.locals, name.text: local}, unrolled=unrolled, rounds=rounds
    )


def _bound(
    context: Context, generator: ast.comprehension, source: Expr
) -> tuple[str, Context] | None:
    target = generator.target
    if not isinstance(target, ast.Name):
        context.wrong(target, "`for` sets one variable here")
        return None
    within = bind(context, Name(target.id, context.at(target)), source)
    return None if within is None else (target.id, within.once(_WHY))


def _element(context: Context, node: ast.expr, into: Into, expected: Type | None) -> Expr:
    value = context.check(node, expected)
    match into:
        case "all" | "any" | "count":
            return boolean(value, node, context, into)
        case "sum":
            return integer(value, node, context, into)
        case "min" | "max":
            value = opened(value, node, context)
            if not isinstance(value.type, IntType | EnumType | UnionType | BoolType | NothingType):
                return context.wrong(node, f"{into} cannot order {described(value.type)}")
            return value
    return storable(value, node, context)


def _result(
    context: Context, node: ast.expr, into: Into, element: Type, source: Expr
) -> Type | None:
    match into:
        case "list":
            return ListType(element)
        case "set":
            if not enumerable(element, node, context, "the items of a set"):
                return None
            return SetType(element)
        case "all" | "any":
            return BOOL
        case "count":
            size = domain_size(source, context.scope.names)
            return INT if size is None else IntType(0, size)
        case "sum":
            return INT
    return element


def _keys_hint(context: Context, generator: ast.comprehension, wanted: Type | None) -> str:
    """What to write behind `in` for all keys of the dict that is wanted there."""
    types, binder = context.scope.names.types, ast.unparse(generator.target)
    if not isinstance(wanted, DictType):
        given = ast.unparse(generator.iter)
        return (
            did_you_mean(given, types) if types else "give the type of the key a name under types"
        )
    names = [name for name, each in types.items() if each == wanted.key]
    if names:
        return f"for {binder} in {names[0]}"
    named = f"types: {{Key: {described(wanted.key)}}}"
    return f"give the key's type a name, {named}, and write for {binder} in Key"


def check_dict_comprehension(context: Context, node: ast.DictComp, expected: Type | None) -> Expr:
    """`{k: f(k) for k in K}`, written out for every key."""
    wanted = None if expected is None else without_option(expected)
    (first, *rest) = node.generators
    if rest or first.ifs or first.is_async:
        return context.wrong(node, "a dict has a value for every key: one `for`, without `if`")
    source = check_source(context, first.iter)
    if isinstance(source, Broken):
        return source
    if not isinstance(source, Domain) or isinstance(source.of, ProcessType):
        return context.wrong(first.iter, "the keys of a dict are all values of a type",
                             _keys_hint(context, first, wanted))  # fmt: skip
    bound = _bound(context, first, source)
    if bound is None:
        return broken(context.at(node))
    binder, within = bound
    if not (isinstance(node.key, ast.Name) and node.key.id == binder):
        hint = f"write {{{binder}: ... for {binder} in {ast.unparse(first.iter)}}}"
        return context.wrong(node.key, f"the key is the loop's variable, {binder}", hint)
    value_type: Type = wanted.value if isinstance(wanted, DictType) else NOTHING
    common: Type = NOTHING
    values: list[Expr] = []
    found = context.scope.names.found
    before = found.count
    for key in literals_of(source.of, context, node):
        inner = within.within(locals={**within.scope.locals, binder: key})
        value = storable(inner.check(node.value, value_type), node.value, inner)
        joined = join(common, value.type)
        if joined is None:
            return context.wrong(node.value, "the items of this dict have no common type")
        common = joined
        values.append(value)
        if found.count > before:
            break
    return DictLiteral(tuple(values), DictType(source.of, common), context.at(node))
