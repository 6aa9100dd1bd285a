"""Literals, displays such as `[1, 2]` and `{id: 1}`, and what stands in `[...]` after a value."""

from __future__ import annotations

import ast

from ..tree.expressions import (
    Broken,
    DictLiteral,
    Expr,
    Index,
    ListLiteral,
    Literal,
    NoneLiteral,
    RecordLiteral,
    SetLiteral,
    Slice,
)
from ..types import (
    BOOL,
    NOTHING,
    BoolType,
    DictType,
    EnumType,
    IntType,
    ListType,
    NothingType,
    OptionType,
    ProcessType,
    RecordType,
    SetType,
    Type,
    UnionType,
    UnitType,
)
from .adapting import adapt, described, enumerable, integer, meaning, opened
from .context import Context, broken, never
from .lookup import as_client
from .operators import integer_literal
from .own_clients import check_of_own_client
from .relations import join, without_option

__all__ = [
    "check_constant", "check_dict", "check_items", "check_record", "check_subscript", "literals_of",
    "storable",
]  # fmt: skip


def check_constant(context: Context, node: ast.Constant, _: Type | None) -> Expr:
    at = context.at(node)
    match node.value:
        case bool(value):
            return Literal(int(value), BOOL, at)
        case int(value):
            return integer_literal(context, node, value)
        case None:
            return NoneLiteral(OptionType(NOTHING), at)
        case str(text):
            hint = f"a member of an enum is written without quotes: {text}"
            return context.wrong(
                node, "there are no texts in a model", hint if text in context.scope.names.enums
                else "name what can be sent in a type, such as enum(hello, bye)",
            )  # fmt: skip
    return context.wrong(node, "numbers are integers")


def storable(value: Expr, node: ast.expr, context: Context) -> Expr:
    """`value` if it can be an item of something; reports what cannot."""
    if isinstance(value.type, ProcessType | UnitType):
        return context.wrong(node, f"{described(value.type)} cannot be stored")
    return value


def check_items(context: Context, node: ast.List | ast.Set, expected: Type | None) -> Expr:
    """`[a, b]` or `{a, b}`."""
    wanted = None if expected is None else without_option(expected)
    inner = wanted.item if isinstance(wanted, ListType | SetType) else None
    kind: Type = NOTHING
    items: list[Expr] = []
    for part in node.elts:
        item = storable(context.check(part, inner or kind), part, context)
        if inner is not None and isinstance(without_option(inner), UnionType):
            item = adapt(item, inner, part, context, "an item")
        common = join(kind, item.type)
        if common is None:
            item = context.wrong(
                part, f"this is {described(item.type)}, the items before it are {described(kind)}"
            )
        else:
            kind = common
        items.append(item)
    if isinstance(node, ast.List):
        return ListLiteral(tuple(items), ListType(kind), context.at(node))
    if isinstance(inner, IntType) and isinstance(kind, IntType) and kind.low is None:
        kind = inner
    if not enumerable(kind, node, context, "the items of a set"):
        return broken(context.at(node))
    return SetLiteral(tuple(items), SetType(kind), context.at(node))


# --- records and dicts -----------------------------------------------------------------------


def check_dict(context: Context, node: ast.Dict, expected: Type | None) -> Expr:
    """`{id: 1, last: False}` or `{idle: 0, busy: 1}`: what it is, the expected type tells;
    without one, names that mean something are keys of a dict and others fields."""
    wanted = None if expected is None else without_option(expected)
    if not node.keys:
        if isinstance(wanted, DictType):
            return _dict(context, node, wanted)
        if not isinstance(wanted, RecordType):
            return SetLiteral((), SetType(NOTHING), context.at(node))
    names = [_field_name(key) for key in node.keys]
    plain = [name for name in names if name is not None]
    if isinstance(wanted, DictType):
        return _dict(context, node, wanted)
    if len(plain) == len(names) and (
        isinstance(wanted, RecordType) or not set(plain) <= set(context.scope.visible())
    ):
        fields = list(zip(plain, node.values, strict=True))
        return check_record(context, node, fields, wanted)
    return _dict(context, node, None)


def _field_name(key: ast.expr | None) -> str | None:
    match key:
        case ast.Name(id=name) | ast.Constant(value=str(name)):
            return name
    return None


def check_record(
    context: Context, node: ast.expr, fields: list[tuple[str, ast.expr]], wanted: Type | None
) -> Expr:
    """A record; its fields come in the order of the expected type, if that has the same."""
    known = dict(wanted.fields) if isinstance(wanted, RecordType) else {}
    values: dict[str, Expr] = {}
    for name, part in fields:
        if name in values:
            context.wrong(part, f"the field {name} is given twice")
        if known and name not in known:
            context.no_such(part, "field", name, list(known))
        value = storable(context.check(part, known.get(name)), part, context)
        if isinstance(without_option(known.get(name, NOTHING)), UnionType):
            value = adapt(value, known[name], part, context, name)
        values[name] = value
    missing = [name for name in known if name not in values]
    if missing:
        return context.wrong(node, f"the record lacks {', '.join(missing)}")
    order = list(known) or list(values)
    parts = tuple((name, values[name]) for name in order)
    kind = RecordType(tuple((name, value.type) for name, value in parts))
    return RecordLiteral(parts, kind, context.at(node))


def _dict(context: Context, node: ast.Dict, wanted: DictType | None) -> Expr:
    given: dict[int | tuple[int, ...], tuple[Expr, ast.expr]] = {}
    key_type: Type = wanted.key if wanted else NOTHING
    value_type: Type = NOTHING
    for key, part in zip(node.keys, node.values, strict=True):
        if key is None:
            return context.wrong(part, "** is not part of the language")
        index = context.check(key, key_type)
        if isinstance(index, Broken):
            return index
        if wanted:
            index = adapt(index, wanted.key, key, context, "a key")
        elif not isinstance(index.type, EnumType | BoolType | NothingType):
            return context.wrong(key, "a dict written as {...} needs a declared type here")
        value = storable(context.check(part, wanted.value if wanted else value_type), part, context)
        if wanted and isinstance(without_option(wanted.value), UnionType):
            value = adapt(value, wanted.value, part, context, "a value")
        common = join(value_type, value.type)
        if not isinstance(index, Literal):
            return context.wrong(key, "the keys of a dict in {...} are constants")
        if index.value in given:
            context.wrong(key, "this key is given twice")
        if common is None or (not wanted and join(key_type, index.type) is None):
            return context.wrong(part, "the items of this dict have no common type")
        value_type = common
        key_type = key_type if wanted else index.type
        given[index.value] = (value, part)
    if isinstance(key_type, NothingType):
        return never(context.at(node))
    return _total(context, node, key_type, value_type, given)


def _total(
    context: Context,
    node: ast.Dict,
    key_type: Type,
    value_type: Type,
    given: dict[int | tuple[int, ...], tuple[Expr, ast.expr]],
) -> Expr:
    keys = literals_of(key_type, context, node)
    values = []
    for key in keys:
        if not isinstance(key, Literal):
            return context.wrong(node, f"write a dict with keys of type {key_type} as "
                                 "{k: ... for k in ...}")  # fmt: skip
        if key.value not in given:
            return context.wrong(node, f"this dict lacks the key {_shown(key)}",
                                 "a dict has a value for every key at all times")  # fmt: skip
        values.append(given[key.value][0])
    return DictLiteral(tuple(values), DictType(key_type, value_type), context.at(node))


def _shown(key: Literal) -> str:
    match key.type:
        case BoolType():
            return str(bool(key.value))
    return str(meaning(key))


def literals_of(kind: Type, context: Context, node: ast.expr) -> list[Expr]:
    """All values of a finite type, in order."""
    at = context.at(node)
    match kind:
        case BoolType():
            return [Literal(i, kind, at) for i in range(2)]
        case IntType(int(low), int(high)):
            return [Literal(i, IntType(i, i), at) for i in range(low, high + 1)]
        case EnumType(members):
            return [Literal(i, kind, at) for i in range(len(members))]
        case UnionType():
            return [Literal(i, kind, at) for i in range(kind.low, kind.last + 1)]
        case OptionType(item):
            return [NoneLiteral(kind, at), *literals_of(item, context, node)]
        case RecordType(fields):
            rows: list[tuple[tuple[str, Expr], ...]] = [()]
            for name, each in fields:
                values = literals_of(each, context, node)
                rows = [(*row, (name, value)) for row in rows for value in values]
            return [RecordLiteral(row, kind, at) for row in rows]
        case SetType(item):
            items = literals_of(item, context, node)
            return [
                SetLiteral(tuple(x for i, x in enumerate(items) if bits >> i & 1), kind, at)
                for bits in range(1 << len(items))
            ]
    context.wrong(node, f"the values of {described(kind)} cannot be listed")
    return []


# --- with [...] ------------------------------------------------------------------------------


def check_subscript(context: Context, node: ast.Subscript, expected: Type | None) -> Expr:
    """`items[0]`, `items[1:]`, `inbox[key]`; `gateway[1]` where a client is expected."""
    names = context.scope.names
    found = as_client(context, node, expected) or check_of_own_client(context, node)
    if found is not None:
        return found
    if isinstance(node.value, ast.Name) and node.value.id in names.processes:
        name = node.value.id
        return context.wrong(node, f"{name}[...] is a process: it has no value",
                             f"read its variables with {name}[0].name")  # fmt: skip
    base = opened(context.check(node.value), node.value, context)
    at = context.at(node)
    if isinstance(node.slice, ast.Slice):
        return _slice(context, node, node.slice, base)
    match base.type:
        case NothingType():
            return base
        case ListType(NothingType()):
            return context.wrong(node, "there is nothing to index: this list is always empty")
        case ListType(item):
            index = integer(context.check(node.slice), node.slice, context, "an index")
            return Index(base, index, item, at)
        case DictType(key, item):
            index = context.check(node.slice, key)
            return Index(base, adapt(index, key, node.slice, context, "the key"), item, at)
    return context.wrong(node, f"{described(base.type)} has no items to index")


def _slice(context: Context, node: ast.Subscript, part: ast.Slice, base: Expr) -> Expr:
    if part.step is not None:
        return context.wrong(part.step, "a slice has no step in this language")
    if isinstance(base.type, NothingType):
        return base
    if not isinstance(base.type, ListType):
        return context.wrong(node, f"only a list can be sliced, this is {described(base.type)}")
    start, stop = (
        None if bound is None else integer(context.check(bound), bound, context, "a slice")
        for bound in (part.lower, part.upper)
    )
    return Slice(base, start, stop, base.type, context.at(node))
